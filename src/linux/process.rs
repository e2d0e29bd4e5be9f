//! The init's own process.

use core::ptr;

use linux_raw_sys::general as k;

use rustix::process::Pid;

use super::arch;
use super::call::{persist, result};

/// The process group of a process, or the init's own for 0; 0 if it is one of an outer PID namespace, negative if there is no such process.
pub fn group_of(child: i32) -> i32 {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getpgid, child as usize, 0, 0, 0) as i32 }
}

/// Becomes a child subreaper, which the kernel may refuse: `PR_SET_CHILD_SUBREAPER` of prctl(2).
pub fn become_subreaper() {
    // Which process it is does not matter, as long as it is one.
    let _ = rustix::process::set_child_subreaper(Some(Pid::INIT));
}

/// Whether the process is a child subreaper, which it stays over execve(2): `PR_GET_CHILD_SUBREAPER` of prctl(2).
/// (rustix reads a place that nobody wrote to, if a seccomp filter lets the call do nothing.)
pub fn is_subreaper() -> bool {
    let mut is = 0u32;
    let place = ptr::from_mut(&mut is).expose_provenance();
    // SAFETY: a place for an int.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_CHILD_SUBREAPER as usize, place, 0, 0) };
    is != 0
}

/// Whether the process's files in /proc are its user's: `PR_GET_DUMPABLE` of prctl(2). They are not where it has more
/// rights than its caller.
pub fn is_dumpable() -> bool {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_DUMPABLE as usize, 0, 0, 0) == 1 }
}

/// Makes them be its user's: `PR_SET_DUMPABLE`.
pub fn make_dumpable() {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_SET_DUMPABLE as usize, 1, 0, 0) };
}

/// Gives the memory back that the stack has taken below what is in use, mostly by the child that shared
/// it: madvise(2).
///
/// Where pages are larger than 4 KiB the kernel refuses it, unless the address fits by chance.
#[inline(never)]
pub fn shrink_stack() {
    const PAGES: usize = 64 * 1024;
    // What may be in use below the stack pointer: a red zone (x86_64 has one, of 128 bytes), and the frames of the calls
    // from here to the kernel, which hold a few words each.
    const MARGIN: usize = 1024;
    let page = arch::stack_pointer().map_addr(|address| (address - MARGIN) & !4095);
    // SAFETY: nothing below the margin is in use, and all of it is the stack's: execve(2) makes that 128 KiB larger than what
    // it puts there, or as large as RLIMIT_STACK allows, and maps nothing close to it.
    let _ = unsafe { rustix::mm::madvise(page.wrapping_sub(PAGES).cast(), PAGES, rustix::mm::Advice::LinuxDontNeed) };
}

/// Nanoseconds since the boot: CLOCK_MONOTONIC. (rustix would ask the vDSO and keep its address in a
/// writable variable.) Where a seccomp filter forbids it, all time is over: the highest number
/// but that of [`NEVER`](scratch_init::time::NEVER).
pub fn now() -> u64 {
    let mut time = k::__kernel_old_timespec { tv_sec: 0, tv_nsec: 0 };
    let place = ptr::from_mut(&mut time).expose_provenance();
    // SAFETY: a place for a time.
    if persist(|| result(unsafe { arch::syscall(k::__NR_clock_gettime, k::CLOCK_MONOTONIC as usize, place, 0, 0) })).is_err() {
        return u64::MAX - 1;
    }
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
