//! A signal that reached the init is sent on.

use rustix::process::{Pid, WaitId, WaitIdOptions, getpid, waitid};

use scratch_init::deadlines::Due;
use scratch_init::errno::{self, ESRCH};
use scratch_init::number::Decimal;
use scratch_init::route::{Route, TERMINAL, forwards, suspends};
use scratch_init::signals::{CHLD, CONT, INT, Received, STOP, TERM, WINCH};
use scratch_init::time::{NEVER, Time};

use crate::report::Word;
use crate::sys::signals::{queue, send};
use crate::sys::{Result, now};
use crate::verbose::note;
use crate::{Init, descendants, sweep, terminal};

/// A signal has arrived: it is forwarded, at once or when its delay is over.
#[inline(never)]
pub fn arrive(init: &mut Init, received: &Received) {
    let signal = received.signal();
    if signal == CHLD {
        note(&init.options, 2, Word::Ended, b"", signal.into());
    }
    // With a session of its own the program's stops are ours to send.
    let code = if init.options.name().session() { received.code.min(0) } else { received.code };
    if signal == CONT {
        terminal::continued(init);
    }
    if suspends(signal, code) {
        terminal::suspended(init, signal);
    }
    if !forwards(signal, code, received.pid == getpid().as_raw_pid()) {
        return;
    }
    note(&init.options, 2, Word::Received, Decimal::new(received.pid as u32).bytes(), signal.into());
    let bit = 1 << (signal & 63);
    if init.ignored & bit != 0 {
        init.ignored &= !bit;
        return note(&init.options, 2, Word::HandedOff, b"", signal.into());
    }
    if let Some(end) = init.options.asked(signal) {
        init.leave(end);
        return;
    }
    if init.route == Route::Nobody {
        if matches!(signal, TERM | INT) {
            init.asked = *received;
            init.end(0);
        }
        return;
    }
    // A terminal that changed its size asks for nothing.
    let stop = init.options.stops(signal) && (signal != WINCH || received.code <= 0);
    if stop {
        init.asked = *received;
        // It counts from here, whatever becomes of the signal.
        let grace = init.options.grace(signal);
        if grace != Time::FOREVER {
            init.deadlines.kill_after(grace, now());
        }
    }
    let delay = init.options.delay(signal);
    let time = if delay == Time::NONE { 0 } else { delay.after(now()) };
    if time != 0 {
        note(&init.options, 2, Word::Held, b"", signal.into());
    }
    if init.deadlines.arrive(received, time, stop) {
        forward(init, received);
    }
    due(init);
    if init.options.name().session() && TERMINAL.has(signal) {
        let _ = send(getpid().as_raw_pid(), STOP);
    }
}

/// Does what is due by now.
pub fn due(init: &mut Init) {
    // No clock is read while nothing is to happen later.
    while let time = init.deadlines.next()
        && time != NEVER
        && (time == 0 || time <= now())
    {
        match init.deadlines.take(time) {
            Due::Forward(received) => forward(init, &received),
            Due::KillAll => sweep::kill(init),
            Due::Start => init.starts = true,
            // The loop does.
            Due::Look => {}
        }
    }
}

/// A signal is sent on as what it was rewritten to.
pub fn forward(init: &mut Init, received: &Received) {
    let signal = init.options.rewritten(received.signal());
    if signal == 0 {
        return note(&init.options, 2, Word::Dropped, b"", received.signal().into());
    }
    deliver(init, signal, received);
}

/// Sends a signal to those that signals are forwarded to: during a sweep, all.
pub fn deliver(init: &mut Init, signal: u8, received: &Received) {
    init.sent |= 1 << (signal & 63);
    let (word, sent) = match init.route {
        Route::Nobody => return,
        Route::Program if terminal::sent_to_job(init, received) => (Word::SentGroup, send(-init.program, signal)),
        // A value can be passed on to one process alone. If it cannot, too many being queued already
        // or by seccomp's word, the signal goes without it.
        Route::Program if received.queued() && queue(received, init.program, signal).is_ok() => (Word::SentProgram, Ok(())),
        Route::Program => (Word::SentProgram, send(init.program, signal)),
        Route::Group => (Word::SentGroup, send(-init.program, signal)),
        Route::All => (Word::SentAll, all(init, signal)),
    };
    match sent {
        Ok(()) => note(&init.options, 2, word, b"", signal.into()),
        Err(errno) => note(&init.options, 1, Word::NotSent, errno::name(errno), signal.into()),
    }
    terminal::wake(init, signal);
}

/// Sends a signal to every process: as PID 1 to the whole PID namespace, else to our descendants, and
/// where these cannot be found to the program's process group.
fn all(init: &Init, signal: u8) -> Result<()> {
    if getpid().is_init() {
        return send(-1, signal);
    }
    descendants::signal(init, signal)
}

/// Sends a signal to the program's process group, if that is still its own.
///
/// Until the program is reaped its PID is nobody else's, and so is its group's number. Then it is the group's for as long
/// as somebody is in it, and only of a child of ours we know that he is: he stays in it, as a zombie at least, until we
/// reap him. waitid(2) tells. (To leave the program unreaped until the end would do as well, but wait4(2) would give us it
/// again and again, and nobody behind it.) Orphans of that group come to us, so that nearly always there is one.
///
/// # Errors
/// ESRCH if nobody is in it, or nobody of whom we know; EPERM.
pub fn group(init: &Init, signal: u8) -> Result<()> {
    let ended = init.status.is_some();
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match Pid::from_raw(init.program) {
        Some(group) if !ended || waitid(WaitId::Pgid(Some(group)), options).is_ok() => send(-init.program, signal),
        _ => Err(ESRCH),
    }
}
