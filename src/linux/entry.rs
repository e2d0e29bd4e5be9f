//! The first Rust code that runs, and the end of the process.

use linux_raw_sys::general as k;
use scratch_init::status::FAILED;

use super::arch;
use super::vectors::Stack;

// SAFETY: `src/main.rs` defines it with this very signature.
unsafe extern "Rust" {
    /// Defined in `src/main.rs`, and called by name: a lower module imports nothing from a higher one.
    safe fn scratch_init_main(stack: Stack) -> !;
}

/// `_start` calls this function. `stack` points to argc.
#[unsafe(no_mangle)]
unsafe extern "C" fn scratch_init_entry(stack: *mut usize) -> ! {
    // SAFETY: `_start` passes on what the kernel gave it, and calls this function once.
    scratch_init_main(unsafe { Stack::new(stack) })
}

/// exit_group(2)
pub fn exit_group(status: u8) -> ! {
    loop {
        // SAFETY: takes a number, does not return.
        unsafe { arch::syscall(k::__NR_exit_group, usize::from(status), 0, 0, 0) };
    }
}

/// Never called: there is no path to a panic. tests/file.rs shows that this function is not in the finished file.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit_group(FAILED)
}
