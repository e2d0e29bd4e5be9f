//! What a walk of /proc needs: directories, processes that are held by a descriptor, memory for a table.

use core::ffi::CStr;
use core::ptr::{self, NonNull};

use linux_raw_sys::general as k;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use scratch_init::errno::{EINVAL, ESRCH};
use scratch_init::walk;

use super::{Descriptor, Result, arch, open_at, persist, result, signals};

/// A directory that is listed.
pub struct Directory(Descriptor);

impl Directory {
    /// Opens it.
    ///
    /// # Errors
    /// Those of open(2).
    pub fn open(path: &CStr) -> Result<Self> {
        super::open(path).map(Self)
    }

    /// The next entries, in the form of getdents64(2); none at the end.
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        let (place, size) = (buffer.as_mut_ptr().expose_provenance(), buffer.len());
        // SAFETY: a descriptor, and a buffer of that length.
        let read = persist(|| result(unsafe { arch::syscall(k::__NR_getdents64, self.0.0, place, size, 0) }))?;
        Ok(buffer.get(..read).unwrap_or_default())
    }

    /// Goes back to the first entry.
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    pub fn rewind(&self) -> Result<()> {
        // SAFETY: takes numbers: a descriptor, and that the offset is one from the beginning.
        result(unsafe { arch::syscall(k::__NR_lseek, self.0.0, 0, 0, 0) }).map(drop)
    }

    /// Reads the beginning of a file in it.
    ///
    /// # Errors
    /// Those of open(2) and read(2).
    pub fn read_file<'a>(&self, path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        super::read(&open_at(self.0.0, path)?, buffer)
    }
}

/// A process that stays the same one, whatever becomes of its PID: pidfd_open(2).
pub struct Process(u32, Option<Descriptor>);

impl Process {
    /// Process `pid`, if there is one.
    pub fn open(pid: u32) -> Option<Self> {
        // SAFETY: takes numbers.
        match persist(|| result(unsafe { arch::syscall(k::__NR_pidfd_open, pid as usize, 0, 0, 0) })).and_then(Descriptor::above_2) {
            Ok(fd) => Some(Self(pid, Some(fd))),
            Err(ESRCH | EINVAL) => None,
            // Before Linux 5.3, forbidden, or too many open files: by its number then.
            Err(_) => Some(Self(pid, None)),
        }
    }

    /// Sends it a signal: pidfd_send_signal(2).
    pub fn signal(&self, signal: u8) {
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
    pub fn new(count: usize) -> Self {
        let size = count.saturating_mul(size_of::<walk::Process>());
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: nothing is asked for about the address, so nobody else's memory is touched.
        let mapped = persist(|| unsafe { mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE) }.map_err(Errno::raw_os_error));
        match mapped.ok().and_then(NonNull::new) {
            Some(address) => Self(address.cast(), count),
            None => Self(NonNull::dangling(), 0),
        }
    }

    /// What is in it.
    pub fn rows(&mut self) -> &mut [walk::Process] {
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
