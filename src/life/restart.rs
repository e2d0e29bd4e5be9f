//! Whether and when the program is started again: `--restart`, and `--boot respawn`.

use super::deadlines::Deadlines;
use super::group;
use super::init::{Init, Sweep};
use super::story::Story;
use super::verbose::{not_sent, note, note_of};
use crate::errno::ESRCH;
use crate::kernel::Kernel;
use crate::number::Decimal;
use crate::options::boot::Action;
use crate::options::restart::WITHOUT_END;
use crate::say::Text;
use crate::signals::{CONT, TERM};
use crate::time::{NEVER, Time};

/// How often `--restart` can still start the program again; [`WITHOUT_END`] if that has no end.
fn left<K>(init: &Init<K>) -> u32 {
    init.restarts.first().copied().unwrap_or(0)
}

/// Whether the program can be started again.
pub fn is_possible<K: Kernel>(init: &Init<K>) -> bool {
    init.options.boot() == Some(Action::Respawn) || left(init) > 0
}

/// The program has ended with `status`, or could not be started again. Returns whether it is started again; if so, sets when.
pub fn follows<K: Kernel>(init: &mut Init<K>, status: u8) -> bool {
    let boot = init.options.boot().is_some();
    let again = is_possible(init) && init.shutdown.is_none() && (boot || init.options.exit(status) != 0);
    init.between = [again; _];
    if again {
        let time = if boot { Time::seconds(1) } else { ask(init) };
        // Signals and deadlines that are pending were meant for the program that ended, not for the next one.
        init.story = Story::NONE;
        init.sent = 0;
        init.no_room = false;
        init.sweep = Sweep::No;
        init.route = init.options.route();
        init.deadlines = Deadlines::new();
        init.deadlines.start = time.after(init.kernel.now());
    } else {
        init.deadlines.start = NEVER;
        no_more(init);
    }
    again
}

/// Asks what is left of the program's process group to end. Returns after which time the program is started again.
fn ask<K: Kernel>(init: &mut Init<K>) -> Time {
    let after = init.options.restart().after;
    note(init, 1, Text::Again, 0);
    if let Some(time) = after.as_milliseconds() {
        note(init, 1, Text::AgainIn, time as i32);
    }
    let left = left(init);
    let number = Decimal::new(left.saturating_sub(1));
    note_of(init, 1, Text::AgainLeft, if left == WITHOUT_END { b"inf" } else { number.bytes() }, 0);
    tell(init, TERM);
    // A stopped process acts on TERM only when it is continued.
    tell(init, CONT);
    after
}

/// Sends a signal to what is left of the program's process group, if anybody is.
pub fn tell<K: Kernel>(init: &mut Init<K>, signal: u8) {
    match group::send(init, signal) {
        Ok(()) => note(init, 2, Text::SentGroup, signal.into()),
        Err(ESRCH) => {}
        Err(errno) => not_sent(init, signal, errno),
    }
}

/// `--restart` does not start the program again from now on. So the init needs nothing any more that a start would need.
pub fn no_more<K: Kernel>(init: &mut Init<K>) {
    if left(init) > 0 {
        init.restarts = [0; _];
        init.kernel.let_go();
    }
}

/// One of the starts of `--restart` is made.
pub fn count<K>(init: &mut Init<K>) {
    for left in &mut init.restarts {
        *left -= u32::from(*left != WITHOUT_END);
    }
}
