//! What an init knows while it lives.

use super::deadlines::Deadlines;
use crate::kernel::Kernel;
use crate::options::Options;
use crate::options::boot::{Action, Shutdown};
use crate::route::Route;
use crate::signals::{KILL, Received};
use crate::status::End;
use crate::time::{NEVER, Time};

/// What there is to reap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// More of those that ended already.
    Ended,
    /// Children that run on.
    Running,
    /// No child at all.
    Nothing,
    /// wait4(2) fails, and not because there is no child.
    Unknown,
}

/// How far the sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// The program runs, or what it left behind is waited for.
    No,
    /// It is to begin, if any are left.
    Due,
    /// All were sent TERM, and have until `kill_all` is due.
    Asked,
    /// All were sent KILL, and have until `kill_all` is due again; longer each time that one of them ends.
    Killed,
    /// Nothing more can be done.
    Over,
}

/// What an init knows while it lives.
#[repr(C)]
pub struct Init<K> {
    /// Linux.
    pub kernel: K,
    /// Which argument is the program.
    pub argument: usize,
    /// The program's PID, and the process group that was made for it; 0 if there is none.
    pub program: i32,
    /// Whether the terminal's foreground is a process group that has it from the init.
    pub handed: bool,
    /// Whether the program is stopped for want of the terminal, and nobody is expected to continue it.
    pub stuck: bool,
    /// Whether the program was asked to end before that was seen.
    pub urged: bool,
    /// Whom signals go to.
    pub route: Route,
    /// How the program ended, once it has.
    pub status: Option<u8>,
    /// How the last process to end did, where that counts.
    pub last: Option<u8>,
    /// How far the sweep is.
    pub sweep: Sweep,
    /// Whether a process was reaped since all were sent KILL.
    pub reaped: bool,
    /// Whether the grace period was over, and that was not said yet.
    pub overdue: bool,
    /// Whether the last wait for signals failed.
    pub failed: bool,
    /// How the machine is to end, where a signal has said that.
    pub shutdown: Option<Shutdown>,
    /// How many other processes were reaped.
    pub orphans: u32,
    /// How many processes the cgroup's memory limit had killed when the program started.
    pub oom_kills: u32,
    /// Which signals were sent: a bit for each.
    pub sent: u64,
    /// Which signals are not forwarded the first time: a bit for each.
    pub ignored: u64,
    /// Until when those are waited for that are nobody's children here.
    pub guests: u64,
    /// The last signal that asked for the end; none once that was said.
    pub asked: Received,
    /// What the init was told.
    pub options: Options<'static>,
    /// What is to happen when.
    pub deadlines: Deadlines,
}

impl<K: Kernel> Init<K> {
    /// One that knows nothing yet.
    pub fn new(kernel: K) -> Self {
        Self {
            kernel,
            argument: 0,
            program: 0,
            handed: false,
            stuck: false,
            urged: false,
            route: Route::Program,
            status: None,
            last: None,
            sweep: Sweep::No,
            reaped: false,
            overdue: false,
            failed: false,
            shutdown: None,
            orphans: 0,
            oom_kills: 0,
            sent: 0,
            ignored: 0,
            guests: NEVER,
            asked: Received::NONE,
            options: Options::unsaid(),
            deadlines: Deadlines::new(),
        }
    }

    /// The program has ended. What is left belongs to nobody: signals go to all of it.
    pub fn program_ended(&mut self, status: u8) {
        self.stuck = false;
        self.urged = false;
        if self.options.boot() == Some(Action::Respawn) && self.shutdown.is_none() {
            // Nothing that is to come was meant for the next one.
            self.program = 0;
            self.asked = Received::NONE;
            self.overdue = false;
            (self.sent, self.orphans) = (0, 0);
            self.sweep = Sweep::No;
            self.route = self.options.route();
            self.deadlines = Deadlines::new();
            self.deadlines.start = Time::seconds(1).after(self.kernel.now());
            return;
        }
        self.status = Some(status);
        self.route = Route::All;
        if self.options.wait_all() {
            self.last = (status == 0).then_some(0);
        } else if self.sweep == Sweep::No {
            self.sweep = Sweep::Due;
        }
    }

    /// The machine is to end so, whatever runs.
    pub fn machine_ends(&mut self, how: Shutdown) {
        self.shutdown = Some(how);
        self.deadlines.start = NEVER;
        self.program_ended(0);
        if self.sweep == Sweep::No {
            self.sweep = Sweep::Due;
        }
    }

    /// How the machine ends, if there is one to end.
    pub fn shutdown(&self) -> Option<Shutdown> {
        match self.options.boot()? {
            Action::End(how) => Some(self.shutdown.unwrap_or(how)),
            // Only a signal ends it.
            Action::Respawn => Some(self.shutdown.unwrap_or(Shutdown::Reboot)),
        }
    }

    /// The status that counts.
    pub fn status(&self) -> u8 {
        // A program that was killed and does not end has none.
        self.last.or(self.status).unwrap_or(End::Killed(KILL).status())
    }
}
