//! Another user for the program: setgroups(2), setresgid(2), setresuid(2), credentials(7).

use core::ptr;

use linux_raw_sys::general as k;
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use scratch_init::errno::EPERM;
use scratch_init::options::{GROUPS, User};

use super::{Result, arch};

/// Becomes that user, in all three of its ids: real, effective and saved. There is no way back, and what
/// capabilities are left is the kernel's to say: none, unless it is still root.
///
/// (These calls are a thread's own. The child that makes them has one.)
///
/// # Errors
/// EPERM without CAP_SETGID and CAP_SETUID, or if it is not so afterwards. EINVAL for an id that the user
/// namespace does not have.
pub fn become_user(user: &User) -> Result<()> {
    let [gid, others @ ..] = user.gids() else { return Err(EPERM) };
    let mut groups = [Gid::ROOT; GROUPS];
    for (group, &gid) in groups.iter_mut().zip(others) {
        *group = Gid::from_raw(gid);
    }
    let (own, group) = (Uid::from_raw(user.uid), Gid::from_raw(*gid));
    set_thread_groups(groups.get(..others.len()).unwrap_or_default())
        .and_then(|()| set_thread_res_gid(group, group, group))
        .and_then(|()| set_thread_res_uid(own, own, own))
        .map_err(Errno::raw_os_error)?;
    // A seccomp filter can let a call do nothing, and say that all is well.
    let all = |number, id| {
        let mut ids = [0u32; 3];
        let [a, b, c] = ids.each_mut().map(|id| ptr::from_mut(id).expose_provenance());
        // SAFETY: places for three ids.
        unsafe { arch::syscall(number, a, b, c, 0) == 0 && ids == [id; 3] }
    };
    let mut kept = [0u32; GROUPS];
    // SAFETY: a place for that many.
    let count = unsafe { arch::syscall(k::__NR_getgroups, GROUPS, ptr::from_mut(&mut kept).expose_provenance(), 0, 0) };
    // The kernel sorts them.
    let none_of_before = kept.iter().zip(others).all(|(group, _)| others.iter().any(|other| other == group));
    let done = all(k::__NR_getresuid, user.uid) && all(k::__NR_getresgid, *gid) && count as usize == others.len() && none_of_before;
    if done { Ok(()) } else { Err(EPERM) }
}
