//! A great many signals and orphans at a time.

use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scratch_init_tests::{As, Case, DEADLINE, Directory, Running, both, case, children, has_namespaces, program};

/// The init over `probe storms`, with at most so many signals waiting for any process, and so many sent to it.
fn storm(place: As, limit: u32, signals: u32, heap: u32, heaps: u32) -> Running {
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let [limit, count, heap, heaps] = [limit, signals, heap, heaps].map(|number| number.to_string());
    let wrapper = [probe, "with", "signals", &limit, "--"];
    let mut running = Case::wrapped(place, wrapper, ["-v", probe, "storms", &count, &heap, &heaps]).spawn();
    running.says("ready\n");
    let pid = running.pid().to_string();
    let sent = std::process::Command::new(probe).args(["storm", &pid, &count]).status();
    assert!(sent.unwrap().success());
    running
}

#[test]
fn a_hundred_thousand_signals_in_order() {
    if !has_namespaces() {
        return;
    }
    // Also where the kernel holds so few that the sender, the init and the program are in each other's way.
    for (limit, signals) in [(20_000, 100_000), (50, 5_000)] {
        let output = storm(As::Pid1, limit, signals, 0, 0).finish();
        assert_eq!(output.status, 0, "{output:?}");
        assert!(output.stdout.contains("all signals\n"));
    }
}

#[test]
fn neither_signals_nor_orphans_starve_the_others() {
    if !has_namespaces() {
        return;
    }
    for (&place, heaps) in both().iter().zip([200, 20]) {
        let output = storm(place, 20_000, 10_000, 1000, heaps).finish();
        assert_eq!(output.status, 0, "{output:?}");
        assert!(output.stdout.ends_with("all signals\nzombies 0\n"), "{output:?}");
        assert!(output.stderr.ends_with(&format!(", orphans reaped {}\n", heaps * 1000)), "{output:?}");
    }
}

/// Stops a process, and waits until it has stopped.
fn stop(running: &mut Running, pid: Pid) {
    kill(pid, Signal::SIGSTOP).unwrap();
    running.until("the stop", |_| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T').then_some(())
    });
}

#[test]
fn a_signal_does_not_wait_until_all_are_reaped() {
    if !has_namespaces() {
        return;
    }
    const HEAP: usize = 4000;
    let directory = Directory::new();
    let (said, fifo) = (directory.0.join("said"), directory.0.join("fifo"));
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    // What it says goes to a file, for that has room whatever is written.
    const HEAPS: &str = r#"trap '' USR2; while read line <"$FIFO"; do "$PROBE" zombies-at-once $line 1; echo made; done"#;
    let case = case(As::Pid1, ["-vv", "sh", "-c", HEAPS]).env("FIFO", &fifo).env("PROBE", program("probe"));
    let mut running = case.stderr(std::fs::File::create(&said).unwrap()).spawn();
    let pid = running.settles().pid();
    for round in 1.. {
        // A heap of zombies is there at once.
        stop(&mut running, pid);
        std::fs::write(&fifo, format!("{HEAP}\n")).unwrap();
        running.until("the heap", |running| (running.stdout().matches("made\n").count() == round).then_some(()));
        // When the init has begun it gets a signal. If all were reaped before it was stopped again: once more.
        let before = said.metadata().unwrap().len();
        kill(pid, Signal::SIGCONT).unwrap();
        let until = Instant::now() + DEADLINE;
        while said.metadata().unwrap().len() == before {
            assert!(Instant::now() < until, "it does not go on");
        }
        stop(&mut running, pid);
        let left = children(pid.as_raw() as u32).len();
        if left > 500 {
            kill(pid, Signal::SIGUSR2).unwrap();
            kill(pid, Signal::SIGCONT).unwrap();
            break;
        }
        kill(pid, Signal::SIGCONT).unwrap();
        running.stays();
    }
    running.until("the end of all but the program", |_| (children(pid.as_raw() as u32).len() == 1).then_some(()));
    let text = std::fs::read_to_string(&said).unwrap();
    let (_, behind) = text.split_once("scratch-init: sent USR2 to ").expect("it is forwarded");
    assert!(behind.contains(": reaped orphan "), "all were reaped first");
}
