//! Another user for the program: setgroups(2), setresgid(2), setresuid(2), credentials(7), capabilities(7). And whether the init
//! has more rights than its caller.

use core::{ptr, slice};

use linux_raw_sys::general as k;
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgid, getuid};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use scratch_init::errno::EPERM;
use scratch_init::options::GROUPS;
use scratch_init::rooms;

use super::arch;
use super::call::{Result, result};
use super::process::is_dumpable;
use super::vectors::Vectors;

/// Becomes this user with these groups: sets the real, effective and saved ids, so there is no way back. The first group is the
/// primary one.
///
/// (These system calls change only the calling thread. The child has only one.)
///
/// # Errors
/// EPERM without CAP_SETGID and CAP_SETUID, or if the ids are not as wanted afterwards. EINVAL for an id that the user namespace
/// does not have.
pub fn become_user(uid: u32, gids: &[u32]) -> Result<()> {
    let [gid, others @ ..] = gids else { return Err(EPERM) };
    // SAFETY: a `Gid` consists of its number alone.
    let groups = unsafe { slice::from_raw_parts(others.as_ptr().cast::<Gid>(), others.len()) };
    let (own, group) = (Uid::from_raw(uid), Gid::from_raw(*gid));
    set_thread_groups(groups)
        .and_then(|()| set_thread_res_gid(group, group, group))
        .and_then(|()| set_thread_res_uid(own, own, own))
        .map_err(Errno::raw_os_error)?;
    // A seccomp filter can let a call do nothing and report success.
    if ids_are(arch::__NR_getresuid, uid) && ids_are(arch::__NR_getresgid, *gid) && groups_are(others) { Ok(()) } else { Err(EPERM) }
}

/// Drops all capabilities from every set but the bounding set. A change of the user does this only for root, keeps the
/// inheritable set, and does nothing under `SECBIT_NO_SETUID_FIXUP`.
///
/// # Errors
/// EPERM if a capability is left afterwards, or if this cannot be found out: capset(2) drops nothing if a seccomp filter forbids
/// it.
pub fn drop_capabilities() -> Result<()> {
    let none = CapabilitySet::empty();
    // The result of the call does not matter: the sets are read afterwards. An ambient capability is always permitted as well.
    let _ = set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none });
    if capabilities() == [0; 6] { Ok(()) } else { Err(EPERM) }
}

/// The capabilities, as capget(2) returns them: the effective, permitted and inheritable ones below 32, then the same from 32 on.
/// If a seccomp filter forbids the call or lets it do nothing, the result is all capabilities. (rustix would read uninitialised
/// memory then.)
fn capabilities() -> [u32; 6] {
    let mut header = k::__user_cap_header_struct { version: k::_LINUX_CAPABILITY_VERSION_3, pid: 0 };
    let mut sets = [!0; 6];
    let (header, places) = (ptr::from_mut(&mut header).expose_provenance(), ptr::from_mut(&mut sets).expose_provenance());
    // SAFETY: pointers to a header and to two structures of three numbers, as in version 3.
    let got = result(unsafe { arch::syscall(k::__NR_capget, header, places, 0, 0) });
    if got.is_ok() { sets } else { [!0; 6] }
}

/// Whether the init has more rights than its caller: by the set-user-ID or set-group-ID bit of its file, or by the file's
/// capabilities.
///
/// `AT_SECURE` alone does not tell. SELinux also sets it for the first process of a container, because the engine that executed
/// it is in another domain.
///
/// Small builds, which have nothing that needs more rights, ask one thing alone: a process that has gained some is not dumpable, prctl(2).
/// It is not dumpable either if its caller may not read its file; and it is in spite of all where fs.suid_dumpable is 1, proc(5).
pub fn has_gained(vectors: &Vectors) -> bool {
    if !rooms::USER && !rooms::EXPLAIN {
        return !is_dumpable();
    }
    let by_file = || {
        let [_, low, _, _, high, _] = capabilities();
        !getuid().is_root() && (low | high) != 0
    };
    vectors.is_secure() && (getuid() != geteuid() || getgid() != getegid() || by_file())
}

/// Whether all three ids that getresuid(2) or getresgid(2) returns are `id`.
fn ids_are(number: u32, id: u32) -> bool {
    let mut ids = [!id; 3];
    let first = ids.as_mut_ptr().expose_provenance();
    // SAFETY: places for three ids.
    unsafe { arch::syscall(number, first, first + size_of::<u32>(), first + 2 * size_of::<u32>(), 0) };
    ids[0] == id && ids[1] == id && ids[2] == id
}

/// Whether `groups` are the supplementary groups. getgroups(2) may return them in another order.
fn groups_are(groups: &[u32]) -> bool {
    let mut own = [0; GROUPS];
    // SAFETY: a place for that many.
    let count = unsafe { arch::syscall(arch::__NR_getgroups, GROUPS, ptr::from_mut(&mut own).expose_provenance(), 0, 0) };
    let own = own.get(..count as usize).unwrap_or_default();
    // A group may be given twice.
    let each_in = |these: &[u32], those: &[u32]| these.iter().all(|this| those.iter().any(|that| this == that));
    count as usize == groups.len() && each_in(own, groups) && each_in(groups, own)
}
