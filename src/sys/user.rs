//! Another user for the program: setgroups(2), setresgid(2), setresuid(2), credentials(7).

use core::{ptr, slice};

use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use scratch_init::errno::EPERM;
use scratch_init::options::GROUPS;

use super::{Result, arch};

/// Becomes that user with these groups, of which the first is the primary one, in all three of its ids: real,
/// effective and saved. There is no way back, and what capabilities are left is the kernel's to say: none,
/// unless it is still root.
///
/// (These calls are a thread's own. The child that makes them has one.)
///
/// # Errors
/// EPERM without CAP_SETGID and CAP_SETUID, or if it is not so afterwards. EINVAL for an id that the user
/// namespace does not have.
pub fn become_user(uid: u32, gids: &[u32]) -> Result<()> {
    let [gid, others @ ..] = gids else { return Err(EPERM) };
    // SAFETY: a `Gid` is nothing but its number.
    let groups = unsafe { slice::from_raw_parts(others.as_ptr().cast::<Gid>(), others.len()) };
    let (own, group) = (Uid::from_raw(uid), Gid::from_raw(*gid));
    set_thread_groups(groups)
        .and_then(|()| set_thread_res_gid(group, group, group))
        .and_then(|()| set_thread_res_uid(own, own, own))
        .map_err(Errno::raw_os_error)?;
    // A seccomp filter can let a call do nothing, and say that all is well.
    if is(arch::__NR_getresuid, uid) && is(arch::__NR_getresgid, *gid) && are(others) { Ok(()) } else { Err(EPERM) }
}

/// Whether all three ids that getresuid(2) or getresgid(2) gives are this one.
fn is(number: u32, id: u32) -> bool {
    let mut ids = [!id; 3];
    let first = ids.as_mut_ptr().expose_provenance();
    // SAFETY: places for three ids.
    unsafe { arch::syscall(number, first, first + size_of::<u32>(), first + 2 * size_of::<u32>(), 0) };
    ids[0] == id && ids[1] == id && ids[2] == id
}

/// Whether these are the supplementary groups. getgroups(2) gives them in another order.
fn are(groups: &[u32]) -> bool {
    let mut own = [0; GROUPS];
    // SAFETY: a place for that many.
    let count = unsafe { arch::syscall(arch::__NR_getgroups, GROUPS, ptr::from_mut(&mut own).expose_provenance(), 0, 0) };
    count as usize == groups.len() && own.iter().zip(groups).all(|(own, _)| groups.iter().any(|group| group == own))
}
