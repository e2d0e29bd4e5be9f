//! The init of a machine: `--boot`. Before the program its file systems and console, and after it what becomes
//! of the machine.

use core::ffi::CStr;

use crate::kernel::Kernel;
use crate::options::boot::Shutdown;
use crate::say::Text;

/// Makes the machine fit for a program, and says whether it is ours; if it is not, nothing was done.
pub fn begin<K: Kernel>(kernel: &mut K) -> bool {
    // In a PID namespace that is not the machine's first the kernel refuses this, and in a container it is forbidden: so
    // nobody's mounts are touched by mistake.
    if let Err(errno) = kernel.own_machine() {
        kernel.say(Text::NotBoot, b"", errno);
        return false;
    }
    mount(kernel, c"/dev", c"devtmpfs", c"");
    mount(kernel, c"/proc", c"proc", c"");
    mount(kernel, c"/sys", c"sysfs", c"");
    mount(kernel, c"/run", c"tmpfs", c"mode=755");
    kernel.open_console();
    true
}

/// Mounts a file system, unless something is mounted there.
#[inline(never)]
fn mount<K: Kernel>(kernel: &mut K, place: &CStr, kind: &CStr, data: &CStr) {
    if let Err(errno) = kernel.mount(place, kind, data) {
        kernel.say(Text::NoMount, place.to_bytes(), errno);
    }
}

/// The end of the machine. Comes back only if that is refused.
#[inline(never)]
pub fn finish<K: Kernel>(kernel: &mut K, how: Shutdown) {
    kernel.say(Text::Leaving, how.name(), 0);
    kernel.sync();
    let mut path = K::Path::default();
    for line in 0.. {
        if !kernel.mount_point(line, &mut path) {
            break;
        }
        read_only(kernel, path.as_ref());
    }
    // Where there is no /proc.
    read_only(kernel, b"/");
    kernel.shut_down(how);
}

/// Makes a file system read-only, so that it need not be mended at the next start.
fn read_only<K: Kernel>(kernel: &mut K, place: &[u8]) {
    if let Err(errno) = kernel.remount_read_only(place) {
        kernel.say(Text::NotReadOnly, place, errno);
    }
}
