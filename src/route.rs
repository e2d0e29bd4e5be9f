//! Where a signal goes.

use crate::signals;

/// Which processes signals are forwarded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The program alone: `--child`.
    Program,
    /// The program's process group: `--group`.
    Group,
    /// Every process: `--all`.
    All,
}

/// Whether a signal that reached the init is one to forward, by its number and its `si_code`
/// (sigaction(2): 0 and below when a process sent it).
///
/// CHLD is the init's own. A stop from the terminal driver reached the whole foreground process
/// group, and the program too if it is in there; only one that a process sent was meant for us.
pub fn forwards(signal: u8, code: i32) -> bool {
    match signal {
        signals::CHLD => false,
        signals::TSTP | signals::TTIN | signals::TTOU => code <= 0,
        _ => true,
    }
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
                assert_eq!(forwards(signal, code), signal != signals::CHLD);
            }
        }
    }

    #[test]
    fn stops_of_the_terminal_driver_are_not() {
        for signal in [signals::TSTP, signals::TTIN, signals::TTOU] {
            assert!(!forwards(signal, SI_KERNEL));
        }
        assert!(forwards(signals::INT, SI_KERNEL));
        assert!(forwards(signals::HUP, SI_KERNEL));
    }
}
