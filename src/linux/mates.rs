//! The other inits of the same job, as in a pipeline of two: credentials(7). They are found through /proc.

use core::ffi::CStr;

use rustix::fs;
use rustix::process::getpid;
use scratch_init::number::{self, Decimal};
use scratch_init::proc::{self, Stat};
use scratch_init::signals::Received;

use super::files::{Directory, is_null, read_file};
use super::path::Path;
use super::process::group_of;
use super::signals::queue;

/// Whether this process group is that of the program of another init in the same job, as in a pipeline of two. Two such inits
/// take turns with the terminal. An init that a script starts with `&` takes no turn: its standard input is /dev/null.
pub fn is_of_mate(group: i32) -> bool {
    let mut path = Path::new();
    !is_null()
        && has_proc()
        && path.join(&[b"/proc/", Decimal::new(group as u32).bytes(), b"/stat"])
        && stat(path.as_c_str()).is_some_and(|(_, stat)| is_mate(stat.parent))
}

/// Whether process `pid` is another init in the same job: a process of the init's own group with the same executable file.
fn is_mate(pid: u32) -> bool {
    let own = group_of(0);
    let mut path = Path::new();
    pid != 0
        && pid != getpid().as_raw_pid() as u32
        && own != 0
        && group_of(pid as i32) == own
        && path.join(&[b"/proc/", Decimal::new(pid).bytes(), b"/exe"])
        && matches!((fs::stat(path.as_c_str()), fs::stat(c"/proc/self/exe")),
            (Ok(its), Ok(own)) if (its.st_dev, its.st_ino) == (own.st_dev, own.st_ino))
}

/// Whether there is a /proc of the init's own PID namespace.
fn has_proc() -> bool {
    stat(c"/proc/self/stat").is_some_and(|(pid, _)| pid == getpid().as_raw_pid() as u32)
}

fn stat(path: &CStr) -> Option<(u32, Stat)> {
    proc::stat(read_file(path, &mut [0; 256], 0).ok()?)
}

/// Queues a signal for each other init in the same job.
#[inline(never)]
pub fn tell_mates(key: &Received) {
    let Ok(proc) = Directory::open(c"/proc") else { return };
    if !has_proc() {
        return;
    }
    let mut buffer = [0; 1024];
    while let Ok(mut entries) = proc.read(&mut buffer)
        && !entries.is_empty()
    {
        while let Some(name) = proc::entry(&mut entries) {
            if let Some(pid) = number::parse(name)
                && is_mate(pid)
            {
                let _ = queue(key, pid as i32, key.signal());
            }
        }
    }
}
