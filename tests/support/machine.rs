//! A real kernel in QEMU, with what `.ci/kernels` gets. KVM is not used: where it can be opened it does not always work.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{DEADLINE, Directory, Stream, init, limited, succeeds, target, wait_for};

/// A kind of machine: what its kernel and its init are, and how QEMU makes it.
pub struct Kind {
    pub name: &'static str,
    qemu: &'static [&'static str],
    console: &'static str,
}

/// QEMU's usual PC.
pub const X86_64: Kind = Kind { name: "x86_64", qemu: &["qemu-system-x86_64"], console: "ttyS0" };
/// QEMU's own aarch64 machine.
pub const AARCH64: Kind =
    Kind { name: "aarch64", qemu: &["qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a57"], console: "ttyAMA0" };

/// QEMU's own riscv64 machine.
pub const RISCV64: Kind = Kind { name: "riscv64", qemu: &["qemu-system-riscv64", "-machine", "virt"], console: "ttyS0" };

impl Kind {
    /// What `.ci/kernels` got.
    pub fn file(&self, name: &str) -> PathBuf {
        target().join("kernels").join(self.name).join(name)
    }

    /// The init: ours, or the one that `.ci/machines` built.
    pub fn init(&self) -> PathBuf {
        if self.name == X86_64.name {
            return init().to_owned();
        }
        let architecture = if self.name == RISCV64.name { "riscv64gc" } else { self.name };
        target().join(format!("machines/{architecture}-unknown-linux-gnu/release/scratch-init"))
    }

    /// A directory with the init and BusyBox, and nothing else.
    pub fn image(&self) -> Directory {
        let directory = Directory::new();
        directory.file("init", &std::fs::read(self.init()).expect("it is built"), 0o755);
        directory.file("busybox", &std::fs::read(self.file("bin/busybox")).expect(".ci/kernels got it"), 0o755);
        directory
    }

    /// Starts it with an initramfs of that directory. `words` are for the kernel, and those behind `--` for the init.
    pub fn start(&self, image: &Directory, words: &str, disks: &[&Path]) -> Machine {
        let initramfs = Directory::new().0.with_extension("cpio");
        let pack = format!("find . | cpio --quiet --create --format newc --owner 0:0 > {}", initramfs.display());
        succeeds(limited("sh").args(["-c", &pack]).current_dir(&image.0));
        let mut machine = self.boot(&initramfs, words, disks);
        // It is in memory when the kernel runs.
        machine.says("Linux version");
        std::fs::remove_file(initramfs).expect("it is ours");
        machine
    }

    /// Starts it with that initramfs.
    pub fn boot(&self, initramfs: &Path, words: &str, disks: &[&Path]) -> Machine {
        let directory = Directory::new();
        let monitor = directory.0.join("monitor");
        let [qemu, how @ ..] = self.qemu else { unreachable!("it has a name") };
        let mut command = limited(qemu);
        command.args(how).args(["-m", "256", "-display", "none", "-no-reboot", "-nic", "none", "-serial", "stdio"]);
        command.arg("-monitor").arg(format!("unix:{},server=on,wait=off", monitor.display()));
        command.arg("-kernel").arg(self.file("vmlinuz")).arg("-initrd").arg(initramfs);
        command.args(["-append", &format!("console={} panic=-1 {words}", self.console)]);
        for disk in disks {
            command.arg("-drive").arg(format!("file={},format=raw,if=virtio", disk.display()));
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("QEMU runs");
        let console = Stream::new(child.stdout.take().expect("it is piped"));
        Machine { child, console, monitor, _directory: directory }
    }

    /// The same with nothing but the init and BusyBox: what the console shows until the machine is off.
    pub fn run(&self, words: &str) -> String {
        self.start(&self.image(), &format!("rdinit=/init -- {words}"), &[]).off()
    }
}

/// A machine that runs.
pub struct Machine {
    child: Child,
    pub console: Stream,
    monitor: PathBuf,
    _directory: Directory,
}

impl Machine {
    /// Waits for a text on the console.
    pub fn says(&mut self, text: &str) -> &mut Self {
        let said = wait_for(DEADLINE, || self.console.text().contains(text).then_some(()));
        assert!(said.is_some(), "no {text:?} on the console:\n{}", self.console.text());
        self
    }

    /// Waits until it is off, and gives what was said on the console.
    pub fn off(mut self) -> String {
        let off = wait_for(DEADLINE, || self.child.try_wait().expect("it is our child"));
        let text = self.console.text().replace('\r', "");
        assert!(off.is_some_and(|status| status.success()), "it is not off:\n{text}");
        assert!(!text.contains("Kernel panic"), "{text}");
        text
    }

    /// Presses keys.
    pub fn press(&self, keys: &str) {
        let mut monitor = UnixStream::connect(&self.monitor).expect("QEMU listens");
        monitor.set_read_timeout(Some(DEADLINE)).expect("it is more than none");
        writeln!(monitor, "sendkey {keys}").expect("QEMU listens");
        // A prompt comes when it is connected, and one when that is done.
        let mut said = Vec::new();
        while String::from_utf8_lossy(&said).matches("(qemu) ").count() < 2 {
            let mut byte = [0];
            monitor.read_exact(&mut byte).expect("it prompts");
            said.push(byte[0]);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // timeout(1) passes this on to QEMU, if that still runs.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}
