//! The programs that scratch-init can stand in for, chosen by the last part of argv\[0\]: their options, variables and defaults,
//! as plain data. Their texts are in the text file beside each module.

#[cfg(feature = "names")]
mod catatonit;
#[cfg(feature = "names")]
mod dumb_init;
#[cfg(feature = "names")]
mod pause;
#[cfg(feature = "names")]
mod tini;

use crate::options::has;
use crate::options::preset::{OWN, Preset};
use crate::rooms;
#[cfg(feature = "names")]
use crate::table;

/// The options of scratch-init in this build: the letter and the long name of each, as a [`crate::table`].
pub const OPTIONS: &[u8] = TABLES.split_at(1).1;

/// The [`tables`] of scratch-init.
const TABLES: &[u8] = &join::<{ length(ROWS) }>(ROWS);

/// An empty entry, because no variable has a name of its own, and the options of each room.
const ROWS: &[&[u8]] = &[
    b"\0",
    row(rooms::ROUTE, b"cchild\0ggroup\0aall\0", b"c=\0g=\0a=\0"),
    row(rooms::REWRITE, b"rrewrite\0", b"r=\0"),
    row(rooms::DELAY, b"ddelay\0", b"d=\0"),
    row(rooms::GRACE, b"tgrace\0", b"t=\0"),
    row(rooms::SWEEP, b"Ssweep\0", b"S=\0"),
    row(rooms::WAIT_ALL, b"Wwait-all\0", b"W=\0"),
    row(rooms::EXIT, b"eexit\0", b"e=\0"),
    row(rooms::USER, b"uuser\0", b"u=\0"),
    row(rooms::CHDIR, b"Cchdir\0", b"C=\0"),
    row(rooms::PDEATHSIG, b"ppdeathsig\0", b"p=\0"),
    row(rooms::PAUSE, b"Ppause\0", b"P=\0"),
    row(rooms::SUBREAPER, b"ssubreaper\0", b"s=\0"),
    row(rooms::VERBOSE, b"wwarn\0vverbose\0", b"w=\0v=\0"),
    row(rooms::HELP, b"hhelp\0", b"h=\0"),
    b"Vversion\0",
    row(rooms::BOOT, b"Bboot\0", b"B=\0"),
    row(rooms::RESTART, b"Rrestart\0", b"R=\0"),
];

/// The long names that this build has, each with its letter.
pub const LONG: &[u8] = if rooms::LONG { OPTIONS } else { b"hhelp\0Vversion\0" };

/// Whether scratch-init has an option with this letter in this build.
pub fn has_letter(letter: u8) -> bool {
    // (A byte that is no letter has the place of one that is.)
    letter.is_ascii_alphabetic() && has(LETTERS, letter)
}

/// Their letters: a bit for each.
const LETTERS: u64 = {
    let mut letters = 0;
    let mut at = 0;
    while at < OPTIONS.len() {
        if at == 0 || OPTIONS[at - 1] == 0 {
            letters |= 1 << (OPTIONS[at] & 63);
        }
        at += 1;
    }
    letters
};

/// The options of a room, with or without their long names; none if this build is without the room.
const fn row(room: bool, long: &'static [u8], short: &'static [u8]) -> &'static [u8] {
    match (room, rooms::LONG) {
        (false, _) => b"",
        (true, true) => long,
        (true, false) => short,
    }
}

/// How many bytes the rows have.
const fn length(mut rows: &[&[u8]]) -> usize {
    let mut length = 0;
    while let [row, rest @ ..] = rows {
        length += row.len();
        rows = rest;
    }
    length
}

/// All rows in one.
const fn join<const LENGTH: usize>(mut rows: &[&[u8]]) -> [u8; LENGTH] {
    let mut joined = [0; LENGTH];
    let mut left: &mut [u8] = &mut joined;
    while let [row, rest @ ..] = rows {
        let (place, behind) = left.split_at_mut(row.len());
        place.copy_from_slice(row);
        (left, rows) = (behind, rest);
    }
    joined
}

/// The names of other programs, each with its style.
#[cfg(feature = "names")]
const NAMES: &[u8] = b"\x01tini\0\x01tini-static\0\x01docker-init\0\x02dumb-init\0\x03catatonit\0\x03podman-init\0\x04pause\0";

/// An item of the module with this style. (`without` leaves a module out, which shows what it costs: benches/size.rs.)
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

/// The preset of the name that the init was started by; `path` is its argv\[0\].
#[cfg(feature = "names")]
pub fn preset(path: &[u8]) -> &'static Preset {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    by_style!(table::key(NAMES, name), PRESET, &OWN)
}

/// Without the feature there is only one name.
#[cfg(not(feature = "names"))]
pub fn preset(_: &[u8]) -> &'static Preset {
    &OWN
}

/// Two tables of a style, with an empty entry between them: its environment variables, and its options.
///
/// A variable has the letter of the option that it stands for; for which value it does (`*`: any value, `#`: the value is how often the
/// option counts, else: this digit); and its name with the `=`.
///
/// An option has its letter and its long name. `=` stands for no long name: it cannot be given, because it ends a name.
pub fn tables(style: u8) -> &'static [u8] {
    by_style!(style, TABLES, TABLES)
}

#[cfg(all(test, feature = "names"))]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::options::parser::{Parser, Read};
    use crate::route::Route;
    use crate::signals::{KILL, STOP, TERM, TSTP};

    /// Reads variables and words under a preset.
    fn options(preset: &'static Preset, variables: &[(&[u8; 2], &'static str)], words: &[&'static str]) -> (Options<'static>, Read) {
        let mut options = Options::defaults();
        options.apply(preset);
        for ([letter, when], value) in variables {
            options.set_by_variable(*letter, *when, value.as_bytes());
        }
        let mut tables = tables(preset.style);
        while !table::cut(&mut tables, 0).is_empty() {}
        let mut parser = Parser::new(tables);
        let mut read = Read::Option;
        for word in words {
            if read == Read::Option {
                read = parser.word(&mut options, word.as_bytes());
            }
        }
        (options, parser.end(read))
    }

    #[test]
    fn the_letters_are_those_of_the_table() {
        for byte in 1..=u8::MAX {
            assert_eq!(has_letter(byte), !table::name(OPTIONS, byte).is_empty(), "{byte}");
        }
    }

    #[test]
    fn each_variable_is_of_an_option() {
        for preset in [tini::PRESET, dumb_init::PRESET, catatonit::PRESET, pause::PRESET] {
            let mut variables = tables(preset.style);
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
            let (options, read) = options(tini::PRESET, variables, words);
            assert!(read == Read::Option && options.verbose(level) && !options.verbose(level + 1), "{variables:?} {words:?}");
        }
        for value in ["0", "", "x"] {
            assert!(!options(tini::PRESET, &[(b"v#", value)], &[]).0.verbose(0), "{value:?}");
        }
        assert!(!options(tini::PRESET, &[], &[]).0.subreaper() && options(tini::PRESET, &[], &["-s"]).0.subreaper());
        assert!(options(tini::PRESET, &[(b"s*", "")], &[]).0.subreaper());
        assert_eq!(options(tini::PRESET, &[(b"g*", "")], &[]).0.route(), Route::Group);
        for (word, read) in
            [("-l", Read::Licence), ("-t5", Read::Unknown), ("--group", Read::Unknown), ("--", Read::Dashes), ("-h", Read::Help)]
        {
            assert_eq!(options(tini::PRESET, &[], &[word]).1, read, "{word}");
        }
    }

    #[test]
    fn dumb_init_has_a_session_and_no_real_time_signals() {
        let session = |variables: &[(&[u8; 2], &'static str)], words: &[&'static str]| {
            let (options, _) = options(dumb_init::PRESET, variables, words);
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
            assert_eq!(options(dumb_init::PRESET, &[], &[word]).1, read, "{word}");
        }
        let (debug, _) = options(dumb_init::PRESET, &[(b"v1", "1")], &[]);
        assert!(debug.verbose(2));
        for value in ["0", "", "2", "01"] {
            assert!(!options(dumb_init::PRESET, &[(b"v1", value)], &[]).0.verbose(1), "{value:?}");
        }
        assert_eq!(options(dumb_init::PRESET, &[], &["-r15:9"]).0.rewritten(TERM), KILL);
    }

    #[test]
    fn dumb_init_alone_resets_signals_and_stops_itself() {
        for (name, is) in [(&b"dumb-init"[..], true), (b"tini", false), (b"catatonit", false), (b"pause", false), (b"scratch-init", false)]
        {
            let (options, _) = options(preset(name), &[], &[]);
            assert_eq!((options.resets(), options.sends_stops()), (is, is), "{name:?}");
        }
    }

    #[test]
    fn pause_is_catatonits_or_a_name_of_its_own() {
        assert_eq!(options(pause::PRESET, &[], &[]).0.route(), Route::Nobody);
        assert_eq!(options(catatonit::PRESET, &[], &["-P"]).0.route(), Route::Nobody);
        assert_eq!(options(catatonit::PRESET, &[], &[]).0.route(), Route::Program);
        assert_eq!(options(catatonit::PRESET, &[], &["-gL"]).1, Read::Licence);
        assert!(options(catatonit::PRESET, &[(b"v*", "0")], &[]).0.verbose(2));
    }

    #[test]
    fn the_last_part_says_which() {
        for path in [&b"tini"[..], b"/sbin/docker-init", b"./tini-static", b"//a/b//tini"] {
            assert_eq!(preset(path), tini::PRESET, "{path:?}");
        }
        for (path, name) in [(&b"dumb-init"[..], dumb_init::PRESET), (b"/podman-init", catatonit::PRESET), (b"/pause", pause::PRESET)] {
            assert_eq!(preset(path), name, "{path:?}");
        }
        for path in [&b""[..], b"tini/", b"tini2", b"/tini/scratch-init", b"-tini"] {
            assert_eq!(preset(path), &OWN, "{path:?}");
        }
    }
}
