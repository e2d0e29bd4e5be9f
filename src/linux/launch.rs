//! The start of the program: what the child does between clone(2) and execve(2).

use core::convert::Infallible;
use core::mem::ManuallyDrop;

use rustix::fs::{Access, access, stat};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, chdir, getpid, setpgid, waitpid};
use scratch_init::attempt::{Attempt, Reason, Step};
use scratch_init::errno::{self, E2BIG, EACCES, ELIBACC, ELOOP, ENAMETOOLONG, ENOENT, ENOEXEC, EPERM};
use scratch_init::kernel::Terminal as _;
use scratch_init::options::Options;
use scratch_init::rooms;
use scratch_init::say::Text;
use scratch_init::signals::{TSTP, TTIN, TTOU};
use scratch_init::status::FAILED;

use super::call::Result;
use super::children::{Task, spawn};
#[cfg(feature = "explain")]
use super::explain::{explain, explain_blank, is_text};
use super::files::{is_null, read_file, stdin};
use super::path::Path;
use super::process::{group_of, is_dumpable, make_dumpable};
use super::search::Candidates;
use super::signals::{Mask, give_room, ignore_chld, ignore_none, take};
use super::terminal::Tty;
use super::user::{become_user, drop_capabilities};
use super::{Given, Linux};

/// What the child needs, and what it tells the parent.
struct Plan<'a> {
    /// A copy, which the child may change.
    given: Given,
    /// The style of the texts.
    style: u8,
    options: [&'a Options<'static>; rooms::OPTIONS as usize],
    /// The index of the argument that is the program.
    argument: usize,
    attempt: &'a mut Attempt<Path>,
    /// The errno of the step that failed, if one did. (A seccomp filter can make execve(2) fail with 0.)
    failure: Option<i32>,
}

/// Starts the program in a process group of its own.
///
/// # Errors
/// Those of the step that failed.
#[cfg_attr(feature = "boot", inline(never))]
pub fn launch(linux: &mut Linux, options: &Options<'static>, argument: usize, attempt: &mut Attempt<Path>) -> Result<()> {
    let dumpable = rooms::USER && is_dumpable();
    let mut plan = Plan { given: linux.given, style: linux.style, options: [options; _], argument, attempt, failure: None };
    let pid = spawn(&mut plan)?;
    let Plan { mut given, attempt, failure, .. } = plan;
    attempt.pid = pid;
    given.vectors.restore();
    if dumpable {
        // When the child changed its user, the memory that it shares with the init became non-dumpable, ptrace(2). Then
        // /proc/1/fd could be opened only with CAP_SYS_PTRACE, which containers do not have.
        make_dumpable();
    }
    if let Some(errno) = failure {
        return Err(errno);
    }
    linux.running = true;
    Ok(())
}

impl Task for Plan<'_> {
    #[inline(always)]
    fn run(&mut self) -> u8 {
        let program = if rooms::EXPLAIN { self.given.vectors.argument(self.argument).to_bytes() } else { b"" };
        let Err(errno) = execute(self);
        self.failure = Some(errno);
        if !rooms::EXPLAIN || shares_memory() {
            // The init says it.
            return FAILED;
        }
        self.attempt.pid = getpid().as_raw_pid();
        let options = self.options();
        let mut linux = Linux { style: self.style, ..Linux::of(self.given) };
        self.attempt.say(&mut linux, options, program, errno);
        self.attempt.status(options, errno)
    }
}

impl<'a> Plan<'a> {
    /// The options. In a build without options these are constants, and nothing is read from memory.
    fn options(&self) -> &'a Options<'static> {
        self.options.first().copied().unwrap_or(const { &Options::defaults() })
    }
}

/// Whether a child's writes to memory reach its parent. QEMU's user mode makes a fork(2) of every clone(2): there the init
/// cannot tell a failed start from a program that ended, so the child itself has to say why, and to end with the status.
#[inline(never)]
fn shares_memory() -> bool {
    let mut probe = Probe(false);
    match spawn(&mut probe) {
        Ok(pid) => {
            let _ = waitpid(Pid::from_raw(pid), WaitOptions::empty());
            probe.0
        }
        // If no child can be started, assume that memory is shared.
        Err(_) => true,
    }
}

/// What a child writes to.
struct Probe(bool);

impl Task for Probe {
    fn run(&mut self) -> u8 {
        self.0 = true;
        0
    }
}

/// What the child does. Returns only if the program could not be executed.
#[inline(always)]
fn execute(plan: &mut Plan<'_>) -> Result<Infallible> {
    let options = plan.options();
    let Plan { given, attempt, .. } = plan;
    attempt.step = Step::Group;
    if options.session() || options.boot().is_some() {
        new_session()?;
    } else if !options.sends_stops() {
        // This is asked before setpgid(2), while the child is still in the init's group.
        let terminal = terminal_to_hand_over(attempt.handed);
        setpgid(None, None).map_err(Errno::raw_os_error)?;
        attempt.handed = terminal.is_some_and(|terminal| terminal.set_foreground(getpid().as_raw_pid()));
    }
    if let Some((uid, gids)) = options.user() {
        attempt.step = Step::User;
        if let Err(errno) = become_user(uid, gids) {
            if errno == EPERM && groups_are_denied() {
                attempt.step = Step::Groups;
            }
            return Err(errno);
        }
        if uid != 0 {
            attempt.step = Step::Capabilities;
            drop_capabilities()?;
        }
    }
    if rooms::CHDIR
        && let Some(directory) = options.chdir
    {
        attempt.step = Step::Directory;
        change_directory(directory)?;
    }
    if options.resets() {
        ignore_none();
    } else if given.chld_ignored {
        ignore_chld(true);
    }
    if rooms::LISTEN_PID {
        given.vectors.pass_listen_pid();
    }
    if rooms::QUEUE
        && let Some(limit) = &given.sigpending
    {
        give_room(limit);
    }
    attempt.step = Step::Execute;
    Err(search(given, options, plan.argument, attempt))
}

/// Makes the process the leader of a new session, with the terminal on standard input as its controlling terminal if it can have
/// it. If a seccomp filter forbids the session, the process leads a group at least: signals go to that.
///
/// # Errors
/// Only those that a seccomp filter makes up.
fn new_session() -> Result<()> {
    if rustix::process::setsid().is_err() {
        setpgid(None, None).map_err(Errno::raw_os_error)?;
    }
    let _ = rustix::process::ioctl_tiocsctty(stdin());
    Ok(())
}

/// The controlling terminal, if the program is to get it from the start: if the init's process group is its foreground process
/// group. The calling process must be in that group. `handed` is whether the program before had it, and the init could not take it back.
fn terminal_to_hand_over(handed: bool) -> Option<ManuallyDrop<Tty>> {
    // A script without job control starts a command with `&` on /dev/null, and uses the terminal itself meanwhile. Such a program
    // gets the terminal only when it reads from it.
    if is_null() {
        return None;
    }
    // execve(2) closes its descriptor.
    let terminal = ManuallyDrop::new(Tty::find()?);
    if !rooms::JOB_CONTROL {
        return (!terminal.in_background()).then_some(terminal);
    }
    let own = group_of(0);
    // All groups of an outer PID namespace read as 0.
    let foreground = terminal.foreground() == Some(own) && (own != 0 || !terminal.in_background());
    // Such a group has no number here, with which the init could take the terminal back between two starts.
    let kept = rooms::RESTART && handed && own == 0;
    (foreground || kept).then_some(terminal)
}

/// Whether this user namespace denies setgroups(2): user_namespaces(7).
fn groups_are_denied() -> bool {
    read_file(c"/proc/self/setgroups", &mut [0; 4], 0) == Ok(b"deny")
}

/// chdir(2) to a directory whose name has no NUL at its end.
fn change_directory(directory: &[u8]) -> Result<()> {
    let mut path = Path::new();
    if !path.join(&[directory]) {
        return Err(ENAMETOOLONG);
    }
    chdir(path.as_c_str()).map_err(Errno::raw_os_error)
}

/// Searches for the program and executes it, as execvp(3) does. Returns only if this fails, with the errno.
fn search(given: &mut Given, options: &Options<'_>, argument: usize, attempt: &mut Attempt<Path>) -> i32 {
    let name = given.vectors.argument(argument).to_bytes();
    let path = given.vectors.variable(b"PATH=").unwrap_or(c"/usr/local/bin:/usr/bin:/bin").to_bytes();
    let mut candidates = Candidates::new(name, path);
    let direct = candidates.direct;
    // The errno if no candidate is tried: the path is too long. The errno if no file is found: ENOENT.
    let mut errno = if direct { ENAMETOOLONG } else { ENOENT };
    let mut found = direct.then_some(&b""[..]);
    let mut reason = Reason::errno(errno);
    let Attempt { step, path: files, .. } = attempt;
    // A path that nobody names later is in the child's own memory: the init's stack would keep it for the init's whole life.
    let mut own = Path::new();
    let file = files.first_mut().unwrap_or(&mut own);
    while let Some((directory, fits)) = candidates.next(file) {
        if !fits {
            continue;
        }
        let mut this = try_file(given, options, argument, directory, step, file, &mut reason);
        if *step == Step::Mask {
            return this;
        }
        // An EACCES is remembered while the search goes on. So is an ENOENT for a file that exists: its loader or interpreter is
        // missing.
        let exists = |path: &Path| access(path.as_c_str(), Access::EXISTS).is_ok();
        if rooms::REASON && !rooms::EXPLAIN && this == ENOENT && exists(file) {
            this = ELIBACC;
        }
        let there = !errno::not_here(this);
        let stop = there && !matches!(this, EACCES | ELIBACC);
        // The first of them counts, and any other errno.
        let first = || {
            if rooms::EXPLAIN { found.is_none() && (there || exists(file)) } else { there && (!rooms::REASON || errno == ENOENT) }
        };
        if direct || stop || first() {
            found = Some(directory);
            errno = this;
        }
        if stop {
            break;
        }
    }
    if !rooms::EXPLAIN {
        return errno;
    }
    if let Some(directory) = found {
        file.join_path(directory, name);
        explain(&mut reason, name, path, file, errno);
    } else if !explain_blank(&mut reason, name, path) {
        let text = if path.is_empty() { Text::EmptyPath } else { Text::NotFound };
        reason = Reason { text, a: b"", b: Some(path), number: 0 };
    }
    attempt.reason = Some(reason);
    errno
}

/// execve(2) of `file`, which is the program in `directory`. A text without a `#!` line, or with one that the
/// kernel does not accept, is given to `/bin/sh`.
fn try_file(
    given: &mut Given,
    options: &Options<'_>,
    argument: usize,
    directory: &[u8],
    step: &mut Step,
    file: &mut Path,
    reason: &mut Reason,
) -> i32 {
    // stat(2) is called first, while every signal is blocked, because the search of a long PATH takes time. For a missing file it
    // gives the errno that execve(2) would give. Any other errno (EPERM of a seccomp filter) may be stat's own, so execve(2) is
    // tried.
    if rooms::EXPLAIN
        && let Err(errno) = stat(file.as_c_str())
        && let errno = errno.raw_os_error()
        && (errno::not_here(errno) || matches!(errno, EACCES | ELOOP | ENAMETOOLONG))
    {
        return errno;
    }
    let mask = if options.resets() { Mask::NONE } else { given.mask };
    let mut errno = ENOEXEC;
    for script in [false, true] {
        let this = execute_unblocked(given, mask, step, file, argument, script);
        // Without a working shell the first errno stands. But with one more argument the list can be too long.
        if !script || rooms::EXPLAIN && (this == E2BIG || *step == Step::Mask) {
            errno = this;
        }
        if script || errno != ENOEXEC {
            break;
        }
        let text = is_text(reason, file);
        if rooms::EXPLAIN {
            file.join_path(directory, given.vectors.argument(argument).to_bytes());
        }
        if !text {
            break;
        }
    }
    errno
}

/// Executes with the program's signal mask. If this fails, blocks every signal again: the init waits for the child, clone(2), and
/// would wait for ever if the child were stopped. If the mask cannot be set, executes nothing: with every signal blocked the
/// program would get none.
#[cfg_attr(feature = "boot", inline(never))]
fn execute_unblocked(given: &mut Given, mask: Mask, step: &mut Step, file: &Path, argument: usize, script: bool) -> i32 {
    if rooms::JOB_CONTROL {
        // A stop signal that reached the child before execve(2) is dropped. If it was for the whole job, the init has got it as
        // well.
        for signal in [TSTP, TTIN, TTOU] {
            take(signal);
        }
    }
    if let Err(errno) = mask.set() {
        *step = Step::Mask;
        return errno;
    }
    let errno = given.vectors.execute(file.as_c_str(), argument, script);
    let _ = Mask::ALL.set();
    errno
}

/// Without the room, any file may be a text, and the errno is the reason.
#[cfg(not(feature = "explain"))]
fn is_text(_: &mut Reason, _: &mut Path) -> bool {
    true
}

#[cfg(not(feature = "explain"))]
fn explain(_: &mut Reason, _: &[u8], _: &[u8], _: &mut Path, _: i32) {}

#[cfg(not(feature = "explain"))]
fn explain_blank(_: &mut Reason, _: &[u8], _: &[u8]) -> bool {
    false
}
