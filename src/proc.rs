//! What files of /proc say: proc(5).

use crate::{number, table};

/// The PID and the parent's PID in the beginning of a `/proc/PID/stat`.
///
/// The name in it, in parentheses, may hold anything, parentheses too; behind it is none.
pub fn stat(mut text: &[u8]) -> Option<(u32, u32)> {
    let pid = number::take(&mut text)?;
    let end = text.iter().rposition(|&byte| byte == b')')?;
    // The state, and blanks around it.
    let mut parent = text.get(end + 4..)?;
    Some((pid, number::take(&mut parent)?))
}

/// How many processes of a cgroup were killed for want of memory: the line `oom_kill N` of its `memory.events`
/// (cgroup v2) or `memory.oom_control` (v1); 0 if there is none.
pub fn oom_kills(mut text: &[u8]) -> u32 {
    while !text.is_empty() {
        if table::cut(&mut text, table::BLANK) == b"oom_kill" {
            return number::take(&mut text).unwrap_or(0);
        }
    }
    0
}

/// Takes the first entry off what getdents64(2) gave, and returns its name.
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
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        assert_eq!(stat(b"7 (sh) S 3 7 7 0"), Some((7, 3)));
        assert_eq!(stat(b"7 (a) R 9 (b)) Z 12 7"), Some((7, 12)));
        assert_eq!(stat(b"7 ()) S 0 7"), Some((7, 0)));
        for cut_short in ["", "7", "7 (sh", "7 (sh)", "7 (sh) S", "7 (sh) S "] {
            assert_eq!(stat(cut_short.as_bytes()), None);
        }
        let own = std::fs::read("/proc/self/stat").unwrap();
        assert_eq!(stat(&own), Some((std::process::id(), std::os::unix::process::parent_id())));
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
