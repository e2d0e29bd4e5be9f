//! The inside of the program `scratch-init`, and not a library to depend on: anything in here may change with any version.
//!
//! It is the init without a kernel. Nothing in this library touches Linux, so all of it is tested on the host. `src/main.rs` is the
//! program, and `src/linux/` is its kernel.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod attempt;
pub mod errno;
pub mod executable;
pub mod kernel;
pub mod life;
pub mod number;
pub mod options;
pub mod proc;
pub mod rooms;
pub mod route;
pub mod say;
pub mod signals;
pub mod status;
pub mod table;
pub mod time;
pub mod walk;
