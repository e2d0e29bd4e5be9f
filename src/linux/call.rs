//! The results of system calls.

use scratch_init::errno::{EAGAIN, EINTR, ENOMEM};

use super::arch;

/// A value or an errno, from a system call that rustix does not make. (Converting a number to rustix's `Errno` would be a path to
/// a panic.)
pub type Result<T> = core::result::Result<T, i32>;

/// Splits the return value of a system call into a result or an errno.
pub fn result(value: isize) -> Result<usize> {
    if value < 0 { Err(-value as i32) } else { Ok(value as usize) }
}

/// Makes a call, up to ten times if it fails with a temporary errno: EINTR, EAGAIN, ENOMEM.
pub fn persist<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let mut again = TRIES;
    loop {
        let result = call();
        again -= 1;
        if again == 0 || !result.as_ref().is_err_and(|&errno| passes(errno)) {
            return result;
        }
    }
}

/// Makes a system call as [`persist`] does. Returns the kernel's result; an errno is negative.
///
/// # Safety
/// As for [`arch::syscall`]; and it may be made more than once.
#[inline(never)]
pub unsafe fn persistent(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let mut again = TRIES;
    loop {
        // SAFETY: the caller vouches for the arguments.
        let value = unsafe { arch::syscall(number, a, b, c, d) };
        again -= 1;
        if again == 0 || !passes(-value as i32) {
            return value;
        }
    }
}

/// How often a call is made that fails with an errno that passes.
const TRIES: u32 = 10;

/// Whether an errno passes.
fn passes(errno: i32) -> bool {
    matches!(errno, EINTR | EAGAIN | ENOMEM)
}
