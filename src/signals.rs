//! Names, numbers and sets of signals: signal(7).

use crate::{number, rooms, table};

/// The highest signal number.
pub const LAST: u8 = 64;
/// The last standard signal: the real-time signals follow.
pub const LAST_STANDARD: u8 = 31;
/// The first real-time signal, as glibc, Docker and Podman count: libc keeps 32 and 33 for itself.
pub const RTMIN: u8 = 34;
/// The last real-time signal.
pub const RTMAX: u8 = LAST;

/// A hang-up of the terminal. (x86, Arm and RISC-V have the same signal numbers: signal(7).)
pub const HUP: u8 = 1;
/// Interrupt from the keyboard.
pub const INT: u8 = 2;
/// Quit from the keyboard.
pub const QUIT: u8 = 3;
/// A breakpoint, or the end of execve(2) in a traced process.
pub const TRAP: u8 = 5;
/// Ends a process; cannot be caught.
pub const KILL: u8 = 9;
/// User-defined signal 1.
pub const USR1: u8 = 10;
/// User-defined signal 2.
pub const USR2: u8 = 12;
/// A write to a pipe without a reader.
pub const PIPE: u8 = 13;
/// The request to end.
pub const TERM: u8 = 15;
/// A child ended or stopped.
pub const CHLD: u8 = 17;
/// Continues a stopped process.
pub const CONT: u8 = 18;
/// Stops a process; cannot be caught.
pub const STOP: u8 = 19;
/// A stop from the keyboard.
pub const TSTP: u8 = 20;
/// A background process reads from the terminal.
pub const TTIN: u8 = 21;
/// A background process writes to the terminal.
pub const TTOU: u8 = 22;

/// A file grew beyond its limit.
pub const XFSZ: u8 = 25;

/// The terminal changed its size.
pub const WINCH: u8 = 28;

/// A signal that reached the init, with its details: signalfd(2).
///
/// There is no padding between the fields, so one memset(3) clears many of these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The value that was queued with it: sigqueue(3).
    pub value: u64,
    /// Its number.
    pub signo: u32,
    /// Why it was sent: `si_code` of sigaction(2).
    pub code: i32,
    /// The sender's PID.
    pub pid: i32,
    /// The sender's user.
    pub uid: u32,
}

impl Received {
    /// No signal. It stands in for a signal that the init sends by itself: without a sender and without a value.
    pub const NONE: Self = Self { value: 0, signo: 0, code: 0, pid: 0, uid: 0 };

    /// Its number.
    pub fn signal(&self) -> u8 {
        self.signo as u8
    }

    /// Whether a value was queued with it.
    pub fn queued(&self) -> bool {
        self.code == linux_raw_sys::general::SI_QUEUE
    }
}

/// Signals as signalfd(2) tells of them: a `struct signalfd_siginfo` of 128 bytes for each.
///
/// (One array of numbers takes the least code to clear.)
#[repr(C, align(8))]
pub struct Batch([u32; Self::WORDS * Self::SIZE]);

impl Batch {
    /// How many signals are taken at a time.
    pub const SIZE: usize = if rooms::DEADLINES { 8 } else { 2 };

    /// The words of a record.
    const WORDS: usize = 32;

    /// All of it zero.
    pub const NONE: Self = Self([0; _]);

    /// The signals in their order.
    pub fn signals(&self) -> impl Iterator<Item = Received> {
        let (records, _) = self.0.as_chunks::<{ Self::WORDS }>();
        records.iter().map(|words| {
            // ssi_signo, ssi_code, ssi_pid, ssi_uid, and the two words of ssi_ptr.
            let [[a, b, c, d], [e, f, g, h]] = [words[12], words[13]].map(u32::to_ne_bytes);
            Received {
                value: u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
                signo: words[0],
                code: words[2] as i32,
                pid: words[3] as i32,
                uid: words[4],
            }
        })
    }

    /// Sets the first signals, as a simulated kernel does. Returns how many there were.
    pub fn fill(&mut self, signals: impl Iterator<Item = Received>) -> usize {
        let (records, _) = self.0.as_chunks_mut::<{ Self::WORDS }>();
        let mut count = 0;
        for (words, Received { value, signo, code, pid, uid }) in records.iter_mut().zip(signals) {
            let [a, b, c, d, e, f, g, h] = value.to_ne_bytes();
            [words[12], words[13]] = [[a, b, c, d], [e, f, g, h]].map(u32::from_ne_bytes);
            [words[0], words[2], words[3], words[4]] = [signo, code as u32, pid as u32, uid];
            count += 1;
        }
        count
    }
}

/// The names, without `SIG`. If a number has two names, the usual one comes first. The real-time signals between RTMIN and RTMAX
/// have no names of their own.
pub const NAMES: &[u8] = b"\x01HUP\0\x02INT\0\x03QUIT\0\x04ILL\0\x05TRAP\0\x06ABRT\0\x06IOT\0\x07BUS\0\
    \x08FPE\0\x09KILL\0\x0aUSR1\0\x0bSEGV\0\x0cUSR2\0\x0dPIPE\0\x0eALRM\0\x0fTERM\0\x10STKFLT\0\
    \x11CHLD\0\x11CLD\0\x12CONT\0\x13STOP\0\x14TSTP\0\x15TTIN\0\x16TTOU\0\x17URG\0\x18XCPU\0\
    \x19XFSZ\0\x1aVTALRM\0\x1bPROF\0\x1cWINCH\0\x1dIO\0\x1dPOLL\0\x1ePWR\0\x1fSYS\0\
    \x22RTMIN\0\x40RTMAX\0";

/// Reads a signal: a number 1–64, or a name in any case, with or without `SIG`; also `RTMIN+n` and `RTMAX-n`.
#[inline(never)]
pub fn parse(mut text: &[u8]) -> Option<u8> {
    if let Some(number) = number::parse(text) {
        return (1..=u32::from(LAST)).contains(&number).then_some(number as u8);
    }
    if table::starts(text, b"SIG") {
        text = text.get(3..)?;
    }
    let number = table::key(NAMES, text);
    if number != 0 {
        return Some(number);
    }
    // RTMIN and RTMAX may be followed by a sign and a number.
    let (base, [sign, distance @ ..]) = text.split_at_checked(b"RTMIN".len())? else { return None };
    let distance = number::parse(distance).filter(|&distance| distance <= u32::from(RTMAX - RTMIN))? as u8;
    match (table::key(NAMES, base), sign) {
        (RTMIN, b'+') => Some(RTMIN + distance),
        (RTMAX, b'-') => Some(RTMAX - distance),
        _ => None,
    }
}

/// A set of signals. (A `match` over these numbers would be larger.)
#[derive(Clone, Copy)]
pub struct Set(u64);

impl Set {
    /// The set of these signals. [`LAST`] cannot be in a set.
    pub const fn of(mut signals: &[u8]) -> Self {
        let mut set = Self(0);
        while let [signal, rest @ ..] = signals {
            set.0 |= 1 << *signal;
            signals = rest;
        }
        set
    }

    /// Whether `signal` is in it.
    pub const fn has(self, signal: u8) -> bool {
        self.0 >> (signal & 63) & 1 != 0
    }
}

/// The signals that ask a container to end.
pub const STOPS: Set = Set::of(&[TERM, INT, QUIT]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (text, number) in [
            (&b"TERM"[..], 15),
            (b"sigterm", 15),
            (b"SigInt", 2),
            (b"1", 1),
            (b"64", 64),
            (b"32", 32),
            (b"rtmin", 34),
            (b"SIGRTMIN+1", 35),
            (b"RTMIN+30", 64),
            (b"RTMAX", 64),
            (b"RTMAX-30", 34),
            (b"iot", 6),
            (b"poll", 29),
            (b"cld", 17),
            (b"SYS", 31),
        ] {
            assert_eq!(parse(text), Some(number), "{text:?}");
        }
        for text in [
            &b""[..],
            b"SIG",
            b"0",
            b"65",
            b"-1",
            b"TER",
            b"TERMS",
            b"SIGSIGTERM",
            b"RTMIN+",
            b"RTMIN-1",
            b"RTMIN+31",
            b"RTMAX+1",
            b"RTMAX-31",
            b"RTMINX",
            b"321",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn sets() {
        for signal in 1..=LAST {
            assert_eq!(STOPS.has(signal), [TERM, INT, QUIT].contains(&signal));
        }
    }

    #[test]
    fn each_of_the_31_has_a_name_that_reads_back() {
        for signal in 1..32 {
            assert_eq!(parse(table::name(NAMES, signal)), Some(signal));
        }
        assert_eq!(table::name(NAMES, TERM), b"TERM");
        assert_eq!(table::name(NAMES, CHLD), b"CHLD");
        assert_eq!(table::name(NAMES, 32), b"");
    }
}
