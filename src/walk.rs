//! The walk of /proc, without a kernel: it finds the descendants of the init and signals them.
//!
//! /proc is no snapshot: while it is read, processes begin and end, lose their parent and reuse PIDs. So the walk reads /proc
//! once into a table, and finds the descendants in the table, at a cost that does not depend on the shape of the process tree.
//! Before it signals a process it pins the process and looks at it once more.

use crate::errno::{EACCES, EAGAIN, ENOMEM, EPERM, ESRCH};
use crate::proc::Stat;

/// What the walk asks of the kernel. An error is an errno.
pub trait Processes {
    /// A handle to one process. It never refers to another process, even if the PID is reused.
    type Pin;
    /// Memory for a table of processes.
    type Table: AsMut<[Process]>;

    /// The PID of the next process in the list; `None` at its end. Linux lists the processes in ascending order.
    ///
    /// # Errors
    /// That of getdents64(2): the rest of the list cannot be read.
    fn next(&mut self) -> Result<Option<u32>, i32>;

    /// Goes back to the first process in the list.
    ///
    /// # Errors
    /// Only those that a seccomp filter makes up.
    fn rewind(&mut self) -> Result<(), i32>;

    /// Room for `count` processes; an empty table if there is no memory: mmap(2).
    fn table(&mut self, count: usize) -> Self::Table;

    /// The current `stat` of a process: proc_pid_stat(5).
    ///
    /// # Errors
    /// ESRCH if there is no such process, or it is hidden; EPERM or EACCES if it is hidden; any other errno of open(2) and
    /// read(2).
    fn look(&mut self, pid: u32) -> Result<Stat, i32>;

    /// Opens a handle to a process, if it is there: pidfd_open(2).
    fn pin(&mut self, pid: u32) -> Option<Self::Pin>;

    /// Sends a signal to a process: pidfd_send_signal(2).
    fn send(&mut self, to: &Self::Pin, signal: u8);
}

/// Why not all descendants can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Some processes are hidden: `hidepid=` of proc(5).
    Hidden,
    /// A call failed with this errno.
    Errno(i32),
}

impl Unseen {
    fn of(errno: i32) -> Self {
        // With `hidepid=1` these are the errnos of a hidden process.
        if matches!(errno, EPERM | EACCES) { Self::Hidden } else { Self::Errno(errno) }
    }
}

/// A process in the table. A value of all zero bytes is valid.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    stat: Stat,
    pid: u32,
    /// While the process is on the path that is being followed: the place in the table of the process below it.
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
    /// The process is on the path that is being followed.
    OnPath,
    /// The process does not descend from the init.
    Stranger,
    /// The process descended from the init. Now it has ended, or its new parent is not known to descend from the init.
    Lost,
    /// The process descends from the init: it was pinned and looked at once more.
    Descendant,
}

/// How many ancestors are looked at without the table, at most.
const STEPS: usize = 64;

/// No place in the table.
const NOWHERE: u32 = u32::MAX;

/// Sends a signal to each descendant of process `own`. `table` is room for the processes.
///
/// A parent gets the signal before its children. Otherwise a child's end could make its parent (a shell, a supervisor) start
/// another process, which the walk would not find.
///
/// A process for which the table has no room is checked by itself, up to `STEPS` ancestors: this is slower.
///
/// If some processes cannot be seen, the program's process group gets the signal first: `to_group` sends it, and returns the
/// group's number if the group has got it. The members of that group that can be seen do not get the signal twice.
pub fn walk<P: Processes>(processes: &mut P, own: u32, signal: u8, table: &mut [Process], to_group: impl FnMut(Unseen) -> Option<u32>) {
    let mut walk = Walk { processes, own, signal, to_group, table, length: 0, full: false, unseen: None, group: None };
    walk.read();
    let mut at = 0;
    // `look_behind` can add processes to the table.
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
    /// The first `length` entries are processes, in the order of their PIDs.
    table: &'a mut [Process],
    length: usize,
    /// Whether the table had no room for a process.
    full: bool,
    /// Why some processes cannot be seen: the first reason.
    unseen: Option<Unseen>,
    /// The process group that was signalled, or 0 if it could not be signalled; `None` if `to_group` was not called yet.
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
                    // This process is signalled now, before the list is at its end. Whether others are hidden is not known yet,
                    // so the group gets the signal first.
                    self.cover(Unseen::Errno(ENOMEM));
                    self.reach(pid, &stat);
                }
                Err(errno) => self.misses_one(errno),
            }
        }
    }

    #[inline(never)]
    fn misses(&mut self, why: Unseen) {
        self.unseen = self.unseen.or(Some(why));
    }

    /// A process could not be looked at. If it has ended, the walk misses nothing.
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

    #[inline(never)]
    fn at(&self, at: usize) -> Option<&Process> {
        self.table.get(..self.length)?.get(at)
    }

    /// Where a process is in the table, or where it would be.
    fn place(&self, pid: u32) -> Result<usize, usize> {
        self.table.get(..self.length).unwrap_or_default().binary_search_by(|process| process.pid.cmp(&pid))
    }

    fn find(&self, pid: u32) -> Option<&Process> {
        self.at(self.place(pid).ok()?)
    }

    /// The place of a process's parent in the table. A process that began later than the child is not its parent: the parent has
    /// ended, and its PID was reused.
    fn parent(&self, stat: &Stat) -> Option<usize> {
        let at = self.place(stat.parent).ok()?;
        (self.at(at)?.stat.start <= stat.start).then_some(at)
    }

    /// Puts a process into the table, and replaces an older entry of the same PID. Returns whether there was room.
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
        // The entries behind the new one move up. The kernel lists PIDs in ascending order, so only a process that is added late
        // has any behind it.
        for there in self.table.get_mut(at..self.length).unwrap_or_default() {
            core::mem::swap(there, &mut process);
        }
        true
    }

    /// If a process's parent is not in the table, finds out why: the parent has ended and the process has a new parent, or the
    /// parent has begun since the list was read, or the parent is hidden.
    fn look_behind(&mut self, mut pid: u32) {
        let mut absent = 0;
        for _ in 0..STEPS {
            let Some(&Process { stat, .. }) = self.find(pid) else { return };
            if matches!(stat.parent, 0) || stat.parent == self.own || self.parent(&stat).is_some() {
                return;
            }
            match self.processes.look(pid) {
                Ok(now) if now.same(&stat) => {
                    if now.parent != stat.parent {
                        // The group stays that of the first look: without room for all, the group was signalled since.
                        self.put(pid, Stat { parent: now.parent, ..stat });
                        continue;
                    }
                }
                Ok(_) | Err(ESRCH) => {
                    // It has ended, and its PID may have been reused. Its children may be the init's now. It stays in the table, so that
                    // they are looked at again: the new process of that PID began during the walk, and does not replace it.
                    self.put(pid, Stat { parent: self.own, ..stat });
                    return;
                }
                Err(errno) => return self.misses_one(errno),
            }
            // The kernel gives a process a new parent before the old parent's PID is free. This process still has the same
            // parent, so the parent exists and is hidden.
            if absent == stat.parent {
                return self.misses(Unseen::Hidden);
            }
            match self.processes.look(stat.parent) {
                Ok(parent) => {
                    if !self.put(stat.parent, parent) {
                        return self.misses(Unseen::Errno(ENOMEM));
                    }
                    // Next: the parent's own parent.
                    pid = stat.parent;
                }
                Err(ESRCH) => absent = stat.parent,
                Err(errno) => return self.misses_one(errno),
            }
        }
        // The processes change faster than they can be looked at.
        self.misses(Unseen::Errno(EAGAIN));
    }

    /// Follows the parents of a process up to the init, or to a process that is known to descend from the init or not to. Then
    /// goes back down the same path: if the processes on the path descend from the init, each of them gets the signal. No process
    /// is on two paths.
    fn follow(&mut self, at: u32) {
        let (mut top, mut last) = (at, NOWHERE);
        let descends = loop {
            let Some(process) = self.table.get_mut(top as usize) else { break false };
            match process.mark {
                Mark::New => {}
                Mark::Lost | Mark::Descendant => break true,
                // OnPath: the path has met itself. Reused PIDs have made a circle.
                Mark::Stranger | Mark::OnPath => break false,
            }
            process.mark = Mark::OnPath;
            process.below = last;
            last = top;
            let stat = process.stat;
            if stat.parent == self.own {
                break true;
            }
            match self.parent(&stat) {
                Some(parent) => top = parent as u32,
                // If the table had no room for the parent, each process on the path is checked by itself.
                None => break self.full,
            }
        };
        while let Some(&Process { stat, pid, below, .. }) = self.at(last as usize) {
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

    /// Signals a process, if it is still the same process as `seen` and descends from the init. Returns whether both hold.
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
        // A process that was in the group before and after the group was signalled has got the signal already. One that came into
        // the group between that signal and the first look at it, for want of room, or that left and came back, can be missed.
        let has_it = now.group != 0 && self.group == Some(now.group) && seen.group == now.group;
        // An orphan's new parent is one of its ancestors. The ancestors are older and were looked at before, so the parent's PID
        // was not reused.
        let descends = now.parent == self.own
            || self.find(now.parent).is_some_and(|parent| parent.mark == Mark::Descendant)
            || (!has_it && self.climb(pid, now));
        if descends && !has_it {
            self.processes.send(&pin, self.signal);
        }
        descends
    }

    /// Whether a process descends from the init, without the table: looks at each ancestor, and then whether that ancestor still
    /// is the parent of the process below.
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
                // A process on the way has ended or has a new parent: start again from the first process.
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

    /// Scripted processes. Each look at a process gives its next answer; the last answer is repeated.
    #[derive(Default)]
    struct Said {
        said: BTreeMap<u32, Vec<Result<Stat, i32>>>,
        /// Processes that can be looked at, but that the list leaves out.
        unlisted: Vec<u32>,
        listed: Option<u32>,
        looks: usize,
        /// The PIDs that got the signal; 0 is the group.
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

        /// Which PIDs got the signal, and why the group did.
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
            assert!(said.looks < 10_000_000, "it never ends");
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
        // The PIDs have wrapped around: 2 and 3 are younger than 31.
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
            // Process 30 has a new parent, another descendant.
            (child(30, 20), &[20, 25, 30, 35]),
            // PID 30 was reused, by a stranger or by a child of another descendant; in the second case 35 is found through it.
            (stranger(99), &[20, 25]),
            (child(99, 20), &[20, 25, 35]),
            // Process 30 is the same, and no longer a descendant.
            (stranger(30), &[20, 25]),
            (child(30, 5), &[20, 25]),
            (child(30, 0), &[20, 25]),
        ] {
            let mut said = Said::new();
            said.is(5, 1, 5, 5).is(20, OWN, 20, 20).is(25, 20, 20, 25).is(30, 25, 20, 30).says(30, again).is(35, 30, 20, 35);
            assert_eq!(said.walk(99), (got.to_vec(), None), "{again:?}");
        }
        // Process 30 has ended, and its child 35 is the init's child now.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(30, 20, 20, 30).says(30, Err(ESRCH)).is(35, 30, 20, 35).is(35, OWN, 20, 35);
        assert_eq!(said.walk(99), (vec![20, 35], None));
    }

    #[test]
    fn a_parent_that_was_not_listed_has_ended_or_begun_or_is_hidden() {
        // The parent has ended: 35 has a new parent.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(35, 30, 20, 35).is(35, 20, 20, 35);
        assert_eq!(said.walk(99), (vec![20, 35], None));
        // The parent has begun since: it is added to the table, and so is its own parent.
        let mut said = Said::new();
        said.is(20, OWN, 20, 20).is(3, 4, 20, 33).is(4, 20, 20, 30).is(35, 3, 20, 35).unlisted = vec![3, 4];
        assert_eq!(said.walk(99), (vec![20, 4, 3, 35], None));
        // The parent is hidden: the group gets the signal first, then each process that is not in the group.
        for errno in [ESRCH, EPERM, EACCES] {
            let mut said = Said::new();
            said.is(20, OWN, 20, 20).is(22, 20, 22, 22).is(35, 30, 35, 35).says(30, Err(errno)).unlisted = vec![30];
            assert_eq!(said.walk(99), (vec![0, 22], Some(Unseen::Hidden)));
        }
        // The init's own parent is hidden: this counts too.
        let mut said = Said::default();
        said.is(OWN, 7, OWN, 10).is(20, OWN, 20, 20).is(22, 20, 22, 22);
        assert_eq!(said.walk(99), (vec![0, 22], Some(Unseen::Hidden)));
    }

    #[test]
    fn who_ends_after_its_own_parent_hides_nobody() {
        // Process 30 was listed, then its parent 31 ended, which was not listed then, and then 30 itself. Its child 12 is the init's.
        let reused = |parent| Ok(Stat { start: 99, parent, group: 20 });
        // Also if PID 30 was reused meanwhile, by a stranger, a child of the init or a child of another descendant.
        for again in [Err(ESRCH), reused(1), reused(OWN), reused(20)] {
            let mut said = Said::new();
            said.is(12, 30, 20, 40).is(12, OWN, 20, 40).is(20, OWN, 20, 20).is(30, 31, 20, 30).says(30, again);
            // The same of a stranger.
            said.is(13, 32, 1, 40).is(13, 1, 1, 40).is(32, 33, 1, 32).says(32, again);
            assert_eq!(said.walk(99), (vec![12, 20], None), "{again:?}");
        }
    }

    #[test]
    fn an_older_child_is_nobodys() {
        // The parent of 30, process 25, has ended. PID 25 was reused by a stranger's child, and 30 has a new parent.
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
        // Process 22 cannot be looked at the second time. A group member that was signalled before gets the signal twice.
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
    fn who_comes_into_the_group_after_its_signal_gets_it() {
        let mut said = Said::new();
        // There is no room for process 30. Then 12, whose parent was not listed, has a new parent and is in the group.
        said.is(12, 11, 12, 12).is(12, OWN, GROUP, 12).is(20, OWN, GROUP, 20).is(30, 20, GROUP, 30);
        assert_eq!(said.walk(4), (vec![0, 12], Some(Unseen::Errno(ENOMEM))));
    }

    #[test]
    fn without_room_a_parent_is_looked_at_twice() {
        let mut said = Said::new();
        // Process 25 is a stranger, and 30 its child. 25 ends while 30 is looked at, and a child of the init reuses PID 25.
        for _ in 0..3 {
            said.is(25, 1, 25, 25);
        }
        said.is(25, OWN, 25, 40);
        said.is(30, 25, 30, 30).is(30, 25, 30, 30).is(30, 1, 30, 30);
        assert_eq!(said.walk(0).0, [0]);
    }

    #[test]
    fn who_has_a_new_parent_at_last_is_looked_at_without_the_table() {
        let moved = || {
            let mut said = Said::new();
            said.is(20, OWN, 20, 20).is(30, 20, 30, 30).is(30, 25, 30, 30).unlisted = vec![25];
            said
        };
        // The new parent is hidden.
        for (errno, why) in [(ESRCH, Unseen::Hidden), (EPERM, Unseen::Hidden), (24, Unseen::Errno(24))] {
            assert_eq!(moved().says(25, Err(errno)).walk(99), (vec![20, 0], Some(why)));
        }
        // The new parent has ended, and there is a newer one.
        assert_eq!(moved().is(30, OWN, 30, 30).walk(99), (vec![20, 30], None));
        // So has the process, and its PID was reused.
        assert_eq!(moved().is(30, OWN, 30, 99).walk(99), (vec![20], None));
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
            // Without a table the cost is bounded, too.
            (said.listed, said.looks, said.why) = (None, 0, None);
            said.walk(0);
            assert!(said.looks <= COUNT as usize * (3 + 2 * STEPS), "{}", said.looks);
        }
    }
}
