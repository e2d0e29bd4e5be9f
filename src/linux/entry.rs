//! The first Rust code to run, and the end of the process.

use linux_raw_sys::general as k;
use scratch_init::status::FAILED;

use super::arch;
use super::start::Stack;

unsafe extern "Rust" {
    /// `src/main.rs` has it: nothing below imports from above.
    safe fn scratch_init_main(stack: Stack) -> u8;
}

/// `_start` comes here. `stack` is at argc.
#[unsafe(no_mangle)]
unsafe extern "C" fn scratch_init_entry(stack: *mut usize) -> ! {
    // SAFETY: `_start` passes on what the kernel gave it.
    exit(scratch_init_main(unsafe { Stack::new(stack) }))
}

/// exit_group(2)
pub fn exit(status: u8) -> ! {
    loop {
        // SAFETY: takes a number, does not return.
        unsafe { arch::syscall(k::__NR_exit_group, usize::from(status), 0, 0, 0) };
    }
}

/// There is no path to a panic: tests/file.rs shows that this is not in the finished file.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(FAILED)
}
