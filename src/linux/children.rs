//! Children: spawned, waited for, let go of.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

use linux_raw_sys::{general as k, ptrace};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use scratch_init::errno::ECHILD;
use scratch_init::kernel::{Child, Which};
use scratch_init::status::FAILED;

use super::arch;
use super::call::{Result, persist, result};
use super::entry::exit;

/// What runs in a child that shares our memory.
pub trait Task {
    /// Executes a program, or comes back; then the child ends.
    fn run(&mut self);
}

/// Starts a child that shares our memory, and waits until it executes a program or ends: clone(2) with
/// `CLONE_VM | CLONE_VFORK`. So what it leaves in `task` is there when this returns.
///
/// # Errors
/// EAGAIN if there are too many processes, ENOMEM, EPERM.
pub fn spawn<T: Task>(task: &mut T) -> Result<i32> {
    unsafe extern "C" fn child<T: Task>(task: *mut c_void) -> ! {
        // SAFETY: the task of below, whose frame waits for us.
        unsafe { &mut *task.cast::<T>() }.run();
        exit(FAILED)
    }
    let flags = k::CLONE_VM | k::CLONE_VFORK | k::SIGCHLD;
    // SAFETY: CLONE_VFORK holds us until the child is done with our memory (only KILL, which ends us, does not wait for that),
    // and no handler can run here meanwhile: there is none.
    let pid = result(unsafe { arch::clone(flags as usize, child::<T>, ptr::from_mut(task).cast()) })?;
    Ok(pid as i32)
}

/// Makes `child` the next one that has ended or stopped, and says whether there is one: wait4(2). (rustix has no wait4(2) with the
/// resources that were used.)
///
/// # Errors
/// ECHILD if there is no child at all.
pub fn next(child: &mut Child) -> Result<bool> {
    let mut status = 0i32;
    // SAFETY: all of it are numbers.
    let mut usage: k::rusage = unsafe { MaybeUninit::zeroed().assume_init() };
    let (status_at, usage_at) = (ptr::from_mut(&mut status).expose_provenance(), ptr::from_mut(&mut usage).expose_provenance());
    let options = (k::WNOHANG | k::WUNTRACED) as usize;
    // SAFETY: places for a status and a usage.
    let pid = persist(|| result(unsafe { arch::syscall(k::__NR_wait4, usize::MAX, status_at, options, usage_at) }))?;
    *child = Child {
        pid: pid as i32,
        status,
        times: [usage.ru_utime, usage.ru_stime].map(|time| (time.tv_sec * 1000 + time.tv_usec / 1000) as u32),
        peak: usage.ru_maxrss as u32,
    };
    Ok(pid != 0)
}

/// The status, in the form of wait4(2), of one of these children that has ended; `None` if none has: waitid(2).
///
/// # Errors
/// ECHILD if there are no such children.
pub fn ended(which: Which, reap: bool) -> Result<Option<i32>> {
    let which = match which {
        Which::Any => WaitId::All,
        Which::Pid(pid) => WaitId::Pid(Pid::from_raw(pid).ok_or(ECHILD)?),
        Which::Group(group) => WaitId::Pgid(Some(Pid::from_raw(group).ok_or(ECHILD)?)),
    };
    let keep = if reap { WaitIdOptions::empty() } else { WaitIdOptions::NOWAIT };
    let ended = waitid(which, WaitIdOptions::EXITED | WaitIdOptions::NOHANG | keep).map_err(Errno::raw_os_error)?;
    Ok(ended.and_then(|ended| ended.exit_status().map(|status| status << 8).or(ended.terminating_signal())))
}

/// Where this is a stop by `signal` that we are told of as the tracer: lets go of the child, and says so. It asked to be
/// traced by its parent (`PTRACE_TRACEME` of ptrace(2)), and would wait for ever. It gets the signal that it
/// stopped for, but not the TRAP that execve(2) makes of itself: that one is the child's own, as kill(2) sends it.
pub fn detach(child: &Child, signal: u8) -> bool {
    const SIGTRAP: u8 = 5;
    // SAFETY: all of it are numbers.
    let mut info: k::siginfo_t = unsafe { MaybeUninit::zeroed().assume_init() };
    let pid = child.pid as usize;
    // SAFETY: a place for a siginfo.
    unsafe { arch::syscall(k::__NR_ptrace, ptrace::PTRACE_GETSIGINFO as usize, pid, 0, ptr::from_mut(&mut info).expose_provenance()) };
    // SAFETY: the kernel has written it, or it is zero: numbers, in the form that kill(2) gives it.
    let (code, from) = unsafe {
        let info = info.__bindgen_anon_1.__bindgen_anon_1;
        (info.si_code, info._sifields._kill._pid)
    };
    let to = if signal == SIGTRAP && code == 0 && from == child.pid { 0 } else { signal };
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_ptrace, ptrace::PTRACE_DETACH as usize, pid, 0, to.into()) == 0 }
}
