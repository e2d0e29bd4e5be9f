//! What a name sets, where nothing else is said: plain fields of the options.

use crate::status::{FAILED, NOT_EXECUTABLE, NOT_FOUND};
use crate::time::Time;

/// What a name sets, where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Which of the texts are said: 0 are our own.
    pub style: u8,
    /// What a bad option ends with, and a failure of the init itself.
    pub failed: u8,
    /// What it ends with where the program could not be executed: it is not there; it is not permitted; else.
    pub not_executed: [u8; 3],
    /// How often `--verbose` counts as said, and for how much each counts that is.
    pub verbosity: [u8; 2],
    /// See [`Self::permutes`].
    pub(super) permutes: bool,
    /// See [`Self::answers_on_stderr`].
    pub(super) answers_on_stderr: bool,
    /// It is a child subreaper without being told to be.
    pub subreaper: bool,
    /// See [`Self::pauses`].
    pub(super) pauses: bool,
    /// See [`Self::session`].
    pub(super) session: bool,
    /// See [`Self::resets`].
    pub(super) resets: bool,
    /// What `--sweep` is if it is not said.
    pub sweep: Time,
}

/// Our own.
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
    sweep: Time::seconds(5),
};

impl Preset {
    /// Options may stand behind the program, up to `--`: getopt(3).
    pub fn permutes(&self) -> bool {
        cfg!(not(without = "tini")) && self.permutes
    }

    /// Help and version are for stderr.
    pub fn answers_on_stderr(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.answers_on_stderr
    }

    /// The program gets a session of its own, whose group gets the signals, and TERM when the program has
    /// ended; stops become STOP, and the init's own. There are no real-time signals to rewrite.
    pub fn session(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.session
    }

    /// The program gets an empty signal mask, and the default action of every signal but the real-time ones, whatever
    /// the init was given.
    pub fn resets(&self) -> bool {
        cfg!(not(without = "dumb_init")) && self.resets
    }

    /// There is no program, as with `--pause`.
    pub fn pauses(&self) -> bool {
        cfg!(not(without = "pause")) && self.pauses
    }
}
