//! The program's end is not the end: `--wait-all`.

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Output, Running, both, case, has_namespaces, program};

/// `probe away`: daemons with these statuses, and the status of what started them.
fn away(place: As, options: &[&str], starter: &str, daemons: &[&str]) -> Running {
    let probe = program("probe");
    let words = [options, &["-v", probe.to_str().unwrap(), "away", starter], daemons].concat();
    let mut running = case(place, words).spawn();
    running.warns("scratch-init: the program ended with status ");
    running
}

/// The same when its daemons were told to end; the starter is gone by then.
fn ended(place: As, options: &[&str], starter: &str, daemons: &[&str]) -> Output {
    let mut running = away(place, options, starter, daemons);
    running.stays().signal(Signal::SIGUSR1);
    running.finish()
}

#[test]
fn a_daemon_keeps_it_up_and_gets_the_signals() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = away(place, &["-W"], "0", &["4"]);
        running.stays().signal(Signal::SIGTERM);
        let output = running.finish();
        assert_eq!(output.status, 4);
        assert!(output.stdout.contains("daemon got 15\n"));
    }
}

#[test]
fn the_status_is_the_starters_or_that_of_the_last() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (starter, daemons, status) in
            [("0", &["0"][..], 0), ("0", &["4"], 4), ("3", &["4"], 3), ("3", &["0"], 3), ("0", &["5", "0"], 0), ("0", &["5", "6"], 6)]
        {
            assert_eq!(ended(place, &["-W"], starter, daemons).status, status, "{starter} {daemons:?}");
        }
        assert_eq!(ended(place, &["--wait-all", "-e4:7"], "0", &["4"]).status, 7);
    }
}

#[test]
fn where_nothing_is_left_the_programs_end_is_the_end() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        assert_eq!(case(place, ["-W", "sh", "-c", "true; exit 0"]).run().quiet_status(), 0);
        assert_eq!(case(place, ["-W", "sh", "-c", "sh -c 'exit 3'; exit 0"]).run().quiet_status(), 0);
        assert_eq!(case(place, ["-W", "sh", "-c", "exit 4"]).run().quiet_status(), 4);
    }
}

#[test]
fn a_grace_period_ends_what_does_not_end() {
    if !has_namespaces() {
        return;
    }
    let script = "setsid sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.1; done' & exit 0";
    for &place in both() {
        let mut running = case(place, ["-Wv", "-t300ms", "sh", "-c", script]).spawn();
        running.says("ready").warns("scratch-init: the program ended with status 0");
        running.signal(Signal::SIGTERM);
        // The last to end was killed.
        assert_eq!(running.finish().status, 137);
    }
}

#[test]
fn without_it_the_daemon_is_swept() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let probe = program("probe");
        let output = case(place, [probe.to_str().unwrap(), "away", "0", "4"]).run();
        assert_eq!(output.quiet_status(), 0);
        assert!(output.stdout.contains("daemon got 15\n"));
    }
}
