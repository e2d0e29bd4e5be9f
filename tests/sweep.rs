//! What the program leaves behind.

use std::path::PathBuf;

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, Directory, both, case, has_namespaces, program};

fn leave(place: As, options: &[&str], how: &str) -> Case {
    let probe = program("probe");
    case(place, options.iter().copied().chain([probe.to_str().unwrap(), "leave", how, "9"]))
}

#[test]
fn what_is_left_gets_term_and_cont() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
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
    for &place in both() {
        let output = leave(place, &["-S", "300ms"], "stubborn").run();
        assert_eq!(output.quiet_status(), 9);
        assert!(output.stdout.contains("child got 15\n"), "{place:?} {output:?}");
    }
}

#[test]
fn daemons_are_met_as_well() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for how in ["session", "orphan"] {
            let output = leave(place, &["-S", "inf"], how).run();
            assert_eq!(output.quiet_status(), 9);
            assert!(output.stdout.contains("child got 15\n"), "{place:?} {how} {output:?}");
        }
    }
}

/// A family in which everybody ignores TERM: a child, a child of that, one in a session of its own, an orphan, and a child
/// of that. Each says so in a FIFO when it is there.
const FAMILY: &str = r#"
    trap '' TERM
    exec 3<>"$FIFO"
    sh -c 'sh -c "echo >&3; while :; do sleep 1; done" & echo >&3; while :; do sleep 1; done' &
    setsid sh -c 'echo >&3; while :; do sleep 1; done' &
    (setsid sh -c 'sh -c "echo >&3; while :; do sleep 1; done" & echo >&3; while :; do sleep 1; done' &)
    for member in 1 2 3 4 5; do read line <&3; done
    exit 9
"#;

/// A FIFO in a directory.
fn fifo(directory: &Directory) -> PathBuf {
    let fifo = directory.0.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    fifo
}

#[test]
fn a_whole_family_is_killed_and_nobody_else() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let init = scratch_init_tests::init().to_str().unwrap();
        // Beside the init, a stranger; and what is left in the PID namespace at the end. The shell is process 1.
        let script = format!(
            r#"sleep 1000 & stranger=$!; {init} -S 200ms sh -c "$0"; status=$?
            kill -0 $stranger && echo the stranger lives; kill $stranger
            ps=$(grep -l '' /proc/[0-9]*/stat 2>/dev/null | wc -l); echo "left $ps"; exit $status"#
        );
        let directory = Directory::new();
        let case = match place {
            As::Pid1 => case(place, ["-S", "200ms", "sh", "-c", FAMILY]),
            As::Child => Case::bare(As::Pid1, ["sh", "-c", &script, FAMILY]),
        };
        let output = case.env("FIFO", fifo(&directory)).run();
        assert_eq!(output.status, 9, "{output:?}");
        if place == As::Child {
            assert!(output.stdout.contains("the stranger lives\n"), "{output:?}");
            let left: i32 = output.stdout.lines().find_map(|line| line.strip_prefix("left ")?.parse().ok()).unwrap();
            // The shell, the stranger perhaps still, and what counts them.
            assert!(left <= 5, "{output:?}");
        }
    }
}

#[test]
fn zero_ends_at_once() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
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
    for &place in both() {
        let mut running = leave(place, &["-S", "inf"], "stubborn").spawn();
        running.says("child got 15").signal(Signal::SIGUSR1).says("child got 10");
        assert!(!running.is_over(), "it waits for ever");
    }
}
