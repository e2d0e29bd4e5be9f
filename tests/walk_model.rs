//! The walk of /proc over a plain model of a kernel, in which processes begin, end, are reaped and get each other's numbers
//! at any moment of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;
use scratch_init::proc::Stat;
use scratch_init::walk::{Process, Processes, Unseen, walk};

const ESRCH: i32 = 3;
const SIGNAL: u8 = 15;
const OWN: u32 = 2;
const PROGRAM: u32 = 3;
/// So few that they are used again soon.
const LAST_PID: u32 = 40;

#[derive(Clone, Debug)]
struct One {
    /// No two processes have the same.
    start: u64,
    parent: u32,
    group: u32,
    hidden: bool,
    /// Ended, but not reaped.
    zombie: bool,
    got: u32,
    /// Whether it was in the program's group when the walk looked at it, before that group was signalled.
    seen_in: Option<bool>,
    /// It was outside of the program's group when the group was signalled.
    missed: bool,
    /// And came into the group later.
    came: bool,
}

/// A process: the one that the walk asked about last, or one by its place in the list.
#[derive(Clone, Debug)]
struct Who(bool, usize);

/// What happens to a process.
#[derive(Clone, Debug)]
enum Event {
    Fork {
        parent: Who,
        hidden: bool,
        own_group: bool,
        /// The child gets the PID that became free last.
        again: bool,
    },
    End(Who),
    Reap(Who),
    /// It makes a group of its own, or goes into its parent's group: setpgid(2).
    Group(Who, bool),
}

impl One {
    fn new(start: u64, parent: u32, group: u32) -> Self {
        Self { start, parent, group, hidden: false, zombie: false, got: 0, seen_in: None, missed: false, came: false }
    }

    /// Whether it came into the program's group after the signal, and the walk cannot know: before the signal it was there too,
    /// or the table had no room, and so nobody had looked at it.
    fn came_unseen(&self) -> bool {
        self.came && self.seen_in != Some(false)
    }
}

struct Kernel {
    all: BTreeMap<u32, One>,
    next_pid: u32,
    /// The PID that became free last.
    free: u32,
    clock: u64,
    /// What happens before each call; the last entry is for the next call.
    events: Vec<Vec<Event>>,
    listed: u32,
    /// The PID that the walk asked about last.
    last: u32,
    looks: usize,
    why: Option<Unseen>,
}

impl Kernel {
    fn new(before: Vec<Event>, events: Vec<Vec<Event>>) -> Self {
        // A stranger above the init, one beside it, and the program.
        let all = [(1, One::new(0, 0, 1)), (OWN, One::new(1, 1, OWN)), (PROGRAM, One::new(2, OWN, PROGRAM)), (4, One::new(3, 1, 4))].into();
        let mut kernel = Self { all, next_pid: 5, free: 0, clock: 4, events, listed: 0, last: 0, looks: 0, why: None };
        for event in before {
            kernel.happens(event);
        }
        kernel
    }

    fn descends(&self, mut pid: u32) -> bool {
        while pid != 0 {
            pid = self.all[&pid].parent;
            if pid == OWN {
                return true;
            }
        }
        false
    }

    /// Whether a descendant is hidden, or has a hidden ancestor below the init.
    fn is_hidden(&self, mut pid: u32) -> bool {
        let mut hidden = false;
        while pid != OWN {
            hidden |= self.all[&pid].hidden;
            pid = self.all[&pid].parent;
        }
        hidden
    }

    /// The walk calls, and something has happened since its last call.
    fn call(&mut self) {
        for event in self.events.pop().unwrap_or_default() {
            self.happens(event);
        }
    }

    fn chosen(&self, who: &Who, zombie: bool) -> Option<u32> {
        let of: Vec<_> = self.all.iter().filter(|(pid, one)| **pid > OWN && one.zombie == zombie).map(|(pid, _)| *pid).collect();
        if who.0 && of.contains(&self.last) { Some(self.last) } else { of.get(who.1 % of.len().max(1)).copied() }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Fork { parent, hidden, own_group, again } => {
                let Some(parent) = self.chosen(&parent, false) else { return };
                let used = |pid: u32| self.all.iter().any(|(other, one)| *other == pid || one.group == pid);
                let freed = (again && self.free != 0).then_some(self.free);
                let mut free = freed.into_iter().chain(self.next_pid..=LAST_PID).chain(5..self.next_pid);
                let Some(pid) = free.find(|pid| !used(*pid)) else { return };
                self.next_pid = pid + 1;
                let group = if own_group { pid } else { self.all[&parent].group };
                let start = self.clock;
                self.clock += 1;
                self.all.insert(pid, One { hidden, ..One::new(start, parent, group) });
            }
            Event::End(who) => {
                let Some(pid) = self.chosen(&who, false) else { return };
                // Whose orphan it is depends on whose descendant it is.
                let to = if self.descends(pid) { OWN } else { 1 };
                self.all.get_mut(&pid).unwrap().zombie = true;
                for one in self.all.values_mut().filter(|one| one.parent == pid) {
                    one.parent = to;
                }
            }
            Event::Reap(who) => {
                if let Some(pid) = self.chosen(&who, true) {
                    self.all.remove(&pid);
                    self.free = pid;
                }
            }
            Event::Group(who, own) => {
                let Some(pid) = self.chosen(&who, false) else { return };
                let group = if own { pid } else { self.all[&self.all[&pid].parent].group };
                let one = self.all.get_mut(&pid).unwrap();
                one.group = group;
                one.came |= one.missed && group == PROGRAM;
            }
        }
    }
}

/// The kernel for a walk, and for the one who sends to the group meanwhile.
#[derive(Clone)]
struct Shared(Rc<RefCell<Kernel>>);

impl Processes for Shared {
    type Pin = (u32, u64);
    type Table = Vec<Process>;

    fn next(&mut self) -> Result<Option<u32>, i32> {
        let kernel = &mut *self.0.borrow_mut();
        kernel.call();
        let next = kernel.all.range(kernel.listed + 1..).find(|(_, one)| !one.hidden).map(|(pid, _)| *pid);
        kernel.listed = next.unwrap_or(u32::MAX - 1);
        kernel.last = kernel.listed;
        Ok(next)
    }

    fn rewind(&mut self) -> Result<(), i32> {
        self.0.borrow_mut().listed = 0;
        Ok(())
    }

    fn table(&mut self, count: usize) -> Vec<Process> {
        vec![Process::default(); count]
    }

    fn look(&mut self, pid: u32) -> Result<Stat, i32> {
        let kernel = &mut *self.0.borrow_mut();
        kernel.call();
        kernel.looks += 1;
        assert!(kernel.looks < 1_000_000, "it never ends");
        kernel.last = pid;
        let one = kernel.all.get_mut(&pid).filter(|one| !one.hidden).ok_or(ESRCH)?;
        if kernel.why.is_none() {
            one.seen_in = Some(one.seen_in == Some(true) || one.group == PROGRAM);
        }
        Ok(Stat { start: one.start, parent: one.parent, group: one.group })
    }

    fn pin(&mut self, pid: u32) -> Option<(u32, u64)> {
        let kernel = &mut *self.0.borrow_mut();
        kernel.call();
        kernel.last = pid;
        Some((pid, kernel.all.get(&pid)?.start))
    }

    fn send(&mut self, to: &(u32, u64), signal: u8) {
        let kernel = &mut *self.0.borrow_mut();
        kernel.call();
        assert_eq!(signal, SIGNAL);
        if kernel.all.get(&to.0).is_some_and(|one| one.start == to.1) {
            assert!(kernel.descends(to.0), "a stranger is signalled: {to:?}");
            kernel.all.get_mut(&to.0).unwrap().got += 1;
        }
    }
}

impl Kernel {
    /// Sends to the program's group.
    fn group(&mut self, why: Unseen) -> Option<u32> {
        self.call();
        assert_eq!(self.why.replace(why), None, "the group is signalled once");
        // As the init does it: only while a child of its own is in it.
        if !self.all.values().any(|one| one.group == PROGRAM && one.parent == OWN) {
            return None;
        }
        for (pid, one) in self.all.clone() {
            let in_group = one.group == PROGRAM;
            assert!(!in_group || self.descends(pid));
            let one = self.all.get_mut(&pid).unwrap();
            one.missed = !in_group;
            one.got += u32::from(in_group);
        }
        Some(PROGRAM)
    }
}

/// Who changes its group is often the program: the first in the list, while it is there.
fn event(hidden: bool) -> impl Strategy<Value = Event> {
    let who = || (any::<bool>(), 0..LAST_PID as usize).prop_map(|(last, place)| Who(last, place));
    prop_oneof![
        4 => (who(), any::<[bool; 2]>(), prop::bool::weighted(0.2)).prop_map(move |(parent, [hides, again], own_group)| Event::Fork {
            parent,
            hidden: hidden && hides,
            own_group,
            again
        }),
        2 => who().prop_map(Event::End),
        2 => who().prop_map(Event::Reap),
        4 => (prop_oneof![2 => who(), 1 => Just(Who(false, 0))], any::<bool>()).prop_map(|(who, own)| Event::Group(who, own)),
    ]
}

fn before(hidden: bool, count: usize) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(hidden), 0..count)
}

/// Up to four events between two calls: so many are needed for another process to be behind a PID.
fn meanwhile(hidden: bool, calls: usize) -> impl Strategy<Value = Vec<Vec<Event>>> {
    prop::collection::vec(prop::collection::vec(event(hidden), 0..=4), 0..calls)
}

/// Everybody who was a descendant from the beginning to the end, by number and start.
fn walked(kernel: Kernel, room: usize) -> (Kernel, BTreeSet<(u32, u64)>) {
    let there = |kernel: &Kernel| -> BTreeSet<_> {
        let of = kernel.all.iter().filter(|(pid, one)| !one.zombie && kernel.descends(**pid));
        of.map(|(pid, one)| (*pid, one.start)).collect()
    };
    let before = there(&kernel);
    let kernel = Rc::new(RefCell::new(kernel));
    let mut shared = Shared(Rc::clone(&kernel));
    walk(&mut shared, OWN, SIGNAL, &mut vec![Process::default(); room], |why| kernel.borrow_mut().group(why));
    drop(shared);
    let kernel = Rc::into_inner(kernel).unwrap().into_inner();
    let all = before.intersection(&there(&kernel)).copied().collect();
    (kernel, all)
}

/// Everybody who was a descendant all the time has got the signal, but for the hidden ones and those below them.
fn all_have_it(kernel: Kernel, room: usize) -> Result<(), TestCaseError> {
    let hidden: BTreeSet<_> = kernel.all.keys().copied().filter(|pid| kernel.descends(*pid) && kernel.is_hidden(*pid)).collect();
    let (kernel, all) = walked(kernel, room);
    for (pid, _) in all.into_iter().filter(|(pid, _)| !hidden.contains(pid)) {
        let one = &kernel.all[&pid];
        prop_assert!(one.got >= 1 || one.came_unseen(), "{} did not get it: {:?} {:?}", pid, one, kernel.why);
    }
    Ok(())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(400))]

    /// Nothing happens meanwhile: all who can be seen have it, once.
    #[test]
    fn of_a_still_world(before in before(true, 150), room in prop_oneof![Just(0usize), 0..45usize, Just(99)]) {
        let kernel = Kernel::new(before, vec![]);
        let count = kernel.all.len();
        let (kernel, there) = walked(kernel, room);
        for (pid, _) in &there {
            let one = &kernel.all[pid];
            prop_assert!(one.got <= 1, "{} twice", pid);
            // Whoever has a hidden one above itself is known by that alone.
            let hidden = kernel.is_hidden(*pid);
            if hidden && !one.hidden {
                prop_assert!(kernel.why.is_some(), "nobody knows of {}", pid);
            }
            let in_group = kernel.why.is_some() && one.group == PROGRAM;
            let has_child = kernel.all.values().any(|one| one.group == PROGRAM && one.parent == OWN);
            prop_assert!(one.got == 1 || hidden || in_group && !has_child, "{} did not get it", pid);
        }
        if room == 99 {
            prop_assert!(kernel.looks <= 5 * count, "{} looks at {}", kernel.looks, count);
        }
    }
}

proptest! {
    // Fewer would not find each time that a process is pinned too late, or that its group of before does not count.
    #![proptest_config(config(6_000))]

    /// Everything happens meanwhile: it ends, no stranger gets it, and everybody who was there all the time does.
    #[test]
    fn of_a_world_that_changes(
        before in before(false, 100),
        meanwhile in meanwhile(false, 200),
        room in prop_oneof![Just(99usize), 0..45usize],
    ) {
        all_have_it(Kernel::new(before, meanwhile), room)?;
    }

    /// And some are hidden: so everybody else who was there all the time, and is not below a hidden one.
    #[test]
    fn of_a_world_that_changes_and_hides(before in before(true, 100), meanwhile in meanwhile(true, 200), room in 0..99usize) {
        all_have_it(Kernel::new(before, meanwhile), room)?;
    }
}
