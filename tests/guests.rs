//! The end as process 1, where there are processes that are nobody's children in its PID namespace: nsenter(1) makes them here,
//! as `docker exec` does.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use scratch_init_tests::{As, Case, Directory, Running, case, ends, has_namespaces, is_root, program};

/// A guest in the init's PID namespace, that says when it is ready, and what it gets.
fn guest(running: &mut Running, script: &str) -> Child {
    let pid = running.pid().to_string();
    let mut command = Command::new("timeout");
    command.args(["60", "nsenter", "--target", &pid, "--pid", "--mount", "sh", "-c", script]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
}

/// The init over a shell that ends with 3 when it is told to.
fn run(options: &[&str], go: &std::path::Path) -> Running {
    let script = format!("read x <{}; exit 3", go.display());
    let mut running = case(As::Pid1, options.iter().copied().chain(["sh", "-c", &script])).spawn();
    running.pid();
    running
}

/// A FIFO, and how its reader goes on.
struct Gate(Directory);

impl Gate {
    fn new() -> Self {
        let directory = Directory::new();
        nix::unistd::mkfifo(&directory.0.join("go"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        Self(directory)
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.0.join("go")
    }

    fn open(&self) {
        std::fs::write(self.path(), "go\n").unwrap();
    }

    /// Waits until a guest has made this file.
    fn waits_for(&self, file: &str) {
        let there = scratch_init_tests::wait_for(scratch_init_tests::DEADLINE, || self.0.0.join(file).exists().then_some(()));
        assert!(there.is_some(), "{file} was not made");
    }
}

#[test]
fn a_guest_is_asked_and_has_time_to_end() {
    if !has_namespaces() || !is_root() {
        return;
    }
    for options in [&[][..], &["-W"], &["-S", "inf"]] {
        let gate = Gate::new();
        let mut running = run(options, &gate.path());
        let ready = gate.0.0.join("ready");
        let script = format!("trap 'sleep 0.3; echo cleaned; exit 5' TERM; : >{}; while :; do sleep 0.01; done", ready.display());
        let guest = guest(&mut running, &script);
        gate.waits_for("ready");
        gate.open();
        assert_eq!(running.finish().quiet_status(), 3, "{options:?}");
        assert_eq!(String::from_utf8(ends(guest).stdout).unwrap(), "cleaned\n", "{options:?}");
    }
}

#[test]
fn a_guest_that_ignores_it_is_killed_before_the_time_of_the_sweep_is_over() {
    if !has_namespaces() || !is_root() {
        return;
    }
    // The sweep's time is longer than this test may take.
    for options in [&["-S", "1h"][..], &["-S", "inf"], &["-P", "-S", "1h"]] {
        let gate = Gate::new();
        let pause = options.contains(&"-P");
        let mut running = if pause { case(As::Pid1, options.iter().copied()).spawn() } else { run(options, &gate.path()) };
        let ready = gate.0.0.join("ready");
        let script = format!("trap '' TERM; : >{}; while :; do sleep 0.01; done", ready.display());
        let guest = guest(&mut running, &script);
        gate.waits_for("ready");
        if pause {
            running.signal(nix::sys::signal::Signal::SIGTERM);
        } else {
            gate.open();
        }
        assert_eq!(running.finish().quiet_status(), if pause { 0 } else { 3 }, "{options:?}");
        // nsenter(1) ends as its child has, and timeout(1) perhaps too.
        let status = ends(guest).status;
        assert!(status.signal() == Some(9) || status.code() == Some(137), "{options:?}: killed: {status}");
    }
}

#[test]
fn zero_ends_at_once_whoever_is_there() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let gate = Gate::new();
    let mut running = run(&["-S0"], &gate.path());
    let ready = gate.0.0.join("ready");
    let guest = guest(&mut running, &format!("trap 'echo got TERM; exit 5' TERM; : >{}; while :; do sleep 0.01; done", ready.display()));
    gate.waits_for("ready");
    gate.open();
    assert_eq!(running.finish().quiet_status(), 3);
    assert_eq!(String::from_utf8(ends(guest).stdout).unwrap(), "");
}

/// The calls of the init as process 1 of a PID namespace, which strace(1) follows it into.
fn calls(words: &[&str], status: i32) -> String {
    let directory = Directory::new();
    let trace = directory.0.join("trace");
    let strace = ["strace", "-f", "-e", "trace=kill,ppoll,wait4", "-o", trace.to_str().unwrap(), "--", "unshare", "--fork", "--pid"];
    assert_eq!(Case::bare(As::Child, strace.iter().chain(words)).run().status, status);
    std::fs::read_to_string(&trace).unwrap()
}

#[test]
#[ignore = "needs strace"]
fn without_any_guest_nothing_waits_and_nothing_polls() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let init = scratch_init_tests::init().to_str().unwrap();
    let trace = calls(&[init, probe, "exit", "7"], 7);
    assert_eq!(trace.matches("kill(-1, 0)").count(), 1, "{trace}");
    assert_eq!(trace.matches("kill(").count(), 1, "{trace}");
    assert!(!trace.contains("Timeout"), "{trace}");
    // A machine always has somebody, the kernel's threads; so nobody is asked for.
    let denied = format!("{},{}", nix::libc::SYS_reboot, nix::libc::SYS_mount);
    let trace = calls(&[probe, "deny", "0", &denied, init, "-B", "poweroff", probe, "exit", "7"], 7);
    assert_eq!(trace.matches("kill(").count(), 0, "{trace}");
}
