//! What the init was told: the environment variable, then the command line.

use scratch_init::names::{Name, OWN};
use scratch_init::number::Decimal;
use scratch_init::options::{Options, Parser, Word as Read};
use scratch_init::route::Route;
use scratch_init::table;

use crate::Init;
use crate::report::{Line, Word, say};
use crate::sys::user::has_gained;
use crate::sys::{Start, Text, stderr};

/// Reads the options, and which argument is the program.
///
/// Returns the status to end with, if that is at once; what there is to say has been said.
#[inline(never)]
pub fn read(start: &mut Start, init: &mut Init) -> Option<u8> {
    let name = Name::of(start.argument(0).to_bytes());
    init.options.begin(name);
    let name = init.options.name();
    let mut parser = Parser::new(OWN.options());
    let mut word: &[u8] = b"";
    let mut read = Read::Option;
    // The environment is the caller's, who is not to decide what the init does with rights that are not the caller's.
    let gained = has_gained(start);
    let told = |name| start.variable(name).filter(|_| !gained);
    let mut variable = told(b"SCRATCH_INIT_OPTIONS=").unwrap_or_default().to_bytes();
    while !variable.is_empty() && read == Read::Option {
        // Whoever knows that it is us can read what we say.
        init.options.style = OWN.style;
        init.options.in_variable = true;
        word = table::cut(&mut variable, table::BLANK);
        if !word.is_empty() {
            read = parser.word(&mut init.options, word);
        }
    }
    read = parser.end(read);
    if read != Read::Option {
        return Some(answer(&init.options, read, parser.letter, word, IN_VARIABLE));
    }

    init.options.in_variable = false;

    let mut variables = name.variables();
    while let [letter, when, variable @ ..] = table::cut(&mut variables, 0) {
        if let Some(value) = told(variable) {
            init.options.variable(*letter, *when, value.to_bytes());
        }
    }

    parser.names = name.options();
    // getopt(3) looks whether it is there, and not at its value.
    let permutes = name.permutes() && start.variable(b"POSIXLY_CORRECT=").is_none();
    let mut index = 1;
    // How many words before that one are no options.
    let mut passed = 0;
    while index < start.count() && read == Read::Option {
        word = start.argument(index).to_bytes();
        read = parser.word(&mut init.options, word);
        if read == Read::Program && permutes {
            read = Read::Option;
            passed += 1;
        } else {
            start.bring_forward(index, passed);
        }
        index += 1;
    }
    read = parser.end(read);
    match read {
        Read::Program => index -= 1,
        Read::Option | Read::End => index -= passed,
        _ => return Some(answer(&init.options, read, parser.letter, word, b"")),
    }
    if let Some(signal) = init.options.conflict() {
        conflict(&init.options, signal);
        return Some(name.failed);
    }
    if gained && init.options.user().is_some() {
        say(&init.options, Word::NoGain, b"", b"", 0);
        return Some(name.failed);
    }
    init.index = index;
    init.route = init.options.route();
    if name.pauses() && index > 1 {
        // It has no option but this.
        return Some(answer(&init.options, Read::Version, 0, word, b""));
    }
    let pause = init.route == Route::Nobody;
    if (index < start.count()) != pause || (pause && name.style != OWN.style) {
        return None;
    }
    say(&init.options, if pause { Word::NoPause } else { Word::NoProgram }, word, b"", 0);
    Some(name.failed)
}

/// Says that a signal would be forwarded only when everything has been killed.
fn conflict(options: &Options<'_>, signal: u8) {
    let place = |there| if there { IN_VARIABLE } else { b"" };
    let [delay, grace] = options.times_there(signal);
    let mut line = Line::new(stderr(), options);
    for (word, time, there) in [(Word::TooShort, options.grace(signal), grace), (Word::ItsDelay, options.delay(signal), delay)] {
        let (number, unit) = time.parts();
        let mut text = Text::new();
        text.join(&[number.as_ref().map_or(b"", Decimal::bytes), unit]);
        line.add(word, text.as_c_str().to_bytes(), place(there), signal.into());
    }
}

/// Behind a word that stands there.
const IN_VARIABLE: &[u8] = b" in SCRATCH_INIT_OPTIONS";

/// Says what there is to say, and returns the status to end with.
fn answer(options: &Options<'_>, read: Read, letter: u8, word: &[u8], place: &[u8]) -> u8 {
    let text = match read {
        Read::Help => Word::Help,
        Read::Version => Word::Version,
        Read::Licence => Word::Licence,
        Read::NoValue => Word::NoValue,
        Read::Value => match letter {
            b'd' => Word::WantsDelay,
            b'r' => Word::WantsRewrite,
            b'e' => Word::WantsExit,
            b'u' => Word::WantsUser,
            b'C' => Word::WantsDirectory,
            b'p' => Word::WantsSignal,
            b'B' => Word::WantsBoot,
            _ => Word::WantsTime,
        },
        _ => Word::Unknown,
    };
    say(options, text, word, place, 0);
    if matches!(text, Word::Help | Word::Version | Word::Licence) { 0 } else { options.name().failed }
}
