//! Decimal numbers, read and written.

/// Removes the digits at the beginning of `rest`, and returns their number. A sign or a blank is no digit. `None` if there are no
/// digits, or if the number is 2^32 - 1 or more: no id, time or status may be that large.
#[cfg_attr(not(feature = "names"), inline(always))]
pub fn take(rest: &mut &[u8]) -> Option<u32> {
    let given = rest.len();
    let mut number = 0u32;
    while let [byte @ b'0'..=b'9', behind @ ..] = *rest {
        *rest = behind;
        number = number.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
    }
    (rest.len() < given && number != u32::MAX).then_some(number)
}

/// Reads a text that is a number and nothing else.
pub fn parse(mut text: &[u8]) -> Option<u32> {
    take(&mut text).filter(|_| text.is_empty())
}

/// Reads a text as atoi(3) does: blanks, a sign, digits, then anything; 0 without digits. A number that is too large wraps
/// around.
pub fn atoi(text: &[u8]) -> i32 {
    let mut rest = text.trim_ascii_start();
    let negative = rest.first() == Some(&b'-');
    if let [b'-' | b'+', digits @ ..] = rest {
        rest = digits;
    }
    let mut number = 0i32;
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add((digit - b'0').into());
        rest = behind;
    }
    if negative { number.wrapping_neg() } else { number }
}

/// A number as decimal digits.
pub struct Decimal {
    digits: [u8; 10],
    from: u8,
}

impl Decimal {
    /// The digits of `number`.
    pub fn new(mut number: u32) -> Self {
        let mut decimal = Self { digits: [0; 10], from: 10 };
        for digit in decimal.digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            decimal.from -= 1;
            if number == 0 {
                break;
            }
        }
        decimal
    }

    /// The digits, without leading zeros.
    #[inline(never)]
    pub fn bytes(&self) -> &[u8] {
        self.digits.get(usize::from(self.from)..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone_are_a_number() {
        assert_eq!(parse(b"0"), Some(0));
        assert_eq!(parse(b"007"), Some(7));
        assert_eq!(parse(b"4294967294"), Some(u32::MAX - 1));
        for bad in [&b""[..], b"-1", b"+1", b"1.5", b" 1", b"1 ", b"4294967295", b"4294967296", b"18446744073709551617", b"/", b":"] {
            assert_eq!(parse(bad), None);
        }
    }

    #[test]
    fn what_is_behind_the_digits_is_left() {
        let mut text = &b"12:3"[..];
        assert_eq!((take(&mut text), text), (Some(12), &b":3"[..]));
        assert_eq!((take(&mut text), text), (None, &b":3"[..]));
    }

    #[test]
    fn digits_come_back() {
        for number in [0, 1, 9, 10, 125, 32768, u32::MAX - 1] {
            assert_eq!(parse(Decimal::new(number).bytes()), Some(number));
        }
        assert_eq!(Decimal::new(0).bytes(), b"0");
        assert_eq!(Decimal::new(u32::MAX).bytes(), b"4294967295");
    }

    #[test]
    fn atoi_stops_at_what_is_no_digit() {
        for (text, number) in [
            ("", 0),
            ("x", 0),
            ("12", 12),
            (" \t+7x8", 7),
            ("-1", -1),
            ("--1", 0),
            ("- 1", 0),
            ("4294967297", 1),
            ("2147483648", i32::MIN),
            ("-2147483648", i32::MIN),
        ] {
            assert_eq!(atoi(text.as_bytes()), number, "{text:?}");
        }
    }
}
