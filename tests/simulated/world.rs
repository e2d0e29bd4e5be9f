//! The world that a scenario makes: processes, signals, time and a terminal. Nothing in it depends on anything but the scenario.

use std::collections::VecDeque;

use scratch_init::signals::Received;

use crate::scenario::{Deed, End, Event, Group, Place, Proc, Process, Reaction, Scenario, Shell};

pub const MS: u64 = 1_000_000;
pub const ESRCH: i32 = 3;
pub const EPERM: i32 = 1;
pub const EAGAIN: i32 = 11;
pub const ECHILD: i32 = 10;

pub const TRAP: u8 = 5;
pub const KILL: u8 = 9;
pub const TERM: u8 = 15;
pub const CHLD: u8 = 17;
pub const CONT: u8 = 18;
pub const STOP: u8 = 19;
pub const TSTP: u8 = 20;
pub const TTIN: u8 = 21;
pub const TTOU: u8 = 22;

/// What the kernel itself sends: `si_code`.
pub const SI_KERNEL: i32 = 0x80;
pub const SI_QUEUE: i32 = -1;

/// There are no higher PIDs in any scenario.
const LAST_PID: usize = 127;
/// So many processes begin in a life at the most.
const PROCESSES: usize = 150;
/// Groups of an outer PID namespace: these read as 0.
pub const OUTER: i32 = -100;
const OUTER_OTHER: i32 = -200;
/// The shell above the init: its PID, group and session.
const SHELL: i32 = 3;
/// How often the shell continues the job.
const PATIENCE: u8 = 3;
/// How many queued signals can wait for the init.
const ROOM: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Stopped,
    /// Stopped for its tracer, by this signal.
    Traced(u8),
    Zombie(i32),
    Gone,
}

/// A process.
#[derive(Debug)]
pub struct One<'s> {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    pub state: State,
    /// The stop that its parent was not told yet; 0 if there is none.
    pub stop: u8,
    /// What stopped it.
    pub stopped_by: u8,
    /// Whether it stopped after the program's end.
    pub stopped_late: bool,
    /// Whether it is nobody's that the scenario made: the shell, its other jobs.
    pub stranger: bool,
    /// Whether it is a guest, or came from one.
    pub guest: bool,
    /// Whether it came from one that could not be killed.
    pub shielded: bool,
    pub is: &'s Process,
    /// Signals that came while it was stopped: a bit for each.
    pending: u64,
    /// Whether its handler runs.
    handling: bool,
    killed: bool,
    reads: bool,
    queued: u8,
    /// When it began.
    pub began: u64,
    /// What the init has sent it since it was stopped: a bit for each.
    asked: u64,
    /// How often it got the signal of the walk that goes on.
    got: u8,
    /// Whether it was a descendant to be met when that began.
    due: bool,
}

/// What is to happen.
#[derive(Clone, Debug)]
enum What<'s> {
    /// A process ends.
    End(usize, End),
    Deed(usize, &'s Deed),
    Event(&'s Event),
    /// The shell continues the job, in the foreground or not.
    Continue(bool),
    /// A process takes a queued signal.
    Takes(usize),
}

/// The world. The init is the first of `all`.
pub struct World<'s> {
    pub scenario: &'s Scenario,
    pub now: u64,
    pub all: Vec<One<'s>>,
    /// Who has a PID: one more than the place in `all`, 0 for nobody.
    place: [u8; LAST_PID + 1],
    next_pid: usize,
    /// What is to happen, the next one last.
    todo: Vec<(u64, u32, What<'s>)>,
    count: u32,
    /// What a stopped process will do when it goes on.
    postponed: Vec<What<'s>>,
    /// The init's children, in the order in which they became so.
    children: Vec<u8>,
    /// What pends for the init, and since when.
    standard: [Option<(Received, u64)>; 32],
    real_time: VecDeque<(Received, u64)>,
    /// Since when the init runs.
    runs: u64,
    /// The signal that the init does not block for now: 0 for none.
    pub unblocked: u8,
    pub subreaper: bool,
    pub pdeathsig: u8,
    pub dropped: bool,
    /// The terminal's foreground process group.
    pub foreground: i32,
    /// The program: its place in `all`, 0 if there is none.
    pub program: usize,
    /// How often it was to be started.
    pub launches: u32,
    patience: u8,
    /// Whether the shell has given the init's group the terminal, and the init has not slept since.
    pub given: bool,
    /// How often the init was stopped.
    pub stops: u8,
    pub oom_kills: u32,
    /// When a process last ended that the init could be told of.
    pub last_death: u64,
    /// When the last thing from the script happens.
    pub last_event: u64,
    /// The first thing that must not be.
    pub complaint: Option<String>,
}

/// The init, and those about it, who do nothing.
static NOBODY: Process = Process {
    ends: None,
    how: End::Status(0),
    asked: Reaction::Ignores,
    group: Group::Parents,
    foreign: false,
    hangs: false,
    reaps: true,
    slow: 0,
    deeds: Vec::new(),
};

impl<'s> World<'s> {
    pub fn new(scenario: &'s Scenario) -> Self {
        let mut world = Self {
            scenario,
            now: 1_000 * MS,
            all: Vec::with_capacity(16),
            place: [0; LAST_PID + 1],
            next_pid: 2,
            todo: Vec::with_capacity(16),
            count: 0,
            postponed: Vec::new(),
            children: Vec::new(),
            standard: [None; 32],
            real_time: VecDeque::new(),
            runs: 0,
            unblocked: 0,
            subreaper: scenario.subreaper,
            pdeathsig: 0,
            dropped: false,
            foreground: 0,
            program: 0,
            launches: 0,
            patience: PATIENCE,
            given: false,
            stops: 0,
            oom_kills: 2,
            last_death: 0,
            last_event: 0,
            complaint: None,
        };
        match scenario.place {
            Place::First | Place::FirstOnTerminal => {
                world.put(1, 0, 1, 1, &NOBODY);
                world.foreground = 1;
            }
            Place::FirstOfOuter { foreground } => {
                world.put(1, 0, OUTER, OUTER, &NOBODY);
                world.foreground = if foreground { OUTER } else { OUTER_OTHER };
            }
            Place::Child => world.nested(5, 5, SHELL, SHELL),
            Place::Job { foreground } => world.nested(SHELL, 7, SHELL, if foreground { 7 } else { SHELL }),
            Place::Script => world.nested(5, 5, SHELL, 5),
            Place::Orphaned { foreground } => world.nested(SHELL, 7, 7, if foreground { 7 } else { SHELL }),
        }
        for (at, event) in &scenario.events {
            world.later(u64::from(*at) * MS, What::Event(event));
            world.last_event = world.last_event.max(world.now + u64::from(*at) * MS);
        }
        world
    }

    /// An init that is process 7, and those about it.
    fn nested(&mut self, parent: i32, group: i32, session: i32, foreground: i32) {
        self.put(7, parent, group, session, &NOBODY);
        // The init of all, the shell, a daemon, the shell's script, another job.
        for (pid, parent, group, session) in
            [(1, 0, 1, 1), (SHELL, 1, SHELL, SHELL), (4, 1, 4, 4), (5, SHELL, 5, SHELL), (6, SHELL, 6, SHELL)]
        {
            let id = self.put(pid, parent, group, session, &NOBODY);
            self.all[id].stranger = true;
        }
        self.next_pid = 8;
        self.foreground = foreground;
    }

    fn put(&mut self, pid: i32, parent: i32, group: i32, session: i32, is: &'s Process) -> usize {
        let id = self.all.len();
        self.all.push(One {
            pid,
            parent,
            group,
            session,
            state: State::Running,
            stop: 0,
            stopped_by: 0,
            stopped_late: false,
            stranger: false,
            guest: false,
            shielded: false,
            is,
            pending: 0,
            handling: false,
            killed: false,
            reads: false,
            queued: 0,
            began: self.now,
            asked: 0,
            got: 0,
            due: false,
        });
        self.place[pid as usize] = id as u8 + 1;
        if id != 0 && parent == self.own() {
            self.children.push(id as u8);
        }
        id
    }

    /// The init's PID.
    pub fn own(&self) -> i32 {
        self.all[0].pid
    }

    pub fn is_first(&self) -> bool {
        self.own() == 1
    }

    /// Notes the first thing that must not be.
    pub fn complain(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.complaint.is_none() {
            self.complaint = Some(what(self));
        }
    }

    fn later(&mut self, time: u64, what: What<'s>) {
        self.count += 1;
        let key = (self.now.saturating_add(time), self.count);
        let at = self.todo.partition_point(|(time, count, _)| (*time, *count) > key);
        self.todo.insert(at, (key.0, key.1, what));
    }

    /// When something happens next.
    pub fn next_time(&self) -> Option<u64> {
        self.todo.last().map(|(time, _, _)| *time)
    }

    /// Does what happens until now.
    pub fn catch_up(&mut self) {
        while let Some((time, _, _)) = self.todo.last()
            && *time <= self.now
            && let Some((_, _, what)) = self.todo.pop()
        {
            self.happens(what);
        }
    }

    /// Lets time pass, until this time.
    pub fn pass(&mut self, until: u64) {
        while let Some(next) = self.next_time()
            && next <= until
        {
            self.now = self.now.max(next);
            self.catch_up();
        }
        self.now = self.now.max(until);
    }

    fn happens(&mut self, what: What<'s>) {
        if let What::End(id, _) | What::Deed(id, _) | What::Takes(id) = what {
            match self.all[id].state {
                State::Running => {}
                State::Stopped | State::Traced(_) => return self.postponed.push(what),
                State::Zombie(_) | State::Gone => return,
            }
        }
        match what {
            What::End(id, end) => {
                let end = if self.all[id].killed { End::Signal(KILL) } else { end };
                self.die(id, end.raw());
            }
            What::Takes(id) => self.all[id].queued = self.all[id].queued.saturating_sub(1),
            What::Deed(id, deed) => self.act_by_itself(id, deed),
            What::Continue(foreground) => {
                let group = self.all[0].group;
                if foreground {
                    self.foreground = group;
                    self.given = true;
                }
                self.give_group(group, CONT, 0, SHELL);
            }
            What::Event(event) => match event {
                Event::Signal(signal, code, value) => {
                    let pid = if *code > 0 { 0 } else { self.all[0].parent };
                    let value = if *code == SI_QUEUE { *value } else { 0 };
                    self.give_init(Received { signo: (*signal).into(), code: *code, pid, uid: 0, value });
                }
                Event::ToProgram(signal) if self.program != 0 => self.give(self.program, *signal, 0, self.all[0].parent),
                Event::ToProgram(_) => {}
                Event::Key(signal) if self.scenario.place.has_terminal() && !self.dropped => {
                    self.give_group(self.foreground, *signal, SI_KERNEL, 0);
                }
                Event::Key(_) => {}
                Event::Guest(guest) => {
                    if let Some(pid) = self.free_pid() {
                        let id = self.put(pid, 0, pid, pid, guest);
                        self.all[id].stranger = !self.is_first();
                        self.all[id].guest = true;
                        self.begin(id);
                    }
                }
                Event::ParentEnds if self.all[0].parent == 5 => {
                    self.all[0].parent = 1;
                    if let Some(id) = self.id(5) {
                        self.gone(id);
                    }
                    if self.pdeathsig != 0 {
                        self.give_init(Received { signo: self.pdeathsig.into(), code: 0, pid: 5, uid: 0, value: 0 });
                    }
                }
                Event::ParentEnds => {}
                Event::Broken(signal) => {
                    let pid = self.own();
                    self.give_init(Received { signo: (*signal).into(), code: 0, pid, uid: 0, value: 0 });
                }
                Event::ToForeground => {
                    if self.scenario.place == (Place::Job { foreground: false }) && self.foreground == SHELL {
                        self.happens(What::Continue(true));
                    }
                }
                Event::OutOfMemory(count) => self.oom_kills += u32::from(*count),
            },
        }
    }

    fn act_by_itself(&mut self, id: usize, deed: &'s Deed) {
        let One { parent, pid, .. } = self.all[id];
        match deed {
            Deed::Fork(child) => self.fork(id, child),
            Deed::Stop(signal) => self.give(id, *signal, 0, pid),
            Deed::Read => {
                self.all[id].reads = true;
                self.read_terminal(id);
            }
            Deed::Traced(signal) if parent == self.own() => {
                self.all[id].state = State::Traced(*signal);
                self.all[id].stop = *signal;
                self.tell_parent(id);
            }
            Deed::Tell(signal) if parent == self.own() => {
                self.give_init(Received { signo: (*signal).into(), code: 0, pid, uid: 0, value: 0 });
            }
            Deed::Traced(_) | Deed::Tell(_) => {}
        }
    }

    /// A process reads from its terminal: in the background its group gets TTIN, unless that is orphaned.
    fn read_terminal(&mut self, id: usize) {
        let group = self.all[id].group;
        let has = self.scenario.place.has_terminal() && !self.dropped && self.all[id].session == self.all[0].session;
        if !has || group == self.foreground || self.is_orphaned(group) || matches!(self.all[id].is.asked, Reaction::Ignores) {
            self.all[id].reads = false;
        } else {
            self.give_group(group, TTIN, SI_KERNEL, 0);
        }
    }

    /// Who has a PID.
    pub fn id(&self, pid: i32) -> Option<usize> {
        usize::from(*self.place.get(usize::try_from(pid).ok()?)?).checked_sub(1)
    }

    /// A PID that is no number of anything.
    fn free_pid(&mut self) -> Option<i32> {
        if self.all.len() >= PROCESSES {
            return None;
        }
        let last = usize::from(self.scenario.last_pid).min(LAST_PID);
        for _ in 0..last {
            let pid = self.next_pid;
            self.next_pid = if pid >= last { 2 } else { pid + 1 };
            let number = pid as i32;
            if self.place[pid] == 0
                && !self.all.iter().any(|one| one.state != State::Gone && (one.group == number || one.session == number))
            {
                return Some(number);
            }
        }
        None
    }

    fn fork(&mut self, parent: usize, child: &'s Process) {
        let Some(pid) = self.free_pid() else { return };
        let shielded = self.is_shielded(parent);
        let One { pid: parent, group, session, stranger, guest, .. } = self.all[parent];
        let (group, session) = match child.group {
            Group::Parents => (group, session),
            Group::Own => (pid, session),
            Group::Session => (pid, pid),
        };
        let id = self.put(pid, parent, group, session, child);
        (self.all[id].stranger, self.all[id].guest, self.all[id].shielded) = (stranger, guest, shielded);
        self.begin(id);
    }

    /// Whether a process cannot be killed, or came from one that could not.
    pub fn is_shielded(&self, id: usize) -> bool {
        let one = &self.all[id];
        one.shielded || one.is.foreign || one.is.hangs || self.hides(id)
    }

    /// The program is started: in a group, or in a session of its own.
    pub fn launch(&mut self, group: Group) -> Option<i32> {
        let pid = self.free_pid()?;
        let One { pid: own, group: owns, session, .. } = self.all[0];
        let (group, session) = match group {
            Group::Parents => (owns, session),
            Group::Own => (pid, session),
            Group::Session => (pid, pid),
        };
        self.program = self.put(pid, own, group, session, &self.scenario.program);
        self.begin(self.program);
        Some(pid)
    }

    /// The program could not be executed: its process ends.
    pub fn launch_failed(&mut self) {
        let id = std::mem::take(&mut self.program);
        self.todo.retain(|(_, _, what)| !matches!(what, What::End(other, _) | What::Deed(other, _) if *other == id));
        self.die(id, 125 << 8);
    }

    fn begin(&mut self, id: usize) {
        let is = self.all[id].is;
        if let Some(time) = is.ends {
            self.later(u64::from(time) * MS, What::End(id, is.how));
        }
        for (at, deed) in &is.deeds {
            self.later(u64::from(*at) * MS, What::Deed(id, deed));
        }
    }

    /// Whether a process descends from the init.
    pub fn descends(&self, id: usize) -> bool {
        let mut parent = self.all[id].parent;
        while parent != 0 {
            if parent == self.own() {
                return true;
            }
            match self.id(parent) {
                Some(id) => parent = self.all[id].parent,
                None => return false,
            }
        }
        false
    }

    /// Whether nobody in a group has a parent in its session who is of another group: setpgid(2).
    pub fn is_orphaned(&self, group: i32) -> bool {
        !self.all.iter().any(|one| {
            one.group == group
                && !matches!(one.state, State::Gone | State::Zombie(_))
                && self.id(one.parent).is_some_and(|parent| self.all[parent].group != group && self.all[parent].session == one.session)
        })
    }

    fn die(&mut self, id: usize, status: i32) {
        let One { pid, .. } = self.all[id];
        // Those whom nobody above is a reaper for go to PID 1.
        let to = if self.is_first() || (self.subreaper && self.descends(id)) { self.own() } else { 1 };
        if self.descends(id) || self.is_first() {
            self.last_death = self.now;
        }
        self.all[id].state = State::Zombie(status);
        self.all[id].stop = 0;
        for other in 1..self.all.len() {
            if self.all[other].parent != pid || self.all[other].state == State::Gone {
                continue;
            }
            self.all[other].parent = to;
            if to == self.own() {
                self.children.push(other as u8);
                if matches!(self.all[other].state, State::Zombie(_)) || self.all[other].stop != 0 {
                    self.tell_parent(other);
                }
            } else if matches!(self.all[other].state, State::Zombie(_)) {
                self.gone(other);
            }
        }
        let parent = self.all[id].parent;
        let reaps = match self.id(parent) {
            Some(0) => false,
            Some(parent) => self.all[parent].stranger || self.all[parent].is.reaps,
            None => true,
        };
        if reaps {
            self.gone(id);
        } else {
            self.tell_parent(id);
        }
    }

    /// A process is reaped.
    pub fn gone(&mut self, id: usize) {
        self.all[id].state = State::Gone;
        self.place[self.all[id].pid as usize] = 0;
        self.children.retain(|child| usize::from(*child) != id);
    }

    /// The parent gets CHLD, if it is the init.
    fn tell_parent(&mut self, id: usize) {
        if self.all[id].parent == self.own() {
            // CLD_EXITED and its like are all above 0.
            self.give_init(Received { signo: CHLD.into(), code: 1, pid: self.all[id].pid, uid: 0, value: 0 });
        }
    }

    /// The next of the init's children of whom there is something to be told; ECHILD if it has none.
    pub fn next_child(&mut self) -> Result<Option<(i32, i32)>, i32> {
        if self.children.is_empty() {
            return Err(ECHILD);
        }
        for at in 0..self.children.len() {
            let id = usize::from(self.children[at]);
            let pid = self.all[id].pid;
            if let State::Zombie(status) = self.all[id].state {
                self.gone(id);
                return Ok(Some((pid, status)));
            }
            let stop = std::mem::take(&mut self.all[id].stop);
            if stop != 0 {
                return Ok(Some((pid, i32::from(stop) << 8 | 0x7f)));
            }
        }
        Ok(None)
    }

    /// The status of one of these children that has ended: waitid(2).
    pub fn ended(&mut self, which: impl Fn(&One<'s>) -> bool, reap: bool) -> Result<Option<(i32, i32)>, i32> {
        let mut any = false;
        for at in 0..self.children.len() {
            let id = usize::from(self.children[at]);
            if which(&self.all[id]) {
                any = true;
                if let State::Zombie(status) = self.all[id].state {
                    let pid = self.all[id].pid;
                    if reap {
                        self.gone(id);
                    }
                    return Ok(Some((pid, status)));
                }
            }
        }
        if any { Ok(None) } else { Err(ECHILD) }
    }

    /// The code and the sender of the signal for which a traced child has stopped. A TRAP is execve's own, or that of a breakpoint.
    pub fn trace_stop(&self, pid: i32) -> (i32, i32) {
        match self.id(pid).map(|id| self.all[id].state) {
            Some(State::Traced(TRAP)) if pid % 2 == 0 => (0, pid),
            Some(State::Traced(TRAP)) => (1, 0),
            Some(State::Traced(_)) => (0, pid),
            _ => (0, 0),
        }
    }

    /// The init lets go of a traced child, which gets this signal, or none.
    pub fn detach(&mut self, pid: i32, signal: u8) -> bool {
        let Some(id) = self.id(pid) else { return false };
        let State::Traced(stop) = self.all[id].state else { return false };
        let wanted = if stop == TRAP && self.trace_stop(pid) == (0, pid) { 0 } else { stop };
        if signal != wanted && self.scenario.faults.is_empty() {
            self.complain(|_| format!("process {pid} stopped by {stop}, and gets {signal}"));
        }
        self.all[id].state = State::Running;
        if signal != 0 {
            self.give(id, signal, 0, pid);
        }
        self.go_on(id);
        true
    }

    /// A signal comes to everybody in a group.
    fn give_group(&mut self, group: i32, signal: u8, code: i32, from: i32) {
        let pids: Vec<usize> = (0..self.all.len()).filter(|&id| self.all[id].group == group && self.all[id].state != State::Gone).collect();
        for id in pids {
            self.give(id, signal, code, from);
        }
    }

    /// A signal comes to a process.
    fn give(&mut self, id: usize, signal: u8, code: i32, from: i32) {
        if id == 0 {
            return self.give_init(Received { signo: signal.into(), code, pid: from, uid: 0, value: 0 });
        }
        let One { state, is, group, .. } = self.all[id];
        if matches!(state, State::Zombie(_) | State::Gone) {
            return;
        }
        match signal {
            KILL if is.hangs => self.all[id].killed = true,
            KILL => self.die(id, KILL.into()),
            _ if is.hangs => {}
            CONT => {
                self.all[id].pending &= !(1 << STOP | 1 << TSTP | 1 << TTIN | 1 << TTOU);
                if state == State::Stopped {
                    self.all[id].state = State::Running;
                    self.all[id].stop = 0;
                    self.tell_parent(id);
                    self.go_on(id);
                }
            }
            STOP => self.stop(id, signal),
            TSTP | TTIN | TTOU if matches!(is.asked, Reaction::Ignores) || self.is_orphaned(group) => {}
            TSTP | TTIN | TTOU => self.stop(id, signal),
            // CHLD, URG, WINCH and CONT do nothing by default.
            17 | 23 | 28 => {}
            _ if state != State::Running => self.all[id].pending |= 1 << (signal & 63),
            _ => self.act(id, signal),
        }
    }

    fn stop(&mut self, id: usize, signal: u8) {
        if self.all[id].state == State::Running {
            self.all[id].state = State::Stopped;
            self.all[id].stop = signal;
            self.all[id].stopped_by = signal;
            self.all[id].stopped_late = self.program != 0 && self.all[self.program].state == State::Gone;
            self.tell_parent(id);
        }
    }

    /// A process goes on: it acts on what came meanwhile.
    fn go_on(&mut self, id: usize) {
        let pending = std::mem::take(&mut self.all[id].pending);
        self.all[id].asked = 0;
        for signal in 1..=64u8 {
            if pending >> (signal & 63) & 1 != 0 && self.all[id].state == State::Running {
                self.act(id, signal);
            }
        }
        if self.all[id].reads && self.all[id].state == State::Running {
            self.read_terminal(id);
        }
        if !self.postponed.is_empty() {
            let (now, later) = std::mem::take(&mut self.postponed).into_iter().partition(|what| match what {
                What::End(other, _) | What::Deed(other, _) | What::Takes(other) => *other == id,
                _ => false,
            });
            self.postponed = later;
            let now: Vec<_> = now;
            for what in now {
                self.happens(what);
            }
        }
    }

    /// A process acts on a signal that would end it.
    fn act(&mut self, id: usize, signal: u8) {
        let is = self.all[id].is;
        let handling = self.all[id].handling;
        match &is.asked {
            Reaction::Dies => self.die(id, signal.into()),
            Reaction::IgnoresTerm if matches!(signal, 2 | 3 | TERM) => {}
            Reaction::IgnoresTerm => self.die(id, signal.into()),
            Reaction::Ignores => {}
            _ if handling => {}
            Reaction::Ends(time, status) => {
                self.all[id].handling = true;
                self.later(u64::from(*time) * MS, What::End(id, End::Status(*status)));
            }
            Reaction::Forks(child) => {
                self.fork(id, child);
                self.die(id, 0);
            }
            Reaction::Starts(child) => {
                self.all[id].handling = true;
                self.fork(id, child);
            }
        }
    }

    /// A signal comes to the init, which blocks all of them.
    pub fn give_init(&mut self, received: Received) {
        let signal = received.signal();
        let stops = [STOP, TSTP, TTIN, TTOU];
        if signal == KILL {
            return;
        }
        if signal == CONT {
            for stop in stops {
                self.standard[usize::from(stop)] = None;
            }
            if self.all[0].state == State::Stopped {
                self.all[0].state = State::Running;
                self.runs = self.now;
            }
        }
        if stops.contains(&signal) {
            // Then the init is never told; the program gets the terminal when it reads.
            if self.standard[usize::from(CONT)].take().is_some() {
                self.given = false;
            }
            // STOP cannot be blocked.
            if signal == STOP || signal == self.unblocked {
                return self.stop_init(signal);
            }
        }
        match self.standard.get_mut(usize::from(signal)) {
            Some(pending) => *pending = pending.or(Some((received, self.now))),
            None if self.real_time.len() < ROOM => self.real_time.push_back((received, self.now)),
            None => {}
        }
    }

    /// A stop signal reaches the init, which does not block it.
    fn stop_init(&mut self, signal: u8) {
        let group = self.all[0].group;
        if self.is_first() || (signal != STOP && self.is_orphaned(group)) || self.all[0].state == State::Stopped {
            return;
        }
        self.all[0].state = State::Stopped;
        self.stops = self.stops.saturating_add(1);
        if self.foreground == group {
            self.foreground = SHELL;
        }
        if let Some(patience) = self.patience.checked_sub(1) {
            self.patience = patience;
            match self.scenario.shell {
                Shell::Waits => {}
                Shell::Foreground(time) => self.later(u64::from(time) * MS, What::Continue(true)),
                Shell::Background(time) => self.later(u64::from(time) * MS, What::Continue(false)),
            }
        }
    }

    /// One that pends is delivered when it is not blocked any more.
    pub fn unblock(&mut self, signal: u8) {
        self.unblocked = signal;
        if self.standard.get_mut(usize::from(signal)).is_some_and(|pending| pending.take().is_some()) {
            self.stop_init(signal);
        }
    }

    /// Lets time pass while the init is stopped; whether it is continued at all.
    pub fn is_continued(&mut self) -> bool {
        while self.all[0].state == State::Stopped {
            match self.next_time() {
                Some(next) => self.pass(next),
                None => return false,
            }
        }
        true
    }

    pub fn is_pending(&self) -> bool {
        self.standard.iter().any(Option::is_some) || !self.real_time.is_empty()
    }

    /// Takes a signal out of the init's queue: those of faults first, then by number, those of the same number in their order.
    pub fn take_any(&mut self) -> Option<Received> {
        for signal in [4, 5, 7, 8, 11, 31] {
            if let Some(received) = self.standard[signal].take() {
                return Some(self.taken(received));
            }
        }
        if let Some(received) = self.standard.iter_mut().find_map(Option::take) {
            return Some(self.taken(received));
        }
        let first = self.real_time.iter().map(|(received, _)| received.signo).min()?;
        self.take_real_time(first as u8)
    }

    fn take_real_time(&mut self, signal: u8) -> Option<Received> {
        let at = self.real_time.iter().position(|(received, _)| received.signal() == signal)?;
        let received = self.real_time.remove(at)?;
        Some(self.taken(received))
    }

    /// The init takes a signal. It is late by a second at most: so long it has patience with a program that takes no queued signals.
    fn taken(&mut self, (received, since): (Received, u64)) -> Received {
        let late = self.now - since.max(self.runs);
        if late > 1100 * MS && self.scenario.tick == 0 && self.scenario.faults.is_empty() {
            self.complain(|_| format!("signal {} was not looked at for {} ms", received.signo, late / MS));
        }
        received
    }

    /// Takes one of this number.
    pub fn take(&mut self, signal: u8) -> Option<Received> {
        match self.standard.get_mut(usize::from(signal)) {
            Some(pending) => {
                let received = pending.take()?;
                Some(self.taken(received))
            }
            None => self.take_real_time(signal),
        }
    }

    /// Whether the init may signal a process at all, by whom it is.
    fn met(&mut self, id: usize, signal: u8, by_walk: bool) {
        self.all[id].got = self.all[id].got.saturating_add(1);
        self.all[id].asked |= 1 << (signal & 63);
        let of_job = self.all[id].group == self.all[0].group && matches!(signal, TSTP | TTIN | TTOU | CONT);
        // Who came from the program is no stranger, even if another has become its parent; but a walk finds
        // descendants, unless they lose their parent in the middle of it.
        if id != 0 && !of_job && (self.all[id].stranger || (by_walk && self.scenario.tick == 0 && !self.descends(id))) {
            self.complain(|world| format!("process {} was sent signal {signal}, and is a stranger", world.all[id].pid));
        }
    }

    /// kill(2) by the init.
    pub fn send(&mut self, to: i32, signal: u8) -> Result<(), i32> {
        let own = self.own();
        if to == 0 || (to == -1 && own != 1) {
            return Err(ESRCH);
        }
        let targets: Vec<usize> = (0..self.all.len())
            .filter(|&id| {
                let one = &self.all[id];
                one.state != State::Gone
                    && match to {
                        -1 => id != 0,
                        1.. => one.pid == to,
                        group => one.group == -group,
                    }
            })
            .collect();
        if targets.is_empty() {
            return Err(ESRCH);
        }
        let mut sent = false;
        for &id in &targets {
            // An earlier one may have changed what is to be done with it.
            if self.all[id].is.foreign {
                continue;
            }
            sent = true;
            if self.all[id].state != State::Gone {
                self.met(id, signal, false);
                self.give(id, signal, 0, own);
            }
        }
        if sent || to == -1 { Ok(()) } else { Err(EPERM) }
    }

    /// rt_sigqueueinfo(2) by the init.
    pub fn queue(&mut self, to: i32, signal: u8) -> Result<(), i32> {
        let Some(id) = self.id(to) else { return Err(ESRCH) };
        let One { is, queued, .. } = self.all[id];
        if is.foreign {
            return Err(EPERM);
        }
        if signal >= 32 {
            if queued >= self.scenario.room {
                return Err(EAGAIN);
            }
            if is.slow > 0 {
                self.all[id].queued += 1;
                self.later(u64::from(is.slow) * MS, What::Takes(id));
            }
        }
        self.met(id, signal, false);
        self.give(id, signal, SI_QUEUE, self.own());
        Ok(())
    }

    /// pidfd_send_signal(2) by the init, to the process at this place in `all`.
    pub fn send_by_pin(&mut self, id: usize, signal: u8) {
        if self.all[id].state != State::Gone && !self.all[id].is.foreign {
            self.met(id, signal, true);
            self.give(id, signal, 0, self.own());
        }
    }

    /// Whether the init has asked a process to end that cannot act on it, for it is stopped.
    pub fn is_asked_in_vain(&self, id: usize) -> bool {
        let one = &self.all[id];
        one.asked & one.pending & (1 << 1 | 1 << 2 | 1 << 3 | 1 << TERM) != 0
    }

    /// The init changes the terminal's foreground process group: it may take the terminal from its own group, from its descendants,
    /// and where nobody needs it.
    pub fn takes_terminal(&mut self) {
        let another = |one: &One<'_>| one.group == self.foreground && one.state != State::Gone;
        let strangers = self.foreground == OUTER_OTHER || self.all.iter().any(|one| another(one) && one.stranger);
        // A process of a script shares its group with the init.
        if strangers && self.foreground != self.all[0].group && self.scenario.faults.is_empty() {
            self.complain(|world| format!("the init takes the terminal from group {}", world.foreground));
        }
    }

    /// Whether nobody is in a group.
    pub fn is_empty(&self, group: i32) -> bool {
        group > 1 && !self.all.iter().any(|one| one.group == group && one.state != State::Gone)
    }

    /// Whether the init is PID 1 and anybody else is there.
    pub fn anybody(&self) -> bool {
        self.is_first() && self.all.iter().skip(1).any(|one| one.state != State::Gone)
    }

    /// Whether /proc does not show a process.
    pub fn hides(&self, id: usize) -> bool {
        self.scenario.proc == Proc::Hides && (self.all[id].stranger || self.all[id].is.foreign)
    }

    /// A walk begins: those who are there are to be met.
    pub fn walk_begins(&mut self) {
        for id in 1..self.all.len() {
            let due = !matches!(self.scenario.proc, Proc::Breaks(_)) && self.is_alive(id) && self.descends(id) && self.is_shown(id);
            self.all[id].due = due;
            self.all[id].got = 0;
        }
    }

    /// Whether it, and all between it and the init, can be seen.
    fn is_shown(&self, mut id: usize) -> bool {
        while id != 0 {
            if self.hides(id) {
                return false;
            }
            match self.id(self.all[id].parent) {
                Some(parent) => id = parent,
                None => return false,
            }
        }
        true
    }

    /// A walk is over: whoever was there all the time was met, and if nothing happened meanwhile once.
    pub fn walk_ends(&mut self, faulty: bool) {
        // One who could not be looked at is not met; nobody knows who that would be.
        if faulty {
            return;
        }
        for id in 1..self.all.len() {
            let One { due, got, is, .. } = self.all[id];
            if due && self.is_alive(id) && self.descends(id) && self.is_shown(id) && !is.foreign && got == 0 {
                self.complain(|world| format!("process {} was not met by a walk", world.all[id].pid));
            }
            if due && got > 1 && self.scenario.tick == 0 {
                self.complain(|world| format!("process {} got the signal of a walk {got} times", world.all[id].pid));
            }
        }
    }

    pub fn is_alive(&self, id: usize) -> bool {
        !matches!(self.all[id].state, State::Zombie(_) | State::Gone)
    }

    pub fn counts_children(&self) -> usize {
        self.children.len()
    }
}
