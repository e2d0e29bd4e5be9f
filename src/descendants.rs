//! The init's descendants, where it is not PID 1: children, their children, and so on, and the orphans
//! that came to it. The walk itself is the library's; this is what /proc says for it.

use rustix::process::{getpid, getppid};

use scratch_init::errno::{self, EINVAL, ENOENT, ESRCH};
use scratch_init::number::{self, Decimal};
use scratch_init::proc::{self, Stat};
use scratch_init::walk::{self, Processes, Unseen};

use crate::Init;
use crate::forward::group;
use crate::report::Word;
use crate::sys::{Directory, Process, Result, Table, Text};
use crate::verbose::note;

/// Sends a signal to each; and to the program's process group, as far as not all of them can be seen.
///
/// No PID that was reused is signalled. One that is born meanwhile can be missed, and is met the next time.
///
/// # Errors
/// Those of sending it to the group.
#[inline(never)]
pub fn signal(init: &Init, signal: u8) -> Result<()> {
    let own = getpid().as_raw_pid() as u32;
    let mut listing = match Directory::open(c"/proc") {
        Ok(directory) => Listing { init, signal, directory, entries: [0; 2048], from: 0, to: 0, path: Text::new(), sent: Ok(()) },
        Err(errno) => return instead(init, signal, errno),
    };
    match listing.is_ours(own) {
        Ok(true) => {}
        Ok(false) => return instead(init, signal, ENOENT),
        Err(errno) => return instead(init, signal, errno),
    }
    // Some more may be born until they are looked at.
    let mut count = 64;
    while let Ok(Some(_)) = listing.next() {
        count += 1;
    }
    if let Err(errno) = listing.directory.rewind() {
        return instead(init, signal, errno);
    }
    let mut table = Table::new(count + count / 4);
    walk::walk(&mut listing, own, table.rows());
    listing.sent
}

/// /proc is not there, or cannot be read at all: the group has to do.
fn instead(init: &Init, signal: u8, errno: i32) -> Result<()> {
    if errno == ENOENT {
        note(&init.options, 1, Word::NoProc, b"", signal.into());
        group(init, signal)
    } else {
        cover(init, signal, Unseen::Errno(errno))
    }
}

/// The group as well as those that can be seen.
fn cover(init: &Init, signal: u8, why: Unseen) -> Result<()> {
    match why {
        Unseen::Hidden => note(&init.options, 1, Word::HiddenProc, b"", signal.into()),
        Unseen::Errno(errno) => note(&init.options, 1, Word::UnreadProc, errno::name(errno), signal.into()),
    }
    group(init, signal)
}

/// /proc, and whom what is sent to.
struct Listing<'a> {
    init: &'a Init,
    signal: u8,
    directory: Directory,
    /// What was listed; from there on it is to come.
    entries: [u8; 2048],
    from: usize,
    to: usize,
    path: Text,
    /// What came of sending it to the group.
    sent: Result<()>,
}

impl Listing<'_> {
    /// Whether this /proc is of the init's own PID namespace: in another one its number, or at least its parent's, is another.
    fn is_ours(&mut self, own: u32) -> Result<bool> {
        // The parent may end meanwhile.
        for _ in 0..3 {
            let parent = getppid();
            match self.stat(b"self") {
                Ok((pid, stat)) if pid == own => {
                    if stat.parent == parent.map_or(0, |parent| parent.as_raw_pid() as u32) {
                        return Ok(true);
                    }
                }
                Ok(_) | Err(ESRCH) => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(false)
    }

    fn stat(&mut self, name: &[u8]) -> Result<(u32, Stat)> {
        self.path.join(&[name, b"/stat"]);
        // All the 52 numbers and the name.
        let mut buffer = [0; 1024];
        match self.directory.read_file(self.path.as_c_str(), &mut buffer) {
            Ok(text) => proc::stat(text).ok_or(EINVAL),
            // It was there to be opened, but not to be read; or not even that.
            Err(ENOENT | ESRCH) => Err(ESRCH),
            Err(errno) => Err(errno),
        }
    }
}

impl Processes for Listing<'_> {
    type Pin = Process;

    fn next(&mut self) -> Result<Option<u32>> {
        loop {
            let mut entries = self.entries.get(self.from..self.to).unwrap_or_default();
            while let Some(name) = proc::entry(&mut entries) {
                self.from = self.to - entries.len();
                if let Some(pid) = number::parse(name) {
                    return Ok(Some(pid));
                }
            }
            self.from = 0;
            self.to = 0;
            self.to = self.directory.read(&mut self.entries)?.len();
            if self.to == 0 {
                return Ok(None);
            }
        }
    }

    fn look(&mut self, pid: u32) -> Result<Stat> {
        self.stat(Decimal::new(pid).bytes()).map(|(_, stat)| stat)
    }

    fn pin(&mut self, pid: u32) -> Option<Process> {
        Process::open(pid)
    }

    fn send(&mut self, to: &Process) {
        to.signal(self.signal);
    }

    fn group(&mut self, why: Unseen) -> Option<u32> {
        self.sent = cover(self.init, self.signal, why);
        self.sent.is_ok().then_some(self.init.program as u32)
    }
}
