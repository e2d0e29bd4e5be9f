//! The options as plain data: what the command line, the init's name and the environment set.

pub mod boot;
pub mod command_line;
pub mod names;
pub mod parser;
pub mod preset;
pub mod restart;

use boot::{Action, Shutdown};
use preset::{OWN, Preset};
use restart::Restart;

use crate::rooms;
use crate::route::{Route, terminal_stop};
use crate::signals::STOPS;
use crate::time::Time;
use crate::{number, signals, table};

/// A set of option letters. In ASCII the letters are between 64 and 127; each of these 64 characters has a bit.
const fn letters(mut letters: &[u8]) -> u64 {
    let mut set = 0;
    while let [letter, rest @ ..] = letters {
        set |= 1 << (*letter & 63);
        letters = rest;
    }
    set
}

/// Whether a letter is in a set. (A byte that is no letter shares the bit of another byte, but no option is such a byte.)
const fn has(set: u64, letter: u8) -> bool {
    set >> (letter & 63) & 1 != 0
}

/// Sets the bit of a signal or of a letter in a set to `to`. (Signal 64 has bit 0: there is no signal 0.)
fn put(set: &mut u64, bit: usize, to: bool) {
    *set = *set & !(1 << (bit & 63)) | u64::from(to) << (bit & 63);
}

/// The options that say where signals are forwarded to. The last one given counts.
const ROUTES: u64 = letters(b"cga");

/// Stands in [`Options::rewrite`] for a signal that is to be dropped.
const DROPPED: u8 = u8::MAX;

/// How many groups `--user` accepts.
pub const GROUPS: usize = if rooms::USER { 32 } else { 0 };

/// How many signals a table has a place for; none without the room that needs the table.
const fn signals_of(room: bool) -> usize {
    if room { signals::LAST as usize } else { 0 }
}

/// The place of a signal in such a table. (Signal 64 has place 0: there is no signal 0.)
const fn place(signal: u8) -> usize {
    signal as usize & 63
}

/// All options, as plain data.
///
/// Nearly all fields are 0 by default, and the large fields come last: this takes less code.
#[derive(Clone)]
#[repr(C)]
pub struct Options<'a> {
    /// The time from the sweep's TERM to its KILL.
    pub sweep: Time,
    /// How often the program is started again, and when.
    restart: [Restart; rooms::RESTART as usize],
    /// What the init's name has set.
    preset: [Preset; rooms::NAMES as usize],
    /// Where signals are forwarded to: a letter of [`ROUTES`], or 0 if none was given.
    route: u8,
    /// What the init of a machine does when the program has ended; `None` if the init is not that of a machine.
    pub boot: Option<Action>,
    /// The signal for the init when its parent dies; 0 for none.
    pub pdeathsig: u8,
    /// How often `--verbose` was given, with what the init's name has set.
    verbosity: u8,
    /// Whether the words that are being read come from the variable.
    pub in_variable: bool,
    /// Whether the grace period for all signals comes from the variable.
    grace_in_variable: bool,
    /// How many groups are in `gids`; 0 if `--user` was not given.
    groups: u32,
    /// The user that the program runs as.
    uid: u32,
    /// Which options were given: a bit for each letter.
    given: u64,
    /// Which signals have a grace period of their own: a bit for each. (Only the line about a conflict tells.)
    has_own_grace: u64,
    /// Which signals are stop signals because `--grace` names them: a bit for each.
    named: u64,
    /// Which signals have a delay from the environment variable: a bit for each.
    delays_in_variable: u64,
    /// Which signals have a grace period of their own from the variable: a bit for each.
    graces_in_variable: u64,
    /// How long each signal is held back.
    delay: [Time; signals_of(rooms::DELAY)],
    /// The time from the arrival of each stop signal to the KILL.
    graces: [Time; signals_of(rooms::GRACE)],
    /// The groups that the program runs as.
    gids: [u32; GROUPS],
    /// The status to end with for each status: the two are combined by XOR, so 0 changes nothing.
    exit: [u8; if rooms::EXIT { 256 } else { 0 }],
    /// What is forwarded for each signal: 0 is the same signal, [`DROPPED`] is nothing.
    rewrite: [u8; signals_of(rooms::REWRITE)],
    /// The directory in which the program runs.
    pub chdir: Option<&'a [u8]>,
}

impl Options<'_> {
    /// The options when none is given.
    pub const fn defaults() -> Self {
        Self {
            sweep: OWN.sweep,
            preset: [OWN; _],
            route: 0,
            pdeathsig: 0,
            boot: None,
            restart: [Restart::NEVER; _],
            given: 0,
            verbosity: 0,
            exit: [0; _],
            rewrite: [0; _],
            delay: [Time::NONE; _],
            graces: [Time::FOREVER; _],
            gids: [0; _],
            groups: 0,
            uid: 0,
            has_own_grace: 0,
            named: 0,
            delays_in_variable: 0,
            graces_in_variable: 0,
            grace_in_variable: false,
            in_variable: false,
            chdir: None,
        }
    }

    /// Applies what a name sets.
    #[inline(never)]
    pub fn apply(&mut self, preset: &Preset) {
        self.preset = [*preset; _];
        self.sweep = preset.sweep;
        self.verbosity = preset.verbosity[0];
        put(&mut self.given, b'P'.into(), preset.pauses());
    }

    /// The words that are read from now on stand in the variable, or do not. (Some builds never say where a word stands.)
    pub fn stand_in_variable(&mut self, so: bool) {
        if rooms::EXPLAIN || rooms::CONFLICTS {
            self.in_variable = so;
        }
    }

    /// Uses scratch-init's own texts from now on.
    pub fn says_own(&mut self) {
        if let Some(preset) = self.preset.first_mut() {
            preset.style = OWN.style;
        }
    }

    /// What the name has set.
    fn preset(&self) -> &Preset {
        // Without the room it is a constant, and the compiler removes what that does not use.
        self.preset.first().unwrap_or(&OWN)
    }

    /// The status for a bad option, and for a failure of the init itself.
    pub fn failed_status(&self) -> u8 {
        self.preset().failed
    }

    /// The statuses for a program that could not be executed: not found; not permitted; any other errno.
    pub fn not_executed(&self) -> [u8; 3] {
        self.preset().not_executed
    }

    /// Takes in an environment variable of [`names::tables`]. It stands for the option `letter`; `when` says for which value,
    /// or that the value is how often the option counts.
    pub fn set_by_variable(&mut self, letter: u8, when: u8, value: &[u8]) {
        let times = match when {
            // tini compares the value as an unsigned number.
            b'#' => (number::atoi(value) as u32).min(9) as u8,
            b'*' => 1,
            _ if value == [when] => 1,
            _ => return,
        };
        if has(ROUTES, letter) {
            self.route = letter;
        }
        if letter == b'v' {
            self.verbosity = times;
        }
        put(&mut self.given, letter.into(), times > 0);
    }

    /// Whether the program gets a session of its own.
    #[inline]
    pub fn session(&self) -> bool {
        self.preset().session() && !self.given(rooms::NAMES, b'c')
    }

    /// Whether the init itself stops the program and then itself, as dumb-init does. Under that name the program is in a session
    /// of its own, where the terminal driver does not stop it; `-c` does not change this.
    pub fn sends_stops(&self) -> bool {
        self.preset().session()
    }

    /// Whether the program gets an empty signal mask, and the default action of every signal but the real-time ones, whatever
    /// the init was given.
    pub fn resets(&self) -> bool {
        self.preset().resets()
    }

    /// Whether to be a child subreaper: `--subreaper`, or by the name.
    pub fn subreaper(&self) -> bool {
        self.preset().subreaper || self.given(rooms::NAMES, b's')
    }

    /// Where signals are forwarded to: `--child`, `--group`, `--all`; nowhere with `--pause`.
    #[cfg_attr(feature = "names", inline(never))]
    pub fn route(&self) -> Route {
        let given = if rooms::ROUTE { self.route } else { 0 };
        match given {
            _ if self.pause() => Route::Nobody,
            b'g' => Route::Group,
            b'a' => Route::All,
            0 if self.session() => Route::Group,
            _ => Route::Program,
        }
    }

    /// Whether to be the init of a machine, and what to do at the end: `--boot`.
    pub fn boot(&self) -> Option<Action> {
        if rooms::BOOT { self.boot } else { None }
    }

    /// How often the program is started again, and when: `--restart`.
    pub fn restart(&self) -> Restart {
        *self.restart.first().unwrap_or(&Restart::NEVER)
    }

    /// The letter of an option that does not go with `--restart`, if such a one was given: with it there is no program that ends, or
    /// something else happens when it ends.
    pub fn contradicts_restart(&self) -> Option<u8> {
        if self.pause() {
            Some(b'P')
        } else if self.boot().is_some() {
            Some(b'B')
        } else {
            self.wait_all().then_some(b'W')
        }
    }

    /// How the machine is to end if `signal` asks for its end. BusyBox's `reboot`, `poweroff` and `halt` send these signals, and
    /// the kernel sends INT for Ctrl-Alt-Del.
    pub fn asks_for(&self, signal: u8) -> Option<Shutdown> {
        self.boot()?;
        match signal {
            signals::TERM | signals::INT => Some(Shutdown::Reboot),
            signals::USR1 => Some(Shutdown::Halt),
            signals::USR2 => Some(Shutdown::Poweroff),
            _ => None,
        }
    }

    /// Whether to run no program: `--pause`.
    pub fn pause(&self) -> bool {
        self.given(rooms::PAUSE, b'P')
    }

    /// Whether to say a line for each reaped orphan: `--warn`.
    pub fn warn(&self) -> bool {
        self.given(rooms::VERBOSE, b'w')
    }

    /// Whether to say the texts of this level: `--verbose` given `level` times. The init of a machine always says those of level
    /// 1.
    pub fn verbose(&self, level: u8) -> bool {
        let [before, each] = self.preset().verbosity;
        rooms::VERBOSE && ((level == 1 && self.boot().is_some()) || self.verbosity.saturating_mul(each) >= level + before)
    }

    /// Whether to run until no descendant is left: `--wait-all`. It does not count with `--pause`, which has no program that
    /// ends.
    pub fn wait_all(&self) -> bool {
        self.given(rooms::WAIT_ALL, b'W') && !self.pause()
    }

    /// The user and the groups that the program runs as, if given: `--user`. The first group is the primary one.
    pub fn user(&self) -> Option<(u32, &[u32])> {
        self.gids.get(..self.groups as usize).filter(|gids| !gids.is_empty()).map(|gids| (self.uid, gids))
    }

    /// Sets the user, and the groups from a list of numbers with commas; `None` if `list` is no such list, or too long.
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

    /// The signal to forward when `signal` has arrived: `--rewrite`. 0 if it is dropped.
    #[cfg_attr(feature = "explain", inline(always))]
    pub fn rewritten(&self, signal: u8) -> u8 {
        match self.rewrite.get(place(signal)) {
            Some(&DROPPED) => 0,
            Some(0) if self.session() && terminal_stop(signal) => signals::STOP,
            None | Some(0) => signal,
            Some(&to) => to,
        }
    }

    /// The status to end with instead of `status`: `--exit`.
    pub fn exit(&self, status: u8) -> u8 {
        self.exit.get(usize::from(status)).map_or(status, |exit| exit ^ status)
    }

    /// How long `signal` is held back: `--delay`.
    pub fn delay(&self, signal: u8) -> Time {
        self.delay.get(place(signal)).copied().unwrap_or(Time::NONE)
    }

    /// Whether `signal` is a stop signal, which asks the program to end: TERM, INT, QUIT, a signal that is rewritten to one of
    /// these, and a signal that `--grace` names. A signal that is dropped is none.
    pub fn stops(&self, signal: u8) -> bool {
        let to = self.rewritten(signal);
        to != 0 && (STOPS.has(signal) || STOPS.has(to) || has(self.named, signal))
    }

    /// The time from the arrival of the stop signal `signal` until every process is killed: `--grace`.
    pub fn grace(&self, signal: u8) -> Time {
        self.graces.get(place(signal)).copied().unwrap_or(Time::FOREVER)
    }

    /// The first stop signal whose delay is not shorter than its grace period: it would be forwarded only after KILL.
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

    /// Whether the delay, and whether the grace period, of `signal` comes from the environment variable.
    pub fn times_in_variable(&self, signal: u8) -> [bool; 2] {
        [
            has(self.delays_in_variable, signal),
            if self.has_own_grace(signal) { has(self.graces_in_variable, signal) } else { self.grace_in_variable },
        ]
    }

    /// Whether an option was given that is in this room.
    fn given(&self, room: bool, letter: u8) -> bool {
        room && has(self.given, letter)
    }
}
