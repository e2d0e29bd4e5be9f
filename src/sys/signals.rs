//! Signals: blocked, read from a signalfd, sent on.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of, transmute};
use core::ptr;

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::process::{Pid, Resource, Signal, getpid, getrlimit, kill_process, kill_process_group, setrlimit};
use scratch_init::errno::{EAGAIN, ESRCH};
use scratch_init::signals::{self, Received};
use scratch_init::time::NEVER;

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
/// EAGAIN if too many are queued, for a whole second; EPERM, ESRCH, ENOSYS.
pub fn queue(received: &Received, to: i32, signal: u8) -> Result<()> {
    let fields = k::__sifields__bindgen_ty_3 {
        _pid: received.pid,
        _uid: received.uid,
        _sigval: k::sigval { sival_ptr: ptr::with_exposed_provenance_mut::<c_void>(received.value as usize) },
    };
    // The kernel takes no more of it than belongs to this kind: the rest need not be set.
    let mut info = MaybeUninit::<k::siginfo_t>::uninit();
    // SAFETY: its beginning is of this form.
    unsafe {
        info.as_mut_ptr().cast::<k::siginfo__bindgen_ty_1__bindgen_ty_1>().write(k::siginfo__bindgen_ty_1__bindgen_ty_1 {
            si_signo: signal.into(),
            si_errno: 0,
            si_code: received.code,
            _sifields: k::__sifields { _rt: fields },
        });
    }
    let mut sent = Err(EAGAIN);
    for _ in 0..1000 {
        // SAFETY: a siginfo of the kernel's form.
        sent = result(unsafe { arch::syscall(k::__NR_rt_sigqueueinfo, to as usize, signal.into(), addr(&info), 0) });
        if sent != Err(EAGAIN) {
            break;
        }
        // Until the program has taken one of those.
        poll(usize::MAX, 1_000_000);
    }
    sent.map(drop)
}

/// Leaves room for [`queue`]: fewer signals can wait for the init than for the program.
///
/// The kernel counts all that a user's processes have not taken yet, and when it sends one compares that
/// with the receiver's RLIMIT_SIGPENDING, getrlimit(2). If ours were the same, whoever sends many to us
/// could take all there is, and nothing could be sent on, for ever.
pub fn leave_room() {
    let mut limit = getrlimit(Resource::Sigpending);
    limit.current = limit.current.map(|number| number - number / 4);
    let _ = setrlimit(Resource::Sigpending, limit);
}

/// Waits until there is something to read from a descriptor, for `time` nanoseconds at the most, and says
/// whether there is: ppoll(2). No descriptor has the number [`usize::MAX`].
///
/// Where a seccomp filter forbids it there is, unless no time was to be waited: whoever reads waits then.
fn poll(fd: usize, time: u64) -> bool {
    let timeout = k::__kernel_old_timespec { tv_sec: (time / 1_000_000_000) as _, tv_nsec: (time % 1_000_000_000) as _ };
    let fd = k::pollfd { fd: fd as i32, events: k::POLLIN as i16, revents: 0 };
    // SAFETY: one pollfd, and a time.
    let ready = unsafe { arch::syscall(k::__NR_ppoll, addr(&fd), 1, addr(&timeout), 0) };
    ready > 0 || (ready < 0 && time > 0)
}

/// The signalfd(2) that takes every signal.
///
/// (Its number is not known when this is compiled, and rustix's descriptors assert that it is not -1,
/// which is a path to a panic: so these few calls are our own.)
pub struct Queue(usize);

impl Queue {
    /// Opens it, close-on-exec. The signals must be blocked.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM, ENODEV.
    pub fn open() -> Result<Self> {
        // SAFETY: a mask of the size that is given.
        result(unsafe { arch::syscall(k::__NR_signalfd4, usize::MAX, addr(&Mask::ALL.0), SET_SIZE, k::O_CLOEXEC as usize) }).map(Self)
    }

    /// Waits until signals are there, or until the time `until` of [`now`](super::now), and takes
    /// some: as many as there are and fit, none if the time is over.
    pub fn wait(&self, until: u64, mut take: impl FnMut(&Received)) {
        // SAFETY: any bytes are a `Record`.
        let mut batch: [Record; 8] = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut read = 0;
        if until == NEVER || poll(self.0, until.saturating_sub(super::now())) {
            // SAFETY: the batch has that size.
            read = unsafe { arch::syscall(k::__NR_read, self.0, addr_mut(&mut batch), size_of_val(&batch), 0) };
        }
        for record in batch.get(..read as usize / size_of::<Record>()).unwrap_or_default() {
            let Record { value, signo, code, pid, uid, .. } = *record;
            take(&Received { value, signo, code, pid, uid });
        }
    }

    /// Moves it to descriptor 1, in the place of standard output, and leaves the old number to be
    /// closed with all others. Says whether that was possible: a seccomp filter may forbid it.
    pub fn replace_stdout(&mut self) -> bool {
        // SAFETY: numbers of descriptors; standard output is used no more.
        let moved = self.0 == 1 || unsafe { arch::syscall(k::__NR_dup3, self.0, 1, 0, 0) } >= 0;
        if moved {
            self.0 = 1;
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
pub fn send(to: i32, number: u8) -> Result<()> {
    let Some(pid) = Pid::from_raw(to.wrapping_abs()) else { return Err(ESRCH) };
    if !(1..=signals::LAST).contains(&number) || (to == -1 && !getpid().is_init()) {
        return Err(ESRCH);
    }
    let signal = signal(number);
    let sent = if to < 0 { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
    sent.map_err(Errno::raw_os_error)
}

/// A signal of rustix's, for one of 1 to 64.
fn signal(number: u8) -> Signal {
    // SAFETY: there is no libc whose reserved signals could be hit: all of 1 to 64 are the user's.
    unsafe { Signal::from_raw_unchecked(number.into()) }
}

/// Asks for a signal when the init's parent dies: `PR_SET_PDEATHSIG` of prctl(2).
///
/// # Errors
/// None but what a seccomp filter makes up.
pub fn at_parents_death(number: u8) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(signal(number))).map_err(Errno::raw_os_error)
}
