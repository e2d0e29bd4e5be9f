//! The programs that this one can stand in for, chosen by the last part of argv\[0\]: how their options and
//! defaults become our policy, as plain data. What they say is in the text file beside each.

#[cfg(feature = "names")]
mod catatonit;
#[cfg(feature = "names")]
mod dumb_init;
#[cfg(feature = "names")]
mod pause;
#[cfg(feature = "names")]
mod tini;

use crate::status::{FAILED, NOT_EXECUTABLE, NOT_FOUND};
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
    /// What it ends with where the program could not be executed: it is not there; it is not permitted; else.
    pub not_executed: [u8; 3],
    /// How often `--verbose` counts as said, and for how much each counts that is.
    pub verbosity: [u8; 2],
    /// Options may stand behind the program, up to `--`: getopt(3).
    pub permutes: bool,
    /// Help and version are for stderr.
    pub answers_on_stderr: bool,
    /// It is a child subreaper without being told to be.
    pub subreaper: bool,
    /// There is no program, as with `--pause`.
    pub pauses: bool,
    /// The program gets a session of its own, whose group gets the signals, and TERM when the program has
    /// ended; stops become STOP, and the init's own. There are no real-time signals to rewrite.
    pub session: bool,
    /// What `--sweep` is if it is not said.
    pub sweep: Time,
}

/// Our own.
pub static OWN: Name = Name {
    style: 0,
    failed: FAILED,
    not_executed: [NOT_FOUND, NOT_EXECUTABLE, NOT_EXECUTABLE],
    verbosity: [0, 1],
    permutes: false,
    answers_on_stderr: false,
    subreaper: true,
    pauses: false,
    session: false,
    sweep: Time::seconds(5),
};

/// The options: the letter and the long name of each, as in [`table`](crate::table).
const OPTIONS: &[u8] = b"cchild\0ggroup\0aall\0rrewrite\0ddelay\0tgrace\0Ssweep\0Wwait-all\0eexit\0\
    uuser\0Cchdir\0ppdeathsig\0Ppause\0ssubreaper\0wwarn\0vverbose\0hhelp\0Vversion\0";

/// The other names, each with its style.
#[cfg(feature = "names")]
const NAMES: &[u8] = b"\x01tini\0\x01tini-static\0\x01docker-init\0\x02dumb-init\0\x03catatonit\0\x03podman-init\0\x04pause\0";

impl Name {
    /// By which name the program was started; `path` is its argv\[0\].
    #[cfg(feature = "names")]
    pub fn of(mut path: &[u8]) -> &'static Self {
        while table::has(path, b'/') {
            table::cut(&mut path, b'/');
        }
        match table::key(NAMES, path) {
            1 => &tini::NAME,
            2 => &dumb_init::NAME,
            3 => &catatonit::NAME,
            4 => &pause::NAME,
            _ => &OWN,
        }
    }

    /// There is one name.
    #[cfg(not(feature = "names"))]
    pub fn of(_: &[u8]) -> &'static Self {
        &OWN
    }

    /// Its options: the letter and the long name of each, as in [`table`](crate::table). Long names that nobody can
    /// type stand for none.
    #[inline(never)]
    pub fn options(&self) -> &'static [u8] {
        match self.style {
            #[cfg(feature = "names")]
            1 => tini::OPTIONS,
            #[cfg(feature = "names")]
            2 => dumb_init::OPTIONS,
            #[cfg(feature = "names")]
            3 => catatonit::OPTIONS,
            #[cfg(feature = "names")]
            4 => pause::OPTIONS,
            _ => OPTIONS,
        }
    }

    /// Its environment variables: the letter of the option that each says, and the name with the `=`.
    pub fn variables(&self) -> &'static [u8] {
        match self.style {
            #[cfg(feature = "names")]
            1 => tini::VARIABLES,
            #[cfg(feature = "names")]
            2 => dumb_init::VARIABLES,
            #[cfg(feature = "names")]
            3 => catatonit::VARIABLES,
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
            assert_eq!(*Name::of(path), tini::NAME, "{path:?}");
        }
        for (path, name) in [(&b"dumb-init"[..], dumb_init::NAME), (b"/podman-init", catatonit::NAME), (b"/pause", pause::NAME)] {
            assert_eq!(*Name::of(path), name, "{path:?}");
        }
        for path in [&b""[..], b"tini/", b"tini2", b"/tini/scratch-init", b"-tini"] {
            assert_eq!(*Name::of(path), OWN, "{path:?}");
        }
    }
}
