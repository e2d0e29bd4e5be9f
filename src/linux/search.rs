//! `PATH`: which files the name of a program can mean, and in which order, execvp(3).

use scratch_init::table;

use super::path::Path;

/// The longest name that any directory can hold, in bytes: NAME_MAX.
const LONGEST: usize = 255;

/// The files that a name can mean, one after the other.
pub struct Candidates<'a> {
    name: &'a [u8],
    /// The directories that are left; `None` at the end.
    rest: Option<&'a [u8]>,
}

impl<'a> Candidates<'a> {
    /// Those of `name` with this `PATH`.
    pub fn new(name: &'a [u8], path: &'a [u8]) -> Self {
        Self { name, rest: Some(if is_direct(name) { b"" } else { path }) }
    }

    /// Makes `file` the next one. Gives the directory that it is in, where an empty one is the working directory, and
    /// whether its name is short enough for the kernel.
    pub fn next(&mut self, file: &mut Path) -> Option<(&'a [u8], bool)> {
        let rest = self.rest.as_mut()?;
        let left = rest.len();
        let directory = table::cut(rest, b':');
        if directory.len() == left {
            self.rest = None;
        }
        Some((directory, file.join_path(directory, self.name)))
    }
}

/// Whether a name is searched for nowhere: one with a slash, none at all, or one that no directory can hold.
pub fn is_direct(name: &[u8]) -> bool {
    name.is_empty() || name.len() > LONGEST || table::has(name, b'/')
}
