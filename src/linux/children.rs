//! Children: spawning them, waiting for them, detaching them.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

use linux_raw_sys::{general as k, ptrace};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use scratch_init::errno::ECHILD;
use scratch_init::kernel::{Child, Which};
use scratch_init::rooms;

use super::arch;
use super::call::{Result, persistent, result};
use super::entry::exit_group;

/// What runs in a child that shares the init's memory.
pub trait Task {
    /// Executes a program, or returns the exit status of the child.
    fn run(&mut self) -> u8;
}

/// Starts a child that shares the init's memory, and waits until it executes a program or ends: clone(2) with
/// `CLONE_VM | CLONE_VFORK`. So what the child wrote to `task` is there when this function returns.
///
/// # Errors
/// EAGAIN if there are too many processes, ENOMEM, EPERM.
pub fn spawn<T: Task>(task: &mut T) -> Result<i32> {
    unsafe extern "C" fn child<T: Task>(task: *mut c_void) -> ! {
        // SAFETY: `task` comes from the call of `arch::clone` below, and the parent's frame stays until the child is done.
        exit_group(unsafe { &mut *task.cast::<T>() }.run())
    }
    let flags = k::CLONE_VM | k::CLONE_VFORK | k::SIGCHLD;
    // SAFETY: CLONE_VFORK makes the init wait until the child no longer uses its memory (only KILL, which ends the init, does not
    // wait). No signal handler can run meanwhile: there is none.
    let pid = result(unsafe { arch::clone(flags as usize, child::<T>, ptr::from_mut(task).cast()) })?;
    Ok(pid as i32)
}

/// Fills in `child` with the next child that has ended or stopped; its PID is 0 if there is none: wait4(2). (rustix's wait4(2) does not
/// return the resource usage.)
///
/// # Errors
/// ECHILD if there is no child at all.
#[cfg_attr(feature = "boot", inline(never))]
pub fn next(child: &mut Child) -> Result<()> {
    let mut status = 0i32;
    // SAFETY: the structure consists of numbers, so zero bytes are valid.
    let mut usage: k::rusage = unsafe { MaybeUninit::zeroed().assume_init() };
    let status_at = ptr::from_mut(&mut status).expose_provenance();
    let usage_at = if rooms::VERBOSE { ptr::from_mut(&mut usage).expose_provenance() } else { 0 };
    let options = if rooms::JOB_CONTROL { k::WNOHANG | k::WUNTRACED } else { k::WNOHANG } as usize;
    // SAFETY: pointers to a status and a usage.
    let pid = result(unsafe { persistent(k::__NR_wait4, usize::MAX, status_at, options, usage_at) })?;
    *child = Child { pid: pid as i32, status, ..Child::NONE };
    if rooms::VERBOSE {
        child.times = [usage.ru_utime, usage.ru_stime].map(|time| (time.tv_sec * 1000 + time.tv_usec / 1000) as u32);
        child.peak = usage.ru_maxrss as u32;
    }
    Ok(())
}

/// The status, in the form of wait4(2), of one of these children that has ended; `None` if none has ended: waitid(2). With `reap`
/// the child is reaped.
///
/// # Errors
/// ECHILD if there are no such children.
pub fn ended(which: Which, reap: bool) -> Result<Option<i32>> {
    // A traced child that has stopped is seen here too: without WNOWAIT this would take its stop away from wait4(2).
    let status = look(which, WaitIdOptions::NOWAIT)?;
    if reap && status.is_some() { look(which, WaitIdOptions::empty()) } else { Ok(status) }
}

/// As [`ended`], by waitid(2).
#[cfg_attr(any(feature = "sweep", feature = "boot"), inline(never))]
fn look(which: Which, how: WaitIdOptions) -> Result<Option<i32>> {
    let which = match which {
        Which::Any => WaitId::All,
        Which::Pid(pid) => WaitId::Pid(Pid::from_raw(pid).ok_or(ECHILD)?),
        Which::Group(group) => WaitId::Pgid(Some(Pid::from_raw(group).ok_or(ECHILD)?)),
    };
    let ended = waitid(which, WaitIdOptions::EXITED | WaitIdOptions::NOHANG | how).map_err(Errno::raw_os_error)?;
    Ok(ended.and_then(|ended| ended.exit_status().map(|status| status << 8).or(ended.terminating_signal())))
}

/// Whether a child is in this process group: waitid(2).
#[inline(never)]
pub fn has_in(group: i32) -> bool {
    if rooms::WALK {
        return ended(Which::Group(group), false).is_ok();
    }
    // Where nothing else uses waitid(2), this takes less code.
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Pid::from_raw(group).is_some_and(|group| waitid(WaitId::Pgid(Some(group)), how).is_ok())
}

/// The `si_code` and the sender's PID of the signal for which a traced child has stopped: ptrace(2). Zeros if they cannot be known.
pub fn trace_stop(child: i32) -> (i32, i32) {
    // SAFETY: the structure consists of numbers, so zero bytes are valid.
    let mut info: k::siginfo_t = unsafe { MaybeUninit::zeroed().assume_init() };
    let place = ptr::from_mut(&mut info).expose_provenance();
    // SAFETY: a pointer to a siginfo.
    unsafe { arch::syscall(k::__NR_ptrace, ptrace::PTRACE_GETSIGINFO as usize, child as usize, 0, place) };
    // SAFETY: the kernel has written `info`, or it is zero. The fields that are read, as kill(2) fills them in, are numbers.
    unsafe {
        let info = info.__bindgen_anon_1.__bindgen_anon_1;
        (info.si_code, info._sifields._kill._pid)
    }
}

/// Detaches a traced child, which gets `signal` (0 for none), and returns whether the init was its tracer: ptrace(2).
pub fn detach(child: i32, signal: u8) -> bool {
    // SAFETY: takes numbers.
    result(unsafe { persistent(k::__NR_ptrace, ptrace::PTRACE_DETACH as usize, child as usize, 0, signal.into()) }).is_ok()
}
