//! Names and meanings of the errnos that starting a program can give: errno(3).

use linux_raw_sys::errno as e;

use crate::{rooms, table};

macro_rules! numbers {
    ($($name:ident)*) => { $(#[doc = stringify!($name)] pub const $name: i32 = e::$name as i32;)* };
}

numbers! { E2BIG EACCES EAGAIN ECHILD EINTR EINVAL EIO EISDIR ELIBACC ELIBBAD ELOOP EMFILE ENAMETOOLONG ENFILE ENOENT ENOEXEC ENOMEM ENOSYS ENOTDIR ENXIO EPERM ESRCH ETXTBSY }

/// The names of the errnos that starting a program can give: execve(2), open(2), chdir(2), clone(2), setpgid(2), on any
/// file system. The numbers are the same on x86, Arm and RISC-V.
const ALL: &[u8] = b"\x01EPERM\0\x02ENOENT\0\x03ESRCH\0\x04EINTR\0\x05EIO\0\x06ENXIO\0\x07E2BIG\0\x08ENOEXEC\0\x09EBADF\0\
    \x0aECHILD\0\x0bEAGAIN\0\x0cENOMEM\0\x0dEACCES\0\x0eEFAULT\0\x0fENOTBLK\0\x10EBUSY\0\x11EEXIST\0\x12EXDEV\0\x13ENODEV\0\
    \x14ENOTDIR\0\x15EISDIR\0\x16EINVAL\0\x17ENFILE\0\x18EMFILE\0\x19ENOTTY\0\x1aETXTBSY\0\x1bEFBIG\0\x1cENOSPC\0\x1dESPIPE\0\
    \x1eEROFS\0\x1fEMLINK\0\x20EPIPE\0\x21EDOM\0\x22ERANGE\0\x23EDEADLK\0\x24ENAMETOOLONG\0\x25ENOLCK\0\x26ENOSYS\0\x28ELOOP\0\
    \x3dENODATA\0\x3eETIME\0\x47EPROTO\0\x4aEBADMSG\0\x4bEOVERFLOW\0\x4fELIBACC\0\x50ELIBBAD\0\x51ELIBSCN\0\x52ELIBMAX\0\
    \x53ELIBEXEC\0\x57EUSERS\0\x58ENOTSOCK\0\x5fEOPNOTSUPP\0\x67ECONNABORTED\0\x68ECONNRESET\0\x69ENOBUFS\0\x6bENOTCONN\0\
    \x6eETIMEDOUT\0\x6fECONNREFUSED\0\x70EHOSTDOWN\0\x71EHOSTUNREACH\0\x72EALREADY\0\x73EINPROGRESS\0\x74ESTALE\0\x75EUCLEAN\0\
    \x79EREMOTEIO\0\x7aEDQUOT\0\x7dECANCELED\0\x7eENOKEY\0\x7fEKEYEXPIRED\0\x80EKEYREVOKED\0\x81EKEYREJECTED\0";

const NAMES: &[u8] = if rooms::EXPLAIN { ALL } else { b"" };

/// The meanings of the most common errnos: strerror(3).
const MEANINGS: &[u8] = b"\x01Operation not permitted\0\x02No such file or directory\0\x05Input/output error\0\
    \x07Argument list too long\0\x08Exec format error\0\x0bResource temporarily unavailable\0\x0cCannot allocate memory\0\
    \x0dPermission denied\0\x14Not a directory\0\x15Is a directory\0\x16Invalid argument\0\x17Too many open files in system\0\
    \x18Too many open files\0\x1aText file busy\0\x24File name too long\0\x28Too many levels of symbolic links\0\
    \x50Accessing a corrupted shared library\0";

/// The name of `errno`; empty if the table has none.
pub fn name(errno: i32) -> &'static [u8] {
    u8::try_from(errno).map_or(b"", |errno| table::name(NAMES, errno))
}

/// The meaning of `errno`; empty if the table has none.
pub fn meaning(errno: i32) -> &'static [u8] {
    u8::try_from(errno).map_or(b"", |errno| table::name(MEANINGS, errno))
}

/// Whether execvp(3) goes on to the next directory of PATH after this errno, and does not report it.
pub fn not_here(errno: i32) -> bool {
    matches!(errno as u32, e::ENOENT | e::ENOTDIR | e::ENODEV | e::ESTALE | e::ETIMEDOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execvp_goes_on_after_these() {
        let on = [e::ENOENT, e::ENODEV, e::ENOTDIR, e::ETIMEDOUT, e::ESTALE];
        assert!((0..=133).filter(|errno| not_here(*errno)).eq(on.map(|errno| errno as i32)));
    }

    /// Checks that the table has these errnos and no others.
    macro_rules! check {
        ($($name:ident)*) => {
            $(assert_eq!(table::name(NAMES, u8::try_from(e::$name).unwrap()), stringify!($name).as_bytes());)*
            assert_eq!(NAMES.iter().filter(|&&byte| byte == 0).count(), [$(e::$name),*].len());
        };
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn the_table_agrees_with_the_kernels_headers() {
        check! {
            EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST
            EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM
            ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ELOOP ENODATA ETIME EPROTO EBADMSG EOVERFLOW ELIBACC ELIBBAD ELIBSCN
            ELIBMAX ELIBEXEC EUSERS ENOTSOCK EOPNOTSUPP ECONNABORTED ECONNRESET ENOBUFS ENOTCONN ETIMEDOUT ECONNREFUSED
            EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN EREMOTEIO EDQUOT ECANCELED ENOKEY EKEYEXPIRED
            EKEYREVOKED EKEYREJECTED
        }
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn a_number_above_a_bytes_is_no_other() {
        assert_eq!(name(ENOENT), b"ENOENT");
        for number in [0, -2, 256 + ENOENT, 4095] {
            assert_eq!((name(number), meaning(number)), (&b""[..], &b""[..]));
        }
    }

    #[test]
    #[cfg_attr(not(feature = "explain"), ignore = "the room is missing in this build")]
    fn what_has_a_meaning_has_a_name() {
        let mut rest = MEANINGS;
        while let [number, ..] = table::cut(&mut rest, 0) {
            assert!(!table::name(NAMES, *number).is_empty(), "{number}");
        }
        assert_eq!(meaning(ENOTDIR), b"Not a directory");
    }
}
