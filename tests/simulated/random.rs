//! A seed makes a scenario. proptest makes it, so that one that fails can be made smaller.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scratch_init::attempt::Step;

use crate::check::PASSED_ON;
use crate::scenario::*;
use crate::world::{SI_KERNEL, SI_QUEUE};

/// Times that meet each other often.
fn time() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![2 => Just(0u32), 3 => 0..30u32, 4 => prop::sample::select(&[100, 200, 300, 500, 1000, 1500, 2000][..]), 1 => 0..3000u32]
}

fn limit() -> impl Strategy<Value = Limit> + Clone {
    prop_oneof![8 => time().prop_map(Some), 1 => Just(None)]
}

fn number() -> impl Strategy<Value = u8> + Clone {
    prop_oneof![
        6 => prop::sample::select(&[1u8, 2, 3, 10, 12, 15, 15, 15][..]),
        2 => prop::sample::select(&[13u8, 18, 20, 21, 22, 25, 28][..]),
        2 => prop::sample::select(&[34u8, 35, 64][..]),
        1 => prop::sample::select(&[4u8, 5, 6, 7, 8, 11, 14, 16, 17, 23, 24, 26, 27, 29, 30, 31, 32, 33, 40][..]),
    ]
}

fn standard() -> impl Strategy<Value = u8> + Clone {
    number().prop_map(|number| if number > 31 { 15 } else { number })
}

fn end() -> impl Strategy<Value = End> + Clone {
    prop_oneof![
        3 => prop::sample::select(&[0u8, 0, 1, 3, 7, 143][..]).prop_map(End::Status),
        1 => prop::sample::select(&[2u8, 3, 9, 11, 15][..]).prop_map(End::Signal),
        1 => Just(End::Core(11)),
    ]
}

fn group() -> impl Strategy<Value = Group> + Clone {
    prop_oneof![3 => Just(Group::Parents), 1 => Just(Group::Own), 1 => Just(Group::Session)]
}

/// A process whose children are made by `child`.
fn process(child: BoxedStrategy<Process>) -> BoxedStrategy<Process> {
    let reaction = prop_oneof![
        6 => Just(Reaction::Dies),
        2 => Just(Reaction::Ignores),
        1 => Just(Reaction::IgnoresTerm),
        2 => (time(), 0..4u8).prop_map(|(time, status)| Reaction::Ends(time, status)),
        1 => child.clone().prop_map(|child| Reaction::Forks(Box::new(child))),
        1 => child.clone().prop_map(|child| Reaction::Starts(Box::new(child))),
    ];
    let deed = prop_oneof![
        5 => child.prop_map(Deed::Fork),
        2 => prop::sample::select(&[19u8, 20, 20, 21, 22][..]).prop_map(Deed::Stop),
        1 => Just(Deed::Read),
        1 => prop::sample::select(&[5u8, 15, 19, 20][..]).prop_map(Deed::Traced),
        1 => number().prop_map(Deed::Tell),
    ];
    let rare = |of: u32| prop_oneof![of => Just(false), 1 => Just(true)];
    let flags = (rare(30), rare(40), rare(5).prop_map(|not| !not), prop_oneof![6 => Just(0u32), 1 => Just(20u32)]);
    let ends = prop_oneof![3 => time().prop_map(Some), 1 => Just(None)];
    let deeds = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec((time(), deed), 1..4)];
    (ends, end(), reaction, group(), flags, deeds)
        .prop_map(|(ends, how, asked, group, (foreign, hangs, reaps, slow), deeds)| Process {
            ends,
            how,
            asked,
            group,
            foreign,
            hangs,
            reaps,
            slow,
            deeds,
        })
        .boxed()
}

fn own_option() -> impl Strategy<Value = Opt> + Clone {
    prop_oneof![
        2 => prop::sample::select(&[Opt::Child, Opt::Group, Opt::Group, Opt::All, Opt::All][..]),
        2 => (number(), prop_oneof![1 => Just(0u8), 3 => number()]).prop_map(|(from, to)| Opt::Rewrite(from, to)),
        2 => (number(), limit()).prop_map(|(signal, limit)| Opt::Delay(signal, limit)),
        3 => limit().prop_map(|limit| Opt::Grace(None, limit)),
        1 => (number(), limit()).prop_map(|(signal, limit)| Opt::Grace(Some(signal), limit)),
        3 => limit().prop_map(Opt::Sweep),
        1 => Just(Opt::WaitAll),
        2 => (prop::sample::select(&[Some(0), Some(1), Some(1), Some(2), Some(3), Some(5), None][..]), limit())
            .prop_map(|(times, limit)| Opt::Restart(times, limit)),
        1 => (prop::sample::select(&[0u8, 1, 3, 126, 127, 137, 143][..]), 0..5u8).prop_map(|(from, to)| Opt::Exit(from, to)),
        1 => prop::sample::select(&[1u8, 15, 10][..]).prop_map(Opt::Pdeathsig),
        2 => prop::sample::select(&[Opt::Subreaper, Opt::Warn, Opt::Verbose, Opt::Verbose][..]),
    ]
}

/// Those that are known under a name.
fn option(name: Name) -> BoxedStrategy<Opt> {
    match name {
        Name::ScratchInit => prop_oneof![
            40 => own_option(),
            1 => Just(Opt::Pause),
            1 => prop::sample::select(&[Machine::Poweroff, Machine::Reboot, Machine::Halt, Machine::Respawn][..]).prop_map(Opt::Boot),
        ]
        .boxed(),
        Name::Tini => prop_oneof![
            prop::sample::select(&[Opt::Group, Opt::Subreaper, Opt::Warn, Opt::Verbose][..]),
            prop::sample::select(&[1u8, 15][..]).prop_map(Opt::Pdeathsig),
            prop::sample::select(&[143u8, 3][..]).prop_map(|from| Opt::Exit(from, 0)),
        ]
        .boxed(),
        Name::DumbInit => prop_oneof![
            1 => Just(Opt::Child),
            3 => (standard(), prop_oneof![1 => Just(0u8), 3 => standard()]).prop_map(|(from, to)| Opt::Rewrite(from, to)),
            1 => Just(Opt::Verbose),
        ]
        .boxed(),
        Name::Catatonit => prop_oneof![3 => Just(Opt::Group), 1 => Just(Opt::Pause)].boxed(),
        Name::Pause => Just(Opt::Verbose).boxed(),
    }
}

/// What `SCRATCH_INIT_OPTIONS` may have, which holds under every name.
fn in_variable(name: Name) -> BoxedStrategy<Opt> {
    let known = move |option: &Opt| {
        let last = if name == Name::DumbInit { 31 } else { 64 };
        match *option {
            Opt::Rewrite(from, to) => from <= last && to <= last,
            Opt::Delay(signal, _) | Opt::Grace(Some(signal), _) => signal <= last,
            _ => true,
        }
    };
    own_option().prop_map(move |option| if known(&option) { option } else { Opt::Group }).boxed()
}

fn event() -> BoxedStrategy<Event> {
    let code = prop_oneof![
        5 => Just((0i32, 0u64)),
        2 => (1..4u64).prop_map(|value| (SI_QUEUE, value)),
        2 => Just((SI_KERNEL, 0)),
        1 => Just((PASSED_ON, 0)),
    ];
    let guest = process(process(Just(Process::PLAIN).boxed()));
    prop_oneof![
        12 => (number(), code).prop_map(|(signal, (code, value))| Event::Signal(signal, code, value)),
        3 => prop::sample::select(&[2u8, 9, 15, 18, 19, 20, 21][..]).prop_map(Event::ToProgram),
        3 => prop::sample::select(&[2u8, 3, 20, 20][..]).prop_map(Event::Key),
        2 => guest.prop_map(Event::Guest),
        1 => Just(Event::ParentEnds),
        1 => Just(Event::ToForeground),
        1 => prop::sample::select(&[13u8, 25][..]).prop_map(Event::Broken),
        1 => (0..3u8).prop_map(Event::OutOfMemory),
    ]
    .boxed()
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        5 => Just(Place::First),
        3 => Just(Place::FirstOnTerminal),
        1 => any::<bool>().prop_map(|foreground| Place::FirstOfOuter { foreground }),
        4 => Just(Place::Child),
        3 => prop_oneof![3 => Just(true), 1 => Just(false)].prop_map(|foreground| Place::Job { foreground }),
        1 => Just(Place::Script),
        1 => any::<bool>().prop_map(|foreground| Place::Orphaned { foreground }),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let times = prop::sample::select(&[Times::Once, Times::Twice, Times::FromThenOn][..]);
    (prop::sample::select(&Called::ALL[..]), 1..6u32, prop::sample::select(&[1i32, 3, 4, 11, 12, 38][..]), times)
        .prop_map(|(call, nth, errno, times)| Fault { call, nth, errno, times })
}

/// All scenarios.
fn scenario() -> BoxedStrategy<Scenario> {
    let names = [(14, Name::ScratchInit), (2, Name::Tini), (2, Name::DumbInit), (1, Name::Catatonit), (1, Name::Pause)];
    let names = names.map(|(weight, name)| (weight, of(name)));
    prop::strategy::Union::new_weighted(names.to_vec()).boxed()
}

fn of(name: Name) -> BoxedStrategy<Scenario> {
    let most = if name == Name::Pause { 0 } else { 6 };
    let words = (prop::collection::vec(in_variable(name), 0..3), prop_oneof![3 => Just(false), 1 => Just(true)]);
    let words = words.prop_map(|(words, there)| if there { words } else { Vec::new() });
    let options = prop::collection::vec(option(name), 0..=most);
    let shell = prop_oneof![Just(Shell::Waits), time().prop_map(Shell::Foreground), time().prop_map(Shell::Background)];
    let proc = prop_oneof![6 => Just(Proc::Whole), 1 => Just(Proc::Missing), 1 => Just(Proc::Hides), 1 => (0..8u8).prop_map(Proc::Breaks)];
    let rare = || prop_oneof![4 => Just(false), 1 => Just(true)];
    let tick = prop_oneof![6 => Just(0u32), 1 => Just(50u32), 1 => Just(700u32)];
    let fails = prop_oneof![
        20 => Just(None),
        1 => (prop::sample::select(&[Step::Clone, Step::Group, Step::User, Step::Groups, Step::Capabilities, Step::Directory, Step::Mask, Step::Execute, Step::Execute][..]),
            prop::sample::select(&[1i32, 2, 8, 11, 13, 22][..])).prop_map(Some),
    ];
    let fails = (fails, prop_oneof![2 => Just(1u32), 1 => 2..4u32]);
    let child = process(process(Just(Process::PLAIN).boxed()));
    let events = prop::collection::vec((time(), event()), 0..7);
    let faults = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(fault(), 1..3)];
    let numbers = (tick, prop_oneof![Just(12u8), Just(40), Just(120)], 0..5u8);
    let setting = (place(), shell, proc, rare(), rare(), numbers, fails);
    // One in eight has no program, or one too many.
    let odd = prop_oneof![30 => Just(false), 1 => Just(true)];
    (setting, words, options, process(child), events, faults, odd)
        .prop_map(
            move |(
                (place, shell, proc, null, subreaper, (tick, last_pid, room), (fails, fails_from)),
                variable,
                options,
                program,
                events,
                faults,
                odd,
            )| {
                let pauses = name == Name::Pause || options.contains(&Opt::Pause);
                Scenario {
                    name,
                    place,
                    shell,
                    proc,
                    null,
                    subreaper,
                    tick,
                    last_pid,
                    room,
                    variable,
                    options,
                    with_program: odd == pauses,
                    fails,
                    fails_from,
                    program,
                    events,
                    faults,
                }
            },
        )
        .boxed()
}

thread_local!(static ALL: BoxedStrategy<Scenario> = scenario());

/// The scenarios of a seed, from the one it makes to smaller ones.
pub fn tree(seed: u64) -> Box<dyn ValueTree<Value = Scenario>> {
    let mut bytes = [0x9e; 16];
    bytes[..8].copy_from_slice(&seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    bytes[8..].copy_from_slice(&(seed ^ 0x5851_f42d_4c95_7f2d).to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &bytes));
    ALL.with(|all| all.new_tree(&mut runner).expect("nothing is filtered"))
}

/// A smaller scenario for which `fails` still holds.
pub fn shrink(seed: u64, fails: impl Fn(&Scenario) -> bool) -> Scenario {
    let mut tree = tree(seed);
    let mut smallest = tree.current();
    let mut tries = 0;
    let mut more = tree.simplify();
    while more && tries < 20_000 {
        tries += 1;
        let current = tree.current();
        more = if fails(&current) {
            smallest = current;
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    smallest
}
