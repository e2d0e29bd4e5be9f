//! What an init knows while it lives.

use super::deadlines::Deadlines;
use super::story::Story;
use crate::kernel::Kernel;
use crate::options::Options;
use crate::options::boot::{Action, Shutdown};
use crate::rooms;
use crate::route::Route;
use crate::signals::KILL;
use crate::status::End;
use crate::time::NEVER;

/// How long to wait before a failed call is made again, in nanoseconds: it is made at most 100 times a second.
pub const RETRY_AFTER: u64 = 10_000_000;

/// Which children are left after reaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Perhaps more children that have ended.
    Ended,
    /// Only children that run.
    Running,
    /// No child.
    Nothing,
    /// wait4(2) failed, and not with ECHILD.
    Unknown,
}

/// The states of the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// There is no sweep: the program runs, or (`--wait-all`) the init waits for its descendants.
    No,
    /// The sweep begins now, if any process is left.
    Due,
    /// All processes were sent TERM. KILL follows when `kill_all` is due.
    Asked,
    /// All processes were sent KILL. The init waits until `kill_all` is due again; each process that ends makes this time longer,
    /// at most until `give_up`.
    Killed,
    /// Nothing more can be done.
    Over,
}

/// What an init knows while it lives.
#[repr(C)]
pub struct Init<'a, K> {
    /// The program's PID, which is also the number of its process group; 0 if there is none.
    pub program: i32,
    /// Whether the init has handed over the terminal and has not taken it back.
    pub handed: bool,
    /// Whether the program is stopped because it needs the terminal (TTIN, TTOU), and no shell is expected to continue it.
    pub stuck: bool,
    /// Whether the program was asked to end before the init saw that it is `stuck`.
    pub urged: bool,
    /// Where signals go.
    pub route: Route,
    /// The state of the sweep.
    pub sweep: Sweep,
    /// Whether a process was reaped since all were sent KILL.
    pub reaped: bool,
    /// Whether the init looks again in a moment for changes of which no signal tells: guests that have ended.
    pub look_again: bool,
    /// Whether the last wait for signals failed.
    pub wait_failed: bool,
    /// Whether the last queued signal found no room for it with the program.
    pub no_room: bool,
    /// How a signal has asked the machine to end.
    pub shutdown: Option<Shutdown>,
    /// The program's exit status, once it has ended.
    pub status: Option<u8>,
    /// The exit status of the process that ended last, where this counts: with `--wait-all`.
    pub last: Option<u8>,
    /// The options.
    pub options: &'a Options<'static>,
    /// What is to happen when.
    pub deadlines: Deadlines,
    /// Until when the sweep waits for guests: the processes of this PID namespace that are no descendants of the init.
    pub guests: u64,
    /// Until when to wait, at most, for processes that were sent KILL.
    pub give_up: u64,
    /// See [`Self::between`]. Nothing in a build where the program is not started again.
    pub between: [bool; rooms::AGAIN as usize],
    /// How often the program can still be started again: `--restart`. Nothing in a build without it.
    pub restarts: [u32; rooms::RESTART as usize],
    /// What `--verbose` says of the program's life.
    pub story: Story,
    /// Which signals the init has sent: a bit for each.
    pub sent: u64,
    /// Which signals are dropped when they arrive for the first time: a bit for each.
    pub ignored: u64,
    /// The index of the argument that is the program.
    pub argument: usize,
    /// The kernel.
    pub kernel: K,
}

impl<'a, K: Kernel> Init<'a, K> {
    /// An init at its start.
    #[inline(always)]
    pub fn new(kernel: K, options: &'a Options<'static>, argument: usize) -> Self {
        Self {
            kernel,
            argument,
            program: 0,
            handed: false,
            stuck: false,
            urged: false,
            route: options.route(),
            status: None,
            last: None,
            sweep: Sweep::No,
            reaped: false,
            look_again: false,
            wait_failed: false,
            no_room: false,
            shutdown: None,
            story: Story::NONE,
            sent: 0,
            ignored: 0,
            guests: NEVER,
            give_up: NEVER,
            between: [false; _],
            restarts: [options.restart().times; _],
            options,
            deadlines: Deadlines::new(),
        }
    }

    /// Whether the program has ended, and is started again when `start` is due.
    pub fn between(&self) -> bool {
        self.between.first().is_some_and(|between| *between)
    }

    /// How the machine ends; `None` if the init is not that of a machine.
    pub fn machine_end(&self) -> Option<Shutdown> {
        match self.options.boot()? {
            Action::ShutDown(how) => Some(self.shutdown.unwrap_or(how)),
            // With `respawn` only a signal ends the machine.
            Action::Respawn => Some(self.shutdown.unwrap_or(Shutdown::Reboot)),
        }
    }

    /// The status to end with, before `--exit`.
    pub fn final_status(&self) -> u8 {
        // A program that was sent KILL and does not end has no status.
        self.last.or(self.status).unwrap_or(End::Killed(KILL).status())
    }
}
