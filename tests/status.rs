//! The exit status.

use scratch_init_tests::{As, both, case, emulator, has_namespaces, program};

fn status(place: As, options: &[&str], arguments: &[&str]) -> i32 {
    let probe = program("probe");
    let words = options.iter().copied().chain([probe.to_str().unwrap()]).chain(arguments.iter().copied());
    case(place, words).run().quiet_status()
}

#[test]
fn each_status_is_passed_on() {
    if !has_namespaces() {
        return;
    }
    for n in 0..=255 {
        // As PID 1 each, and as a child some: a shell stands between.
        assert_eq!(status(As::Pid1, &[], &["exit", &n.to_string()]), n);
    }
    for n in [0, 1, 42, 125, 126, 127, 128, 143, 255] {
        assert_eq!(status(As::Child, &[], &["exit", &n.to_string()]), n);
    }
}

#[test]
fn death_by_signal_n_is_128_plus_n() {
    if !has_namespaces() {
        return;
    }
    // These do nothing by default, or stop.
    let survived = [17, 18, 19, 20, 21, 22, 23, 28];
    // QEMU's user mode has other numbers for the real-time ones.
    let last = if emulator().is_some() { 31 } else { 64 };
    for n in (1..=last).filter(|n| !survived.contains(n)) {
        for &place in both() {
            assert_eq!(status(place, &[], &["die", &n.to_string()]), 128 + n, "{place:?}");
        }
    }
}

#[test]
fn statuses_are_mapped_all_but_125() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        assert_eq!(status(place, &["-e", "3"], &["exit", "3"]), 0);
        assert_eq!(status(place, &["-e", "3:4"], &["exit", "3"]), 4);
        assert_eq!(status(place, &["-e", "3:4", "-e4:5", "-e3:6"], &["exit", "3"]), 6, "the last one, and no chain");
        assert_eq!(status(place, &["--exit=143"], &["die", "15"]), 0);
        assert_eq!(status(place, &["--exit", "0:255"], &["exit", "0"]), 255);
        assert_eq!(status(place, &["-e125:3"], &["exit", "125"]), 3, "the program's own");
        assert_eq!(case(place, ["-e127:3", "/nonesuch"]).run().status, 3);
        assert_eq!(case(place, ["-e126:4", "/etc"]).run().status, 4);
        assert_eq!(case(place, ["-e125:5", "--nonsense"]).run().status, 125);
        // (In QEMU's user mode the child has memory of its own, and cannot tell the init that it failed.)
        if emulator().is_none() {
            assert_eq!(case(place, ["-e125:5", "-C/nonesuch", "true"]).run().status, 125);
        }
    }
}
