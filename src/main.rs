//! scratch-init: the first process of a container, and of small Linux systems.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod boot;
mod command_line;
mod descendants;
#[cfg(feature = "explain")]
mod explain;
mod forward;
mod path;
mod pdeathsig;
mod program;
mod reap;
mod report;
mod sweep;
#[expect(unsafe_code, reason = "the kernel is touched in there alone")]
mod sys;
mod terminal;
mod verbose;

use rustix::process::{Resource, Rlimit, getpid, getppid, getrlimit};

use scratch_init::deadlines::Deadlines;
use scratch_init::number::Decimal;
use scratch_init::options::{Boot, Options};
use scratch_init::route::Route;
use scratch_init::signals::{KILL, Received};
use scratch_init::status::{End, FAILED};
use scratch_init::time::{NEVER, Time};

use program::Plan;
use reap::Left;
use report::Word;
use sweep::Sweep;
use sys::signals::{Mask, Queue, ignore_chld};
use sys::{Start, now};

/// What an init knows while it lives.
#[repr(C)]
struct Init {
    /// Which argument is the program.
    index: usize,
    /// The program, and the process group that was made for it; 0 if there is none.
    program: i32,
    /// Whether the terminal's foreground is a process group that has it from the init.
    handed: bool,
    /// Whether the program is stopped for want of the terminal, and nobody is expected to continue it.
    stuck: bool,
    /// Whether it was asked to end before that was seen.
    urged: bool,
    /// Whom signals go to.
    route: Route,
    /// How the program ended, once it has; and where the last process to end counts, how that did.
    status: Option<u8>,
    last: Option<u8>,
    sweep: Sweep,
    /// Whether the program is to be started again.
    starts: bool,
    /// Whether a process was reaped since all were sent KILL.
    reaped: bool,
    /// Whether the grace period was over, and that was not said yet.
    overdue: bool,
    /// How many others were reaped, and how many the cgroup's memory had killed when the program started.
    orphans: u32,
    oom_kills: u32,
    /// Which signals were sent: a bit for each. Which ones are not forwarded the first time: likewise.
    sent: u64,
    ignored: u64,
    /// Until when those are waited for that are nobody's children here.
    guests: u64,
    /// The last signal that asked for the end; none once that was said.
    asked: Received,
    options: Options<'static>,
    /// What is to happen when.
    deadlines: Deadlines,
}

/// An init's life. Returns the status to end with.
fn main(start: &mut Start, init: &mut Init) -> u8 {
    // Before anything else: a signal that is neither blocked nor handled is lost for PID 1, signal(7).
    let blocked = Mask::ALL.set();
    let parent = getppid();
    if let Some(status) = command_line::read(start, init) {
        return status;
    }

    let mask = match blocked {
        Ok(mask) => mask,
        Err(errno) => {
            report::failed(&init.options, b"rt_sigprocmask", errno, b"");
            return init.options.name().failed;
        }
    };
    if init.options.boot() != Boot::No && !boot::begin(&init.options) {
        return init.options.name().failed;
    }
    let mut queue = match Queue::open() {
        Ok(queue) => queue,
        Err(errno) => {
            report::failed(&init.options, b"signalfd4", errno, b"open files");
            return init.options.name().failed;
        }
    };
    let chld_ignored = ignore_chld(false);
    if let Err(errno) = pdeathsig::ask(init.options.pdeathsig, parent) {
        report::failed(&init.options, b"-p", errno, b"");
        return init.options.name().failed;
    }
    let pid = getpid();
    if init.options.subreaper() {
        // Orphans come to us all the same, also where we are not PID 1. Where the kernel refuses, they go to another.
        let _ = rustix::process::set_child_subreaper(Some(pid));
    } else if !pid.is_init() && !sys::is_subreaper() {
        verbose::note(&init.options, 0, Word::NotSubreaper, b"", 0);
    }

    if init.options.session() {
        init.ignored = terminal::let_go();
    }
    let world = World { mask, chld_ignored, sigpending: getrlimit(Resource::Sigpending) };
    if init.route != Route::Nobody
        && let Some(status) = launch(start, init, &world)
    {
        return status;
    }
    settle(init, &queue);

    let mut left = Left::Running;
    while !sweep::step(init, left) {
        if left == Left::Unknown {
            sys::signals::pause();
        }
        let until = if matches!(left, Left::Ended | Left::Unknown) { 0 } else { init.deadlines.next() };
        queue.wait(until, |received| forward::arrive(init, received));
        forward::due(init);
        left = reap::reap(init);
        if core::mem::take(&mut init.starts) {
            launch(start, init, &world);
        }
    }
    if init.options.boot() != Boot::No {
        boot::finish(&init.options);
    }
    verbose::ending(init);
    let status = init.status();
    verbose::note(&init.options, 1, Word::Goodbye, b"", status.into());
    terminal::leave(init);
    status
}

/// What the program gets back of what the init has changed for itself: the signal mask, whether CHLD is ignored, and
/// how many signals may be queued.
struct World {
    mask: Mask,
    chld_ignored: bool,
    sigpending: Rlimit,
}

/// Starts the program. Gives the status to end with, if that is at once.
#[inline(never)]
fn launch(start: &mut Start, init: &mut Init, world: &World) -> Option<u8> {
    verbose::starting(init);
    let name = start.argument(init.index).to_bytes();
    match program::start(Plan { start, options: &init.options, index: init.index, world, failure: None, handed: false }) {
        Ok((pid, handed)) => {
            (init.program, init.handed) = (pid, handed);
            init.options.running = true;
            verbose::note(&init.options, 1, Word::Started, name, pid);
        }
        // A machine goes on.
        Err(status) if init.options.boot() != Boot::No => init.end(status),
        Err(FAILED) => return Some(init.options.name().failed),
        Err(status) => return Some(init.exit(status)),
    }
    None
}

/// The program runs. Lets go of what it alone should hold: descriptors from 3 on, and the directory, so that no mount is
/// busy for our sake. Standard input, output and error stay, since others use them: `echo done >/proc/1/fd/1`.
fn settle(init: &mut Init, queue: &Queue) {
    init.options.running = true;
    // Where the program is started again, each start finds what the first one found.
    if init.options.boot() != Boot::Respawn {
        sys::close_others(queue.fd());
        let _ = rustix::process::chdir(c"/");
    }
    sys::signals::leave_room();
    sys::shrink_stack();
}

impl Init {
    fn new() -> Self {
        Self {
            index: 0,
            program: 0,
            handed: false,
            stuck: false,
            urged: false,
            route: Route::Program,
            status: None,
            last: None,
            sweep: Sweep::No,
            starts: false,
            reaped: false,
            overdue: false,
            orphans: 0,
            oom_kills: 0,
            sent: 0,
            ignored: 0,
            guests: NEVER,
            asked: Received::NONE,
            deadlines: Deadlines::new(),
            options: Options::unsaid(),
        }
    }

    /// The program has ended. What is left belongs to nobody: signals go to all of it.
    fn end(&mut self, status: u8) {
        self.stuck = false;
        self.urged = false;
        if self.options.boot() == Boot::Respawn {
            // Nothing that is to come was meant for the next one.
            self.program = 0;
            self.asked = Received::NONE;
            self.overdue = false;
            (self.sent, self.orphans) = (0, 0);
            self.sweep = Sweep::No;
            self.route = self.options.route();
            self.deadlines = Deadlines::new();
            self.deadlines.start = Time::seconds(1).after(now());
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
    fn leave(&mut self, end: Boot) {
        self.options.end = end;
        self.deadlines.start = NEVER;
        self.end(0);
        if self.sweep == Sweep::No {
            self.sweep = Sweep::Due;
        }
    }

    /// What to end with.
    fn status(&self) -> u8 {
        // A program that was killed and does not end has none.
        self.exit(self.last.or(self.status).unwrap_or(End::Killed(KILL).status()))
    }

    /// What to end with where the status would be this.
    fn exit(&self, status: u8) -> u8 {
        let to = self.options.exit(status);
        if to != status {
            verbose::note(&self.options, 1, Word::Exit, Decimal::new(status.into()).bytes(), to.into());
        }
        to
    }
}
