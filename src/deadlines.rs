//! What is to happen later, and when.

use crate::signals::{Received, STOPS};
use crate::time::{NEVER, Time};

/// How many signals can be held back at a time, each of another kind.
const HELD: usize = 8;

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

/// The points of time at which something is due, in nanoseconds of any one clock. A time of 0 is always over.
pub struct Deadlines {
    /// When every process is killed.
    pub kill_all: u64,
    /// When the program is started again.
    pub start: u64,
    /// Signals that are held back, and until when; 0 where none is.
    held: [(u64, Received); HELD],
    /// Whether a stop signal has arrived.
    stopping: bool,
}

impl Deadlines {
    /// Nothing is due, ever.
    #[expect(clippy::new_without_default, reason = "there is one place that makes one")]
    pub fn new() -> Self {
        Self { kill_all: NEVER, start: NEVER, held: [(0, Received::NONE); HELD], stopping: false }
    }

    /// Makes every process be killed when `time` is over, if that is not earlier already.
    #[inline(never)]
    pub fn kill_after(&mut self, time: Time, now: u64) {
        self.kill_all = self.kill_all.min(time.after(now));
    }

    /// When something is due next.
    pub fn next(&self) -> u64 {
        let mut next = self.kill_all.min(self.start);
        for held in &self.held {
            if held.1.signo != 0 {
                next = next.min(held.0);
            }
        }
        next
    }

    /// What is due at this time, the one that [`Self::next`] said. It is not any more then.
    #[inline]
    pub fn take(&mut self, time: u64) -> Due {
        for (until, held) in &mut self.held {
            if held.signo != 0 && *until == time {
                return Due::Forward(core::mem::replace(held, Received::NONE));
            }
        }
        if self.start == time {
            self.start = NEVER;
            return Due::Start;
        }
        self.kill_all = NEVER;
        Due::KillAll
    }

    /// A signal has arrived that is to be forwarded at `time`. Says whether that is at once; if it is not, the
    /// signal is held back, as one with any of its kind that is held already. (A ninth kind is not.)
    ///
    /// Of the stop signals only the first is held back, and no longer than until the second.
    pub fn arrive(&mut self, received: &Received, mut time: u64) -> bool {
        let stop = STOPS.has(received.signal());
        let second = stop && self.stopping;
        self.stopping |= stop;
        if second {
            time = 0;
        }
        let mut free = None;
        for held in &mut self.held {
            if held.1.signo == 0 {
                free = Some(held);
                continue;
            }
            if second && STOPS.has(held.1.signal()) {
                held.0 = 0;
            }
            if held.1.signo == received.signo {
                return false;
            }
        }
        match free {
            Some(held) if time != 0 => {
                *held = (time, *received);
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
    use crate::signals::{HUP, INT, QUIT, TERM};

    fn signal(signal: u8) -> Received {
        Received { signo: signal.into(), value: u64::from(signal) + 1000, ..Received::NONE }
    }

    /// All that is due until `time`, in its order; 0 is that all are killed.
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
    fn each_has_its_own() {
        let mut deadlines = Deadlines::new();
        for (number, time) in [(TERM, 30), (HUP, 20), (64, 10)] {
            assert!(!deadlines.arrive(&signal(number), time));
        }
        assert!(deadlines.arrive(&signal(12), 0), "at once");
        deadlines.kill_after(Time::FOREVER, 40);
        deadlines.kill_after(Time::NONE, 40);
        deadlines.kill_after(Time::seconds(1), 40);
        assert!(!deadlines.arrive(&signal(HUP), 50), "one with the first");
        assert_eq!(deadlines.next(), 10);
        assert_eq!(due(&mut deadlines, 9), []);
        assert_eq!(due(&mut deadlines, 30), [64, HUP, TERM]);
        assert_eq!(due(&mut deadlines, 60), [0]);
        assert!(!deadlines.arrive(&signal(HUP), 70), "a new one");
        assert_eq!(due(&mut deadlines, 70), [HUP]);
    }

    #[test]
    fn as_many_as_can_have_a_delay() {
        let mut deadlines = Deadlines::new();
        for number in 40..40 + HELD as u8 {
            assert!(!deadlines.arrive(&signal(number), 1000 - u64::from(number)));
        }
        assert!(deadlines.arrive(&signal(34), 5), "no room");
        assert_eq!(due(&mut deadlines, 1000), (40..40 + HELD as u8).rev().collect::<std::vec::Vec<_>>());
    }

    #[test]
    fn a_second_stop_signal_ends_the_delay_of_the_first() {
        for second in [TERM, INT, QUIT] {
            let mut deadlines = Deadlines::new();
            assert!(!deadlines.arrive(&signal(HUP), 100) && !deadlines.arrive(&signal(TERM), 100));
            assert_eq!(deadlines.arrive(&signal(second), 200), second != TERM, "one with the first, or at once");
            assert_eq!(due(&mut deadlines, 0), [TERM]);
            assert_eq!(due(&mut deadlines, 100), [HUP], "that is no stop signal");
            assert!(deadlines.arrive(&signal(second), 300), "nor is the third one held back");
        }
    }

    #[test]
    fn the_program_is_started_again_once() {
        let mut deadlines = Deadlines::new();
        deadlines.start = 5;
        deadlines.kill_all = 7;
        assert_eq!((deadlines.next(), deadlines.take(5)), (5, Due::Start));
        assert_eq!((deadlines.next(), deadlines.take(7)), (7, Due::KillAll));
        assert_eq!(deadlines.next(), NEVER);
    }
}
