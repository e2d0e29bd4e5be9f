//! The start of the program: what happens in the child between clone(2) and execve(2).

use core::ffi::CStr;

use rustix::fs::{Access, access};
use rustix::process::{Pid, getpid, getppid, setpgid};

use scratch_init::errno::{self, EACCES, ENOENT, ENOEXEC};
use scratch_init::number::Decimal;
use scratch_init::status::{FAILED, NOT_EXECUTABLE, NOT_FOUND};
use scratch_init::table;

#[cfg(feature = "explain")]
use crate::explain::{explain, is_text};
use crate::report::{Word, event, say};
use crate::sys::signals::{Mask, ignore_chld};
use crate::sys::{Start, Text, own_group, spawn};
use crate::terminal::pass;

/// What the child needs, and leaves behind.
pub struct Plan<'a> {
    /// The arguments and the environment.
    pub start: &'a Start,
    /// Which argument is the program.
    pub index: usize,
    /// The mask to give back to it.
    pub mask: Mask,
    /// Whether it is to ignore CHLD.
    pub chld_ignored: bool,
    /// Why it did not come to execve(2): the status to end with. `None` when the program runs.
    pub failure: Option<u8>,
}

/// Starts the program in a process group of its own.
///
/// # Errors
/// The status to end with; why is said on stderr.
pub fn start(mut plan: Plan<'_>) -> Result<i32, u8> {
    match spawn(child, &mut plan) {
        Ok(pid) => match plan.failure {
            None => Ok(pid),
            Some(status) => {
                pass(pid, own_group());
                Err(status)
            }
        },
        Err(errno) => {
            event(Word::NoProcess, errno);
            Err(FAILED)
        }
    }
}

/// The child. It comes back from here only if the program could not be executed.
fn child(plan: &mut Plan<'_>) -> u8 {
    let status = prepare(plan);
    plan.failure = Some(status);
    status
}

fn prepare(plan: &Plan<'_>) -> u8 {
    let (own, group) = (getpid(), own_group());
    if let Err(errno) = setpgid(None, None) {
        event(Word::NoGroup, errno.raw_os_error());
        return FAILED;
    }
    pass(group, own.as_raw_pid());
    if plan.chld_ignored {
        ignore_chld(true);
    }
    plan.mask.set();

    // sd_listen_fds(3) looks whether the sockets are meant for this very process.
    const LISTEN_PID: &[u8] = b"LISTEN_PID=";
    let decimal = |pid: Option<Pid>| Decimal::new(Pid::as_raw(pid) as u32);
    let mut text = Text::new();
    let named = plan.start.variable(LISTEN_PID).map(CStr::to_bytes);
    let meant = named == Some(decimal(getppid()).bytes());
    let setting = (meant && text.join(&[LISTEN_PID, decimal(Some(own)).bytes()])).then(|| text.as_c_str());
    plan.start.with_variable(LISTEN_PID, setting, || search(plan))
}

/// execvp(3), and the reason if it fails.
#[inline(never)]
fn search(plan: &Plan<'_>) -> u8 {
    let name = plan.start.argument(plan.index);
    let bytes = name.to_bytes();
    let path = plan.start.variable(b"PATH=").unwrap_or(c"/usr/local/bin:/usr/bin:/bin").to_bytes();
    let direct = bytes.is_empty() || bytes.iter().any(|&byte| byte == b'/');
    let (mut candidate, mut found) = (Text::new(), Text::new());
    let mut errno = ENOENT;
    let mut rest = path;
    loop {
        let left = rest.len();
        let directory = table::cut(&mut rest, b':');
        let at_end = directory.len() == left;
        let fits = candidate.join_path(directory, bytes);
        let file = if direct { name } else { candidate.as_c_str() };
        if direct || fits {
            let this = execute(plan, file);
            let not_here = errno::not_here(this);
            let stop = direct || !(not_here || this == EACCES);
            // An EACCES is remembered while the search goes on. So is an ENOENT of a file that is
            // there: what it needs is not.
            let said = found.as_c_str().is_empty() && (!not_here || access(file, Access::EXISTS).is_ok());
            if stop || said {
                found.join(&[file.to_bytes()]);
                errno = this;
            }
            if stop {
                break;
            }
        }
        if at_end {
            break;
        }
    }
    if found.as_c_str().is_empty() {
        say(Word::NotFound, bytes, path, 0);
    } else {
        explain(found.as_c_str(), errno);
    }
    if errno == ENOENT { NOT_FOUND } else { NOT_EXECUTABLE }
}

/// execve(2), and a text without a `#!` line goes to `/bin/sh`.
fn execute(plan: &Plan<'_>, file: &CStr) -> i32 {
    let errno = plan.start.execute(file, plan.index);
    if errno == ENOEXEC && is_text(file) {
        plan.start.execute_script(file, plan.index);
    }
    errno
}

/// Without words, any file could be a text, and the errno's name is the reason.
#[cfg(not(feature = "explain"))]
fn is_text(_: &CStr) -> bool {
    true
}

#[cfg(not(feature = "explain"))]
fn explain(program: &CStr, errno: i32) {
    say(Word::Errno, program.to_bytes(), b"", errno);
}
