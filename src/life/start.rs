//! The start of the program, and what the init says if the start fails.

use super::exit::exit;
use super::init::Init;
use super::terminal;
use super::verbose::{note, note_of, say_failed, starting};
use crate::errno::{EACCES, EINVAL, ENOENT};
use crate::kernel::{Attempt, Kernel, Reason, Step};
use crate::number::Decimal;
use crate::say::Text;

/// What a start came to.
pub enum Start {
    /// The init lives on: the program runs, or the init of a machine has to end the machine or to start the program again.
    Lives,
    /// The init ends with this status.
    Ends(u8),
}

/// Starts the program.
#[inline(never)]
pub fn start<K: Kernel>(init: &mut Init<K>) -> Start {
    starting(init);
    let mut attempt = Attempt::new();
    let launched = init.kernel.launch(&init.options, init.argument, &mut attempt);
    if init.options.session() && attempt.step != Step::Clone {
        note(init, 2, Text::Session, 0);
    }
    let errno = match launched {
        Ok(()) => {
            (init.program, init.handed) = (attempt.pid, attempt.handed);
            note_of(init, 1, Text::Started, init.kernel.argument(init.argument), attempt.pid);
            return Start::Lives;
        }
        Err(errno) => errno,
    };
    if attempt.handed {
        terminal::restore(&mut init.kernel);
    }
    say_why(init, &attempt, errno);
    let executed = attempt.step == Step::Execute;
    let [not_found, not_permitted, refused] = init.options.not_executed();
    let status = match errno {
        _ if !executed => init.options.failed_status(),
        ENOENT => not_found,
        EACCES => not_permitted,
        _ => refused,
    };
    if init.options.boot().is_some() {
        // With -B a failed start ends the machine, or is tried again; it does not end the init.
        init.program_ended(status);
        return Start::Lives;
    }
    Start::Ends(if executed { exit(init, status) } else { status })
}

/// Says why the program was not started.
fn say_why<K: Kernel>(init: &mut Init<K>, attempt: &Attempt<K::Path>, errno: i32) {
    let uid = Decimal::new(init.options.user().map_or(0, |(uid, _)| uid));
    let (text, about) = match attempt.step {
        Step::Clone => {
            say_failed(init, b"clone", errno, b"processes");
            return;
        }
        Step::Group => {
            say_failed(init, b"setpgid", errno, b"");
            return;
        }
        Step::Mask => {
            say_failed(init, b"rt_sigprocmask", errno, b"");
            return;
        }
        Step::User if errno == EINVAL => (Text::NotMapped, uid.bytes()),
        Step::User => (Text::NoUser, uid.bytes()),
        Step::Groups => (Text::NoGroups, uid.bytes()),
        Step::Capabilities => (Text::NoDrop, uid.bytes()),
        Step::Directory => (Text::NoDirectory, init.options.chdir.unwrap_or_default()),
        Step::Execute => (Text::CannotRun, init.kernel.argument(init.argument)),
    };
    // Under other names the line also has the PID of the process that failed.
    init.kernel.say_two(text, about, Decimal::new(attempt.pid as u32).bytes(), errno);
    if attempt.step == Step::Execute {
        let Reason { text, a, b, number } = attempt.reason;
        // The line names the program already.
        let file = if attempt.path.as_ref() == about { b"it" } else { attempt.path.as_ref() };
        init.kernel.say_two(text, a, b.unwrap_or(file), number);
    }
}
