//! The status that the init ends with: `--exit`.

use super::init::Init;
use super::verbose::note_of;
use crate::kernel::Kernel;
use crate::number::Decimal;
use crate::say::Text;

/// The status to end with instead of `status`.
pub fn replaced<K: Kernel>(init: &mut Init<K>, status: u8) -> u8 {
    let to = init.options.exit(status);
    if to != status {
        note_of(init, 1, Text::Exit, Decimal::new(status.into()).bytes(), to.into());
    }
    to
}
