//! What must differ on x86_64: the entry, the raw system call, the spawn.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
pub use linux_raw_sys::general::{__NR_getgroups, __NR_getresgid, __NR_getresuid};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 16 bytes.
#[unsafe(naked)]
#[unsafe(export_name = "scratch_init_start")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov rdi, rsp", "call scratch_init_entry")
}

/// Makes a system call. Returns the kernel's result; an errno is negative.
///
/// # Safety
/// The arguments must be those of system call `number`, with pointers that are valid for it.
#[inline]
pub unsafe fn syscall(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes rax, rcx and r11 alone.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as usize => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
            lateout("rcx") _, lateout("r11") _,
            options(nostack)
        );
    }
    result
}

/// The stack pointer.
#[inline(always)]
pub fn stack_pointer() -> *mut u8 {
    let pointer;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// clone(2) of a process that runs `child(argument)`. Returns its PID, or a negative errno.
///
/// The child's stack begins 1 KiB below the caller's stack pointer, below the red zone and everything else in use. So the child
/// needs no memory of its own, and leaves none behind.
///
/// # Safety
/// `flags` must contain `CLONE_VFORK`: the caller waits until the child has other memory. They must not contain a flag for which
/// clone(2) reads r8.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent returns with all registers unchanged except rax, rcx, r11 and rsi; what
    // is below its stack pointer is unused while it waits; the child's `call` never returns.
    unsafe {
        asm!(
            "lea rsi, [rsp - 1024]",
            "and rsi, -16",
            "syscall",
            "test eax, eax",
            "jnz 2f",
            "mov rdi, r9",
            "call r8",
            "2:",
            inlateout("rax") __NR_clone as usize => result,
            in("rdi") flags, out("rsi") _, in("rdx") 0, in("r10") 0,
            in("r8") child, in("r9") argument,
            lateout("rcx") _, lateout("r11") _,
        );
    }
    result
}
