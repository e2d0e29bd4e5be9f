//! What is to happen later, and when.

use crate::signals;
use crate::time::NEVER;

/// The points of time at which something is due, in nanoseconds of any one clock: by the number of a
/// signal, when that is forwarded; by [`KILL_ALL`], when every process is killed.
pub struct Deadlines {
    at: [u64; signals::LAST as usize + 1],
    /// The first stop signal that has arrived; 0 if none has.
    stop: u8,
}

/// No signal has this number.
pub const KILL_ALL: u8 = 0;

impl Deadlines {
    /// Nothing is due, ever.
    #[inline]
    #[expect(clippy::new_without_default, reason = "there is one place that makes one")]
    pub fn new() -> Self {
        Self { at: [NEVER; signals::LAST as usize + 1], stop: 0 }
    }

    /// What is due first, and when.
    #[inline(never)]
    pub fn first(&self) -> (u8, u64) {
        let mut first = (KILL_ALL, NEVER);
        for (what, &time) in (0..).zip(&self.at) {
            if time < first.1 {
                first = (what, time);
            }
        }
        first
    }

    /// Makes `what` due at `time`, and no later if it is due already; says whether it was not.
    pub fn bring(&mut self, what: u8, time: u64) -> bool {
        let Some(at) = self.at.get_mut(usize::from(what)) else { return false };
        let new = *at == NEVER;
        *at = time.min(*at);
        new
    }

    /// Makes `what` due at `time`; never any more at [`NEVER`].
    pub fn set(&mut self, what: u8, time: u64) {
        if let Some(at) = self.at.get_mut(usize::from(what)) {
            *at = time;
        }
    }

    /// A signal has arrived that is to be forwarded at `time`; says whether it is a new one: if it is
    /// held back already, it is one with that.
    ///
    /// Of the stop signals only the first is held back, and no longer than until the second.
    pub fn arrive(&mut self, signal: u8, mut time: u64) -> bool {
        if signals::stops(signal) {
            if self.stop == 0 {
                self.stop = signal;
            } else {
                time = 0;
                if let Some(at) = self.at.get_mut(usize::from(self.stop))
                    && *at != NEVER
                {
                    *at = 0;
                }
            }
        }
        self.bring(signal, time)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::signals::{HUP, INT, QUIT, TERM};

    /// All that is due until `time`, in its order.
    fn due(deadlines: &mut Deadlines, until: u64) -> std::vec::Vec<u8> {
        let mut due = std::vec::Vec::new();
        while let (what, time) = deadlines.first()
            && time <= until
        {
            deadlines.set(what, NEVER);
            due.push(what);
        }
        due
    }

    #[test]
    fn nothing_is_due() {
        assert_eq!(Deadlines::new().first().1, NEVER);
    }

    #[test]
    fn each_has_its_own() {
        let mut deadlines = Deadlines::new();
        assert!(deadlines.arrive(TERM, 30));
        assert!(deadlines.arrive(HUP, 20));
        assert!(deadlines.arrive(64, 10));
        assert!(deadlines.bring(KILL_ALL, 40));
        assert!(!deadlines.arrive(HUP, 50), "one with the first");
        assert!(!deadlines.bring(KILL_ALL, 60));
        assert_eq!(deadlines.first(), (64, 10));
        assert_eq!(due(&mut deadlines, 9), []);
        assert_eq!(due(&mut deadlines, 30), [64, HUP, TERM]);
        assert_eq!(due(&mut deadlines, 60), [KILL_ALL]);
        assert!(deadlines.arrive(HUP, 70), "a new one");
    }

    #[test]
    fn a_second_stop_signal_ends_the_delay_of_the_first() {
        for (second, both) in [(TERM, &[TERM][..]), (INT, &[INT, TERM]), (QUIT, &[QUIT, TERM])] {
            let mut deadlines = Deadlines::new();
            assert!(deadlines.arrive(HUP, 100) && deadlines.arrive(TERM, 100));
            deadlines.arrive(second, 200);
            assert_eq!(due(&mut deadlines, 0), both);
            assert_eq!(due(&mut deadlines, 100), [HUP], "that is no stop signal");
            assert!(deadlines.arrive(second, 300));
            assert_eq!(due(&mut deadlines, 0), [second], "nor is the third one held back");
        }
    }
}
