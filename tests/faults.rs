//! System calls that fail: each that the init makes, as the init and as its child before execve(2), the first time, the second
//! time and always. strace(1) makes them fail, in the file as it is released. Which calls there are is seen in runs without a
//! fault.
//!
//! strace is attached from outside of the PID namespace, to one process alone: to the init before it is executed, or to its
//! child at that one's first instruction, until it executes the program. So no fault reaches any other process.
//!
//! Which calls the program can make is read from its source, and each of them has to have failed but those that a list gives a reason
//! for. The init of a machine, `-B`, is left out: its mount(2), sync(2) and reboot(2) need a virtual machine, into which strace(1)
//! cannot look from outside. tests/boot.rs has one, without faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use scratch_init_tests::{
    As, Case, DEADLINE, Directory, Running, Stream, children, has_namespaces, init, is_idle, is_root, program, root, state, wait_for,
};

/// The calls that src/linux makes by their numbers: by the names of strace(1) on x86_64, with what is asked for where one call is many.
const BY_NUMBER: &[&str] = &[
    "capget",
    "clock_gettime",
    "clone",
    "close_range",
    "execve",
    "exit_group",
    "fcntl",
    "getdents64",
    "getgroups",
    "getpgid",
    "getresgid",
    "getresuid",
    "getsid",
    "ioctl TIOCGPGRP",
    "ioctl TIOCGSID",
    "ioctl TIOCNOTTY",
    "ioctl TIOCSPGRP",
    "kill",
    "lseek",
    "openat",
    "pidfd_open",
    "pidfd_send_signal",
    "ppoll",
    "prctl PR_GET_CHILD_SUBREAPER",
    "prctl PR_GET_DUMPABLE",
    "prctl PR_SET_DUMPABLE",
    "prlimit64",
    "ptrace PTRACE_DETACH",
    "ptrace PTRACE_GETSIGINFO",
    "read",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigqueueinfo",
    "rt_sigtimedwait",
    "signalfd4",
    "wait4",
    "write",
];

/// The functions of rustix that src/linux calls, and the call that each makes.
const BY_RUSTIX: &[(&str, &str)] = &[
    ("access", "access"),
    ("chdir", "chdir"),
    ("close", "close"),
    ("fstat", "fstat"),
    ("getegid", "getegid"),
    ("geteuid", "geteuid"),
    ("getgid", "getgid"),
    ("getpid", "getpid"),
    ("getppid", "getppid"),
    ("getuid", "getuid"),
    ("ioctl_tiocsctty", "ioctl TIOCSCTTY"),
    ("lstat", "newfstatat"),
    ("madvise", "madvise"),
    ("mkdir", "mkdir"),
    ("mmap_anonymous", "mmap"),
    // (Both a module and its function.)
    ("mount", "mount"),
    ("mount_remount", "mount"),
    ("munmap", "munmap"),
    ("nanosleep", "nanosleep"),
    ("poll", "ppoll"),
    ("pwritev2", "pwritev2"),
    ("reboot", "reboot"),
    ("seek", "lseek"),
    ("set_capabilities", "capset"),
    ("set_child_subreaper", "prctl PR_SET_CHILD_SUBREAPER"),
    ("set_parent_process_death_signal", "prctl PR_SET_PDEATHSIG"),
    ("set_thread_groups", "setgroups"),
    ("set_thread_res_gid", "setresgid"),
    ("set_thread_res_uid", "setresuid"),
    ("setpgid", "setpgid"),
    ("setsid", "setsid"),
    ("stat", "newfstatat"),
    ("statfs", "statfs"),
    ("statx", "statx"),
    ("sync", "sync"),
    ("test_kill_process_group", "kill"),
    ("waitid", "waitid"),
    ("waitpid", "wait4"),
    ("write", "write"),
];

/// What else stands behind `rustix::`: modules, and functions that make no call.
const NO_CALLS: &[&str] = &["event", "fd", "fs", "io", "mm", "process", "stderr", "stdin", "stdio", "stdout", "system", "thread"];

/// Calls that do not fail here, and why.
const SPARED: &[(&str, &str)] = &[
    ("exit_group", "it cannot fail"),
    ("getuid", "asked only by a file that has more rights than its caller, which strace takes from it"),
    ("geteuid", "as getuid"),
    ("getgid", "as getuid"),
    ("getegid", "as getuid"),
    ("nanosleep", "made only when another call has failed, but for a pipeline's init, which waits a moment before it ends"),
    ("waitid", "made only when another call has failed"),
    ("mkdir", "only with -B"),
    ("statx", "only with -B"),
    ("mount", "only with -B"),
    ("reboot", "only with -B"),
    ("sync", "only with -B"),
];

/// Bugs of the program that are known. Each is met, so who mends one has to take it out of here.
struct Known {
    what: &'static str,
    is: fn(&Run, &Fault, &Outcome) -> bool,
}

const KNOWN: &[Known] = &[];

/// Whose calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// The init's own.
    Init,
    /// Those of its child, between clone(2) and execve(2).
    Child,
}

/// What makes a program stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// ^Z on the terminal. Where the init is not PID 1 it is the job of a shell, which continues it.
    Key,
    /// It is traced by the init, and gets a signal.
    Traced,
}

/// One short life of the init.
struct Scenario {
    name: &'static str,
    /// The init's arguments. `{probe}` and `{directory}` stand for paths.
    words: &'static [&'static str],
    /// A signal to the init when the program is ready; with a value, if there is one.
    signal: Option<(i32, Option<usize>)>,
    /// Whether standard input is its controlling terminal.
    terminal: bool,
    /// The name that the init's file has.
    file: &'static str,
    /// Whether standard input is closed.
    closed: bool,
    /// For a program that stops: what makes it stop, and what the test sends it at last if nobody continues it.
    stop: Option<(Stop, Signal)>,
    /// The status that it ends with when nothing fails.
    status: i32,
}

const fn scenario(name: &'static str, words: &'static [&'static str], status: i32) -> Scenario {
    Scenario { name, words, signal: None, terminal: false, file: "scratch-init", closed: false, stop: None, status }
}

const fn signalled(name: &'static str, words: &'static [&'static str], signal: i32, status: i32) -> Scenario {
    Scenario { signal: Some((signal, None)), ..scenario(name, words, status) }
}

const fn traced(name: &'static str, words: &'static [&'static str]) -> Scenario {
    Scenario { stop: Some((Stop::Traced, Signal::SIGKILL)), ..scenario(name, words, 7) }
}

const SCENARIOS: &[Scenario] = &[
    scenario("exit", &["-v", "{probe}", "exit", "7"], 7),
    signalled("signal", &["-v", "{probe}", "pause"], libc::SIGTERM, 143),
    Scenario { signal: Some((40, Some(1040))), ..scenario("queued", &["-v", "{probe}", "record", "1"], 0) },
    signalled("group", &["-gv", "{probe}", "pause"], libc::SIGTERM, 143),
    signalled("all", &["-av", "-S400ms", "{probe}", "tree", "1"], libc::SIGTERM, 9),
    signalled("delay", &["-v", "-d100ms", "{probe}", "pause"], libc::SIGTERM, 143),
    signalled("grace", &["-v", "-t400ms", "{probe}", "record", "9"], libc::SIGTERM, 137),
    scenario("sweep", &["-v", "-S400ms", "{probe}", "leave", "session", "5"], 5),
    scenario("sweep-kill", &["-v", "-S400ms", "{probe}", "leave", "stubborn", "5"], 5),
    scenario("orphans", &["-w", "-S400ms", "{probe}", "orphans", "2", "4"], 4),
    signalled("pause", &["-vP"], libc::SIGTERM, 0),
    scenario("parent", &["-v", "-pUSR1", "{probe}", "exit", "7"], 7),
    scenario("user", &["-v", "-u1000:1001,5", "{probe}", "who"], 0),
    scenario("directory", &["-v", "-C/etc", "{probe}", "world"], 0),
    scenario("script", &["-v", "script"], 6),
    scenario("not-found", &["-v", "nonesuch"], 127),
    Scenario { terminal: true, ..scenario("terminal", &["-v", "{probe}", "foreground"], 0) },
    Scenario { terminal: true, stop: Some((Stop::Key, Signal::SIGCONT)), ..scenario("stop", &["-v", "{probe}", "job", "7"], 7) },
    traced("traced", &["-v", "{probe}", "traceme", "usr1", "{probe}", "exit", "7"]),
    traced("traced-execve", &["-v", "{probe}", "traceme", "none", "{probe}", "exit", "7"]),
    Scenario {
        terminal: true,
        file: "dumb-init",
        ..signalled("dumb-init", &["-v", "sh", "-c", "{probe} foreground; exec {probe} pause"], libc::SIGTERM, 143)
    },
    scenario("mode", &["-v", "{directory}/mode"], 126),
    Scenario { closed: true, ..scenario("closed", &["-v", "{probe}", "exit", "7"], 7) },
];

/// The times at which a call fails, as strace has them.
const WHEN: [&str; 3] = ["1", "2", "1+"];

const ERRNOS: [&str; 5] = ["EPERM", "ENOSYS", "EINTR", "ENOMEM", "EAGAIN"];

/// How long a program that no signal reached is given to end all the same, where that is allowed, and where it is not.
const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(15);

/// What fails.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    call: String,
    /// What the call asks for, as strace writes it, where only that call is meant; else nothing.
    request: String,
    /// Which of the calls of this name: see strace(1).
    when: String,
    errno: &'static str,
}

impl Fault {
    /// Whether the errno is one that passes.
    fn passes(&self) -> bool {
        ["EINTR", "ENOMEM", "EAGAIN"].contains(&self.errno)
    }
}

/// One run.
#[derive(Clone)]
struct Run {
    scenario: &'static Scenario,
    place: As,
    role: Role,
    fault: Option<Fault>,
}

impl fmt::Display for Run {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {:?} {:?}", self.scenario.name, self.place, self.role)?;
        let Some(Fault { call, request, when, errno }) = &self.fault else { return Ok(()) };
        let blank = if request.is_empty() { "" } else { " " };
        write!(to, " {call}{blank}{request} when={when} {errno}")
    }
}

/// What it came to.
#[derive(Debug)]
struct Outcome {
    status: i32,
    stdout: String,
    stderr: String,
    /// What the first process of the namespace found at the end that should not be: processes that are left, a stranger
    /// that was signalled.
    found: String,
    trace: String,
    /// Whether the test had to end the program, which no signal reached; or the init, where there is none.
    rescued: bool,
    /// Whether the program was stopped then.
    stopped: bool,
}

/// strace(1), until this is dropped.
struct Strace(Child);

impl Strace {
    /// Attaches it to one process, and waits until it is.
    fn attach(pid: Pid, trace: &Path, fault: Option<&Fault>, more: &[&str]) -> Self {
        let mut command = Command::new("strace");
        command.arg("-o").arg(trace).args(["-ttt", "-p", &pid.to_string()]).args(more);
        if let Some(Fault { call, when, errno, .. }) = fault {
            command.args(["-e", &format!("inject={call}:error={errno}:when={when}")]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("strace runs");
        let said = Stream::new(child.stderr.take().expect("it is piped"));
        let strace = Self(child);
        assert!(wait_for(DEADLINE, || said.text().contains("attached").then_some(())).is_some(), "{command:?}: {}", said.text());
        strace
    }

    /// Lets go of the process.
    fn detach(&mut self) {
        let _ = kill(Pid::from_raw(self.0.id() as i32), Signal::SIGTERM);
        self.finish();
    }

    /// Waits until the process that it is attached to is over, and so the trace is whole.
    fn finish(&mut self) {
        assert!(wait_for(DEADLINE, || self.0.try_wait().expect("it is our child")).is_some(), "strace does not end");
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Stops the first child of the init at its first instruction. (It is a tracee of this thread until then.)
fn hold_child(init: Pid, open: impl FnOnce()) -> Pid {
    let stops = |pid| {
        let stop = || match waitpid(pid, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG)).expect("it is our tracee") {
            WaitStatus::StillAlive => None,
            status => Some(status),
        };
        wait_for(DEADLINE, stop).expect("it stops")
    };
    ptrace::seize(init, ptrace::Options::PTRACE_O_TRACEVFORK).expect("it can be traced");
    open();
    let mut event = stops(init);
    // Under dumb-init's name it gets CONT, because it gives up its terminal.
    while matches!(event, WaitStatus::PtraceEvent(_, Signal::SIGTRAP, libc::PTRACE_EVENT_STOP)) {
        ptrace::cont(init, None).expect("it is our tracee");
        event = stops(init);
    }
    assert!(matches!(event, WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_VFORK)), "{event:?}");
    let child = Pid::from_raw(ptrace::getevent(init).expect("it stopped for that") as i32);
    stops(child);
    kill(child, Signal::SIGSTOP).expect("it is there");
    ptrace::detach(child, None).expect("it is our tracee");
    ptrace::detach(init, None).expect("it is our tracee");
    wait_for(DEADLINE, || (state(child.as_raw()) == 'T').then_some(())).expect("it stops");
    child
}

/// Process 1 where the init is not: has a stranger to the init beside it, and looks afterwards who is left.
const FAMILY: &str = r#"
    "$1" record 1 >"$2/stranger" & stranger=$!
    until [ -s "$2/stranger" ]; do sleep 0.002; done
    directory=$2; shift 2
    "$@"; status=$?
    for process in /proc/[0-9]*; do
        if [ $process != /proc/1 ] && read -r line <$process/stat; then
            set -- ${line##*) }
            if [ $process = /proc/$stranger ]; then
                [ $1 = S ] || echo "the stranger: $line"
            elif [ ${21} != 0 ]; then
                # (Those that have ended, or are about to, have no memory.)
                echo "left: $line"
            fi
        fi
    done >"$directory/found" 2>"$directory/gone"
    exit $status"#;

/// Waits for the end, or until nothing happens any more: then sends this signal to the program. Says whether it did, and whether the
/// program was stopped.
fn settle(running: &mut Running, init: Pid, strace: &Strace, trace: &Path, signal: Signal) -> (bool, bool) {
    let faults = || std::fs::read_to_string(trace).map_or(0, |trace| trace.matches("(INJECTED)").count());
    let rest = |running: &mut Running| running.others_rest(init, &[]);
    let over = running.until("the end, or a rest", |running| {
        let before = faults();
        if wait_for(SOON, || (running.is_over() || !rest(running)).then_some(())).is_some() {
            return running.is_over().then_some(true);
        }
        // The init waits or is stopped, and that is not strace's doing; or its call fails for ever, and it has tried again.
        let waits = is_idle(init) == Some(true) || matches!(state(init.as_raw()), 'T' | 't');
        let traced = is_idle(Pid::from_raw(strace.0.id() as i32)) == Some(false);
        ((waits && !traced) || faults() > before + 5).then_some(false)
    });
    if over {
        return (false, false);
    }
    let program = children(init.as_raw() as u32);
    let stopped = program.iter().any(|&child| matches!(state(child as i32), 'T' | 't'));
    for child in program {
        let _ = kill(Pid::from_raw(child as i32), signal);
    }
    (true, stopped)
}

impl Run {
    fn execute(&self) -> Outcome {
        let directory = Directory::new();
        directory.file("script", b"exit 6\n", 0o755);
        directory.file("mode", b"exit 6\n", 0o644);
        let file = directory.0.join(self.scenario.file);
        symlink(init(), &file).expect("the directory is ours");
        let (gate, probe) = (program("gate"), program("probe"));
        let [gate, probe, init, place] = [&gate, &probe, &file, &directory.0].map(|path| path.to_str().expect("it is text"));
        let words = self.scenario.words.iter().map(|word| word.replace("{probe}", probe).replace("{directory}", place));
        let mut command = Vec::new();
        if self.place == As::Child {
            command.extend(["sh", "-c", FAMILY, "sh", probe, place].map(str::to_owned));
            if self.scenario.types() {
                command.extend([probe, "shell"].map(str::to_owned));
            }
        }
        command.extend([gate, init].map(str::to_owned));
        command.extend(words);
        let path = format!("{place}/nonesuch:{place}:/usr/bin:/bin");
        let mut case = Case::bare(As::Pid1, command).env("PATH", path);
        if self.scenario.closed {
            case = case.env("GATE_CLOSES", "");
        }

        let (stdin, gate_opener): (OwnedFd, File) = if self.scenario.terminal {
            // Close-on-exec from the beginning: other threads start processes.
            let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
            let master = posix_openpt(flags).expect("there are terminals");
            grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
            let name = ptsname_r(&master).expect("it has one");
            (open(&*name, flags, Mode::empty()).expect("it is unlocked"), OwnedFd::from(master).into())
        } else {
            let (reader, writer) = std::io::pipe().expect("there are pipes");
            (reader.into(), OwnedFd::from(writer).into())
        };
        let mut running = case.stdin(stdin).spawn();
        let pid = running.pid_of(Path::new(gate));
        running.until("the gate", |_| (is_idle(pid) == Some(true)).then_some(()));
        let trace = directory.0.join("trace");
        let fault = self.fault.as_ref();
        let mut strace = match self.role {
            Role::Init => {
                let strace = Strace::attach(pid, &trace, fault, &[]);
                (&gate_opener).write_all(b"\n").expect("somebody waits for it");
                strace
            }
            Role::Child => {
                let child = hold_child(pid, || (&gate_opener).write_all(b"\n").expect("somebody waits for it"));
                let strace = Strace::attach(child, &trace, fault, &["--detach-on=execve"]);
                kill(child, Signal::SIGCONT).expect("it is there");
                strace
            }
        };
        if self.role == Role::Init && self.fails("close_range") {
            // Each of 65,533 descriptors is closed by itself then, and under strace that takes ten seconds.
            let closes = || std::fs::read_to_string(&trace).is_ok_and(|trace| trace.matches("EBADF").count() > 50).then_some(());
            running.until("the closing one by one", |running| closes().or_else(|| running.is_over().then_some(())));
            strace.detach();
        }
        let (rescued, stopped) = self.drive(&mut running, pid, &strace, &trace, &gate_opener);
        let output = running.finish();
        strace.finish();
        let read = |name: &str| std::fs::read_to_string(directory.0.join(name)).unwrap_or_default();
        let mut found = read("found");
        if self.place == As::Child && read("stranger") != "ready\n" {
            found += &format!("the stranger got a signal: {}", read("stranger"));
        }
        Outcome { status: output.status, stdout: output.stdout, stderr: output.stderr, found, trace: read("trace"), rescued, stopped }
    }

    /// Sends the signal, or types the key; and says whether the program has to be ended then by the test, and was stopped.
    fn drive(&self, running: &mut Running, init: Pid, strace: &Strace, trace: &Path, mut keyboard: &File) -> (bool, bool) {
        if let Some((stop, signal)) = self.scenario.stop {
            if stop == Stop::Key {
                let ready = |running: &mut Running| (running.stdout().contains("ready\n") || running.is_over()).then_some(());
                running.until("the program to be ready", ready);
                (&mut keyboard).write_all(b"\x1a").expect("it is a terminal");
            }
            return settle(running, init, strace, trace, signal);
        }
        let Some((signal, value)) = self.scenario.signal else { return (false, false) };
        running.until("the program to be ready", |running| {
            let ready = if self.scenario.is_pause() { is_idle(init) == Some(true) } else { running.stdout().contains("ready\n") };
            (ready || running.is_over()).then_some(())
        });
        if running.is_over() {
            return (false, false);
        }
        // SAFETY: numbers.
        let sent = unsafe {
            match value {
                Some(value) => libc::sigqueue(init.as_raw(), signal, libc::sigval { sival_ptr: value as *mut libc::c_void }),
                None => libc::kill(init.as_raw(), signal),
            }
        };
        let error = std::io::Error::last_os_error();
        let over = |running: &mut Running| running.is_over().then_some(());
        if sent != 0 && error.raw_os_error() == Some(libc::ESRCH) {
            // The init has ended by itself since that look: as dumb-init, where it takes the hang-up for somebody's and forwards it. What
            // is around it ends later. How it ended is judged as if the look had come later, too.
            running.until("the end, as the init has ended", over);
            return (false, false);
        }
        assert_eq!(sent, 0, "the signal cannot be sent to the init: {error}");
        if self.is_deaf() {
            let failed = || std::fs::read_to_string(trace).is_ok_and(|trace| trace.contains("(INJECTED)"));
            running.until("the first fault", |_| failed().then_some(()));
        } else if self.scenario.leads_session() {
            return settle(running, init, strace, trace, Signal::SIGKILL);
        } else if self.fails("kill") {
            let unsent = running.until("the signal to be sent, or the end", |running| {
                let unsent = running.stderr().contains("cannot forward");
                (unsent || running.is_over()).then_some(unsent)
            });
            if !unsent || wait_for(SOON, || over(running)).is_some() {
                return (false, false);
            }
        } else if wait_for(LATE, || over(running)).is_some() {
            return (false, false);
        }
        let program = children(init.as_raw() as u32);
        if program.is_empty() {
            let _ = kill(init, Signal::SIGKILL);
        }
        for child in program {
            let _ = kill(Pid::from_raw(child as i32), Signal::SIGKILL);
        }
        (true, false)
    }

    /// Whether this call of the init, or of the child, fails.
    fn fails(&self, call: &str) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.call == call)
    }

    /// Whether the init cannot read its signals, ever.
    fn is_deaf(&self) -> bool {
        self.role == Role::Init && self.fails("read") && self.always()
    }

    /// Whether the call fails for ever.
    fn always(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.when == "1+")
    }
}

/// The lines of a program, in no order, and without PIDs.
fn plain(stdout: &str) -> Vec<String> {
    let mut lines: Vec<_> = stdout
        .lines()
        .filter(|line| !line.starts_with("pid "))
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            ["child", _] => "child".to_owned(),
            [shape, _, "got", signal] => format!("{shape} got {signal}"),
            _ => line.to_owned(),
        })
        .collect();
    lines.sort();
    lines
}

/// The system calls in a trace of one process, in their order: the name of each, and what it asks for, where one name has calls for
/// many things.
fn calls(trace: &str) -> Vec<(&str, &str)> {
    trace.lines().filter_map(call).collect()
}

/// The call in a line of a trace.
fn call(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(' ')?.1.split_once('(')?;
    let request = match name {
        "prctl" | "ptrace" => rest.split([',', ')']).next()?,
        "ioctl" => rest.split([',', ')']).nth(1)?.trim(),
        _ => "",
    };
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some((name, request))
}

/// Does something with each of a list, several at a time, and gives what came of it in the list's order.
fn each<T: Sync, R: Send>(list: &[T], task: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // They wait more than they work.
    let threads = 3 * std::thread::available_parallelism().map_or(1, |count| count.get());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.min(list.len()) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(item) = list.get(at)
                {
                    let result = task(item);
                    done.lock().expect("no panic in here").insert(at, result);
                }
            });
        }
    });
    done.into_inner().expect("no panic in here").into_values().collect()
}

/// What is left out: exit_group, which cannot fail; and what is the gate's, before the init is executed.
const LEFT_OUT: [&str; 3] = ["exit_group", "execve", "pselect6"];

/// The calls of a role in a run without a fault, and of each which of those of its name it is: all of that name, and for some those that
/// ask for the same.
fn made(run: &Run, trace: &str) -> BTreeMap<(String, String), Vec<usize>> {
    let mut made: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (call, request) in calls(trace) {
        if !LEFT_OUT.contains(&call) || (run.role == Role::Child && call == "execve") {
            let number = count.entry(call.to_owned()).or_insert(0);
            *number += 1;
            for request in BTreeSet::from(["", request]) {
                made.entry((call.to_owned(), request.to_owned())).or_default().push(*number);
            }
        }
    }
    made
}

/// Calls that decide what becomes of a signal or of the end: in each scenario that makes them. Of the others so many runs each.
const EVERYWHERE: [&str; 9] =
    ["clock_gettime", "getpid", "kill", "pidfd_send_signal", "ppoll", "prlimit64", "read", "rt_sigqueueinfo", "wait4"];
const ENOUGH: usize = 10;

/// What is asked for by `SCRATCH_INIT_FAULTS`: of every call in every scenario by every errno, which takes some minutes, those whose
/// name, as a failure shows it, has this text in it. `SCRATCH_INIT_FAULTS=` has all of them.
fn wanted() -> Option<String> {
    std::env::var("SCRATCH_INIT_FAULTS").ok()
}

/// The runs: each call at each time by each errno at least once, in as many of the scenarios that make it as there is time for.
fn plan(models: &[(Run, Outcome)]) -> Vec<(usize, Run)> {
    type Makers = BTreeMap<(Role, (String, String), usize), Vec<(usize, String)>>;
    let mut makers: Makers = BTreeMap::new();
    for (at, (run, outcome)) in models.iter().enumerate() {
        for (call, numbers) in made(run, &outcome.trace) {
            let when: Vec<_> = if call.1.is_empty() {
                WHEN.into_iter().zip([1, 2, 1]).filter(|&(_, least)| numbers.len() >= least).map(|(when, _)| when.to_owned()).collect()
            } else {
                numbers.iter().take(2).map(usize::to_string).collect()
            };
            for (time, when) in when.into_iter().enumerate() {
                let time = if when == "1+" { 2 } else { time };
                makers.entry((run.role, call.clone(), time)).or_default().push((at, when));
            }
        }
    }
    let all = wanted().is_some();
    let mut plan: Vec<(usize, Run)> = Vec::new();
    for ((role, (call, request), time), makers) in makers {
        let enough = match role {
            Role::Init if EVERYWHERE.contains(&&*call) => ENOUGH.max(makers.len()),
            Role::Init => ENOUGH,
            Role::Child => ENOUGH / 2,
        };
        let some = (0..enough).map(|i| {
            let at = if enough > makers.len() { i % makers.len() } else { i * makers.len() / enough };
            (&makers[at], ERRNOS[(i + i / makers.len().max(ERRNOS.len()) + time) % ERRNOS.len()])
        });
        let each = makers.iter().flat_map(|maker| ERRNOS.map(|errno| (maker, errno)));
        for ((at, when), errno) in if all { each.collect::<Vec<_>>() } else { some.collect() } {
            let fault = Fault { call: call.clone(), request: request.clone(), when: when.clone(), errno };
            let same = |fault: &Fault, other: &Fault| (&fault.call, &fault.when, fault.errno) == (&other.call, &other.when, other.errno);
            if !plan.iter().any(|(other, planned)| other == at && planned.fault.as_ref().is_some_and(|planned| same(planned, &fault))) {
                plan.push((*at, Run { fault: Some(fault), ..models[*at].0.clone() }));
            }
        }
    }
    plan.retain(|(_, run)| wanted().is_none_or(|text| run.to_string().contains(&text)));
    plan
}

/// What the contract says of a call that fails before the start: whether the init must refuse to start the program, or may; with
/// this status and these words.
enum Start {
    Goes,
    May(i32, &'static str),
    Must(i32, &'static str),
}

impl Run {
    fn start(&self) -> Start {
        use Start::{Goes, May, Must};
        let Some(Fault { call, when, .. }) = &self.fault else { return Goes };
        let first = when != "2";
        match (self.role, &**call) {
            (Role::Init, "rt_sigprocmask") if first => Must(125, "rt_sigprocmask: "),
            (Role::Init, "signalfd4") => Must(125, "signalfd4: "),
            // Its number was that of the closed standard input.
            (Role::Init, "fcntl") if first => Must(125, "signalfd4: "),
            (Role::Init, "clone") => Must(125, "clone: "),
            // One of them asks for the signal.
            (Role::Init, "prctl") if self.scenario.name == "parent" => May(125, "-p: "),
            (Role::Init, _) => Goes,
            (Role::Child, "setpgid") => Must(125, "setpgid: "),
            // It has a group of its own instead, where signals reach it. (The real dumb-init refuses.)
            (Role::Child, "setsid") => Goes,
            (Role::Child, "setgroups" | "setresgid" | "setresuid" | "getgroups" | "getresgid" | "getresuid") => {
                Must(125, "cannot become user 1000: ")
            }
            (Role::Child, "capget") => Must(125, "cannot drop the capabilities for user 1000: "),
            (Role::Child, "chdir") => Must(125, "cannot change to directory '/etc': "),
            // A program that starts with signals blocked could not be stopped.
            (Role::Child, "rt_sigprocmask") => May(125, "rt_sigprocmask: "),
            (Role::Child, "execve") => Must(126, "cannot run '"),
            // Whether it is a text for /bin/sh can then not be told.
            (Role::Child, "openat" | "lseek" | "read" | "newfstatat" | "access") if self.scenario.name == "script" => {
                May(126, "cannot run 'script': ")
            }
            (Role::Child, _) => Goes,
        }
    }

    /// Whether a run came to what the contract says; else why not.
    fn judge(&self, outcome: &Outcome, model: &Outcome) -> Result<(), String> {
        let fault = self.fault.as_ref().expect("it has one");
        let Outcome { status, stdout, stderr, found, trace, rescued, stopped } = outcome;
        let injected: Vec<f64> =
            trace.lines().filter(|line| line.contains("(INJECTED)")).filter_map(|line| line.split_once(' ')?.0.parse().ok()).collect();
        // Ten calls are one try, but for rt_sigqueueinfo(2). At each look for a terminal up to three descriptors are asked.
        let calls = if fault.call == "rt_sigqueueinfo" { 1.0 } else { 10.0 };
        let at_once = if fault.call == "ioctl" { 40.0 } else { 10.0 };
        if let ([first, ..], [.., last]) = (&injected[..], &injected[..])
            && injected.len() as f64 / calls > 100.0 * (last - first) + at_once
        {
            return Err("it is tried too often".into());
        }
        if self.is_deaf() && self.scenario.is_pause() {
            // No signal is ever read, so nothing ends it but KILL.
            return if *rescued { Ok(()) } else { Err("it has no reason to end".into()) };
        }
        for line in stderr.lines() {
            let named = self.scenario.leads_session() && line.starts_with("[dumb-init] ");
            if !(line.starts_with("scratch-init: ") || named) || line.contains(|byte: char| !(' '..='~').contains(&byte)) {
                return Err(format!("{line:?} is no line of the init"));
            }
        }
        for target in trace.lines().filter_map(|line| Some(line.split_once(" kill(")?.1.split_once(',')?.0)) {
            // Group 0 is one of an outer namespace; all is all only as PID 1.
            if target == "0" || (target == "-1" && self.place != As::Pid1) || self.role == Role::Child {
                return Err(format!("it signals {target}"));
            }
        }
        if found.contains("stranger") {
            return Err("a stranger was signalled".into());
        }

        // A walk of /proc more or less is a matter of time: then there was no second call.
        let failed = !injected.is_empty();
        let (must, refused, words) = match self.start() {
            _ if !failed => (false, 0, ""),
            Start::Goes => (false, 0, ""),
            Start::May(status, words) => (false, status, words),
            Start::Must(status, words) => (true, status, words),
        };
        let (refused, words) = if self.scenario.leads_session() {
            // dumb-init has numbers and words of its own.
            match refused {
                125 => (1, words),
                126 => (2, "[dumb-init] sh: "),
                _ => (refused, words),
            }
        } else {
            (refused, words)
        };
        if refused != 0
            && *status == refused
            && stdout.is_empty()
            && found.is_empty()
            && stderr.lines().filter(|line| *line != "[dumb-init] setsid complete.").count() == 1
            && stderr.contains(words)
        {
            return Ok(());
        }
        if must {
            return Err("the program must not start, and one line say why".into());
        }

        let same = *status == model.status;
        let (said, model_said) = (plain(stdout), plain(&model.stdout));
        // (One that ends by TERM does not get CONT.)
        let fewer = said.iter().all(|line| model_said.contains(line) || line == "child got 18");
        // What cannot be written is lost.
        let line = !self.scenario.is_refused() || stderr.lines().count() == 1 || self.fails("write");
        if same && line && said == model_said && found.is_empty() && !rescued {
            return Ok(());
        }

        let once = !self.always() && fault.passes();
        let (name, call) = (self.scenario.name, &*fault.call);
        let left = self.place == As::Child;
        let hit = |request: &str| trace.lines().any(|line| line.contains("(INJECTED)") && line.contains(request));
        let [front, behind] = ["continued, in the foreground 1", "continued, in the foreground 0"];
        // It ended by itself, as without the fault; but another line may have been said.
        let went_on = !rescued && same && found.is_empty();
        // The program was left stopped, and all the rest went on: the test continued it.
        let left_stopped_after = |expected: &[&str]| *rescued && *stopped && same && said == expected && found.is_empty();
        let left_stopped = left_stopped_after(&[front, "ready"]);
        let allowed = match (self.role, call) {
            // Nobody but the init continues the program as PID 1, and where a shell has continued the init. Where its CONT cannot be sent,
            // the program stays stopped; and that is said. Where the init is to stop with it and cannot, the program goes on at once, and the shell knows nothing of it.
            (Role::Init, "kill") if name == "stop" && !once => {
                let undone = went_on && left && said == [front, "ready"] && hit("SIGTSTP");
                let stays = left_stopped || left && left_stopped_after(&[front, "ready", "the job stopped by 20"]);
                undone || (stays && hit("SIGCONT") && stderr.contains(&format!(": {}\n", fault.errno)))
            }
            // Nor does it stop where it cannot unblock the signal. (It reads that TSTP later and forwards it: all stop then, if the
            // program still runs.)
            (Role::Init, "rt_sigprocmask") if name == "stop" && left => went_on && said == [front, "ready"],
            // It cannot be told that it has a terminal: then a stop is the affair of who has sent it.
            (Role::Init, "ioctl" | "getsid") if name == "stop" && self.always() => left_stopped,
            (Role::Init, "ioctl") if name == "stop" && hit("TIOCGPGRP") && !once => left_stopped,
            // The terminal cannot be handed over: the program goes on in the background.
            (Role::Init, "ioctl") if name == "stop" && left && hit("TIOCSPGRP") => {
                went_on && said == [behind, "ready", "the job stopped by 20"]
            }
            // A group is not known. Without its own the init knows of no shell, and undoes the stop; without the program's it cannot hand
            // the terminal over.
            (Role::Init, "getpgid") if name == "stop" && left => {
                went_on && (said == [front, "ready"] || said == [behind, "ready", "the job stopped by 20"])
            }
            // Only wait4(2) tells of stops.
            (Role::Init, "wait4") if name == "stop" && self.always() => left_stopped,
            (Role::Init, "wait4") if self.scenario.is_traced() && self.always() => {
                *rescued && *stopped && *status == 137 && fewer && found.is_empty()
            }
            // A process that is traced cannot be let go. Nothing but KILL reaches it.
            (Role::Init, "ptrace") if hit("PTRACE_DETACH") && !once => *rescued && *stopped && *status == 137 && fewer && found.is_empty(),
            // Whether it is execve's own TRAP is not known, so the program gets it.
            (Role::Init, "ptrace") if name == "traced-execve" && hit("PTRACE_GETSIGINFO") && !hit("PTRACE_DETACH") => {
                !rescued && *status == 133 && said == model_said && found.is_empty()
            }
            // A signal cannot be sent. As dumb-init, which does not look, it says that it was forwarded.
            (Role::Init, "kill") if self.scenario.leads_session() && !once => {
                *rescued && !stopped && *status == 137 && said == model_said && found.is_empty()
            }
            // These cannot fail. If they do, it does not know that it led its session, and so not that the hang-up is its own doing.
            (Role::Init, "getsid" | "getpid") if self.scenario.leads_session() && !rescued && *status == 129 => {
                fewer && stderr.contains("Forwarded signal 1 to children.") && (found.is_empty() || left)
            }
            // Without a session of its own the program has no terminal.
            (Role::Child, "setsid") => same && said == ["in the foreground 0", "ready"],
            // It keeps the terminal, or the program's session cannot take it.
            (_, "ioctl") if self.scenario.leads_session() => went_on && said == ["in the foreground 0", "ready"],
            // The program did not get the terminal, so ^Z is the init's. As PID 1 it does not stop, nor does the program.
            (Role::Child, "ioctl" | "getsid" | "getpgid" | "getpid") if name == "stop" && !left => {
                *rescued && !stopped && same && said == [behind, "ready"]
            }
            // A signal cannot be sent. That is said. (What passes is tried again.)
            (Role::Init, "kill") if !once => {
                stderr.contains(&format!(": {}\n", fault.errno))
                    && stderr.contains("cannot forward ")
                    && (same || *status == 137)
                    && fewer
                    && found.is_empty()
            }
            // No signal is ever read, so none is forwarded. But the program's end is seen. (Files of
            // /proc cannot be read either: who has left the program's group is not found.)
            (Role::Init, "read") if self.always() && *rescued => *status == 137 && fewer && (found.is_empty() || left),
            // /proc cannot be read. That is said. The group has to do, and who has left it goes on under the next reaper.
            (Role::Init, "openat" | "getdents64" | "lseek" | "read") if !once && left => same && fewer && stderr.contains("/proc"),
            // Without a clock all time is over: a grace period and a sweep end when they begin, and who is killed may not have said what it
            // got, nor have ended yet.
            (Role::Init, "clock_gettime") if !once => same && fewer && (found.is_empty() || left),
            // getppid(2) cannot fail. If it does once, the parent looks like another, as when it has died meanwhile.
            (Role::Init, "getppid") if name == "parent" && !self.always() => {
                *status == 138 && stderr.contains("ended by USR1, sent by the init")
            }
            // These cannot fail, nor pass. If they do fail, the init does not know that it is PID 1, nor whether /proc is of its
            // namespace. That is said. The group has to do, as above, or nobody gets that one signal.
            (Role::Init, "getpid" | "getppid") => {
                let said = stderr.contains("goes to the program's group") || stderr.contains("cannot forward ");
                same && fewer && said && (found.is_empty() || left)
            }
            // The kernel makes the init no subreaper: orphans go to another.
            (Role::Init, "prctl") if left => same && fewer,
            // The signal goes without its value.
            (Role::Init, "rt_sigqueueinfo") => same && said == ["40 0 0", "ready"] && found.is_empty(),
            // Without these it cannot be told whose terminal it is, or it cannot be handed over.
            (Role::Child, "ioctl" | "getsid" | "getpgid" | "getpid") if name == "terminal" => same && said == ["in the foreground 0"],
            _ => false,
        };
        if allowed && failed { Ok(()) } else { Err("that is not how it may end".into()) }
    }
}

impl Scenario {
    /// Whether there is no program to start.
    fn is_refused(&self) -> bool {
        ["not-found", "mode"].contains(&self.name)
    }

    /// Whether the program is traced by the init.
    fn is_traced(&self) -> bool {
        matches!(self.stop, Some((Stop::Traced, _)))
    }

    /// Whether ^Z is typed.
    fn types(&self) -> bool {
        matches!(self.stop, Some((Stop::Key, _)))
    }

    /// Whether the program leads a session, as under dumb-init's name.
    fn leads_session(&self) -> bool {
        self.file == "dumb-init"
    }

    /// Whether it runs no program.
    fn is_pause(&self) -> bool {
        self.name == "pause"
    }
}

/// What a person needs to see of a run that failed, and to repeat it.
fn tell(run: &Run, why: &str, outcome: Option<&Outcome>, model: &Outcome) -> String {
    let fault = run.fault.as_ref().expect("it has one");
    let mut text = format!(
        "=== {run}: {why}\nscratch-init {}, strace -e inject={}:error={}:when={}\n",
        run.scenario.words.join(" "),
        fault.call,
        fault.errno,
        fault.when,
    );
    if let Some(Outcome { status, stdout, stderr, found, trace, rescued, stopped }) = outcome {
        let lines: Vec<_> = trace.lines().collect();
        let place = lines.iter().position(|line| line.contains("(INJECTED)")).unwrap_or(0);
        let shown = lines[place.saturating_sub(5)..].iter().take(40).copied().collect::<Vec<_>>().join("\n");
        text += &format!("status {status}, without the fault {}", model.status);
        text += match (rescued, stopped) {
            (true, true) => "; the program was left stopped, so the test ended or continued it\n",
            (true, false) => "; no signal reached the program, so the test ended or continued it\n",
            _ => "\n",
        };
        text += &format!(
            "stdout: {stdout:?}\nwithout: {:?}\nstderr:\n{stderr}{found}trace, from before the first fault:\n{shown}\n",
            model.stdout
        );
    }
    text
}

/// The calls that src/linux can make.
fn possible() -> BTreeSet<&'static str> {
    BY_NUMBER.iter().copied().chain(BY_RUSTIX.iter().map(|&(_, call)| call)).collect()
}

/// The words of the source of the real kernel that name a call, without those of the other machines: numbers and requests, and what
/// stands behind `rustix::`.
fn words_of_source() -> (BTreeSet<String>, BTreeSet<String>) {
    const MACHINES: [&str; 4] = ["aarch64.rs", "arm.rs", "riscv64.rs", "x86.rs"];
    let (mut numbers, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for entry in std::fs::read_dir(root().join("src/linux")).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_none_or(|extension| extension != "rs") || MACHINES.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("it is text");
        let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
        for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if let Some(number) = word.strip_prefix("__NR_") {
                numbers.insert(number.to_owned());
            } else if ["TIOC", "PTRACE_", "PR_"].iter().any(|prefix| word.starts_with(prefix)) {
                numbers.insert(word.to_owned());
            }
        }
        for (at, _) in code.match_indices("rustix::") {
            let rest = &code[at + "rustix::".len()..];
            let import = code[..at].ends_with("use ");
            let end = rest.find(|c: char| if import { c == ';' } else { !c.is_ascii_alphanumeric() && c != '_' && c != ':' });
            let words = rest[..end.unwrap_or(rest.len())].split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            functions.extend(words.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned));
        }
    }
    (numbers, functions)
}

#[test]
fn the_lists_have_each_call_of_the_source() {
    let (numbers, functions) = words_of_source();
    let listed: BTreeSet<_> = BY_NUMBER.iter().flat_map(|call| call.split(' ')).map(str::to_owned).collect();
    assert_eq!(numbers, listed);
    let listed: BTreeSet<_> = BY_RUSTIX.iter().map(|&(name, _)| name).chain(NO_CALLS.iter().copied()).map(str::to_owned).collect();
    assert_eq!(functions, listed);
}

/// A run that came to its end, or what did not happen in it.
fn attempt(run: &Run) -> Result<Outcome, String> {
    std::panic::catch_unwind(|| run.execute()).map_err(|panic| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(_) => "a panic".to_owned(),
    })
}

#[test]
#[ignore = "needs strace"]
fn each_call_can_fail() {
    if !has_namespaces() {
        return;
    }
    let mut runs = Vec::new();
    for scenario in SCENARIOS {
        if scenario.name == "user" && !is_root() {
            continue;
        }
        for place in [As::Pid1, As::Child] {
            for role in [Role::Init, Role::Child] {
                // -P has no child.
                if role == Role::Init || !scenario.is_pause() {
                    runs.push(Run { scenario, place, role, fault: None });
                }
            }
        }
    }
    let models = each(&runs, |run| {
        let outcome = attempt(run);
        outcome.unwrap_or_else(|why| panic!("{run}: {why}"))
    });
    for (run, Outcome { status, stderr, found, rescued, .. }) in runs.iter().zip(&models) {
        assert_eq!((*status, &**found, *rescued), (run.scenario.status, "", false), "{run}\n{stderr}");
    }
    let models: Vec<_> = runs.into_iter().zip(models).collect();
    let plan = plan(&models);
    let hits = AtomicUsize::new(0);
    let (injected, met) = (Mutex::new(BTreeSet::new()), Mutex::new(BTreeSet::new()));
    let failed: Vec<_> = each(&plan, |(at, run)| {
        let model = &models[*at].1;
        let outcome = match attempt(run) {
            Ok(outcome) => outcome,
            Err(why) => return Some(tell(run, &why, None, model)),
        };
        let failing: Vec<_> = outcome.trace.lines().filter(|line| line.contains("(INJECTED)")).filter_map(call).collect();
        if !failing.is_empty() {
            hits.fetch_add(1, Ordering::Relaxed);
        }
        let names = failing.iter().map(|(name, request)| format!("{name} {request}").trim_end().to_owned());
        injected.lock().expect("no panic in here").extend(names);
        let why = run.judge(&outcome, model).err()?;
        let fault = run.fault.as_ref().expect("it has one");
        if let Some(at) = KNOWN.iter().position(|known| (known.is)(run, fault, &outcome)) {
            met.lock().expect("no panic in here").insert(at);
            return None;
        }
        Some(tell(run, &why, Some(&outcome), model))
    });
    let failed: Vec<_> = failed.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{}\n{} of {} runs failed", failed.join("\n"), failed.len(), plan.len());
    let hits = hits.into_inner();
    let injected = injected.into_inner().expect("no panic in here");
    println!("{} runs, in {hits} a call failed: {}", plan.len(), injected.iter().cloned().collect::<Vec<_>>().join(", "));
    if wanted().is_some() {
        return;
    }
    let met = met.into_inner().expect("no panic in here");
    let mended: Vec<_> = KNOWN.iter().enumerate().filter(|(at, _)| !met.contains(at)).map(|(_, known)| known.what).collect();
    assert!(mended.is_empty(), "this is no bug any more: {mended:?}");
    // The names are those of x86_64, and an ordinary user's program keeps its user.
    if cfg!(not(target_arch = "x86_64")) || !models.iter().any(|(run, _)| run.scenario.name == "user") {
        return;
    }
    let spared: BTreeSet<_> = SPARED.iter().map(|&(call, _)| call).collect();
    let missed: Vec<_> = possible().into_iter().filter(|&call| !injected.contains(call)).collect();
    assert_eq!(missed.into_iter().collect::<BTreeSet<_>>(), spared, "calls that never failed, and those that need not");
    let strange: Vec<_> = injected.iter().filter(|call| !possible().contains(call.as_str())).collect();
    assert!(strange.is_empty(), "calls that are not in the lists: {strange:?}");
    assert!(hits >= 600 || wanted().is_some(), "only in {hits} of {} runs did a call fail", plan.len());
}
