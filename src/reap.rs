//! Processes that ended are reaped: wait4(2).

use scratch_init::errno::ECHILD;
use scratch_init::signals::{Received, TERM};
use scratch_init::status::End;

use crate::forward::forward;
use crate::report::Word;
use crate::sys::{Child, end_of, no_child};
use crate::verbose::{ended, note};
use crate::{Init, terminal};

/// What there is to reap.
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// Reaps, but not so many at once that a signal would have to wait for long.
pub fn reap(init: &mut Init) -> Left {
    let mut child = Child::new();
    for _ in 0..64 {
        match child.next() {
            Ok(true) => one(init, &child),
            Ok(false) => return Left::Running,
            Err(ECHILD) => return Left::Nothing,
            Err(_) if no_child() => return Left::Nothing,
            Err(_) => {
                // By the other call the init can still tell how the program ended.
                if init.status.is_none()
                    && let Some(status) = end_of(init.program)
                {
                    let mut child = Child::new();
                    (child.pid, child.status) = (init.program, status);
                    one(init, &child);
                }
                return Left::Unknown;
            }
        }
    }
    Left::Ended
}

/// A child has ended or stopped.
fn one(init: &mut Init, child: &Child) {
    let program = child.pid == init.program && init.status.is_none();
    if let Some(signal) = End::stopped(child.status) {
        if child.detach(signal) {
            return;
        }
        terminal::stopped(init, child.pid, signal);
        return;
    }
    let end = End::from_wait(child.status);
    init.reaped = true;
    if let Some(last) = &mut init.last {
        *last = end.status();
    }
    if program {
        ended(init, child, end);
        terminal::ended(init, end);
        if init.options.session() {
            forward(init, &Received { signo: TERM.into(), ..Received::NONE });
        }
        init.end(end.status());
    } else {
        init.orphans += 1;
        let (level, word) = if init.options.warn() { (0, Word::Warned) } else { (2, Word::Reaped) };
        note(&init.options, level, word, b"", child.pid);
    }
    terminal::look_back(init);
}
