//! The controlling terminal: tcgetpgrp(3), tcsetpgrp(3), tty(4).
//!
//! (The number of its descriptor is not known when this is compiled, and rustix's descriptors assert that it is not
//! -1, which is a path to a panic: so these few calls are our own.)

use core::ptr;

use linux_raw_sys::general as k;
use linux_raw_sys::ioctl::{TIOCGPGRP, TIOCGSID, TIOCNOTTY, TIOCSPGRP};
use rustix::process::getpid;
use scratch_init::errno::EIO;
use scratch_init::kernel;

use super::arch;
use super::call::result;
use super::files::{Descriptor, open};

/// The controlling terminal of the init's session: standard input if it is that, else `/dev/tty`, else
/// standard error, as shells look for it. It is looked for each time anew: nothing is kept open for it.
pub struct Terminal {
    /// `/dev/tty`, where it is there.
    own: Option<Descriptor>,
    fd: usize,
}

impl Terminal {
    /// Looks for it; `None` if there is none.
    pub fn find() -> Option<Self> {
        let standard = |fd| {
            let terminal = Self { own: None, fd };
            terminal.is_ours().then_some(terminal)
        };
        if let Some(input) = standard(0) {
            return Some(input);
        }
        Self::tty().or_else(|| standard(2))
    }

    /// `/dev/tty`, if it is that here.
    #[inline(never)]
    fn tty() -> Option<Self> {
        let own = open(c"/dev/tty").ok()?;
        let tty = Self { fd: own.0, own: Some(own) };
        tty.is_ours().then_some(tty)
    }

    /// Whether it is the controlling terminal. A pty's master tells the foreground of the other end, whoever's that is, so the
    /// session has to be the init's: tcgetsid(3), getsid(2). (Both are 0 where that is one of an outer PID namespace.)
    fn is_ours(&self) -> bool {
        // SAFETY: takes a number.
        let own = unsafe { arch::syscall(k::__NR_getsid, 0, 0, 0, 0) } as i32;
        match (self.ask(TIOCGSID), self.ask(TIOCGPGRP)) {
            (Some(session), Some(_)) => session == own,
            // Not every kernel has that call, as gVisor; a master has no foreground when the other end is nobody's.
            (None, Some(group)) => group != 0,
            (_, None) => false,
        }
    }

    /// Asks for a number: ioctl_tty(2).
    fn ask(&self, what: u32) -> Option<i32> {
        let mut number = 0i32;
        // SAFETY: a place for a number.
        let got = unsafe { arch::syscall(k::__NR_ioctl, self.fd, what as usize, ptr::from_mut(&mut number).expose_provenance(), 0) };
        result(got).ok().map(|_| number)
    }
}

impl kernel::Terminal for Terminal {
    fn foreground(&self) -> Option<i32> {
        self.ask(TIOCGPGRP)
    }

    fn set_foreground(&self, group: i32) -> bool {
        // SAFETY: a number to be read.
        let set = unsafe { arch::syscall(k::__NR_ioctl, self.fd, TIOCSPGRP as usize, ptr::from_ref(&group).expose_provenance(), 0) };
        set >= 0
    }

    fn in_background(&self) -> bool {
        // In the foreground it would wait for another who reads, so it needs a descriptor that does not wait. Standard
        // input has to do where there is no other.
        let tty = if self.own.is_none() { Self::tty() } else { None };
        let fd = tty.as_ref().map_or(self.fd, |tty| tty.fd);
        // SAFETY: no byte is written.
        result(unsafe { arch::syscall(k::__NR_read, fd, 0, 0, 0) }) == Err(EIO)
    }
}

/// Lets go of the controlling terminal, and says whether it was that of a session which the init leads: `TIOCNOTTY` of
/// ioctl_tty(2), for which rustix has no call.
pub fn drop_terminal() -> bool {
    let leads = leads_session();
    // SAFETY: takes numbers.
    let dropped = unsafe { arch::syscall(k::__NR_ioctl, 0, TIOCNOTTY as usize, 0, 0) == 0 };
    dropped && leads
}

/// Whether the init leads its session: getsid(2). (rustix has no room for the 0 of an outer PID namespace.)
fn leads_session() -> bool {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getsid, 0, 0, 0, 0) as i32 == getpid().as_raw_pid() }
}
