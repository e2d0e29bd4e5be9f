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
}

/// What happens: a process forks, by its place in the list; hidden or not, in a group of its own or not; ends; is reaped.
#[derive(Clone, Debug)]
enum Event {
    Nothing,
    Fork(usize, bool, bool),
    End(usize),
    Reap(usize),
}

struct Kernel {
    all: BTreeMap<u32, One>,
    next_pid: u32,
    clock: u64,
    /// One of them happens before each call.
    events: Vec<Event>,
    listed: u32,
    looks: usize,
    why: Option<Unseen>,
}

impl Kernel {
    fn new(before: Vec<Event>, events: Vec<Event>) -> Self {
        let one = |start, parent, group| One { start, parent, group, hidden: false, zombie: false, got: 0 };
        // A stranger above the init, one beside it, and the program.
        let all = [(1, one(0, 0, 1)), (OWN, one(1, 1, OWN)), (PROGRAM, one(2, OWN, PROGRAM)), (4, one(3, 1, 4))].into();
        let mut kernel = Self { all, next_pid: 5, clock: 4, events: before, listed: 0, looks: 0, why: None };
        while !kernel.events.is_empty() {
            kernel.happens();
        }
        kernel.events = events;
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

    fn happens(&mut self) {
        let chosen = |place: usize, zombie: bool| {
            let of: Vec<_> = self.all.iter().filter(|(pid, one)| **pid > OWN && one.zombie == zombie).map(|(pid, _)| *pid).collect();
            (!of.is_empty()).then(|| of[place % of.len()])
        };
        match self.events.pop().unwrap_or(Event::Nothing) {
            Event::Nothing => {}
            Event::Fork(place, hidden, own_group) => {
                let Some(parent) = chosen(place, false) else { return };
                let used = |pid: u32| self.all.iter().any(|(other, one)| *other == pid || one.group == pid);
                let Some(pid) = (self.next_pid..=LAST_PID).chain(5..self.next_pid).find(|pid| !used(*pid)) else { return };
                self.next_pid = pid + 1;
                let group = if own_group { pid } else { self.all[&parent].group };
                let start = self.clock;
                self.clock += 1;
                self.all.insert(pid, One { start, parent, group, hidden, zombie: false, got: 0 });
            }
            Event::End(place) => {
                let Some(pid) = chosen(place, false) else { return };
                // Whose orphan it is depends on whose descendant it is.
                let to = if self.descends(pid) { OWN } else { 1 };
                self.all.get_mut(&pid).unwrap().zombie = true;
                for one in self.all.values_mut().filter(|one| one.parent == pid) {
                    one.parent = to;
                }
            }
            Event::Reap(place) => {
                if let Some(pid) = chosen(place, true) {
                    self.all.remove(&pid);
                }
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
        kernel.happens();
        let next = kernel.all.range(kernel.listed + 1..).find(|(_, one)| !one.hidden).map(|(pid, _)| *pid);
        kernel.listed = next.unwrap_or(u32::MAX - 1);
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
        kernel.happens();
        kernel.looks += 1;
        assert!(kernel.looks < 1_000_000, "it never ends");
        let one = kernel.all.get(&pid).filter(|one| !one.hidden).ok_or(ESRCH)?;
        Ok(Stat { start: one.start, parent: one.parent, group: one.group })
    }

    fn pin(&mut self, pid: u32) -> Option<(u32, u64)> {
        let kernel = &mut *self.0.borrow_mut();
        kernel.happens();
        Some((pid, kernel.all.get(&pid)?.start))
    }

    fn send(&mut self, to: &(u32, u64), signal: u8) {
        let kernel = &mut *self.0.borrow_mut();
        kernel.happens();
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
        self.happens();
        assert_eq!(self.why.replace(why), None, "the group is signalled once");
        // As the init does it: only while a child of its own is in it.
        if !self.all.values().any(|one| one.group == PROGRAM && one.parent == OWN) {
            return None;
        }
        for (pid, one) in self.all.clone() {
            if one.group == PROGRAM {
                assert!(self.descends(pid));
                self.all.get_mut(&pid).unwrap().got += 1;
            }
        }
        Some(PROGRAM)
    }
}

fn event(hidden: bool) -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Nothing),
        4 => (any::<usize>(), any::<bool>(), any::<bool>()).prop_map(move |(place, hides, group)| Event::Fork(place, hidden && hides, group)),
        2 => any::<usize>().prop_map(Event::End),
        2 => any::<usize>().prop_map(Event::Reap),
    ]
}

fn events(hidden: bool, count: usize) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(hidden), 0..count)
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Nothing happens meanwhile: all who can be seen have it, once.
    #[test]
    fn of_a_still_world(before in events(true, 150), room in prop_oneof![Just(0usize), 0..45usize, Just(99)]) {
        let kernel = Kernel::new(before, vec![]);
        let count = kernel.all.len();
        let (kernel, there) = walked(kernel, room);
        for (pid, _) in &there {
            let one = &kernel.all[pid];
            prop_assert!(one.got <= 1, "{} twice", pid);
            // Whoever has a hidden one above itself is known by that alone.
            let (mut above, mut hidden) = (*pid, false);
            while above != OWN {
                hidden |= kernel.all[&above].hidden;
                above = kernel.all[&above].parent;
            }
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

    /// Everything happens meanwhile: it ends, no stranger gets it, and everybody who was there all the time does.
    #[test]
    fn of_a_world_that_changes(before in events(false, 100), meanwhile in events(false, 300), room in prop_oneof![3 => Just(99usize), 1 => 0..45usize]) {
        let (kernel, all) = walked(Kernel::new(before, meanwhile), room);
        for (pid, _) in all {
            prop_assert!(kernel.all[&pid].got >= 1, "{} did not get it: {:?}", pid, kernel.why);
        }
    }

    /// And some are hidden.
    #[test]
    fn of_a_world_that_changes_and_hides(before in events(true, 100), meanwhile in events(true, 300), room in 0..99usize) {
        walked(Kernel::new(before, meanwhile), room);
    }
}
