//! The real kernel: all that is unsafe, and all that rustix has no public call for.

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "x86", path = "x86.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod arch;
mod boot;
mod call;
mod children;
mod entry;
#[cfg(feature = "explain")]
mod explain;
mod files;
mod job;
mod kernel;
mod memory;
mod path;
mod process;
mod processes;
mod program;
mod search;
mod signals;
mod start;
mod terminal;
mod user;

use scratch_init::say::Line;

use files::File;

use signals::Mask;
pub use start::Stack;
use start::Start;

/// The kernel, and what the program gets back of what the init has changed for itself.
pub struct Linux {
    /// The arguments and the environment.
    start: Start,
    /// The signal mask that there was at first.
    mask: Mask,
    /// Whether CHLD was ignored.
    chld_ignored: bool,
    /// How many signals could be queued, if that is known: the limits of getrlimit(2).
    sigpending: Option<[u64; 2]>,
    /// The descriptor of the signalfd(2) that takes every signal.
    queue: usize,
    /// Whether the program runs: from then on nothing that is said may hold the init up.
    running: bool,
    /// In whose words it speaks.
    style: u8,
    /// A line that is made.
    line: Option<Line<File>>,
}

impl Linux {
    /// With what the kernel put on the stack. No system call is made: the first one blocks the signals.
    pub fn new(stack: Stack) -> Self {
        Self {
            start: Start::new(stack),
            mask: Mask::NONE,
            chld_ignored: false,
            sigpending: None,
            queue: usize::MAX,
            running: false,
            style: 0,
            line: None,
        }
    }
}
