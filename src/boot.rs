//! The init of a machine: `--boot`. Before the program its file systems and console, and after it what becomes
//! of the machine.

use core::ffi::CStr;

use rustix::fs::{AtFlags, CWD, Mode, StatxAttributes, StatxFlags, mkdir, statx, sync};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount, mount_remount};
use rustix::process::getpid;
use rustix::system::{RebootCommand, reboot};

use scratch_init::errno::ESRCH;
use scratch_init::options::{Boot, Options};
use scratch_init::table;

use crate::report::{Word, event, say};
use crate::sys::{Text, open_console, read_file};

/// Makes the machine fit for a program, and says whether it is ours; if it is not, nothing was done.
pub fn begin(options: &Options<'_>) -> bool {
    // Ctrl-Alt-Del comes as INT from now on. In a PID namespace that is not the machine's first reboot(2) does not
    // know this, and in a container it is forbidden: so nobody's mounts are touched by mistake.
    let ours = if getpid().is_init() { reboot(RebootCommand::CadOff).map_err(|errno| errno.raw_os_error()) } else { Err(ESRCH) };
    if let Err(errno) = ours {
        event(options, Word::NotBoot, errno);
        return false;
    }
    attach(options, c"/dev", c"devtmpfs", c"");
    attach(options, c"/proc", c"proc", c"");
    attach(options, c"/sys", c"sysfs", c"");
    attach(options, c"/run", c"tmpfs", c"mode=755");
    open_console();
    true
}

/// Mounts a file system, unless something is mounted there.
#[inline(never)]
fn attach(options: &Options<'_>, place: &CStr, kind: &CStr, data: &CStr) {
    // In an initramfs it need not be there.
    let _ = mkdir(place, Mode::from_raw_mode(0o755));
    let there = statx(CWD, place, AtFlags::empty(), StatxFlags::empty());
    if there.is_ok_and(|there| there.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)) {
        return;
    }
    if let Err(errno) = mount(kind, place, kind, MountFlags::NOSUID, data)
        // Before Linux 5.8 this is how the kernel says so.
        && errno != Errno::BUSY
    {
        say(options, Word::NoMount, place.to_bytes(), b"", errno.raw_os_error());
    }
}

/// The end of the machine. Comes back only if that is refused.
#[inline(never)]
pub fn finish(options: &Options<'_>) {
    let end = options.boot();
    say(options, Word::Leaving, end.name(), b"", 0);
    sync();
    let mut place = Text::new();
    for line in 0.. {
        if !mount_point(line, &mut place) {
            break;
        }
        read_only(options, place.as_c_str());
    }
    // Where there is no /proc.
    read_only(options, c"/");
    let _ = reboot(match end {
        Boot::Poweroff => RebootCommand::PowerOff,
        Boot::Halt => RebootCommand::Halt,
        _ => RebootCommand::Restart,
    });
}

/// Makes `place` the mount point of that line of proc_pid_mounts(5), and says whether there is one. (The length of
/// those before it may have changed since the last time.)
#[inline(never)]
fn mount_point(line: u32, place: &mut Text) -> bool {
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

/// Makes a file system read-only, so that it need not be mended at the next start.
fn read_only(options: &Options<'_>, place: &CStr) {
    if let Err(errno) = mount_remount(place, MountFlags::RDONLY, c"") {
        say(options, Word::NotReadOnly, place.to_bytes(), b"", errno.raw_os_error());
    }
}
