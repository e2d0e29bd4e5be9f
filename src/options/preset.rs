//! The defaults that a name sets, as plain data.

use crate::rooms;
use crate::status::{FAILED, NOT_EXECUTABLE, NOT_FOUND};
use crate::time::Time;

/// The defaults that a name sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Which texts are used: 0 for scratch-init's own.
    pub style: u8,
    /// The status for a bad option, and for a failure of the init itself.
    pub failed: u8,
    /// The statuses for a program that could not be executed: not found; not permitted; any other errno.
    pub not_executed: [u8; 3],
    /// How often `--verbose` counts as given from the start, and how much each `--verbose` adds.
    pub verbosity: [u8; 2],
    /// See [`Self::permutes`].
    pub(super) permutes: bool,
    /// See [`Self::answers_on_stderr`].
    pub(super) answers_on_stderr: bool,
    /// The init becomes a child subreaper even without `--subreaper`.
    pub subreaper: bool,
    /// See [`Self::pauses`].
    pub(super) pauses: bool,
    /// See [`Self::session`].
    pub(super) session: bool,
    /// See [`Self::resets`].
    pub(super) resets: bool,
    /// The default of `--sweep`.
    pub sweep: Time,
}

/// The preset of scratch-init itself.
pub const OWN: Preset = Preset {
    style: 0,
    failed: FAILED,
    not_executed: [NOT_FOUND, NOT_EXECUTABLE, NOT_EXECUTABLE],
    verbosity: [0, 1],
    permutes: false,
    answers_on_stderr: false,
    subreaper: true,
    pauses: false,
    session: false,
    resets: false,
    sweep: if rooms::SWEEP { Time::seconds(5) } else { Time::NONE },
};

impl Preset {
    /// Options may also stand behind the program, up to `--`: getopt(3).
    pub fn permutes(&self) -> bool {
        cfg!(not(without = "tini")) && self.permutes
    }

    /// Help and version go to standard error.
    pub fn answers_on_stderr(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.answers_on_stderr
    }

    /// The program gets a session of its own. Signals go to its process group, and TERM follows when the program has ended. TSTP,
    /// TTIN and TTOU are forwarded as STOP, and then stop the init too. `--rewrite` does not accept real-time signals.
    pub fn session(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.session
    }

    /// The program gets an empty signal mask, and the default action for every signal but the real-time ones, instead of what the
    /// init inherited.
    pub fn resets(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.resets
    }

    /// There is no program, as with `--pause`.
    pub fn pauses(&self) -> bool {
        cfg!(not(without = "pause")) && self.pauses
    }
}
