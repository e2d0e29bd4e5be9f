//! The value of `--restart`: how often the program is started again, and when.

use crate::number;
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

    /// Reads how often: a number, or `inf`. `None` if `text` is neither.
    pub fn times(text: &[u8]) -> Option<u32> {
        if text == b"inf" { Some(WITHOUT_END) } else { number::parse(text) }
    }
}
