//! The signals' names and kinds: signal(7).

use crate::{number, table};

/// The highest signal number.
pub const LAST: u8 = 64;
/// The first real-time signal as glibc, Docker and Podman count: libc keeps 32 and 33 for itself.
pub const RTMIN: u8 = 34;
/// The last real-time signal.
pub const RTMAX: u8 = LAST;

/// signal(7), the numbers that x86, Arm and RISC-V share.
pub const HUP: u8 = 1;
/// Interrupt from the keyboard.
pub const INT: u8 = 2;
/// Quit from the keyboard.
pub const QUIT: u8 = 3;
/// The end that cannot be caught.
pub const KILL: u8 = 9;
/// A write that nobody reads.
pub const PIPE: u8 = 13;
/// The request to end.
pub const TERM: u8 = 15;
/// A child ended or stopped.
pub const CHLD: u8 = 17;
/// Go on after a stop.
pub const CONT: u8 = 18;
/// The stop that cannot be caught.
pub const STOP: u8 = 19;
/// A stop from the keyboard.
pub const TSTP: u8 = 20;
/// A background process reads from the terminal.
pub const TTIN: u8 = 21;
/// A background process writes to the terminal.
pub const TTOU: u8 = 22;

/// A file grew beyond its limit.
pub const XFSZ: u8 = 25;

/// A signal that reached the init, and what belongs to it: signalfd(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its number.
    pub signal: u8,
    /// Why it was sent: `si_code` of sigaction(2).
    pub code: i32,
    /// Who sent it.
    pub pid: i32,
    /// As which user.
    pub uid: u32,
    /// The value that was queued with it: sigqueue(3).
    pub value: u64,
}

impl Received {
    /// None, where one is wanted: no process sent it, and no value is queued with it.
    pub const NONE: Self = Self { signal: 0, code: 0, pid: 0, uid: 0, value: 0 };

    /// Whether a value was queued with it.
    pub fn queued(&self) -> bool {
        self.code == linux_raw_sys::general::SI_QUEUE
    }
}

/// The names, without `SIG`; where a number has two the one it is called by comes first. The real-time
/// signals have numbers only.
pub const NAMES: &[u8] = b"\x01HUP\0\x02INT\0\x03QUIT\0\x04ILL\0\x05TRAP\0\x06ABRT\0\x06IOT\0\x07BUS\0\
    \x08FPE\0\x09KILL\0\x0aUSR1\0\x0bSEGV\0\x0cUSR2\0\x0dPIPE\0\x0eALRM\0\x0fTERM\0\x10STKFLT\0\
    \x11CHLD\0\x11CLD\0\x12CONT\0\x13STOP\0\x14TSTP\0\x15TTIN\0\x16TTOU\0\x17URG\0\x18XCPU\0\
    \x19XFSZ\0\x1aVTALRM\0\x1bPROF\0\x1cWINCH\0\x1dIO\0\x1dPOLL\0\x1ePWR\0\x1fSYS\0";

/// A number 1–64, or a name with or without `SIG` in any case, `RTMIN`, `RTMIN+n`, `RTMAX-n`, `RTMAX`.
pub fn parse(text: &[u8]) -> Option<u8> {
    if let Some(number) = number::parse(text) {
        return u8::try_from(number).ok().filter(|number| (1..=LAST).contains(number));
    }
    let name = without(text, b"SIG").unwrap_or(text);
    if let Some(up) = without(name, b"RTMIN") {
        return Some(RTMIN + distance(up, b'+')?);
    }
    if let Some(down) = without(name, b"RTMAX") {
        return Some(RTMAX - distance(down, b'-')?);
    }
    Some(table::key(NAMES, name)).filter(|&number| number != 0)
}

/// `text` without `prefix`.
#[inline(always)]
fn without<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    if table::starts(text, prefix) { text.get(prefix.len()..) } else { None }
}

/// The number behind `sign`, no more than there are real-time signals; 0 if there is nothing at all.
fn distance(text: &[u8], sign: u8) -> Option<u8> {
    match text {
        [] => Some(0),
        [first, digits @ ..] if *first == sign => number::parse(digits)?.try_into().ok().filter(|&distance| distance <= RTMAX - RTMIN),
        _ => None,
    }
}

/// Whether this one asks a container to end: TERM, INT and QUIT.
pub fn stops(signal: u8) -> bool {
    matches!(signal, TERM | INT | QUIT)
}

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
    fn each_of_the_31_has_a_name_that_reads_back() {
        for signal in 1..32 {
            assert_eq!(parse(table::name(NAMES, signal)), Some(signal));
        }
        assert_eq!(table::name(NAMES, TERM), b"TERM");
        assert_eq!(table::name(NAMES, CHLD), b"CHLD");
        assert_eq!(table::name(NAMES, 32), b"");
    }
}
