//! Results of system calls.

use scratch_init::errno::{EAGAIN, EINTR, ENOMEM};

/// What a system call of ours gives: a value, or the errno. (To make a rustix Errno of a number is a
/// path to a panic.)
pub type Result<T> = core::result::Result<T, i32>;

/// A system call's result, or the errno.
pub fn result(value: isize) -> Result<usize> {
    if value < 0 { Err(-value as i32) } else { Ok(value as usize) }
}

/// Makes a call again, a few times, if it failed with an errno that passes: EINTR, EAGAIN, ENOMEM.
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
