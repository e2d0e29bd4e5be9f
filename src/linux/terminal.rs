//! The controlling terminal: tcgetpgrp(3), tcsetpgrp(3), tty(4).
//!
//! (rustix's descriptors assert that their number is not -1. For a number that is known only at run time this is a path to a
//! panic, so the calls here do not go through rustix.)

use core::ptr;

use linux_raw_sys::general as k;
use linux_raw_sys::ioctl::{TIOCGPGRP, TIOCGSID, TIOCNOTTY, TIOCSPGRP};
use rustix::process::getpid;
use scratch_init::errno::{EIO, ENXIO};
use scratch_init::kernel;
use scratch_init::rooms;

use super::arch;
use super::call::{Result, persistent, result};
use super::files::{Descriptor, open};

/// The controlling terminal of the init's session: standard input, else `/dev/tty`, else standard error, whichever is this
/// terminal first. Shells look for it in the same way. The init looks for it each time anew, and keeps no descriptor open.
///
/// Without job control it is `/dev/tty`; standard input only where that file is not there, or is no terminal. Nobody asks then whether
/// standard input is the controlling terminal: if not, the kernel refuses to set its foreground process group.
pub struct Tty {
    fd: u32,
    /// Whether the descriptor is that of `/dev/tty`, opened by the init.
    opened: bool,
}

impl Drop for Tty {
    fn drop(&mut self) {
        if self.opened {
            drop(Descriptor(self.fd));
        }
    }
}

impl Tty {
    /// Looks for the controlling terminal; `None` if there is none.
    pub fn find() -> Option<Self> {
        if !rooms::JOB_CONTROL {
            return match Self::open() {
                Ok(tty) if tty.ask(TIOCGPGRP).is_some() => Some(tty),
                // There is no controlling terminal.
                Err(ENXIO) => None,
                // There is no such file, or it is another one.
                _ => Some(Self { fd: 0, opened: false }),
            };
        }
        let standard = |fd| {
            let terminal = Self { fd, opened: false };
            terminal.is_ours().then_some(terminal)
        };
        if let Some(input) = standard(0) {
            return Some(input);
        }
        Self::by_name().or_else(|| standard(2))
    }

    /// `/dev/tty`, if it is the controlling terminal.
    #[inline(never)]
    fn by_name() -> Option<Self> {
        Self::open().ok().filter(Self::is_ours)
    }

    /// Opens `/dev/tty`.
    fn open() -> Result<Self> {
        open(c"/dev/tty").map(|tty| Self { fd: tty.keep(), opened: true })
    }

    /// Whether this is the controlling terminal. The master of a pty reports the foreground process group of its slave, in any
    /// session. So the terminal's session must be the init's: tcgetsid(3), getsid(2). (Both are 0 for a session of an outer PID
    /// namespace.)
    fn is_ours(&self) -> bool {
        // SAFETY: takes a number.
        let own = unsafe { arch::syscall(k::__NR_getsid, 0, 0, 0, 0) } as i32;
        match (self.ask(TIOCGSID), self.ask(TIOCGPGRP)) {
            (Some(session), Some(_)) => session == own,
            // Some kernels, such as gVisor, do not have TIOCGSID. A master whose slave is no controlling terminal reports group
            // 0.
            (None, Some(group)) => group != 0,
            (_, None) => false,
        }
    }

    /// Asks the terminal for a number: ioctl_tty(2).
    fn ask(&self, what: u32) -> Option<i32> {
        let mut number = 0i32;
        let place = ptr::from_mut(&mut number).expose_provenance();
        // SAFETY: a pointer to a number.
        result(unsafe { persistent(k::__NR_ioctl, self.fd as usize, what as usize, place, 0) }).ok().map(|_| number)
    }
}

impl kernel::Terminal for Tty {
    fn foreground(&self) -> Option<i32> {
        self.ask(TIOCGPGRP)
    }

    fn set_foreground(&self, group: i32) -> bool {
        // SAFETY: a pointer to a number.
        let set =
            unsafe { arch::syscall(k::__NR_ioctl, self.fd as usize, TIOCSPGRP as usize, ptr::from_ref(&group).expose_provenance(), 0) };
        set >= 0
    }

    fn in_background(&self) -> bool {
        // In the foreground read(2) would wait while another process reads, so it needs a descriptor with O_NONBLOCK: `/dev/tty`.
        // If this cannot be opened, the terminal's own descriptor is used.
        let tty = if rooms::JOB_CONTROL && !self.opened { Self::by_name() } else { None };
        let fd = tty.as_ref().map_or(self.fd, |tty| tty.fd);
        // SAFETY: the kernel writes no byte.
        unsafe { arch::syscall(k::__NR_read, fd as usize, 0, 0, 0) == -(EIO as isize) }
    }
}

/// Gives up the controlling terminal, and returns whether the init was the leader of the session that had it: `TIOCNOTTY` of
/// ioctl_tty(2), for which rustix has no function.
pub fn drop_terminal() -> bool {
    let leads = leads_session();
    // SAFETY: takes numbers.
    let dropped = unsafe { arch::syscall(k::__NR_ioctl, 0, TIOCNOTTY as usize, 0, 0) == 0 };
    dropped && leads
}

/// Whether the init leads its session: getsid(2). (rustix's type for a PID cannot hold the 0 of an outer PID namespace.)
fn leads_session() -> bool {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getsid, 0, 0, 0, 0) as i32 == getpid().as_raw_pid() }
}
