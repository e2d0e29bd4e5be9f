//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7). What a stop means is decided in
//! `job_control.rs`.
//!
//! Every signal is blocked, TTOU too, so that the terminal can be handed over from the background.

use super::group;
use super::init::{Init, Sweep};
use super::job_control::{self, Action, Foreground};
use crate::kernel::{Kernel, Terminal};
use crate::route::{PASSED_ON, TERMINAL, for_job};
use crate::signals::{CONT, HUP, INT, QUIT, Received, TERM, TSTP, TTIN, TTOU};
use crate::status::End;

/// How long the init waits before it ends, for the shell to see what it has continued, in nanoseconds.
const A_MOMENT: u64 = 10_000_000;

/// Lets go of the controlling terminal, so that another session can have it, and returns the signals that
/// this causes: HUP and CONT, if the init leads the session whose terminal it was. ioctl_tty(2)
pub fn let_go<K: Kernel>(kernel: &mut K) -> u64 {
    if kernel.drop_terminal() { 1 << HUP | 1 << CONT } else { 0 }
}

/// Who has the terminal, `group` being that of a process that stopped; because it wants the terminal, if `wants`.
fn foreground<K: Kernel>(kernel: &mut K, terminal: &K::Terminal, own: i32, group: i32, handed: bool, wants: bool) -> Foreground {
    let there = terminal.foreground();
    Foreground::of(there, own, group, || match there {
        Some(0) => own == 0 && !terminal.in_background(),
        Some(there) => (handed && kernel.is_empty(there)) || (wants && kernel.is_mates(there)),
        None => false,
    })
}

/// Whether there can be a shell that sees the init stop, and continues it. PID 1 does not stop, and its process group
/// and those of an outer PID namespace cannot be signalled.
fn has_shell<K: Kernel>(kernel: &K, own: i32) -> bool {
    own > 1 && kernel.pid() != 1
}

/// Hands the terminal over to `group`, if it is the init's to give, and says whether the group has it.
fn hand_over<K: Kernel>(init: &mut Init<K>, group: i32, wants: bool) -> bool {
    let Some(terminal) = init.kernel.terminal() else { return false };
    let own = init.kernel.group_of(0);
    match foreground(&mut init.kernel, &terminal, own, group, init.handed, wants) {
        Foreground::Stopped => true,
        Foreground::Init if terminal.set_foreground(group) => {
            init.handed = true;
            true
        }
        _ => false,
    }
}

/// A child was stopped by `signal`. Where a shell is to see that, the init stops as well, and comes back
/// when that is continued.
#[inline(never)]
pub fn stopped<K: Kernel>(init: &mut Init<K>, child: i32, signal: u8) {
    let runs = init.status.is_none();
    let group = init.kernel.group_of(child);
    // The program's group stands for it after its end; before, the program for its group.
    let program = if runs { child == init.program } else { group == init.program };
    if init.options.sends_stops() || (runs && !program && group == init.program) {
        return;
    }
    let Some(terminal) = init.kernel.terminal() else { return };
    let own = init.kernel.group_of(0);
    let wants = signal != TSTP && TERMINAL.has(signal);
    let foreground = foreground(&mut init.kernel, &terminal, own, group, init.handed, wants);
    // A sweep in the background is not held up.
    let shell = has_shell(&init.kernel, own) && (init.sweep == Sweep::No || foreground == Foreground::Stopped);
    let goes_on = match job_control::stopped(signal, foreground, shell, program) {
        Action::Leave => false,
        Action::Continue => true,
        // Without the terminal one that wants to read would stop again at once.
        Action::HandOver => hand_over(init, group, wants) || signal == TSTP,
        Action::Suspend(by) => {
            if foreground == Foreground::Stopped && terminal.set_foreground(own) {
                init.handed = false;
            }
            drop(terminal);
            let continued = suspend(&mut init.kernel, -own, by);
            hand_over(init, group, wants) || continued || by == TSTP
        }
    };
    init.stuck = program && !goes_on && wants && foreground != Foreground::Nobody;
    if goes_on || (init.stuck && core::mem::take(&mut init.urged)) {
        // To group 1 alone, or one of an outer PID namespace, no signal can be sent.
        let _ = init.kernel.send(if group > 1 { -group } else { child }, CONT);
    }
}

/// A signal was sent to the program. One that wants the terminal, and waits for it where no shell would ever continue it,
/// acts on a request to end when it goes on; once for each request, since it would stop again.
pub fn wake<K: Kernel>(init: &mut Init<K>, signal: u8) {
    if !matches!(signal, TERM | INT | QUIT | HUP) {
        return;
    }
    if core::mem::take(&mut init.stuck) {
        let _ = group::send(init, CONT);
    } else {
        init.urged = true;
    }
}

/// Stops `who`, the init or its whole process group, and comes back when the init is continued. Says whether somebody
/// did that: nobody stops in a group that no shell looks after, an orphaned one, setpgid(2).
fn suspend<K: Kernel>(kernel: &mut K, who: i32, signal: u8) -> bool {
    // A shell may have continued the job since, when it saw another process of it stop.
    let continued = kernel.take(CONT);
    if !continued {
        kernel.stop(who, signal);
    }
    continued | kernel.take(CONT)
}

/// The terminal driver stops the init's process group: the program stops, and then the init does.
pub fn suspended<K: Kernel>(init: &mut Init<K>, signal: u8) {
    let own = init.kernel.group_of(0);
    if !has_shell(&init.kernel, own) {
        return;
    }
    if signal != TSTP
        && let Some(terminal) = init.kernel.terminal()
        && let Some(group) = terminal.foreground()
        // It may have come back since.
        && (group == own || (init.handed && group == init.program && terminal.set_foreground(own)))
    {
        // Another of the pipeline wants the terminal, as in `init seq 1000 | less`. They take turns.
        init.handed = false;
        return go_on(&mut init.kernel, own);
    }
    // The program tells when it has stopped. What it left behind need not.
    let _ = group::send(init, signal);
    if init.program == 0 || init.status.is_some() {
        let pid = init.kernel.pid();
        suspend(&mut init.kernel, pid, signal);
        let _ = group::send(init, CONT);
    }
}

/// Continues the init's group, but not the program.
///
/// In `init seq 200 | less` the shell may have seen `less` stop. If it sees the init end before it sees `less` go on, the whole
/// job has stopped for all it knows, and bash takes the terminal. So the init does not end at once.
fn go_on<K: Kernel>(kernel: &mut K, own: i32) {
    let _ = kernel.send(-own, CONT);
    kernel.take(CONT);
    kernel.pause(A_MOMENT);
}

/// The init was continued: a shell may have given it the terminal.
pub fn continued<K: Kernel>(init: &mut Init<K>) {
    if init.program != 0 && init.status.is_none() && !init.options.sends_stops() {
        // Its whole group may have stopped for want of it.
        if hand_over(init, init.program, false) && core::mem::take(&mut init.stuck) {
            let _ = group::send(init, CONT);
        }
    }
}

/// Whether a signal is for the program's whole process group, for the terminal sent it to the init's.
pub fn is_for_job<K>(init: &Init<K>, received: &Received) -> bool {
    !init.options.sends_stops() && for_job(received.signal(), received.code)
}

/// The program has ended.
pub fn ended<K: Kernel>(init: &mut Init<K>, end: End) {
    let own = init.kernel.group_of(0);
    let interrupted = match end {
        End::Killed(signal)
            if init.handed
                && job_control::interrupts(signal, has_shell(&init.kernel, own), init.sent >> (signal & 63) & 1 != 0)
                && init.kernel.terminal().is_some_and(|terminal| terminal.foreground() == Some(init.program)) =>
        {
            signal
        }
        _ => 0,
    };
    // Of the group others may be left. They get it again when they want it: nobody would tell when the last of them leaves it.
    take_back(init, true);
    if interrupted != 0 {
        // The others of the init's own group are told nothing: the program may have sent it to itself.
        let key = Received { signo: interrupted.into(), code: PASSED_ON, pid: init.kernel.pid(), ..Received::NONE };
        init.kernel.tell_mates(&key);
    }
}

/// Something has ended: the terminal comes back from a process group of which nobody is left. While the program runs,
/// that is its own affair.
pub fn look_back<K: Kernel>(init: &mut Init<K>) {
    if init.status.is_some() {
        take_back(init, false);
    }
}

/// The terminal comes back from the program's group, if nobody is left of it or `all` is over; or from another one that nobody
/// is left of.
fn take_back<K: Kernel>(init: &mut Init<K>, all: bool) {
    let own = init.kernel.group_of(0);
    if init.handed
        && let Some(terminal) = init.kernel.terminal()
        && let Some(group) = terminal.foreground()
        && (group == own || (((all && group == init.program) || init.kernel.is_empty(group)) && terminal.set_foreground(own)))
    {
        init.handed = false;
        mend(&mut init.kernel, own);
    }
}

/// For want of the terminal, which is the init's group's again, another of the pipeline may have stopped: it goes on. The init might
/// not come to hear of it by its queue.
fn mend<K: Kernel>(kernel: &mut K, own: i32) {
    if has_shell(kernel, own) && (kernel.take(TTIN) | kernel.take(TTOU)) {
        go_on(kernel, own);
    }
}

/// The init ends: nobody is to be left stopped for what it had. One that was about to stop when the terminal came back has by now.
pub fn leave<K: Kernel>(init: &mut Init<K>) {
    take_back(init, true);
    let own = init.kernel.group_of(0);
    if has_shell(&init.kernel, own) && init.kernel.terminal().is_some_and(|terminal| terminal.foreground() == Some(own)) {
        mend(&mut init.kernel, own);
    }
}

/// The program did not start: what its group had got is taken back.
pub fn restore<K: Kernel>(kernel: &mut K) {
    if let Some(terminal) = kernel.terminal() {
        let own = kernel.group_of(0);
        terminal.set_foreground(own);
    }
}
