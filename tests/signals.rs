//! Signals reach the program, with what belongs to them.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scratch_init_tests::{As, Case, FAMILY, both, case, emulator, has_namespaces, init, is_awaited, is_root, program, recorder};

/// All that can be sent and arrives: 61. (QEMU's user mode has other numbers for the real-time ones, and thinks
/// some faults to be its own.)
fn signals() -> Vec<i32> {
    use Signal::*;
    let (last, faults) = if emulator().is_some() { (31, &[SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV][..]) } else { (64, &[][..]) };
    let never = [&[SIGKILL, SIGSTOP, SIGCHLD], faults].concat();
    (1..=last).filter(|&n| !never.iter().any(|&signal| signal as i32 == n)).collect()
}

/// What a recorder wrote: number, code, value.
fn records(stdout: &str) -> Vec<(i32, i32, i32)> {
    let number = |word: Option<&str>| word.and_then(|word| word.parse().ok()).expect("three numbers");
    let lines = stdout.lines().filter(|line| *line != "ready");
    lines.map(|line| line.split(' ')).map(|mut words| (number(words.next()), number(words.next()), number(words.next()))).collect()
}

/// kill(2), for signals that have no name too.
fn send(pid: Pid, signal: i32) {
    let status = std::process::Command::new("/bin/kill").args([format!("-{signal}"), pid.to_string()]).status();
    assert!(status.unwrap().success());
}

#[test]
fn each_of_the_61_arrives() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for options in [&[][..], &["-g"]] {
            let mut running = recorder(place, options, signals().len());
            let pid = running.pid();
            for (at, signal) in signals().into_iter().enumerate() {
                send(pid, signal);
                running.until("the signal's arrival", |running| (records(&running.stdout()).len() > at).then_some(()));
            }
            let output = running.finish();
            assert_eq!(output.quiet_status(), 0);
            let expected: Vec<_> = signals().into_iter().map(|signal| (signal, 0, 0)).collect();
            assert_eq!(records(&output.stdout), expected, "{place:?} {options:?}");
        }
    }
}

#[test]
fn each_of_the_61_arrives_with_its_value() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = recorder(place, &[], signals().len());
        let pid = running.pid();
        for (at, signal) in signals().into_iter().enumerate() {
            let queue = std::process::Command::new(program("probe")).args(["queue", &pid.to_string(), &signal.to_string()]).status();
            assert!(queue.unwrap().success());
            // A stop and CONT take each other out of the queue.
            running.until("the signal's arrival", |running| (records(&running.stdout()).len() > at).then_some(()));
        }
        let output = running.finish();
        assert_eq!(output.quiet_status(), 0);
        let expected: Vec<_> = signals().into_iter().map(|signal| (signal, -1, signal + 1000)).collect();
        assert_eq!(records(&output.stdout), expected, "{place:?}");
    }
}

#[test]
fn real_time_signals_keep_their_order() {
    if !has_namespaces() {
        return;
    }
    const COUNT: usize = 2000;
    let mut running = recorder(As::Pid1, &[], COUNT);
    let pid = running.pid();
    let storm = std::process::Command::new(program("probe")).args(["storm", &pid.to_string(), &COUNT.to_string()]).status();
    assert!(storm.unwrap().success());
    let output = running.finish();
    assert_eq!(output.quiet_status(), 0);
    let expected: Vec<_> = (0..COUNT as i32).map(|value| (37, -1, value)).collect();
    assert_eq!(records(&output.stdout), expected);
}

#[test]
fn what_is_sent_before_the_program_runs_is_not_lost() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    // They are pending already when the init is executed.
    let mut wrapper = vec![probe, "with"];
    for signal in ["1", "2", "10", "15", "18", "34", "64"] {
        wrapper.extend(["block", signal, "pend", signal]);
    }
    wrapper.push("--");
    for &place in both() {
        let output = Case::wrapped(place, &wrapper, [probe, "record", "7"]).run();
        assert_eq!(output.quiet_status(), 0);
        let expected = [1, 2, 10, 15, 18, 34, 64].map(|signal| (signal, -1, signal + 1000));
        let mut got = records(&output.stdout);
        got.sort();
        assert_eq!(got, expected, "{place:?}");
    }
}

#[test]
fn a_value_comes_with_its_sender() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    // The init itself, before it was executed.
    let wrapper = [probe, "with", "block", "10", "pend", "10", "--"];
    for (&place, process) in both().iter().zip([1, 2]) {
        let output = Case::wrapped(place, wrapper, [probe, "sender"]).run();
        assert_eq!((output.quiet_status(), output.stdout), (0, format!("process {process} user 0\n")), "{place:?}");
    }
}

#[test]
fn the_program_alone_or_its_group() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = case(place, ["-g", "sh", "-c", FAMILY]).spawn();
        running.says("child ready\n").says("parent ready\n").signal(Signal::SIGUSR1).says("child got it").says("parent got it");
        assert_eq!(running.finish().status, 0);

        for undone in [&["-c"][..], &["-g", "-c"], &["-g", "--child"]] {
            let words = undone.iter().copied().chain(["sh", "-c", FAMILY]);
            let mut running = case(place, words).spawn();
            running.says("child ready\n").says("parent ready\n").signal(Signal::SIGUSR1).says("parent got it");
            let output = running.finish();
            assert_eq!((output.quiet_status(), output.stdout.contains("child got it")), (0, false), "{place:?} {undone:?}");
        }
    }
}

#[test]
fn the_group_is_one_of_its_own() {
    if !has_namespaces() {
        return;
    }
    let output = case(As::Child, [program("probe").to_str().unwrap(), "world"]).run();
    assert!(output.stdout.contains("leads its group 1\n"), "{output:?}");
}

#[test]
fn stops_that_a_process_sent_are_forwarded() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = recorder(place, &[], 3);
        for signal in [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU] {
            let pid = running.pid();
            kill(pid, signal).unwrap();
            running.says(&format!("{} 0 0\n", signal as i32));
        }
        assert_eq!(running.finish().quiet_status(), 0);
    }
}

#[test]
fn a_refusal_does_not_end_the_init() {
    if !has_namespaces() || !is_root() {
        return;
    }
    // A program of another user, which the init may not signal: set-user-ID root, under an init of user 1234.
    let probe = program("probe");
    let directory = scratch_init_tests::Directory::new();
    let setuid = directory.file("setuid", &std::fs::read(&probe).unwrap(), 0o4755);
    let copy = directory.file("scratch-init", &std::fs::read(init()).unwrap(), 0o755);
    let with = directory.file("with", &std::fs::read(&probe).unwrap(), 0o755);
    let words = [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), "-v", setuid.to_str().unwrap(), "root"];
    for &place in both() {
        let mut running = Case::bare(place, words).spawn();
        running.says("ready");
        let init = running.pid_of(&copy);
        let program = running.until("its program", |_| scratch_init_tests::children(init.as_raw() as u32).first().copied());
        for _ in 0..3 {
            kill(init, Signal::SIGTERM).unwrap();
            running.until("the signal's being taken", |_| (!is_awaited(init)).then_some(()));
        }
        running.warns("scratch-init: cannot forward TERM: EPERM\n");
        assert!(!running.is_over());
        kill(Pid::from_raw(program as i32), Signal::SIGTERM).unwrap();
        assert_eq!(running.finish().status, 143, "{place:?}");
    }
}

#[test]
fn a_closed_stderr_does_no_harm() {
    if !has_namespaces() {
        return;
    }
    // What the init has to say goes to a pipe that nobody reads: PIPE is its own affair.
    let probe = program("probe");
    let script =
        format!(r#"exec 3>&1; {{ "$@" -vv {probe} record 1 >&3; echo status $? >&3; }} 2>&1 | :"#, probe = probe.to_str().unwrap());
    let words = ["sh", "-c", &script, "sh", init().to_str().unwrap()];
    let mut running = Case::bare(As::Pid1, words).spawn();
    running.says("ready");
    let pid = running.pid();
    kill(pid, Signal::SIGUSR2).unwrap();
    running.says("12 0 0\n").says("status 0\n");
    assert_eq!(running.finish().quiet_status(), 0);
}

#[test]
fn pause_ends_with_term_or_int_alone() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            let mut running = case(place, ["-P"]).spawn();
            running.settles();
            for other in [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGQUIT] {
                running.signal(other);
            }
            running.stays().signal(signal);
            assert_eq!(running.finish().quiet_status(), 0, "{place:?} {signal}");
        }
    }
}

#[test]
fn nothing_of_the_inits_memory_comes_with_a_value() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    for &place in both() {
        let mut running = case(place, [probe.to_str().unwrap(), "siginfo"]).spawn();
        running.says("ready\n");
        let pid = running.pid();
        let queue = std::process::Command::new(&probe).args(["storm", &pid.to_string(), "1"]).status();
        assert!(queue.unwrap().success());
        let output = running.finish();
        assert_eq!(output.stdout, format!("ready\n{}\n", "00".repeat(96)), "{place:?}");
    }
}

#[test]
fn who_asks_to_be_traced_runs_all_the_same() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        for (how, first) in [("none", ""), ("usr1", "caught 10\n"), ("trap", "caught 5\n")] {
            let output = case(place, [probe, "traceme", how, probe, "exit", "6"]).run();
            assert_eq!((output.quiet_status(), &*output.stdout), (6, &*format!("{first}on\n")), "{place:?}");
            // As a child of a child, which the init knows nothing of, it is that one's.
            let script = format!("sh -c '{probe} traceme {how} {probe} exit 6 & wait $!'; exit 5");
            let output = case(place, ["-S", "300ms", "sh", "-c", &script]).run();
            assert_eq!(output.status, 5, "{place:?} {output:?}");
        }
    }
}

#[test]
#[ignore = "needs strace"]
fn signals_are_blocked_before_anything_else() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    let trace = directory.0.join("trace");
    for words in [&["true"][..], &["-g", "true"], &["-B", "poweroff", "true"], &["-z"], &["-P", "x"]] {
        let wrapper = ["strace", "-o", trace.to_str().unwrap(), "--"];
        Case::wrapped(As::Child, wrapper, words).run();
        let trace = std::fs::read_to_string(&trace).unwrap();
        let calls: Vec<_> = trace.lines().map(|line| line.split('(').next().unwrap()).collect();
        assert_eq!(calls[..2], ["execve", "rt_sigprocmask"], "{words:?}");
    }
}
