//! With the real Podman, under the names by which it knows an init.

use scratch_init_tests::podman::Podman;
use scratch_init_tests::{DEADLINE, init, program};

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
