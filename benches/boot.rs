//! From the power switch to the program's first line, beside BusyBox's init and no init at all: `cargo bench --bench boot`.
//!
//! It takes what `.ci/kernels` gets. The rounds are interleaved; the machine is QEMU's, emulated, and that is most of it: so
//! the time from the kernel's last word is there as well. The figures are stored in doc/figures/boot.toml.

use std::path::Path;
use std::time::{Duration, Instant};

use scratch_init_figures::{Figures, machine};
use scratch_init_tests::machine::X86_64;
use scratch_init_tests::{DEADLINE, Directory, init, limited, succeeds, wait_for};

const ROUNDS: usize = 15;

/// What the kernel says last, and the program first.
const KERNEL: &str = "Run /init as init process";
const PROGRAM: &str = "/the first line";

/// A program that says a line, and its words to BusyBox's init.
fn image(name: &str) -> Directory {
    let image = X86_64.image();
    let source =
        format!("#include <stdio.h>\n#include <unistd.h>\nint main(void) {{ puts(\"{PROGRAM}\"); fflush(stdout); pause(); return 0; }}\n");
    image.compile("program", &source);
    let own = match name {
        "scratch-init" => return image,
        "BusyBox init" => "busybox",
        _ => "program",
    };
    image.file("init", &std::fs::read(image.0.join(own)).expect("it is there"), 0o755);
    image.file("etc/inittab", b"::once:/program\n", 0o644);
    // Our kernel's console is there for us by devtmpfs; BusyBox's init takes what the kernel opens.
    std::fs::create_dir_all(image.0.join("dev")).expect("it is ours");
    succeeds(limited("mknod").arg(image.0.join("dev/console")).args(["c", "5", "1"]));
    image
}

/// In milliseconds, with one place behind the point.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    (times[times.len() / 2].as_secs_f64() * 10_000.0).round() / 10.0
}

fn main() {
    if !X86_64.file("vmlinuz").exists() {
        return eprintln!("nothing was measured: this needs what .ci/kernels gets");
    }
    let names = ["no init", "scratch-init", "BusyBox init"];
    let images = names.map(image);
    let mut times = names.map(|_| [Vec::new(), Vec::new()]);
    for round in 0..=ROUNDS {
        for (image, times) in images.iter().zip(&mut times) {
            let start = Instant::now();
            let words = "rdinit=/init -- -B poweroff /program";
            let machine = X86_64.start(image, words, &[]);
            let at = |text: &str| {
                wait_for(DEADLINE, || machine.console.text().contains(text).then(Instant::now))
                    .unwrap_or_else(|| panic!("{}", machine.console.text()))
            };
            let (kernel, program) = (at(KERNEL), at(PROGRAM));
            // The first round fills the caches.
            if round > 0 {
                times[0].push(program - start);
                times[1].push(program - kernel);
            }
        }
    }
    let mut figures = Figures::new("", machine());
    for (name, [whole, own]) in names.into_iter().zip(times) {
        figures.put("power on to the program's first line (ms)", name, median(whole));
        figures.put("from the kernel's last word (ms)", name, median(own));
    }
    let size = |path: &Path| std::fs::metadata(path).expect("it is there").len() as i64;
    figures.put("file (bytes)", names[1], size(init()));
    figures.put("file (bytes)", names[2], size(&X86_64.file("bin/busybox")));
    println!("{}", figures.markdown());
    figures.store("boot");
}
