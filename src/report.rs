//! What is said to people.

use rustix::fd::BorrowedFd;

use scratch_init::number::Decimal;
use scratch_init::{errno, signals, table};

use crate::sys::stderr;
use crate::words::{TEXTS, Word};

/// Says a line on stderr; what it is made of stands with the [`Word`].
///
/// It goes out with one write(2), unless it is longer than any sensible one, so that it does not mix
/// with what the program writes. Control characters do not reach the terminal, they are shown as
/// `^M`: a carriage return is often the very thing that is wrong.
#[inline(never)]
pub fn say(word: Word, a: &[u8], b: &[u8], number: i32) {
    let mut texts = TEXTS;
    for _ in 0..word as u8 {
        table::cut(&mut texts, 0);
    }
    let mut length = 0u8;
    let mut line = [0; 256];
    let digits = Decimal::new(number as u32);
    for byte in table::cut(&mut texts, 0) {
        let mut piece = match byte {
            1 => a,
            2 => b,
            3 => b"",
            4 => table::name(signals::NAMES, number as u8),
            5 => table::name(errno::NAMES, number as u8),
            byte => core::slice::from_ref(byte),
        };
        if piece.is_empty() && *byte > 2 {
            piece = digits.bytes();
        }
        for &byte in piece {
            line[usize::from(length)] = byte;
            length += 1;
            if byte < b' ' && byte != b'\n' {
                line[usize::from(length - 1)] = b'^';
                line[usize::from(length)] = byte | 64;
                length += 1;
            }
            if length >= 250 || byte == b'\n' {
                write(stderr(), line.get(..usize::from(length)).unwrap_or_default());
                length = 0;
            }
        }
    }
}

/// Says a line that has no more to it than a number.
#[inline(never)]
pub fn event(word: Word, number: i32) {
    say(word, b"", b"", number);
}

/// Writes what can be written.
#[inline(never)]
pub fn write(fd: BorrowedFd<'_>, mut bytes: &[u8]) {
    while let Ok(count @ 1..) = rustix::io::write(fd, bytes) {
        bytes = bytes.get(count..).unwrap_or_default();
    }
}
