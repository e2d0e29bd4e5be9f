//! System calls that fail: each that the init makes, as the init and as its child before execve(2), the first time, the second
//! time and always. strace(1) makes them fail, in the file as it is released. Which calls there are is seen in runs without a
//! fault.
//!
//! strace is attached from outside of the PID namespace, to one process alone: to the init before it is executed, or to its
//! child at that one's first instruction, until it executes the program. So no fault reaches any other process.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
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
    As, Case, DEADLINE, Directory, Running, Stream, children, has_namespaces, init, is_idle, is_root, program, state, wait_for,
};

/// Whose calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// The init's own.
    Init,
    /// Those of its child, between clone(2) and execve(2).
    Child,
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
    /// The status that it ends with when nothing fails.
    status: i32,
}

const fn scenario(name: &'static str, words: &'static [&'static str], status: i32) -> Scenario {
    Scenario { name, words, signal: None, terminal: false, status }
}

const fn signalled(name: &'static str, words: &'static [&'static str], signal: i32, status: i32) -> Scenario {
    Scenario { signal: Some((signal, None)), ..scenario(name, words, status) }
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
    when: &'static str,
    errno: &'static str,
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
        self.fault.as_ref().map_or(Ok(()), |Fault { call, when, errno }| write!(to, " {call} when={when} {errno}"))
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
}

/// strace(1), until this is dropped.
struct Strace(Child);

impl Strace {
    /// Attaches it to one process, and waits until it is.
    fn attach(pid: Pid, trace: &Path, fault: Option<&Fault>, more: &[&str]) -> Self {
        let mut command = Command::new("strace");
        command.arg("-o").arg(trace).args(["-ttt", "-p", &pid.to_string()]).args(more);
        if let Some(Fault { call, when, errno }) = fault {
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
    let event = stops(init);
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

impl Run {
    fn execute(&self) -> Outcome {
        let directory = Directory::new();
        directory.file("script", b"exit 6\n", 0o755);
        let (gate, probe) = (program("gate"), program("probe"));
        let [gate, probe, init, place] = [&gate, &probe, init(), &directory.0].map(|path| path.to_str().expect("it is text"));
        let words = self.scenario.words.iter().map(|word| word.replace("{probe}", probe));
        let mut command = Vec::new();
        if self.place == As::Child {
            command.extend(["sh", "-c", FAMILY, "sh", probe, place].map(str::to_owned));
        }
        command.extend([gate, init].map(str::to_owned));
        command.extend(words);
        let path = format!("{place}/nonesuch:{place}:/usr/bin:/bin");
        let case = Case::bare(As::Pid1, command).env("PATH", path);

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
        let rescued = self.drive(&mut running, pid, &trace);
        let output = running.finish();
        strace.finish();
        let read = |name: &str| std::fs::read_to_string(directory.0.join(name)).unwrap_or_default();
        let mut found = read("found");
        if self.place == As::Child && read("stranger") != "ready\n" {
            found += &format!("the stranger got a signal: {}", read("stranger"));
        }
        Outcome { status: output.status, stdout: output.stdout, stderr: output.stderr, found, trace: read("trace"), rescued }
    }

    /// Sends the signal; and says whether the program has to be ended then by the test.
    fn drive(&self, running: &mut Running, init: Pid, trace: &Path) -> bool {
        let Some((signal, value)) = self.scenario.signal else { return false };
        running.until("the program to be ready", |running| {
            let ready = if self.scenario.is_pause() { is_idle(init) == Some(true) } else { running.stdout().contains("ready\n") };
            (ready || running.is_over()).then_some(())
        });
        if running.is_over() {
            return false;
        }
        // SAFETY: numbers.
        let sent = unsafe {
            match value {
                Some(value) => libc::sigqueue(init.as_raw(), signal, libc::sigval { sival_ptr: value as *mut libc::c_void }),
                None => libc::kill(init.as_raw(), signal),
            }
        };
        assert_eq!(sent, 0, "the signal cannot be sent to the init: {}", std::io::Error::last_os_error());
        let over = |running: &mut Running| running.is_over().then_some(());
        if self.is_deaf() {
            let failed = || std::fs::read_to_string(trace).is_ok_and(|trace| trace.contains("(INJECTED)"));
            running.until("the first fault", |_| failed().then_some(()));
        } else if self.fails("kill") {
            let unsent = running.until("the signal to be sent, or the end", |running| {
                let unsent = running.stderr().contains("cannot forward");
                (unsent || running.is_over()).then_some(unsent)
            });
            if !unsent || wait_for(SOON, || over(running)).is_some() {
                return false;
            }
        } else if wait_for(LATE, || over(running)).is_some() {
            return false;
        }
        let program = children(init.as_raw() as u32);
        if program.is_empty() {
            let _ = kill(init, Signal::SIGKILL);
        }
        for child in program {
            let _ = kill(Pid::from_raw(child as i32), Signal::SIGKILL);
        }
        true
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

/// The names of the system calls in a trace of one process, in their order.
fn calls(trace: &str) -> Vec<&str> {
    trace
        .lines()
        .filter_map(|line| line.split_once(' ')?.1.split_once('('))
        .map(|(name, _)| name)
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .collect()
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

/// The calls of a role in a run without a fault, and how often each is made.
fn made(run: &Run, trace: &str) -> BTreeMap<String, usize> {
    let mut made = BTreeMap::new();
    for call in calls(trace) {
        if !LEFT_OUT.contains(&call) || (run.role == Role::Child && call == "execve") {
            *made.entry(call.to_owned()).or_insert(0) += 1;
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
    let mut makers: BTreeMap<(Role, String, usize), Vec<usize>> = BTreeMap::new();
    for (at, (run, outcome)) in models.iter().enumerate() {
        for (call, count) in made(run, &outcome.trace) {
            for (time, least) in [1, 2, 1].into_iter().enumerate() {
                if count >= least {
                    makers.entry((run.role, call.clone(), time)).or_default().push(at);
                }
            }
        }
    }
    let all = wanted().is_some();
    let mut plan: Vec<(usize, Run)> = Vec::new();
    for ((role, call, time), makers) in makers {
        let enough = match role {
            Role::Init if EVERYWHERE.contains(&&*call) => ENOUGH.max(makers.len()),
            Role::Init => ENOUGH,
            Role::Child => ENOUGH / 2,
        };
        let some = (0..enough).map(|i| {
            let at = if enough > makers.len() { i % makers.len() } else { i * makers.len() / enough };
            (makers[at], ERRNOS[(i + i / makers.len().max(ERRNOS.len()) + time) % ERRNOS.len()])
        });
        let each = makers.iter().flat_map(|&at| ERRNOS.map(|errno| (at, errno)));
        for (at, errno) in if all { each.collect::<Vec<_>>() } else { some.collect() } {
            let run = Run { fault: Some(Fault { call: call.clone(), when: WHEN[time], errno }), ..models[at].0.clone() };
            if !plan.iter().any(|(other, planned)| *other == at && planned.fault == run.fault) {
                plan.push((at, run));
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
        let first = *when != "2";
        match (self.role, &**call) {
            (Role::Init, "rt_sigprocmask") if first => Must(125, "rt_sigprocmask: "),
            (Role::Init, "signalfd4") => Must(125, "signalfd4: "),
            (Role::Init, "clone") => Must(125, "clone: "),
            // One of them asks for the signal.
            (Role::Init, "prctl") if self.scenario.name == "parent" => May(125, "-p: "),
            (Role::Init, _) => Goes,
            (Role::Child, "setpgid") => Must(125, "setpgid: "),
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
        let Outcome { status, stdout, stderr, found, trace, rescued } = outcome;
        let injected: Vec<f64> =
            trace.lines().filter(|line| line.contains("(INJECTED)")).filter_map(|line| line.split_once(' ')?.0.parse().ok()).collect();
        // Ten calls are one try, as are a second's of rt_sigqueueinfo(2), each after a wait of a millisecond.
        if let ([first, ..], [.., last]) = (&injected[..], &injected[..])
            && injected.len() as f64 > 1000.0 * (last - first) + 100.0
        {
            return Err("it is tried too often".into());
        }
        if self.is_deaf() && self.scenario.is_pause() {
            // No signal is ever read, so nothing ends it but KILL.
            return if *rescued { Ok(()) } else { Err("it has no reason to end".into()) };
        }
        for line in stderr.lines() {
            if !line.starts_with("scratch-init: ") || line.contains(|byte: char| !(' '..='~').contains(&byte)) {
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
        if refused != 0
            && *status == refused
            && stdout.is_empty()
            && found.is_empty()
            && stderr.lines().count() == 1
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

        let once = !self.always() && ["EINTR", "ENOMEM", "EAGAIN"].contains(&fault.errno);
        let (name, call) = (self.scenario.name, &*fault.call);
        let left = self.place == As::Child;
        let allowed = match (self.role, call) {
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
        self.name == "not-found"
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
    if let Some(Outcome { status, stdout, stderr, found, trace, rescued }) = outcome {
        let lines: Vec<_> = trace.lines().collect();
        let place = lines.iter().position(|line| line.contains("(INJECTED)")).unwrap_or(0);
        let shown = lines[place.saturating_sub(5)..].iter().take(40).copied().collect::<Vec<_>>().join("\n");
        text += &format!("status {status}, without the fault {}", model.status);
        text += if *rescued { "; no signal reached the program, so the test ended it\n" } else { "\n" };
        text += &format!(
            "stdout: {stdout:?}\nwithout: {:?}\nstderr:\n{stderr}{found}trace, from before the first fault:\n{shown}\n",
            model.stdout
        );
    }
    text
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
    let models = each(&runs, Run::execute);
    for (run, Outcome { status, stderr, found, rescued, .. }) in runs.iter().zip(&models) {
        assert_eq!((*status, &**found, *rescued), (run.scenario.status, "", false), "{run}\n{stderr}");
    }
    let models: Vec<_> = runs.into_iter().zip(models).collect();
    let plan = plan(&models);
    let hits = AtomicUsize::new(0);
    let failed: Vec<_> = each(&plan, |(at, run)| {
        let model = &models[*at].1;
        let attempt = attempt(run);
        if attempt.as_ref().is_ok_and(|outcome| outcome.trace.contains("(INJECTED)")) {
            hits.fetch_add(1, Ordering::Relaxed);
        }
        match attempt {
            Ok(outcome) => run.judge(&outcome, model).err().map(|why| tell(run, &why, Some(&outcome), model)),
            Err(why) => Some(tell(run, &why, None, model)),
        }
    });
    let failed: Vec<_> = failed.into_iter().flatten().collect();
    assert!(failed.is_empty(), "{}\n{} of {} runs failed", failed.join("\n"), failed.len(), plan.len());
    let hits = hits.into_inner();
    assert!(hits >= 600 || wanted().is_some(), "only in {hits} of {} runs did a call fail", plan.len());
}
