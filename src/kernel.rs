//! What an init asks of Linux. `src/linux/` is the real kernel, `tests/simulated/` is a simulated one.
//!
//! Every call returns at once, except [`Kernel::wait`], [`Kernel::sleep`], [`Kernel::launch`], [`Kernel::stop`], what writes to the
//! disks of a machine, and [`say`](crate::say::Say::say) until the program runs. An error is an errno as a plain number: errno(3). A
//! seccomp filter can make any call fail with any errno.

use crate::attempt::Attempt;
use crate::options::Options;
use crate::options::boot::Shutdown;
use crate::options::command_line::Arguments;
use crate::signals::{Batch, Received};
use crate::walk::Processes;

/// A value, or an errno.
pub type Result<T> = core::result::Result<T, i32>;

/// What wait4(2) gives for a child that ended or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its PID.
    pub pid: i32,
    /// Its status in the form of wait4(2): see [`End`](crate::status::End).
    pub status: i32,
    /// User and system time in milliseconds, its reaped children included: getrusage(2).
    pub times: [u32; 2],
    /// Peak resident memory in KiB: the largest of the child and its reaped children.
    pub peak: u32,
}

impl Child {
    /// A value before any child was waited for.
    pub const NONE: Self = Self { pid: 0, status: 0, times: [0; 2], peak: 0 };
}

/// Which children waitid(2) looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All children.
    Any,
    /// The child with this PID.
    Pid(i32),
    /// The children in this process group.
    Group(i32),
}

/// The controlling terminal: tty(4).
pub trait Terminal {
    /// The foreground process group: tcgetpgrp(3). 0 if the group belongs to an outer PID namespace; `None` if this terminal is
    /// no longer the controlling one.
    fn foreground(&self) -> Option<i32>;

    /// Makes `group` the foreground process group, and returns whether that succeeded: tcsetpgrp(3).
    fn set_foreground(&self, group: i32) -> bool;

    /// Whether the init's process group is in the background. This does not depend on group numbers: in the background, read(2)
    /// of no bytes fails with EIO.
    fn in_background(&self) -> bool;
}

/// What an init asks of Linux.
pub trait Kernel: Arguments {
    /// The controlling terminal, while the init uses it.
    type Terminal: Terminal;
    /// A list of the processes.
    type Processes: Processes;
    /// Room for the path of a file: up to PATH_MAX bytes.
    type Path: Default + AsRef<[u8]>;

    /// The init's PID: getpid(2).
    fn pid(&self) -> i32;

    /// The PID of the init's parent; 0 if the parent is outside of the PID namespace: getppid(2).
    fn parent(&mut self) -> i32;

    /// The process group of process `pid`; of the init if `pid` is 0: getpgid(2). 0 if the group belongs to an outer PID
    /// namespace, negative if there is no such process.
    fn group_of(&mut self, pid: i32) -> i32;

    /// Blocks every signal, and keeps the previous mask for the program: rt_sigprocmask(2).
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    fn block(&mut self) -> Result<()>;

    /// Opens the queue of the blocked signals: signalfd(2). Also sets CHLD to its default action: while CHLD is ignored, children
    /// leave no status, wait(2).
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM, ENODEV; EINVAL if no descriptor above 2 is allowed.
    fn listen(&mut self) -> Result<()>;

    /// Asks the kernel to send this signal to the init when the init's parent dies: `PR_SET_PDEATHSIG` of prctl(2).
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    fn die_with_parent(&mut self, signal: u8) -> Result<()>;

    /// Makes the init a child subreaper, so that orphaned descendants become its children: `PR_SET_CHILD_SUBREAPER` of prctl(2).
    /// If the kernel refuses, orphans go to the next reaper above.
    fn become_subreaper(&mut self);

    /// Whether the init is a child subreaper: `PR_GET_CHILD_SUBREAPER` of prctl(2).
    fn is_subreaper(&mut self) -> bool;

    /// Starts the program, which is this `argument`: clone(2), execve(2). Returns when the program runs or could not be
    /// started.
    ///
    /// # Errors
    /// Those of the step in `attempt`.
    fn launch(&mut self, options: &Options<'static>, argument: usize, attempt: &mut Attempt<Self::Path>) -> Result<()>;

    /// Closes all descriptors from 3 on except the queue's, and changes to the directory `/`: close_range(2), chdir(2).
    fn let_go(&mut self);

    /// Lowers the limit of signals that can be pending for the init, which leaves room to forward them: setrlimit(2). Also gives
    /// back the memory that the start used: madvise(2). [`say`](crate::say::Say::say) does not wait from now on, also if no
    /// program runs.
    fn settle(&mut self);

    /// Nanoseconds of a clock that never goes back: `CLOCK_MONOTONIC` of clock_gettime(2). If the clock cannot be read, the
    /// result is [`NEVER`](crate::time::NEVER) - 1: then every deadline is over.
    fn now(&mut self) -> u64;

    /// Waits until there are signals in the queue, at most `time` nanoseconds (`None`: for ever): ppoll(2). Returns whether there
    /// are signals; `None` if the call failed: EINTR, EAGAIN or ENOMEM, all temporary, or any errno that a seccomp filter makes up.
    fn wait(&mut self, time: Option<u64>) -> Option<bool>;

    /// Takes signals out of the queue, and returns how many: read(2).
    ///
    /// # Errors
    /// EAGAIN if there are none.
    fn read(&mut self, batch: &mut Batch) -> Result<usize>;

    /// Takes one signal of this number out of the queue, and returns whether there was one: rt_sigtimedwait(2).
    fn take(&mut self, signal: u8) -> bool;

    /// Waits for `time` nanoseconds: nanosleep(2).
    fn sleep(&mut self, time: u64);

    /// Fills in `child` with the next child that has ended or stopped; its PID is 0 if there is none: wait4(2). A child that has
    /// ended is reaped.
    ///
    /// # Errors
    /// ECHILD if there are no children.
    fn next_child(&mut self, child: &mut Child) -> Result<()>;

    /// The status of one of these children that has ended; `None` if none has ended: waitid(2). With `reap` the child is reaped.
    ///
    /// # Errors
    /// ECHILD if there are no such children.
    fn ended_child(&mut self, which: Which, reap: bool) -> Result<Option<i32>>;

    /// Whether a child of the init is in this process group: waitid(2).
    fn has_child_in(&mut self, group: i32) -> bool {
        self.ended_child(Which::Group(group), false).is_ok()
    }

    /// The `si_code` and the sender's PID of the signal for which a traced child has stopped: `PTRACE_GETSIGINFO` of ptrace(2). Zeros
    /// if they cannot be known.
    fn trace_stop(&mut self, child: i32) -> (i32, i32);

    /// If the init is the tracer of this child: detaches the child, which gets `signal` (0 for none) and runs, and returns true:
    /// `PTRACE_DETACH` of ptrace(2).
    fn detach(&mut self, child: i32, signal: u8) -> bool;

    /// Sends a signal to process `to`, or to process group `-to` if `to` is negative: kill(2). 0 is refused. -1 is every process
    /// but PID 1; it is refused unless the init is PID 1.
    ///
    /// # Errors
    /// EPERM; ESRCH, also for a `to` that is refused.
    fn send(&mut self, to: i32, signal: u8) -> Result<()>;

    /// Forwards a received signal to a process as `signal`, with its value and its sender: rt_sigqueueinfo(2).
    ///
    /// # Errors
    /// EAGAIN if too many signals are queued already; EPERM, ESRCH.
    fn queue(&mut self, received: &Received, to: i32, signal: u8) -> Result<()>;

    /// The processes listed in the /proc of the init's own PID namespace.
    ///
    /// # Errors
    /// ENOENT if there is no /proc of this namespace, and those of open(2).
    fn processes(&mut self) -> Result<Self::Processes>;

    /// Whether this process group has no members: kill(2) with signal 0.
    fn is_empty(&mut self, group: i32) -> bool;

    /// Whether the init is PID 1 and another process is left in its PID namespace: kill(2) with signal 0. Zombies count, and so
    /// do processes that the init has no permission to signal.
    fn anybody(&mut self) -> bool;

    /// The controlling terminal, if there is one: standard input, `/dev/tty`, or standard error.
    fn terminal(&mut self) -> Option<Self::Terminal>;

    /// Gives up the controlling terminal, and returns whether the init was the leader of the session that had it: `TIOCNOTTY` of
    /// ioctl_tty(2).
    fn drop_terminal(&mut self) -> bool;

    /// Whether this process group is that of the program of another init in the same job, as in a pipeline of two: read from
    /// /proc.
    fn is_of_mate(&mut self, group: i32) -> bool;

    /// Queues a signal for each other init in the same job: found through /proc.
    fn tell_mates(&mut self, key: &Received);

    /// Sends a stop signal to `to`: the init itself, or its process group. Returns when the init is continued, or at once if the
    /// kernel does not stop it: rt_sigprocmask(2), kill(2).
    fn stop(&mut self, to: i32, signal: u8);

    /// How many processes of the container the out-of-memory killer has killed: cgroups(7).
    fn oom_kills(&mut self) -> u32;

    /// Succeeds if the init is the first process of a machine. Ctrl-Alt-Del then arrives as INT: reboot(2).
    ///
    /// # Errors
    /// ESRCH if the init is not PID 1; EINVAL in a PID namespace; EPERM.
    fn own_machine(&mut self) -> Result<()>;

    /// Mounts a file system at `place`, unless something is mounted there already: mount(2).
    ///
    /// # Errors
    /// Those of mount(2).
    fn mount(&mut self, place: &core::ffi::CStr, kind: &core::ffi::CStr, data: &core::ffi::CStr) -> Result<()>;

    /// Opens the console as each of standard input, output and error that is closed: console(4).
    fn open_console(&mut self);

    /// Writes all cached data to the disks: sync(2).
    fn sync(&mut self);

    /// Sets `path` to the mount point in this line of proc_pid_mounts(5), and returns whether there is such a line.
    fn mount_point(&mut self, line: u32, path: &mut Self::Path) -> bool;

    /// Makes the file system at this mount point read-only: `MS_REMOUNT` of mount(2).
    ///
    /// # Errors
    /// Those of mount(2): EBUSY if a file is open for writing.
    fn remount_read_only(&mut self, place: &[u8]) -> Result<()>;

    /// Ends the machine: reboot(2). Returns only if the kernel refuses.
    fn shut_down(&mut self, how: Shutdown);
}
