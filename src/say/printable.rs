//! How words from outside are shown, so that a line stays one line, and a terminal gets no control sequence.

use crate::rooms;

/// Passes to `put`, piece by piece, how `text` is shown: a printable character in UTF-8 as it is, a backslash as `\\`, each other
/// byte as `\xNN`. So no two texts look the same. A piece must not be cut in two.
///
/// Small builds know ASCII alone, and have a `?` for each other byte.
pub fn show(mut text: &[u8], put: &mut impl FnMut(&[u8])) {
    if !rooms::EXPLAIN {
        return show_ascii(text, put);
    }
    while let [byte, behind @ ..] = text {
        match printable(text).and_then(|length| text.split_at_checked(length)) {
            Some((character, rest)) => {
                put(character);
                text = rest;
            }
            // The bytes behind the first one of a character begin none: they follow, escaped too.
            None => {
                escape(*byte, put);
                text = behind;
            }
        }
    }
}

/// How many bytes the character has that `text` begins with in UTF-8: utf-8(7). `None` if there is none, or if it cannot be shown as it is.
fn printable(text: &[u8]) -> Option<usize> {
    let (&first, behind) = text.split_first()?;
    // The first of several bytes begins with as many ones as there are bytes; each byte behind it begins with one such bit.
    let ones = first.leading_ones();
    let length = match ones {
        0 => 1,
        1 => return None,
        _ => ones as usize,
    };
    let mut number = u32::from(first) & 0x7f >> ones;
    for byte in behind.get(..length - 1)? {
        if byte.leading_ones() != 1 {
            return None;
        }
        number = number << 6 | u32::from(byte & 0x3f);
    }
    // UTF-8 has no character in more bytes than it needs.
    let character = char::from_u32(number).filter(|character| character.len_utf8() == length)?;
    is_printable(character).then_some(length)
}

/// As [`show`], for small builds.
fn show_ascii(text: &[u8], put: &mut impl FnMut(&[u8])) {
    for byte in text {
        let shown = if matches!(byte, b' '..=b'~') { byte } else { &b'?' };
        put(core::slice::from_ref(shown));
    }
}

/// Passes to `put` the escape of a byte that cannot be shown as it is.
fn escape(byte: u8, put: &mut impl FnMut(&[u8])) {
    if byte == b'\\' {
        return put(&[byte; 2]);
    }
    put(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
}

/// A hexadecimal digit.
fn digit(number: u8) -> u8 {
    number + if number < 10 { b'0' } else { b'a' - 10 }
}

/// Whether a character can be shown as it is. A character cannot if it ends a line, moves the cursor, changes the direction of
/// the text or has no width. Neither can a blank other than the space: such a blank, pasted into a Dockerfile, is often the error
/// itself.
fn is_printable(character: char) -> bool {
    !matches!(
        character,
        // The control characters C0 and C1, and the no-break space behind them.
        '\0'..='\x1f' | '\\' | '\x7f'..='\u{a0}'
        // Soft hyphen, Arabic letter mark, blanks of Ogham and Mongolian.
        | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}'
        // Blanks, characters without width, marks of direction, line and paragraph ends.
        | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}'
        // Byte order mark, annotations, tags.
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn small_builds_know_ascii_alone() {
        let mut bytes = Vec::new();
        show_ascii("a[\\]~ \x7f\n\u{e9}".as_bytes(), &mut |piece| bytes.extend(piece));
        let shown = String::from_utf8(bytes).expect("it is ASCII");
        assert_eq!(shown, r"a[\]~ ????");
    }

    fn shown(text: &[u8]) -> String {
        let mut bytes = Vec::new();
        show(text, &mut |piece| bytes.extend(piece));
        String::from_utf8(bytes).expect("it is UTF-8")
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn printable_text_is_shown_as_it_is() {
        for text in ["", "/usr/bin/env", "a b's \"c\" ~", "/안녕/프로그램", "é", "日本語", "🦀", "e\u{301}"] {
            assert_eq!(shown(text.as_bytes()), text);
        }
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn other_bytes_are_shown_by_their_numbers() {
        for (text, expected) in [
            (&b"/bin/sh\r"[..], r"/bin/sh\x0d"),
            (b"a\nb\tc\0", r"a\x0ab\x09c\x00"),
            (b"\x1b[2J\x7f", r"\x1b[2J\x7f"),
            // C1, as a byte and in UTF-8.
            (b"\x9b2J", r"\x9b2J"),
            (b"\xc2\x80\xc2\x9b\xc2\x9f", r"\xc2\x80\xc2\x9b\xc2\x9f"),
            // A continuation alone, a character cut short, overlong forms, a surrogate, beyond U+10FFFF.
            (b"\xbfa", r"\xbfa"),
            (b"/\xec\x95", r"/\xec\x95"),
            (b"\xc0\x8a\xe0\x80\x8a", r"\xc0\x8a\xe0\x80\x8a"),
            (b"\xed\xa0\x80", r"\xed\xa0\x80"),
            (b"\xf4\x90\x80\x80\xff", r"\xf4\x90\x80\x80\xff"),
            (r"\x0d".as_bytes(), r"\\x0d"),
            // Invisible characters, and a change of direction.
            ("\u{2028}\u{202e}\u{2066}\u{200b}".as_bytes(), r"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b"),
            ("a\u{a0}b\u{feff}".as_bytes(), r"a\xc2\xa0b\xef\xbb\xbf"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn each_character_is_shown_as_it_is_or_in_ascii() {
        for character in '\0'..=char::MAX {
            let text = shown(character.encode_utf8(&mut [0; 4]).as_bytes());
            let plain = text == String::from(character);
            assert!(plain != text.is_ascii() || character.is_ascii(), "{character:?}");
            // Rust's std agrees: no control character and no blank but the space is shown as it is.
            assert!(!plain || !(character.is_control() || (character.is_whitespace() && character != ' ')), "{character:?}");
            assert!(plain || text.starts_with('\\'), "{character:?}");
        }
    }

    /// What `text` is shown as, if core reads its characters.
    fn shown_by_core(text: &[u8]) -> String {
        let mut shown = String::new();
        let escape_all = |bytes: &[u8], shown: &mut String| {
            bytes.iter().for_each(|byte| escape(*byte, &mut |piece| shown.push_str(str::from_utf8(piece).unwrap())));
        };
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_printable(character) {
                    shown.push(character);
                } else {
                    escape_all(character.encode_utf8(&mut [0; 4]).as_bytes(), &mut shown);
                }
            }
            escape_all(chunk.invalid(), &mut shown);
        }
        shown
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn characters_are_read_as_core_reads_them() {
        // Each first byte, and behind it the bytes at the ends of all ranges that UTF-8 knows.
        let ends = [0, b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
        for first in 0..=u8::MAX {
            for second in ends {
                for third in ends {
                    for fourth in ends {
                        let text = [first, second, third, fourth];
                        for text in [&text[..], &text[..3], &text[..2], &text[..1]] {
                            assert_eq!(shown(text), shown_by_core(text), "{text:x?}");
                        }
                    }
                }
            }
        }
        // Forms of more bytes, of which UTF-8 had some long ago.
        for first in 0xf0..=u8::MAX {
            for length in 0..9 {
                let text = [&[first][..], &[0x80; 8][..length], b"a"].concat();
                assert_eq!(shown(&text), shown_by_core(&text), "{text:x?}");
            }
        }
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn what_is_shown_can_be_read_back() {
        // No two bytes are shown as the same, alone or together.
        let all: Vec<_> = (0..=u8::MAX).map(|byte| shown(&[byte])).collect();
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other != one && !other.starts_with(one.as_str())), "{one}");
        }
        assert_eq!(shown(br"\"), format!("{0}{0}", '\\'));
    }
}
