//! Something on a terminal of its own, and what we see and type.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::unistd::Pid;

use crate::{DEADLINE, Stream, children, init, program, state, unshare, wait_for};

/// One test at a time has terminals: what a shell sees of its jobs is no matter of order alone, and other tests' processes
/// would take the time from it.
static ONE: Mutex<()> = Mutex::new(());

thread_local! {
    /// Held by a test's thread until that ends.
    static TURN: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

/// What runs there, until this is dropped.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Stream,
    /// How much of the screen was looked at.
    seen: usize,
}

impl Terminal {
    /// Runs `words` as PID 1 of a PID namespace and leader of a session that has the terminal.
    pub fn new(words: &[&str]) -> Self {
        Self::with(words, &[])
    }

    /// The same, with variables.
    pub fn with(words: &[&str], variables: &[(&str, &Path)]) -> Self {
        let mut command = unshare();
        command.args(["setsid", "--ctty"]).args(words);
        command.env("INIT", init()).env("PROBE", program("probe")).env("PS1", "$ ").env_remove("SCRATCH_INIT_OPTIONS");
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    /// A shell with job control there.
    pub fn bash() -> Self {
        Self::bash_with(&[])
    }

    /// The same, with variables.
    pub fn bash_with(variables: &[(&str, &Path)]) -> Self {
        let mut terminal = Self::with(&["bash", "--norc", "--noediting", "-i"], variables);
        terminal.shows("$ ");
        terminal
    }

    /// Runs any command on it.
    pub fn of(mut command: Command) -> Self {
        TURN.with(|turn| {
            turn.borrow_mut().get_or_insert_with(|| ONE.lock().unwrap_or_else(PoisonError::into_inner));
        });
        let pty = nix::pty::openpty(None, None).unwrap();
        let slave = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
        let child = command.stdin(slave(&pty.slave)).stdout(slave(&pty.slave)).stderr(slave(&pty.slave)).spawn().unwrap();
        drop(command);
        drop(pty.slave);
        let keyboard = File::from(pty.master);
        let screen = Stream::new(keyboard.try_clone().unwrap());
        Self { child, keyboard, screen, seen: 0 }
    }

    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits for a text behind what was seen already.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let found = wait_for(DEADLINE / 3, || self.screen.text()[self.seen..].find(text));
        let at = found.unwrap_or_else(|| panic!("no {text:?} on the screen:\n{}", self.all()));
        self.seen += at + text.len();
        self
    }

    /// All that was on the screen.
    pub fn screen(&self) -> String {
        self.screen.text()
    }

    /// Waits until the shell has said that a job is stopped, and prompts.
    #[track_caller]
    pub fn stops(&mut self) -> &mut Self {
        self.shows("Stopped").shows("INIT").shows("$ ")
    }

    /// Waits until the shell knows that a job in the background is stopped.
    #[track_caller]
    pub fn stops_in_background(&mut self) -> &mut Self {
        self.types("until [ \"$(jobs -s)\" ]; do :; done; jobs -s\n").stops()
    }

    /// Brings the job to the foreground.
    #[track_caller]
    pub fn fg(&mut self) -> &mut Self {
        self.types("fg\n").shows("fg\r\n").shows("INIT").shows("\r\n")
    }

    /// Waits until the shell prompts, after a job that ended with `status`.
    #[track_caller]
    pub fn prompts(&mut self, status: i32) -> &mut Self {
        self.shows("$ ").types("echo status $?\n").shows(&format!("status {status}\r\n")).shows("$ ")
    }

    /// Waits for a number of processes of that name, `count` of them in the same state, and gives the first.
    #[track_caller]
    pub fn runs(&self, name: &str, count: usize, states: &str) -> Pid {
        let found = wait_for(DEADLINE / 3, || {
            let all = self.processes();
            let mut named = all.iter().filter(|pid| comm(**pid) == name && states.contains(state(**pid)));
            let first = Pid::from_raw(*named.next()?);
            (1 + named.count() == count).then_some(first)
        });
        found.unwrap_or_else(|| panic!("no {count} {name} in a state of {states}:\n{}", self.all()))
    }

    /// All that runs on it.
    fn processes(&self) -> Vec<i32> {
        let mut pids = Vec::new();
        let mut left = vec![self.child.id()];
        while let Some(pid) = left.pop() {
            left.extend(children(pid));
            pids.push(pid as i32);
        }
        pids
    }

    /// What is on the screen, and what runs: its PID, name, state, parent, process group, session, terminal, and the foreground of that.
    fn all(&self) -> String {
        let mut text = self.screen.text();
        for pid in self.processes() {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            text += &format!("\n{}", stat.split(' ').take(8).collect::<Vec<_>>().join(" "));
        }
        text
    }

    /// Waits until the leader of the foreground process group has that name.
    #[track_caller]
    pub fn in_front(&mut self, name: &str) -> &mut Self {
        let mut last = String::new();
        let found = wait_for(DEADLINE / 3, || {
            last = comm(nix::unistd::tcgetpgrp(&self.keyboard).ok()?.as_raw());
            (last == name).then_some(())
        });
        assert!(found.is_some(), "{last:?} has the foreground, not {name:?}:\n{}", self.all());
        self
    }

    #[track_caller]
    pub fn ends_with(&mut self, status: i32) {
        let ended = wait_for(DEADLINE / 3, || self.child.try_wait().unwrap());
        let ended = ended.unwrap_or_else(|| panic!("it did not end:\n{}", self.all()));
        assert_eq!(ended.code(), Some(status), "{}", self.screen.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The name of a process's file.
fn comm(pid: i32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}
