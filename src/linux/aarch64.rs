//! What must differ on aarch64: the entry, the raw system call, the spawn.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
pub use linux_raw_sys::general::{__NR_getgroups, __NR_getresgid, __NR_getresuid};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 16 bytes.
#[unsafe(naked)]
#[unsafe(export_name = "scratch_init_start")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov x0, sp", "bl scratch_init_entry")
}

/// Makes a system call. Returns the kernel's result; an errno is negative.
///
/// # Safety
/// The arguments must be those of system call `number`, with pointers that are valid for it.
#[inline]
pub unsafe fn syscall(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes x0 alone.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => result,
            in("x1") b, in("x2") c, in("x3") d,
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
/// `flags` must contain `CLONE_VFORK`: the caller waits until the child has other memory.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent returns with all registers unchanged except x0 and x1; what is below its
    // stack pointer, which is aligned, is unused while it waits; the child's call never returns.
    unsafe {
        asm!(
            "sub x1, sp, #1024",
            "svc 0",
            "cbnz x0, 2f",
            "mov x0, x6",
            "blr x5",
            "2:",
            in("x8") __NR_clone,
            inlateout("x0") flags => result,
            out("x1") _, in("x2") 0, in("x3") 0, in("x4") 0,
            in("x5") child, in("x6") argument,
        );
    }
    result
}
