//! Paths on the stack.

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::slice;

/// A path of up to PATH_MAX bytes, its NUL included.
pub struct Path {
    /// How many bytes the path has, without its NUL: less than ROOM.
    length: usize,
    bytes: MaybeUninit<[c_char; Self::ROOM]>,
}

impl Path {
    const ROOM: usize = linux_raw_sys::general::PATH_MAX as usize;

    /// The empty path. Only its NUL is written: the other bytes stay untouched memory.
    pub fn new() -> Self {
        let mut path = Self { length: 0, bytes: MaybeUninit::uninit() };
        path.end();
        path
    }

    /// The path as a string.
    pub fn as_c_str(&self) -> &CStr {
        // SAFETY: the first `length` bytes are no NULs and were written, and `end` wrote a NUL behind them.
        unsafe { CStr::from_bytes_with_nul_unchecked(slice::from_raw_parts(self.bytes.as_ptr().cast(), self.length + 1)) }
    }

    /// Makes it the empty path.
    fn clear(&mut self) {
        self.length = 0;
        self.end();
    }

    /// Writes the NUL.
    fn end(&mut self) {
        // SAFETY: `length` is less than ROOM.
        unsafe { self.bytes.as_mut_ptr().cast::<c_char>().add(self.length).write(0) };
    }

    /// Adds a piece, as far as it fits and up to its first NUL. Returns whether all of it fits.
    #[inline(never)]
    fn add(&mut self, piece: &[u8]) -> bool {
        let mut fits = true;
        for &byte in piece.iter().take_while(|&&byte| byte != 0) {
            fits = self.length < Self::ROOM - 1;
            if !fits {
                break;
            }
            // SAFETY: `length` is less than ROOM.
            unsafe { self.bytes.as_mut_ptr().cast::<c_char>().add(self.length).write(byte as c_char) };
            self.length += 1;
        }
        self.end();
        fits
    }

    /// Sets the path to the pieces one after the other, as far as they fit. Returns whether all of them fit.
    pub fn join(&mut self, pieces: &[&[u8]]) -> bool {
        self.clear();
        pieces.iter().all(|piece| self.add(piece))
    }

    /// Sets the path to a file in a directory. An empty directory is the working directory, as in PATH.
    pub fn join_path(&mut self, directory: &[u8], file: &[u8]) -> bool {
        self.clear();
        self.add(directory) && (directory.is_empty() || self.add(b"/")) && self.add(file)
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
