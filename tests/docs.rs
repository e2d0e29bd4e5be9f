//! The help, the manual page and the README say the same, and each option of theirs is one. What the documents name is there, and what
//! they quote is said.

mod documents;

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scratch_init::options::names;
use scratch_init::table;
use scratch_init_tests::builds::{Build, NAMED};
use scratch_init_tests::{As, Case, Directory, has_namespaces, init, limited, root, succeeds, unshare};

/// The options of the table: the letter of each, and its long name.
fn options() -> BTreeMap<char, String> {
    let mut rest = names::OPTIONS;
    let mut options = BTreeMap::new();
    while let [letter, name @ ..] = table::cut(&mut rest, 0) {
        options.insert(char::from(*letter), String::from_utf8(name.to_vec()).unwrap());
    }
    options
}

/// The options that stand in lines of a text as `-c, --child`.
fn listed<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<char, String> {
    let mut options = BTreeMap::new();
    for line in lines {
        let mut words = line.split([' ', '`', ',', '|', '=']).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
            if let (Some(letter), None, Some(long)) = (letters.next(), letters.next(), words.clone().next())
                && let Some(long) = long.strip_prefix("--")
            {
                options.insert(letter, long.to_owned());
            }
        }
    }
    options
}

#[test]
fn the_help_has_each_option() {
    let help = std::fs::read_to_string(root().join("src/say/help.txt")).unwrap();
    assert_eq!(listed(help.lines()), options());
}

#[test]
fn the_readmes_table_has_each_option() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    // The first cell of each row.
    assert_eq!(listed(readme.lines().filter(|line| line.starts_with("| `-")).map(|line| line.split('|').nth(1).unwrap())), options());
}

#[test]
fn the_readme_says_which_options_the_default_has() {
    if !has_namespaces() {
        return;
    }
    let letters = |text: &str| -> BTreeSet<char> {
        let words = text.split([' ', '\n', '`', ',', '(', ')']).filter_map(|word| word.strip_prefix('-'));
        words.filter(|word| word.len() == 1 && *word != "-").flat_map(str::chars).collect()
    };
    let help = succeeds(unshare().arg("--").arg(Build::Middle.file()).arg("--help"));
    let options: String = help.lines().filter_map(|line| line.strip_prefix("  ")).map(|line| format!("{line}\n")).collect();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let row = readme.lines().find(|line| line.starts_with("| `scratch-init` |")).unwrap();
    assert_eq!(letters(row), letters(&options), "{help}");
}

#[test]
fn the_manual_page_has_each_option_with_its_value() {
    let page = std::fs::read_to_string(root().join("doc/scratch-init.1")).unwrap();
    let mut items = BTreeMap::new();
    let mut valued = String::new();
    for line in page.lines().filter_map(|line| line.strip_prefix(".It Fl ")) {
        let mut words = line.split_whitespace();
        let letter = words.next().unwrap();
        assert_eq!((words.next(), words.next()), (Some(","), Some("Fl")), "{line}");
        items.insert(letter.parse().unwrap(), words.next().unwrap().trim_start_matches('-').to_owned());
        if words.next().is_some() {
            valued += letter;
        }
    }
    assert_eq!(items, options());
    // And in the synopsis: those without a value together, each of the others with it.
    let synopsis = page.split(".Sh DESCRIPTION").next().unwrap();
    for letter in options().into_keys().filter(|letter| !"hVP".contains(*letter)) {
        let alone = synopsis.contains(&format!(".Op Fl {letter} "));
        assert_eq!(alone, valued.contains(letter), "-{letter}");
        assert!(alone || synopsis.lines().any(|line| line.starts_with(".Op Fl cg") && line.contains(letter)), "-{letter}");
    }
    let help = std::fs::read_to_string(root().join("src/say/help.txt")).unwrap();
    for line in help.lines().filter_map(|line| line.strip_prefix("  -")) {
        let (letter, value) = (line.chars().next().unwrap(), line.split_whitespace().nth(2).unwrap_or_default());
        let value =
            value.starts_with(|first: char| first.is_uppercase() || first == '[') && value.len() > 1 && value == value.to_uppercase();
        assert!(!value || valued.contains(letter), "-{letter}");
    }
}

#[test]
#[ignore = "needs mandoc"]
fn the_manual_page_is_well_formed() {
    let page = root().join("doc/scratch-init.1");
    let output = limited("mandoc").args(["-T", "lint"]).arg(&page).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    // Which other pages there are is the machine's affair; and a page of a BSD's own has no version of its own.
    let fine = ["mandoc.db", "manual not found", "operating system explicitly specified"];
    let bad: Vec<_> = text.lines().filter(|line| !fine.iter().any(|fine| line.contains(fine))).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    has_header_and_footer(&succeeds(limited("mandoc").args(["-T", "ascii"]).arg(&page)));
}

#[test]
#[ignore = "needs groff"]
fn the_manual_page_is_one_of_linux() {
    let output = limited("groff").args(["-ww", "-mdoc", "-Tutf8"]).arg(root().join("doc/scratch-init.1")).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    has_header_and_footer(&String::from_utf8(output.stdout).unwrap());
}

/// The page's first line names no BSD, and the last one has the program's version and the page's date.
fn has_header_and_footer(page: &str) {
    let mut lines = page.lines().filter(|line| !line.is_empty());
    let (first, last) = (lines.next().unwrap(), lines.next_back().unwrap());
    assert!(first.starts_with("SCRATCH-INIT(1) ") && !page.contains("BSD"), "{first}");
    let manifest: toml::Table = documents::text("Cargo.toml").parse().unwrap();
    assert!(last.starts_with(&format!("scratch-init {} ", manifest["package"]["version"].as_str().unwrap())), "{last}");
    assert!(last.contains(" 20"), "{last}");
}

#[test]
fn versions_agree() {
    if !has_namespaces() {
        return;
    }
    let changes = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let version = succeeds(unshare().arg("--").arg(init()).arg("--version"));
    let version = version.trim_end().strip_prefix("scratch-init ").and_then(|rest| rest.strip_suffix(" (full)")).unwrap();
    assert!(changes.contains(&format!("\n## {version}")), "{version}");
    // A line can end between two words.
    let readme = documents::text("README.md").replace('\n', " ");
    let page = documents::text("doc/scratch-init.1");
    assert!(page.contains(&format!("\n.Os \"scratch-init {version}\"\n")), "{version}");
    for image in [format!("scratch-init-{version}-image-amd64.tar"), format!("--from=scratch-init:{version} ")] {
        assert!(readme.contains(&image), "{image}");
    }
}

/// The documents for people who read them, with the name of each.
fn texts() -> Vec<(String, String)> {
    let names = documents::names().into_iter().filter(|name| name != "CHANGELOG.md");
    names.map(|name| (name.clone(), documents::text(&name))).collect()
}

/// A document outside of its blocks, cut at the backticks: text and code take turns.
fn spans(text: &str) -> Vec<String> {
    let spans: Vec<_> = documents::prose(text).join(" ").split('`').map(str::to_owned).collect();
    assert!(spans.len() % 2 == 1, "a backtick is missing");
    spans
}

/// Whether a span of code names a file of the repository: the first part of the path is there, or it ends like one of its files.
fn is_file(code: &str) -> bool {
    let is_plain = code.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
    let first = code.split('/').next().unwrap();
    let there = !first.is_empty() && first.contains(|letter| letter != '.') && root().join(first).exists();
    is_plain && first != "target" && (there || [".rs", ".md", ".toml", ".ld", ".txt"].iter().any(|end| code.ends_with(end)))
}

#[test]
fn the_documents_name_files_that_are_there() {
    for (name, text) in texts() {
        let spans = spans(&text);
        for (at, code) in spans.iter().enumerate().skip(1).step_by(2).filter(|(_, code)| is_file(code)) {
            let file = root().join(code);
            assert!(file.exists(), "{name}: {code}");
            // `send` in `src/linux/signals.rs`
            if spans[at - 1] == " in " && file.is_file() {
                let what = &spans[at - 2];
                assert!(std::fs::read_to_string(file).unwrap().contains(what.as_str()), "{name}: {what} is not in {code}");
            }
        }
    }
}

#[test]
fn the_links_lead_somewhere() {
    for (name, text) in texts() {
        let directory = root().join(&name).parent().unwrap().to_owned();
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url: link, .. }) if !link.contains("://") => {
                    let (file, place) = link.split_once('#').unwrap_or((&link, ""));
                    let file = if file.is_empty() { root().join(&name) } else { directory.join(file) };
                    assert!(file.exists(), "{name}: {link}");
                    assert!(place.is_empty() || anchors(&std::fs::read_to_string(file).unwrap()).contains(place), "{name}: {link}");
                }
                Event::Html(html) => {
                    for picture in html.split('"').filter(|word| word.ends_with(".svg")) {
                        assert!(directory.join(picture).exists(), "{name}: {picture}");
                    }
                }
                _ => {}
            }
        }
    }
}

/// The anchors of a document's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut heading = None;
    let mut anchors = BTreeSet::new();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|heading| anchor(&heading))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    anchors
}

/// The name by which a link finds a heading, as hosts of repositories make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn the_documents_fit_a_screen() {
    assert!(documents::text("doc/how-it-works.md").lines().count() <= 120);
    for (name, text) in texts() {
        // What a program says is as long as it is, and neither a link nor a row of a table can be broken.
        let is_long = |line: &&str| line.chars().count() > 120 && !line.contains("](") && !line.starts_with('|');
        let long: Vec<_> = documents::prose(&text).into_iter().filter(is_long).collect();
        assert!(long.is_empty(), "{name}: {long:#?}");
    }
}

#[test]
fn the_documents_name_options_that_are_there() {
    let options = options();
    // Those about the program. (In the others are options of engines, of Podman and of cargo.)
    for name in ["doc/how-it-works.md", "doc/machine.md", "doc/troubleshooting.md"] {
        let text = documents::text(name);
        for code in documents::spans(&text) {
            // A span that begins with an option is about the init; those of docker(1) stand behind its name.
            let Some(word) = code.split(' ').next().unwrap().strip_prefix('-').filter(|word| *word != "-") else { continue };
            let there = match word.strip_prefix('-') {
                Some(long) => options.values().any(|option| Some(option.as_str()) == long.split('=').next()),
                // Behind the letters a value can be attached: `-t5s`.
                None => word.chars().take_while(char::is_ascii_alphabetic).all(|letter| options.contains_key(&letter)),
            };
            assert!(there, "{name}: {code}");
        }
    }
}

/// A program for the image: see the beginning of doc/troubleshooting.md.
const APP: &str = r#"
#include <signal.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
    if (count < 2) return 0;
    if (!strcmp(words[1], "stubborn")) signal(SIGTERM, SIG_IGN);
    kill(getppid(), SIGTERM);
    for (;;) pause();
}
"#;

/// What each block is run with, for bash: each build under its name, in a directory that stands for a scratch image.
const PRELUDE: &str = r#"
set -e
mount -t proc none image/proc
mount -t tmpfs -o noexec none image/noexec
cp image/app image/noexec/
set +e
exec 2>&1
for build in scratch-init scratch-init-core scratch-init-full; do
    eval "$build() { chroot image /$build \"\$@\"; }"
done
"#;

/// A directory with `image`, the scratch image of doc/troubleshooting.md.
fn image() -> Directory {
    let directory = Directory::new();
    for build in NAMED {
        directory.file(&format!("image/{}", build.program()), &std::fs::read(build.file()).unwrap(), 0o755);
    }
    directory.compile("image/app", APP);
    let dynamic = directory.0.join("image/app-dynamic");
    succeeds(limited("cc").arg("-o").arg(dynamic).arg(directory.0.join("image/app.c")));
    let mut app = std::fs::read(directory.0.join("image/app")).unwrap();
    directory.file("image/app-plain", &app, 0o644);
    // The machine in an ELF file's header, elf(5): EM_AARCH64.
    app[18..20].copy_from_slice(&183u16.to_le_bytes());
    directory.file("image/app-arm64", &app, 0o755);
    directory.file("image/script", b"#!/usr/bin/python3\n", 0o755);
    directory.file("image/script-crlf", b"#!/bin/sh\r\necho\r\n", 0o755);
    for place in ["image/proc", "image/noexec"] {
        std::fs::create_dir(directory.0.join(place)).unwrap();
    }
    directory
}

#[test]
fn a_pattern_stands_for_a_line() {
    use documents::is_like;
    assert!(is_like("PID 12 ended; 3", "PID … ended; …") && is_like("a", "a") && is_like("a b", "… b"));
    assert!(!is_like("ab", "a") && !is_like("PID 12 ended", "PID … started") && !is_like("PID 1 ended now", "PID … ended"));
}

#[test]
fn what_is_quoted_is_what_is_said() {
    // The lines name this machine and its loader.
    if !cfg!(target_arch = "x86_64") || !has_namespaces() {
        return;
    }
    let image = image();
    let mut count = 0;
    for (name, text) in texts() {
        for block in documents::blocks(&text).0 {
            if !block.is_console() {
                // (The engine's own lines have the file's whole path.)
                let quoted = block.text.lines().filter(|line| line.replace("/scratch-init: ", "").contains("scratch-init: "));
                assert_eq!(quoted.collect::<Vec<_>>(), [""; 0], "{name}: quoted, and not run");
                continue;
            }
            // The others are the matter of tests/commands.rs.
            if !block.is_plain() {
                continue;
            }
            count += 1;
            let (script, expected) = block.script();
            let output = Case::bare(As::Pid1, ["bash", "-c", &(PRELUDE.to_owned() + &script)]).directory(&image.0).run();
            let said = &output.stdout;
            assert!(documents::are_like(said, &expected), "{name}:{}: {expected:#?}, and not {said}\n{}", block.line, output.stderr);
        }
    }
    assert!(count > 0);
}

#[test]
fn the_example_of_an_option_is_in_the_history() {
    let git = |words: &[&str]| limited("git").args(words).current_dir(root()).output().unwrap();
    // An archive has no history, and a checkout can lack the old part of it.
    let shallow = git(&["rev-parse", "--is-shallow-repository"]);
    if !scratch_init_tests::can("history", shallow.status.success() && shallow.stdout.starts_with(b"false")) {
        return;
    }
    let contributing = documents::text("CONTRIBUTING.md");
    let command = contributing.split('`').find_map(|code| code.strip_prefix("git show ")).unwrap();
    let words: Vec<_> = command.split(' ').collect();
    // Each of the files that the first six steps name is in it.
    let files = git(&["show", "--format=", "--name-only", words[0]]);
    assert!(files.status.success(), "{command}");
    let files = String::from_utf8(files.stdout).unwrap();
    let steps = contributing.split("## How to add an option").nth(1).unwrap().split("\n## ").next().unwrap();
    let steps: Vec<_> = steps.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    assert_eq!(steps.len(), 10);
    for step in &steps[..6] {
        for file in step.split('`').skip(1).step_by(2).filter(|code| is_file(code)) {
            assert!(files.lines().any(|line| line == file), "{command}: {file}");
        }
    }
    for part in words[1..].iter().filter(|word| **word != "--") {
        assert!(files.lines().any(|line| line.starts_with(part)), "{command}: {part}");
    }
}
