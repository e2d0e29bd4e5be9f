//! What is always true of a life, told anew from the documentation: a small model reads the calls one after the other, and says what
//! has to come, what may come, and by which rule a signal went nowhere.

use std::collections::VecDeque;

use scratch_init::attempt::Step;
use scratch_init::kernel::Which;
use scratch_init::say::Text;
use scratch_init::signals::Received;

use crate::kernel::{Call, Entry, Life, Outcome, Word};
use crate::policy::{KILLED, Policy, Route, status_of};
use crate::scenario::{Called, Limit, Machine, Opt, Proc, Reaction, Scenario, Shell, Times};
use crate::world::{CHLD, CONT, EAGAIN, ECHILD, ESRCH, KILL, MS, SI_QUEUE, STOP, State, TERM, TSTP, TTIN, TTOU, World};

const NEVER: u64 = u64::MAX;
/// Another init of the same job sends this: see `route.rs`.
pub const PASSED_ON: i32 = -0x4b45;
/// How many signals are held back at a time.
const HELD: usize = 8;
/// How many processes are reaped before signals are looked at.
const REAPED: u32 = 64;

fn word(text: &str) -> Word {
    Word::of(text.as_bytes())
}

/// Why a signal that arrived went to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// CHLD is the init's own.
    Child,
    /// A stop by the terminal driver is for the whole job.
    TerminalStop,
    /// What a write of the init's own has raised.
    OwnWrite,
    /// The first HUP and CONT after dumb-init has given up its terminal.
    HandedOff,
    /// It says how the machine ends.
    Machine,
    /// There is no program.
    Pause,
    /// It came between two starts of the program.
    NoProgram,
    /// It came there too, and asked for the end.
    NoMoreStarts,
    /// It was rewritten to 0.
    Dropped,
    /// It was merged with a held one of the same number.
    Merged,
    /// It is held back, and was still held when the init ended.
    Held,
}

/// By how many signals each rule was used.
pub type Rules = [u32; 11];

/// Where something has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// Where the route says.
    Route,
    /// The program's group.
    Group,
    /// The program's group, as far as it is known still to be that: for want of /proc, or after its end.
    GroupIfKnown,
    /// The init itself.
    Own,
}

/// What has to be sent.
#[derive(Clone, Copy, Debug)]
struct Must {
    signal: u8,
    received: Received,
    target: Target,
    /// Whether the route says so.
    by_route: bool,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    until: u64,
    received: Received,
    stop: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sweep {
    No,
    Due,
    Asked,
    Killed,
    Over,
}

/// What a walk has come to.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Whether the list is read for the second time: the first time only counts.
    again: bool,
    /// How many processes were counted.
    count: usize,
    /// Whether a process was pinned: what cannot be looked at from now on may have been looked at before.
    pinned: bool,
    /// Whether a call has failed, so that not all can be seen.
    failed: bool,
    /// Whether the group got the signal, or is not known any more.
    covered: bool,
}

/// What is to be told of the program's end.
#[derive(Clone, Copy, Debug)]
struct Told {
    core: bool,
    /// Whether waitid(2) told of it, which knows no times.
    by_waitid: bool,
    overdue: bool,
    asked: Received,
    orphans: i32,
}

/// A text that has to be said: one of these, with this word, if it matters, and this number.
#[derive(Clone, Copy, Debug)]
struct Saying {
    texts: [Text; 2],
    word: Option<Word>,
    number: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Ended,
    Running,
    Nothing,
    Unknown,
}

struct Model<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    failed: &'a [Called],
    own: i32,
    own_group: i32,
    first: bool,
    program: i32,
    launches: u32,
    route: Route,
    status: Option<u8>,
    last: Option<u8>,
    sweep: Sweep,
    reaped: bool,
    left: Left,
    row: u32,
    /// Whether anybody was found who is nobody's child.
    guests: Option<bool>,
    /// The init has to end now.
    ends: bool,
    /// Signals that were read, and not looked at yet.
    arrived: VecDeque<(Received, u64)>,
    must: VecDeque<Must>,
    held: Vec<Held>,
    stopping: bool,
    kill_at: u64,
    /// Whether the last KILL was due before the time of the killed was over: one of them may have ended at that very time.
    struck_in_time: bool,
    /// Which step of the start was made last.
    steps: u8,
    /// When all were sent KILL for the first time.
    first_kill: Option<u64>,
    /// When the init was continued last.
    runs: u64,
    /// The earliest end of a grace period.
    grace_at: u64,
    /// When the last signal of the sweep had been sent to all.
    all_sent: u64,
    start_at: u64,
    /// Whether the program has ended and is to be started again, and how often it can be (`None` is for ever).
    between: bool,
    restarts: Option<u32>,
    /// Whether it has waited since then.
    waits_for_start: bool,
    /// Whether the group of the program before got its KILL.
    struck_group: bool,
    /// Whether it has to be said that the program is started again.
    says_again: bool,
    /// Whether the terminal was the program's when a key ended it: the next calls tell.
    keyed: bool,
    look_at: u64,
    guests_until: u64,
    /// When the last look was due.
    looked: u64,
    /// Signals that were merged with one that was due at the very time: it may as well be sent for itself.
    doubles: u64,
    hand_offs: u64,
    shutdown: Option<Machine>,
    /// When the last wait was over.
    woken: u64,
    /// Whether what has arrived is being looked at, and not who has ended.
    listening: bool,
    /// By how much a time can be missed: what calls take.
    slop: u64,
    /// The signal of the walk that goes on, and whether one does.
    walk: Option<Option<u8>>,
    /// What that walk came to so far.
    seen: Seen,
    /// The signal that the group may get as well: /proc did not show all.
    cover: Option<u8>,
    /// A stop was seen: job control may act.
    stops: bool,
    /// The signal by which the terminal stopped the init's group.
    job_stop: u8,
    /// Whether the terminal has stopped the init's group: then each process in it stops for itself.
    stops_alone: bool,
    /// The terminal has stopped what the program left behind, and now the init has to stop.
    must_stop: bool,
    retries: u32,
    /// Whether the last queued signal found no room for a second: then the next one is tried once.
    no_room: bool,
    /// Whether a child of the init was seen in the program's group since one was reaped.
    group_known: bool,
    /// dumb-init sends TERM to the group when the program has been reaped, and nobody knows then whether the number is still that group's.
    parting: bool,
    /// What has to be said about what was done.
    say: VecDeque<Saying>,
    /// The program's end is being said: whether a core was dumped, and whether waitid(2) told of it.
    end_said: Option<Told>,
    /// What is said at the very end.
    last_words: Vec<(Text, Word, i32)>,
    /// Which signals were sent: a bit for each.
    sent_bits: u64,
    asked: Received,
    overdue: bool,
    orphans: i32,
    oom_kills: u32,
    /// Whether they were counted for the next start.
    counted: bool,
    /// ^C or ^\ ended the program, and nobody but the terminal had sent it: other inits of the job are told, if the program had the terminal.
    key: u8,
    had_terminal: bool,
    subreaper: bool,
    /// Whether it was asked if it is one already.
    knows_subreaper: bool,
    let_go: bool,
    /// The parent that it had at first, and how often it was asked for.
    parent: Option<i32>,
    parents: u32,
    dies_with_parent: bool,
    gives_up_terminal: bool,
    /// Whether it was continued before it could stop.
    continued: bool,
    /// Whether the wait has failed and nothing was read yet; and whether this round, and the one before, has failed.
    unread: bool,
    failing: [bool; 2],
    /// Whether the start is over.
    settled: bool,
    /// What was done with those that arrived.
    rules: Rules,
}

type Verdict = Result<(), String>;

/// Reads a life, and says what is wrong with it.
pub fn check(scenario: &Scenario, life: &Life<'_>) -> Result<Rules, String> {
    if let Some(complaint) = &life.world.complaint {
        return Err(complaint.clone());
    }
    let policy = Policy::of(scenario);
    let world = &life.world;
    let tick = u64::from(scenario.tick) * 1000;
    // A call that fails in passing is made again, after a pause of 10 ms from the second time on.
    let faults = if life.failed.iter().any(|call| matches!(call, Called::Wait | Called::Read)) { 50 * MS } else { 0 };
    let mut model = Model {
        scenario,
        policy: &policy,
        failed: &life.failed,
        own: world.own(),
        own_group: world.all[0].group.max(0),
        first: world.is_first(),
        program: 0,
        launches: 0,
        route: policy.route,
        status: None,
        last: None,
        sweep: Sweep::No,
        reaped: false,
        left: Left::Running,
        row: 0,
        guests: None,
        ends: false,
        arrived: VecDeque::new(),
        must: VecDeque::new(),
        held: Vec::new(),
        stopping: false,
        kill_at: NEVER,
        struck_in_time: true,
        steps: 0,
        first_kill: None,
        runs: 0,
        grace_at: NEVER,
        all_sent: NEVER,
        start_at: NEVER,
        between: false,
        restarts: policy.restarts,
        waits_for_start: false,
        struck_group: false,
        says_again: false,
        keyed: false,
        look_at: NEVER,
        guests_until: NEVER,
        looked: NEVER,
        doubles: 0,
        hand_offs: 0,
        shutdown: None,
        woken: 0,
        listening: false,
        slop: tick * 300 + faults,
        walk: None,
        seen: Seen::default(),
        cover: None,
        stops: false,
        job_stop: 0,
        stops_alone: false,
        must_stop: false,
        retries: 0,
        no_room: false,
        group_known: false,
        parting: false,
        say: VecDeque::new(),
        end_said: None,
        last_words: Vec::new(),
        sent_bits: 0,
        asked: Received::NONE,
        overdue: false,
        orphans: 0,
        oom_kills: 0,
        counted: false,
        key: 0,
        had_terminal: false,
        subreaper: false,
        knows_subreaper: false,
        let_go: false,
        parent: None,
        parents: 0,
        dies_with_parent: false,
        gives_up_terminal: false,
        continued: false,
        unread: false,
        failing: [false; 2],
        settled: false,
        rules: [0; 11],
    };
    for (at, entry) in life.log.iter().enumerate() {
        model
            .step(entry, &life.log[at + 1..])
            .map_err(|what| format!("call {at}, {:?} at {} us: {what}", entry.call, entry.at / 1000 - 1_000_000))?;
    }
    model.end(life)?;
    lines(&life.log)?;
    rate(life)?;
    Ok(model.rules)
}

impl Model<'_> {
    /// The steps of a start come in their order. Only what follows them may come again.
    fn in_order(&mut self, call: &Call) -> Verdict {
        let step = match call {
            // Before this a signal may be lost.
            Call::Block(_) => 1,
            // Before anything that takes time: the parent may end.
            Call::Parent(_) if self.parents == 0 => 2,
            Call::Speak(_) => 3,
            Call::OwnMachine(_) | Call::Mount(..) | Call::OpenConsole => 4,
            Call::Listen(_) => 5,
            Call::DieWithParent(..) => 6,
            Call::BecomeSubreaper | Call::IsSubreaper(_) => 7,
            Call::DropTerminal(_) => 8,
            Call::Launch(_) if !self.settled => 9,
            // The program has what these change.
            Call::LetGo if !self.settled => 10,
            Call::Settle => 11,
            Call::Wait(..) => 12,
            _ if self.steps == 0 => return Err("that comes before the signals are blocked".into()),
            Call::Pause(time) if *time != 10 * MS => return Err("each pause takes 10 ms".into()),
            _ => return Ok(()),
        };
        if step < self.steps {
            return Err("that comes too late".into());
        }
        self.steps = step;
        Ok(())
    }

    fn has_failed(&self, call: Called) -> bool {
        self.failed.contains(&call)
    }

    /// Whether a call fails when it is made for the nth time.
    fn faulted(&self, call: Called, nth: u32) -> bool {
        self.scenario.faults.iter().any(|fault| {
            let last = match fault.times {
                Times::Once => fault.nth,
                Times::Twice => fault.nth + 1,
                Times::FromThenOn => u32::MAX,
            };
            fault.call == call && (fault.nth..=last).contains(&nth)
        })
    }

    /// Whether the start that was made last has failed by a fault.
    fn launch_failed(&self) -> bool {
        self.faulted(Called::Launch, self.launches)
    }

    /// Whether the program can be started again.
    fn can_start_again(&self) -> bool {
        self.policy.boot == Some(Machine::Respawn) || self.restarts != Some(0)
    }

    /// Whether the program, which has ended, had the terminal: what the init asks next tells.
    fn is_keyed(&self, rest: &[Entry]) -> bool {
        let end = rest.iter().position(|entry| matches!(entry.call, Call::NextChild(..) | Call::Wait(..) | Call::Launch(_)));
        let calls = &rest[..end.unwrap_or(rest.len())];
        let terminal = calls.iter().position(|entry| matches!(entry.call, Call::Terminal(_)));
        terminal.and_then(|at| calls.get(at + 1)).is_some_and(|entry| entry.call == Call::Foreground(Some(self.program)))
    }

    /// It is said that the program is started again.
    fn say_again(&mut self) {
        self.must_say(1, Text::Again, None, 0);
        if let Some(time) = self.policy.restart_after {
            self.must_say(1, Text::AgainIn, None, time as i32);
        }
        let left = self.restarts.map_or("inf".into(), |restarts| (restarts - 1).to_string());
        self.must_say(1, Text::AgainLeft, Some(word(&left)), 0);
    }

    fn drop(&mut self, rule: Rule) {
        self.rules[rule as usize] += 1;
    }

    /// One call.
    fn step(&mut self, entry: &Entry, rest: &[Entry]) -> Verdict {
        let now = entry.at;
        self.in_order(&entry.call)?;
        // In a walk there is nothing but the walk.
        if let Some(signal) = self.walk {
            self.sees(&entry.call);
            match entry.call {
                Call::SendByPin(_, sent) => {
                    if *self.walk.insert(signal.or(Some(sent))) != Some(sent) {
                        return Err("a walk sends one signal".into());
                    }
                }
                Call::WalkEnds => {
                    if self.seen.failed && !self.seen.covered && self.program != 0 {
                        return Err("not all of /proc could be read, and the group did not get the signal".into());
                    }
                    self.walk = None;
                    if let Some(signal) = self.cover.take() {
                        self.is_sent_to_all(signal, now);
                    }
                }
                Call::Send(to, sent, _) if to == -self.program && self.program != 0 => {
                    if signal.is_some_and(|signal| signal != sent) || self.cover.is_some_and(|cover| cover != sent) {
                        return Err("not the signal of the walk".into());
                    }
                    if self.status.is_some() && !self.group_known && !self.parting {
                        return Err("the group's number may be another's by now".into());
                    }
                    self.walk = Some(Some(sent));
                }
                Call::Ended(Which::Group(group), false, result) if group == self.program => self.group_known = result.is_ok(),
                // Room for those that are there, and for those that begin meanwhile: 64, and a quarter more.
                Call::Table(count)
                    if !((self.seen.count + 64) * 5 / 4..(self.seen.count + 64) * 2).contains(&count)
                        && !self.has_failed(Called::Table) =>
                {
                    return Err(format!("a table of {count} for {} processes", self.seen.count));
                }
                Call::Next(_) | Call::Rewind(_) | Call::Table(_) | Call::Look(..) | Call::Pin(..) => {}
                Call::Say(..) => {}
                _ => return Err("in the middle of a walk".into()),
            }
            return Ok(());
        }
        match entry.call {
            Call::Say(text, word, number) => self.said(text, word, number, now)?,
            Call::OomKills(count) => self.oom_kills_are(count),
            Call::LetGo => {
                while self.must.is_empty() && self.look_at_next() {}
                if self.can_start_again() || std::mem::replace(&mut self.let_go, true) {
                    return Err("the next start needs that, or it was done".into());
                }
            }
            Call::Parent(parent) => match self.parent_again(parent) {
                // It has died before the signal for that was asked for.
                Some(first) if first != parent => {
                    let signal = self.policy.pdeathsig;
                    self.must.push_back(Must { signal, received: Received::NONE, target: Target::Own, by_route: false });
                }
                _ => {}
            },
            Call::DieWithParent(signal, _) => {
                if signal != self.policy.pdeathsig || self.launches > 0 {
                    return Err("not the signal of -p".into());
                }
                self.dies_with_parent = true;
            }
            Call::TellMates(signal) => {
                if self.key != signal || !self.had_terminal || self.first {
                    return Err("the job is not interrupted".into());
                }
                self.key = 0;
            }
            Call::Foreground(Some(group)) if self.key != 0 && group == self.program => self.had_terminal = true,
            Call::DropTerminal(leads) => {
                self.gives_up_terminal = true;
                self.hand_offs = if leads { 1 << 1 | 1 << CONT } else { 0 };
            }
            Call::Settle => self.settled = true,
            Call::BecomeSubreaper => self.subreaper = true,
            Call::IsSubreaper(is) => {
                self.knows_subreaper = true;
                if !is {
                    self.must_say(0, Text::NotSubreaper, None, 0);
                }
            }
            Call::Launch(result) => {
                while self.must.is_empty() && self.look_at_next() {}
                self.launches += 1;
                if std::mem::take(&mut self.counted) != (self.policy.verbose >= 1) {
                    return Err("what is killed for want of memory is counted from the start on, with -v".into());
                }
                if self.launches > 1 && !self.has_failed(Called::Now) && !(self.between && self.start_at <= now.saturating_add(self.slop)) {
                    return Err("the program is started again".into());
                }
                if self.launches > 1 && self.policy.boot.is_none() {
                    if self.program != 0 && !self.struck_group {
                        return Err("what is left of the program's group is not killed before".into());
                    }
                    self.restarts = self.restarts.map(|restarts| restarts - 1);
                }
                self.start_at = NEVER;
                let fails = self.scenario.fails.filter(|_| self.launches >= self.scenario.fails_from);
                let begun = result.is_ok() || fails.is_some_and(|(step, _)| step != Step::Clone);
                if self.policy.session && begun && !self.launch_failed() {
                    self.must_say(2, Text::Session, None, 0);
                }
                match result {
                    Ok(pid) => {
                        self.program = pid;
                        (self.status, self.between, self.struck_group) = (None, false, false);
                        self.must_say(1, Text::Started, Some(word("program")), pid);
                    }
                    Err(errno) if self.policy.boot.is_some() || self.between => {
                        // There are no more processes, perhaps.
                        let cloned = errno != EAGAIN || !matches!(rest.first(), Some(Entry { call: Call::Say(Text::Failed, ..), .. }));
                        let executed = cloned && fails.is_some_and(|(step, _)| step == Step::Execute);
                        let status = if executed && !self.launch_failed() { self.not_executed(errno) } else { self.policy.failed };
                        self.program_ended(status, now);
                        // It is not tried more than a hundred times a second.
                        if self.between {
                            self.start_at = self.start_at.max(now + 10 * MS);
                        }
                    }
                    Err(_) => {}
                }
            }
            Call::Wait(time, since, got) => {
                self.at_wait(time, since)?;
                self.woken = now;
                self.unread = got.is_err();
                self.failing = [self.failing[1], got.is_err()];
                self.listening = true;
                self.row = 0;
                self.guests = None;
                if got == Ok(false) && time != Some(0) {
                    let next = self.next();
                    if next > now.saturating_add(self.slop) && !self.has_failed(Called::Now) {
                        return Err("it woke up, and nothing was due".into());
                    }
                }
            }
            Call::Sleeps(time, since) => self.at_wait(time, since)?,
            Call::Took(received) => self.arrived.push_back((received, now)),
            Call::Take(signal, _) if !matches!(signal, CONT | TTIN | TTOU) => return Err("that signal is not job control's to take".into()),
            Call::Take(TTIN | TTOU, true) => self.stops = true,
            Call::Take(CONT, taken) => {
                // Without a group that is left nothing is sent before.
                while self.program == 0 && !self.must_stop && self.look_at_next() {}
                self.continued = taken;
                self.must_stop &= !taken;
            }
            Call::Read(result) => {
                self.unread = false;
                self.failing[1] |= result.is_err();
            }
            Call::Pause(time) if self.listening => {
                self.woken = now;
                if time == 10 * MS && self.failing == [false, true] && !self.stops && !(self.between && self.has_failed(Called::Now)) {
                    return Err("it pauses, and a call has failed but once".into());
                }
            }
            Call::NextChild(result, pid, raw) => {
                // In each round it is asked anew who is left.
                self.look_at = NEVER;
                self.doubles = 0;
                if self.unread {
                    return Err("it does not look whether there are signals".into());
                }
                self.nothing_is_late(now)?;
                self.listening = false;
                // (With a fault the init may have seen less than that.)
                if self.key != 0 && self.had_terminal && self.failed.is_empty() && !self.first {
                    return Err("other inits of the job are not told".into());
                }
                (self.key, self.had_terminal) = (0, false);
                match result {
                    Ok(true) => {
                        if self.row == REAPED {
                            return Err("so many are reaped that signals wait".into());
                        }
                        (self.group_known, self.parting) = (false, false);
                        self.keyed = self.is_keyed(rest);
                        self.child(pid, raw, false, now);
                        self.row += 1;
                        if self.row == REAPED {
                            self.reaped_all(Left::Ended, now);
                        }
                    }
                    Ok(false) => self.reaped_all(Left::Running, now),
                    Err(ECHILD) => self.reaped_all(Left::Nothing, now),
                    // What waitid(2) says is next.
                    Err(_) => self.left = Left::Unknown,
                }
            }
            Call::Ended(Which::Any, false, result) => {
                let nothing = result == Err(ECHILD);
                // Where it is another way to see how the program ended, that comes first.
                if nothing || self.status.is_some() || self.program == 0 {
                    self.reaped_all(if nothing { Left::Nothing } else { Left::Unknown }, now);
                }
            }
            Call::Ended(Which::Pid(pid), true, result) if pid == self.program => {
                if let Ok(Some(raw)) = result {
                    self.keyed = self.is_keyed(rest);
                    self.child(pid, raw, true, now);
                }
                self.reaped_all(Left::Unknown, now);
            }
            Call::Ended(Which::Group(group), false, result) => {
                if group != self.program {
                    return Err("another group than the program's".into());
                }
                while self.must.is_empty() && self.look_at_next() {}
                self.group_known = result.is_ok();
                if result.is_err() && self.must.front().is_some_and(|must| must.target == Target::GroupIfKnown) {
                    self.must.pop_front();
                    if self.between {
                        self.must.retain(|must| must.target != Target::GroupIfKnown);
                    }
                }
                // From now on that number may be another group's.
                if result.is_err() && self.between {
                    self.program = 0;
                }
            }
            Call::Anybody(is) => self.anybody(is, now)?,
            Call::Send(to, signal, result) => {
                if to == 0 {
                    return Err("kill(0)".into());
                }
                if to == -1 && !self.first {
                    return Err("kill(-1), and it is not PID 1".into());
                }
                self.sent(to, signal, result, now)?;
            }
            Call::Queue(received, to, signal, result) => {
                let paused = matches!(rest.first(), Some(Entry { call: Call::Pause(_), .. }));
                self.queued(&received, to, signal, result)?;
                let again = matches!(result, Err(EAGAIN | 4 | 12)) && self.retries != u32::MAX;
                if again && !paused {
                    return Err("it pauses before each new try".into());
                }
            }
            Call::Processes(result) => self.walks(result, now, rest)?,
            Call::SendByPin(..) | Call::WalkEnds => return Err("out of a walk".into()),
            Call::Stop(to, signal) => {
                if self.first {
                    return Err("PID 1 stops".into());
                }
                if std::mem::take(&mut self.continued) {
                    return Err("it stops, and was continued already".into());
                }
                while !self.stops && self.look_at_next() {}
                if !self.stops || self.policy.sends_stops {
                    return Err("nothing has stopped".into());
                }
                if !matches!(signal, TSTP | TTIN | TTOU) || !(to == -self.own_group || to == self.own) {
                    return Err("not a stop of its own job".into());
                }
                // The shell sees a stopped job only if all of it stops.
                if to == self.own && !self.stops_alone {
                    return Err("the init stops, and the rest of its job does not".into());
                }
                self.must_stop = false;
                self.runs = now;
                if self.listening {
                    self.woken = now;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A signal was sent to all. The sweep's time, and that of the killed, begins when the last one has it.
    fn is_sent_to_all(&mut self, signal: u8, now: u64) {
        match (self.sweep, signal) {
            (Sweep::Asked, CONT) if self.all_sent == NEVER => self.all_sent = now,
            (Sweep::Killed, KILL) => self.all_sent = now,
            _ => {}
        }
    }

    /// All were sent KILL: until when the init waits for the next to end.
    fn after_kill(&mut self, now: u64) -> u64 {
        let first = *self.first_kill.get_or_insert(now);
        (now + 2000 * MS).min(first + 10_000 * MS)
    }

    /// When the sweep's time, or that of the killed, is over at the earliest, if nothing else shortens the wait.
    fn earliest(&self) -> u64 {
        if !self.held.is_empty() || self.look_at != NEVER || self.looked != NEVER || self.all_sent == NEVER {
            return 0;
        }
        match self.sweep {
            Sweep::Asked if self.grace_at == NEVER => after(self.all_sent, self.policy.sweep),
            Sweep::Killed => (self.all_sent + 2000 * MS).min(self.first_kill.map_or(NEVER, |first| first + 10_000 * MS)),
            _ => 0,
        }
    }

    /// A call of a walk.
    fn sees(&mut self, call: &Call) {
        let seen = &mut self.seen;
        match *call {
            Call::Rewind(result) => {
                seen.again = true;
                seen.failed |= result.is_err();
            }
            Call::Next(result) => {
                seen.failed |= seen.again && result.is_err();
                seen.count += usize::from(!seen.again && matches!(result, Ok(Some(_))));
            }
            Call::Look(_, Err(errno)) => seen.failed |= errno != ESRCH && !seen.pinned,
            Call::Pin(..) => seen.pinned = true,
            Call::Send(to, ..) => seen.covered |= to == -self.program,
            Call::Ended(Which::Group(_), _, result) => seen.covered |= result.is_err(),
            _ => {}
        }
    }

    /// The parent that it had before.
    fn parent_again(&mut self, parent: i32) -> Option<i32> {
        self.parents += 1;
        self.parent.replace(parent)
    }

    fn not_executed(&self, errno: i32) -> u8 {
        let [absent, forbidden, other] = self.policy.not_executed;
        match errno {
            2 => absent,
            13 => forbidden,
            _ => other,
        }
    }

    /// When something is due next.
    fn next(&self) -> u64 {
        let held = self.held.iter().map(|held| held.until).min().unwrap_or(NEVER);
        self.kill_at.min(self.start_at).min(self.look_at).min(held)
    }

    /// Looks at the next signal that was read, if there is one.
    fn look_at_next(&mut self) -> bool {
        let Some((received, at)) = self.arrived.pop_front() else { return false };
        self.took(&received, at);
        true
    }

    /// A signal was read.
    fn took(&mut self, received: &Received, now: u64) {
        let signal = received.signal();
        let from_kernel = received.code > 0 && !self.policy.sends_stops;
        if signal == CHLD {
            self.must_say(2, Text::Ended, None, signal.into());
            return self.drop(Rule::Child);
        }
        let terminal_stop = matches!(signal, TSTP | TTIN | TTOU);
        if terminal_stop && from_kernel {
            self.stops = true;
            (self.job_stop, self.stops_alone) = (signal, true);
            // The program is to stop, and then the init does, where there is a shell above it.
            let there = self.program != 0 || self.status.is_some();
            if signal == TSTP && !self.first && there && !self.has_failed(Called::GroupOf) {
                let target = if self.status.is_some() { Target::GroupIfKnown } else { Target::Group };
                if self.program != 0 {
                    self.must.push_back(Must { signal, received: Received::NONE, target, by_route: false });
                }
                self.must_stop = self.status.is_some() && self.own_group > 1;
            }
            return self.drop(Rule::TerminalStop);
        }
        if matches!(signal, 13 | 25) && received.code == 0 && received.pid == self.own {
            return self.drop(Rule::OwnWrite);
        }
        self.must_say(2, Text::Received, Some(word(&(received.pid as u32).to_string())), signal.into());
        if self.hand_offs >> (signal & 63) & 1 != 0 {
            self.hand_offs &= !(1 << (signal & 63));
            self.must_say(2, Text::HandedOff, None, signal.into());
            return self.drop(Rule::HandedOff);
        }
        if let Some(how) = self.policy.machine_ends(signal) {
            self.shutdown = Some(how);
            self.program_ended(0, now);
            if self.sweep == Sweep::No {
                self.sweep = Sweep::Due;
            }
            return self.drop(Rule::Machine);
        }
        if self.route == Route::Nobody {
            if matches!(signal, TERM | 2) {
                self.asked = *received;
                self.program_ended(0, now);
            }
            return self.drop(Rule::Pause);
        }
        let stop = self.policy.is_stop(signal) && (signal != 28 || received.code <= 0);
        let between = self.between;
        if between && (!stop || self.policy.boot.is_some()) {
            self.must_say(2, Text::Dropped, None, signal.into());
            return self.drop(Rule::NoProgram);
        }
        if stop {
            self.restarts = Some(0);
            if let Some(status) = self.status.filter(|_| between) {
                self.program_ended(status, now);
            }
            self.asked = *received;
        }
        // Once all were sent KILL, they have their time.
        if stop && self.sweep != Sweep::Killed {
            self.kill_at = self.kill_at.min(after(now, self.policy.grace(signal)));
            self.grace_at = self.grace_at.min(after(now, self.policy.grace(signal)));
        }
        if between {
            return self.drop(Rule::NoMoreStarts);
        }
        let second = stop && self.stopping;
        self.stopping |= stop;
        if second {
            for held in &mut self.held {
                if held.stop {
                    held.until = now;
                }
            }
        }
        // One that was dropped meanwhile takes none with it.
        let (policy, slop) = (self.policy, self.slop);
        self.held.retain(|held| held.until.saturating_add(slop) >= now || policy.rewritten(held.received.signal()) != 0);
        let dropped = self.policy.rewritten(signal) == 0;
        let delay = self.policy.delay(signal);
        if self.held.iter().any(|held| held.received.signo == received.signo) {
            self.must_say(2, Text::Held, None, signal.into());
            self.drop(Rule::Merged);
            if self.held.iter().any(|held| held.received.signo == received.signo && held.until <= now.saturating_add(self.slop)) {
                self.doubles |= 1 << (self.policy.rewritten(signal) & 63);
            }
        } else if delay != Some(0) && !second && self.held.len() < HELD {
            self.must_say(2, Text::Held, None, signal.into());
            self.held.push(Held { until: after(now, delay), received: *received, stop });
        } else if dropped {
            self.must_say(2, Text::Dropped, None, signal.into());
            self.drop(Rule::Dropped);
        } else {
            self.must.push_back(Must { signal: self.policy.rewritten(signal), received: *received, target: Target::Route, by_route: true });
        }
        if self.policy.sends_stops && terminal_stop {
            self.must.push_back(Must { signal: STOP, received: Received::NONE, target: Target::Own, by_route: false });
        }
    }

    /// A child has ended or stopped.
    fn child(&mut self, pid: i32, raw: i32, by_waitid: bool, now: u64) {
        if raw & 0xff == 0x7f {
            self.stops |= self.scenario.place.has_terminal();
            return;
        }
        self.reaped = true;
        let status = status_of(raw);
        if let Some(last) = &mut self.last {
            *last = status;
        }
        if pid == self.program && self.status.is_none() {
            self.ended(raw, by_waitid);
            self.keyed &= self.key != 0;
            if self.policy.session && self.policy.rewritten(TERM) != 0 {
                let signal = self.policy.rewritten(TERM);
                self.must.push_back(Must { signal, received: Received::NONE, target: Target::Route, by_route: true });
                self.held_route();
                self.parting = true;
            }
            self.program_ended(status, now);
        } else {
            self.keyed = false;
            self.orphans += 1;
            if self.policy.warn {
                self.must_say(0, Text::Warned, None, pid);
            } else {
                self.must_say(2, Text::Reaped, None, pid);
            }
        }
    }

    /// The program has ended: what is said of that.
    fn ended(&mut self, raw: i32, by_waitid: bool) {
        let signal = (raw & 0x7f) as u8;
        let was_sent = self.sent_bits >> (signal & 63) & 1 != 0;
        if matches!(signal, 2 | 3) && !was_sent && (!self.first || self.can_start_again()) {
            self.key = signal;
        }
        if self.policy.verbose == 0 {
            return;
        }
        if signal == 0 {
            self.must_say(1, Text::EndedWith, None, raw >> 8);
        } else {
            self.must_say(1, Text::EndedBy, Some(word(if was_sent { "sent" } else { "not sent" })), signal.into());
        }
        let asked = std::mem::replace(&mut self.asked, Received::NONE);
        let overdue = std::mem::take(&mut self.overdue);
        self.says_again = false;
        self.end_said = Some(Told { core: raw & 0x80 != 0, by_waitid, overdue, asked, orphans: self.orphans });
    }

    /// How many were killed for want of memory: before the start, and at the end.
    fn oom_kills_are(&mut self, count: u32) {
        let Some(Told { core, by_waitid, overdue, asked, orphans }) = self.end_said.take() else {
            (self.oom_kills, self.counted) = (count, true);
            return;
        };
        if core {
            self.must_say(1, Text::Dumped, None, 0);
        }
        if overdue {
            self.must_say(1, Text::Overdue, None, 0);
        }
        let killed = count.wrapping_sub(self.oom_kills);
        if killed != 0 {
            self.must_say(1, Text::OutOfMemory, None, killed as i32);
        }
        self.asked_for(asked);
        let usage = if by_waitid { [0; 3] } else { [3, 4, 5] };
        self.must_say(1, Text::User, None, usage[0]);
        self.must_say(1, Text::System, None, usage[1]);
        self.must_say(1, Text::Peak, None, usage[2]);
        self.must_say(1, Text::Orphans, None, orphans);
        // dumb-init's TERM comes next.
        if self.policy.session && self.policy.rewritten(TERM) == 0 {
            self.must_say(2, Text::Dropped, None, TERM.into());
        }
        if std::mem::take(&mut self.says_again) {
            self.say_again();
        }
    }

    /// What asked for the end, and from where.
    fn asked_for(&mut self, asked: Received) {
        if asked.signo == 0 {
            return;
        }
        let text = match (asked.code, asked.pid) {
            (1.., _) => Text::AskedByKernel,
            (_, 0) => Text::AskedFromOutside,
            _ => Text::AskedBy,
        };
        self.must_say(1, text, Some(word(&(asked.pid as u32).to_string())), asked.signo as i32);
    }

    /// What has to be said, where `--verbose` was given `level` times.
    fn must_say(&mut self, level: u8, text: Text, word: Option<Word>, number: i32) {
        if self.policy.verbose >= level {
            self.say.push_back(Saying { texts: [text; 2], word, number });
        }
    }

    /// A text was said.
    fn said(&mut self, text: Text, word: Word, number: i32, now: u64) -> Verdict {
        use Text as T;
        if !matches!(
            text,
            T::NotSubreaper
                | T::Received
                | T::HandedOff
                | T::Dropped
                | T::SentProgram
                | T::SentGroup
                | T::SentAll
                | T::NotSent
                | T::Warned
                | T::Reaped
                | T::EndedWith
                | T::EndedBy
                | T::Dumped
                | T::Overdue
                | T::OutOfMemory
                | T::AskedBy
                | T::AskedFromOutside
                | T::AskedByKernel
                | T::User
                | T::System
                | T::Peak
                | T::Orphans
                | T::Exit
                | T::Goodbye
                | T::Held
                | T::Started
                | T::Ending
                | T::EndOfEnding
                | T::Ended
                | T::Session
                | T::Again
                | T::AgainIn
                | T::AgainLeft
        ) {
            return Ok(());
        }
        while self.say.is_empty() && self.must.is_empty() && self.look_at_next() {}
        let fits = |say: &Saying| say.texts.contains(&text) && say.number == number && say.word.is_none_or(|other| other == word);
        if self.say.front().is_some_and(fits) {
            self.say.pop_front();
            return Ok(());
        }
        // One that was held back, and is dropped.
        let gone =
            |held: &Held| held.received.signo as i32 == number && self.is_over(held.until, now) && self.policy.rewritten(number as u8) == 0;
        if text == T::Dropped
            && let Some(at) = self.held.iter().position(gone)
        {
            self.held.remove(at);
            self.drop(Rule::Dropped);
            return Ok(());
        }
        // What a failure is, at the first level.
        if text == T::NotSent && self.policy.verbose == 1 && self.say.is_empty() {
            return Ok(());
        }
        // The end, of which `end` knows.
        if self.ending(text) {
            self.last_words.push((text, word, number));
            return Ok(());
        }
        Err(format!("that is not what has to be said: {:?}", self.say.front()))
    }

    /// Whether a text is one of the last ones.
    fn ending(&self, text: Text) -> bool {
        use Text as T;
        let first = matches!(text, T::Ending | T::Exit | T::Goodbye);
        let second = matches!(text, T::Overdue | T::AskedBy | T::AskedFromOutside | T::AskedByKernel | T::EndOfEnding);
        first || (second && !self.last_words.is_empty())
    }

    /// A signal was sent where the route says, or could not be.
    fn delivered(&mut self, must: &Must, text: Text, result: Result<(), i32>) {
        let texts = match result {
            _ if text == Text::SentAll && !self.first => [text, Text::NotSent],
            Ok(()) => [text; 2],
            Err(_) => [Text::NotSent; 2],
        };
        // What else is to be said by now is about signals that the init looks at later.
        if self.policy.verbose >= 2 {
            self.say.push_front(Saying { texts, word: None, number: must.signal.into() });
        }
        // What the program that ended was sent does not count for the next one.
        if !self.between {
            self.sent_bits |= 1 << (must.signal & 63);
        }
    }

    /// dumb-init's TERM at the end goes where the route says before the program has ended.
    fn held_route(&mut self) {
        if let Some(must) = self.must.back_mut()
            && self.route == Route::Group
        {
            must.target = Target::Group;
        }
    }

    fn program_ended(&mut self, status: u8, now: u64) {
        let keyed = std::mem::take(&mut self.keyed);
        let again = match self.policy.boot {
            Some(machine) => machine == Machine::Respawn && self.shutdown.is_none(),
            // A key that was meant for the whole job ends that, too.
            None => self.restarts != Some(0) && self.policy.exit(status) != 0 && !keyed,
        };
        self.between = again;
        self.status = Some(status);
        if again {
            if self.policy.boot.is_none() {
                if self.end_said.is_some() {
                    self.says_again = true;
                } else {
                    self.say_again();
                }
                for signal in [TERM, CONT] {
                    if self.program != 0 {
                        self.must.push_back(Must { signal, received: Received::NONE, target: Target::GroupIfKnown, by_route: true });
                    }
                }
            }
            (self.struck_group, self.waits_for_start) = (false, false);
            (self.sent_bits, self.orphans, self.asked, self.overdue) = (0, 0, Received::NONE, false);
            self.sweep = Sweep::No;
            self.route = self.policy.route;
            self.held.clear();
            self.stopping = false;
            (self.kill_at, self.look_at, self.first_kill) = (NEVER, NEVER, None);
            self.no_room = false;
            let time = if self.policy.boot.is_some() { Some(1000) } else { self.policy.restart_after };
            self.start_at = after(now, time);
            return;
        }
        (self.restarts, self.start_at) = (Some(0), NEVER);
        self.route = Route::All;
        if self.policy.wait_all {
            // The last one to end counts, unless the program itself has failed.
            self.last = (status == 0).then_some(0);
        } else if self.sweep == Sweep::No {
            self.sweep = Sweep::Due;
        }
    }

    /// All that have ended are reaped, or as many as at a time: what follows from who is left.
    fn reaped_all(&mut self, left: Left, now: u64) {
        self.left = left;
        if self.sweep == Sweep::Over {
            self.ends = true;
            return;
        }
        if self.status.is_none() || self.between {
            return;
        }
        if left == Left::Nothing {
            if self.sweep == Sweep::No {
                self.sweep = Sweep::Due;
            }
            let asks = self.sweep != Sweep::Killed && self.policy.boot.is_none() && self.policy.sweep != Some(0) && self.first;
            // Else what `anybody` says decides.
            self.ends = !asks;
            return;
        }
        self.sweeps(false, now);
    }

    /// The sweep goes on, for somebody is left.
    fn sweeps(&mut self, guests: bool, now: u64) {
        let all = |signal| Must { signal, received: Received::NONE, target: Target::Route, by_route: true };
        match self.sweep {
            Sweep::Due if self.policy.sweep == Some(0) => self.ends = true,
            Sweep::Due => {
                self.sweep = Sweep::Asked;
                self.must.push_back(all(TERM));
                self.must.push_back(all(CONT));
                self.kill_at = self.kill_at.min(after(now, self.policy.sweep));
                self.guests_until = now + 1000 * MS;
            }
            Sweep::Asked if guests && self.guests_until.saturating_add(self.slop) <= now => {
                self.must.push_back(all(KILL));
                self.sweep = Sweep::Killed;
                self.ends = true;
            }
            Sweep::Killed if self.reaped && self.left != Left::Ended => self.strike(now),
            _ => {}
        }
    }

    fn strike(&mut self, now: u64) {
        self.struck_in_time = self.sweep != Sweep::Killed || self.kill_at > now.saturating_add(self.slop);
        self.sweep = Sweep::Killed;
        self.route = Route::All;
        self.reaped = false;
        self.must.push_back(Must { signal: KILL, received: Received::NONE, target: Target::Route, by_route: true });
        self.kill_at = now + 2000 * MS;
    }

    /// Whether anybody is left who is nobody's child.
    fn anybody(&mut self, is: bool, now: u64) -> Verdict {
        if self.status.is_none()
            || self.between
            || self.left != Left::Nothing
            || self.sweep == Sweep::Killed
            || self.policy.sweep == Some(0)
        {
            return Err("nobody asks for guests now".into());
        }
        if self.policy.boot.is_some() {
            return Err("on a machine there is always somebody".into());
        }
        self.guests = Some(is);
        if !is {
            self.ends = true;
        } else {
            self.sweeps(true, now);
            self.look_at = now + 20 * MS;
        }
        Ok(())
    }

    /// Whether the calls of this life take no time, and none fails.
    fn on_time(&self) -> bool {
        self.scenario.tick == 0 && self.scenario.faults.is_empty()
    }

    /// Whether a time is over. Where the clock cannot be read all time is.
    fn is_over(&self, until: u64, now: u64) -> bool {
        until <= now.saturating_add(self.slop) || (until != NEVER && self.has_failed(Called::Now))
    }

    /// Takes what is due out of the model: it has to be sent.
    fn due(&mut self, signal: u8, now: u64) {
        // A held one, the first first.
        // (One that is dropped is not seen to go: it stays until its time is over for certain.)
        let is_due = |held: &Held| {
            let over = self.is_over(held.until, now);
            over && (held.until <= now || self.has_failed(Called::Now) || self.policy.rewritten(held.received.signal()) != 0)
        };
        if let Some(at) = (0..self.held.len()).filter(|&at| is_due(&self.held[at])).min_by_key(|&at| self.held[at].until) {
            let rewritten = self.policy.rewritten(self.held[at].received.signal());
            if rewritten == signal || rewritten == 0 {
                let held = self.held.remove(at);
                if rewritten == 0 {
                    self.drop(Rule::Dropped);
                    return self.due(signal, now);
                }
                self.must.push_front(Must { signal, received: held.received, target: Target::Route, by_route: true });
                return;
            }
            // Others of the same time may come first.
            let same = |held: &Held| self.is_over(held.until, now) && self.policy.rewritten(held.received.signal()) == signal;
            if let Some(at) = self.held.iter().position(same) {
                let held = self.held.remove(at);
                self.must.push_front(Must { signal, received: held.received, target: Target::Route, by_route: true });
                return;
            }
        }
        if signal != KILL {
            return;
        }
        if self.sweep == Sweep::Asked && self.guests == Some(true) && self.guests_until <= now.saturating_add(self.slop) {
            self.strike(now);
            self.ends = true;
        } else if self.kill_at <= now.saturating_add(self.slop) && self.sweep != Sweep::Killed {
            self.overdue = self.sweep == Sweep::No || self.status.is_none();
            self.strike(now);
        } else if self.has_failed(Called::Now) && self.sweep != Sweep::Killed {
            // Where the clock cannot be read all time is over.
            self.overdue = self.sweep == Sweep::No || self.status.is_none();
            self.strike(now);
        }
    }

    /// The head of what has to be sent, if it is this signal.
    fn head(&mut self, signal: u8, now: u64) -> Option<Must> {
        while self.must.is_empty() && self.look_at_next() {}
        if self.must.front().is_none_or(|must| must.signal != signal) {
            self.due(signal, now);
            let wanted = self.must.iter().any(|must| must.signal == signal);
            if !wanted && self.doubles >> (signal & 63) & 1 != 0 {
                self.doubles &= !(1 << (signal & 63));
                self.must.push_front(Must { signal, received: Received::NONE, target: Target::Route, by_route: true });
            }
            // What has become due may stand behind.
            if let Some(at) = self.must.iter().position(|must| must.signal == signal)
                && at > 0
                && signal == KILL
            {
                let must = self.must.remove(at)?;
                self.must.push_front(must);
            }
        }
        self.must.front().copied().filter(|must| must.signal == signal)
    }

    /// kill(2)
    fn sent(&mut self, to: i32, signal: u8, result: Result<(), i32>, now: u64) -> Verdict {
        if signal == 0 || signal > 64 {
            return Err("no signal".into());
        }
        if !self.settled && to != self.own {
            return Err("there is no program yet".into());
        }
        // Job control continues a group; only a key is forwarded to one.
        while self.must.is_empty() && self.look_at_next() {}
        let key = self.must.front().is_some_and(|must| must.signal == CONT && is_key(&must.received));
        let own = to == -self.own_group;
        let job_goes_on = |model: &mut Self| {
            if !own && result.is_err_and(|errno| errno != ESRCH) {
                model.must_say(1, Text::NotSent, None, CONT.into());
            }
            Ok(())
        };
        let to_left = self.must.front().is_some_and(|must| must.signal == CONT && must.target == Target::GroupIfKnown && must.by_route);
        if signal == CONT && self.stops && to < -1 && self.route == Route::Program && !key && !(to_left && to == -self.program) {
            return job_goes_on(self);
        }
        if self.between && signal == KILL && to == -self.program && self.group_known && self.is_over(self.start_at, now) {
            self.struck_group = true;
            self.told_group(signal, result);
            return Ok(());
        }
        if let Some(must) = self.head(signal, now) {
            let for_job = !self.policy.sends_stops && is_key(&must.received);
            let fits = match must.target {
                Target::Own => to == self.own,
                Target::Group => to == -self.program,
                Target::GroupIfKnown => to == -self.program,
                Target::Route => match self.route {
                    Route::Nobody => false,
                    Route::Program if for_job => to == -self.program,
                    // A queued one is queued first.
                    Route::Program => to == self.program && (must.received.code != SI_QUEUE || self.retries == u32::MAX),
                    Route::Group => to == -self.program,
                    Route::All => self.first && to == -1,
                },
            };
            if fits {
                let unknown = matches!(must.target, Target::GroupIfKnown) && !self.group_known && !self.parting;
                if unknown {
                    return Err("the group's number may be another's by now".into());
                }
                self.must.pop_front();
                self.retries = 0;
                if must.target == Target::GroupIfKnown && must.by_route {
                    self.told_group(signal, result);
                    return Ok(());
                }
                let text = match must.target {
                    Target::Own => None,
                    Target::Route if to == -1 => Some(Text::SentAll),
                    Target::Route if to > 0 => Some(Text::SentProgram),
                    Target::Route => Some(Text::SentGroup),
                    Target::Group if must.by_route => Some(Text::SentGroup),
                    Target::Group | Target::GroupIfKnown => None,
                };
                if let Some(text) = text {
                    self.delivered(&must, text, result);
                }
                if signal == KILL && self.sweep == Sweep::Killed {
                    self.kill_at = self.after_kill(now);
                }
                self.is_sent_to_all(signal, now);
                if signal == CONT && self.sweep == Sweep::Asked {
                    self.kill_at = self.kill_at.min(after(now, self.policy.sweep));
                }
                return Ok(());
            }
        }
        // For want of /proc, or as not all of it can be seen.
        let job = self.stops;
        if self.status.is_some() && to == -self.program && !self.group_known && !self.parting && signal != CONT {
            return Err("the group's number may be another's by now".into());
        }
        match signal {
            // To the init's own group, the program's, or that of another child that has stopped; never to all.
            CONT if job && !(-1..=1).contains(&to) => job_goes_on(self),
            // By the terminal driver alone.
            _ if signal == self.job_stop && to == -self.program && !self.first => {
                self.job_stop = 0;
                Ok(())
            }
            _ => Err(format!("nothing asks for that; what has to come: {:?}, held: {:?}", self.must, self.held)),
        }
    }

    /// What is left of the program's group got a signal between two starts, or could not.
    fn told_group(&mut self, signal: u8, result: Result<(), i32>) {
        let text = if result.is_ok() { Text::SentGroup } else { Text::NotSent };
        if self.policy.verbose >= 2 && result != Err(ESRCH) {
            self.say.push_front(Saying { texts: [text; 2], word: None, number: signal.into() });
        }
    }

    /// rt_sigqueueinfo(2)
    fn queued(&mut self, received: &Received, to: i32, signal: u8, result: Result<(), i32>) -> Verdict {
        let now = self.woken;
        let Some(must) = self.head(signal, now) else { return Err("nothing asks for that".into()) };
        if must.received != *received || received.code != SI_QUEUE {
            return Err(format!("not the signal that arrived: {must:?}"));
        }
        if must.target != Target::Route || self.route != Route::Program || to != self.program || is_key(received) {
            return Err("a value is for the program alone".into());
        }
        match result {
            Ok(()) => {
                self.must.pop_front();
                (self.retries, self.no_room) = (0, false);
                self.delivered(&must, Text::SentProgram, result);
            }
            // EINTR and ENOMEM pass, too.
            Err(_) if self.retries == u32::MAX => return Err("it had its last try".into()),
            Err(EAGAIN | 4 | 12) => {
                self.retries = self.retries.saturating_add(1);
                if self.retries == if self.no_room { 1 } else { 100 } {
                    (self.retries, self.no_room) = (u32::MAX, true);
                }
            }
            // It goes without its value.
            Err(_) => (self.retries, self.no_room) = (u32::MAX, false),
        }
        Ok(())
    }

    /// A walk begins: the signal is for all.
    fn walks(&mut self, result: Result<(), i32>, now: u64, rest: &[Entry]) -> Verdict {
        if self.first {
            return Err("PID 1 has kill(-1)".into());
        }
        // Which signal it is shows when it is sent, if anybody is there to get it.
        let group = -self.program;
        let sent_to_all = |rest: &[Entry]| {
            let end = rest.iter().position(|entry| matches!(entry.call, Call::Wait(..) | Call::NextChild(..) | Call::Processes(_)));
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().iter().find_map(|entry| match entry.call {
                Call::SendByPin(_, signal) => Some(signal),
                Call::Send(to, signal, _) if to == group => Some(signal),
                _ => None,
            })
        };
        let shown = sent_to_all(rest);
        let next = rest.iter().position(|entry| matches!(entry.call, Call::Processes(_)));
        let killed_next = next.and_then(|at| sent_to_all(&rest[at + 1..])) == Some(KILL);
        while self.must.is_empty() && self.look_at_next() {}
        let due = self.held.iter().filter(|held| self.is_over(held.until, now)).min_by_key(|held| held.until);
        let due = due.map_or(KILL, |held| self.policy.rewritten(held.received.signal()));
        let arrived = self.must.front().is_none_or(|must| must.received.signo != 0);
        let over = self.kill_at <= now && self.earliest() <= now;
        let kill = (arrived && self.sweep != Sweep::Killed && over && shown.is_none() && !killed_next).then_some(KILL);
        let signal = shown.or(kill).or(self.must.front().map(|must| must.signal)).unwrap_or(due);
        self.head(signal, now);
        let Some(must) = self.must.pop_front() else { return Err("nothing is to be sent to all".into()) };
        if must.target != Target::Route || self.route != Route::All {
            return Err(format!("that is not for all: {must:?}"));
        }
        self.delivered(&must, Text::SentAll, Ok(()));
        if must.signal == KILL && self.sweep == Sweep::Killed {
            self.kill_at = self.after_kill(now);
        }
        match result {
            Ok(()) => {
                self.walk = Some(None);
                self.seen = Seen::default();
                self.cover = Some(must.signal);
            }
            Err(_) if self.program == 0 => {}
            Err(_) => {
                let target = if self.status.is_some() { Target::GroupIfKnown } else { Target::Group };
                self.must.push_front(Must { target, by_route: false, ..must });
            }
        }
        Ok(())
    }

    /// What was due when the init woke up has been done.
    fn nothing_is_late(&mut self, now: u64) -> Verdict {
        while self.must.is_empty() && self.look_at_next() {}
        // One rewritten to 0 is not seen to be dropped.
        let (before, woken) = (self.held.len(), self.woken);
        let (policy, slop) = (self.policy, self.slop);
        let gone = |held: &Held| held.until.saturating_add(slop) <= woken && policy.rewritten(held.received.signal()) == 0;
        self.held.retain(|held| !gone(held));
        self.rules[Rule::Dropped as usize] += (before - self.held.len()) as u32;
        if let Some(must) = self.must.front() {
            return Err(format!("it is not sent: {must:?}"));
        }
        if self.must_stop {
            return Err("the terminal has stopped the job, and the init goes on".into());
        }
        if self.has_failed(Called::Now) {
            self.held.retain(|held| held.until > now);
            return Ok(());
        }
        if self.look_at <= self.woken {
            self.looked = self.look_at;
            self.look_at = NEVER;
        }
        if let Some(held) = self.held.iter().find(|held| held.until.saturating_add(self.slop) <= self.woken) {
            return Err(format!("it is late: {held:?}"));
        }
        // A second's patience with a program that takes no queued signals is all that may hold the init up.
        if self.kill_at.max(self.runs).saturating_add(1100 * MS) < now && self.on_time() {
            return Err("KILL is late by more than a second".into());
        }
        if self.kill_at.saturating_add(self.slop) <= self.woken {
            if self.sweep != Sweep::Killed {
                return Err("KILL is late".into());
            }
            self.sweep = Sweep::Over;
            self.kill_at = NEVER;
        }
        if self.waits_for_start && self.start_at.saturating_add(self.slop) <= self.woken {
            return Err("the program is not started again".into());
        }
        Ok(())
    }

    /// The init is about to wait.
    fn at_wait(&mut self, time: Option<u64>, since: u64) -> Verdict {
        if let Some(must) = self.must.front() {
            return Err(format!("it waits, and that is not sent: {must:?}"));
        }
        if let Some(say) = self.say.front() {
            return Err(format!("it waits, and that is not said: {say:?}"));
        }
        if self.end_said.is_some() {
            return Err("it waits, and the program's end is not told whole".into());
        }
        if !self.last_words.is_empty() {
            return Err("those are no last words".into());
        }
        if self.ends || self.sweep == Sweep::Over {
            return Err("it waits, and there is nothing to wait for".into());
        }
        if self.status.is_some() && !self.between && self.left == Left::Nothing && self.guests.is_none() {
            return Err("it waits, and nobody is left".into());
        }
        if !self.let_go && !self.can_start_again() {
            return Err("it holds on to what no start needs".into());
        }
        if self.has_failed(Called::Now) {
            return Ok(());
        }
        if matches!(self.left, Left::Ended | Left::Unknown) {
            return if time == Some(0) { Ok(()) } else { Err("there is more to reap".into()) };
        }
        self.waits_for_start = true;
        let next = self.next();
        let until = time.map_or(NEVER, |time| since.saturating_add(time));
        if until < self.earliest() {
            return Err("that time began before all had the signal".into());
        }
        let fits = |next: u64| match next {
            NEVER => until == NEVER,
            next => until.abs_diff(next.max(since)) <= self.slop,
        };
        // One that is dropped when it is due is not seen to go.
        let stays = |held: &&Held| held.until > since.saturating_add(self.slop) || self.policy.rewritten(held.received.signal()) != 0;
        let stay = self.held.iter().filter(stays).map(|held| held.until).min().unwrap_or(NEVER);
        // Nor is it certain that a look was over, where calls take time.
        let looked = self.slop > 0 && self.looked != NEVER && fits(self.looked);
        // A look that became due while calls took their time has been done, and children need none.
        let look = if self.slop > 0 && self.look_at <= since { NEVER } else { self.look_at };
        let without = self.kill_at.min(self.start_at).min(look).min(stay);
        let whole = looked || fits(next);
        let fits = whole || fits(without);
        if fits && !whole {
            let (policy, slop) = (self.policy, self.slop);
            self.held.retain(|held| held.until > since.saturating_add(slop) || policy.rewritten(held.received.signal()) != 0);
        }
        if fits { Ok(()) } else { Err(format!("it would wait until {until}, and something is due at {next}: {:?}", self.held)) }
    }

    /// The life is over.
    fn end(&mut self, life: &Life<'_>) -> Verdict {
        let world = &life.world;
        let (policy, over) = (self.policy, world.now.saturating_add(self.slop));
        self.held.retain(|held| held.until > over || policy.rewritten(held.received.signal()) != 0);
        let fails_for_ever = |calls: &[Called]| {
            self.scenario
                .faults
                .iter()
                .any(|fault| fault.times == Times::FromThenOn && calls.contains(&fault.call) && self.has_failed(fault.call))
        };
        match life.outcome {
            Outcome::Spins => return Err("it makes call after call, and no time passes".into()),
            Outcome::Awake => {
                let respawns = self.policy.boot == Some(Machine::Respawn) || self.policy.restarts.is_none();
                let calls = [Called::Wait, Called::Read, Called::NextChild, Called::Ended, Called::Now];
                return if respawns || (fails_for_ever(&calls) && self.may_sleep(world)) {
                    Ok(())
                } else {
                    Err("it goes on and on, and should have ended".into())
                };
            }
            Outcome::Stopped => {
                let patient = self.scenario.shell == Shell::Waits || world.stops > 3;
                return if !self.first && (patient || !life.failed.is_empty()) { Ok(()) } else { Err("it is stopped for ever".into()) };
            }
            Outcome::Asleep => {
                return if self.may_sleep(world) { Ok(()) } else { Err("it sleeps for ever, and should have ended".into()) };
            }
            Outcome::Machine(how) => {
                let wanted = match self.shutdown.or(self.policy.boot) {
                    Some(Machine::Poweroff) => "Poweroff",
                    Some(Machine::Halt) => "Halt",
                    _ => "Reboot",
                };
                if format!("{how:?}") != wanted {
                    return Err(format!("the machine should {wanted}"));
                }
                // /dev comes before the console. What is written is on the disks before no more can be written; `/` is last.
                let steps = [
                    "it is a machine",
                    "'/dev' 'devtmpfs'",
                    "'/proc' 'proc'",
                    "'/sys' 'sysfs'",
                    "'/run' 'tmpfs'",
                    "the console",
                    "all is written",
                    "read-only",
                    "read-only",
                    "/ read-only",
                    "the end",
                ];
                let made = life.log.iter().filter_map(|entry| match entry.call {
                    Call::OwnMachine(_) => Some("it is a machine".into()),
                    Call::Mount(place, kind, _) => Some(format!("{place:?} {kind:?}")),
                    Call::OpenConsole => Some("the console".into()),
                    Call::Sync => Some("all is written".into()),
                    Call::RemountReadOnly(root, _) => Some(if root { "/ read-only" } else { "read-only" }.into()),
                    Call::ShutDown(_) => Some("the end".into()),
                    _ => None,
                });
                let made: Vec<String> = made.collect();
                if made != steps {
                    return Err(format!("the machine's steps: {made:?}"));
                }
                let at = |is: fn(&Call) -> bool| life.log.iter().rposition(|entry| is(&entry.call));
                if at(|call| matches!(call, Call::Send(..) | Call::NextChild(..))) > at(|call| *call == Call::Sync) {
                    return Err("somebody may write when all is written".into());
                }
            }
            Outcome::Status(status) => {
                let (wanted, lived) = self.wanted_status(life)?;
                if status != wanted {
                    return Err(format!("the status is {status}, and should be {wanted}"));
                }
                if !lived {
                    if !life.log.iter().any(|entry| matches!(entry.call, Call::Say(..) | Call::Answer(_))) {
                        return Err("it does not say why".into());
                    }
                    // (A group of an outer PID namespace cannot be named.)
                    let nobodys =
                        world.all.iter().all(|one| one.group != world.foreground || !matches!(one.state, State::Running | State::Stopped));
                    let lost = world.foreground > 0 && nobodys && self.own_group > 0;
                    return if lost && life.failed.is_empty() { Err("nobody has the terminal".into()) } else { Ok(()) };
                }
                if self.policy.boot.is_some() {
                    return Err("a machine's init ends".into());
                }
            }
        }
        if self.on_time() && self.first_kill.is_some_and(|first| world.now > first.max(self.runs) + 11_000 * MS) {
            return Err("it does not end though all were killed".into());
        }
        // (The clock that cannot be read may have ended the wait for the killed.)
        let over = self.sweep == Sweep::Killed && (self.kill_at <= world.now.saturating_add(self.slop) || !self.struck_in_time);
        if over || self.has_failed(Called::Now) {
            // The time of the killed is over, also if one of them ends at this very time.
            self.must.retain(|must| must.signal != KILL);
        }
        if let Some(must) = self.must.front() {
            return Err(format!("it ended, and that was not sent: {must:?}"));
        }
        if !self.ends && self.sweep != Sweep::Over && !over && !self.has_failed(Called::Now) {
            return Err("it ended too early".into());
        }
        if !self.settled
            || self.let_go == (self.policy.boot == Some(Machine::Respawn))
            || self.subreaper != self.policy.subreaper
            || self.knows_subreaper == (self.policy.subreaper || self.first)
            || self.dies_with_parent != (self.policy.pdeathsig != 0)
            || self.parents != 1 + u32::from(self.dies_with_parent)
            || self.gives_up_terminal != self.policy.session
        {
            return Err("something is missing from the start".into());
        }
        self.rules[Rule::Held as usize] += self.held.len() as u32;
        if let Outcome::Status(status) = life.outcome {
            self.last_words(status)?;
        }
        self.nobody_is_left(life)
    }

    /// What is said at the end: what asked for it, if that was not said before; the status that `-e` makes; the status.
    fn last_words(&mut self, status: u8) -> Verdict {
        let said = std::mem::take(&mut self.last_words);
        if self.policy.verbose == 0 {
            return if said.is_empty() { Ok(()) } else { Err("nobody asked for that to be said".into()) };
        }
        if self.asked.signo != 0 || self.overdue {
            self.must_say(1, Text::Ending, None, 0);
            if self.overdue {
                self.must_say(1, Text::Overdue, None, 0);
            }
            self.asked_for(self.asked);
            self.must_say(1, Text::EndOfEnding, None, 0);
        }
        let own = self.last.or(self.status).unwrap_or(KILLED);
        if own != status {
            self.must_say(1, Text::Exit, Some(word(&own.to_string())), status.into());
        }
        self.must_say(1, Text::Goodbye, None, status.into());
        let same = said.len() == self.say.len()
            && said.iter().zip(&self.say).all(|((text, word, number), say)| {
                say.texts.contains(text) && say.number == *number && say.word.is_none_or(|other| other == *word)
            });
        if same { Ok(()) } else { Err(format!("its last words are {said:?}, and should be {:?}", self.say)) }
    }

    /// Whether it is all right to wait without end.
    fn may_sleep(&self, world: &World<'_>) -> bool {
        if !self.must.is_empty() || (self.next() != NEVER && !self.has_failed(Called::Now)) {
            return false;
        }
        match self.status {
            // The program's end is not seen where both calls that tell fail.
            None if self.has_failed(Called::NextChild) && self.has_failed(Called::Ended) => true,
            None if self.policy.route == Route::Nobody => true,
            // Never is when the program is started again.
            Some(_) if self.between => true,
            None => world.program != 0 && world.is_alive(world.program),
            Some(_) if self.has_failed(Called::NextChild) => true,
            Some(_) => world.counts_children() > 0 && matches!(self.sweep, Sweep::No | Sweep::Asked),
        }
    }

    /// The status that it has to end with, and whether that is one of a life that began.
    fn wanted_status(&self, life: &Life<'_>) -> Result<(u8, bool), String> {
        let failed = [Called::Block, Called::Listen, Called::DieWithParent, Called::OwnMachine].iter().any(|call| self.has_failed(*call));
        let no_machine = self.policy.boot.is_some() && self.scenario.place != crate::scenario::Place::First;
        if self.policy.refused || failed || no_machine {
            return if self.launches == 0 { Ok((self.policy.failed, false)) } else { Err("it should not have started".into()) };
        }
        let start = life.log.iter().find_map(|entry| if let Call::Launch(result) = entry.call { Some(result) } else { None });
        if self.policy.route != Route::Nobody && start.is_none() {
            return Err("the program was not started".into());
        }
        if let Some(Err(errno)) = start {
            let fails = self.scenario.fails.filter(|_| self.scenario.fails_from == 1);
            let executed = !self.faulted(Called::Launch, 1) && fails.is_some_and(|(step, _)| step == Step::Execute);
            return Ok((if executed { self.policy.exit(self.not_executed(errno)) } else { self.policy.failed }, false));
        }
        Ok((self.policy.exit(self.last.or(self.status).unwrap_or(KILLED)), true))
    }

    /// With a sweep nobody is left that can be killed.
    fn nobody_is_left(&self, life: &Life<'_>) -> Verdict {
        let world = &life.world;
        if self.policy.sweep == Some(0) && self.sweep != Sweep::Killed || !life.failed.is_empty() {
            return Ok(());
        }
        // One that enters later is met by nobody.
        let last = life.log.iter().rev().find(|entry| matches!(entry.call, Call::Anybody(_) | Call::Send(-1, KILL, _)));
        let asked = last.map_or(NEVER, |entry| entry.at);
        let late = |id: usize| world.all[id].guest && world.all[id].began >= asked;
        let seen = matches!(self.scenario.proc, Proc::Whole | Proc::Hides) || self.first;
        for id in 1..world.all.len() {
            // On a machine guests are not asked for.
            let ours = (self.first && self.policy.boot.is_none()) || world.descends(id);
            if world.is_alive(id) && ours && seen && !late(id) && !world.is_shielded(id) {
                return Err(format!("process {} is left", world.all[id].pid));
            }
        }
        if let Some(terminal) = self.terminal_is_lost(life) {
            return Err(terminal);
        }
        Ok(())
    }

    /// The terminal is the init's group's again, if it was handed over.
    fn terminal_is_lost(&self, life: &Life<'_>) -> Option<String> {
        let world = &life.world;
        let lost = world.foreground == self.program && self.program > 0;
        (self.scenario.place.has_terminal() && !world.dropped && lost && self.own_group > 0)
            .then(|| "the terminal is left to the program's group".into())
    }
}

fn after(now: u64, limit: Limit) -> u64 {
    limit.map_or(NEVER, |limit| now + u64::from(limit) * MS)
}

/// Whether a signal is for the whole job: ^C, ^\ and a hang-up by the terminal.
fn is_key(received: &Received) -> bool {
    let signal = received.signal();
    (matches!(signal, 2 | 3 | TSTP) && (received.code > 0 || received.code == PASSED_ON)) || (signal == 1 && received.code > 0)
}

/// What holds whenever the init sleeps.
pub fn at_rest(world: &mut World<'_>) {
    if !world.scenario.faults.is_empty() {
        return;
    }
    let own = world.own();
    for id in 1..world.all.len() {
        let one = &world.all[id];
        if one.parent == own && matches!(one.state, State::Zombie(_)) {
            return world.complain(|world| format!("it sleeps, and process {} is not reaped", world.all[id].pid));
        }
        if one.parent == own && matches!(one.state, State::Traced(_)) {
            return world.complain(|world| format!("it sleeps, and process {} waits for its tracer", world.all[id].pid));
        }
    }
    let scenario = world.scenario;
    let terminal = scenario.place.has_terminal() && !world.dropped;
    // (A group of an outer PID namespace cannot be given it back.)
    if terminal && world.all[0].group > 0 && world.foreground > 0 && world.is_empty(world.foreground) {
        return world.complain(|_| "it sleeps, and nobody has the terminal".into());
    }
    let id = world.program;
    let given = std::mem::take(&mut world.given);
    let one = &world.all[id];
    let sends_stops = scenario.name == crate::scenario::Name::DumbInit;
    let boots = scenario.options.iter().chain(&scenario.variable).any(|option| matches!(option, crate::scenario::Opt::Boot(_)));
    if given && id != 0 && one.state == State::Running && !sends_stops && terminal && world.foreground == world.all[0].group {
        return world.complain(|_| "the shell gave it the terminal, and it did not hand that over".into());
    }
    // What the program left behind in its group gets the terminal, too, when it reads from it.
    let left = |one: &World<'_>, other: usize| {
        let (other, program) = (&one.all[other], &one.all[id]);
        other.parent == own
            && other.group == program.group
            && (other.state, other.stopped_late) == (State::Stopped, true)
            && matches!(other.stopped_by, TTIN | TTOU)
            && !(other.is.foreign || other.is.hangs || matches!(other.is.asked, Reaction::Ignores))
    };
    let free = terminal && world.foreground > 0 && world.foreground == world.all[0].group;
    if id != 0
        && free
        && !(sends_stops || boots)
        && let Some(left) = (1..world.all.len()).find(|&other| left(world, other))
    {
        return world.complain(|world| format!("it sleeps, and process {} waits for the terminal for ever", world.all[left].pid));
    }
    let one = &world.all[id];
    if id == 0 || one.state != State::Stopped || one.is.foreign || one.is.hangs || sends_stops || boots || !scenario.place.has_terminal() {
        return;
    }
    if world.is_asked_in_vain(id) && matches!(one.stopped_by, TTIN | TTOU) {
        return world.complain(|_| "it sleeps, and the program waits for the terminal and cannot act on what asks it to end".into());
    }
    // The shell's CONT goes to the program, too, unless it was told otherwise.
    let told = |option: &Opt| matches!(option, Opt::Delay(CONT, _) | Opt::Rewrite(CONT, _));
    if scenario.options.iter().chain(&scenario.variable).any(told) {
        return;
    }
    // It would stop again at once.
    let reads_on = matches!(one.is.asked, Reaction::Ignores);
    let (its, init) = (world.foreground == one.group, world.foreground == world.all[0].group);
    let bad = match one.stopped_by {
        TSTP => true,
        STOP => its,
        TTIN | TTOU => (its || init) && !reads_on,
        _ => false,
    };
    if bad {
        let (by, now) = (one.stopped_by, world.now / 1000 - 1_000_000);
        world.complain(|_| format!("it sleeps at {now} us, and the program is stopped by {by} for ever"));
    }
}

/// A call that fails for ever is made at most 100 times a second.
fn rate(life: &Life<'_>) -> Verdict {
    let (mut waits, mut causes) = (0u64, 10u64);
    for entry in &life.log {
        match entry.call {
            Call::Wait(..) => waits += 1,
            Call::Took(_) | Call::NextChild(Ok(true), ..) | Call::Launch(_) => causes += 1,
            _ => {}
        }
    }
    let time = life.log.last().map_or(0, |entry| entry.at) - 1000 * MS;
    let most = causes * 2 + time / (10 * MS) * 2;
    if waits > most { Err(format!("{waits} waits, and cause for {most}")) } else { Ok(()) }
}

/// Every line that is said ends.
fn lines(log: &[Entry]) -> Verdict {
    let (mut style, mut open) = (0, false);
    for entry in log {
        match entry.call {
            Call::Speak(to) => style = to,
            Call::Say(text, ..) | Call::Answer(text) => match crate::texts::shape(style, text) {
                crate::texts::Shape::Empty => {}
                crate::texts::Shape::Ends => open = false,
                crate::texts::Shape::Open => open = true,
            },
            Call::Wait(..) if open => return Err("a line that was begun is not ended".into()),
            _ => {}
        }
    }
    if open { Err("the last line is not ended".into()) } else { Ok(()) }
}
