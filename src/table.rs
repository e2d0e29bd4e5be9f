//! Tables of names packed into one byte string. Each entry is a key of one byte, its name, and a NUL.
//!
//! An array of `&str` would hold pointers, and each pointer needs a relocation. The finished file must have none.

/// The mark with which [`cut`] cuts at any blank: space, tab or line end.
pub const BLANK: u8 = b' ';

/// Removes everything up to the first `mark` from `rest`, the mark included, and returns what stood before the mark.
pub fn cut<'a>(rest: &mut &'a [u8], mark: u8) -> &'a [u8] {
    let whole = *rest;
    let end = |&byte: &u8| byte == mark || (mark == BLANK && matches!(byte, b'\t' | b'\n'));
    let length = whole.iter().position(end).unwrap_or(whole.len());
    *rest = whole.get(length + 1..).unwrap_or_default();
    whole.get(..length).unwrap_or_default()
}

/// `text` without leading and trailing blanks; [`BLANK`] says which.
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\n'] = text {
        text = rest;
    }
    text
}

/// The key of the entry with this name; 0 if there is none. An upper case letter in the table matches the lower case letter too.
pub fn key(mut table: &[u8], name: &[u8]) -> u8 {
    while let [key, own @ ..] = cut(&mut table, 0) {
        if own.len() == name.len() && starts(name, own) {
            return *key;
        }
    }
    0
}

/// The name of the entry with this key; empty if there is none.
pub fn name(mut table: &[u8], key: u8) -> &[u8] {
    while let [first, own @ ..] = cut(&mut table, 0) {
        if *first == key {
            return own;
        }
    }
    b""
}

/// Whether `bytes` has `byte` in it.
#[expect(clippy::manual_contains, reason = "`contains` becomes a fast memchr(3) of 200 bytes")]
pub fn has(bytes: &[u8], byte: u8) -> bool {
    bytes.iter().any(|&other| other == byte)
}

/// Whether `text` starts with `prefix`. An upper case letter in `prefix` matches the lower case letter too.
pub fn starts(text: &[u8], prefix: &[u8]) -> bool {
    let same = |(a, b): (&u8, &u8)| a == b || *a == b.to_ascii_lowercase();
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
