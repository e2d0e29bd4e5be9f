//! The sweep at the end: the processes that the program left behind get TERM, and later KILL.

use super::deliver::deliver;
use super::init::{Init, Left, Sweep};
use crate::kernel::Kernel;
use crate::rooms;
use crate::route::Route;
use crate::signals::{CONT, KILL, Received, TERM};
use crate::time::Time;

/// How long to wait, after KILL, for the next process to end. The init has no permission to signal a process that is still there
/// then, or the process hangs in the kernel.
const AFTER_KILL: Time = Time::seconds(2);

/// How long to wait in all after the first KILL. A process that the init has no permission to signal could fork for ever.
const AFTER_FIRST_KILL: Time = Time::seconds(10);

/// How much of the sweep's time guests get. An interactive shell ignores TERM: an open `docker exec` must not delay every end.
const GUESTS: Time = Time::seconds(1);

/// How often to look whether guests are left: the init gets no signal when they end.
pub const RECHECK: Time = Time::milliseconds(20);

/// Does the next step of the sweep, by what is left to reap. Returns whether the init can end.
pub fn step<K: Kernel>(init: &mut Init<K>, left: Left) -> bool {
    if !rooms::ALL {
        return init.status.is_some();
    }
    if init.sweep == Sweep::Over {
        return true;
    }
    if init.status.is_none() || init.between() {
        return false;
    }
    let children = left != Left::Nothing && (rooms::WALK || counts_simply(init));
    if !children && init.sweep == Sweep::No {
        init.sweep = Sweep::Due;
    }
    // After KILL there is no need to wait for guests: when PID 1 ends, the kernel kills all processes of its PID namespace.
    let guests = !children && init.sweep != Sweep::Killed && guests(init);
    init.look_again = guests;
    if !children && !guests {
        return true;
    }
    match init.sweep {
        Sweep::Due if init.options.sweep == Time::NONE => return true,
        Sweep::Due => {
            init.sweep = Sweep::Asked;
            deliver(init, TERM, &Received::NONE);
            // A stopped process acts on TERM only when it is continued.
            deliver(init, CONT, &Received::NONE);
            // The time begins now, when the last process has got TERM: so each process has all of it.
            let now = init.kernel.now();
            init.deadlines.kill_after(init.options.sweep, now);
            init.guests = GUESTS.after(now);
        }
        Sweep::Asked if guests && init.guests <= init.kernel.now() => {
            kill_everybody(init);
            return true;
        }
        // KILL is sent again when a process has ended: its children have become the init's only now. First all processes that
        // have ended are reaped. Otherwise each batch of 64 would cost a walk through all the others.
        Sweep::Killed if init.reaped && left != Left::Ended => kill_everybody(init),
        _ => {}
    }
    false
}

/// Whether the children that are left are waited for, without the walk of /proc. If the init is not PID 1, then during a sweep only
/// the program's group gets a signal, so nobody else is waited for.
fn counts_simply<K: Kernel>(init: &mut Init<K>) -> bool {
    init.sweep == Sweep::No || init.kernel.pid() == 1 || init.kernel.has_child_in(init.program)
}

/// Whether guests are left, once there is no child: processes of this PID namespace whose parent is outside of it, as `docker
/// exec` and nsenter(1) make them. wait4(2) does not know them. On a machine kernel threads are always left, so they are not
/// looked for there.
fn guests<K: Kernel>(init: &mut Init<K>) -> bool {
    init.options.boot().is_none() && init.options.sweep != Time::NONE && init.kernel.anybody()
}

/// Handles `kill_all`, which is due.
pub fn kill<K: Kernel>(init: &mut Init<K>) {
    if init.sweep == Sweep::Killed {
        init.sweep = Sweep::Over;
    } else {
        if init.sweep == Sweep::No || init.status.is_none() {
            init.story.overdue();
        }
        kill_everybody(init);
    }
}

/// Sends KILL to every process.
fn kill_everybody<K: Kernel>(init: &mut Init<K>) {
    let first = init.sweep != Sweep::Killed;
    init.sweep = Sweep::Killed;
    init.route = Route::All;
    init.reaped = false;
    deliver(init, KILL, &Received::NONE);
    // Sending KILL can take long. The wait begins now.
    let now = init.kernel.now();
    if first {
        init.give_up = AFTER_FIRST_KILL.after(now);
    }
    init.deadlines.kill_all = AFTER_KILL.after(now).min(init.give_up);
}
