//! What is to happen later, and when.

use crate::rooms;
use crate::signals::Received;
use crate::time::{NEVER, Time};

/// How many signals can be held back at a time, at most one of each number.
const HELD: usize = if rooms::DELAY { 8 } else { 0 };

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A signal that was held back is forwarded.
    Forward(Received),
    /// Every process is killed.
    KillAll,
    /// The program is started again.
    Start,
}

/// A signal that is held back; a free place if the signal's number is 0.
#[derive(Clone, Copy)]
struct Held {
    until: u64,
    received: Received,
    /// Whether it is a stop signal.
    stop: bool,
}

impl Held {
    const NONE: Self = Self { until: 0, received: Received::NONE, stop: false };
}

/// The points in time at which something is due, in nanoseconds of one clock. The time 0 is always over.
pub struct Deadlines {
    /// When every process is killed.
    pub kill_all: u64,
    /// When the program is started again.
    pub start: u64,
    /// The signals that are held back.
    held: [Held; HELD],
    /// Whether a stop signal has arrived.
    stopping: bool,
}

impl Deadlines {
    /// No deadline at all.
    #[expect(clippy::new_without_default, reason = "every use says that it begins anew")]
    pub fn new() -> Self {
        Self { kill_all: NEVER, start: NEVER, held: [Held::NONE; HELD], stopping: false }
    }

    /// Sets `kill_all` to `time` from `now`, unless it is earlier already.
    #[inline(never)]
    pub fn kill_after(&mut self, time: Time, now: u64) {
        self.kill_all = self.kill_all.min(time.after(now));
    }

    /// The earliest deadline.
    pub fn next(&self) -> u64 {
        if !rooms::DEADLINES {
            return NEVER;
        }
        let mut next = self.kill_all;
        if rooms::AGAIN {
            next = next.min(self.start);
        }
        for held in &self.held {
            if held.received.signo != 0 {
                next = next.min(held.until);
            }
        }
        next
    }

    /// Removes and returns what is due at `time`, which must be the result of [`Self::next`].
    #[inline]
    pub fn take(&mut self, time: u64) -> Due {
        for held in &mut self.held {
            if held.received.signo != 0 && held.until == time {
                return Due::Forward(core::mem::replace(held, Held::NONE).received);
            }
        }
        if rooms::AGAIN && self.start == time {
            self.start = NEVER;
            return Due::Start;
        }
        self.kill_all = NEVER;
        Due::KillAll
    }

    /// A signal has arrived that is to be forwarded at `time`; `stop` is whether it is a stop signal. Returns true if it is to be
    /// forwarded at once. Otherwise it is held back, or merged with a signal of the same number that is held back already. There
    /// is room for eight numbers; a ninth is not held back.
    ///
    /// Only the first stop signal is held back. The second stop signal ends its delay.
    pub fn hold_back(&mut self, received: &Received, mut time: u64, stop: bool) -> bool {
        let second = stop && self.stopping;
        self.stopping |= stop;
        if second {
            time = 0;
        }
        let mut free = None;
        for held in &mut self.held {
            if held.received.signo == 0 {
                free = Some(held);
                continue;
            }
            if second && held.stop {
                held.until = 0;
            }
            if held.received.signo == received.signo {
                return false;
            }
        }
        match free {
            Some(held) if time != 0 => {
                *held = Held { until: time, received: *received, stop };
                false
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::signals::{HUP, INT, QUIT, STOPS, TERM};

    fn signal(signal: u8) -> Received {
        Received { signo: signal.into(), value: u64::from(signal) + 1000, ..Received::NONE }
    }

    fn arrive(deadlines: &mut Deadlines, number: u8, time: u64) -> bool {
        deadlines.hold_back(&signal(number), time, STOPS.has(number))
    }

    /// All signals that are due until `until`, in their order; 0 stands for any other deadline.
    fn due(deadlines: &mut Deadlines, until: u64) -> std::vec::Vec<u8> {
        let mut due = std::vec::Vec::new();
        while let time = deadlines.next()
            && time <= until
        {
            due.push(match deadlines.take(time) {
                Due::Forward(received) => {
                    assert_eq!(received, signal(received.signal()), "with all that belongs to it");
                    received.signal()
                }
                Due::Start | Due::KillAll => 0,
            });
        }
        due
    }

    #[test]
    fn nothing_is_due() {
        assert_eq!(Deadlines::new().next(), NEVER);
    }

    #[test]
    #[cfg_attr(not(feature = "delay"), ignore = "the room is missing in this build")]
    fn each_has_its_own() {
        let mut deadlines = Deadlines::new();
        for (number, time) in [(TERM, 30), (HUP, 20), (64, 10)] {
            assert!(!arrive(&mut deadlines, number, time));
        }
        assert!(arrive(&mut deadlines, 12, 0), "at once");
        deadlines.kill_after(Time::FOREVER, 40);
        deadlines.kill_after(Time::NONE, 40);
        deadlines.kill_after(Time::seconds(1), 40);
        assert!(!arrive(&mut deadlines, HUP, 50), "merged with the first HUP");
        assert_eq!(deadlines.next(), 10);
        assert_eq!(due(&mut deadlines, 9), []);
        assert_eq!(due(&mut deadlines, 30), [64, HUP, TERM]);
        assert_eq!(due(&mut deadlines, 60), [0]);
        assert!(!arrive(&mut deadlines, HUP, 70), "a new one");
        assert_eq!(due(&mut deadlines, 70), [HUP]);
    }

    #[test]
    #[cfg_attr(not(feature = "delay"), ignore = "the room is missing in this build")]
    fn as_many_as_can_have_a_delay() {
        let mut deadlines = Deadlines::new();
        for number in 40..48 {
            assert!(!arrive(&mut deadlines, number, 1000 - u64::from(number)));
        }
        assert!(arrive(&mut deadlines, 34, 5), "no room");
        assert_eq!(due(&mut deadlines, 1000), (40..48).rev().collect::<std::vec::Vec<_>>());
    }

    #[test]
    #[cfg_attr(not(feature = "delay"), ignore = "the room is missing in this build")]
    fn a_second_stop_signal_ends_the_delay_of_the_first() {
        for second in [TERM, INT, QUIT] {
            let mut deadlines = Deadlines::new();
            assert!(!arrive(&mut deadlines, HUP, 100) && !arrive(&mut deadlines, TERM, 100));
            assert_eq!(arrive(&mut deadlines, second, 200), second != TERM, "merged with the first TERM, or forwarded at once");
            assert_eq!(due(&mut deadlines, 0), [TERM]);
            assert_eq!(due(&mut deadlines, 100), [HUP], "that is no stop signal");
            assert!(arrive(&mut deadlines, second, 300), "nor is the third one held back");
        }
    }

    #[test]
    #[cfg_attr(not(feature = "boot"), ignore = "the room is missing in this build")]
    fn the_program_is_started_again_once() {
        let mut deadlines = Deadlines::new();
        deadlines.start = 5;
        deadlines.kill_all = 7;
        assert_eq!((deadlines.next(), deadlines.take(5)), (5, Due::Start));
        assert_eq!((deadlines.next(), deadlines.take(7)), (7, Due::KillAll));
        assert_eq!(deadlines.next(), NEVER);
    }
}
