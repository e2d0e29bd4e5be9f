//! The walk of /proc, without a kernel: who descends from the init, and who of them gets a signal.
//!
//! /proc is no snapshot: processes begin, end, lose their parent and get each other's numbers while it is read. So it is
//! read once into a table, which says who descends from whom at a cost that does not depend on the processes' shape;
//! and who is to get the signal is pinned, and looked at once more, before it is sent.

use crate::errno::{EACCES, EAGAIN, ENOMEM, EPERM, ESRCH};
use crate::proc::Stat;

/// What the walk asks of the kernel. Errors are errnos: ESRCH if there is no such process, or none to be seen.
pub trait Processes {
    /// A process that stays the same one, whatever becomes of its PID.
    type Pin;
    /// Memory for a table of them.
    type Table: AsMut<[Process]>;

    /// The PID of the next process in the list, which Linux keeps in ascending order; `None` at its end.
    ///
    /// # Errors
    /// The list cannot be read on.
    fn next(&mut self) -> Result<Option<u32>, i32>;

    /// Goes back to the first one.
    ///
    /// # Errors
    /// None but what a seccomp filter makes up.
    fn rewind(&mut self) -> Result<(), i32>;

    /// Room for `count` processes; for none if there is no memory: mmap(2).
    fn table(&mut self, count: usize) -> Self::Table;

    /// What is said of a process now.
    ///
    /// # Errors
    /// ESRCH, EPERM or EACCES if it is hidden, or what else the kernel came to.
    fn look(&mut self, pid: u32) -> Result<Stat, i32>;

    /// Takes hold of a process, if it is there: pidfd_open(2).
    fn pin(&mut self, pid: u32) -> Option<Self::Pin>;

    /// Sends a signal to a process: pidfd_send_signal(2).
    fn send(&mut self, to: &Self::Pin, signal: u8);
}

/// Why not all descendants can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Some processes are hidden: `hidepid=` of proc(5).
    Hidden,
    /// This errno.
    Errno(i32),
}

impl Unseen {
    fn of(errno: i32) -> Self {
        // What `hidepid=1` says.
        if matches!(errno, EPERM | EACCES) { Self::Hidden } else { Self::Errno(errno) }
    }
}

/// A process in the table. All of it may be 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    stat: Stat,
    pid: u32,
    /// While it is on a path: where the one below it is.
    below: u32,
    mark: Mark,
}

/// What is known of a process.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mark {
    /// Nothing yet.
    #[default]
    New,
    /// It is on the path that is being followed.
    OnPath,
    /// It does not descend from the init.
    Stranger,
    /// It did, but is not there any more; or it has another parent, of whom that is not known.
    Lost,
    /// It does: it was pinned and looked at once more.
    Descendant,
}

/// How many steps up are made without the table.
const STEPS: usize = 64;

/// No place in any table.
const NOWHERE: u32 = u32::MAX;

/// Sends a signal to each descendant of process `own`, the table being room for the processes.
///
/// Parents get it before their children. So a shell that starts the next command when the last one ends, or a
/// supervisor, has its own signal by then, and does not start another that nobody would meet.
///
/// Those for whom there is no room in the table are looked at by themselves, a few steps up: that is slower.
///
/// If not all can be seen, the program's process group gets the signal first, and those of its members that can be seen do
/// not get it twice: `to_group` sends it, and gives the group's number, if it has got the signal.
pub fn walk<P: Processes>(processes: &mut P, own: u32, signal: u8, table: &mut [Process], to_group: impl FnMut(Unseen) -> Option<u32>) {
    let mut walk = Walk { processes, own, signal, to_group, table, length: 0, full: false, unseen: None, group: None };
    walk.read();
    let mut at = 0;
    // More may come in meanwhile.
    while let Some(process) = walk.at(at) {
        walk.look_behind(process.pid);
        at += 1;
    }
    if let Some(why) = walk.unseen {
        walk.cover(why);
    }
    for at in 0..walk.length {
        walk.follow(at as u32);
    }
}

struct Walk<'a, P, G> {
    processes: &'a mut P,
    own: u32,
    signal: u8,
    to_group: G,
    /// As many as `length` are in it, in the order of their PIDs.
    table: &'a mut [Process],
    length: usize,
    /// Whether there was no room for another.
    full: bool,
    /// Why not all can be seen: the first reason.
    unseen: Option<Unseen>,
    /// The group that was signalled, 0 if it could not be; `None` if that was not asked for.
    group: Option<u32>,
}

impl<P: Processes, G: FnMut(Unseen) -> Option<u32>> Walk<'_, P, G> {
    /// Fills the table.
    fn read(&mut self) {
        loop {
            let pid = match self.processes.next() {
                Ok(Some(pid)) => pid,
                Ok(None) => break,
                Err(errno) => break self.misses(Unseen::of(errno)),
            };
            match self.processes.look(pid) {
                Ok(stat) if self.put(pid, stat) => {}
                Ok(stat) => {
                    // No room, and no way to know before whether anybody is hidden.
                    self.cover(Unseen::Errno(ENOMEM));
                    self.reach(pid, &stat);
                }
                Err(errno) => self.misses_one(errno),
            }
        }
    }

    fn misses(&mut self, why: Unseen) {
        self.unseen = self.unseen.or(Some(why));
    }

    /// One could not be looked at. If it has ended, nobody is missed.
    fn misses_one(&mut self, errno: i32) {
        if errno != ESRCH {
            self.misses(Unseen::of(errno));
        }
    }

    /// Signals the program's group, once.
    fn cover(&mut self, why: Unseen) {
        if self.group.is_none() {
            self.group = Some((self.to_group)(why).unwrap_or(0));
        }
    }

    fn at(&self, at: usize) -> Option<Process> {
        self.table.get(..self.length)?.get(at).copied()
    }

    /// Where a process is in the table, or where it would be.
    fn place(&self, pid: u32) -> Result<usize, usize> {
        self.table.get(..self.length).unwrap_or_default().binary_search_by(|process| process.pid.cmp(&pid))
    }

    fn find(&self, pid: u32) -> Option<Process> {
        self.at(self.place(pid).ok()?)
    }

    /// Where a process' parent is in the table. One that began later than its child is none: the parent has ended, and its
    /// PID is another's.
    fn parent(&self, stat: &Stat) -> Option<usize> {
        let at = self.place(stat.parent).ok()?;
        (self.at(at)?.stat.start <= stat.start).then_some(at)
    }

    /// Puts a process into the table, in the place of what was there of that PID; says whether there is room.
    fn put(&mut self, pid: u32, stat: Stat) -> bool {
        let mark = if pid == self.own { Mark::Stranger } else { Mark::New };
        let mut process = Process { stat, pid, below: NOWHERE, mark };
        let at = match self.place(pid) {
            Ok(at) => {
                if let Some(there) = self.table.get_mut(at) {
                    *there = process;
                }
                return true;
            }
            Err(at) => at,
        };
        if self.length >= self.table.len() {
            self.full = true;
            return false;
        }
        self.length += 1;
        // Those behind it move up. In the kernel's order there are none, unless it is one that came in late.
        for there in self.table.get_mut(at..self.length).unwrap_or_default() {
            core::mem::swap(there, &mut process);
        }
        true
    }

    /// If a process' parent is not in the table, finds out why: the parent has ended since, and there is another; or it
    /// has begun since; or it is hidden.
    fn look_behind(&mut self, mut pid: u32) {
        let mut absent = 0;
        for _ in 0..STEPS {
            let Some(Process { stat, .. }) = self.find(pid) else { return };
            if matches!(stat.parent, 0) || stat.parent == self.own || self.parent(&stat).is_some() {
                return;
            }
            match self.processes.look(pid) {
                Ok(now) if now.same(&stat) && now.parent == stat.parent => {}
                Ok(now) => {
                    self.put(pid, now);
                    continue;
                }
                Err(ESRCH) => {
                    self.put(pid, Stat { parent: 0, ..stat });
                    return;
                }
                Err(errno) => return self.misses_one(errno),
            }
            // A process has another parent before the old one's PID is gone. So this one was there all the time.
            if absent == stat.parent {
                return self.misses(Unseen::Hidden);
            }
            match self.processes.look(stat.parent) {
                Ok(parent) => {
                    if !self.put(stat.parent, parent) {
                        return self.misses(Unseen::Errno(ENOMEM));
                    }
                    // And its own parent?
                    pid = stat.parent;
                }
                Err(ESRCH) => absent = stat.parent,
                Err(errno) => return self.misses_one(errno),
            }
        }
        // They come and go too fast.
        self.misses(Unseen::Errno(EAGAIN));
    }

    /// Follows a process' parents up to one of whom it is known whether it descends from the init, or to the init; and back
    /// down, by way of which each of them gets the signal if it does. Nobody is on two paths.
    fn follow(&mut self, at: u32) {
        let (mut top, mut last) = (at, NOWHERE);
        let descends = loop {
            let Some(process) = self.table.get_mut(top as usize) else { break false };
            match process.mark {
                Mark::New => {}
                Mark::Lost | Mark::Descendant => break true,
                // The same once more: numbers that were reused have made a circle.
                Mark::Stranger | Mark::OnPath => break false,
            }
            process.mark = Mark::OnPath;
            process.below = last;
            last = top;
            let Process { pid, stat, .. } = *process;
            if stat.parent == self.own {
                break true;
            }
            match self.parent(&stat) {
                Some(parent) => top = parent as u32,
                // It may be one for whom there was no room.
                None => break self.full && self.climb(pid, stat),
            }
        };
        while let Some(Process { stat, pid, below, .. }) = self.at(last as usize) {
            let mark = match descends {
                false => Mark::Stranger,
                true if self.reach(pid, &stat) => Mark::Descendant,
                true => Mark::Lost,
            };
            if let Some(process) = self.table.get_mut(last as usize) {
                process.mark = mark;
            }
            last = below;
        }
    }

    /// Signals a process, if it is still the one that was seen so and descends from the init; says whether it does.
    fn reach(&mut self, pid: u32, seen: &Stat) -> bool {
        let Some(pin) = self.processes.pin(pid) else { return false };
        let now = match self.processes.look(pid) {
            Ok(now) if now.same(seen) => now,
            Ok(_) | Err(ESRCH) => return false,
            Err(errno) => {
                self.cover(Unseen::of(errno));
                return false;
            }
        };
        // Who was in the group before and after has got it with that.
        let has_it = now.group != 0 && self.group == Some(now.group) && seen.group == now.group;
        // An orphan's new parent is one of its ancestors. These were looked at before it, and are older: so that PID is no
        // other's by now.
        let descends = now.parent == self.own
            || self.find(now.parent).is_some_and(|parent| parent.mark == Mark::Descendant)
            || (!has_it && self.climb(pid, now));
        if descends && !has_it {
            self.processes.send(&pin, self.signal);
        }
        descends
    }

    /// Whether a process descends from the init, without the table: each of its ancestors is looked at, and
    /// then whether it still was the parent.
    fn climb(&mut self, pid: u32, first: Stat) -> bool {
        let (mut below, mut stat) = (pid, first);
        for _ in 0..STEPS {
            if stat.parent == self.own {
                return true;
            }
            if stat.parent == 0 {
                return false;
            }
            let above = self.processes.look(stat.parent);
            let still = self.processes.look(below).is_ok_and(|now| now.same(&stat) && now.parent == stat.parent);
            match above {
                Ok(above) if still => (below, stat) = (stat.parent, above),
                Err(errno) if still => {
                    self.cover(if errno == ESRCH { Unseen::Hidden } else { Unseen::of(errno) });
                    return false;
                }
                // From the beginning: somebody on the way has ended.
                _ => match self.processes.look(pid) {
                    Ok(now) if now.same(&first) => (below, stat) = (pid, now),
                    _ => return false,
                },
            }
        }
        self.cover(Unseen::Errno(EAGAIN));
        false
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::errno::ENOENT;

    const SIGNAL: u8 = 15;
    const OWN: u32 = 10;
    const GROUP: u32 = 20;

    /// What is said of each process: each time the next of these, and the last one from then on.
    #[derive(Default)]
    struct Said {
        said: BTreeMap<u32, Vec<Result<Stat, i32>>>,
        /// Who is said, though not listed.
        unlisted: Vec<u32>,
        listed: Option<u32>,
        looks: usize,
        /// Who got it; 0 is the group.
        got: Vec<u32>,
        why: Option<Unseen>,
    }

    impl Said {
        /// Process 1, and the init.
        fn new() -> Self {
            let mut said = Self::default();
            said.is(1, 0, 0, 0).is(OWN, 1, OWN, 10);
            said
        }

        fn is(&mut self, pid: u32, parent: u32, group: u32, start: u64) -> &mut Self {
            self.says(pid, Ok(Stat { start, parent, group }))
        }

        fn says(&mut self, pid: u32, said: Result<Stat, i32>) -> &mut Self {
            self.said.entry(pid).or_default().push(said);
            self
        }

        /// Who got it, and why the group did.
        fn walk(&mut self, room: usize) -> (Vec<u32>, Option<Unseen>) {
            let said = RefCell::new(core::mem::take(self));
            walk(&mut &said, OWN, SIGNAL, &mut vec![Process::default(); room], |why| {
                let mut said = said.borrow_mut();
                assert_eq!(said.why.replace(why), None, "once");
                said.got.push(0);
                Some(GROUP)
            });
            *self = said.into_inner();
            (self.got.clone(), self.why)
        }
    }

    impl Processes for &RefCell<Said> {
        type Pin = u32;
        type Table = Vec<Process>;

        fn next(&mut self) -> Result<Option<u32>, i32> {
            let said = &mut *self.borrow_mut();
            let from = said.listed.map_or(0, |pid| pid + 1);
            let listed = said.said.range(from..).map(|(pid, _)| *pid).find(|pid| !said.unlisted.contains(pid));
            said.listed = listed.or(said.listed);
            Ok(listed)
        }

        fn rewind(&mut self) -> Result<(), i32> {
            unreachable!()
        }

        fn table(&mut self, _: usize) -> Vec<Process> {
            unreachable!()
        }

        fn look(&mut self, pid: u32) -> Result<Stat, i32> {
            let said = &mut *self.borrow_mut();
            said.looks += 1;
            let Some(said) = said.said.get_mut(&pid) else { return Err(ESRCH) };
            if said.len() > 1 { said.remove(0) } else { said[0] }
        }

        fn pin(&mut self, pid: u32) -> Option<u32> {
            Some(pid)
        }

        fn send(&mut self, to: &u32, signal: u8) {
            assert_eq!(signal, SIGNAL);
            self.borrow_mut().got.push(*to);
        }
    }

    #[test]
    fn parents_before_children_and_no_strangers() {
        let mut said = Said::new();
        // Numbers have begun anew at 2.
        said.is(2, 31, 20, 40).is(3, 2, 20, 41).is(5, 1, 5, 5).is(6, 5, 5, 6).is(20, OWN, 20, 20).is(31, 20, 20, 31).is(32, 20, 20, 32);
        assert_eq!(said.walk(99), (vec![20, 31, 2, 3, 32], None));
        assert_eq!(said.looks, 9 + 5);
    }

    #[test]
    fn each_is_looked_at_once_more() {
        let stranger = |start| Ok(Stat { start, parent: 1, group: 1 });
        let child = |start, parent| Ok(Stat { start, parent, group: GROUP });
        for (again, got) in [
            (child(30, OWN), &[20, 25, 30, 35][..]),
            // It has another parent by now, another descendant; or the init.
            (child(30, 20), &[20, 25, 30, 35]),
            // The PID is another's, even if that is a child of another descendant; 35 is found by way of it.
            (stranger(99), &[20, 25]),
            (child(99, 20), &[20, 25, 35]),
            // It is the same, and no descendant any more.
            (stranger(30), &[20, 25]),
            (child(30, 5), &[20, 25]),
            (child(30, 0), &[20, 25]),
        ] {
            let mut said = Said::new();
            said.is(5, 1, 5, 5).is(20, OWN, 20, 20).is(25, 20, 20, 25).is(30, 25, 20, 30).says(30, again).is(35, 30, 20, 35);
            assert_eq!(said.walk(99), (got.to_vec(), None), "{again:?}");
        }
        // Its parent has ended, and what is left is the init's child by now.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(30, 20, 20, 30).says(30, Err(ESRCH)).is(35, 30, 20, 35).is(35, OWN, 20, 35);
        assert_eq!(said.walk(99), (vec![20, 35], None));
    }

    #[test]
    fn a_parent_that_was_not_listed_has_ended_or_begun_or_is_hidden() {
        // Ended: there is another one by now.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(35, 30, 20, 35).is(35, 20, 20, 35);
        assert_eq!(said.walk(99), (vec![20, 35], None));
        // Begun: it comes in, and its own parent as well.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(3, 4, 20, 33).is(4, 20, 20, 30).is(35, 3, 20, 35).unlisted = vec![3, 4];
        assert_eq!(said.walk(99), (vec![20, 4, 3, 35], None));
        // Hidden: the group has it first, and whoever is not in it alone.
        for errno in [ESRCH, EPERM, EACCES] {
            let mut said = Said::new();
            said.is(20, OWN, 20, 20).is(22, 20, 22, 22).is(35, 30, 35, 35).says(30, Err(errno)).unlisted = vec![30];
            assert_eq!(said.walk(99), (vec![0, 22], Some(Unseen::Hidden)));
        }
        // The init's own parent is: that will do.
        let mut said = Said::default();
        said.is(OWN, 7, OWN, 10).is(20, OWN, 20, 20).is(22, 20, 22, 22);
        assert_eq!(said.walk(99), (vec![0, 22], Some(Unseen::Hidden)));
    }

    #[test]
    fn an_older_child_is_nobodys() {
        // What was the parent of 30 has ended; its number has a stranger's child, and 30 another parent.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(30, 25, 20, 30).is(30, OWN, 20, 30).is(25, 1, 1, 99);
        assert_eq!(said.walk(99), (vec![20, 30], None));
    }

    #[test]
    fn circles_end() {
        let mut said = Said::new();
        said.is(20, 21, 20, 5).is(21, 22, 20, 5).is(22, 20, 20, 5).is(23, 23, 23, 5).is(24, 20, 20, 6).is(30, OWN, 30, 30);
        assert_eq!(said.walk(99), (vec![30], None));
        (said.listed, said.why) = (None, None);
        assert_eq!(said.walk(0).0, [30, 0, 30]);
    }

    #[test]
    fn what_cannot_be_read_is_the_groups() {
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(21, OWN, 21, 21).says(22, Err(24));
        assert_eq!(said.walk(99), (vec![0, 21], Some(Unseen::Errno(24))));
        // Not the second time: who was met before that has it twice, if he is in the group.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(21, OWN, 21, 21).is(22, OWN, 22, 22).says(22, Err(ENOENT)).is(23, OWN, 20, 23);
        assert_eq!(said.walk(99), (vec![20, 21, 0], Some(Unseen::Errno(ENOENT))));
    }

    #[test]
    fn without_room_it_goes_all_the_same() {
        for room in 0..6 {
            let mut said = Said::new();
            said.is(20, OWN, 20, 20).is(21, 20, 21, 21).is(22, 21, 22, 22).is(23, 1, 23, 23).is(24, 20, 20, 24);
            let mut got = said.walk(room).0.to_vec();
            got.sort_unstable();
            assert_eq!((got, said.why), (vec![0, 21, 22], Some(Unseen::Errno(ENOMEM))), "{room}");
        }
    }

    #[test]
    fn without_room_a_parent_is_looked_at_twice() {
        let mut said = Said::new();
        // A stranger's parent, and its orphan. It ends while its orphan is looked at, and a child of the init's has its PID.
        for _ in 0..3 {
            said.is(25, 1, 25, 25);
        }
        said.is(25, OWN, 25, 40);
        said.is(30, 25, 30, 30).is(30, 25, 30, 30).is(30, 1, 30, 30);
        assert_eq!(said.walk(0).0, [0]);
    }

    #[test]
    fn the_cost_does_not_depend_on_the_shape() {
        const COUNT: u32 = 10_000;
        for shape in [|pid: u32| pid - 1, |_| 20, |pid| if pid % 2 == 0 { pid - 2 } else { pid - 1 }, |pid| (pid + 20) / 2] {
            let mut said = Said::new();
            said.is(20, OWN, 20, 20);
            for pid in 21..COUNT {
                said.is(pid, shape(pid).max(20), 20, pid.into());
            }
            assert_eq!(said.walk(COUNT as usize).0.len(), COUNT as usize - 20);
            assert_eq!(said.looks, 2 * (COUNT as usize - 20) + 2);
            // Without a table: bounded.
            (said.listed, said.looks, said.why) = (None, 0, None);
            said.walk(0);
            assert!(said.looks <= COUNT as usize * (3 + 2 * STEPS), "{}", said.looks);
        }
    }
}
