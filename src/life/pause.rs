//! The init runs no program: `--pause`.

use super::ended;
use super::init::Init;
use crate::kernel::Kernel;
use crate::signals::{INT, Received, TERM};

/// Handles a signal that has arrived while there is no program: TERM and INT end the init with status 0, and every other signal is dropped.
pub fn end<K: Kernel>(init: &mut Init<K>, received: &Received) {
    if matches!(received.signal(), TERM | INT) {
        init.story.asked(received);
        ended::program_ended(init, 0);
    }
}
