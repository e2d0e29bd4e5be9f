//! How a program ended, and the status that the init ends with for it.

/// The init failed before the program was started, as env(1), timeout(1) and Docker have it.
pub const FAILED: u8 = 125;
/// The program could not be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// The program was not found.
pub const NOT_FOUND: u8 = 127;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By exit(2), with this status.
    Exited(u8),
    /// By this signal.
    Killed(u8),
}

impl End {
    /// From the status that wait4(2) gives for a process that ended.
    pub fn from_wait(status: i32) -> Self {
        match (status & 0x7f) as u8 {
            0 => Self::Exited((status >> 8) as u8),
            signal => Self::Killed(signal),
        }
    }

    /// The signal that stopped a process, from the status that wait4(2) gives for it; `None` if it ended.
    pub fn stopped(status: i32) -> Option<u8> {
        (status & 0xff == 0x7f).then_some((status >> 8) as u8)
    }

    /// Whether a core was dumped, from the status that wait4(2) gives.
    pub fn dumped(status: i32) -> bool {
        status & 0x80 != 0
    }

    /// The program's own status; 128 + n when signal n ended it.
    pub fn status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Killed(signal) => signal | 128,
        }
    }
}

/// The status to end with for each that could be: `--exit`.
///
/// Each is kept as what it differs in from its place, so that a map of zeros changes nothing.
#[derive(Clone)]
pub struct Map([u8; 256]);

impl Map {
    /// Each status stays what it is.
    pub const UNCHANGED: Self = Self([0; 256]);

    /// End with `to` where the status would be `from`.
    pub fn set(&mut self, from: u8, to: u8) {
        self.0[usize::from(from)] = from ^ to;
    }

    /// What to end with for `status`.
    pub fn get(&self, status: u8) -> u8 {
        self.0[usize::from(status)] ^ status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_statuses() {
        for status in 0..=255 {
            assert_eq!(End::from_wait(i32::from(status) << 8), End::Exited(status));
        }
        for signal in 1..=64 {
            assert_eq!(End::from_wait(i32::from(signal)).status(), 128 + signal);
            assert_eq!(End::from_wait(i32::from(signal) | 0x80), End::Killed(signal), "with a core");
        }
    }

    #[test]
    fn stops_and_cores() {
        assert_eq!(End::stopped(0x137f), Some(19));
        assert_eq!(End::stopped(0x7f00), None);
        assert_eq!(End::stopped(0x7e), None);
        assert!(End::dumped(0x8b) && !End::dumped(0x0b) && !End::dumped(0x8000));
    }

    #[test]
    fn a_map_changes_what_it_was_told_to() {
        let mut map = Map::UNCHANGED;
        map.set(143, 0);
        map.set(0, 1);
        assert_eq!([map.get(143), map.get(0), map.get(1), map.get(255)], [0, 1, 1, 255]);
    }
}
