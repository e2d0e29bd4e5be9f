//! A signal goes to whom the route says.

use super::init::Init;
use super::verbose::{note, note_of};
use super::{descendants, terminal};
use crate::errno::{self, EAGAIN, EINTR, ENOMEM};
use crate::kernel::{Kernel, Result};
use crate::route::Route;
use crate::say::Text;
use crate::signals::Received;

/// Sends a signal to those that signals are forwarded to: during a sweep, all.
pub fn deliver<K: Kernel>(init: &mut Init<K>, signal: u8, received: &Received) {
    init.sent |= 1 << (signal & 63);
    let (text, sent) = match init.route {
        Route::Nobody => return,
        Route::Program if terminal::is_for_job(init, received) => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        // A value can be passed on to one process alone. If it cannot, too many being queued already
        // or by seccomp's word, the signal goes without it.
        Route::Program if received.queued() && queue(&mut init.kernel, received, init.program, signal).is_ok() => {
            (Text::SentProgram, Ok(()))
        }
        Route::Program => (Text::SentProgram, init.kernel.send(init.program, signal)),
        Route::Group => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        Route::All => (Text::SentAll, descendants::send(init, signal)),
    };
    match sent {
        Ok(()) => note(init, 2, text, signal.into()),
        Err(errno) => note_of(init, 1, Text::NotSent, errno::name(errno), signal.into()),
    }
    terminal::wake(init, signal);
}

/// Queues a signal for the program; where there is no room, for a whole second until the program has taken some.
fn queue<K: Kernel>(kernel: &mut K, received: &Received, to: i32, signal: u8) -> Result<()> {
    let mut sent = Err(EAGAIN);
    for _ in 0..1000 {
        sent = kernel.queue(received, to, signal);
        if !matches!(sent, Err(EAGAIN | EINTR | ENOMEM)) {
            break;
        }
        kernel.pause(1_000_000);
    }
    sent
}
