//! All processes: as PID 1 those of the PID namespace, else the init's descendants.

use super::init::Init;
use super::{
    group,
    verbose::{note, note_of},
};
use crate::errno::{self, ENOENT};
use crate::kernel::{Kernel, Result};
use crate::say::Text;
use crate::walk::{self, Processes, Unseen};

/// Sends a signal to every process: as PID 1 to the whole PID namespace, else to the descendants: children, their children and so
/// on, and the orphans that came to the init; and to the program's process group, as far as not all of them can be seen.
///
/// No PID that was reused is signalled. A process that is born meanwhile can be missed, and is met the next time.
///
/// # Errors
/// EPERM, ESRCH; or those of sending it to the group.
#[inline(never)]
pub fn send<K: Kernel>(init: &mut Init<K>, signal: u8) -> Result<()> {
    if init.kernel.pid() == 1 {
        return init.kernel.send(-1, signal);
    }
    let mut processes = match init.kernel.processes() {
        Ok(processes) => processes,
        Err(ENOENT) => {
            note(init, 1, Text::NoProc, signal.into());
            return group::send(init, signal);
        }
        Err(errno) => return cover(init, signal, Unseen::Errno(errno)),
    };
    // Some more may be born until they are looked at.
    let mut count = 64;
    while let Ok(Some(_)) = processes.next() {
        count += 1;
    }
    if let Err(errno) = processes.rewind() {
        return cover(init, signal, Unseen::Errno(errno));
    }
    let mut table = processes.table(count + count / 4);
    let own = init.kernel.pid() as u32;
    let mut sent = Ok(());
    walk::walk(&mut processes, own, signal, table.as_mut(), |why| {
        sent = cover(init, signal, why);
        sent.is_ok().then_some(init.program as u32)
    });
    sent
}

/// Sends it to the group, as not all descendants can be seen.
fn cover<K: Kernel>(init: &mut Init<K>, signal: u8, why: Unseen) -> Result<()> {
    let (text, name) = match why {
        Unseen::Hidden => (Text::HiddenProc, &b""[..]),
        Unseen::Errno(errno) => (Text::UnreadProc, errno::name(errno)),
    };
    note_of(init, 1, text, name, signal.into());
    group::send(init, signal)
}
