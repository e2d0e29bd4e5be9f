//! What is said to people.

use rustix::fd::BorrowedFd;
use rustix::process::getpid;

use scratch_init::errno::{EACCES, EAGAIN, EINVAL, EMFILE, ENFILE, ENOSYS, EPERM};
use scratch_init::number::Decimal;
use scratch_init::options::Options;
use scratch_init::{errno, printable, signals, table};

use crate::sys::{stderr, stdout, write_at_once};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// What a text is made of: see src/words.txt.
struct Said<'a> {
    a: &'a [u8],
    b: &'a [u8],
    number: i32,
    digits: Decimal,
}

/// The longest line, its end included: what a pipe takes at once when poll(2) says that it can be written to, pipe(7).
const LONGEST: usize = 512;

/// A line that is made.
///
/// It goes out with one write(2), so that it does not mix with what the program writes. Once the program runs it is cut
/// where it would be longer; before that it goes out in pieces.
pub struct Line {
    style: u8,
    fd: BorrowedFd<'static>,
    /// Whether the program runs.
    running: bool,
    length: u16,
    bytes: [u8; LONGEST],
}

impl Line {
    /// One that has nothing in it.
    #[inline(never)]
    pub fn new(fd: BorrowedFd<'static>, options: &Options<'_>) -> Self {
        Self { style: options.style, fd, running: options.running, length: 0, bytes: [0; LONGEST] }
    }

    /// Adds a text.
    pub fn add(&mut self, word: Word, a: &[u8], b: &[u8], number: i32) {
        let said = Said { a, b, number, digits: Decimal::new(number as u32) };
        // How many texts stand before it.
        let mut before = word as u8;
        if cfg!(feature = "names") && self.style > 0 && before < STYLED {
            before += WORDS + (self.style - 1) * STYLED;
        }
        for &byte in TEXTS {
            if before == 0 {
                self.unpack(byte, &said);
            }
            if byte == 0 {
                before = before.wrapping_sub(1);
            }
        }
    }

    /// Adds what a byte of the packed texts stands for.
    fn unpack(&mut self, byte: u8, said: &Said<'_>) {
        if let Some(&(first, second)) = PAIRS.get(usize::from(byte.wrapping_sub(FREE))) {
            self.unpack(first, said);
            return self.unpack(second, said);
        }
        let own;
        let words = match byte {
            // The text's end.
            0 => b"",
            // These come from outside.
            1 => return printable::show(said.a, &mut |piece| self.put_piece(piece)),
            2 => return printable::show(said.b, &mut |piece| self.put_piece(piece)),
            3 => said.digits.bytes(),
            4 => table::name(signals::NAMES, said.number as u8),
            5 => errno::name(said.number),
            6 => errno::meaning(said.number),
            7 => {
                own = Decimal::new(getpid().as_raw_pid() as u32);
                own.bytes()
            }
            8 => return self.put(b'\n'),
            _ => return self.put(byte + 23),
        };
        // What has no meaning has a name, and what has none is a number.
        if words.is_empty() && matches!(byte, 4..=6) {
            if byte == 5 {
                b"errno ".iter().for_each(|&byte| self.put(byte));
            }
            return self.unpack(if byte == 6 { 5 } else { 3 }, said);
        }
        for &byte in words {
            self.put(byte);
        }
    }

    /// Ends the line.
    pub fn end(&mut self) {
        self.put(b'\n');
    }

    /// Adds a character, or what stands for a byte. Where the line is cut it is not cut in two: dots take the place.
    fn put_piece(&mut self, piece: &[u8]) {
        let room = LONGEST.saturating_sub(usize::from(self.length) + 1);
        if self.running && piece.len() > room {
            return (0..room).for_each(|_| self.put(b'.'));
        }
        piece.iter().for_each(|&byte| self.put(byte));
    }

    /// Adds a byte, which a line end makes the last one.
    fn put(&mut self, byte: u8) {
        let last = usize::from(self.length) + 1 == LONGEST;
        if self.running && last && byte != b'\n' {
            return;
        }
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
        }
        self.length += 1;
        if last || byte == b'\n' {
            let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
            // What cannot be written is lost.
            if self.running {
                write_at_once(self.fd, bytes);
            } else {
                let _ = rustix::io::write(self.fd, bytes);
            }
            self.length = 0;
        }
    }
}

/// Says a text; what it is made of stands with it in src/words.txt.
pub fn say(options: &Options<'_>, word: Word, a: &[u8], b: &[u8], number: i32) {
    let answer = matches!(word, Word::Help | Word::Version | Word::Licence) && !options.name().answers_on_stderr();
    let fd = if answer { stdout() } else { stderr() };
    Line::new(fd, options).add(word, a, b, number);
}

/// Says that a system call, or an option, failed before the start, and what to do about it. The limit of `limited` is what
/// EAGAIN, EMFILE, ENFILE and the EINVAL of a number beyond it are about, if that is not empty.
pub fn failed(options: &Options<'_>, call: &[u8], errno: i32, limited: &[u8]) {
    let mut line = Line::new(stderr(), options);
    line.add(Word::Failed, call, b"", errno);
    match errno {
        EAGAIN | EMFILE | ENFILE | EINVAL if !limited.is_empty() => line.add(Word::RaiseLimit, limited, b"", 0),
        EPERM | EACCES | ENOSYS => line.add(Word::BySeccomp, b"", b"", 0),
        _ => {}
    }
    line.end();
}

/// Says a text that has no more to it than a number.
pub fn event(options: &Options<'_>, word: Word, number: i32) {
    say(options, word, b"", b"", number);
}
