//! Kubernetes' pause.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// Its one option is for the version.
pub const NAME: &Preset = &Preset { style: 4, failed: 1, subreaper: false, pauses: true, sweep: Time::NONE, ..OWN };

pub const OPTIONS: &[u8] = b"v=\0";

/// None.
pub const VARIABLES: &[u8] = b"";
