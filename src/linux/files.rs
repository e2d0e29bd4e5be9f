//! Files and their descriptors.

use core::ffi::CStr;
use core::mem::ManuallyDrop;

use linux_raw_sys::general as k;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::BorrowedFd;
use rustix::fs::{SeekFrom, fstat};
use rustix::io::{Errno, IoSlice, ReadWriteFlags};
use rustix::process::getpid;

use scratch_init::rooms;
use scratch_init::say::Output;

use super::arch;
use super::call::{Result, persistent, result};

/// A descriptor of the init. (rustix's type asserts that the number is not -1, which is a path to a panic.)
///
/// (32 bits, as an errno has: so a result of the two is returned in registers.)
pub struct Descriptor(pub u32);

impl Descriptor {
    /// The result of a system call that has opened a descriptor. The descriptor is moved to 3 or above, close-on-exec: so 0, 1 and 2
    /// stay as they were, even if they are closed.
    ///
    /// # Errors
    /// Those of the call; EMFILE or EINVAL if the limit allows no descriptor above 2.
    pub fn opened(value: isize) -> Result<Self> {
        result(above_2(value)).map(|fd| Self(fd as u32))
    }

    /// Its number, for a system call.
    pub fn number(&self) -> usize {
        self.0 as usize
    }

    /// The number of the descriptor, which stays open for ever.
    pub fn keep(self) -> u32 {
        ManuallyDrop::new(self).0
    }
}

impl Drop for Descriptor {
    #[cfg_attr(feature = "names", inline(never))]
    fn drop(&mut self) {
        // SAFETY: only this value uses the descriptor.
        unsafe { rustix::io::close(self.0 as i32) };
    }
}

/// If `value` is 0, 1 or 2, moves this descriptor to 3 or above. Other descriptors and errnos are returned as they are.
#[cfg_attr(feature = "names", inline(never))]
fn above_2(value: isize) -> isize {
    // As an unsigned number an errno is large.
    let fd = value as usize;
    if fd > 2 {
        return value;
    }
    let opened = Descriptor(fd as u32);
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_fcntl, opened.number(), k::F_DUPFD_CLOEXEC as usize, 3, 0) }
}

/// Opens a file for reading, close-on-exec: open(2).
///
/// # Errors
/// Those of open(2).
pub fn open(path: &CStr) -> Result<Descriptor> {
    open_at(k::AT_FDCWD as usize, path)
}

/// As [`open`], for a path relative to a directory.
pub fn open_at(directory: usize, path: &CStr) -> Result<Descriptor> {
    // O_NONBLOCK: open(2) of a FIFO would wait for a writer. O_NOCTTY: a terminal could become the controlling one.
    let flags = k::O_RDONLY | k::O_CLOEXEC | k::O_NONBLOCK | k::O_NOCTTY;
    let path = path.as_ptr().expose_provenance();
    // SAFETY: a descriptor, a string and numbers.
    Descriptor::opened(unsafe { persistent(k::__NR_openat, directory, path, flags as usize, 0) })
}

/// read(2)
pub fn read<'a>(file: &Descriptor, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let (place, size) = (buffer.as_mut_ptr().expose_provenance(), buffer.len());
    // SAFETY: a descriptor, and a buffer of that length.
    let read = result(unsafe { persistent(k::__NR_read, file.number(), place, size, 0) })?;
    Ok(buffer.get(..read).unwrap_or_default())
}

/// A directory that is open for reading its entries.
pub struct Directory(Descriptor);

impl Directory {
    /// Opens a directory.
    ///
    /// # Errors
    /// Those of open(2).
    pub fn open(path: &CStr) -> Result<Self> {
        open(path).map(Self)
    }

    /// The next entries, in the form of getdents64(2); empty at the end.
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        let (place, size) = (buffer.as_mut_ptr().expose_provenance(), buffer.len());
        // SAFETY: a descriptor, and a buffer of that length.
        let read = result(unsafe { persistent(k::__NR_getdents64, self.0.number(), place, size, 0) })?;
        Ok(buffer.get(..read).unwrap_or_default())
    }

    /// Goes back to the first entry.
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    pub fn rewind(&self) -> Result<()> {
        // SAFETY: takes numbers: a descriptor, an offset, and SEEK_SET.
        result(unsafe { arch::syscall(k::__NR_lseek, self.0.number(), 0, 0, 0) }).map(drop)
    }

    /// Reads the beginning of a file in this directory.
    ///
    /// # Errors
    /// Those of open(2) and read(2).
    pub fn read_file<'a>(&self, path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        read(&open_at(self.0.number(), path)?, buffer)
    }
}

/// Opens the console as each of standard input, output and error that is closed.
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
            drop(Descriptor(fd as u32));
            break;
        }
    }
}

/// Reads a file from `offset` on, as much as there is and fits into `buffer`.
///
/// # Errors
/// Those of open(2), lseek(2) and read(2): EISDIR for a directory, ESPIPE for a file without offsets.
pub fn read_file<'a>(path: &CStr, buffer: &'a mut [u8], offset: u32) -> Result<&'a [u8]> {
    let file = open(path)?;
    // Not pread(2): each 32-bit machine passes its offset in another way.
    // SAFETY: takes numbers: a descriptor, an offset, and SEEK_SET.
    result(unsafe { arch::syscall(k::__NR_lseek, file.number(), offset as usize, 0, 0) })?;
    read(&file, buffer)
}

/// The file that lines are written to: standard output or error.
pub struct File {
    /// Its descriptor.
    pub fd: BorrowedFd<'static>,
    /// Whether a line is dropped if the file cannot take it at once.
    pub at_once: bool,
}

impl Output for File {
    fn pid(&self) -> i32 {
        getpid().as_raw_pid()
    }

    fn write(&self, bytes: &[u8]) {
        if rooms::VERBOSE && self.at_once {
            write_at_once(self.fd, bytes);
        } else {
            let _ = rustix::io::write(self.fd, bytes);
        }
    }
}

/// Writes to a descriptor that other processes use too, if it can take the bytes at once; else writes nothing. Does not change
/// the descriptor's flags.
///
/// poll(2) tells whether a pipe, a terminal or a socket can take some bytes. This may be too few, and another process can write
/// first. So the write itself must not wait either: RWF_NOWAIT of pwritev2(2), if the kernel supports it for this kind of file.
/// It does not for a terminal: the init opens the terminal once more through /proc, with O_NONBLOCK. A regular file, which has an
/// offset, takes all bytes; RWF_NOWAIT would fail there if the kernel has to make room in memory first.
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

/// Opens standard error once more through /proc, and writes to it without waiting. Returns whether it could be opened.
fn write_by_proc(bytes: &[u8]) -> bool {
    let flags = (k::O_WRONLY | k::O_NONBLOCK | k::O_NOCTTY | k::O_CLOEXEC) as usize;
    let path = c"/proc/self/fd/2".as_ptr().expose_provenance();
    // SAFETY: a string and numbers.
    let opened = Descriptor::opened(unsafe { arch::syscall(k::__NR_openat, k::AT_FDCWD as usize, path, flags, 0) });
    let Ok(file) = opened else { return false };
    // SAFETY: a descriptor, and a buffer of that length.
    unsafe { arch::syscall(k::__NR_write, file.number(), bytes.as_ptr().expose_provenance(), bytes.len(), 0) };
    true
}

/// Closes all descriptors from 3 on except `own`: close_range(2).
pub fn close_others(own: usize) {
    let close = |first: usize, last: usize| {
        // SAFETY: takes numbers; the init no longer uses these descriptors.
        if first <= last && unsafe { arch::syscall(k::__NR_close_range, first, last, 0, 0) } < 0 {
            // Before Linux 5.9, or if a seccomp filter forbids the call: closes each descriptor that any usual limit allows.
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
    // SAFETY: the descriptor is what the init's caller put there, or the console, or closed: then calls fail with EBADF. The init
    // never closes it, and never keeps a file of its own there (`Descriptor::opened`). So no other code in the init owns it. The
    // same holds for `stdout` and `stderr`.
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
    // The kernel's form of the device number 1:3, makedev(3). (A block device of this number is no standard input.)
    fstat(stdin()).is_ok_and(|stat| stat.st_rdev == 0x103)
}
