//! Signals: blocked, read from a signalfd, sent on.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of, transmute};
use core::ptr;

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};
use scratch_init::errno::ESRCH;

use super::{Result, arch, result};

const SET_SIZE: usize = size_of::<k::kernel_sigset_t>();

/// A signal mask.
#[derive(Clone, Copy)]
pub struct Mask(k::kernel_sigset_t);

impl Mask {
    const fn of(words: core::ffi::c_ulong) -> Self {
        Self(k::kernel_sigset_t { sig: [words; size_of::<k::kernel_sigset_t>() / size_of::<core::ffi::c_ulong>()] })
    }

    /// Every signal. The kernel leaves KILL and STOP out.
    pub const ALL: Self = Self::of(!0);

    /// This mask without `signal`.
    pub fn without(mut self, signal: u8) -> Self {
        let at = usize::from(signal.saturating_sub(1));
        let bits = core::ffi::c_ulong::BITS as usize;
        if let Some(word) = self.0.sig.get_mut(at / bits) {
            *word &= !(1 << (at % bits));
        }
        self
    }

    /// Makes this the mask and returns the one before: rt_sigprocmask(2).
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    #[inline(always)]
    pub fn set(&self) -> Result<Self> {
        let mut old = Self::of(0);
        // SAFETY: both are masks of the size that is given.
        result(unsafe { arch::syscall(k::__NR_rt_sigprocmask, k::SIG_SETMASK as usize, addr(&self.0), addr_mut(&mut old.0), SET_SIZE) })?;
        Ok(old)
    }
}

fn addr<T>(value: &T) -> usize {
    ptr::from_ref(value).expose_provenance()
}

fn addr_mut<T>(value: &mut T) -> usize {
    ptr::from_mut(value).expose_provenance()
}

/// Sets whether CHLD is ignored or has its default action, and returns whether it was ignored: rt_sigaction(2).
pub fn ignore_chld(ignore: bool) -> bool {
    // signal(2): these two numbers stand in the place of a function.
    const SIG_DFL: usize = 0;
    const SIG_IGN: usize = 1;
    // SAFETY: all of the structure may be zero, which is the default action without a flag.
    let (mut new, mut old) =
        unsafe { (MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init(), MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init()) };
    // SAFETY: nobody calls it; no handler is installed, so no restorer is needed either.
    new.sa_handler_kernel = unsafe { transmute::<usize, k::__kernel_sighandler_t>(if ignore { SIG_IGN } else { SIG_DFL }) };
    // SAFETY: two structures of the kernel's form and the size of its mask.
    unsafe { arch::syscall(k::__NR_rt_sigaction, k::SIGCHLD as usize, addr(&new), addr_mut(&mut old), SET_SIZE) };
    old.sa_handler_kernel.is_some_and(|handler| handler as usize == SIG_IGN)
}

/// A signal that reached the init: the 128 bytes of `struct signalfd_siginfo`, signalfd(2).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Received {
    signo: u32,
    errno: i32,
    /// Why it was sent: `si_code` of sigaction(2).
    pub code: i32,
    /// Who sent it.
    pub pid: i32,
    uid: u32,
    fd: i32,
    tid: u32,
    band: u32,
    overrun: u32,
    trapno: u32,
    status: i32,
    int: i32,
    value: u64,
    rest: [u8; 72],
}

const _: () = assert!(size_of::<Received>() == 128);

impl Received {
    /// The signal's number.
    pub fn signal(&self) -> u8 {
        self.signo as u8
    }

    /// Whether a value was queued with it: sigqueue(3).
    pub fn queued(&self) -> bool {
        self.code == k::SI_QUEUE
    }

    /// Sends it on to a process, with its value and its sender: rt_sigqueueinfo(2).
    ///
    /// # Errors
    /// EAGAIN if too many are queued, EPERM, ESRCH, ENOSYS.
    pub fn queue(&self, to: i32) -> Result<()> {
        let fields = k::__sifields__bindgen_ty_3 {
            _pid: self.pid,
            _uid: self.uid,
            _sigval: k::sigval { sival_ptr: ptr::with_exposed_provenance_mut::<c_void>(self.value as usize) },
        };
        // The kernel takes no more of it than belongs to this kind: the rest need not be set.
        let mut info = MaybeUninit::<k::siginfo_t>::uninit();
        // SAFETY: its beginning is of this form.
        unsafe {
            info.as_mut_ptr().cast::<k::siginfo__bindgen_ty_1__bindgen_ty_1>().write(k::siginfo__bindgen_ty_1__bindgen_ty_1 {
                si_signo: self.signo as i32,
                si_errno: 0,
                si_code: self.code,
                _sifields: k::__sifields { _rt: fields },
            });
        }
        // SAFETY: a siginfo of the kernel's form.
        result(unsafe { arch::syscall(k::__NR_rt_sigqueueinfo, to as usize, self.signo as usize, addr(&info), 0) })?;
        Ok(())
    }
}

/// A time that does not come.
pub const FOREVER: u64 = u64::MAX;

/// The signalfd(2) that takes every signal.
///
/// (Its number is not known when this is compiled, and rustix's descriptors assert that it is not -1,
/// which is a path to a panic: so these few calls are our own.)
pub struct Queue {
    fd: usize,
    batch: [Received; 8],
}

impl Queue {
    /// Opens it, close-on-exec. The signals must be blocked.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM, ENODEV.
    #[inline]
    pub fn open() -> Result<Self> {
        // SAFETY: a mask of the size that is given, and a batch that may be all zero.
        unsafe {
            let fd = result(arch::syscall(k::__NR_signalfd4, usize::MAX, addr(&Mask::ALL.0), SET_SIZE, k::O_CLOEXEC as usize))?;
            Ok(Self { fd, batch: MaybeUninit::zeroed().assume_init() })
        }
    }

    /// Waits until signals are there, or until the time `until` of [`now`](super::now), and returns
    /// some: as many as there are and fit, none if the time is over.
    pub fn wait(&mut self, until: u64) -> &[Received] {
        if until != FOREVER {
            let left = until.saturating_sub(super::now());
            let time = k::__kernel_timespec { tv_sec: (left / 1_000_000_000) as i64, tv_nsec: (left % 1_000_000_000) as i64 };
            let fd = k::pollfd { fd: self.fd as i32, events: k::POLLIN as i16, revents: 0 };
            // SAFETY: one pollfd, and a time.
            if unsafe { arch::syscall(k::__NR_ppoll, addr(&fd), 1, addr(&time), 0) } == 0 {
                return &[];
            }
        }
        // SAFETY: the batch has that size, and any bytes are a `Received`.
        let read = unsafe { arch::syscall(k::__NR_read, self.fd, addr_mut(&mut self.batch), size_of_val(&self.batch), 0) };
        self.batch.get(..read as usize / size_of::<Received>()).unwrap_or_default()
    }

    /// Moves it to descriptor 1, in the place of standard output, and leaves the old number to be
    /// closed with all others. Says whether that was possible: a seccomp filter may forbid it.
    pub fn replace_stdout(&mut self) -> bool {
        // SAFETY: numbers of descriptors; standard output is used no more.
        let moved = self.fd == 1 || unsafe { arch::syscall(k::__NR_dup3, self.fd, 1, 0, 0) } >= 0;
        if moved {
            self.fd = 1;
        }
        moved
    }
}

/// kill(2): the one door that every signal goes out by, but for queued ones and those by pidfd.
///
/// `to` is a process, or the negative of a process group. 0, the own group, is refused, for it is what
/// a group that is not there would come to. -1, which is every process there is, is refused unless
/// this is PID 1: then it is every other process of this PID namespace.
///
/// # Errors
/// EPERM, ESRCH.
#[inline(never)]
pub fn send(to: i32, number: u8) -> Result<()> {
    let Some(pid) = Pid::from_raw(to.wrapping_abs()) else { return Err(ESRCH) };
    if !(1..=64).contains(&number) || (to == -1 && !getpid().is_init()) {
        return Err(ESRCH);
    }
    // SAFETY: there is no libc whose reserved signals could be hit: all of 1 to 64 are the user's.
    let signal = unsafe { Signal::from_raw_unchecked(number.into()) };
    let sent = if to < 0 { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
    sent.map_err(Errno::raw_os_error)
}
