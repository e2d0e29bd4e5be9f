//! The errnos' names: errno(3), those that starting a program can meet.

use linux_raw_sys::errno as e;

/// The names, without the `E` of each; the numbers are the same on x86, Arm and RISC-V.
pub const NAMES: &[u8] = b"\x01PERM\0\x02NOENT\0\x04INTR\0\x05IO\0\x072BIG\0\x08NOEXEC\0\x09BADF\0\x0bAGAIN\0\
    \x0cNOMEM\0\x0dACCES\0\x0eFAULT\0\x13NODEV\0\x14NOTDIR\0\x15ISDIR\0\x16INVAL\0\x17NFILE\0\x18MFILE\0\
    \x1aTXTBSY\0\x1cNOSPC\0\x24NAMETOOLONG\0\x26NOSYS\0\x28LOOP\0\x50LIBBAD\0\x6eTIMEDOUT\0\x74STALE\0";

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
            assert_eq!(Some(table::name(NAMES, number as u8)), text.as_bytes().strip_prefix(b"E"));
        }
        assert_eq!(NAMES.iter().filter(|&&byte| byte == 0).count(), 25);
    }
}
