//! The policy of scratch-init: options, signals, statuses and routes as plain values.
//!
//! Nothing in here touches the kernel, so all of it is tested on the host; `src/main.rs` is the
//! program that acts on it.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod deadlines;
pub mod errno;
pub mod executable;
pub mod job_control;
pub mod names;
pub mod number;
pub mod options;
pub mod printable;
pub mod proc;
pub mod route;
pub mod signals;
pub mod status;
pub mod table;
pub mod time;
pub mod walk;
