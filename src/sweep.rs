//! The end: what the program left behind is asked to end, and then made to.

use scratch_init::signals::{CONT, KILL, TERM};

use crate::Init;
use crate::forward::all;
use crate::sys::now;
use crate::sys::signals::send;

/// How long to wait for the next of the killed to be gone, in milliseconds. One that is not by then
/// is not ours to kill, or hangs in the kernel.
const LAST: u64 = 2000;

/// How far it is. Times are those of [`now`], in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The program runs.
    No,
    /// All were sent TERM, and have until then; `None` is for ever.
    Asked(Option<u64>),
    /// All were sent KILL; if none of them ends until then, that was it.
    Killed(u64),
}

impl Sweep {
    /// How long to wait for the next signal: milliseconds, `None` for ever.
    pub fn patience(self) -> Option<u64> {
        match self {
            Self::Asked(Some(until)) | Self::Killed(until) => Some(until.saturating_sub(now())),
            _ => None,
        }
    }
}

/// The program has ended and children are left: does what is due, and says whether that was all.
#[inline(never)]
pub fn step(init: &mut Init) -> bool {
    let now = now();
    init.sweep = match init.sweep {
        Sweep::No => {
            let time = init.options.sweep.milliseconds();
            if time == Some(0) {
                return true;
            }
            // A stopped process acts on TERM when it goes on.
            let _ = send(all(init), TERM);
            let _ = send(all(init), CONT);
            Sweep::Asked(time.map(|time| now + u64::from(time)))
        }
        Sweep::Asked(Some(until)) if now >= until => {
            let _ = send(all(init), KILL);
            Sweep::Killed(now + LAST)
        }
        Sweep::Killed(until) if now >= until => return true,
        Sweep::Killed(_) => {
            // Again each time that something ended: what that left behind is our child only now.
            let _ = send(all(init), KILL);
            Sweep::Killed(now + LAST)
        }
        asked => asked,
    };
    false
}
