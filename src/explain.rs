//! Why a program could not be executed, in words that a person with a scratch image can act on.
//!
//! execve(2) says ENOENT of a program whose loader is missing, and EACCES for many reasons; so the
//! file is looked at, and then what it needs, and so on.

use core::ffi::CStr;

use rustix::fs::{Access, FileType, access, lstat, stat, statfs};
use rustix::io::Errno;

use scratch_init::errno::{E2BIG, EACCES, EAGAIN, ELIBBAD, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, ETXTBSY};
use scratch_init::executable::{self, Kind, OURS};
use scratch_init::table;

use crate::path::{Candidates, is_direct};
use crate::report::{Line, Word};
use crate::sys::{Text, read_file};

/// What there is to say of a file: the text, and what it is made of besides the file's name.
struct Reason {
    word: Word,
    what: &'static [u8],
    number: i32,
}

/// Whether execve(2) has refused `file` as a text that `/bin/sh` could run. `file` is another one now, perhaps.
pub fn is_text(file: &mut Text) -> bool {
    reason(file, b"", ENOEXEC).word == Word::NoHashBang
}

/// Adds why the program `name`, found as `file`, could not be executed.
pub fn explain(line: &mut Line, name: &[u8], path: &[u8], file: &mut Text, mut errno: i32) {
    if !is_direct(name) && is_closed(file) {
        // The search went on: what it met behind that directory says more.
        if !find(name, path, file) {
            if !explain_blank(line, name, path, file) {
                line.add(Word::ClosedInPath, b"", first_closed(name, path, file), 0);
            }
            return;
        }
        // Or it would have been said with its own.
        errno = ENOENT;
    }
    let reason = reason(file, name, errno);
    if matches!(reason.word, Word::Missing | Word::NameTooLong) && explain_blank(line, name, path, file) {
        return;
    }
    let file = file.as_c_str().to_bytes();
    // The line has that name already.
    let file = if file == name { b"it" } else { file };
    line.add(reason.word, reason.what, file, reason.number);
}

/// Whether the directory of a file is closed to this user. (Not that of what it is a link to.)
fn is_closed(file: &Text) -> bool {
    lstat(file.as_c_str()).err() == Some(Errno::ACCESS)
}

/// Makes `file` the first one in `PATH` that is there, as far as this user can see.
fn find(name: &[u8], path: &[u8], file: &mut Text) -> bool {
    let mut candidates = Candidates::new(name, path);
    while let Some((_, fits)) = candidates.next(file) {
        if fits && lstat(file.as_c_str()).is_ok() {
            return true;
        }
    }
    false
}

/// The first directory in `PATH` that is closed to this user.
fn first_closed<'a>(name: &'a [u8], path: &'a [u8], file: &mut Text) -> &'a [u8] {
    let mut candidates = Candidates::new(name, path);
    while let Some((directory, fits)) = candidates.next(file) {
        if fits && is_closed(file) {
            return if directory.is_empty() { b"." } else { directory };
        }
    }
    b""
}

/// Where the name of a program that is not found has a blank in it, and its first word is a program: adds that, and
/// gives `true`. (In the exec form of a Dockerfile each word stands by itself.)
pub fn explain_blank(line: &mut Line, name: &[u8], path: &[u8], file: &mut Text) -> bool {
    let (mut rest, mut word) = (name, &b""[..]);
    while word.is_empty() && !rest.is_empty() {
        word = table::cut(&mut rest, table::BLANK);
    }
    if word.is_empty() || word.len() == name.len() {
        return false;
    }
    let mut candidates = Candidates::new(word, path);
    while let Some((_, fits)) = candidates.next(file) {
        if fits && is_program(file.as_c_str()) {
            line.add(Word::Blank, b"", word, 0);
            return true;
        }
    }
    false
}

/// Whether there is a file that this user may execute.
fn is_program(path: &CStr) -> bool {
    stat(path).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile) && access(path, Access::EXEC_OK).is_ok()
}

/// Why the program `name` could not be executed; `file` becomes the file that it is about.
fn reason(file: &mut Text, name: &[u8], errno: i32) -> Reason {
    let mut missing = if name == b"/bin/sh" { Word::NoShell } else { Word::Missing };
    let mut reason = Reason { word: Word::Errno, what: b"", number: errno };
    // The kernel goes on to five #! interpreters, and to the loader of the last one.
    for depth in 0..7 {
        look(&mut reason, file, errno, missing == Word::NoLoader);
        match reason.word {
            Word::Missing => reason.word = missing,
            Word::NoInterpreter if depth >= 5 => reason.word = Word::TooManyInterpreters,
            Word::NoInterpreter if file.as_c_str().to_bytes().ends_with(b"\r") => {
                missing = Word::CarriageReturn;
                continue;
            }
            Word::NoInterpreter | Word::NoLoader => {
                missing = reason.word;
                continue;
            }
            _ => {}
        }
        break;
    }
    reason
}

/// statfs(2): the flag of a mount from which nothing can be executed.
const ST_NOEXEC: u64 = 8;

/// What cannot be executed whatever it holds, by the type in the mode of stat(2), inode(7).
const KINDS: &[u8] = b"\x01FIFO\0\x02device\0\x04directory\0\x06device\0\x0csocket\0";

/// Looks at a file. If it needs another, `file` is that one now, and the reason what to say if that is missing; else
/// it is what is wrong.
fn look(reason: &mut Reason, file: &mut Text, errno: i32, is_loader: bool) {
    let path = file.as_c_str();
    reason.word = match errno {
        E2BIG => Word::TooLong,
        ETXTBSY => Word::Busy,
        ENOMEM => Word::NoMemory,
        EMFILE | ENFILE => Word::TooManyFiles,
        EAGAIN => Word::TooManyProcesses,
        ENAMETOOLONG => Word::NameTooLong,
        _ => Word::Errno,
    };
    if !matches!(errno, ENOENT | ENOTDIR | EACCES | ENOEXEC | ELIBBAD | ELOOP) {
        return;
    }
    // It asks for no permission but that to get there.
    let mode = match stat(path) {
        Ok(stat) => stat.st_mode,
        Err(errno) => {
            reason.word = match errno {
                Errno::NOENT => Word::Missing,
                Errno::ACCESS => Word::Closed,
                Errno::NOTDIR => Word::NotADirectory,
                Errno::LOOP => Word::Links,
                _ => Word::Errno,
            };
            if reason.word != Word::Errno {
                return;
            }
            // Forbidden, by a seccomp filter: it is what it should be, perhaps.
            0o111
        }
    };
    reason.what = table::name(KINDS, (mode >> 12) as u8);
    if !reason.what.is_empty() {
        reason.word = Word::Special;
        return;
    }
    if access(path, Access::EXEC_OK) == Err(Errno::ACCESS) {
        reason.word = match statfs(path) {
            Ok(on) if on.f_flags as u64 & ST_NOEXEC != 0 => Word::Noexec,
            _ if mode & 0o111 == 0 => Word::Mode,
            _ => Word::Forbidden,
        };
        return;
    }
    let mut head = [0; 2048];
    let start = match read_file(path, &mut head, 0) {
        Ok(start) => start,
        // A user can have the right to execute it and no other: then what it needs is not known.
        Err(EACCES) => {
            reason.word = match errno {
                ENOENT => Word::UnreadMissing,
                ENOEXEC => Word::UnreadKind,
                _ => Word::UnreadNeeds,
            };
            return;
        }
        Err(_) => return,
    };
    // Whether it is what it holds that the kernel does not take.
    let refused = matches!(errno, ENOEXEC | ELIBBAD);
    reason.word = match executable::kind(start) {
        Kind::Script if !is_loader => {
            file.join(&[executable::interpreter(start)]);
            Word::NoInterpreter
        }
        Kind::Elf(machine) if machine != OURS && refused => {
            reason.what = executable::machine(machine);
            if reason.what.is_empty() {
                reason.number = machine.into();
                Word::MachineNumber
            } else {
                Word::Machine
            }
        }
        Kind::Elf(OURS) if !executable::fits(start) && refused => Word::MachineKind,
        // The kernel looks for it when the program itself is one that it can execute.
        Kind::Elf(_)
            if errno != ENOEXEC
                && !is_loader
                && let Some(offset) = executable::loader(start) =>
        {
            let mut name = read_file(path, &mut head, offset).unwrap_or_default();
            file.join(&[table::cut(&mut name, 0)]);
            Word::NoLoader
        }
        Kind::Text | Kind::Unknown if errno == EACCES && start.starts_with(b"#!") => Word::NoName,
        _ if !refused => Word::Errno,
        Kind::Empty => Word::Empty,
        Kind::Text if !is_loader => Word::NoHashBang,
        _ => Word::NotAProgram,
    };
}
