//! The walk of /proc, seen from outside: where the init is not PID 1, and signals go to all.

use std::collections::BTreeMap;
use std::process::Command;

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, Directory, Output, Running, case, emulator, has_namespaces, init, is_root, program, succeeds};

/// There is a walk only where the init is not PID 1, and QEMU's user mode knows of no child subreaper.
fn can_walk() -> bool {
    has_namespaces() && emulator().is_none()
}

/// Seconds that a shell's children were on a processor, by its `times`.
fn on_processor(output: &Output) -> f64 {
    let line = output.stdout.lines().last().expect("`times` says something");
    let seconds = |word: &str| -> f64 {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m').expect("1m2.3s");
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    };
    line.split_whitespace().map(seconds).sum()
}

/// Whom of `probe tree` a signal has reached: how many times in all, by shape.
fn got(running: &Running, signal: Signal) -> BTreeMap<String, usize> {
    let mut got = BTreeMap::new();
    for line in running.stdout().lines() {
        if let [shape, _, "got", number] = line.split(' ').collect::<Vec<_>>()[..]
            && number == (signal as i32).to_string()
        {
            *got.entry(shape.to_owned()).or_default() += 1;
        }
    }
    got
}

const ALL: [(&str, usize); 6] = [("chain", 3), ("daemon", 3), ("fan", 3), ("group", 3), ("root", 1), ("session", 3)];
const GROUP: [(&str, usize); 3] = [("chain", 3), ("fan", 3), ("root", 1)];

/// Sends a signal to the init over `probe tree 3`, waits until those have it, and says what is new on stderr. One after the
/// other, all of one signal's lines are there before the next one is sent: the init says last that it was sent.
fn sent(running: &mut Running, signal: Signal, to: &[(&str, usize)]) -> String {
    let before = running.stderr().len();
    let end = format!("sent {} to all\n", &signal.as_str()[3..]);
    running.signal(signal).warns(&end);
    let expected = to.iter().map(|(shape, count)| ((*shape).to_owned(), *count)).collect();
    running.until("the arrival at these", |running| (got(running, signal) == expected).then_some(()));
    running.stderr()[before..].to_owned()
}

fn set_limit(running: &mut Running, limit: &str) {
    let pid = running.pid();
    succeeds(Command::new("prlimit").arg(format!("--pid={pid}")).arg(limit));
}

#[test]
fn hidden_ancestors_hold_nothing_up() {
    if !can_walk() || !is_root() {
        return;
    }
    // A user who may see its own processes alone; the init's parent is root's.
    let directory = Directory::new();
    let copy = |from: &std::path::Path, name| directory.file(name, &std::fs::read(from).unwrap(), 0o755);
    let (init, probe) = (copy(init(), "init"), copy(&program("probe"), "probe"));
    let (init, probe) = (init.to_str().unwrap(), probe.to_str().unwrap());
    const HIDING: &str = r#"cd /; mount -t proc -o hidepid=2 none /proc || exit 99; probe=$1; shift
        "$probe" with uid 1234 -- "$@"; status=$?; times; exit $status"#;
    let words = ["sh", "-c", HIDING, "sh", probe, init, "-v", "-S", "1", "sh", "-c", "sleep 20 & exit 3"];
    let output = Case::bare(As::Pid1, words).run();
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("scratch-init: part of /proc is hidden: TERM goes to the program's group too\n"), "{output:?}");
    assert!(on_processor(&output) < 5.0, "{output:?}");
    // Nobody has it twice.
    let mut running = Case::bare(As::Pid1, ["sh", "-c", HIDING, "sh", probe, init, "-avv", probe, "tree", "3"]).spawn();
    let init = std::path::Path::new(init);
    let pid = running.says("ready\n").pid_of(init);
    nix::sys::signal::kill(pid, Signal::SIGUSR1).unwrap();
    running.warns("sent USR1 to all\n").warns("part of /proc is hidden: USR1 goes");
    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
    running.until("the end", |running| running.is_over().then_some(()));
    let all: BTreeMap<_, _> = ALL.map(|(shape, count)| (shape.to_owned(), count)).into();
    assert_eq!(got(&running, Signal::SIGUSR1), all);
    assert_eq!(got(&running, Signal::SIGTERM), all);
}

#[test]
fn a_long_chain_holds_nothing_up() {
    if !can_walk() {
        return;
    }
    let shapes = program("shapes");
    let (init, shapes) = (init().to_str().unwrap(), shapes.to_str().unwrap());
    let timed = r#""$@"; status=$?; echo; times; exit $status"#;
    let output = Case::bare(As::Pid1, ["sh", "-c", timed, "sh", init, "-S", "300ms", shapes, "chain", "1000", "0"]).run();
    assert_eq!(output.quiet_status(), 0);
    assert!(on_processor(&output) < 8.0, "{output:?}");
    // A signal is handled while they are waited for.
    let mut running = case(As::Child, ["-vv", "-S", "inf", shapes, "chain", "1000", "0"]).spawn();
    running.warns("sent CONT to all\n").signal(Signal::SIGUSR1).warns("sent USR1 to all\n");
}

#[test]
fn with_few_descriptors_the_group_gets_it() {
    if !can_walk() {
        return;
    }
    let mut running = case(As::Child, ["-avv", program("probe").to_str().unwrap(), "tree", "3"]).spawn();
    running.says("ready\n");
    let signals = [
        Signal::SIGHUP,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
        Signal::SIGPROF,
        Signal::SIGVTALRM,
        Signal::SIGURG,
        Signal::SIGIO,
        Signal::SIGPIPE,
    ];
    let mut all = false;
    // /proc cannot be opened; or no file in it; or none beside a process; or all is well.
    for (limit, signal) in (1..).zip(signals) {
        set_limit(&mut running, &format!("--nofile={limit}:"));
        let before = running.stderr().len();
        running.signal(signal).warns(&format!("sent {} to all\n", &signal.as_str()[3..]));
        let said = running.stderr()[before..].to_owned();
        let few = said.contains(&format!(
            "scratch-init: cannot read all of /proc: EMFILE: {} goes to the program's group too\n",
            &signal.as_str()[3..]
        ));
        assert!(few || limit > 3, "{limit}: {said}");
        assert!(few || all || limit > 1, "{limit}: {said}");
        let expected: BTreeMap<_, _> =
            if few { GROUP.to_vec() } else { ALL.to_vec() }.into_iter().map(|(shape, count)| (shape.to_owned(), count)).collect();
        running.until("the arrival", |running| (got(running, signal) == expected).then_some(()));
        all |= !few;
    }
    assert!(all, "at last there are enough");
}

#[test]
fn without_memory_all_are_found() {
    if !can_walk() {
        return;
    }
    let mut running = case(As::Child, ["-avv", program("probe").to_str().unwrap(), "tree", "3"]).spawn();
    running.says("ready\n");
    assert!(!sent(&mut running, Signal::SIGUSR1, &ALL).contains("/proc"));
    set_limit(&mut running, "--as=4096:");
    let said = sent(&mut running, Signal::SIGUSR2, &ALL);
    assert!(said.contains("scratch-init: cannot read all of /proc: ENOMEM: USR2 goes to the program's group too\n"), "{said}");
    // A chain that is longer than the steps that are made so.
    let mut running = case(As::Child, ["-S", "300ms", program("shapes").to_str().unwrap(), "chain", "1000", "1"]).spawn();
    running.says("\0\0\0\0\0\0\0\0");
    set_limit(&mut running, "--as=4096:");
    let program = running.pid_of(&program("shapes"));
    nix::sys::signal::kill(program, Signal::SIGKILL).unwrap();
    assert_eq!(running.finish().quiet_status(), 137);
}

#[test]
#[ignore = "needs strace"]
fn calls_that_fail_in_passing_lose_nobody() {
    if !can_walk() {
        return;
    }
    for errno in ["EINTR", "EAGAIN", "ENOMEM"] {
        // The init alone is traced.
        let inject = format!("inject=openat,getdents64,mmap,pidfd_open,pidfd_send_signal:error={errno}:when=1+2");
        let wrapper = ["strace", "-o", "/dev/null", "-e", "trace=openat,getdents64,mmap,pidfd_open,pidfd_send_signal", "-e", &inject];
        let mut running = Case::wrapped(As::Child, wrapper, ["-avv", program("probe").to_str().unwrap(), "tree", "3"]).spawn();
        running.says("ready\n");
        assert!(!sent(&mut running, Signal::SIGUSR1, &ALL).contains("/proc"), "{errno}");
    }
}

#[test]
fn a_proc_of_another_namespace_is_not_believed() {
    if !can_walk() {
        return;
    }
    // In the outer namespace process 2 has the children 3 to 102. In the inner one, where /proc is still the outer one's,
    // process 2 is the init, and among those numbers are strangers.
    const OUTER: &str = r#"
        sh -c 'for i in $(seq 100); do sleep 100 & done; echo >"$0"; wait' "$1/made" & [ $! = 2 ] || echo "it is $!"
        read line <"$1/made"
        exec unshare --pid --fork sh -c "$INNER" sh "$@""#;
    const INNER: &str = r#"directory=$1; shift
        "$@" sh -c 'trap "" TERM; (while :; do sleep 1; done) & read line <"$0"; exit 9' "$directory/end" & [ $! = 2 ] || echo "it is $!"
        sleep 100 & one=$!; sleep 100 & two=$!
        echo >"$directory/end"
        wait 2; status=$?
        kill -0 $one && kill -0 $two && [ $two -lt 100 ] && echo the strangers live
        exit $status"#;
    let directory = Directory::new();
    for name in ["made", "end"] {
        nix::unistd::mkfifo(&directory.0.join(name), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    let words = ["sh", "-c", OUTER, "sh", directory.0.to_str().unwrap(), init().to_str().unwrap(), "-v", "-S", "200ms"];
    let output = Case::bare(As::Pid1, words).env("INNER", INNER).run();
    assert_eq!((output.status, &*output.stdout), (9, "the strangers live\n"), "{output:?}");
    assert!(output.stderr.contains("scratch-init: no /proc: TERM goes to the program's group alone\n"), "{output:?}");
}

#[test]
fn nor_one_where_the_init_has_the_same_number() {
    if !can_walk() {
        return;
    }
    // The init is process 3 in both namespaces, but the child of process 2 in the outer one and of process 1 in the inner
    // one. Its grandchild is process 5 in the outer one, and 21 in the inner one; a stranger is process 5 there.
    const OUTER: &str = r#"exec unshare --pid --fork sh -c "$INNER" sh "$@""#;
    const INNER: &str = r#"directory=$1; shift
        echo 2 >/proc/sys/kernel/ns_last_pid || { echo no such number; exit 0; }
        "$@" sh -c 'trap "" TERM; echo 20 >/proc/sys/kernel/ns_last_pid; setsid sh -c "echo >$0/made; exec sleep 100" &
            read line <"$0/end"; exit 9' "$directory" & [ $! = 3 ] || echo "it is $!"
        read line <"$directory/made"
        echo 4 >/proc/sys/kernel/ns_last_pid; sleep 100 & [ $! = 5 ] || echo "the stranger is $!"
        [ -e /proc/5 ] && [ -e /proc/6 ] && [ ! -e /proc/21 ] || echo another /proc
        echo >"$directory/end"
        wait 3; status=$?
        kill -0 5 && echo the stranger lives
        exit $status"#;
    let directory = Directory::new();
    for name in ["made", "end"] {
        nix::unistd::mkfifo(&directory.0.join(name), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    let words = ["sh", "-c", OUTER, "sh", directory.0.to_str().unwrap(), init().to_str().unwrap(), "-v", "-S", "200ms"];
    let output = Case::bare(As::Pid1, words).env("INNER", INNER).run();
    if output.stdout == "no such number\n" {
        // Who may write to ns_last_pid.
        scratch_init_tests::can("root", false);
        return;
    }
    assert_eq!((output.status, &*output.stdout), (9, "the stranger lives\n"), "{output:?}");
    assert!(output.stderr.contains("scratch-init: no /proc: TERM goes to the program's group alone\n"), "{output:?}");
}

#[test]
fn who_is_not_there_yet_is_met_later() {
    if !can_walk() {
        return;
    }
    // Each of them is gone when it is looked at, and what it leaves is a child of the init's only then.
    const COUNTED: &str = r#""$@"; status=$?; left=$(grep -l '' /proc/[0-9]*/stat 2>/dev/null | wc -l); echo "left $left"; exit $status"#;
    let probe = program("probe");
    let words = ["sh", "-c", COUNTED, "sh", init().to_str().unwrap(), "-S", "100ms", probe.to_str().unwrap(), "potatoes", "4", "9"];
    let output = Case::bare(As::Pid1, words).run();
    assert_eq!(output.quiet_status(), 9);
    // The shell, and what counts.
    let left: i32 = output.stdout.lines().find_map(|line| line.strip_prefix("left ")?.parse().ok()).unwrap();
    assert!(left <= 4, "{output:?}");
}

#[test]
fn a_group_that_is_anothers_by_now_is_left_alone() {
    if !can_walk() {
        return;
    }
    // There is no /proc, so all are the group. The program has ended, and a stranger has its PID and its group's number.
    const BESIDE: &str = r#"
        mkdir "$1/proc" && mount -t proc none "$1/proc" && mount -t tmpfs none /proc || exit 99
        "$2" -Wv sh -c 'setsid sh -c "echo >\$1/daemon; exec sleep 100" sh "$0" & echo $$ >"$0/pid"; exit 0' "$1" & init=$!
        read line <"$1/daemon"
        pid=$(cat "$1/pid")
        while [ -e "$1/proc/$pid" ]; do sleep 0.01; done
        echo $((pid - 1)) >"$1/proc/sys/kernel/ns_last_pid" || { echo no such number; exit 0; }
        setsid "$3" record 1 & [ $! = $pid ] || echo "it is $! and not $pid"
        wait $init; kill -0 $pid && echo the stranger lives; exit 0"#;
    let directory = Directory::new();
    nix::unistd::mkfifo(&directory.0.join("daemon"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let probe = program("probe");
    let words = ["sh", "-c", BESIDE, "sh", directory.0.to_str().unwrap(), init().to_str().unwrap(), probe.to_str().unwrap()];
    let mut running = Case::bare(As::Pid1, words).unshare(&["--mount"]).spawn();
    running.until("the start of the stranger", |running| {
        running.stdout().contains("ready\n").then_some(()).or(running.is_over().then_some(()))
    });
    if running.stdout().contains("no such number") {
        // Who may write to ns_last_pid.
        scratch_init_tests::can("root", false);
        return;
    }
    running.signal(Signal::SIGUSR1).warns("scratch-init: cannot forward USR1: ESRCH\n");
    running.signal(Signal::SIGTERM).warns("scratch-init: cannot forward TERM: ESRCH\n");
    assert_eq!(running.stdout(), "ready\n");
    // The daemon ends the init.
    let daemon = running.pid_of(&scratch_init_tests::find_in_path("sleep").unwrap().canonicalize().unwrap());
    nix::sys::signal::kill(daemon, Signal::SIGKILL).unwrap();
    running.says("the stranger lives\n");
}
