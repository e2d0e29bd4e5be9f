//! From the power switch to the program's first line, beside BusyBox's init and no init at all: `cargo bench --bench boot`.
//!
//! It takes what `.ci/kernels` gets. The rounds are interleaved; the machine is QEMU's, emulated, and that is most of it: so
//! the time from the kernel's last word is there as well. The table that comes out is Markdown.

use std::path::Path;
use std::time::{Duration, Instant};

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

fn median(mut times: Vec<Duration>) -> String {
    times.sort();
    format!("{:.1}", times[times.len() / 2].as_secs_f64() * 1000.0)
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
    println!("| | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()));
    for (at, what) in ["power on to the program's first line (ms)", "from the kernel's last word (ms)"].iter().enumerate() {
        println!("| {what} | {} |", times.iter().map(|times| median(times[at].clone())).collect::<Vec<_>>().join(" | "));
    }
    let size = |path: &Path| std::fs::metadata(path).expect("it is there").len().to_string();
    println!("| file (bytes) | – | {} | {} |", size(init()), size(&X86_64.file("bin/busybox")));
}
