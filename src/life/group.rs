//! The program's process group.

use super::init::Init;
use crate::errno::ESRCH;
use crate::kernel::{Kernel, Result, Which};

/// Sends a signal to the program's process group, if that is still its own.
///
/// Until the program is reaped its PID is nobody else's, and so is its group's number. Then it is the group's for as long
/// as somebody is in it, and only of a child of ours we know that he is: he stays in it, as a zombie at least, until we
/// reap him. waitid(2) tells. (To leave the program unreaped until the end would do as well, but wait4(2) would give us it
/// again and again, and nobody behind it.) Orphans of that group come to us, so that nearly always there is one.
///
/// # Errors
/// ESRCH if nobody is in it, or nobody of whom we know; EPERM.
pub fn send<K: Kernel>(init: &mut Init<K>, signal: u8) -> Result<()> {
    let group = init.program;
    if group == 0 || (init.status.is_some() && init.kernel.ended(Which::Group(group), false).is_err()) {
        return Err(ESRCH);
    }
    init.kernel.send(-group, signal)
}
