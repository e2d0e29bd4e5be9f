//! dumb-init 1.2.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// One `-v` turns all texts on.
pub const PRESET: &Preset = &Preset {
    style: 2,
    failed: 1,
    not_executed: [2; 3],
    verbosity: [0, 2],
    answers_on_stderr: true,
    subreaper: false,
    session: true,
    resets: true,
    sweep: Time::NONE,
    ..OWN
};

/// `DUMB_INIT_SETSID=0` is `-c`.
pub const TABLES: &[u8] = b"v1DUMB_INIT_DEBUG=\0c0DUMB_INIT_SETSID=\0\0\
    csingle-child\0rrewrite\0vverbose\0hhelp\0Vversion\0";
