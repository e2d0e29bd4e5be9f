//! The terminal's foreground process group, and job control: tcsetpgrp(3), credentials(7). `job_control.rs` decides what to do
//! about a stop.
//!
//! The init blocks every signal. TTOU is one of them, so the init can hand the terminal over from the background.

use super::group;
use super::init::{Init, Sweep};
use super::job_control::{self, Foreground, Reaction};
use super::restart;
use super::verbose::not_sent;
use crate::errno::ESRCH;
use crate::kernel::{Kernel, Result, Terminal};
use crate::rooms;
use crate::route::{PASSED_ON, for_job, terminal_stop};
use crate::signals::{CONT, HUP, INT, QUIT, Received, STOP, TERM, TSTP, TTIN, TTOU};
use crate::status::End;

/// How long the init waits, in nanoseconds, so that the shell sees that the job was continued before the init ends.
const A_MOMENT: u64 = 10_000_000;

/// Gives up the controlling terminal, so that another session can have it. Returns the signals that this causes, a bit for each:
/// HUP and CONT if the init leads the session whose terminal it was, ioctl_tty(2).
pub fn give_up<K: Kernel>(kernel: &mut K) -> u64 {
    if kernel.drop_terminal() { 1 << HUP | 1 << CONT } else { 0 }
}

/// Which process group has the terminal. `group` is the group of a process that stopped; `wants` is whether it stopped because it
/// needs the terminal (TTIN, TTOU).
fn foreground<K: Kernel>(kernel: &mut K, terminal: &K::Terminal, own: i32, group: i32, handed: bool, wants: bool) -> Foreground {
    let there = terminal.foreground();
    Foreground::of(there, own, group, || match there {
        Some(0) => own == 0 && !terminal.in_background(),
        Some(there) => (handed && kernel.is_empty(there)) || (wants && kernel.is_of_mate(there)),
        None => false,
    })
}

/// Whether a shell could see that the init stops, and continue it. `own` is the init's process group. PID 1 does not stop. Group
/// 1 and the groups of an outer PID namespace cannot be signalled.
fn has_shell<K: Kernel>(kernel: &K, own: i32) -> bool {
    own > 1 && kernel.pid() != 1
}

/// Whether this process group has the terminal.
fn has_terminal<K: Kernel>(kernel: &mut K, group: i32) -> bool {
    kernel.terminal().is_some_and(|terminal| terminal.foreground() == Some(group))
}

/// Hands the terminal over to `group`, if the init can do so. Returns whether `group` has the terminal now.
fn hand_over<K: Kernel>(init: &mut Init<K>, group: i32, wants: bool) -> bool {
    let Some(terminal) = init.kernel.terminal() else { return false };
    let own = init.kernel.group_of(0);
    match foreground(&mut init.kernel, &terminal, own, group, init.handed, wants) {
        Foreground::Stopped => true,
        Foreground::Init if terminal.set_foreground(group) => {
            init.handed = true;
            true
        }
        _ => false,
    }
}

/// A child was stopped by `signal`. If a shell has to see this, the init stops too, and returns when the shell continues it.
#[inline(never)]
pub fn stopped<K: Kernel>(init: &mut Init<K>, child: i32, signal: u8) {
    if !rooms::JOB_CONTROL {
        return;
    }
    // A traced child that could not be detached stops by any signal. Sent to the init's own group, that one would end it.
    if signal != STOP && !terminal_stop(signal) {
        return;
    }
    let runs = init.status.is_none();
    let group = init.kernel.group_of(child);
    // In the program's group only the program's own stop counts while it runs; after its end, the stop of any member counts.
    let program = if runs { child == init.program } else { group == init.program };
    if init.options.sends_stops() || (runs && !program && group == init.program) {
        return;
    }
    let Some(terminal) = init.kernel.terminal() else { return };
    let own = init.kernel.group_of(0);
    let wants = matches!(signal, TTIN | TTOU);
    let foreground = foreground(&mut init.kernel, &terminal, own, group, init.handed, wants);
    // During a sweep the init stops only if the stopped group has the terminal.
    let shell = has_shell(&init.kernel, own) && (init.sweep == Sweep::No || foreground == Foreground::Stopped);
    let goes_on = match job_control::stopped(signal, foreground, shell, program) {
        Reaction::Leave => false,
        Reaction::Continue => true,
        // A process that needs the terminal and does not get it would stop again at once.
        Reaction::HandOver => hand_over(init, group, wants) || signal == TSTP,
        Reaction::Suspend(by) => {
            if foreground == Foreground::Stopped && terminal.set_foreground(own) {
                init.handed = false;
            }
            drop(terminal);
            let continued = suspend(&mut init.kernel, -own, by);
            hand_over(init, group, wants) || continued || by == TSTP
        }
    };
    init.stuck = program && !goes_on && wants && foreground != Foreground::Nobody;
    if goes_on || (init.stuck && core::mem::take(&mut init.urged)) {
        // Group 1 and a group of an outer PID namespace (0) cannot be signalled: then only the child gets CONT.
        let sent = init.kernel.send(if group > 1 { -group } else { child }, CONT);
        report_cont(init, sent);
    }
}

/// Continues the program's group.
fn continue_group<K: Kernel>(init: &mut Init<K>) {
    let sent = group::send(init, CONT);
    report_cont(init, sent);
}

/// Says so if somebody who is there could not be sent CONT.
#[inline(never)]
fn report_cont<K: Kernel>(init: &mut Init<K>, sent: Result<()>) {
    if let Err(errno) = sent
        && errno != ESRCH
    {
        not_sent(init, CONT, errno);
    }
}

/// A signal was sent to the program. If the program is stopped because it needs the terminal, and no shell will continue it, it
/// must be continued to act on a request to end. It is continued once for each request, because it may stop again.
pub fn wake<K: Kernel>(init: &mut Init<K>, signal: u8) {
    if !rooms::JOB_CONTROL {
        return;
    }
    if !matches!(signal, TERM | INT | QUIT | HUP) {
        return;
    }
    if core::mem::take(&mut init.stuck) {
        continue_group(init);
    } else {
        init.urged = true;
    }
}

/// Stops `who`: the init (its PID) or its whole process group (negative). Returns when the init is continued, and whether it was.
/// In an orphaned process group TSTP, TTIN and TTOU stop no process, setpgid(2): then the result is false.
fn suspend<K: Kernel>(kernel: &mut K, who: i32, signal: u8) -> bool {
    // A shell may have continued the job already, because it saw another process of the job stop.
    if kernel.take(CONT) {
        return true;
    }
    kernel.stop(who, signal);
    kernel.take(CONT)
}

/// The terminal driver stops the init's process group: first the program stops, then the init.
pub fn suspended<K: Kernel>(init: &mut Init<K>, signal: u8) {
    if !rooms::JOB_CONTROL {
        return;
    }
    let own = init.kernel.group_of(0);
    if !has_shell(&init.kernel, own) {
        return;
    }
    if signal != TSTP
        && let Some(terminal) = init.kernel.terminal()
        && let Some(group) = terminal.foreground()
        // The terminal may have come back already.
        && (group == own || (init.handed && group == init.program && terminal.set_foreground(own)))
    {
        // Another process of the pipeline needs the terminal, as in `init seq 1000 | less`. They take turns.
        init.handed = false;
        return go_on(&mut init.kernel, own);
    }
    // If the program runs, CHLD tells when it has stopped, and then the init stops. Nothing tells so of processes that it left
    // behind.
    let _ = group::send(init, signal);
    if init.program == 0 || init.status.is_some() {
        let pid = init.kernel.pid();
        suspend(&mut init.kernel, pid, signal);
        continue_group(init);
    }
}

/// Continues the init's process group, which the program is not in.
///
/// In `init seq 200 | less` the shell may have seen that `less` stopped. If it sees the init's end before it sees that `less` was
/// continued, it believes that the whole job has stopped, and bash takes the terminal. So the init waits a moment before it ends.
fn go_on<K: Kernel>(kernel: &mut K, own: i32) {
    let _ = kernel.send(-own, CONT);
    kernel.take(CONT);
    kernel.sleep(A_MOMENT);
}

/// The init was continued: a shell may have given it the terminal.
pub fn continued<K: Kernel>(init: &mut Init<K>) {
    if !rooms::JOB_CONTROL {
        return;
    }
    if init.program != 0 && init.status.is_none() && !init.options.sends_stops() {
        // The whole group of the program may have stopped because it needed the terminal.
        if hand_over(init, init.program, false) && core::mem::take(&mut init.stuck) {
            continue_group(init);
        }
    }
}

/// Whether a signal is for the program's whole process group, because the terminal sent it to the init's whole group.
pub fn is_for_job<K>(init: &Init<K>, received: &Received) -> bool {
    rooms::JOB_CONTROL && !init.options.sends_stops() && for_job(received.signal(), received.code)
}

/// The program has ended: takes the terminal back, and tells the other inits of the job of a key. The program is not started again
/// after a key that was meant to end the job.
pub fn leave_program<K: Kernel>(init: &mut Init<K>, end: End) {
    if !rooms::JOB_CONTROL {
        if rooms::RESTART {
            leave(init);
        }
        return;
    }
    let own = init.kernel.group_of(0);
    let interrupted = match end {
        End::Killed(signal)
            if init.handed
                && job_control::interrupts(
                    signal,
                    has_shell(&init.kernel, own) || restart::is_possible(init),
                    init.sent >> (signal & 63) & 1 != 0,
                )
                && has_terminal(&mut init.kernel, init.program) =>
        {
            signal
        }
        _ => 0,
    };
    // Other processes of the program's group may be left. They get the terminal again when they need it. If they kept it, nothing
    // would tell the init when the last of them leaves the group.
    take_back(init, true);
    if interrupted != 0 {
        restart::no_more(init);
        if !rooms::RESTART || has_shell(&init.kernel, own) {
            // Only the other inits of the job are told, not all of the init's group: the program may have sent the signal to itself.
            let key = Received { signo: interrupted.into(), code: PASSED_ON, pid: init.kernel.pid(), ..Received::NONE };
            init.kernel.tell_mates(&key);
        }
    }
}

/// A process has ended: the init takes the terminal back from a process group that is empty now. While the program runs, the
/// terminal is the program's affair.
pub fn look_back<K: Kernel>(init: &mut Init<K>) {
    if !rooms::JOB_CONTROL {
        return;
    }
    if init.status.is_some() {
        take_back(init, false);
    }
}

/// Takes the terminal back from a process group that is empty; with `all`, from the program's group even if it is not empty.
fn take_back<K: Kernel>(init: &mut Init<K>, all: bool) {
    let own = init.kernel.group_of(0);
    if init.handed
        && let Some(terminal) = init.kernel.terminal()
        && let Some(group) = terminal.foreground()
        && (group == own || (((all && group == init.program) || init.kernel.is_empty(group)) && terminal.set_foreground(own)))
    {
        init.handed = false;
        mend(&mut init.kernel, own);
    }
}

/// The init's group has the terminal again. If another process of the pipeline has stopped because it needed the terminal,
/// continues it. The init looks for that TTIN or TTOU itself, because it might end before it reads its queue.
fn mend<K: Kernel>(kernel: &mut K, own: i32) {
    if has_shell(kernel, own) && (kernel.take(TTIN) | kernel.take(TTOU)) {
        go_on(kernel, own);
    }
}

/// The init ends: no process of the pipeline may stay stopped because it needed the terminal. A process that was about to stop
/// when the terminal came back has stopped by now.
pub fn leave<K: Kernel>(init: &mut Init<K>) {
    if !rooms::JOB_CONTROL {
        if init.handed {
            restore(&mut init.kernel);
        }
        return;
    }
    take_back(init, true);
    let own = init.kernel.group_of(0);
    if has_shell(&init.kernel, own) && has_terminal(&mut init.kernel, own) {
        mend(&mut init.kernel, own);
    }
}

/// The program did not start: takes the terminal back from its group.
pub fn restore<K: Kernel>(kernel: &mut K) {
    if let Some(terminal) = kernel.terminal() {
        let own = kernel.group_of(0);
        terminal.set_foreground(own);
    }
}

#[cfg(all(test, feature = "full"))]
mod tests {
    extern crate std;

    use core::cell::RefCell;
    use core::ffi::CStr;
    use std::boxed::Box;
    use std::collections::BTreeMap;
    use std::rc::Rc;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::attempt::Attempt;
    use crate::kernel::{Child, Result, Which};
    use crate::options::Options;
    use crate::options::boot::Shutdown;
    use crate::options::command_line::Arguments;
    use crate::say::{Say, Text};
    use crate::signals::Batch;
    use crate::signals::USR1;
    use crate::walk;

    const OWN: i32 = 7;
    const PROGRAM: i32 = 8;
    const SHELL: i32 = 3;

    /// What the init does that others notice.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Act {
        Sends(i32, u8),
        HandsOverTo(i32),
        Stops(i32, u8),
        Sleeps(u64),
        Tells(Received),
    }

    use Act::*;

    /// A job on a terminal: the init is process 7 and leads its group, the program is process 8.
    struct Job {
        pid: i32,
        groups: BTreeMap<i32, i32>,
        /// `None` if there is no terminal.
        foreground: Option<i32>,
        in_background: bool,
        /// Groups without a process.
        empty: Vec<i32>,
        mates: Vec<i32>,
        /// Signals that pend for the init.
        pending: Vec<u8>,
        /// Who has the terminal when the init goes on after a stop, and what pends then.
        after_stop: (i32, Vec<u8>),
        acts: Vec<Act>,
    }

    #[derive(Clone)]
    struct Shared(Rc<RefCell<Job>>);

    impl Terminal for Shared {
        fn foreground(&self) -> Option<i32> {
            self.0.borrow().foreground
        }

        fn set_foreground(&self, group: i32) -> bool {
            let job = &mut *self.0.borrow_mut();
            job.foreground = Some(group);
            job.acts.push(HandsOverTo(group));
            true
        }

        fn in_background(&self) -> bool {
            self.0.borrow().in_background
        }
    }

    impl Say for Shared {
        fn speak(&mut self, _: u8) {}
        fn say(&mut self, _: Text, _: &[u8], _: i32) {}
        fn say_two(&mut self, _: Text, _: &[u8], _: &[u8], _: i32) {}
        fn answer(&mut self, _: Text) {}
    }

    /// The calls that job control does not make.
    macro_rules! never {
        ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
            $(fn $name(&mut self, $(_: $argument),*) $(-> $result)? { unreachable!() })*
        };
    }

    impl Arguments for Shared {
        fn count(&self) -> usize {
            unreachable!()
        }

        fn argument(&self, _: usize) -> &'static [u8] {
            unreachable!()
        }

        fn variable(&self, _: &[u8]) -> Option<&'static [u8]> {
            unreachable!()
        }

        never! { bring_forward(usize, usize); has_gained() -> bool; }
    }

    impl walk::Processes for Shared {
        type Pin = ();
        type Table = Vec<walk::Process>;

        never! {
            next() -> core::result::Result<Option<u32>, i32>;
            rewind() -> core::result::Result<(), i32>;
            table(usize) -> Vec<walk::Process>;
            look(u32) -> core::result::Result<crate::proc::Stat, i32>;
            pin(u32) -> Option<()>;
            send(&(), u8);
        }
    }

    impl Kernel for Shared {
        type Terminal = Self;
        type Processes = Self;
        type Path = Vec<u8>;

        fn pid(&self) -> i32 {
            self.0.borrow().pid
        }

        fn group_of(&mut self, pid: i32) -> i32 {
            let job = self.0.borrow();
            job.groups[&if pid == 0 { job.pid } else { pid }]
        }

        fn terminal(&mut self) -> Option<Self> {
            self.0.borrow().foreground.map(|_| self.clone())
        }

        fn is_empty(&mut self, group: i32) -> bool {
            self.0.borrow().empty.contains(&group)
        }

        fn is_of_mate(&mut self, group: i32) -> bool {
            self.0.borrow().mates.contains(&group)
        }

        fn take(&mut self, signal: u8) -> bool {
            let pending = &mut self.0.borrow_mut().pending;
            let before = pending.len();
            pending.retain(|other| *other != signal);
            pending.len() < before
        }

        fn stop(&mut self, to: i32, signal: u8) {
            let job = &mut *self.0.borrow_mut();
            job.acts.push(Stops(to, signal));
            job.foreground = Some(job.after_stop.0);
            job.pending.append(&mut job.after_stop.1);
        }

        fn send(&mut self, to: i32, signal: u8) -> Result<()> {
            self.0.borrow_mut().acts.push(Sends(to, signal));
            Ok(())
        }

        fn sleep(&mut self, time: u64) {
            self.0.borrow_mut().acts.push(Sleeps(time));
        }

        fn tell_mates(&mut self, key: &Received) {
            self.0.borrow_mut().acts.push(Tells(*key));
        }

        fn ended_child(&mut self, _: Which, _: bool) -> Result<Option<i32>> {
            Ok(None)
        }

        never! {
            parent() -> i32;
            block() -> Result<()>;
            listen() -> Result<()>;
            die_with_parent(u8) -> Result<()>;
            become_subreaper();
            is_subreaper() -> bool;
            launch(&Options<'static>, usize, &mut Attempt<Vec<u8>>) -> Result<()>;
            let_go();
            settle();
            now() -> u64;
            wait(Option<u64>) -> Option<bool>;
            read(&mut Batch) -> Result<usize>;
            next_child(&mut Child) -> Result<()>;
            trace_stop(i32) -> (i32, i32);
            detach(i32, u8) -> bool;
            queue(&Received, i32, u8) -> Result<()>;
            processes() -> Result<Self>;
            anybody() -> bool;
            drop_terminal() -> bool;
            oom_kills() -> u32;
            own_machine() -> Result<()>;
            mount(&CStr, &CStr, &CStr) -> Result<()>;
            open_console();
            sync();
            mount_point(u32, &mut Vec<u8>) -> bool;
            remount_read_only(&[u8]) -> Result<()>;
            shut_down(Shutdown);
        }
    }

    /// The program runs and has the terminal, under a shell that brings the job back to the foreground when it has stopped.
    fn job() -> Init<'static, Shared> {
        let job = Job {
            pid: OWN,
            groups: [(OWN, OWN), (PROGRAM, PROGRAM)].into(),
            foreground: Some(PROGRAM),
            in_background: false,
            empty: vec![],
            mates: vec![],
            pending: vec![],
            after_stop: (OWN, vec![CONT]),
            acts: vec![],
        };
        let mut init = Init::new(Shared(Rc::new(RefCell::new(job))), const { &Options::defaults() }, 0);
        (init.program, init.handed) = (PROGRAM, true);
        init
    }

    /// The options under the name dumb-init.
    fn as_dumb_init() -> &'static Options<'static> {
        let mut options = Options::defaults();
        options.apply(crate::options::names::preset(b"dumb-init"));
        Box::leak(Box::new(options))
    }

    /// Changes the job, does something, and returns what others have noticed.
    fn acts(init: &mut Init<Shared>, change: impl FnOnce(&mut Job), does: impl FnOnce(&mut Init<Shared>)) -> Vec<Act> {
        change(&mut init.kernel.0.borrow_mut());
        does(init);
        core::mem::take(&mut init.kernel.0.borrow_mut().acts)
    }

    #[test]
    fn ctrl_z_stops_the_whole_job_until_fg() {
        let mut init = job();
        let stopped = acts(&mut init, |_| (), |init| stopped(init, PROGRAM, TSTP));
        assert_eq!(stopped, [HandsOverTo(OWN), Stops(-OWN, TSTP), HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)]);
        assert!(init.handed && !init.stuck);
    }

    #[test]
    fn who_stops_for_the_terminal_goes_on_when_the_job_was_continued() {
        for signal in [TTIN, TTOU] {
            // `bg`: the job was continued, in the background.
            let mut init = job();
            let stops = |init: &mut Init<Shared>| stopped(init, PROGRAM, signal);
            let background = |job: &mut Job| (job.foreground, job.after_stop) = (Some(SHELL), (SHELL, vec![CONT]));
            init.handed = false;
            assert_eq!(acts(&mut init, background, stops), [Stops(-OWN, signal), Sends(-PROGRAM, CONT)]);
            assert!(!init.stuck);
            // The shell had continued it before it could stop.
            let mut init = job();
            let continued = |job: &mut Job| (job.foreground, job.pending) = (Some(SHELL), vec![CONT]);
            assert_eq!(acts(&mut init, continued, stops), [Sends(-PROGRAM, CONT)]);
            // In an orphaned group no process stops, and nobody continues it: the program stays as it is.
            let mut init = job();
            let orphaned = |job: &mut Job| (job.foreground, job.after_stop) = (Some(SHELL), (SHELL, vec![]));
            assert_eq!(acts(&mut init, orphaned, stops), [Stops(-OWN, signal)]);
            assert!(init.stuck);
            // It is continued to act on a request to end: once for each, also one that came before.
            assert_eq!(acts(&mut init, |_| (), |init| wake(init, USR1)), []);
            assert_eq!(acts(&mut init, |_| (), |init| wake(init, TERM)), [Sends(-PROGRAM, CONT)]);
            assert_eq!(acts(&mut init, |_| (), |init| wake(init, TERM)), []);
            assert_eq!(acts(&mut init, |_| (), stops), [Stops(-OWN, signal), Sends(-PROGRAM, CONT)]);
            assert!(init.stuck && !init.urged);
        }
        // TSTP is no such stop: the program goes on.
        let mut init = job();
        let orphaned = |job: &mut Job| (job.foreground, job.after_stop) = (Some(SHELL), (SHELL, vec![]));
        assert_eq!(acts(&mut init, orphaned, |init| stopped(init, PROGRAM, TSTP)), [Stops(-OWN, TSTP), Sends(-PROGRAM, CONT)]);
    }

    #[test]
    fn without_a_shell_nothing_stops() {
        // As PID 1; and in group 1, which cannot be signalled.
        for (pid, group) in [(1, 2), (OWN, 1)] {
            let alone = |job: &mut Job| {
                (job.pid, job.foreground) = (pid, Some(group));
                job.groups.insert(pid, group);
            };
            let mut init = job();
            init.handed = false;
            assert_eq!(acts(&mut init, alone, |init| stopped(init, PROGRAM, TSTP)), [HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)]);
            assert_eq!(acts(&mut init, |_| (), |init| suspended(init, TSTP)), []);
            assert_eq!(acts(&mut init, |job| job.foreground = Some(SHELL), |init| stopped(init, PROGRAM, TTIN)), []);
            assert!(init.stuck);
        }
        // Without a terminal either, but then nothing is known of a program that is stuck.
        let mut init = job();
        assert_eq!(acts(&mut init, |job| job.foreground = None, |init| stopped(init, PROGRAM, TTIN)), []);
        assert!(!init.stuck);
    }

    #[test]
    fn a_group_that_cannot_be_signalled_is_its_process_alone() {
        for group in [0, 1] {
            let mut init = job();
            let change = |job: &mut Job| {
                job.groups.insert(PROGRAM, group);
                job.foreground = Some(OWN);
            };
            assert_eq!(acts(&mut init, change, |init| stopped(init, PROGRAM, TTIN)), [HandsOverTo(group), Sends(PROGRAM, CONT)]);
        }
    }

    #[test]
    fn whose_terminal_it_takes() {
        let reads = |change: fn(&mut Job), handed: bool| {
            let mut init = job();
            init.handed = handed;
            let acts = acts(&mut init, |job| job.after_stop = (SHELL, vec![]), |_| ());
            assert_eq!(acts, []);
            self::acts(&mut init, change, |init| stopped(init, PROGRAM, TTIN))
        };
        let takes = [HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)];
        // A group that the program gave it to, and that is empty now; another's that is empty is not the init's affair.
        let empty = |job: &mut Job| (job.foreground, job.empty) = (Some(20), vec![20]);
        assert_eq!(reads(empty, true), takes);
        assert_eq!(reads(empty, false), [Stops(-OWN, TTIN)]);
        assert_eq!(reads(|job| job.foreground = Some(20), true), [Stops(-OWN, TTIN)]);
        // That of another init of the same pipeline, for a process that needs the terminal.
        let mate = |job: &mut Job| (job.foreground, job.mates) = (Some(20), vec![20]);
        assert_eq!(reads(mate, false), takes);
        let mut init = job();
        assert_eq!(
            acts(&mut init, mate, |init| stopped(init, PROGRAM, TSTP)),
            [Stops(-OWN, TSTP), HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)]
        );
        // The program has it already: nothing but CONT is needed.
        let mut init = job();
        init.stuck = true;
        assert_eq!(acts(&mut init, |_| (), continued), [Sends(-PROGRAM, CONT)]);
        assert!(!init.stuck);
        // Groups of an outer PID namespace all read as 0.
        for (in_background, expected) in [(false, vec![HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)]), (true, vec![])] {
            let mut init = job();
            let outer = |job: &mut Job| {
                (job.foreground, job.in_background) = (Some(0), in_background);
                job.groups.insert(OWN, 0);
            };
            assert_eq!(acts(&mut init, outer, |init| stopped(init, PROGRAM, TTIN)), expected);
        }
    }

    #[test]
    fn whose_stop_counts() {
        const MATE: i32 = 9;
        const DAEMON: i32 = 10;
        let groups = |job: &mut Job| job.groups.extend([(MATE, PROGRAM), (DAEMON, DAEMON)]);
        for (program_runs, who, foreground, signal, counts) in [
            (true, PROGRAM, PROGRAM, TSTP, true),
            (true, PROGRAM, PROGRAM, USR1, false),
            (true, PROGRAM, PROGRAM, STOP, true),
            (true, PROGRAM, OWN, STOP, false),
            // Another of its group, while it runs: the program itself stops too, or does not want to.
            (true, MATE, PROGRAM, TSTP, false),
            (false, MATE, PROGRAM, TSTP, true),
            (true, DAEMON, DAEMON, TSTP, true),
            (true, DAEMON, PROGRAM, TSTP, false),
            (false, DAEMON, PROGRAM, TSTP, false),
        ] {
            let mut init = job();
            init.status = (!program_runs).then_some(0);
            let stopped = acts(
                &mut init,
                |job| {
                    groups(job);
                    job.foreground = Some(foreground);
                },
                |init| stopped(init, who, signal),
            );
            let stops = stopped.iter().any(|act| matches!(act, Stops(..)));
            assert_eq!(stops, counts, "{who} by {signal}, foreground {foreground}, runs {program_runs}: {stopped:?}");
            assert!(!init.stuck, "{who} by {signal}: nobody needs the terminal");
        }
        // During a sweep only that of a group that has the terminal.
        for (foreground, sweep, counts) in [(SHELL, Sweep::No, true), (SHELL, Sweep::Asked, false), (PROGRAM, Sweep::Asked, true)] {
            let mut init = job();
            (init.status, init.sweep) = (Some(0), sweep);
            let stopped = acts(&mut init, |job| job.foreground = Some(foreground), |init| stopped(init, PROGRAM, TTIN));
            assert_eq!(stopped.iter().any(|act| matches!(act, Stops(..))), counts, "{foreground} {sweep:?}");
        }
        // Who is no program is never stuck.
        let mut init = job();
        assert_eq!(acts(&mut init, groups, |init| stopped(init, DAEMON, TTIN)), []);
        assert!(!init.stuck);
    }

    #[test]
    fn the_terminal_stops_the_init_itself() {
        // Another process of the pipeline needs the terminal, which is the init's.
        let turn = [Sends(-OWN, CONT), Sleeps(A_MOMENT)];
        let reads = |change: fn(&mut Init<Shared>), foreground| {
            let mut init = job();
            change(&mut init);
            let acts = acts(&mut init, |job| job.foreground = Some(foreground), |init| suspended(init, TTIN));
            (acts, init.handed)
        };
        assert_eq!(reads(|_| (), OWN), (turn.to_vec(), false));
        assert_eq!(reads(|_| (), PROGRAM), ([HandsOverTo(OWN)].into_iter().chain(turn).collect(), false));
        // It was not the init that handed it over, or to another.
        assert_eq!(reads(|init| init.handed = false, PROGRAM), (vec![Sends(-PROGRAM, TTIN)], false));
        assert_eq!(reads(|_| (), SHELL), (vec![Sends(-PROGRAM, TTIN)], true));
        // The CONT is not the shell's.
        let mut init = job();
        acts(&mut init, |job| (job.foreground, job.pending) = (Some(OWN), vec![CONT]), |init| suspended(init, TTIN));
        assert_eq!(init.kernel.0.borrow().pending, []);
        // ^Z: the program stops first.
        let mut init = job();
        assert_eq!(acts(&mut init, |job| job.foreground = Some(OWN), |init| suspended(init, TSTP)), [Sends(-PROGRAM, TSTP)]);
        // What it left behind tells nobody.
        init.status = Some(0);
        let expected = [Sends(-PROGRAM, TSTP), Stops(OWN, TSTP), Sends(-PROGRAM, CONT)];
        assert_eq!(acts(&mut init, |_| (), |init| suspended(init, TSTP)), expected);
    }

    #[test]
    fn only_a_program_that_runs_is_given_the_terminal() {
        let continued = |change: fn(&mut Init<Shared>)| {
            let mut init = job();
            (init.handed, init.stuck) = (false, true);
            change(&mut init);
            acts(&mut init, |job| job.foreground = Some(OWN), continued)
        };
        assert_eq!(continued(|_| ()), [HandsOverTo(PROGRAM), Sends(-PROGRAM, CONT)]);
        assert_eq!(continued(|init| init.stuck = false), [HandsOverTo(PROGRAM)]);
        assert_eq!(continued(|init| init.status = Some(0)), []);
        assert_eq!(continued(|init| init.program = 0), []);
        #[cfg(feature = "names")]
        assert_eq!(continued(|init| init.options = as_dumb_init()), []);
    }

    #[test]
    fn the_other_inits_of_the_job_are_told_of_a_key() {
        let told = Received { signo: INT.into(), code: PASSED_ON, pid: OWN, ..Received::NONE };
        for (status, sent, handed, foreground, tells) in [
            (End::Killed(INT), 0, true, PROGRAM, true),
            (End::Killed(TERM), 0, true, PROGRAM, false),
            (End::Exited(INT), 0, true, PROGRAM, false),
            (End::Killed(INT), 1 << INT, true, PROGRAM, false),
            (End::Killed(INT), 0, false, PROGRAM, false),
            (End::Killed(INT), 0, true, SHELL, false),
        ] {
            let mut init = job();
            (init.sent, init.handed) = (sent, handed);
            let acts = acts(&mut init, |job| job.foreground = Some(foreground), |init| leave_program(init, status));
            assert_eq!(acts.contains(&Tells(told)), tells, "{status:?} {sent} {handed} {foreground}: {acts:?}");
            let back = handed && foreground == PROGRAM;
            assert_eq!(acts.contains(&HandsOverTo(OWN)), back);
            assert_eq!(init.handed, handed && !back);
        }
    }

    #[test]
    fn the_terminal_comes_back_from_a_group_that_is_empty() {
        for (runs, empty, back) in [(true, true, false), (false, true, true), (false, false, false)] {
            let mut init = job();
            init.status = (!runs).then_some(0);
            let acts = acts(&mut init, |job| job.empty = if empty { vec![PROGRAM] } else { vec![] }, look_back);
            assert_eq!((acts, init.handed), if back { (vec![HandsOverTo(OWN)], false) } else { (vec![], true) });
        }
        // It came back already.
        let mut init = job();
        init.status = Some(0);
        assert_eq!((acts(&mut init, |job| job.foreground = Some(OWN), look_back), init.handed), (vec![], false));
    }

    #[test]
    fn who_waits_for_the_terminal_goes_on_at_the_end() {
        for (pending, mends) in [(vec![TTIN], true), (vec![TTOU], true), (vec![TTIN, TTOU], true), (vec![TSTP], false), (vec![], false)] {
            let mut init = job();
            init.status = Some(0);
            let turn = if mends { vec![Sends(-OWN, CONT), Sleeps(A_MOMENT)] } else { vec![] };
            let back = [vec![HandsOverTo(OWN)], turn.clone()].concat();
            assert_eq!(acts(&mut init, |job| job.pending = pending.clone(), leave), back, "{pending:?}");
            // It has the terminal already.
            assert_eq!(acts(&mut init, |job| job.pending = pending.clone(), leave), turn);
            // Another has it.
            assert_eq!(acts(&mut init, |job| (job.foreground, job.pending) = (Some(SHELL), pending), leave), []);
        }
    }
}
