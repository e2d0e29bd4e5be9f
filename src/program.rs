//! The start of the program: what happens in the child between clone(2) and execve(2).

use rustix::fs::{Access, access, stat};
use rustix::io::Errno;
use rustix::process::{Pid, chdir, getpid, getppid, setpgid};

use scratch_init::errno::{self, E2BIG, EACCES, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOEXEC, EPERM};
use scratch_init::number::Decimal;
use scratch_init::options::{Boot, Options};
use scratch_init::status::FAILED;

use crate::World;
#[cfg(feature = "explain")]
use crate::explain::{explain, explain_blank, is_text};
use crate::path::{Candidates, is_direct};
use crate::report::{Line, Word, failed, say};
use crate::sys::signals::{Mask, give_room, ignore_chld, ignore_none};
use crate::sys::user::{become_user, drop_capabilities};
use crate::sys::{Start, Task, Text, is_dumpable, make_dumpable, read_file, spawn, stderr};
use crate::terminal;
use crate::verbose::note;

/// What the child needs, and leaves behind.
pub struct Plan<'a> {
    /// The arguments and the environment.
    pub start: &'a mut Start,
    /// As whom, and where.
    pub options: &'a Options<'static>,
    /// Which argument is the program.
    pub index: usize,
    /// What to give back to it.
    pub world: &'a World,
    /// Why it did not come to execve(2): the status to end with. `None` when the program runs.
    pub failure: Option<u8>,
    /// Whether the program got the terminal from the init.
    pub handed: bool,
}

/// Starts the program in a process group of its own. Gives its PID, and whether it got the terminal.
///
/// # Errors
/// The status to end with; why is said on stderr.
#[inline(never)]
pub fn start(mut plan: Plan<'_>) -> Result<(i32, bool), u8> {
    let dumpable = is_dumpable();
    let spawned = spawn(&mut plan);
    plan.start.restore();
    if dumpable {
        // A child that became another user has made the memory that it shared one that is not, ptrace(2): then only
        // CAP_SYS_PTRACE, which containers do not have, opens /proc/1/fd.
        make_dumpable();
    }
    match spawned {
        Ok(pid) => match plan.failure {
            None => Ok((pid, plan.handed)),
            Some(status) => {
                if plan.handed {
                    terminal::restore();
                }
                Err(status)
            }
        },
        Err(errno) => {
            failed(plan.options, b"clone", errno, b"processes");
            Err(FAILED)
        }
    }
}

impl Task for Plan<'_> {
    #[inline(always)]
    fn run(&mut self) -> u8 {
        let status = execute(self);
        self.failure = Some(status);
        status
    }
}

/// What the child does. It comes back only if the program could not be executed.
#[inline(always)]
fn execute(plan: &mut Plan<'_>) -> u8 {
    let own = getpid();
    if plan.options.session() || plan.options.boot() != Boot::No {
        terminal::new_session();
        note(plan.options, 2, Word::Session, b"", 0);
    } else if !plan.options.name().session() {
        // As long as this is one of the init's group.
        let terminal = terminal::ours();
        if let Err(errno) = setpgid(None, None) {
            failed(plan.options, b"setpgid", errno.raw_os_error(), b"");
            return FAILED;
        }
        plan.handed = terminal.is_some_and(|terminal| terminal.set_foreground(own.as_raw_pid()));
    }
    if let Some((uid, gids)) = plan.options.user()
        && let Err(errno) = become_user(uid, gids)
    {
        let word = match errno {
            EINVAL => Word::NotMapped,
            EPERM if groups_are_denied() => Word::NoGroups,
            _ => Word::NoUser,
        };
        say(plan.options, word, Decimal::new(uid).bytes(), b"", errno);
        return FAILED;
    }
    if let Some((uid @ 1.., _)) = plan.options.user()
        && let Err(errno) = drop_capabilities()
    {
        say(plan.options, Word::NoDrop, Decimal::new(uid).bytes(), b"", errno);
        return FAILED;
    }
    if let Some(directory) = plan.options.chdir
        && let Err(errno) = change_directory(directory)
    {
        say(plan.options, Word::NoDirectory, directory, b"", errno);
        return FAILED;
    }
    if plan.options.resets {
        ignore_none();
    } else if plan.world.chld_ignored {
        ignore_chld(true);
    }
    let number = |pid: Option<Pid>| Pid::as_raw(pid) as u32;
    plan.start.pass_listen_pid(number(getppid()), number(Some(own)));
    give_room(&plan.world.sigpending);
    search(plan)
}

/// Whether nobody may call setgroups(2) in this user namespace: user_namespaces(7).
fn groups_are_denied() -> bool {
    read_file(c"/proc/self/setgroups", &mut [0; 4], 0) == Ok(b"deny")
}

/// chdir(2) to a directory whose name need not end with a NUL.
fn change_directory(directory: &[u8]) -> Result<(), i32> {
    let mut path = Text::new();
    if !path.join(&[directory]) {
        return Err(ENAMETOOLONG);
    }
    chdir(path.as_c_str()).map_err(Errno::raw_os_error)
}

/// execvp(3), and the reason if it fails.
fn search(plan: &Plan<'_>) -> u8 {
    let name = plan.start.argument(plan.index).to_bytes();
    let path = plan.start.variable(b"PATH=").unwrap_or(c"/usr/local/bin:/usr/bin:/bin").to_bytes();
    let direct = is_direct(name);
    let mut candidates = Candidates::new(name, path);
    let mut file = Text::new();
    // Unless one is executed: a name that is too long for that, and a search without a find.
    let mut errno = if direct { ENAMETOOLONG } else { ENOENT };
    let mut found = direct.then_some(&b""[..]);
    while let Some((directory, fits)) = candidates.next(&mut file) {
        if !fits {
            continue;
        }
        let this = attempt(plan, directory, name, &mut file);
        let stop = !errno::not_here(this) && this != EACCES;
        // An EACCES is remembered while the search goes on. So is an ENOENT of a file that is
        // there: what it needs is not.
        let said = found.is_none() && (this == EACCES || access(file.as_c_str(), Access::EXISTS).is_ok());
        if stop || said || direct {
            found = Some(directory);
            errno = this;
        }
        if stop {
            break;
        }
    }
    let mut line = Line::new(stderr(), plan.options);
    line.add(Word::CannotRun, name, b"", errno);
    match found {
        Some(directory) => {
            file.join_path(directory, name);
            explain(&mut line, name, path, &mut file, errno);
        }
        None if explain_blank(&mut line, name, path, &mut file) => {}
        None => line.add(if path.is_empty() { Word::EmptyPath } else { Word::NotFound }, b"", path, 0),
    }
    let [not_found, not_permitted, refused] = plan.options.name().not_executed;
    match errno {
        ENOENT => not_found,
        EACCES => not_permitted,
        _ => refused,
    }
}

/// execve(2) of `file`, which is `name` in `directory`; and a text that has no `#!` line, or none that the kernel takes,
/// goes to `/bin/sh`.
fn attempt(plan: &Plan<'_>, directory: &[u8], name: &[u8], file: &mut Text) -> i32 {
    // With every signal blocked: a long PATH takes its time. What says that the file is not there execve(2) would say too.
    // Anything else, as the EPERM of a seccomp filter, is its own to say.
    if let Err(errno) = stat(file.as_c_str())
        && let errno = errno.raw_os_error()
        && (errno::not_here(errno) || matches!(errno, EACCES | ELOOP | ENAMETOOLONG))
    {
        return errno;
    }
    let errno = unblocked(plan, || plan.start.execute(file.as_c_str(), plan.index));
    if errno == ENOEXEC {
        let text = is_text(file);
        file.join_path(directory, name);
        // One word more can be one too many.
        if text && unblocked(plan, || plan.start.execute_script(file.as_c_str(), plan.index)) == E2BIG {
            return E2BIG;
        }
    }
    errno
}

/// Executes with the program's signal mask. If that fails, everything is blocked again: the init waits until the child is
/// done, and would for ever if a stop came to it, clone(2).
fn unblocked(plan: &Plan<'_>, execute: impl FnOnce() -> i32) -> i32 {
    terminal::forget_stops();
    let _ = if plan.options.resets { Mask::NONE } else { plan.world.mask }.set();
    let errno = execute();
    let _ = Mask::ALL.set();
    errno
}

/// Without words, any file could be a text, and the errno's name is the reason.
#[cfg(not(feature = "explain"))]
fn is_text(_: &mut Text) -> bool {
    true
}

#[cfg(not(feature = "explain"))]
fn explain(line: &mut Line, _: &[u8], _: &[u8], _: &mut Text, errno: i32) {
    line.add(Word::Errno, b"", b"", errno);
}

#[cfg(not(feature = "explain"))]
fn explain_blank(_: &mut Line, _: &[u8], _: &[u8], _: &mut Text) -> bool {
    false
}
