//! The simulated kernel and the real one agree: the scenarios that can be had for real make the same calls, in the same order,
//! with the same arguments and results. strace(1) tells the calls of the file as it is released.
//!
//! The real processes have the same PIDs as the simulated ones, so most calls are compared as they are: see [`compared`].
//!
//! In a simulated world a signal acts at once, and what happens at one time happens before the init's next call. So that it is
//! the same here, strace holds the init at each call until all others sleep: its lines go into a pipe that holds one of them,
//! and it lets the init go on when it could write the line. Real time is only waited for where the scenario says that some has
//! to pass.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo, pipe2};
use scratch_init::kernel::Which;
use scratch_init::number;
use scratch_init::proc;
use scratch_init::say::{Line, Output};
use scratch_init::signals::Received;
use scratch_init::walk;
use scratch_init_tests::{As, Case, DEADLINE, Directory, has_namespaces, init, program};

use crate::kernel::{Call, Entry, Outcome, simulate};
use crate::scenario::{Deed, End, Event, Group, Name, Opt, Place, Proc, Process, Reaction, Scenario};
use crate::scenarios;
use crate::world::{MS, SI_QUEUE};

/// How long a real life takes at least, in milliseconds, but for the deadlines that are the init's own; and how many times longer
/// all takes than the scenario says, at least and at most. What the scenario has before a deadline has to come before it here
/// too, and this is the one thing that a machine could be too slow for.
const LONG: u64 = 3000;
const SLOWER: [u64; 2] = [5, 30];

/// A scenario as it can be had for real: without what only a simulated world can have, and slower.
///
/// # Errors
/// Why it cannot be had at all.
fn real(name: &str, mut scenario: Scenario) -> Result<Scenario, &'static str> {
    if scenario.place.has_terminal() {
        return Err("a terminal and a shell: tests/terminal.rs has real ones");
    }
    if scenario.options.iter().any(|option| matches!(option, Opt::Boot(_))) {
        return Err("a machine: tests/boot.rs has virtual ones");
    }
    if scenario.options.iter().any(|option| matches!(option, Opt::Restart(..))) {
        return Err("an actor plays once: tests/restart.rs has programs that are started again");
    }
    match name {
        "it takes no queued signals, and is asked to end" => {
            return Err("the room for queued signals is that of all of the user's processes");
        }
        "who may not be killed forks for ever" => return Err("no process here is of a user whom root may not signal"),
        "one hangs, and the init gives up" => return Err("no process can be made to hang in the kernel"),
        "signals are rewritten, dropped, queued, and sent on in their order" => {
            // The room for queued signals is that of all of the user's processes.
            scenario.room = Scenario::NOTHING.room;
            scenario.program.slow = 0;
        }
        "guests are there at the end" => {
            // One that ignores TERM has a second, in which the init looks some fifty times, or fewer. This one ends before the
            // first look.
            for (_, event) in &mut scenario.events {
                if let Event::Guest(guest) = event {
                    guest.asked = Reaction::Dies;
                }
            }
        }
        _ => {}
    }
    // Nobody but the kernel can send those, without a terminal: SI_KERNEL, and PIPE for a write of the init's own.
    scenario.events.retain(|(_, event)| !matches!(event, Event::Broken(_) | Event::Signal(_, 1.., _)));
    Ok(slower(scenario))
}

/// All times but those of the init itself are longer.
fn slower(mut scenario: Scenario) -> Scenario {
    let life = simulate(&scenario, Vec::new());
    let ends = life.log.last().map_or(0, |entry| entry.at) / MS - 1000;
    let times = (LONG / ends.max(1)).clamp(SLOWER[0], SLOWER[1]) as u32;
    for option in &mut scenario.options {
        match option {
            Opt::Delay(_, time) | Opt::Grace(_, time) | Opt::Sweep(time) => *time = time.map(|time| time * times),
            _ => {}
        }
    }
    slow_down(&mut scenario.program, times);
    for (at, event) in &mut scenario.events {
        *at *= times;
        if let Event::Guest(guest) = event {
            slow_down(guest, times);
        }
    }
    scenario
}

fn slow_down(process: &mut Process, times: u32) {
    process.ends = process.ends.map(|time| time * times);
    match &mut process.asked {
        Reaction::Ends(time, _) => *time *= times,
        Reaction::Forks(child) | Reaction::Starts(child) => slow_down(child, times),
        _ => {}
    }
    for (at, deed) in &mut process.deeds {
        *at *= times;
        if let Deed::Fork(child) = deed {
            slow_down(child, times);
        }
    }
}

/// What happens in a real world, by a deed of an actor or from outside.
#[derive(Clone, Debug)]
enum Step {
    /// An actor does its next deed.
    Deed(usize),
    Signal(u8, Option<u64>),
    ToProgram(u8),
    Guest(String),
    ParentEnds,
}

/// The steps of a scenario in the order in which a simulated world has them, and when each is made, in milliseconds.
#[derive(Default)]
struct Script {
    /// Not yet in order: the time, and a number for those of the same time.
    steps: Vec<(u32, usize, Step)>,
    /// How many actors there are.
    actors: usize,
    count: usize,
}

impl Script {
    /// That of a scenario; and the program's part in it.
    fn of(scenario: &Scenario) -> (Vec<(u32, Step)>, String, usize) {
        let mut script = Self::default();
        for (at, event) in &scenario.events {
            let step = match event {
                Event::Signal(signal, SI_QUEUE, value) => Step::Signal(*signal, Some(*value)),
                Event::Signal(signal, 0, _) => Step::Signal(*signal, None),
                Event::ToProgram(signal) => Step::ToProgram(*signal),
                Event::Guest(guest) => Step::Guest(script.process(guest, Some(*at))),
                Event::ParentEnds => Step::ParentEnds,
                event => panic!("{event:?} cannot be had"),
            };
            script.add(*at, step);
        }
        let program = script.process(&scenario.program, Some(0));
        script.steps.sort_by_key(|(at, count, _)| (*at, *count));
        (script.steps.into_iter().map(|(at, _, step)| (at, step)).collect(), program, script.actors)
    }

    fn add(&mut self, at: u32, step: Step) {
        self.count += 1;
        self.steps.push((at, self.count, step));
    }

    /// The part of a process that begins at some time, or when that is not known.
    fn process(&mut self, is: &Process, begins: Option<u32>) -> String {
        assert!(!is.foreign && !is.hangs && is.reaps && is.slow == 0, "{is:?} cannot be had");
        let number = self.actors;
        self.actors += 1;
        let group = match is.group {
            Group::Parents => 'p',
            Group::Own => 'o',
            Group::Session => 's',
        };
        let asked = match &is.asked {
            Reaction::Dies => "d".into(),
            Reaction::Ignores => "i".into(),
            Reaction::IgnoresTerm => "t".into(),
            Reaction::Ends(time, status) => format!("e{time},{status}"),
            Reaction::Forks(child) => format!("f{}", self.process(child, None)),
            Reaction::Starts(child) => format!("s{}", self.process(child, None)),
        };
        // A simulated process that ends does nothing more at that time.
        let end = is.ends.map(|time| (time, None));
        let mut deeds: Vec<_> = end.into_iter().chain(is.deeds.iter().map(|(at, deed)| (*at, Some(deed)))).collect();
        deeds.sort_by_key(|(at, _)| *at);
        let mut text = format!("({number} {group} {asked}");
        for (at, deed) in deeds {
            let at = begins.expect("nobody knows when") + at;
            self.add(at, Step::Deed(number));
            text += &match deed {
                Some(Deed::Fork(child)) => format!(" F{}", self.process(child, Some(at))),
                Some(Deed::Stop(signal)) => format!(" S{signal}"),
                Some(Deed::Traced(signal)) => format!(" T{signal}"),
                Some(Deed::Tell(signal)) => format!(" t{signal}"),
                Some(Deed::Read) => panic!("there is no terminal"),
                None => match is.how {
                    End::Status(status) => format!(" X{status}"),
                    End::Signal(signal) | End::Core(signal) => format!(" K{signal}"),
                },
            };
        }
        text + ")"
    }
}

/// A real life of a scenario: the lines of strace, from execve(2) on.
fn live(scenario: &Scenario) -> Vec<String> {
    let first = scenario.place == Place::First;
    let (steps, part, actors) = Script::of(scenario);
    let directory = Directory::new();
    let fifo = |name: &str| {
        let path = directory.0.join(name);
        mkfifo(&path, Mode::S_IRWXU).expect("it is ours");
        // Both ends are open, so that nobody waits for the other.
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_CLOEXEC).open(path).expect("it is there")
    };
    let mut fifos: Vec<File> = (0..actors).map(|actor| fifo(&actor.to_string())).collect();
    let mut parent = fifo("parent");

    let actor = program("actor");
    let [actor, init, place] = [&actor, init(), &directory.0].map(|path| path.to_str().expect("it is text").to_owned());
    let mut words = vec![actor.clone()];
    if scenario.proc == Proc::Missing {
        words.push("without-proc".into());
    }
    if first {
        words.push("gate".into());
    } else {
        words.extend(["family".into(), place.clone()]);
    }
    words.extend([init, scenario.name.path().into()]);
    words.extend(scenario.options.iter().map(|option| option.word().to_owned()));
    if scenario.with_program {
        let program = if scenario.fails.is_some() { "/nonesuch".into() } else { actor.clone() };
        words.extend([program, "play".into(), place.clone(), part]);
    }
    let (stdin, mut gate) = std::io::pipe().expect("there are pipes");
    let mut running = Case::bare(As::Pid1, words).stdin(stdin).spawn();
    let own = if first { 1 } else { 7 };
    let pid = running.until("the gate", |running| running.inside(own).filter(|pid| scratch_init_tests::is_idle(*pid) == Some(true)));
    let mut strace = Strace::attach(pid, made_up(scenario));
    gate.write_all(b"\n").expect("somebody waits for it");

    let mut steps: VecDeque<_> = steps.into();
    let mut guests: Vec<Guest> = Vec::new();
    // When time 0 was.
    let mut began: Option<Instant> = None;
    let until = Instant::now() + DEADLINE;
    while !strace.is_over() {
        assert!(Instant::now() < until, "it does not end:\n{}", strace.lines.join("\n"));
        // Looked at first: a call that is over only now has not let the others go to sleep yet.
        let over = strace.poll(Duration::ZERO);
        if strace.acts() {
            let outside: Vec<_> = guests.iter().map(|guest| guest.0.id()).collect();
            running.until("the others to sleep", |running| running.others_rest(pid, &outside).then_some(()));
        }
        if over {
            strace.read();
            continue;
        }
        let waits = strace.waits() && (strace.is_stopped() || scratch_init_tests::is_idle(pid) == Some(true));
        let Some(&(at, _)) = steps.front().filter(|_| waits && !strace.poll(Duration::ZERO)) else {
            strace.poll(Duration::from_millis(2));
            continue;
        };
        let time = *began.get_or_insert_with(Instant::now) + Duration::from_millis(at.into());
        let left = time.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            strace.poll(left);
            continue;
        }
        // All that happens at this time happens before the init goes on.
        while let Some((_, step)) = steps.pop_front_if(|(other, _)| *other == at) {
            match step {
                Step::Deed(actor) => fifos[actor].write_all(b"\n").expect("it is open"),
                Step::Signal(signal, None) => assert_eq!(send(pid, signal), 0),
                Step::Signal(signal, Some(value)) => assert_eq!(queue(pid, signal, value), 0),
                Step::ToProgram(signal) => {
                    let program = running.inside(own + 1).expect("it is there");
                    assert_eq!(send(program, signal), 0);
                }
                Step::Guest(part) => guests.push(Guest::enter(pid, &actor, &place, &part)),
                Step::ParentEnds if first => {}
                Step::ParentEnds => parent.write_all(b"\n").expect("it is open"),
            }
            let outside: Vec<_> = guests.iter().map(|guest| guest.0.id()).collect();
            running.until("what was done", |running| running.others_rest(pid, &outside).then_some(()));
        }
        // From now on the times count from here: what took longer does not make the next come sooner.
        began = Some(Instant::now() - Duration::from_millis(at.into()));
    }
    // The end of that call is never seen.
    let last = format!("{}) = ?", strace.line);
    strace.lines.push(last);
    std::mem::take(&mut strace.lines)
}

/// What strace has to make up, so that the kernel is as it is without strace and in no hurry.
fn made_up(scenario: &Scenario) -> &'static [&'static str] {
    let guest = scenario.events.iter().any(|(_, event)| matches!(event, Event::Guest(_)));
    match scenario.name {
        // The kernel drops a STOP that PID 1 sends to itself, but not if it is traced. So that call, the second kill(2), is not
        // made.
        Name::DumbInit if scenario.place == Place::First => &["-e", "inject=kill:retval=0:when=2"],
        // The init looks for guests after 20 ms. Whether that is before its next call is a matter of the machine: the clock stands
        // still, at 1000 s.
        _ if guest => &["-e", "inject=clock_gettime:poke_exit=@arg2=e8030000000000000000000000000000"],
        _ => &[],
    }
}

fn send(pid: Pid, signal: u8) -> i32 {
    // SAFETY: numbers. (nix has no real-time signals.)
    unsafe { libc::kill(pid.as_raw(), signal.into()) }
}

fn queue(pid: Pid, signal: u8, value: u64) -> i32 {
    // SAFETY: numbers.
    unsafe { libc::sigqueue(pid.as_raw(), signal.into(), libc::sigval { sival_ptr: value as *mut libc::c_void }) }
}

/// A process that enters the PID namespace from outside.
struct Guest(Child);

impl Guest {
    fn enter(pid: Pid, actor: &str, place: &str, part: &str) -> Self {
        let mut command = Command::new("nsenter");
        command.args(["--target", &pid.to_string(), "--pid", "--mount", "--", actor, "play", place, part]);
        let guest = Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("nsenter(1), of util-linux, is installed"));
        let is_in = || {
            let inside = scratch_init_tests::children(guest.0.id());
            let file = |pid: &u32| std::fs::read_link(format!("/proc/{pid}/exe"));
            inside.first().and_then(|pid| file(pid).ok()).filter(|file| file == Path::new(actor))
        };
        assert!(scratch_init_tests::wait_for(DEADLINE, is_in).is_some(), "no guest entered");
        guest
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// strace(1) of one process, which is held at each of its calls.
struct Strace {
    child: Child,
    pipe: File,
    /// What was read: whole lines, and one that is not whole yet.
    lines: Vec<String>,
    line: String,
}

impl Strace {
    fn attach(pid: Pid, more: &[&str]) -> Self {
        // Packet mode: each write takes a page of the pipe, and it has one: pipe(2).
        let (reader, writer) = pipe2(OFlag::O_DIRECT | OFlag::O_CLOEXEC).expect("there are pipes");
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).expect("it can be that small");
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("it is a pipe");
        let mut command = Command::new("strace");
        command.args(["-v", "-xx", "-s", "2048", "-p", &pid.to_string()]).args(more);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).spawn().expect("strace runs");
        drop(command);
        let mut strace = Self { child, pipe: reader.into(), lines: Vec::new(), line: String::new() };
        let attached = scratch_init_tests::wait_for(DEADLINE, || {
            strace.read();
            strace.lines.iter().any(|line| line.contains("attached")).then_some(())
        });
        assert!(attached.is_some(), "strace: {:?}", strace.lines);
        strace
    }

    /// Reads what strace wrote last, if it has. Then the init goes on to its next call, or makes that.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = match self.pipe.read(&mut buffer) {
            Ok(0) => panic!("strace has ended:\n{}", self.lines.join("\n")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("{error}"),
        };
        self.line += std::str::from_utf8(&buffer[..count]).expect("strace writes text");
        while let Some((line, rest)) = self.line.split_once('\n') {
            self.lines.push(line.to_owned());
            self.line = rest.to_owned();
        }
        true
    }

    /// Waits until there is something to read.
    fn poll(&self, time: Duration) -> bool {
        let mut fds = [nix::poll::PollFd::new(self.pipe.as_fd(), nix::poll::PollFlags::POLLIN)];
        let time = time.as_millis().min(100) as u16;
        nix::poll::poll(&mut fds, nix::poll::PollTimeout::from(time)).is_ok_and(|count| count > 0)
    }

    /// Whether the call that is being made acts on others, or waited for them.
    fn acts(&self) -> bool {
        ["kill(", "pidfd_send_signal(", "rt_sigqueueinfo(", "ppoll(", "ptrace(", "nanosleep(", "clock_nanosleep("]
            .iter()
            .any(|call| self.line.starts_with(call))
    }

    /// Whether the init waits for signals, or is stopped.
    fn waits(&self) -> bool {
        self.line.starts_with("ppoll(") || self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.line.is_empty() && self.lines.last().is_some_and(|line| line.starts_with("--- stopped by"))
    }

    fn is_over(&self) -> bool {
        self.line.starts_with("exit_group(")
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call of the init, as strace tells it.
struct Made<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    result: &'a str,
}

impl<'a> Made<'a> {
    /// `None` for what is no call.
    fn new(line: &'a str) -> Option<Self> {
        let (name, rest) =
            line.split_once('(').filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))?;
        let (mut depth, mut quoted, mut from, mut arguments) = (0, false, 0, Vec::new());
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'(' | b'[' | b'{' => depth += 1,
                b',' | b')' if depth == 0 => {
                    arguments.push(rest[from..at].trim());
                    from = at + 1;
                    if byte == b')' {
                        return Some(Self { name, arguments, result: rest[from..].trim().strip_prefix("= ").unwrap_or_default() });
                    }
                }
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// What it gave, or its errno.
    fn result(&self) -> Result<i32, i32> {
        let mut words = self.result.split(' ');
        match (words.next(), words.next()) {
            (Some("-1"), Some(name)) => {
                let errno = (1..=133).find(|errno| scratch_init::errno::name(*errno) == name.as_bytes());
                Err(errno.unwrap_or_else(|| panic!("{name} is no errno")))
            }
            (Some(number), _) => Ok(number.parse().unwrap_or(0)),
            (None, _) => Ok(0),
        }
    }

    fn done(&self) -> Result<(), i32> {
        self.result().map(drop)
    }

    fn number(&self, at: usize) -> i32 {
        self.arguments[at].parse().unwrap_or_else(|_| panic!("{:?} is no number", self.arguments[at]))
    }

    fn signal(&self, at: usize) -> u8 {
        signal(self.arguments[at])
    }

    /// The bytes of an argument that is a string.
    fn bytes(&self, at: usize) -> Vec<u8> {
        let text = self.arguments[at].trim_end_matches("...").trim_matches('"');
        text.split("\\x").skip(1).map(|digits| u8::from_str_radix(digits, 16).expect("strace -xx")).collect()
    }

    fn text(&self, at: usize) -> String {
        String::from_utf8(self.bytes(at)).expect("it is text")
    }

    /// A number behind a word, in any argument.
    fn behind(&self, word: &str) -> Option<&'a str> {
        self.arguments.iter().find_map(|argument| argument.split_once(word)?.1.split([',', '}', ' ', ')']).next())
    }
}

/// The number of a signal by strace's name for it.
fn signal(name: &str) -> u8 {
    let name = name.trim_start_matches("SIG");
    if let Some(number) = name.strip_prefix("RT_") {
        return 32 + number.parse::<u8>().expect("it is one");
    }
    match name {
        "RTMIN" => 32,
        name => name.parse().ok().or_else(|| Some(format!("SIG{name}").parse::<nix::sys::signal::Signal>().ok()? as u8)).expect(name),
    }
}

/// What a descriptor is open on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Queue,
    /// The list in /proc.
    Processes,
    /// The `stat` of a process; of the init itself, by which it sees whose /proc that is, where there is no number.
    Stat(Option<u32>),
    Process(u32),
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Call(Call),
    /// A line is written.
    Line,
}

/// The calls of [`scratch_init::kernel::Kernel`] that system calls come to.
#[derive(Default)]
struct Calls {
    calls: Vec<Seen>,
    open: BTreeMap<i32, Open>,
    /// Who is listed in /proc, and was not passed yet; and whether the list is read for the second time.
    listed: VecDeque<u32>,
    again: bool,
    /// The list was opened, and whether it is of this PID namespace is not known yet.
    opened: bool,
    /// The last status of wait4(2).
    waited: i32,
    /// The status that the init ended with.
    status: Option<u8>,
}

impl Calls {
    fn of(lines: &[String]) -> Self {
        let mut calls = Self::default();
        let starts = lines.iter().position(|line| line.starts_with("execve(")).expect("it was executed");
        for line in &lines[starts..] {
            if let Some(line) = Made::new(line) {
                calls.take(&line);
            }
        }
        calls
    }

    /// The table: which system calls a call of the trait makes. A call that makes several is told by one of them, which it always
    /// makes; the others are its parts.
    fn take(&mut self, line: &Made<'_>) {
        let call = match line.name {
            "execve" | "getpid" => return,
            "rt_sigprocmask" => Call::Block(line.done()),
            // Part of Processes.
            "getppid" if self.opened => return,
            "getppid" => Call::Parent(line.result().unwrap_or(-1)),
            "getpgid" => Call::GroupOf(line.number(0), line.result().unwrap_or_else(|errno| -errno)),
            "signalfd4" => {
                self.open.insert(line.result().unwrap_or(-1), Open::Queue);
                Call::Listen(line.done())
            }
            // Parts of Listen, Settle, Launch, LetGo.
            "rt_sigaction" | "prlimit64" | "close_range" => return,
            "prctl" => match line.arguments[0] {
                "PR_SET_PDEATHSIG" => Call::DieWithParent(line.signal(1), line.done()),
                "PR_SET_CHILD_SUBREAPER" => Call::BecomeSubreaper,
                "PR_GET_CHILD_SUBREAPER" => Call::IsSubreaper(line.arguments[1] != "[0]"),
                "PR_GET_DUMPABLE" | "PR_SET_DUMPABLE" => return,
                other => panic!("prctl({other})"),
            },
            "clone" => Call::Launch(line.result()),
            "chdir" => Call::LetGo,
            "madvise" => Call::Settle,
            "clock_gettime" => Call::Now(0),
            "ppoll" if line.arguments[0].contains("POLLOUT") => return,
            "ppoll" => {
                let seconds = line.behind("tv_sec=").map(|time| time.parse::<u64>().expect("a number"));
                let rest = line.behind("tv_nsec=").map_or(0, |time| time.parse::<u64>().expect("a number"));
                let time = seconds.map(|seconds| seconds * 1_000_000_000 + rest);
                Call::Wait(time, 0, line.result().map(|count| count > 0))
            }
            "read" => match self.open.get(&line.number(0)) {
                Some(Open::Queue) => return self.read(line),
                Some(Open::Stat(Some(pid))) => {
                    let stat = line.result().map(|_| proc::stat(&line.bytes(1)).expect("it is one").1);
                    Call::Look(*pid, stat.map_err(|errno| if errno == 2 { 3 } else { errno }))
                }
                _ => return,
            },
            "rt_sigtimedwait" => Call::Take(signal(line.arguments[0].trim_matches(['[', ']'])), line.result().is_ok()),
            "nanosleep" | "clock_nanosleep" => {
                let [seconds, rest] =
                    ["tv_sec=", "tv_nsec="].map(|word| line.behind(word).expect("a time").parse::<u64>().expect("a number"));
                Call::Pause(seconds * 1_000_000_000 + rest)
            }
            "wait4" => {
                let (pid, status) = (line.result(), line.arguments[1]);
                let of = |word: &str| Some(status.split_once(word)?.1.split(['}', ' ']).next()?.to_owned());
                self.waited = match (of("WEXITSTATUS(s) == "), of("WTERMSIG(s) == "), of("WSTOPSIG(s) == ")) {
                    (Some(status), ..) => status.parse::<i32>().expect("a number") << 8,
                    (_, Some(by), _) => i32::from(signal(&by)) | if status.contains("WCOREDUMP(s)") { 0x80 } else { 0 },
                    (.., Some(by)) => i32::from(signal(&by)) << 8 | 0x7f,
                    _ => 0,
                };
                Call::NextChild(pid.map(|pid| pid != 0), pid.unwrap_or(0), self.waited)
            }
            "waitid" => {
                let which = match line.arguments[0] {
                    "P_ALL" => Which::Any,
                    "P_PID" => Which::Pid(line.number(1)),
                    _ => Which::Group(line.number(1)),
                };
                let ended = line.result().map(|_| {
                    let status = line.behind("si_status=")?;
                    Some(if line.behind("si_code=")? == "CLD_EXITED" {
                        status.parse::<i32>().expect("a number") << 8
                    } else {
                        signal(status).into()
                    })
                });
                Call::Ended(which, !line.arguments[3].contains("WNOWAIT"), ended)
            }
            // Its code and sender are a part of the siginfo.
            "ptrace" if line.arguments[0] == "PTRACE_GETSIGINFO" => Call::TraceStop(line.number(1), (0, 0)),
            "ptrace" => {
                let signal = match line.arguments[3] {
                    "0" => 0,
                    name => signal(name),
                };
                Call::Detach(line.number(1), signal, line.result().is_ok())
            }
            "kill" => match (line.number(0), line.signal(1)) {
                (-1, 0) => Call::Anybody(line.result().is_ok()),
                (to, 0) => Call::IsEmpty(-to, line.result() == Err(3)),
                (to, signal) => Call::Send(to, signal, line.done()),
            },
            "rt_sigqueueinfo" => {
                let value = line.behind("si_ptr=0x").map_or(0, |value| u64::from_str_radix(value, 16).expect("a number"));
                let received = Received { value, signo: line.signal(1).into(), code: SI_QUEUE, pid: 0, uid: 0 };
                Call::Queue(received, line.number(0), line.signal(1), line.done())
            }
            "openat" => return self.open(line),
            "close" => {
                // The list is closed at the end of the walk, or because it is of another PID namespace.
                match self.open.remove(&line.number(0)) {
                    Some(Open::Processes) if std::mem::take(&mut self.opened) => Call::Processes(Err(2)),
                    Some(Open::Processes) => Call::WalkEnds,
                    _ => return,
                }
            }
            "getdents64" => return self.list(line),
            "lseek" if self.open.get(&line.number(0)) == Some(&Open::Processes) => {
                self.again = true;
                Call::Rewind(line.done())
            }
            "mmap" => Call::Table(line.number(1) as usize / size_of::<walk::Process>()),
            // Part of WalkEnds.
            "munmap" => return,
            "pidfd_open" => {
                if let Ok(fd) = line.result() {
                    self.open.insert(fd, Open::Process(line.number(0) as u32));
                }
                Call::Pin(line.number(0) as u32, line.result().is_ok())
            }
            "pidfd_send_signal" => match self.open[&line.number(0)] {
                Open::Process(pid) => Call::SendByPin(pid, line.signal(1)),
                _ => panic!("that is no process"),
            },
            // Parts of Terminal and DropTerminal.
            "getsid" => return,
            "ioctl" => match (line.number(0), line.arguments[1]) {
                (_, "TIOCNOTTY") => Call::DropTerminal(line.result().is_ok()),
                // The last place where one is looked for.
                (2, "TIOCGPGRP") => Call::Terminal(line.result().is_ok()),
                (_, "TIOCGSID" | "TIOCGPGRP") => return,
                (_, other) => panic!("ioctl({other})"),
            },
            // How a line is written, and the line.
            "lseek" => return,
            "write" | "pwritev2" => return self.calls.extend(line.result().is_ok().then_some(Seen::Line)),
            "exit_group" => {
                self.status = Some(line.number(0) as u8);
                return;
            }
            other => panic!("no call of the trait makes the system call {other}"),
        };
        self.is(call);
    }

    fn is(&mut self, call: Call) {
        self.calls.push(Seen::Call(call));
    }

    fn open(&mut self, line: &Made<'_>) {
        let path = line.text(1);
        let fd = line.result();
        let pid = path.strip_suffix("/stat").and_then(|pid| number::parse(pid.as_bytes()));
        match (&*path, fd) {
            ("/proc", Ok(fd)) => {
                self.open.insert(fd, Open::Processes);
                (self.opened, self.again) = (true, false);
                self.listed.clear();
            }
            ("/proc", Err(errno)) => self.is(Call::Processes(Err(errno))),
            // The second of the two files.
            ("/sys/fs/cgroup/memory/memory.oom_control", _) => self.is(Call::OomKills(0)),
            ("/sys/fs/cgroup/memory.events" | "/dev/tty" | "/proc/self/fd/2", _) => {}
            (path, Ok(fd)) if path.ends_with("/stat") => {
                self.open.insert(fd, Open::Stat(pid));
                self.passes(pid);
            }
            (path, Err(errno)) if path.ends_with("/stat") => {
                self.passes(pid);
                if let Some(pid) = pid {
                    self.is(Call::Look(pid, Err(if errno == 2 { 3 } else { errno })));
                }
            }
            (path, _) => panic!("no call of the trait opens {path}"),
        }
    }

    /// getdents64(2) gives many at a time, Next one. The first time they are only counted; the second time each is looked at.
    fn list(&mut self, line: &Made<'_>) {
        if std::mem::take(&mut self.opened) {
            self.is(Call::Processes(Ok(())));
        }
        let names = line.arguments[1].split("d_name=\"").skip(1).map(|name| name.split('"').next().unwrap_or_default());
        let bytes = |name: &str| -> Vec<u8> {
            name.split("\\x").skip(1).map(|digits| u8::from_str_radix(digits, 16).expect("strace -xx")).collect()
        };
        self.listed.extend(names.filter_map(|name| number::parse(&bytes(name))));
        let ends = line.result() == Ok(0);
        if !self.again || ends {
            while let Some(pid) = self.listed.pop_front() {
                self.is(Call::Next(Ok(Some(pid))));
            }
        }
        if ends {
            self.is(Call::Next(Ok(None)));
        } else if let Err(errno) = line.result() {
            self.is(Call::Next(Err(errno)));
        }
    }

    /// One that was listed is looked at.
    fn passes(&mut self, pid: Option<u32>) {
        if pid.is_some() && self.listed.front() == pid.as_ref() {
            self.listed.pop_front();
            self.is(Call::Next(Ok(pid)));
        }
    }

    /// The queue is read: signalfd(2).
    fn read(&mut self, line: &Made<'_>) {
        let bytes = line.bytes(1);
        let size = line.result();
        self.is(Call::Read(size.map(|size| size as usize / 128)));
        for record in bytes.chunks_exact(128).take(size.unwrap_or(0) as usize / 128) {
            let word = |at: usize| i32::from_le_bytes(record[at..at + 4].try_into().expect("four bytes"));
            let value = u64::from_le_bytes(record[48..56].try_into().expect("eight bytes"));
            self.is(Call::Took(Received { value, signo: word(0) as u32, code: word(8), pid: word(12), uid: 0 }));
        }
    }
}

/// What of a call is compared.
fn compared(call: Call, scenario: &Scenario) -> Option<Call> {
    // Who sent a signal, and times, are not: the test sends from outside, and has other times. Of a wait it is compared whether it
    // is for ever, for some time, or for none.
    let received = |received: Received| Received {
        value: if received.queued() { received.value } else { 0 },
        code: received.code.signum(),
        pid: 0,
        uid: 0,
        ..received
    };
    Some(match call {
        Call::Now(_) => Call::Now(0),
        Call::Wait(time, _, result) => Call::Wait(time.map(|time| time.min(1)), 0, result),
        Call::Took(what) => Call::Took(received(what)),
        Call::Queue(what, to, signal, result) => Call::Queue(Received { signo: signal.into(), ..received(what) }, to, signal, result),
        Call::Look(pid, stat) => Call::Look(pid, stat.map(|stat| proc::Stat { start: 0, ..stat })),
        Call::OomKills(_) => Call::OomKills(0),
        Call::TraceStop(pid, _) => Call::TraceStop(pid, (0, 0)),
        // The child tells its parent in shared memory why it could not execute the program.
        Call::Launch(_) if scenario.fails.is_some() => Call::Launch(Ok(0)),
        // One that is not PID 1 knows without a system call.
        Call::Anybody(false) if scenario.place != Place::First => return None,
        call => call,
    })
}

/// Counts the lines of a text.
#[derive(Default)]
struct Lines(Cell<usize>);

impl Output for &Lines {
    fn write(&self, _: &[u8]) {
        self.0.set(self.0.get() + 1);
    }

    fn pid(&self) -> i32 {
        1
    }
}

/// What is seen of the calls of a simulated life.
fn simulated(log: &[Entry], scenario: &Scenario) -> Vec<Seen> {
    let mut style = 0;
    let mut seen = Vec::new();
    for Entry { call, .. } in log {
        match *call {
            // The style of the texts is no system call. Of what is said it is compared when a line is written.
            Call::Speak(this) => style = this,
            Call::Say(text, ..) => {
                let lines = Lines::default();
                Line::new(&lines, false).add(style, text, b"", b"", 0);
                seen.extend(std::iter::repeat_n(Seen::Line, lines.0.get()));
            }
            call => seen.extend(compared(call, scenario).map(Seen::Call)),
        }
    }
    seen
}

/// Both, line by line, from a little before the first difference.
fn differences(simulated: &[Seen], real: &[Seen]) -> Option<String> {
    let first = (0..simulated.len().max(real.len())).find(|&at| simulated.get(at) != real.get(at))?;
    let mut text = format!("they differ from call {first} on ({} simulated, {} real)\n", simulated.len(), real.len());
    for at in first.saturating_sub(15)..first + 15 {
        let line = |seen: &[Seen]| match seen.get(at) {
            Some(Seen::Call(call)) => format!("{call:?}"),
            Some(Seen::Line) => "a line".into(),
            None => String::new(),
        };
        let (simulated, real) = (line(simulated), line(real));
        text += &format!("{} {simulated:70} {real}\n", if simulated == real { ' ' } else { '!' });
    }
    Some(text)
}

/// Lives a scenario in both worlds, and says where they differ. With `all` it shows what strace said.
fn agree(scenario: &Scenario, all: bool) -> Result<usize, String> {
    let life = simulate(scenario, Vec::new());
    let simulated = simulated(&life.log, scenario);
    let lines = live(scenario);
    if all {
        println!("{}", lines.join("\n"));
    }
    let Calls { calls, status, .. } = Calls::of(&lines);
    let compared = |seen: &Seen| match seen {
        Seen::Call(call) => compared(*call, scenario).map(Seen::Call),
        Seen::Line => Some(Seen::Line),
    };
    let real: Vec<_> = calls.iter().filter_map(compared).collect();
    if let Some(text) = differences(&simulated, &real) {
        return Err(text);
    }
    let status = status.map(Outcome::Status);
    if status == Some(life.outcome) { Ok(real.len()) } else { Err(format!("simulated {:?}, real {status:?}\n", life.outcome)) }
}

/// `SCRATCH_INIT_SCENARIO` names those to live; then all that strace says is shown.
#[test]
#[ignore = "needs strace"]
fn simulated_and_real_agree() {
    if !has_namespaces() {
        return;
    }
    let wanted = std::env::var("SCRATCH_INIT_SCENARIO").ok();
    let mut told = Vec::new();
    for (name, scenario) in scenarios::all() {
        let title = format!("{name} ({:?})", scenario.place);
        if wanted.as_ref().is_none_or(|wanted| title.contains(wanted)) {
            match real(name, scenario) {
                Ok(scenario) => told.push((title, scenario)),
                Err(why) => println!("{title}: not for real, {why}"),
            }
        }
    }
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<String>> = Mutex::default();
    let lives = || {
        while let Some((title, scenario)) = told.get(next.fetch_add(1, Ordering::Relaxed)) {
            let agrees = catch_unwind(|| agree(scenario, wanted.is_some())).unwrap_or_else(|_| Err("it panics".into()));
            match agrees {
                Ok(count) => println!("{title}: {count} calls"),
                Err(text) => failed.lock().unwrap().push(format!("=== {title}\n{scenario}{text}")),
            }
        }
    };
    // They wait more than they work.
    thread::scope(|scope| {
        for _ in 0..4 * thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(lives);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}\n{} of {} differ", failed.join("\n"), failed.len(), told.len());
    assert!(told.len() >= 36 || wanted.is_some(), "only {} scenarios were lived", told.len());
}
