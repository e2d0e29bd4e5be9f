//! What the program leaves behind.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use scratch_init_tests::{As, BOTH, case, has_namespaces, program};

fn leave(place: As, options: &[&str], how: &str) -> scratch_init_tests::Case {
    let probe = program("probe");
    case(place, options.iter().copied().chain([probe.to_str().unwrap(), "leave", how, "9"]))
}

#[test]
fn what_is_left_gets_term_and_cont() {
    if !has_namespaces() {
        return;
    }
    for place in BOTH {
        let output = leave(place, &["-S", "inf"], "plain").run();
        assert_eq!(output.quiet_status(), 9);
        assert!(output.stdout.contains("child got 15\n"), "{place:?} {output:?}");
        let output = leave(place, &["-S", "inf"], "stopped").run();
        assert_eq!(output.quiet_status(), 9, "{place:?}");
    }
}

#[test]
fn what_stays_all_the_same_is_killed() {
    if !has_namespaces() {
        return;
    }
    for place in BOTH {
        let start = Instant::now();
        let output = leave(place, &["-S", "300ms"], "stubborn").run();
        assert_eq!(output.quiet_status(), 9);
        assert!(output.stdout.contains("child got 15\n"), "{place:?} {output:?}");
        // Not a measurement: it was given its time, and there is no other end to it.
        assert!(start.elapsed() >= Duration::from_millis(300));
    }
}

#[test]
fn daemons_are_met_as_well() {
    if !has_namespaces() {
        return;
    }
    for how in ["session", "orphan"] {
        let output = leave(As::Pid1, &[], how).run();
        assert_eq!(output.quiet_status(), 9);
        assert!(output.stdout.contains("child got 15\n"), "{how} {output:?}");
    }
}

#[test]
fn zero_ends_at_once() {
    if !has_namespaces() {
        return;
    }
    for place in BOTH {
        let output = leave(place, &["-S0"], "stubborn").run();
        assert_eq!(output.quiet_status(), 9);
        assert!(!output.stdout.contains("got"), "{place:?} {output:?}");
    }
}

#[test]
fn signals_during_a_sweep_go_to_all() {
    if !has_namespaces() {
        return;
    }
    for place in BOTH {
        let mut running = leave(place, &["-S", "inf"], "stubborn").spawn();
        running.says("child got 15").signal(Signal::SIGUSR1).says("child got 10");
        assert!(!running.is_over(), "it waits for ever");
    }
}
