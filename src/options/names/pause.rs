//! Kubernetes' pause.

use crate::options::preset::{OWN, Preset};
use crate::time::Time;

/// The only option of pause prints its version.
pub const PRESET: &Preset = &Preset { style: 4, failed: 1, subreaper: false, pauses: true, sweep: Time::NONE, ..OWN };

/// No variable, and one option.
pub const TABLES: &[u8] = b"\0v=\0";
