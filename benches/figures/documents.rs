//! Figures in the documents. Three things are marked, or have a form:
//!
//! - `<!-- figures: NAME -->` and `<!-- end -->`, each on a line, have the table doc/figures/NAME.toml between them;
//! - `<!-- figure: NAME / ROW / COLUMN -->` has that figure right behind it;
//! - the row of README's table that begins with a build's name ends with its size;
//!
//! and in Cargo.toml the comment before a room ends with what the room adds to core.

use std::path::PathBuf;

use regex_lite::{Captures, Regex};

use crate::{Figures, root};

/// The documents with the stored figures in them, by their paths in the repository.
pub fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = vec![PathBuf::from("Cargo.toml"), "README.md".into(), "README.ko.md".into()];
    let doc = std::fs::read_dir(root().join("doc")).expect("doc/ is there");
    let mut others: Vec<_> = doc.map(|entry| PathBuf::from("doc").join(entry.expect("it is there").file_name())).collect();
    others.sort();
    paths.extend(others.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")));
    let text = |path: &PathBuf| std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    paths.into_iter().map(|path| (path.clone(), renewed(&text(&path), &path.to_string_lossy()))).collect()
}

fn renewed(text: &str, path: &str) -> String {
    let replace = |pattern: &str, text: &str, with: &dyn Fn(&Captures) -> String| {
        Regex::new(pattern).expect("it is well-formed").replace_all(text, |found: &Captures| with(found)).into_owned()
    };
    let figure = |name: &str, row: &str, column: &str| {
        Figures::stored(name).shown(row, column).unwrap_or_else(|| panic!("{path}: doc/figures has no {name} / {row} / {column}"))
    };
    if path == "Cargo.toml" {
        return replace(r"\+[\d,]+\.\n([\w-]+) = \[", text, &|found| {
            format!("{}.\n{} = [", figure("rooms", &format!("`{}`", &found[1]), "core"), &found[1])
        });
    }
    let table_of = r"(?s)(<!-- figures: (\S+) -->\n).*?(<!-- end -->)";
    let one = r"(<!-- figure: ([^/>]+) / (.+?) / (.+?) -->)[+-]?\d+(,\d{3})*(\.\d+)?";
    let count = |pattern| Regex::new(pattern).expect("it is well-formed").find_iter(text).count();
    assert_eq!(count("<!-- figure"), count(table_of) + count(one), "{path}: a marker of a figure is not well-formed");
    let text = replace(table_of, text, &|found| format!("{}{}{}", &found[1], table(&found[2]), &found[3]));
    let text = replace(one, &text, &|found| format!("{}{}", &found[1], figure(&found[2], &found[3], &found[4])));
    if !path.starts_with("README") {
        return text;
    }
    replace(r"(?m)^(\| `scratch-init(|-core|-full)` \|.* )[\d,]+ \|$", &text, &|found| {
        let column = if found[2].is_empty() { "default" } else { &found[2][1..] };
        format!("{}{} |", &found[1], figure("rooms", "all of it", column))
    })
}

/// The table of that name. The one of the other machines has this one first, whose compiler is another.
fn table(name: &str) -> String {
    let table = Figures::stored(name).markdown();
    let rooms = Figures::stored("rooms");
    let sizes = ["core", "default", "full"].map(|build| rooms.shown("all of it", build));
    match (name, sizes) {
        ("machines", [Some(core), Some(default), Some(full)]) => {
            let head = table.match_indices('\n').nth(1).expect("it has a head").0 + 1;
            format!("{}| `x86_64-unknown-linux-gnu` | {core} | {default} | {full} |\n{}", &table[..head], &table[head..])
        }
        _ => table,
    }
}
