//! What the init was told: the environment variable, then the command line.

use scratch_init::names::{Name, OWN};
use scratch_init::number::Decimal;
use scratch_init::options::{Options, Parser, Word as Read};
use scratch_init::route::Route;
use scratch_init::signals::{self, TERM};
use scratch_init::table;
use scratch_init::time::Time;

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
        return Some(answer(&init.options, read, &parser, word, IN_VARIABLE));
    }
    let pause_in = if init.options.pause() { IN_VARIABLE } else { b"" };

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
        _ => return Some(answer(&init.options, read, &parser, word, b"")),
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
        return Some(answer(&init.options, Read::Version, &parser, word, b""));
    }
    let pause = init.route == Route::Nobody;
    // Under the name pause, and behind the -P of another name, words mean nothing.
    let ignores = pause && name.style != OWN.style && (name.pauses() || pause_in.is_empty());
    if (index < start.count()) != pause || ignores {
        return None;
    }
    let program = start.argument(index).to_bytes();
    say(&init.options, if pause { Word::NoPause } else { Word::NoProgram }, program, pause_in, 0);
    Some(name.failed)
}

/// Says that a signal would be forwarded only when everything has been killed: by which of the two options, as they are
/// written, and where they stand.
fn conflict(options: &Options<'_>, signal: u8) {
    let number = Decimal::new(signal.into());
    let name = match table::name(signals::NAMES, signal) {
        b"" => number.bytes(),
        name => name,
    };
    let mut line = Line::new(stderr(), options);
    let mut add = |word, time: Time, named: bool, there: bool| {
        let (number, unit) = time.parts();
        let [name, colon] = if named { [name, b":"] } else { [&b""[..]; 2] };
        let mut text = Text::new();
        text.join(&[name, colon, number.as_ref().map_or(b"", Decimal::bytes), unit]);
        line.add(word, text.as_c_str().to_bytes(), if there { IN_VARIABLE } else { b"" }, signal.into());
    };
    let [delay_there, grace_there] = options.times_there(signal);
    add(Word::TooShort, options.grace(signal), options.has_own_grace(signal), grace_there);
    add(Word::ItsDelay, options.delay(signal), signal != TERM, delay_there);
}

/// Where a word stands that is not of the command line.
const IN_VARIABLE: &[u8] = b" in SCRATCH_INIT_OPTIONS";

/// Says what there is to say, and returns the status to end with.
fn answer(options: &Options<'_>, read: Read, parser: &Parser<'_>, word: &[u8], place: &[u8]) -> u8 {
    let text = match read {
        Read::Help => Word::Help,
        Read::Version => Word::Version,
        Read::Licence => Word::Licence,
        _ => {
            refuse(options, read, parser, word, place);
            return options.name().failed;
        }
    };
    say(options, text, b"", b"", 0);
    0
}

/// Says what is wrong with a word: which option it is about, with which value, where, and what is accepted.
fn refuse(options: &Options<'_>, read: Read, parser: &Parser<'_>, word: &[u8], place: &[u8]) {
    let accepted = match (read, parser.letter) {
        (Read::NoValue, _) => Word::NoValue,
        (Read::Value, b'd' | b't') => Word::WantsDelay,
        (Read::Value, b'r') => Word::WantsRewrite,
        (Read::Value, b'e') => Word::WantsExit,
        (Read::Value, b'u') => Word::WantsUser,
        (Read::Value, b'C') => Word::WantsDirectory,
        (Read::Value, b'p') => Word::WantsSignal,
        (Read::Value, b'B') => Word::WantsBoot,
        (Read::Value, _) => Word::WantsTime,
        _ => Word::Unknown,
    };
    let mut line = Line::new(stderr(), options);
    if options.style != OWN.style && accepted == Word::WantsRewrite {
        // It has a text of its own for that, whatever the value.
        return line.add(accepted, b"", b"", 0);
    }
    let mut meant: &[u8] = b"";
    if read == Read::Value {
        line.add(Word::Option, parser.name(&mut [0; 2]), b"", 0);
        if let Some(value) = parser.value {
            line.add(Word::Value, value, b"", 0);
        }
        if parser.is_bundled() {
            line.add(Word::Bundled, parser.place, b"", 0);
        }
        line.add(if parser.value.is_some() { Word::Wants } else { Word::Needs }, place, b"", 0);
    }
    line.add(accepted, word, place, 0);
    if read == Read::Unknown && parser.is_bundled() && parser.letter.is_ascii_graphic() {
        line.add(Word::UnknownLetter, parser.name(&mut [0; 2]), b"", 0);
    }
    if matches!(read, Read::Value | Read::Unknown) {
        meant = parser.meant();
    }
    if !meant.is_empty() {
        line.add(Word::Meant, meant, b"", 0);
    } else if accepted == Word::Unknown {
        line.add(Word::SeeHelp, b"", b"", 0);
    }
    line.end();
}
