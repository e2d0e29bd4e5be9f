//! What must differ on x86_64: the entry, the raw system call, the spawn.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
pub use linux_raw_sys::general::{__NR_getgroups, __NR_getresgid, __NR_getresuid};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 16 bytes.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov rdi, rsp", "call scratch_init_entry")
}

/// A system call; returns what the kernel does, an errno as a negative number.
///
/// # Safety
/// The arguments must be what call `number` takes, with pointers that are valid for it.
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

/// clone(2) of a process that runs `child(argument)`; returns its PID, or an errno as a negative
/// number.
///
/// The child's stack begins 1 KiB below ours, behind the red zone and all else that is in use: no
/// memory of its own has to be made for it, and none stays behind.
///
/// # Safety
/// `flags` must hold the caller until the child has other memory: `CLONE_VFORK`. They must not ask for
/// what clone(2) would take from r8.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent comes back with its registers unchanged but rax, rcx, r11 and rsi; what
    // is below its stack pointer is nobody's while it waits; the child's `call` never returns.
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
