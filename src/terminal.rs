//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7).
//!
//! Every signal is blocked, TTOU too, so that the terminal can be handed over from the background.

use rustix::io::Errno;
use rustix::process::{Pid, getpid};
use rustix::termios::{tcgetpgrp, tcsetpgrp};

use scratch_init::signals::{CONT, HUP, STOP, TSTP, TTIN, TTOU};

use crate::sys::signals::{Mask, send};
use crate::sys::{drop_terminal, leads_session, own_group, stdin};

/// The process group in the foreground of stdin, if that is our controlling terminal; 0 if it is
/// one of an outer PID namespace, -1 if there is no terminal.
pub fn foreground() -> i32 {
    match tcgetpgrp(stdin()) {
        Ok(group) => group.as_raw_pid(),
        // This is how rustix puts the 0.
        Err(Errno::OPNOTSUPP) => 0,
        Err(_) => -1,
    }
}

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

/// Makes `to` the foreground process group if that is `from`, and says whether it was. Whoever does
/// not get the terminal still runs.
///
/// Where both are an outer namespace's they count as the same one: `unshare --pid` from a shell
/// leaves an init in such a group.
pub fn pass(from: i32, to: i32) -> bool {
    let had = foreground() == from;
    if had && let Some(to) = Pid::from_raw(to) {
        let _ = tcsetpgrp(stdin(), to);
    }
    had
}

/// The program, which leads `group`, was stopped by `signal`: stops the init as well, so that the
/// shell it was started from sees a stopped job. Comes back when that is continued, and continues it.
#[inline(never)]
pub fn stop(group: i32, signal: u8) {
    let own = own_group();
    let had = pass(group, own);
    if matches!(signal, TTIN | TTOU) && !had && foreground() == own {
        // A shell has brought us to the foreground since, and does not say so: no need to stop.
    } else if signal == TSTP {
        // ^Z goes to a whole job. With the default action of TSTP nothing happens where no
        // shell could continue us: the process group is an orphaned one, setpgid(2).
        let _ = Mask::ALL.without(TSTP).set();
        let _ = send(if had && own > 0 { -own } else { getpid().as_raw_pid() }, TSTP);
        let _ = Mask::ALL.set();
    } else {
        let _ = send(getpid().as_raw_pid(), STOP);
    }
    pass(own, group);
    let _ = send(-group, CONT);
}
