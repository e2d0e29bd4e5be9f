//! How a program ended, and the exit status that the init makes of it.

/// The init failed before the program was started: the status that env(1), timeout(1) and Docker use.
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
    /// Decodes the status that wait4(2) gives for a process that ended.
    pub fn from_wait(status: i32) -> Self {
        match (status & 0x7f) as u8 {
            0 => Self::Exited((status >> 8) as u8),
            signal => Self::Killed(signal),
        }
    }

    /// The signal that stopped a process, from its status in the form of wait4(2); `None` if the process ended.
    pub fn stopped(status: i32) -> Option<u8> {
        (status & 0xff == 0x7f).then_some((status >> 8) as u8)
    }

    /// Whether a core was dumped, from a status in the form of wait4(2).
    pub fn dumped(status: i32) -> bool {
        status & 0x80 != 0
    }

    /// The status of a process that exited; 128 + n if signal n ended it.
    #[inline]
    pub fn status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Killed(signal) => 128 + signal,
        }
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
}
