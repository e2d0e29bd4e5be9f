//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7). What a stop means is decided in
//! `src/job_control.rs`.
//!
//! Every signal is blocked, TTOU too, so that the terminal can be handed over from the background.

use core::ffi::CStr;

use rustix::fs::{self, FileType, fstat, major, minor};
use rustix::process::getpid;

use scratch_init::job_control::{self, Action, Foreground};
use scratch_init::number::{self, Decimal};
use scratch_init::proc::{self, Stat};
use scratch_init::route::{PASSED_ON, TERMINAL, for_job};
use scratch_init::signals::{CONT, HUP, INT, QUIT, Received, TERM, TSTP, TTIN, TTOU};
use scratch_init::status::End;

use crate::Init;
use crate::forward::group;
use crate::sweep::Sweep;
use crate::sys::signals::{Mask, is_empty, pause, queue, send, take};
use crate::sys::{Directory, Terminal, Text, drop_terminal, group_of, leads_session, own_group, read_file, stdin};

/// Lets go of the controlling terminal, so that another session can have it, and returns the signals that
/// this causes: HUP and CONT, if the init leads the session whose terminal it was. ioctl_tty(2)
pub fn let_go() -> u64 {
    let leads = leads_session();
    if drop_terminal() && leads { 1 << HUP | 1 << CONT } else { 0 }
}

/// Begins a session of the process's own, with the terminal if there is one to be had.
pub fn new_session() {
    let _ = rustix::process::setsid();
    let _ = rustix::process::ioctl_tiocsctty(stdin());
}

/// The terminal, if the init's process group, which this process must be of, has its foreground, and the program is to have
/// that from the start.
pub fn ours() -> Option<Terminal> {
    // A script without job control gives /dev/null to what it starts with `&`, and goes on to use the terminal itself. Such
    // a program gets it when it reads from it.
    if is_null() {
        return None;
    }
    let terminal = Terminal::find()?;
    (foreground(&terminal, own_group(), 0, false, false) == Foreground::Init).then_some(terminal)
}

/// Whether standard input is /dev/null: null(4).
fn is_null() -> bool {
    fstat(stdin()).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && (major(stat.st_rdev as _), minor(stat.st_rdev as _)) == (1, 3)
    })
}

/// Who has it, `group` being that of a process that stopped; because it wants the terminal, if `wants`.
fn foreground(terminal: &Terminal, own: i32, group: i32, handed: bool, wants: bool) -> Foreground {
    let there = terminal.foreground();
    Foreground::of(there, own, group, || match there {
        Some(0) => own == 0 && !terminal.in_background(),
        Some(there) => (handed && is_empty(there)) || (wants && is_of_job(there)),
        None => false,
    })
}

/// Whether that process group is the program of another init of the same job, as in a pipeline of two. They take turns.
/// What a script starts with `&` does not, see [`ours`].
fn is_of_job(group: i32) -> bool {
    let mut path = Text::new();
    !is_null()
        && has_proc()
        && path.join(&[b"/proc/", Decimal::new(group as u32).bytes(), b"/stat"])
        && stat(path.as_c_str()).is_some_and(|(_, stat)| is_mate(stat.parent))
}

/// Whether that is another init of the same job: a process of the init's own group, of the same executable file.
fn is_mate(pid: u32) -> bool {
    let own = own_group();
    let mut path = Text::new();
    pid != 0
        && pid != getpid().as_raw_pid() as u32
        && own != 0
        && group_of(pid as i32) == own
        && path.join(&[b"/proc/", Decimal::new(pid).bytes(), b"/exe"])
        && matches!((fs::stat(path.as_c_str()), fs::stat(c"/proc/self/exe")),
            (Ok(its), Ok(own)) if (its.st_dev, its.st_ino) == (own.st_dev, own.st_ino))
}

/// Whether there is a /proc of this PID namespace.
fn has_proc() -> bool {
    stat(c"/proc/self/stat").is_some_and(|(pid, _)| pid == getpid().as_raw_pid() as u32)
}

fn stat(path: &CStr) -> Option<(u32, Stat)> {
    proc::stat(read_file(path, &mut [0; 256], 0).ok()?)
}

/// Whether there can be a shell that sees the init stop, and continues it. PID 1 does not stop, and its process group
/// and those of an outer PID namespace cannot be signalled.
fn has_shell(own: i32) -> bool {
    own > 1 && !getpid().is_init()
}

/// Hands the terminal over to `group`, if it is the init's to give, and says whether the group has it.
fn hand_over(init: &mut Init, group: i32, wants: bool) -> bool {
    let Some(terminal) = Terminal::find() else { return false };
    match foreground(&terminal, own_group(), group, init.handed, wants) {
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
pub fn stopped(init: &mut Init, child: i32, signal: u8) {
    let runs = init.status.is_none();
    let group = group_of(child);
    // The program's group stands for it after its end; before, the program for its group. As dumb-init the stops are sent by the init.
    let program = if runs { child == init.program } else { group == init.program };
    if init.options.name().session() || (runs && !program && group == init.program) {
        return;
    }
    let Some(terminal) = Terminal::find() else { return };
    let own = own_group();
    let wants = signal != TSTP && TERMINAL.has(signal);
    let foreground = foreground(&terminal, own, group, init.handed, wants);
    // A sweep in the background is not held up.
    let shell = has_shell(own) && (init.sweep == Sweep::No || foreground == Foreground::Stopped);
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
            let continued = suspend(-own, by);
            hand_over(init, group, wants) || continued || by == TSTP
        }
    };
    init.stuck = program && !goes_on && wants && foreground != Foreground::Nobody;
    if goes_on || (init.stuck && core::mem::take(&mut init.urged)) {
        // To group 1 alone, or one of an outer PID namespace, no signal can be sent.
        let _ = send(if group > 1 { -group } else { child }, CONT);
    }
}

/// A signal was sent to the program. One that wants the terminal, and waits for it where no shell would ever continue it,
/// acts on a request to end when it goes on; once for each request, since it would stop again.
pub fn wake(init: &mut Init, signal: u8) {
    if !matches!(signal, TERM | INT | QUIT | HUP) {
        return;
    }
    if core::mem::take(&mut init.stuck) {
        let _ = group(init, CONT);
    } else {
        init.urged = true;
    }
}

/// Stops `who`, the init or its whole process group, and comes back when the init is continued. Says whether somebody
/// did that: nobody stops in a group that no shell looks after, an orphaned one, setpgid(2).
fn suspend(who: i32, signal: u8) -> bool {
    // A shell may have continued the job since, when it saw another process of it stop.
    let continued = take(CONT);
    if !continued {
        let _ = Mask::ALL.without(signal).set();
        let _ = send(who, signal);
        let _ = Mask::ALL.set();
    }
    continued | take(CONT)
}

/// The terminal driver stops the init's process group: the program stops, and then the init does.
pub fn suspended(init: &mut Init, signal: u8) {
    let own = own_group();
    if !has_shell(own) {
        return;
    }
    if signal != TSTP
        && let Some(terminal) = Terminal::find()
        && let Some(group) = terminal.foreground()
        // It may have come back since.
        && (group == own || (init.handed && group == init.program && terminal.set_foreground(own)))
    {
        // Another of the pipeline wants the terminal, as in `init seq 1000 | less`. They take turns.
        init.handed = false;
        return go_on(own);
    }
    // The program tells when it has stopped. What it left behind need not.
    let _ = group(init, signal);
    if init.program == 0 || init.status.is_some() {
        suspend(getpid().as_raw_pid(), signal);
        let _ = group(init, CONT);
    }
}

/// Continues the init's group, but not the program.
///
/// In `init seq 200 | less` the shell may have seen `less` stop. If it sees the init end before it sees `less` go on, the whole
/// job has stopped for all it knows, and bash takes the terminal. So the init does not end at once.
fn go_on(own: i32) {
    let _ = send(-own, CONT);
    take(CONT);
    pause();
}

/// A stop that came to the program before it is executed is forgotten: the init would wait for it for ever, clone(2). Who
/// stopped the whole job has told the init as well.
pub fn forget_stops() {
    for signal in [TSTP, TTIN, TTOU] {
        take(signal);
    }
}

/// The init was continued: a shell may have given it the terminal.
pub fn continued(init: &mut Init) {
    if init.program != 0 && init.status.is_none() && !init.options.name().session() {
        // Its whole group may have stopped for want of it.
        if hand_over(init, init.program, false) && core::mem::take(&mut init.stuck) {
            let _ = group(init, CONT);
        }
    }
}

/// Whether a signal is for the program's whole process group, for the terminal sent it to the init's.
pub fn sent_to_job(init: &Init, received: &Received) -> bool {
    !init.options.name().session() && for_job(received.signal(), received.code)
}

/// The program has ended.
pub fn ended(init: &mut Init, end: End) {
    let own = own_group();
    let interrupted = match end {
        End::Killed(signal)
            if init.handed
                && job_control::interrupts(signal, has_shell(own), init.sent >> (signal & 63) & 1 != 0)
                && Terminal::find().is_some_and(|terminal| terminal.foreground() == Some(init.program)) =>
        {
            signal
        }
        _ => 0,
    };
    // Of the group others may be left. They get it again when they want it: nobody would tell when the last of them leaves it.
    take_back(init, true);
    if interrupted != 0 {
        tell_mates(interrupted);
    }
}

/// Passes a key on to the other inits of the same job, as in a pipeline of two. The others of the init's own group are told
/// nothing: the program may have sent it to itself.
#[inline(never)]
fn tell_mates(signal: u8) {
    let key = Received { signo: signal.into(), code: PASSED_ON, pid: getpid().as_raw_pid(), ..Received::NONE };
    let Ok(proc) = Directory::open(c"/proc") else { return };
    if !has_proc() {
        return;
    }
    let mut buffer = [0; 1024];
    while let Ok(mut entries) = proc.read(&mut buffer)
        && !entries.is_empty()
    {
        while let Some(name) = proc::entry(&mut entries) {
            if let Some(pid) = number::parse(name)
                && is_mate(pid)
            {
                let _ = queue(&key, pid as i32, signal);
            }
        }
    }
}

/// Something has ended: the terminal comes back from a process group of which nobody is left. While the program runs,
/// that is its own affair.
pub fn look_back(init: &mut Init) {
    if init.status.is_some() {
        take_back(init, false);
    }
}

/// The terminal comes back from the program's group, if nobody is left of it or `all` is over; or from another one that nobody
/// is left of.
pub fn take_back(init: &mut Init, all: bool) {
    let own = own_group();
    if init.handed
        && let Some(terminal) = Terminal::find()
        && let Some(group) = terminal.foreground()
        && (group == own || (((all && group == init.program) || is_empty(group)) && terminal.set_foreground(own)))
    {
        init.handed = false;
        mend(own);
    }
}

/// For want of the terminal, which is the init's group's again, another of the pipeline may have stopped: it goes on. The init might
/// not come to hear of it by its queue.
fn mend(own: i32) {
    if has_shell(own) && (take(TTIN) | take(TTOU)) {
        go_on(own);
    }
}

/// The init ends: nobody is to be left stopped for what it had. One that was about to stop when the terminal came back has by now.
pub fn leave(init: &mut Init) {
    take_back(init, true);
    let own = own_group();
    if has_shell(own) && Terminal::find().is_some_and(|terminal| terminal.foreground() == Some(own)) {
        mend(own);
    }
}

/// The program did not start: what it had got is taken back.
pub fn restore() {
    if let Some(terminal) = Terminal::find() {
        terminal.set_foreground(own_group());
    }
}
