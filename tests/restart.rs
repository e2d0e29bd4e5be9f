//! The program is started again: `--restart`.

use std::path::Path;

use nix::sys::signal::Signal;
use scratch_init_tests::refusals::CONTRADICTIONS;
use scratch_init_tests::terminal::Terminal;
use scratch_init_tests::{
    As, Case, Directory, Output, Running, WORLDS, both, case, children, emulator, has_namespaces, init, is_root, open_files, program,
};

/// A program that says when it is ready and which signals it gets. USR1 ends it with status 3, USR2 with 0.
const TALKS: &str = r#"
    for signal in TERM INT QUIT HUP; do trap "echo got $signal" $signal; done
    trap 'exit 3' USR1; trap 'exit 0' USR2
    echo ready; while :; do sleep 0.01; done"#;

/// A run of a script.
fn script(place: As, options: &[&str], script: &str) -> Case {
    case(place, [options, &["sh", "-c", script]].concat())
}

/// The same, which is ready.
fn ready(place: As, options: &[&str], text: &str) -> Running {
    let mut running = script(place, options, text).spawn();
    running.says("ready\n");
    running
}

/// Waits until the program has been started so often.
fn starts(running: &mut Running, times: usize) -> &mut Running {
    running.until("that start", |running| (running.stdout().matches("ready\n").count() >= times).then_some(()));
    running
}

fn said(status: i32, stdout: &str) -> Output {
    Output { status, stdout: stdout.to_owned(), stderr: String::new() }
}

#[test]
fn as_often_as_is_said() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (options, end, starts, status) in [
            (&["-R2:0"][..], "exit 3", 3, 3),
            (&["-R", "1:1ms"], "exit 255", 2, 255),
            (&["--restart=2:0"], "kill -SEGV $$", 3, 139),
            (&["--restart", " 1 : 0 "], "kill -KILL $$", 2, 137),
            (&["-R1"], "exit 3", 2, 3),
            (&["-R2:0"], "exit 0", 1, 0),
            (&["-Rinf:0"], "exit 0", 1, 0),
            (&[], "exit 3", 1, 3),
            (&["-R0"], "exit 3", 1, 3),
            (&["-R0:0"], "exit 3", 1, 3),
            (&["-R5:0", "-R1:0"], "exit 3", 2, 3),
            (&["-R5:0", "-R0"], "exit 3", 1, 3),
            // What counts is the status after -e.
            (&["-R2:0", "-e3"], "exit 3", 1, 0),
            (&["-R2:0", "-e3:4"], "exit 3", 3, 4),
            (&["-R2:0", "-e0:4"], "exit 0", 3, 4),
            (&["-R2:0", "-e139"], "kill -SEGV $$", 1, 0),
        ] {
            let output = script(place, options, &format!("echo ready; {end}")).run();
            assert_eq!(output, said(status, &"ready\n".repeat(starts)), "{place:?} {options:?} {end}");
        }
    }
}

#[test]
fn until_it_ends_with_0() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for times in ["9", "inf"] {
            let directory = Directory::new();
            let text = "echo >>count; echo ready; [ $(wc -l <count) = 5 ] || kill -ABRT $$";
            let output = script(place, &[&format!("-R{times}:0")], text).directory(&directory.0).run();
            assert_eq!(output, said(0, &"ready\n".repeat(5)), "{place:?}");
        }
    }
}

#[test]
fn options_in_the_variable_under_each_name() {
    if !has_namespaces() || emulator().is_some() {
        return;
    }
    let text = "echo ready; exit 3";
    for (there, options, starts) in [("-R2:0", &[][..], 3), ("-R2:0", &["-R0"], 1), ("-R0", &["-R1:0"], 2), ("-R2:0 -e3", &[], 1)] {
        let output = script(As::Pid1, options, text).env("SCRATCH_INIT_OPTIONS", there).run();
        assert_eq!(output.stdout.lines().count(), starts, "{there} {options:?}");
    }
    let directory = Directory::new();
    for (name, has) in [("tini", false), ("docker-init", false), ("dumb-init", false), ("catatonit", false), ("init", true)] {
        let path = directory.0.join(name);
        std::os::unix::fs::symlink(init(), &path).unwrap();
        let path = path.to_str().unwrap();
        let output = Case::bare(As::Pid1, [path, "--", "sh", "-c", text]).env("SCRATCH_INIT_OPTIONS", "-R2:0").run();
        assert_eq!((output.status, output.stdout.lines().count()), (3, 3), "{name} {output:?}");
        // On their own command lines they do not have it.
        let output = Case::bare(As::Pid1, [path, "-R1:0", "sh", "-c", text]).run();
        assert_eq!(output.stdout.lines().count(), if has { 2 } else { 0 }, "{name} {output:?}");
    }
}

#[test]
fn what_it_does_not_go_with() {
    if !has_namespaces() {
        return;
    }
    for (there, words, line) in CONTRADICTIONS {
        let output = case(As::Pid1, words.iter().chain(&["echo", "started"])).env("SCRATCH_INIT_OPTIONS", there).run();
        output.refused(line);
    }
    case(As::Pid1, ["-P", "-R1"]).run().refused("-R: not with -P");
    case(As::Pid1, ["-P"]).env("SCRATCH_INIT_OPTIONS", "-R1").run().refused("-R in SCRATCH_INIT_OPTIONS: not with -P");
    // One that is undone goes with all.
    assert_eq!(case(As::Pid1, ["-W", "-R0", "true"]).env("SCRATCH_INIT_OPTIONS", "-R3").run().quiet_status(), 0);
}

#[test]
fn a_first_start_that_fails_is_the_end() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (words, status, line) in [
            (&["-Rinf:0", "/nonesuch"][..], 127, "cannot run '/nonesuch': not found\n"),
            (&["-R9:0", "/"], 126, "cannot run '/': it is a directory\n"),
            (&["-R9:0", "-C", "/nonesuch", "true"], 125, "cannot change to directory '/nonesuch': No such file or directory\n"),
            (&["-R9:0", "-e127:5", "/nonesuch"], 5, "cannot run '/nonesuch': not found\n"),
        ] {
            let output = case(place, words).run();
            assert_eq!((output.status, output.stdout.as_str()), (status, ""), "{place:?} {words:?}");
            assert_eq!(output.stderr, format!("scratch-init: {line}"), "{place:?} {words:?}");
        }
    }
}

#[test]
fn a_later_start_that_fails_is_tried_again() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let directory = Directory::new();
        let path = directory.file("program", b"#!/bin/sh\necho ready; [ -e back ] && exit 0; mv program away; exit 3\n", 0o755);
        let path = path.to_str().unwrap();
        // It is away, and stays away.
        let line = format!("scratch-init: cannot run '{path}': not found\n");
        let output = case(place, ["-R2:0", "-e127:7", path]).directory(&directory.0).run();
        assert_eq!((output.status, &*output.stdout, output.stderr), (7, "ready\n", line.repeat(2)), "{place:?}");
        // The status of such a start counts, too.
        std::fs::rename(directory.0.join("away"), path).unwrap();
        let output = case(place, ["-R2:0", "-e127", path]).directory(&directory.0).run();
        assert_eq!((output.status, &*output.stdout, output.stderr), (0, "ready\n", line.clone()), "{place:?}");
        // It comes back.
        std::fs::rename(directory.0.join("away"), path).unwrap();
        let mut running = case(place, ["-Rinf:0", path]).directory(&directory.0).spawn();
        running.warns(&line.repeat(3));
        std::fs::write(directory.0.join("back"), "").unwrap();
        std::fs::rename(directory.0.join("away"), path).unwrap();
        let output = running.finish();
        assert_eq!((output.status, &*output.stdout), (0, "ready\nready\n"), "{place:?}");
        // It stays away, and the init can be asked to end.
        std::fs::remove_file(directory.0.join("back")).unwrap();
        let mut running = case(place, ["-Rinf:0", path]).directory(&directory.0).spawn();
        running.warns(&line.repeat(3)).signal(Signal::SIGTERM);
        assert_eq!(running.finish().status, 127, "{place:?}");
    }
}

#[test]
fn a_stop_signal_ends_the_restarts() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (options, signal) in [
            (&[][..], Signal::SIGTERM),
            (&[], Signal::SIGINT),
            (&[], Signal::SIGQUIT),
            (&["-rHUP:TERM"], Signal::SIGHUP),
            (&["-rTERM:HUP"], Signal::SIGTERM),
            (&["-tHUP:1h"], Signal::SIGHUP),
            // One that is held back has arrived.
            (&["-d1h"], Signal::SIGTERM),
            (&["-dINT:1h", "-g"], Signal::SIGINT),
        ] {
            // The program goes on, and fails later.
            let mut running = ready(place, &[&["-Rinf:0"], options].concat(), TALKS);
            running.signal(signal);
            if !options.iter().any(|option| option.starts_with("-d")) {
                running.says("got ");
            }
            running.signal(Signal::SIGUSR1);
            let output = running.finish();
            assert_eq!((output.status, output.stdout.matches("ready").count()), (3, 1), "{place:?} {options:?} {signal}");
        }
        // It ends it, in its own way or not.
        for (trap, status) in [("trap 'exit 4' TERM", 4), ("trap 'exit 0' TERM", 0), (":", 143)] {
            let mut running = ready(place, &["-Rinf:0"], &format!("{trap}; echo ready; while :; do sleep 0.01; done"));
            running.signal(Signal::SIGTERM);
            assert_eq!(running.finish(), said(status, "ready\n"), "{place:?} {trap}");
        }
    }
}

#[test]
fn other_signals_do_not() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (options, signal) in [(&[][..], Signal::SIGHUP), (&["-rTERM:0"], Signal::SIGTERM), (&["-rINT:0", "-tINT:1s"], Signal::SIGINT)] {
            let mut running = ready(place, &[&["-Rinf:0"], options].concat(), TALKS);
            running.signal(signal).signal(Signal::SIGUSR1);
            starts(&mut running, 2).signal(Signal::SIGUSR1);
            starts(&mut running, 3).signal(Signal::SIGUSR2);
            assert_eq!(running.finish().quiet_status(), 0, "{place:?} {options:?}");
        }
    }
}

/// What is said where the program is started again in an hour.
const IN_AN_HOUR: &str = "scratch-init: starting the program again in 3600000 ms, restarts left inf\n";

#[test]
fn a_stop_signal_between_two_starts_is_the_end() {
    if !has_namespaces() {
        return;
    }
    // It leaves a daemon, which the sweep meets.
    let text = r#"setsid sh -c 'trap "echo swept; exit" TERM; echo ready; >up; while :; do sleep 0.01; done' &
        sleep 1000 & until [ -e up ]; do sleep 0.01; done; exit 3"#;
    for &place in both() {
        for (options, signal, status) in [
            (&[][..], Signal::SIGTERM, 3),
            (&["-e3:4"], Signal::SIGINT, 4),
            (&["-d1h", "-c"], Signal::SIGTERM, 3),
            (&["-a"], Signal::SIGQUIT, 3),
            (&["-tWINCH:1h"], Signal::SIGWINCH, 3),
            (&["-rUSR1:INT"], Signal::SIGUSR1, 3),
        ] {
            let directory = Directory::new();
            let mut running = script(place, &[&["-vv", "-Rinf:1h"], options].concat(), text).directory(&directory.0).spawn();
            running.warns(IN_AN_HOUR).signal(Signal::SIGHUP).warns("scratch-init: dropping HUP\n").stays().signal(signal);
            let output = running.finish();
            assert_eq!((output.status, &*output.stdout), (status, "ready\nswept\n"), "{place:?} {options:?} {output:?}");
            let name = &signal.as_str()[3..];
            assert!(output.stderr.contains(&format!("scratch-init: ending; {name} from ")), "{output:?}");
            assert!(!output.stderr.contains(&format!("sent {name} to its group")) || name == "TERM", "{output:?}");
            assert_eq!(output.stderr.matches("started PID").count(), 1, "{output:?}");
        }
    }
}

#[test]
fn without_end_and_at_once_it_can_be_asked_to_end() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = script(place, &["-Rinf:0"], "echo ready; exit 3").spawn();
        starts(&mut running, 20).signal(Signal::SIGTERM);
        let output = running.finish();
        assert!([3, 143].contains(&output.quiet_status()), "{place:?} {output:?}");
        let mut running = case(place, ["-Rinf:0", "-v", "false"]).spawn();
        running.until("some starts", |running| (running.stderr().matches("started PID").count() > 20).then_some(()));
        running.signal(Signal::SIGINT);
        assert!([1, 130].contains(&running.finish().status), "{place:?}");
    }
}

#[test]
fn a_grace_period_ends_it_all() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let mut running = ready(place, &["-Rinf:0", "-t300ms"], TALKS);
        running.signal(Signal::SIGTERM);
        let output = running.finish();
        assert_eq!((output.quiet_status(), output.stdout.matches("ready").count()), (137, 1), "{place:?}");
        // One that begins between two starts is for what is left.
        let text = "setsid sh -c 'trap \"\" TERM; >up; while :; do sleep 0.01; done' & until [ -e up ]; do sleep 0.01; done; exit 3";
        let directory = Directory::new();
        let mut running = script(place, &["-v", "-Rinf:1h", "-Sinf", "-t300ms"], text).directory(&directory.0).spawn();
        running.warns(IN_AN_HOUR).signal(Signal::SIGTERM);
        assert_eq!(running.finish().status, 3, "{place:?}");
    }
}

#[test]
fn what_is_held_back_is_for_the_program_that_ended() {
    if !has_namespaces() {
        return;
    }
    // Were the first one kept for the next program, that would get HUP twice.
    for &place in both() {
        let mut running = ready(place, &["-Rinf:0", "-dCONT:500ms", "-dHUP:1s", "-rCONT:HUP"], TALKS);
        running.signal(Signal::SIGCONT).signal(Signal::SIGUSR1);
        starts(&mut running, 2).signal(Signal::SIGHUP);
        running.says("got HUP\n").signal(Signal::SIGUSR2);
        assert_eq!(running.finish(), said(0, "ready\nready\ngot HUP\n"), "{place:?}");
    }
}

/// The second start looks for what the first one left: a process whose PID is in a file.
const LEAVES: &str = r#"
    if [ -e pid ]; then
        while kill -0 $(cat pid) 2>/dev/null; do sleep 0.01; done
        echo gone; exit 0
    fi
    sh -c 'trap "echo asked" TERM; echo $$ >pid; STOP; while :; do sleep 0.01; done' &
    until [ -s pid ]; do sleep 0.01; done
    WAIT
    echo left; exit 3"#;

#[test]
fn what_is_left_of_its_group_is_asked_and_killed() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for (stop, wait) in [(":", ":"), ("kill -STOP $$", "until grep -q 'State:.T' /proc/$(cat pid)/status; do sleep 0.01; done")] {
            let directory = Directory::new();
            let text = LEAVES.replace("STOP;", &format!("{stop};")).replace("WAIT", wait);
            let output = script(place, &["-R1:3s"], &text).directory(&directory.0).run();
            // (A shell says on stderr that a child of its was terminated.)
            assert_eq!((output.status, &*output.stdout), (0, "left\nasked\ngone\n"), "{place:?} {stop}");
        }
        // At once: there is no time to be asked in.
        let directory = Directory::new();
        let text = LEAVES.replace("echo asked", "").replace("STOP;", "").replace("WAIT", "");
        let output = script(place, &["-R1:0"], &text).directory(&directory.0).run();
        assert_eq!(output, said(0, "left\ngone\n"), "{place:?}");
    }
}

#[test]
fn who_has_left_its_group_goes_on() {
    if !has_namespaces() {
        return;
    }
    let text = r#"
        if [ -e pid ]; then kill -0 $(cat pid) && echo alive; exit 0; fi
        setsid sh -c 'trap "echo swept; exit" TERM; echo $$ >pid; while :; do sleep 0.01; done' &
        until [ -s pid ]; do sleep 0.01; done
        exit 3"#;
    for &place in both() {
        let directory = Directory::new();
        let output = script(place, &["-R1:200ms"], text).directory(&directory.0).run();
        assert_eq!((output.status, &*output.stdout), (0, "alive\nswept\n"), "{place:?}");
    }
}

#[test]
fn a_group_that_has_the_number_of_the_programs_is_left_alone() {
    if !has_namespaces() || !is_root() || emulator().is_some() {
        return;
    }
    // When the program has been reaped, and nobody is left of its group, a daemon that it left starts a process that gets its PID, as
    // the kernel counts on from ns_last_pid. It leads a group and is the init's child.
    let text = r#"
        if [ -e pid ]; then
            read pid <pid; read group <group
            [ $pid = $group ] && kill -0 -$pid && echo alive; exit 0
        fi
        echo $$ >group
        setsid sh -c '>up; read group <group; while kill -0 $group || kill -0 -$group; do sleep 0.01; done 2>/dev/null
            echo $((group - 1)) >/proc/sys/kernel/ns_last_pid
            setsid sh -c "trap \"echo asked\" TERM; echo \$\$ >new; mv new pid; while :; do sleep 0.01; done" & exit 0' &
        until [ -e up ]; do sleep 0.01; done
        IN_GROUP
        exit 3"#;
    for &place in both() {
        // Nobody is left of its group from the beginning, or later.
        for in_group in ["", "sh -c 'trap \"\" TERM; >in; exec sleep 0.3' & until [ -e in ]; do sleep 0.01; done"] {
            let directory = Directory::new();
            let output = script(place, &["-R1:2s", "-S0"], &text.replace("IN_GROUP", in_group)).directory(&directory.0).run();
            assert_eq!(output, said(0, "alive\n"), "{place:?} {in_group:?}");
        }
    }
}

#[test]
fn each_start_finds_the_same() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let world = |output: Output, status| {
        assert_eq!(output.quiet_status(), status);
        let lines = output.stdout.lines().filter(|line| !line.starts_with("pid") && !line.starts_with("leads"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for &place in both() {
        for &with in WORLDS {
            let wrapper = [&["env", "LISTEN_PID=77", probe, "with"], with, &["--"]].concat();
            let bare = Case::bare(place, [&wrapper[..], &[probe, "world"]].concat()).directory("/usr/share").run();
            let again = Case::wrapped(place, &wrapper, ["-R2:0", "-e0:3", probe, "world"]).directory("/usr/share").run();
            assert_eq!(world(again, 3), world(bare, 0).repeat(3), "{place:?} {with:?}");
        }
    }
    assert_eq!(case(As::Pid1, ["-R1:0", "-e0:3", "-C", "/usr", "pwd"]).run(), said(3, "/usr\n/usr\n"));
    let output = Case::wrapped(As::Pid1, ["env", "LISTEN_PID=1"], ["-R2:0", "-e0:3", probe, "world"]).run();
    assert_eq!(output.stdout.matches("\nlisten me\n").count(), 3, "{output:?}");
    if is_root() {
        let output = case(As::Pid1, ["-R1:0", "-e0:3", "-u1234:5", "id", "-u"]).run();
        assert_eq!(output, said(3, "1234\n1234\n"));
    }
}

/// Whether the init keeps what the program was given: its directory, and descriptor 9.
fn keeps(running: &mut Running) -> bool {
    let pid = running.pid();
    let directory = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    let open = open_files(pid.as_raw() as u32).iter().any(|(fd, _)| *fd == 9);
    assert_eq!(open, directory == Path::new("/usr/share"), "{directory:?}");
    open
}

#[test]
fn the_init_keeps_what_a_start_needs_as_long_as_one_can_come() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let wrapper = [probe.to_str().unwrap(), "with", "open", "9", "--"];
    let run = |place, options: &[&str]| {
        let words = [options, &["sh", "-c", TALKS]].concat();
        let mut running = Case::wrapped(place, wrapper, words).directory("/usr/share").spawn();
        starts(&mut running, 1);
        running
    };
    for &place in both() {
        let mut running = run(place, &["-R2:0"]);
        assert!(keeps(running.stays()), "{place:?}");
        starts(running.signal(Signal::SIGUSR1), 2);
        assert!(keeps(running.stays()), "{place:?}");
        starts(running.signal(Signal::SIGUSR1), 3);
        running.settles().signal(Signal::SIGUSR1);
        assert_eq!(running.finish().quiet_status(), 3, "{place:?}");
        let mut running = run(place, &["-Rinf:0"]);
        assert!(keeps(running.stays()), "{place:?}");
        running.signal(Signal::SIGTERM).settles().signal(Signal::SIGUSR1);
        assert_eq!(running.finish().quiet_status(), 3, "{place:?}");
        run(place, &["-R0"]).settles();
    }
}

#[test]
fn orphans_are_reaped_between_two_starts() {
    if !has_namespaces() {
        return;
    }
    let text = "setsid sh -c '>up; until [ -e go ]; do sleep 0.01; done' & until [ -e up ]; do sleep 0.01; done; sleep 1000 & exit 3";
    for &place in both() {
        let directory = Directory::new();
        let mut running = script(place, &["-vvRinf:1h"], text).directory(&directory.0).spawn();
        running.warns("reaped orphan");
        std::fs::write(directory.0.join("go"), "").unwrap();
        let pid = running.pid();
        running.until("all to be reaped", |_| children(pid.as_raw() as u32).is_empty().then_some(()));
        running.stays().signal(Signal::SIGTERM);
        assert_eq!(running.finish().status, 3, "{place:?}");
    }
}

#[test]
fn what_is_said() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        let output = script(place, &["-v", "-R2:100ms"], "exit 3").run();
        let lines: Vec<_> = output.stderr.lines().map(|line| line.split("; user").next().unwrap()).collect();
        let started = |line: &&str| line.starts_with("scratch-init: started PID ");
        assert_eq!(lines.iter().copied().filter(|line| started(line)).count(), 3, "{lines:?}");
        let others: Vec<_> = lines.into_iter().filter(|line| !started(line)).collect();
        let end = "scratch-init: the program ended with status 3";
        let again = |left| format!("scratch-init: starting the program again in 100 ms, restarts left {left}");
        assert_eq!(others, [end, &again(1), end, &again(0), end], "{place:?}");
    }
    // Without a time there is none to be said.
    let mut running = script(As::Pid1, &["-v", "-R3:inf"], "exit 3").spawn();
    running.warns("scratch-init: starting the program again, restarts left 2\n").stays().signal(Signal::SIGTERM);
    assert_eq!(running.finish().status, 3);
}

#[test]
fn each_start_has_the_terminal() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    let probe = program("probe");
    let words = ["-R2:0", "-e0:3", probe.to_str().unwrap(), "foreground"];
    let mut terminal = Terminal::new(&[&[init], &words[..]].concat());
    terminal.shows("in the foreground 1").shows("in the foreground 1").shows("in the foreground 1").ends_with(3);
    let mut terminal = Terminal::new(&["sh", "-c", "$INIT -R1:0 -e0:3 $PROBE foreground; exit $?"]);
    terminal.shows("in the foreground 1").shows("in the foreground 1").ends_with(3);
    // Also where the init's own group is of an outer PID namespace, and has no number with which it could take the terminal back.
    let script = "unshare --fork --pid --mount-proc --kill-child $INIT -R1:0 sh -c '$PROBE foreground; exit 3'; exit $?";
    Terminal::new(&["sh", "-c", script]).shows("in the foreground 1").shows("in the foreground 1").ends_with(3);
}

#[test]
fn a_key_ends_the_restarts() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    for (key, status) in [("\u{3}", 130), ("\u{1c}", 131)] {
        for words in [
            &[init, "-Rinf:0", "sh", "-c", "ulimit -c 0; echo ready; exec sleep 1000"][..],
            &[
                "sh",
                "-c",
                "trap '' INT QUIT; (trap - INT QUIT; exec $INIT -Rinf:0 sh -c 'ulimit -c 0; trap - INT QUIT; echo ready; exec sleep 1000'); exit $?",
            ],
        ] {
            Terminal::new(words).shows("ready").types(key).ends_with(status);
        }
    }
    // Between two starts it is the init that has the terminal, and that gets the key.
    let words = [init, "-v", "-Rinf:1h", "sh", "-c", "exit 3"];
    Terminal::new(&words).shows("restarts left inf").types("\u{3}").ends_with(3);
    // There a shell sees its job stop, and continues it.
    let mut terminal = Terminal::bash();
    terminal.types("$INIT -v -R1:1h sh -c 'exit 3'\n").shows("restarts left 0").in_front("scratch-init").types("\u{1a}").stops();
    terminal.fg().in_front("scratch-init").types("\u{3}").prompts(3);
}

#[test]
#[ignore = "needs strace"]
fn nothing_wakes_it_but_the_start() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let trace = directory.0.join("trace");
    let wrapper = ["strace", "-e", "trace=ppoll", "-o", trace.to_str().unwrap(), "--"];
    let output = Case::wrapped(As::Child, wrapper, ["-R1:1s", "sh", "-c", "exit 3"]).run();
    assert_eq!(output.quiet_status(), 3);
    let trace = std::fs::read_to_string(&trace).unwrap();
    assert_eq!(trace.lines().filter(|line| line.contains("= 0 (Timeout)")).count(), 1, "{trace}");
    // CHLD of each of the two ends; a start that is over sooner than it is looked for has none.
    assert!(trace.lines().filter(|line| line.starts_with("ppoll(")).count() <= 4, "{trace}");
}
