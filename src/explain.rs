//! Why a program could not be executed, in words that a person with a scratch image can act on.
//!
//! execve(2) says ENOENT of a program whose loader is missing, and EACCES for many reasons; so the
//! file is looked at, and then what it needs, and so on.

use rustix::fs::{Access, access, statfs};
use rustix::io::Errno;

use scratch_init::errno::{E2BIG, EACCES, EISDIR, ELIBBAD, ENOENT, ENOEXEC, ENOTDIR};
use scratch_init::executable::{self, Kind, MACHINES, OURS};
use scratch_init::table;

use crate::report::{Line, Word};
use crate::sys::{Text, read_file};

/// Whether execve(2) has refused `file` as a text that `/bin/sh` could run; if it has not, `file` is
/// another one now, perhaps.
pub fn is_text(file: &mut Text) -> bool {
    look(file, ENOEXEC) == Word::NoHashBang
}

/// Adds why `program`, which is `file`, could not be executed.
pub fn explain(line: &mut Line, program: &[u8], file: &mut Text, errno: i32) {
    let mut missing = if program == b"/bin/sh" { Word::NoShell } else { Word::Missing };
    let mut word = Word::Errno;
    // The kernel goes no further than five interpreters.
    for _ in 0..6 {
        word = look(file, errno);
        if word == Word::Missing {
            word = missing;
            break;
        }
        if !matches!(word, Word::NoLoader | Word::NoInterpreter) {
            break;
        }
        missing = word;
        if file.as_c_str().to_bytes().ends_with(b"\r") {
            missing = Word::CarriageReturn;
        }
    }
    line.add(word, b"", file.as_c_str().to_bytes(), errno);
}

/// statfs(2): the flag of a mount from which nothing can be executed.
const ST_NOEXEC: u64 = 8;

/// Looks at a file. If it needs another, `file` is that one now, and the answer is what to say if
/// that is missing; else it is what is wrong.
fn look(file: &mut Text, errno: i32) -> Word {
    let path = file.as_c_str();
    match errno {
        E2BIG => return Word::TooLong,
        ENOENT | ENOTDIR | EACCES | ENOEXEC | ELIBBAD => {}
        _ => return Word::Errno,
    }
    // It asks for no permission but that to get there.
    let noexec = match statfs(path) {
        Ok(on) => on.f_flags as u64 & ST_NOEXEC != 0,
        Err(Errno::ACCESS) => return Word::Closed,
        Err(Errno::NOENT | Errno::NOTDIR) => return Word::Missing,
        // Forbidden, by a seccomp filter.
        Err(_) => false,
    };
    let mut head = [0; 2048];
    let read = read_file(path, &mut head, 0);
    if read == Err(EISDIR) {
        return Word::Directory;
    }
    if access(path, Access::EXEC_OK).is_err() {
        return if noexec { Word::Noexec } else { Word::Mode };
    }
    let Ok(start) = read else { return Word::Errno };
    match executable::kind(start) {
        Kind::Empty => Word::Empty,
        Kind::Text => Word::NoHashBang,
        Kind::Script => {
            file.join(&[executable::interpreter(start)]);
            Word::NoInterpreter
        }
        Kind::Elf(machine) if machine != OURS && errno != ENOENT => {
            file.join(&[table::name(MACHINES, machine as u8)]);
            Word::Machine
        }
        Kind::Elf(_) if let Some(offset) = executable::loader(start) => {
            let mut name = read_file(path, &mut head, offset).unwrap_or_default();
            file.join(&[table::cut(&mut name, 0)]);
            Word::NoLoader
        }
        Kind::Elf(_) | Kind::Unknown => Word::NotAProgram,
    }
}
