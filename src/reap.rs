//! Processes that ended are reaped: wait4(2).

use rustix::process::{WaitOptions, getpid, wait};

use scratch_init::status::End;

use crate::Init;
use crate::report::{Word, event};
use crate::sys::own_group;
use crate::terminal;

/// Reaps until nothing is left to reap, and says whether there are children that run on.
pub fn reap(init: &mut Init) -> bool {
    loop {
        let (pid, status) = match wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            Ok(Some((pid, status))) => (pid.as_raw_pid(), status),
            Ok(None) => return true,
            Err(_) => return false,
        };
        if pid != init.program || init.status.is_some() {
            if init.options.warn() && !status.stopped() {
                event(Word::Reaped, pid);
            }
        } else if status.stopped() {
            // PID 1 cannot be stopped, and there is no shell that waits for it.
            if !getpid().is_init() {
                terminal::stop(pid, (status.as_raw() >> 8) as u8);
            }
        } else {
            let end = End::from_wait(status.as_raw());
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
