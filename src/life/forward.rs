//! A signal has reached the init and is forwarded.

use super::deadlines::Due;
use super::deliver::deliver;
use super::init::{Init, Sweep};
use super::verbose::{note, note_numbers};
use super::{again, ended, pause, sweep, terminal};
use crate::kernel::Kernel;
use crate::rooms;
use crate::route::{Route, forwards, suspends, terminal_stop};
use crate::say::Text;
use crate::signals::{CHLD, CONT, Received, STOP, WINCH};
use crate::time::{NEVER, Time};

/// Handles a signal that has arrived: forwards it, at once or after its delay.
#[cfg_attr(feature = "boot", inline(never))]
pub fn arrive<K: Kernel>(init: &mut Init<K>, received: &Received) {
    let signal = received.signal();
    if signal == CHLD {
        note(init, 2, Text::Ended, signal.into());
    }
    let code = if init.options.sends_stops() { received.code.min(0) } else { received.code };
    if signal == CONT {
        terminal::continued(init);
    }
    if suspends(signal, code) {
        terminal::suspended(init, signal);
    }
    // Without -v and -w the init writes nothing while the program runs.
    let own = rooms::VERBOSE && received.pid == init.kernel.pid();
    if !forwards(signal, code, own) {
        return;
    }
    note_numbers(init, 2, Text::Received, received.pid as u32, signal.into());
    let bit = 1 << (signal & 63);
    if rooms::NAMES && init.ignored & bit != 0 {
        init.ignored &= !bit;
        return note(init, 2, Text::HandedOff, signal.into());
    }
    if let Some(how) = init.options.asks_for(signal) {
        return ended::machine_ends(init, how);
    }
    if rooms::PAUSE && init.route == Route::Nobody {
        return pause::end(init, received);
    }
    // WINCH from the terminal only tells of a new size. It asks for the end only if a process sent it.
    let stop = rooms::STOPS && init.options.stops(signal) && (signal != WINCH || received.code <= 0);
    let between = init.between();
    if between && (!stop || init.options.boot().is_some()) {
        // Between two starts there is no program, and a signal is not kept for the next start.
        return note(init, 2, Text::Dropped, signal.into());
    }
    if stop {
        again::give_up(init);
        init.story.asked(received);
        // The grace period begins when the signal arrives, whether or not the signal is held back. After KILL the time for the
        // killed to end is not cut short.
        let grace = init.options.grace(signal);
        if grace != Time::FOREVER && !matches!(init.sweep, Sweep::Killed | Sweep::Over) {
            init.deadlines.kill_after(grace, init.kernel.now());
        }
    }
    if between {
        return;
    }
    let delay = init.options.delay(signal);
    let time = if delay == Time::NONE { 0 } else { delay.after(init.kernel.now()) };
    if !rooms::DELAY || init.deadlines.hold_back(received, time, stop) {
        forward(init, received);
    } else {
        note(init, 2, Text::Held, signal.into());
    }
    if rooms::DELAY {
        due(init);
    }
    if init.options.sends_stops() && terminal_stop(signal) {
        let own = init.kernel.pid();
        let _ = init.kernel.send(own, STOP);
    }
}

/// Does all that is due now.
pub fn due<K: Kernel>(init: &mut Init<K>) {
    if !rooms::DEADLINES {
        return;
    }
    // Without a deadline the clock is not read.
    while let time = init.deadlines.next()
        && time != NEVER
        && (time == 0 || time <= init.kernel.now())
    {
        match init.deadlines.take(time) {
            Due::Forward(received) => forward(init, &received),
            Due::KillAll => sweep::kill(init),
            // Only one start in each round of the main loop: starts must not hold up the signals.
            Due::Start if rooms::AGAIN => return again::start(init),
            Due::Start => {}
        }
    }
}

/// Forwards a signal as `--rewrite` says.
pub fn forward<K: Kernel>(init: &mut Init<K>, received: &Received) {
    let signal = init.options.rewritten(received.signal());
    if rooms::REWRITE && signal == 0 {
        return note(init, 2, Text::Dropped, received.signal().into());
    }
    deliver(init, signal, received);
}
