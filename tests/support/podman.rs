//! The real Podman, apart from all that the machine has of it.

use std::path::Path;
use std::process::Command;

use crate::{Directory, limited, succeeds};

/// Podman with all its state in a directory, removed at the end.
pub struct Podman {
    directory: Directory,
}

/// Needs no ulimits that it may not set, and keeps to runc and plain cgroups.
const CONFIGURATION: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n\
    [engine]\nruntime = \"runc\"\nevents_logger = \"none\"\ncgroup_manager = \"cgroupfs\"\n";

impl Podman {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let directory = Directory::new();
        directory.file("containers.conf", CONFIGURATION.as_bytes(), 0o644);
        Self { directory }
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let at = &self.directory.0;
        let mut command = limited("podman");
        command.arg("--root").arg(at.join("root")).arg("--runroot").arg(at.join("run")).args(["--storage-driver", "vfs"]);
        command.args(words).env("CONTAINERS_CONF", at.join("containers.conf"));
        command
    }

    #[track_caller]
    pub fn succeeds(&self, words: &[&str]) -> String {
        succeeds(&mut self.command(words))
    }

    /// An image with these files in its root.
    pub fn image(&self, name: &str, files: &[(&Path, &str)]) {
        let root = Directory::new();
        for (from, to) in files {
            root.file(to, &std::fs::read(from).unwrap(), 0o755);
        }
        let archive = self.directory.0.join(format!("{name}.tar"));
        root.archive(&archive);
        self.succeeds(&["import", archive.to_str().unwrap(), name]);
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        for words in [&["pod", "rm", "--all", "--force"][..], &["rm", "--all", "--force"], &["rmi", "--all", "--force"]] {
            let _ = self.command(words).output();
        }
        // What it leaves of its cgroups: empty ones, which rmdir(1) takes alone.
        let _ = Command::new("find")
            .args(["/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*/libpod_parent*", "-exec", "rmdir", "{}", ";"])
            .output();
    }
}
