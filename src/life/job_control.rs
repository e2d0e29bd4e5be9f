//! Job control: what it means that a process of the program's has stopped, or was interrupted.

use crate::signals::{INT, QUIT, STOP, TSTP, TTIN, TTOU};

/// Whose process group has the foreground of the init's controlling terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreground {
    /// The init has no controlling terminal.
    Nobody,
    /// The init's own group: it can hand the terminal over.
    Init,
    /// The group of the process that stopped.
    Stopped,
    /// Another one: the shell's, or that of one of its other jobs.
    Another,
}

impl Foreground {
    /// By the numbers of process groups: tcgetpgrp(3) of the terminal, `None` without one; the init's own; and that
    /// of the process that stopped.
    ///
    /// `free` is asked where the first number does not tell, whether the terminal is the init's to hand over. Groups of
    /// an outer PID namespace all read as 0, so 0 and 0 need not be the same one. A group that had the terminal from the init
    /// and of which nobody is left has it no more; and another init of the same pipeline shares it.
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

/// What the init does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: whoever stopped it continues it.
    Leave,
    /// Continue it.
    Continue,
    /// Hand the terminal over, and continue it.
    HandOver,
    /// Take the terminal back, and stop the init's whole process group by this signal, for the shell to see.
    Suspend(u8),
}

/// A child of the init was stopped by `signal`.
///
/// `shell` is whether a shell could continue the init. It cannot continue PID 1, which does not stop. `program` is whether it
/// is the program; what that left behind counts only while it has the terminal.
pub fn stopped(signal: u8, foreground: Foreground, shell: bool, program: bool) -> Action {
    let wants_terminal = matches!(signal, TTIN | TTOU);
    match foreground {
        Foreground::Nobody => Action::Leave,
        Foreground::Init | Foreground::Another if !program || signal == STOP => Action::Leave,
        Foreground::Init if wants_terminal || !shell => Action::HandOver,
        // It would stop again at once.
        Foreground::Another if wants_terminal && !shell => Action::Leave,
        _ if !shell => Action::Continue,
        // A stop that cannot be caught would last for ever where no shell sees it. TSTP stops nobody then: setpgid(2).
        _ => Action::Suspend(if signal == STOP { TSTP } else { signal }),
    }
}

/// Whether the program, whose group had the terminal, was ended by a ^C or ^\ that was meant for the whole job: the
/// terminal sends these to its foreground group alone, and the init's group is another one. `sent` is whether the init sent that signal.
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
        // A program that did not get a group of its own.
        assert_eq!(Foreground::of(Some(5), 5, 5, no), Foreground::Stopped);
        // An outer namespace's: the number says nothing.
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
            assert_eq!(stopped(signal, Foreground::Nobody), Action::Leave);
        }
        for signal in [TSTP, TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Stopped), Action::Suspend(signal));
            assert_eq!(stopped(signal, Foreground::Another), Action::Suspend(signal));
        }
        assert_eq!(stopped(TSTP, Foreground::Init), Action::Suspend(TSTP));
        for signal in [TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Init), Action::HandOver, "a shell brought the init to the foreground");
        }
        assert_eq!(stopped(STOP, Foreground::Stopped), Action::Suspend(TSTP));
        assert_eq!(stopped(STOP, Foreground::Init), Action::Leave);
        assert_eq!(stopped(STOP, Foreground::Another), Action::Leave);
    }

    #[test]
    fn the_program_where_no_shell_could_continue_the_init() {
        let stopped = |signal, foreground| stopped(signal, foreground, false, true);
        for signal in SIGNALS {
            assert_eq!(stopped(signal, Foreground::Nobody), Action::Leave);
            assert_eq!(stopped(signal, Foreground::Stopped), Action::Continue);
        }
        for signal in [TSTP, TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Init), Action::HandOver);
        }
        assert_eq!(stopped(TSTP, Foreground::Another), Action::Continue);
        for signal in [TTIN, TTOU] {
            assert_eq!(stopped(signal, Foreground::Another), Action::Leave, "no loop");
        }
        for foreground in [Foreground::Init, Foreground::Another] {
            assert_eq!(stopped(STOP, foreground), Action::Leave);
        }
    }

    #[test]
    fn what_the_program_left_behind() {
        for signal in SIGNALS {
            for shell in [true, false] {
                for foreground in [Foreground::Nobody, Foreground::Init, Foreground::Another] {
                    assert_eq!(stopped(signal, foreground, shell, false), Action::Leave);
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
