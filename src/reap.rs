//! Processes that ended are reaped: wait4(2).

use rustix::process::getpid;

use scratch_init::status::End;

use crate::Init;
use crate::report::{Word, event};
use crate::sys::{Waited, own_group, wait};
use crate::terminal;

/// Reaps until nothing is left to reap, and says whether there are children that run on.
#[inline(never)]
pub fn reap(init: &mut Init) -> bool {
    loop {
        let (pid, status) = match wait() {
            Waited::Process(pid, status) => (pid, status),
            Waited::Nothing => return true,
            Waited::NoChild => return false,
        };
        let stopped = status as u8 == 0x7f;
        if pid != init.program || init.status.is_some() {
            if init.options.warn() && !stopped {
                event(Word::Reaped, pid);
            }
        } else if stopped {
            // PID 1 cannot be stopped, and there is no shell that waits for it.
            if !getpid().is_init() {
                terminal::stop(pid, (status >> 8) as u8);
            }
        } else {
            let end = End::from_wait(status);
            if init.options.verbose() > 0 {
                let (word, number) = match end {
                    End::Exited(status) => (Word::EndedWith, status),
                    End::Killed(signal) => (Word::EndedBy, signal),
                };
                event(word, number.into());
            }
            terminal::pass(pid, own_group());
            init.status = Some(end.status());
        }
    }
}
