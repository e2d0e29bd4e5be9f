//! Spans of time as options give them.

use crate::number;

/// A point in time that never comes.
pub const NEVER: u64 = u64::MAX;

/// What the clock says if it cannot be read: every deadline is over.
pub const UNREADABLE: u64 = NEVER - 1;

/// Up to 24 days of nanoseconds, as seconds and the rest.
///
/// (Divided by hand: a processor of 32 bits cannot divide 64, and the compiler's function for it has 900 bytes there.)
pub fn in_seconds(nanoseconds: u64) -> (u32, u32) {
    const SECOND: u64 = 1_000_000_000;
    let (mut seconds, mut rest) = (0, nanoseconds);
    let mut part = SECOND << 20;
    while part >= SECOND {
        seconds *= 2;
        if rest >= part {
            rest -= part;
            seconds += 1;
        }
        part /= 2;
    }
    (seconds, rest as u32)
}

/// A span of time in milliseconds, or without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u32);

impl Time {
    /// No time at all.
    pub const NONE: Self = Self(0);
    /// Without end: `inf`.
    pub const FOREVER: Self = Self(u32::MAX);
    /// The longest time that an option accepts, in milliseconds: 24 days.
    const LONGEST: u32 = 24 * 24 * 60 * 60 * 1000;

    /// A time of `seconds`; at most 49 days.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds * 1000)
    }

    /// A time of `milliseconds`; at most 49 days.
    pub const fn milliseconds(milliseconds: u32) -> Self {
        Self(milliseconds)
    }

    /// The milliseconds; `None` for [`FOREVER`](Self::FOREVER).
    pub fn as_milliseconds(self) -> Option<u32> {
        (self != Self::FOREVER).then_some(self.0)
    }

    /// The number, if there is one, and the unit or word behind it, as [`parse`](Self::parse) reads them.
    pub fn parts(self) -> (Option<i32>, &'static [u8]) {
        match self.as_milliseconds() {
            None => (None, b"inf"),
            Some(time) if time.is_multiple_of(1000) => (Some((time / 1000) as i32), b"s"),
            Some(time) => (Some(time as i32), b"ms"),
        }
    }

    /// The end of this time if it begins at `now`, in nanoseconds of the same clock; [`NEVER`] for [`FOREVER`](Self::FOREVER).
    ///
    /// Where the clock is [`UNREADABLE`] the time is over at once: 0.
    #[inline(never)]
    pub fn after(self, now: u64) -> u64 {
        match self.as_milliseconds() {
            None => NEVER,
            Some(_) if now == UNREADABLE => 0,
            Some(time) => now.wrapping_add(u64::from(time) * 1_000_000),
        }
    }

    /// Reads `5` or `5s` (seconds), `500ms`, `2m`, `1h` or `inf`: up to 24 days, no sign, no fraction.
    #[inline(never)]
    pub fn parse(mut text: &[u8]) -> Option<Self> {
        if text == b"inf" {
            return Some(Self::FOREVER);
        }
        let number = number::take(&mut text)?;
        let unit = match text {
            b"ms" => 1,
            b"" | b"s" => 1000,
            b"m" => 60 * 1000,
            b"h" => 60 * 60 * 1000,
            _ => return None,
        };
        let time = u64::from(number) * unit;
        (time <= Self::LONGEST.into()).then_some(Self(time as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, milliseconds) in [
            (&b"0"[..], Some(0)),
            (b"5", Some(5000)),
            (b"5s", Some(5000)),
            (b"500ms", Some(500)),
            (b"2m", Some(120_000)),
            (b"1h", Some(3_600_000)),
            (b"576h", Some(24 * 86_400_000)),
            (b"inf", None),
        ] {
            assert_eq!(Time::parse(text).map(Time::as_milliseconds), Some(milliseconds), "{text:?}");
        }
    }

    #[test]
    fn after_a_point_of_time() {
        assert_eq!(Time::seconds(2).after(5), 2_000_000_005);
        assert_eq!(Time::NONE.after(5), 5);
        assert_eq!(Time::FOREVER.after(5), NEVER);
        assert_eq!([Time::seconds(2), Time::NONE, Time::FOREVER].map(|time| time.after(UNREADABLE)), [0, 0, NEVER]);
    }

    #[test]
    fn nanoseconds_in_seconds() {
        let longest = u64::from(Time::LONGEST) * 1_000_000;
        for time in [0, 1, 999_999_999, 1_000_000_000, 1_999_999_999, 2_000_000_000, 86_400_000_000_001, longest - 1, longest] {
            assert_eq!(in_seconds(time), ((time / 1_000_000_000) as u32, (time % 1_000_000_000) as u32), "{time}");
        }
    }

    #[test]
    fn a_clock_that_cannot_be_read_is_at_the_end_of_all_times_but_those_without_end() {
        assert!(Time(Time::LONGEST).after(NEVER / 2) < UNREADABLE && UNREADABLE < NEVER);
    }

    #[test]
    fn times_as_a_person_writes_them() {
        for text in [&b"0s"[..], b"5s", b"1ms", b"1001ms", b"2073600s", b"inf"] {
            let (number, unit) = Time::parse(text).unwrap().parts();
            let number = number.map(|number| number::Decimal::new(number as u32));
            assert_eq!([number.as_ref().map_or(&b""[..], number::Decimal::bytes), unit].concat(), text);
        }
    }

    #[test]
    fn not_times() {
        for text in [&b""[..], b"s", b"ms", b"-1", b"+1", b"1.5", b"1d", b"1 s", b"INF", b"577h", b"2073600001ms", b"4294967296", b"1ss"] {
            assert_eq!(Time::parse(text), None, "{text:?}");
        }
    }
}
