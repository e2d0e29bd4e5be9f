//! scratch-init beside the others, in one interleaved run: `cargo bench`.
//!
//! All of it happens in a PID namespace of its own. Where it matters who is PID 1 each init gets one
//! more. The table that comes out is Markdown.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
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

/// Figures by row, then by peer.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, String>>;

/// The median and the 99th percentile.
fn quantiles(mut values: Vec<u64>) -> (f64, f64) {
    values.sort_unstable();
    let at = |share: usize| values[(values.len() * share / 100).min(values.len() - 1)] as f64 / 1000.0;
    (at(50), at(99))
}

fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("it is there");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

const START: &str = "1 start to exit, median (µs)";
const START_99: &str = "1 start to exit, 99 % (µs)";
const OVERHEAD: &str = "1 the same, over no init (µs)";
const SIGNAL: &str = "2 signal to handler, median (µs)";
const SIGNAL_99: &str = "2 signal to handler, 99 % (µs)";
const GROUP: &str = "2a signal to handler, the group, median (µs)";
const GROUP_99: &str = "2a signal to handler, the group, 99 % (µs)";
const ALL: &str = "2b signal to handler, all, median (µs)";
const ALL_99: &str = "2b signal to handler, all, 99 % (µs)";
const ORPHANS: &str = "3 orphans reaped per second";
const STORM: &str = "4 signal to handler in a storm of orphans, median (µs)";
const STORM_99: &str = "4 signal to handler in a storm of orphans, 99 % (µs)";
const RESIDENT: &str = "5 resident (kB)";
const DIRTY: &str = "5 private and dirty (kB)";
const WAKEUPS: &str = "6 wake-ups in 5 idle seconds";
const SIZE: &str = "7 file (bytes)";
const CALLS: &str = "8 system calls from start to exit";

fn start_to_exit(peers: &[Peer], table: &mut Table) {
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
    for (peer, times) in peers.iter().zip(times) {
        let (median, late) = quantiles(times);
        if peer.file.is_none() {
            direct = median;
        } else {
            table.entry(OVERHEAD).or_default().insert(peer.name, format!("{:.0}", median - direct));
        }
        table.entry(START).or_default().insert(peer.name, format!("{median:.0}"));
        table.entry(START_99).or_default().insert(peer.name, format!("{late:.0}"));
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
    table: &mut Table,
    [row, row_99]: [&'static str; 2],
    route: impl Fn(&Peer) -> Option<&'static str>,
) {
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
    for (name, _, times) in running {
        let (median, late) = quantiles(times);
        table.entry(row).or_default().insert(name, format!("{median:.0}"));
        table.entry(row_99).or_default().insert(name, format!("{late:.0}"));
    }
}

fn orphans(peers: &[Peer], work: &Path, table: &mut Table) {
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
    for (peer, times) in peers.iter().zip(times).filter(|(peer, _)| peer.file.is_some()) {
        let (median, _) = quantiles(times);
        table.entry(ORPHANS).or_default().insert(peer.name, format!("{:.0}", COUNT as f64 / median * 1e6));
    }
}

fn storm(peers: &[Peer], work: &Path, table: &mut Table) {
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
    for (peer, times) in forwarding.iter().zip(times) {
        let (median, late) = quantiles(times);
        table.entry(STORM).or_default().insert(peer.name, format!("{median:.0}"));
        table.entry(STORM_99).or_default().insert(peer.name, format!("{late:.0}"));
    }
}

/// A number behind `name` in a file of /proc.
fn field(pid: Pid, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("it runs");
    let line = text.lines().find(|line| line.starts_with(name)).expect("it is there");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
}

fn idle(peers: &[Peer], work: &Path, table: &mut Table) {
    let running: Vec<_> =
        peers.iter().filter(|peer| peer.file.is_some()).map(|peer| (peer.name, Running::new(peer, false, "", work, &["listen"]))).collect();
    std::thread::sleep(Duration::from_millis(500));
    let switches = |pid| field(pid, "status", "voluntary_ctxt_switches:") + field(pid, "status", "nonvoluntary_ctxt_switches:");
    let before: Vec<_> = running.iter().map(|(_, running)| switches(running.pid)).collect();
    std::thread::sleep(Duration::from_secs(5));
    for ((name, running), before) in running.iter().zip(before) {
        table.entry(WAKEUPS).or_default().insert(name, (switches(running.pid) - before).to_string());
        table.entry(RESIDENT).or_default().insert(name, field(running.pid, "smaps_rollup", "Rss:").to_string());
        table.entry(DIRTY).or_default().insert(name, field(running.pid, "smaps_rollup", "Private_Dirty:").to_string());
    }
}

/// How many system calls an init and its child make, with those of a program that ends at once: by strace(1).
fn calls(peers: &[Peer], table: &mut Table) {
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
        table.entry(CALLS).or_default().insert(peer.name, count.to_string());
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
    let mut table = Table::new();
    for peer in &peers {
        let size = peer.file.as_ref().map(|file| std::fs::metadata(file).expect("it is there").len());
        if let Some(size) = size {
            table.entry(SIZE).or_default().insert(peer.name, size.to_string());
        }
    }
    start_to_exit(&peers, &mut table);
    signals(&peers, &work, &mut table, [SIGNAL, SIGNAL_99], |peer| peer.forwards.then_some(""));
    signals(&peers, &work, &mut table, [GROUP, GROUP_99], |peer| peer.group);
    signals(&peers, &work, &mut table, [ALL, ALL_99], |peer| peer.all);
    orphans(&peers, &work, &mut table);
    storm(&peers, &work, &mut table);
    idle(&peers, &work, &mut table);
    calls(&peers, &mut table);

    println!("| | {} |", peers.iter().map(|peer| peer.name).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---:|".repeat(peers.len()));
    for (row, figures) in table {
        let cells: Vec<_> = peers.iter().map(|peer| figures.get(peer.name).map_or("–", String::as_str)).collect();
        println!("| {} | {} |", row.split_once(' ').map_or(row, |(_, row)| row), cells.join(" | "));
    }
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).map_or("unknown", |line| line.trim_start_matches(['\t', ':', ' ']));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\n{cpus} × {model}, Linux {}", kernel.split('-').next().unwrap_or_default().trim());
}
