//! What `--verbose` says of the program's life and end.

use crate::rooms;
use crate::signals::Received;

/// What is known of the program's life; nothing in a build that does not say it.
pub struct Story([Told; rooms::VERBOSE as usize]);

/// See [`Story`].
pub struct Told {
    /// The last signal that asked for the end; [`Received::NONE`] once this was said.
    pub asked: Received,
    /// Whether the grace period is over, and this was not said yet.
    pub overdue: bool,
    /// How many processes other than the program were reaped.
    pub orphans: u32,
    /// How many processes the out-of-memory killer had killed when the program started.
    pub oom_kills: u32,
}

impl Story {
    /// The program has not begun.
    pub const NONE: Self = Self([const { Told { asked: Received::NONE, overdue: false, orphans: 0, oom_kills: 0 } }; _]);

    /// What is known, in a build that says it.
    pub fn told(&mut self) -> Option<&mut Told> {
        self.0.first_mut()
    }

    /// This signal asks for the end.
    pub fn asked(&mut self, received: &Received) {
        if let Some(told) = self.told() {
            told.asked = *received;
        }
    }

    /// The grace period is over.
    pub fn overdue(&mut self) {
        if let Some(told) = self.told() {
            told.overdue = true;
        }
    }

    /// An orphan was reaped.
    pub fn orphan(&mut self) {
        if let Some(told) = self.told() {
            told.orphans += 1;
        }
    }
}
