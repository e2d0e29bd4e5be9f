//! Paths, put together on the stack.

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;

/// A path of up to PATH_MAX bytes, its NUL included.
pub struct Path(MaybeUninit<[c_char; Self::ROOM]>);

impl Path {
    const ROOM: usize = linux_raw_sys::general::PATH_MAX as usize;

    /// The empty one. No more than its NUL is written: the room stays untouched memory.
    pub fn new() -> Self {
        let mut path = Self(MaybeUninit::uninit());
        // SAFETY: the first byte is within the room.
        unsafe { path.0.as_mut_ptr().cast::<c_char>().write(0) };
        path
    }

    /// What it is.
    pub fn as_c_str(&self) -> &CStr {
        // SAFETY: there is a NUL from the start on, and whatever is written before it is followed by another.
        unsafe { CStr::from_ptr(self.0.as_ptr().cast()) }
    }

    /// Makes it the pieces one after the other, as far as there is room, and says whether there was enough.
    pub fn join(&mut self, pieces: &[&[u8]]) -> bool {
        let start = self.0.as_mut_ptr().cast::<c_char>();
        // SAFETY: the first byte is within the room.
        unsafe { start.write(0) };
        for (at, &byte) in pieces.iter().copied().flatten().enumerate() {
            if at == Self::ROOM - 1 {
                return false;
            }
            // SAFETY: both are within the room.
            unsafe {
                start.add(at).write(byte as c_char);
                start.add(at + 1).write(0);
            }
        }
        true
    }

    /// Makes it a file in a directory, where an empty one is the working directory, as in PATH.
    pub fn join_path(&mut self, directory: &[u8], file: &[u8]) -> bool {
        self.join(&[directory, if directory.is_empty() { b"" } else { b"/" }, file])
    }
}

impl Default for Path {
    fn default() -> Self {
        Self::new()
    }
}

impl AsRef<[u8]> for Path {
    fn as_ref(&self) -> &[u8] {
        self.as_c_str().to_bytes()
    }
}
