//! A signal for the init, and so for the program, when its parent dies: `--pdeathsig`.

use rustix::process::{Pid, getpid, getppid};

use crate::sys::Result;
use crate::sys::signals::{at_parents_death, send};

/// Asks for it. `parent` is who that was when the init began: if it is another one now, the signal
/// comes at once, for the kernel does not send it any more.
///
/// # Errors
/// Those of prctl(2), where a seccomp filter makes one up.
pub fn ask(signal: u8, parent: Option<Pid>) -> Result<()> {
    if signal != 0 {
        at_parents_death(signal)?;
        if getppid() != parent {
            let _ = send(getpid().as_raw_pid(), signal);
        }
    }
    Ok(())
}
