//! The init's own descriptors: 0, 1 and 2 stay what they were, for others use them through /proc; the rest is let go of.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use scratch_init_tests::{
    As, Case, Directory, Running, SIGNALFD, both, case, emulator, has_namespaces, init, is_root, open_files, program,
};

/// Its own name, and those that it stands in for and that run a program.
const NAMES: [&str; 7] = ["scratch-init", "tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init"];

/// The init under this name.
fn named(directory: &Directory, name: &str) -> PathBuf {
    let path = directory.0.join(name);
    std::os::unix::fs::symlink(init(), &path).unwrap();
    path
}

/// A run of the init under a name: `words` come before it.
fn run(place: As, wrapper: &[&str], init: &Path, words: &[&str]) -> Running {
    let mut all: Vec<&std::ffi::OsStr> = wrapper.iter().map(std::ffi::OsStr::new).collect();
    all.extend(emulator().map(Path::as_os_str));
    all.extend([init.as_os_str(), "--".as_ref()]);
    all.extend(words.iter().map(std::ffi::OsStr::new));
    Case::bare(place, all).directory("/usr/share").spawn()
}

/// What is open below 3.
fn first_three(pid: nix::unistd::Pid) -> Vec<(u32, String)> {
    open_files(pid.as_raw() as u32).into_iter().filter(|(fd, _)| *fd < 3).collect()
}

#[test]
fn the_first_three_stay_what_they_were_under_each_name() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let probe = program("probe");
    let path = probe.to_str().unwrap();
    for name in NAMES {
        let init = named(&directory, name);
        for &place in both() {
            // Every combination of closed ones, and two more that are the program's alone.
            for closed in 0..8 {
                let mut words = vec![path, "with", "open", "3", "open", "9"];
                for (fd, number) in ["0", "1", "2"].iter().enumerate() {
                    if closed >> fd & 1 != 0 {
                        words.extend(["close", number]);
                    }
                }
                words.push("--");
                let mut running = run(place, &words, &init, &[path, "pause"]);
                running.settles();
                let (own, its) = (running.pid(), running.pid_of(&probe));
                assert_eq!(first_three(own), first_three(its), "{name} {place:?} {closed:03b}");
                assert_eq!(first_three(own).len() as u32, 3 - i32::count_ones(closed), "{name} {place:?} {closed:03b}");
                let all = open_files(its.as_raw() as u32);
                assert!([3, 9].iter().all(|own| all.iter().any(|(fd, _)| fd == own)), "the program keeps its own: {all:?}");
                running.signal(Signal::SIGTERM).until("the end", |running| running.is_over().then_some(()));
            }
        }
    }
}

#[test]
fn others_write_to_them_through_proc() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let pipe = directory.0.join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = format!("exec \"$@\" 0<>{}", pipe.display());
    // It has settled when its directory is another.
    let program = "until [ $(readlink /proc/$PPID/cwd) = / ]; do sleep 0.01; done; echo hi >>/proc/$PPID/fd/1; \
        echo ho >>/proc/$PPID/fd/2; read line; echo got $line";
    for name in NAMES {
        let init = named(&directory, name);
        for &place in both() {
            let mut running = run(place, &["sh", "-c", &script, "sh"], &init, &["sh", "-c", program]);
            running.says("hi\n").warns("ho\n");
            let stdin = format!("/proc/{}/fd/0", running.pid());
            writeln!(OpenOptions::new().write(true).open(stdin).unwrap(), "stop").unwrap();
            let output = running.finish();
            assert_eq!((output.status, &*output.stdout), (0, "hi\ngot stop\n"), "{name} {place:?}");
        }
    }
}

#[test]
fn the_descriptors_that_the_signalfd_could_have_taken_stay_closed_where_none_is_to_be_had() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    let probe = probe.to_str().unwrap();
    // Below 3 there is room for the signalfd, but it is the program's.
    let words = [probe, "with", "close", "0", "fds", "3", "--"];
    let output = Case::wrapped(As::Pid1, words, [probe, "pause"]).run();
    output.refused("signalfd4: EINVAL: raise the limit of open files");
}

#[test]
fn it_lets_go_of_the_rest() {
    if !has_namespaces() {
        return;
    }
    let probe = program("probe");
    for &place in both() {
        let mut running = case(place, [probe.to_str().unwrap(), "pause"]).directory("/usr/share").spawn();
        let pid = running.settles().pid();
        let open: Vec<_> = open_files(pid.as_raw() as u32).into_iter().filter(|(fd, _)| *fd > 2).collect();
        assert!(open.len() == 1 && open[0].1 == SIGNALFD, "{open:?}");
        running.signal(Signal::SIGTERM);
        assert_eq!(running.finish().quiet_status(), 143);
    }
}

#[test]
fn they_are_there_for_others_where_the_program_is_another_user() {
    if !has_namespaces() || !is_root() {
        return;
    }
    // Both are root, but without the capability to look into any process, as in a container.
    let look = "setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace sh -c 'echo hi >>/proc/$0/fd/1' $1 && echo seen";
    let probe = program("probe");
    for &place in both() {
        for options in [&[][..], &["-u1234"]] {
            let words = options.iter().copied().chain([probe.to_str().unwrap(), "pause"]);
            let mut running = Case::wrapped(place, ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"], words).spawn();
            let pid = running.settles().pid().to_string();
            let output = std::process::Command::new("timeout").args(["60", "sh", "-c", look, "sh", &pid]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), "seen\n", "{place:?} {options:?} {output:?}");
            running.says("hi\n").signal(Signal::SIGTERM);
            assert_eq!(running.finish().quiet_status(), 143);
        }
    }
}
