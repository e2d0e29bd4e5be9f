//! Tables of names packed into one byte string: a key, its name, a NUL, and so on.
//!
//! An array of `&str` would hold pointers, and each pointer is a relocation that the finished
//! file must not have.

/// The mark of [`cut`] that stands for any blank: space, tab or line end.
pub const BLANK: u8 = b' ';

/// Takes what stands before the first `mark` off `rest`, and the mark with it.
pub fn cut<'a>(rest: &mut &'a [u8], mark: u8) -> &'a [u8] {
    let whole = *rest;
    let end = |&byte: &u8| byte == mark || (mark == BLANK && matches!(byte, b'\t' | b'\n'));
    let length = whole.iter().position(end).unwrap_or(whole.len());
    *rest = whole.get(length + 1..).unwrap_or_default();
    whole.get(..length).unwrap_or_default()
}

/// `text` without the blanks around it, those of [`BLANK`].
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\n'] = text {
        text = rest;
    }
    text
}

/// The first entry of `table` that has this key or this name: the key, and the name behind it; empty
/// if there is none. Where a name in the table has an upper case letter, a lower case one will do.
pub fn find<'a>(mut table: &'a [u8], key: u8, name: &[u8]) -> &'a [u8] {
    while !table.is_empty() {
        let entry = cut(&mut table, 0);
        if let [first, own @ ..] = entry
            && (*first == key || (own.len() == name.len() && starts(name, own)))
        {
            return entry;
        }
    }
    b""
}

/// The key of the entry with this name; 0 if there is none.
pub fn key(table: &[u8], name: &[u8]) -> u8 {
    find(table, 0, name).first().copied().unwrap_or(0)
}

/// The name of the entry with this key; empty if there is none.
pub fn name(table: &[u8], key: u8) -> &[u8] {
    find(table, key, b"").get(1..).unwrap_or_default()
}

/// Whether `bytes` has `byte` in it.
#[expect(clippy::manual_contains, reason = "that is a fast memchr(3), in 200 bytes")]
pub fn has(bytes: &[u8], byte: u8) -> bool {
    bytes.iter().any(|&other| other == byte)
}

/// Whether `text` starts with `prefix`, of which upper case letters stand for lower case ones too.
pub fn starts(text: &[u8], prefix: &[u8]) -> bool {
    let same = |(a, b): (&u8, &u8)| a == b || (b.is_ascii_uppercase() && *a == b | 32);
    text.len() >= prefix.len() && text.iter().zip(prefix).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_both_ways() {
        const TABLE: &[u8] = b"\x01one\0\xffTwo\0";
        assert_eq!(name(TABLE, 1), b"one");
        assert_eq!(name(TABLE, 255), b"Two");
        assert_eq!(name(TABLE, 2), b"");
        for (name, number) in [(&b"one"[..], 1), (b"One", 0), (b"two", 255), (b"TWO", 0), (b"Two", 255), (b"tw", 0), (b"", 0)] {
            assert_eq!(key(TABLE, name), number, "{name:?}");
        }
    }

    #[test]
    fn blanks_around_a_text_go() {
        for (text, trimmed) in [(&b" \t\na b \n"[..], &b"a b"[..]), (b"a", b"a"), (b" ", b""), (b"", b""), (b"\ra", b"\ra")] {
            assert_eq!(trim(text), trimmed, "{text:?}");
        }
    }

    #[test]
    fn cut_at_the_first_mark() {
        for (text, mark, first, rest) in [
            (&b"a:b:c"[..], b':', &b"a"[..], &b"b:c"[..]),
            (b"a", b':', b"a", b""),
            (b":", b':', b"", b""),
            (b"", b':', b"", b""),
            (b"a\tb c", BLANK, b"a", b"b c"),
            (b"\nb", BLANK, b"", b"b"),
        ] {
            let mut left = text;
            assert_eq!((cut(&mut left, mark), left), (first, rest), "{text:?}");
        }
    }
}
