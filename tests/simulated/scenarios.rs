//! Scenarios that were written by hand. Each call in each of them is made to fail, too.

use scratch_init::attempt::Step;

use crate::scenario::{Deed, End, Event, Group, Machine, Name, Opt, Place, Proc, Process, Reaction, Scenario, Shell};
use crate::world::{SI_KERNEL, SI_QUEUE, TERM, TSTP};

const NOTHING: Scenario = Scenario::NOTHING;
const PLAIN: Process = Process::PLAIN;
const IGNORES: Process = Process {
    asked: Reaction::Ignores,
    deeds: Vec::new(),
    ends: None,
    how: End::Status(0),
    group: Group::Parents,
    foreign: false,
    hangs: false,
    reaps: true,
    slow: 0,
};

fn ends(time: u32, status: u8) -> Process {
    Process { ends: Some(time), how: End::Status(status), ..PLAIN }
}

/// A signal that kill(1) sends to the init.
fn kill(at: u32, signal: u8) -> (u32, Event) {
    (at, Event::Signal(signal, 0, 0))
}

/// A daemon: a process with a session of its own, whose parent goes on.
fn daemon(asked: Reaction) -> Process {
    Process { asked, group: Group::Session, ..PLAIN }
}

/// A process of another user that forks and ends: its child is the init's.
fn double_fork() -> Process {
    Process { foreign: true, deeds: vec![(0, Deed::Fork(Process { foreign: true, ..ends(5, 0) }))], ..ends(1, 0) }
}

/// All of them, each with a name, as PID 1 and not.
pub fn all() -> Vec<(&'static str, Scenario)> {
    let verbose = || vec![Opt::Verbose, Opt::Verbose];
    let mut all = vec![
        ("it ends at once", Scenario { program: ends(0, 3), ..NOTHING }),
        ("it is asked to end", Scenario { options: verbose(), events: vec![kill(100, 15)], ..NOTHING }),
        (
            "it does not want to end, and is killed when the grace period is over",
            Scenario {
                options: vec![Opt::Verbose, Opt::Grace(None, Some(500))],
                program: IGNORES,
                events: vec![kill(100, 15), kill(200, 2)],
                ..NOTHING
            },
        ),
        (
            "TERM is held back, and the second one ends that",
            Scenario {
                options: vec![Opt::Delay(15, Some(300)), Opt::Delay(1, Some(50))],
                events: vec![kill(10, 1), kill(100, 15), kill(200, 2)],
                ..NOTHING
            },
        ),
        (
            "signals are rewritten, dropped, queued, and sent on in their order",
            Scenario {
                options: vec![Opt::Rewrite(10, 12), Opt::Rewrite(1, 0), Opt::Verbose, Opt::Verbose],
                room: 1,
                program: Process { asked: Reaction::Ignores, slow: 3, ends: Some(500), ..PLAIN },
                events: vec![
                    kill(10, 10),
                    kill(10, 1),
                    (10, Event::Signal(34, SI_QUEUE, 5)),
                    (10, Event::Signal(34, SI_QUEUE, 6)),
                    (10, Event::Signal(15, SI_QUEUE, 7)),
                    (10, Event::Broken(13)),
                    (11, Event::Signal(2, SI_KERNEL, 0)),
                ],
                ..NOTHING
            },
        ),
        (
            "it takes no queued signals, and is asked to end",
            Scenario {
                options: vec![Opt::Grace(None, Some(500))],
                room: 1,
                program: Process { slow: 100_000, ..IGNORES },
                events: (0..9).map(|value| (10, Event::Signal(34, SI_QUEUE, value))).chain([kill(50, 15)]).collect(),
                ..NOTHING
            },
        ),
        (
            "a daemon that ignores TERM is left behind, and killed",
            Scenario {
                options: vec![Opt::Sweep(Some(300)), Opt::Warn],
                program: Process {
                    deeds: vec![(0, Deed::Fork(daemon(Reaction::Ignores))), (5, Deed::Fork(daemon(Reaction::Ends(50, 0))))],
                    ..ends(10, 0)
                },
                ..NOTHING
            },
        ),
        (
            "who may not be killed forks for ever",
            Scenario {
                options: vec![Opt::Sweep(Some(100))],
                program: Process {
                    deeds: vec![(
                        0,
                        Deed::Fork(Process {
                            foreign: true,
                            group: Group::Session,
                            deeds: (1..40).map(|second| (second * 1000, Deed::Fork(double_fork()))).collect(),
                            ..PLAIN
                        }),
                    )],
                    ..ends(10, 0)
                },
                ..NOTHING
            },
        ),
        (
            "who is left forks while it dies",
            Scenario {
                options: vec![Opt::Sweep(Some(100))],
                program: Process {
                    deeds: vec![(
                        0,
                        Deed::Fork(Process {
                            asked: Reaction::Forks(Box::new(Process { asked: Reaction::Forks(Box::new(IGNORES)), ..PLAIN })),
                            ..PLAIN
                        }),
                    )],
                    ..ends(10, 1)
                },
                ..NOTHING
            },
        ),
        (
            "it waits for a daemon, whose status counts",
            Scenario {
                options: vec![Opt::WaitAll, Opt::Exit(7, 2), Opt::Verbose],
                program: Process { deeds: vec![(0, Deed::Fork(Process { group: Group::Session, ..ends(300, 7) }))], ..ends(10, 0) },
                events: vec![kill(100, 1)],
                ..NOTHING
            },
        ),
        (
            "many end at a time",
            Scenario {
                last_pid: 120,
                options: vec![Opt::Sweep(Some(100))],
                program: Process { deeds: (0..100).map(|_| (0, Deed::Fork(ends(20, 0)))).collect(), ..ends(10, 0) },
                events: vec![kill(20, 10)],
                ..NOTHING
            },
        ),
        (
            "one hangs, and the init gives up",
            Scenario {
                options: vec![Opt::Sweep(Some(100))],
                program: Process { deeds: vec![(0, Deed::Fork(Process { hangs: true, ..PLAIN }))], ..ends(10, 0) },
                ..NOTHING
            },
        ),
        (
            "all get all signals",
            Scenario {
                options: vec![Opt::All, Opt::Grace(Some(34), Some(200))],
                program: Process { deeds: vec![(0, Deed::Fork(daemon(Reaction::Ignores)))], asked: Reaction::Ignores, ..PLAIN },
                events: vec![kill(50, 10), kill(100, 34)],
                ..NOTHING
            },
        ),
        (
            "the group gets them, and /proc is not there",
            Scenario {
                options: vec![Opt::Group, Opt::Grace(None, Some(100))],
                proc: Proc::Missing,
                program: Process { deeds: vec![(0, Deed::Fork(IGNORES))], asked: Reaction::Ignores, ..PLAIN },
                events: vec![kill(50, 15)],
                ..NOTHING
            },
        ),
        (
            "guests are there at the end",
            Scenario { events: vec![(5, Event::Guest(Process { asked: Reaction::IgnoresTerm, ..PLAIN })), kill(50, 15)], ..NOTHING },
        ),
        (
            "WINCH asks for the end if a process sent it",
            Scenario {
                options: vec![Opt::Grace(Some(28), Some(200))],
                program: IGNORES,
                events: vec![(10, Event::Signal(28, SI_KERNEL, 0)), kill(500, 28)],
                ..NOTHING
            },
        ),
        ("a pause", Scenario { options: vec![Opt::Pause], with_program: false, events: vec![kill(50, 1), kill(100, 15)], ..NOTHING }),
        ("a program that is not there", Scenario { fails: Some((Step::Execute, 2)), options: vec![Opt::Exit(127, 4)], ..NOTHING }),
        (
            "a program that asks to be traced",
            Scenario { program: Process { deeds: vec![(0, Deed::Traced(5)), (10, Deed::Traced(15))], ..PLAIN }, ..NOTHING },
        ),
        (
            "the parent dies",
            Scenario { options: vec![Opt::Pdeathsig(15)], events: vec![(50, Event::ParentEnds), kill(500, 15)], ..NOTHING },
        ),
        (
            "it is started again, and what it leaves in its group is killed before",
            Scenario {
                options: [verbose(), vec![Opt::Restart(Some(2), Some(500))]].concat(),
                program: Process { deeds: vec![(0, Deed::Fork(IGNORES)), (0, Deed::Fork(daemon(Reaction::Dies)))], ..ends(100, 3) },
                events: vec![kill(50, 1), kill(300, 1)],
                ..NOTHING
            },
        ),
        (
            "it is to be started again, and is asked to end",
            Scenario {
                options: vec![Opt::Restart(None, Some(1000)), Opt::Grace(None, Some(300)), Opt::Verbose],
                program: Process { deeds: vec![(0, Deed::Fork(daemon(Reaction::Ignores)))], ..ends(10, 1) },
                events: vec![kill(500, 15)],
                ..NOTHING
            },
        ),
        (
            "it would be started again, and the signal that asks for the end is held back",
            Scenario {
                options: vec![Opt::Restart(None, Some(0)), Opt::Delay(15, Some(300))],
                program: ends(200, 1),
                events: vec![kill(500, 15)],
                ..NOTHING
            },
        ),
        (
            "it cannot be started again",
            Scenario {
                options: vec![Opt::Restart(Some(3), Some(0)), Opt::Exit(127, 4), Opt::Exit(3, 5), Opt::Verbose],
                fails: Some((Step::Execute, 13)),
                fails_from: 2,
                program: ends(10, 3),
                ..NOTHING
            },
        ),
        (
            "it cannot be started again, and that is no failure",
            Scenario {
                options: vec![Opt::Restart(Some(3), Some(0)), Opt::Exit(126, 0)],
                fails: Some((Step::Execute, 13)),
                fails_from: 2,
                program: ends(10, 3),
                ..NOTHING
            },
        ),
        ("tini", Scenario { name: Name::Tini, options: vec![Opt::Group, Opt::Verbose], events: vec![kill(100, 15)], ..NOTHING }),
        (
            "dumb-init",
            Scenario {
                name: Name::DumbInit,
                options: vec![Opt::Rewrite(15, 3)],
                program: Process { deeds: vec![(0, Deed::Fork(PLAIN)), (20, Deed::Tell(20))], ..PLAIN },
                events: vec![kill(100, 15), (30, Event::Signal(18, 0, 0))],
                ..NOTHING
            },
        ),
    ];
    for at in 0..all.len() {
        let (name, mut scenario) = all[at].clone();
        scenario.place = Place::Child;
        all.push((name, scenario));
    }
    let job = Place::Job { foreground: true };
    let reads = Process { deeds: vec![(10, Deed::Read), (300, Deed::Stop(19))], ..ends(1000, 0) };
    let left = Process { deeds: vec![(0, Deed::Fork(Process { deeds: vec![(50, Deed::Read)], ..ends(200, 0) }))], ..ends(10, 0) };
    for place in [
        Place::FirstOnTerminal,
        Place::FirstOfOuter { foreground: true },
        job,
        Place::Job { foreground: false },
        Place::Script,
        Place::Orphaned { foreground: true },
        Place::Orphaned { foreground: false },
    ] {
        let there = Scenario { place, shell: Shell::Foreground(50), options: vec![Opt::Sweep(Some(400))], ..NOTHING };
        let keys = vec![(100, Event::Key(TSTP)), (400, Event::Key(2))];
        all.extend([
            ("^Z and ^C", Scenario { events: keys.clone(), ..there.clone() }),
            ("^Z, and bg", Scenario { shell: Shell::Background(50), program: reads.clone(), events: keys.clone(), ..there.clone() }),
            (
                "it reads without the terminal",
                Scenario { null: true, program: reads.clone(), events: vec![(400, Event::Key(3)), kill(700, TERM)], ..there.clone() },
            ),
            (
                "it asks to be traced on a terminal",
                Scenario {
                    program: Process { deeds: vec![(0, Deed::Traced(5)), (10, Deed::Traced(15))], ..ends(200, 0) },
                    ..there.clone()
                },
            ),
            ("fg", Scenario { events: vec![(50, Event::ToForeground), (100, Event::Key(TSTP)), kill(700, TERM)], ..there.clone() }),
            (
                "what is left runs, and ^Z",
                Scenario {
                    program: Process { deeds: vec![(0, Deed::Fork(ends(600, 0)))], ..ends(10, 0) },
                    options: vec![Opt::WaitAll],
                    events: vec![(100, Event::Key(TSTP))],
                    ..there.clone()
                },
            ),
            (
                "it is started again, and ^Z and ^C",
                Scenario {
                    program: Process {
                        deeds: vec![(0, Deed::Fork(Process { deeds: vec![(350, Deed::Read)], ..IGNORES }))],
                        ..ends(300, 1)
                    },
                    options: vec![Opt::Restart(None, Some(100)), Opt::Verbose],
                    events: vec![(200, Event::Key(TSTP)), (350, Event::Key(TSTP)), (700, Event::Key(2))],
                    ..there.clone()
                },
            ),
            ("what is left reads", Scenario { program: left.clone(), options: vec![Opt::WaitAll], ..there.clone() }),
            ("dumb-init on a terminal", Scenario { name: Name::DumbInit, options: vec![], events: keys, ..there.clone() }),
            ("it cannot be started", Scenario { fails: Some((Step::Execute, 13)), ..there }),
        ]);
    }
    for machine in [Machine::Poweroff, Machine::Respawn] {
        let boot = Scenario { options: vec![Opt::Boot(machine), Opt::Grace(Some(1), Some(100))], ..NOTHING };
        all.extend([
            ("a machine", Scenario { program: ends(100, 0), events: vec![kill(50, 1), kill(500, 1), kill(1500, 12)], ..boot.clone() }),
            ("a machine without its program", Scenario { fails: Some((Step::Execute, 2)), events: vec![kill(1500, 15)], ..boot }),
        ]);
    }
    all
}
