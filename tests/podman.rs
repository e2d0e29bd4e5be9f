//! With the real Podman, under the names by which it knows an init.

use std::path::Path;
use std::process::Command;

use scratch_init_tests::{DEADLINE, Directory, init, limited, program, succeeds};

/// Podman with all its state in a directory, removed at the end.
struct Podman {
    directory: Directory,
}

/// Needs no ulimits that it may not set, and keeps to runc and plain cgroups.
const CONFIGURATION: &str = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n\
    [engine]\nruntime = \"runc\"\nevents_logger = \"none\"\ncgroup_manager = \"cgroupfs\"\n";

impl Podman {
    fn new() -> Self {
        let directory = Directory::new();
        directory.file("containers.conf", CONFIGURATION.as_bytes(), 0o644);
        Self { directory }
    }

    fn command(&self, words: &[&str]) -> Command {
        let at = &self.directory.0;
        let mut command = limited("podman");
        command.arg("--root").arg(at.join("root")).arg("--runroot").arg(at.join("run")).args(["--storage-driver", "vfs"]);
        command.args(words).env("CONTAINERS_CONF", at.join("containers.conf"));
        command
    }

    #[track_caller]
    fn succeeds(&self, words: &[&str]) -> String {
        succeeds(&mut self.command(words))
    }

    /// An image with these files in its root.
    fn image(&self, name: &str, files: &[(&Path, &str)]) {
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

#[test]
#[ignore = "needs Podman, runc and root"]
fn run_init() {
    let podman = Podman::new();
    podman.image("probe", &[(&program("probe"), "probe")]);
    let run = ["run", "--init", "--init-path", init().to_str().unwrap(), "--network", "none"];
    let ids = podman.succeeds(&[&run[..], &["probe", "/probe", "ids"]].concat());
    assert!(ids.ends_with(" init podman-init\n") && !ids.starts_with("pid 1 "), "{ids}");
    let zombies = podman.succeeds(&[&run[..], &["probe", "/probe", "zombies", "20"]].concat());
    assert_eq!(zombies, "zombies 0\n");
    podman.succeeds(&[&run[..], &["--detach", "--name", "stopped", "probe", "/probe", "pause"]].concat());
    scratch_init_tests::wait_for(DEADLINE, || podman.succeeds(&["logs", "stopped"]).contains("ready").then_some(())).expect("it runs");
    podman.succeeds(&["stop", "--time", "5", "stopped"]);
    assert_eq!(podman.succeeds(&["wait", "stopped"]), "143\n");
    // The same options as everywhere.
    let with = ["--env", "SCRATCH_INIT_OPTIONS=-e 3:4", "probe", "/probe", "exit", "3"];
    assert_eq!(podman.command(&[&run[..], &with].concat()).status().unwrap().code(), Some(4));
}

#[test]
#[ignore = "needs Podman, runc and root"]
fn a_pod_whose_infra_container_is_ours() {
    let podman = Podman::new();
    podman.image("probe", &[(&program("probe"), "probe")]);
    for (name, words) in [("pause", "/pause"), ("catatonit", "/catatonit -P")] {
        podman.image("infra", &[(init(), name)]);
        let pod = ["pod", "create", "--name", name, "--infra-image", "infra", "--infra-command", words, "--network", "none"];
        podman.succeeds(&[&pod[..], &["--share", "pid,ipc,uts"]].concat());
        // With one PID namespace for all of it, the infra container is process 1.
        let run = ["run", "--pod", name, "probe", "/probe"];
        let ids = podman.succeeds(&[&run[..], &["ids"]].concat());
        assert!(ids.ends_with(&format!(" init {name}\n")), "{ids}");
        assert_eq!(podman.succeeds(&[&run[..], &["zombies", "10"]].concat()), "zombies 0\n");
        podman.succeeds(&["pod", "stop", "--time", "5", name]);
        let states = podman.succeeds(&["ps", "--all", "--filter", "name=infra", "--format", "{{.ExitCode}}"]);
        assert_eq!(states, "0\n");
        podman.succeeds(&["pod", "rm", "--force", name]);
    }
}
