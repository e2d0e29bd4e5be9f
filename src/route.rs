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

/// Whether a signal is for the whole job that the program is: ^C, ^\ and a hang-up come from the terminal driver to
/// the process group, not to one process. `mate` is asked whether another of the init's job passed one on to all of it.
pub fn for_job(signal: u8, code: i32, mate: impl FnOnce() -> bool) -> bool {
    const KEYS: Set = Set::of(&[signals::INT, signals::QUIT, signals::TSTP]);
    (code > 0 && (KEYS.has(signal) || signal == signals::HUP)) || (code == 0 && KEYS.has(signal) && mate())
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
        let never = || panic!("nobody is asked");
        for signal in 1..=signals::LAST {
            let key = [signals::INT, signals::QUIT, signals::TSTP].contains(&signal);
            assert_eq!(for_job(signal, SI_KERNEL, never), key || signal == signals::HUP);
            assert!(!for_job(signal, SI_QUEUE, never));
            assert!(!for_job(signal, SI_USER, || false));
            assert_eq!(for_job(signal, SI_USER, || true), key);
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
