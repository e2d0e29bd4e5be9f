//! What stands in examples/, run.

use std::path::{Path, PathBuf};
use std::process::Command;

use scratch_init_tests::builds::NAMED;
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

/// An image in the place of rust:1.95, which cannot be pulled here: this machine's Rust, its C compiler with all that it needs, and the
/// sources of the crates.
fn toolchain() -> Image {
    let script = r#"
        set -euo pipefail
        repository=$1 root=$2
        mkdir -p $root/usr/{bin,lib,lib64,local,sbin} $root/.cargo $root/tmp
        for directory in bin lib lib64 sbin; do ln -s usr/$directory $root/$directory; done
        # The files of Debian's packages; those of a directory that is a link are in /usr.
        no=(--no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
        packages=$(apt-cache depends --recurse --installed "${no[@]}" gcc libc6-dev dash coreutils | grep '^[a-z]')
        dpkg-query --listfiles $packages 2>/dev/null | sed -E 's,^/(bin|lib|lib64|sbin)/,/usr/&,; s,//,/,' | grep -E '^/usr/(bin|lib|lib64|include)/' |
            sort -u | while read -r file; do [ -d "$file" ] && ! [ -L "$file" ] || echo "$file"; done >$root/tmp/list
        tar -C / --ignore-failed-read --files-from $root/tmp/list -c 2>/dev/null | tar -x -C $root
        ln -sf gcc $root/usr/bin/cc
        rust=$(rustc --print sysroot)
        host=$(rustc -vV | sed -n 's/^host: //p')
        cd $rust
        tar -c bin/cargo bin/rustc lib/*.so* lib/rustlib/$host/{bin,lib} | tar -x -C $root/usr/local
        cd $repository
        cargo vendor --quiet --locked $root/vendor >/dev/null
        printf '[source]\ncrates-io.replace-with = "vendored"\nvendored.directory = "/vendor"\n' >$root/.cargo/config.toml
    "#;
    let directory = Directory::new();
    let mut make = Command::new("timeout");
    make.args(["300", "bash", "-c", script, "bash"]).arg(root()).arg(&directory.0);
    succeeds(&mut make);
    Image::import(&directory)
}

#[test]
#[ignore = "needs a Docker engine, and Debian's gcc"]
fn it_is_built_in_a_stage() {
    let rust = toolchain();
    // A checkout with the program in it, and with something that nobody wants in an image.
    let checkout = beside(init(), &[]);
    let copy = r#"git ls-files -z --cached --others --exclude-standard | tar --null --files-from - -c | tar -x -C "$0""#;
    succeeds(limited("sh").args(["-c", copy]).arg(&checkout.0).current_dir(root()));
    std::fs::remove_file(checkout.0.join("scratch-init")).unwrap();
    checkout.file("target/release/scratch-init", b"an old one", 0o755);
    // The command that stands in the file, without a network.
    let dockerfile = text("Dockerfile.multi-stage");
    let command = dockerfile.lines().find_map(|line| line.strip_prefix("#     docker build ")).unwrap();
    let build = |name: &str, options: &[&str]| {
        let words = command.split(' ').map(|word| if word == "app" { name } else { word });
        let mut docker = Command::new("timeout");
        docker
            .args(["600", "docker", "build", "--force-rm", "--network", "none", "--build-arg", &format!("RUST={}", rust.0)])
            .args(options);
        succeeds(docker.args(words).env("DOCKER_BUILDKIT", "0").current_dir(&checkout.0));
        Image(name.to_owned())
    };
    let stage = build(&name("stage"), &["--target", "init"]);
    let image = build(&name("image"), &[]);
    let container = Container::start(&image, &[], &[]);
    container.says("ready");
    assert_eq!(container.stop("examples/Dockerfile.multi-stage"), "143");
    // Another program, by the image's own ENTRYPOINT.
    assert_eq!(Container::start(&image, &[], &["/scratch-init", "--version"]).status(), "0");
    let there = docker::succeeds(&["run", "--rm", "--network", "none", &stage.0, "ls", "-A", "/src"]);
    assert!(there.contains("Cargo.toml") && !there.lines().any(|name| name == ".git"), "{there}");
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

#[test]
fn a_script_without_arguments_says_its_usage() {
    for (script, usage) in [("initramfs.sh", "SCRATCH-INIT APP >initramfs.cpio"), ("unshare.sh", "ROOT PROGRAM [ARG]...")] {
        let path = example(script);
        for words in [&[][..], &["one"]] {
            let output = limited("sh").arg(&path).args(words).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), said), (Some(2), format!("usage: {} {usage}\n", path.display())));
            assert!(output.stdout.is_empty());
        }
    }
}

#[test]
fn a_missing_tool_is_named_before_anything_is_written() {
    let nowhere = Directory::new();
    for (script, tool) in [("initramfs.sh", "cpio is"), ("unshare.sh", "unshare, of util-linux, is")] {
        let path = example(script);
        let nothing = ["PATH", "TMPDIR"].map(|name| format!("{name}={}", nowhere.0.display()));
        let output = limited("env").args(nothing).arg("/bin/sh").arg(&path).args(["one", "two"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said), (Some(1), format!("{}: {tool} not installed\n", path.display())));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_dir(&nowhere.0).unwrap().count(), 0);
}
