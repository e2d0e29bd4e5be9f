//! How words from outside are shown, so that a line stays one line, and a terminal gets no control sequence.

use crate::rooms;

/// Passes to `put`, piece by piece, how `text` is shown: a printable character in UTF-8 as it is, a backslash as `\\`, each other
/// byte as `\xNN`. So no two texts look the same. A piece must not be cut in two.
///
/// Small builds know ASCII alone, and have a `?` for each other byte.
pub fn show(text: &[u8], put: &mut impl FnMut(&[u8])) {
    if !rooms::EXPLAIN {
        return show_ascii(text, put);
    }
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid().as_bytes();
        for character in chunk.valid().chars() {
            let Some((bytes, behind)) = rest.split_at_checked(character.len_utf8()) else { return };
            rest = behind;
            if is_printable(character) {
                put(bytes);
            } else {
                bytes.iter().for_each(|&byte| escape(byte, put));
            }
        }
        for &byte in chunk.invalid() {
            escape(byte, put);
        }
    }
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
    let [high, low] = [byte >> 4, byte & 15].map(|digit| digit + if digit < 10 { b'0' } else { b'a' - 10 });
    put(&[b'\\', b'x', high, low]);
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
