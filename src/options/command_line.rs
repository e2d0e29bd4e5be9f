//! The options that were given: first those in the environment variable, then those on the command line.

use super::Options;
use super::names;
use super::parser::{Parser, Read};
use super::preset::OWN;
use crate::rooms;
use crate::route::Route;
use crate::say::{Say, Text};
use crate::signals::TERM;
use crate::table;
use crate::time::Time;

/// The arguments and the environment that the init was started with: execve(2). They stay in memory until the process ends.
pub trait Arguments: Say {
    /// How many arguments there are, the init's own name included.
    fn count(&self) -> usize;

    /// Argument `index`; empty if there are fewer.
    fn argument(&self, index: usize) -> &'static [u8];

    /// Moves argument `index` forward by `passed` places: the `passed` arguments before it move back by one.
    fn bring_forward(&mut self, index: usize, passed: usize);

    /// The value of the environment variable `name`, which ends with `=`.
    fn variable(&self, name: &[u8]) -> Option<&'static [u8]>;

    /// Whether the init has more rights than its caller: credentials(7), capabilities(7).
    fn has_gained(&mut self) -> bool;
}

/// What the init has to do. (32 bits for the argument: so this is returned in a register.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Start the program, which is this argument. With [`Route::Nobody`] there is no program.
    Program(u32),
    /// End with this status. The reason or the answer has been said.
    Exit(u8),
}

/// Reads the options, and finds the argument that is the program.
#[cfg_attr(any(feature = "sweep", feature = "boot"), inline(never))]
pub fn read<A: Arguments>(words: &mut A, options: &mut Options<'static>) -> Told {
    if !rooms::OPTIONS {
        return read_program(words);
    }
    let preset = if rooms::NAMES { names::preset(words.argument(0)) } else { &OWN };
    if rooms::NAMES {
        options.apply(preset);
        words.speak(preset.style);
    }
    let mut parser = Parser::new(names::OPTIONS);
    let mut read = Read::Option;
    // The caller controls the environment. It must not decide what the init does with rights that the caller does not have.
    let gained = rooms::RIGHTS && words.has_gained();
    let told = |words: &A, name: &[u8]| words.variable(name).filter(|_| !gained);
    let mut variable = if rooms::ENVIRONMENT { told(words, b"SCRATCH_INIT_OPTIONS=").unwrap_or_default() } else { b"" };
    while !variable.is_empty() && read == Read::Option {
        if rooms::NAMES {
            // Who sets this variable knows that the init is scratch-init: so it uses its own texts.
            options.says_own();
            words.speak(OWN.style);
        }
        options.stand_in_variable(true);
        let word = table::cut(&mut variable, table::BLANK);
        if !word.is_empty() {
            read = parser.word(options, word);
        }
    }
    read = parser.end(read);
    if read != Read::Option {
        return Told::Exit(answer(words, options, read, &parser));
    }
    let pause_in_variable = options.pause();
    let contradicts_in_variable = options.contradicts_restart().is_some() && !preset.pauses();
    options.stand_in_variable(false);

    let mut tables = names::tables(preset.style);
    while rooms::NAMES
        && let [letter, when, variable @ ..] = table::cut(&mut tables, 0)
    {
        if let Some(value) = told(words, variable) {
            options.set_by_variable(*letter, *when, value);
        }
    }

    // The variables are read: their table is cut off.
    parser.names = [tables; _];
    // As for getopt(3), only the variable's presence counts, not its value.
    let permutes = rooms::NAMES && preset.permutes() && words.variable(b"POSIXLY_CORRECT=").is_none();
    let mut index = 1;
    // How many words before that index are no options.
    let mut passed = 0;
    while index < words.count() && read == Read::Option {
        read = parser.word(options, words.argument(index));
        if read == Read::Program && permutes {
            read = Read::Option;
            passed += 1;
        } else if rooms::NAMES {
            words.bring_forward(index, passed);
        }
        index += 1;
    }
    read = parser.end(read);
    match read {
        Read::Program => index -= 1,
        Read::Option | Read::Dashes => index -= passed,
        _ => return Told::Exit(answer(words, options, read, &parser)),
    }
    if rooms::CONFLICTS
        && let Some(signal) = options.conflict()
    {
        conflict(words, options, signal);
        return Told::Exit(options.failed_status());
    }
    if rooms::RESTART
        && options.restart().times != 0
        && let Some(letter) = options.contradicts_restart()
    {
        words.say_two(Text::NotWith, &[letter], place(options.restart().in_variable), 0);
        words.say(Text::Where, place(contradicts_in_variable), 0);
        return Told::Exit(options.failed_status());
    }
    if rooms::USER && gained && options.user().is_some() {
        words.say(Text::NoGain, b"", 0);
        return Told::Exit(options.failed_status());
    }
    if rooms::NAMES && preset.pauses() && index > 1 {
        // The only option of pause is its version.
        return Told::Exit(answer(words, options, Read::Version, &parser));
    }
    let pause = rooms::PAUSE && options.route() == Route::Nobody;
    // Under the name pause, and with the -P of catatonit, a program is ignored.
    let ignores = rooms::NAMES && pause && preset.style != OWN.style && (preset.pauses() || !pause_in_variable);
    if (index < words.count()) != pause || ignores {
        return Told::Program(index as u32);
    }
    let program = words.argument(index);
    words.say_two(if pause { Text::NoPause } else { Text::NoProgram }, program, place(pause_in_variable), 0);
    Told::Exit(options.failed_status())
}

/// As [`read`], in a build without options.
pub fn read_program<A: Arguments>(words: &mut A) -> Told {
    let word = words.argument(1);
    if word == b"--version" {
        words.answer(Text::Version);
        return Told::Exit(0);
    }
    let dashes = word == b"--";
    if !dashes && matches!(word, [b'-', _, ..]) {
        words.say(Text::NotInBuild, word, 0);
        return Told::Exit(OWN.failed);
    }
    let index = if dashes { 2 } else { 1 };
    if index < words.count() {
        return Told::Program(index as u32);
    }
    words.say(Text::NoProgram, b"", 0);
    Told::Exit(OWN.failed)
}

/// Says that a signal would be forwarded only after every process was killed. The line names both options, as they are written,
/// and where each of them stands.
fn conflict<A: Arguments>(words: &mut A, options: &Options<'_>, signal: u8) {
    let mut add = |text, time: Time, named: bool, in_variable: bool| {
        words.say(text, b"", 0);
        if named {
            words.say(Text::OfSignal, b"", signal.into());
        }
        let place = place(in_variable);
        match time.parts() {
            (Some(number), unit) => words.say_two(Text::OfTime, unit, place, number),
            (None, unit) => words.say_two(Text::Endless, unit, place, 0),
        }
    };
    let [delay_in_variable, grace_in_variable] = options.times_in_variable(signal);
    add(Text::TooShort, options.grace(signal), options.has_own_grace(signal), grace_in_variable);
    add(Text::ItsDelay, options.delay(signal), signal != TERM, delay_in_variable);
    words.say(Text::HoldsBack, b"", signal.into());
}

/// Where a word stands, if that is not the command line.
fn place(in_variable: bool) -> &'static [u8] {
    if in_variable { b" in SCRATCH_INIT_OPTIONS" } else { b"" }
}

/// Prints what an option asks for (help, version, licence), or says what is wrong with a word. Returns the status to end with.
fn answer<A: Arguments>(words: &mut A, options: &Options<'_>, read: Read, parser: &Parser<'_>) -> u8 {
    let text = match read {
        Read::Help => Text::Help,
        Read::Version => Text::Version,
        Read::Licence if rooms::NAMES => Text::Licence,
        _ => {
            refuse(words, options, read, parser);
            return options.failed_status();
        }
    };
    if options.preset().answers_on_stderr() {
        words.say(text, b"", 0);
    } else {
        words.answer(text);
    }
    0
}

/// What an option accepts as its value.
#[cfg_attr(feature = "explain", inline(never))]
fn wanted(letter: u8) -> Text {
    match letter {
        b'd' if rooms::DELAY => Text::WantsDelay,
        b't' if rooms::GRACE => Text::WantsDelay,
        b'r' if rooms::REWRITE => Text::WantsRewrite,
        b'e' if rooms::EXIT => Text::WantsExit,
        b'u' if rooms::USER => Text::WantsUser,
        b'C' if rooms::CHDIR => Text::WantsDirectory,
        b'p' if rooms::PDEATHSIG => Text::WantsSignal,
        b'B' if rooms::BOOT => Text::WantsBoot,
        b'R' if rooms::RESTART => Text::WantsRestart,
        _ => Text::WantsTime,
    }
}

/// Says what is wrong with a word: the option, its value, where the word stands, and what the option accepts.
fn refuse<A: Arguments>(words: &mut A, options: &Options<'_>, read: Read, parser: &Parser<'_>) {
    let accepted = match read {
        Read::NoValue if rooms::LONG => Text::NoValue,
        Read::Value => wanted(parser.letter),
        _ if rooms::FULL => Text::Unknown,
        _ => Text::NotInBuild,
    };
    let place = place(rooms::EXPLAIN && options.in_variable);
    if rooms::NAMES && options.preset().style != OWN.style && accepted == Text::WantsRewrite {
        // dumb-init has one text for every bad value of -r.
        return words.say(accepted, b"", 0);
    }
    if !rooms::EXPLAIN && read == Read::Value {
        // A line of a fixed form.
        return words.say_two(accepted, core::slice::from_ref(&parser.letter), parser.value.unwrap_or_default(), 0);
    }
    if !rooms::EXPLAIN || accepted == Text::NotInBuild {
        return words.say_two(accepted, parser.place, place, 0);
    }
    let mut meant: &[u8] = b"";
    if read == Read::Value {
        words.say(Text::Option, parser.name(&mut [0; 2]), 0);
        if let Some(value) = parser.value {
            words.say(Text::Value, value, 0);
        }
        if parser.is_bundled() {
            words.say(Text::Bundled, parser.place, 0);
        }
        words.say(if parser.value.is_some() { Text::Wants } else { Text::Needs }, place, 0);
    }
    words.say_two(accepted, parser.place, place, 0);
    if read == Read::Unknown && parser.is_bundled() && parser.letter.is_ascii_graphic() {
        words.say(Text::UnknownLetter, parser.name(&mut [0; 2]), 0);
    }
    if matches!(read, Read::Value | Read::Unknown) {
        meant = parser.meant();
    }
    if !meant.is_empty() {
        words.say(Text::Meant, meant, 0);
    } else if accepted == Text::Unknown {
        words.say(Text::SeeHelp, b"", 0);
    }
    words.say(Text::LineEnd, b"", 0);
}
