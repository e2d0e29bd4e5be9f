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

use crate::options::preset::{OWN, Preset};
#[cfg(feature = "names")]
use crate::table;

/// The options: the letter and the long name of each, as in [`table`](crate::table).
const ALL: &[u8] = b"cchild\0ggroup\0aall\0rrewrite\0ddelay\0tgrace\0Ssweep\0Wwait-all\0eexit\0\
    uuser\0Cchdir\0ppdeathsig\0Ppause\0ssubreaper\0wwarn\0vverbose\0hhelp\0Vversion\0Bboot\0";

const OPTIONS: &[u8] = if cfg!(feature = "boot") { ALL } else { ALL.split_at(ALL.len() - b"Bboot\0".len()).0 };

/// The other names, each with its style.
#[cfg(feature = "names")]
const NAMES: &[u8] = b"\x01tini\0\x01tini-static\0\x01docker-init\0\x02dumb-init\0\x03catatonit\0\x03podman-init\0\x04pause\0";

/// What the module of another name has, by the style of it. (`without` leaves one out, to see what it costs:
/// benches/size.rs.)
macro_rules! by_style {
    ($style:expr, $item:ident, $own:expr) => {
        match $style {
            #[cfg(all(feature = "names", not(without = "tini")))]
            1 => tini::$item,
            #[cfg(all(feature = "names", not(without = "dumb_init")))]
            2 => dumb_init::$item,
            #[cfg(all(feature = "names", not(without = "catatonit")))]
            3 => catatonit::$item,
            #[cfg(all(feature = "names", not(without = "pause")))]
            4 => pause::$item,
            _ => $own,
        }
    };
}

/// What the name sets by which the program was started; `path` is its argv\[0\].
#[cfg(feature = "names")]
pub fn preset(mut path: &[u8]) -> &'static Preset {
    while table::has(path, b'/') {
        table::cut(&mut path, b'/');
    }
    by_style!(table::key(NAMES, path), NAME, &OWN)
}

/// There is one name.
#[cfg(not(feature = "names"))]
pub fn preset(_: &[u8]) -> &'static Preset {
    &OWN
}

/// The options of a style: the letter and the long name of each, as in [`table`](crate::table). Long names that nobody can
/// type stand for none.
pub fn options(style: u8) -> &'static [u8] {
    by_style!(style, OPTIONS, OPTIONS)
}

/// The environment variables of a style: the letter of the option that each says, for which value (`*` is any, `#` how often,
/// else it is that one digit), and the name with the `=`.
pub fn variables(style: u8) -> &'static [u8] {
    by_style!(style, VARIABLES, b"")
}

#[cfg(all(test, feature = "names"))]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::options::parser::{Parser, Read};
    use crate::route::Route;
    use crate::signals::{KILL, STOP, TERM, TSTP};

    /// What variables and words come to under a name.
    fn options(name: &'static Preset, variables: &[(&[u8; 2], &'static str)], words: &[&'static str]) -> (Options<'static>, Read) {
        let mut options = Options::unsaid();
        options.begin(name);
        for ([letter, when], value) in variables {
            options.variable(*letter, *when, value.as_bytes());
        }
        let mut parser = Parser::new(super::options(name.style));
        let mut read = Read::Option;
        for word in words {
            if read == Read::Option {
                read = parser.word(&mut options, word.as_bytes());
            }
        }
        (options, parser.end(read))
    }

    #[test]
    fn each_variable_is_of_an_option() {
        for name in [tini::NAME, dumb_init::NAME, catatonit::NAME, pause::NAME] {
            let mut variables = variables(name.style);
            while let [letter, when, variable @ ..] = table::cut(&mut variables, 0) {
                assert!(variable.ends_with(b"=") && b"vscg".contains(letter) && b"*#01".contains(when));
            }
        }
    }

    #[test]
    fn tini_warns_unless_told_not_to() {
        for (variables, words, level) in [
            (&[][..], &[][..], 0),
            (&[], &["-v"], 1),
            (&[(b"v#", "3")], &[], 2),
            (&[(b"v#", "1")], &["-vv"], 2),
            (&[(b"v#", " +1x")], &[], 0),
            (&[(b"v#", "-1")], &[], 8),
        ] {
            let (options, read) = options(tini::NAME, variables, words);
            assert!(read == Read::Option && options.verbose(level) && !options.verbose(level + 1), "{variables:?} {words:?}");
        }
        for value in ["0", "", "x"] {
            assert!(!options(tini::NAME, &[(b"v#", value)], &[]).0.verbose(0), "{value:?}");
        }
        assert!(!options(tini::NAME, &[], &[]).0.subreaper() && options(tini::NAME, &[], &["-s"]).0.subreaper());
        assert!(options(tini::NAME, &[(b"s*", "")], &[]).0.subreaper());
        assert_eq!(options(tini::NAME, &[(b"g*", "")], &[]).0.route(), Route::Group);
        for (word, read) in
            [("-l", Read::Licence), ("-t5", Read::Unknown), ("--group", Read::Unknown), ("--", Read::End), ("-h", Read::Help)]
        {
            assert_eq!(options(tini::NAME, &[], &[word]).1, read, "{word}");
        }
    }

    #[test]
    fn dumb_init_has_a_session_and_no_real_time_signals() {
        let session = |variables: &[(&[u8; 2], &'static str)], words: &[&'static str]| {
            let (options, _) = options(dumb_init::NAME, variables, words);
            (options.session(), options.route(), options.rewritten(TSTP))
        };
        assert_eq!(session(&[], &[]), (true, Route::Group, STOP));
        assert_eq!(session(&[], &["-r", "20:1"]), (true, Route::Group, 1));
        for value in ["1", "", "00", "x"] {
            assert_eq!(session(&[(b"c0", value)], &[]), (true, Route::Group, STOP));
        }
        for (variables, words) in [(&[(b"c0", "0")][..], &[][..]), (&[], &["-c"]), (&[], &["--single-child"])] {
            assert_eq!(session(variables, words), (false, Route::Program, TSTP));
        }
        for (word, read) in
            [("-r15:31", Read::Option), ("-r9:1", Read::Option), ("-r34:1", Read::Value), ("-r1:34", Read::Value), ("-r1:0", Read::Option)]
        {
            assert_eq!(options(dumb_init::NAME, &[], &[word]).1, read, "{word}");
        }
        let (debug, _) = options(dumb_init::NAME, &[(b"v1", "1")], &[]);
        assert!(debug.verbose(2));
        for value in ["0", "", "2", "01"] {
            assert!(!options(dumb_init::NAME, &[(b"v1", value)], &[]).0.verbose(1), "{value:?}");
        }
        assert_eq!(options(dumb_init::NAME, &[], &["-r15:9"]).0.rewritten(TERM), KILL);
    }

    #[test]
    fn pause_is_catatonits_or_a_name_of_its_own() {
        assert_eq!(options(pause::NAME, &[], &[]).0.route(), Route::Nobody);
        assert_eq!(options(catatonit::NAME, &[], &["-P"]).0.route(), Route::Nobody);
        assert_eq!(options(catatonit::NAME, &[], &[]).0.route(), Route::Program);
        assert_eq!(options(catatonit::NAME, &[], &["-gL"]).1, Read::Licence);
        assert!(options(catatonit::NAME, &[(b"v*", "0")], &[]).0.verbose(2));
    }

    #[test]
    fn the_last_part_says_which() {
        for path in [&b"tini"[..], b"/sbin/docker-init", b"./tini-static", b"//a/b//tini"] {
            assert_eq!(preset(path), tini::NAME, "{path:?}");
        }
        for (path, name) in [(&b"dumb-init"[..], dumb_init::NAME), (b"/podman-init", catatonit::NAME), (b"/pause", pause::NAME)] {
            assert_eq!(preset(path), name, "{path:?}");
        }
        for path in [&b""[..], b"tini/", b"tini2", b"/tini/scratch-init", b"-tini"] {
            assert_eq!(preset(path), &OWN, "{path:?}");
        }
    }
}
