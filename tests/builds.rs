//! The small builds, seen from outside: what each of them has, and how what it lacks is refused.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::OnceLock;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scratch_init_tests::builds::{Build, NAMED};
use scratch_init_tests::docker::{Container, Image, copy};
use scratch_init_tests::refusals::{EXIT, REWRITE};
use scratch_init_tests::terminal::Terminal;
use scratch_init_tests::{
    As, Case, Directory, FAMILY, Output, Running, WORLDS, both, can, children, ends, has_namespaces, is_root, open_files, program, root,
    state,
};

/// What the default says that `-S` accepts.
const TIME: &str = "TIME: 5s, 500ms, 2m, 1h, inf";

/// The two that lack something.
const SMALL: [Build; 2] = [Build::Core, Build::Middle];

/// Whether builds of this machine can be made and run. `SCRATCH_INIT_FILE` names one that is made already, perhaps for another.
#[track_caller]
fn can_build() -> bool {
    has_namespaces() && can("builds", std::env::var_os("SCRATCH_INIT_FILE").is_none())
}

fn probe() -> &'static str {
    static PROBE: OnceLock<String> = OnceLock::new();
    PROBE.get_or_init(|| program("probe").to_str().unwrap().to_owned())
}

fn file(build: Build) -> &'static str {
    build.file().to_str().unwrap()
}

/// A build with these words.
fn run(build: Build, place: As, words: &[&str]) -> Case {
    wrapped(build, place, &[], words)
}

/// The same, executed by `wrapper`.
fn wrapped(build: Build, place: As, wrapper: &[&str], words: &[&str]) -> Case {
    Case::bare(place, [wrapper, &[file(build)], words].concat()).file(build.file())
}

/// A build with these options over `probe record`, which takes so many signals and is ready for them.
fn recorder(build: Build, place: As, options: &[&str], count: usize) -> Running {
    let mut running = run(build, place, &[options, &[probe(), "record", &count.to_string()]].concat()).spawn();
    running.says("ready\n");
    running
}

/// kill(2), for signals that have no name too.
fn send(pid: Pid, signal: i32) {
    let status = std::process::Command::new("/bin/kill").args([format!("-{signal}"), pid.to_string()]).status();
    assert!(status.unwrap().success());
}

fn said(status: i32, stdout: &str, stderr: &str) -> Output {
    Output { status, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
}

/// Cargo.toml, `[features]`: each feature, and what it needs.
fn features() -> &'static toml::Table {
    static FEATURES: OnceLock<toml::Table> = OnceLock::new();
    FEATURES.get_or_init(|| {
        let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        text.parse::<toml::Table>().unwrap()["features"].as_table().unwrap().clone()
    })
}

/// What a feature needs.
fn needs(feature: &str) -> impl Iterator<Item = &'static str> {
    features()[feature].as_array().unwrap().iter().map(|name| name.as_str().unwrap())
}

/// All rooms.
fn rooms() -> BTreeSet<&'static str> {
    needs("full").collect()
}

/// The rooms of a build, with those that they need.
fn rooms_of(build: Build) -> BTreeSet<&'static str> {
    let mut rooms = BTreeSet::new();
    let mut left = build.features();
    while let Some(feature) = left.pop() {
        left.extend(needs(feature));
        if !["default", "full"].contains(&feature) {
            rooms.insert(feature);
        }
    }
    rooms
}

/// How a build calls itself.
fn title(build: Build) -> &'static str {
    match build {
        Build::Core => "core",
        Build::Full => "full",
        Build::Middle => "default",
        Build::Wider | Build::Alone(_) => "custom",
    }
}

fn version(build: Build) -> Output {
    said(0, &format!("scratch-init 0.1.0 ({})\n", title(build)), "")
}

/// All options: short, long, a value, and the room.
const OPTIONS: &[(&str, &str, &str, &str)] = &[
    ("-c", "--child", "", "route"),
    ("-g", "--group", "", "route"),
    ("-a", "--all", "", "route"),
    ("-r", "--rewrite", "TERM:INT", "rewrite"),
    ("-d", "--delay", "5s", "delay"),
    ("-t", "--grace", "5s", "grace"),
    ("-S", "--sweep", "5s", "sweep"),
    ("-W", "--wait-all", "", "wait-all"),
    ("-R", "--restart", "3:1s", "restart"),
    ("-e", "--exit", "3:4", "exit"),
    ("-u", "--user", "1:2", "user"),
    ("-C", "--chdir", "/", "chdir"),
    ("-p", "--pdeathsig", "TERM", "pdeathsig"),
    ("-P", "--pause", "", "pause"),
    ("-B", "--boot", "halt", "boot"),
    ("-s", "--subreaper", "", "subreaper"),
    ("-w", "--warn", "", "verbose"),
    ("-v", "--verbose", "", "verbose"),
    ("-h", "--help", "", "help"),
];

/// Rooms that have no option of their own. A build of these alone reads its words as the core does.
const WITHOUT_OPTIONS: &[&str] = &["job-control", "queue", "listen-pid", "walk", "reason", "explain"];

/// Whether a build reads options at all.
fn reads_options(build: Build) -> bool {
    rooms_of(build).iter().any(|room| !WITHOUT_OPTIONS.contains(room))
}

/// The words that a build must refuse: each option that it lacks by its short and its long name, alone and with a value.
fn lacks(build: Build) -> Vec<String> {
    let rooms = rooms_of(build);
    let mut words = Vec::new();
    for (short, long, value, room) in OPTIONS {
        let has = rooms.contains(room);
        if !has {
            words.extend([short.to_string(), format!("{short}{value}")]);
        }
        // Where there are no long names, that of the help is there all the same.
        if !has || (!rooms.contains("long") && *room != "help") {
            words.extend([long.to_string(), format!("{long}={value}")]);
        }
    }
    if !reads_options(build) {
        words.extend(["-V".to_owned(), "-Vx".to_owned()]);
    }
    words.extend(["-z", "-z5", "--nonsense", "--nonsense=3", "--Version", "--versions", "---"].map(str::to_owned));
    words
}

/// The line about an option that a build lacks.
fn not_in(build: Build, word: &str) -> String {
    format!("scratch-init: '{word}': not an option of this build ({}), see scratch-init-full\n", title(build))
}

/// What the build lacks is refused by the word that was given, and nothing is started.
fn refuses(build: Build) {
    let words = lacks(build);
    // Many in one PID namespace: the shell is process 1.
    let script = r#"init=$0; for word; do "$init" "$word" echo started; echo "status $?"; done"#;
    let all: Vec<&str> = ["sh", "-c", script, file(build)].into_iter().chain(words.iter().map(String::as_str)).collect();
    let output = Case::bare(As::Pid1, all).run();
    let lines: String = words.iter().map(|word| not_in(build, word)).collect();
    assert_eq!(output.stderr, lines, "{build:?}");
    assert_eq!((output.status, output.stdout), (0, "status 125\n".repeat(words.len())), "{build:?}");
}

#[test]
fn what_a_small_build_lacks_is_refused() {
    if !can_build() {
        return;
    }
    for build in SMALL {
        refuses(build);
        for word in ["-u", "-d5s", "--user=1", "--grace", "-B"] {
            let output = run(build, As::Pid1, &[word, "5s", "echo", "started"]).run();
            assert_eq!(output, said(125, "", &not_in(build, word)));
        }
    }
    // In the smallest each word is one, and none holds two.
    for word in ["-h", "--help", "-V", "-S5s", "-g", "-gu", "--version=1", "-versio"] {
        assert_eq!(run(Build::Core, As::Pid1, &[word, "echo", "started"]).run(), said(125, "", &not_in(Build::Core, word)));
    }
    for word in ["-gu", "-gu1", "-su", "-gsv"] {
        assert_eq!(run(Build::Middle, As::Pid1, &[word, "echo", "started"]).run(), said(125, "", &not_in(Build::Middle, word)));
    }
    // A long word is cut, and what stands behind it is not.
    let long = format!("-z{}", "x".repeat(2000));
    for build in SMALL {
        let output = run(build, As::Pid1, &[&long, "echo", "started"]).run();
        assert!(output.status == 125 && output.stdout.is_empty() && output.stderr.lines().count() == 1, "{output:?}");
        let reason = format!(": not an option of this build ({}), see scratch-init-full\n", title(build));
        assert!(output.stderr.starts_with("scratch-init: '-zxxx") && output.stderr.ends_with(&reason), "{output:?}");
    }
    // How other bytes are shown.
    assert_eq!(run(Build::Core, As::Pid1, &["-\u{e9}\n"]).run(), said(125, "", &not_in(Build::Core, "-???")));
    assert_eq!(run(Build::Middle, As::Pid1, &["-\u{e9}\n"]).run(), said(125, "", &not_in(Build::Middle, "-???")));
}

#[test]
fn version_dashes_and_no_program() {
    if !can_build() {
        return;
    }
    for build in NAMED {
        for &place in both() {
            assert_eq!(run(build, place, &["--version"]).run(), version(build));
            assert_eq!(run(build, place, &["--version", "echo", "started"]).run(), version(build));
            assert_eq!(run(build, place, &["--", "echo", "-g", "--"]).run(), said(0, "-g --\n", ""));
            assert_eq!(run(build, place, &[probe(), "exit", "3", "--version"]).run(), said(3, "", ""), "it is the program's");
        }
        let none = if build == Build::Core { ": scratch-init [--] PROGRAM [ARG]..." } else { ", see --help" };
        let none = said(125, "", &format!("scratch-init: no program to run{none}\n"));
        assert_eq!(run(build, As::Pid1, &[]).run(), none);
        assert_eq!(run(build, As::Child, &["--"]).run(), none);
        assert_eq!(Case::bare(As::Pid1, [probe(), "bare", file(build)]).run(), none, "without any argument");
        let words: &[(&[&str], &str)] = &[(&["--", "-x"], "-x"), (&["--", "--version"], "--version"), (&["-"], "-"), (&["--", "--"], "--")];
        for (words, name) in words {
            let output = run(build, As::Pid1, words).env("PATH", "/nonesuch").run();
            let why = if build == Build::Full { "not found in /nonesuch" } else { "not found" };
            assert_eq!(output, said(127, "", &format!("scratch-init: cannot run '{name}': {why}\n")), "{build:?}");
        }
    }
}

#[test]
fn a_small_build_has_one_name() {
    if !can_build() {
        return;
    }
    for build in SMALL {
        for name in ["tini", "dumb-init", "catatonit", "pause"] {
            let directory = Directory::new();
            let path = directory.0.join(name);
            symlink(build.file(), &path).unwrap();
            let named = |words: &[&str]| Case::bare(As::Pid1, [&[path.to_str().unwrap()], words].concat()).run();
            assert_eq!(named(&["--version"]), version(build), "{name}");
            assert_eq!(named(&["-v", "echo", "started"]), said(125, "", &not_in(build, "-v")), "{name}");
            assert_eq!(named(&[probe(), "exit", "3"]), said(3, "", ""), "{name}");
        }
    }
}

#[test]
fn the_status() {
    if !can_build() {
        return;
    }
    for build in NAMED {
        for &place in both() {
            for status in [0, 3, 125, 126, 127, 255] {
                let output = run(build, place, &[probe(), "exit", &status.to_string()]).run();
                assert_eq!(output, said(status, "", ""), "{build:?} {place:?}");
            }
            for signal in [1, 2, 6, 9, 11, 13, 15, 34, 64] {
                let output = run(build, place, &[probe(), "die", &signal.to_string()]).run();
                assert_eq!(output, said(128 + signal, "", ""), "{build:?} {place:?}");
            }
        }
    }
}

#[test]
fn every_signal_is_forwarded() {
    if !can_build() {
        return;
    }
    let never = [Signal::SIGKILL, Signal::SIGSTOP, Signal::SIGCHLD].map(|signal| signal as i32);
    let signals: Vec<i32> = (1..=64).filter(|signal| !never.contains(signal)).collect();
    for build in NAMED {
        for &place in both() {
            let mut running = recorder(build, place, &[], signals.len());
            let pid = running.pid();
            let mut expected = "ready\n".to_owned();
            for &signal in &signals {
                send(pid, signal);
                expected += &format!("{signal} 0 0\n");
                running.until("the signal's arrival", |running| (running.stdout() == expected).then_some(()));
            }
            assert_eq!(running.finish(), said(0, &expected, ""), "{build:?} {place:?}");
        }
    }
}

#[test]
fn what_is_sent_before_the_program_runs_arrives() {
    if !can_build() {
        return;
    }
    let mut wrapper = vec![probe(), "with"];
    for signal in ["1", "10", "15", "18", "34"] {
        wrapper.extend(["block", signal, "pend", signal]);
    }
    wrapper.push("--");
    for build in NAMED {
        for &place in both() {
            let output = wrapped(build, place, &wrapper, &[probe(), "record", "5"]).run();
            assert_eq!(output.status, 0);
            let mut got: Vec<&str> = output.stdout.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
            got.sort_unstable();
            assert_eq!(got, ["1", "10", "15", "18", "34"], "{build:?} {place:?}");
        }
    }
}

#[test]
fn orphans_come_to_the_init_and_are_reaped() {
    if !can_build() {
        return;
    }
    // A shell whose parent ends, and which says when the init is its parent.
    let adopted = r#"
        export INIT_PID=$PPID
        (sh -c 'until grep -q "^PPid:.$INIT_PID\$" /proc/$$/status; do sleep 0.01; done; echo adopted' &)
        exec sleep 1000"#;
    let many = format!("{} orphans 300 0; echo done; exec sleep 1000", probe());
    for build in NAMED {
        for &place in both() {
            for (script, word) in [(adopted, "adopted\n"), (&many, "done\n")] {
                let mut running = run(build, place, &["sh", "-c", script]).spawn();
                running.says(word);
                let pid = running.pid();
                running.until("the end of all but the program", |_| (children(pid.as_raw() as u32).len() == 1).then_some(()));
                running.signal(Signal::SIGTERM);
                assert_eq!(running.finish(), said(143, word, ""), "{build:?} {place:?}");
            }
        }
    }
}

/// The shell is process 1. It says how the init has ended, what became of the child that the program left behind, and what that got.
const LEAVES: &str = r#"
    "$@" >"$OUT"; echo "status $?"
    read word child <"$OUT"
    kill -0 "$child" && grep -q '^State:.[^ZX]' "/proc/$child/status" && echo "it runs on"
    grep got "$OUT"
    exit 0"#;

/// What is said there of a child left in this way.
fn leaves(build: Build, options: &[&str], how: &str) -> String {
    let directory = Directory::new();
    let words = [&["sh", "-c", LEAVES, "sh", file(build)], options, &[probe(), "leave", how, "9"]].concat();
    let output = Case::bare(As::Pid1, words).env("OUT", directory.0.join("out")).run();
    assert_eq!(output.status, 0, "{output:?}");
    output.stdout
}

#[test]
fn the_core_ends_when_the_program_ends() {
    if !can_build() {
        return;
    }
    for how in ["plain", "stubborn", "session", "orphan"] {
        assert_eq!(leaves(Build::Core, &[], how), "status 9\nit runs on\n", "{how}");
        // As PID 1 the kernel kills what is left.
        let output = run(Build::Core, As::Pid1, &[probe(), "leave", how, "9"]).run();
        assert!(output.quiet_status() == 9 && !output.stdout.contains("got"), "{output:?}");
    }
}

#[test]
fn a_stop_is_not_the_end() {
    if !can_build() {
        return;
    }
    for build in SMALL {
        for &place in both() {
            for (script, signal, status) in [("kill -STOP $$; exit 4", Signal::SIGCONT, 4), ("kill -TSTP $$; exit 4", Signal::SIGTERM, 143)]
            {
                let mut running = run(build, place, &["sh", "-c", script]).spawn();
                let pid = running.pid();
                let program =
                    running.until("the stop", |_| children(pid.as_raw() as u32).into_iter().find(|&pid| state(pid as i32) == 'T'));
                running.stays();
                // Through the init a CONT has to come as well.
                kill(pid, signal).unwrap();
                if signal != Signal::SIGCONT {
                    running.stays();
                    kill(Pid::from_raw(program as i32), Signal::SIGCONT).unwrap();
                }
                assert_eq!(running.finish(), said(status, "", ""), "{build:?} {place:?} {script}");
            }
            // wait4(2) tells of a traced child's stop unasked: this is not taken for its end either. (To let go of it is a room.)
            let mut running = run(build, place, &[probe(), "traceme", "usr1", "true"]).spawn();
            let pid = running.pid();
            let program = running.until("the stop", |_| children(pid.as_raw() as u32).into_iter().find(|&pid| state(pid as i32) == 't'));
            running.stays();
            kill(Pid::from_raw(program as i32), Signal::SIGKILL).unwrap();
            assert_eq!(running.finish(), said(137, "", ""), "{build:?} {place:?}");
        }
    }
}

#[test]
fn the_program_gets_the_world_of_the_init() {
    if !can_build() {
        return;
    }
    let world = |case: Case| {
        let Output { status, stdout, stderr } = case.directory("/usr/share").run();
        assert_eq!((status, stderr.as_str()), (0, ""));
        // These are to differ.
        stdout.lines().filter(|line| !line.starts_with("pid") && !line.starts_with("leads")).collect::<Vec<_>>().join("\n")
    };
    for build in SMALL {
        for &place in both() {
            for with in WORLDS {
                let wrapper = [&[probe(), "with"], *with, &["--"]].concat();
                let bare = world(Case::bare(place, [&wrapper[..], &[probe(), "world"]].concat()));
                assert_eq!(bare, world(wrapped(build, place, &wrapper, &[probe(), "world"])), "{build:?} {place:?} {with:?}");
                assert!(bare.contains("\ndirectory /usr/share"), "{bare}");
            }
            let output = run(build, place, &[probe(), "world"]).run();
            assert!(output.stdout.contains("leads its group 1\n"), "{output:?}");
            let words = ["printf", "<%s>", "-g", "", "--", "a b", "\u{e9}\n"];
            assert_eq!(run(build, place, &words).run(), said(0, "<-g><><--><a b><\u{e9}\n>", ""));
            let variables = ["env", "-i", "A=1", "B=", "LISTEN_PID=1", "PATH=/usr/bin:/bin", "A.b=x y"];
            assert_eq!(
                wrapped(build, place, &variables, &["env"]).run(),
                said(0, "A=1\nB=\nLISTEN_PID=1\nPATH=/usr/bin:/bin\nA.b=x y\n", "")
            );
        }
    }
    // Where the variable is no option of the build, it is one like another.
    let output = run(Build::Core, As::Pid1, &["sh", "-c", "echo $SCRATCH_INIT_OPTIONS"]).env("SCRATCH_INIT_OPTIONS", "-z").run();
    assert_eq!(output, said(0, "-z\n", ""));
}

#[test]
fn statuses_are_seen_where_chld_is_ignored() {
    if !can_build() {
        return;
    }
    for build in NAMED {
        for &place in both() {
            let output = wrapped(build, place, &[probe(), "with", "ignore", "17", "--"], &[probe(), "exit", "6"]).run();
            assert_eq!(output, said(6, "", ""), "{build:?} {place:?}");
        }
    }
}

#[test]
fn descriptors_and_directory_of_the_init() {
    if !can_build() {
        return;
    }
    for build in SMALL {
        for &place in both() {
            for closed in 0..8 {
                let mut wrapper = vec![probe(), "with", "open", "3", "open", "9"];
                for (fd, number) in ["0", "1", "2"].iter().enumerate() {
                    if closed >> fd & 1 != 0 {
                        wrapper.extend(["close", number]);
                    }
                }
                wrapper.push("--");
                let mut running = wrapped(build, place, &wrapper, &[probe(), "pause"]).directory("/usr/share").spawn();
                // Its directory is `/`, and from 3 on it has its signalfd alone.
                running.settles();
                let (own, its) = (running.pid().as_raw() as u32, running.pid_of(Path::new(probe())).as_raw() as u32);
                let first = |pid| open_files(pid).into_iter().filter(|(fd, _)| *fd < 3).collect::<Vec<_>>();
                assert_eq!(first(own), first(its), "{build:?} {place:?} {closed:03b}");
                assert_eq!(first(own).len() as u32, 3 - i32::count_ones(closed), "{build:?} {place:?} {closed:03b}");
                let all = open_files(its);
                assert!([3, 9].iter().all(|own| all.iter().any(|(fd, _)| fd == own)), "the program keeps its own: {all:?}");
                running.signal(Signal::SIGTERM);
                assert_eq!(running.finish().status, 143);
            }
        }
    }
}

#[test]
fn the_search_of_path() {
    if !can_build() {
        return;
    }
    let directory = Directory::new();
    for (name, mode) in
        [("a/both", 0o755), ("b/both", 0o755), ("a/closed", 0o644), ("b/closed", 0o755), ("a/denied", 0o644), ("here", 0o755)]
    {
        directory.file(name, format!("#!/bin/sh\necho {name}\n").as_bytes(), mode);
    }
    directory.file("a/two", b"#!/bin/sh\n", 0o644);
    directory.file("b/two", b"#!/nonesuch/sh\n", 0o755);
    let at = |path: &str| path.replace('@', directory.0.to_str().unwrap());
    for build in NAMED {
        let run = |path: &str, name| run(build, As::Pid1, &[name]).env("PATH", at(path)).directory(&directory.0).run();
        for (path, name, which) in [
            ("@/a:@/b", "both", "a/both"),
            ("@/b:@/a", "both", "b/both"),
            ("/nonesuch:@/b", "both", "b/both"),
            ("@/here:@/b", "both", "b/both"),
            ("@/a:@/b", "closed", "b/closed"),
            (":/nonesuch", "here", "here"),
            ("/nonesuch:", "here", "here"),
            ("/nonesuch::/nonesuch", "here", "here"),
            ("", "here", "here"),
            ("a", "both", "a/both"),
            ("/nonesuch", "./here", "here"),
            ("@/b", "a/both", "a/both"),
        ] {
            assert_eq!(run(path, name), said(0, &format!("{which}\n"), ""), "{build:?} {path} {name}");
        }
        // An EACCES is remembered, wherever it stands.
        for path in ["@/a:/nonesuch", "/nonesuch:@/a", "@/a:@/b"] {
            let output = run(path, "denied");
            assert_eq!((output.status, &*output.stdout), (126, ""), "{build:?} {output:?}");
            if build != Build::Full {
                assert_eq!(output.stderr, "scratch-init: cannot run 'denied': not permitted, or not executable\n");
            }
        }
        // Of two that cannot be executed the first counts.
        if build != Build::Core {
            for (path, status) in [("@/a:@/b", 126), ("@/b:@/a", 127)] {
                assert_eq!(run(path, "two").status, status, "{build:?} {path}");
            }
        }
        for (path, name) in [("@/a:@/b", "nonesuch"), ("@/a", "./both"), ("@/a", ""), ("@", "a/nonesuch")] {
            assert_eq!(run(path, name).status, 127, "{build:?} {path} {name}");
        }
        // Without the variable: /usr/local/bin:/usr/bin:/bin.
        let output = wrapped(build, As::Pid1, &["env", "-u", "PATH"], &["sh", "-c", "echo found"]).directory(&directory.0).run();
        assert_eq!(output, said(0, "found\n", ""));
        assert_eq!(wrapped(build, As::Pid1, &["env", "-u", "PATH"], &["here"]).directory(&directory.0).run().status, 127);
    }
}

#[test]
fn a_text_goes_to_the_shell() {
    if !can_build() {
        return;
    }
    let directory = Directory::new();
    let text = "echo \"$0 $*\"; exit 5\n";
    directory.file("text", text.as_bytes(), 0o755);
    directory.file("empty-line", format!("#!\n{text}").as_bytes(), 0o755);
    for build in NAMED {
        for &place in both() {
            for name in ["text", "empty-line"] {
                let path = directory.0.join(name);
                let path = path.to_str().unwrap();
                let expected = said(5, &format!("{path} one two\n"), "");
                assert_eq!(run(build, place, &[path, "one", "two"]).run(), expected, "{build:?} {place:?}");
                assert_eq!(run(build, place, &["--", path, "one", "two"]).run(), expected, "{build:?} {place:?}");
                let found = run(build, place, &[name, "one", "two"]).env("PATH", format!("/nonesuch:{}:/bin", directory.0.display()));
                assert_eq!(found.run(), expected, "{build:?} {place:?}");
            }
        }
    }
}

/// What is said of a program that cannot be executed: the words, the status, and the reason in the core and in the middle build.
const REASONS: &[(&str, i32, &str, &str)] = &[
    ("/nonesuch", 127, "not found", "not found"),
    ("nonesuch", 127, "not found", "not found"),
    ("", 127, "not found", "not found"),
    ("/closed", 126, "not permitted, or not executable", "not permitted, or not executable"),
    ("/proc", 126, "not permitted, or not executable", "not permitted, or not executable"),
    ("closed", 126, "not permitted, or not executable", "not permitted, or not executable"),
    ("/machine", 126, "no program for this machine", "no program for this machine"),
    ("/garbage", 126, "no program for this machine", "no program for this machine"),
    ("/text", 126, "no program for this machine", "no program for this machine"),
    ("/empty", 126, "no program for this machine", "no program for this machine"),
    ("machine", 126, "no program for this machine", "no program for this machine"),
    ("/dynamic", 127, "not found", ANOTHER),
    ("/script", 127, "not found", ANOTHER),
    ("dynamic", 127, "not found", ANOTHER),
    ("/loop", 126, "errno 40", "errno 40"),
    ("/probe/program", 126, "errno 20", "errno 20"),
];

const ANOTHER: &str = "there, but its loader or #! interpreter is not: link it statically or copy that";

/// The line of a small build.
fn cannot_run(build: Build, name: &str, core: &str, middle: &str) -> String {
    format!("scratch-init: cannot run '{name}': {}\n", if build == Build::Core { core } else { middle })
}

/// What a scratch image has in it: the small builds as /core and /middle, programs that cannot be executed, and no shell.
fn image() -> Directory {
    let image = Directory::new();
    copy(&image, Build::Core.file(), "core");
    copy(&image, Build::Middle.file(), "middle");
    let bytes = std::fs::read(probe()).unwrap();
    image.file("probe", &bytes, 0o755);
    image.file("closed", &bytes, 0o644);
    // elf(5): e_machine.
    let mut other = bytes.clone();
    other[18] = !other[18];
    image.file("machine", &other, 0o755);
    image.file("garbage", b"\x01\x02\x03\x04", 0o755);
    image.file("text", b"echo started\n", 0o755);
    image.file("empty", b"", 0o755);
    image.file("script", b"#!/nonesuch/sh\n", 0o755);
    let source = image.file("dynamic.c", b"int main(void) { return 0; }\n", 0o644);
    let mut compile = std::process::Command::new("cc");
    compile.arg("-Wl,-dynamic-linker,/nonesuch/ld.so").arg("-o").arg(image.0.join("dynamic")).arg(&source);
    assert!(compile.status().unwrap().success());
    std::fs::remove_file(source).unwrap();
    symlink("/loop", image.0.join("loop")).unwrap();
    std::fs::create_dir(image.0.join("proc")).unwrap();
    image
}

#[test]
fn why_a_program_cannot_be_executed() {
    if !can_build() {
        return;
    }
    let image = image();
    for (build, path) in [(Build::Core, "/core"), (Build::Middle, "/middle")] {
        let inside =
            |words: &[&OsStr]| Case::bare(As::Pid1, [&[OsStr::new(path)], words].concat()).unshare(&["--root", image.0.to_str().unwrap()]);
        for (name, status, core, middle) in REASONS {
            let output = inside(&[OsStr::new(name)]).env("PATH", "/nonesuch:/").run();
            assert_eq!(output, said(*status, "", &cannot_run(build, name, core, middle)), "{build:?}");
        }
        // Bytes that are no printable ASCII.
        for (name, shown) in [(&b"/a\n\x1b[2J"[..], "/a??[2J"), ("/\u{e9}".as_bytes(), "/??"), (b"/\x80\xff\x7f\t~ '\"\\", "/????~ '\"\\")]
        {
            let output = inside(&[OsStr::from_bytes(name)]).run();
            assert_eq!(output, said(127, "", &cannot_run(build, shown, "not found", "not found")), "{build:?}");
        }
        // A name is cut, its reason is not.
        let before = "scratch-init: cannot run '";
        for length in (470..=530).chain([1000, 4000, 5000]) {
            let name = "/x".repeat(length / 2);
            let output = inside(&[OsStr::new(&name)]).run();
            let (status, why) = if length < 4096 { (127, ": not found\n") } else { (126, ": errno 36\n") };
            assert_eq!((output.status, &*output.stdout), (status, ""), "{build:?} {length}");
            let shown = output.stderr.strip_prefix(before).and_then(|line| line.strip_suffix(why));
            let shown = shown.unwrap_or_else(|| panic!("{build:?} {length}: {}", output.stderr));
            let shown = shown.strip_suffix('\'').unwrap_or(shown);
            assert!(name.starts_with(shown) && (shown.len() >= 300.min(name.len())), "{build:?} {length}: {shown}");
            if build == Build::Core {
                assert!(output.stderr.len() <= 512 + why.len(), "{build:?} {length}");
            }
        }
    }
}

#[test]
fn what_the_kernel_refuses_by_another_errno() {
    if !can_build() {
        return;
    }
    // EPERM and EINVAL of execve(2), by a seccomp filter.
    let execve = scratch_init_tests::calls::EXECVE.to_string();
    for build in SMALL {
        for errno in ["1", "22", "36", "107", "133", "258"] {
            let output = Case::bare(As::Pid1, [probe(), "deny", errno, &execve, file(build), "/usr/bin/env"]).run();
            assert_eq!(output, said(126, "", &format!("scratch-init: cannot run '/usr/bin/env': errno {errno}\n")), "{build:?}");
        }
    }
}

#[test]
fn calls_that_are_forbidden() {
    if !can_build() {
        return;
    }
    use scratch_init_tests::calls::*;
    for build in SMALL {
        for &place in both() {
            for errno in [1, 38] {
                let denied = |call: i64, words: &[&str]| {
                    wrapped(build, place, &[probe(), "deny", &errno.to_string(), &call.to_string()], words).run()
                };
                // It can do without these.
                for call in [PRCTL, CLOSE_RANGE, CHDIR, IOCTL, MADVISE, STAT, ACCESS] {
                    assert_eq!(denied(call, &[probe(), "exit", "8"]), said(8, "", ""), "{build:?} {place:?} {call}");
                    assert_eq!(denied(call, &["/nonesuch"]).status, 127, "{build:?} {place:?} {call}");
                }
                // And not without these.
                for (call, what) in [(SIGNALFD4, "signalfd4"), (RT_SIGPROCMASK, "rt_sigprocmask")] {
                    let line = format!("scratch-init: {what}: errno {errno}\n");
                    assert_eq!(denied(call, &["echo", "started"]), said(125, "", &line), "{build:?} {place:?}");
                }
                let line = format!("scratch-init: cannot run 'echo': errno {errno}\n");
                assert_eq!(denied(SETPGID, &["echo", "started"]), said(125, "", &line), "{build:?} {place:?}");
            }
            // There is room for the signalfd below 3 alone, which is the program's.
            let output = wrapped(build, place, &[probe(), "with", "close", "0", "fds", "3", "--"], &["echo", "started"]).run();
            assert_eq!(output, said(125, "", "scratch-init: signalfd4: errno 22\n"), "{build:?} {place:?}");
        }
    }
}

#[test]
fn ten_thousand_orphans() {
    if !can_build() {
        return;
    }
    for build in SMALL {
        for &place in both() {
            let output = run(build, place, &[probe(), "orphans", "10000", "42"]).run();
            assert_eq!(output, said(42, "", ""), "{build:?} {place:?}");
        }
    }
}

/// A build on a terminal, in `$INIT`.
fn on_terminal(build: Build, words: &[&str]) -> Terminal {
    Terminal::with(words, &[("INIT", build.file())])
}

#[test]
fn the_program_has_the_terminal_and_gives_it_back() {
    if !can_build() {
        return;
    }
    for build in NAMED {
        on_terminal(build, &[file(build), probe(), "foreground"]).shows("in the foreground 1").ends_with(0);
        // Also where the standard input is another, or none.
        for command in [
            "$INIT $PROBE foreground",
            "echo data | $INIT sh -c '$PROBE foreground </dev/tty'",
            "$INIT sh -c '$PROBE foreground </dev/tty' <&-",
        ] {
            // The terminal is that of the shell's group again.
            let script = format!("{command}; $PROBE foreground; exit 3");
            on_terminal(build, &["sh", "-c", &script]).shows("in the foreground 1").shows("in the foreground 1").ends_with(3);
        }
        // Where there is no /dev/tty it is the standard input.
        let script = "mount -t tmpfs none /dev && $INIT $PROBE foreground; $PROBE foreground; exit 3";
        on_terminal(build, &["sh", "-c", script]).shows("in the foreground 1").shows("in the foreground 1").ends_with(3);
        for (command, status) in [
            ("/nonesuch", 127),
            ("/etc", 126),
            ("sh -c 'kill -KILL $$'", 137),
            ("sh -c 'sleep 1000 <&- & exit 5'", 5),
            ("sh -c 'exit 5'", 5),
        ] {
            let script = format!("$INIT {command}; echo status $?; $PROBE foreground; exit 3");
            on_terminal(build, &["sh", "-c", &script]).shows(&format!("status {status}\r\n")).shows("in the foreground 1").ends_with(3);
        }
        // It reads what is typed, and is what the keys' signals are for.
        on_terminal(build, &["sh", "-c", "$INIT sh -c 'echo ready; read x; echo \"read <$x>\"; exit 4'; exit $?"])
            .shows("ready")
            .types("hello\n")
            .shows("read <hello>")
            .ends_with(4);
        for words in [&[file(build), probe(), "record", "2"][..], &["sh", "-c", "$INIT $PROBE record 2; exit $?"]] {
            let mut terminal = on_terminal(build, words);
            terminal.shows("ready").types("\x03").shows("2 128 0\r\n").types("\x1c").shows("3 128 0\r\n").ends_with(0);
        }
    }
}

#[test]
fn in_the_background_the_terminal_is_not_taken() {
    if !can_build() {
        return;
    }
    for build in NAMED {
        // A script without job control starts it on /dev/null.
        let script = "$INIT sh -c 'echo runs; exec sleep 1000' & until [ -e $GO ]; do sleep 0.02; done; \
            $PROBE foreground; kill $!; wait $!; exit $?";
        let directory = Directory::new();
        let go = directory.0.join("go");
        let mut terminal = Terminal::with(&["sh", "-c", script], &[("INIT", build.file()), ("GO", &go)]);
        terminal.shows("runs");
        std::fs::write(&go, "").unwrap();
        terminal.shows("in the foreground 1").ends_with(143);
        let script = "$INIT sh -c '$PROBE foreground </dev/tty' </dev/null; exit 3";
        on_terminal(build, &["sh", "-c", script]).shows("in the foreground 0").ends_with(3);
        // A shell with job control has it in a group of its own.
        let mut terminal = Terminal::bash_with(&[("INIT", build.file())]);
        terminal.types("$INIT sleep 1000 &\n");
        terminal.runs("sleep", 1, "S");
        terminal.in_front("bash").types("kill %1; wait %1\n").prompts(143);
        for (command, status) in [("true", 0), ("/nonesuch 2>/dev/null", 127), ("sh -c 'exit 5'", 5)] {
            terminal.types(&format!("$INIT {command} & wait $!\n")).prompts(status);
            terminal.in_front("bash");
        }
        terminal.types("exit 6\n").ends_with(6);
    }
}

/// Whether the child gets what is sent to the init.
fn child_gets_it(build: Build, place: As, options: &[&str]) -> bool {
    let mut running = run(build, place, &[options, &["sh", "-c", FAMILY]].concat()).spawn();
    running.says("child ready\n").says("parent ready\n").signal(Signal::SIGUSR1).says("parent got it");
    let output = running.finish();
    // (A shell says on stderr that a signal has ended its sleep.)
    assert_eq!(output.status, 0);
    output.stdout.contains("child got it")
}

#[test]
fn middle_where_signals_go_to() {
    if !can_build() {
        return;
    }
    for &place in both() {
        for (options, child) in
            [(&[][..], false), (&["-c"], false), (&["-g"], true), (&["-a"], true), (&["-g", "-c"], false), (&["-gca"], true)]
        {
            assert_eq!(child_gets_it(Build::Middle, place, options), child, "{place:?} {options:?}");
        }
    }
    // As PID 1 all are reached, in whatever group and session they are.
    let mut running = run(Build::Middle, As::Pid1, &["-a", probe(), "tree", "3"]).spawn();
    running.says("ready\n").signal(Signal::SIGTERM);
    let output = running.finish();
    assert_eq!((output.status, output.stdout.matches(" got 15\n").count()), (9, 16), "{output:?}");
}

#[test]
fn middle_sweeps() {
    if !can_build() {
        return;
    }
    let leave = |place, options: &[&str], how| run(Build::Middle, place, &[options, &[probe(), "leave", how, "9"]].concat());
    for &place in both() {
        for (options, how) in [(&["-S", "inf"][..], "plain"), (&["-Sinf"], "stopped"), (&["-S", "300ms"], "stubborn"), (&[], "plain")] {
            let output = leave(place, options, how).run();
            assert_eq!(output.quiet_status(), 9, "{place:?} {options:?} {how}");
            assert_eq!(output.stdout.contains("child got 15\n"), how != "stopped", "{place:?} {options:?} {how} {output:?}");
        }
        let output = leave(place, &["-S0"], "stubborn").run();
        assert!(output.quiet_status() == 9 && !output.stdout.contains("got"), "{place:?} {output:?}");
        let mut running = leave(place, &["-S", "inf"], "stubborn").spawn();
        running.says("child got 15").signal(Signal::SIGUSR1).says("child got 10");
        assert!(!running.is_over(), "it waits for ever");
    }
    // As PID 1 all get it, elsewhere the program's group.
    for how in ["session", "orphan"] {
        let output = leave(As::Pid1, &["-S", "inf"], how).run();
        assert!(output.quiet_status() == 9 && output.stdout.contains("child got 15\n"), "{how} {output:?}");
    }
    for (options, how, said) in [
        (&["-S", "inf"][..], "plain", "status 9\nchild got 15\n"),
        (&["-S", "300ms"], "stubborn", "status 9\nchild got 15\nchild got 18\n"),
        (&["-S", "inf"], "orphan", "status 9\nchild got 15\n"),
    ] {
        assert_eq!(leaves(Build::Middle, options, how), said, "{how}");
    }
}

#[test]
fn middle_leaves_alone_who_has_left_the_programs_group() {
    if !can_build() {
        return;
    }
    // Not PID 1 it knows the group alone, and waits for that alone: who has left it goes on under the next reaper.
    for options in [&["-S", "300ms"][..], &["-S", "inf"], &[]] {
        assert_eq!(leaves(Build::Middle, options, "session"), "status 9\nit runs on\n", "{options:?}");
    }
}

#[test]
fn middle_ends_guests_as_pid_1() {
    if !can_build() || !is_root() {
        return;
    }
    // From outside into its PID namespace, as `docker exec` does it: one ends when it is asked, the other ignores that.
    for (trap, cleans) in [("trap 'echo cleaned; exit 5' TERM", true), ("trap '' TERM", false)] {
        let directory = Directory::new();
        let go = directory.0.join("go");
        nix::unistd::mkfifo(&go, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut running = run(Build::Middle, As::Pid1, &["-S", "1h", "sh", "-c", &format!("read x <{}; exit 3", go.display())]).spawn();
        let pid = running.pid().to_string();
        let ready = directory.0.join("ready");
        let script = format!("{trap}; : >{}; while :; do sleep 0.01; done", ready.display());
        let mut guest = std::process::Command::new("timeout");
        guest.args(["60", "nsenter", "--target", &pid, "--pid", "--mount", "sh", "-c", &script]);
        let guest = guest.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        running.until("the guest", |_| ready.exists().then_some(()));
        std::fs::write(&go, "go\n").unwrap();
        assert_eq!(running.finish(), said(3, "", ""));
        let output = ends(guest);
        assert_eq!(output.stdout, if cleans { &b"cleaned\n"[..] } else { b"" }, "{output:?}");
    }
}

#[test]
fn middle_options_in_the_variable() {
    if !can_build() {
        return;
    }
    let with = |build, variable: &str, words: &[&str]| run(build, As::Pid1, words).env("SCRATCH_INIT_OPTIONS", variable);
    let exits = |variable, words: &[&str]| with(Build::Wider, variable, &[words, &[probe(), "exit", "3"]].concat()).run();
    for (variable, words, status) in [
        ("", &[][..], 3),
        ("  \t ", &[], 3),
        ("-e3:4", &[], 4),
        (" -g\t-e  3:4 ", &[], 4),
        ("-e3:4", &["-e3:5"], 5),
        ("-e 3:4", &["--"], 4),
    ] {
        assert_eq!(exits(variable, words).quiet_status(), status, "{variable:?} {words:?}");
    }
    let run = |variable, words| with(Build::Middle, variable, words);
    for (variable, word) in
        [("-z", "-z"), ("-g -d5s", "-d5s"), ("-gu 1", "-gu"), ("--grace=5s", "--grace=5s"), ("-u", "-u"), ("-\u{7f}", "-?")]
    {
        assert_eq!(run(variable, &["echo", "started"]).run(), said(125, "", &not_in(Build::Middle, word)), "{variable:?}");
    }
    for (build, variable, line) in
        [(Build::Middle, "-S 5x", format!("-S '5x': want {TIME}")), (Build::Wider, "-e", format!("-e '': want {EXIT}"))]
    {
        let output = with(build, variable, &["echo", "started"]).run();
        assert_eq!(output, said(125, "", &format!("scratch-init: {line}\n")), "{variable:?}");
    }
    assert_eq!(run("-V", &["echo", "started"]).run(), version(Build::Middle));
    // The program inherits it.
    assert_eq!(run("-g", &["sh", "-c", "echo $SCRATCH_INIT_OPTIONS"]).run(), said(0, "-g\n", ""));
}

#[test]
fn middle_does_not_read_the_variable_with_gained_rights() {
    if !can_build() || !is_root() {
        return;
    }
    let directory = Directory::new();
    let copy = directory.file("scratch-init", &std::fs::read(Build::Middle.file()).unwrap(), 0o4755);
    let with = directory.file("with", &std::fs::read(probe()).unwrap(), 0o755);
    let words = [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), "echo", "started"];
    for &place in both() {
        let output = Case::bare(place, words).env("SCRATCH_INIT_OPTIONS", "-z").run();
        assert_eq!(output, said(0, "started\n", ""), "{place:?}");
    }
}

#[test]
fn middle_kills_after_the_grace_period() {
    if !can_build() {
        return;
    }
    let rewrites = |options: &[&str]| if options.iter().any(|option| option.starts_with("-r")) { Build::Wider } else { Build::Middle };
    for &place in both() {
        for (options, signal) in [
            (&["-t", "300ms"][..], 15),
            (&["-t300ms"], 2),
            (&["-t300ms"], 3),
            (&["-t1h", "-tHUP:300ms"], 1),
            (&["-tRTMIN+3:300ms"], 37),
            (&["-t300ms", "-rHUP:TERM"], 1),
        ] {
            let mut running = recorder(rewrites(options), place, options, 9);
            send(running.pid(), signal);
            assert_eq!(running.finish().quiet_status(), 137, "{place:?} {options:?}");
        }
        // A signal that is named is a stop signal, and arrives before the KILL.
        let mut running = recorder(Build::Middle, place, &["-tUSR1:300ms"], 9);
        running.signal(Signal::SIGUSR1);
        assert_eq!(running.finish(), said(137, "ready\n10 0 0\n", ""), "{place:?}");
        // No stop signal, or no time.
        for (options, signal) in
            [(&["-t0"][..], 1), (&["-tUSR2:0"], 15), (&["-t0", "-tTERM:inf"], 15), (&["-t0", "-rTERM:0", "-rINT:HUP"], 10)]
        {
            let mut running = recorder(rewrites(options), place, options, 2);
            let pid = running.pid();
            send(pid, signal);
            running.says(&format!("\n{signal} 0 0\n"));
            send(pid, 18);
            assert_eq!(running.finish().quiet_status(), 0, "{place:?} {options:?}");
        }
        // With the program all of its group.
        let words = ["-S", "inf", "-t", "300ms", "sh", "-c", "trap '' TERM; sh -c 'echo ready; while :; do sleep 1; done'; exit 3"];
        let mut running = run(Build::Middle, place, &words).spawn();
        running.says("ready\n").signal(Signal::SIGTERM);
        assert_eq!(running.finish().status, 137, "{place:?}");
    }
}

#[test]
fn wider_rewrites_waits_for_all_and_maps_statuses() {
    if !can_build() {
        return;
    }
    for &place in both() {
        for (options, sent, got) in [
            (&["-r", "TERM:USR1"][..], 15, 10),
            (&["-r15:RTMIN+1"], 15, 35),
            (&["-rHUP:SIGQUIT", "-r", "term:int"], 15, 2),
            (&["-r34:64", "-r", "64:34"], 64, 34),
        ] {
            let mut running = recorder(Build::Wider, place, options, 1);
            send(running.pid(), sent);
            assert_eq!(running.finish(), said(0, &format!("ready\n{got} 0 0\n"), ""), "{place:?} {options:?}");
        }
        let mut running = recorder(Build::Wider, place, &["-r", "HUP:0"], 1);
        running.signal(Signal::SIGHUP).stays();
        send(running.pid(), 10);
        assert_eq!(running.finish(), said(0, "ready\n10 0 0\n", ""), "{place:?}");

        for (options, arguments, status) in [
            (&["-e", "3"][..], ["exit", "3"], 0),
            (&["-e3:4", "-e4:5"], ["exit", "3"], 4),
            (&["-e143"], ["die", "15"], 0),
            (&["-e", "0:255"], ["exit", "0"], 255),
            (&["-s"], ["exit", "6"], 6),
            (&["-gse3:7", "--"], ["exit", "3"], 7),
        ] {
            let output = run(Build::Wider, place, &[options, &[probe()], &arguments].concat()).run();
            assert_eq!(output, said(status, "", ""), "{place:?} {options:?}");
        }
        assert_eq!(run(Build::Wider, place, &["-e127:3", "/nonesuch"]).run().status, 3);
        assert_eq!(run(Build::Wider, place, &["-e126:4", "/etc"]).run().status, 4);
        assert_eq!(run(Build::Wider, place, &["-e125:5", "-z"]).run().status, 125);
        waits_for_all(Build::Wider, place);
    }
}

/// `-W`: the init runs on until a daemon has ended, forwards a signal to it, and ends with its status.
fn waits_for_all(build: Build, place: As) {
    for (starter, daemon, status) in [("0", "4", 4), ("3", "4", 3), ("0", "0", 0)] {
        let mut running = run(build, place, &["-W", probe(), "away", starter, daemon]).spawn();
        running.says("away\n");
        let pid = running.pid();
        // The daemon is in a session of its own, and the starter is gone.
        running.until("the starter's end", |_| {
            let left = children(pid.as_raw() as u32);
            let daemon =
                |pid: &u32| nix::unistd::getsid(Some(Pid::from_raw(*pid as i32))).is_ok_and(|session| session.as_raw() as u32 == *pid);
            (left.len() == 1 && left.iter().all(daemon)).then_some(left)
        });
        running.stays();
        let daemon = children(pid.as_raw() as u32)[0];
        kill(Pid::from_raw(daemon as i32), Signal::SIGUSR1).unwrap();
        assert_eq!(running.finish().status, status, "{build:?} {place:?} {starter} {daemon}");
    }
    let output = run(build, place, &["-W", "sh", "-c", "sh -c 'exit 3'; exit 4"]).run();
    assert_eq!(output, said(4, "", ""), "nobody is left");
}

#[test]
fn wider_forwards_to_a_daemon_as_pid_1() {
    if !can_build() {
        return;
    }
    let mut running = run(Build::Wider, As::Pid1, &["-W", probe(), "away", "0", "4"]).spawn();
    running.says("away\n");
    let pid = running.pid();
    running.until("the starter's end", |_| (children(pid.as_raw() as u32).len() == 1).then_some(()));
    running.stays().signal(Signal::SIGTERM);
    let output = running.finish();
    assert!(output.quiet_status() == 4 && output.stdout.contains("daemon got 15\n"), "{output:?}");
}

/// The help: it fits a screen, and has the options of this build and no other.
fn helps(build: Build, word: &str) {
    let Output { status, stdout, stderr } = run(build, As::Pid1, &[word, "echo", "started"]).run();
    assert_eq!((status, &*stderr), (0, ""), "{build:?}");
    assert!(stdout.lines().count() <= 24 && stdout.lines().all(|line| line.len() <= 80) && stdout.ends_with('\n'), "{stdout}");
    // An option stands at the beginning of a line, perhaps together with others: "-c, -g, -a".
    let options: Vec<&str> = stdout.lines().filter(|line| line.trim_start().starts_with('-')).collect();
    let line = |short: &str| options.iter().any(|line| line.split([' ', ',']).any(|word| word == short));
    let rooms = rooms_of(build);
    for (short, long, _, room) in OPTIONS {
        assert_eq!(line(short), rooms.contains(room), "{build:?} {short}: {stdout}");
        let named = rooms.contains(room) && (rooms.contains("long") || *room == "help");
        assert_eq!(stdout.contains(long), named, "{build:?} {long}: {stdout}");
    }
    let shown = |word: &&str| word.len() == 2 && word.starts_with('-') && *word != "-V";
    let count = options.iter().flat_map(|line| line.split([' ', ',']).filter(shown)).count();
    assert_eq!(count, OPTIONS.iter().filter(|(_, _, _, room)| rooms.contains(room)).count(), "{build:?}: {stdout}");
    assert!(stdout.contains("-V") && stdout.contains("--version"), "{stdout}");
    assert_eq!(stdout.contains("SCRATCH_INIT_OPTIONS"), rooms.contains("environment"), "{build:?}: {stdout}");
}

#[test]
fn middle_help_and_version() {
    if !can_build() {
        return;
    }
    for word in ["-h", "--help", "-gh"] {
        helps(Build::Middle, word);
        helps(Build::Wider, word);
        helps(Build::Full, word);
    }
    for word in ["-V", "--version", "-gV"] {
        assert_eq!(run(Build::Middle, As::Pid1, &[word, "echo", "started"]).run(), version(Build::Middle));
    }
}

#[test]
fn middle_bad_values() {
    if !can_build() {
        return;
    }
    const GRACE: &str = "[SIG:]TIME: 5s, HUP:500ms";
    let has = |option: &str| if ["-r", "-e"].contains(&option) { Build::Wider } else { Build::Middle };
    for (words, option, value, want) in [
        (&["-S", "5x"][..], "-S", "5x", TIME),
        (&["-S5x"], "-S", "5x", TIME),
        (&["-gS5x"], "-S", "5x", TIME),
        (&["-S", ""], "-S", "", TIME),
        (&["-S", "-1"], "-S", "-1", TIME),
        (&["-S", "577h"], "-S", "577h", TIME),
        (&["-S5\r"], "-S", "5?", TIME),
        (&["-S", "99999999999999999999"], "-S", "99999999999999999999", TIME),
        (&["-t", "x"], "-t", "x", GRACE),
        (&["-tHUP:"], "-t", "HUP:", GRACE),
        (&["-t", "KILL:1"], "-t", "KILL:1", GRACE),
        (&["-e", "256"], "-e", "256", EXIT),
        (&["-e", "3:"], "-e", "3:", EXIT),
        (&["-r", "TERM"], "-r", "TERM", REWRITE),
        (&["-r", "KILL:TERM"], "-r", "KILL:TERM", REWRITE),
        (&["-r", "TERM:65"], "-r", "TERM:65", REWRITE),
    ] {
        let output = run(has(option), As::Pid1, &[words, &["echo", "started"]].concat()).run();
        assert_eq!(output, said(125, "", &format!("scratch-init: {option} '{value}': want {want}\n")), "{words:?}");
    }
    for (word, option, want) in [("-S", "-S", TIME), ("-t", "-t", GRACE), ("-e", "-e", EXIT), ("-r", "-r", REWRITE), ("-gS", "-S", TIME)] {
        let output = run(has(option), As::Pid1, &[word]).run();
        assert_eq!(output, said(125, "", &format!("scratch-init: {option} '': want {want}\n")), "{word}");
    }
    let long = "x".repeat(2000);
    let output = run(Build::Middle, As::Pid1, &["-S", &long, "echo", "started"]).run();
    assert_eq!(output, said(125, "", &format!("scratch-init: -S '{long}': want {TIME}\n")));
}

/// A room alone on the core: what it is called, that a program runs, that the rest is refused, and that it works.
fn alone(room: &'static str, works: fn(Build)) {
    if !can_build() {
        return;
    }
    let build = Build::Alone(room);
    for &place in both() {
        assert_eq!(run(build, place, &["--version"]).run(), version(build), "{place:?}");
        for status in [0, 7] {
            assert_eq!(run(build, place, &[probe(), "exit", &status.to_string()]).run(), said(status, "", ""), "{place:?}");
        }
        assert_eq!(run(build, place, &["--", probe(), "die", "15"]).run().quiet_status(), 143);
        let mut running = recorder(build, place, &[], 1);
        running.signal(Signal::SIGUSR1);
        assert_eq!(running.finish(), said(0, "ready\n10 0 0\n", ""), "{place:?}");
        assert_eq!(run(build, place, &["/nonesuch"]).run().status, 127);
    }
    if reads_options(build) {
        assert_eq!(run(build, As::Pid1, &["-V"]).run(), version(build));
    }
    refuses(build);
    works(build);
}

/// A test for each room.
macro_rules! alone {
    ($($name:ident $room:literal $works:expr;)*) => {
        mod alone {
            use super::*;
            $(#[test]
            fn $name() {
                super::alone($room, $works);
            })*
        }

        const ROOMS: &[&str] = &[$($room),*];
    };
}

/// Expects a status, and nothing on stderr.
fn ends_with(build: Build, words: &[&str], status: i32) {
    for &place in both() {
        assert_eq!(run(build, place, words).run().quiet_status(), status, "{place:?} {words:?}");
    }
}

alone! {
    sweep "sweep" |build| for &place in both() {
        let output = run(build, place, &["-S", "inf", probe(), "leave", "plain", "9"]).run();
        assert!(output.quiet_status() == 9 && output.stdout.contains("child got 15\n"), "{place:?} {output:?}");
    };
    environment "environment" |build| {
        let output = run(build, As::Pid1, &["echo", "started"]).env("SCRATCH_INIT_OPTIONS", " -g").run();
        assert_eq!(output, said(125, "", &not_in(build, "-g")));
        assert_eq!(run(build, As::Pid1, &["echo"]).env("SCRATCH_INIT_OPTIONS", "-V").run(), version(build));
    };
    route "route" |build| for &place in both() {
        for (option, child) in [("-c", false), ("-g", true), ("-a", true)] {
            assert_eq!(child_gets_it(build, place, &[option]), child, "{place:?} {option}");
        }
    };
    grace "grace" |build| for &place in both() {
        let mut running = recorder(build, place, &["-t", "300ms"], 9);
        running.signal(Signal::SIGTERM);
        assert_eq!(running.finish(), said(137, "ready\n15 0 0\n", ""), "{place:?}");
    };
    subreaper "subreaper" |build| ends_with(build, &["-s", probe(), "exit", "3"], 3);
    help "help" |build| {
        helps(build, "-h");
        helps(build, "--help");
    };
    reason "reason" |build| {
        let image = image();
        copy(&image, build.file(), "alone");
        let inside = |word| Case::bare(As::Pid1, ["/alone", word]).unshare(&["--root", image.0.to_str().unwrap()]).run();
        assert_eq!(inside("/dynamic"), said(127, "", &cannot_run(build, "/dynamic", "", ANOTHER)));
        assert_eq!(inside("/nonesuch"), said(127, "", &cannot_run(build, "/nonesuch", "", "not found")));
    };
    rewrite "rewrite" |build| for &place in both() {
        let mut running = recorder(build, place, &["-r", "TERM:USR1"], 1);
        running.signal(Signal::SIGTERM);
        assert_eq!(running.finish(), said(0, "ready\n10 0 0\n", ""), "{place:?}");
    };
    wait_all "wait-all" |build| for &place in both() {
        waits_for_all(build, place);
    };
    exit "exit" |build| ends_with(build, &["-e", "3:4", probe(), "exit", "3"], 4);
    job_control "job-control" |build| for &place in both() {
        let output = run(build, place, &[probe(), "traceme", "none", probe(), "exit", "6"]).run();
        assert_eq!(output, said(6, "on\n", ""), "{place:?}");
    };
    queue "queue" |build| for &place in both() {
        let mut running = recorder(build, place, &[], 1);
        let pid = running.pid().to_string();
        assert!(std::process::Command::new(probe()).args(["queue", &pid, "10"]).status().unwrap().success());
        assert_eq!(running.finish(), said(0, "ready\n10 -1 1010\n", ""), "{place:?}");
    };
    // It has no other option to name.
    long "long" |build| assert_eq!(run(build, As::Pid1, &["--version=1"]).run().status, 125);
    listen_pid "listen-pid" |build| {
        let output = run(build, As::Pid1, &[probe(), "world"]).env("LISTEN_PID", "1").run();
        assert!(output.quiet_status() == 0 && output.stdout.ends_with("listen me\n"), "{output:?}");
    };
    delay "delay" |build| for &place in both() {
        let mut running = recorder(build, place, &["-d", "500ms"], 2);
        running.signal(Signal::SIGTERM).signal(Signal::SIGUSR1);
        assert_eq!(running.finish(), said(0, "ready\n10 0 0\n15 0 0\n", ""), "{place:?}");
    };
    user "user" |build| if is_root() {
        let output = run(build, As::Pid1, &["-u", "1234:56,7", probe(), "who"]).run();
        for line in ["Uid:\t1234\t1234\t1234\t1234\n", "Gid:\t56\t56\t56\t56\n", "CapEff:\t0000000000000000\n", "root again 0\n"] {
            assert!(output.stdout.contains(line), "{output:?}");
        }
        // Set-user-ID: who called it may not become another.
        let directory = Directory::new();
        let copy = directory.file("scratch-init", &std::fs::read(build.file()).unwrap(), 0o4755);
        let with = directory.file("with", &std::fs::read(probe()).unwrap(), 0o755);
        let words = [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), "-u0", "echo", "started"];
        let output = Case::bare(As::Pid1, words).run();
        assert!(output.status == 125 && output.stderr.starts_with("scratch-init: -u is refused: "), "{output:?}");
        assert_eq!(output.stdout, "");
    };
    chdir "chdir" |build| {
        assert_eq!(run(build, As::Pid1, &["-C", "/usr", "pwd"]).run(), said(0, "/usr\n", ""));
        let output = run(build, As::Pid1, &["-C", "/nonesuch", "pwd"]).run();
        assert_eq!((output.status, &*output.stdout), (125, ""));
        assert!(output.stderr.starts_with("scratch-init: cannot change to directory '/nonesuch': "), "{output:?}");
    };
    pdeathsig "pdeathsig" |build| {
        // The parent is a shell that ends, and process 1 another, which waits.
        const FAMILY: &str = r#"sh -c '"$@" & read line < "$0"; exit 0' "$0" "$@"; echo the parent is gone; sleep 100 & wait"#;
        let directory = Directory::new();
        let pipe = directory.0.join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let words = ["sh", "-c", FAMILY, pipe.to_str().unwrap(), file(build), "-p", "USR1", probe(), "record", "1"];
        let mut running = Case::bare(As::Pid1, words).file(build.file()).spawn();
        running.says("ready\n").settles();
        std::fs::write(&pipe, "\n").unwrap();
        running.says("the parent is gone\n").says("10 0 0\n");
    };
    pause "pause" |build| for &place in both() {
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            let mut running = run(build, place, &["-P"]).spawn();
            running.settles().signal(Signal::SIGHUP).stays().signal(signal);
            assert_eq!(running.finish(), said(0, "", ""), "{place:?}");
        }
    };
    verbose "verbose" |build| for &place in both() {
        let output = run(build, place, &["-v", probe(), "exit", "3"]).run();
        assert_eq!(output.status, 3);
        assert!(output.stderr.starts_with("scratch-init: started PID "), "{output:?}");
        assert!(output.stderr.contains("\nscratch-init: the program ended with status 3; "), "{output:?}");
        let output = run(build, place, &["-w", "sh", "-c", &format!("{} storms 0 10 1; exit 5", probe())]).run();
        assert_eq!((output.status, output.stderr.matches("scratch-init: reaped orphan ").count()), (5, 10), "{place:?}");
    };
    // Without another room nothing is sent to all.
    walk "walk" |build| ends_with(build, &[probe(), "exit", "3"], 3);
    boot "boot" |build| {
        let output = run(build, As::Pid1, &["-B", "poweroff", "echo", "started"]).run();
        assert_eq!(output, said(125, "", "scratch-init: -B: errno 22: it is for the first process of a machine\n"));
    };
    restart "restart" |build| for &place in both() {
        let output = run(build, place, &["-R", "2:0", "sh", "-c", "echo started; exit 3"]).run();
        assert_eq!(output, said(3, "started\nstarted\nstarted\n", ""), "{place:?}");
    };
    explain "explain" |build| {
        let output = run(build, As::Pid1, &["nonesuch"]).env("PATH", "/bin").run();
        assert_eq!(output, said(127, "", "scratch-init: cannot run 'nonesuch': not found in /bin\n"));
        let directory = Directory::new();
        let path = directory.file("script", b"#!/nonesuch/sh\n", 0o755);
        let line = format!("scratch-init: cannot run '{}': its #! interpreter /nonesuch/sh is missing\n", path.display());
        assert_eq!(run(build, As::Pid1, &[path.to_str().unwrap()]).run(), said(127, "", &line));
    };
    names "names" |build| {
        let directory = Directory::new();
        for (name, calls_itself) in [("tini", "tini version "), ("dumb-init", "dumb-init v"), ("catatonit", "tini version ")] {
            let path = directory.0.join(name);
            symlink(build.file(), &path).unwrap();
            let named = |words: &[&str]| Case::bare(As::Pid1, [&[path.to_str().unwrap()], words].concat()).run();
            let Output { status, stdout, stderr } = named(&["--version"]);
            assert!(status == 0 && (stdout + &stderr).starts_with(calls_itself), "{name}");
            assert_eq!(named(&["-h"]).status, 0, "{name}");
            assert_eq!(named(&["--", probe(), "exit", "3"]).quiet_status(), 3, "{name}");
        }
    };
}

#[test]
fn the_lists_are_whole() {
    assert_eq!(ROOMS.iter().copied().collect::<BTreeSet<_>>(), rooms());
    assert!(features().keys().all(|feature| ["default", "full"].contains(&&**feature) || rooms().contains(&**feature)));
    assert!(rooms_of(Build::Middle).is_subset(&rooms()) && rooms_of(Build::Middle).len() < rooms().len());
    assert!(OPTIONS.iter().all(|(_, _, _, room)| rooms().contains(room)));
}

#[test]
#[ignore = "needs a Docker engine"]
fn why_a_program_cannot_be_executed_in_an_image() {
    let directory = image();
    std::fs::remove_dir(directory.0.join("proc")).unwrap();
    let image = Image::import(&directory);
    for (build, path) in [(Build::Core, "/core"), (Build::Middle, "/middle")] {
        let mut lines = vec![
            (vec!["--version"], 0, version(build).stdout),
            (vec!["-u", "1", "/probe", "exit", "0"], 125, not_in(build, "-u")),
            (vec!["/probe", "exit", "3"], 3, String::new()),
            (vec!["probe", "exit", "3"], 3, String::new()),
        ];
        let none = if build == Build::Core { ": scratch-init [--] PROGRAM [ARG]..." } else { ", see --help" };
        lines.push((vec!["--"], 125, format!("scratch-init: no program to run{none}\n")));
        for (name, status, core, middle) in REASONS {
            lines.push((vec![name], *status, cannot_run(build, name, core, middle)));
        }
        if build == Build::Middle {
            lines.push((vec!["-S", "x", "/probe"], 125, format!("scratch-init: -S 'x': want {TIME}\n")));
            lines.push((vec!["-e127:0", "/nonesuch"], 125, not_in(build, "-e127:0")));
        }
        for (words, status, line) in lines {
            let container = Container::start(&image, &["--entrypoint", path, "--env", "PATH=/nonesuch:/"], &words);
            assert_eq!((container.status(), container.logs()), (status.to_string(), line), "{build:?} {words:?}");
        }
    }
    let container = Container::start(
        &image,
        &["--entrypoint", "/middle", "--env", "SCRATCH_INIT_OPTIONS=-g -d5s", "--env", "PATH=/"],
        &["/probe", "exit", "0"],
    );
    let line = not_in(Build::Middle, "-d5s");
    assert_eq!((container.status(), container.logs()), ("125".to_owned(), line));
}
