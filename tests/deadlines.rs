//! What happens later: `--delay`, `--grace`. No time is measured here: what comes first is looked at.

use nix::sys::signal::Signal;
use scratch_init_tests::refusals::TOO_SHORT;
use scratch_init_tests::{As, Case, Running, both, case, emulator, has_namespaces, init, program, recorder};

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
            if order[0] == 15 {
                running.says("15 0 0\n");
            }
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
            let mut running = recorder(place, &options, order.len() + 1);
            // Of those that wait for the recorder the highest comes last: nothing came before it.
            running.signal(Signal::SIGTERM).signal(Signal::SIGUSR1).signal(Signal::SIGWINCH).says("28 0 0\n").signal(second);
            assert_eq!(numbers(&running.finish().stdout), [&[28], order].concat());
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
fn the_grace_period_begins_with_the_arrival() {
    if !has_namespaces() {
        return;
    }
    // Were it to begin when TERM is forwarded, USR1 would come before the KILL.
    let mut running = recorder(As::Pid1, &["-dTERM:1s", "-tTERM:1500ms", "-dUSR1:2s"], 3);
    running.signal(Signal::SIGTERM).signal(Signal::SIGUSR1);
    let output = running.finish();
    assert_eq!(output.quiet_status(), 137);
    assert_eq!(numbers(&output.stdout), [15]);
    // A second signal of the same number shortens nothing and prolongs nothing.
    let mut running = recorder(As::Pid1, &["-t600ms"], 9);
    running.signal(Signal::SIGTERM).says("15 0 0\n").signal(Signal::SIGTERM);
    assert_eq!(running.finish().quiet_status(), 137);
}

#[test]
fn a_signal_that_is_named_or_rewritten_to_a_stop_signal_is_one() {
    if !has_namespaces() {
        return;
    }
    // As images have it: STOPSIGNAL SIGRTMIN+3, SIGWINCH.
    for (options, signal) in [
        (&["-tRTMIN+3:300ms"][..], 37),
        (&["-t", "WINCH:300ms"], 28),
        (&["-t300ms", "-rHUP:TERM"], 1),
        (&["-rUSR1:INT", "--grace=300ms"], 10),
        (&["-t1h", "-tHUP:300ms"], 1),
        (&["-t1h", "-tHUP:1h", "-t300ms"], 1),
        (&["-tTERM:1h", "-t300ms"], 15),
        (&["-t300ms", "-rTERM:USR1"], 15),
    ] {
        // QEMU's user mode has other real-time signals.
        for &place in both().iter().filter(|_| signal < 32 || emulator().is_none()) {
            let mut running = recorder(place, options, 9);
            send(&mut running, signal);
            assert_eq!(running.finish().quiet_status(), 137, "{options:?}");
        }
    }
    // And these are none: the program takes both signals, and ends.
    for (options, signal) in [
        (&["-tUSR2:0"][..], 15),
        (&["-t0", "-tTERM:1h"], 15),
        (&["-t0"], 1),
        (&["-t0", "-rINT:HUP", "-rTERM:0"], 10),
        (&["-t0", "-tTERM:inf"], 15),
    ] {
        let mut running = recorder(As::Pid1, options, 2);
        send(&mut running, signal);
        running.says(&format!("\n{signal} 0 0\n"));
        send(&mut running, 18);
        assert_eq!(running.finish().quiet_status(), 0, "{options:?}");
    }
}

/// Sends any signal to the init.
fn send(running: &mut Running, signal: i32) {
    // SAFETY: kill(2) takes numbers.
    assert_eq!(unsafe { nix::libc::kill(running.pid().as_raw(), signal) }, 0);
}

#[test]
fn a_terminal_that_changes_its_size_asks_for_nothing() {
    if !has_namespaces() {
        return;
    }
    // The kernel sends WINCH to the foreground process group, which is the init's: with /dev/null as its standard input the
    // program did not get the terminal.
    let pty = nix::pty::openpty(None, None).unwrap();
    let stdin = pty.slave.try_clone().unwrap();
    let probe = program("probe");
    let script = r#"exec "$@" </dev/null"#;
    let words = ["setsid", "--ctty", "sh", "-c", script, "sh", init().to_str().unwrap(), "-vv", "-tWINCH:0"];
    let mut running = Case::bare(As::Pid1, words.into_iter().chain([probe.to_str().unwrap(), "record", "2"])).stdin(stdin).spawn();
    running.says("ready\n");
    let size = nix::pty::Winsize { ws_row: 25, ws_col: 99, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: a descriptor and a place for the size.
    assert_eq!(unsafe { nix::libc::ioctl(std::os::fd::AsRawFd::as_raw_fd(&pty.master), nix::libc::TIOCSWINSZ, &size) }, 0);
    // It reached the init, and the program lives.
    running.warns("received WINCH from PID 0").says("28 0 0\n").signal(Signal::SIGHUP);
    assert_eq!(running.finish().status, 0);
}

#[test]
fn a_grace_period_that_is_not_longer_than_the_delay_is_refused() {
    if !has_namespaces() {
        return;
    }
    for (there, words, line) in TOO_SHORT {
        let output = case(As::Pid1, words.iter().chain(&["echo", "started"])).env("SCRATCH_INIT_OPTIONS", there).run();
        output.refused(line);
    }
    // None of these would forward a stop signal too late.
    for words in
        [&["-d5s", "-t6s"][..], &["-dHUP:10", "-t5"], &["-d10", "-t5", "-rTERM:0"], &["-t0"], &["-d10", "-tINT:5"], &["-dinf", "-tinf"]]
    {
        assert_eq!(case(As::Pid1, words.iter().chain(&["true"])).run().quiet_status(), 0, "{words:?}");
    }
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
    // What wakes it for no reason has half a second to do so, here and below.
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal(Signal::SIGTERM).signal(Signal::SIGHUP).says("15 0 0\n");
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal(Signal::SIGUSR1);
    assert_eq!(running.finish().status, 0);
    let trace = std::fs::read_to_string(trace).unwrap();
    // TERM, HUP, USR1, and CHLD unless the program is reaped before that is read; the two deadlines; nothing else.
    let count = |text: &str| trace.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count("= 0 (Timeout)"), 2, "{trace}");
    assert!([3, 4].contains(&count("= 128")), "{trace}");
    assert_eq!(count("ppoll(") - 2, count("= 128"), "{trace}");
}

/// The errnos of calls that are worth another try.
const PASSING: [&str; 3] = ["EINTR", "EAGAIN", "ENOMEM"];

#[test]
#[ignore = "needs strace"]
fn a_call_that_fails_in_passing_changes_no_deadline() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    let trace = directory.0.join("trace");
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for call in ["ppoll", "read", "wait4", "clock_gettime", "kill"] {
        for errno in PASSING {
            for when in ["1", "2", "3", "1..2", "4..5"] {
                // TERM is held back, and then everything is killed, within the deadline of this test.
                let inject = format!("inject={call}:error={errno}:when={when}");
                let wrapper = ["strace", "-e", "trace=!execve", "-e", &inject, "-o", trace.to_str().unwrap(), "--"];
                let mut running = Case::wrapped(As::Child, wrapper, ["-d200ms", "-t400ms", probe, "record", "9"]).spawn();
                running.says("ready\n").settles().signal(Signal::SIGTERM).says("15 0 0\n");
                let output = running.finish();
                let trace = std::fs::read_to_string(&trace).unwrap();
                assert_eq!(output.quiet_status(), 137, "{inject}\n{trace}");
            }
        }
    }
}

#[test]
#[ignore = "needs strace"]
fn a_call_that_fails_for_ever_leaves_the_processor_to_the_program() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    let trace = directory.0.join("trace");
    for errno in ["EINTR", "EPERM"] {
        // Signals are forwarded all the same, and deadlines kept.
        let inject = format!("inject=ppoll:error={errno}");
        let wrapper = ["strace", "-e", "trace=!execve", "-e", &inject, "-o", trace.to_str().unwrap(), "--"];
        let probe = program("probe");
        let mut running = Case::wrapped(As::Child, wrapper, ["-t500ms", probe.to_str().unwrap(), "record", "9"]).spawn();
        running.says("ready\n").signal(Signal::SIGUSR1).says("10 0 0\n").signal(Signal::SIGTERM).says("15 0 0\n");
        assert_eq!(running.finish().quiet_status(), 137, "{inject}");
    }
    for (call, errno) in [("ppoll", "EINTR"), ("ppoll", "EPERM"), ("read", "EIO"), ("wait4", "EAGAIN"), ("wait4", "ENOSYS")] {
        let inject = format!("inject={call}:error={errno}");
        let wrapper = ["strace", "-e", "trace=!execve", "-e", &inject, "-o", trace.to_str().unwrap(), "--"];
        let mut running = Case::wrapped(As::Child, wrapper, ["-S100ms", "sh", "-c", "echo ready; sleep 2; exit 7"]).spawn();
        // Where wait4 fails there is a signal to begin with. (Where read fails it is not taken.)
        let pid = running.says("ready\n").pid();
        nix::sys::signal::kill(pid, Signal::SIGCONT).unwrap();
        assert_eq!(running.finish().quiet_status(), 7, "{inject}");
        let trace = std::fs::read_to_string(&trace).unwrap();
        let calls = trace.lines().filter(|line| line.starts_with(&format!("{call}("))).count();
        assert!(calls < 4000, "{inject}: {calls} calls in two seconds, each of which is made ten times at the most");
    }
}
