//! Files and their descriptors.

use core::ffi::CStr;
use core::mem::ManuallyDrop;

use linux_raw_sys::general as k;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::BorrowedFd;
use rustix::fs::{FileType, SeekFrom, fstat, major, minor};
use rustix::io::{Errno, IoSlice, ReadWriteFlags};
use rustix::process::getpid;

use scratch_init::say::Output;

use super::arch;
use super::call::{Result, persist, result};

/// A descriptor of ours. (rustix's own asserts that it is not -1, which is a path to a panic.)
pub struct Descriptor(pub usize);

impl Descriptor {
    /// Takes what was just opened, moved to 3 or above: 0, 1 and 2 stay what they were, closed ones too. Close-on-exec.
    ///
    /// # Errors
    /// EMFILE or EINVAL if there may not be such a number.
    pub fn above_2(fd: usize) -> Result<Self> {
        let opened = Self(fd);
        if fd > 2 {
            return Ok(opened);
        }
        // SAFETY: takes numbers.
        result(unsafe { arch::syscall(k::__NR_fcntl, fd, k::F_DUPFD_CLOEXEC as usize, 3, 0) }).map(Self)
    }
}

impl Descriptor {
    /// Its number. It is never closed.
    pub fn keep(self) -> usize {
        ManuallyDrop::new(self).0
    }
}

impl Drop for Descriptor {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: nobody else uses it.
        unsafe { rustix::io::close(self.0 as i32) };
    }
}

/// open(2) for reading, close-on-exec.
///
/// # Errors
/// Those of open(2).
pub fn open(path: &CStr) -> Result<Descriptor> {
    open_at(k::AT_FDCWD as usize, path)
}

/// The same for a path that begins in a directory.
pub fn open_at(directory: usize, path: &CStr) -> Result<Descriptor> {
    // A FIFO would wait for its writer, and a terminal could become ours.
    let flags = k::O_RDONLY | k::O_CLOEXEC | k::O_NONBLOCK | k::O_NOCTTY;
    let path = path.as_ptr().expose_provenance();
    // SAFETY: a descriptor, a string and numbers.
    persist(|| result(unsafe { arch::syscall(k::__NR_openat, directory, path, flags as usize, 0) })).and_then(Descriptor::above_2)
}

/// read(2)
pub fn read<'a>(file: &Descriptor, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let (place, size) = (buffer.as_mut_ptr().expose_provenance(), buffer.len());
    // SAFETY: a descriptor, and a buffer of that length.
    let read = persist(|| result(unsafe { arch::syscall(k::__NR_read, file.0, place, size, 0) }))?;
    Ok(buffer.get(..read).unwrap_or_default())
}

/// A directory that is listed.
pub struct Directory(Descriptor);

impl Directory {
    /// Opens it.
    ///
    /// # Errors
    /// Those of open(2).
    pub fn open(path: &CStr) -> Result<Self> {
        open(path).map(Self)
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
        read(&open_at(self.0.0, path)?, buffer)
    }
}

/// Opens the console as standard input, output and error, as far as these are closed.
pub fn open_console() {
    // SAFETY: a string and numbers.
    while let Ok(fd) = result(unsafe {
        arch::syscall(
            k::__NR_openat,
            k::AT_FDCWD as usize,
            c"/dev/console".as_ptr().expose_provenance(),
            (k::O_RDWR | k::O_NOCTTY) as usize,
            0,
        )
    }) {
        if fd > 2 {
            drop(Descriptor(fd));
            break;
        }
    }
}

/// Reads what a file has at `offset`, as much as there is and fits.
///
/// # Errors
/// Those of open(2), lseek(2) and read(2): EISDIR for a directory, ESPIPE for what has no offsets.
pub fn read_file<'a>(path: &CStr, buffer: &'a mut [u8], offset: u32) -> Result<&'a [u8]> {
    let file = open(path)?;
    // pread(2) takes its arguments in another way on each machine of 32 bits.
    // SAFETY: takes numbers: a descriptor, and that the offset is one from the beginning.
    result(unsafe { arch::syscall(k::__NR_lseek, file.0, offset as usize, 0, 0) })?;
    read(&file, buffer)
}

/// A file that people read.
pub struct File {
    /// Its descriptor.
    pub fd: BorrowedFd<'static>,
    /// Whether what it cannot take at once is lost.
    pub at_once: bool,
}

impl Output for File {
    fn pid(&self) -> i32 {
        getpid().as_raw_pid()
    }

    fn write(&self, bytes: &[u8]) {
        if self.at_once {
            write_at_once(self.fd, bytes);
        } else {
            let _ = rustix::io::write(self.fd, bytes);
        }
    }
}

/// Writes to a descriptor that others use too, if it can take that at once; else nothing is written. Its flags stay as
/// they are.
///
/// poll(2) says whether a pipe, a terminal or a socket can take some, but that may be too little, and another writer can be
/// quicker: so not even then does it wait, RWF_NOWAIT of pwritev2(2), where the kernel has that for this kind of file. For
/// a terminal it has not: that is opened once more, by /proc, for an open file of our own that does not wait. A regular
/// file has an offset and takes all; RWF_NOWAIT would refuse there what it has no room for in memory.
fn write_at_once(fd: BorrowedFd<'_>, bytes: &[u8]) {
    const ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let file = rustix::fs::seek(fd, SeekFrom::Current(0)).is_ok();
    if !file && rustix::event::poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], Some(&ONCE)) != Ok(1) {
        return;
    }
    if file
        || rustix::io::pwritev2(fd, &[IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT)
            .is_err_and(|errno| matches!(errno, Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::SPIPE) && !write_by_proc(bytes))
    {
        let _ = rustix::io::write(fd, bytes);
    }
}

/// Writes to standard error as /proc has it, without a wait, and says whether that could be opened.
fn write_by_proc(bytes: &[u8]) -> bool {
    let flags = (k::O_WRONLY | k::O_NONBLOCK | k::O_NOCTTY | k::O_CLOEXEC) as usize;
    let path = c"/proc/self/fd/2".as_ptr().expose_provenance();
    // SAFETY: a string and numbers.
    let opened = result(unsafe { arch::syscall(k::__NR_openat, k::AT_FDCWD as usize, path, flags, 0) });
    let Ok(file) = opened.and_then(Descriptor::above_2) else { return false };
    // SAFETY: a descriptor, and as many bytes.
    unsafe { arch::syscall(k::__NR_write, file.0, bytes.as_ptr().expose_provenance(), bytes.len(), 0) };
    true
}

/// Closes all from descriptor 3 on but one of ours: close_range(2).
pub fn close_others(own: usize) {
    let close = |first: usize, last: usize| {
        // SAFETY: nobody uses these descriptors any more; takes numbers.
        if first <= last && unsafe { arch::syscall(k::__NR_close_range, first, last, 0, 0) } < 0 {
            // Before Linux 5.9, or forbidden: those that can be there with any usual limit.
            for fd in first..=last.min(65535) {
                // SAFETY: as above.
                unsafe { rustix::io::close(fd as i32) };
            }
        }
    };
    close(3, own - 1);
    close(own + 1, u32::MAX as usize);
}

/// Descriptor 0, open or not.
pub fn stdin() -> BorrowedFd<'static> {
    // SAFETY: it is used as whatever it is: what our caller put there, or the console, or closed, and then calls fail with
    // EBADF. We never close it, nor keep a file of ours there (`Descriptor::above_2`): it is nobody's in here who would
    // have to be protected. The same holds of those below.
    unsafe { rustix::stdio::stdin() }
}

/// Descriptor 1, open or not.
pub fn stdout() -> BorrowedFd<'static> {
    // SAFETY: as stdin.
    unsafe { rustix::stdio::stdout() }
}

/// Descriptor 2, open or not.
pub fn stderr() -> BorrowedFd<'static> {
    // SAFETY: as stdin.
    unsafe { rustix::stdio::stderr() }
}

/// Whether standard input is /dev/null: null(4).
pub fn is_null() -> bool {
    fstat(stdin()).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && (major(stat.st_rdev as _), minor(stat.st_rdev as _)) == (1, 3)
    })
}
