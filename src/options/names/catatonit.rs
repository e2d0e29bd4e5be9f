//! catatonit 0.1, and podman-init, which is catatonit by another name.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// It has no option to be verbose.
pub const NAME: &Preset =
    &Preset { style: 3, failed: 1, not_executed: [1; 3], verbosity: [0, 2], permutes: true, sweep: Time::NONE, ..OWN };

pub const OPTIONS: &[u8] = b"g=\0hhelp\0L=\0P=\0Vversion\0";

pub const VARIABLES: &[u8] = b"v*CATATONIT_DEBUG=\0";
