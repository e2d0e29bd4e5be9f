//! The documents, cut into their blocks; CONTRIBUTING.md says what the markers mean.

// Each test that has this module takes its part of it.
#![allow(dead_code)]

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use scratch_init_tests::root;

/// The names of all documents: those beside README.md, and those in doc/.
pub fn names() -> Vec<String> {
    let list = |directory: &str| {
        let entries = std::fs::read_dir(root().join(directory)).unwrap();
        let names = entries.map(|entry| directory.to_owned() + entry.unwrap().file_name().to_str().unwrap());
        names.filter(|name| name.ends_with(".md")).collect::<Vec<_>>()
    };
    let mut names = [list(""), list("doc/")].concat();
    names.sort();
    names
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// A block of code, with the markers that stand before it.
#[derive(Debug, Default)]
pub struct Block {
    pub line: usize,
    /// The word behind the fence; of a block that is indented there is none.
    pub kind: Option<String>,
    pub text: String,
    pub markers: Vec<Marker>,
}

/// A comment of HTML: `<!-- needs: docker, stand-in: app -->` are two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub key: String,
    pub value: String,
}

impl Block {
    /// What the markers with this key say.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.markers.iter().filter(move |marker| marker.key == key).map(|marker| marker.value.as_str())
    }

    pub fn has(&self, key: &str, value: &str) -> bool {
        self.all(key).any(|other| other == value)
    }

    /// Whether nothing more than a checkout is needed for it.
    pub fn is_plain(&self) -> bool {
        self.all("needs").next().is_none()
    }

    /// Whether it is commands with what they say.
    pub fn is_console(&self) -> bool {
        self.kind.as_deref() == Some("console")
    }

    /// Its commands for a shell, and the lines that they must say; in a block of commands alone there are none of these.
    pub fn script(&self) -> (String, Vec<&str>) {
        if !self.is_console() {
            return (self.text.clone(), Vec::new());
        }
        let (mut script, mut said) = (String::new(), Vec::new());
        for line in self.text.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => script += &format!("{command}\n"),
                None => said.push(line),
            }
        }
        (script, said)
    }
}

/// The markers in a comment; other comments have none.
fn markers(html: &str) -> Vec<Marker> {
    const KEYS: [&str; 3] = ["needs", "stand-in", "file"];
    let comments = html.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next());
    let parts = comments.flat_map(|comment| comment.split(", ").map(str::trim).collect::<Vec<_>>());
    parts
        .filter_map(|part| {
            let (key, value) = part.split_once(": ").filter(|(key, _)| KEYS.contains(key))?;
            Some(Marker { key: key.to_owned(), value: value.to_owned() })
        })
        .collect()
}

/// The blocks of a document; and the lines of the markers that stand before none.
pub fn blocks(text: &str) -> (Vec<Block>, Vec<usize>) {
    let line = |range: &Range<usize>| text[..range.start].matches('\n').count() + 1;
    let (mut blocks, mut stray) = (Vec::new(), Vec::new());
    let mut waiting: Vec<(usize, Marker)> = Vec::new();
    let mut block: Option<Block> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match (event, &mut block) {
            (Event::Start(Tag::CodeBlock(kind)), _) => {
                let kind = match kind {
                    CodeBlockKind::Fenced(kind) => Some(kind.to_string()),
                    CodeBlockKind::Indented => None,
                };
                let markers = waiting.drain(..).map(|(_, marker)| marker).collect();
                block = Some(Block { line: line(&range), kind, text: String::new(), markers });
            }
            (Event::Text(text), Some(block)) => block.text += &text,
            (Event::End(_), Some(_)) => blocks.extend(block.take()),
            (Event::Html(html), None) => {
                waiting.extend(markers(&html).into_iter().map(|marker| (line(&range), marker)));
            }
            // In the midst of a paragraph.
            (Event::InlineHtml(html), None) => stray.extend(markers(&html).iter().map(|_| line(&range))),
            (Event::Start(Tag::HtmlBlock) | Event::End(pulldown_cmark::TagEnd::HtmlBlock), None) => {}
            _ => stray.extend(waiting.drain(..).map(|(line, _)| line)),
        }
    }
    stray.extend(waiting.into_iter().map(|(line, _)| line));
    (blocks, stray)
}

/// Whether a line is the expected one, in which `…` stands for anything.
pub fn is_like(line: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

/// Whether all that was said is what was expected.
pub fn are_like(said: &str, expected: &[&str]) -> bool {
    let said: Vec<_> = said.lines().collect();
    said.len() == expected.len() && said.iter().zip(expected).all(|(line, expected)| is_like(line, expected))
}
