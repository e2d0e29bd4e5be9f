//! The start of the program.

use super::ended;
use super::exit;
use super::init::Init;
use super::terminal;
use super::verbose::{note, note_of, starting};
use crate::attempt::{Attempt, Step};
use crate::kernel::Kernel;
use crate::rooms;
use crate::say::Text;

/// What a start came to.
pub enum Start {
    /// The init lives on: the program runs, or is to be started again, or the machine is to end.
    Lives,
    /// The init ends with this status.
    Ends(u8),
}

/// Starts the program.
#[cfg_attr(any(feature = "sweep", feature = "boot"), inline(never))]
pub fn start<K: Kernel>(init: &mut Init<K>) -> Start {
    starting(init);
    let program = init.kernel.argument(init.argument);
    let mut attempt = Attempt::new();
    if rooms::RESTART {
        attempt.handed = init.handed;
    }
    let launched = init.kernel.launch(init.options, init.argument, &mut attempt);
    if init.options.session() && attempt.step != Step::Clone {
        note(init, 2, Text::Session, 0);
    }
    let errno = match launched {
        Ok(()) => {
            init.program = attempt.pid;
            if rooms::AGAIN {
                (init.status, init.between) = (None, [false; _]);
                // A group of the program before may still have the terminal.
                init.handed |= attempt.handed;
            } else {
                init.handed = attempt.handed;
            }
            note_of(init, 1, Text::Started, program, attempt.pid);
            return Start::Lives;
        }
        Err(errno) => errno,
    };
    if attempt.handed {
        terminal::restore(&mut init.kernel);
    }
    attempt.say(&mut init.kernel, init.options, program, errno);
    let (status, executed) = (attempt.status(init.options, errno), attempt.step == Step::Execute);
    if init.options.boot().is_some() || (rooms::RESTART && init.between()) {
        // With -B a failed start ends the machine, or is tried again; it does not end the init. With -R this holds for every start
        // but the first.
        ended::program_ended(init, status);
        return Start::Lives;
    }
    Start::Ends(if executed { exit::replaced(init, status) } else { status })
}
