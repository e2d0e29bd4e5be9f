//! README.md is short, and README.ko.md says the same: commands, options, figures, links. (Where links lead, tests/docs.rs looks at.)

mod documents;

use std::collections::BTreeSet;

use documents::text;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

const LANGUAGES: [&str; 2] = ["README.md", "README.ko.md"];

/// What must be the same in both languages, of one section.
#[derive(Debug, Default, PartialEq)]
struct Section {
    level: Option<HeadingLevel>,
    /// Words as code, and the numbers of the text, in any order: a sentence has another one in Korean.
    code: BTreeSet<String>,
    numbers: BTreeSet<String>,
    /// Blocks without their comments, the HTML beside them, and links, in order.
    blocks: Vec<String>,
    links: Vec<String>,
    rows: usize,
}

fn numbers(text: &str) -> impl Iterator<Item = String> {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit() && !",.".contains(letter));
    numbers.map(|number| number.trim_matches([',', '.']).to_owned()).filter(|number| !number.is_empty())
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut block = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            sections.push(Section { level: Some(level), ..Section::default() });
        }
        let section = sections.last_mut().unwrap();
        match event {
            Event::Start(Tag::CodeBlock(_)) => block = true,
            Event::End(TagEnd::CodeBlock) => block = false,
            Event::Text(text) if block => {
                section.blocks.extend(text.lines().map(|line| line.split("  #").next().unwrap().trim_end().to_owned()));
            }
            Event::Text(text) => section.numbers.extend(numbers(&text)),
            // What an image shows is text.
            Event::Html(html) => section.blocks.push(html.split("alt=\"").next().unwrap().trim().to_owned()),
            Event::Code(code) => _ = section.code.insert(code.to_string()),
            Event::Start(Tag::Link { dest_url, .. }) if !LANGUAGES.contains(&&*dest_url) => section.links.push(dest_url.to_string()),
            Event::Start(Tag::TableRow) => section.rows += 1,
            _ => {}
        }
    }
    sections
}

#[test]
fn the_readme_is_short() {
    assert!(text("README.md").chars().count() <= 12_000);
    for name in LANGUAGES {
        let text = text(name);
        // A link cannot be broken, nor a row of a table.
        let long = text.lines().filter(|line| line.chars().count() > 120 && !line.starts_with('|') && !line.contains("]("));
        assert_eq!(long.collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

#[test]
fn both_languages_say_the_same() {
    let [english, korean] = LANGUAGES.map(|name| sections(&text(name)));
    for (english, korean) in english.iter().zip(&korean) {
        assert_eq!(korean, english);
    }
    assert_eq!(english.len(), korean.len());
}
