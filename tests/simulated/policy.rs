//! What a command line comes to, told anew from the documentation: nothing of the program's own parser is used.

use crate::scenario::{Limit, Machine, Name, Opt, Scenario};
use crate::world::{KILL, STOP, TERM, TSTP, TTIN, TTOU};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Nobody,
    Program,
    Group,
    All,
}

/// What an init was told.
#[derive(Debug)]
pub struct Policy {
    pub route: Route,
    pub sweep: Limit,
    pub wait_all: bool,
    pub boot: Option<Machine>,
    /// How often the program is started again (`None` is for ever), and after which time.
    pub restarts: Option<u32>,
    pub restart_after: Limit,
    pub pdeathsig: u8,
    pub verbose: u8,
    pub warn: bool,
    /// Whether it is dumb-init, which sends the program's stops, and whether the program has a session of its own.
    pub sends_stops: bool,
    pub session: bool,
    pub subreaper: bool,
    /// What a failure before the start ends with; and where the program is not there, not permitted, or else not executed.
    pub failed: u8,
    pub not_executed: [u8; 3],
    /// Whether the command line is refused.
    pub refused: bool,
    rewrite: [Option<u8>; 65],
    delay: [Limit; 65],
    grace: Limit,
    graces: [Option<Limit>; 65],
    named: u64,
    exits: Vec<(u8, u8)>,
}

impl Policy {
    pub fn of(scenario: &Scenario) -> Self {
        let name = scenario.name;
        let own = name == Name::ScratchInit;
        let dumb_init = name == Name::DumbInit;
        let mut policy = Self {
            route: Route::Program,
            sweep: if own { Some(5000) } else { Some(0) },
            wait_all: false,
            boot: None,
            restarts: Some(0),
            restart_after: None,
            pdeathsig: 0,
            verbose: 0,
            warn: false,
            sends_stops: dumb_init,
            session: dumb_init,
            subreaper: matches!(name, Name::ScratchInit | Name::Catatonit),
            failed: if own { 125 } else { 1 },
            not_executed: match name {
                Name::ScratchInit => [127, 126, 126],
                Name::Tini => [127, 126, 1],
                Name::DumbInit => [2; 3],
                Name::Catatonit => [1; 3],
                Name::Pause => [127, 126, 126],
            },
            refused: false,
            rewrite: [None; 65],
            delay: [Some(0); 65],
            grace: None,
            graces: [None; 65],
            named: 0,
            exits: Vec::new(),
        };
        let mut route = None;
        let (mut pause, mut alone, mut pause_on_line) = (name == Name::Pause, false, false);
        let all = scenario.variable.iter().map(|option| (option, false)).chain(scenario.options.iter().map(|option| (option, true)));
        for (option, on_line) in all {
            match *option {
                Opt::Child => (route, alone) = (Some(Route::Program), true),
                Opt::Group => route = Some(Route::Group),
                Opt::All => route = Some(Route::All),
                Opt::Rewrite(from, to) => policy.rewrite[usize::from(from)] = Some(to),
                Opt::Delay(signal, limit) => policy.delay[usize::from(signal)] = limit,
                Opt::Grace(None, limit) => (policy.grace, policy.graces) = (limit, [None; 65]),
                Opt::Grace(Some(signal), limit) => {
                    policy.graces[usize::from(signal)] = Some(limit);
                    policy.named |= 1u64 << (signal & 63);
                }
                Opt::Sweep(limit) => policy.sweep = limit,
                Opt::WaitAll => policy.wait_all = true,
                Opt::Exit(from, to) => policy.exits.push((from, to)),
                Opt::Pdeathsig(signal) => policy.pdeathsig = signal,
                Opt::Pause => (pause, pause_on_line) = (true, on_line),
                Opt::Subreaper => policy.subreaper = true,
                Opt::Warn => policy.warn = true,
                Opt::Verbose => policy.verbose += 1,
                Opt::Boot(machine) => policy.boot = Some(machine),
                Opt::Restart(times, limit) => (policy.restarts, policy.restart_after) = (times.map(u32::from), limit),
            }
        }
        // What others have for all that there is to say is what we say when we are asked twice.
        policy.verbose *= if matches!(name, Name::DumbInit | Name::Catatonit) { 2 } else { 1 };
        if policy.boot.is_some() {
            policy.verbose = policy.verbose.max(1);
        }
        policy.session = dumb_init && !alone;
        policy.route = match route {
            _ if pause => Route::Nobody,
            Some(route) => route,
            None if policy.session => Route::Group,
            None => Route::Program,
        };
        let contradicts = policy.restarts != Some(0) && (pause || policy.wait_all || policy.boot.is_some());
        policy.wait_all &= !pause;
        // With -P there is no program to name; catatonit and pause do not look.
        let pays_no_heed = name == Name::Pause || (name == Name::Catatonit && pause_on_line);
        let fits = scenario.with_program != pause || (pause && pays_no_heed);
        let conflict = (1..=64).any(|signal| {
            let (delay, grace) = (policy.delay(signal), policy.grace(signal));
            // A time without end is longer than any other.
            policy.is_stop(signal) && delay != Some(0) && grace.is_some_and(|grace| delay.is_none_or(|delay| grace <= delay))
        });
        policy.refused = !fits || conflict || contradicts;
        policy
    }

    /// What is forwarded for a signal; 0 is nothing.
    pub fn rewritten(&self, signal: u8) -> u8 {
        match self.rewrite[usize::from(signal)] {
            Some(to) => to,
            None if self.session && matches!(signal, TSTP | TTIN | TTOU) => STOP,
            None => signal,
        }
    }

    /// Whether it is a stop signal.
    pub fn is_stop(&self, signal: u8) -> bool {
        let stops = |signal| matches!(signal, 2 | 3 | TERM);
        let to = self.rewritten(signal);
        to != 0 && (stops(signal) || stops(to) || self.named >> (signal & 63) & 1 != 0)
    }

    pub fn delay(&self, signal: u8) -> Limit {
        self.delay[usize::from(signal)]
    }

    pub fn grace(&self, signal: u8) -> Limit {
        self.graces[usize::from(signal)].unwrap_or(self.grace)
    }

    pub fn exit(&self, status: u8) -> u8 {
        self.exits.iter().rev().find(|(from, _)| *from == status).map_or(status, |(_, to)| *to)
    }

    /// How the machine ends when this signal has come.
    pub fn machine_ends(&self, signal: u8) -> Option<Machine> {
        self.boot?;
        match signal {
            2 | TERM => Some(Machine::Reboot),
            10 => Some(Machine::Halt),
            12 => Some(Machine::Poweroff),
            _ => None,
        }
    }
}

/// The status of a process that ended so.
pub fn status_of(raw: i32) -> u8 {
    if raw & 0x7f == 0 { (raw >> 8) as u8 } else { 128 + (raw & 0x7f) as u8 }
}

/// The status of a program that never ended.
pub const KILLED: u8 = 128 + KILL;
