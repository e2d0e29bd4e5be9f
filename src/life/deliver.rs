//! A signal is sent to the processes that the route names.

use super::init::Init;
use super::verbose::{note, note_of};
use super::{all, terminal};
use crate::errno::{self, EAGAIN, EINTR, ENOMEM};
use crate::kernel::{Kernel, Result};
use crate::rooms;
use crate::route::Route;
use crate::say::Text;
use crate::signals::Received;

/// Sends a signal to the processes of the current route; during a sweep the route is all.
pub fn deliver<K: Kernel>(init: &mut Init<K>, signal: u8, received: &Received) {
    init.sent |= 1 << (signal & 63);
    let (text, sent) = match init.route {
        Route::Nobody => return,
        Route::Program if terminal::is_for_job(init, received) => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        // A value can be queued only for one process. If queueing fails (the queue is full, or a seccomp filter forbids the
        // call), the signal goes without its value.
        Route::Program if rooms::QUEUE && received.queued() && queue(&mut init.kernel, received, init.program, signal).is_ok() => {
            (Text::SentProgram, Ok(()))
        }
        Route::Program => (Text::SentProgram, init.kernel.send(init.program, signal)),
        Route::Group => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        Route::All if !rooms::ALL => return,
        Route::All => (Text::SentAll, all::send(init, signal)),
    };
    match sent {
        Ok(()) => note(init, 2, text, signal.into()),
        Err(errno) => note_of(init, 1, Text::NotSent, errno::name(errno), signal.into()),
    }
    terminal::wake(init, signal);
}

/// Queues a signal for the program. If there is no room, tries for about a second, so that the program can take some of its
/// signals.
fn queue<K: Kernel>(kernel: &mut K, received: &Received, to: i32, signal: u8) -> Result<()> {
    let mut sent = Err(EAGAIN);
    for _ in 0..1000 {
        sent = kernel.queue(received, to, signal);
        if !matches!(sent, Err(EAGAIN | EINTR | ENOMEM)) {
            break;
        }
        kernel.sleep(1_000_000);
    }
    sent
}
