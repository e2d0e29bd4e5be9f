//! Whom signals go to, and as what: `--all`, `--rewrite`.

use std::collections::{BTreeMap, BTreeSet};

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, Running, both, case, has_namespaces, init, is_awaited, program, recorder};

/// How many processes there are of each of the five shapes.
const EACH: usize = 200;

/// Who of the tree has got a signal: the number of its PIDs by shape. Whoever gets it twice is a mistake.
fn got(running: &Running, signal: Signal) -> BTreeMap<String, usize> {
    let mut pids = BTreeSet::new();
    let mut got = BTreeMap::new();
    for line in running.stdout().lines() {
        let words: Vec<_> = line.split(' ').collect();
        if let [shape, pid, "got", number] = words[..]
            && number == (signal as i32).to_string()
        {
            assert!(pids.insert(pid.to_owned()), "{pid} twice");
            *got.entry(shape.to_owned()).or_default() += 1;
        }
    }
    got
}

fn everybody() -> BTreeMap<String, usize> {
    let shapes = ["chain", "daemon", "fan", "group", "session"].map(|shape| (shape.to_owned(), EACH));
    shapes.into_iter().chain([("root".to_owned(), 1)]).collect()
}

#[test]
fn all_are_reached_and_nobody_else() {
    if !has_namespaces() {
        return;
    }
    // Beside the init there are strangers: in its own group, and in a session of their own.
    const BESIDE: &str = r#"
        "$2" record 1 & one=$!
        setsid "$2" record 1 & other=$!
        "$1" -a "$2" tree "$3"; status=$?
        kill -0 $one && kill -0 $other && echo the strangers live
        kill -KILL $one $other
        exit $status"#;
    let probe = program("probe");
    let (init, probe, each) = (init().to_str().unwrap(), probe.to_str().unwrap(), EACH.to_string());
    for &place in both() {
        let mut running = match place {
            As::Pid1 => case(place, ["-a", probe, "tree", &each]).spawn(),
            As::Child => Case::bare(As::Pid1, ["sh", "-c", BESIDE, "sh", init, probe, &each]).spawn(),
        };
        let ready = if place == As::Pid1 { 1 } else { 3 };
        running.until("the start of all", |running| (running.stdout().matches("ready\n").count() == ready).then_some(()));
        for signal in [Signal::SIGUSR1, Signal::SIGHUP, Signal::SIGTERM] {
            running.signal(signal);
            running.until("the arrival at all", |running| (got(running, signal) == everybody()).then_some(()));
        }
        let output = running.finish();
        assert_eq!(output.status, 9, "{place:?}");
        assert_eq!(output.stdout.contains("the strangers live\n"), place == As::Child);
    }
}

#[test]
fn without_proc_all_are_the_group() {
    if !has_namespaces() {
        return;
    }
    // /proc is covered by an empty file system, and a stranger is there.
    const BESIDE: &str = r#"mount -t tmpfs none /proc; "$2" record 1 & "$1" -av "$2" tree 3 & wait $!; exit $?"#;
    let (init, probe) = (init().to_str().unwrap(), program("probe"));
    let mut running = Case::bare(As::Pid1, ["sh", "-c", BESIDE, "sh", init, probe.to_str().unwrap()]).unshare(&["--mount"]).spawn();
    running.says("ready\n");
    running.until("the start of all", |running| (running.stdout().matches("ready\n").count() == 2).then_some(()));
    running.signal(Signal::SIGUSR1).warns("scratch-init: no /proc: USR1 goes to the program's group alone\n");
    running.until("the arrival", |running| (running.stdout().matches(" got 10\n").count() == 7).then_some(()));
    let got = got(&running, Signal::SIGUSR1);
    assert_eq!(got, [("chain", 3), ("fan", 3), ("root", 1)].map(|(shape, count)| (shape.to_owned(), count)).into());
}

/// What `probe record` gets of these signals, one after the other, under the init with these options.
fn recorded(options: &[&str], signals: &[&str], count: usize) -> String {
    let mut running = recorder(As::Pid1, options, count);
    let pid = running.pid();
    for signal in signals {
        assert!(std::process::Command::new("/bin/kill").args([&format!("-{signal}"), &pid.to_string()]).status().unwrap().success());
        // Each one is dealt with before the next one is sent.
        running.until("the signal's being taken", |_| (!is_awaited(pid)).then_some(()));
    }
    let output = running.finish();
    assert_eq!(output.quiet_status(), 0);
    let lines: Vec<_> = output.stdout.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    lines.join(" ")
}

#[test]
fn signals_are_rewritten() {
    if !has_namespaces() {
        return;
    }
    for (options, signals, expected) in [
        (&["-r", "TERM:QUIT"][..], &["TERM"][..], "3"),
        (&["-r15:3"], &["TERM"], "3"),
        (&["--rewrite=sigterm:SIGRTMIN+3"], &["TERM"], "37"),
        (&["-r", "RTMAX-2:USR2"], &["62"], "12"),
        (&["-r", "34:RTMAX"], &["34"], "64"),
        (&["-rTERM:INT", "-rTERM:QUIT"], &["TERM"], "3"),
        (&["-rTERM:INT", "-rINT:QUIT"], &["TERM", "INT"], "2 3"),
        (&["-rTERM:INT", "-rINT:TERM"], &["TERM", "INT"], "2 15"),
        (&["-rTERM:0"], &["TERM", "USR1"], "10"),
        (&["-rUSR1:0", "-rUSR2:USR1"], &["USR1", "USR2"], "10"),
        // 0 for a while, and back again.
        (&["-rUSR1:0", "-rUSR1:USR1"], &["USR1"], "10"),
    ] {
        assert_eq!(recorded(options, signals, expected.split(' ').count()), expected, "{options:?}");
    }
}

#[test]
fn a_rewritten_signal_keeps_its_value() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for options in [&["-rUSR1:USR2"][..], &["-rUSR1:USR2", "-dUSR1:100ms"]] {
        let words = options.iter().copied().chain([probe, "record", "1"]);
        let output = Case::wrapped(As::Pid1, [probe, "with", "block", "12", "block", "10", "pend", "10", "--"], words).run();
        assert_eq!(output.quiet_status(), 0);
        assert!(output.stdout.contains("12 -1 1010\n"), "{output:?}");
    }
}

#[test]
fn what_is_rewritten_to_a_stop_or_a_kill_does_that() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let mut running = case(As::Pid1, ["-r", "USR1:KILL", probe.to_str().unwrap(), "record", "9"]).spawn();
    running.says("ready").signal(Signal::SIGUSR1);
    assert_eq!(running.finish().quiet_status(), 137);
}
