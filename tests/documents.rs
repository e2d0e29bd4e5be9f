//! The documents, cut into their blocks; CONTRIBUTING.md says what the markers mean.

// Each test that has this module takes its part of it.
#![allow(dead_code)]

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
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

    /// Whether nothing more than a checkout is needed for it. What an unknown marker asks for may be more.
    pub fn is_plain(&self) -> bool {
        self.all("needs").next().is_none() && self.markers.iter().all(Marker::is_known)
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

impl Marker {
    pub fn is_known(&self) -> bool {
        ["needs", "stand-in", "file"].contains(&self.key.as_str())
    }
}

/// The markers in a comment; those of figures are the matter of tests/figures.rs.
fn markers(html: &str) -> Vec<Marker> {
    const OF_FIGURES: [&str; 3] = ["figure", "figures", "end"];
    let comments = html.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next());
    let parts = comments.flat_map(|comment| comment.split(", ").map(str::trim).collect::<Vec<_>>());
    let parts = parts.map(|part| part.split_once(": ").unwrap_or((part, ""))).filter(|(key, _)| !OF_FIGURES.contains(key));
    parts.map(|(key, value)| Marker { key: key.to_owned(), value: value.to_owned() }).collect()
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
            (Event::InlineHtml(html), None) => stray.extend(markers(&html).iter().filter(|marker| marker.is_known()).map(|_| line(&range))),
            (Event::Start(Tag::HtmlBlock) | Event::End(pulldown_cmark::TagEnd::HtmlBlock), None) => {}
            _ => stray.extend(waiting.drain(..).filter(|(_, marker)| marker.is_known()).map(|(line, _)| line)),
        }
    }
    stray.extend(waiting.into_iter().filter(|(_, marker)| marker.is_known()).map(|(line, _)| line));
    (blocks, stray)
}

/// What no block of [`blocks`] is: backticks that open or close none, and code as HTML. Each with its line.
pub fn hidden_code(text: &str) -> Vec<String> {
    let is_fence = |line: &str| line.trim_start().strip_prefix("```").is_some_and(|rest| !rest.contains('`'));
    let lines = text.lines().enumerate();
    let odd = lines.filter(|(_, line)| line.contains("```") && !is_fence(line) || line.to_lowercase().contains("<pre"));
    let mut hidden: Vec<_> = odd.map(|(at, line)| format!("{}: neither a fence of its own nor text: {line}", at + 1)).collect();
    let fences = text.lines().filter(|line| is_fence(line)).count();
    let fenced = blocks(text).0.iter().filter(|block| block.kind.is_some()).count();
    if fences != 2 * fenced {
        hidden.push(format!("{fences} fences, and {fenced} blocks"));
    }
    hidden
}

/// The lines of a document that are in no block.
pub fn prose(text: &str) -> Vec<&str> {
    let mut block = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            block ^= fence;
            !block && !fence
        })
        .collect()
}

/// The spans of code in a document, also those of its tables.
pub fn spans(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    events.filter_map(|event| if let Event::Code(code) = event { Some(code.to_string()) } else { None }).collect()
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
