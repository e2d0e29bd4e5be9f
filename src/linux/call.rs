//! The results of system calls.

use scratch_init::errno::{EAGAIN, EINTR, ENOMEM};

/// A value or an errno, from a system call that rustix does not make. (Converting a number to rustix's `Errno` would be a path to
/// a panic.)
pub type Result<T> = core::result::Result<T, i32>;

/// Splits the return value of a system call into a result or an errno.
pub fn result(value: isize) -> Result<usize> {
    if value < 0 { Err(-value as i32) } else { Ok(value as usize) }
}

/// Makes a call, up to ten times if it fails with a temporary errno: EINTR, EAGAIN, ENOMEM.
pub fn persist<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let mut again = 10;
    loop {
        let result = call();
        again -= 1;
        if again == 0 || !matches!(result, Err(EINTR | EAGAIN | ENOMEM)) {
            return result;
        }
    }
}
