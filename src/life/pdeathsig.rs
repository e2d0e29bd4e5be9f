//! A signal for the init, and so for the program, when its parent dies: `--pdeathsig`.

use crate::kernel::{Kernel, Result};
use crate::rooms;

/// Asks the kernel for this signal. `parent` is the PID of the parent when the init began. If the init has another parent now,
/// the kernel will not send the signal any more, so the init sends it to itself.
///
/// # Errors
/// Only those that a seccomp filter makes up for prctl(2).
pub fn ask<K: Kernel>(kernel: &mut K, signal: u8, parent: i32) -> Result<()> {
    if rooms::PDEATHSIG && signal != 0 {
        kernel.die_with_parent(signal)?;
        if kernel.parent() != parent {
            let own = kernel.pid();
            let _ = kernel.send(own, signal);
        }
    }
    Ok(())
}
