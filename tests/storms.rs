//! A great many signals and orphans at a time.

use scratch_init_tests::{As, Case, Running, both, has_namespaces, program};

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
