//! The calls for a machine: mount(2), reboot(2).

use core::ffi::CStr;

use rustix::fs::{AtFlags, CWD, Mode, StatxAttributes, StatxFlags, mkdir, statx};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount_remount};
use rustix::process::getpid;
use rustix::system::{RebootCommand, reboot};
use scratch_init::errno::{ENAMETOOLONG, ESRCH};
use scratch_init::options::boot::Shutdown;
use scratch_init::table;

use super::call::Result;
use super::files::read_file;
use super::path::Path;

/// Makes the kernel send INT to the init for Ctrl-Alt-Del: reboot(2). The kernel refuses this in every PID namespace but the
/// machine's first (EINVAL), and containers are not allowed to make the call (EPERM).
///
/// # Errors
/// ESRCH if the init is not PID 1; EINVAL, EPERM.
pub fn own_machine() -> Result<()> {
    if getpid().is_init() { reboot(RebootCommand::CadOff).map_err(Errno::raw_os_error) } else { Err(ESRCH) }
}

/// Mounts a file system at `place`, unless something is mounted there already.
///
/// # Errors
/// Those of mount(2).
pub fn mount(place: &CStr, kind: &CStr, data: &CStr) -> Result<()> {
    // In an initramfs the directory may be missing.
    let _ = mkdir(place, Mode::from_raw_mode(0o755));
    let there = statx(CWD, place, AtFlags::empty(), StatxFlags::empty());
    if there.is_ok_and(|there| there.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)) {
        return Ok(());
    }
    match rustix::mount::mount(kind, place, kind, MountFlags::NOSUID, data) {
        // Before Linux 5.8 statx(2) does not tell whether something is mounted there: mount(2) fails with EBUSY then.
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(errno) => Err(errno.raw_os_error()),
    }
}

/// Sets `place` to the mount point in this line of proc_pid_mounts(5), and returns whether there is such a line. (Each call
/// counts lines from the beginning, because the length of the earlier lines may have changed.)
#[inline(never)]
pub fn mount_point(line: u32, place: &mut Path) -> bool {
    let mut buffer = [0; 4096];
    let mut offset = 0;
    let mut before = line;
    loop {
        let lines = read_file(c"/proc/self/mounts", &mut buffer, offset).unwrap_or_default();
        let mut rest = lines;
        let mut fields = table::cut(&mut rest, b'\n');
        if fields.len() == lines.len() {
            return false;
        }
        if before == 0 {
            table::cut(&mut fields, b' ');
            return place.join(&[table::cut(&mut fields, b' ')]);
        }
        before -= 1;
        offset += fields.len() as u32 + 1;
    }
}

/// Makes the file system at this mount point read-only.
///
/// # Errors
/// Those of mount(2): EBUSY if a file is open for writing.
pub fn remount_read_only(place: &[u8]) -> Result<()> {
    let mut path = Path::new();
    if !path.join(&[place]) {
        return Err(ENAMETOOLONG);
    }
    mount_remount(path.as_c_str(), MountFlags::RDONLY, c"").map_err(Errno::raw_os_error)
}

/// Ends the machine. Returns only if the kernel refuses.
pub fn shut_down(how: Shutdown) {
    let _ = reboot(match how {
        Shutdown::Poweroff => RebootCommand::PowerOff,
        Shutdown::Reboot => RebootCommand::Restart,
        Shutdown::Halt => RebootCommand::Halt,
    });
}
