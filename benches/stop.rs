//! How long `docker stop` takes, with an init and without: `cargo bench --bench stop`.
//!
//! The program has no handler for TERM. It needs a Docker engine. The figures are stored in doc/figures/stop.toml.

use std::time::Instant;

use scratch_init_figures::{Figures, machine};
use scratch_init_tests::builds::Build;
use scratch_init_tests::docker::{Container, Image, copy, docker, succeeds};
use scratch_init_tests::{Directory, find_in_path};

const ROUNDS: usize = 5;

fn main() {
    if find_in_path("docker").is_none() || !docker(&["version"]).output().is_ok_and(|output| output.status.success()) {
        return eprintln!("nothing was measured: this needs a Docker engine");
    }
    let directory = Directory::new();
    copy(&directory, Build::Middle.file(), "scratch-init");
    directory.compile("app", "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n");
    let image = Image::build(&directory, "FROM scratch\nCOPY scratch-init app /\n");
    let ways: [(&str, &[&str]); 2] = [("without an init", &["/app"]), ("with scratch-init", &["/scratch-init", "--", "/app"])];
    let mut figures = Figures::new("", machine());
    for (name, words) in ways {
        let mut status = String::new();
        let mut times: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let container = Container::start(&image, &[], words);
                let start = Instant::now();
                succeeds(&["stop", &container.0]);
                let time = start.elapsed();
                status = container.status();
                time
            })
            .collect();
        times.sort();
        figures.put("`docker stop`, median (s)", name, (times[ROUNDS / 2].as_secs_f64() * 100.0).round() / 100.0);
        figures.put("exit status", name, status.parse::<i64>().expect("a number"));
    }
    println!("{}", figures.markdown());
    figures.store("stop");
}
