//! The status that the init ends with: `--exit`.

use super::init::Init;
use super::verbose::note_numbers;
use crate::kernel::Kernel;
use crate::say::Text;

/// The status to end with instead of `status`.
pub fn replaced<K: Kernel>(init: &mut Init<K>, status: u8) -> u8 {
    let to = init.options.exit(status);
    if to != status {
        note_numbers(init, 1, Text::Exit, status.into(), to.into());
    }
    to
}
