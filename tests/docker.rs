//! In a real engine: `FROM scratch` images with nothing but the init and a program.
//!
//! No network is used, no image is pulled, and all that is made is removed by its name.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use scratch_init_tests::docker::{Container, Image, InPlaceOfDockerInit, copy, docker, name, succeeds};
use scratch_init_tests::terminal::Terminal;
use scratch_init_tests::{Directory, init, limited, program, root};
use serde_json::Value;

#[test]
#[ignore = "needs a Docker engine"]
fn a_container_is_no_machine() {
    let image = Image::probe();
    for (options, errno) in [(&[][..], "EPERM"), (&["--cap-add", "SYS_BOOT"], "EINVAL")] {
        let options = [&["--entrypoint", "/scratch-init"], options].concat();
        let container = Container::start(&image, &options, &["-B", "poweroff", "/probe", "ids"]);
        assert_eq!(container.status(), "125");
        assert_eq!(container.logs(), format!("scratch-init: -B: {errno}: it is for the first process of a machine\n"));
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_program_is_not_process_1() {
    let image = Image::probe();
    let container = Container::start(&image, &[], &["/probe", "ids"]);
    assert_eq!(container.status(), "0");
    let logs = container.logs();
    let pid: i32 = logs.strip_prefix("pid ").and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
    assert!(pid >= 2 && logs.ends_with(" init scratch-init\n"), "{logs}");
    let container = Container::start(&image, &["--entrypoint", "/probe"], &["ids"]);
    assert_eq!(container.status(), "0");
    assert_eq!(container.logs(), "pid 1 init probe\n");
}

#[test]
#[ignore = "needs a Docker engine"]
fn stop_is_heard() {
    let image = Image::probe();
    let container = Container::start(&image, &[], &["/probe", "pause"]);
    container.says("ready");
    assert_eq!(container.stop("under scratch-init"), "143");
    let container = Container::start(&image, &["--entrypoint", "/probe"], &["pause"]);
    container.says("ready");
    assert_eq!(container.stop("the program alone"), "137");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_program_that_fails_is_started_again() {
    let image = Image::probe();
    let run = |options: &str| Container::start(&image, &["--env", &format!("SCRATCH_INIT_OPTIONS={options}")], &["/probe", "exit", "7"]);
    let container = run("-v -R2:100ms");
    assert_eq!(container.status(), "7");
    assert_eq!(container.logs().matches("started PID").count(), 3, "{}", container.logs());
    // `docker stop` is heard between two starts, too.
    let container = run("-v -Rinf:1h");
    container.says("starting the program again in 3600000 ms");
    assert_eq!(container.stop("between two starts"), "7");
}

#[test]
#[ignore = "needs a Docker engine"]
fn control_z_does_not_freeze_a_container() {
    let image = Image::probe();
    let container = Container::start(&image, &["--tty", "--interactive"], &["/probe", "echo"]);
    let mut terminal = Terminal::of(docker(&["attach", &container.0]));
    // The terminal shows it when it has sent the stop.
    terminal.types("one\n").shows("read one").types("\x1a").shows("^Z");
    assert_eq!(container.stop("after ^Z"), "143");
}

#[test]
#[ignore = "needs a Docker engine"]
fn zombies_do_not_accumulate() {
    let image = Image::probe();
    let container = Container::start(&image, &[], &["/probe", "zombies", "50"]);
    assert_eq!(container.status(), "0");
    assert_eq!(container.logs(), "zombies 0\n");
    let container = Container::start(&image, &["--entrypoint", "/probe"], &["zombies", "50"]);
    assert_eq!(container.status(), "0");
    assert_eq!(container.logs(), "zombies 50\n");
}

#[test]
#[ignore = "needs a Docker engine and busybox-static"]
fn a_shell_in_between() {
    let directory = Directory::new();
    copy(&directory, init(), "scratch-init");
    copy(&directory, &program("probe"), "probe");
    copy(&directory, Path::new(&which("busybox")), "sh");
    let image = Image::build(&directory, "FROM scratch\nCOPY scratch-init probe /\nCOPY sh /bin/\n");
    // The shell waits for it, and passes nothing on.
    let script = "/probe pause; exit $?";
    let container = Container::start(&image, &[], &["/bin/sh", "-c", script]);
    container.says("ready");
    assert_eq!(container.stop("a shell alone"), "137");
    let container = Container::start(&image, &[], &["/scratch-init", "/bin/sh", "-c", script]);
    container.says("ready");
    assert_eq!(container.stop("a shell under scratch-init"), "143");
    let container = Container::start(&image, &[], &["/scratch-init", "-g", "/bin/sh", "-c", script]);
    container.says("ready");
    assert_eq!(container.stop("a shell and its group under scratch-init -g"), "143");
}

#[test]
#[ignore = "needs a Docker engine with memory cgroups"]
fn out_of_memory_is_said() {
    let image = Image::probe();
    for (who, said) in [("program", "the program was ended by KILL, not sent by the init"), ("child", "the program ended with status 3")] {
        let options = ["--memory", "16m", "--memory-swap", "16m", "--env", "SCRATCH_INIT_OPTIONS=-v"];
        let container = Container::start(&image, &options, &["/probe", "eat", who]);
        assert_eq!(container.status(), if who == "child" { "3" } else { "137" });
        let expected = format!("scratch-init: {said}, out of memory: 1 killed; user ");
        assert!(container.logs().contains(&expected), "{}", container.logs());
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn another_user_in_an_image_without_any_setuid_file() {
    let image = Image::probe();
    let container = Container::start(&image, &["--env", "SCRATCH_INIT_OPTIONS=-u 1234:56,7"], &["/probe", "who"]);
    assert_eq!(container.status(), "0");
    let logs = container.logs();
    for line in [
        "Uid:\t1234\t1234\t1234\t1234\n",
        "Gid:\t56\t56\t56\t56\n",
        "Groups:\t7 \n",
        "CapPrm:\t0000000000000000\n",
        "CapEff:\t0000000000000000\n",
        "root again 0\n",
    ] {
        assert!(logs.contains(line), "{logs}");
    }
    // Without the capabilities there is no other user, and nothing is started.
    let container = Container::start(&image, &["--cap-drop", "ALL", "--env", "SCRATCH_INIT_OPTIONS=-u1"], &["/probe", "who"]);
    assert_eq!(container.status(), "125");
    assert!(container.logs().starts_with("scratch-init: cannot become user 1: EPERM: "), "{}", container.logs());
}

#[test]
#[ignore = "needs a Docker engine, and root to take its docker-init's place"]
fn docker_run_init() {
    let image = Image::probe();
    let _ours = InPlaceOfDockerInit::new(init());
    let options = ["--init", "--entrypoint", "/probe"];
    let container = Container::start(&image, &options, &["ids"]);
    assert_eq!(container.status(), "0");
    assert!(container.logs().ends_with(" init docker-init\n"), "{}", container.logs());
    let container = Container::start(&image, &options, &["pause"]);
    container.says("ready");
    assert_eq!(container.stop("docker run --init"), "143");
    // There is no other way to give that init options.
    let with = ["--init", "--entrypoint", "/probe", "--env", "SCRATCH_INIT_OPTIONS=-v -e 143:0"];
    let container = Container::start(&image, &with, &["pause"]);
    container.says("ready");
    assert_eq!(container.stop("docker run --init with options"), "0");
    assert!(container.logs().contains("scratch-init: the program was ended by TERM, sent by the init; "), "{}", container.logs());
}

#[test]
#[ignore = "needs a Docker engine, and root to take its docker-init's place"]
fn the_daemon_shows_our_version() {
    let _ours = InPlaceOfDockerInit::new(init());
    let format = "{{range .Server.Components}}{{.Name}} {{.Version}}\n{{end}}";
    let components = succeeds(&["version", "--format", format]);
    assert!(components.contains("docker-init 0.19.0_scratch-init-0.1.0"), "{components}");
    let info = succeeds(&["info", "--format", "{{.InitBinary}} {{.Warnings}}"]);
    assert!(info.starts_with("docker-init "), "{info}");
}

#[test]
#[ignore = "needs a Docker engine with the Compose tool, and root to take its docker-init's place"]
fn compose_with_an_init() {
    let image = Image::probe();
    let _ours = InPlaceOfDockerInit::new(init());
    let directory = Directory::new();
    let file = format!(
        "version: '3.7'\nservices:\n  app:\n    image: {}\n    init: true\n    network_mode: none\n    entrypoint: [/probe]\n    command: [pause]\n",
        image.0
    );
    let file = directory.file("compose.yaml", file.as_bytes(), 0o644);
    let project = name("compose");
    let compose = |words: &[&str]| {
        let mut command = limited("docker-compose");
        command.arg("--file").arg(&file).args(["--project-name", &project]).args(words);
        scratch_init_tests::succeeds(&mut command)
    };
    compose(&["up", "--detach"]);
    let container = Container(compose(&["ps", "--quiet"]).trim().to_owned());
    container.says("ready");
    let top = succeeds(&["top", &container.0]);
    assert!(top.contains("docker-init"), "{top}");
    compose(&["stop", "--timeout", "5"]);
    assert_eq!(container.status(), "143");
    compose(&["down"]);
}

/// The blocks of a page that are in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().map(str::trim_start);
    while lines.any(|line| line.strip_prefix("```") == Some(language)) {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect());
    }
    blocks
}

fn page() -> String {
    std::fs::read_to_string(root().join("doc/docker-init.md")).unwrap()
}

#[test]
fn what_the_page_of_docker_init_puts_there_it_takes_away() {
    let page = page();
    let commands = blocks(&page, "sh");
    for command in &commands {
        scratch_init_tests::succeeds(limited("sh").args(["-n", "-c", command]));
    }
    // The file is where daemon.json says, and nothing is there afterwards.
    let directory = Directory::new();
    copy(&directory, init(), "scratch-init-full-amd64");
    std::fs::create_dir_all(directory.0.join("bin")).unwrap();
    let run = |beginning: &str| {
        let command = commands.iter().find(|command| command.starts_with(beginning)).unwrap();
        let command = command.replace("sudo ", "").replace("/usr/local/bin/", "bin/");
        scratch_init_tests::succeeds(limited("sh").args(["-c", &command]).current_dir(&directory.0));
    };
    let [json] = &blocks(&page, "json")[..] else { panic!("one daemon.json") };
    let json: Value = serde_json::from_str(json).unwrap();
    let file = directory.0.join("bin").join(json["init-path"].as_str().unwrap().strip_prefix("/usr/local/bin/").unwrap());
    run("sudo install ");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
    assert!(std::fs::read(&file).unwrap() == std::fs::read(init()).unwrap());
    run("sudo rm ");
    assert!(!file.exists());
}

#[test]
#[ignore = "needs a Docker engine, and root to take its docker-init's place"]
fn what_the_page_of_docker_init_says_of_the_engine() {
    let page = page();
    // What can be told of daemon.json without another engine: its keys are options of this one.
    let help = scratch_init_tests::succeeds(limited("dockerd").arg("--help"));
    let inline = page.split('`').filter(|code| code.starts_with('"')).map(|code| format!("{{{code}}}"));
    let settings: Vec<_> = blocks(&page, "json").into_iter().chain(inline).collect();
    assert_eq!(settings.len(), 3);
    for text in settings {
        let settings: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        for (key, value) in settings {
            let kind = if value.is_string() { "string " } else { " " };
            assert!(help.contains(&format!(" --{key} {kind}")), "{text}");
        }
    }
    // And what it says of a bad option. (tests/commands.rs runs its commands.)
    let image = Image::probe();
    let _ours = InPlaceOfDockerInit::new(init());
    let container = Container::start(&image, &["--init", "--env", "SCRATCH_INIT_OPTIONS=-t", "--entrypoint", "/probe"], &["ids"]);
    assert_eq!((container.status(), container.logs().lines().count()), ("1".to_owned(), 1), "{}", container.logs());
}

/// A root directory with the init, busybox as shell and sleep, and these programs with the libraries
/// that ldd(1) names.
fn root_with(programs: &[(&str, &str)]) -> Directory {
    let root = Directory::new();
    copy(&root, init(), "scratch-init");
    for name in ["bin/sh", "bin/sleep"] {
        copy(&root, Path::new(&which("busybox")), name);
    }
    for (from, to) in programs {
        copy(&root, Path::new(from), to);
        let ldd = Command::new("ldd").arg(from).output().unwrap();
        for library in String::from_utf8_lossy(&ldd.stdout).split_whitespace().filter(|word| word.starts_with('/')) {
            copy(&root, Path::new(library), &library[1..]);
        }
    }
    std::fs::create_dir_all(root.0.join("proc")).unwrap();
    std::fs::create_dir_all(root.0.join("tmp")).unwrap();
    root
}

/// Where a program of the machine is, its own and no wrapper that comes before it in PATH.
fn which(name: &str) -> String {
    let path =
        ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|directory| format!("{directory}/{name}")).find(|path| Path::new(path).exists());
    path.unwrap_or_else(|| panic!("{name} is installed"))
}

/// The names under which it runs a program.
const NAMES: [&str; 6] = ["scratch-init", "tini", "docker-init", "dumb-init", "catatonit", "podman-init"];

#[test]
#[ignore = "needs a Docker engine and busybox-static"]
fn others_write_to_the_descriptors_of_process_1() {
    let root = root_with(&[]);
    for name in &NAMES[1..] {
        std::os::unix::fs::symlink("scratch-init", root.0.join(name)).unwrap();
    }
    let image = Image::import(&root);
    for name in NAMES {
        let init = format!("/{name}");
        for terminal in [false, true] {
            let options = if terminal { &["--interactive", "--tty"][..] } else { &["--interactive"] };
            let container = Container::start(&image, options, &[&init, "--", "/bin/sh", "-c", "echo ready; read line; echo got $line"]);
            container.says("ready");
            for fd in ["1", "2"] {
                succeeds(&["exec", &container.0, "/bin/sh", "-c", &format!("echo from exec $((40 + {fd})) >>/proc/1/fd/{fd}")]);
                container.says(&format!("from exec 4{fd}"));
            }
            // What is written to a terminal is shown, and read by nobody.
            if !terminal {
                // The container ends by it, and this may end with the container.
                docker(&["exec", &container.0, "/bin/sh", "-c", "echo stop >/proc/1/fd/0"]).output().unwrap();
                container.says("got stop");
                assert_eq!(container.status(), "0", "{name}");
            }
        }
    }
}

#[test]
#[ignore = "needs a Docker engine and busybox-static"]
fn the_end_with_an_open_docker_exec() {
    let image = Image::import(&root_with(&[]));
    for (what, script, said) in [
        (
            "an exec that cleans up",
            "trap 'echo cleaned >/proc/1/fd/1; exit' TERM; echo entered >/proc/1/fd/1; while :; do sleep 0.01; done",
            "cleaned",
        ),
        ("an exec that ignores TERM, as a shell does", "trap '' TERM; echo entered >/proc/1/fd/1; while :; do sleep 0.01; done", ""),
        ("no exec", "echo entered >/proc/1/fd/1", ""),
    ] {
        let options = ["--env", "SCRATCH_INIT_OPTIONS=-v"];
        let container =
            Container::start(&image, &options, &["/scratch-init", "/bin/sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.01; done"]);
        let exec = docker(&["exec", &container.0, "/bin/sh", "-c", script]).spawn().unwrap();
        container.says("entered");
        // It is shown how long that takes: an open shell holds the end up by a second.
        assert_eq!(container.stop(what), "3");
        container.says("the program ended with status 3; TERM from outside (PID 0) had asked for the end; ").says(said);
        scratch_init_tests::ends(exec);
    }
}

#[test]
#[ignore = "needs a Docker engine, Node and busybox-static"]
fn node_and_what_it_orphans() {
    let root = root_with(&[(&which("node"), "bin/node")]);
    let script = br#"
        const { spawn } = require('child_process');
        const fs = require('fs');
        const count = (what) => fs.readdirSync('/proc').filter((pid) => {
            try { return what.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; }
        }).length;
        let left = 20;
        for (let i = 0; i < 20; i++) spawn('/bin/sh', ['-c', '/bin/sleep 0.2 &']).on('close', () => left--);
        // How many zombies there are, again and again once all have ended.
        setInterval(() => { if (left == 0 && count(/\(sleep\) [^Z]/) == 0) console.log('zombies', count(/\) Z /)); }, 50);
    "#;
    root.file("app.js", script, 0o644);
    let image = Image::import(&root);
    let container = Container::start(&image, &[], &["/scratch-init", "/bin/node", "/app.js"]);
    container.says("zombies 0\n");
    assert_eq!(container.stop("node under scratch-init"), "143");
    let container = Container::start(&image, &[], &["/bin/node", "/app.js"]);
    container.says("zombies 20\n");
    assert_eq!(container.stop("node alone"), "137");
}

#[test]
#[ignore = "needs a Docker engine, Python and busybox-static"]
fn python_gets_term() {
    let python = std::fs::canonicalize("/usr/bin/python3").unwrap();
    let root = root_with(&[(python.to_str().unwrap(), "usr/bin/python3")]);
    let version = python.file_name().unwrap().to_str().unwrap();
    let library = format!("usr/lib/{version}");
    std::fs::create_dir_all(root.0.join("usr/lib")).unwrap();
    let copied = Command::new("cp").args(["-aL", &format!("/{library}")]).arg(root.0.join(&library)).status();
    assert!(copied.is_ok());
    let image = Image::import(&root);
    let server = ["/usr/bin/python3", "-u", "-m", "http.server", "8000"];
    let container = Container::start(&image, &[], &[&["/scratch-init"], &server[..]].concat());
    container.says("Serving HTTP");
    assert_eq!(container.stop("python -m http.server under scratch-init"), "143");
    let container = Container::start(&image, &[], &server);
    container.says("Serving HTTP");
    assert_eq!(container.stop("python -m http.server alone"), "137");
}

#[test]
#[ignore = "needs a Docker engine, a JDK and busybox-static"]
fn java_gets_term() {
    let java = std::fs::canonicalize(which("java")).unwrap();
    let home = java.ancestors().nth(2).unwrap().to_owned();
    let inside = home.strip_prefix("/").unwrap();
    let root = root_with(&[
        (java.to_str().unwrap(), java.strip_prefix("/").unwrap().to_str().unwrap()),
        (home.join("lib/server/libjvm.so").to_str().unwrap(), inside.join("lib/server/libjvm.so").to_str().unwrap()),
    ]);
    for directory in ["lib", "conf"] {
        let to = root.0.join(inside);
        std::fs::create_dir_all(&to).unwrap();
        let copied = Command::new("cp").args(["-aL"]).arg(home.join(directory)).arg(&to).status();
        assert!(copied.is_ok());
    }
    let source = br#"
        public class Main {
            public static void main(String[] words) throws Exception {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
                System.out.println("ready");
                Thread.sleep(1000000);
            }
        }
    "#;
    let source = root.file("app/Main.java", source, 0o644);
    let compiled = Command::new("javac").arg("-d").arg(root.0.join("app")).arg(source).status();
    assert!(compiled.unwrap().success());
    let image = Image::import(&root);
    let server = format!("{} -Xshare:off -Xmx64m -cp /app Main", java.display());
    // As people start it: by a shell, which passes nothing on.
    let script = format!("{server}; exit $?");
    let container = Container::start(&image, &[], &["/scratch-init", "-g", "/bin/sh", "-c", &script]);
    container.says("ready");
    assert_eq!(container.stop("a shell and java under scratch-init -g"), "143");
    assert!(container.logs().ends_with("bye\n"), "{}", container.logs());
    let words: Vec<_> = ["/scratch-init"].into_iter().chain(server.split(' ')).collect();
    let container = Container::start(&image, &[], &words);
    container.says("ready");
    assert_eq!(container.stop("java under scratch-init"), "143");
    assert!(container.logs().ends_with("bye\n"), "{}", container.logs());
    let container = Container::start(&image, &[], &["/bin/sh", "-c", &script]);
    container.says("ready");
    assert_eq!(container.stop("a shell and java alone"), "137");
    assert!(!container.logs().contains("bye"), "{}", container.logs());
}
