//! The end: what the program left behind is asked to end, and then made to.

use scratch_init::route::Route;
use scratch_init::signals::{CONT, KILL, Received, TERM};
use scratch_init::time::Time;

use crate::Init;
use crate::forward::deliver;
use crate::sys::now;

/// How long to wait for the next of the killed to be gone. One that is not by then is not ours to
/// kill, or hangs in the kernel.
const LAST: Time = Time::seconds(2);

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The program runs, or what it left behind is waited for.
    No,
    /// It is to begin, if any are left.
    Due,
    /// All were sent TERM, and have until `kill_all` is due.
    Asked,
    /// All were sent KILL; if none of them ends until `kill_all` is due again, that was it.
    Killed,
    /// That was it.
    Over,
}

/// Does what is to be done now, `children` being whether there are any left; says whether that was all.
pub fn step(init: &mut Init, children: bool) -> bool {
    match init.sweep {
        Sweep::Over => return true,
        _ if init.status.is_none() => {}
        _ if !children => return true,
        Sweep::Due if init.options.sweep == Time::NONE => return true,
        Sweep::Due => {
            init.sweep = Sweep::Asked;
            init.deadlines.kill_after(init.options.sweep, now());
            deliver(init, TERM, &Received::NONE);
            // A stopped process acts on TERM when it goes on.
            deliver(init, CONT, &Received::NONE);
        }
        Sweep::No | Sweep::Asked => {}
        // Again each time that something ended: what that left behind is our child only now.
        Sweep::Killed => strike(init),
    }
    false
}

/// `kill_all` is due.
pub fn kill(init: &mut Init) {
    if init.sweep == Sweep::Killed {
        init.sweep = Sweep::Over;
    } else {
        strike(init);
    }
}

/// Kills every process.
fn strike(init: &mut Init) {
    init.sweep = Sweep::Killed;
    init.route = Route::All;
    init.deadlines.kill_all = LAST.after(now());
    deliver(init, KILL, &Received::NONE);
}
