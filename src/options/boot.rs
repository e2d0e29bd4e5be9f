//! The actions of `--boot`, and the ways in which a machine ends.

use crate::table;

/// How a machine ends: reboot(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shutdown {
    /// The machine is switched off.
    Poweroff = 1,
    /// The machine starts again.
    Reboot,
    /// The machine stops, and stays on.
    Halt,
}

/// What the init of a machine does when the program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// End the machine.
    ShutDown(Shutdown),
    /// Start the program again, a second later.
    Respawn,
}

/// The words for the actions, as a [`table`].
const NAMES: &[u8] = b"\x01poweroff\0\x02reboot\0\x03halt\0\x04respawn\0";

impl Action {
    /// The action that `word` names.
    pub fn parse(word: &[u8]) -> Option<Self> {
        match table::key(NAMES, word) {
            1 => Some(Self::ShutDown(Shutdown::Poweroff)),
            2 => Some(Self::ShutDown(Shutdown::Reboot)),
            3 => Some(Self::ShutDown(Shutdown::Halt)),
            4 => Some(Self::Respawn),
            _ => None,
        }
    }
}

impl Shutdown {
    /// The word for this end.
    pub fn name(self) -> &'static [u8] {
        table::name(NAMES, self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_is_said_as_it_is_asked_for() {
        for end in [Shutdown::Poweroff, Shutdown::Reboot, Shutdown::Halt] {
            assert_eq!(Action::parse(end.name()), Some(Action::ShutDown(end)));
        }
        assert_eq!(Action::parse(b"respawn"), Some(Action::Respawn));
        assert_eq!(Action::parse(b"boot"), None);
    }
}
