//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7). `job_control.rs` decides what to do
//! about a stop.
//!
//! The init blocks every signal. TTOU is one of them, so the init can hand the terminal over from the background.

use super::group;
use super::init::{Init, Sweep};
use super::job_control::{self, Foreground, Reaction};
use crate::kernel::{Kernel, Terminal};
use crate::route::{PASSED_ON, TERMINAL, for_job};
use crate::signals::{CONT, HUP, INT, QUIT, Received, STOP, TERM, TSTP, TTIN, TTOU};
use crate::status::End;

/// How long the init waits, in nanoseconds, so that the shell sees that the job was continued before the init ends.
const A_MOMENT: u64 = 10_000_000;

/// Gives up the controlling terminal, so that another session can have it. Returns the signals that this causes, a bit for each:
/// HUP and CONT if the init leads the session whose terminal it was, ioctl_tty(2).
pub fn give_up<K: Kernel>(kernel: &mut K) -> u64 {
    if kernel.drop_terminal() { 1 << HUP | 1 << CONT } else { 0 }
}

/// Which process group has the terminal. `group` is the group of a process that stopped; `wants` is whether it stopped because it
/// needs the terminal (TTIN, TTOU).
fn foreground<K: Kernel>(kernel: &mut K, terminal: &K::Terminal, own: i32, group: i32, handed: bool, wants: bool) -> Foreground {
    let there = terminal.foreground();
    Foreground::of(there, own, group, || match there {
        Some(0) => own == 0 && !terminal.in_background(),
        Some(there) => (handed && kernel.is_empty(there)) || (wants && kernel.is_of_mate(there)),
        None => false,
    })
}

/// Whether a shell could see that the init stops, and continue it. `own` is the init's process group. PID 1 does not stop. Group
/// 1 and the groups of an outer PID namespace cannot be signalled.
fn has_shell<K: Kernel>(kernel: &K, own: i32) -> bool {
    own > 1 && kernel.pid() != 1
}

/// Hands the terminal over to `group`, if the init can do so. Returns whether `group` has the terminal now.
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

/// A child was stopped by `signal`. If a shell has to see this, the init stops too, and returns when the shell continues it.
#[inline(never)]
pub fn stopped<K: Kernel>(init: &mut Init<K>, child: i32, signal: u8) {
    // A traced child that could not be detached stops by any signal. Sent to the init's own group, that one would end it.
    if signal != STOP && !TERMINAL.has(signal) {
        return;
    }
    let runs = init.status.is_none();
    let group = init.kernel.group_of(child);
    // In the program's group only the program's own stop counts while it runs; after its end, the stop of any member counts.
    let program = if runs { child == init.program } else { group == init.program };
    if init.options.sends_stops() || (runs && !program && group == init.program) {
        return;
    }
    let Some(terminal) = init.kernel.terminal() else { return };
    let own = init.kernel.group_of(0);
    let wants = signal != TSTP && TERMINAL.has(signal);
    let foreground = foreground(&mut init.kernel, &terminal, own, group, init.handed, wants);
    // During a sweep the init stops only if the stopped group has the terminal.
    let shell = has_shell(&init.kernel, own) && (init.sweep == Sweep::No || foreground == Foreground::Stopped);
    let goes_on = match job_control::stopped(signal, foreground, shell, program) {
        Reaction::Leave => false,
        Reaction::Continue => true,
        // A process that needs the terminal and does not get it would stop again at once.
        Reaction::HandOver => hand_over(init, group, wants) || signal == TSTP,
        Reaction::Suspend(by) => {
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
        // Group 1 and a group of an outer PID namespace (0) cannot be signalled: then only the child gets CONT.
        let _ = init.kernel.send(if group > 1 { -group } else { child }, CONT);
    }
}

/// A signal was sent to the program. If the program is stopped because it needs the terminal, and no shell will continue it, it
/// must be continued to act on a request to end. It is continued once for each request, because it may stop again.
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

/// Stops `who`: the init (its PID) or its whole process group (negative). Returns when the init is continued, and whether it was.
/// In an orphaned process group TSTP, TTIN and TTOU stop no process, setpgid(2): then the result is false.
fn suspend<K: Kernel>(kernel: &mut K, who: i32, signal: u8) -> bool {
    // A shell may have continued the job already, because it saw another process of the job stop.
    let continued = kernel.take(CONT);
    if !continued {
        kernel.stop(who, signal);
    }
    continued | kernel.take(CONT)
}

/// The terminal driver stops the init's process group: first the program stops, then the init.
pub fn suspended<K: Kernel>(init: &mut Init<K>, signal: u8) {
    let own = init.kernel.group_of(0);
    if !has_shell(&init.kernel, own) {
        return;
    }
    if signal != TSTP
        && let Some(terminal) = init.kernel.terminal()
        && let Some(group) = terminal.foreground()
        // The terminal may have come back already.
        && (group == own || (init.handed && group == init.program && terminal.set_foreground(own)))
    {
        // Another process of the pipeline needs the terminal, as in `init seq 1000 | less`. They take turns.
        init.handed = false;
        return go_on(&mut init.kernel, own);
    }
    // If the program runs, CHLD tells when it has stopped, and then the init stops. Nothing tells so of processes that it left
    // behind.
    let _ = group::send(init, signal);
    if init.program == 0 || init.status.is_some() {
        let pid = init.kernel.pid();
        suspend(&mut init.kernel, pid, signal);
        let _ = group::send(init, CONT);
    }
}

/// Continues the init's process group, which the program is not in.
///
/// In `init seq 200 | less` the shell may have seen that `less` stopped. If it sees the init's end before it sees that `less` was
/// continued, it believes that the whole job has stopped, and bash takes the terminal. So the init waits a moment before it ends.
fn go_on<K: Kernel>(kernel: &mut K, own: i32) {
    let _ = kernel.send(-own, CONT);
    kernel.take(CONT);
    kernel.sleep(A_MOMENT);
}

/// The init was continued: a shell may have given it the terminal.
pub fn continued<K: Kernel>(init: &mut Init<K>) {
    if init.program != 0 && init.status.is_none() && !init.options.sends_stops() {
        // The whole group of the program may have stopped because it needed the terminal.
        if hand_over(init, init.program, false) && core::mem::take(&mut init.stuck) {
            let _ = group::send(init, CONT);
        }
    }
}

/// Whether a signal is for the program's whole process group, because the terminal sent it to the init's whole group.
pub fn is_for_job<K>(init: &Init<K>, received: &Received) -> bool {
    !init.options.sends_stops() && for_job(received.signal(), received.code)
}

/// The program has ended.
pub fn program_ended<K: Kernel>(init: &mut Init<K>, end: End) {
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
    // Other processes of the program's group may be left. They get the terminal again when they need it. If they kept it, nothing
    // would tell the init when the last of them leaves the group.
    take_back(init, true);
    if interrupted != 0 {
        // Only the other inits of the job are told, not all of the init's group: the program may have sent the signal to itself.
        let key = Received { signo: interrupted.into(), code: PASSED_ON, pid: init.kernel.pid(), ..Received::NONE };
        init.kernel.tell_mates(&key);
    }
}

/// A process has ended: the init takes the terminal back from a process group that is empty now. While the program runs, the
/// terminal is the program's affair.
pub fn look_back<K: Kernel>(init: &mut Init<K>) {
    if init.status.is_some() {
        take_back(init, false);
    }
}

/// Takes the terminal back from a process group that is empty; with `all`, from the program's group even if it is not empty.
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

/// The init's group has the terminal again. If another process of the pipeline has stopped because it needed the terminal,
/// continues it. The init looks for that TTIN or TTOU itself, because it might end before it reads its queue.
fn mend<K: Kernel>(kernel: &mut K, own: i32) {
    if has_shell(kernel, own) && (kernel.take(TTIN) | kernel.take(TTOU)) {
        go_on(kernel, own);
    }
}

/// The init ends: no process of the pipeline may stay stopped because it needed the terminal. A process that was about to stop
/// when the terminal came back has stopped by now.
pub fn leave<K: Kernel>(init: &mut Init<K>) {
    take_back(init, true);
    let own = init.kernel.group_of(0);
    if has_shell(&init.kernel, own) && init.kernel.terminal().is_some_and(|terminal| terminal.foreground() == Some(own)) {
        mend(&mut init.kernel, own);
    }
}

/// The program did not start: takes the terminal back from its group.
pub fn restore<K: Kernel>(kernel: &mut K) {
    if let Some(terminal) = kernel.terminal() {
        let own = kernel.group_of(0);
        terminal.set_foreground(own);
    }
}
