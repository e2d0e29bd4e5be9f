//! Where a signal goes.

use crate::signals::{self, Set};

/// Which processes signals are forwarded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Nobody: there is no program, `--pause`.
    Nobody,
    /// The program alone: `--child`.
    Program,
    /// The program's process group: `--group`.
    Group,
    /// Every process: `--all`.
    All,
}

/// The stops that the terminal driver sends.
pub const TERMINAL: Set = Set::of(&[signals::TSTP, signals::TTIN, signals::TTOU]);

/// Whether a signal that reached the init is one to forward, by its number, its `si_code` (sigaction(2): 0
/// and below when a process sent it) and whether the init itself counts as its sender.
///
/// CHLD is the init's own, and a stop by the terminal driver is not for one process: see [`suspends`]. What
/// a write to a closed stderr or a full disk costs the init is nobody else's business: the kernel sends
/// that in the init's own name.
pub fn forwards(signal: u8, code: i32, own: bool) -> bool {
    const WRITES: Set = Set::of(&[signals::PIPE, signals::XFSZ]);
    let not = signal == signals::CHLD || suspends(signal, code) || (WRITES.has(signal) && code == 0 && own);
    !not
}

/// Whether it is a stop by the terminal driver, of the whole foreground process group, or of one in the background
/// that reads. That is the init's and not the program's where the program did not get the terminal, or where a shell
/// brought a running job to the foreground.
pub fn suspends(signal: u8, code: i32) -> bool {
    TERMINAL.has(signal) && code > 0
}

/// The `si_code` by which one init passes a key on to another of the same job: neither kill(2) nor sigqueue(3) gives this
/// one, so that what they send is for the program alone. (Before Linux 4.14 no more than 16 bits of it arrive.)
pub const PASSED_ON: i32 = -0x4b45;

/// Whether a signal is for the whole job that the program is: ^C, ^\ and a hang-up come from the terminal driver to
/// the process group, not to one process, and another init of the job passes keys on.
pub fn for_job(signal: u8, code: i32) -> bool {
    const KEYS: Set = Set::of(&[signals::INT, signals::QUIT, signals::TSTP]);
    (KEYS.has(signal) && (code > 0 || code == PASSED_ON)) || (signal == signals::HUP && code > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SI_KERNEL: i32 = 0x80;
    const SI_USER: i32 = 0;
    const SI_QUEUE: i32 = -1;

    #[test]
    fn all_but_chld_is_forwarded() {
        for signal in 1..=signals::LAST {
            for code in [SI_USER, SI_QUEUE] {
                assert_eq!(forwards(signal, code, false), signal != signals::CHLD);
            }
        }
    }

    #[test]
    fn stops_of_the_terminal_driver_are_not() {
        for signal in [signals::TSTP, signals::TTIN, signals::TTOU] {
            assert!(!forwards(signal, SI_KERNEL, false));
            assert!(suspends(signal, SI_KERNEL) && !suspends(signal, SI_USER) && !suspends(signal, SI_QUEUE));
        }
        assert!(!suspends(signals::INT, SI_KERNEL) && !suspends(signals::STOP, SI_KERNEL));
        assert!(forwards(signals::INT, SI_KERNEL, false));
        assert!(forwards(signals::HUP, SI_KERNEL, false));
    }

    #[test]
    fn what_the_terminal_sends_to_end_is_for_the_job() {
        for signal in 1..=signals::LAST {
            let key = [signals::INT, signals::QUIT, signals::TSTP].contains(&signal);
            assert_eq!(for_job(signal, SI_KERNEL), key || signal == signals::HUP);
            assert_eq!(for_job(signal, PASSED_ON), key);
            assert!(forwards(signal, PASSED_ON, false) == (signal != signals::CHLD) && !suspends(signal, PASSED_ON));
            for code in [SI_USER, SI_QUEUE] {
                assert!(!for_job(signal, code));
            }
        }
    }

    #[test]
    fn what_the_inits_own_writes_raise_is_not() {
        for signal in [signals::PIPE, signals::XFSZ] {
            assert!(!forwards(signal, SI_USER, true) && forwards(signal, SI_QUEUE, true));
        }
        assert!(forwards(signals::TERM, SI_USER, true));
    }
}
