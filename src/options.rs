//! The command line and the environment variable: words in, plain data out.
//!
//! The parser is fed a word at a time, so it does not matter where a word comes from, and nothing
//! is copied: values point into the words.

use crate::names::{Name, OWN};
use crate::route::{Route, TERMINAL};
use crate::signals::STOPS;
use crate::time::Time;
use crate::{number, signals, table};

/// A set of option letters: letters begin at 64 in ASCII, and each of the 64 from there on has a bit.
const fn letters(mut letters: &[u8]) -> u64 {
    let mut set = 0;
    while let [letter, rest @ ..] = letters {
        set |= 1 << (*letter & 63);
        letters = rest;
    }
    set
}

/// Whether a letter is in a set. (Bytes that are no letters share their bits; no name has such an option.)
const fn has(set: u64, letter: u8) -> bool {
    set >> (letter & 63) & 1 != 0
}

/// Puts the bit of a signal in a set to this. (Signal 64 has that of the 0, which is none.)
fn put(set: &mut u64, bit: usize, to: bool) {
    *set = *set & !(1 << (bit & 63)) | u64::from(to) << (bit & 63);
}

/// Those options that take a value.
const VALUED: u64 = letters(b"rdtSeuCpB");

/// Those that say where signals are forwarded to, of which the last one holds.
const ROUTES: u64 = letters(b"cga");

/// What a signal is rewritten to if it is to be dropped.
const DROPPED: u8 = u8::MAX;

/// What the init of a machine does when its program ends: `--boot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Boot {
    /// It is not the init of a machine.
    No,
    /// Switch the machine off.
    Poweroff,
    /// Start the machine again.
    Reboot,
    /// Stop the machine.
    Halt,
    /// Start the program again, a second after it has ended.
    Respawn,
}

impl Boot {
    /// As they are said, in a [`table`].
    const NAMES: &[u8] = b"\x01poweroff\0\x02reboot\0\x03halt\0\x04respawn\0";

    fn parse(word: &[u8]) -> Option<Self> {
        match table::key(Self::NAMES, word) {
            1 => Some(Self::Poweroff),
            2 => Some(Self::Reboot),
            3 => Some(Self::Halt),
            4 => Some(Self::Respawn),
            _ => None,
        }
    }

    /// How it is said.
    pub fn name(self) -> &'static [u8] {
        table::name(Self::NAMES, self as u8)
    }
}

/// How many groups `--user` can give.
pub const GROUPS: usize = 32;

/// All that can be said, as plain data.
///
/// Nearly all of it is 0 when nothing is said, and the large fields come last: the code for it is
/// shorter so.
#[derive(Clone)]
#[repr(C)]
pub struct Options<'a> {
    /// From the sweep's TERM to its KILL.
    pub sweep: Time,
    /// From the arrival of a stop signal to the KILL, for those that have none of their own.
    grace: Time,
    /// By which name the program was started.
    name: &'static Name,
    /// Which of the texts are said: [`Name::style`], or our own.
    pub style: u8,
    /// Whom signals are forwarded to: a letter of [`ROUTES`], or 0.
    route: u8,
    /// What is sent to the init when its parent dies; 0 is nothing.
    pub pdeathsig: u8,
    /// What becomes of the machine: [`Options::boot`].
    pub end: Boot,
    /// The program's signals are not the init's: [`Name::resets`].
    pub resets: bool,
    /// How often each option was given, by its letter less 64.
    said: [u8; 64],
    /// What to end with for each status, as what it differs in from that.
    exit: [u8; 256],
    /// What is forwarded for each signal: 0 is the same, [`DROPPED`] nothing.
    rewrite: [u8; signals::LAST as usize + 1],
    /// How long each signal is held back.
    delay: [Time; signals::LAST as usize + 1],
    /// The grace period of each signal that has one of its own.
    graces: [Option<Time>; signals::LAST as usize + 1],
    /// Which signals are stop signals because `--grace` names them: a bit for each.
    named: u64,
    /// Whether what is read stands in the environment variable; whether the grace period for all was read there; of
    /// which signals the delay was, and of which their own grace period.
    pub in_variable: bool,
    grace_there: bool,
    delays_there: u64,
    graces_there: u64,
    gids: [u32; GROUPS],
    /// Where the program runs.
    pub chdir: Option<&'a [u8]>,
    /// Whom the program runs as, and in how many groups; 0 if that is not said.
    uid: u32,
    groups: u8,
    /// Whether the program runs: from then on nothing that is said may hold the init up.
    pub running: bool,
}

impl Options<'_> {
    /// What holds when nothing is said.
    pub fn unsaid() -> Self {
        Self {
            sweep: Time::seconds(5),
            grace: Time::FOREVER,
            name: &OWN,
            style: OWN.style,
            route: 0,
            pdeathsig: 0,
            end: Boot::No,
            resets: false,
            said: [0; 64],
            exit: [0; 256],
            rewrite: [0; signals::LAST as usize + 1],
            delay: [Time::NONE; signals::LAST as usize + 1],
            graces: [None; signals::LAST as usize + 1],
            named: 0,
            in_variable: false,
            grace_there: false,
            delays_there: 0,
            graces_there: 0,
            chdir: None,
            uid: 0,
            gids: [0; GROUPS],
            groups: 0,
            running: false,
        }
    }

    /// What holds by this name when nothing is said.
    #[inline(never)]
    pub fn begin(&mut self, name: &'static Name) {
        self.name = name;
        self.style = name.style;
        self.sweep = name.sweep;
        self.resets = name.resets();
        self.said[usize::from(b'v' & 63)] = name.verbosity[0];
        self.said[usize::from(b'P' & 63)] = name.pauses().into();
    }

    /// By which name the program was started.
    pub fn name(&self) -> &'static Name {
        // Where there is one name, the compiler knows it.
        if cfg!(feature = "names") { self.name } else { &OWN }
    }

    /// What an environment variable of [`Name::variables`] says: the option of `letter`, when the value is that
    /// one; or how often.
    pub fn variable(&mut self, letter: u8, when: u8, value: &[u8]) {
        let times = match when {
            // tini compares as an unsigned number.
            b'#' => (number::atoi(value) as u32).min(9) as u8,
            b'*' => 1,
            _ if value == [when] => 1,
            _ => return,
        };
        if has(ROUTES, letter) {
            self.route = letter;
        }
        self.said[usize::from(letter & 63)] = times;
    }

    /// Whether the program gets a session of its own.
    #[inline]
    pub fn session(&self) -> bool {
        self.name().session() && self.count(b'c') == 0
    }

    /// Be a child subreaper: `--subreaper`.
    pub fn subreaper(&self) -> bool {
        self.name().subreaper || self.count(b's') > 0
    }

    /// Which processes signals are forwarded to: `--child`, `--group`, `--all`; nobody with `--pause`.
    #[inline(never)]
    pub fn route(&self) -> Route {
        match self.route {
            _ if self.pause() => Route::Nobody,
            b'g' => Route::Group,
            b'a' => Route::All,
            0 if self.session() => Route::Group,
            _ => Route::Program,
        }
    }

    /// Be the init of a machine: `--boot`.
    pub fn boot(&self) -> Boot {
        // Without the feature the compiler knows it.
        if cfg!(feature = "boot") { self.end } else { Boot::No }
    }

    /// What is to become of the machine when this signal has arrived, if that says so: BusyBox's `reboot`,
    /// `poweroff` and `halt` send them, and the kernel for Ctrl-Alt-Del.
    pub fn asked(&self, signal: u8) -> Option<Boot> {
        match signal {
            _ if self.boot() == Boot::No => None,
            signals::TERM | signals::INT => Some(Boot::Reboot),
            signals::USR1 => Some(Boot::Halt),
            signals::USR2 => Some(Boot::Poweroff),
            _ => None,
        }
    }

    /// Run no program: `--pause`.
    pub fn pause(&self) -> bool {
        self.count(b'P') > 0
    }

    /// A line for each orphan reaped: `--warn`.
    pub fn warn(&self) -> bool {
        self.count(b'w') > 0
    }

    /// Whether what is for `level` times `--verbose` is to be said. The init of a machine says what happens.
    pub fn verbose(&self, level: u8) -> bool {
        (level == 1 && self.boot() != Boot::No)
            || self.count(b'v').saturating_mul(self.name().verbosity[1]) >= level + self.name().verbosity[0]
    }

    /// Run on until no descendant is left: `--wait-all`. There is no end to wait for after a `--pause`.
    pub fn wait_all(&self) -> bool {
        self.count(b'W') > 0 && !self.pause()
    }

    /// Whom the program runs as, if that is another: the user, and the groups, of which the first is the
    /// primary one: `--user`.
    pub fn user(&self) -> Option<(u32, &[u32])> {
        self.gids.get(..self.groups.into()).filter(|gids| !gids.is_empty()).map(|gids| (self.uid, gids))
    }

    /// Makes the program run as that user, with the groups of a list of numbers; `None` if it is not one.
    fn set_user(&mut self, uid: u32, mut list: &[u8]) -> Option<()> {
        self.uid = uid;
        self.groups = 0;
        loop {
            let left = list.len();
            let gid = table::cut(&mut list, b',');
            *self.gids.get_mut(usize::from(self.groups))? = number::parse(table::trim(gid))?;
            self.groups += 1;
            if gid.len() == left {
                return Some(());
            }
        }
    }

    /// What is forwarded when `signal` has arrived, 0 if nothing is: `--rewrite`.
    #[inline(always)]
    pub fn rewritten(&self, signal: u8) -> u8 {
        match self.rewrite.get(usize::from(signal)) {
            Some(&DROPPED) => 0,
            Some(0) if self.session() && TERMINAL.has(signal) => signals::STOP,
            None | Some(0) => signal,
            Some(&to) => to,
        }
    }

    /// What to end with where the status would be this: `--exit`.
    pub fn exit(&self, status: u8) -> u8 {
        self.exit[usize::from(status)] ^ status
    }

    /// How long `signal` is held back: `--delay`.
    pub fn delay(&self, signal: u8) -> Time {
        self.delay.get(usize::from(signal)).copied().unwrap_or(Time::NONE)
    }

    /// Whether `signal` asks the program to end: TERM, INT and QUIT, what is rewritten to one of these, and what
    /// `--grace` names; but none that is dropped.
    pub fn stops(&self, signal: u8) -> bool {
        let to = self.rewritten(signal);
        to != 0 && (STOPS.has(signal) || STOPS.has(to) || has(self.named, signal))
    }

    /// How long after the arrival of `signal`, which [stops](Self::stops), every process is killed: `--grace`.
    pub fn grace(&self, signal: u8) -> Time {
        self.graces.get(usize::from(signal)).copied().flatten().unwrap_or(self.grace)
    }

    /// The first stop signal that would be forwarded only when its grace period is over, if there is one.
    pub fn conflict(&self) -> Option<u8> {
        (1..=signals::LAST).find(|&signal| {
            let (delay, grace) = (self.delay(signal), self.grace(signal));
            self.stops(signal) && delay != Time::NONE && grace != Time::FOREVER && grace <= delay
        })
    }

    /// Whether `signal` has a grace period of its own.
    pub fn has_own_grace(&self, signal: u8) -> bool {
        self.graces.get(usize::from(signal)).is_some_and(Option::is_some)
    }

    /// Whether the delay, and whether the grace period of `signal` was read in the environment variable.
    pub fn times_there(&self, signal: u8) -> [bool; 2] {
        [has(self.delays_there, signal), if self.has_own_grace(signal) { has(self.graces_there, signal) } else { self.grace_there }]
    }

    /// How often an option was given.
    fn count(&self, letter: u8) -> u8 {
        self.said[usize::from(letter & 63)]
    }
}

/// How a word was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Word {
    /// An option, or the value of the one before.
    Option,
    /// Not an option: the program.
    Program,
    /// `--`: what follows is the program.
    End,
    /// `--help`: answer and end.
    Help,
    /// `--version`: answer and end.
    Version,
    /// The licence: answer and end.
    Licence,
    /// There is no such option.
    Unknown,
    /// The option takes no value.
    NoValue,
    /// The option of [`Parser::letter`] needs a value, or another one.
    Value,
}

/// Reads words one after the other into [`Options`].
pub struct Parser<'a> {
    /// [`Name::options`].
    pub names: &'static [u8],
    /// The letter of the option read last.
    pub letter: u8,
    /// The word in which that option stands.
    pub place: &'a [u8],
    /// Its value, if there is one.
    pub value: Option<&'a [u8]>,
    /// Whether its value is the next word.
    waiting: bool,
}

impl<'a> Parser<'a> {
    /// A parser that has read nothing yet.
    pub fn new(names: &'static [u8]) -> Self {
        Self { names, letter: 0, place: b"", value: None, waiting: false }
    }

    /// No word follows the one that was understood so: `Word::Value` if a value is still missing.
    #[inline(always)]
    pub fn end(&self, last: Word) -> Word {
        if self.waiting && last == Word::Option { Word::Value } else { last }
    }

    /// How the option is named that was read last: its long name with the dashes, or its letter, which is `buffer`'s then.
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

    /// Whether other options stand in its word before it.
    pub fn is_bundled(&self) -> bool {
        matches!(self.place, [b'-', first, ..] if *first != b'-' && *first != self.letter)
    }

    /// The name of the long option that its word is but for a dash; empty if it is none.
    pub fn meant(&self) -> &'a [u8] {
        let [b'-', name @ ..] = self.place else { return b"" };
        let name = table::cut(&mut { name }, b'=');
        if name.len() > 1 && table::key(self.names, name) != 0 { name } else { b"" }
    }

    /// Reads one word.
    pub fn word(&mut self, options: &mut Options<'a>, word: &'a [u8]) -> Word {
        if self.waiting {
            return self.option(options, Some(word));
        }
        self.place = word;
        match word {
            [b'-', b'-'] => Word::End,
            [b'-', b'-', rest @ ..] => {
                let mut value = rest;
                let name = table::cut(&mut value, b'=');
                self.letter = table::key(self.names, name);
                self.option(options, (name.len() < rest.len()).then_some(value))
            }
            [b'-', letters @ ..] if !letters.is_empty() => {
                let mut rest = letters;
                let mut understood = Word::Option;
                while let [letter, behind @ ..] = rest
                    && understood == Word::Option
                {
                    self.letter = *letter;
                    let attached = has(VALUED, *letter) && !behind.is_empty();
                    rest = if attached { b"" } else { behind };
                    understood = self.option(options, attached.then_some(behind));
                }
                understood
            }
            _ => Word::Program,
        }
    }

    /// The option of `self.letter`, with its value if that is known already.
    fn option(&mut self, options: &mut Options<'a>, value: Option<&'a [u8]>) -> Word {
        self.value = value;
        let letter = self.letter;
        let valued = has(VALUED, letter);
        self.waiting = valued && value.is_none();
        if table::name(self.names, letter).is_empty() {
            return Word::Unknown;
        }
        if let Some(value) = value {
            if !valued {
                return Word::NoValue;
            }
            return if set(options, letter, value).is_some() { Word::Option } else { Word::Value };
        }
        if has(ROUTES, letter) {
            options.route = letter;
        }
        let said = &mut options.said[usize::from(letter & 63)];
        *said = said.saturating_add(1);
        match letter {
            b'h' => Word::Help,
            b'V' => Word::Version,
            b'l' | b'L' => Word::Licence,
            _ => Word::Option,
        }
    }
}

/// Takes a value in; `None` if the option does not accept it.
fn set<'a>(options: &mut Options<'a>, letter: u8, value: &'a [u8]) -> Option<()> {
    // Many are two, with a colon between.
    let mut second = value;
    let first = table::cut(&mut second, b':');
    let alone = first.len() == value.len();
    // Blanks around a number, a time or a signal do not count.
    let [first, second] = [first, second].map(table::trim);
    let (number, other) = (number::parse(first), number::parse(second));
    let last = if options.name().session() { signals::LAST_STANDARD } else { signals::LAST };
    let parse = |text| signals::parse(text).filter(|&signal| signal <= last);
    let signal = parse(first);
    // KILL and STOP do not arrive; dumb-init takes them all the same.
    let arrives =
        signal.filter(|&signal| options.name().session() || (signal != signals::KILL && signal != signals::STOP)).map(usize::from);
    match letter {
        b'S' => options.sweep = Time::parse(table::trim(value))?,
        b'd' => {
            let signal = if alone { signals::TERM.into() } else { arrives? };
            *options.delay.get_mut(signal)? = Time::parse(if alone { first } else { second })?;
            put(&mut options.delays_there, signal, options.in_variable);
        }
        b't' if alone => {
            options.grace = Time::parse(first)?;
            // It is for all, those too that had another one before.
            options.graces = [None; signals::LAST as usize + 1];
            options.grace_there = options.in_variable;
        }
        b't' => {
            let signal = arrives?;
            *options.graces.get_mut(signal)? = Some(Time::parse(second)?);
            put(&mut options.named, signal, true);
            put(&mut options.graces_there, signal, options.in_variable);
        }
        b'r' => *options.rewrite.get_mut(arrives?)? = if other == Some(0) { DROPPED } else { parse(second)? },
        b'e' => {
            let (from, to) = (number?, if alone { 0 } else { other? });
            *options.exit.get_mut(from as usize)? = u8::try_from(to).ok()? ^ from as u8;
        }
        b'u' => options.set_user(number?, if alone { first } else { second })?,
        b'C' if !value.is_empty() => options.chdir = Some(value),
        b'p' if alone => options.pdeathsig = signal?,
        b'B' => options.end = Boot::parse(value)?,
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::vec::Vec;

    /// What a command line comes to: the options, the letter read last, and how many words there are before the program.
    fn read<'a>(words: &[&'a str]) -> (Options<'a>, u8, Result<usize, Word>) {
        let mut options = Options::unsaid();
        let mut parser = Parser::new(OWN.options());
        for (at, word) in words.iter().enumerate() {
            let end = match parser.word(&mut options, word.as_bytes()) {
                Word::Option => continue,
                Word::Program => Ok(at),
                Word::End => Ok(at + 1),
                bad => Err(bad),
            };
            return (options, parser.letter, end);
        }
        let end = parser.end(Word::Option);
        (options, parser.letter, if end == Word::Option { Ok(words.len()) } else { Err(end) })
    }

    fn options<'a>(words: &[&'a str]) -> Options<'a> {
        let (options, _, at) = read(words);
        assert_eq!(at, Ok(words.len()), "{words:?}");
        options
    }

    #[test]
    fn what_asks_for_the_machines_end() {
        let machine = options(&["-B", "respawn"]);
        for (signal, end) in [
            (signals::TERM, Some(Boot::Reboot)),
            (signals::INT, Some(Boot::Reboot)),
            (signals::USR1, Some(Boot::Halt)),
            (signals::USR2, Some(Boot::Poweroff)),
            (signals::HUP, None),
            (signals::QUIT, None),
        ] {
            assert_eq!(machine.asked(signal), end, "{signal}");
            assert_eq!(options(&[]).asked(signal), None);
        }
        assert_eq!(machine.boot().name(), b"respawn");
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
        assert_eq!(options(&["--grace", "inf"]).grace, Time::FOREVER);
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
        assert_eq!(options(&["-Bhalt"]).boot(), Boot::Halt);
        assert!(options(&["-s", "-w"]).warn());
        let verbose = options(&["-vvv", "--verbose"]);
        assert!(verbose.verbose(4) && !verbose.verbose(5));
    }

    #[test]
    fn help_and_version_stop_at_once() {
        assert_eq!(read(&["-gh", "--nonsense"]).2, Err(Word::Help));
        assert_eq!(read(&["--version"]).2, Err(Word::Version));
    }

    #[test]
    fn what_is_wrong() {
        for (words, bad, letter) in [
            (&["-gz"][..], Word::Unknown, b'z'),
            (&["-g-"], Word::Unknown, b'-'),
            (&["-g="], Word::Unknown, b'='),
            (&["--sweeep=3"], Word::Unknown, 0),
            (&["--Sweep"], Word::Unknown, 0),
            (&["--=3"], Word::Unknown, 0),
            (&["--sweep=x"], Word::Value, b'S'),
            (&["--sweep="], Word::Value, b'S'),
            (&["-vS", "x"], Word::Value, b'S'),
            (&["--warn=x"], Word::NoValue, b'w'),
            (&["--warn="], Word::NoValue, b'w'),
            (&["-S"], Word::Value, b'S'),
            (&["-gS"], Word::Value, b'S'),
        ] {
            let (_, last, read) = read(words);
            assert_eq!((read, last), (Err(bad), letter), "{words:?}");
        }
    }

    #[test]
    fn blanks_around_a_value_do_not_count() {
        assert_eq!(options(&["-t 5s"]).grace, Time::seconds(5));
        assert_eq!(options(&["-S", " 5s\t"]).sweep, Time::seconds(5));
        assert_eq!(options(&["--delay= HUP : 2 "]).delay(1), Time::seconds(2));
        assert_eq!(options(&["-d 2"]).delay(15), Time::seconds(2));
        assert_eq!(options(&["-r TERM : QUIT", "-r", "1: 0 "]).rewritten(15), 3);
        assert_eq!(options(&["-r", "1: 0 "]).rewritten(1), 0);
        assert_eq!(options(&["-e", " 1 : 2 "]).exit(1), 2);
        assert_eq!(options(&["-u", " 1 : 2 , 3 "]).user(), Some((1, &[2, 3][..])));
        assert_eq!(options(&["-p TERM"]).pdeathsig, 15);
        // But those of a name do, and those within a value.
        assert_eq!(options(&["-C", " "]).chdir, Some(&b" "[..]));
        for words in [["-t", "5 s"], ["-S", " "], ["-d", "HUP: "], ["-r", "RTMIN+ 1:TERM"], ["-u", "1:2 3"], ["-p", "T ERM"]] {
            assert_eq!(read(&words).2, Err(Word::Value), "{words:?}");
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
            let mut parser = Parser::new(OWN.options());
            let mut options = Options::unsaid();
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
            assert_eq!(read(&words).2, Err(Word::Value), "{words:?}");
        }
        assert_eq!(read(&["-C", ""]).2, Err(Word::Value));
        assert_eq!(read(&[&format!("-u1:0{}", ",9".repeat(GROUPS))]).2, Err(Word::Value), "too many groups");
    }

    #[test]
    fn what_a_name_does_not_have_is_refused_with_or_without_its_value() {
        for word in [&b"-W"[..], b"-C/", b"-C", b"--chdir=/", b"--chdir", b"-vW"] {
            let mut parser = Parser::new(b"vverbose\0");
            assert_eq!(parser.word(&mut Options::unsaid(), word), Word::Unknown, "{word:?}");
        }
    }
}
