//! What is said with `--verbose`: once what happens, twice each signal and each process that is reaped.

use core::ffi::CStr;

use scratch_init::names::OWN;
use scratch_init::number::Decimal;
use scratch_init::options::Options;
use scratch_init::proc;
use scratch_init::signals::Received;
use scratch_init::status::End;

use crate::Init;
use crate::report::{Line, Word, say};
use crate::sys::{Child, read_file, stderr};

/// Says a text if `--verbose` was given `level` times.
pub fn note(options: &Options<'_>, level: u8, word: Word, a: &[u8], number: i32) {
    if options.verbose(level) {
        say(options, word, a, b"", number);
    }
}

/// The program is about to be started.
pub fn starting(init: &mut Init) {
    if init.options.verbose(1) {
        init.oom_kills = oom_kills();
    }
}

/// The program has ended.
pub fn ended(init: &mut Init, child: &Child, end: End) {
    if !init.options.verbose(1) {
        return;
    }
    let overdue = core::mem::take(&mut init.overdue);
    let asked = core::mem::replace(&mut init.asked, Received::NONE);
    let mut line = Line::new(stderr(), &init.options);
    let pid = Decimal::new(child.pid as u32);
    match end {
        End::Exited(status) => line.add(Word::EndedWith, b"", pid.bytes(), status.into()),
        End::Killed(signal) => {
            let sent = init.sent >> (signal & 63) & 1 != 0;
            line.add(Word::EndedBy, if sent { b"sent" } else { b"not sent" }, pid.bytes(), signal.into());
        }
    }
    let mut number = |word, number| line.add(word, b"", b"", number as i32);
    if End::dumped(child.status) {
        number(Word::Dumped, 0);
    }
    if overdue {
        number(Word::Overdue, 0);
    }
    let killed = oom_kills().wrapping_sub(init.oom_kills);
    if killed > 0 {
        number(Word::OutOfMemory, killed);
    }
    who_asked(&mut line, &asked);
    let mut number = |word, number| line.add(word, b"", b"", number as i32);
    let [user, system] = child.times();
    number(Word::User, user);
    number(Word::System, system);
    number(Word::Peak, child.peak());
    number(Word::Orphans, init.orphans);
}

/// Which signal asked for the end, and who sent it: none if its number is 0.
fn who_asked(line: &mut Line, asked: &Received) {
    if asked.signo != 0 {
        let word = match (asked.pid, asked.code) {
            (_, 1..) => Word::AskedByKernel,
            (0, _) => Word::AskedFromOutside,
            _ => Word::AskedBy,
        };
        line.add(word, Decimal::new(asked.pid as u32).bytes(), b"", asked.signo as i32);
    }
}

/// The init ends. What asked for that, if that was said with no program's end.
pub fn ending(init: &Init) {
    // Others have no such line.
    if init.options.style == OWN.style && init.options.verbose(1) && (init.asked.signo != 0 || init.overdue) {
        let mut line = Line::new(stderr(), &init.options);
        line.add(Word::Ending, b"", b"", 0);
        if init.overdue {
            line.add(Word::Overdue, b"", b"", 0);
        }
        who_asked(&mut line, &init.asked);
        line.end();
    }
}

/// How many processes of the container were killed for want of memory: its own cgroup is where a container
/// sees the root of all, cgroups(7). There is the one or the other.
fn oom_kills() -> u32 {
    let count = |path: &CStr| read_file(path, &mut [0; 512], 0).map_or(0, proc::oom_kills);
    count(c"/sys/fs/cgroup/memory.events").wrapping_add(count(c"/sys/fs/cgroup/memory/memory.oom_control"))
}
