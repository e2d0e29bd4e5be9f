//! Orphans are reaped.

use scratch_init_tests::{BOTH, case, children, has_namespaces, program};

#[test]
fn ten_thousand_orphans() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    for place in BOTH {
        let output = case(place, [probe.to_str().unwrap(), "orphans", "10000", "42"]).run();
        assert_eq!(output.quiet_status(), 42, "the program's own status, while others end: {place:?}");
    }
}

#[test]
fn none_stays_a_zombie() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let script = format!("{} orphans 10000 0; echo done; exec sleep 1000", probe.to_str().unwrap());
    for place in BOTH {
        let mut running = case(place, ["sh", "-c", &script]).spawn();
        running.says("done");
        let pid = running.pid().as_raw() as u32;
        running.until("the end of all but the program", |_| (children(pid).len() == 1).then_some(()));
        running.signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(running.finish().quiet_status(), 143);
    }
}

#[test]
fn warn_has_a_line_for_each() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let script = format!("{} orphans 10 0; sleep 0.3; exit 5", probe.to_str().unwrap());
    for place in BOTH {
        let output = case(place, ["-w", "sh", "-c", &script]).run();
        assert_eq!(output.status, 5);
        let lines: Vec<_> = output.stderr.lines().collect();
        assert_eq!(lines.len(), 10, "{output:?}");
        assert!(lines.iter().all(|line| line.starts_with("scratch-init: reaped orphan ")), "{output:?}");
    }
}
