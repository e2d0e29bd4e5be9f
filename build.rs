//! Link arguments (no libc, no start files, one segment), and the texts in packed form.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    for file in ["build.rs", "src/sys/link.ld", "src/words.txt", "src/help.txt"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let script = format!("-Wl,-T,{root}/src/sys/link.ld");
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static-pie",
        "-Wl,--no-dynamic-linker",
        "-Wl,--build-id=none",
        "-Wl,-z,norelro",
        "-Wl,-z,max-page-size=4096",
        "-Wl,--gc-sections",
        "-Wl,--no-eh-frame-hdr",
        &script,
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }

    let out = env::var("OUT_DIR").expect("cargo sets it");
    let read = |file: &str| fs::read_to_string(Path::new(&root).join(file)).expect("it is in the package");
    let (words, help) = (read("src/words.txt"), read("src/help.txt"));
    let version = format!("scratch-init {}\n", env::var("CARGO_PKG_VERSION").expect("cargo sets it"));
    fs::write(Path::new(&out).join("words.rs"), pack(&words, &help, &version)).expect("cargo made it");
}

/// What stands for the words and numbers of a text; see src/words.txt.
const PLACES: [(&str, char); 5] = [("%a", '\x01'), ("%b", '\x02'), ("%n", '\x03'), ("%s", '\x04'), ("%e", '\x05')];

/// The enumeration of the texts, and the texts packed.
///
/// Byte-pair encoding: again and again the pair of bytes that occurs most often becomes a byte of its
/// own, from 128 on. Of a text like ours less than half is left.
fn pack(words: &str, help: &str, version: &str) -> String {
    let mut names = Vec::new();
    let mut bytes = Vec::new();
    let mut said = Vec::new();
    let mut wanted = true;
    for line in words.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(feature) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            wanted = env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some();
        } else if wanted {
            let (name, text) = line.split_once(' ').expect("a name and a text");
            let text = PLACES.iter().fold(text.to_owned(), |text, (place, byte)| text.replace(place, &byte.to_string()));
            let (prefix, text) = text.strip_prefix('\\').map_or(("scratch-init: ", &*text), |text| ("", text));
            let (text, end) = text.strip_suffix('\\').map_or((text, "\n"), |text| (text, ""));
            said.push((name, format!("{prefix}{text}{end}")));
        }
    }
    for (name, text) in said.into_iter().chain([("Help", help.to_owned()), ("Version", version.to_owned())]) {
        assert!(text.is_ascii(), "{text}");
        names.push(name.to_owned());
        bytes.extend(text.bytes());
        bytes.push(0);
    }
    let mut pairs = Vec::new();
    while pairs.len() < 128 {
        let mut counts = BTreeMap::new();
        let mut last = None;
        for pair in bytes.windows(2).filter(|pair| !pair.contains(&0)) {
            // Three of a kind are one pair, not two.
            if last != Some(pair) || pair[0] != pair[1] {
                *counts.entry((pair[0], pair[1])).or_insert(0) += 1;
            }
            last = Some(pair);
        }
        let Some((&pair, &count)) = counts.iter().max_by_key(|(pair, count)| (**count, **pair)) else { break };
        // A pair takes two bytes itself.
        if count <= 3 {
            break;
        }
        let code = 128 + pairs.len() as u8;
        pairs.push(pair);
        let mut packed = Vec::new();
        let mut rest = bytes.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            if byte == pair.0 && rest.peek() == Some(&pair.1) {
                rest.next();
                packed.push(code);
            } else {
                packed.push(byte);
            }
        }
        bytes = packed;
    }
    format!(
        "/// One of the texts of src/words.txt.\n#[derive(Clone, Copy, PartialEq, Eq)]\n#[repr(u8)]\npub enum Word {{ {} }}\n\
        const TEXTS: &[u8] = &{bytes:?};\nconst PAIRS: [(u8, u8); {}] = {pairs:?};\n",
        names.join(", "),
        pairs.len()
    )
}
