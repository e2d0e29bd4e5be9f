//! catatonit 0.1, also called podman-init.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// catatonit has no option to be verbose; its variable turns all texts on.
pub const PRESET: &Preset =
    &Preset { style: 3, failed: 1, not_executed: [1; 3], verbosity: [0, 2], permutes: true, sweep: Time::NONE, ..OWN };

pub const TABLES: &[u8] = b"v*CATATONIT_DEBUG=\0\0\
    g=\0hhelp\0L=\0P=\0Vversion\0";
