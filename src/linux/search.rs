//! The search of `PATH`: which files the name of a program can mean, and in which order: execvp(3).

use scratch_init::{rooms, table};

use super::path::Path;

/// The longest name of a file in a directory, in bytes: NAME_MAX.
const LONGEST: usize = 255;

/// The files that a name can mean, one after the other.
pub struct Candidates<'a> {
    name: &'a [u8],
    /// Whether the name is not searched for: see [`is_direct`].
    pub direct: bool,
    /// The directories that were not returned yet; `None` at the end.
    rest: Option<&'a [u8]>,
}

impl<'a> Candidates<'a> {
    /// The candidates for `name` with this `PATH`.
    pub fn new(name: &'a [u8], path: &'a [u8]) -> Self {
        let direct = is_direct(name);
        Self { name, direct, rest: Some(if direct { b"" } else { path }) }
    }

    /// Sets `file` to the next candidate. Returns its directory (empty for the working directory), and whether its path fits into
    /// PATH_MAX bytes.
    pub fn next(&mut self, file: &mut Path) -> Option<(&'a [u8], bool)> {
        let path = self.rest.take()?;
        let mut directory = path;
        if let Some(end) = path.iter().position(|&byte| byte == b':') {
            directory = path.get(..end)?;
            self.rest = path.get(end + 1..);
        }
        Some((directory, file.join_path(directory, self.name)))
    }
}

/// Whether a name is not searched for in `PATH`: a name with a slash, an empty name, or a name that is too long for a directory. (Small builds
/// leave the last rule to execve(2), in the first directory of `PATH` that is there.)
pub fn is_direct(name: &[u8]) -> bool {
    name.is_empty() || (rooms::EXPLAIN && name.len() > LONGEST) || table::has(name, b'/')
}
