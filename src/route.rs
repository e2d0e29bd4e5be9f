//! Where a signal goes.

use crate::signals::{self, Set};

/// Which processes signals are forwarded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// No process: there is no program, `--pause`.
    Nobody,
    /// Only the program: `--child`.
    Program,
    /// The program's process group: `--group`.
    Group,
    /// Every process: `--all`.
    All,
}

/// Whether this is one of the stop signals that the terminal driver sends. (Their numbers follow each other.)
pub const fn terminal_stop(signal: u8) -> bool {
    matches!(signal, signals::TSTP | signals::TTIN | signals::TTOU)
}

/// Whether to forward a signal that reached the init. `code` is its `si_code`: 0 or negative if a process sent the signal,
/// sigaction(2). `own` is whether the kernel names the init as its sender.
///
/// CHLD is for the init itself. A stop by the terminal driver is handled by [`suspends`]. A write to a closed stderr (PIPE) or
/// beyond the file size limit (XFSZ) signals the init in its own name: this is not for the program.
pub fn forwards(signal: u8, code: i32, own: bool) -> bool {
    const WRITES: Set = Set::of(&[signals::PIPE, signals::XFSZ]);
    let not = signal == signals::CHLD || suspends(signal, code) || (WRITES.has(signal) && code == 0 && own);
    !not
}

/// Whether the terminal driver sent this stop. It sends TSTP to the whole foreground process group, and TTIN or TTOU to a
/// background group that reads or writes. The init's group gets these stops if the program did not get the terminal, or if a
/// shell brought a running job to the foreground.
pub fn suspends(signal: u8, code: i32) -> bool {
    terminal_stop(signal) && code > 0
}

/// The `si_code` that marks a ^C or ^\ which another init of the same job has passed on. kill(2) and sigqueue(3) never use this
/// code, so the signals that they send still go to the program alone. (Before Linux 4.14 only 16 bits of a code arrive.)
pub const PASSED_ON: i32 = -0x4b45;

/// Whether a signal is for the program's whole process group. The terminal driver sends ^C, ^\ and a hang-up to a process group
/// and not to one process; another init of the same job passes keys on.
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
