//! Why a program could not be executed, in words that a person with a scratch image can act on.
//!
//! execve(2) says ENOENT of a program whose loader is missing, and EACCES for many reasons; so the
//! file is looked at, and then what it needs, and so on.

use core::ffi::CStr;

use rustix::fs::{Access, FileType, access, lstat, stat, statfs};
use rustix::io::Errno;

use scratch_init::errno::{E2BIG, EACCES, EAGAIN, ELIBBAD, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, ETXTBSY};
use scratch_init::executable::{self, Kind, OURS};
use scratch_init::kernel::Reason;
use scratch_init::say::Text;
use scratch_init::table;

use super::files::read_file;
use super::path::Path;
use super::search::{Candidates, is_direct};

/// Whether execve(2) has refused `file` as a text that `/bin/sh` could run. `file` is another one now, perhaps.
pub fn is_text(reason: &mut Reason, file: &mut Path) -> bool {
    look_behind(reason, file, b"", ENOEXEC);
    reason.text == Text::NoHashBang
}

/// Tells why the program `name`, found as `file`, could not be executed. `file` becomes the file that it is about.
pub fn explain(reason: &mut Reason, name: &'static [u8], path: &'static [u8], file: &mut Path, mut errno: i32) {
    if !is_direct(name) && is_closed(file) {
        // The search went on: what it met behind that directory says more.
        if !find(name, path, file) {
            if !explain_blank(reason, name, path) {
                *reason = Reason { text: Text::ClosedInPath, a: b"", b: Some(first_closed(name, path, file)), number: 0 };
            }
            return;
        }
        // Or it would have been said with its own.
        errno = ENOENT;
    }
    look_behind(reason, file, name, errno);
    if matches!(reason.text, Text::Missing | Text::NameTooLong) {
        explain_blank(reason, name, path);
    }
}

/// Whether the directory of a file is closed to this user. (Not that of what it is a link to.)
fn is_closed(file: &Path) -> bool {
    lstat(file.as_c_str()).err() == Some(Errno::ACCESS)
}

/// Makes `file` the first one in `PATH` that is there, as far as this user can see.
fn find(name: &[u8], path: &[u8], file: &mut Path) -> bool {
    let mut candidates = Candidates::new(name, path);
    while let Some((_, fits)) = candidates.next(file) {
        if fits && lstat(file.as_c_str()).is_ok() {
            return true;
        }
    }
    false
}

/// The first directory in `PATH` that is closed to this user.
fn first_closed(name: &'static [u8], path: &'static [u8], file: &mut Path) -> &'static [u8] {
    let mut candidates = Candidates::new(name, path);
    while let Some((directory, fits)) = candidates.next(file) {
        if fits && is_closed(file) {
            return if directory.is_empty() { b"." } else { directory };
        }
    }
    b""
}

/// Where the name of a program that is not found has a blank in it, and its first word is a program: tells that, and gives
/// `true`. (In the exec form of a Dockerfile each word stands by itself.)
pub fn explain_blank(reason: &mut Reason, name: &'static [u8], path: &'static [u8]) -> bool {
    let (mut rest, mut word) = (name, &b""[..]);
    while word.is_empty() && !rest.is_empty() {
        word = table::cut(&mut rest, table::BLANK);
    }
    if word.is_empty() || word.len() == name.len() {
        return false;
    }
    let mut candidates = Candidates::new(word, path);
    let mut file = Path::new();
    while let Some((_, fits)) = candidates.next(&mut file) {
        if fits && is_program(file.as_c_str()) {
            *reason = Reason { text: Text::Blank, a: b"", b: Some(word), number: 0 };
            return true;
        }
    }
    false
}

/// Whether there is a file that this user may execute.
fn is_program(path: &CStr) -> bool {
    stat(path).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile) && access(path, Access::EXEC_OK).is_ok()
}

/// Looks at `file`, then at what it needs, and so on. `file` becomes the file that it is about.
fn look_behind(reason: &mut Reason, file: &mut Path, name: &[u8], errno: i32) {
    let mut missing = if name == b"/bin/sh" { Text::NoShell } else { Text::Missing };
    *reason = Reason { text: Text::Errno, a: b"", b: None, number: errno };
    // The kernel goes on to five #! interpreters, and to the loader of the last one.
    for depth in 0..7 {
        look(reason, file, errno, missing == Text::NoLoader);
        match reason.text {
            Text::Missing => reason.text = missing,
            Text::NoInterpreter if depth >= 5 => reason.text = Text::TooManyInterpreters,
            Text::NoInterpreter if file.as_c_str().to_bytes().ends_with(b"\r") => {
                missing = Text::CarriageReturn;
                continue;
            }
            Text::NoInterpreter | Text::NoLoader => {
                missing = reason.text;
                continue;
            }
            _ => {}
        }
        break;
    }
}

/// statfs(2): the flag of a mount from which nothing can be executed.
const ST_NOEXEC: u64 = 8;

/// What cannot be executed whatever it holds, by the type in the mode of stat(2), inode(7).
const KINDS: &[u8] = b"\x01FIFO\0\x02device\0\x04directory\0\x06device\0\x0csocket\0";

/// Looks at a file. If it needs another, `file` is that one now, and the reason what to say if that is missing; else
/// it is what is wrong.
fn look(reason: &mut Reason, file: &mut Path, errno: i32, is_loader: bool) {
    let path = file.as_c_str();
    reason.text = match errno {
        E2BIG => Text::TooLong,
        ETXTBSY => Text::Busy,
        ENOMEM => Text::NoMemory,
        EMFILE | ENFILE => Text::TooManyFiles,
        EAGAIN => Text::TooManyProcesses,
        ENAMETOOLONG => Text::NameTooLong,
        _ => Text::Errno,
    };
    if !matches!(errno, ENOENT | ENOTDIR | EACCES | ENOEXEC | ELIBBAD | ELOOP) {
        return;
    }
    // It asks for no permission but that to get there.
    let mode = match stat(path) {
        Ok(stat) => stat.st_mode,
        Err(errno) => {
            reason.text = match errno {
                Errno::NOENT => Text::Missing,
                Errno::ACCESS => Text::Closed,
                Errno::NOTDIR => Text::NotADirectory,
                Errno::LOOP => Text::Links,
                _ => Text::Errno,
            };
            if reason.text != Text::Errno {
                return;
            }
            // Forbidden, by a seccomp filter: it is what it should be, perhaps.
            0o111
        }
    };
    reason.a = table::name(KINDS, (mode >> 12) as u8);
    if !reason.a.is_empty() {
        reason.text = Text::Special;
        return;
    }
    if access(path, Access::EXEC_OK) == Err(Errno::ACCESS) {
        reason.text = match statfs(path) {
            Ok(on) if on.f_flags as u64 & ST_NOEXEC != 0 => Text::Noexec,
            _ if mode & 0o111 == 0 => Text::Mode,
            _ => Text::Forbidden,
        };
        return;
    }
    let mut head = [0; 2048];
    let start = match read_file(path, &mut head, 0) {
        Ok(start) => start,
        // A user can have the right to execute it and no other: then what it needs is not known.
        Err(EACCES) => {
            reason.text = match errno {
                ENOENT => Text::UnreadMissing,
                ENOEXEC => Text::UnreadKind,
                _ => Text::UnreadNeeds,
            };
            return;
        }
        Err(_) => return,
    };
    // Whether it is what it holds that the kernel does not take.
    let refused = matches!(errno, ENOEXEC | ELIBBAD);
    reason.text = match executable::kind(start) {
        Kind::Script if !is_loader => {
            file.join(&[executable::interpreter(start)]);
            Text::NoInterpreter
        }
        Kind::Elf(machine) if machine != OURS && refused => {
            reason.a = executable::machine(machine);
            if reason.a.is_empty() {
                reason.number = machine.into();
                Text::MachineNumber
            } else {
                Text::Machine
            }
        }
        Kind::Elf(OURS) if !executable::fits(start) && refused => Text::MachineKind,
        // The kernel looks for it when the program itself is one that it can execute.
        Kind::Elf(_)
            if errno != ENOEXEC
                && !is_loader
                && let Some(offset) = executable::loader(start) =>
        {
            let mut name = read_file(path, &mut head, offset).unwrap_or_default();
            file.join(&[table::cut(&mut name, 0)]);
            Text::NoLoader
        }
        Kind::Text | Kind::Unknown if errno == EACCES && start.starts_with(b"#!") => Text::NoName,
        _ if !refused => Text::Errno,
        Kind::Empty => Text::Empty,
        Kind::Text if !is_loader => Text::NoHashBang,
        _ => Text::NotAProgram,
    };
}
