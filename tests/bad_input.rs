//! Bad input, and worlds in which something is missing: a clear line and 125, or right behaviour.

use scratch_init_tests::refusals::{BAD, PLACE, SEE, UNKNOWN, VALUED, line};
use scratch_init_tests::{As, Case, Directory, Output, both, case, has_namespaces, init, is_root, program, why_no_user};

#[test]
fn bad_options() {
    if !has_namespaces() {
        return;
    }
    for (options, option, why, rest) in BAD {
        let words = options.iter().chain(&["echo", "started"]);
        case(As::Pid1, words).run().refused(&line(option, "", why, rest));
    }
    // What -t wants is said by the same text as what -d does, or as what -S does.
    let output = case(As::Pid1, ["-t", "--", "/app"]).run();
    assert!(output.status == 125 && output.stderr.starts_with("scratch-init: -t '--': want "), "{output:?}");
}

#[test]
fn values_that_are_missing() {
    if !has_namespaces() {
        return;
    }
    for (word, option, what) in VALUED {
        case(As::Pid1, [word]).run().refused(&format!("{option}: needs a value: {what}"));
        let output = case(As::Pid1, ["echo", "started"]).env("SCRATCH_INIT_OPTIONS", format!("-v {word}")).run();
        output.refused(&format!("{option}{PLACE}: needs a value: {what}"));
    }
}

#[test]
fn bad_options_in_the_variable() {
    if !has_namespaces() {
        return;
    }
    // An empty word is none there.
    for (options, option, why, rest) in BAD.iter().filter(|(options, ..)| !options.contains(&"")) {
        let output = case(As::Pid1, ["echo", "started"]).env("SCRATCH_INIT_OPTIONS", options.join(" ")).run();
        output.refused(&line(option, PLACE, why, rest));
    }
    for (value, word) in [("prog", "prog"), ("-gz prog", "-gz"), ("-g --", "--"), ("-", "-")] {
        let output = case(As::Pid1, ["echo", "started"]).env("SCRATCH_INIT_OPTIONS", value).run();
        let letter = if word == "-gz" { ": -z" } else { "" };
        output.refused(&format!("'{word}'{PLACE}: {UNKNOWN}{letter}{SEE}"));
    }
}

#[test]
fn blanks_around_a_value_do_not_count() {
    if !has_namespaces() {
        return;
    }
    // As a list of words in YAML has it, "-e 3".
    for words in [&["-e 3 : 4"][..], &["-e", " 3:4\n"], &["--exit= 3:4"]] {
        let output = case(As::Pid1, words.iter().chain(&["-t 5s", "-S 1 ", "-p TERM", "sh", "-c", "exit 3"])).run();
        assert_eq!(output.quiet_status(), 4, "{words:?}");
    }
}

#[test]
fn the_variable_comes_first() {
    if !has_namespaces() {
        return;
    }
    let run = |value: &str, words: &[&str]| case(As::Pid1, words).env("SCRATCH_INIT_OPTIONS", value).run();
    assert_eq!(run(" -e\t3:4\n-e 5:6 ", &["sh", "-c", "exit 3"]).quiet_status(), 4);
    assert_eq!(run("-e 3:4", &["-e", "3:5", "sh", "-c", "exit 3"]).quiet_status(), 5);
    assert_eq!(run("", &["true"]).quiet_status(), 0);
    assert_eq!(run("  \n ", &["true"]).quiet_status(), 0);
}

#[test]
fn no_program() {
    if !has_namespaces() {
        return;
    }
    for words in [&[][..], &["-g"], &["--"], &["-v", "--"]] {
        case(As::Pid1, words).run().refused("no program to run, see --help");
    }
    case(As::Pid1, ["-P", "true"]).run().refused("'true': -P runs no program");
    case(As::Pid1, ["-P", "--", "true"]).run().refused("'true': -P runs no program");
    // Who does not see the variable sees no -P.
    let output = case(As::Pid1, ["--", "true"]).env("SCRATCH_INIT_OPTIONS", "-vP").run();
    output.refused("'true': -P in SCRATCH_INIT_OPTIONS runs no program");
}

#[test]
fn no_arguments_at_all() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let words = [probe.as_os_str(), "bare".as_ref(), init().as_os_str()];
    Case::bare(As::Pid1, words).run().refused("no program to run, see --help");
}

#[test]
fn help_and_version_go_to_stdout() {
    if !has_namespaces() {
        return;
    }
    for option in ["-h", "--help", "-gh"] {
        let output = case(As::Pid1, [option]).run();
        assert_eq!(output.quiet_status(), 0);
        let lines: Vec<_> = output.stdout.lines().collect();
        assert!(lines.len() <= 24 && lines.iter().all(|line| line.chars().count() <= 80), "80 x 24");
        assert!(lines[0].starts_with("Usage: scratch-init "));
        let page = std::fs::read_to_string(scratch_init_tests::root().join("doc/options.md")).unwrap();
        assert!(page.contains(&format!("$ scratch-init-full --help\n{}```\n", output.stdout)), "doc/options.md shows another help");
    }
    for option in ["-V", "--version"] {
        let output = case(As::Pid1, [option, "true"]).run();
        assert_eq!(output.quiet_status(), 0);
        assert_eq!(output.stdout, "scratch-init 0.1.0 (full)\n");
    }
}

#[test]
fn closed_standard_descriptors() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        for closed in [&["0"][..], &["1"], &["2"], &["0", "1"], &["0", "2"], &["1", "2"], &["0", "1", "2"]] {
            let mut wrapper = vec![probe, "with"];
            wrapper.extend(closed.iter().flat_map(|fd| ["close", fd]));
            wrapper.push("--");
            let output = Case::wrapped(place, &wrapper, [probe, "exit", "7"]).run();
            assert_eq!(output.quiet_status(), 7, "{place:?} {closed:?}");
            // There is something to say, and nowhere to say it.
            let output = Case::wrapped(place, &wrapper, ["-vw", probe, "orphans", "3", "8"]).run();
            assert_eq!(output.status, 8, "{place:?} {closed:?}");
            assert_eq!(Case::wrapped(place, &wrapper, ["/nonesuch"]).run().status, 127, "{place:?} {closed:?}");
            assert_eq!(Case::wrapped(place, &wrapper, ["-z"]).run().status, 125, "{place:?} {closed:?}");
        }
    }
}

#[test]
fn no_descriptor_is_left() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        let output = Case::wrapped(place, [probe, "with", "fds", "3", "--"], ["echo", "started"]).run();
        output.refused("signalfd4: EMFILE: raise the limit of open files");
        let output = Case::wrapped(place, [probe, "with", "close", "1", "close", "0", "fds", "3", "--"], ["echo", "started"]).run();
        output.refused("signalfd4: EINVAL: raise the limit of open files");
        // One is enough.
        let output = Case::wrapped(place, [probe, "with", "fds", "4", "--"], [probe, "exit", "7"]).run();
        assert_eq!(output.quiet_status(), 7);
    }
}

#[test]
fn no_process_is_left() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let directory = Directory::new();
    let with = directory.file("with", &std::fs::read(program("probe")).unwrap(), 0o755);
    let copy = directory.file("scratch-init", &std::fs::read(init()).unwrap(), 0o755);
    // A user that has nothing else running.
    let words = [with.to_str().unwrap(), "with", "procs", "1", "uid", "54321", "--", copy.to_str().unwrap(), "echo", "started"];
    let output = Case::bare(As::Pid1, words).run();
    output.refused("clone: EAGAIN: raise the limit of processes");
}

#[test]
fn no_proc() {
    if !has_namespaces() {
        return;
    }
    let script = r#"umount -l /proc && exec "$@""#;
    for words in [
        &["sh", "-c", "sleep 100 & exit 7"][..],
        &["-S", "100ms", "sh", "-c", "trap '' TERM; (trap '' TERM; while :; do read x </dev/zero; done) & exit 7"],
    ] {
        let output = Case::wrapped(As::Pid1, ["sh", "-c", script, "sh"], words).run();
        assert_eq!(output.status, 7);
    }
    let output = Case::wrapped(As::Pid1, ["sh", "-c", script, "sh"], ["/nonesuch"]).run();
    assert_eq!(output.status, 127);
}

/// A seccomp filter that answers one system call with an errno.
fn denied(place: As, errno: i32, call: i64, words: &[&str]) -> Output {
    let probe = program("probe");
    Case::wrapped(place, [probe.to_str().unwrap(), "deny", &errno.to_string(), &call.to_string()], words).run()
}

#[test]
fn system_calls_that_are_forbidden() {
    if !has_namespaces() {
        return;
    }
    use scratch_init_tests::calls::*;
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        for errno in [1, 38] {
            let name = if errno == 1 { "EPERM" } else { "ENOSYS" };
            // It goes on without them.
            for call in [
                ACCESS,
                CHDIR,
                CLOCK_GETTIME,
                CLOSE,
                CLOSE_RANGE,
                GETDENTS64,
                GETPGID,
                GETPPID,
                IOCTL,
                MADVISE,
                OPENAT,
                PIDFD_OPEN,
                PIDFD_SEND_SIGNAL,
                PPOLL,
                PRCTL,
                LSEEK,
                PRLIMIT64,
                RT_SIGACTION,
                RT_SIGQUEUEINFO,
                STAT,
                STATFS,
            ] {
                let output = denied(place, errno, call, &[probe, "exit", "7"]);
                assert_eq!(output.quiet_status(), 7, "{place:?} {name} {call}");
                let output = denied(place, errno, call, &[probe, "orphans", "200", "8"]);
                assert_eq!(output.quiet_status(), 8, "{place:?} {name} {call}");
                assert_eq!(denied(place, errno, call, &["/nonesuch"]).status, 127, "{place:?} {name} {call}");
                let output = denied(place, errno, call, &["-S", "300ms", probe, "leave", "plain", "9"]);
                assert_eq!(output.quiet_status(), 9, "{place:?} {name} {call}");
                // Without a clock the time of the sweep is over at once, and what does not come to the
                // init as an orphan is not met.
                let excused = call == CLOCK_GETTIME || (call == PRCTL && place == As::Child);
                assert!(excused || output.stdout.contains("child got 15"), "{place:?} {name} {call} {output:?}");
            }
            // The end of the program can be told by waitid(2), too.
            assert_eq!(denied(place, errno, WAIT4, &["-S", "300ms", probe, "exit", "7"]).quiet_status(), 7, "{place:?} {name}");
            // Without a clock no time is left to those that do not end.
            let output = denied(place, errno, CLOCK_GETTIME, &["-S", "1h", probe, "leave", "stubborn", "9"]);
            assert_eq!(output.quiet_status(), 9, "{place:?} {name}");
            // It cannot do without these.
            for (call, what) in [(SIGNALFD4, "signalfd4"), (RT_SIGPROCMASK, "rt_sigprocmask")] {
                denied(place, errno, call, &["echo", "started"]).refused(&format!("{what}: {name}: is it forbidden by seccomp?"));
            }
            denied(place, errno, SETPGID, &["echo", "started"]).refused(&format!("setpgid: {name}: is it forbidden by seccomp?"));
            // Nor without these what it was told to do.
            for (call, option, why) in [
                (PRCTL, "-pTERM", format!("-p: {name}: is it forbidden by seccomp?")),
                (CHDIR, "-C/", format!("cannot change to directory '/': {}", if errno == 1 { "Operation not permitted" } else { name })),
                (
                    SETGROUPS,
                    "-u0",
                    format!(
                        "cannot become user 0: {name}: {}",
                        if errno == 1 { why_no_user() } else { "it takes CAP_SETUID and CAP_SETGID" }
                    ),
                ),
            ] {
                denied(place, errno, call, &[option, "echo", "started"]).refused(&why);
            }
        }
    }
}

#[test]
fn system_calls_that_are_forbidden_at_execve() {
    if !has_namespaces() {
        return;
    }
    use scratch_init_tests::calls::*;
    for (errno, why) in [
        (1, "EPERM"),
        (5, "EIO"),
        (8, "ENOEXEC"),
        (11, "this user has too many processes"),
        (12, "not enough memory"),
        (13, "EACCES"),
        (22, "EINVAL"),
        (23, "too many open files"),
        (24, "too many open files"),
        (26, "it, or its interpreter, is open for writing"),
        (38, "ENOSYS"),
        (40, "ELOOP"),
        (75, "EOVERFLOW"),
        (107, "ENOTCONN"),
        (129, "EKEYREJECTED"),
        (133, "errno 133"),
        // ENOENT, if a byte had to do.
        (258, "errno 258"),
    ] {
        let probe = program("probe");
        let output = denied(As::Pid1, errno, EXECVE, &[probe.to_str().unwrap(), "exit", "7"]);
        let why = if errno == 8 { "it is not a program" } else { why };
        let stderr = format!("scratch-init: cannot run '{}': {why}\n", probe.display());
        assert_eq!(output, Output { status: 126, stdout: String::new(), stderr }, "{errno}");
    }
    let output = denied(As::Pid1, 22, SETGROUPS, &["-u7:8,9", "echo", "started"]);
    output.refused("cannot become user 7: EINVAL: this user namespace does not have the user or one of the groups");
}

#[test]
fn a_user_namespace_that_denies_groups() {
    if !has_namespaces() {
        return;
    }
    // Root there, and so with all capabilities.
    let output = case(As::Pid1, ["-u0", "echo", "started"]).unshare(&["--user", "--map-root-user"]).run();
    output.refused("cannot become user 0: EPERM: this user namespace denies setgroups(2), see user_namespaces(7)");
}
