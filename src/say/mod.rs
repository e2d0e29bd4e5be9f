//! What is said to people: a text, and what it is made of.

pub mod printable;

use crate::number::Decimal;
use crate::{errno, signals, table};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Says texts. What each is made of, up to two words and a number, stands with it in `src/say/texts.txt`. A line is made of texts
/// up to one that has its end. What cannot be written is lost.
pub trait Say {
    /// Says everything in the words of this style from now on; 0 are our own.
    fn speak(&mut self, style: u8);

    /// Says a text with one word, on standard error.
    fn say(&mut self, text: Text, a: &[u8], number: i32);

    /// Says a text with two words, on standard error.
    fn say_two(&mut self, text: Text, a: &[u8], b: &[u8], number: i32);

    /// Says a text that was asked for, on standard output.
    fn answer(&mut self, text: Text);
}

/// What a text is made of.
struct Parts<'a> {
    a: &'a [u8],
    b: &'a [u8],
    number: i32,
    digits: Decimal,
}

/// The longest line, its end included: what a pipe takes at once when poll(2) says that it can be written to, pipe(7).
const LONGEST: usize = 512;

/// Where a line goes.
pub trait Output {
    /// Writes the bytes, or loses them.
    fn write(&self, bytes: &[u8]);

    /// The PID of whoever writes.
    fn pid(&self) -> i32;
}

/// A line that is made.
///
/// It goes out with one write(2), so that it does not mix with what the program writes. Once the program runs it is cut
/// where it would be longer; before that it goes out in pieces.
pub struct Line<O> {
    output: O,
    /// Whether it is cut.
    cut: bool,
    length: u16,
    bytes: [u8; LONGEST],
}

impl<O: Output> Line<O> {
    /// One that has nothing in it.
    #[inline(never)]
    pub fn new(output: O, cut: bool) -> Self {
        Self { output, cut, length: 0, bytes: [0; LONGEST] }
    }

    /// Whether nothing of it waits to be written.
    pub fn is_over(&self) -> bool {
        self.length == 0
    }

    /// Adds a text.
    pub fn add(&mut self, style: u8, text: Text, a: &[u8], b: &[u8], number: i32) {
        let parts = Parts { a, b, number, digits: Decimal::new(number as u32) };
        // How many texts stand before it.
        let mut before = text as u8;
        if cfg!(feature = "names") && style > 0 && before < STYLED {
            before += COUNT + (style - 1) * STYLED;
        }
        for &byte in TEXTS {
            if before == 0 {
                self.unpack(byte, &parts);
            }
            if byte == 0 {
                before = before.wrapping_sub(1);
            }
        }
    }

    /// Adds what a byte of the packed texts stands for.
    fn unpack(&mut self, byte: u8, parts: &Parts<'_>) {
        if let Some(&(first, second)) = PAIRS.get(usize::from(byte.wrapping_sub(FREE))) {
            self.unpack(first, parts);
            return self.unpack(second, parts);
        }
        let own;
        let words = match byte {
            // The text's end.
            0 => b"",
            // These come from outside.
            1 => return printable::show(parts.a, &mut |piece| self.put_piece(piece)),
            2 => return printable::show(parts.b, &mut |piece| self.put_piece(piece)),
            3 => parts.digits.bytes(),
            4 => table::name(signals::NAMES, parts.number as u8),
            5 => errno::name(parts.number),
            6 => errno::meaning(parts.number),
            7 => {
                own = Decimal::new(self.output.pid() as u32);
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
            return self.unpack(if byte == 6 { 5 } else { 3 }, parts);
        }
        for &byte in words {
            self.put(byte);
        }
    }

    /// Adds a character, or what stands for a byte. Where the line is cut it is not cut in two: dots take the place.
    fn put_piece(&mut self, piece: &[u8]) {
        let room = LONGEST.saturating_sub(usize::from(self.length) + 1);
        if self.cut && piece.len() > room {
            return (0..room).for_each(|_| self.put(b'.'));
        }
        piece.iter().for_each(|&byte| self.put(byte));
    }

    /// Adds a byte, which a line end makes the last one.
    fn put(&mut self, byte: u8) {
        let last = usize::from(self.length) + 1 == LONGEST;
        if self.cut && last && byte != b'\n' {
            return;
        }
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
        }
        self.length += 1;
        if last || byte == b'\n' {
            self.output.write(self.bytes.get(..usize::from(self.length)).unwrap_or_default());
            self.length = 0;
        }
    }
}
