//! What build.rs says to the linker, on one kind of machine for another.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use scratch_init_tests::{Directory, limited, root, succeeds};

fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// build.rs, compiled.
struct Script(Directory);

impl Script {
    fn new() -> Self {
        let directory = Directory::new();
        succeeds(Command::new(rustc()).args(["--edition", "2024", "-o"]).arg(directory.0.join("script")).arg(root().join("build.rs")));
        Self(directory)
    }

    /// The arguments for the linker, or the line of a refusal. `linker` is the one that cargo was told of.
    fn says(&self, host: &str, target: &str, linker: Option<&str>) -> Result<Vec<String>, String> {
        self.says_with(host, target, linker, &[])
    }

    /// The same with more in the environment.
    fn says_with(&self, host: &str, target: &str, linker: Option<&str>, environment: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let mut command = limited(self.0.0.join("script").to_str().unwrap());
        command.env_clear().envs(["PATH", "HOME", "RUSTUP_HOME"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("RUSTC", rustc()).env("OUT_DIR", &self.0.0).env("CARGO_MANIFEST_DIR", root()).env("CARGO_PKG_VERSION", "0");
        command.env("HOST", host).env("TARGET", target).env("DEBUG", "false");
        command.envs(linker.map(|linker| ("RUSTC_LINKER", linker)));
        command.envs(environment.iter().copied());
        let cfg = succeeds(Command::new(rustc()).args(["--print", "cfg", "--target", target]));
        for (name, value) in cfg.lines().filter_map(|line| line.split_once('=')) {
            command.env(format!("CARGO_CFG_{}", name.to_uppercase()), value.trim_matches('"'));
        }
        let text = succeeds(&mut command);
        let starting = |start: &str| text.lines().filter_map(|line| line.strip_prefix(start).map(str::to_owned)).collect::<Vec<_>>();
        match starting("cargo::error=").pop() {
            Some(line) => Err(line),
            None => Ok(starting("cargo:rustc-link-arg-bins=")),
        }
    }
}

const X86_64: &str = "x86_64-unknown-linux-gnu";
const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// Whether the host's C compiler is to link with lld for the files of this name.
fn is_for(arguments: &[String], emulation: &str) -> bool {
    let lld = arguments.iter().any(|argument| argument == "-fuse-ld=lld");
    assert_eq!(lld, arguments.iter().any(|argument| argument.starts_with("-Wl,-m,")), "{arguments:?}");
    lld && arguments.contains(&format!("-Wl,-m,{emulation}"))
}

#[test]
fn another_machines_files_are_linked_with_lld() {
    let script = Script::new();
    for (target, emulation) in [
        (AARCH64, "aarch64linux"),
        ("aarch64-unknown-linux-musl", "aarch64linux"),
        ("riscv64gc-unknown-linux-gnu", "elf64lriscv"),
        ("armv7-unknown-linux-gnueabihf", "armelf_linux_eabi"),
        ("arm-unknown-linux-gnueabihf", "armelf_linux_eabi"),
        ("i686-unknown-linux-gnu", "elf_i386"),
    ] {
        for host in [X86_64, "x86_64-unknown-linux-musl", "x86_64-alpine-linux-musl"] {
            let arguments = script.says(host, target, None).unwrap();
            assert!(is_for(&arguments, emulation), "{host}, {target}: {arguments:?}");
        }
    }
    assert!(is_for(&script.says(AARCH64, "armv7-unknown-linux-gnueabihf", None).unwrap(), "armelf_linux_eabi"));
}

#[test]
fn the_hosts_own_files_are_linked_with_what_it_has() {
    let script = Script::new();
    for target in [X86_64, "x86_64-unknown-linux-musl", AARCH64, "aarch64-unknown-linux-musl", "riscv64gc-unknown-linux-gnu"] {
        let arguments = script.says(target, target, None).unwrap();
        // This machine's Rust has no lld of an aarch64 or riscv64 host.
        assert!(!arguments.iter().any(|argument| argument.starts_with("-fuse-ld")), "{target}: {arguments:?}");
    }
}

#[test]
fn a_linker_that_was_named_is_used_as_it_is() {
    let script = Script::new();
    for linker in ["rust-lld", "ld.lld", "/usr/bin/ld.lld-19", "lld-19", "ld.bfd", "aarch64-linux-gnu-ld", "aarch64-linux-gnu-ld.bfd"] {
        let arguments = script.says(X86_64, AARCH64, Some(linker)).unwrap();
        assert!(arguments.iter().all(|argument| !argument.starts_with("-Wl,") && argument != "-nostdlib"), "{linker}: {arguments:?}");
    }
    for compiler in ["aarch64-linux-gnu-gcc", "/opt/ld/bin/clang-19"] {
        let arguments = script.says(X86_64, AARCH64, Some(compiler)).unwrap();
        assert!(arguments.contains(&"-nostdlib".to_owned()) && !is_for(&arguments, "aarch64linux"), "{compiler}: {arguments:?}");
    }
}

#[test]
fn what_no_c_compiler_of_the_host_links_is_refused_in_one_line() {
    let script = Script::new();
    let set = |target: &str| format!("this target needs CARGO_TARGET_{target}_LINKER=rust-lld in the environment");
    for host in [AARCH64, "riscv64gc-unknown-linux-gnu", "aarch64-apple-darwin"] {
        let line = script.says(host, X86_64, None).unwrap_err();
        assert_eq!(line, format!("on {host} {}", set("X86_64_UNKNOWN_LINUX_GNU")));
        assert!(script.says(host, X86_64, Some("rust-lld")).is_ok());
    }
    let line = script.says("x86_64-pc-windows-msvc", AARCH64, None).unwrap_err();
    assert_eq!(line, format!("on x86_64-pc-windows-msvc {}", set("AARCH64_UNKNOWN_LINUX_GNU")));
}

#[test]
fn a_machine_that_is_not_known_is_refused_in_one_line() {
    let script = Script::new();
    for target in [
        "s390x-unknown-linux-gnu",
        "powerpc64le-unknown-linux-gnu",
        "loongarch64-unknown-linux-gnu",
        "x86_64-unknown-linux-gnux32",
        "armeb-unknown-linux-gnueabi",
        "thumbv7neon-unknown-linux-gnueabihf",
        "x86_64-unknown-freebsd",
        "x86_64-apple-darwin",
    ] {
        let line = script.says(X86_64, target, None).unwrap_err();
        let known = "this is for Linux on x86_64, x86, aarch64, arm, riscv64 (little-endian, not Thumb)";
        assert_eq!(line, format!("not for {target}: {known}"));
    }
}

#[test]
fn flags_without_which_the_link_fails_are_named() {
    let script = Script::new();
    let full = ("CARGO_FEATURE_NAMES", "1");
    for target in ["riscv64gc-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf", "arm-unknown-linux-gnueabihf"] {
        // As in the published crate, or where RUSTFLAGS takes the place of what .cargo/config.toml has.
        for flags in ["", "-Ctarget-cpu=native"] {
            let line = script.says_with(X86_64, target, None, &[full, ("CARGO_ENCODED_RUSTFLAGS", flags)]).unwrap_err();
            assert!(line.contains(target) && line.contains("-Cjump-tables=no") && line.contains("RUSTFLAGS"), "{line}");
        }
        let flags = "-Ctarget-cpu=native\x1f-Cjump-tables=no";
        assert!(script.says_with(X86_64, target, None, &[full, ("CARGO_ENCODED_RUSTFLAGS", flags)]).is_ok());
        assert!(script.says(X86_64, target, None).is_ok());
    }
    for target in [X86_64, AARCH64, "i686-unknown-linux-gnu"] {
        assert!(script.says_with(X86_64, target, None, &[full]).is_ok());
    }
}

#[test]
fn each_machine_has_a_file() {
    // And each file of a machine is in the list of build.rs: the refusal tells of it.
    let line = Script::new().says(X86_64, "s390x-unknown-linux-gnu", None).unwrap_err();
    let modules = std::fs::read_to_string(root().join("src/linux/mod.rs")).unwrap();
    let files: Vec<_> = modules.split("path = \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(files.len(), 5, "{files:?}");
    for file in files {
        assert!(root().join("src/linux").join(file).exists());
        let machine = Path::new(file).file_stem().unwrap().to_str().unwrap();
        assert!(line.contains(&format!(" {machine},")) || line.contains(&format!(" {machine} ")), "{machine}: {line}");
    }
}
