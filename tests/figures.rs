//! What the documents and the pictures show is what the benchmarks stored in doc/figures.

mod documents;

use std::path::Path;

use regex_lite::Regex;
use scratch_init_figures::{Figures, documents as renewed, pictures};
use scratch_init_tests::root;

const HOW: &str = "`cargo bench --bench charts` renews it";

fn stored(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_documents_have_the_stored_figures() {
    for (path, text) in renewed() {
        assert!(stored(&path) == text, "{}: {HOW}", path.display());
    }
}

#[test]
fn the_pictures_are_drawn_from_the_stored_figures() {
    let pictures = pictures();
    for (path, text) in &pictures {
        assert!(stored(path) == *text, "{}: {HOW}", path.display());
    }
    // And there is no other.
    let there = std::fs::read_dir(root().join("doc/pictures")).unwrap();
    for path in there.map(|entry| Path::new("doc/pictures").join(entry.unwrap().file_name())) {
        assert!(pictures.iter().any(|(drawn, _)| *drawn == path), "nothing draws {}", path.display());
    }
}

#[test]
fn the_files_are_as_a_benchmark_writes_them() {
    for entry in std::fs::read_dir(root().join("doc/figures")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(Figures::parse(&text).map(|figures| figures.text()), Some(text), "{}", path.display());
    }
}

#[test]
fn each_table_stands_in_a_document_and_each_readme_has_the_sizes() {
    let documents = renewed();
    for entry in std::fs::read_dir(root().join("doc/figures")).unwrap() {
        let path = entry.unwrap().path();
        let marker = format!("<!-- figures: {} -->\n", path.file_stem().unwrap().display());
        assert!(documents.iter().any(|(_, text)| text.contains(&marker)), "no document has {}", path.display());
    }
    let row = Regex::new(r"(?m)^\| `scratch-init(-core|-full)?` \|.* [\d,]+ \|$").unwrap();
    for (path, text) in documents.iter().filter(|(path, _)| path.starts_with("README.md") || path.starts_with("README.ko.md")) {
        assert_eq!(row.find_iter(text).count(), 3, "{}: the rows of the builds with their sizes", path.display());
    }
}

/// The builds' sizes are measured by two benchmarks.
#[test]
fn the_benchmarks_agree() {
    let (rooms, code, peers) = (Figures::stored("rooms"), Figures::stored("code"), Figures::stored("peers"));
    for build in ["core", "default", "full"] {
        assert_eq!(rooms.number("all of it", build), peers.number("file (bytes)", build), "{build}");
    }
    assert_eq!(rooms.number("all of it", "full"), code.number("all of it", "bytes"));
    // The documents say so.
    for figures in [rooms, code] {
        assert!(figures.text().contains("\non = \"x86_64, "), "{}", figures.text());
    }
}

/// The changes say how large the small builds are.
#[test]
fn the_changes_have_the_stored_sizes() {
    let (changes, rooms) = (stored(Path::new("CHANGELOG.md")).replace('\n', " "), Figures::stored("rooms"));
    let found = Regex::new(r"init of one page, ([\d,]+) bytes on x86_64; the default, two pages [^;]*, ([\d,]+);").unwrap();
    let found = found.captures(&changes).expect("the line of the three builds");
    for (at, build) in ["core", "default"].into_iter().enumerate() {
        assert_eq!(Some(found[at + 1].replace(',', "")), rooms.number("all of it", build).map(|size| size.to_string()), "{build}");
    }
}

/// A measured figure in a sentence has its marker: else nobody notices when it is no longer true.
#[test]
fn no_figure_stands_in_a_sentence_without_its_marker() {
    let code = Regex::new("`[^`]*`").unwrap();
    let figure = Regex::new(r"(-->)?\d[\d,.]*\d? ?(µs|ms|kB|bytes|바이트)").unwrap();
    for name in ["README.md", "README.ko.md", "doc/comparison.md", "doc/sizes.md"] {
        let text = stored(Path::new(name));
        for line in documents::prose(&text).into_iter().filter(|line| !line.starts_with('|')) {
            for found in figure.captures_iter(&code.replace_all(line, "`")) {
                assert!(found.get(1).is_some(), "{name}: {:?} has no marker", &found[0]);
            }
        }
    }
}
