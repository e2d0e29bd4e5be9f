//! Orphans are reaped.

use scratch_init_tests::{As, both, case, children, has_namespaces, is_root, program};

#[test]
fn ten_thousand_orphans() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    for &place in both() {
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
    for &place in both() {
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
    // It waits until they are reaped.
    let script = format!("{} storms 0 10 1; exit 5", probe.to_str().unwrap());
    for &place in both() {
        let output = case(place, ["-w", "sh", "-c", &script]).run();
        assert_eq!(output.status, 5);
        let lines: Vec<_> = output.stderr.lines().collect();
        assert_eq!(lines.len(), 10, "{output:?}");
        assert!(lines.iter().all(|line| line.starts_with("scratch-init: reaped orphan ")), "{output:?}");
    }
}

#[test]
fn a_pause_reaps_as_well() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let mut running = case(As::Pid1, ["-P", "-w"]).spawn();
    let pid = running.pid();
    // From outside into its PID namespace, as the other containers of a pod are.
    let mut nsenter = std::process::Command::new("nsenter");
    nsenter.args(["--target", &pid.to_string(), "--pid", "--mount"]).arg(program("probe")).args(["orphans", "20", "0"]);
    assert!(nsenter.status().unwrap().success());
    running.until("a line for each orphan", |running| (running.stderr().lines().count() == 20).then_some(()));
    assert_eq!(children(pid.as_raw() as u32), []);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(running.finish().status, 0);
}
