//! The kernel: all that is unsafe, and all that rustix has no public call for.

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "x86", path = "x86.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod arch;
mod memory;
mod processes;
pub mod signals;
mod start;
mod terminal;
mod text;
pub mod user;

use core::ffi::{CStr, c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr;

use linux_raw_sys::{general as k, ptrace};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::BorrowedFd;
use rustix::fs::SeekFrom;
use rustix::io::{Errno, IoSlice, ReadWriteFlags};
use rustix::process::{WaitId, WaitIdOptions, getpid};
use scratch_init::errno::{EAGAIN, EINTR, ENOMEM};

pub use processes::{Directory, Process, Table};
pub use start::Start;
pub use terminal::Terminal;
pub use text::Text;

/// The first Rust code to run. `stack` is at argc.
unsafe extern "C" fn entry(stack: *mut usize) -> ! {
    // SAFETY: `_start` passes on what the kernel gave it.
    let mut start = unsafe { Start::new(stack) };
    exit(crate::main(&mut start, &mut crate::Init::new()))
}

/// exit_group(2)
fn exit(status: u8) -> ! {
    loop {
        // SAFETY: takes a number, does not return.
        unsafe { arch::syscall(k::__NR_exit_group, usize::from(status), 0, 0, 0) };
    }
}

/// There is no path to a panic: tests/file.rs shows that this is not in the finished file.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(scratch_init::status::FAILED)
}

/// What a system call of ours gives: a value, or the errno. (To make a rustix Errno of a number is a
/// path to a panic.)
pub type Result<T> = core::result::Result<T, i32>;

/// A system call's result, or the errno.
fn result(value: isize) -> Result<usize> {
    if value < 0 { Err(-value as i32) } else { Ok(value as usize) }
}

/// Makes a call again, a few times, if it failed with an errno that passes: EINTR, EAGAIN, ENOMEM.
fn persist<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let mut again = 10;
    loop {
        let result = call();
        again -= 1;
        if again == 0 || !matches!(result, Err(EINTR | EAGAIN | ENOMEM)) {
            return result;
        }
    }
}

/// execve(2); returns only if it failed, with the errno.
///
/// # Safety
/// A string, and two lists of strings that end with a NULL.
unsafe fn execve(path: *const c_char, argv: *const *const c_char, envp: *const *const c_char) -> i32 {
    // SAFETY: as the caller says.
    let failed = unsafe { arch::syscall(k::__NR_execve, path.expose_provenance(), argv.expose_provenance(), envp.expose_provenance(), 0) };
    -failed as i32
}

/// What runs in a child that shares our memory.
pub trait Task {
    /// Executes a program, or comes back with the status to end with.
    fn run(&mut self) -> u8;
}

/// Starts a child that shares our memory, and waits until it executes a program or ends: clone(2) with
/// `CLONE_VM | CLONE_VFORK`. So what it leaves in `task` is there when this returns.
///
/// # Errors
/// EAGAIN if there are too many processes, ENOMEM, EPERM.
pub fn spawn<T: Task>(task: &mut T) -> Result<i32> {
    unsafe extern "C" fn child<T: Task>(task: *mut c_void) -> ! {
        // SAFETY: the task of below, whose frame waits for us.
        exit(unsafe { &mut *task.cast::<T>() }.run())
    }
    let flags = k::CLONE_VM | k::CLONE_VFORK | k::SIGCHLD;
    // SAFETY: CLONE_VFORK holds us until the child is done with our memory (only KILL, which ends us, does not wait for that),
    // and no handler can run here meanwhile: there is none.
    let pid = result(unsafe { arch::clone(flags as usize, child::<T>, ptr::from_mut(task).cast()) })?;
    Ok(pid as i32)
}

/// What a child that ended or stopped has come to: wait4(2).
pub struct Child {
    /// Its process id.
    pub pid: i32,
    /// The status, as wait4(2) gives it.
    pub status: i32,
    usage: k::rusage,
}

impl Child {
    /// None so far.
    pub fn new() -> Self {
        // SAFETY: all of it are numbers.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }

    /// Becomes the next one that has ended or stopped, and says whether there is one. (rustix has no
    /// wait4(2) with the resources that were used.)
    ///
    /// # Errors
    /// ECHILD if there is no child at all.
    pub fn next(&mut self) -> Result<bool> {
        let (status, usage) = (ptr::from_mut(&mut self.status).expose_provenance(), ptr::from_mut(&mut self.usage).expose_provenance());
        // SAFETY: places for a status and a usage.
        let pid =
            persist(|| result(unsafe { arch::syscall(k::__NR_wait4, usize::MAX, status, (k::WNOHANG | k::WUNTRACED) as usize, usage) }))?;
        self.pid = pid as i32;
        Ok(pid != 0)
    }

    /// Where this is a stop by `signal` that we are told of as the tracer: lets go of the child, and says so. It asked to be
    /// traced by its parent (`PTRACE_TRACEME` of ptrace(2)), and would wait for ever. It gets the signal that it
    /// stopped for, but not the TRAP that execve(2) makes of itself: that one is the child's own, as kill(2) sends it.
    pub fn detach(&self, signal: u8) -> bool {
        const SIGTRAP: u8 = 5;
        // SAFETY: all of it are numbers.
        let mut info: k::siginfo_t = unsafe { MaybeUninit::zeroed().assume_init() };
        let pid = self.pid as usize;
        // SAFETY: a place for a siginfo.
        unsafe { arch::syscall(k::__NR_ptrace, ptrace::PTRACE_GETSIGINFO as usize, pid, 0, ptr::from_mut(&mut info).expose_provenance()) };
        // SAFETY: the kernel has written it, or it is zero: numbers, in the form that kill(2) gives it.
        let (code, from) = unsafe {
            let info = info.__bindgen_anon_1.__bindgen_anon_1;
            (info.si_code, info._sifields._kill._pid)
        };
        let to = if signal == SIGTRAP && code == 0 && from == self.pid { 0 } else { signal };
        // SAFETY: takes numbers.
        unsafe { arch::syscall(k::__NR_ptrace, ptrace::PTRACE_DETACH as usize, pid, 0, to.into()) == 0 }
    }

    /// Milliseconds of processor time as a user, and those in the kernel; of its own children as well.
    pub fn times(&self) -> [u32; 2] {
        [self.usage.ru_utime, self.usage.ru_stime].map(|time| (time.tv_sec * 1000 + time.tv_usec / 1000) as u32)
    }

    /// The most memory that was resident, in KiB; of the largest among it and its own children.
    pub fn peak(&self) -> u32 {
        self.usage.ru_maxrss as u32
    }
}

/// Whether there is no child at all, by waitid(2).
pub fn no_child() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(rustix::process::waitid(WaitId::All, options), Err(Errno::CHILD))
}

/// How a child has ended, in the form of wait4(2), by waitid(2); `None` if it has not, or that fails as well.
pub fn end_of(pid: i32) -> Option<i32> {
    let pid = rustix::process::Pid::from_raw(pid)?;
    let ended = rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG).ok()??;
    ended.exit_status().map(|status| status << 8).or(ended.terminating_signal())
}

/// A descriptor of ours. (rustix's own asserts that it is not -1, which is a path to a panic.)
pub struct Descriptor(usize);

impl Descriptor {
    /// Takes what was just opened, moved to 3 or above: 0, 1 and 2 stay what they were, closed ones too. Close-on-exec.
    ///
    /// # Errors
    /// EMFILE or EINVAL if there may not be such a number.
    fn above_2(fd: usize) -> Result<Self> {
        let opened = Self(fd);
        if fd > 2 {
            return Ok(opened);
        }
        // SAFETY: takes numbers.
        result(unsafe { arch::syscall(k::__NR_fcntl, fd, k::F_DUPFD_CLOEXEC as usize, 3, 0) }).map(Self)
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
fn open(path: &CStr) -> Result<Descriptor> {
    open_at(k::AT_FDCWD as usize, path)
}

/// The same for a path that begins in a directory.
fn open_at(directory: usize, path: &CStr) -> Result<Descriptor> {
    // A FIFO would wait for its writer, and a terminal could become ours.
    let flags = k::O_RDONLY | k::O_CLOEXEC | k::O_NONBLOCK | k::O_NOCTTY;
    let path = path.as_ptr().expose_provenance();
    // SAFETY: a descriptor, a string and numbers.
    persist(|| result(unsafe { arch::syscall(k::__NR_openat, directory, path, flags as usize, 0) })).and_then(Descriptor::above_2)
}

/// read(2)
fn read<'a>(file: &Descriptor, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let (place, size) = (buffer.as_mut_ptr().expose_provenance(), buffer.len());
    // SAFETY: a descriptor, and a buffer of that length.
    let read = persist(|| result(unsafe { arch::syscall(k::__NR_read, file.0, place, size, 0) }))?;
    Ok(buffer.get(..read).unwrap_or_default())
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

/// Writes to a descriptor that others use too, if it can take that at once; else nothing is written. Its flags stay as
/// they are.
///
/// poll(2) says whether a pipe, a terminal or a socket can take some, but that may be too little, and another writer can be
/// quicker: so not even then does it wait, RWF_NOWAIT of pwritev2(2), where the kernel has that for this kind of file. For
/// a terminal it has not: that is opened once more, by /proc, for an open file of our own that does not wait. A regular
/// file has an offset and takes all; RWF_NOWAIT would refuse there what it has no room for in memory.
pub fn write_at_once(fd: BorrowedFd<'_>, bytes: &[u8]) {
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

/// The init's process group; 0 if that is one of an outer PID namespace. (rustix has no room for this 0.)
#[inline(never)]
pub fn own_group() -> i32 {
    group_of(0)
}

/// The process group of a child; 0 if it is one of an outer PID namespace, negative if there is no such process.
pub fn group_of(child: i32) -> i32 {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getpgid, child as usize, 0, 0, 0) as i32 }
}

/// Whether the init leads its session: getsid(2). (rustix has no room for the 0 of an outer PID namespace.)
pub fn leads_session() -> bool {
    // SAFETY: takes a number.
    unsafe { arch::syscall(k::__NR_getsid, 0, 0, 0, 0) as i32 == getpid().as_raw_pid() }
}

/// Whether the process is a child subreaper, which it stays over execve(2): `PR_GET_CHILD_SUBREAPER` of prctl(2).
/// (rustix reads a place that nobody wrote to, if a seccomp filter lets the call do nothing.)
pub fn is_subreaper() -> bool {
    let mut is = 0u32;
    let place = ptr::from_mut(&mut is).expose_provenance();
    // SAFETY: a place for an int.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_CHILD_SUBREAPER as usize, place, 0, 0) };
    is != 0
}

/// Whether the process's files in /proc are its user's: `PR_GET_DUMPABLE` of prctl(2). They are not where it has more
/// rights than its caller.
pub fn is_dumpable() -> bool {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_GET_DUMPABLE as usize, 0, 0, 0) == 1 }
}

/// Makes them be its user's: `PR_SET_DUMPABLE`.
pub fn make_dumpable() {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_prctl, linux_raw_sys::prctl::PR_SET_DUMPABLE as usize, 1, 0, 0) };
}

/// Gives up the controlling terminal, and says whether there was one: `TIOCNOTTY` of ioctl_tty(2), for which rustix
/// has no call.
pub fn drop_terminal() -> bool {
    // SAFETY: takes numbers.
    unsafe { arch::syscall(k::__NR_ioctl, 0, linux_raw_sys::ioctl::TIOCNOTTY as usize, 0, 0) == 0 }
}

/// Gives the memory back that the stack has taken below what is in use, mostly by the child that shared
/// it: madvise(2).
///
/// Where pages are larger than 4 KiB the kernel refuses it, unless the address fits by chance.
#[inline(never)]
pub fn shrink_stack() {
    const PAGES: usize = 64 * 1024;
    // What may be in use below the stack pointer: a red zone (x86_64 has one, of 128 bytes), and the frames of the calls
    // from here to the kernel, which hold a few words each.
    const MARGIN: usize = 1024;
    let page = arch::stack_pointer().map_addr(|address| (address - MARGIN) & !4095);
    // SAFETY: nothing below the margin is in use, and all of it is the stack's: execve(2) makes that 128 KiB larger than what
    // it puts there, or as large as RLIMIT_STACK allows, and maps nothing close to it.
    let _ = unsafe { rustix::mm::madvise(page.wrapping_sub(PAGES).cast(), PAGES, rustix::mm::Advice::LinuxDontNeed) };
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

/// Nanoseconds since the boot: CLOCK_MONOTONIC. (rustix would ask the vDSO and keep its address in a
/// writable variable.) Where a seccomp filter forbids it, all time is over: the highest number
/// but that of [`NEVER`](scratch_init::time::NEVER).
pub fn now() -> u64 {
    let mut time = k::__kernel_old_timespec { tv_sec: 0, tv_nsec: 0 };
    let place = ptr::from_mut(&mut time).expose_provenance();
    // SAFETY: a place for a time.
    if persist(|| result(unsafe { arch::syscall(k::__NR_clock_gettime, k::CLOCK_MONOTONIC as usize, place, 0, 0) })).is_err() {
        return u64::MAX - 1;
    }
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
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
