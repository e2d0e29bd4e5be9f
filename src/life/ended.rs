//! The program has ended, or the machine is to end.

use super::init::{Init, Sweep};
use super::restart;
use crate::kernel::Kernel;
use crate::options::boot::Shutdown;
use crate::rooms;
use crate::route::Route;

/// The program has ended. If it is not started again, signals now go to all processes that are left.
pub fn program_ended<K: Kernel>(init: &mut Init<K>, status: u8) {
    init.stuck = false;
    init.urged = false;
    init.status = Some(status);
    if rooms::AGAIN && restart::follows(init, status) {
        return;
    }
    if rooms::ALL {
        init.route = Route::All;
    }
    if init.options.wait_all() {
        init.last = (status == 0).then_some(0);
    } else if init.sweep == Sweep::No {
        init.sweep = Sweep::Due;
    }
}

/// The machine is to end in this way, even if the program still runs.
pub fn machine_ends<K: Kernel>(init: &mut Init<K>, how: Shutdown) {
    init.shutdown = Some(how);
    program_ended(init, 0);
    if init.sweep == Sweep::No {
        init.sweep = Sweep::Due;
    }
}
