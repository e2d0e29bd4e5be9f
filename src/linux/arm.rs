//! What must differ on 32-bit Arm: the entry, the raw system call, the spawn.
//!
//! The number of a system call goes into r7. (Thumb code could not name that register, the compiler's frame pointer there; no target of
//! ours is Thumb.) Every instruction is there on ARMv6.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
// The older calls, without 32 in their names, have ids of 16 bits.
pub use linux_raw_sys::general::{
    __NR_getgroups32 as __NR_getgroups, __NR_getresgid32 as __NR_getresgid, __NR_getresuid32 as __NR_getresuid,
};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 8 bytes.
#[unsafe(naked)]
#[unsafe(export_name = "scratch_init_start")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov r0, sp", "bl scratch_init_entry")
}

/// Makes a system call. Returns the kernel's result; an errno is negative.
///
/// # Safety
/// The arguments must be those of system call `number`, with pointers that are valid for it.
#[inline]
pub unsafe fn syscall(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes r0 alone.
    unsafe {
        asm!(
            "svc 0",
            in("r7") number,
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

/// clone(2) of a process that runs `child(argument)`. Returns its PID, or a negative errno.
///
/// The child's stack begins 1 KiB below the caller's stack pointer. So the child needs no memory of its own, and leaves none
/// behind.
///
/// # Safety
/// `flags` must contain `CLONE_VFORK`: the caller waits until the child has other memory. They must not contain a flag for which
/// clone(2) reads r4.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent returns with all registers unchanged except r0 and r1; r7 is restored. What is
    // below its stack pointer, which is aligned, is unused while it waits; the child's call never returns.
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
