//! A signal that reached the init is sent on.

use rustix::process::getpid;

use scratch_init::errno;
use scratch_init::route::{Route, forwards};
use scratch_init::signals::{INT, TERM};
use scratch_init::table;

use crate::Init;
use crate::report::{Word, say};
use crate::sys::signals::{Received, send};

/// Sends it where the options say, and during a sweep to all.
#[inline(never)]
pub fn forward(init: &mut Init, received: &Received) {
    let signal = received.signal();
    // What a write to a closed stderr costs us, PIPE, is nobody else's business: the kernel sends
    // it in our own name.
    let own = received.code == 0 && received.pid == getpid().as_raw_pid();
    if own || !forwards(signal, received.code) {
        return;
    }
    if init.options.pause() && matches!(signal, TERM | INT) {
        init.status = Some(0);
    }
    let to = if init.status.is_some() {
        all(init)
    } else {
        match init.options.route() {
            Route::Program => init.program,
            Route::Group => -init.program,
            Route::All => all(init),
        }
    };
    // A value can be passed on to one process alone. If it cannot, too many being queued already or
    // by seccomp's word, the signal goes without it.
    let queued = to > 0 && received.queued() && received.queue(to).is_ok();
    let sent = if queued { Ok(()) } else { send(to, signal) };
    if let Err(errno) = sent
        && init.options.verbose() > 0
    {
        say(Word::CannotForward, table::name(errno::NAMES, errno as u8), b"", signal.into());
    }
}

/// What to send to so that every process has it: as PID 1 the whole PID namespace, else the program's
/// process group.
pub fn all(init: &Init) -> i32 {
    if getpid().is_init() { -1 } else { -init.program }
}
