//! Processes that have ended are reaped: wait4(2).

use super::ended;
use super::forward::forward;
use super::init::{Init, Left};
use super::verbose::{note, say_end};
use super::{group, terminal};
use crate::errno::ECHILD;
use crate::kernel::{Child, Kernel, Which};
use crate::rooms;
use crate::say::Text;
use crate::signals::{Received, TERM, TRAP};
use crate::status::End;

/// How many children are reaped at a time: then signals have their turn.
const MOST: u32 = 64;

/// Reaps children, at most [`MOST`]; all of them where only a signal ends the next wait.
#[cfg_attr(feature = "boot", inline(never))]
pub fn reap<K: Kernel>(init: &mut Init<K>) -> Left {
    let mut child = Child::NONE;
    let mut count = 0;
    while count < MOST || !rooms::DEADLINES {
        count += 1;
        match init.kernel.next_child(&mut child) {
            Ok(()) if child.pid == 0 => return Left::Running,
            Ok(()) => {
                handle(init, &child);
                // Where there is no sweep, the program's end is the end.
                if !rooms::ALL && init.status.is_some() {
                    return Left::Ended;
                }
            }
            Err(ECHILD) => return Left::Nothing,
            // Small builds ask wait4(2) alone: without it they forward signals, and do not end.
            Err(_) if !rooms::WALK => return Left::Unknown,
            Err(_) if init.kernel.ended_child(Which::Any, false) == Err(ECHILD) => return Left::Nothing,
            Err(_) => {
                // waitid(2) may still work, and tells how the program ended.
                if init.status.is_none()
                    && let Ok(Some(status)) = init.kernel.ended_child(Which::Pid(init.program), true)
                {
                    handle(init, &Child { pid: init.program, status, ..Child::NONE });
                }
                return Left::Unknown;
            }
        }
    }
    Left::Ended
}

/// If the init is the tracer of this child, which stopped by `signal`: lets go of it, and returns true. The child asked to be traced
/// by its parent (`PTRACE_TRACEME` of ptrace(2)), and would else stay stopped for ever. It gets the signal that stopped it, except
/// the TRAP that execve(2) raises for a traced process: this TRAP looks as if the child had sent it to itself with kill(2).
fn detach<K: Kernel>(kernel: &mut K, child: i32, signal: u8) -> bool {
    let by_execve = signal == TRAP && kernel.trace_stop(child) == (0, child);
    kernel.detach(child, if by_execve { 0 } else { signal })
}

/// A child has ended or stopped.
fn handle<K: Kernel>(init: &mut Init<K>, child: &Child) {
    let program = child.pid == init.program && init.status.is_none();
    if let Some(signal) = End::stopped(child.status) {
        if rooms::JOB_CONTROL && !detach(&mut init.kernel, child.pid, signal) {
            terminal::stopped(init, child.pid, signal);
        }
        return;
    }
    let end = End::from_wait(child.status);
    init.reaped = true;
    if let Some(last) = &mut init.last {
        *last = end.status();
    }
    if program {
        say_end(init, child, end);
        terminal::leave_program(init, end);
        if init.options.session() {
            forward(init, &Received { signo: TERM.into(), ..Received::NONE });
        }
        ended::program_ended(init, end.status());
    } else {
        init.story.orphan();
        let (level, text) = if init.options.warn() { (0, Text::Warned) } else { (2, Text::Reaped) };
        note(init, level, text, child.pid);
        if rooms::RESTART && init.between() {
            // This may have been the last one of the program's group.
            group::is_known(init);
        }
    }
    terminal::look_back(init);
}
