//! What is said with `--verbose` and `--warn`.

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, Directory, both, case, has_namespaces, init, is_root, program};

/// The lines on stderr, with each number as N.
fn lines(stderr: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in stderr.lines() {
        let line = line.strip_prefix("scratch-init: ").expect("each line says who");
        let mut shape = String::new();
        for c in line.chars() {
            if c.is_ascii_digit() && shape.ends_with('N') {
                continue;
            }
            // USR1 and USR2 are words.
            shape.push(if c.is_ascii_digit() && !shape.ends_with("USR") { 'N' } else { c });
        }
        lines.push(shape);
    }
    lines
}

const SUMS: &str = "user N ms, system N ms, peak N kB, orphans reaped N";

#[test]
fn once_says_the_start_and_the_end() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        let output = case(place, ["-v", probe, "exit", "3"]).run();
        assert_eq!(lines(&output.stderr), ["started PID N", &format!("the program ended with status N; {SUMS}")]);
        assert!(output.stderr.contains(" status 3; user ") && output.stderr.ends_with(", orphans reaped 0\n"), "{output:?}");
        for (signal, name) in [("6", "ABRT"), ("40", "N"), ("9", "KILL")] {
            let output = case(place, ["--verbose", probe, "die", signal]).run();
            assert_eq!(lines(&output.stderr)[1], format!("the program was ended by {name}, not sent by the init; {SUMS}"));
        }
        // It waits until they are reaped.
        let output = case(place, ["-v", probe, "storms", "0", "5", "1"]).run();
        assert!(output.stderr.ends_with(", orphans reaped 5\n"), "{output:?}");
    }
}

#[test]
fn who_sent_the_signal_that_ended_it() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        for (options, signal, name) in [
            (&["-v"][..], Signal::SIGTERM, "TERM"),
            (&["-v", "-rHUP:USR1"], Signal::SIGHUP, "USR1"),
            (&["-v", "-t0"], Signal::SIGTERM, "KILL"),
        ] {
            let what = if name == "KILL" { ["tree", "1", "stubborn"].to_vec() } else { ["pause"].to_vec() };
            let mut running = case(place, options.iter().copied().chain([probe]).chain(what)).spawn();
            running.says("ready").signal(signal);
            let output = running.finish();
            // TERM asks for the end, and HUP that is rewritten to USR1 does not.
            let why = match name {
                "KILL" => ", the grace period was over; TERM from outside (PID N) had asked for the end",
                "TERM" => "; TERM from outside (PID N) had asked for the end",
                _ => "",
            };
            assert_eq!(lines(&output.stderr)[1], format!("the program was ended by {name}, sent by the init{why}; {SUMS}"), "{place:?}");
        }
        // The last one that did, if it had outlived others; a grace period after the program's end; and where there is none.
        for (options, script, signals, said) in [
            (
                &["-v"][..],
                "trap '' INT; echo ready; sleep 60",
                &[Signal::SIGINT, Signal::SIGTERM][..],
                "TERM from outside (PID N) had asked",
            ),
            (
                &["-v", "-W", "-t0"],
                "sh -c 'trap \"\" TERM; echo ready; sleep 60' & exit 2",
                &[Signal::SIGTERM],
                "ending, the grace period was over; TERM",
            ),
            (&["-v", "-P"], "", &[Signal::SIGTERM], "ending; TERM from outside (PID N) had asked"),
        ] {
            let program = ["sh", "-c", script];
            let mut running = case(place, options.iter().copied().chain(program.into_iter().filter(|_| !script.is_empty()))).spawn();
            if script.is_empty() {
                running.settles();
            } else {
                running.says("ready");
            }
            if options.contains(&"-W") {
                running.warns("the program ended with status 2");
            }
            for signal in signals {
                running.signal(*signal);
            }
            let output = running.finish();
            assert!(lines(&output.stderr).last().unwrap().contains(said), "{place:?} {output:?}");
        }
        // Who it was, where that can be told; and what the status comes to.
        let mut running = case(place, ["-v", "-e", "143:7", "sh", "-c", "echo $PPID $$; kill -TERM $PPID; sleep 60"]).spawn();
        let pids = running.until("its number", |running| running.stdout().strip_suffix('\n').map(String::from));
        let output = running.finish();
        let pid = pids.split(' ').nth(1).unwrap();
        let said: Vec<_> = output.stderr.lines().skip(1).collect();
        let begin =
            format!("scratch-init: the program was ended by TERM, sent by the init; TERM from PID {pid} had asked for the end; user ");
        assert!(said[0].starts_with(&begin), "{output:?}");
        assert_eq!((said[1], output.status), ("scratch-init: ending with status 7: -e replaces 143", 7));
    }
}

#[test]
fn a_core_that_was_dumped() {
    if !has_namespaces() {
        return;
    }
    // Where this machine's cores go to, or whether, is not ours to say: whether there is one is seen without the init.
    let (directory, probe) = (Directory::new(), program("probe"));
    for (limit, never) in [("0", true), ("$(ulimit -Hc)", false)] {
        let ends = format!("ulimit -c {limit}; kill -ABRT $$");
        let dumps = Case::bare(As::Pid1, [probe.to_str().unwrap(), "dumps", "sh", "-c", &ends]).directory(&directory.0).run();
        let dumped = dumps.stdout == "dumped 1\n";
        assert!(dumps.stdout.starts_with("dumped ") && !(never && dumped), "{dumps:?}");
        let output = case(As::Pid1, ["-v", "sh", "-c", &ends]).directory(&directory.0).run();
        let core = if dumped { ", core dumped" } else { "" };
        assert_eq!(lines(&output.stderr)[1], format!("the program was ended by ABRT, not sent by the init{core}; {SUMS}"));
    }
}

#[test]
fn twice_says_each_signal_and_each_orphan() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        let options = ["-vv", "-rUSR1:USR2", "-rHUP:0", "-dTERM:100ms"];
        let mut running = case(place, options.iter().copied().chain([probe, "record", "2"])).spawn();
        running.says("ready");
        for signal in [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGTERM] {
            running.signal(signal);
        }
        let output = running.finish();
        let expected = [
            "started PID N",
            "received HUP from PID N",
            "dropping HUP",
            "received USR1 from PID N",
            "sent USR2 to the program",
            "received TERM from PID N",
            "holding TERM back",
            "sent TERM to the program",
            &format!("the program ended with status N; TERM from outside (PID N) had asked for the end; {SUMS}"),
        ];
        assert_eq!(lines(&output.stderr), expected, "{place:?}");

        let output = case(place, ["-vv", probe, "storms", "0", "3", "1"]).run();
        let expected = ["started PID N", "reaped orphan N", "reaped orphan N", "reaped orphan N"];
        assert_eq!(lines(&output.stderr)[..4], expected, "{place:?}");
        let output = case(place, ["-vv", probe, "leave", "plain", "0"]).run();
        let all = lines(&output.stderr);
        assert_eq!(all[2..], ["sent TERM to all", "sent CONT to all", "reaped orphan N"], "{place:?}");
    }
}

#[test]
fn without_it_not_a_byte() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for &place in both() {
        let mut running = case(place, ["-a", "-rUSR1:0", "-d100ms", "-t300ms", "-S100ms", probe, "tree", "2", "stubborn"]).spawn();
        running.says("ready").signal(Signal::SIGUSR1).signal(Signal::SIGHUP).signal(Signal::SIGTERM);
        assert_eq!(running.finish().quiet_status(), 137);
    }
}

#[test]
fn warn_says_each_orphan_alone() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    for &place in both() {
        let output = case(place, ["-w", probe.to_str().unwrap(), "orphans", "2", "5"]).run();
        assert_eq!(output.status, 5);
        assert_eq!(lines(&output.stderr), ["reaped orphan N"; 2], "{place:?}");
    }
}

#[test]
fn an_out_of_memory_kill_in_either_form_of_the_file() {
    if !has_namespaces() || !is_root() {
        return;
    }
    // Made up by the program itself: the real thing is in tests/docker.rs, in the form of this machine's cgroups.
    let directory = Directory::new();
    for (file, before, after) in [
        ("memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n", "max 12\noom 4\noom_kill 5\n"),
        ("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "oom_kill_disable 0\noom_kill 5\n"),
    ] {
        let _ = std::fs::remove_file(directory.0.join("memory.events"));
        directory.file(file, before.as_bytes(), 0o644);
        let script = format!("mount --bind {} /sys/fs/cgroup && exec \"$@\"", directory.0.display());
        let program = format!("printf '{after}' > /sys/fs/cgroup/{file}; kill -KILL $$");
        let words = ["sh", "-c", &script, "sh", init().to_str().unwrap(), "-v", "sh", "-c", &program];
        let output = Case::bare(As::Pid1, words).unshare(&["--mount"]).run();
        assert_eq!(output.status, 137);
        let expected = format!("the program was ended by KILL, not sent by the init, out of memory: N killed; {SUMS}");
        assert_eq!(lines(&output.stderr)[1], expected, "{output:?}");
        assert!(output.stderr.contains("out of memory: 3 killed"));
    }
}

/// The writing end of a pipe that takes no more, and the other one.
fn full_pipe() -> (std::os::fd::OwnedFd, std::os::fd::OwnedFd) {
    let (reader, writer) = nix::unistd::pipe().unwrap();
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    while nix::unistd::write(&writer, &[b'x'; 4096]).is_ok() {}
    while nix::unistd::write(&writer, b"x").is_ok() {}
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (reader, writer)
}

#[test]
fn nothing_that_is_said_holds_it_up() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for options in [&["-v"][..], &["-vv"], &["-w"], &["-vvw"]] {
        for &place in both() {
            let (reader, writer) = full_pipe();
            let words = options.iter().copied().chain(["-rUSR1:0", "-dHUP:100ms", "-t400ms", "-S300ms", probe, "tree", "3", "stubborn"]);
            let mut running = case(place, words).stderr(writer).spawn();
            running.says("ready");
            for signal in [Signal::SIGUSR1, Signal::SIGHUP, Signal::SIGTERM] {
                running.signal(signal);
            }
            assert_eq!(running.finish().status, 137, "{options:?} {place:?}");
            // Nor did it change what the program has in common with it: the pipe waits for its reader as before.
            use nix::fcntl::{FcntlArg, fcntl};
            assert_eq!(fcntl(&reader, FcntlArg::F_GETFL).unwrap() & nix::libc::O_NONBLOCK, 0);
        }
    }
}

#[test]
fn a_terminal_that_is_stopped_holds_nothing_up() {
    if !has_namespaces() {
        return;
    }
    let pty = nix::pty::openpty(None, None).unwrap();
    // As ^S does: nothing can be written until ^Q.
    nix::sys::termios::tcflow(&pty.slave, nix::sys::termios::FlowArg::TCOOFF).unwrap();
    let probe = program("probe");
    let output = case(As::Pid1, ["-vv", probe.to_str().unwrap(), "orphans", "50", "3"]).stderr(pty.slave.try_clone().unwrap()).run();
    assert_eq!(output.status, 3);
}

#[test]
fn a_terminal_that_nobody_reads_holds_nothing_up() {
    if !has_namespaces() {
        return;
    }
    // poll(2) says that it takes some while there is room for a byte.
    let pty = nix::pty::openpty(None, None).unwrap();
    let probe = program("probe");
    for &place in both() {
        let words = ["-vv", probe.to_str().unwrap(), "orphans", "2000", "3"];
        let output = case(place, words).stderr(pty.slave.try_clone().unwrap()).run();
        assert_eq!(output.status, 3, "{place:?}");
    }
}

#[test]
fn a_file_takes_every_line() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let log = directory.0.join("log");
    let probe = program("probe");
    for &place in both() {
        let file = std::fs::File::create(&log).unwrap();
        let output = case(place, ["-vv", probe.to_str().unwrap(), "storms", "0", "50", "4"]).stderr(file).run();
        assert_eq!(output.status, 0);
        let said = std::fs::read_to_string(&log).unwrap();
        assert_eq!(lines(&said).iter().filter(|line| *line == "reaped orphan N").count(), 200, "{place:?}");
    }
}

#[test]
fn a_line_that_is_too_long_is_cut_between_characters() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let tini = directory.0.join("tini");
    std::os::unix::fs::symlink(init(), &tini).unwrap();
    // Wherever the cut is, it would be within a character, or what stands for a byte, for one of these.
    for first in ["", "a", "aa", "aaa"] {
        for character in ["é", "\u{1b}"] {
            let part = character.repeat(100);
            let name = format!("./{first}{part}/{part}/{part}/{part}");
            directory.file(&name, b"#!/bin/sh\n", 0o755);
            let output = Case::bare(As::Pid1, [tini.to_str().unwrap(), "-v", &name]).directory(&directory.0).run();
            let shown = name.replace('\u{1b}', "\\x1b");
            let line = output.stderr.lines().next().unwrap();
            assert_eq!(line.len(), 511, "{line}");
            let text = line.strip_prefix("[INFO  tini (1)] Spawned child process '").unwrap().trim_end_matches('.');
            assert!(shown.starts_with(text) && (text.ends_with(character) || text.ends_with("\\x1b") || text.ends_with('/')), "{line}");
        }
    }
}
