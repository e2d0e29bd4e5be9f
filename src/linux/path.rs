//! Paths on the stack.

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;

/// A path of up to PATH_MAX bytes, its NUL included.
pub struct Path(MaybeUninit<[c_char; Self::ROOM]>);

impl Path {
    const ROOM: usize = linux_raw_sys::general::PATH_MAX as usize;

    /// The empty path. Only its NUL is written: the other bytes stay untouched memory.
    pub fn new() -> Self {
        let mut path = Self(MaybeUninit::uninit());
        // SAFETY: the first byte is within the array.
        unsafe { path.0.as_mut_ptr().cast::<c_char>().write(0) };
        path
    }

    /// The path as a string.
    pub fn as_c_str(&self) -> &CStr {
        // SAFETY: `new` writes a NUL, and each byte that is written later is followed by another NUL.
        unsafe { CStr::from_ptr(self.0.as_ptr().cast()) }
    }

    /// Sets the path to the pieces one after the other, as far as they fit. Returns whether all of them fit.
    pub fn join(&mut self, pieces: &[&[u8]]) -> bool {
        let start = self.0.as_mut_ptr().cast::<c_char>();
        // SAFETY: the first byte is within the array.
        unsafe { start.write(0) };
        for (at, &byte) in pieces.iter().copied().flatten().enumerate() {
            if at == Self::ROOM - 1 {
                return false;
            }
            // SAFETY: both bytes are within the array.
            unsafe {
                start.add(at).write(byte as c_char);
                start.add(at + 1).write(0);
            }
        }
        true
    }

    /// Sets the path to a file in a directory. An empty directory is the working directory, as in PATH.
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
