//! The terminal: who has it, and job control, with and without a shell around the init.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use scratch_init_tests::{DEADLINE, Stream, has_namespaces, init, program, unshare, wait_for};

/// Something that runs on a terminal of its own, and what we see and type.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: Stream,
    /// How much of the screen was looked at.
    seen: usize,
}

impl Terminal {
    /// Runs `words` as PID 1 of a PID namespace and leader of a session that has the terminal.
    fn new(words: &[&str]) -> Self {
        let pty = nix::pty::openpty(None, None).unwrap();
        let slave = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
        let mut command = unshare();
        command.args(["setsid", "--ctty"]).args(words);
        command.env("INIT", init()).env("PROBE", program("probe")).env("PS1", "$ ");
        let child = command.stdin(slave(&pty.slave)).stdout(slave(&pty.slave)).stderr(slave(&pty.slave)).spawn().unwrap();
        drop(command);
        drop(pty.slave);
        let keyboard = File::from(pty.master);
        let screen = Stream::new(keyboard.try_clone().unwrap());
        Self { child, keyboard, screen, seen: 0 }
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits until the shell has said that a job is stopped, and prompts.
    fn stops(&mut self) -> &mut Self {
        self.shows("Stopped").shows("INIT").shows("$ ")
    }

    /// Brings the job to the foreground.
    fn fg(&mut self) -> &mut Self {
        self.types("fg\n").shows("fg\r\n").shows("INIT").shows("\r\n")
    }

    /// Waits for a text behind what was seen already.
    fn shows(&mut self, text: &str) -> &mut Self {
        let found = wait_for(DEADLINE / 3, || self.screen.text()[self.seen..].find(text));
        let at = found.unwrap_or_else(|| panic!("no {text:?} on the screen:\n{}", self.screen.text()));
        self.seen += at + text.len();
        self
    }

    fn ends_with(&mut self, status: i32) {
        let ended = wait_for(DEADLINE / 3, || self.child.try_wait().unwrap());
        let ended = ended.unwrap_or_else(|| panic!("it did not end:\n{}", self.screen.text()));
        assert_eq!(ended.code(), Some(status), "{}", self.screen.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program, for bash, that says what it gets. It counts, so that a signal that comes twice is seen. (dash would
/// start its sleep with vfork(2), and not stop while a child of that was stopped before its execve(2).)
const TALKS: &str = "trap 'n=$((n+1)); echo got INT $n' INT; trap 'echo got CONT' CONT; trap 'echo bye; exit 4' QUIT; \
    echo ready; while :; do sleep 0.02; done";

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
    // With nothing to hand over, it runs all the same.
    Terminal::new(&["sh", "-c", "$INIT $PROBE foreground </dev/null; exit 3"]).shows("in the foreground 0").ends_with(3);
}

#[test]
fn control_c_reaches_the_program_once() {
    if !has_namespaces() {
        return;
    }
    let init = init().to_str().unwrap();
    for words in
        [&[init, "bash", "-c", TALKS][..], &["sh", "-c", r#"$INIT bash -c "$0"; exit $?"#, TALKS], &[init, "-g", "bash", "-c", TALKS]]
    {
        let mut terminal = Terminal::new(words);
        terminal.shows("ready").types("\x03").shows("got INT 1").types("\x03").shows("got INT 2").types("\x1c").shows("bye").ends_with(4);
    }
}

#[test]
fn control_z_in_a_shell_makes_a_stopped_job() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::new(&["bash", "--norc", "--noediting", "-i"]);
    terminal.shows("$ ").types("$INIT cat\n").shows("\r\n").types("one\n").shows("one\r\none");
    terminal.types("\x1a").stops().types("echo still $((40+2))\n").shows("still 42").shows("$ ");
    terminal.fg().types("two\n").shows("two\r\ntwo").types("\x1a").stops().fg().types("three\n").shows("three\r\nthree");
    terminal.types("\x04").shows("$ ").types("echo status $?\n").shows("status 0").shows("$ ");
    // In the background it does not take the terminal, and stops when it wants to read from it.
    terminal.types("$INIT cat &\n").shows("$ ").types("echo mine $((40+3))\n").shows("mine 43").shows("$ ");
    terminal.types("sleep 0.5; jobs -s\n").stops().fg().types("four\n").shows("four\r\nfour");
    terminal.types("\x03").shows("$ ").types("echo status $?\n").shows("status 130").shows("$ ");
    // Brought to the foreground while it runs, of which a shell tells nobody.
    terminal.types("$INIT bash -c 'sleep 0.5; echo reading; cat' & fg\n").shows("reading\r\n").types("five\n").shows("five\r\nfive");
    terminal.types("\x04").shows("$ ");
    // So that the init has the foreground and the program has not; ^Z is for both all the same.
    const SLEEPS: &str = "bash -c 'echo $((70+7)); exec sleep 1000'";
    terminal.types(&format!("$INIT {SLEEPS} & sleep 0.3; fg\n")).shows("77\r\n").shows("sleep 1000'\r\n").types("\x1a").stops();
    terminal.types("kill %1; fg; echo status $?\n").shows("status 143").shows("$ ");
    terminal.types(&format!("$INIT {SLEEPS} </dev/null\n")).shows("77\r\n").types("\x1a").stops();
    terminal.fg().types("\x03").shows("$ ").types("echo status $?\n").shows("status 130").shows("$ ");
    // A job that is stopped can be ended.
    terminal.types(&format!("$INIT {SLEEPS}\n")).shows("77\r\n").types("\x1a").stops();
    terminal.types("kill %1; fg; echo status $?\n").shows("status 143").shows("$ ");
    terminal.types("exit 6\n").ends_with(6);
}

#[test]
fn a_whole_pipeline_stops_and_goes_on() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::new(&["bash", "--norc", "--noediting", "-i"]);
    terminal.shows("$ ").types("$INIT sh -c 'echo started; exec cat' | cat\n").shows("started\r\n").types("\x1a").stops();
    terminal.fg().types("on\n").shows("on\r\non").types("\x04").shows("$ ").types("exit 5\n").ends_with(5);
}

#[test]
fn where_no_shell_could_continue_it_control_z_does_nothing() {
    if !has_namespaces() {
        return;
    }
    let mut terminal = Terminal::new(&["sh", "-c", r#"$INIT bash -c "$0"; exit $?"#, TALKS]);
    terminal.shows("ready").types("\x1a").shows("got CONT").types("\x03").shows("got INT 1").types("\x1c").ends_with(4);
}

#[test]
fn the_terminal_comes_back_at_the_end() {
    if !has_namespaces() {
        return;
    }
    // Without job control nobody else would give it back to the script.
    let mut terminal = Terminal::new(&["sh", "-c", r#"$INIT true; echo done; read x; echo "read <$x>"; exit 3"#]);
    terminal.shows("done").types("hello\n").shows("read <hello>").ends_with(3);
    let mut terminal = Terminal::new(&["sh", "-c", r#"$INIT /nonesuch; echo done; read x; echo "read <$x>"; exit 3"#]);
    terminal.shows("done").types("hello\n").shows("read <hello>").ends_with(3);
}

#[test]
fn as_dumb_init_the_program_gets_the_terminal_with_a_session() {
    if !has_namespaces() {
        return;
    }
    let directory = scratch_init_tests::Directory::new();
    let dumb = directory.0.join("dumb-init");
    std::os::unix::fs::symlink(init(), &dumb).unwrap();
    let dumb = dumb.to_str().unwrap();
    // The init leads the session: the HUP and CONT that its letting go causes are not the program's.
    let script = "trap 'echo got HUP' HUP; trap 'echo got CONT' CONT; sleep 0.3; $PROBE foreground; \
        read pid name state parent group session rest < /proc/self/stat; echo leads $((session - $$))";
    Terminal::new(&[dumb, "bash", "-c", script]).shows("in the foreground 1\r\nleads 0\r\n").ends_with(0);
    // ^C comes to the session that has the terminal, once.
    let mut terminal = Terminal::new(&[dumb, "bash", "-c", TALKS]);
    terminal.shows("ready").types("\x03").shows("got INT 1").types("\x1c").shows("bye").ends_with(4);
    let screen = terminal.screen.text();
    assert!(!screen.contains("got CONT") && !screen.contains("INT 2"), "{screen}");
}
