//! Signals: blocked, read from a signalfd(2), sent on.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of, transmute};
use core::ptr;

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group, test_kill_process_group};
use rustix::thread::Timespec;
use scratch_init::errno::ESRCH;
use scratch_init::kernel::BATCH;
use scratch_init::signals::{self, Received};

use super::arch;
use super::call::{Result, persist, result};
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

    /// Makes this the mask and returns the one before: rt_sigprocmask(2).
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    #[inline(always)]
    pub fn set(&self) -> Result<Self> {
        let mut old = Self::NONE;
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

/// Sets whether CHLD is ignored or has its default action, and returns whether it was ignored.
pub fn ignore_chld(ignore: bool) -> bool {
    self::ignore(k::SIGCHLD, ignore)
}

/// Gives every signal but the real-time ones its default action.
pub fn ignore_none() {
    for signal in 1..=signals::LAST_STANDARD.into() {
        // KILL and STOP have no other: EINVAL.
        ignore(signal, false);
    }
}

/// Sets whether a signal is ignored or has its default action, and returns whether it was ignored: rt_sigaction(2).
fn ignore(signal: u32, ignore: bool) -> bool {
    // signal(2): these two numbers stand in the place of a function.
    const SIG_DFL: usize = 0;
    const SIG_IGN: usize = 1;
    // SAFETY: all of the structure may be zero, which is the default action without a flag.
    let (mut new, mut old) =
        unsafe { (MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init(), MaybeUninit::<k::kernel_sigaction>::zeroed().assume_init()) };
    // SAFETY: nobody calls it; no handler is installed, so no restorer is needed either.
    new.sa_handler_kernel = unsafe { transmute::<usize, k::__kernel_sighandler_t>(if ignore { SIG_IGN } else { SIG_DFL }) };
    // SAFETY: two structures of the kernel's form and the size of its mask.
    unsafe { arch::syscall(k::__NR_rt_sigaction, signal as usize, addr(&new), addr_mut(&mut old), SET_SIZE) };
    old.sa_handler_kernel.is_some_and(|handler| handler as usize == SIG_IGN)
}

/// The 128 bytes of `struct signalfd_siginfo`: signalfd(2).
#[repr(C)]
#[derive(Clone, Copy)]
struct Record {
    signo: u32,
    errno: i32,
    code: i32,
    pid: i32,
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

const _: () = assert!(size_of::<Record>() == 128);

/// Sends a signal on to a process as `signal`, with its value and its sender: rt_sigqueueinfo(2).
///
/// # Errors
/// EAGAIN if too many are queued; EPERM, ESRCH, ENOSYS.
pub fn queue(received: &Received, to: i32, signal: u8) -> Result<()> {
    let fields = k::__sifields__bindgen_ty_3 {
        _pid: received.pid,
        _uid: received.uid,
        _sigval: k::sigval { sival_ptr: ptr::with_exposed_provenance_mut::<c_void>(received.value as usize) },
    };
    // The kernel copies all 128 bytes and hands them to the receiver: nothing but zeros may be in the rest.
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

/// How many signals can wait for this process: the soft and the hard limit of RLIMIT_SIGPENDING, getrlimit(2). (rustix says nothing
/// of a failure.)
///
/// # Errors
/// None but what a seccomp filter makes up.
pub fn room() -> Result<[u64; 2]> {
    let mut limit = [0; 2];
    // SAFETY: a place for two limits of 64 bits.
    result(unsafe { arch::syscall(k::__NR_prlimit64, 0, k::RLIMIT_SIGPENDING as usize, 0, addr_mut(&mut limit)) })?;
    Ok(limit)
}

/// Leaves room for [`queue`]: fewer signals can wait for the init than for the program.
///
/// The kernel counts all that a user's processes have not taken yet, and when it sends one compares that
/// with the receiver's RLIMIT_SIGPENDING, getrlimit(2). If ours were the same, whoever sends many to us
/// could take all there is, and nothing could be sent on, for ever.
pub fn leave_room(limit: Option<[u64; 2]>) {
    // Without a limit there is room.
    if let Some([soft, hard]) = limit
        && soft != u64::MAX
    {
        give_room(&[soft - soft / 4, hard]);
    }
}

/// Makes these the limits, if that is possible.
pub fn give_room(limit: &[u64; 2]) {
    // SAFETY: two limits of 64 bits.
    unsafe { arch::syscall(k::__NR_prlimit64, 0, k::RLIMIT_SIGPENDING as usize, addr(limit), 0) };
}

/// Waits until a descriptor can be read, for `time` nanoseconds at the most (`None`: without end), and says whether it can
/// be: ppoll(2).
///
/// # Errors
/// EINTR, EAGAIN and ENOMEM, which pass; whatever a seccomp filter makes up.
pub fn poll(fd: usize, time: Option<u64>) -> Result<bool> {
    let mut timeout =
        time.map(|time| k::__kernel_old_timespec { tv_sec: (time / 1_000_000_000) as _, tv_nsec: (time % 1_000_000_000) as _ });
    let mut fd = k::pollfd { fd: fd as i32, events: k::POLLIN as i16, revents: 0 };
    // SAFETY: one pollfd, and a time or NULL; the kernel writes to both: what happened, and how much time is left.
    let ready = unsafe { arch::syscall(k::__NR_ppoll, addr_mut(&mut fd), 1, timeout.as_mut().map_or(0, addr_mut), 0) };
    result(ready).map(|count| count > 0)
}

/// Waits for so many nanoseconds: nanosleep(2).
pub fn pause(time: u64) {
    let _ = rustix::thread::nanosleep(&Timespec { tv_sec: (time / 1_000_000_000) as _, tv_nsec: (time % 1_000_000_000) as _ });
}

/// Opens the signalfd(2) that takes every signal, close-on-exec, and never on one of the descriptors 0, 1 and 2: these are the
/// program's, and others reach them through `/proc/1/fd`. The signals must be blocked.
///
/// (Its number is not known when this is compiled, and rustix's descriptors assert that it is not -1,
/// which is a path to a panic: so these few calls are our own.)
///
/// # Errors
/// EMFILE, ENFILE, ENOMEM, ENODEV; EINVAL if no descriptor above 2 may be had.
pub fn open_queue() -> Result<Descriptor> {
    let flags = (k::O_CLOEXEC | k::O_NONBLOCK) as usize;
    // SAFETY: a mask of the size that is given.
    let fd = result(unsafe { arch::syscall(k::__NR_signalfd4, usize::MAX, addr(&Mask::ALL.0), SET_SIZE, flags) })?;
    Descriptor::above_2(fd)
}

/// Takes signals out of the queue, as many as there are and fit, and says how many: read(2).
///
/// # Errors
/// EAGAIN if there are none.
pub fn read(queue: usize, batch: &mut [Received; BATCH]) -> Result<usize> {
    // SAFETY: any bytes are a `Record`.
    let mut records: [Record; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: the records have that size.
    let read = result(unsafe { arch::syscall(k::__NR_read, queue, addr_mut(&mut records), size_of_val(&records), 0) })?;
    for (received, record) in batch.iter_mut().zip(&records) {
        let Record { value, signo, code, pid, uid, .. } = *record;
        *received = Received { value, signo, code, pid, uid };
    }
    Ok(read / size_of::<Record>())
}

/// Takes a signal that waits for the init, and says whether there was one: rt_sigtimedwait(2). All that is known of it is lost.
pub fn take(signal: u8) -> bool {
    let (set, time) = (Mask::of(0).with(signal), k::__kernel_old_timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: a mask of the size that is given, no place for a siginfo, and a time.
    unsafe { arch::syscall(k::__NR_rt_sigtimedwait, addr(&set.0), 0, addr(&time), SET_SIZE) > 0 }
}

/// Whether nobody is left in a process group: kill(2) with no signal.
pub fn is_empty(group: i32) -> bool {
    // Group 1 cannot be asked for: -1 are all processes.
    group > 1 && Pid::from_raw(group).is_some_and(|group| test_kill_process_group(group) == Err(Errno::SRCH))
}

/// kill(2): the one door that every signal goes out by, but for queued ones and those by pidfd.
///
/// `to` is a process, or the negative of a process group. 0, the own group, is refused, for it is what
/// a group that is not there would come to. -1, which is every process there is, is refused unless
/// this is PID 1: then it is every other process of this PID namespace.
///
/// # Errors
/// EPERM, ESRCH.
pub fn send(to: i32, number: u8) -> Result<()> {
    let Some(pid) = Pid::from_raw(to.wrapping_abs()) else { return Err(ESRCH) };
    if !(1..=signals::LAST).contains(&number) || (to == -1 && !getpid().is_init()) {
        return Err(ESRCH);
    }
    let signal = signal(number);
    persist(|| {
        let sent = if to < 0 { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        sent.map_err(Errno::raw_os_error)
    })
}

/// Whether anybody is left but PID 1, which this must be: kill(2) of no signal to all. Children that nobody can wait for
/// (their parent is in another PID namespace: `docker exec`, nsenter(1)) count, zombies too, and those that may not be
/// signalled.
pub fn anybody() -> bool {
    // rustix has a call that only tests a group, but none that tests all: kill(2) knows -1 alone so.
    // SAFETY: takes numbers, and sends nothing.
    getpid().is_init() && unsafe { arch::syscall(k::__NR_kill, usize::MAX, 0, 0, 0) } == 0
}

/// A signal of rustix's, for one of 1 to 64.
fn signal(number: u8) -> Signal {
    // SAFETY: there is no libc whose reserved signals could be hit: all of 1 to 64 are the user's.
    unsafe { Signal::from_raw_unchecked(number.into()) }
}

/// Sends a stop signal to `to`, which the init is or is in, and comes back when the init is continued, or at once where the kernel
/// does not stop it.
pub fn stop(to: i32, number: u8) {
    let _ = Mask::ALL.without(number).set();
    let _ = send(to, number);
    let _ = Mask::ALL.set();
}

/// Asks for a signal when the init's parent dies: `PR_SET_PDEATHSIG` of prctl(2).
///
/// # Errors
/// None but what a seccomp filter makes up.
pub fn at_parents_death(number: u8) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(signal(number))).map_err(Errno::raw_os_error)
}
