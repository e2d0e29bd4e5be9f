//! What must differ on 32-bit Arm: the entry, the raw system call, the spawn.
//!
//! The number of a system call goes into r7, which the compiler keeps for itself in Thumb code: so it
//! is lent for the call.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
// The calls that are older than these have ids of 16 bits.
pub use linux_raw_sys::general::{
    __NR_getgroups32 as __NR_getgroups, __NR_getresgid32 as __NR_getresgid, __NR_getresuid32 as __NR_getresuid,
};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 8 bytes.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov r0, sp", "bl scratch_init_entry")
}

/// A system call; returns what the kernel does, an errno as a negative number.
///
/// # Safety
/// The arguments must be what call `number` takes, with pointers that are valid for it.
#[inline]
pub unsafe fn syscall(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes r0 alone.
    unsafe {
        asm!(
            "mov {kept}, r7",
            "mov r7, {number}",
            "svc 0",
            "mov r7, {kept}",
            kept = out(reg) _,
            number = in(reg) number,
            inlateout("r0") a => result,
            in("r1") b, in("r2") c, in("r3") d,
            options(nostack, preserves_flags)
        );
    }
    result
}

/// The stack pointer.
#[inline(always)]
pub fn stack_pointer() -> *mut u8 {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// clone(2) of a process that runs `child(argument)`; returns its PID, or an errno as a negative
/// number.
///
/// The child's stack begins 1 KiB below ours: no memory of its own has to be made for it, and none
/// stays behind.
///
/// # Safety
/// `flags` must hold the caller until the child has other memory: `CLONE_VFORK`. They must not ask for
/// what clone(2) would take from r4.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent comes back with its registers unchanged but r0 and r1, and r7 as it was; what is
    // below its stack pointer, which is aligned, is nobody's while it waits; the child's call never returns.
    unsafe {
        asm!(
            "mov r8, r7",
            "mov r7, #{number}",
            "sub r1, sp, #1024",
            "svc 0",
            "cmp r0, #0",
            "bne 2f",
            "mov r0, r5",
            "blx r4",
            "2:",
            "mov r7, r8",
            number = const __NR_clone,
            inlateout("r0") flags => result,
            out("r1") _, in("r2") 0, in("r3") 0,
            in("r4") child, in("r5") argument,
            out("r8") _,
        );
    }
    result
}
