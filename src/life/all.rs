//! All processes: for PID 1 those of its PID namespace, else the init's descendants.

use super::init::Init;
use super::{
    group,
    verbose::{note, note_of},
};
use crate::errno::{self, ENOENT};
use crate::kernel::{Kernel, Result};
use crate::rooms;
use crate::say::Text;
use crate::walk::{self, Processes, Unseen};

/// Sends a signal to every process. As PID 1 this is the whole PID namespace. Else it is the init's descendants, the orphans that
/// came to the init included; if some of them cannot be seen, also the program's process group.
///
/// No reused PID is signalled. A process that begins during the walk can be missed; the next walk finds it.
///
/// # Errors
/// EPERM, ESRCH; those of [`group::send`].
#[cfg_attr(feature = "walk", inline(never))]
pub fn send<K: Kernel>(init: &mut Init<K>, signal: u8) -> Result<()> {
    if init.kernel.pid() == 1 {
        return init.kernel.send(-1, signal);
    }
    if !rooms::WALK {
        return group::send(init, signal);
    }
    let mut processes = match init.kernel.processes() {
        Ok(processes) => processes,
        Err(ENOENT) => {
            note(init, 1, Text::NoProc, signal.into());
            return group::send(init, signal);
        }
        Err(errno) => return cover(init, signal, Unseen::Errno(errno)),
    };
    // More processes may begin before the walk: the table gets some extra room.
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

/// Sends a signal to the program's process group, because some descendants cannot be seen.
fn cover<K: Kernel>(init: &mut Init<K>, signal: u8, why: Unseen) -> Result<()> {
    let (text, name) = match why {
        Unseen::Hidden => (Text::HiddenProc, &b""[..]),
        Unseen::Errno(errno) => (Text::UnreadProc, errno::name(errno)),
    };
    note_of(init, 1, text, name, signal.into());
    group::send(init, signal)
}
