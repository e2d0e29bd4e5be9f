//! What the program's world is made to be: `--user`, `--chdir`; and what its parent's death is: `--pdeathsig`.

use std::path::Path;

use scratch_init_tests::{As, Case, Directory, both, case, has_namespaces, init, is_root, program, succeeds, why_no_user};

/// The init and `probe`, as copies that every user may come to.
struct Copies {
    directory: Directory,
    init: String,
    probe: String,
}

impl Copies {
    fn new() -> Self {
        let directory = Directory::new();
        let copy = |name, file: &Path| directory.file(name, &std::fs::read(file).unwrap(), 0o755).to_str().unwrap().to_owned();
        let (init, probe) = (copy("scratch-init", init()), copy("probe", &program("probe")));
        Self { directory, init, probe }
    }

    /// `words` under the init, which `probe with` has started in this state.
    fn case(&self, place: As, state: &[&str], words: &[&str]) -> Case {
        Case::bare(place, [&[&self.probe, "with"], state, &["--", &self.init], words].concat()).directory(&self.directory.0)
    }

    /// The lines of `probe who` under these options.
    fn who(&self, place: As, state: &[&str], options: &[&str]) -> Vec<String> {
        let output = self.case(place, state, &[options, &[&self.probe, "who"]].concat()).run();
        assert_eq!(output.quiet_status(), 0, "{state:?} {options:?} {output:?}");
        output.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

#[test]
fn all_power_is_dropped() {
    if !has_namespaces() || !is_root() {
        return;
    }
    const NOTHING: [&str; 4] = ["CapPrm: 0000000000000000", "CapEff: 0000000000000000", "CapAmb: 0000000000000000", "root again 0"];
    let copies = Copies::new();
    for &place in both() {
        for (user, ids) in [
            ("1234", ["Uid: 1234 1234 1234 1234", "Gid: 1234 1234 1234 1234", "Groups:"]),
            ("1234:56", ["Uid: 1234 1234 1234 1234", "Gid: 56 56 56 56", "Groups:"]),
            ("1234:56,7,8", ["Uid: 1234 1234 1234 1234", "Gid: 56 56 56 56", "Groups: 7 8"]),
            ("4294967294:1", ["Uid: 4294967294 4294967294 4294967294 4294967294", "Gid: 1 1 1 1", "Groups:"]),
        ] {
            let lines = copies.who(place, &[], &["-u", user]);
            for expected in ids.iter().chain(&NOTHING) {
                assert!(lines.iter().any(|line| line == expected), "{user}: no {expected} in {lines:?}");
            }
        }
        // A user that stays root keeps what root has.
        let (before, after) = (copies.who(place, &[], &[]), copies.who(place, &[], &["-u", "0:5,6"]));
        let capabilities = |lines: &[String]| lines.iter().filter(|line| line.starts_with("Cap")).cloned().collect::<Vec<_>>();
        assert_eq!(capabilities(&before), capabilities(&after));
        assert!(after.contains(&"Groups: 6".to_owned()) && after.contains(&"Gid: 5 5 5 5".to_owned()), "{after:?}");
    }
}

const SETGID: &str = "6";
const SETUID: &str = "7";
const NET_RAW: &str = "13";
/// Has `setuid` leave the capabilities alone, and cannot be taken back: capabilities(7).
const NO_SETUID_FIXUP: &str = "12";
/// Has execve(2) give root nothing.
const NOROOT: &str = "1";

#[test]
fn no_capability_is_left_whoever_the_init_is() {
    if !has_namespaces() || !is_root() {
        return;
    }
    const NONE: [&str; 4] =
        ["CapInh: 0000000000000000", "CapPrm: 0000000000000000", "CapEff: 0000000000000000", "CapAmb: 0000000000000000"];
    let copies = Copies::new();
    let ambient = ["ambient", SETGID, "ambient", SETUID, "ambient", NET_RAW];
    let states = [
        &["inherit", NET_RAW][..],
        &["ambient", NET_RAW],
        &["ambient", NET_RAW, "securebits", NO_SETUID_FIXUP],
        &["securebits", "4"],
        &[&ambient[..], &["securebits", NOROOT]].concat(),
        &[&["keep", "1", "uid", "1000"], &ambient[..]].concat(),
        &[&["securebits", NO_SETUID_FIXUP, "uid", "1000"], &ambient[..]].concat(),
    ];
    let some =
        |lines: &[String]| lines.iter().any(|line| line.starts_with("Cap") && !line.starts_with("CapBnd") && !NONE.contains(&&**line));
    let bounding = |lines: &[String]| lines.iter().find(|line| line.starts_with("CapBnd")).cloned();
    for &place in both() {
        for state in states {
            let before = copies.who(place, state, &[]);
            assert!(some(&before), "{state:?} {before:?}");
            for user in ["1234", "1000", "1000:5,6"] {
                let after = copies.who(place, state, &["-u", user]);
                assert!(NONE.iter().all(|line| after.iter().any(|own| own == line)), "{state:?} {user} {after:?}");
                assert!(after.contains(&"root again 0".to_owned()), "{state:?} {user} {after:?}");
                assert_eq!(bounding(&before), bounding(&after), "{state:?} {user}");
            }
            // Root is the kernel's to say.
            let root = copies.who(place, state, &["-u", "0"]);
            assert!(some(&root) && root.contains(&"Uid: 0 0 0 0".to_owned()), "{state:?} {root:?}");
        }
    }
}

#[test]
fn a_capability_that_is_left_starts_nothing() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let copies = Copies::new();
    for &place in both() {
        // Filters that forbid a call, or let it do nothing and say that all is well.
        for errno in ["0", "1", "38"] {
            for (call, works) in [(nix::libc::SYS_capset, false), (nix::libc::SYS_capget, false), (nix::libc::SYS_prctl, true)] {
                let call = call.to_string();
                let deny = [&copies.probe, "with", "inherit", NET_RAW, "--", &copies.probe, "deny", errno, &call, &copies.init];
                let output = Case::bare(place, [&deny[..], &["-u", "1234:56", "echo", "started"]].concat()).run();
                if works {
                    assert_eq!((output.quiet_status(), &*output.stdout), (0, "started\n"));
                } else {
                    output.refused("cannot drop the capabilities for user 1234: EPERM: forbidden by seccomp?");
                }
                // Root may keep them.
                let output = Case::bare(place, [&deny[..], &["-u", "0", "echo", "started"]].concat()).run();
                assert_eq!((output.quiet_status(), &*output.stdout), (0, "started\n"));
            }
        }
    }
}

#[test]
fn an_init_with_more_rights_than_its_caller_reads_no_variable() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let copies = Copies::new();
    let user = ["uid", "1234"];
    let mode = |mode| std::fs::set_permissions(&copies.init, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    let check = |what: &str, state: &[&str], gained: bool| {
        for &place in both() {
            let output = copies.case(place, state, &["pwd"]).env("SCRATCH_INIT_OPTIONS", "-C /etc").run();
            assert_eq!((output.quiet_status(), output.stdout == "/etc\n"), (0, !gained), "{what} {place:?} {state:?} {output:?}");
            let output = copies.case(place, state, &["pwd"]).env("SCRATCH_INIT_OPTIONS", "--nonsense").run();
            assert_eq!(output.status, if gained { 0 } else { 125 }, "{what} {place:?} {state:?} {output:?}");
            // What its caller says on the command line holds.
            let output = copies.case(place, state, &["-C", "/etc", "pwd"]).run();
            assert_eq!((output.quiet_status(), &*output.stdout), (0, "/etc\n"), "{what} {place:?} {state:?}");
            for id in ["0", "1234", "5:6"] {
                let output = copies.case(place, state, &["-u", id, "echo", "started"]).run();
                if gained {
                    output.refused("-u is refused: the init has more rights than its caller, by set-user-ID or file capabilities");
                } else {
                    assert!(!output.stderr.contains("more rights"), "{what} {place:?} {state:?} {id} {output:?}");
                }
            }
        }
    };
    check("no more rights", &user, false);
    check("root's own", &[], false);
    for (what, bits) in [("set-user-ID", 0o4755), ("set-group-ID", 0o2755), ("both", 0o6755)] {
        mode(bits);
        check(what, &user, true);
        check(what, &[], false);
    }
    mode(0o755);
    // The numbers from 32 on are in another word: capget(2).
    for capability in [Some(NET_RAW.to_owned()), high_capability()].into_iter().flatten() {
        let mut command = std::process::Command::new(&copies.probe);
        succeeds(command.args(["capable", &copies.init, &capability]));
        check("file capabilities", &user, true);
        check("file capabilities", &[], false);
    }
}

/// One from 32 on that a file can give here; a container's bounding set may have none.
fn high_capability() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let bounding = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).unwrap().trim();
    let bounding = u64::from_str_radix(bounding, 16).unwrap();
    (32..64).find(|number| bounding >> number & 1 == 1).map(|number| number.to_string())
}

#[test]
fn nor_the_variables_of_another_name() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let copies = Copies::new();
    for (name, variable, value) in
        [("tini", "TINI_VERBOSITY", "3"), ("dumb-init", "DUMB_INIT_DEBUG", "1"), ("catatonit", "CATATONIT_DEBUG", "1")]
    {
        for (mode, says) in [(0o755, true), (0o4755, false)] {
            let file = copies.directory.file(name, &std::fs::read(init()).unwrap(), mode);
            let words = [&copies.probe, "with", "uid", "1234", "--", file.to_str().unwrap(), "true"];
            let output = Case::bare(As::Pid1, words).directory("/").env(variable, value).run();
            assert_eq!((output.status, !output.stderr.is_empty()), (0, says), "{name} {mode:o} {output:?}");
        }
    }
}

#[test]
fn who_may_not_become_another_starts_nothing() {
    if !has_namespaces() {
        return;
    }
    let why = why_no_user();
    for &place in both() {
        // A user namespace with one user, who is not root there.
        let output = case(place, ["-u", "1234", "echo", "started"]).unshare(&["--user", "--map-user=1000"]).run();
        output.refused(&format!("cannot become user 1234: EPERM: {why}"));
        let probe = program("probe");
        let probe = probe.to_str().unwrap();
        if is_root() {
            let words = ["-u", "0", "echo", "started"];
            Copies::new().case(place, &["uid", "1234"], &words).run().refused(&format!("cannot become user 0: EPERM: {why}"));
            // Filters that let each of these calls do nothing, and say that all is well.
            for call in [nix::libc::SYS_setgroups, nix::libc::SYS_setresgid, nix::libc::SYS_setresuid] {
                let call = call.to_string();
                // One supplementary group of root's, as many as are asked for.
                let wrapper = [init().to_str().unwrap(), "-u0:0,9", probe, "deny", "0", &call];
                let output = Case::wrapped(place, wrapper, ["-u", "1234:56,7", "echo", "started"]).run();
                output.refused(&format!("cannot become user 1234: EPERM: {why}"));
            }
            // As many groups as are asked for, each of which is asked for; but one is missing.
            let call = nix::libc::SYS_setgroups.to_string();
            for (held, wanted) in [("-u0:0,7,7", "1234:56,7,8"), ("-u0:0,7,8", "1234:56,7,7")] {
                let wrapper = [init().to_str().unwrap(), held, probe, "deny", "0", &call];
                let output = Case::wrapped(place, wrapper, ["-u", wanted, "echo", "started"]).run();
                output.refused(&format!("cannot become user 1234: EPERM: {why}"));
            }
            let output = Case::wrapped(
                place,
                [init().to_str().unwrap(), "-u0:0,7,8", probe, "deny", "0", &call],
                ["-u", "0:0,8,7", "echo", "started"],
            )
            .run();
            assert_eq!((output.quiet_status(), &*output.stdout), (0, "started\n"));
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
        for (bad, errno) in [("/nonesuch", "No such file or directory"), (&*format!("{path}/here"), "Not a directory")] {
            case(place, ["-C", bad, "echo", "started"]).run().refused(&format!("cannot change to directory '{bad}': {errno}"));
        }
        let output = case(place, ["-C", &long, "echo", "started"]).run();
        assert!(output.status == 125 && output.stdout.is_empty() && output.stderr.contains(": File name too long\n"), "{output:?}");
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
    case(As::Pid1, ["-u1234", "-C", closed, "true"]).run().refused(&format!("cannot change to directory '{closed}': Permission denied"));
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
    // The init is held up at its first prctl(2), and its parent ends before that: the kernel sends nothing. (That
    // process is the one of the shell: strace is a child of it.)
    const FAMILY: &str = r#"
        sh -c '"$@" & until read call rest </proc/$!/syscall && [ "$call" = "$PRCTL" ]; do :; done; exit 0' sh "$@"
        echo the parent is gone; sleep 100 & wait"#;
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let mut words = vec!["sh", "-c", FAMILY, "sh", "strace", "-D", "-o", "/dev/null", "-e", "trace=prctl"];
    words.extend(["-e", "inject=prctl:delay_enter=3000000:when=1"]);
    // The signal may come before the program has blocked it: it is blocked from the beginning.
    words.extend([probe, "with", "block", "10", "--", init().to_str().unwrap(), "-pUSR1", probe, "record", "1"]);
    let mut running = Case::bare(As::Pid1, words).env("PRCTL", scratch_init_tests::calls::PRCTL.to_string()).spawn();
    running.says("the parent is gone\nready\n").says("10 0 0\n");
}
