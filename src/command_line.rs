//! What the init was told: the environment variable, then the command line.

use scratch_init::options::{Parser, Word as Read, letters};
use scratch_init::route::Route;
use scratch_init::status::FAILED;
use scratch_init::table;

use crate::Init;
use crate::report::{Word, say};
use crate::sys::Start;

/// The options that are acted on.
const KNOWN: u64 = letters(b"cgardtSWeuCpPswvhV");

/// Reads the options, and which argument is the program.
///
/// Returns the status to end with, if that is at once; what there is to say has been said.
#[inline(never)]
pub fn read(start: &Start, init: &mut Init) -> Option<u8> {
    let mut parser = Parser::<KNOWN>::new();
    let mut word: &[u8] = b"";
    let mut read = Read::Option;
    let mut variable = start.variable(b"SCRATCH_INIT_OPTIONS=").unwrap_or_default().to_bytes();
    while !variable.is_empty() && read == Read::Option {
        word = table::cut(&mut variable, table::BLANK);
        if !word.is_empty() {
            read = parser.word(&mut init.options, word);
        }
    }
    read = parser.end(read);
    if read != Read::Option {
        return Some(answer(read, parser.letter, word, b" in SCRATCH_INIT_OPTIONS"));
    }
    let mut index = 1;
    while index < start.count() && read == Read::Option {
        word = start.argument(index).to_bytes();
        read = parser.word(&mut init.options, word);
        index += 1;
    }
    read = parser.end(read);
    match read {
        Read::Program => index -= 1,
        Read::Option | Read::End => {}
        _ => return Some(answer(read, parser.letter, word, b"")),
    }
    init.index = index;
    init.route = init.options.route();
    let pause = init.route == Route::Nobody;
    if (index < start.count()) != pause {
        return None;
    }
    say(if pause { Word::NoPause } else { Word::NoProgram }, word, b"", 0);
    Some(FAILED)
}

/// Says what there is to say, and returns the status to end with.
fn answer(read: Read, letter: u8, word: &[u8], place: &[u8]) -> u8 {
    let text = match read {
        Read::Help => Word::Help,
        Read::Version => Word::Version,
        Read::NoValue => Word::NoValue,
        Read::Value => match letter {
            b'd' => Word::WantsDelay,
            b'r' => Word::WantsRewrite,
            b'e' => Word::WantsExit,
            b'u' => Word::WantsUser,
            b'C' => Word::WantsDirectory,
            b'p' => Word::WantsSignal,
            _ => Word::WantsTime,
        },
        _ => Word::Unknown,
    };
    say(text, word, place, 0);
    if matches!(text, Word::Help | Word::Version) { 0 } else { FAILED }
}
