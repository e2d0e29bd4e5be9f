//! The contents of files in /proc: proc(5).

use crate::{number, table};

/// What `/proc/PID/stat` says about a process. A value of all zero bytes is valid.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// When the process began, in clock ticks (1/100 s) since boot.
    pub start: u64,
    /// Its parent's PID; 0 if the parent is outside of the PID namespace.
    pub parent: u32,
    /// Its process group; 0 if the group is outside of the PID namespace.
    pub group: u32,
}

impl Stat {
    /// Whether two values with the same PID are of the same process. For two processes with one PID and one start, all PIDs would
    /// have to be used up within a tick.
    pub fn same(&self, other: &Self) -> bool {
        self.start == other.start
    }
}

/// Reads the text of a `/proc/PID/stat`: the PID, and the rest. `None` if the text is incomplete.
///
/// The process's name stands in parentheses and may hold anything, even parentheses. No parenthesis follows it.
pub fn stat(mut text: &[u8]) -> Option<(u32, Stat)> {
    let pid = number::take(&mut text)?;
    let end = text.iter().rposition(|&byte| byte == b')')?;
    // Skips the parenthesis, the state and the blanks around the state.
    let mut fields = text.get(end..)?.get(4..)?.split(|&byte| byte == b' ');
    let parent = number::parse(fields.next()?)?;
    // A process that is about to disappear has group -1.
    let group = number::parse(fields.next()?).unwrap_or(0);
    let start = fields.nth(16)?.iter().fold(0u64, |ticks, digit| ticks.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))));
    Some((pid, Stat { start, parent, group }))
}

/// How many processes of a cgroup the out-of-memory killer has killed: the line `oom_kill N` of its `memory.events` (cgroup v2)
/// or `memory.oom_control` (v1); 0 without such a line.
pub fn oom_kills(mut text: &[u8]) -> u32 {
    while !text.is_empty() {
        if table::cut(&mut text, table::BLANK) == b"oom_kill" {
            return number::take(&mut text).unwrap_or(0);
        }
    }
    0
}

/// Removes the first entry from `entries`, which getdents64(2) has filled in, and returns the entry's name.
#[inline(never)]
pub fn entry<'a>(entries: &mut &'a [u8]) -> Option<&'a [u8]> {
    // struct linux_dirent64: d_ino, d_off, d_reclen, d_type, d_name.
    let size = u16::from_le_bytes(*entries.get(16..)?.first_chunk()?);
    let (entry, rest) = entries.split_at_checked(size.into())?;
    *entries = rest;
    Some(table::cut(&mut entry.get(19..)?, 0))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        // Field 22 is the start time.
        let rest = "6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 18446744073709551615 23";
        let of = |head: &str| stat(std::format!("{head} {rest}\n").as_bytes());
        let expected = |pid, parent, group| Some((pid, Stat { start: u64::MAX, parent, group }));
        assert_eq!(of("7 (sh) S 3 5"), expected(7, 3, 5));
        assert_eq!(of("7 (a) R 9 (b)) Z 12 5"), expected(7, 12, 5));
        assert_eq!(of("7 ()) S 0 0"), expected(7, 0, 0));
        assert_eq!(of("7 (a\nb\n) S 1 (c)\n) S 4194303 5"), expected(7, 4_194_303, 5));
        assert_eq!(of("4194304 (1 ) S 4194303 -1"), expected(4_194_304, 4_194_303, 0));
        for cut_short in ["", "7", "7 (sh", "7 (sh)", "7 (sh) S", "7 (sh) S ", "7 (sh) S 3 5 6 7", "7 (sh) S -1 5 6"] {
            assert_eq!(stat(cut_short.as_bytes()), None);
        }
        let own = std::fs::read("/proc/self/stat").unwrap();
        let (pid, of) = stat(&own).unwrap();
        assert_eq!((pid, of.parent), (std::process::id(), std::os::unix::process::parent_id()));
        let fields: std::vec::Vec<_> = std::str::from_utf8(&own).unwrap().rsplit_once(')').unwrap().1.split(' ').collect();
        assert_eq!((of.group.to_string().as_str(), of.start.to_string().as_str()), (fields[3], fields[20]));
    }

    #[test]
    fn kills_for_want_of_memory() {
        assert_eq!(oom_kills(b"low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n"), 4);
        assert_eq!(oom_kills(b"oom_kill_disable 0\nunder_oom 1\noom_kill 2\n"), 2);
        for none in [&b""[..], b"oom_kill", b"oom_kill \n", b"oom_kill x\n", b"oom_kill_disable 1\n", b"oom 3\n"] {
            assert_eq!(oom_kills(none), 0);
        }
    }

    #[test]
    fn entries_of_a_directory() {
        let mut bytes = std::vec::Vec::new();
        for name in [&b"1"[..], b"123456", b"self"] {
            bytes.extend([0; 16]);
            bytes.extend([32, 0, 4]);
            bytes.extend(name);
            bytes.resize(bytes.len().next_multiple_of(32), 0);
        }
        let mut rest = &bytes[..];
        assert_eq!(entry(&mut rest), Some(&b"1"[..]));
        assert_eq!(entry(&mut rest), Some(&b"123456"[..]));
        assert_eq!(entry(&mut rest), Some(&b"self"[..]));
        assert_eq!(entry(&mut rest), None);
        assert_eq!(entry(&mut &bytes[..20]), None, "cut short");
    }
}
