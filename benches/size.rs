//! Where the bytes are: `cargo bench --bench size`.
//!
//! Each byte of code counts for the file in src/ that it comes from; what is inlined from core or rustix counts for
//! the caller. They are stored in doc/figures: code.toml, rooms.toml, and machines.toml if `.ci/machines` was there before.

use std::collections::BTreeMap;
use std::path::Path;

use object::{Object, ObjectSection};
use scratch_init_figures::{Figures, added, compiler};
use scratch_init_tests::{build, build_with, init, root, scratch, target};

/// What the files are there for.
const FEATURES: &[(&str, &[&str])] = &[
    (
        "options: command line, variable, `--help`",
        &["options/mod.rs", "options/parser.rs", "options/command_line.rs", "number.rs", "time.rs", "table.rs", "signals.rs"],
    ),
    ("a signal: forward, rewrite, delay, grace", &["life/forward.rs", "life/deliver.rs", "life/group.rs", "life/deadlines.rs", "route.rs"]),
    ("all descendants, without being process 1", &["life/all.rs", "walk.rs", "proc.rs", "linux/processes.rs"]),
    (
        "the start: execvp(3), user, directory, `LISTEN_PID`",
        &["attempt.rs", "life/start.rs", "life/pdeathsig.rs", "linux/launch.rs", "linux/search.rs", "linux/vectors.rs", "linux/user.rs"],
    ),
    ("why it could not be executed", &["linux/explain.rs", "executable.rs"]),
    ("reaping, and the sweep", &["life/reap.rs", "life/sweep.rs", "status.rs", "linux/children.rs"]),
    ("job control", &["life/terminal.rs", "life/job_control.rs", "linux/terminal.rs", "linux/mates.rs"]),
    ("what is said, `--verbose`, `--warn`", &["say/mod.rs", "say/printable.rs", "life/verbose.rs", "life/story.rs", "errno.rs"]),
    ("by which name", &["options/names/mod.rs", "options/preset.rs"]),
    ("starting it again", &["life/again.rs", "life/ended.rs", "life/restart.rs", "options/restart.rs"]),
    ("the init of a machine", &["life/boot.rs", "linux/boot.rs", "options/boot.rs"]),
    (
        "the loop, and the kernel's calls",
        &[
            "main.rs",
            "lib.rs",
            "kernel.rs",
            "life/mod.rs",
            "life/init.rs",
            "life/exit.rs",
            "life/pause.rs",
            "life/subreaper.rs",
            "linux/mod.rs",
            "linux/kernel.rs",
            "linux/call.rs",
            "linux/entry.rs",
            "linux/files.rs",
            "linux/memory.rs",
            "linux/path.rs",
            "linux/process.rs",
            "linux/signals.rs",
            "linux/x86_64.rs",
        ],
    ),
];

fn main() {
    let target = scratch().join("debug-info");
    build(&target, &["--features", "full", "--config", "profile.release.strip=false", "--config", "profile.release.debug=1"]);
    let path = target.join("release/scratch-init");
    let bytes = std::fs::read(&path).expect("it was just built");
    let file = object::File::parse(&*bytes).expect("it is an ELF file");
    let text = file.section_by_name(".text").expect("there is code");
    let loader = addr2line::Loader::new(&path).expect("it has debug information");

    let mut by_file = BTreeMap::<String, u64>::new();
    for address in text.address()..text.address() + text.size() {
        let mut frames = loader.find_frames(address).expect("the debug information can be read");
        while let Some(frame) = frames.next().expect("the debug information can be read") {
            let name = frame.location.and_then(|location| location.file).unwrap_or_default();
            // The innermost that is ours.
            if let Some((_, ours)) = name.split_once("src/").filter(|_| !name.contains("/rustc/") && !name.contains("/registry/")) {
                *by_file.entry(ours.to_owned()).or_default() += 1;
                break;
            }
        }
    }

    if std::env::var_os("SIZE_BY_FILE").is_some() {
        println!("{by_file:#?}");
    }
    let mut figures = Figures::new("what", compiler());
    let mut put = |what: &str, bytes: u64| figures.put(what, "bytes", bytes as i64);
    let mut code = 0;
    for (feature, files) in FEATURES {
        let sum: u64 = files.iter().filter_map(|file| by_file.remove(*file)).sum();
        put(feature, sum);
        code += sum;
    }
    assert!(by_file.is_empty(), "to be put into FEATURES: {by_file:?}");
    let total = std::fs::metadata(init()).expect("it is built").len();
    put("texts and tables", text.size() - code);
    put("headers of the file and its sections", total - text.size());
    put("all of it", total);
    for name in ["tini", "dumb_init", "catatonit", "pause"] {
        let target = scratch().join("without-a-name");
        build_with(&target, &["--features", "full"], &[("SCRATCH_INIT_WITHOUT", name)]);
        put(&format!("without the name `{name}`"), built(&target));
    }
    println!("{}", figures.markdown());
    let rooms = rooms(total);
    println!("{}", rooms.markdown());
    // Each renews the documents, and these have all three.
    rooms.store("rooms");
    figures.store("code");
    if let Some(machines) = Figures::read(&self::target().join("machines/sizes.toml")) {
        println!("{}", machines.markdown());
        machines.store("machines");
    }
}

/// The size of the file that was just built there.
fn built(target: &Path) -> u64 {
    std::fs::metadata(target.join("release/scratch-init")).expect("it was just built").len()
}

/// What each room costs: alone on the core; in the default, or added to it; in the full build. Each with the rooms that it needs, or that
/// need it.
fn rooms(full: u64) -> Figures {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).expect("it is there").parse().expect("it is TOML");
    let needs: BTreeMap<&str, Vec<&str>> = manifest["features"]
        .as_table()
        .expect("it is a table")
        .iter()
        .map(|(room, needs)| (&**room, needs.as_array().into_iter().flatten().filter_map(|need| need.as_str()).collect()))
        .collect();
    let size = |rooms: &[&str]| {
        let target = scratch().join("rooms");
        build(&target, &["--no-default-features", "--features", &rooms.join(",")]);
        built(&target)
    };
    fn needed<'a>(needs: &BTreeMap<&'a str, Vec<&'a str>>, room: &'a str) -> Vec<&'a str> {
        needs[room].iter().flat_map(|&other| [vec![other], needed(needs, other)].concat()).collect()
    }
    let (core, default) = (size(&[]), size(&needs["default"]));
    let mut figures = Figures::new("room", compiler());
    for (build, size) in [("core", core), ("default", default), ("full", full)] {
        figures.put("all of it", build, size as i64);
    }
    for &room in &needs["full"] {
        let without = |rooms: &[&str]| {
            let others: Vec<_> = rooms.iter().copied().filter(|other| *other != room && !needed(&needs, other).contains(&room)).collect();
            size(&others) as i64
        };
        let name = format!("`{room}`");
        figures.put(&name, "core", added(size(&[room]) as i64 - core as i64));
        if needs["default"].contains(&room) {
            figures.put(&name, "default", default as i64 - without(&needs["default"]));
        } else {
            figures.put(&name, "default", added(size(&[&needs["default"][..], &[room]].concat()) as i64 - default as i64));
        }
        figures.put(&name, "full", full as i64 - without(&needs["full"]));
    }
    figures
}
