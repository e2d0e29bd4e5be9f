//! Under the names of other inits, beside these themselves: the same case under both, in PID namespaces of their own.
//!
//! Where we differ on purpose:
//! - What is wrong with an option is said in our words; the status is theirs, and nothing is started.
//! - We take more: names and numbers where they want one of both, `--version` beside other options. Long options are
//!   not abbreviated: what is short today means two things tomorrow. `--help` works under every name but pause's.
//! - What their numbers take because strtol(3) and sscanf(3) do is refused: `tini -e +3`, `dumb-init -r 1:2x`, `1:2:3`, `+15:2`.
//! - Behind the reason for a failed execve(2) stands what is missing, if it is known.
//! - A signal that would end tini or dumb-init itself (ABRT, SEGV, ...) is forwarded; real-time signals are, too.
//! - `dumb-init -c` sends TERM to a PID that was reaped, whose ever it is by then; we do not.
//! - A refusal (EPERM) ends nothing, nothing is lost before setsid(2), and nothing wakes up every second.
//! - With CHLD ignored tini and catatonit never end, with stdin closed tini runs nothing, and catatonit blocks the stops in
//!   the program; we do not. `CATATONIT_LOG` is no error.
//! - Help and licence are in our own words, and on stdout but for dumb-init's. Verbose lines are fewer, tini's too are on stderr (stdout is the program's
//!   alone, and its end is to be seen), and there are none of a program that could not be executed.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use proptest::prelude::*;
use scratch_init_tests::{As, Case, Directory, Output, Running, both, find_in_path, has_namespaces, init, program, wait_for};

/// Another init, and ours by its name.
struct Pair {
    name: &'static str,
    real: PathBuf,
    ours: PathBuf,
    _directory: Directory,
}

impl Pair {
    fn new(name: &'static str) -> Self {
        let real = find_in_path(name).unwrap_or_else(|| panic!("{name} is installed"));
        let directory = Directory::new();
        let ours = directory.0.join(name);
        symlink(init(), &ours).unwrap();
        Self { name, real, ours, _directory: directory }
    }

    fn both(&self) -> [&Path; 2] {
        [&self.real, &self.ours]
    }
}

/// Ours by some name.
fn ours(directory: &Directory, name: &str) -> PathBuf {
    let file = directory.0.join(name);
    symlink(init(), &file).unwrap();
    file
}

fn case(file: &Path, place: As, variables: &[(&str, &str)], words: &[&str]) -> Case {
    let words = [&[file.to_str().unwrap()], words].concat();
    let case = Case::bare(place, words);
    variables.iter().fold(case, |case, (name, value)| case.env(name, value))
}

/// What others read on stderr: the lines that begin so.
const READ: &[&str] = &[
    "[FATAL tini",
    "[INFO  tini",
    "[WARN  tini (1)] Reaped",
    "[WARN  tini (2)] Reaped",
    "[WARN  tini (2)] Tini is not running as PID 1 and isn't registered as a child subreaper.",
    "[dumb-init] Child",
    "[dumb-init] Received signal",
    "[dumb-init] Forwarded signal",
    "[dumb-init] nonexist",
    "[dumb-init] /etc/passwd",
    "Usage: dumb-init",
    "Usage: -r option",
    "ERROR (catatonit:",
];

/// Those that are not said of a program that could not be executed.
const VERBOSE: &[&str] = &["[INFO  tini", "[dumb-init] Child", "[dumb-init] Received signal", "[dumb-init] Forwarded signal"];

/// tini's verbose lines, which it writes to stdout, as if they were on stderr.
fn to_stderr(mut output: Output) -> Output {
    let (verbose, own): (Vec<_>, Vec<_>) = output.stdout.lines().partition(|line| line.starts_with('[') && line.contains(" tini ("));
    let text = |lines: Vec<&str>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    (output.stdout, output.stderr) = (text(own), output.stderr.clone() + &text(verbose));
    output
}

/// The same status and stdout, and all that is read is there, in the same order.
#[track_caller]
fn same(pair: &Pair, place: As, variables: &[(&str, &str)], words: &[&str]) {
    let [mut real, ours] = pair.both().map(|file| case(file, place, variables, words).run());
    if pair.name == "tini" {
        real = to_stderr(real);
    }
    let what = format!("{} {place:?} {variables:?} {words:?}\n{real:?}\n{ours:?}", pair.name);
    assert_eq!((real.status, &real.stdout), (ours.status, &ours.stdout), "{what}");
    let failed = words.ends_with(&["nonexist"]) || words.ends_with(&["/etc/passwd"]);
    let mut rest = ours.stderr.lines();
    for line in real.stderr.lines().filter(|line| READ.iter().any(|read| line.starts_with(read))) {
        // A program alone that has ended gets no TERM.
        let alone =
            words.iter().any(|word| ["-c", "-cv", "--single-child"].contains(word)) || variables.contains(&("DUMB_INIT_SETSID", "0"));
        let own = alone && line.starts_with("[dumb-init] Forwarded signal");
        if own || (failed && VERBOSE.iter().any(|verbose| line.starts_with(verbose))) {
            continue;
        }
        let line = line.replace("'Terminated'", "'SIGTERM'").replace("'Killed'", "'SIGKILL'").replace("'Hangup'", "'SIGHUP'");
        assert!(rest.any(|own| own.starts_with(&line)), "no {line:?}: {what}");
    }
}

const PROGRAMS: &[&[&str]] = &[&["sh", "-c", "exit 3"], &["sh", "-c", "kill -KILL $$"], &["nonexist"], &["/etc/passwd"]];

/// Each option alone and each two of them, before each program.
fn options_of(pair: &Pair, options: &[&[&str]], more: &[(&str, &str)]) {
    for &place in both() {
        for (at, first) in options.iter().enumerate() {
            for (other, second) in options.iter().enumerate() {
                let program = PROGRAMS[(at + other) % PROGRAMS.len()];
                same(pair, place, &[], &[first, *second, &["--"], program].concat());
            }
            for program in PROGRAMS {
                same(pair, place, &[], &[first, &["--"][..], program].concat());
            }
            for variable in more {
                same(pair, place, &[*variable], &[first, &["--"][..], PROGRAMS[at % PROGRAMS.len()]].concat());
            }
        }
        for variable in more {
            for program in PROGRAMS {
                same(pair, place, &[*variable], &[&["--"][..], program].concat());
            }
        }
    }
}

#[test]
#[ignore = "needs tini"]
fn the_options_of_tini() {
    if !has_namespaces() {
        return;
    }
    let tini = Pair::new("tini");
    let options: &[&[&str]] =
        &[&["-s"], &["-v"], &["-vvv"], &["-w"], &["-g"], &["-gws"], &["-e", "3"], &["-e137"], &["-p", "SIGTERM"], &["-e", "126"]];
    let variables = [
        ("TINI_SUBREAPER", ""),
        ("TINI_KILL_PROCESS_GROUP", "1"),
        ("TINI_VERBOSITY", "0"),
        ("TINI_VERBOSITY", "1"),
        ("TINI_VERBOSITY", "3"),
    ];
    options_of(&tini, options, &variables);
    for bad in [&["-x"][..], &["-e"], &["-e", "256"], &["-e", "x"], &["-p", "NOPE"], &["-p"], &["--nonsense"], &["-vz"], &[]] {
        bad_options(&tini, bad);
    }
    // Options may stand behind the program.
    for words in
        [&["sh", "-v", "--", "-c", "echo $0 $@; exit 3", "a", "-v", "--", "b"][..], &["echo", "-e", "3", "a", "-g", "b", "--", "-s"]]
    {
        same(&tini, As::Pid1, &[], words);
        same(&tini, As::Child, &[], words);
    }
    for words in [&["-h"][..], &["-vh", "true"], &["-l"], &["echo", "-l"]] {
        let [real, ours] = tini.both().map(|file| case(file, As::Pid1, &[], words).run());
        assert_eq!((real.status, real.stdout.is_empty()), (ours.status, ours.stdout.is_empty()), "{words:?}");
    }
    let version = case(&tini.ours, As::Pid1, &[], &["--version"]).run();
    assert_eq!((version.quiet_status(), &*version.stdout), (0, "tini version 0.19.0_scratch-init-0.1.0\n"));
}

#[test]
fn tini_says_which_signals_it_passes() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let tini = directory.0.join("tini");
    symlink(init(), &tini).unwrap();
    for (variables, words) in [(&[("TINI_VERBOSITY", "3")][..], &[][..]), (&[], &["-vv"])] {
        for &place in both() {
            let words = [words, &["-s", "--", "sleep", "1000"]].concat();
            let mut running = case(&tini, place, variables, &words).spawn();
            running.settles().signal(Signal::SIGTERM);
            let output = running.finish();
            assert_eq!(output.status, 143);
            // Who has which number is the kernel's to say.
            let numbers = || {
                let (pid, rest) = output.stderr.split_once("[INFO  tini (")?.1.split_once(")] Spawned child process 'sleep' with pid '")?;
                Some((pid.parse::<u32>().ok()?, rest.split_once("'\n")?.0.parse::<u32>().ok()?))
            };
            let (pid, child) = numbers().unwrap_or_else(|| panic!("no numbers in {output:?}"));
            assert!((pid == 1) == (place == As::Pid1) && pid != child, "{output:?}");
            for line in [
                format!("[DEBUG tini ({pid})] Passing signal: 'SIGTERM'\n"),
                format!("[INFO  tini ({pid})] Main child exited with signal (with signal 'SIGTERM')\n"),
            ] {
                assert!(output.stderr.contains(&line), "no {line:?} in {output:?}");
            }
        }
    }
}

/// The status of a bad option is theirs, and nothing is started.
#[track_caller]
fn bad_options(pair: &Pair, words: &[&str]) {
    let words = [words, if words.len() == 1 && words[0].len() == 2 { &[] } else { &["echo", "started"] }].concat();
    let [real, ours] = pair.both().map(|file| case(file, As::Pid1, &[], if words.is_empty() { &[] } else { &words }).run());
    if real.stdout.is_empty() {
        assert_eq!((real.status, ours.stdout.is_empty()), (ours.status, true), "{} {words:?} {real:?} {ours:?}", pair.name);
        assert!(!ours.stderr.is_empty());
    }
}

#[test]
#[ignore = "needs dumb-init"]
fn the_options_of_dumb_init() {
    if !has_namespaces() {
        return;
    }
    let dumb = Pair::new("dumb-init");
    let options: &[&[&str]] = &[
        &["-c"],
        &["--single-child"],
        &["-v"],
        &["--verbose"],
        &["-cv"],
        &["-r", "15:3"],
        &["-r15:0"],
        &["--rewrite", "1:31"],
        &["--rewrite=2:15"],
    ];
    let variables = [("DUMB_INIT_DEBUG", "1"), ("DUMB_INIT_DEBUG", "0"), ("DUMB_INIT_SETSID", "0"), ("DUMB_INIT_SETSID", "1")];
    options_of(&dumb, options, &variables);
    for bad in [
        &["-x"][..],
        &["-r"],
        &["-r", "15"],
        &["-r", "15:a"],
        &["-r", "32:1"],
        &["-r", "1:32"],
        &["-r", "0:1"],
        &["-r", ":"],
        &["--nonsense"],
        &["--verbose=3"],
        &["-vz"],
    ] {
        bad_options(&dumb, bad);
    }
    same(&dumb, As::Pid1, &[], &[]);
    same(&dumb, As::Pid1, &[], &["-r", "15:32", "true"]);
    same(&dumb, As::Pid1, &[], &["echo", "-v", "--", "-x"]);
    // When it has its session is said by the child, in whatever order.
    for (words, says) in [(&["-v", "true"][..], true), (&["-v", "-c", "true"], false)] {
        for output in dumb.both().map(|file| case(file, As::Pid1, &[], words).run()) {
            assert_eq!(output.stderr.contains("[dumb-init] setsid complete.\n"), says, "{output:?}");
        }
    }
    for option in ["-h", "--help", "-V", "--version"] {
        let output = case(&dumb.ours, As::Pid1, &[], &[option]).run();
        assert_eq!((output.status, &*output.stdout), (0, ""));
        assert!(output.stderr.starts_with("dumb-init v1.2.5"), "{output:?}");
    }
}

#[test]
#[ignore = "needs catatonit"]
fn the_options_of_catatonit() {
    if !has_namespaces() {
        return;
    }
    let catatonit = Pair::new("catatonit");
    options_of(&catatonit, &[&["-g"], &["-gg"]], &[]);
    // What it says then is for people, and mixed.
    let [real, ours] = catatonit.both().map(|file| case(file, As::Pid1, &[("CATATONIT_DEBUG", "1")], &["--", "sh", "-c", "exit 3"]).run());
    assert_eq!((real.status, ours.status, ours.stderr.contains("pid1 (2) spawned: sh\n")), (3, 3, true));
    for bad in [&["-x"][..], &["--nonsense"], &["-gz"], &["sh", "-c", "true"]] {
        bad_options(&catatonit, bad);
    }
    same(&catatonit, As::Pid1, &[], &[]);
    same(&catatonit, As::Pid1, &[], &["echo", "-g", "a", "--", "-x"]);
    for option in ["-V", "--version"] {
        let output = case(&catatonit.ours, As::Pid1, &[], &[option]).run();
        assert_eq!((output.quiet_status(), &*output.stdout), (0, "tini version 0.1.7_scratch-init-0.1.0_catatonit\n"));
    }
}

/// In each there are words for `probe with`, and which of the three do not bear that: they never end, or run nothing.
const STATES: &[(&[&str], &[&str])] = &[
    (&["block", "15"], &[]),
    (&["block", "2", "block", "17"], &[]),
    (&["block", "10", "block", "34", "block", "64"], &[]),
    (&["block", "20", "block", "21", "block", "22"], &[]),
    (&["ignore", "1", "ignore", "15"], &[]),
    (&["ignore", "2", "ignore", "3"], &[]),
    (&["ignore", "13"], &[]),
    (&["ignore", "17"], &["tini", "catatonit"]),
    (&["ignore", "20", "ignore", "21", "ignore", "22"], &[]),
    (&["ignore", "40", "block", "40"], &[]),
    (&["close", "0"], &["tini"]),
    (&["close", "2"], &[]),
    (&["close", "0", "close", "2"], &["tini"]),
    (&["open", "3", "open", "9"], &[]),
    (&["subreaper", "1"], &[]),
];

#[test]
#[ignore = "needs tini, dumb-init and catatonit"]
fn the_same_world_is_inherited() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for name in ["tini", "dumb-init", "catatonit"] {
        let pair = Pair::new(name);
        for (state, not) in STATES {
            for &place in both() {
                let run = |file: &Path| {
                    let wrapper = [&[probe, "with"], *state, &["--", file.to_str().unwrap(), "--"]].concat();
                    let output = Case::bare(place, [&wrapper[..], &[probe, "world"]].concat()).run();
                    // Whether there is a warning, not its words.
                    (output.status, output.stdout, output.stderr.lines().next().map(str::to_owned))
                };
                let own = run(&pair.ours);
                assert_eq!(own.0, 0, "{name} {place:?} {state:?} {own:?}");
                if !not.contains(&name) {
                    let mut real = run(&pair.real);
                    if name == "catatonit" {
                        let (mask, rest) = real.1.strip_prefix("mask ").and_then(|rest| rest.split_once('\n')).unwrap();
                        let own: u64 = u64::from_str_radix(mask, 16).unwrap() & !0x38_0000;
                        let stops = if state.contains(&"block") && state.contains(&"20") { 0x38_0000 } else { 0 };
                        real.1 = format!("mask {:x}\n{rest}", own | stops);
                    }
                    assert_eq!(real, own, "{name} {place:?} {state:?}");
                }
            }
        }
    }
}

#[test]
#[ignore = "needs tini, dumb-init and catatonit"]
fn the_same_terminal_is_inherited() {
    if !has_namespaces() {
        return;
    }
    // Whether the program leads its group and a session, and has the terminal.
    const SAY: &str = "read pid name state parent group session tty front rest < /proc/self/stat; \
        echo $((group - pid)) $((session - pid)) $((front == group)) >&3; exit 3";
    for name in ["tini", "dumb-init", "catatonit"] {
        let pair = Pair::new(name);
        // It leads the session that has the terminal; it does not; its session has none; it takes it to its own.
        for before in ["exec ", "", "setsid -w ", "setsid -w -c "] {
            let run = |file: &Path| {
                let command = format!("{before}{} -- bash -c '{SAY}'", file.display());
                let words = ["sh", "-c", "script --quiet --return --command \"$0\" /dev/null 3>&1 >/dev/null", &command];
                let output = Case::bare(As::Pid1, words).run();
                (output.status, output.stdout)
            };
            let real = run(&pair.real);
            assert!(real.0 == 3 && !real.1.is_empty(), "{name} {before:?} {real:?}");
            assert_eq!(real, run(&pair.ours), "{name} {before:?}");
        }
    }
}

#[test]
#[ignore = "needs tini, dumb-init and catatonit"]
fn the_same_variables_are_understood() {
    if !has_namespaces() {
        return;
    }
    let odd = ["", "0", "1", "2", "3", "00", "01", "abc", "1x", "-1", " 1", "+1", "1 ", "99999999999999", "4294967297", &"x".repeat(5000)];
    let session = "read pid name state parent group session rest < /proc/self/stat; echo $((group - pid)) $((session - pid)); exit 3";
    let words = ["bash", "-g", "--", "-c", session, "--", "-x"];
    for (name, variables) in [
        ("tini", &["TINI_SUBREAPER", "TINI_VERBOSITY", "TINI_KILL_PROCESS_GROUP", "POSIXLY_CORRECT"][..]),
        ("dumb-init", &["DUMB_INIT_DEBUG", "DUMB_INIT_SETSID", "POSIXLY_CORRECT"]),
        ("catatonit", &["CATATONIT_DEBUG", "POSIXLY_CORRECT"]),
    ] {
        let pair = Pair::new(name);
        for variable in variables {
            for value in odd {
                let words = if name == "dumb-init" { &["--", "bash", "-c", session][..] } else { &words };
                for words in [words, &["--", "bash", "-c", session]] {
                    let [real, ours] = pair.both().map(|file| {
                        let output = to_stderr(case(file, As::Child, &[(variable, value)], words).run());
                        // Something is said, or nothing.
                        let says = READ.iter().any(|read| output.stderr.contains(read)) || output.stderr.contains("DEBUG (catatonit");
                        (output.status, output.stdout, says)
                    });
                    assert_eq!(real, ours, "{name} {variable}={value:?} {words:?}");
                }
            }
        }
    }
}

#[test]
fn odd_values_of_variables() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let [tini, dumb, catatonit] = ["tini", "dumb-init", "catatonit"].map(|name| ours(&directory, name));
    for (file, variable, value, says) in [
        (&tini, "TINI_VERBOSITY", "", ""),
        (&tini, "TINI_VERBOSITY", "abc", ""),
        (&tini, "TINI_VERBOSITY", " 2x", "[INFO  tini (2)] Main child exited normally (with status '0')\n"),
        (&tini, "TINI_SUBREAPER", "0", ""),
        (&dumb, "DUMB_INIT_DEBUG", "2", ""),
        (&dumb, "DUMB_INIT_DEBUG", "01", ""),
        (&dumb, "DUMB_INIT_DEBUG", "1", "[dumb-init] Child exited with status 0. Goodbye.\n"),
        (&catatonit, "CATATONIT_DEBUG", "", "DEBUG (catatonit:2): pid1 (3) spawned: true\n"),
        (&catatonit, "CATATONIT_DEBUG", "0", "DEBUG (catatonit:2): pid1 (3) spawned: true\n"),
    ] {
        let output = case(file, As::Child, &[(variable, value)], &["true"]).run();
        assert!(
            output.status == 0 && output.stderr.contains(says) && says.is_empty() == output.stderr.is_empty(),
            "{variable}={value:?} {output:?}"
        );
    }
}

#[test]
fn options_do_not_stand_behind_the_program_if_posix_wants_it_so() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    for name in ["tini", "tini-static", "docker-init", "catatonit", "podman-init"] {
        let ours = ours(&directory, name);
        let run = |variables: &[(&str, &str)]| case(&ours, As::Pid1, variables, &["-g", "echo", "-g", "a", "--", "-x"]).run().stdout;
        for value in ["1", "0", ""] {
            assert_eq!(run(&[("POSIXLY_CORRECT", value)]), "-g a -- -x\n", "{name} {value:?}");
        }
        for other in ["POSIXLY_CORRECTED", "POSIXLY_CORREC"] {
            assert_eq!(run(&[(other, "1")]), "a -x\n", "{name} {other}");
        }
    }
}

#[test]
fn a_subreaper_is_not_warned() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let probe = program("probe");
    for name in ["tini", "tini-static", "docker-init"] {
        let ours = ours(&directory, name);
        let run = |number: &str| {
            Case::bare(As::Child, [probe.to_str().unwrap(), "with", "subreaper", number, "--", ours.to_str().unwrap(), "true"]).run()
        };
        assert_eq!(run("1").quiet_status(), 0, "{name}");
        assert!(run("0").stderr.starts_with("[WARN  tini (2)] Tini is not running as PID 1 and isn't registered"), "{name}");
    }
}

#[test]
fn dumb_inits_program_ignores_and_blocks_nothing() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let dumb = ours(&directory, "dumb-init");
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        for options in [&[][..], &["-c"]] {
            let state = ["with", "block", "15", "block", "40", "ignore", "2", "ignore", "13", "ignore", "17", "--"];
            let words = [&[probe], &state[..], &[dumb.to_str().unwrap()], options, &[probe, "world"]].concat();
            let output = Case::bare(place, words).run();
            let (mask, rest) = output.stdout.split_once("\nignored").unwrap();
            assert_eq!(mask, "mask 0", "{place:?} {options:?}");
            // What ignores real-time signals already is this test's own world.
            let ignored = rest.lines().next().unwrap().split_whitespace().map(|word| word.parse::<u8>().unwrap());
            assert!(ignored.clone().all(|signal| signal > 31), "{place:?} {options:?} {output:?}");
        }
        // A shell without job control has its background commands ignore INT; real dumb-init's program does not.
        let script = r#""$0" sh -c 'kill -INT $$; exit 3' & wait $!; echo $?"#;
        let output = Case::bare(place, ["sh", "-c", script, dumb.to_str().unwrap()]).run();
        assert_eq!(output.stdout, "130\n", "{place:?} {output:?}");
    }
}

/// Under dumb-init's name, as leader of a session that has a terminal.
fn hands_the_terminal_off(file: &Path) {
    let command = format!("exec {} -v sleep 1000", file.display());
    let mut running = Case::bare(As::Pid1, ["script", "--quiet", "--return", "--command", &command, "/dev/null"]).spawn();
    // They come in this order, and the program's own signals behind them. (The child of real dumb-init writes between them.)
    let lines = ["Received signal 1.", "Ignoring tty hand-off signal 1.", "Received signal 18.", "Ignoring tty hand-off signal 18."];
    for line in lines {
        running.says(&format!("[dumb-init] {line}\r\n"));
    }
    let places = lines.map(|line| running.stdout().find(line));
    assert!(places.is_sorted(), "{}", running.stdout());
    // Real dumb-init loses what arrives before that.
    running.says("setsid complete.\r\n");
    let pid = pid(&mut running, file);
    nix::sys::signal::kill(pid, Signal::SIGCONT).unwrap();
    running.says("Forwarded signal 18 to children.\r\n");
    nix::sys::signal::kill(pid, Signal::SIGHUP).unwrap();
    running.says("Forwarded signal 1 to children.\r\n");
    let output = running.finish();
    assert_eq!((output.status, output.stdout.matches("hand-off").count()), (129, 2), "{output:?}");
}

#[test]
fn dumb_init_says_which_hand_off_signals_it_ignores() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    hands_the_terminal_off(&ours(&directory, "dumb-init"));
}

#[test]
#[ignore = "needs dumb-init"]
fn real_dumb_init_says_it_so() {
    if !has_namespaces() {
        return;
    }
    hands_the_terminal_off(&find_in_path("dumb-init").expect("dumb-init is installed"));
}

#[test]
fn without_a_program_there_is_a_line_and_the_usage() {
    if !has_namespaces() {
        return;
    }
    const TINI: &str = "[FATAL tini (1)] no program to run\nUsage: tini [-";
    let directory = Directory::new();
    for (name, says) in [
        ("tini", TINI),
        ("tini-static", TINI),
        ("docker-init", TINI),
        ("dumb-init", "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"),
        ("catatonit", "ERROR (catatonit:1): missing program name\nUsage: catatonit [-"),
        ("podman-init", "ERROR (catatonit:1): missing program name\nUsage: catatonit [-"),
    ] {
        let ours = ours(&directory, name);
        let options = if name == "dumb-init" { "-v" } else { "-g" };
        for words in [&[][..], &["--"], &[options], &[options, "--"]] {
            let output = case(&ours, As::Pid1, &[], words).run();
            assert_eq!((output.status, &*output.stdout), (1, ""), "{name} {words:?}");
            assert!(output.stderr.starts_with(says) && output.stderr.ends_with('\n'), "{name} {words:?} {output:?}");
        }
        // What a message about a bad option says to try is there.
        let output = case(&ours, As::Pid1, &[], &["-x"]).run();
        assert_eq!((output.status, output.stderr.contains("see --help")), (1, true), "{name}");
        assert_eq!(case(&ours, As::Pid1, &[], &["--help"]).run().status, 0, "{name}");
    }
}

/// Who of `probe tree` has got a signal, by shape.
fn got(running: &Running, signal: Signal) -> Vec<String> {
    let text = format!(" got {}", signal as i32);
    let mut shapes: Vec<_> =
        running.stdout().lines().filter(|line| line.ends_with(&text)).map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    shapes.sort();
    shapes
}

/// Waits until all of `probe tree` have said what they got.
fn all_have_said(running: &mut Running) {
    let root = running.all_stay().pid_of(&program("probe"));
    // What was written before it was read before it.
    let lines = running.stdout().matches("all\n").count();
    std::fs::write(format!("/proc/{root}/fd/1"), "all\n").unwrap();
    running.until("what was said", |running| (running.stdout().matches("all\n").count() > lines).then_some(()));
}

/// The PID of the init in a run.
fn pid(running: &mut Running, file: &Path) -> nix::unistd::Pid {
    running.pid_of(&file.canonicalize().unwrap())
}

#[test]
#[ignore = "needs tini, dumb-init and catatonit"]
fn the_same_processes_are_signalled() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let cases: [(&'static str, &[&[&str]]); 3] = [
        ("tini", &[&[], &["-g"]]),
        ("dumb-init", &[&[], &["-c"], &["-r", "10:12"], &["-r", "10:0"], &["-r", "15:10", "-c"]]),
        ("catatonit", &[&[], &["-g"]]),
    ];
    for (name, options) in cases {
        let pair = Pair::new(name);
        for options in options {
            for &place in both() {
                let [real, ours] = pair.both().map(|file| {
                    let words = [options, &["--", probe, "tree", "3"][..]].concat();
                    let mut running = case(file, place, &[], &words).spawn();
                    running.says("ready\n");
                    let pid = pid(&mut running, file);
                    let mut seen = Vec::new();
                    for signal in [Signal::SIGUSR1, Signal::SIGHUP, Signal::SIGWINCH] {
                        nix::sys::signal::kill(pid, signal).unwrap();
                        all_have_said(&mut running);
                        seen.push((signal, got(&running, signal)));
                    }
                    seen.push((Signal::SIGUSR2, got(&running, Signal::SIGUSR2)));
                    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
                    (seen, running.all_stay().is_over())
                });
                assert_eq!(real, ours, "{name} {options:?} {place:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs tini, dumb-init and catatonit"]
fn the_same_is_left_at_the_end() {
    if !has_namespaces() {
        return;
    }
    // Once in the program's group, once in a session of its own; each stays when the program ends.
    const LEAVES: &str = "runs() { until grep -q sleep /proc/$1/comm; do :; done; }
        sleep 100 & runs $!; setsid sleep 100 & runs $!; exit 5";
    // One that was woken by a signal is about to end.
    const COUNT: &str = r#"
        "$@"; status=$?; left=0
        for process in /proc/[0-9]*; do
            [ "$(cat $process/comm)" = sleep ] || continue
            while grep -q '^State:.R' $process/status; do :; done
            grep -q '^State:.S' $process/status && left=$((left + 1))
        done 2>/dev/null
        echo left $left; exit $status"#;
    for name in ["tini", "dumb-init", "catatonit"] {
        let pair = Pair::new(name);
        let [real, ours] =
            pair.both().map(|file| Case::bare(As::Pid1, ["sh", "-c", COUNT, "sh", file.to_str().unwrap(), "--", "sh", "-c", LEAVES]).run());
        assert_eq!((real.status, real.stdout), (ours.status, ours.stdout), "{name}");
    }
}

/// The state in /proc of a process, and of the first child.
fn states(pid: nix::unistd::Pid) -> String {
    let state = |pid: u32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        text.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('-')
    };
    let pid = pid.as_raw() as u32;
    let child = scratch_init_tests::children(pid).first().copied().unwrap_or(0);
    format!("{}{}", state(pid), state(child))
}

#[test]
#[ignore = "needs dumb-init"]
fn a_stop_of_dumb_init_is_its_sessions() {
    if !has_namespaces() {
        return;
    }
    let pair = Pair::new("dumb-init");
    for file in pair.both() {
        for signal in [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU] {
            let mut running = case(file, As::Child, &[], &["sleep", "100"]).spawn();
            let pid = pid(&mut running, file);
            wait_for(scratch_init_tests::DEADLINE, || (states(pid) == "SS").then_some(())).expect("it runs");
            nix::sys::signal::kill(pid, signal).unwrap();
            wait_for(scratch_init_tests::DEADLINE, || (states(pid) == "TT").then_some(())).expect("both are stopped");
            nix::sys::signal::kill(pid, Signal::SIGCONT).unwrap();
            wait_for(scratch_init_tests::DEADLINE, || (states(pid) == "SS").then_some(())).expect("both go on");
            nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
            assert_eq!(running.finish().status, 143);
        }
    }
}

#[test]
#[ignore = "needs dumb-init"]
fn dumb_inits_program_leads_a_session() {
    if !has_namespaces() {
        return;
    }
    let pair = Pair::new("dumb-init");
    const SAY: &str = "read pid name state parent group session rest < /proc/self/stat; until [ \"$(readlink /proc/$PPID/cwd)\" = / ]; do :; done; echo $((group - pid)) $((session - pid)); readlink /proc/$PPID/cwd";
    for &place in both() {
        for options in [&[][..], &["-c"]] {
            let words = [options, &["--", "bash", "-c", SAY]].concat();
            let [real, ours] = pair.both().map(|file| case(file, place, &[], &words).directory("/tmp").run());
            assert_eq!(real, ours, "{place:?} {options:?}");
        }
    }
}

#[test]
fn no_program_is_dropped_for_a_variable() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    for name in ["tini", "docker-init", "dumb-init", "catatonit", "podman-init"] {
        let file = ours(&directory, name);
        let run = |options: &str, words: &[&str]| case(&file, As::Pid1, &[("SCRATCH_INIT_OPTIONS", options)], words).run();
        let output = run("-P", &["echo", "ran"]);
        assert_eq!((output.status, &*output.stdout), (1, ""), "{name} {output:?}");
        assert!(output.stderr.contains("'echo': -P in SCRATCH_INIT_OPTIONS runs no program\n"), "{name} {output:?}");
        assert_eq!(run("-v", &["echo", "ran"]).stdout, "ran\n");
    }
}

#[test]
fn pause_pauses() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let probe = program("probe");
    // As rootless engines start it: in any directory, with any descriptors, with many signals ignored.
    let mut wrapper = vec![probe.to_str().unwrap(), "with", "close", "0", "open", "7", "open", "9"];
    for signal in ["1", "2", "3", "13", "15", "17", "20", "21", "22"] {
        wrapper.extend(["ignore", signal]);
    }
    wrapper.push("--");
    let (none, ignored) = (&[][..], &["-P", "ignored"][..]);
    for (name, words) in
        [("pause", none), ("pause", &["ignored"]), ("catatonit", &["-P"]), ("podman-init", &["-P"]), ("catatonit", ignored)]
    {
        let ours = directory.0.join(name);
        let _ = symlink(init(), &ours);
        for &place in both() {
            for signal in [Signal::SIGTERM, Signal::SIGINT] {
                let words = [&wrapper[..], &[ours.to_str().unwrap()], words].concat();
                let mut running = Case::bare(place, words).directory(&directory.0).spawn();
                running.settles().signal(signal);
                assert_eq!(running.finish().quiet_status(), 0, "{name} {place:?} {signal}");
            }
        }
    }
    let pause = directory.0.join("pause");
    let output = Case::bare(As::Pid1, [pause.to_str().unwrap(), "-v"]).run();
    assert_eq!((output.quiet_status(), &*output.stdout), (0, "pause.c scratch-init 0.1.0\n"));
    let mut running = Case::bare(As::Pid1, [pause.to_str().unwrap()]).env("SCRATCH_INIT_OPTIONS", "-v").spawn();
    running.settles().signal(Signal::SIGTERM);
    assert_eq!(running.finish().status, 0);
}

#[test]
fn our_own_variable_works_under_every_name() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    for name in ["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init"] {
        let ours = directory.0.join(name);
        symlink(init(), &ours).unwrap();
        let run = |value: &str, words: &[&str]| -> Output {
            let words = [&[ours.to_str().unwrap(), "--"], words].concat();
            Case::bare(As::Pid1, words).env("SCRATCH_INIT_OPTIONS", value).run()
        };
        assert_eq!(run("-e 3:4", &["sh", "-c", "exit 3"]).quiet_status(), 4, "{name}");
        let output = run("-v -C /etc", &["pwd"]);
        assert_eq!((output.status, &*output.stdout), (0, "/etc\n"), "{name}");
        assert!(output.stderr.contains("scratch-init: the program ended with status 0; user "), "{name} {output:?}");
        let output = run("--nonsense", &["echo", "started"]);
        assert_eq!(output.stdout, "");
        assert_eq!(output.stderr, "scratch-init: '--nonsense' in SCRATCH_INIT_OPTIONS: no such option, see --help\n");
    }
}

/// The same status and stdout for words before a program with this status.
fn agree(name: &'static str, words: &[String], status: u8, pid1: bool) -> Result<(), TestCaseError> {
    if !has_namespaces() {
        return Ok(());
    }
    let pair = Pair::new(name);
    let script = format!("exit {status}");
    let words: Vec<&str> = words.iter().map(|word| &**word).chain(["--", "sh", "-c", &script]).collect();
    let place = if pid1 { As::Pid1 } else { As::Child };
    let [real, ours] = pair.both().map(|file| to_stderr(case(file, place, &[], &words).run()));
    prop_assert_eq!((real.status, real.stdout), (ours.status, ours.stdout), "{:?}", words);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "needs tini"]
    fn any_command_line_of_tini(
        words in proptest::collection::vec("-[svwg]{1,3}|-e[0-9]{1,2}|-pSIG(TERM|HUP|KILL)|-x|-e999|true|a", 0..5),
        status in 0u8..=255,
        pid1 in any::<bool>(),
    ) {
        agree("tini", &words, status, pid1)?;
    }

    #[test]
    #[ignore = "needs dumb-init"]
    fn any_command_line_of_dumb_init(
        words in proptest::collection::vec("-[vc]{1,2}|-r[0-9]{1,2}:[0-9]{1,2}|--verbose|--single-child|-x|true|a", 0..4),
        status in 0u8..=255,
        pid1 in any::<bool>(),
    ) {
        agree("dumb-init", &words, status, pid1)?;
    }
}
