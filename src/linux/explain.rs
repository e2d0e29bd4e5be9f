//! Finds out why a program could not be executed, in words that help a person with a scratch image.
//!
//! execve(2) fails with ENOENT for a program whose loader is missing, and with EACCES for many reasons. So the init looks at the
//! file, then at the interpreter or loader that the file needs, and so on.

use core::ffi::CStr;

use rustix::fs::{Access, FileType, access, lstat, stat, statfs};
use rustix::io::Errno;

use scratch_init::attempt::Reason;
use scratch_init::errno::{E2BIG, EACCES, EAGAIN, ELIBBAD, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, ETXTBSY};
use scratch_init::executable::{self, Kind, OURS};
use scratch_init::say::Text;
use scratch_init::table;

use super::files::read_file;
use super::path::Path;
use super::search::{Candidates, is_direct};

/// Whether execve(2) refused `file` because it is a text that `/bin/sh` could run. `file` may be changed to another path.
pub fn is_text(reason: &mut Reason, file: &mut Path) -> bool {
    look_further(reason, file, b"", ENOEXEC);
    reason.text == Text::NoHashBang
}

/// Finds out why the program `name`, found as `file`, could not be executed. Sets `file` to the file that the reason is about.
pub fn explain(reason: &mut Reason, name: &'static [u8], path: &'static [u8], file: &mut Path, mut errno: i32) {
    if !is_direct(name) && is_closed(file) {
        // execvp(3) searches on after a closed directory: a file in a later directory tells more.
        if !find(name, path, file) {
            if !explain_blank(reason, name, path) {
                *reason = Reason { text: Text::ClosedInPath, a: b"", b: Some(first_closed(name, path, file)), number: 0 };
            }
            return;
        }
        // Any other errno of that file would have been reported instead of the EACCES.
        errno = ENOENT;
    }
    look_further(reason, file, name, errno);
    if matches!(reason.text, Text::Missing | Text::NameTooLong) {
        explain_blank(reason, name, path);
    }
}

/// Whether this user may not search the directory of a file. (For a symbolic link this is the directory of the link.)
fn is_closed(file: &Path) -> bool {
    lstat(file.as_c_str()).err() == Some(Errno::ACCESS)
}

/// Sets `file` to the first candidate in `PATH` that exists and that this user can see. Returns whether there is one.
fn find(name: &[u8], path: &[u8], file: &mut Path) -> bool {
    let mut candidates = Candidates::new(name, path);
    while let Some((_, fits)) = candidates.next(file) {
        if fits && lstat(file.as_c_str()).is_ok() {
            return true;
        }
    }
    false
}

/// The first directory in `PATH` that this user may not search.
fn first_closed(name: &'static [u8], path: &'static [u8], file: &mut Path) -> &'static [u8] {
    let mut candidates = Candidates::new(name, path);
    while let Some((directory, fits)) = candidates.next(file) {
        if fits && is_closed(file) {
            return if directory.is_empty() { b"." } else { directory };
        }
    }
    b""
}

/// If the name of a program that was not found contains a blank, and its first word is a program: sets this reason, and returns
/// true. (In the exec form of a Dockerfile each word is a string of its own.)
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

/// Whether `path` is a regular file that this user may execute.
fn is_program(path: &CStr) -> bool {
    stat(path).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile) && access(path, Access::EXEC_OK).is_ok()
}

/// Looks at `file`, then at the file that it needs, and so on. Sets `file` to the file that the reason is about.
fn look_further(reason: &mut Reason, file: &mut Path, name: &[u8], errno: i32) {
    let mut missing = if name == b"/bin/sh" { Text::NoShell } else { Text::Missing };
    *reason = Reason::errno(errno);
    // The kernel follows up to five #! interpreters, and then the loader of the last one.
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

/// The flag of a noexec mount: statfs(2).
const ST_NOEXEC: u64 = 8;

/// The types of file that can never be executed, by the type in the mode of stat(2): inode(7).
const KINDS: &[u8] = b"\x01FIFO\0\x02device\0\x04directory\0\x06device\0\x0csocket\0";

/// Looks at a file. If the file needs another one, sets `file` to that one, and the reason to the text for the case that it is
/// missing. Otherwise sets the reason to what is wrong with the file.
#[inline(never)]
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
    // stat(2) needs no permission on the file itself, only on the directories of the path.
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
            // A seccomp filter may forbid stat(2). Then the file is assumed to be an executable one.
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
        // This user may execute the file and not read it: then what the file needs is not known.
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
    // Whether the kernel refused the contents of the file.
    let refused = matches!(errno, ENOEXEC | ELIBBAD);
    reason.text = match executable::kind(start) {
        Kind::Script(name) if !is_loader => {
            file.join(&[name]);
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
        // The kernel looks for the loader only after it has accepted the program itself (else ENOEXEC).
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
