//! The init's descendants, where it is not PID 1: children, their children, and so on, and the orphans
//! that came to it.

use core::ffi::CStr;

use rustix::process::getpid;

use scratch_init::number::{self, Decimal};
use scratch_init::proc;

use crate::sys::{Directory, Process, Text, read_file};

/// Sends a signal to each; `false` if there is no /proc, or one of another PID namespace.
///
/// No PID that was reused is signalled: the process is pinned by a pidfd first, and its line of
/// ancestors looked at then. One that is born meanwhile can be missed, and is met the next time.
#[inline(never)]
pub fn signal(signal: u8) -> bool {
    let own = getpid().as_raw_pid() as u32;
    let Some(directory) = Directory::open(c"/proc") else { return false };
    if stat(c"/proc/self/stat").is_none_or(|(pid, _)| pid != own) {
        return false;
    }
    let mut text = Text::new();
    let mut buffer = [0; 1024];
    loop {
        let mut entries = match directory.read(&mut buffer) {
            Ok([]) => return true,
            Ok(entries) => entries,
            Err(_) => return false,
        };
        while let Some(name) = proc::entry(&mut entries) {
            if let Some(pid) = number::parse(name)
                && let Some(process) = Process::open(pid)
                && descends(pid, own, &mut text)
            {
                process.signal(signal);
            }
        }
    }
}

/// Whether process `ancestor` is above process `pid`.
fn descends(pid: u32, ancestor: u32, text: &mut Text) -> bool {
    let mut below = pid;
    while let Some(parent) = parent(below, text) {
        if parent == ancestor {
            return true;
        }
        if parent == 0 {
            return false;
        }
        // If the parent ends now, its child gets another; and then its number could be another's.
        let above = self::parent(parent, text);
        if above.is_none() || self::parent(below, text) != Some(parent) {
            below = pid;
        } else {
            below = parent;
        }
    }
    false
}

fn parent(pid: u32, text: &mut Text) -> Option<u32> {
    text.join(&[b"/proc/", Decimal::new(pid).bytes(), b"/stat"]);
    Some(stat(text.as_c_str())?.1)
}

fn stat(path: &CStr) -> Option<(u32, u32)> {
    // What is asked for is in the first few of its bytes.
    let mut buffer = [0; 256];
    proc::stat(read_file(path, &mut buffer, 0).ok()?)
}
