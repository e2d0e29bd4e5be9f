//! scratch-init: the first process of a container, and of small Linux systems.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod command_line;
mod descendants;
#[cfg(feature = "explain")]
mod explain;
mod forward;
mod program;
mod reap;
mod report;
mod sweep;
#[expect(unsafe_code, reason = "the kernel is touched in there alone")]
mod sys;
mod terminal;

use rustix::process::getpid;

use scratch_init::options::Options;
use scratch_init::status::FAILED;

use program::Plan;
use report::Word;
use sweep::Sweep;
use sys::signals::{FOREVER, Mask, Queue, ignore_chld};

/// What an init knows while it lives.
#[repr(C)]
struct Init {
    /// Until when to wait for the next signal, in nanoseconds of [`sys::now`].
    until: u64,
    /// Which argument is the program.
    index: usize,
    /// The program, and the process group that was made for it; 0 if there is none.
    program: i32,
    /// What to end with, once that is known.
    status: Option<u8>,
    sweep: Sweep,
    options: Options<'static>,
}

/// An init's life. Returns the status to end with.
#[inline(always)]
fn main(start: &mut sys::Start) -> u8 {
    let mut init = Init { until: FOREVER, index: 0, program: 0, status: None, sweep: Sweep::No, options: Options::unsaid() };
    if let Some(status) = command_line::read(start, &mut init) {
        return status;
    }

    let (mask, mut queue) = match Mask::ALL.set().and_then(|mask| Ok((mask, Queue::open()?))) {
        Ok(ready) => ready,
        Err(errno) => {
            report::event(Word::NoSignals, errno);
            return FAILED;
        }
    };
    let chld_ignored = ignore_chld(false);
    let pid = getpid();
    if !pid.is_init() {
        // Orphans come to us all the same. Where the kernel refuses, they go to another.
        let _ = rustix::process::set_child_subreaper(Some(pid));
    }

    if !init.options.pause() {
        let plan = Plan { start, index: init.index, mask, chld_ignored, failure: None };
        match program::start(plan) {
            Ok(pid) => init.program = pid,
            Err(FAILED) => return FAILED,
            Err(status) => return init.options.exit.get(status),
        }
    }
    settle(&init, &mut queue);

    loop {
        for received in queue.wait(init.until) {
            forward::forward(&mut init, received);
        }
        let children = reap::reap(&mut init);
        if let Some(status) = init.status
            && (!children || sweep::step(&mut init))
        {
            return init.options.exit.get(status);
        }
    }
}

/// The program runs. Lets go of what it alone should hold: a reader of its output is to see its end,
/// and no mount is to be busy for our sake.
fn settle(init: &Init, queue: &mut Queue) {
    if init.options.verbose() > 0 {
        report::event(Word::Started, init.program);
    }
    if queue.replace_stdout() {
        // Job control needs the terminal.
        sys::close_others(terminal::foreground() >= 0);
    }
    let _ = rustix::process::chdir(c"/");
    sys::shrink_stack();
}
