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
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, Uid};

use scratch_init_tests::{As, Case, DEADLINE, Directory, Running, Stream, can, children, has_namespaces, init, is_idle, program, state, wait_for};

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
    signalled("all", &["-av", "{probe}", "tree", "1"], libc::SIGTERM, 9),
    signalled("delay", &["-v", "-d100ms", "{probe}", "pause"], libc::SIGTERM, 143),
    signalled("grace", &["-v", "-t200ms", "{probe}", "record", "9"], libc::SIGTERM, 137),
    scenario("sweep", &["-v", "-S200ms", "{probe}", "leave", "session", "5"], 5),
    scenario("sweep-kill", &["-v", "-S200ms", "{probe}", "leave", "stubborn", "5"], 5),
    scenario("orphans", &["-w", "{probe}", "orphans", "2", "4"], 4),
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
    /// Whether the test had to end the program, which no signal reached.
    rescued: bool,
    took: Duration,
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
            case $process$line in
                /proc/$stranger*') S '*) ;;
                /proc/$stranger*) echo "the stranger: $line" ;;
                *') Z '*) ;;
                *) echo "left: $line" ;;
            esac
        fi 2>/dev/null
    done >"$directory/found"
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

        let (stdin, open): (OwnedFd, File) = if self.scenario.terminal {
            let pty = nix::pty::openpty(None, None).expect("there are terminals");
            (pty.slave, pty.master.into())
        } else {
            let (reader, writer) = std::io::pipe().expect("there are pipes");
            (reader.into(), OwnedFd::from(writer).into())
        };
        let mut running = case.stdin(stdin).spawn();
        let pid = running.pid_of(Path::new(gate));
        running.until("the gate", |_| (is_idle(pid) == Some(true)).then_some(()));
        let begin = Instant::now();
        let trace = directory.0.join("trace");
        let fault = self.fault.as_ref();
        let mut strace = match self.role {
            Role::Init => {
                let strace = Strace::attach(pid, &trace, fault, &[]);
                (&open).write_all(b"\n").expect("somebody waits for it");
                strace
            }
            Role::Child => {
                let child = hold_child(pid, || (&open).write_all(b"\n").expect("somebody waits for it"));
                let strace = Strace::attach(child, &trace, fault, &["--detach-on=execve"]);
                kill(child, Signal::SIGCONT).expect("it is there");
                strace
            }
        };
        let rescued = self.drive(&mut running, pid);
        let output = running.finish();
        let took = begin.elapsed();
        strace.finish();
        let read = |name: &str| std::fs::read_to_string(directory.0.join(name)).unwrap_or_default();
        let mut found = read("found");
        if self.place == As::Child && read("stranger") != "ready\n" {
            found += &format!("the stranger got a signal: {}", read("stranger"));
        }
        Outcome { status: output.status, stdout: output.stdout, stderr: output.stderr, found, trace: read("trace"), rescued, took }
    }

    /// Sends the signal; and says whether the program has to be ended then by the test.
    fn drive(&self, running: &mut Running, init: Pid) -> bool {
        let Some((signal, value)) = self.scenario.signal else { return false };
        let pause = self.scenario.words.contains(&"-vP");
        running.until("the program to be ready", |running| {
            let ready = if pause { is_idle(init) == Some(true) } else { running.stdout().contains("ready\n") };
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
        assert_eq!(sent, 0, "{self}");
        if !self.may_need_rescue() || wait_for(Duration::from_secs(5), || running.is_over().then_some(())).is_some() {
            return false;
        }
        for child in children(init.as_raw() as u32) {
            let _ = kill(Pid::from_raw(child as i32), Signal::SIGKILL);
        }
        true
    }

    fn may_need_rescue(&self) -> bool {
        self.fault.is_some()
    }

    /// The same without a fault.
    fn model(&self) -> Self {
        Self { fault: None, ..self.clone() }
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
const EVERYWHERE: [&str; 8] = ["clock_gettime", "kill", "pidfd_send_signal", "ppoll", "read", "rt_sigqueueinfo", "wait4", "clone"];
const ENOUGH: usize = 10;

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
    let all = std::env::var_os("SCRATCH_INIT_FAULTS").is_some_and(|value| value == "all");
    let mut plan = Vec::new();
    for ((role, call, time), makers) in makers {
        let enough = match role {
            _ if all => makers.len() * ERRNOS.len(),
            Role::Init if EVERYWHERE.contains(&&*call) => ENOUGH.max(makers.len()),
            Role::Init => ENOUGH,
            Role::Child => ENOUGH / 2,
        };
        for i in 0..enough {
            let at = makers[if enough > makers.len() { i % makers.len() } else { i * makers.len() / enough }];
            let errno = ERRNOS[(i + i / makers.len().max(ERRNOS.len()) + time) % ERRNOS.len()];
            let fault = Fault { call: call.clone(), when: WHEN[time], errno };
            if !plan.iter().any(|(a, run): &(usize, Run)| *a == at && run.fault.as_ref() == Some(&fault)) {
                plan.push((at, Run { fault: Some(fault), ..models[at].0.clone() }));
            }
        }
    }
    plan
}

#[test]
#[ignore = "needs strace"]
fn draft() {
    if !has_namespaces() {
        return;
    }
    let mut runs = Vec::new();
    for scenario in SCENARIOS {
        for place in [As::Pid1, As::Child] {
            for role in [Role::Init, Role::Child] {
                if role == Role::Init || scenario.name != "pause" {
                    runs.push(Run { scenario, place, role, fault: None });
                }
            }
        }
    }
    let (_, _) = (program("gate"), program("probe"));
    let out = each(&runs, Run::execute);
    for (run, out) in runs.iter().zip(&out) {
        assert_eq!(out.status, run.scenario.status, "{run}");
        assert_eq!(out.found, "", "{run}");
    }
    let models: Vec<_> = runs.into_iter().zip(out).collect();
    let plan = plan(&models);
    println!("{} runs", plan.len());
    let begin = Instant::now();
    let outs = each(&plan, |(_, run)| std::panic::catch_unwind(|| run.execute()).map_err(|e| e.downcast_ref::<String>().cloned().unwrap_or_default()));
    println!("took {:?}", begin.elapsed());
    let mut bad = 0;
    for ((at, run), out) in plan.iter().zip(&outs) {
        let model = &models[*at].1;
        match out {
            Err(e) => { bad += 1; println!("=== {run}: PANIC {e}"); }
            Ok(out) => {
                let injected = out.trace.contains("(INJECTED)");
                let ok = out.status == run.scenario.status && plain(&out.stdout) == plain(&model.stdout) && out.found.is_empty() && !out.rescued && injected;
                if !ok || out.took > model.took + Duration::from_secs(1) {
                    bad += 1;
                    println!("=== {run}: status {} rescued {} inj {injected} took {:?} out {:?} err {:?} found {:?}", out.status, out.rescued, out.took,
                        if plain(&out.stdout) == plain(&model.stdout) { vec![] } else { plain(&out.stdout) }, out.stderr, out.found);
                    let dir = std::path::PathBuf::from("/tmp/faults-traces");
                    let _ = std::fs::create_dir_all(&dir);
                    let _ = std::fs::write(dir.join(run.to_string().replace(' ', "_")), &out.trace);
                }
            }
        }
    }
    println!("{bad} deviate");
    let _ = (can as fn(&str, bool) -> bool, Uid::effective());
    let _ = models[0].0.model();
}
