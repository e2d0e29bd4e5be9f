//! What a walk of /proc needs: the list of the processes, pidfds, and memory for a table.

use core::ptr::{self, NonNull};

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::getppid;
use scratch_init::errno::{EINVAL, ENOENT, ESRCH};
use scratch_init::number::{self, Decimal};
use scratch_init::proc::{self, Stat};
use scratch_init::walk;

use super::call::{Result, persist, persistent, result};
use super::files::{Descriptor, Directory};
use super::path::Path;
use super::signals;

/// The list of the processes in /proc.
pub struct Listing {
    directory: Directory,
    /// A buffer of directory entries. Those from `from` to `to` were not returned yet.
    entries: [u8; 2048],
    from: usize,
    to: usize,
    path: Path,
}

impl Listing {
    /// Opens the list. `own` is the init's PID.
    ///
    /// # Errors
    /// ENOENT if there is no /proc of the init's own PID namespace; those of open(2).
    pub fn open(own: u32) -> Result<Self> {
        let directory = Directory::open(c"/proc")?;
        let mut listing = Self { directory, entries: [0; 2048], from: 0, to: 0, path: Path::new() };
        if listing.is_ours(own)? { Ok(listing) } else { Err(ENOENT) }
    }

    /// Whether this /proc is that of the init's own PID namespace. In another namespace the init's PID, or at least its parent's
    /// PID, is different.
    fn is_ours(&mut self, own: u32) -> Result<bool> {
        // The parent may end between the two calls: then they are made again.
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
        // Room for all 52 fields.
        let mut buffer = [0; 1024];
        match self.directory.read_file(self.path.as_c_str(), &mut buffer) {
            Ok(text) => proc::stat(text).ok_or(EINVAL),
            // The process ended before the file was opened (ENOENT) or before it was read (ESRCH).
            Err(ENOENT | ESRCH) => Err(ESRCH),
            Err(errno) => Err(errno),
        }
    }
}

impl walk::Processes for Listing {
    type Pin = Pinned;
    type Table = Table;

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

    fn pin(&mut self, pid: u32) -> Option<Pinned> {
        Pinned::open(pid)
    }

    fn rewind(&mut self) -> Result<()> {
        self.directory.rewind()
    }

    fn table(&mut self, count: usize) -> Table {
        Table::new(count)
    }

    fn send(&mut self, to: &Pinned, signal: u8) {
        to.signal(signal);
    }
}

/// A handle to one process, by its PID and a pidfd: pidfd_open(2). The pidfd never refers to another process, even if the PID is
/// reused.
pub struct Pinned(u32, Option<Descriptor>);

impl Pinned {
    /// A handle to process `pid`, if there is such a process.
    fn open(pid: u32) -> Option<Self> {
        // SAFETY: takes numbers.
        match Descriptor::opened(unsafe { persistent(k::__NR_pidfd_open, pid as usize, 0, 0, 0) }) {
            Ok(fd) => Some(Self(pid, Some(fd))),
            Err(ESRCH | EINVAL) => None,
            // Before Linux 5.3, or if a seccomp filter forbids the call, or with too many open files: only by the PID.
            Err(_) => Some(Self(pid, None)),
        }
    }

    /// Sends a signal to the process: pidfd_send_signal(2).
    fn signal(&self, signal: u8) {
        let sent = match &self.1 {
            // SAFETY: a descriptor and numbers, and no siginfo.
            Some(fd) => result(unsafe { persistent(k::__NR_pidfd_send_signal, fd.number(), signal.into(), 0, 0) }),
            None => Err(0),
        };
        // If a seccomp filter forbids the call, the signal goes to the PID: any errno but ESRCH means that the process has not
        // ended.
        if sent.is_err_and(|errno| errno != ESRCH) {
            let _ = signals::send(self.0 as i32, signal);
        }
    }
}

/// A table in memory of its own, which is given back when the table is dropped.
pub struct Table(NonNull<walk::Process>, usize);

impl Table {
    /// Room for `count` processes; an empty table if there is no memory.
    fn new(count: usize) -> Self {
        let size = count.saturating_mul(size_of::<walk::Process>());
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the kernel chooses the address, so no memory in use is touched.
        let mapped = persist(|| unsafe { mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE) }.map_err(Errno::raw_os_error));
        match mapped.ok().and_then(NonNull::new) {
            Some(address) => Self(address.cast(), count),
            None => Self(NonNull::dangling(), 0),
        }
    }
}

impl AsMut<[walk::Process]> for Table {
    fn as_mut(&mut self) -> &mut [walk::Process] {
        // SAFETY: the memory has this size, belongs to the table alone and begins a page. It is zero at first, and zero bytes are
        // a valid `Process`. Without memory the length is 0, and the address is aligned.
        unsafe { core::slice::from_raw_parts_mut(self.0.as_ptr(), self.1) }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.1 > 0 {
            // SAFETY: the memory was mapped with this size, and is no longer borrowed.
            let _ = unsafe { munmap(self.0.as_ptr().cast(), self.1 * size_of::<walk::Process>()) };
        }
    }
}
