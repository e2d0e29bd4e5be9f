//! The end: what the program left behind is asked to end, and then made to.

use super::deliver::deliver;
use super::init::{Init, Left, Sweep};
use crate::kernel::Kernel;
use crate::route::Route;
use crate::signals::{CONT, KILL, Received, TERM};
use crate::time::Time;

/// How long to wait for the next of the killed to be gone. One that is not by then is not ours to
/// kill, or hangs in the init.kernel.
const LAST: Time = Time::seconds(2);

/// How long to wait for guests, of the sweep's time. An interactive shell ignores TERM, and an open `docker exec` is not
/// to hold every end up.
const GUESTS: Time = Time::seconds(1);

/// How often to look whether guests are left: nobody tells the init when they end.
const LOOK: Time = Time::milliseconds(20);

/// Does what is to be done now, by what is left to reap; says whether that was all.
pub fn step<K: Kernel>(init: &mut Init<K>, left: Left) -> bool {
    if init.sweep == Sweep::Over {
        return true;
    }
    if init.status.is_none() {
        return false;
    }
    let children = left != Left::Nothing;
    if !children && init.sweep == Sweep::No {
        init.sweep = Sweep::Due;
    }
    // Once they were sent KILL there is no need to wait for guests: the kernel ends whom PID 1 leaves behind.
    let guests = !children && init.sweep != Sweep::Killed && guests(init);
    if !children && !guests {
        return true;
    }
    match init.sweep {
        Sweep::Due if init.options.sweep == Time::NONE => return true,
        Sweep::Due => {
            init.sweep = Sweep::Asked;
            deliver(init, TERM, &Received::NONE);
            // A stopped process acts on TERM when it goes on.
            deliver(init, CONT, &Received::NONE);
            // Each of them has all of that time: it counts from when the last one has it.
            let now = init.kernel.now();
            init.deadlines.kill_after(init.options.sweep, now);
            init.guests = GUESTS.after(now);
        }
        Sweep::Asked if guests && init.guests <= init.kernel.now() => {
            strike(init);
            return true;
        }
        // Again when something has ended: what that left behind is our child only now. All that have ended are reaped
        // first, or each few of many would cost a walk through all the others.
        Sweep::Killed if init.reaped && left != Left::Ended => strike(init),
        _ => {}
    }
    if guests {
        init.deadlines.look = LOOK.after(init.kernel.now());
    }
    false
}

/// Whether there are processes in this PID namespace that are nobody's children here, as `docker exec` and nsenter(1)
/// make them. Where only such are left wait4(2) knows of nobody. On a machine there always are: the kernel's threads.
fn guests<K: Kernel>(init: &mut Init<K>) -> bool {
    init.options.boot().is_none() && init.options.sweep != Time::NONE && init.kernel.anybody()
}

/// `kill_all` is due.
pub fn kill<K: Kernel>(init: &mut Init<K>) {
    if init.sweep == Sweep::Killed {
        init.sweep = Sweep::Over;
    } else {
        init.overdue = init.sweep == Sweep::No || init.status.is_none();
        strike(init);
    }
}

/// Kills every process.
fn strike<K: Kernel>(init: &mut Init<K>) {
    init.sweep = Sweep::Killed;
    init.route = Route::All;
    init.reaped = false;
    deliver(init, KILL, &Received::NONE);
    // To send it can take long. The wait begins now.
    init.deadlines.kill_all = LAST.after(init.kernel.now());
}
