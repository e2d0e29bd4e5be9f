//! The programs that this one can stand in for, chosen by the last part of argv\[0\]: how their options and
//! defaults become our policy, as plain data. What they say is in the text file beside each.

#[cfg(feature = "names")]
mod tini;

use crate::status::{FAILED, NOT_EXECUTABLE};
#[cfg(feature = "names")]
use crate::table;
use crate::time::Time;

/// What differs from name to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Which of the texts are said: 0 are our own.
    pub style: u8,
    /// What a bad option ends with, and a failure of the init itself.
    pub failed: u8,
    /// What it ends with where the program could not be executed, but for one that is missing or not permitted.
    pub refused: u8,
    /// How often `--verbose` counts as said.
    pub verbosity: u8,
    /// Options may stand behind the program, up to `--`: getopt(3).
    pub permutes: bool,
    /// It is a child subreaper without being told to be.
    pub subreaper: bool,
    /// What `--sweep` is if it is not said.
    pub sweep: Time,
}

/// The options: the letter and the long name of each, as in [`table`](crate::table).
const OPTIONS: &[u8] = b"cchild\0ggroup\0aall\0rrewrite\0ddelay\0tgrace\0Ssweep\0Wwait-all\0eexit\0\
    uuser\0Cchdir\0ppdeathsig\0Ppause\0ssubreaper\0wwarn\0vverbose\0hhelp\0Vversion\0";

/// Our own.
pub static OWN: Name = Name {
    style: 0,
    failed: FAILED,
    refused: NOT_EXECUTABLE,
    verbosity: 0,
    permutes: false,
    subreaper: true,
    sweep: Time::seconds(5),
};

/// The names, each with its style.
#[cfg(feature = "names")]
const NAMES: &[u8] = b"\x01tini\0\x01tini-static\0\x01docker-init\0";

impl Name {
    /// By which name the program was started; `path` is its argv\[0\].
    #[cfg(feature = "names")]
    pub fn of(mut path: &[u8]) -> &'static Self {
        while table::has(path, b'/') {
            table::cut(&mut path, b'/');
        }
        match table::key(NAMES, path) {
            1 => &tini::TINI,
            _ => &OWN,
        }
    }

    /// There is one name.
    #[cfg(not(feature = "names"))]
    pub fn of(_: &[u8]) -> &'static Self {
        &OWN
    }

    /// Its options: the letter and the long name of each, as in [`table`](crate::table).
    pub fn options(&self) -> &'static [u8] {
        match self.style {
            #[cfg(feature = "names")]
            1 => tini::OPTIONS,
            _ => OPTIONS,
        }
    }

    /// Its environment variables: the letter of the option that each says, and the name with the `=`.
    pub fn variables(&self) -> &'static [u8] {
        match self.style {
            #[cfg(feature = "names")]
            1 => tini::VARIABLES,
            _ => b"",
        }
    }
}

#[cfg(all(test, feature = "names"))]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_says_which() {
        for path in [&b"tini"[..], b"/sbin/docker-init", b"./tini-static", b"//a/b//tini"] {
            assert_eq!(*Name::of(path), tini::TINI, "{path:?}");
        }
        for path in [&b""[..], b"tini/", b"tini2", b"/tini/scratch-init", b"-tini"] {
            assert_eq!(*Name::of(path), OWN, "{path:?}");
        }
    }
}
