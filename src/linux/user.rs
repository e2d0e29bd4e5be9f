//! Another user for the program: setgroups(2), setresgid(2), setresuid(2), credentials(7), capabilities(7). And
//! whether the init itself has become another.

use core::{ptr, slice};

use linux_raw_sys::general as k;
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgid, getuid};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use scratch_init::errno::EPERM;
use scratch_init::options::GROUPS;

use super::arch;
use super::call::{Result, result};
use super::start::Start;

/// Becomes that user with these groups, of which the first is the primary one, in all three of its ids: real,
/// effective and saved. There is no way back.
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

/// Leaves no capability in any set but the bounding one. Becoming another user does that only if this was root, and
/// leaves the inheritable ones then; none of it happens under `SECBIT_NO_SETUID_FIXUP`.
///
/// # Errors
/// EPERM if there are some afterwards, or it cannot be told: capset(2) takes nothing away where a seccomp filter forbids it.
pub fn drop_capabilities() -> Result<()> {
    let none = CapabilitySet::empty();
    // Whatever it says, it is looked at. An ambient one is always a permitted one as well.
    let _ = set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none });
    if capabilities() == [0; 6] { Ok(()) } else { Err(EPERM) }
}

/// The effective, permitted and inheritable capabilities below 32, and those from 32 on, as capget(2) gives them; all of
/// them where a seccomp filter forbids that, or lets it do nothing. (rustix reads places that nobody wrote to then.)
fn capabilities() -> [u32; 6] {
    let mut header = k::__user_cap_header_struct { version: k::_LINUX_CAPABILITY_VERSION_3, pid: 0 };
    let mut sets = [!0; 6];
    let (header, places) = (ptr::from_mut(&mut header).expose_provenance(), ptr::from_mut(&mut sets).expose_provenance());
    // SAFETY: a header, and places for two structures of three numbers, which version 3 has.
    let got = result(unsafe { arch::syscall(k::__NR_capget, header, places, 0, 0) });
    if got.is_ok() { sets } else { [!0; 6] }
}

/// Whether the init has more rights than whoever executed it: by the set-user-ID or set-group-ID bit of its file, or by
/// that file's capabilities.
///
/// `AT_SECURE` alone does not say so. SELinux sets it for the first process of a container as well, which is in another
/// domain than the engine that executed it.
pub fn has_gained(start: &Start) -> bool {
    let by_file = || {
        let [_, low, _, _, high, _] = capabilities();
        !getuid().is_root() && (low | high) != 0
    };
    start.is_secure() && (getuid() != geteuid() || getgid() != getegid() || by_file())
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
    let own = own.get(..count as usize).unwrap_or_default();
    // Some may be there twice.
    let each_in = |these: &[u32], those: &[u32]| these.iter().all(|this| those.iter().any(|that| this == that));
    count as usize == groups.len() && each_in(own, groups) && each_in(groups, own)
}
