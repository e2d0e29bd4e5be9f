//! A signal is sent to the processes that the route names.

use super::init::{Init, RETRY_AFTER};
use super::verbose::{not_sent, note};
use super::{all, terminal};
use crate::errno::{EAGAIN, EINTR, ENOMEM};
use crate::kernel::{Kernel, Result};
use crate::rooms;
use crate::route::Route;
use crate::say::Text;
use crate::signals::Received;

/// Sends a signal to the processes of the current route; during a sweep the route is all.
pub fn deliver<K: Kernel>(init: &mut Init<K>, signal: u8, received: &Received) {
    if rooms::SENT {
        init.sent |= 1 << (signal & 63);
    }
    let route = init.route;
    let (text, sent) = match route {
        Route::Program if terminal::is_for_job(init, received) => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        // A value can be queued only for one process. If queueing fails (the queue is full, or a seccomp filter forbids the
        // call), the signal goes without its value.
        Route::Program if rooms::QUEUE && received.queued() && queue(init, received, signal).is_ok() => (Text::SentProgram, Ok(())),
        Route::Program => (Text::SentProgram, init.kernel.send(init.program, signal)),
        Route::Group => (Text::SentGroup, init.kernel.send(-init.program, signal)),
        Route::All if rooms::ALL => (Text::SentAll, all::send(init, signal)),
        Route::All | Route::Nobody => return,
    };
    match sent {
        Ok(()) => note(init, 2, text, signal.into()),
        Err(errno) => not_sent(init, signal, errno),
    }
    terminal::wake(init, signal);
}

/// How often to try to queue a signal: for a second.
const TRIES: u32 = 100;

/// Queues a signal for the program. If there is no room, tries for a second, so that the program can take some of its signals. If
/// the program takes none, each later signal gets one try: TERM and the deadlines must not wait longer than that second.
fn queue<K: Kernel>(init: &mut Init<K>, received: &Received, signal: u8) -> Result<()> {
    let mut left = if init.no_room { 1 } else { TRIES };
    loop {
        let sent = init.kernel.queue(received, init.program, signal);
        init.no_room = matches!(sent, Err(EAGAIN | EINTR | ENOMEM));
        left -= 1;
        if !init.no_room || left == 0 {
            return sent;
        }
        init.kernel.sleep(RETRY_AFTER);
    }
}
