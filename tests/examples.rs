//! What stands in examples/, run.

use std::path::{Path, PathBuf};

use scratch_init_tests::builds::{Build, NAMED};
use scratch_init_tests::docker::{self, Container, Image, copy, name};
use scratch_init_tests::{As, Case, Directory, has_namespaces, init, is_root, limited, program, root, succeeds, target};

fn example(file: &str) -> PathBuf {
    root().join("examples").join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(example(file)).unwrap()
}

/// A directory with an init and a program beside these of the examples.
fn beside(init: &Path, files: &[&str]) -> Directory {
    let directory = Directory::new();
    copy(&directory, init, "scratch-init");
    // It waits, and ends as a signal has it; the other one takes no notice.
    for (name, handler) in [("app", "SIG_DFL"), ("stubborn", "SIG_IGN")] {
        let source = format!(
            "#include <signal.h>\n#include <unistd.h>\n#include <stdio.h>\n\
            int main(void) {{ signal(SIGTERM, {handler}); puts(\"ready\"); fflush(stdout); pause(); return 0; }}\n"
        );
        directory.compile(name, &source);
    }
    for file in files {
        directory.file(file, text(file).as_bytes(), 0o644);
    }
    directory
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_released_file_is_copied() {
    for build in NAMED {
        let directory = beside(build.file(), &[]);
        let image = Image::build(&directory, &text("Dockerfile"));
        let container = Container::start(&image, &[], &[]);
        container.says("ready");
        assert_eq!(container.stop("examples/Dockerfile"), "143", "{build:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine and busybox-static"]
fn it_is_built_in_a_stage() {
    // No image can be pulled here: this one has BusyBox as its shell and, in the place of cargo, what puts the file there.
    let stage = Directory::new();
    copy(&stage, Path::new("/bin/busybox"), "bin/sh");
    copy(&stage, Path::new("/bin/busybox"), "bin/busybox");
    copy(&stage, Build::Middle.file(), "built");
    let cargo = "#!/bin/sh -e\n[ \"$*\" = 'build --release --package scratch-init' ] && [ \"$PWD\" = /src ] && [ -e Cargo.toml ]\n\
        /bin/busybox mkdir -p target/release\n/bin/busybox cp /built target/release/scratch-init\n";
    stage.file("bin/cargo", cargo.as_bytes(), 0o755);
    let stage = Image::import(&stage);
    let directory = beside(init(), &[]);
    directory.file("Cargo.toml", &std::fs::read(root().join("Cargo.toml")).unwrap(), 0o644);
    let dockerfile = text("Dockerfile.multi-stage");
    assert!(dockerfile.contains("FROM rust:1.95 AS"));
    let image = Image::build(&directory, &dockerfile.replace("FROM rust:1.95 AS", &format!("FROM {} AS", stage.0)));
    let _built = Image::stage(&directory, "init");
    let container = Container::start(&image, &[], &[]);
    container.says("ready");
    assert_eq!(container.stop("examples/Dockerfile.multi-stage"), "143");
}

#[test]
#[ignore = "needs a Docker engine and docker-compose"]
fn compose() {
    let directory = beside(init(), &["Dockerfile", "compose.yaml"]);
    let project = name("example");
    let compose = |words: &[&str]| {
        let mut command = limited("docker-compose");
        command.env("DOCKER_BUILDKIT", "0").args(["--project-name", &project]).args(words).current_dir(&directory.0);
        succeeds(&mut command)
    };
    compose(&["build"]);
    let _images = ["server", "job"].map(|service| Image(format!("{project}_{service}")));
    compose(&["up", "--detach"]);
    let [server, job] = ["server", "job"].map(|service| Container(compose(&["ps", "--quiet", service]).trim().to_owned()));
    server.says("ready");
    job.says("ready");
    compose(&["stop"]);
    assert_eq!((server.status(), job.status()), ("143".to_owned(), "0".to_owned()));
    server.says("was ended by TERM, sent by the init");
    compose(&["down"]);
}

#[test]
#[ignore = "needs a Docker engine, and kubernetes-validate in target/tools"]
fn kubernetes() {
    let validate = target().join("tools/bin/kubernetes-validate");
    succeeds(limited(validate.to_str().unwrap()).arg("--strict").arg(example("kubernetes.yaml")));

    // Its containers, started by hand: one process namespace, the same commands and rights, the signal that Kubernetes sends,
    // and every time divided by ten.
    let directory = beside(init(), &[]);
    let image = Image::build(&directory, "FROM scratch\nCOPY scratch-init app stubborn /\n");
    let pause = Container::start(&image, &["--entrypoint", "/scratch-init"], &["-P"]);
    let shared = format!("container:{}", pause.0);
    let manifest = text("kubernetes.yaml");
    let list = |line: &str| -> Vec<String> {
        let (_, list) = line.split_once('[').unwrap();
        list.trim_end_matches(']').split(", ").map(|word| tenth(word.trim_matches('"'))).collect()
    };
    let commands = manifest.lines().filter(|line| line.contains(" command: [")).map(list);
    let arguments = manifest.lines().filter(|line| line.contains(" args: [")).map(list);
    let pairs: Vec<_> = commands.zip(arguments).collect();
    assert_eq!(pairs.len(), 2);
    let (_, time) = manifest.lines().find_map(|line| line.split_once("terminationGracePeriodSeconds: ")).unwrap();
    let time = (time.parse::<u32>().unwrap() / 10).to_string();
    for program in ["/app", "/stubborn"] {
        let containers: Vec<_> = pairs
            .iter()
            .map(|(command, arguments)| {
                assert_eq!(arguments[..], ["/app"]);
                let options = [
                    "--pid",
                    &shared,
                    "--read-only",
                    "--cap-drop",
                    "ALL",
                    "--security-opt",
                    "no-new-privileges",
                    "--entrypoint",
                    &command[0],
                ];
                let words: Vec<_> = command[1..].iter().map(String::as_str).chain([program]).collect();
                let container = Container::start(&image, &options, &words);
                container.says("ready");
                container
            })
            .collect();
        // The engine kills what has not ended in time, and then the init cannot say why it ended.
        let stops: Vec<_> =
            containers.iter().map(|container| docker::docker(&["stop", "--time", &time, &container.0]).spawn().unwrap()).collect();
        stops.into_iter().for_each(|stop| assert!(scratch_init_tests::ends(stop).status.success()));
        for container in &containers {
            let (status, why) = if program == "/app" {
                ("143", "was ended by TERM, sent by the init; TERM from outside (PID 0) had asked for the end")
            } else {
                ("137", "was ended by KILL, sent by the init, the grace period was over; TERM from outside (PID 0) had asked for the end")
            };
            container.says(why);
            assert_eq!(container.status(), status);
        }
    }
    assert_eq!(pause.stop("examples/kubernetes.yaml, the pod"), "0");
}

/// A word, and if it is a number of seconds the tenth of that.
fn tenth(word: &str) -> String {
    let seconds = word.strip_suffix('s').and_then(|number| number.parse::<u32>().ok());
    seconds.map_or(word.to_owned(), |seconds| format!("{}ms", seconds * 100))
}

#[test]
fn a_container_of_util_linux() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let root = Directory::new();
    copy(&root, init(), "scratch-init");
    copy(&root, &program("probe"), "probe");
    // In a PID namespace, as every run of the init.
    let script = example("unshare.sh");
    let words = ["/bin/sh", script.to_str().unwrap(), root.0.to_str().unwrap(), "/probe", "exit", "42"];
    assert_eq!(Case::bare(As::Pid1, words).run().quiet_status(), 42);
}
