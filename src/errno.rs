//! The errnos' names: errno(3), those that starting a program can meet.

use linux_raw_sys::errno as e;

macro_rules! numbers {
    ($($name:ident)*) => { $(#[doc = stringify!($name)] pub const $name: i32 = e::$name as i32;)* };
}

numbers! { E2BIG EACCES EAGAIN ECHILD EINTR EINVAL EIO EISDIR ELIBBAD EMFILE ENAMETOOLONG ENOENT ENFILE ENOEXEC ENOMEM ENOTDIR EPERM ESRCH }

/// The names; the numbers are the same on x86, Arm and RISC-V.
pub const NAMES: &[u8] = b"\x01EPERM\0\x02ENOENT\0\x03ESRCH\0\x04EINTR\0\x05EIO\0\x07E2BIG\0\x08ENOEXEC\0\x09EBADF\0\x0bEAGAIN\0\
    \x0cENOMEM\0\x0dEACCES\0\x0eEFAULT\0\x13ENODEV\0\x14ENOTDIR\0\x15EISDIR\0\x16EINVAL\0\x17ENFILE\0\x18EMFILE\0\
    \x1aETXTBSY\0\x1cENOSPC\0\x24ENAMETOOLONG\0\x26ENOSYS\0\x28ELOOP\0\x50ELIBBAD\0\x6eETIMEDOUT\0\x74ESTALE\0";

/// What the commonest of them mean, strerror(3).
pub const MEANINGS: &[u8] = b"\x02No such file or directory\0\x08Exec format error\0\x0dPermission denied\0";

/// Whether execvp(3) goes on to the next directory of PATH after this errno without a thought.
pub fn not_here(errno: i32) -> bool {
    matches!(errno as u32, e::ENOENT | e::ENOTDIR | e::ENODEV | e::ESTALE | e::ETIMEDOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    #[test]
    fn the_table_agrees_with_the_kernels_headers() {
        for (number, text) in [
            (e::EPERM, "EPERM"),
            (e::ENOENT, "ENOENT"),
            (e::ESRCH, "ESRCH"),
            (e::EINTR, "EINTR"),
            (e::EIO, "EIO"),
            (e::E2BIG, "E2BIG"),
            (e::ENOEXEC, "ENOEXEC"),
            (e::EBADF, "EBADF"),
            (e::EAGAIN, "EAGAIN"),
            (e::ENOMEM, "ENOMEM"),
            (e::EACCES, "EACCES"),
            (e::EFAULT, "EFAULT"),
            (e::ENODEV, "ENODEV"),
            (e::ENOTDIR, "ENOTDIR"),
            (e::EISDIR, "EISDIR"),
            (e::EINVAL, "EINVAL"),
            (e::ENFILE, "ENFILE"),
            (e::EMFILE, "EMFILE"),
            (e::ETXTBSY, "ETXTBSY"),
            (e::ENOSPC, "ENOSPC"),
            (e::ENAMETOOLONG, "ENAMETOOLONG"),
            (e::ENOSYS, "ENOSYS"),
            (e::ELOOP, "ELOOP"),
            (e::ELIBBAD, "ELIBBAD"),
            (e::ETIMEDOUT, "ETIMEDOUT"),
            (e::ESTALE, "ESTALE"),
        ] {
            assert_eq!(table::name(NAMES, number as u8), text.as_bytes());
        }
        assert_eq!(NAMES.iter().filter(|&&byte| byte == 0).count(), 26);
    }
}
