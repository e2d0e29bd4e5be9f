//! Orphans come to the init, also if it is not PID 1: `--subreaper`.

use super::init::Init;
use super::verbose::note;
use crate::kernel::Kernel;
use crate::say::Text;

/// Makes the init a child subreaper. As tini, which is one only with `-s`, it says if orphans will not come.
pub fn prepare<K: Kernel>(init: &mut Init<K>) {
    if init.options.subreaper() {
        init.kernel.become_subreaper();
    } else if init.kernel.pid() != 1 && !init.kernel.is_subreaper() {
        note(init, 0, Text::NotSubreaper, 0);
    }
}
