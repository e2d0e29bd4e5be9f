//! The options, as plain data: what the program's words, its name and the environment come to.

pub mod boot;
pub mod command_line;
pub mod names;
pub mod parser;
pub mod preset;

use boot::{Action, Shutdown};
use preset::{OWN, Preset};

use crate::route::{Route, TERMINAL};
use crate::signals::STOPS;
use crate::time::Time;
use crate::{number, signals, table};

/// A set of option letters: letters begin at 64 in ASCII, and each of the 64 from there on has a bit.
const fn letters(mut letters: &[u8]) -> u64 {
    let mut set = 0;
    while let [letter, rest @ ..] = letters {
        set |= 1 << (*letter & 63);
        letters = rest;
    }
    set
}

/// Whether a letter is in a set. (Bytes that are no letters share their bits; no name has such an option.)
const fn has(set: u64, letter: u8) -> bool {
    set >> (letter & 63) & 1 != 0
}

/// Puts the bit of a signal in a set to this. (Signal 64 has that of the 0, which is none.)
fn put(set: &mut u64, bit: usize, to: bool) {
    *set = *set & !(1 << (bit & 63)) | u64::from(to) << (bit & 63);
}

/// Those that say where signals are forwarded to, of which the last one holds.
const ROUTES: u64 = letters(b"cga");

/// What a signal is rewritten to if it is to be dropped.
const DROPPED: u8 = u8::MAX;

/// How many groups `--user` can give.
pub const GROUPS: usize = 32;

/// All that can be said, as plain data.
///
/// Nearly all of it is 0 when nothing is said, and the large fields come last: the code for it is
/// shorter so.
#[derive(Clone)]
#[repr(C)]
pub struct Options<'a> {
    /// From the sweep's TERM to its KILL.
    pub sweep: Time,
    /// From the arrival of a stop signal to the KILL, for those that have none of their own.
    grace: Time,
    /// What the name by which the init was started has set.
    preset: Preset,
    /// Whom signals are forwarded to: a letter of [`ROUTES`], or 0.
    route: u8,
    /// What is sent to the init when its parent dies; 0 is nothing.
    pub pdeathsig: u8,
    /// What the init of a machine does when the program has ended; `None` if it is not one.
    pub boot: Option<Action>,
    /// How often each option was given, by its letter less 64.
    said: [u8; 64],
    /// What to end with for each status, as what it differs in from that.
    exit: [u8; 256],
    /// What is forwarded for each signal: 0 is the same, [`DROPPED`] nothing.
    rewrite: [u8; signals::LAST as usize + 1],
    /// How long each signal is held back.
    delay: [Time; signals::LAST as usize + 1],
    /// The grace period of each signal that has one of its own.
    graces: [Time; signals::LAST as usize + 1],
    /// Whom the program runs as: the user, and the groups, as many as `groups` says; 0 if that is not said.
    gids: [u32; GROUPS],
    groups: u32,
    uid: u32,
    /// Which signals have a grace period of their own: a bit for each.
    has_own_grace: u64,
    /// Which signals are stop signals because `--grace` names them: a bit for each.
    named: u64,
    /// Of which signals the delay was read in the environment variable, and of which their own grace period: a bit for each.
    delays_there: u64,
    graces_there: u64,
    /// Whether the grace period for all was read there.
    grace_there: bool,
    /// Whether what is read now stands there.
    pub in_variable: bool,
    /// Where the program runs.
    pub chdir: Option<&'a [u8]>,
}

impl Options<'_> {
    /// What holds when nothing is said.
    pub fn unsaid() -> Self {
        Self {
            sweep: Time::seconds(5),
            grace: Time::FOREVER,
            preset: OWN,
            route: 0,
            pdeathsig: 0,
            boot: None,
            said: [0; 64],
            exit: [0; 256],
            rewrite: [0; signals::LAST as usize + 1],
            delay: [Time::NONE; signals::LAST as usize + 1],
            graces: [Time::NONE; signals::LAST as usize + 1],
            gids: [0; GROUPS],
            groups: 0,
            uid: 0,
            has_own_grace: 0,
            named: 0,
            delays_there: 0,
            graces_there: 0,
            grace_there: false,
            in_variable: false,
            chdir: None,
        }
    }

    /// Takes in what a name sets.
    #[inline(never)]
    pub fn begin(&mut self, preset: &Preset) {
        self.preset = *preset;
        self.sweep = preset.sweep;
        self.said[usize::from(b'v' & 63)] = preset.verbosity[0];
        self.said[usize::from(b'P' & 63)] = preset.pauses().into();
    }

    /// What the name has set.
    fn preset(&self) -> &Preset {
        // Where there is one name, the compiler knows it.
        if cfg!(feature = "names") { &self.preset } else { &OWN }
    }

    /// What a bad option ends with, and a failure of the init itself.
    pub fn failed(&self) -> u8 {
        self.preset().failed
    }

    /// What it ends with where the program could not be executed: it is not there; it is not permitted; else.
    pub fn not_executed(&self) -> [u8; 3] {
        self.preset().not_executed
    }

    /// What an environment variable of [`names::variables`] says: the option of `letter`, when the value is that
    /// one; or how often.
    pub fn variable(&mut self, letter: u8, when: u8, value: &[u8]) {
        let times = match when {
            // tini compares as an unsigned number.
            b'#' => (number::atoi(value) as u32).min(9) as u8,
            b'*' => 1,
            _ if value == [when] => 1,
            _ => return,
        };
        if has(ROUTES, letter) {
            self.route = letter;
        }
        self.said[usize::from(letter & 63)] = times;
    }

    /// Whether the program gets a session of its own.
    #[inline]
    pub fn session(&self) -> bool {
        self.preset().session() && self.count(b'c') == 0
    }

    /// Whether the init sends the program's stops, and the terminal driver does not: the program is in a session of its own, or
    /// would be but for `-c`.
    pub fn sends_stops(&self) -> bool {
        self.preset().session()
    }

    /// Whether the program gets an empty signal mask, and the default action of every signal but the real-time ones, whatever
    /// the init was given.
    pub fn resets(&self) -> bool {
        self.preset().resets()
    }

    /// Be a child subreaper: `--subreaper`.
    pub fn subreaper(&self) -> bool {
        self.preset().subreaper || self.count(b's') > 0
    }

    /// Which processes signals are forwarded to: `--child`, `--group`, `--all`; nobody with `--pause`.
    #[inline(never)]
    pub fn route(&self) -> Route {
        match self.route {
            _ if self.pause() => Route::Nobody,
            b'g' => Route::Group,
            b'a' => Route::All,
            0 if self.session() => Route::Group,
            _ => Route::Program,
        }
    }

    /// Be the init of a machine: `--boot`.
    pub fn boot(&self) -> Option<Action> {
        // Without the feature the compiler knows it.
        if cfg!(feature = "boot") { self.boot } else { None }
    }

    /// How the machine is to end when this signal has arrived, if that says so: BusyBox's `reboot`, `poweroff` and `halt` send
    /// them, and the kernel for Ctrl-Alt-Del.
    pub fn asks_for(&self, signal: u8) -> Option<Shutdown> {
        self.boot()?;
        match signal {
            signals::TERM | signals::INT => Some(Shutdown::Reboot),
            signals::USR1 => Some(Shutdown::Halt),
            signals::USR2 => Some(Shutdown::Poweroff),
            _ => None,
        }
    }

    /// Run no program: `--pause`.
    pub fn pause(&self) -> bool {
        self.count(b'P') > 0
    }

    /// A line for each orphan reaped: `--warn`.
    pub fn warn(&self) -> bool {
        self.count(b'w') > 0
    }

    /// Whether what is for `level` times `--verbose` is to be said. The init of a machine says what happens.
    pub fn verbose(&self, level: u8) -> bool {
        (level == 1 && self.boot().is_some())
            || self.count(b'v').saturating_mul(self.preset().verbosity[1]) >= level + self.preset().verbosity[0]
    }

    /// Run on until no descendant is left: `--wait-all`. There is no end to wait for after a `--pause`.
    pub fn wait_all(&self) -> bool {
        self.count(b'W') > 0 && !self.pause()
    }

    /// Whom the program runs as, if that is another: the user, and the groups, of which the first is the
    /// primary one: `--user`.
    pub fn user(&self) -> Option<(u32, &[u32])> {
        self.gids.get(..self.groups as usize).filter(|gids| !gids.is_empty()).map(|gids| (self.uid, gids))
    }

    /// Makes the program run as that user, with the groups of a list of numbers; `None` if it is not one.
    fn set_user(&mut self, uid: u32, mut list: &[u8]) -> Option<()> {
        self.uid = uid;
        self.groups = 0;
        loop {
            let left = list.len();
            let gid = table::cut(&mut list, b',');
            *self.gids.get_mut(self.groups as usize)? = number::parse(table::trim(gid))?;
            self.groups += 1;
            if gid.len() == left {
                return Some(());
            }
        }
    }

    /// What is forwarded when `signal` has arrived, 0 if nothing is: `--rewrite`.
    #[inline(always)]
    pub fn rewritten(&self, signal: u8) -> u8 {
        match self.rewrite.get(usize::from(signal)) {
            Some(&DROPPED) => 0,
            Some(0) if self.session() && TERMINAL.has(signal) => signals::STOP,
            None | Some(0) => signal,
            Some(&to) => to,
        }
    }

    /// What to end with where the status would be this: `--exit`.
    pub fn exit(&self, status: u8) -> u8 {
        self.exit[usize::from(status)] ^ status
    }

    /// How long `signal` is held back: `--delay`.
    pub fn delay(&self, signal: u8) -> Time {
        self.delay.get(usize::from(signal)).copied().unwrap_or(Time::NONE)
    }

    /// Whether `signal` asks the program to end: TERM, INT and QUIT, what is rewritten to one of these, and what
    /// `--grace` names; but none that is dropped.
    pub fn stops(&self, signal: u8) -> bool {
        let to = self.rewritten(signal);
        to != 0 && (STOPS.has(signal) || STOPS.has(to) || has(self.named, signal))
    }

    /// How long after the arrival of `signal`, which [stops](Self::stops), every process is killed: `--grace`.
    pub fn grace(&self, signal: u8) -> Time {
        self.graces.get(usize::from(signal)).copied().filter(|_| self.has_own_grace(signal)).unwrap_or(self.grace)
    }

    /// The first stop signal that would be forwarded only when its grace period is over, if there is one.
    pub fn conflict(&self) -> Option<u8> {
        (1..=signals::LAST).find(|&signal| {
            let (delay, grace) = (self.delay(signal), self.grace(signal));
            self.stops(signal) && delay != Time::NONE && grace != Time::FOREVER && grace <= delay
        })
    }

    /// Whether `signal` has a grace period of its own.
    pub fn has_own_grace(&self, signal: u8) -> bool {
        has(self.has_own_grace, signal)
    }

    /// Whether the delay, and whether the grace period of `signal` was read in the environment variable.
    pub fn times_there(&self, signal: u8) -> [bool; 2] {
        [has(self.delays_there, signal), if self.has_own_grace(signal) { has(self.graces_there, signal) } else { self.grace_there }]
    }

    /// How often an option was given.
    fn count(&self, letter: u8) -> u8 {
        self.said[usize::from(letter & 63)]
    }
}
