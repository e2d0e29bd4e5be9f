//! What is said to people.

use rustix::fd::BorrowedFd;

use scratch_init::number::Decimal;
use scratch_init::{errno, signals, table};

use crate::sys::{stderr, stdout};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A line that is made.
///
/// It goes out with one write(2), unless it is longer than any sensible one, so that it does not mix
/// with what the program writes.
struct Line<'a> {
    a: &'a [u8],
    b: &'a [u8],
    number: i32,
    fd: BorrowedFd<'static>,
    length: u8,
    bytes: [u8; 256],
}

impl Line<'_> {
    /// Adds what a byte of the packed texts stands for.
    fn unpack(&mut self, byte: u8) {
        if let Some(&(first, second)) = PAIRS.get(usize::from(byte.wrapping_sub(128))) {
            self.unpack(first);
            return self.unpack(second);
        }
        let names = match byte {
            1 => return self.quote(self.a),
            2 => return self.quote(self.b),
            3 => b"",
            4 => signals::NAMES,
            5 => errno::NAMES,
            _ => return self.put(byte),
        };
        let name = table::name(names, self.number as u8);
        if name.is_empty() {
            return self.quote(Decimal::new(self.number as u32).bytes());
        }
        self.quote(name);
    }

    /// Adds somebody else's words. Control characters do not reach the terminal, they are shown as
    /// `^M`: a carriage return is often the very thing that is wrong.
    #[inline(never)]
    fn quote(&mut self, text: &[u8]) {
        for &byte in text {
            if byte < b' ' {
                self.put(b'^');
            }
            self.put(if byte < b' ' { byte | 64 } else { byte });
        }
    }

    #[inline(never)]
    fn put(&mut self, byte: u8) {
        self.bytes[usize::from(self.length)] = byte;
        self.length += 1;
        if self.length == u8::MAX || byte == b'\n' {
            let mut rest = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
            // What cannot be written is lost.
            while let Ok(count @ 1..) = rustix::io::write(self.fd, rest) {
                rest = rest.get(count..).unwrap_or_default();
            }
            self.length = 0;
        }
    }
}

/// Says a text; what it is made of stands with it in src/words.txt.
#[inline(never)]
pub fn say(word: Word, a: &[u8], b: &[u8], number: i32) {
    let fd = if matches!(word, Word::Help | Word::Version) { stdout() } else { stderr() };
    let mut line = Line { a, b, number, fd, length: 0, bytes: [0; 256] };
    let mut texts = TEXTS;
    for _ in 0..word as u8 {
        table::cut(&mut texts, 0);
    }
    for &byte in table::cut(&mut texts, 0) {
        line.unpack(byte);
    }
}

/// Says a text that has no more to it than a number.
#[inline(never)]
pub fn event(word: Word, number: i32) {
    say(word, b"", b"", number);
}
