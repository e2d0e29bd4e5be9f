//! The life of an init, over any [`Kernel`].

mod again;
mod all;
mod boot;
pub mod deadlines;
mod deliver;
mod ended;
mod exit;
mod forward;
mod group;
pub mod init;
mod job_control;
mod pause;
mod pdeathsig;
mod reap;
mod restart;
mod start;
mod story;
mod subreaper;
mod sweep;
mod terminal;
mod verbose;

use init::{Init, Left, RETRY_AFTER};
use start::Start;
use verbose::note;

use crate::kernel::{Kernel, Result};
use crate::options::Options;
use crate::options::command_line::{self, Told};
use crate::rooms;
use crate::route::Route;
use crate::say::{Text, failed};
use crate::signals::Batch;
use crate::time::NEVER;

/// The life of an init. Returns the status to end with.
#[inline(always)]
pub fn live<K: Kernel>(mut kernel: K) -> u8 {
    // This comes before anything else: PID 1 loses a signal that is neither blocked nor handled: signal(7).
    let blocked = kernel.block();
    let parent = if rooms::PDEATHSIG { kernel.parent() } else { 0 };
    let mut options = Options::defaults();
    let argument = match command_line::read(&mut kernel, &mut options) {
        Told::Program(argument) => argument as usize,
        Told::Exit(status) => return status,
    };
    let init = &mut Init::new(kernel, &options, argument);
    if let Err(status) = begin(init, blocked, parent) {
        return status;
    }
    if (!rooms::PAUSE || init.route != Route::Nobody)
        && let Start::Ends(status) = start::start(init)
    {
        return status;
    }
    // Only the program keeps the inherited descriptors and the directory. While it can be started again the init keeps them too:
    // each start gets what the first one got.
    if !restart::is_possible(init) {
        init.kernel.let_go();
    }
    init.kernel.settle();

    // With -B a failed start does not end the init. Then perhaps no child is left.
    let mut left = match init.status {
        Some(_) if rooms::BOOT => reap::reap(init),
        _ => Left::Running,
    };
    while !sweep::step(init, left) {
        // (Without deadlines the next signal is waited for.)
        if rooms::DEADLINES && left == Left::Unknown {
            init.kernel.sleep(RETRY_AFTER);
        }
        let mut until = if matches!(left, Left::Ended | Left::Unknown) { 0 } else { init.deadlines.next() };
        if init.look_again {
            until = until.min(sweep::RECHECK.after(init.kernel.now()));
        }
        listen(init, until);
        forward::due(init);
        left = reap::reap(init);
    }

    if let Some(how) = init.machine_end() {
        boot::finish(&mut init.kernel, how);
    }
    verbose::ending(init);
    let status = exit::replaced(init, init.final_status());
    note(init, 1, Text::Goodbye, status.into());
    terminal::leave(init);
    status
}

/// Prepares the init before the program starts. `blocked` is the result of blocking the signals; `parent` is the PID of the
/// parent that the init had at first.
///
/// # Errors
/// The status to end with. The reason has been said.
#[inline(always)]
fn begin<K: Kernel>(init: &mut Init<K>, blocked: Result<()>, parent: i32) -> core::result::Result<(), u8> {
    if let Err(errno) = blocked {
        failed(&mut init.kernel, b"rt_sigprocmask", errno, b"");
        return Err(init.options.failed_status());
    }
    if init.options.boot().is_some() && !boot::begin(&mut init.kernel) {
        return Err(init.options.failed_status());
    }
    if let Err(errno) = init.kernel.listen() {
        failed(&mut init.kernel, b"signalfd4", errno, b"open files");
        return Err(init.options.failed_status());
    }
    if let Err(errno) = pdeathsig::ask(&mut init.kernel, init.options.pdeathsig, parent) {
        failed(&mut init.kernel, b"-p", errno, b"");
        return Err(init.options.failed_status());
    }
    subreaper::prepare(init);
    if init.options.session() {
        init.ignored = terminal::give_up(&mut init.kernel);
    }
    Ok(())
}

/// Waits for signals, until the time `until` at the latest, and handles those that have arrived.
///
/// A call that fails is made again in the next round of the loop. From the second failure in a row on, the init pauses first: so
/// a call that fails for ever leaves the processor to the program.
#[cfg_attr(feature = "boot", inline(never))]
fn listen<K: Kernel>(init: &mut Init<K>, until: u64) {
    let mut batch = Batch::NONE;
    let ready = if rooms::DEADLINES {
        let time = (until != NEVER).then(|| until.saturating_sub(init.kernel.now()));
        init.kernel.wait(time)
    } else {
        // Then the read itself waits.
        Some(true)
    };
    let mut fails = ready.is_none();
    if ready != Some(false) {
        let read = init.kernel.read(&mut batch);
        fails |= ready.is_some() && read.is_err();
        for received in batch.signals().take(read.unwrap_or(0)) {
            forward::arrive(init, &received);
        }
    }
    if fails && (init.wait_failed || !rooms::DEADLINES) {
        init.kernel.sleep(RETRY_AFTER);
    }
    init.wait_failed = fails;
}
