//! The simulated kernel: the trait over a world, each call written down, and some of them failing as the scenario says.

use std::any::Any;
use std::cell::{RefCell, RefMut};
use std::ffi::CStr;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use scratch_init::attempt::{Attempt, Reason, Step};
use scratch_init::kernel::{Child, Kernel, Result, Terminal, Which};
use scratch_init::life::live;
use scratch_init::options::Options;
use scratch_init::options::boot::Shutdown;
use scratch_init::options::command_line::Arguments;
use scratch_init::proc::Stat;
use scratch_init::say::{Say, Text};
use scratch_init::signals::{Batch, Received};
use scratch_init::time::UNREADABLE;
use scratch_init::walk::{self, Processes};

use crate::scenario::{Called, Group, Name, Opt, Place, Proc, Scenario, Times};
use crate::world::{CONT, ESRCH, MS, OUTER, SI_KERNEL, State, World};

/// A call, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call {
    Block(Result<()>),
    Parent(i32),
    GroupOf(i32, i32),
    Listen(Result<()>),
    DieWithParent(u8, Result<()>),
    BecomeSubreaper,
    IsSubreaper(bool),
    Launch(Result<i32>),
    LetGo,
    Settle,
    Now(u64),
    /// How long to wait at most, since when, and what came of it.
    Wait(Option<u64>, u64, Result<bool>),
    /// The same, and it never comes back.
    Sleeps(Option<u64>, u64),
    Read(Result<usize>),
    /// One of those that were read.
    Took(Received),
    Take(u8, bool),
    Pause(u64),
    NextChild(Result<bool>, i32, i32),
    Ended(Which, bool, Result<Option<i32>>),
    TraceStop(i32, (i32, i32)),
    Detach(i32, u8, bool),
    Send(i32, u8, Result<()>),
    Queue(Received, i32, u8, Result<()>),
    Processes(Result<()>),
    WalkEnds,
    IsEmpty(i32, bool),
    Anybody(bool),
    Terminal(bool),
    DropTerminal(bool),
    IsMates(i32),
    TellMates(u8),
    Stop(i32, u8),
    Foreground(Option<i32>),
    SetForeground(i32, bool),
    InBackground(bool),
    Next(Result<Option<u32>>),
    Rewind(Result<()>),
    Table(usize),
    Look(u32, Result<Stat>),
    Pin(u32, bool),
    SendByPin(u32, u8),
    OomKills(u32),
    OwnMachine(Result<()>),
    /// Where, and which file system.
    Mount(Word, Word, Result<()>),
    OpenConsole,
    Sync,
    MountPoint(u32, bool),
    /// Whether it is `/`, and what came of it.
    RemountReadOnly(bool, Result<()>),
    ShutDown(Shutdown),
    Speak(u8),
    /// A text, the beginning of its first word, and its number.
    Say(Text, Word, i32),
    Answer(Text),
}

/// The beginning of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(pub [u8; 8]);

impl Word {
    pub fn of(text: &[u8]) -> Self {
        let mut word = [0; 8];
        for (place, byte) in word.iter_mut().zip(text) {
            *place = *byte;
        }
        Self(word)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", String::from_utf8_lossy(&self.0).trim_end_matches('\0'))
    }
}

/// A call, and when it came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    pub at: u64,
    pub call: Call,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this status.
    Status(u8),
    /// It waits, and nothing will ever happen.
    Asleep,
    /// It is stopped, and nobody will ever continue it.
    Stopped,
    /// It goes on trying for long after the last thing that happened.
    Awake,
    /// It makes call after call, and no time passes.
    Spins,
    /// The machine was ended.
    Machine(Shutdown),
}

/// A life that was lived.
pub struct Life<'s> {
    pub log: Vec<Entry>,
    pub outcome: Outcome,
    pub world: World<'s>,
    /// Which faults happened.
    pub failed: Vec<Called>,
    /// How often each call was made.
    pub counts: [u32; Called::COUNT],
}

/// How long after the last event an init is watched.
const PATIENCE: u64 = 40_000 * MS;
/// So many calls are made at a time at the most.
const CALLS: u32 = 20_000;

/// So many calls are made in a life at the most.
const ALL_CALLS: usize = 200_000;

struct Inner<'s> {
    world: World<'s>,
    log: Vec<Entry>,
    counts: [u32; Called::COUNT],
    failed: Vec<Called>,
    words: Vec<&'static str>,
    variable: String,
    /// How many calls were made since time went on.
    calls: u32,
    since: u64,
}

/// The kernel.
pub struct Simulated<'s> {
    inner: Rc<RefCell<Inner<'s>>>,
    own: i32,
}

/// What ends a life from inside.
struct Over(Outcome);

impl<'s> Inner<'s> {
    /// A call begins: time goes on, and it may fail.
    fn begin(&mut self, called: Called) -> Option<i32> {
        if self.world.now != self.since {
            (self.since, self.calls) = (self.world.now, 0);
        }
        self.calls += 1;
        if self.log.len() > ALL_CALLS {
            resume_unwind(Box::new(Over(Outcome::Awake)));
        }
        if self.calls > CALLS {
            resume_unwind(Box::new(Over(Outcome::Spins)));
        }
        let scenario = self.world.scenario;
        if scenario.tick > 0 {
            self.world.now += u64::from(scenario.tick) * 1000;
            self.world.catch_up();
        }
        let count = &mut self.counts[called as usize];
        *count += 1;
        for fault in &scenario.faults {
            let times = match fault.times {
                Times::Once => 1,
                Times::Twice => 2,
                Times::FromThenOn => u32::MAX,
            };
            if fault.call == called && *count >= fault.nth && *count - fault.nth < times {
                if !self.failed.contains(&called) {
                    self.failed.push(called);
                }
                return Some(fault.errno);
            }
        }
        None
    }

    fn note(&mut self, call: Call) {
        self.log.push(Entry { at: self.world.now, call });
    }
}

impl<'s> Simulated<'s> {
    fn call<T>(&self, called: Called, does: impl FnOnce(&mut World<'s>, Option<i32>) -> T, call: impl FnOnce(&T) -> Call) -> T {
        let inner = &mut *self.inner.borrow_mut();
        let fails = inner.begin(called);
        let result = does(&mut inner.world, fails);
        inner.note(call(&result));
        result
    }

    /// One that cannot fail, and takes no time.
    fn note(&self, call: Call) {
        self.inner.borrow_mut().note(call);
    }

    fn over(&self, outcome: Outcome) -> ! {
        resume_unwind(Box::new(Over(outcome)))
    }
}

/// What a call comes to that may fail with an errno.
fn or<T>(fails: Option<i32>, does: impl FnOnce() -> Result<T>) -> Result<T> {
    fails.map_or_else(does, Err)
}

/// Lives a life.
pub fn simulate<'s>(scenario: &'s Scenario, log: Vec<Entry>) -> Life<'s> {
    let mut words = vec![scenario.name.path()];
    words.extend(scenario.options.iter().map(|option| option.word()));
    if scenario.with_program {
        words.push("program");
    }
    let variable = scenario.variable.iter().map(|option| option.word()).collect::<Vec<_>>().join(" ");
    let world = World::new(scenario);
    let own = world.own();
    let since = world.now;
    let inner = Inner { world, log, counts: [0; Called::COUNT], failed: Vec::new(), words, variable, calls: 0, since };
    let inner = Rc::new(RefCell::new(inner));
    let ended = catch_unwind(AssertUnwindSafe(|| live(Simulated { inner: Rc::clone(&inner), own })));
    let outcome = match ended {
        Ok(status) => Outcome::Status(status),
        Err(payload) => outcome_of(payload),
    };
    let Inner { world, log, counts, failed, .. } = Rc::into_inner(inner).expect("the life is over").into_inner();
    Life { log, outcome, world, failed, counts }
}

fn outcome_of(payload: Box<dyn Any + Send>) -> Outcome {
    match payload.downcast::<Over>() {
        Ok(over) => over.0,
        Err(panic) => resume_unwind(panic),
    }
}

impl Say for Simulated<'_> {
    fn speak(&mut self, style: u8) {
        self.note(Call::Speak(style));
    }

    fn say(&mut self, text: Text, a: &[u8], number: i32) {
        self.say_two(text, a, b"", number);
    }

    fn say_two(&mut self, text: Text, a: &[u8], _: &[u8], number: i32) {
        self.note(Call::Say(text, Word::of(a), number));
    }

    fn answer(&mut self, text: Text) {
        self.note(Call::Answer(text));
    }
}

impl Arguments for Simulated<'_> {
    fn count(&self) -> usize {
        self.inner.borrow().words.len()
    }

    fn argument(&self, index: usize) -> &'static [u8] {
        self.inner.borrow().words.get(index).map_or(b"", |word| word.as_bytes())
    }

    fn bring_forward(&mut self, index: usize, passed: usize) {
        let words = &mut self.inner.borrow_mut().words;
        words[index - passed..=index].rotate_right(1);
    }

    fn variable(&self, name: &[u8]) -> Option<&'static [u8]> {
        let inner = self.inner.borrow();
        if name != b"SCRATCH_INIT_OPTIONS=" || inner.variable.is_empty() {
            return None;
        }
        // There are few different ones: a word each, or two.
        thread_local!(static KEPT: RefCell<std::collections::HashSet<&'static str>> = RefCell::default());
        Some(KEPT.with_borrow_mut(|kept| match kept.get(inner.variable.as_str()) {
            Some(word) => word.as_bytes(),
            None => {
                let word: &'static str = inner.variable.clone().leak();
                kept.insert(word);
                word.as_bytes()
            }
        }))
    }

    fn has_gained(&mut self) -> bool {
        false
    }
}

/// A path that nobody opens.
#[derive(Default)]
pub struct Path(&'static [u8]);

impl AsRef<[u8]> for Path {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'s> Kernel for Simulated<'s> {
    type Terminal = Simulated<'s>;
    type Processes = Listing<'s>;
    type Path = Path;

    fn pid(&self) -> i32 {
        self.own
    }

    fn parent(&mut self) -> i32 {
        self.call(Called::Parent, |world, fails| if fails.is_some() { -1 } else { world.all[0].parent }, |parent| Call::Parent(*parent))
    }

    fn group_of(&mut self, pid: i32) -> i32 {
        self.call(
            Called::GroupOf,
            |world, fails| match fails {
                Some(errno) => -errno,
                None if pid == 0 => world.all[0].group.max(0),
                None => world.id(pid).map_or(-ESRCH, |id| world.all[id].group.max(0)),
            },
            |group| Call::GroupOf(pid, *group),
        )
    }

    fn block(&mut self) -> Result<()> {
        self.call(Called::Block, |_, fails| or(fails, || Ok(())), |result| Call::Block(*result))
    }

    fn listen(&mut self) -> Result<()> {
        self.call(Called::Listen, |_, fails| or(fails, || Ok(())), |result| Call::Listen(*result))
    }

    fn die_with_parent(&mut self, signal: u8) -> Result<()> {
        let asks = |world: &mut World<'s>, fails| {
            or(fails, || {
                world.pdeathsig = signal;
                Ok(())
            })
        };
        self.call(Called::DieWithParent, asks, |result| Call::DieWithParent(signal, *result))
    }

    fn become_subreaper(&mut self) {
        self.call(Called::BecomeSubreaper, |world, fails| world.subreaper |= fails.is_none(), |()| Call::BecomeSubreaper);
    }

    fn is_subreaper(&mut self) -> bool {
        self.call(Called::IsSubreaper, |world, fails| fails.is_none() && world.subreaper, |is| Call::IsSubreaper(*is))
    }

    fn launch(&mut self, _: &Options<'static>, program: usize, attempt: &mut Attempt<Path>) -> Result<()> {
        let words = &self.inner.borrow().words.clone();
        let starts = |world: &mut World<'s>, fails: Option<i32>| {
            let scenario = world.scenario;
            world.launches += 1;
            // What the shell gave before was for no program: one with /dev/null gets it when it reads.
            world.given = false;
            let cannot = scenario.fails.filter(|_| world.launches >= scenario.fails_from);
            if words.get(program) != Some(&"program") {
                world.complain(|_| "what is started is not the program".into());
            }
            if let Some(errno) = fails {
                return Err(errno);
            }
            let boots = scenario.options.iter().chain(&scenario.variable).any(|option| matches!(option, Opt::Boot(_)));
            let alone = scenario.options.contains(&Opt::Child);
            let group = match scenario.name {
                _ if boots => Group::Session,
                Name::DumbInit if alone => Group::Parents,
                Name::DumbInit => Group::Session,
                _ => Group::Own,
            };
            let own = world.all[0].group;
            let hands = group == Group::Own && scenario.place.has_terminal() && !scenario.null && world.foreground == own;
            if let Some((Step::Clone, errno)) = cannot {
                return Err(errno);
            }
            let pid = world.launch(group).ok_or(crate::world::EAGAIN)?;
            (attempt.pid, attempt.step) = (pid, Step::Group);
            if hands && cannot.is_none_or(|(step, _)| step != Step::Group) {
                attempt.handed = true;
                world.foreground = pid;
            }
            if let Some((step, errno)) = cannot {
                attempt.step = step;
                if step == Step::Execute {
                    attempt.reason = Some(Reason::errno(errno));
                    attempt.path = [Path(b"/bin/program")];
                }
                // The child says so to its parent, and ends.
                world.launch_failed();
                return Err(errno);
            }
            attempt.step = Step::Execute;
            Ok(pid)
        };
        self.call(Called::Launch, starts, |result| Call::Launch(*result)).map(drop)
    }

    fn let_go(&mut self) {
        self.note(Call::LetGo);
    }

    fn settle(&mut self) {
        self.note(Call::Settle);
    }

    fn now(&mut self) -> u64 {
        self.call(Called::Now, |world, fails| if fails.is_some() { UNREADABLE } else { world.now }, |now| Call::Now(*now))
    }

    fn wait(&mut self, time: Option<u64>) -> Option<bool> {
        let since = self.inner.borrow().world.now;
        let waits = |world: &mut World<'s>, fails: Option<i32>| {
            if let Some(errno) = fails {
                return Ok(Err(errno));
            }
            let until = time.map(|time| world.now.saturating_add(time));
            let mut slept = false;
            loop {
                if world.is_pending() {
                    return Ok(Ok(true));
                }
                if until.is_some_and(|until| until <= world.now) {
                    return Ok(Ok(false));
                }
                if !slept {
                    crate::check::at_rest(world);
                    slept = true;
                }
                match (world.next_time(), until) {
                    (None, None) => return Err(Outcome::Asleep),
                    (Some(next), None) => world.pass(next),
                    (Some(next), Some(until)) if next <= until => world.pass(next),
                    (_, Some(until)) => world.now = until,
                }
            }
        };
        let result = self.call(Called::Wait, waits, |result| result.map_or(Call::Sleeps(time, since), |got| Call::Wait(time, since, got)));
        let late = {
            let world = &self.inner.borrow().world;
            world.now > world.last_event.max(world.last_death).saturating_add(PATIENCE) && world.next_time().is_none()
        };
        match result {
            Ok(result) if !late => result.ok(),
            Ok(_) => self.over(Outcome::Awake),
            Err(outcome) => self.over(outcome),
        }
    }

    fn read(&mut self, batch: &mut Batch) -> Result<usize> {
        let count = self.call(
            Called::Read,
            |world, fails| {
                or(fails, || {
                    let count = batch.fill(std::iter::from_fn(|| world.take_any()).take(Batch::SIZE));
                    if count > 0 { Ok(count) } else { Err(crate::world::EAGAIN) }
                })
            },
            |count| Call::Read(*count),
        )?;
        for received in batch.signals().take(count) {
            self.note(Call::Took(received));
        }
        Ok(count)
    }

    fn take(&mut self, signal: u8) -> bool {
        self.call(Called::Take, |world, fails| fails.is_none() && world.take(signal).is_some(), |taken| Call::Take(signal, *taken))
    }

    fn sleep(&mut self, time: u64) {
        let inner = &mut *self.inner.borrow_mut();
        let until = inner.world.now.saturating_add(time);
        inner.world.pass(until);
        inner.note(Call::Pause(time));
    }

    fn next_child(&mut self, child: &mut Child) -> Result<()> {
        let (mut pid, mut raw) = (0, 0);
        self.call(
            Called::NextChild,
            |world, fails| {
                or(fails, || {
                    Ok(match world.next_child()? {
                        Some((of, status)) => {
                            (pid, raw) = (of, status);
                            *child = Child { pid, status, times: [3, 4], peak: 5 };
                            true
                        }
                        None => {
                            // As wait4(2) has it: 0.
                            *child = Child::NONE;
                            false
                        }
                    })
                })
            },
            |result| Call::NextChild(*result, 0, 0),
        )
        .inspect(|_| {
            if let Some(Entry { call: Call::NextChild(_, of, status), .. }) = self.inner.borrow_mut().log.last_mut() {
                (*of, *status) = (pid, raw);
            }
        })
        .map(drop)
    }

    fn ended_child(&mut self, which: Which, reap: bool) -> Result<Option<i32>> {
        self.call(
            Called::Ended,
            |world, fails| {
                or(fails, || {
                    let is = |one: &crate::world::One<'_>| match which {
                        Which::Any => true,
                        Which::Pid(pid) => one.pid == pid,
                        Which::Group(group) => one.group == group,
                    };
                    Ok(world.ended(is, reap)?.map(|(_, status)| status))
                })
            },
            |result| Call::Ended(which, reap, *result),
        )
    }

    fn trace_stop(&mut self, child: i32) -> (i32, i32) {
        let stop = |world: &mut World<'s>, fails: Option<i32>| if fails.is_some() { (0, 0) } else { world.trace_stop(child) };
        self.call(Called::TraceStop, stop, |stop| Call::TraceStop(child, *stop))
    }

    fn detach(&mut self, child: i32, signal: u8) -> bool {
        self.call(Called::Detach, |world, fails| fails.is_none() && world.detach(child, signal), |done| Call::Detach(child, signal, *done))
    }

    fn send(&mut self, to: i32, signal: u8) -> Result<()> {
        let result = self.call(Called::Send, |world, fails| or(fails, || world.send(to, signal)), |result| Call::Send(to, signal, *result));
        // One that stops itself goes on when it is continued.
        if !self.inner.borrow_mut().world.is_continued() {
            self.over(Outcome::Stopped);
        }
        result
    }

    fn queue(&mut self, received: &Received, to: i32, signal: u8) -> Result<()> {
        self.call(Called::Queue, |world, fails| or(fails, || world.queue(to, signal)), |result| Call::Queue(*received, to, signal, *result))
    }

    fn processes(&mut self) -> Result<Listing<'s>> {
        let opens = |world: &mut World<'s>, fails| {
            or(fails, || {
                if world.scenario.proc == Proc::Missing {
                    return Err(2);
                }
                world.walk_begins();
                Ok(())
            })
        };
        self.call(Called::Processes, opens, |result| Call::Processes(*result))?;
        Ok(Listing { kernel: Self { inner: Rc::clone(&self.inner), own: self.own }, listed: 0, count: 0 })
    }

    fn is_empty(&mut self, group: i32) -> bool {
        self.call(Called::IsEmpty, |world, fails| fails.is_none() && world.is_empty(group), |is| Call::IsEmpty(group, *is))
    }

    fn anybody(&mut self) -> bool {
        self.call(Called::Anybody, |world, fails| fails.is_none() && world.anybody(), |is| Call::Anybody(*is))
    }

    fn terminal(&mut self) -> Option<Self> {
        let there = self.call(
            Called::Terminal,
            |world, fails| fails.is_none() && world.scenario.place.has_terminal() && !world.dropped,
            |there| Call::Terminal(*there),
        );
        there.then(|| Self { inner: Rc::clone(&self.inner), own: self.own })
    }

    fn drop_terminal(&mut self) -> bool {
        let drops = |world: &mut World<'s>, fails: Option<i32>| {
            if fails.is_some() || !world.scenario.place.has_terminal() || world.dropped {
                return false;
            }
            world.dropped = true;
            let leads = world.all[0].session == world.all[0].pid;
            // The foreground group gets these when the session's leader lets go, and the init's may be that.
            if leads && world.foreground == world.all[0].group {
                for signal in [1, CONT] {
                    world.give_init(Received { signo: signal.into(), code: SI_KERNEL, pid: 0, uid: 0, value: 0 });
                }
            }
            leads
        };
        self.call(Called::DropTerminal, drops, |done| Call::DropTerminal(*done))
    }

    fn is_of_mate(&mut self, group: i32) -> bool {
        self.note(Call::IsMates(group));
        false
    }

    fn tell_mates(&mut self, key: &Received) {
        self.note(Call::TellMates(key.signal()));
    }

    fn stop(&mut self, to: i32, signal: u8) {
        let stops = |world: &mut World<'s>, fails: Option<i32>| {
            if fails.is_some() {
                return true;
            }
            let program = &world.all[world.program];
            if world.scenario.faults.is_empty() && program.state == State::Stopped && world.foreground == program.group {
                world.complain(|_| "the init stops, and the terminal is still the program's".into());
            }
            world.unblock(signal);
            if world.all[0].state != State::Stopped {
                let _ = world.send(to, signal);
            }
            world.unblocked = 0;
            world.is_continued()
        };
        if !self.call(Called::Stop, stops, |_| Call::Stop(to, signal)) {
            self.over(Outcome::Stopped);
        }
    }

    fn oom_kills(&mut self) -> u32 {
        self.call(Called::OomKills, |world, fails| if fails.is_some() { 0 } else { world.oom_kills }, |count| Call::OomKills(*count))
    }

    fn own_machine(&mut self) -> Result<()> {
        let owns = |world: &mut World<'s>, fails| {
            or(fails, || match world.scenario.place {
                Place::First => Ok(()),
                place if place.is_first() => Err(22),
                _ => Err(ESRCH),
            })
        };
        self.call(Called::OwnMachine, owns, |result| Call::OwnMachine(*result))
    }

    fn mount(&mut self, place: &CStr, kind: &CStr, _: &CStr) -> Result<()> {
        self.call(
            Called::Mount,
            |_, fails| or(fails, || Ok(())),
            |result| Call::Mount(Word::of(place.to_bytes()), Word::of(kind.to_bytes()), *result),
        )
    }

    fn open_console(&mut self) {
        self.note(Call::OpenConsole);
    }

    fn sync(&mut self) {
        self.note(Call::Sync);
    }

    fn mount_point(&mut self, line: u32, path: &mut Path) -> bool {
        let there = line < 2;
        if there {
            *path = Path(b"/mounted");
        }
        self.note(Call::MountPoint(line, there));
        there
    }

    fn remount_read_only(&mut self, place: &[u8]) -> Result<()> {
        self.call(Called::RemountReadOnly, |_, fails| or(fails, || Ok(())), |result| Call::RemountReadOnly(place == b"/", *result))
    }

    fn shut_down(&mut self, how: Shutdown) {
        self.note(Call::ShutDown(how));
        self.over(Outcome::Machine(how));
    }
}

impl Terminal for Simulated<'_> {
    fn foreground(&self) -> Option<i32> {
        self.call(
            Called::Foreground,
            |world, fails| if fails.is_some() { None } else { Some(world.foreground.max(0)) },
            |group| Call::Foreground(*group),
        )
    }

    fn set_foreground(&self, group: i32) -> bool {
        self.call(
            Called::SetForeground,
            |world, fails| {
                let session = world.all[0].session;
                let there = world.all.iter().any(|one| one.group == group && one.session == session && one.state != State::Gone);
                let can = fails.is_none() && group > 0 && there;
                if can {
                    world.takes_terminal();
                    world.foreground = group;
                }
                can
            },
            |done| Call::SetForeground(group, *done),
        )
    }

    fn in_background(&self) -> bool {
        self.call(
            Called::InBackground,
            |world, fails| fails.is_none() && world.all[0].group != world.foreground,
            |is| Call::InBackground(*is),
        )
    }
}

/// The list in /proc.
pub struct Listing<'s> {
    kernel: Simulated<'s>,
    listed: u32,
    count: u8,
}

impl Drop for Listing<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut inner: RefMut<'_, _> = self.kernel.inner.borrow_mut();
            inner.note(Call::WalkEnds);
            let faulty = !inner.failed.is_empty();
            inner.world.walk_ends(faulty);
        }
    }
}

impl<'s> Processes for Listing<'s> {
    /// A place among all that ever were.
    type Pin = usize;
    type Table = Vec<walk::Process>;

    fn next(&mut self) -> Result<Option<u32>> {
        let listed = self.listed;
        let breaks = matches!(self.kernel.inner.borrow().world.scenario.proc, Proc::Breaks(after) if self.count >= after);
        let nexts = |world: &mut World<'s>, fails| {
            or(fails, || {
                if breaks {
                    return Err(5);
                }
                let later = |id: &usize| world.all[*id].state != State::Gone && world.all[*id].pid as u32 > listed && !world.hides(*id);
                Ok((0..world.all.len()).filter(later).map(|id| world.all[id].pid as u32).min())
            })
        };
        let next = self.kernel.call(Called::Next, nexts, |next| Call::Next(*next))?;
        self.listed = next.unwrap_or(u32::MAX);
        self.count = self.count.saturating_add(1);
        Ok(next)
    }

    fn rewind(&mut self) -> Result<()> {
        self.listed = 0;
        self.count = 0;
        self.kernel.call(Called::Rewind, |_, fails| or(fails, || Ok(())), |result| Call::Rewind(*result))
    }

    fn table(&mut self, count: usize) -> Vec<walk::Process> {
        let count = self.kernel.call(Called::Table, |_, fails| if fails.is_some() { 0 } else { count }, |count| Call::Table(*count));
        vec![walk::Process::default(); count]
    }

    fn look(&mut self, pid: u32) -> Result<Stat> {
        let looks = |world: &mut World<'s>, fails| {
            or(fails, || {
                let id = world.id(pid as i32).filter(|&id| !world.hides(id)).ok_or(ESRCH)?;
                let one = &world.all[id];
                // Strangers began before the init, and who begins later has a later place.
                let start = if one.stranger && id < 6 { 1 } else { id as u64 + 10 };
                let group = one.group.max(OUTER + 100) as u32;
                Ok(Stat { start, parent: one.parent as u32, group })
            })
        };
        self.kernel.call(Called::Look, looks, |stat| Call::Look(pid, *stat))
    }

    fn pin(&mut self, pid: u32) -> Option<usize> {
        let pins = |world: &mut World<'s>, fails: Option<i32>| world.id(pid as i32).filter(|_| fails.is_none());
        self.kernel.call(Called::Pin, pins, |pin| Call::Pin(pid, pin.is_some()))
    }

    fn send(&mut self, to: &usize, signal: u8) {
        let mut pid = 0;
        let sends = |world: &mut World<'s>, fails: Option<i32>| {
            pid = world.all[*to].pid as u32;
            if fails.is_none() {
                world.send_by_pin(*to, signal);
            }
            pid
        };
        self.kernel.call(Called::SendByPin, sends, |pid| Call::SendByPin(*pid, signal));
    }
}
