//! The program gets exactly the world that the init got.

use std::io::{Read, Seek, SeekFrom};

use scratch_init_tests::{As, Case, Output, WORLDS, both, case, has_namespaces, init, program};

/// `probe world` executed by itself, and under the init, in a world that `with` makes.
fn worlds(place: As, with: &[&str]) -> (String, String) {
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let mut wrapper = vec![probe, "with"];
    wrapper.extend(with);
    wrapper.push("--");
    let run = |case: Case| -> String {
        let Output { status, stdout, stderr } = case.directory("/usr/share").run();
        assert_eq!((status, stderr.as_str()), (0, ""));
        // These are to differ.
        stdout.lines().filter(|line| !line.starts_with("pid") && !line.starts_with("leads")).collect::<Vec<_>>().join("\n")
    };
    let bare = wrapper.iter().copied().chain([probe, "world"]);
    (run(Case::bare(place, bare)), run(Case::wrapped(place, &wrapper, [probe, "world"])))
}

#[test]
fn mask_ignored_signals_descriptors_and_directory_stay() {
    if !has_namespaces() {
        return;
    }
    for &place in both() {
        for &with in WORLDS {
            let (without, under) = worlds(place, with);
            assert_eq!(without, under, "{place:?} {with:?}");
            assert!(under.contains("\ndirectory /usr/share"), "{under}");
        }
    }
    let (_, under) = worlds(As::Pid1, &["block", "15", "ignore", "17", "open", "9"]);
    for line in ["mask 4000\n", "\nignored 17", "\nopen 0 1 2 9"] {
        assert!(under.contains(line), "what is compared is really there: {under}");
    }
}

#[test]
fn the_environment_stays() {
    if !has_namespaces() {
        return;
    }
    let output =
        Case::wrapped(As::Pid1, ["env", "-i", "A=1", "B=", "SCRATCH_INIT_OPTIONS=-g", "PATH=/usr/bin:/bin", "A.b=x y"], ["env"]).run();
    assert_eq!(output.stdout, "A=1\nB=\nSCRATCH_INIT_OPTIONS=-g\nPATH=/usr/bin:/bin\nA.b=x y\n");
    assert_eq!(output.quiet_status(), 0);
    let output = Case::wrapped(As::Pid1, ["env", "-i"], ["/usr/bin/env"]).run();
    assert_eq!((output.stdout.as_str(), output.quiet_status()), ("", 0));
}

#[test]
fn the_arguments_stay() {
    if !has_namespaces() {
        return;
    }
    let words = ["-v", "--", "printf", "<%s>", "-g", "", "--", "a b", "é\n"];
    let output = case(As::Pid1, words).run();
    assert_eq!(output.stdout, "<-g><><--><a b><é\n>");
}

#[test]
fn listen_pid_names_the_program() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let listen = |place, value: &str| {
        let output = Case::wrapped(place, ["env", &format!("LISTEN_PID={value}")], [probe, "world"]).run();
        output.stdout.lines().find_map(|line| line.strip_prefix("listen ").map(str::to_owned)).unwrap()
    };
    assert_eq!(listen(As::Pid1, "1"), "me");
    assert_eq!(listen(As::Child, "1"), "1", "the init is not process 1 there");
    assert_eq!(listen(As::Pid1, "77"), "77");
    assert_eq!(listen(As::Pid1, ""), "");
    // As a child the init's number is known only once it runs.
    let script = format!("LISTEN_PID=$$ exec {} {probe} world", init().to_str().unwrap());
    let output = Case::bare(As::Child, ["sh", "-c", &script]).run();
    assert!(output.stdout.ends_with("listen me\n"), "{output:?}");
}

#[test]
fn the_stack_that_the_start_took_is_given_back() {
    if !has_namespaces() {
        return;
    }
    // What is in use may be a little more than what is above the stack pointer.
    const MARGIN: u64 = 2048;
    let probe = program("probe");
    // A search that takes a whole page, and stacks that begin at different places of one.
    let path = format!("/{}:{}", "x/".repeat(2000), probe.parent().unwrap().display());
    for pad in 0..8 {
        let pad = "x".repeat(pad * 512);
        let mut running = case(As::Pid1, ["probe", "pause"]).env("PATH", &path).env("PAD", pad).spawn();
        let pid = running.says("ready\n").settles().stays().pid();
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();
        // proc_pid_syscall(5): the last but one is the stack pointer.
        let syscall = read("syscall");
        let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
        let pointer = hex(syscall.split_whitespace().rev().nth(1).unwrap());
        let maps = read("maps");
        let (start, _) = maps.lines().find(|line| line.ends_with("[stack]")).unwrap().split_once('-').unwrap();
        let (page, start) = (nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).unwrap().unwrap() as u64, hex(start));
        // proc_pid_pagemap(5): 8 bytes for each page, and the highest two bits of them say whether it is there.
        let mut file = std::fs::File::open(format!("/proc/{pid}/pagemap")).unwrap();
        file.seek(SeekFrom::Start(start / page * 8)).unwrap();
        let mut entries = vec![0; ((pointer - MARGIN - start) / page * 8) as usize];
        file.read_exact(&mut entries).unwrap();
        let there = entries.chunks(8).filter(|entry| entry[7] & 0xc0 != 0).count();
        assert_eq!(there, 0, "pages below the stack pointer");
        running.signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(running.finish().quiet_status(), 143);
    }
}

#[test]
fn wherever_the_stack_begins() {
    if !has_namespaces() {
        return;
    }
    // The init gives back what is unused of its stack, a page at a time: the stack begins at each place of a page.
    let script = r#"n=0; pad=; while [ $n -lt 256 ]; do PAD=$pad "$@" || exit; n=$((n + 1)); pad=${pad}xxxxxxxxxxxxxxxx; done; echo all"#;
    let probe = program("probe");
    for options in [&[][..], &["-w"]] {
        let words =
            [&["sh", "-c", script, "sh", init().to_str().unwrap()], options, &[probe.to_str().unwrap(), "orphans", "1", "0"]].concat();
        let output = Case::bare(As::Pid1, words).run();
        assert_eq!((output.status, &*output.stdout), (0, "all\n"), "{output:?}");
    }
}

/// Numbers of system calls that a filter lets do nothing, so that nobody's machine is booted.
const NO_MACHINE: [i64; 2] = [nix::libc::SYS_reboot, nix::libc::SYS_mount];

#[test]
fn each_start_of_respawn_finds_the_same() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let calls = NO_MACHINE.map(|call| call.to_string()).join(",");
    let words = [probe, "with", "open", "3", "open", "7", "signals", "1000", "block", "10", "ignore", "1", "ignore", "17", "--"];
    let words = words.iter().copied().chain([probe, "deny", "0", &calls]);
    let case = Case::wrapped(As::Pid1, words, ["-B", "respawn", probe, "world"]);
    let mut running = case.env("LISTEN_PID", "1").directory("/usr/share").spawn();
    running.until("three starts", |running| (running.stdout().matches("listen ").count() == 3).then_some(()));
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let output = running.finish();
    let starts: Vec<String> = output.stdout.split_inclusive("listen me\n").map(|start| start.replace(char::is_numeric, "")).collect();
    let first = &output.stdout[..output.stdout.find("leads").unwrap()];
    assert!(first.contains("\nsignals 1000 of 1000\n") && first.contains("directory /usr/share\n"), "{first}");
    assert!(first.contains("\nignored 1 17") && first.contains(" 7"), "{first}");
    assert_eq!(output.stdout.matches(first).count(), 3, "{}", output.stdout);
    assert_eq!(starts.len(), 3, "{}", output.stdout);
    assert!(starts.iter().all(|start| start.starts_with(&starts[0][..starts[0].find("pid").unwrap()])), "{}", output.stdout);
}

#[test]
fn a_script_for_the_shell_is_started_again_as_it_was() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    // A text without a #! line: /bin/sh and its path stand in the place of two arguments while it is executed.
    let script = directory.file("script", b"echo \"$0 $*\"\n", 0o755);
    let calls = NO_MACHINE.map(|call| call.to_string()).join(",");
    let probe = program("probe");
    let words = [probe.to_str().unwrap(), "deny", "0", &calls];
    let mut running = Case::wrapped(As::Pid1, words, ["-B", "respawn", script.to_str().unwrap(), "one", "two"]).spawn();
    let line = format!("{} one two\n", script.display());
    running.until("three starts", |running| (running.stdout().matches(&line).count() == 3).then_some(()));
    running.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(running.finish().stdout.lines().all(|said| said == line.trim_end()));
}
