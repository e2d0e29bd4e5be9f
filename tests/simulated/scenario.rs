//! A scenario: all that a life depends on, as plain data. It is printed as a script that a person can read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use scratch_init::attempt::Step;

/// Milliseconds; `None` is for ever.
pub type Limit = Option<u32>;

/// By which name the init is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    ScratchInit,
    Tini,
    DumbInit,
    Catatonit,
    Pause,
}

impl Name {
    pub fn path(self) -> &'static str {
        match self {
            Self::ScratchInit => "/scratch-init",
            Self::Tini => "/sbin/tini",
            Self::DumbInit => "dumb-init",
            Self::Catatonit => "/catatonit",
            Self::Pause => "/pause",
        }
    }
}

/// What becomes of a machine: `-B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Machine {
    Poweroff,
    Reboot,
    Halt,
    Respawn,
}

/// An option of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opt {
    Child,
    Group,
    All,
    Rewrite(u8, u8),
    /// A signal, and how long it is held back.
    Delay(u8, Limit),
    /// The grace period of one signal, or of all stop signals.
    Grace(Option<u8>, Limit),
    Sweep(Limit),
    WaitAll,
    Exit(u8, u8),
    Pdeathsig(u8),
    Pause,
    Subreaper,
    Warn,
    Verbose,
    Boot(Machine),
    /// How often the program is started again, and when.
    Restart(Option<u8>, Limit),
}

impl Opt {
    /// The word of the command line that says it.
    fn made(self) -> String {
        let time = |limit: Limit| limit.map_or("inf".into(), |time| format!("{time}ms"));
        match self {
            Self::Child => "-c".into(),
            Self::Group => "-g".into(),
            Self::All => "-a".into(),
            Self::Rewrite(from, to) => format!("-r{from}:{to}"),
            Self::Delay(15, limit) => format!("-d{}", time(limit)),
            Self::Delay(signal, limit) => format!("-d{signal}:{}", time(limit)),
            Self::Grace(None, limit) => format!("-t{}", time(limit)),
            Self::Grace(Some(signal), limit) => format!("-t{signal}:{}", time(limit)),
            Self::Sweep(limit) => format!("-S{}", time(limit)),
            Self::WaitAll => "-W".into(),
            Self::Exit(from, 0) => format!("-e{from}"),
            Self::Exit(from, to) => format!("-e{from}:{to}"),
            Self::Pdeathsig(signal) => format!("-p{signal}"),
            Self::Pause => "-P".into(),
            Self::Subreaper => "-s".into(),
            Self::Warn => "-w".into(),
            Self::Verbose => "-v".into(),
            Self::Boot(Machine::Poweroff) => "-Bpoweroff".into(),
            Self::Boot(Machine::Reboot) => "-Breboot".into(),
            Self::Boot(Machine::Halt) => "-Bhalt".into(),
            Self::Boot(Machine::Respawn) => "-Brespawn".into(),
            Self::Restart(times, limit) => format!("-R{}:{}", times.map_or("inf".into(), |times| times.to_string()), time(limit)),
        }
    }

    /// The same, as a word that stays: there are few different ones.
    pub fn word(self) -> &'static str {
        thread_local!(static WORDS: RefCell<HashMap<Opt, &'static str>> = RefCell::default());
        WORDS.with_borrow_mut(|words| *words.entry(self).or_insert_with(|| self.made().leak()))
    }
}

/// Where the init runs, and which terminal it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// PID 1 without a terminal.
    First,
    /// PID 1 that leads a session with a terminal, as by `docker run -t`.
    FirstOnTerminal,
    /// PID 1 in a process group of an outer PID namespace, as by unshare(1) on a terminal; whether it is in the foreground.
    FirstOfOuter { foreground: bool },
    /// Not PID 1, without a terminal, in its parent's process group.
    Child,
    /// A job of a shell, in a process group of its own; whether it is in the foreground.
    Job { foreground: bool },
    /// A command of a script: it shares the process group of its parent, which a shell started in the foreground.
    Script,
    /// On a terminal, but its process group is orphaned: nobody would continue it. Whether it is in the foreground.
    Orphaned { foreground: bool },
}

impl Place {
    pub fn is_first(self) -> bool {
        matches!(self, Self::First | Self::FirstOnTerminal | Self::FirstOfOuter { .. })
    }

    pub fn has_terminal(self) -> bool {
        !matches!(self, Self::First | Self::Child)
    }
}

/// What the shell does when it sees the job stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Nothing.
    Waits,
    /// `fg`, after so many milliseconds.
    Foreground(u32),
    /// `bg`.
    Background(u32),
}

/// What can be seen in /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proc {
    Whole,
    Missing,
    /// The processes of other users are not listed: `hidepid=2`.
    Hides,
    /// The list ends with an error after so many.
    Breaks(u8),
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Status(u8),
    Signal(u8),
    /// By a signal, and a core was dumped.
    Core(u8),
}

impl End {
    /// As wait4(2) tells it.
    pub fn raw(self) -> i32 {
        match self {
            Self::Status(status) => i32::from(status) << 8,
            Self::Signal(signal) => signal.into(),
            Self::Core(signal) => i32::from(signal) | 0x80,
        }
    }
}

/// What a process does about a signal that would end it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reaction {
    Dies,
    Ignores,
    /// It ignores TERM alone, as an interactive shell.
    IgnoresTerm,
    /// In its handler it ends, after so many milliseconds, with this status.
    Ends(u32, u8),
    /// In its handler it starts another process and ends at once.
    Forks(Box<Process>),
    /// It goes on, and starts another process.
    Starts(Box<Process>),
}

/// What a process does by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Fork(Process),
    /// It stops itself by this signal.
    Stop(u8),
    /// It reads from the terminal.
    Read,
    /// It asks to be traced by its parent, and stops by this signal.
    Traced(u8),
    /// It sends this signal to its parent.
    Tell(u8),
}

/// Which group a process is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Parents,
    Own,
    /// With a session of its own, as a daemon.
    Session,
}

/// A process.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// When it ends by itself, in milliseconds from its start.
    pub ends: Limit,
    pub how: End,
    pub asked: Reaction,
    pub group: Group,
    /// Whether it is another user's: EPERM.
    pub foreign: bool,
    /// Whether it hangs in the kernel: not even KILL ends it.
    pub hangs: bool,
    /// Whether it reaps its children.
    pub reaps: bool,
    /// How long it takes until it has taken a queued signal, in milliseconds.
    pub slow: u32,
    /// What it does when.
    pub deeds: Vec<(u32, Deed)>,
}

impl Process {
    /// One that runs on and dies of any signal.
    pub const PLAIN: Self = Self {
        ends: None,
        how: End::Status(0),
        asked: Reaction::Dies,
        group: Group::Parents,
        foreign: false,
        hangs: false,
        reaps: true,
        slow: 0,
        deeds: Vec::new(),
    };
}

/// What happens from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A signal for the init: its number, its `si_code`, and its value. From outside of its PID namespace, or its parent.
    Signal(u8, i32, u64),
    /// A signal for the program.
    ToProgram(u8),
    /// A key: the terminal sends this signal to its foreground group.
    Key(u8),
    /// A process enters the PID namespace: `docker exec`.
    Guest(Process),
    /// The init's parent ends.
    ParentEnds,
    /// A write of the init's own raises this signal: PIPE or XFSZ.
    Broken(u8),
    /// The shell brings the job to the foreground.
    ToForeground,
    /// As many kills for want of memory are counted.
    OutOfMemory(u8),
}

/// A call of the kernel that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Called {
    Block,
    Parent,
    GroupOf,
    Listen,
    DieWithParent,
    BecomeSubreaper,
    IsSubreaper,
    Launch,
    Now,
    Wait,
    Read,
    Take,
    NextChild,
    Ended,
    TraceStop,
    Detach,
    Send,
    Queue,
    Processes,
    IsEmpty,
    Anybody,
    Terminal,
    DropTerminal,
    Stop,
    Foreground,
    SetForeground,
    InBackground,
    Next,
    Rewind,
    Table,
    Look,
    Pin,
    SendByPin,
    OwnMachine,
    Mount,
    RemountReadOnly,
    OomKills,
}

impl Called {
    pub const COUNT: usize = Self::OomKills as usize + 1;

    pub const ALL: [Self; Self::COUNT] = [
        Self::Block,
        Self::Parent,
        Self::GroupOf,
        Self::Listen,
        Self::DieWithParent,
        Self::BecomeSubreaper,
        Self::IsSubreaper,
        Self::Launch,
        Self::Now,
        Self::Wait,
        Self::Read,
        Self::Take,
        Self::NextChild,
        Self::Ended,
        Self::TraceStop,
        Self::Detach,
        Self::Send,
        Self::Queue,
        Self::Processes,
        Self::IsEmpty,
        Self::Anybody,
        Self::Terminal,
        Self::DropTerminal,
        Self::Stop,
        Self::Foreground,
        Self::SetForeground,
        Self::InBackground,
        Self::Next,
        Self::Rewind,
        Self::Table,
        Self::Look,
        Self::Pin,
        Self::SendByPin,
        Self::OwnMachine,
        Self::Mount,
        Self::RemountReadOnly,
        Self::OomKills,
    ];
}

/// How often a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Once,
    Twice,
    FromThenOn,
}

/// A call fails. One that gives no error gives the answer that a failure would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub call: Called,
    /// The first time that it fails; 1 is the first call.
    pub nth: u32,
    pub errno: i32,
    pub times: Times,
}

/// A whole life, told before it is lived.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub name: Name,
    pub place: Place,
    pub shell: Shell,
    pub proc: Proc,
    /// Whether standard input is `/dev/null`: then the program does not get the terminal at its start.
    pub null: bool,
    /// Whether the init is a subreaper already, and whether it leads a session.
    pub subreaper: bool,
    /// How much time each call takes, in microseconds.
    pub tick: u32,
    /// The highest PID: the lower it is, the sooner one is another's.
    pub last_pid: u8,
    /// How many queued signals the program can have.
    pub room: u8,
    /// What `SCRATCH_INIT_OPTIONS` has, and the command line.
    pub variable: Vec<Opt>,
    pub options: Vec<Opt>,
    /// Whether there is a program on the command line.
    pub with_program: bool,
    /// Where and why it cannot be started, and from which start on.
    pub fails: Option<(Step, i32)>,
    pub fails_from: u32,
    pub program: Process,
    /// What happens when, in milliseconds.
    pub events: Vec<(u32, Event)>,
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// One in which nothing happens.
    pub const NOTHING: Self = Self {
        name: Name::ScratchInit,
        place: Place::First,
        shell: Shell::Waits,
        proc: Proc::Whole,
        null: false,
        subreaper: false,
        tick: 0,
        last_pid: 40,
        room: 4,
        variable: Vec::new(),
        options: Vec::new(),
        with_program: true,
        fails: None,
        fails_from: 1,
        program: Process::PLAIN,
        events: Vec::new(),
        faults: Vec::new(),
    };
}

/// The script.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |options: &[Opt]| options.iter().map(|option| option.word()).collect::<Vec<_>>().join(" ");
        if !self.variable.is_empty() {
            write!(f, "SCRATCH_INIT_OPTIONS='{}' ", words(&self.variable))?;
        }
        let program = if self.with_program { "program" } else { "" };
        writeln!(f, "{} {} {program}", self.name.path(), words(&self.options))?;
        write!(f, "{:?}, shell: {:?}, /proc: {:?}", self.place, self.shell, self.proc)?;
        for (word, is) in [("standard input is /dev/null", self.null), ("already a subreaper", self.subreaper)] {
            if is {
                write!(f, ", {word}")?;
            }
        }
        writeln!(f, ", {} us a call, PIDs up to {}, room for {} queued signals", self.tick, self.last_pid, self.room)?;
        if let Some((step, errno)) = self.fails {
            writeln!(f, "the start fails at {step:?} with errno {errno}, from start {} on", self.fails_from)?;
        }
        self.program.script(f, "the program", 0)?;
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|(at, _)| *at);
        for (at, event) in events {
            match event {
                Event::Guest(guest) => guest.script(f, &format!("at {at} ms a guest enters, and"), 0)?,
                Event::Signal(signal, code, value) => {
                    writeln!(f, "at {at} ms: signal {signal} for the init, code {code}, value {value}")?;
                }
                event => writeln!(f, "at {at} ms: {event:?}")?,
            }
        }
        for fault in &self.faults {
            writeln!(f, "{:?} fails at call {}, {:?}, with errno {}", fault.call, fault.nth, fault.times, fault.errno)?;
        }
        Ok(())
    }
}

impl Process {
    fn script(&self, f: &mut fmt::Formatter<'_>, who: &str, depth: usize) -> fmt::Result {
        write!(f, "{:1$}{who} ", "", depth * 4)?;
        match self.ends {
            Some(time) => write!(f, "ends after {time} ms by {:?}", self.how)?,
            None => write!(f, "runs on")?,
        }
        write!(f, ", group: {:?}", self.group)?;
        for (word, is) in [("another user's", self.foreign), ("hangs", self.hangs), ("does not reap", !self.reaps)] {
            if is {
                write!(f, ", {word}")?;
            }
        }
        if self.slow > 0 {
            write!(f, ", takes {} ms for a queued signal", self.slow)?;
        }
        match &self.asked {
            Reaction::Forks(child) => {
                writeln!(f)?;
                child.script(f, "asked to end it forks and ends; the child", depth + 1)?;
            }
            Reaction::Starts(child) => {
                writeln!(f)?;
                child.script(f, "asked to end it forks and goes on; the child", depth + 1)?;
            }
            asked => writeln!(f, "; asked to end it {asked:?}")?,
        }
        for (at, deed) in &self.deeds {
            match deed {
                Deed::Fork(child) => child.script(f, &format!("after {at} ms it forks; the child"), depth + 1)?,
                deed => writeln!(f, "{:1$}after {at} ms: {deed:?}", "", depth * 4 + 4)?,
            }
        }
        Ok(())
    }
}
