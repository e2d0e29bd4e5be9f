//! tini 0.19, also called docker-init.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// tini says warnings unless TINI_VERBOSITY is 0.
pub const PRESET: &Preset = &Preset {
    style: 1,
    failed: 1,
    not_executed: [127, 126, 1],
    verbosity: [1, 1],
    permutes: true,
    subreaper: false,
    sweep: Time::NONE,
    ..OWN
};

/// tini has no long options. `--help` is here because the init's texts refer to it.
pub const TABLES: &[u8] = b"s*TINI_SUBREAPER=\0g*TINI_KILL_PROCESS_GROUP=\0v#TINI_VERBOSITY=\0\0\
    hhelp\0v=\0w=\0g=\0s=\0l=\0p=\0e=\0Vversion\0";
