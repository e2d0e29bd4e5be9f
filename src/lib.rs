//! The init without a kernel: nothing in here touches Linux, so that all of it is tested on the host. `src/main.rs` is the program,
//! and `src/linux/` its kernel.
//!
//! This is the program's inside, and not meant for others.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod errno;
pub mod executable;
pub mod kernel;
pub mod life;
pub mod number;
pub mod options;
pub mod proc;
pub mod route;
pub mod say;
pub mod signals;
pub mod status;
pub mod table;
pub mod time;
pub mod walk;
