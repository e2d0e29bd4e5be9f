//! The help, the manual page and the README say the same, and each option of theirs is one.

use std::collections::{BTreeMap, BTreeSet};

use scratch_init::options::names;
use scratch_init::table;
use scratch_init_tests::builds::Build;
use scratch_init_tests::{has_namespaces, init, limited, root, succeeds, unshare};

/// The options of the table: the letter of each, and its long name.
fn options() -> BTreeMap<char, String> {
    let mut rest = names::options(0);
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
fn the_readmes_table_has_each_option_but_help_and_version() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut expected = options();
    expected.retain(|letter, _| !"hV".contains(*letter));
    // The first cell of each row.
    assert_eq!(listed(readme.lines().filter(|line| line.starts_with("| `-")).map(|line| line.split('|').nth(1).unwrap())), expected);
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
    // Which other pages there are is the machine's affair.
    let bad: Vec<_> = text.lines().filter(|line| !line.contains("mandoc.db") && !line.contains("manual not found")).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(succeeds(limited("mandoc").args(["-T", "ascii"]).arg(&page)).contains("SCRATCH-INIT(1)"));
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
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for image in [format!("scratch-init-{version}-image-amd64.tar"), format!("--from=scratch-init:{version} ")] {
        assert!(readme.contains(&image), "{image}");
    }
}
