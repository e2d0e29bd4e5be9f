//! How long the walk of /proc takes by the number of processes, and their shape: `cargo bench --bench walk`.
//!
//! The init is not PID 1. Beside it are processes that a signal goes to with `-a`, and that ignore TERM. The figures are stored
//! in doc/figures/walk.toml.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use scratch_init_figures::{Figures, machine};
use scratch_init_tests::{init, program, unshare};

const ROUNDS: usize = 9;

fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("it is there");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

/// Nanoseconds that a process was on a processor.
fn on_processor(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).expect("it runs");
    text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number")
}

/// From the signal to the last one's having it, the shortest and the median; the init's own time on a processor for one signal;
/// and from the program's end to the init's. In milliseconds.
fn measure(program: &Path, shape: &str, count: usize) -> [f64; 4] {
    let mut command = Command::new(init());
    command.args(["-a", "-S", "100ms"]).arg(program).args([shape, &count.to_string(), &ROUNDS.to_string()]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it is executable");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut last = || {
        let mut bytes = [0; 8];
        stdout.read_exact(&mut bytes).expect("the program writes");
        u64::from_ne_bytes(bytes)
    };
    assert_eq!(last(), 0, "they are ready");
    let before = on_processor(child.id());
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let sent = now();
            kill(Pid::from_raw(child.id() as i32), Signal::SIGUSR1).expect("it runs");
            last() - sent
        })
        .collect();
    let end = Instant::now();
    let own = on_processor(child.id()) - before;
    assert!(child.wait().expect("it is our child").success());
    times.sort_unstable();
    let ms = |time: u64| time as f64 / 1e6;
    [ms(times[0]), ms(times[ROUNDS / 2]), ms(own) / ROUNDS as f64, end.elapsed().as_secs_f64() * 1e3]
}

fn main() {
    if std::env::var_os("SCRATCH_INIT_BENCH").is_none() {
        // Once more, as a child in a PID namespace.
        init();
        let error = unshare().arg(std::env::current_exe().expect("it has a file")).env("SCRATCH_INIT_BENCH", "1").exec();
        panic!("unshare: {error}");
    }
    let program = program("shapes");
    let mut table = Figures::new("shape", machine());
    for (count, text) in [(1000, "1,000"), (3000, "3,000"), (10_000, "10,000")] {
        for shape in ["chain", "fan", "comb"] {
            let columns = ["best (ms)", "median (ms)", "the init's own time (ms)", "the end (ms)"];
            for (column, ms) in columns.into_iter().zip(measure(&program, shape, count)) {
                table.put(&format!("a {shape} of {text}"), column, ms.round() as i64);
            }
        }
    }
    println!("{}", table.markdown());
    table.store("walk");
}
