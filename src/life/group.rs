//! The program's process group.

use super::init::Init;
use crate::errno::ESRCH;
use crate::kernel::{Kernel, Result};
use crate::rooms;

/// Sends a signal to the program's process group, if the group's number is still that of this group.
///
/// The group's number is the program's PID, and cannot be reused until the program is reaped. After that it cannot be reused
/// while the group has a member. A child of the init that is a member stays one, at least as a zombie, until the init reaps it:
/// waitid(2) tells whether there is such a child. Orphans of the group become the init's children, so there nearly always is one.
/// (The init could also leave the program unreaped until the end, but then wait4(2) would return the program each time, and no
/// other child.)
///
/// # Errors
/// ESRCH if no child of the init is in the group; EPERM.
pub fn send<K: Kernel>(init: &mut Init<K>, signal: u8) -> Result<()> {
    if !is_known(init) {
        return Err(ESRCH);
    }
    init.kernel.send(-init.program, signal)
}

/// Whether the group's number is still that of this group. Between two starts of the program it is forgotten once it is not: later it
/// can be the number of another group, whose processes are children of the init too.
pub fn is_known<K: Kernel>(init: &mut Init<K>) -> bool {
    let group = init.program;
    let known = group != 0 && (init.status.is_none() || init.kernel.has_child_in(group));
    if rooms::RESTART && !known && init.between() {
        init.program = 0;
    }
    known
}
