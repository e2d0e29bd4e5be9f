//! What the init was told: the environment variable, then the command line.

use scratch_init::options::{Parser, Word as Read, letters};
use scratch_init::status::FAILED;
use scratch_init::table;

use crate::Init;
use crate::report::{Word, say};
use crate::sys::Start;

/// The options that are acted on.
const KNOWN: u64 = letters(b"cgPSeswvhV");

/// Reads the options, and which argument is the program; one behind the last if there is none.
///
/// Returns the status to end with, if that is at once; what there is to say has been said.
#[inline(never)]
pub fn read(start: &Start, init: &mut Init) -> Option<u8> {
    let options = &mut init.options;
    let mut parser = Parser::<KNOWN>::new();
    let mut variable = start.variable(b"SCRATCH_INIT_OPTIONS=").unwrap_or_default().to_bytes();
    // 0 while the words are the variable's.
    let mut index = 0;
    let mut word: &[u8] = b"";
    let read = loop {
        if index > 0 {
            if index >= start.count() {
                break parser.end();
            }
            word = start.argument(index).to_bytes();
            index += 1;
        } else if variable.is_empty() {
            if parser.end() != Read::Option {
                break Read::Value;
            }
            index = 1;
            continue;
        } else {
            word = table::cut(&mut variable, table::BLANK);
            if word.is_empty() {
                continue;
            }
        }
        let read = parser.word(options, word);
        if read != Read::Option {
            break read;
        }
    };
    let mut place: &[u8] = b"";
    if index == 0 {
        place = b" in SCRATCH_INIT_OPTIONS";
    }
    let answer = match read {
        Read::Help => Word::Help,
        Read::Version => Word::Version,
        Read::Option | Read::Program | Read::End if index > 0 => {
            index -= usize::from(read == Read::Program);
            if (index < start.count()) != options.pause() {
                init.index = index;
                return None;
            }
            if options.pause() { Word::NoPause } else { Word::NoProgram }
        }
        Read::NoValue => Word::NoValue,
        Read::Value if parser.letter == b'e' => Word::WantsExit,
        Read::Value => Word::WantsTime,
        _ => Word::Unknown,
    };
    say(answer, word, place, 0);
    Some(if matches!(answer, Word::Help | Word::Version) { 0 } else { FAILED })
}
