//! What the program's world is made to be: `--user`, `--chdir`; and what its parent's death is: `--pdeathsig`.

use scratch_init_tests::{As, Case, Directory, both, case, has_namespaces, init, is_root, program};

/// The lines of `probe who` under these options.
fn who(place: As, options: &[&str]) -> Vec<String> {
    // Every user may come to the copy.
    let directory = Directory::new();
    let probe = directory.file("probe", &std::fs::read(program("probe")).unwrap(), 0o755);
    let output = case(place, options.iter().copied().chain([probe.to_str().unwrap(), "who"])).run();
    assert_eq!(output.quiet_status(), 0, "{options:?} {output:?}");
    output.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn all_power_is_dropped() {
    if !has_namespaces() || !is_root() {
        return;
    }
    const NOTHING: [&str; 4] = ["CapPrm: 0000000000000000", "CapEff: 0000000000000000", "CapAmb: 0000000000000000", "root again 0"];
    for &place in both() {
        for (user, ids) in [
            ("1234", ["Uid: 1234 1234 1234 1234", "Gid: 1234 1234 1234 1234", "Groups:"]),
            ("1234:56", ["Uid: 1234 1234 1234 1234", "Gid: 56 56 56 56", "Groups:"]),
            ("1234:56,7,8", ["Uid: 1234 1234 1234 1234", "Gid: 56 56 56 56", "Groups: 7 8"]),
            ("4294967294:1", ["Uid: 4294967294 4294967294 4294967294 4294967294", "Gid: 1 1 1 1", "Groups:"]),
        ] {
            let lines = who(place, &["-u", user]);
            for expected in ids.iter().chain(&NOTHING) {
                assert!(lines.iter().any(|line| line == expected), "{user}: no {expected} in {lines:?}");
            }
        }
        // A user that stays root keeps what root has.
        let (before, after) = (who(place, &[]), who(place, &["-u", "0:5,6"]));
        let capabilities = |lines: &[String]| lines.iter().filter(|line| line.starts_with("Cap")).cloned().collect::<Vec<_>>();
        assert_eq!(capabilities(&before), capabilities(&after));
        assert!(after.contains(&"Groups: 6".to_owned()) && after.contains(&"Gid: 5 5 5 5".to_owned()), "{after:?}");
    }
}

#[test]
fn who_may_not_become_another_starts_nothing() {
    if !has_namespaces() {
        return;
    }
    const WHAT: &str = "it takes CAP_SETUID and CAP_SETGID";
    for &place in both() {
        // A user namespace with one user, in which setgroups(2) is forbidden.
        let output = case(place, ["-u", "1234", "echo", "started"]).unshare(&["--user", "--map-user=1000"]).run();
        output.refused(&format!("cannot become user 1234: EPERM: {WHAT}"));
        let probe = program("probe");
        let probe = probe.to_str().unwrap();
        if is_root() {
            let mut wrapper = vec![probe, "with", "uid", "1234", "--"];
            let output = Case::wrapped(place, &wrapper, ["-u", "0", "echo", "started"]).directory("/").run();
            // Only if that user may come to the files.
            if !output.stderr.contains("Permission denied") && !output.stderr.contains("EACCES") {
                output.refused(&format!("cannot become user 0: EPERM: {WHAT}"));
            }
            // Filters that let each of these calls do nothing, and say that all is well.
            for call in [nix::libc::SYS_setgroups, nix::libc::SYS_setresgid, nix::libc::SYS_setresuid] {
                let call = call.to_string();
                // One supplementary group of root's, as many as are asked for.
                wrapper = vec![init().to_str().unwrap(), "-u0:0,9", probe, "deny", "0", &call];
                let output = Case::wrapped(place, &wrapper, ["-u", "1234:56,7", "echo", "started"]).run();
                output.refused(&format!("cannot become user 1234: EPERM: {WHAT}"));
            }
        }
    }
}

#[test]
fn a_directory_for_the_program() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    directory.file("in/here", b"#!/bin/sh\npwd\n", 0o755);
    let path = directory.0.join("in");
    let path = path.to_str().unwrap();
    for &place in both() {
        for options in [&["-C", path][..], &[&format!("--chdir={path}")], &["-C", "/nonesuch", "-C", path]] {
            let output = case(place, options.iter().copied().chain(["./here"])).run();
            assert_eq!((output.quiet_status(), output.stdout.trim()), (0, path));
        }
        let output = case(place, ["./here"]).env("SCRATCH_INIT_OPTIONS", format!("-C {path} -v")).run();
        assert_eq!(output.stdout.trim(), path);
        // Relative to where the init was started.
        let output = case(place, ["-C", "in", "./here"]).directory(&directory.0).run();
        assert_eq!((output.quiet_status(), output.stdout.trim()), (0, path));
        let long = "x".repeat(5000);
        for (bad, errno) in [("/nonesuch", "ENOENT"), (&*format!("{path}/here"), "ENOTDIR")] {
            case(place, ["-C", bad, "echo", "started"]).run().refused(&format!("cannot change to directory '{bad}': {errno}"));
        }
        let output = case(place, ["-C", &long, "echo", "started"]).run();
        assert!(output.status == 125 && output.stdout.is_empty() && output.stderr.contains(": ENAMETOOLONG\n"), "{output:?}");
    }
}

#[test]
fn a_directory_is_entered_as_the_user() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let directory = Directory::new();
    directory.file("closed/file", b"", 0o644);
    let closed = directory.0.join("closed");
    std::fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let closed = closed.to_str().unwrap();
    assert_eq!(case(As::Pid1, ["-C", closed, "true"]).run().quiet_status(), 0);
    case(As::Pid1, ["-u1234", "-C", closed, "true"]).run().refused(&format!("cannot change to directory '{closed}': EACCES"));
}

#[test]
fn the_parents_death_reaches_the_program() {
    if !has_namespaces() {
        return;
    }
    // The parent is a shell that ends, and process 1 another, which waits.
    const FAMILY: &str =
        r#"sh -c '"$@" & read line < "$0"; exit 0' "$0" "$@"; echo the parent is gone; wait_for_it() { sleep 100; }; wait_for_it"#;
    let directory = Directory::new();
    let pipe = directory.0.join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (pipe, probe) = (pipe.to_str().unwrap(), program("probe"));
    for (options, got) in
        [(&["-p", "USR1"][..], "10 0 0\n"), (&["--pdeathsig=RTMIN+2"], "36 0 0\n"), (&["-pTERM", "-rTERM:INT"], "2 0 0\n")]
    {
        let words = ["sh", "-c", FAMILY, pipe, init().to_str().unwrap()];
        let words = words.iter().chain(options).copied().chain([probe.to_str().unwrap(), "record", "1"]);
        let mut running = Case::bare(As::Pid1, words).spawn();
        running.says("ready\n").settles();
        std::fs::write(pipe, "\n").unwrap();
        running.says("the parent is gone\n").says(got);
    }
}

#[test]
#[ignore = "needs strace"]
fn a_parent_that_dies_meanwhile_is_noticed() {
    if !has_namespaces() {
        return;
    }
    // The init is held up at its first prctl(2), and its parent ends before that: the kernel sends nothing.
    const FAMILY: &str = r#"sh -c '"$@" & sleep 0.3; exit 0' sh "$@"; echo the parent is gone; sleep 100 & wait"#;
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let mut words = vec!["sh", "-c", FAMILY, "sh", "strace", "-D", "-o", "/dev/null", "-e", "trace=prctl"];
    words.extend(["-e", "inject=prctl:delay_enter=1000000:when=1"]);
    // The signal may come before the program has blocked it: it is blocked from the beginning.
    words.extend([probe, "with", "block", "10", "--", init().to_str().unwrap(), "-pUSR1", probe, "record", "1"]);
    let mut running = Case::bare(As::Pid1, words).spawn();
    running.says("the parent is gone\nready\n").says("10 0 0\n");
}
