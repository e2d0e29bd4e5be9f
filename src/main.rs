//! scratch-init: the first process of a container, and of small Linux systems.
//!
//! `_start` in `src/linux/` comes here with the kernel, and the kernel is handed to the life of an init: `src/life/mod.rs` has that
//! on one screen.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "the kernel is touched in there alone")]
mod linux;

use linux::{Linux, Stack};
use scratch_init::life::init::Init;
use scratch_init::life::live;

/// Returns the status to end with.
#[expect(unsafe_code, reason = "the entry knows it by this name, since nothing below imports from above")]
#[unsafe(no_mangle)]
fn scratch_init_main(stack: Stack) -> u8 {
    live(&mut Init::new(Linux::new(stack)))
}
