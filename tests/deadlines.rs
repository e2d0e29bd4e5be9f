//! What happens later: `--delay`, `--grace`. No time is measured here: what comes first is looked at.

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, both, case, has_namespaces, init, program, recorder};

/// The numbers that a recorder wrote.
fn numbers(stdout: &str) -> Vec<i32> {
    stdout.lines().skip(1).map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_signal_is_held_back() {
    if !has_namespaces() {
        return;
    }
    for (options, order) in [
        (&["-d", "500ms"][..], [10, 15]),
        (&["--delay=TERM:500ms"], [10, 15]),
        (&["-d0", "-d500ms"], [10, 15]),
        (&["-d500ms", "-d0"], [15, 10]),
        (&["-d", "HUP:1h"], [15, 10]),
    ] {
        for &place in both() {
            let mut running = recorder(place, options, 2);
            running.signal(Signal::SIGTERM);
            std::thread::sleep(std::time::Duration::from_millis(50));
            running.signal(Signal::SIGUSR1);
            assert_eq!(numbers(&running.finish().stdout), order, "{options:?}");
        }
    }
}

#[test]
fn each_kind_has_its_own_delay() {
    if !has_namespaces() {
        return;
    }
    let mut running = recorder(As::Pid1, &["-dTERM:900ms", "-dUSR1:600ms", "-dHUP:300ms", "-d", "USR2:1h"], 4);
    for signal in [Signal::SIGTERM, Signal::SIGUSR1, Signal::SIGHUP, Signal::SIGUSR2, Signal::SIGCONT] {
        running.signal(signal);
    }
    assert_eq!(numbers(&running.finish().stdout), [18, 1, 10, 15]);
}

#[test]
fn what_comes_again_meanwhile_is_one_with_the_first() {
    if !has_namespaces() {
        return;
    }
    let mut running = recorder(As::Pid1, &["-dHUP:400ms", "-dUSR1:800ms"], 3);
    for _ in 0..5 {
        running.signal(Signal::SIGHUP);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    running.signal(Signal::SIGUSR1).says("1 0 0\n10 0 0\n").signal(Signal::SIGHUP);
    assert_eq!(numbers(&running.finish().stdout), [1, 10, 1]);
}

#[test]
fn a_second_stop_signal_ends_the_delay() {
    if !has_namespaces() {
        return;
    }
    for (second, order) in [(Signal::SIGTERM, &[15][..]), (Signal::SIGINT, &[2, 15]), (Signal::SIGQUIT, &[3, 15])] {
        for &place in both() {
            let options = ["-d1h", "-dINT:1h", "-dQUIT:1h", "-dUSR1:1h"];
            let mut running = recorder(place, &options, order.len());
            running.signal(Signal::SIGTERM).signal(Signal::SIGUSR1);
            std::thread::sleep(std::time::Duration::from_millis(100));
            assert_eq!(numbers(&running.stdout()), []);
            running.signal(second);
            assert_eq!(numbers(&running.finish().stdout), order);
        }
    }
}

#[test]
fn a_program_that_stays_is_killed_with_all_its_own() {
    if !has_namespaces() {
        return;
    }
    // How many processes there are besides process 1 and what counts them.
    const BESIDE: &str = r#"
        "$@"; status=$?
        left=0; for process in /proc/[0-9]*; do left=$((left + 1)); done
        [ $left = 1 ] || [ $left = 2 ] && echo none is left
        exit $status"#;
    let probe = program("probe");
    let words = ["-S", "inf", "-t", "300ms", probe.to_str().unwrap(), "tree", "4", "stubborn"];
    for &place in both() {
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT] {
            let mut running = match place {
                As::Pid1 => case(place, words).spawn(),
                As::Child => Case::bare(As::Pid1, ["sh", "-c", BESIDE, "sh", init().to_str().unwrap()].iter().chain(&words)).spawn(),
            };
            running.says("ready\n").signal(Signal::SIGHUP).signal(signal);
            let output = running.finish();
            assert_eq!(output.quiet_status(), 137, "{place:?} {signal}");
            assert!(output.stdout.contains(&format!("got {}\n", signal as i32)), "it was asked first");
            assert_eq!(output.stdout.contains("none is left"), place == As::Child, "{output:?}");
        }
    }
}

#[test]
fn the_grace_period_begins_after_the_delay() {
    if !has_namespaces() {
        return;
    }
    // Were it to begin with the signal's arrival, the program would be killed before it gets that.
    let mut running = recorder(As::Pid1, &["-d600ms", "-t200ms"], 2);
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    assert_eq!(output.quiet_status(), 137);
    assert_eq!(numbers(&output.stdout), [15]);
}

#[test]
fn no_other_signal_begins_it_nor_one_that_is_dropped() {
    if !has_namespaces() {
        return;
    }
    let mut running = recorder(As::Pid1, &["-t0", "-rTERM:0"], 2);
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1] {
        running.signal(signal);
    }
    assert_eq!(running.finish().quiet_status(), 0);
    // What TERM is rewritten to does not matter: it is one of them as it was received.
    let mut running = recorder(As::Pid1, &["-t0", "-rTERM:USR1"], 9);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().quiet_status(), 137);
}

#[test]
fn the_grace_period_holds_for_what_the_program_leaves_behind_too() {
    if !has_namespaces() {
        return;
    }
    // The program ends with TERM; its child does not, and the sweep would wait for ever.
    let script = r#"trap 'exit 3' TERM; (trap '' TERM; echo ready; while :; do sleep 0.1; done) & wait"#;
    for &place in both() {
        let mut running = case(place, ["-Sinf", "-t300ms", "sh", "-c", script]).spawn();
        running.says("ready").signal(Signal::SIGTERM);
        assert_eq!(running.finish().quiet_status(), 3);
    }
}

#[test]
fn a_program_that_ends_in_time_costs_nothing() {
    if !has_namespaces() {
        return;
    }
    let mut running = recorder(As::Pid1, &["-t24h"], 1);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().quiet_status(), 0);
}

#[test]
#[ignore = "needs strace"]
fn nothing_wakes_it_but_signals_and_deadlines() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    let trace = directory.0.join("trace");
    let probe = program("probe");
    let words = ["-dTERM:1200ms", "-dHUP:600ms", "-t1h", probe.to_str().unwrap(), "record", "3"];
    // Of the init alone: strace does not follow its child.
    let wrapper = ["strace", "-e", "trace=ppoll,read", "-o", trace.to_str().unwrap(), "--"];
    let mut running = Case::wrapped(As::Child, wrapper, words).spawn();
    running.says("ready\n");
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal(Signal::SIGTERM);
    std::thread::sleep(std::time::Duration::from_millis(100));
    running.signal(Signal::SIGHUP).says("15 0 0\n");
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal(Signal::SIGUSR1);
    assert_eq!(running.finish().status, 0);
    let trace = std::fs::read_to_string(trace).unwrap();
    // TERM, HUP, USR1, and CHLD unless the program is reaped before that is read; the two deadlines; nothing else.
    let count = |text: &str| trace.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count("= 0 (Timeout)"), 2, "{trace}");
    assert!([3, 4].contains(&count("= 128")), "{trace}");
    assert_eq!(count("ppoll(") - 2, count("= 128") - 1, "{trace}");
}
