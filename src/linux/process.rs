//! The init's own process.

use core::ptr;

use linux_raw_sys::general as k;

use rustix::process::Pid;

use scratch_init::time::UNREADABLE;

use super::arch;
use super::call::{persistent, result};

/// The process group of a process; of the init if `child` is 0: getpgid(2). 0 if the group belongs to an outer PID namespace,
/// negative if there is no such process.
#[cfg_attr(feature = "names", inline(never))]
pub fn group_of(child: i32) -> i32 {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getpgid, child as usize, 0, 0, 0) as i32 }
}

/// Becomes a child subreaper, unless the kernel refuses: `PR_SET_CHILD_SUBREAPER` of prctl(2).
pub fn become_subreaper() {
    // Any PID means: yes.
    let _ = rustix::process::set_child_subreaper(Some(Pid::INIT));
}

/// Whether the process is a child subreaper: `PR_GET_CHILD_SUBREAPER` of prctl(2). It stays one over execve(2). (rustix would
/// read uninitialised memory if a seccomp filter lets the call do nothing.)
pub fn is_subreaper() -> bool {
    let mut is = 0u32;
    let place = ptr::from_mut(&mut is).expose_provenance();
    // SAFETY: a place for an int.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_CHILD_SUBREAPER as usize, place, 0, 0) };
    is != 0
}

/// Whether the process is dumpable, so that its files in /proc belong to its user: `PR_GET_DUMPABLE` of prctl(2). A process with
/// more rights than its caller is not.
pub fn is_dumpable() -> bool {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_DUMPABLE as usize, 0, 0, 0) == 1 }
}

/// Makes the process dumpable: `PR_SET_DUMPABLE` of prctl(2).
pub fn make_dumpable() {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_SET_DUMPABLE as usize, 1, 0, 0) };
}

/// Gives back the memory of the stack below the part in use: madvise(2). Mostly the child, which shared the stack, has used it.
///
/// With pages larger than 4 KiB the kernel refuses this, unless the address happens to be a multiple of their size.
#[cfg_attr(feature = "names", inline(never))]
pub fn shrink_stack() {
    const PAGES: usize = 64 * 1024;
    // The memory that may be in use below the stack pointer: the red zone (128 bytes on x86_64), and the frames of the calls from
    // here to the kernel, of a few words each.
    const MARGIN: usize = 1024;
    let page = arch::stack_pointer().map_addr(|address| (address - MARGIN) & !4095);
    // SAFETY: nothing below the margin is in use, and all of it belongs to the stack: execve(2) makes the stack 128 KiB larger
    // than what it puts there, or as large as RLIMIT_STACK allows, and maps nothing close to it.
    let _ = unsafe { rustix::mm::madvise(page.wrapping_sub(PAGES).cast(), PAGES, rustix::mm::Advice::LinuxDontNeed) };
}

/// Nanoseconds since the boot: `CLOCK_MONOTONIC` of clock_gettime(2). (rustix would use the vDSO and keep its address in a
/// writable variable.) If a seccomp filter forbids the call, the result is [`NEVER`](scratch_init::time::NEVER) - 1: every
/// deadline is over.
pub fn now() -> u64 {
    let mut time = k::__kernel_old_timespec { tv_sec: 0, tv_nsec: 0 };
    let place = ptr::from_mut(&mut time).expose_provenance();
    // SAFETY: a place for a time.
    if result(unsafe { persistent(k::__NR_clock_gettime, k::CLOCK_MONOTONIC as usize, place, 0, 0) }).is_err() {
        return UNREADABLE;
    }
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
