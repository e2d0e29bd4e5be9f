//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7).
//!
//! Every signal is blocked, TTOU too, so that the terminal can be handed over from the background.

use rustix::io::Errno;
use rustix::process::{Pid, getpid};
use rustix::termios::{tcgetpgrp, tcsetpgrp};

use scratch_init::signals::{CONT, STOP, TSTP};

use crate::sys::signals::{Mask, send};
use crate::sys::{own_group, stdin};

/// The terminal on stdin, if the init's process group was in its foreground.
pub struct Terminal {
    /// The init's process group; 0 if it is one of an outer PID namespace.
    own: i32,
    /// Whether the terminal is there, and is ours to hand over.
    pub held: bool,
}

/// Whether `group` is in the foreground of stdin, and that is our controlling terminal.
#[inline(never)]
fn has_foreground(group: i32) -> bool {
    match tcgetpgrp(stdin()) {
        Ok(pid) => pid.as_raw_pid() == group,
        // This is how rustix puts 0, a group of an outer PID namespace.
        Err(errno) => errno == Errno::OPNOTSUPP && group == 0,
    }
}

/// Hands it to a process group. Whoever does not get it still runs.
fn give(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = tcsetpgrp(stdin(), group);
    }
}

impl Terminal {
    /// As it is before the program is started.
    ///
    /// Where both groups are an outer namespace's they count as the same one: `unshare --pid` from
    /// a shell leaves an init in such a group.
    pub fn new() -> Self {
        let own = own_group();
        Self { own, held: has_foreground(own) }
    }

    /// Hands it to the program, whose process group is `to`.
    pub fn hand_over(&self, to: i32) {
        if self.held {
            give(to);
        }
    }

    /// Takes it back if the program's group has it, and says whether it had.
    #[inline(never)]
    pub fn take_back(&self, group: i32) -> bool {
        let had = self.held && has_foreground(group);
        if had {
            give(self.own);
        }
        had
    }

    /// The program in `group` was stopped by `signal`: stops the init as well, so that the shell it
    /// was started from sees a stopped job. Comes back when that is continued, and continues it.
    pub fn stop(&self, group: i32, signal: u8) {
        let had = self.take_back(group);
        let own = getpid().as_raw_pid();
        if signal == TSTP {
            // ^Z goes to a whole job. With the default action of TSTP nothing happens where no
            // shell could continue us: the process group is an orphaned one, setpgid(2).
            let mask = Mask::ALL.without(TSTP).set();
            let _ = send(if had { -self.own } else { own }, TSTP);
            mask.set();
        } else {
            let _ = send(own, STOP);
        }
        if has_foreground(self.own) {
            self.hand_over(group);
        }
        let _ = send(-group, CONT);
    }
}
