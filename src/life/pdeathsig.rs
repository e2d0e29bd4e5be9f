//! A signal for the init, and so for the program, when its parent dies: `--pdeathsig`.

use crate::kernel::{Kernel, Result};

/// Asks for it. `parent` is who that was when the init began: if it is another one now, the signal
/// comes at once, for the kernel does not send it any more.
///
/// # Errors
/// Those of prctl(2), where a seccomp filter makes one up.
pub fn ask<K: Kernel>(kernel: &mut K, signal: u8, parent: i32) -> Result<()> {
    if signal != 0 {
        kernel.die_with_parent(signal)?;
        if kernel.parent() != parent {
            let own = kernel.pid();
            let _ = kernel.send(own, signal);
        }
    }
    Ok(())
}
