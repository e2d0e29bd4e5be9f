//! A real engine. No network is used, no image is pulled, and all that is made is removed by its name.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::{DEADLINE, Directory, find_in_path, init, limited, program, wait_for};

/// A name that nobody else uses.
pub fn name(what: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("scratch-init-test-{}-{}-{what}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn docker(arguments: &[&str]) -> Command {
    let mut command = limited("docker");
    command.args(arguments).env("DOCKER_BUILDKIT", "0");
    command
}

/// The same, which must succeed; its stdout.
#[track_caller]
pub fn succeeds(arguments: &[&str]) -> String {
    crate::succeeds(&mut docker(arguments))
}

/// An image, removed at the end.
pub struct Image(pub String);

impl Image {
    /// From a Dockerfile and the files of `directory`.
    pub fn build(directory: &Directory, dockerfile: &str) -> Self {
        directory.file("Dockerfile", dockerfile.as_bytes(), 0o644);
        let name = name("image");
        succeeds(&["build", "--network", "none", "--no-cache", "--force-rm", "--tag", &name, directory.0.to_str().unwrap()]);
        Self(name)
    }

    /// From a directory that is its root.
    pub fn import(directory: &Directory) -> Self {
        let name = name("image");
        let archive = directory.0.with_extension("tar");
        directory.archive(&archive);
        succeeds(&["import", archive.to_str().unwrap(), &name]);
        std::fs::remove_file(archive).unwrap();
        Self(name)
    }

    /// The one with the init and the probe.
    pub fn probe() -> Self {
        let directory = Directory::new();
        copy(&directory, init(), "scratch-init");
        copy(&directory, &program("probe"), "probe");
        Self::build(&directory, "FROM scratch\nCOPY scratch-init probe /\nENTRYPOINT [\"/scratch-init\", \"--\"]\n")
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = docker(&["rmi", "--force", &self.0]).output();
    }
}

pub fn copy(directory: &Directory, from: &Path, to: &str) {
    directory.file(to, &std::fs::read(from).unwrap(), 0o755);
}

/// A container, removed at the end.
pub struct Container(pub String);

impl Container {
    /// Runs it in the background.
    pub fn start(image: &Image, options: &[&str], words: &[&str]) -> Self {
        let name = name("container");
        let mut arguments = vec!["run", "--detach", "--network", "none", "--name", &name];
        arguments.extend(options);
        arguments.push(&image.0);
        arguments.extend(words);
        succeeds(&arguments);
        Self(name)
    }

    pub fn logs(&self) -> String {
        let output = docker(&["logs", &self.0]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        let said = wait_for(DEADLINE, || self.logs().contains(text).then_some(()));
        assert!(said.is_some(), "no {text:?} in {:?}", self.logs());
        self
    }

    /// `docker stop` with two seconds, and the status. How long it took is shown, and not judged:
    /// 137 says that it took all of it.
    pub fn stop(&self, what: &str) -> String {
        let start = Instant::now();
        succeeds(&["stop", "--time", "2", &self.0]);
        let status = self.status();
        println!("docker stop, {what}: {} ms, status {status}", start.elapsed().as_millis());
        status
    }

    /// Waits for the end.
    pub fn status(&self) -> String {
        succeeds(&["wait", &self.0]).trim().to_owned()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = docker(&["rm", "--force", &self.0]).output();
    }
}

/// A file of ours in the place of the engine's docker-init, undone at the end.
pub struct InPlaceOfDockerInit(PathBuf);

impl InPlaceOfDockerInit {
    pub fn new(file: &Path) -> Self {
        let path = find_in_path("docker-init").expect("the engine's docker-init is in PATH").canonicalize().unwrap();
        let mount = Command::new("mount").arg("--bind").arg(file).arg(&path).status();
        assert!(mount.unwrap().success());
        Self(path)
    }
}

impl Drop for InPlaceOfDockerInit {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
