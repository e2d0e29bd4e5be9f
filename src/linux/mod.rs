//! The real kernel. All unsafe code is here, and so is every system call for which rustix has no public function.

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
mod kernel;
mod launch;
mod mates;
mod memory;
mod path;
mod process;
mod processes;
mod search;
mod signals;
mod terminal;
mod user;
mod vectors;

use scratch_init::rooms;
use scratch_init::say::Line;

pub use entry::exit_group;
use files::File;

use signals::Mask;
pub use vectors::Stack;
use vectors::Vectors;

/// What the init was given, and gives to the program.
#[derive(Clone, Copy)]
struct Given {
    /// The arguments and the environment.
    vectors: Vectors,
    /// The signal mask.
    mask: Mask,
    /// Whether CHLD is ignored.
    chld_ignored: bool,
    /// The soft and hard limit of queued signals, RLIMIT_SIGPENDING of getrlimit(2); `None` if they are not known.
    sigpending: Option<[u64; 2]>,
}

/// The real kernel.
pub struct Linux {
    /// What the init was given, and has changed for itself.
    given: Given,
    /// The descriptor of the signalfd(2) that takes every signal.
    signalfd: usize,
    /// Whether the program runs: from then on writing a line must not block the init.
    running: bool,
    /// The style of the texts; 0 for scratch-init's own.
    style: u8,
    /// The line that is being put together, if there is one.
    line: [Option<Line<File>>; rooms::VERBOSE as usize],
}

impl Linux {
    /// The kernel of a process with this stack. Makes no system call: the first one has to block the signals.
    pub fn new(stack: Stack) -> Self {
        Self::of(Given { vectors: Vectors::new(stack), mask: Mask::NONE, chld_ignored: false, sigpending: None })
    }

    fn of(given: Given) -> Self {
        Self { given, signalfd: usize::MAX, running: false, style: 0, line: [const { None }; _] }
    }
}
