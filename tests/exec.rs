//! The ways in which a program cannot be executed, and execvp(3)'s search.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use scratch_init_tests::{As, Case, Directory, Output, case, has_namespaces, is_root, program};

/// Runs `file` and expects a status and a line on stderr.
#[track_caller]
fn fails(file: &Path, status: i32, why: &str) {
    let file = file.to_str().unwrap();
    check(case(As::Pid1, [file]).run(), status, file, why);
}

#[track_caller]
fn check(output: Output, status: i32, file: &str, why: &str) {
    let stderr = format!("scratch-init: cannot run '{file}': {why}\n");
    assert_eq!(output, Output { status, stdout: String::new(), stderr });
}

/// A small program whose loader is `loader`.
fn with_loader(directory: &Directory, name: &str, loader: &str) -> std::path::PathBuf {
    let source = directory.file("main.c", b"int main(void) { return 0; }\n", 0o644);
    let path = directory.0.join(name);
    let status = Command::new("cc").arg(format!("-Wl,-dynamic-linker,{loader}")).arg("-o").arg(&path).arg(source).status();
    assert!(status.unwrap().success());
    path
}

#[test]
fn not_found() {
    if !has_namespaces() {
        return;
    }
    fails(Path::new("/nonesuch/program"), 127, "not found");
    check(case(As::Pid1, ["nonesuch"]).env("PATH", "/bin:/usr/bin").run(), 127, "nonesuch", "not found in /bin:/usr/bin");
    check(Case::wrapped(As::Pid1, ["env", "-u", "PATH"], ["nonesuch"]).run(), 127, "nonesuch", "not found in /usr/local/bin:/usr/bin:/bin");
    check(case(As::Pid1, [""]).env("PATH", "/bin").run(), 127, "", "not found");
}

#[test]
fn the_loader_is_missing() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = with_loader(&directory, "program", "/nonesuch/ld.so");
    let why = "its loader /nonesuch/ld.so is missing: link it statically, or copy that and the libraries";
    fails(&path, 127, why);
    // The same of one that is found in PATH, where execvp(3) alone would say that it is not there.
    let output = case(As::Pid1, ["program"]).env("PATH", format!("/nonesuch:{}:/bin", directory.0.display())).run();
    check(output, 127, "program", why);
    // And of an interpreter.
    let script = directory.file("script", format!("#!{}\n", path.display()).as_bytes(), 0o755);
    fails(&script, 127, why);
}

#[test]
fn the_loader_is_no_program() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let loader = directory.file("ld.so", b"#!/bin/sh\n", 0o644);
    let path = with_loader(&directory, "program", loader.to_str().unwrap());
    fails(&path, 126, &format!("{} is not executable, chmod +x", loader.display()));
}

#[test]
fn the_interpreter_is_missing() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("script", b"#!/nonesuch/bash -e\nexit 0\n", 0o755);
    fails(&path, 127, "its #! interpreter /nonesuch/bash is missing");
    let path = directory.file("windows", b"#!/bin/sh\r\nexit 0\r\n", 0o755);
    fails(&path, 127, "its #! interpreter /bin/sh^M is missing: the file has CRLF line ends");
    let path = directory.file("plain", b"#!/etc/passwd\n", 0o755);
    fails(&path, 126, "/etc/passwd is not executable, chmod +x");
}

#[test]
fn built_for_another_machine() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let mut bytes = std::fs::read(program("probe")).unwrap();
    let ours = std::env::consts::ARCH;
    for (machine, name) in [(183u16, "aarch64"), (243, "riscv"), (40, "arm"), (22, "s390x")] {
        if ours.starts_with(name) {
            continue;
        }
        // elf(5): e_machine
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        let path = directory.file("foreign", &bytes, 0o755);
        fails(&path, 126, &format!("it is built for {name}, this machine is {ours}"));
    }
    // s390x is big-endian.
    bytes[5] = 2;
    bytes[18..20].copy_from_slice(&22u16.to_be_bytes());
    fails(&directory.file("foreign", &bytes, 0o755), 126, &format!("it is built for s390x, this machine is {ours}"));
}

#[test]
fn no_program_at_all() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("empty", b"", 0o755);
    fails(&path, 126, &format!("{} is empty", path.display()));
    let path = directory.file("picture", b"\x89PNG\r\n\x1a\n\0\0\0\x0d", 0o755);
    fails(&path, 126, &format!("{} is not a program", path.display()));
    let mut object = std::fs::read(program("probe")).unwrap();
    object[16] = 1; // elf(5): ET_REL
    let path = directory.file("object.o", &object, 0o755);
    fails(&path, 126, &format!("{} is not a program", path.display()));
    fails(Path::new("/etc"), 126, "/etc is a directory");
}

#[test]
fn a_text_without_an_interpreter() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("text", b"echo \"$0\" \"$@\"\nexit 3\n", 0o755);
    // execvp(3) hands it to /bin/sh …
    let output = case(As::Pid1, [path.to_str().unwrap(), "a", "b c"]).run();
    assert_eq!(output, Output { status: 3, stdout: format!("{} a b c\n", path.display()), stderr: String::new() });
    let output = case(As::Pid1, ["-g", "--", "text", "a"]).env("PATH", &directory.0).run();
    assert_eq!(output.stdout, format!("{} a\n", path.display()));
    // … where there is one.
    let image = image(&directory);
    image.file("text", b"echo\n", 0o755);
    check(inside(&image, &["/text"]).run(), 126, "/text", "/text has no #! line, and there is no /bin/sh");
}

#[test]
fn the_shell_form_needs_a_shell() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let image = image(&directory);
    let why = "not found; CMD and ENTRYPOINT in shell form need a shell";
    check(inside(&image, &["/bin/sh", "-c", "/app"]).run(), 127, "/bin/sh", why);
}

/// What a scratch image has in it: nothing but the init and /proc.
fn image(_: &Directory) -> Directory {
    let image = Directory::new();
    image.file("scratch-init", &std::fs::read(scratch_init_tests::init()).unwrap(), 0o755);
    std::fs::create_dir(image.0.join("proc")).unwrap();
    image
}

/// The init in such an image.
fn inside(image: &Directory, words: &[&str]) -> Case {
    Case::bare(As::Pid1, ["/scratch-init"].iter().chain(words)).unshare(&["--root", image.0.to_str().unwrap()])
}

#[test]
fn not_executable() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("program", &std::fs::read(program("probe")).unwrap(), 0o644);
    fails(&path, 126, &format!("{} is not executable, chmod +x", path.display()));
}

#[test]
fn on_a_noexec_mount() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let mount = directory.0.to_str().unwrap();
    let script = r#"mount -t tmpfs -o noexec none "$0" && cp "$1" "$0/program" && shift && exec "$@""#;
    let wrapper = ["sh", "-c", script, mount, program("probe").to_str().unwrap()].map(str::to_owned);
    let path = format!("{mount}/program");
    check(Case::wrapped(As::Pid1, wrapper, [&path]).run(), 126, &path, &format!("{path} is on a noexec mount"));
}

#[test]
fn no_permission_on_the_way() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let directory = Directory::new();
    let probe = std::fs::read(program("probe")).unwrap();
    let with = directory.file("with", &probe, 0o755);
    let copy = directory.file("scratch-init", &std::fs::read(scratch_init_tests::init()).unwrap(), 0o755);
    let path = directory.file("closed/program", &probe, 0o755);
    std::fs::set_permissions(path.parent().unwrap(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let words = [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), path.to_str().unwrap()];
    let output = Case::bare(As::Pid1, words).run();
    let path = path.display();
    check(output, 126, &path.to_string(), &format!("a directory on the way to {path} is closed to this user"));
}

#[test]
fn too_long_an_argument_list() {
    if !has_namespaces() {
        return;
    }
    // The list is just short enough for the init itself, and no longer when a #! line adds to it.
    // execve(2): a quarter of the stack's limit, and at least 32 pages.
    let directory = Directory::new();
    let line = format!("#!/bin/sh {}\nexit 0\n", "/".repeat(200));
    let path = directory.file("script", line.as_bytes(), 0o755);
    let path = path.to_str().unwrap();
    let run = |count: usize| {
        let script = r#"ulimit -s 512; exec "$1" "$2" $(seq -f %020g "$0")"#;
        let words = ["env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", script, &count.to_string()].map(str::to_owned);
        Case::wrapped(As::Pid1, words, [path]).run()
    };
    let (mut short, mut long) = (0, 8000);
    while short + 1 < long {
        let middle = (short + long) / 2;
        // The interpreter fails, as its argument is a directory: it did start.
        if run(middle).stderr.contains("too long") || run(middle).stderr.contains("E2BIG") || run(middle).stderr.contains("Argument list") {
            long = middle;
        } else {
            short = middle;
        }
    }
    check(run(long), 126, path, "too long an argument list or environment");
}

#[test]
fn any_other_errno_by_its_name() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.0.join("loop");
    symlink("loop", &path).unwrap();
    fails(&path, 126, "ELOOP");
    let long = format!("/{}", "x".repeat(300));
    fails(Path::new(&long), 126, "ENAMETOOLONG");
    let long = format!("/{}", "x/".repeat(2500));
    fails(Path::new(&long), 126, "ENAMETOOLONG");
    let path = directory.file("busy", &std::fs::read(program("probe")).unwrap(), 0o755);
    let _writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    fails(&path, 126, "ETXTBSY");
}

#[test]
fn the_search_is_that_of_execvp() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    directory.file("first/program", b"#!/bin/sh\necho first\n", 0o644);
    directory.file("second/program", b"#!/bin/sh\necho second\n", 0o755);
    directory.file("third/program", b"#!/bin/sh\necho third\n", 0o755);
    std::fs::create_dir_all(directory.0.join("fourth/program")).unwrap();
    let at = |name: &str| directory.0.join(name).display().to_string();
    let run = |path: String| case(As::Pid1, ["program"]).env("PATH", path).directory(directory.0.join("third")).run();
    // The first that can be executed.
    let output = run(format!("/nonesuch:{}:{}:{}", at("first"), at("second"), at("third")));
    assert_eq!((output.status, output.stdout.as_str()), (0, "second\n"));
    // An empty directory name is the working directory: at the start, in the middle, at the end, and alone.
    for path in [":/nonesuch", "/nonesuch::/nonesuch", "/nonesuch:", ""] {
        assert_eq!(run(path.to_owned()).stdout, "third\n", "{path:?}");
    }
    // An EACCES is remembered; the first one.
    check(
        run(format!("{}:/nonesuch:{}", at("first"), at("fourth"))),
        126,
        "program",
        &format!("{} is not executable, chmod +x", at("first/program")),
    );
    check(run(format!("/nonesuch:{}", at("fourth"))), 126, "program", &format!("{} is a directory", at("fourth/program")));
    // A name with a slash is not searched for.
    let output = case(As::Pid1, ["./program"]).env("PATH", at("second")).directory(directory.0.join("third")).run();
    assert_eq!(output.stdout, "third\n");
    // A directory whose name is too long is passed over.
    let output = run(format!("/{}:{}", "x".repeat(5000), at("third")));
    assert_eq!(output.stdout, "third\n");
}
