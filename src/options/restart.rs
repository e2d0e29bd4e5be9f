//! The value of `--restart`: how often the program is started again, and when.

use crate::number;
use crate::table;
use crate::time::Time;

/// As often as the program ends: `inf`. No number that is read is as large.
pub const WITHOUT_END: u32 = u32::MAX;

/// How often the program is started again, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// How often; [`WITHOUT_END`] stands for `inf`.
    pub times: u32,
    /// How long after the program's end.
    pub after: Time,
    /// Whether the environment variable says so.
    pub in_variable: bool,
}

impl Restart {
    /// The program is not started again.
    pub const NEVER: Self = Self { times: 0, after: Time::seconds(1), in_variable: false };

    /// Reads `N` or `N:TIME`, with `inf` as N for restarts without end. `in_variable` is where that stands.
    pub fn parse(value: &[u8], in_variable: bool) -> Option<Self> {
        let mut time = value;
        let times = table::cut(&mut time, b':');
        let after = if times.len() == value.len() { Self::NEVER.after } else { Time::parse(table::trim(time))? };
        let times = match table::trim(times) {
            b"inf" => WITHOUT_END,
            number => number::parse(number)?,
        };
        Some(Self { times, after, in_variable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_time() {
        for (value, times, after) in [
            (&b"0"[..], 0, Time::seconds(1)),
            (b"3", 3, Time::seconds(1)),
            (b"3:0", 3, Time::NONE),
            (b" 3 : 500ms ", 3, Time::milliseconds(500)),
            (b"inf", WITHOUT_END, Time::seconds(1)),
            (b"inf:2m", WITHOUT_END, Time::seconds(120)),
            (b"1:inf", 1, Time::FOREVER),
            (b"4294967294", u32::MAX - 1, Time::seconds(1)),
        ] {
            for in_variable in [false, true] {
                assert_eq!(Restart::parse(value, in_variable), Some(Restart { times, after, in_variable }), "{value:?}");
            }
        }
    }

    #[test]
    fn not_values() {
        for value in
            [&b""[..], b":", b"3:", b":1s", b"-1", b"+1", b"x", b"INF", b"infinite", b"3:1d", b"3:1s:1s", b"1.5", b"3 4", b"4294967295"]
        {
            assert_eq!(Restart::parse(value, false), None, "{value:?}");
        }
    }
}
