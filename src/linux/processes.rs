//! What a walk of /proc needs: the list of the processes, one that is held by a descriptor, memory for a table.

use core::ptr::{self, NonNull};

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::getppid;
use scratch_init::errno::{EINVAL, ENOENT, ESRCH};
use scratch_init::number::{self, Decimal};
use scratch_init::proc::{self, Stat};
use scratch_init::walk;

use super::call::{Result, persist, result};
use super::files::{Descriptor, Directory};
use super::path::Path;
use super::{arch, signals};

/// The list in /proc.
pub struct Listing {
    directory: Directory,
    /// What was listed; from there on it is to come.
    entries: [u8; 2048],
    from: usize,
    to: usize,
    path: Path,
}

impl Listing {
    /// Opens it.
    ///
    /// # Errors
    /// ENOENT if there is no /proc of the PID namespace of the init, whose PID is `own`; those of open(2).
    pub fn open(own: u32) -> Result<Self> {
        let directory = Directory::open(c"/proc")?;
        let mut listing = Self { directory, entries: [0; 2048], from: 0, to: 0, path: Path::new() };
        if listing.is_ours(own)? { Ok(listing) } else { Err(ENOENT) }
    }

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

impl walk::Processes for Listing {
    type Pin = Process;
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

    fn pin(&mut self, pid: u32) -> Option<Process> {
        Process::open(pid)
    }

    fn rewind(&mut self) -> Result<()> {
        self.directory.rewind()
    }

    fn table(&mut self, count: usize) -> Table {
        Table::new(count)
    }

    fn send(&mut self, to: &Process, signal: u8) {
        to.signal(signal);
    }
}

/// A process that stays the same one, whatever becomes of its PID: pidfd_open(2).
pub struct Process(u32, Option<Descriptor>);

impl Process {
    /// Process `pid`, if there is one.
    fn open(pid: u32) -> Option<Self> {
        // SAFETY: takes numbers.
        match persist(|| result(unsafe { arch::syscall(k::__NR_pidfd_open, pid as usize, 0, 0, 0) })).and_then(Descriptor::above_2) {
            Ok(fd) => Some(Self(pid, Some(fd))),
            Err(ESRCH | EINVAL) => None,
            // Before Linux 5.3, forbidden, or too many open files: by its number then.
            Err(_) => Some(Self(pid, None)),
        }
    }

    /// Sends it a signal: pidfd_send_signal(2).
    fn signal(&self, signal: u8) {
        let sent = match &self.1 {
            // SAFETY: a descriptor and numbers, and no siginfo.
            Some(fd) => persist(|| result(unsafe { arch::syscall(k::__NR_pidfd_send_signal, fd.0, signal.into(), 0, 0) })),
            None => Err(0),
        };
        // Where that is forbidden, the PID is still its own: it has not ended.
        if sent.is_err_and(|errno| errno != ESRCH) {
            let _ = signals::send(self.0 as i32, signal);
        }
    }
}

/// Memory of its own for a table, for as long as it is needed.
pub struct Table(NonNull<walk::Process>, usize);

impl Table {
    /// Room for `count` processes; for none if there is no memory.
    fn new(count: usize) -> Self {
        let size = count.saturating_mul(size_of::<walk::Process>());
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: nothing is asked for about the address, so nobody else's memory is touched.
        let mapped = persist(|| unsafe { mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE) }.map_err(Errno::raw_os_error));
        match mapped.ok().and_then(NonNull::new) {
            Some(address) => Self(address.cast(), count),
            None => Self(NonNull::dangling(), 0),
        }
    }
}

impl AsMut<[walk::Process]> for Table {
    fn as_mut(&mut self) -> &mut [walk::Process] {
        // SAFETY: there is memory of that size and ours alone, at the beginning of a page; it is zero at first, which a
        // `Process` may be. Where there is none the length is 0, and the address is aligned.
        unsafe { core::slice::from_raw_parts_mut(self.0.as_ptr(), self.1) }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.1 > 0 {
            // SAFETY: it was mapped with that size, and whoever borrowed it is done.
            let _ = unsafe { munmap(self.0.as_ptr().cast(), self.1 * size_of::<walk::Process>()) };
        }
    }
}
