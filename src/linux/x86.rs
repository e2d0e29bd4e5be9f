//! What must differ on 32-bit x86: the entry, the raw system call, the spawn.

use core::arch::{asm, naked_asm};
use core::ffi::c_void;

use linux_raw_sys::general::__NR_clone;
// The older calls, without 32 in their names, have ids of 16 bits.
pub use linux_raw_sys::general::{
    __NR_getgroups32 as __NR_getgroups, __NR_getresgid32 as __NR_getresgid, __NR_getresuid32 as __NR_getresuid,
};

/// Where the kernel starts the program: the stack pointer is at argc, and aligned to 16 bytes. A function call needs the same
/// alignment when its arguments have been pushed.
#[unsafe(naked)]
#[unsafe(export_name = "scratch_init_start")]
unsafe extern "C" fn _start() -> ! {
    naked_asm!("mov eax, esp", "sub esp, 12", "push eax", "call scratch_init_entry")
}

/// Makes a system call. Returns the kernel's result; an errno is negative.
///
/// # Safety
/// The arguments must be those of system call `number`, with pointers that are valid for it.
#[inline]
pub unsafe fn syscall(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes eax alone. The compiler reserves esi, so it is exchanged
    // before the call and back after it.
    unsafe {
        asm!(
            "xchg esi, {d}",
            "int 0x80",
            "xchg esi, {d}",
            d = in(reg) d,
            inlateout("eax") number as usize => result,
            in("ebx") a, in("ecx") b, in("edx") c,
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
    unsafe { asm!("mov {}, esp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// clone(2) of a process that runs `child(argument)`. Returns its PID, or a negative errno.
///
/// The child's stack begins 1 KiB below the caller's stack pointer. So the child needs no memory of its own, and leaves none
/// behind.
///
/// # Safety
/// `flags` must contain `CLONE_VFORK`: the caller waits until the child has other memory. They must not contain a flag for which
/// clone(2) reads edx, esi and edi.
#[inline]
pub unsafe fn clone(flags: usize, child: unsafe extern "C" fn(*mut c_void) -> !, argument: *mut c_void) -> isize {
    let result;
    // SAFETY: the parent returns with all registers unchanged except eax and ecx; what is below its stack
    // pointer is unused while it waits; the child's `call` never returns, and is aligned as at the entry.
    unsafe {
        asm!(
            "lea ecx, [esp - 1024]",
            "and ecx, -16",
            "int 0x80",
            "test eax, eax",
            "jnz 2f",
            "sub esp, 12",
            "push edx",
            "call edi",
            "2:",
            inlateout("eax") __NR_clone as usize => result,
            in("ebx") flags, out("ecx") _,
            in("edi") child, in("edx") argument,
        );
    }
    result
}
