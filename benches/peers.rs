//! scratch-init beside the others, in one interleaved run: `cargo bench`.
//!
//! All of it happens in a PID namespace of its own. Where it matters who is PID 1 each init gets one
//! more. The figures are stored in doc/figures: peers.toml, and the distribution of a signal's time in latency.toml.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use object::Object;
use scratch_init_figures::{Figures, machine};
use scratch_init_tests::builds::Build;
use scratch_init_tests::{children, find_in_path, init, root, scratch, target, unshare};

/// One that is measured.
struct Peer {
    name: &'static str,
    /// The file, and options as a child of the benchmark and as PID 1.
    file: Option<PathBuf>,
    as_child: &'static [&'static str],
    as_pid1: &'static [&'static str],
    forwards: bool,
    /// How it is told to forward to the program's group, and to all; if it can.
    group: Option<&'static str>,
    all: Option<&'static str>,
}

impl Peer {
    fn command(&self, as_pid1: bool, route: &str, program: &Path, words: &[&str]) -> Command {
        let options = if as_pid1 { self.as_pid1 } else { self.as_child };
        let options = route.split_whitespace().chain(options.iter().copied()).map(OsStr::new);
        let line: Vec<_> = match &self.file {
            Some(file) => [file.as_os_str()].into_iter().chain(options).chain([program.as_os_str()]).collect(),
            None => vec![program.as_os_str()],
        };
        let mut command = if as_pid1 { unshare() } else { Command::new(line[0]) };
        command.args(if as_pid1 { &line[..] } else { &line[1..] }).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn peers() -> Vec<Peer> {
    let (floor, forwarder) = (assemble("floor"), assemble("forwarder"));
    let none = Peer { name: "no init", file: None, as_child: &[], as_pid1: &[], forwards: true, group: None, all: None };
    let core = Peer { name: "core", file: Some(Build::Core.file().to_owned()), ..none };
    let default = Peer { name: "default", file: Some(Build::Middle.file().to_owned()), group: Some("-g"), all: Some("-a"), ..none };
    let full = Peer { name: "full", file: Some(init().to_owned()), ..default };
    let forwarder = Peer { name: "forwarding floor", file: Some(forwarder), ..none };
    let mut peers = vec![Peer { name: "floor", file: Some(floor), forwards: false, ..none }, forwarder, core, default, full];
    peers.insert(0, none);
    let installed = [
        ("tini", "tini", &["-s", "--"][..], &["--"][..], Some("-g")),
        ("tini-static", "tini-static", &["-s", "--"], &["--"], Some("-g")),
        // That has a session for the program if it is not told otherwise, and all of its group gets the signals.
        ("dumb-init", "dumb-init", &["--"], &["--"], Some("")),
        ("dumb-init -c", "dumb-init", &["-c", "--"], &["-c", "--"], None),
        ("catatonit", "catatonit", &["--"], &["--"], Some("-g")),
        // .ci/mini-init-asm unpacks it. All of the program's group gets its signals.
        ("mini-init-asm", "mini-init-amd64", &["--"], &["--"], Some("")),
    ];
    for (name, program, as_child, as_pid1, group) in installed {
        let unpacked = target().join("mini-init-asm/usr/bin").join(program);
        match find_in_path(program).or(Some(unpacked).filter(|file| file.exists())) {
            Some(file) => peers.push(Peer { name, file: Some(file), as_child, as_pid1, forwards: true, group, all: None }),
            None => eprintln!("{name} is not installed, and not measured"),
        }
    }
    peers
}

fn compile(name: &str, options: &[&str]) -> PathBuf {
    let source = root().join("benches/programs").join(name);
    let binary = scratch().join(format!("bench-{}", source.file_stem().unwrap().display()));
    let status = Command::new("cc").args(options).arg("-o").arg(&binary).arg(&source).status();
    assert!(status.expect("cc runs").success());
    binary
}

fn assemble(name: &str) -> PathBuf {
    compile(&format!("{name}.S"), &["-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-s"])
}

/// What is at these hundredths of sorted values, in microseconds.
fn quantiles<const N: usize>(values: &mut [u64], hundredths: [usize; N]) -> [f64; N] {
    values.sort_unstable();
    hundredths.map(|share| values[(values.len() * share / 100).min(values.len() - 1)] as f64 / 1000.0)
}

/// Put the median and the 99th percentile; and give the median.
fn put_times(figures: &mut Figures, row: &str, name: &str, times: &mut [u64]) -> f64 {
    let [median, late] = quantiles(times, [50, 99]);
    figures.put(&format!("{row}, median (µs)"), name, median.round() as i64);
    figures.put(&format!("{row}, 99 % (µs)"), name, late.round() as i64);
    median
}

fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("it is there");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

const START: &str = "start to exit";
const OVERHEAD: &str = "start to exit, over no init (µs)";
const SIGNAL: &str = "signal to handler";
const GROUP: &str = "signal to handler, the group";
const ALL: &str = "signal to handler, all";
const ORPHANS: &str = "orphans reaped per second";
const STORM: &str = "signal to handler in a storm of orphans";
const RESIDENT: &str = "resident (kB)";
const DIRTY: &str = "private and dirty (kB)";
const WAKEUPS: &str = "wake-ups in 5 idle seconds";
const SIZE: &str = "file (bytes)";
const LIBC: &str = "needs a libc";
const VERSION: &str = "version";
const CALLS: &str = "system calls from start to exit";

fn start_to_exit(peers: &[Peer], figures: &mut Figures) {
    let program = assemble("nothing");
    let mut times = vec![Vec::new(); peers.len()];
    for round in 0..3100 {
        for (peer, times) in peers.iter().zip(&mut times) {
            let mut command = peer.command(false, "", &program, &[]);
            let start = Instant::now();
            let status = command.status().expect("it is executable");
            let time = start.elapsed();
            assert!(status.success(), "{}", peer.name);
            // The first ones fill the caches.
            if round >= 100 {
                times.push(time.as_nanos() as u64);
            }
        }
    }
    let mut direct = 0.0;
    for (peer, mut times) in peers.iter().zip(times) {
        let median = put_times(figures, START, peer.name, &mut times);
        if peer.file.is_none() {
            direct = median;
        } else {
            figures.put(OVERHEAD, peer.name, (median - direct).round() as i64);
        }
    }
}

/// An init that runs, and the stdout of its program.
struct Running {
    child: Child,
    stdout: ChildStdout,
    /// Whom to signal.
    pid: Pid,
}

impl Running {
    fn new(peer: &Peer, as_pid1: bool, route: &str, program: &Path, words: &[&str]) -> Self {
        let mut child = peer.command(as_pid1, route, program, words).stdout(Stdio::piped()).spawn().expect("it is executable");
        let stdout = child.stdout.take().expect("it is piped");
        let mut running = Self { pid: Pid::from_raw(child.id() as i32), child, stdout };
        assert_eq!(running.time(), 0, "it is ready");
        if as_pid1 {
            // unshare(1) has one child.
            running.pid = Pid::from_raw(children(running.child.id())[0] as i32);
        }
        running
    }

    fn time(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.stdout.read_exact(&mut bytes).expect("the program writes");
        u64::from_ne_bytes(bytes)
    }

    /// How long a signal takes to the program's handler.
    fn latency(&mut self) -> u64 {
        let sent = now();
        kill(self.pid, Signal::SIGUSR1).expect("it runs");
        // Where the program's children get it too, as from dumb-init, they have answered the one before as well.
        std::iter::repeat_with(|| self.time()).find(|time| *time >= sent).expect("it is endless") - sent
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in children(self.child.id()) {
            let _ = kill(Pid::from_raw(child as i32), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a signal takes that goes where `route` says; as process 1 for those that only then reach all.
fn signals(
    peers: &[Peer],
    work: &Path,
    figures: &mut Figures,
    row: &'static str,
    route: impl Fn(&Peer) -> Option<&'static str>,
) -> Vec<(&'static str, Vec<u64>)> {
    let mut running: Vec<_> = peers
        .iter()
        .filter_map(|peer| Some((peer.name, Running::new(peer, row == ALL, route(peer)?, work, &["listen"]), Vec::new())))
        .collect();
    for round in 0..3100 {
        for (_, running, times) in &mut running {
            std::thread::sleep(Duration::from_micros(50));
            let time = running.latency();
            if round >= 100 {
                times.push(time);
            }
        }
    }
    let mut all: Vec<_> = running.into_iter().map(|(name, _, times)| (name, times)).collect();
    for (name, times) in &mut all {
        put_times(figures, row, name, times);
    }
    all
}

fn orphans(peers: &[Peer], work: &Path, figures: &mut Figures) {
    const COUNT: u64 = 5000;
    let mut times = vec![Vec::new(); peers.len()];
    for _ in 0..5 {
        for (peer, times) in peers.iter().zip(&mut times) {
            // Without an init nobody would reap them.
            if peer.file.is_some() {
                let output = peer
                    .command(true, "", work, &["orphans", &COUNT.to_string()])
                    .stdout(Stdio::piped())
                    .output()
                    .expect("it is executable");
                let time = String::from_utf8_lossy(&output.stdout).trim().parse::<u64>();
                times.push(time.unwrap_or_else(|_| panic!("{}: {output:?}", peer.name)));
            }
        }
    }
    for (peer, mut times) in peers.iter().zip(times).filter(|(peer, _)| peer.file.is_some()) {
        let [median] = quantiles(&mut times, [50]);
        figures.put(ORPHANS, peer.name, (COUNT as f64 / median * 1e6).round() as i64);
    }
}

fn storm(peers: &[Peer], work: &Path, figures: &mut Figures) {
    let forwarding: Vec<_> = peers.iter().filter(|peer| peer.forwards && peer.file.is_some()).collect();
    let mut times = vec![Vec::new(); forwarding.len()];
    for _ in 0..5 {
        for (peer, times) in forwarding.iter().zip(&mut times) {
            let mut running = Running::new(peer, true, "", work, &["storm"]);
            for _ in 0..200 {
                std::thread::sleep(Duration::from_micros(500));
                times.push(running.latency());
            }
        }
    }
    for (peer, mut times) in forwarding.iter().zip(times) {
        put_times(figures, STORM, peer.name, &mut times);
    }
}

/// A number behind `name` in a file of /proc.
fn field(pid: Pid, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("it runs");
    let line = text.lines().find(|line| line.starts_with(name)).expect("it is there");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
}

fn idle(peers: &[Peer], work: &Path, figures: &mut Figures) {
    let running: Vec<_> =
        peers.iter().filter(|peer| peer.file.is_some()).map(|peer| (peer.name, Running::new(peer, false, "", work, &["listen"]))).collect();
    std::thread::sleep(Duration::from_millis(500));
    let switches = |pid| field(pid, "status", "voluntary_ctxt_switches:") + field(pid, "status", "nonvoluntary_ctxt_switches:");
    let before: Vec<_> = running.iter().map(|(_, running)| switches(running.pid)).collect();
    std::thread::sleep(Duration::from_secs(5));
    for ((name, running), before) in running.iter().zip(before) {
        figures.put(WAKEUPS, name, (switches(running.pid) - before) as i64);
        figures.put(RESIDENT, name, field(running.pid, "smaps_rollup", "Rss:") as i64);
        figures.put(DIRTY, name, field(running.pid, "smaps_rollup", "Private_Dirty:") as i64);
    }
}

/// Of each file the size, and whether it names a loader: then it needs a libc beside it.
fn files(peers: &[Peer], figures: &mut Figures) {
    for peer in peers {
        let Some(file) = &peer.file else { continue };
        let bytes = std::fs::read(file).expect("it is there");
        figures.put(SIZE, peer.name, bytes.len() as i64);
        let file = object::File::parse(&*bytes).expect("it is an ELF file");
        figures.put(LIBC, peer.name, if file.section_by_name(".interp").is_some() { "yes" } else { "no" });
    }
}

fn versions(peers: &[Peer], figures: &mut Figures) {
    for peer in peers {
        let Some(file) = &peer.file else { continue };
        let output = Command::new(file).arg("--version").stdin(Stdio::null()).output().expect("it is executable");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
        let version = said.split(|letter| !is_part(letter)).find(|word| word.contains('.') && word.starts_with(|first: char| first != '.'));
        // The floors have none.
        if let Some(version) = version {
            figures.put(VERSION, peer.name, version);
        }
    }
}

/// How many system calls an init and its child make, with those of a program that ends at once: by strace(1).
fn calls(peers: &[Peer], figures: &mut Figures) {
    if find_in_path("strace").is_none() {
        eprintln!("strace is not installed, and system calls are not counted");
        return;
    }
    let program = assemble("nothing");
    let file = scratch().join("bench-calls");
    for peer in peers {
        let command = peer.command(false, "", &program, &[]);
        let status = Command::new("strace")
            .args(["--follow-forks", "--quiet=all", "--signal=none", "--output"])
            .arg(&file)
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("strace runs").success(), "{}", peer.name);
        let trace = std::fs::read_to_string(&file).expect("strace has written it");
        // A call during which another process made one stands on two lines.
        let count = trace.lines().filter(|line| !line.contains(" resumed>")).count();
        figures.put(CALLS, peer.name, count as i64);
    }
}

fn main() {
    if std::env::var_os("SCRATCH_INIT_BENCH").is_none() {
        // Once more, as a child in a PID namespace.
        init();
        Build::Core.file();
        Build::Middle.file();
        // Cargo sets LD_LIBRARY_PATH: an init with a libc would look for that there first.
        let mut again = unshare();
        again.arg(std::env::current_exe().expect("it has a file")).env("SCRATCH_INIT_BENCH", "1").env_remove("LD_LIBRARY_PATH");
        let error = again.exec();
        panic!("unshare: {error}");
    }
    let peers = peers();
    let work = compile("work.c", &["-static", "-O2"]);
    let mut figures = Figures::new("", machine());
    start_to_exit(&peers, &mut figures);
    let latencies = signals(&peers, &work, &mut figures, SIGNAL, |peer| peer.forwards.then_some(""));
    signals(&peers, &work, &mut figures, GROUP, |peer| peer.group);
    signals(&peers, &work, &mut figures, ALL, |peer| peer.all);
    orphans(&peers, &work, &mut figures);
    storm(&peers, &work, &mut figures);
    idle(&peers, &work, &mut figures);
    files(&peers, &mut figures);
    calls(&peers, &mut figures);
    versions(&peers, &mut figures);
    println!("{}", figures.markdown());

    const SHARES: [usize; 7] = [1, 5, 25, 50, 75, 95, 99];
    let mut distribution = Figures::new("signal to handler (µs): so many are faster", machine());
    for (name, mut times) in latencies {
        for (share, time) in SHARES.into_iter().zip(quantiles(&mut times, SHARES)) {
            distribution.put(name, &format!("{share} %"), (time * 10.0).round() / 10.0);
        }
    }
    println!("{}", distribution.markdown());
    distribution.store("latency");
    figures.store("peers");
}
