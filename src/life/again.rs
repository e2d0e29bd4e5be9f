//! The program is started again, or no more.

use super::ended::program_ended;
use super::init::{Init, RETRY_AFTER};
use super::{restart, start, terminal};
use crate::kernel::Kernel;
use crate::rooms;
use crate::signals::KILL;
use crate::time::UNREADABLE;

/// A stop signal has arrived: the program is not started again. Between two starts the init ends.
#[inline(never)]
pub fn give_up<K: Kernel>(init: &mut Init<K>) {
    restart::no_more(init);
    if rooms::RESTART && init.between() {
        let status = init.final_status();
        program_ended(init, status);
    }
}

/// Starts the program again. What is left of the group of the one before is killed first.
pub fn start<K: Kernel>(init: &mut Init<K>) {
    if rooms::RESTART && init.options.boot().is_none() {
        restart::tell(init, KILL);
        // A process of that group may have got the terminal meanwhile.
        terminal::leave(init);
        init.stuck = false;
        restart::count(init);
    }
    let last = !restart::is_possible(init);
    // Without a clock every deadline is over at once.
    if init.kernel.now() == UNREADABLE {
        init.kernel.sleep(RETRY_AFTER);
    }
    start::start(init);
    if init.between() {
        // A start that fails for ever leaves the processor to others.
        let soonest = init.kernel.now().saturating_add(RETRY_AFTER);
        init.deadlines.start = init.deadlines.start.max(soonest);
    }
    if last {
        init.kernel.let_go();
    }
}
