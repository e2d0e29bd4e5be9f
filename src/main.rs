//! scratch-init: the first process of a container, and of small Linux systems.
//!
//! `_start` in `src/linux/` calls `scratch_init_main`, which hands the kernel to the life of an init. `src/life/mod.rs` has that
//! life on one screen.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "only this module touches the kernel")]
mod linux;

use linux::{Linux, Stack, exit_group};
use scratch_init::life::live;

#[expect(unsafe_code, reason = "the entry calls it by this name: a lower module imports nothing from a higher one")]
#[unsafe(no_mangle)]
fn scratch_init_main(stack: Stack) -> ! {
    exit_group(live(Linux::new(stack)))
}
