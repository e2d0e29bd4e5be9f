//! The parser of options, word by word: getopt(3).
//!
//! It reads words of the command line and of the environment variable alike. It copies nothing: values point into the words.

use super::boot::Action;
use super::restart::Restart;
use super::{DROPPED, Options, ROUTES, has, letters, names, place, put};
use crate::time::Time;
use crate::{number, rooms, signals, table};

/// The options that take a value.
const VALUED: u64 = letters(b"rdtSeuCpBR");

/// What a word was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Read {
    /// An option, or the value of the option before.
    Option,
    /// Not an option: the program.
    Program,
    /// `--`: the next word is the program.
    Dashes,
    /// `--help`: print the help and end.
    Help,
    /// `--version`: print the version and end.
    Version,
    /// tini's `-l`, catatonit's `-L`: print the licence and end.
    Licence,
    /// An unknown option.
    Unknown,
    /// An option with a value that takes none.
    NoValue,
    /// The option [`Parser::letter`] without a value that it needs, or with a bad one.
    Value,
}

/// Reads words one after the other into [`Options`].
pub struct Parser<'a> {
    /// The letters and long names: a table of [`names::tables`].
    pub names: [&'static [u8]; rooms::NAMES as usize],
    /// The letter of the option read last.
    pub letter: u8,
    /// The word that holds this option.
    pub place: &'a [u8],
    /// The option's value, if there is one.
    pub value: Option<&'a [u8]>,
    /// Whether the next word is the option's value.
    waiting: bool,
}

impl<'a> Parser<'a> {
    /// A parser that has read nothing yet.
    pub fn new(names: &'static [u8]) -> Self {
        Self { names: [names; _], letter: 0, place: b"", value: None, waiting: false }
    }

    /// There are no more words, and the last one was read as `last`. Returns `Read::Value` if a value is still missing, else
    /// `last`.
    #[inline(always)]
    pub fn end(&self, last: Read) -> Read {
        if self.waiting && last == Read::Option { Read::Value } else { last }
    }

    /// The option read last, as it was given: its long name with the dashes, or a dash and its letter, which are put into
    /// `buffer`.
    pub fn name<'b>(&self, buffer: &'b mut [u8; 2]) -> &'b [u8]
    where
        'a: 'b,
    {
        if self.place.starts_with(b"--") {
            return table::cut(&mut { self.place }, b'=');
        }
        *buffer = [b'-', self.letter];
        buffer
    }

    /// Whether other options stand before the option in its word.
    pub fn is_bundled(&self) -> bool {
        matches!(self.place, [b'-', first, ..] if *first != b'-' && *first != self.letter)
    }

    /// The long option that was meant if the word lacks a dash, as `-all`; empty if there is no such option.
    pub fn meant(&self) -> &'a [u8] {
        let [b'-', name @ ..] = self.place else { return b"" };
        let name = table::cut(&mut { name }, b'=');
        if table::key(self.long(), name) != 0 { name } else { b"" }
    }

    /// Reads one word.
    pub fn word(&mut self, options: &mut Options<'a>, word: &'a [u8]) -> Read {
        if self.waiting {
            return self.option(options, Some(word));
        }
        self.place = word;
        let [b'-', first, ..] = word else { return Read::Program };
        let mut rest = word.get(1..).unwrap_or_default();
        if *first == b'-' {
            let long = word.get(2..).unwrap_or_default();
            if long.is_empty() {
                return Read::Dashes;
            }
            let mut value = long;
            let name = if rooms::LONG { table::cut(&mut value, b'=') } else { long };
            self.letter = table::key(self.long(), name);
            return self.option(options, (name.len() < long.len()).then_some(value));
        }
        let mut understood = Read::Option;
        while let [letter, behind @ ..] = rest
            && understood == Read::Option
        {
            self.letter = *letter;
            let attached = has(VALUED, *letter) && !behind.is_empty();
            rest = if attached { b"" } else { behind };
            understood = self.option(options, attached.then_some(behind));
        }
        understood
    }

    /// The long names.
    fn long(&self) -> &'static [u8] {
        self.names.first().copied().unwrap_or(names::LONG)
    }

    /// Whether there is an option with this letter.
    fn knows(&self, letter: u8) -> bool {
        match self.names.first() {
            Some(names) => !table::name(names, letter).is_empty(),
            None => names::has_letter(letter),
        }
    }

    /// Reads the option `self.letter`, with its value if that stands in the same word.
    fn option(&mut self, options: &mut Options<'a>, value: Option<&'a [u8]>) -> Read {
        self.value = value;
        let letter = self.letter;
        let valued = has(VALUED, letter);
        self.waiting = valued && value.is_none();
        if !self.knows(letter) {
            return Read::Unknown;
        }
        if let Some(value) = value {
            if rooms::LONG && !valued {
                return Read::NoValue;
            }
            return if set(options, letter, value).is_some() { Read::Option } else { Read::Value };
        }
        if has(ROUTES, letter) {
            options.route = letter;
        }
        if rooms::VERBOSE && letter == b'v' {
            options.verbosity = options.verbosity.saturating_add(1);
        }
        put(&mut options.given, letter.into(), true);
        match letter {
            b'h' => Read::Help,
            b'V' => Read::Version,
            b'l' | b'L' if rooms::NAMES => Read::Licence,
            _ => Read::Option,
        }
    }
}

/// Reads a signal. dumb-init has no real-time signals.
fn parse(text: &[u8], dumb_init: bool) -> Option<u8> {
    signals::parse(text).filter(|&signal| !dumb_init || signal <= signals::LAST_STANDARD)
}

/// Reads a signal that arrives. KILL and STOP never do, so they are refused; dumb-init accepts them.
fn arriving(text: &[u8], dumb_init: bool) -> Option<u8> {
    parse(text, dumb_init).filter(|&signal| dumb_init || (signal != signals::KILL && signal != signals::STOP))
}

/// Sets an option to a value; `None` if the option does not accept it.
fn set<'a>(options: &mut Options<'a>, letter: u8, value: &'a [u8]) -> Option<()> {
    // Many values have two parts, with a colon between them. In others the first part is the last one too.
    let mut last = value;
    let first = table::cut(&mut last, b':');
    let alone = first.len() == value.len();
    // Blanks around a number, a time or a signal do not count.
    let (first, last) = (table::trim(first), table::trim(if alone { first } else { last }));
    let dumb_init = options.sends_stops();
    match letter {
        b'S' | b'd' | b't' if rooms::SWEEP || rooms::TIMES => {
            let time = Time::parse(last)?;
            let signal = match alone {
                true => None,
                false if rooms::TIMES => Some(arriving(first, dumb_init)?),
                false => return None,
            };
            return set_time(options, letter, signal, time);
        }
        b'r' if rooms::REWRITE && !alone => {
            let to = if number::parse(last) == Some(0) { DROPPED } else { parse(last, dumb_init)? };
            *options.rewrite.get_mut(place(arriving(first, dumb_init)?))? = to;
        }
        b'e' if rooms::EXIT => {
            let from = number::parse(first)?;
            let to = if alone { 0 } else { number::parse(last)? };
            *options.exit.get_mut(from as usize)? = u8::try_from(to).ok()? ^ from as u8;
        }
        b'u' if rooms::USER => options.set_user(number::parse(first)?, last)?,
        b'C' if rooms::CHDIR && !value.is_empty() => options.chdir = Some(value),
        b'p' if rooms::PDEATHSIG && alone => options.pdeathsig = parse(first, dumb_init)?,
        b'B' if rooms::BOOT => options.boot = Some(Action::parse(value)?),
        b'R' if rooms::RESTART => {
            let after = if alone { Restart::NEVER.after } else { Time::parse(last)? };
            *options.restart.first_mut()? = Restart { times: Restart::times(first)?, after, in_variable: options.in_variable };
        }
        _ => return None,
    }
    Some(())
}

/// Sets an option to a time, or to a time for one signal; `None` if there is no such option.
fn set_time(options: &mut Options<'_>, letter: u8, signal: Option<u8>, time: Time) -> Option<()> {
    match (letter, signal) {
        (b'S', None) if rooms::SWEEP => options.sweep = time,
        (b'd', _) if rooms::DELAY => {
            let signal = signal.unwrap_or(signals::TERM);
            *options.delay.get_mut(place(signal))? = time;
            if rooms::CONFLICTS {
                put(&mut options.delays_in_variable, signal.into(), options.in_variable);
            }
        }
        (b't', None) if rooms::GRACE => {
            // This time is for all signals: it replaces the grace periods of single signals.
            options.graces = [time; _];
            if rooms::CONFLICTS {
                options.has_own_grace = 0;
                options.grace_in_variable = options.in_variable;
            }
        }
        (b't', Some(signal)) if rooms::GRACE => {
            *options.graces.get_mut(place(signal))? = time;
            put(&mut options.named, signal.into(), true);
            if rooms::CONFLICTS {
                put(&mut options.has_own_grace, signal.into(), true);
                put(&mut options.graces_in_variable, signal.into(), options.in_variable);
            }
        }
        _ => return None,
    }
    Some(())
}

#[cfg(all(test, feature = "full"))]
mod tests {
    extern crate std;
    use super::*;
    use crate::options::GROUPS;
    use crate::options::boot::Shutdown;
    use crate::options::names;
    use crate::options::restart::WITHOUT_END;
    use crate::route::Route;
    use std::format;
    use std::vec::Vec;

    /// Parses a command line: the options, the letter read last, and how many words stand before the program.
    fn read<'a>(words: &[&'a str]) -> (Options<'a>, u8, Result<usize, Read>) {
        let mut options = Options::defaults();
        let mut parser = Parser::new(names::OPTIONS);
        for (at, word) in words.iter().enumerate() {
            let end = match parser.word(&mut options, word.as_bytes()) {
                Read::Option => continue,
                Read::Program => Ok(at),
                Read::Dashes => Ok(at + 1),
                bad => Err(bad),
            };
            return (options, parser.letter, end);
        }
        let end = parser.end(Read::Option);
        (options, parser.letter, if end == Read::Option { Ok(words.len()) } else { Err(end) })
    }

    fn options<'a>(words: &[&'a str]) -> Options<'a> {
        let (options, _, at) = read(words);
        assert_eq!(at, Ok(words.len()), "{words:?}");
        options
    }

    #[test]
    fn how_often_to_start_again_and_when() {
        for (value, times, after) in [
            (&b"0"[..], 0, Time::seconds(1)),
            (b"3", 3, Time::seconds(1)),
            (b"3:0", 3, Time::NONE),
            (b" 3 : 500ms ", 3, Time::milliseconds(500)),
            (b"inf", WITHOUT_END, Time::seconds(1)),
            (b"inf:2m", WITHOUT_END, Time::seconds(120)),
            (b"1:inf", 1, Time::FOREVER),
            (b"4294967294", u32::MAX - 1, Time::seconds(1)),
        ] {
            for in_variable in [false, true] {
                let mut options = Options { in_variable, ..Options::defaults() };
                assert_eq!(set(&mut options, b'R', value), Some(()), "{value:?}");
                assert_eq!(options.restart(), Restart { times, after, in_variable }, "{value:?}");
            }
        }
        for value in
            [&b""[..], b":", b"3:", b":1s", b"-1", b"+1", b"x", b"INF", b"infinite", b"3:1d", b"3:1s:1s", b"1.5", b"3 4", b"4294967295"]
        {
            assert_eq!(set(&mut Options::defaults(), b'R', value), None, "{value:?}");
        }
    }

    #[test]
    fn what_asks_for_the_machines_end() {
        let machine = options(&["-B", "respawn"]);
        for (signal, end) in [
            (signals::TERM, Some(Shutdown::Reboot)),
            (signals::INT, Some(Shutdown::Reboot)),
            (signals::USR1, Some(Shutdown::Halt)),
            (signals::USR2, Some(Shutdown::Poweroff)),
            (signals::HUP, None),
            (signals::QUIT, None),
        ] {
            assert_eq!(machine.asks_for(signal), end, "{signal}");
            assert_eq!(options(&[]).asks_for(signal), None);
        }
        assert_eq!(machine.boot(), Some(Action::Respawn));
    }

    #[test]
    fn which_times_come_from_the_variable() {
        let times = |variable: &[&'static str], words: &[&'static str], signal| {
            let mut options = Options::defaults();
            let mut parser = Parser::new(names::OPTIONS);
            for (in_variable, words) in [(true, variable), (false, words)] {
                options.in_variable = in_variable;
                for word in words {
                    assert_eq!(parser.word(&mut options, word.as_bytes()), Read::Option);
                }
            }
            options.times_in_variable(signal)
        };
        assert_eq!(times(&["-d5", "-t9"], &[], signals::TERM), [true, true]);
        assert_eq!(times(&["-d5", "-t9"], &["-d6"], signals::TERM), [false, true]);
        assert_eq!(times(&["-d5", "-t9"], &["-t7"], signals::TERM), [true, false]);
        assert_eq!(times(&["-d64:5", "-t64:9"], &[], 64), [true, true]);
        assert_eq!(times(&["-d64:5", "-t64:9"], &["-d64:5"], 64), [false, true]);
        // The time for all signals replaces that of one.
        assert_eq!(times(&["-t1:9"], &["-t7"], signals::HUP), [false, false]);
        assert_eq!(times(&["-t7"], &["-t1:9"], signals::HUP), [false, false]);
        assert_eq!(times(&["-t7"], &["-t1:9"], signals::TERM), [false, true]);
    }

    #[test]
    fn options_end_at_the_program() {
        for (words, at) in [(&["-g", "prog", "-v"], 1), (&["-g", "--", "-v"], 2), (&["-", "-v", "-v"], 0), (&["", "-v", "-v"], 0)] {
            let (options, _, read) = read(words);
            assert_eq!((options.verbose(1), read), (false, Ok(at)), "{words:?}");
        }
    }

    #[test]
    fn a_value_is_attached_or_the_next_word() {
        for words in [&["-S", "7s"][..], &["-S7s"], &["-vS7"], &["-vS", "7"], &["--sweep=7s"], &["--sweep", "7s"]] {
            assert_eq!(options(words).sweep, Time::seconds(7), "{words:?}");
        }
        assert_eq!(options(&["-S1", "-S", "2"]).sweep, Time::seconds(2), "the last one wins");
    }

    #[test]
    fn each_option_sets_its_field() {
        assert_eq!(options(&["-g"]).route(), Route::Group);
        assert_eq!(options(&["--all"]).route(), Route::All);
        assert_eq!(options(&["-g", "-c"]).route(), Route::Program);
        let both = options(&["-r", "TERM:QUIT", "-r3:RTMIN+1", "-r", "HUP:0", "-rUSR1:KILL"]);
        assert_eq!([15, 3, 1, 10, 2].map(|signal| both.rewritten(signal)), [3, 35, 0, 9, 2]);
        let both = options(&["-d3", "-d", "INT:5s", "-dINT:1"]);
        assert_eq!([15, 2, 1].map(|signal| both.delay(signal)), [Time::seconds(3), Time::seconds(1), Time::NONE]);
        assert_eq!(options(&["--grace", "inf"]).grace(signals::TERM), Time::FOREVER);
        assert!(options(&["-W"]).wait_all() && !options(&["-WP"]).wait_all());
        let exit = options(&["-e143", "-e", "1:7", "-e0:1", "-e2:3", "-e2:2"]);
        assert_eq!([143, 1, 0, 2, 255].map(|status| exit.exit(status)), [0, 7, 1, 2, 255]);
        for (word, uid, gids) in [("-u1000", 1000, &[1000][..]), ("-u0:5", 0, &[5]), ("-u0:5,6,7", 0, &[5, 6, 7])] {
            assert_eq!(options(&[word]).user(), Some((uid, gids)));
        }
        assert_eq!(options(&[&format!("-u1:0{}", ",9".repeat(GROUPS - 1))]).user().unwrap().1.len(), GROUPS);
        assert_eq!(options(&["-C/"]).chdir, Some(&b"/"[..]));
        assert_eq!(options(&["-pTERM"]).pdeathsig, 15);
        assert!(options(&["-P"]).pause() && options(&["-P"]).route() == Route::Nobody);
        assert_eq!(options(&["-Bhalt"]).boot(), Some(Action::ShutDown(Shutdown::Halt)));
        assert!(options(&["-s", "-w"]).warn());
        let verbose = options(&["-vvv", "--verbose"]);
        assert!(verbose.verbose(4) && !verbose.verbose(5));
    }

    #[test]
    fn help_and_version_stop_at_once() {
        assert_eq!(read(&["-gh", "--nonsense"]).2, Err(Read::Help));
        assert_eq!(read(&["--version"]).2, Err(Read::Version));
    }

    #[test]
    fn what_is_wrong() {
        for (words, bad, letter) in [
            (&["-gz"][..], Read::Unknown, b'z'),
            (&["-g-"], Read::Unknown, b'-'),
            (&["-g="], Read::Unknown, b'='),
            (&["--sweeep=3"], Read::Unknown, 0),
            (&["--Sweep"], Read::Unknown, 0),
            (&["--=3"], Read::Unknown, 0),
            (&["--sweep=x"], Read::Value, b'S'),
            (&["--sweep="], Read::Value, b'S'),
            (&["-vS", "x"], Read::Value, b'S'),
            (&["--warn=x"], Read::NoValue, b'w'),
            (&["--warn="], Read::NoValue, b'w'),
            (&["-S"], Read::Value, b'S'),
            (&["-gS"], Read::Value, b'S'),
        ] {
            let (_, last, read) = read(words);
            assert_eq!((read, last), (Err(bad), letter), "{words:?}");
        }
    }

    #[test]
    fn blanks_around_a_value_do_not_count() {
        assert_eq!(options(&["-t 5s"]).grace(signals::TERM), Time::seconds(5));
        assert_eq!(options(&["-S", " 5s\t"]).sweep, Time::seconds(5));
        assert_eq!(options(&["--delay= HUP : 2 "]).delay(1), Time::seconds(2));
        assert_eq!(options(&["-d 2"]).delay(15), Time::seconds(2));
        assert_eq!(options(&["-r TERM : QUIT", "-r", "1: 0 "]).rewritten(15), 3);
        assert_eq!(options(&["-r", "1: 0 "]).rewritten(1), 0);
        assert_eq!(options(&["-e", " 1 : 2 "]).exit(1), 2);
        assert_eq!(options(&["-u", " 1 : 2 , 3 "]).user(), Some((1, &[2, 3][..])));
        assert_eq!(options(&["-p TERM"]).pdeathsig, 15);
        // Blanks in a directory's name count, and so do blanks within a value.
        assert_eq!(options(&["-C", " "]).chdir, Some(&b" "[..]));
        for words in [["-t", "5 s"], ["-S", " "], ["-d", "HUP: "], ["-r", "RTMIN+ 1:TERM"], ["-u", "1:2 3"], ["-p", "T ERM"]] {
            assert_eq!(read(&words).2, Err(Read::Value), "{words:?}");
        }
    }

    #[test]
    fn which_option_it_was() {
        for (words, name, value, bundled, meant) in [
            (&["-S", "x"][..], "-S", Some("x"), false, ""),
            (&["-Sx"], "-S", Some("x"), false, ""),
            (&["-gSx"], "-S", Some("x"), true, ""),
            (&["-gS"], "-S", None, true, ""),
            (&["--sweep=x=y"], "--sweep", Some("x=y"), false, ""),
            (&["--sweep", "--"], "--sweep", Some("--"), false, ""),
            (&["--sweep"], "--sweep", None, false, ""),
            (&["-version"], "-e", Some("rsion"), true, "version"),
            (&["-all"], "-l", None, true, "all"),
            (&["-rewrite=TERM:INT"], "-r", Some("ewrite=TERM:INT"), false, "rewrite"),
        ] {
            let mut parser = Parser::new(names::OPTIONS);
            let mut options = Options::defaults();
            for word in words {
                parser.word(&mut options, word.as_bytes());
            }
            let value = value.map(str::as_bytes);
            assert_eq!((parser.name(&mut [0; 2]), parser.value), (name.as_bytes(), value), "{words:?}");
            assert_eq!((parser.is_bundled(), parser.meant()), (bundled, meant.as_bytes()), "{words:?}");
        }
    }

    #[test]
    fn bad_values() {
        for words in [
            "-r TERM",
            "-r KILL:TERM",
            "-r STOP:0",
            "-r TERM:65",
            "-r :TERM",
            "-r TERM:",
            "-d x",
            "-d KILL:1",
            "-d TERM:",
            "-t 1d",
            "-S -1",
            "-e 256",
            "-e 1:256",
            "-e :1",
            "-e 1:",
            "-e x",
            "-u x",
            "-u 1:",
            "-u 1:2,",
            "-u 1,2",
            "-u 1:,2",
            "-u 4294967295",
            "-u -1",
            "-p 0",
            "-p 65",
            "-p FOO",
            "-p TERM:",
            "-t 5s:5s",
            "-B boot",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(read(&words).2, Err(Read::Value), "{words:?}");
        }
        assert_eq!(read(&["-C", ""]).2, Err(Read::Value));
        assert_eq!(read(&[&format!("-u1:0{}", ",9".repeat(GROUPS))]).2, Err(Read::Value), "too many groups");
    }

    #[test]
    fn what_a_name_does_not_have_is_refused_with_or_without_its_value() {
        for word in [&b"-W"[..], b"-C/", b"-C", b"--chdir=/", b"--chdir", b"-vW"] {
            let mut parser = Parser::new(b"vverbose\0");
            assert_eq!(parser.word(&mut Options::defaults(), word), Read::Unknown, "{word:?}");
        }
    }
}
