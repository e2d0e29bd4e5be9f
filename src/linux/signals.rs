//! Signals: blocking them, reading them from a signalfd(2), sending them.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of, transmute};
use core::ptr;

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, test_kill_process_group};
use rustix::thread::Timespec;
use scratch_init::errno::ESRCH;
use scratch_init::rooms;
use scratch_init::signals::{self, Batch, Received};
use scratch_init::time::in_seconds;

use super::arch;
use super::call::{Result, persistent, result};
use super::files::Descriptor;

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

    /// No signal.
    pub const NONE: Self = Self::of(0);

    /// This mask without `signal`.
    pub fn without(self, signal: u8) -> Self {
        self.change(signal, |word, bit| word & !bit)
    }

    /// This mask and `signal`.
    fn with(self, signal: u8) -> Self {
        self.change(signal, |word, bit| word | bit)
    }

    fn change(mut self, signal: u8, how: impl Fn(core::ffi::c_ulong, core::ffi::c_ulong) -> core::ffi::c_ulong) -> Self {
        let at = usize::from(signal.saturating_sub(1));
        let bits = core::ffi::c_ulong::BITS as usize;
        if let Some(word) = self.0.sig.get_mut(at / bits) {
            *word = how(*word, 1 << (at % bits));
        }
        self
    }

    /// Sets this mask: rt_sigprocmask(2).
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    pub fn set(&self) -> Result<()> {
        self.set_and_keep(0)
    }

    /// As [`Self::set`], and returns the previous mask.
    pub fn replace(&self) -> Result<Self> {
        let mut old = Self::NONE;
        self.set_and_keep(addr_mut(&mut old.0))?;
        Ok(old)
    }

    /// As [`Self::set`]. `old` is a place for the previous mask, or 0.
    #[inline(always)]
    fn set_and_keep(&self, old: usize) -> Result<()> {
        // SAFETY: masks of the size that is given.
        result(unsafe { arch::syscall(k::__NR_rt_sigprocmask, k::SIG_SETMASK as usize, addr(&self.0), old, SET_SIZE) }).map(drop)
    }
}

fn addr<T>(value: &T) -> usize {
    ptr::from_ref(value).expose_provenance()
}

fn addr_mut<T>(value: &mut T) -> usize {
    ptr::from_mut(value).expose_provenance()
}

/// Sets whether CHLD is ignored or has its default action, and returns whether it was ignored.
pub fn ignore_chld(ignore: bool) -> bool {
    self::ignore(k::SIGCHLD, ignore)
}

/// Gives every signal but the real-time ones its default action.
pub fn ignore_none() {
    for signal in 1..=signals::LAST_STANDARD.into() {
        // KILL and STOP always have their default action: the call fails with EINVAL.
        ignore(signal, false);
    }
}

/// Sets whether a signal is ignored or has its default action, and returns whether it was ignored: rt_sigaction(2).
fn ignore(signal: u32, ignore: bool) -> bool {
    // These two numbers stand for a handler function: signal(2).
    const SIG_DFL: usize = 0;
    const SIG_IGN: usize = 1;
    // SAFETY: a structure of all zero bytes is valid: the default action without flags.
    let (mut new, mut old) =
        unsafe { (MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init(), MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init()) };
    // SAFETY: the value is never called. No handler is installed, so no restorer is needed.
    new.sa_handler_kernel = unsafe { transmute::<usize, k::__kernel_sighandler_t>(if ignore { SIG_IGN } else { SIG_DFL }) };
    // SAFETY: two structures of the kernel's form and the size of its mask.
    unsafe { arch::syscall(k::__NR_rt_sigaction, signal as usize, addr(&new), addr_mut(&mut old), SET_SIZE) };
    old.sa_handler_kernel.is_some_and(|handler| handler as usize == SIG_IGN)
}

/// Forwards a received signal to a process as `signal`, with its value and its sender: rt_sigqueueinfo(2).
///
/// # Errors
/// EAGAIN if too many signals are queued; EPERM, ESRCH, ENOSYS.
pub fn queue(received: &Received, to: i32, signal: u8) -> Result<()> {
    let fields = k::__sifields__bindgen_ty_3 {
        _pid: received.pid,
        _uid: received.uid,
        _sigval: k::sigval { sival_ptr: ptr::with_exposed_provenance_mut::<c_void>(received.value as usize) },
    };
    // The kernel copies all 128 bytes to the receiver. The unused bytes are zero, so that nothing of the init's memory leaks.
    let mut info = MaybeUninit::<k::siginfo_t>::zeroed();
    // SAFETY: its beginning is of this form.
    unsafe {
        info.as_mut_ptr().cast::<k::siginfo__bindgen_ty_1__bindgen_ty_1>().write(k::siginfo__bindgen_ty_1__bindgen_ty_1 {
            si_signo: signal.into(),
            si_errno: 0,
            si_code: received.code,
            _sifields: k::__sifields { _rt: fields },
        });
    }
    // SAFETY: a siginfo of the kernel's form.
    result(unsafe { arch::syscall(k::__NR_rt_sigqueueinfo, to as usize, signal.into(), addr(&info), 0) }).map(drop)
}

/// The soft and the hard limit of signals that can be queued: RLIMIT_SIGPENDING of getrlimit(2). (rustix does not report a
/// failure.)
///
/// # Errors
/// Only those that a seccomp filter makes up.
pub fn room() -> Result<[u64; 2]> {
    let mut limit = [0; 2];
    // SAFETY: a pointer to two limits of 64 bits.
    result(unsafe { arch::syscall(k::__NR_prlimit64, 0, k::RLIMIT_SIGPENDING as usize, 0, addr_mut(&mut limit)) })?;
    Ok(limit)
}

/// Leaves room for [`queue`]: fewer signals can be pending for the init than for the program.
///
/// The kernel counts the queued signals of all of a user's processes. For each new signal it compares this count with the
/// receiver's RLIMIT_SIGPENDING, getrlimit(2). If the init and the program had the same limit, signals queued for the init could
/// use up the limit, and the init could never forward one.
pub fn leave_room(limit: Option<[u64; 2]>) {
    // Without a limit there is always room.
    if let Some([soft, hard]) = limit
        && soft != u64::MAX
    {
        give_room(&[soft - soft / 4, hard]);
    }
}

/// Sets the soft and the hard limit, RLIMIT_SIGPENDING, if the kernel allows it.
pub fn give_room(limit: &[u64; 2]) {
    // SAFETY: a pointer to two limits of 64 bits.
    unsafe { arch::syscall(k::__NR_prlimit64, 0, k::RLIMIT_SIGPENDING as usize, addr(limit), 0) };
}

/// Waits until a descriptor can be read, at most `time` nanoseconds (up to 24 days; `None`: for ever): ppoll(2). Returns whether it can be read;
/// `None` if the call failed.
pub fn poll(fd: usize, time: Option<u64>) -> Option<bool> {
    let mut timeout = time.map(|time| {
        let (seconds, rest) = in_seconds(time);
        k::__kernel_old_timespec { tv_sec: seconds as _, tv_nsec: rest as _ }
    });
    let mut fd = k::pollfd { fd: fd as i32, events: k::POLLIN as i16, revents: 0 };
    // SAFETY: one pollfd, and a time or NULL; the kernel writes to both: what happened, and how much time is left. The mask is
    // NULL, so the kernel ignores the fifth argument, its size.
    let ready = unsafe { arch::syscall(k::__NR_ppoll, addr_mut(&mut fd), 1, timeout.as_mut().map_or(0, addr_mut), 0) };
    (ready >= 0).then_some(ready > 0)
}

/// Waits for `time` nanoseconds: nanosleep(2).
#[inline(never)]
pub fn sleep(time: u64) {
    let _ = rustix::thread::nanosleep(&Timespec { tv_sec: (time / 1_000_000_000) as _, tv_nsec: (time % 1_000_000_000) as _ });
}

/// Opens the signalfd(2) that takes every signal, close-on-exec. The signals must be blocked. Its descriptor is never 0, 1 or 2:
/// these are the program's, and other processes use them through `/proc/1/fd`.
///
/// (rustix's descriptors assert that their number is not -1. For a number that is known only at run time this is a path to a
/// panic, so the calls with this descriptor do not go through rustix.)
///
/// # Errors
/// EMFILE, ENFILE, ENOMEM, ENODEV; EINVAL if no descriptor above 2 is allowed.
pub fn open_queue() -> Result<Descriptor> {
    let flags = if rooms::DEADLINES { k::O_CLOEXEC | k::O_NONBLOCK } else { k::O_CLOEXEC } as usize;
    // SAFETY: a mask of the size that is given.
    Descriptor::opened(unsafe { arch::syscall(k::__NR_signalfd4, usize::MAX, addr(&Mask::ALL.0), SET_SIZE, flags) })
}

/// Takes as many signals out of the queue as there are and fit into `batch`, and returns how many: read(2).
///
/// # Errors
/// EAGAIN if there are none.
pub fn read(queue: usize, batch: &mut Batch) -> Result<usize> {
    // SAFETY: the batch has that size, and consists of numbers.
    let read = result(unsafe { arch::syscall(k::__NR_read, queue, addr_mut(batch), size_of_val(batch), 0) })?;
    Ok(read / (size_of::<Batch>() / Batch::SIZE))
}

/// Takes a pending signal of this number, and returns whether there was one: rt_sigtimedwait(2). Its sender and value are lost.
pub fn take(signal: u8) -> bool {
    let (set, time) = (Mask::of(0).with(signal), k::__kernel_old_timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: a mask of the size that is given, no place for a siginfo, and a time.
    unsafe { arch::syscall(k::__NR_rt_sigtimedwait, addr(&set.0), 0, addr(&time), SET_SIZE) > 0 }
}

/// Whether a process group has no members: kill(2) with signal 0.
pub fn is_empty(group: i32) -> bool {
    // kill(2) cannot ask for group 1: -1 stands for all processes.
    group > 1 && Pid::from_raw(group).is_some_and(|group| test_kill_process_group(group) == Err(Errno::SRCH))
}

/// Sends a signal: kill(2). Every signal is sent by this function, except queued ones and those sent by pidfd.
///
/// `to` is a process, or the negative of a process group. 0, the init's own group, is refused: callers compute `-group`, and group 0
/// means that there is no group. -1, every process that the caller may signal, is refused unless the init is PID 1: then it is every
/// other process of its PID namespace.
///
/// # Errors
/// EPERM, ESRCH.
pub fn send(to: i32, number: u8) -> Result<()> {
    if to == 0 || (to == -1 && !getpid().is_init()) {
        return Err(ESRCH);
    }
    // rustix has a call for each kind of receiver. Here the number says which it is.
    // SAFETY: takes numbers.
    result(unsafe { persistent(k::__NR_kill, to as usize, number.into(), 0, 0) }).map(drop)
}

/// Whether the init is PID 1 and another process is left: kill(2) with signal 0 to all. Also counts processes for which the init
/// cannot wait, because their parent is in another PID namespace (`docker exec`, nsenter(1)); zombies; and processes that it may
/// not signal.
pub fn anybody() -> bool {
    // rustix can test one process group with signal 0, but not all processes (-1).
    // SAFETY: takes numbers, and sends nothing.
    getpid().is_init() && unsafe { arch::syscall(k::__NR_kill, usize::MAX, 0, 0, 0) } == 0
}

/// The signal in rustix's type; `number` is 1 to 64.
fn signal(number: u8) -> Signal {
    // SAFETY: there is no libc that reserves signals for itself, so all of 1 to 64 can be used.
    unsafe { Signal::from_raw_unchecked(number.into()) }
}

/// Sends a stop signal to `to`: the init itself, or its process group. Returns when the init is continued, or at once if the
/// kernel does not stop it.
pub fn stop(to: i32, number: u8) {
    let _ = Mask::ALL.without(number).set();
    let _ = send(to, number);
    let _ = Mask::ALL.set();
}

/// Asks the kernel for a signal when the init's parent dies: `PR_SET_PDEATHSIG` of prctl(2).
///
/// # Errors
/// Only those that a seccomp filter makes up.
pub fn at_parents_death(number: u8) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(signal(number))).map_err(Errno::raw_os_error)
}
