//! The end: what the program left behind is asked to end, and then made to.

use scratch_init::signals::{CONT, KILL, TERM};
use scratch_init::time::Time;

use crate::Init;
use crate::forward::all;
use crate::sys::now;
use crate::sys::signals::FOREVER;

/// How long to wait for the next of the killed to be gone, in nanoseconds. One that is not by then
/// is not ours to kill, or hangs in the kernel.
const LAST: u64 = 2_000_000_000;

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The program runs.
    No,
    /// All were sent TERM, and have until `init.until`.
    Asked,
    /// All were sent KILL; if none of them ends until `init.until`, that was it.
    Killed,
}

/// The program has ended and children are left: does what is due, and says whether that was all.
#[inline(never)]
pub fn step(init: &mut Init) -> bool {
    // Without a clock a time that is added to this wraps around, and is over at once.
    let now = now();
    if init.sweep == Sweep::No {
        if init.options.sweep == Time::NONE {
            return true;
        }
        init.until = init.options.sweep.milliseconds().map_or(FOREVER, |time| now.wrapping_add(u64::from(time) * 1_000_000));
        init.sweep = Sweep::Asked;
        // A stopped process acts on TERM when it goes on.
        let _ = all(init, TERM);
        let _ = all(init, CONT);
    } else if now >= init.until && init.sweep == Sweep::Killed {
        return true;
    } else if now >= init.until || init.sweep == Sweep::Killed {
        // Again each time that something ended: what that left behind is our child only now.
        init.sweep = Sweep::Killed;
        init.until = now.wrapping_add(LAST);
        let _ = all(init, KILL);
    }
    false
}
