//! The init of a machine: `--boot`. It prepares file systems and the console before the program starts, and ends the machine
//! after the program.

use core::ffi::CStr;

use crate::kernel::Kernel;
use crate::options::boot::Shutdown;
use crate::say::Text;

/// Prepares the machine for the program. Returns false, and does nothing, if the init is not the first process of a machine.
pub fn begin<K: Kernel>(kernel: &mut K) -> bool {
    // The kernel refuses this call in every PID namespace but the machine's first, and containers are not allowed to make it. So
    // the mounts of a container are never touched by mistake.
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

/// Mounts a file system at `place`, unless something is mounted there already.
#[inline(never)]
fn mount<K: Kernel>(kernel: &mut K, place: &CStr, kind: &CStr, data: &CStr) {
    if let Err(errno) = kernel.mount(place, kind, data) {
        kernel.say(Text::NoMount, place.to_bytes(), errno);
    }
}

/// Ends the machine. Returns only if the kernel refuses.
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
    // Without /proc the loop has found no mount point.
    read_only(kernel, b"/");
    kernel.shut_down(how);
}

/// Makes a file system read-only, so that it needs no repair at the next boot.
fn read_only<K: Kernel>(kernel: &mut K, place: &[u8]) {
    if let Err(errno) = kernel.remount_read_only(place) {
        kernel.say(Text::NotReadOnly, place, errno);
    }
}
