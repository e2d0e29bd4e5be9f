//! The terminal: who has it, and job control, with and without a shell around the init.

use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use scratch_init_tests::terminal::Terminal;
use scratch_init_tests::{As, Case, DEADLINE, Directory, children, has_namespaces, init, program, state, wait_for};

/// A program, for bash, that says what it gets. It counts, so that a signal that comes twice is seen. (dash would
/// start its sleep with vfork(2), and not stop while a child of that was stopped before its execve(2).)
const TALKS: &str = "trap 'n=$((n+1)); echo got INT $n' INT; trap 'echo got CONT' CONT; trap 'echo bye; exit 4' QUIT; \
    echo ready; while :; do sleep 0.02; done";

/// Says 77, and sleeps.
const SLEEPS: &str = "bash -c 'echo $((70+7)); exec sleep 1000'";

/// How often a process has waited for something.
fn waits(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
}

/// Waits until a process has done something since `before`, and waits again, or is stopped.
fn acts(pid: Pid, before: u64) {
    let acted = wait_for(DEADLINE, || (waits(pid) > before && "ST".contains(state(pid.as_raw()))).then_some(()));
    assert!(acted.is_some(), "the init does nothing");
}

/// Waits until a process has nothing to do any more.
fn rests(pid: Pid) {
    let rested = wait_for(DEADLINE, || {
        let before = waits(pid);
        std::thread::sleep(Duration::from_millis(100));
        (state(pid.as_raw()) == 'S' && waits(pid) == before).then_some(())
    });
    assert!(rested.is_some(), "process {pid} does something again and again");
}

/// Waits until a process is in one of these states.
fn becomes(pid: Pid, states: &str) {
    let there = wait_for(DEADLINE, || states.contains(state(pid.as_raw())).then_some(()));
    assert!(there.is_some(), "process {pid} is {:?}, not one of {states}", state(pid.as_raw()));
}

#[test]
fn the_program_has_the_foreground() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    Terminal::new(&[init, probe, "foreground"]).shows("in the foreground 1").ends_with(0);
    Terminal::new(&["sh", "-c", "$INIT $PROBE foreground; exit 3"]).shows("in the foreground 1").ends_with(3);
    // Whatever its standard input is.
    for stdin in ["echo data | $INIT sh -c '$PROBE foreground </dev/tty'", "$INIT sh -c '$PROBE foreground </dev/tty' <&-"] {
        Terminal::new(&["sh", "-c", &format!("{stdin}; exit 3")]).shows("in the foreground 1").ends_with(3);
    }
    // A script does not lose it to what it starts with `&`.
    let directory = Directory::new();
    Terminal::with(&["sh", "-c", "$INIT bash -c '>$GO; exec sleep 1000' & until [ -e $GO ]; do sleep 0.02; done; echo ready; read x; echo \"read <$x>\"; kill $!; wait $!; exit $?"], &[("GO", &directory.0.join("go"))])
        .shows("ready")
        .types("hello\n")
        .shows("read <hello>")
        .ends_with(143);
    Terminal::new(&["sh", "-c", "$INIT $PROBE foreground </dev/null; exit 3"]).shows("in the foreground 0").ends_with(3);
    // Nor does a shell that the script goes on with: not to one that reads the terminal, if that shell is under no init; and
    // never to what was started with `&`.
    for (stdin, shell) in [("<&3", ""), ("", ""), ("", "$INIT")] {
        let script = format!(
            "exec 3<&0; (until [ -e $GO ]; do sleep 0.02; done; exec $INIT sh -c 'exec cat </dev/tty') {stdin} & \
            PS1='inner> ' {shell} bash --norc --noediting -i; exit $?"
        );
        let directory = Directory::new();
        let go = directory.0.join("go");
        let mut terminal = Terminal::with(&["sh", "-c", &script], &[("GO", &go)]);
        terminal.shows("inner> ");
        std::fs::write(&go, "").unwrap();
        terminal.runs("cat", 1, "T");
        let init = terminal.runs("scratch-init", if shell.is_empty() { 1 } else { 2 }, "S");
        rests(init);
        terminal.in_front("bash").types("echo $((40+2))\n").shows("\n42").types("exit 4\n").ends_with(4);
    }
}

#[test]
fn with_another_standard_input_the_program_reads_the_terminal() {
    if !has_namespaces() {
        return;
    }
    const READS: &str = "$INIT sh -c 'cat; echo reading; read x </dev/tty; echo \"read <$x>\"'";
    for command in [format!("echo data | {READS}"), format!("{READS} </dev/null")] {
        // As PID 1's child, and a shell's.
        let mut terminal = Terminal::new(&["sh", "-c", &format!("{command}; exit 3")]);
        terminal.shows("reading\r\n").types("hello\n").shows("read <hello>").ends_with(3);
        let mut terminal = Terminal::bash();
        terminal.types(&format!("{command}\n")).shows("\nreading\r\n").types("hello\n").shows("read <hello>").prompts(0);
        terminal.types(&format!("{command}\n")).shows("\nreading\r\n").types("\x03").prompts(130);
    }
    // As PID 1.
    for redirection in ["<$FILE", "</dev/null"] {
        let directory = Directory::new();
        let file = directory.file("data", b"data\n", 0o644);
        let mut terminal = Terminal::with(&["sh", "-c", &format!("exec {READS} {redirection}")], &[("FILE", &file)]);
        terminal.shows("reading\r\n").types("hello\n").shows("read <hello>").ends_with(0);
    }
    // Where there is no /dev/tty.
    let mut terminal = Terminal::new(&[
        "sh",
        "-c",
        "mount --bind /dev/null /dev/tty && echo data | $INIT sh -c 'cat; $PROBE foreground <&2; read x <&2; echo \"read <$x>\"'",
    ]);
    terminal.shows("in the foreground 1").types("hello\n").shows("read <hello>").ends_with(0);
}

#[test]
fn the_other_end_of_another_terminal_is_not_the_own_one() {
    if !has_namespaces() {
        return;
    }
    let pty = nix::pty::openpty(None, None).unwrap();
    let mut other = std::process::Command::new("setsid");
    let mut other = other.args(["--ctty", "sh", "-c", "echo ready; exec sleep 1000"]);
    other = other.stdin(pty.slave.try_clone().unwrap()).stdout(pty.slave.try_clone().unwrap());
    let mut other = other.spawn().unwrap();
    let ready = std::io::Read::read(&mut std::fs::File::from(pty.master.try_clone().unwrap()), &mut [0; 16]);
    assert!(ready.is_ok());
    // It is inherited.
    let script = format!("$INIT sh -c '$PROBE foreground </dev/tty' <&{}; exit 3", std::os::fd::AsRawFd::as_raw_fd(&pty.master));
    let mut terminal = Terminal::new(&["bash", "-c", &script]);
    terminal.shows("in the foreground 1");
    terminal.ends_with(3);
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
#[ignore = "needs less"]
fn less_at_the_end_of_a_pipeline() {
    let mut terminal = Terminal::bash();
    terminal.types("seq 200 | TERM=vt100 $INIT less\n").shows("\n17").shows(":").types(" ").shows("\n33").types("q").prompts(0);
    // The init may end while `less` waits for the terminal, or runs on. (Not so where `less` has an init of its own, and the
    // machine much to do: then the job can be stopped, and goes on with fg.)
    for (count, less) in [(200, "less"), (100_000, "less"), (100_000, "$INIT less")] {
        for _ in 0..10 {
            terminal.types(&format!("$INIT seq {count} | TERM=vt100 {less}\n")).shows("\n17").shows(":");
            terminal.types(" ").shows("\n33").types("q").prompts(0);
        }
    }
}

#[test]
fn control_c_reaches_the_program_once() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    for words in [&[init, probe, "record", "3"][..], &["sh", "-c", "$INIT $PROBE record 3; exit $?"], &[init, "-g", probe, "record", "3"]] {
        // The number, and that the terminal has sent it.
        let mut terminal = Terminal::new(words);
        terminal.shows("ready").types("\x03").shows("2 128 0\r\n").types("\x03").shows("2 128 0\r\n");
        terminal.types("\x1c").shows("3 128 0\r\n").ends_with(0);
    }
}

#[test]
fn one_control_c_ends_the_whole_job() {
    if !has_namespaces() {
        return;
    }
    // The shell of each would wait for its sleep.
    const SLEEPS: &str = "$INIT sh -c 'sleep 1000; echo end'";
    let mut terminal = Terminal::bash();
    for key in ["\x03", "\x1c"] {
        let status = if key == "\x03" { 130 } else { 131 };
        for (job, count) in [
            (format!("{SLEEPS} </dev/null"), 1),
            (format!("{SLEEPS} | {SLEEPS}"), 2),
            (format!("{SLEEPS} | {SLEEPS} | {SLEEPS}"), 3),
            ("$INIT $INIT sleep 1000".to_owned(), 1),
        ] {
            terminal.types(&format!("ulimit -c 0; {job}\n")).runs("sleep", count, "S");
            terminal.types(key).prompts(status);
        }
        // Not where the init itself was asked to end the program.
        terminal.types("sh -c '$INIT sleep 1000; echo after $?'\n").runs("sleep", 1, "S");
        let init = terminal.runs("scratch-init", 1, "S");
        kill(init, if key == "\x03" { Signal::SIGINT } else { Signal::SIGQUIT }).unwrap();
        terminal.shows(&format!("after {status}")).prompts(0);
    }
    terminal.types("exit 6\n").ends_with(6);
}

#[test]
fn what_is_no_key_is_for_one_process() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::bash();
    // The script goes on, as without an init.
    for signal in ["INT", "QUIT"] {
        terminal.types(&format!("ulimit -c 0; sh -c '$INIT sh -c \"kill -{signal} \\$\\$\"; echo after $((40+2))'\n"));
        terminal.shows("after 42").prompts(0);
    }
    terminal.types("exit 6\n").ends_with(6);
    // The sender is gone when the init comes to it. The init's group has the terminal.
    let program = "trap t=1 INT; exec 3< <(exec env --default-signal=INT $PROBE record 1); read -u3 x; child=$!; \
        kill -STOP $PPID; env kill -INT $PPID; kill -CONT $PPID; until [ $t ]; do sleep 0.02; done; \
        kill -TERM $child; read -u3 x; echo \"heard $x\"";
    let mut terminal = Terminal::bash_with(&[("SCRIPT", Path::new(program))]);
    terminal.types("sh -c '$INIT bash -c \"$SCRIPT\" </dev/null; exit 5'\n").shows("\nheard 15 ").prompts(5);
    terminal.types("exit 6\n").ends_with(6);
}

#[test]
fn a_hang_up_reaches_the_programs_group() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let log = directory.file("log", b"", 0o644);
    // The init leads the session, so the kernel tells it alone; script(1) has the other end of the terminal.
    let program = "trap \"echo parent >>$LOG; wait; exit 7\" HUP; (trap \"echo child >>$LOG; exit\" HUP; echo ready; \
        while :; do sleep 0.02; done) & while :; do sleep 0.02; done";
    let script = format!("exec $INIT bash -c '{program}'");
    let words = ["sh", "-c", r#"script --quiet --command "$0" /dev/null; sleep 1000"#, &script];
    let mut terminal = Terminal::with(&words, &[("LOG", &log)]);
    terminal.shows("ready");
    kill(terminal.runs("script", 1, "S"), Signal::SIGKILL).unwrap();
    let heard = wait_for(DEADLINE, || {
        let text = std::fs::read_to_string(&log).unwrap();
        (text.contains("parent") && text.contains("child")).then_some(())
    });
    assert!(heard.is_some(), "{:?}", std::fs::read_to_string(&log));
}

#[test]
fn control_z_in_a_shell_makes_a_stopped_job() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let go = directory.0.join("go");
    let mut terminal = Terminal::bash_with(&[("GO", &go)]);
    terminal.types("$INIT cat\n").in_front("cat").types("one\n").shows("one\r\none");
    terminal.types("\x1a").stops().types("echo still $((40+2))\n").shows("still 42").shows("$ ");
    terminal.fg().types("two\n").shows("two\r\ntwo").types("\x1a").stops().fg().types("three\n").shows("three\r\nthree");
    terminal.types("\x04").prompts(0);
    // In the background it does not take the terminal, and stops when it wants to read from it.
    terminal.types("$INIT cat &\n").shows("$ ").types("echo mine $((40+3))\n").shows("mine 43").shows("$ ");
    terminal.stops_in_background();
    // Put there again, it does so once more.
    terminal.types("bg\n").shows("INIT").shows("$ ").stops_in_background();
    terminal.fg().types("four\n").shows("four\r\nfour").types("\x03").prompts(130);
    // Brought to the foreground while it runs, of which a shell tells nobody.
    terminal.types("$INIT bash -c 'echo $((70+7)); until [ -e $GO ]; do sleep 0.02; done; echo reading; cat' &\n").shows("77\r\n");
    terminal.types("fg\n").in_front("scratch-init");
    std::fs::write(&go, "").unwrap();
    terminal.shows("reading\r\n").types("five\n").shows("five\r\nfive").types("\x04").prompts(0);
    // So that the init has the foreground and the program has not; ^Z is for both all the same.
    terminal.types(&format!("$INIT {SLEEPS} &\n")).shows("77\r\n").types("fg\n").in_front("scratch-init").types("\x1a").stops();
    // Going on in the background, it is not stopped.
    terminal.types("bg\n").shows("INIT").shows("$ ").runs("sleep", 1, "S");
    terminal.types("kill %1; wait %1; echo status $?\n").shows("status 143").shows("$ ");
    terminal.types(&format!("$INIT {SLEEPS} </dev/null\n")).shows("77\r\n").types("\x1a").stops();
    terminal.fg().types("\x03").prompts(130);
    // A job that is stopped can be ended.
    terminal.types(&format!("$INIT {SLEEPS}\n")).shows("77\r\n").types("\x1a").stops();
    terminal.types("kill %1; fg; echo status $?\n").shows("status 143").shows("$ ");
    // Without a program too.
    terminal.types("$INIT -P\n").in_front("scratch-init").runs("scratch-init", 1, "S");
    terminal.types("\x1a").stops().fg().types("\x03").prompts(0);
    terminal.types("exit 6\n").ends_with(6);
}

#[test]
fn a_stop_while_the_program_is_looked_for_holds_nobody_up() {
    if !has_namespaces() {
        return;
    }
    // As PID 1, so that nothing else stops either. The search takes some hundredths of a second.
    let path = format!("{}{}", "/n:".repeat(40_000), std::env::var("PATH").unwrap());
    let start = "echo $((70+7)); PATH=$LONG exec $INIT cat";
    let mut terminal = Terminal::with(&["sh", "-c", start], &[("LONG", Path::new(&path))]);
    terminal.shows("77\r\n");
    for _ in 0..100 {
        terminal.types("\x1a");
        std::thread::sleep(Duration::from_millis(1));
    }
    // (What is written before a ^Z is lost with it.)
    terminal.types("one\n").shows("one\r\none").types("\x04").ends_with(0);
}

#[test]
fn the_init_itself_is_stopped_and_continued() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let go = directory.0.join("go");
    let mut terminal = Terminal::bash_with(&[("GO", &go)]);
    terminal.types("$INIT bash -c 'until [ -e $GO ]; do sleep 0.02; done; exec cat'\n").runs("sleep", 1, "S");
    kill(terminal.runs("scratch-init", 1, "S"), Signal::SIGSTOP).unwrap();
    terminal.stops().fg().runs("scratch-init", 1, "S");
    terminal.in_front("bash");
    std::fs::write(&go, "").unwrap();
    terminal.in_front("cat").types("one\n").shows("one\r\none").types("\x04").prompts(0);
    terminal.types("exit 5\n").ends_with(5);
}

#[test]
fn a_whole_pipeline_stops_and_goes_on() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let go = directory.0.join("go");
    let mut terminal = Terminal::bash_with(&[("GO", &go)]);
    terminal.types("$INIT sh -c 'echo started; exec cat' | cat\n").shows("\r\nstarted\r\n").types("\x1a").stops();
    terminal.fg().types("on\n").shows("on\r\non").types("\x04").shows("$ ");
    terminal.types("$INIT sh -c 'echo started; exec cat' | $INIT cat\n").shows("\r\nstarted\r\n").runs("cat", 2, "S");
    terminal.types("\x1a").stops().runs("cat", 2, "T");
    terminal.fg().types("on\n").shows("on\r\non").types("\x04").prompts(0);
    // So has one that is under no init. It waits until the init runs: before that a bash is in its place, which may still ignore TTIN.
    const READS: &str = "bash -c 'until [ -e $GO ]; do :; done; echo $((70+7)); read x </dev/tty; echo \"read <$x>\"'";
    terminal.types(&format!("$INIT bash -c 'sleep 1000; :' | {READS}\n")).runs("sleep", 1, "S");
    std::fs::write(&go, "").unwrap();
    terminal.shows("\n77\r\n").types("one\n").shows("read <one>").types("\x03").prompts(0);
    // Also where the whole job was stopped because one of it wanted to read.
    std::fs::remove_file(&go).unwrap();
    terminal.types(&format!("$INIT bash -c 'sleep 1000; :' | {READS} &\n")).runs("sleep", 1, "S");
    std::fs::write(&go, "").unwrap();
    terminal.shows("77\r\n").stops_in_background();
    terminal.fg().types("two\n").shows("read <two>").types("\x03").prompts(0);
    // Each of two has the terminal when it reads from it, whoever had it first.
    let reads = "echo $((70+7)) >/dev/tty; read x </dev/tty; echo \"read <$x>\" >/dev/tty";
    terminal.types(&format!("$INIT bash -c 'sleep 1000; :' | $INIT bash -c '{reads}; {reads}; exit 4'\n"));
    terminal.runs("sleep", 1, "S");
    terminal.shows("\n77\r\n").types("one\n").shows("read <one>\r\n77\r\n").types("\x1a").stops();
    terminal.fg().types("two\n").shows("read <two>").in_front("scratch-init");
    terminal.types("\x03").prompts(4).types("exit 5\n").ends_with(5);
}

#[test]
fn inits_in_inits_and_other_terminals() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::bash();
    terminal.types("$INIT $INIT $INIT cat\n").in_front("cat").types("one\n").shows("one\r\none");
    for text in ["two", "three"] {
        terminal.types("\x1a").stops().fg().in_front("cat").types(&format!("{text}\n")).shows(&format!("{text}\r\n{text}"));
    }
    terminal.types("\x04").prompts(0);
    // script(1) has a terminal of its own for the one below it, and passes ^Z on.
    terminal.types("$INIT script --quiet --command '$INIT cat' /dev/null\n").runs("cat", 1, "S");
    terminal.types("one\n").shows("one\r\none").types("\x1a").types("two\n").shows("two\r\ntwo").types("\x04").prompts(0);
    terminal.types("exit 5\n").ends_with(5);
}

#[test]
fn a_shell_that_suspends_itself() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::bash();
    terminal.types("PS1='inner> ' $INIT bash --norc --noediting -i\n").shows("\ninner> ").types("suspend\n").stops();
    terminal.fg().types("\n").shows("inner> ").types("echo $((40+4))\n").shows("44\r\n").shows("inner> ");
    terminal.types("$INIT cat\n").in_front("cat").types("\x1a").shows("Stopped").shows("inner> ").types("fg\n").in_front("cat");
    terminal.types("one\n").shows("one\r\none").types("\x04").shows("inner> ").types("exit 7\n").prompts(7);
    terminal.types("exit 5\n").ends_with(5);
    // As PID 1 that is undone.
    let mut terminal = Terminal::new(&[init().to_str().unwrap(), "bash", "--norc", "--noediting", "-i"]);
    terminal
        .shows("$ ")
        .types("suspend -f\n")
        .shows("$ ")
        .types("echo $((40+4))\n")
        .shows("\n44")
        .shows("$ ")
        .types("exit 8\n")
        .ends_with(8);
}

#[test]
fn a_background_script_that_reads_the_terminal_stops() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let script = directory.file("script", b"$INIT bash -c 'echo reading; read x </dev/tty; echo \"read <$x>\"'; echo after\n", 0o644);
    let mut terminal = Terminal::bash_with(&[("SCRIPT", &script)]);
    for shell in ["sh", "bash"] {
        terminal.types(&format!("{shell} $SCRIPT &\n")).shows("reading\r\n");
        terminal.types("until [ \"$(jobs -s)\" ]; do :; done; jobs -s\n").shows("Stopped").shows("SCRIPT").shows("$ ");
        terminal.types("fg\n").shows("SCRIPT\r\n").types("hello\n").shows("read <hello>\r\nafter\r\n").prompts(0);
        // ^Z stops the script as well.
        terminal.types(&format!("{shell} $SCRIPT\n")).shows("reading\r\n").types("\x1a").shows("Stopped").shows("$ ");
        terminal.types("fg\n").shows("SCRIPT\r\n").types("hello\n").shows("read <hello>\r\nafter\r\n").prompts(0);
    }
    terminal.types("exit 5\n").ends_with(5);
}

#[test]
fn from_the_background_nobody_takes_the_terminal() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::bash();
    // The shell's group and the init's are both of an outer namespace.
    terminal.types("unshare --fork --pid --kill-child $INIT sleep 1000 &\n").shows("$ ").runs("sleep", 1, "S");
    terminal.in_front("bash").types("echo mine $((40+3))\n").shows("mine 43").shows("$ ");
    terminal.types("kill %1; fg; echo status $((0*$?))\n").shows("status 0").shows("$ ");
    // One that wants to read is stopped, and not continued for ever: there is no shell above a PID 1.
    terminal.types("unshare --fork --pid --kill-child $INIT cat &\n").shows("$ ");
    let cat = terminal.runs("cat", 1, "T");
    let init = terminal.runs("scratch-init", 1, "S");
    rests(init);
    terminal.in_front("bash").types("echo mine $((40+4))\n").shows("mine 44").shows("$ ");
    assert_eq!(state(cat.as_raw()), 'T');
    terminal.types("kill %1; fg; echo status $((0*$?))\n").shows("status 0").shows("$ ");
    // In the foreground it has it.
    terminal.types("unshare --fork --pid --kill-child $INIT cat\n").runs("cat", 1, "S");
    terminal.in_front("cat").types("one\n").shows("one\r\none").types("\x04").prompts(0);
    // Brought there later, it gets it when it is continued.
    terminal.types("unshare --fork --pid --kill-child $INIT bash -c 'cat; exit 3' &\n").shows("$ ").runs("cat", 1, "T");
    let init = terminal.runs("scratch-init", 1, "S");
    rests(init);
    terminal.types("fg\n").in_front("unshare");
    kill(init, Signal::SIGCONT).unwrap();
    terminal.types("two\n").shows("two\r\ntwo").types("\x04").prompts(3);
    terminal.types("exit 5\n").ends_with(5);
}

#[test]
fn where_no_shell_could_continue_it_control_z_does_nothing() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    // As PID 1; where that is no shell with job control; and where the init leads a session of its own.
    for words in [
        &[init, "bash", "-c", TALKS][..],
        &["sh", "-c", r#"$INIT bash -c "$0"; exit $?"#, TALKS],
        &["sh", "-c", "script --quiet --return --command 'exec $INIT bash -c \"$TALKS\"' /dev/null; exit $?"],
    ] {
        let mut terminal = Terminal::with(words, &[("TALKS", Path::new(TALKS))]);
        terminal.shows("ready").types("\x1a").shows("got CONT").types("\x03").shows("got INT 1");
        terminal.types("\x1a").shows("got CONT").types("\x1c").shows("bye").ends_with(4);
    }
    // However often a program stops itself.
    for words in [&[init, "bash", "-c"][..], &["sh", "-c", r#"$INIT bash -c "$0"; exit $?"#]] {
        let script = "for i in {1..300}; do kill -STOP $$; kill -TSTP $$; done; echo done; read x; exit $x";
        Terminal::new(&[words, &[script]].concat()).shows("done").types("3\n").ends_with(3);
    }
    let words = ["sh", "-c", "script --quiet --return --command 'exec $INIT bash -c \"$STOPS\"' /dev/null; exit $?"];
    let script = Path::new("kill -STOP $$; kill -TSTP $$; echo done; read x; exit $x");
    Terminal::with(&words, &[("STOPS", script)]).shows("done").types("3\n").ends_with(3);
    // One that reads where another has the terminal is not continued for ever, but it ends when it is asked to.
    for words in [&[init, "sh", "-c"][..], &["sh", "-c", r#"$INIT sh -c "$0"; exit $?"#]] {
        let mut terminal = Terminal::new(&[words, &["$PROBE behind; exit 9"]].concat());
        let program = terminal.runs("probe", 1, "T");
        let pid = terminal.runs("scratch-init", 1, "S");
        rests(pid);
        terminal.in_front("probe");
        assert_eq!(state(program.as_raw()), 'T');
        kill(pid, Signal::SIGTERM).unwrap();
        terminal.ends_with(143);
    }
}

#[test]
fn one_that_is_asked_to_end_before_its_stop_is_seen_ends() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let go = directory.0.join("go");
    let script = "until [ -e $GO ]; do sleep 0.02; done; exec $PROBE behind";
    // The CONT is for the init alone.
    let mut terminal = Terminal::with(&[init().to_str().unwrap(), "-r", "CONT:0", "bash", "-c", script], &[("GO", &go)]);
    let pid = terminal.runs("scratch-init", 1, "S");
    terminal.in_front("bash");
    kill(pid, Signal::SIGSTOP).unwrap();
    becomes(pid, "T");
    std::fs::write(&go, "").unwrap();
    terminal.runs("probe", 1, "T");
    // Both wait for the init then, TERM first.
    kill(pid, Signal::SIGTERM).unwrap();
    kill(pid, Signal::SIGCONT).unwrap();
    terminal.ends_with(143);
}

#[test]
fn a_stop_that_somebody_sends_does_not_stop_the_init() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    let directory = Directory::new();
    for name in ["scratch-init", "tini", "catatonit"] {
        let file = directory.file(name, &std::fs::read(init()).unwrap(), 0o755);
        for place in [As::Child, As::Pid1] {
            // No terminal, whatever this test has.
            let mut running = Case::bare(place, [Path::new("setsid"), &file, Path::new(probe), Path::new("pause")]).spawn();
            running.says("ready\n");
            let (init, program) = (running.pid_of(&file), running.pid_of(Path::new(probe)));
            rests(init);
            for signal in [Signal::SIGSTOP, Signal::SIGTSTP] {
                let before = waits(init);
                kill(program, signal).unwrap();
                becomes(program, "T");
                acts(init, before);
                kill(program, Signal::SIGCONT).unwrap();
                becomes(program, "S");
                becomes(init, "S");
            }
            kill(init, Signal::SIGTERM).unwrap();
            assert_eq!(running.finish().status, 143, "{name} {place:?}");
        }
    }
    // Nor in the background of a terminal.
    let mut terminal = Terminal::bash();
    terminal.types(&format!("$INIT {SLEEPS} &\n")).shows("77\r\n");
    let (init, program) = (terminal.runs("scratch-init", 1, "S"), terminal.runs("sleep", 1, "S"));
    rests(init);
    let before = waits(init);
    kill(program, Signal::SIGSTOP).unwrap();
    becomes(program, "T");
    acts(init, before);
    kill(program, Signal::SIGCONT).unwrap();
    becomes(program, "S");
    becomes(init, "S");
    terminal.types("kill %1; wait %1; echo status $?\n").shows("status 143").shows("$ ");
    // In the foreground it is a ^Z.
    terminal.types(&format!("$INIT {SLEEPS}\n")).shows("77\r\n");
    kill(terminal.runs("sleep", 1, "S"), Signal::SIGSTOP).unwrap();
    terminal.stops().fg().types("\x03").prompts(130).types("exit 6\n").ends_with(6);
}

#[test]
fn what_the_program_left_behind_has_the_terminal() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let mut terminal = Terminal::bash_with(&[("GO", &directory.0.join("go"))]);
    // With --wait-all.
    terminal.types("$INIT -W sh -c 'exec 3<&0; (exec cat <&3) & exit 3'\n").runs("cat", 1, "S");
    terminal.types("one\n").shows("one\r\none");
    for text in ["two", "three"] {
        terminal.types("\x1a").stops().fg().types(&format!("{text}\n")).shows(&format!("{text}\r\n{text}"));
    }
    terminal.types("\x04").prompts(3);
    // In the sweep.
    let program = "exec 3<&0; (trap \"echo got TERM\" TERM; >$GO; \
        while read x <&3; do echo \"read <$x>\"; done) & until [ -e $GO ]; do sleep 0.02; done; exit 3";
    terminal.types(&format!("$INIT -S inf bash -c '{program}'\n")).shows("\ngot TERM").types("one\n").shows("read <one>");
    terminal.types("\x1a").stops().fg().types("two\n").shows("read <two>").types("\x04").prompts(3);
    // In another group than the program's, which was killed.
    terminal.types("$INIT -W bash -c 'set -m; echo $((70+7)); cat; :'\n").shows("77").in_front("cat").types("one\n").shows("one\r\none");
    let pid = terminal.runs("scratch-init", 1, "S");
    let program = children(pid.as_raw() as u32)[0] as i32;
    kill(Pid::from_raw(program), Signal::SIGKILL).unwrap();
    becomes(Pid::from_raw(program), " ");
    terminal.in_front("cat").types("two\n").shows("two\r\ntwo").types("\x1a").stops();
    terminal.fg().in_front("cat").types("three\n").shows("three\r\nthree").types("\x04").prompts(137);
    terminal.types("exit 6\n").ends_with(6);
    // As PID 1.
    let init = init().to_str().unwrap();
    let mut terminal = Terminal::new(&[init, "-W", "sh", "-c", "exec 3<&0; (exec cat <&3) & exit 3"]);
    terminal.runs("cat", 1, "S");
    terminal.types("\x1a").types("one\n").shows("one\r\none").types("\x04").ends_with(3);
}

#[test]
fn the_terminal_comes_back_at_the_end() {
    if !has_namespaces() {
        return;
    }
    // Without job control nobody else would give it back to the script.
    for program in ["true", "/nonesuch", "-S0 sh -c 'sleep 1000 & exit'", "sh -c 'kill -KILL $$'"] {
        let mut terminal = Terminal::new(&["sh", "-c", &format!(r#"$INIT {program}; echo done; read x; echo "read <$x>"; exit 3"#)]);
        terminal.shows("done").types("hello\n").shows("read <hello>").ends_with(3);
    }
    // From a group that is not the program's, and of which nobody is left.
    let script = r#"$INIT -W bash -c 'set -m; echo $((70+7)); cat; :'; echo done; read x; echo "read <$x>"; exit 3"#;
    let mut terminal = Terminal::new(&["sh", "-c", script]);
    terminal.shows("77").in_front("cat");
    let program = children(terminal.runs("scratch-init", 1, "S").as_raw() as u32)[0] as i32;
    kill(Pid::from_raw(program), Signal::SIGKILL).unwrap();
    becomes(Pid::from_raw(program), " ");
    terminal.types("\x04").shows("done").types("hello\n").shows("read <hello>").ends_with(3);
    // While others are waited for, who do not have it, ^Z and ^C are the init's.
    let mut terminal = Terminal::bash();
    terminal.types("$INIT -W setsid --fork sleep 1000\n").runs("sleep", 1, "S");
    terminal.in_front("scratch-init").types("\x1a").stops().fg().in_front("scratch-init").types("\x03").prompts(130);
    terminal.types("exit 5\n").ends_with(5);
}

#[test]
fn as_dumb_init_the_program_gets_the_terminal_with_a_session() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let dumb = directory.0.join("dumb-init");
    std::os::unix::fs::symlink(init(), &dumb).unwrap();
    let dumb = dumb.to_str().unwrap();
    // The init leads the session: the HUP and CONT that its letting go causes are not the program's. WINCH comes after them.
    let script = "trap 'echo got HUP' HUP; trap 'echo got CONT' CONT; trap w=1 WINCH; kill -WINCH $PPID; \
        until [ $w ]; do sleep 0.02; done; $PROBE foreground; \
        read pid name state parent group session rest < /proc/self/stat; echo leads $((session - $$))";
    Terminal::new(&[dumb, "bash", "-c", script]).shows("in the foreground 1\r\nleads 0\r\n").ends_with(0);
    // ^C comes to the session that has the terminal, once.
    let mut terminal = Terminal::new(&[dumb, "bash", "-c", TALKS]);
    terminal.shows("ready").types("\x03").shows("got INT 1").types("\x1c").shows("bye").ends_with(4);
    let screen = terminal.screen();
    assert!(!screen.contains("got CONT") && !screen.contains("INT 2"), "{screen}");
}
