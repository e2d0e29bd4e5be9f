//! What an init asks of Linux. `src/linux/` is the real one; `tests/simulated/` has one without a machine.
//!
//! Every call returns at once but [`Kernel::wait`], [`Kernel::pause`], [`Kernel::launch`], [`Kernel::stop`] and, before the
//! program runs, [`Say::say`]. An error is an errno, as a plain number: errno(3). A seccomp filter can make any call fail by any
//! errno.

use crate::options::Options;
use crate::options::boot::Shutdown;
use crate::options::command_line::Arguments;
use crate::say::Text;
use crate::signals::Received;
use crate::walk::Processes;

/// A value, or an errno.
pub type Result<T> = core::result::Result<T, i32>;

/// How many signals are taken at a time.
pub const BATCH: usize = 8;

/// What wait4(2) gives for a child that ended or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its PID.
    pub pid: i32,
    /// Its status in the form of wait4(2): see [`End`](crate::status::End).
    pub status: i32,
    /// Milliseconds of processor time, as a user and in the kernel, of its own children as well: getrusage(2).
    pub times: [u32; 2],
    /// The most memory that was resident in KiB, of the largest among it and its own children.
    pub peak: u32,
}

impl Child {
    /// None so far.
    pub const NONE: Self = Self { pid: 0, status: 0, times: [0; 2], peak: 0 };
}

/// Which children waitid(2) looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Any of them.
    Any,
    /// The one with this PID.
    Pid(i32),
    /// Those in this process group.
    Group(i32),
}

/// The steps of a start, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// clone(2)
    Clone,
    /// setpgid(2)
    Group,
    /// setgroups(2), setresgid(2) and setresuid(2).
    User,
    /// setgroups(2), which this user namespace denies: user_namespaces(7).
    Groups,
    /// capset(2)
    Capabilities,
    /// chdir(2)
    Directory,
    /// rt_sigprocmask(2), for the program's mask.
    Mask,
    /// execve(2)
    Execute,
}

/// Why a program could not be executed, as far as files tell: a text, and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The text.
    pub text: Text,
    /// Its first word.
    pub a: &'static [u8],
    /// Its second word; `None` if that is the path of [`Attempt`].
    pub b: Option<&'static [u8]>,
    /// Its number.
    pub number: i32,
}

/// What is known of a start.
#[derive(Debug)]
pub struct Attempt<P> {
    /// The PID of the process that is to become the program, which is the number of its process group as well; 0 if there is none.
    pub pid: i32,
    /// How far it came.
    pub step: Step,
    /// Whether the program's process group got the terminal's foreground from the init.
    pub handed: bool,
    /// Why execve(2) failed, if it has.
    pub reason: Reason,
    /// The file that this is about.
    pub path: P,
}

impl<P: Default> Attempt<P> {
    /// One that has not begun.
    #[expect(clippy::new_without_default, reason = "there is one place that makes one")]
    pub fn new() -> Self {
        let reason = Reason { text: Text::Errno, a: b"", b: None, number: 0 };
        Self { pid: 0, step: Step::Clone, handed: false, reason, path: P::default() }
    }
}

/// The controlling terminal: tty(4).
pub trait Terminal {
    /// The process group in its foreground; 0 if that is one of an outer PID namespace, `None` if this is not the controlling
    /// terminal any more: tcgetpgrp(3).
    fn foreground(&self) -> Option<i32>;

    /// Makes `group` the one in the foreground, and says whether that was possible: tcsetpgrp(3).
    fn set_foreground(&self, group: i32) -> bool;

    /// Whether the init's process group is in the background, whatever its number looks like: read(2) of no bytes fails with
    /// EIO there.
    fn in_background(&self) -> bool;
}

/// What an init asks of Linux.
pub trait Kernel: Arguments {
    /// The controlling terminal, while it is looked at.
    type Terminal: Terminal;
    /// A list of the processes.
    type Processes: Processes;
    /// Room for the path of a file, up to PATH_MAX bytes.
    type Path: Default + AsRef<[u8]>;

    /// The init's PID: getpid(2).
    fn pid(&self) -> i32;

    /// The PID of the init's parent; 0 if that is outside of the PID namespace: getppid(2).
    fn parent(&mut self) -> i32;

    /// The process group of process `pid`, or of the init for 0; 0 if it is one of an outer PID namespace, negative if there is
    /// no such process: getpgid(2).
    fn group_of(&mut self, pid: i32) -> i32;

    /// Blocks every signal, and remembers the mask that there was for the program: rt_sigprocmask(2).
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    fn block(&mut self) -> Result<()>;

    /// Opens the queue of the blocked signals: signalfd(2). CHLD gets its default action, for where it is ignored children
    /// leave no status: wait(2).
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM, ENODEV; EINVAL if no descriptor above 2 may be had.
    fn listen(&mut self) -> Result<()>;

    /// Makes this signal come to the init when its parent dies: `PR_SET_PDEATHSIG` of prctl(2).
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    fn die_with_parent(&mut self, signal: u8) -> Result<()>;

    /// Makes the init a child subreaper, to which orphaned descendants come: `PR_SET_CHILD_SUBREAPER` of prctl(2). Where the
    /// kernel refuses they go to another one.
    fn become_subreaper(&mut self);

    /// Whether it is one: `PR_GET_CHILD_SUBREAPER` of prctl(2).
    fn is_subreaper(&mut self) -> bool;

    /// Starts the program, which is argument `program`, and comes back when it runs or could not be started: clone(2), execve(2).
    ///
    /// # Errors
    /// Those of the step that `attempt` has.
    fn launch(&mut self, options: &Options<'static>, program: usize, attempt: &mut Attempt<Self::Path>) -> Result<()>;

    /// Closes the descriptors from 3 on but the queue's, and goes to the directory `/`: close_range(2), chdir(2).
    fn let_go(&mut self);

    /// Lowers the number of signals that can wait for the init, so that there is room to send them on, and gives back the memory
    /// that the start has taken: setrlimit(2), madvise(2). From now on nothing that is said waits.
    fn settle(&mut self);

    /// Nanoseconds of a clock that only goes forward: `CLOCK_MONOTONIC` of clock_gettime(2). [`NEVER`](crate::time::NEVER) less 1
    /// where it cannot be read: then all time is over.
    fn now(&mut self) -> u64;

    /// Waits until there are signals in the queue, for `time` nanoseconds at the most (`None`: without end), and says whether
    /// there are: ppoll(2).
    ///
    /// # Errors
    /// EINTR and ENOMEM, which pass.
    fn wait(&mut self, time: Option<u64>) -> Result<bool>;

    /// Takes signals out of the queue, and says how many: read(2).
    ///
    /// # Errors
    /// EAGAIN if there are none.
    fn read(&mut self, batch: &mut [Received; BATCH]) -> Result<usize>;

    /// Takes one signal of this number out of the queue, and says whether there was one: rt_sigtimedwait(2).
    fn take(&mut self, signal: u8) -> bool;

    /// Waits for so many nanoseconds: nanosleep(2).
    fn pause(&mut self, time: u64);

    /// Makes `child` the next one that has ended or stopped, and says whether there is one. One that ended is reaped: wait4(2).
    ///
    /// # Errors
    /// ECHILD if there are no children.
    fn next_child(&mut self, child: &mut Child) -> Result<bool>;

    /// The status of one of these children that has ended; `None` if none has. It is reaped if `reap`: waitid(2).
    ///
    /// # Errors
    /// ECHILD if there are no such children.
    fn ended(&mut self, which: Which, reap: bool) -> Result<Option<i32>>;

    /// Where the init was told of this stop by `signal` as the tracer, lets go of the child, and says so: ptrace(2). A child
    /// that asked to be traced by its parent would wait for ever. It gets the signal that it stopped for, but for the TRAP that
    /// execve(2) makes of itself.
    fn detach(&mut self, child: &Child, signal: u8) -> bool;

    /// Sends a signal to a process, or to the process group of this number made negative: kill(2). 0 is refused; -1, every process
    /// but PID 1, is refused unless the init is PID 1.
    ///
    /// # Errors
    /// EPERM; ESRCH, also for what is refused.
    fn send(&mut self, to: i32, signal: u8) -> Result<()>;

    /// Sends a signal on to a process as `signal`, with its value and its sender: rt_sigqueueinfo(2).
    ///
    /// # Errors
    /// EAGAIN if too many wait already; EPERM, ESRCH.
    fn queue(&mut self, received: &Received, to: i32, signal: u8) -> Result<()>;

    /// The processes, by /proc of the init's own PID namespace.
    ///
    /// # Errors
    /// ENOENT if there is none of this namespace, and those of open(2).
    fn processes(&mut self) -> Result<Self::Processes>;

    /// Whether nobody is left in this process group: kill(2) of no signal.
    fn is_empty(&mut self, group: i32) -> bool;

    /// Whether the init is PID 1 and any other process is left in its PID namespace: kill(2) of no signal. Zombies count, and
    /// those that may not be signalled.
    fn anybody(&mut self) -> bool;

    /// The controlling terminal, if there is one: standard input, `/dev/tty`, or standard error.
    fn terminal(&mut self) -> Option<Self::Terminal>;

    /// Lets go of the controlling terminal, and says whether it was that of a session which the init leads: `TIOCNOTTY` of
    /// ioctl_tty(2).
    fn drop_terminal(&mut self) -> bool;

    /// Whether this process group is the program of another init of the same job, as in a pipeline of two: by /proc.
    fn is_mates(&mut self, group: i32) -> bool;

    /// Queues a signal for each other init of the same job: by /proc.
    fn tell_mates(&mut self, key: &Received);

    /// Sends a stop signal to `to`, which the init is or is in, and comes back when the init is continued, or at once where the
    /// kernel does not stop it: rt_sigprocmask(2), kill(2).
    fn stop(&mut self, to: i32, signal: u8);

    /// How many processes of the container were killed for want of memory: cgroups(7).
    fn oom_kills(&mut self) -> u32;

    /// Whether this is the first process of a machine; from then on Ctrl-Alt-Del comes as INT: reboot(2).
    ///
    /// # Errors
    /// ESRCH if it is not PID 1; EINVAL in a PID namespace; EPERM.
    fn own_machine(&mut self) -> Result<()>;

    /// Mounts a file system, unless something is mounted there: mount(2).
    ///
    /// # Errors
    /// Those of mount(2).
    fn mount(&mut self, place: &core::ffi::CStr, kind: &core::ffi::CStr, data: &core::ffi::CStr) -> Result<()>;

    /// Opens the console as standard input, output and error, as far as these are closed: console(4).
    fn open_console(&mut self);

    /// Writes what waits to be written to the disks: sync(2).
    fn sync(&mut self);

    /// Makes `path` the mount point of that line of proc_pid_mounts(5), and says whether there is one.
    fn mount_point(&mut self, line: u32, path: &mut Self::Path) -> bool;

    /// Makes the file system at this mount point read-only: `MS_REMOUNT` of mount(2).
    ///
    /// # Errors
    /// Those of mount(2): EBUSY if a file is open for writing.
    fn remount_read_only(&mut self, place: &[u8]) -> Result<()>;

    /// Ends the machine; comes back only if that is refused: reboot(2).
    fn shut_down(&mut self, how: Shutdown);
}
