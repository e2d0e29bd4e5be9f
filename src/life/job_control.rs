//! Job control: what to do when the program, or a process that it left behind, has stopped or was interrupted.

use crate::signals::{INT, QUIT, STOP, TSTP, TTIN, TTOU};

/// Which process group is the foreground process group of the init's controlling terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreground {
    /// The init has no controlling terminal.
    Nobody,
    /// The init's own group, or a group that no longer needs the terminal: the init can hand the terminal over.
    Init,
    /// The group of the process that stopped.
    Stopped,
    /// Another group: the shell's, or that of another job.
    Another,
}

impl Foreground {
    /// Decides by the numbers of process groups: the foreground group of tcgetpgrp(3), `None` without a terminal; the init's own
    /// group; and the group of the process that stopped.
    ///
    /// If the numbers do not decide, `free` says whether the init can hand the terminal over. All groups of an outer PID
    /// namespace read as 0, so two groups 0 can be different ones. A group that got the terminal from the init and is empty now
    /// no longer needs it. And two inits of the same pipeline take turns.
    pub fn of(foreground: Option<i32>, own: i32, stopped: i32, free: impl FnOnce() -> bool) -> Self {
        match foreground {
            None => Self::Nobody,
            Some(group) if group != 0 && group == stopped => Self::Stopped,
            Some(group) if group != 0 && group == own => Self::Init,
            Some(_) if free() => Self::Init,
            Some(_) => Self::Another,
        }
    }
}

/// What the init does about a child that has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing: the process that stopped the child continues it.
    Leave,
    /// Continue the child.
    Continue,
    /// Hand the terminal over to the child's group, and continue the child.
    HandOver,
    /// Take the terminal back, and stop the init's whole process group with this signal, so that the shell sees a stopped job.
    Suspend(u8),
}

/// What to do about a child that was stopped by `signal`.
///
/// `shell` is whether a shell could continue the init: never for PID 1, which does not stop. `program` is whether the child is
/// the program; a process that the program left behind counts only while its group has the terminal.
pub fn stopped(signal: u8, foreground: Foreground, shell: bool, program: bool) -> Reaction {
    let wants_terminal = matches!(signal, TTIN | TTOU);
    match foreground {
        Foreground::Nobody => Reaction::Leave,
        Foreground::Init | Foreground::Another if !program || signal == STOP => Reaction::Leave,
        Foreground::Init if wants_terminal || !shell => Reaction::HandOver,
        // If it were continued, it would stop again at once.
        Foreground::Another if wants_terminal && !shell => Reaction::Leave,
        _ if !shell => Reaction::Continue,
        // In an orphaned process group, which no shell watches, STOP would stop the init for ever. TSTP stops no process there:
        // setpgid(2).
        _ => Reaction::Suspend(if signal == STOP { TSTP } else { signal }),
    }
}

/// Whether `signal` ended the program because of a ^C or ^\ that was meant for the whole job. The terminal sends these only to
/// its foreground group, here the program's; the init's group does not get them. `sent` is whether the init itself sent this
/// signal to the program.
pub fn interrupts(signal: u8, shell: bool, sent: bool) -> bool {
    matches!(signal, INT | QUIT) && shell && !sent
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALS: [u8; 4] = [TSTP, TTIN, TTOU, STOP];

    #[test]
    fn whose_the_foreground_is() {
        let no = || false;
        assert_eq!(Foreground::of(None, 5, 7, || true), Foreground::Nobody);
        assert_eq!(Foreground::of(Some(5), 5, 7, no), Foreground::Init);
        assert_eq!(Foreground::of(Some(7), 5, 7, no), Foreground::Stopped);
        assert_eq!(Foreground::of(Some(9), 5, 7, no), Foreground::Another);
        assert_eq!(Foreground::of(Some(9), 5, 7, || true), Foreground::Init, "nobody is left of group 9");
        // The program is in the init's own group.
        assert_eq!(Foreground::of(Some(5), 5, 5, no), Foreground::Stopped);
        // A group of an outer PID namespace: the number 0 tells nothing.
        for own in [0, 5] {
            assert_eq!(Foreground::of(Some(0), own, 7, no), Foreground::Another);
        }
        assert_eq!(Foreground::of(Some(0), 0, 7, || true), Foreground::Init);
        assert_eq!(Foreground::of(Some(0), 0, 0, no), Foreground::Another);
    }

    #[test]
    fn the_program_under_a_shell() {
        let stopped = |signal, foreground| stopped(signal, foreground, true, true);
        for signal in SIGNALS {
            assert_eq!(stopped(signal, Foreground::Nobody), Reaction::Leave);
        }
        for signal in [TSTP, TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Stopped), Reaction::Suspend(signal));
            assert_eq!(stopped(signal, Foreground::Another), Reaction::Suspend(signal));
        }
        assert_eq!(stopped(TSTP, Foreground::Init), Reaction::Suspend(TSTP));
        for signal in [TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Init), Reaction::HandOver, "a shell brought the init to the foreground");
        }
        assert_eq!(stopped(STOP, Foreground::Stopped), Reaction::Suspend(TSTP));
        assert_eq!(stopped(STOP, Foreground::Init), Reaction::Leave);
        assert_eq!(stopped(STOP, Foreground::Another), Reaction::Leave);
    }

    #[test]
    fn the_program_where_no_shell_could_continue_the_init() {
        let stopped = |signal, foreground| stopped(signal, foreground, false, true);
        for signal in SIGNALS {
            assert_eq!(stopped(signal, Foreground::Nobody), Reaction::Leave);
            assert_eq!(stopped(signal, Foreground::Stopped), Reaction::Continue);
        }
        for signal in [TSTP, TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Init), Reaction::HandOver);
        }
        assert_eq!(stopped(TSTP, Foreground::Another), Reaction::Continue);
        for signal in [TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Another), Reaction::Leave, "no loop");
        }
        for foreground in [Foreground::Init, Foreground::Another] {
            assert_eq!(stopped(STOP, foreground), Reaction::Leave);
        }
    }

    #[test]
    fn what_the_program_left_behind() {
        for signal in SIGNALS {
            for shell in [true, false] {
                for foreground in [Foreground::Nobody, Foreground::Init, Foreground::Another] {
                    assert_eq!(stopped(signal, foreground, shell, false), Reaction::Leave);
                }
                assert_eq!(stopped(signal, Foreground::Stopped, shell, false), stopped(signal, Foreground::Stopped, shell, true));
            }
        }
    }

    #[test]
    fn interruptions() {
        for signal in 1..=crate::signals::LAST {
            assert_eq!(interrupts(signal, true, false), signal == INT || signal == QUIT);
            assert!(!interrupts(signal, false, false) && !interrupts(signal, true, true));
        }
    }
}
