//! A signal that reached the init is sent on.

use rustix::process::getpid;

use scratch_init::errno;
use scratch_init::route::{Route, forwards, suspends};
use scratch_init::signals::{INT, TERM};
use scratch_init::table;

use crate::Init;
use crate::descendants;
use crate::report::{Word, say};
use crate::sys::Result;
use crate::sys::signals::{Received, send};

/// Sends it where the options say, and during a sweep to all.
#[inline(never)]
pub fn forward(init: &mut Init, received: &Received) {
    let signal = received.signal();
    // What a write to a closed stderr costs us, PIPE, is nobody else's business: the kernel sends
    // it in our own name.
    let own = received.code == 0 && received.pid == getpid().as_raw_pid();
    if suspends(signal, received.code) && !getpid().is_init() {
        // What the terminal does to a job: its processes stop, and then we do.
        let _ = send(-init.program, signal);
    }
    if own || !forwards(signal, received.code) {
        return;
    }
    if init.options.pause() && init.status.is_none() {
        // There is nobody to send it to. What is left gets its TERM from the sweep.
        if matches!(signal, TERM | INT) {
            init.status = Some(0);
        }
        return;
    }
    let route = if init.status.is_some() { Route::All } else { init.options.route() };
    let sent = match route {
        // A value can be passed on to one process alone. If it cannot, too many being queued already
        // or by seccomp's word, the signal goes without it.
        Route::Program if received.queued() && received.queue(init.program).is_ok() => Ok(()),
        Route::Program => send(init.program, signal),
        Route::Group => send(-init.program, signal),
        Route::All => all(init, signal),
    };
    if let Err(errno) = sent
        && init.options.verbose() > 0
    {
        say(Word::CannotForward, table::name(errno::NAMES, errno as u8), b"", signal.into());
    }
}

/// Sends a signal to every process: as PID 1 to the whole PID namespace, else to our descendants, and
/// where these cannot be found to the program's process group.
#[inline(never)]
pub fn all(init: &Init, signal: u8) -> Result<()> {
    if getpid().is_init() {
        return send(-1, signal);
    }
    if descendants::signal(signal) { Ok(()) } else { send(-init.program, signal) }
}
