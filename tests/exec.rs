//! The ways in which a program cannot be executed, and execvp(3)'s search.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use scratch_init_tests::{As, Case, Directory, Output, case, emulator, has_namespaces, is_root, program};

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
    let why = "its loader /nonesuch/ld.so is missing: link it statically, or copy the loader and the libraries";
    fails(&path, 127, why);
    // The same of one that is found in PATH, where execvp(3) alone would say that it is not there.
    let output = case(As::Pid1, ["program"]).env("PATH", format!("/nonesuch:{}:/bin", directory.0.display())).run();
    check(output, 127, "program", why);
    // And of an interpreter.
    let script = directory.file("script", format!("#!{}\n", path.display()).as_bytes(), 0o755);
    fails(&script, 127, why);
}

#[test]
fn the_loader_of_another_machine_is_missing() {
    if !has_namespaces() || std::env::consts::ARCH != "x86_64" || emulator().is_some() {
        return;
    }
    // elf(5): an ELF file for i386 that is nothing but the name of its loader.
    let loader = b"/nonesuch/ld.so\0";
    let halves: [u16; 10] = [2, 3, 1, 0, 0, 0, 52, 0, 0, 0];
    let rest: [u16; 8] = [0, 0, 52, 32, 1, 0, 0, 0];
    let header: [u32; 8] = [3, 84, 0, 0, loader.len() as u32, loader.len() as u32, 4, 1];
    let ident = [&b"\x7fELF\x01\x01\x01"[..], &[0; 9]].concat();
    let numbers = halves.iter().chain(&rest).flat_map(|number| number.to_le_bytes());
    let bytes: Vec<_> = ident
        .into_iter()
        .chain(numbers)
        .chain(header.iter().flat_map(|number| number.to_le_bytes()))
        .chain(loader.iter().copied())
        .collect();
    let directory = Directory::new();
    let path = directory.file("i386", &bytes, 0o755);
    match Command::new(&path).status().unwrap_err().raw_os_error() {
        // This kernel executes those as well, and looked for the loader.
        Some(nix::libc::ENOENT) => {
            fails(&path, 127, "its loader /nonesuch/ld.so is missing: link it statically, or copy the loader and the libraries");
        }
        Some(nix::libc::ENOEXEC) => fails(&path, 126, "it is built for i386, this machine is x86_64"),
        other => panic!("{other:?}"),
    }
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
    fails(&path, 127, "its #! interpreter /bin/sh\\x0d is missing: the file has CRLF line ends");
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
    // Those that a byte has no room for: a name, or the number.
    for (machine, name) in [(258u16, "loongarch"), (0x133e, "ELF machine 4926"), (256, "ELF machine 256")] {
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        let path = directory.file("foreign", &bytes, 0o755);
        fails(&path, 126, &format!("it is built for {name}, this machine is {ours}"));
    }
    // Found in PATH, and as an interpreter: then it is said what is.
    let (foreign, path) = (directory.0.join("foreign"), directory.0.to_str().unwrap());
    let why = format!("{} is built for ELF machine 256, this machine is {ours}", foreign.display());
    check(case(As::Pid1, ["foreign"]).env("PATH", path).run(), 126, "foreign", &why);
    fails(&directory.file("script", format!("#!{}\n", foreign.display()).as_bytes(), 0o755), 126, &why);
    // This machine, but the other order of bytes.
    let native = std::fs::read(program("probe")).unwrap();
    (bytes[5], bytes[18], bytes[19]) = (2, native[19], native[18]);
    let path = directory.file("foreign", &bytes, 0o755);
    fails(&path, 126, "it is built for another word size or byte order than this machine's");
    // s390x is big-endian.
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
    fails(&path, 126, "it is empty");
    // As bash(1) has it: a NUL in the first line.
    let path = directory.file("data", b"\x01\0\x02\necho started\n", 0o755);
    fails(&path, 126, "it is not a program");
    for (name, cut_short) in
        [("one", &b"\x7f"[..]), ("four", b"\x7fELF"), ("six", b"\x7fELF\x02\x01"), ("line", b"\x7fELF\necho started\n")]
    {
        fails(&directory.file(name, cut_short, 0o755), 126, "it is not a program");
    }
    let mut object = std::fs::read(program("probe")).unwrap();
    object[16] = 1; // elf(5): ET_REL
    let path = directory.file("object.o", &object, 0o755);
    fails(&path, 126, "it is not a program");
    fails(Path::new("/etc"), 126, "it is a directory");
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
    // What follows the first line may be anything: archives that unpack themselves.
    for (name, line) in [("archive", ""), ("archive-2", "#!\n"), ("archive-3", "#! \t\n")] {
        let archive = [line.as_bytes(), b"tail -c 5 \"$0\"; exit 3\n", &[0, 1, 255], b"data\n"].concat();
        let path = directory.file(name, &archive, 0o755);
        let output = case(As::Pid1, [path.to_str().unwrap()]).run();
        assert_eq!((output.quiet_status(), &*output.stdout), (3, "data\n"), "{name}");
    }
    // … where there is one.
    let image = image(&directory);
    image.file("text", b"echo\n", 0o755);
    check(inside(&image, &["/text"]).run(), 126, "/text", "it has no usable #! line, and there is no working /bin/sh");
}

#[test]
fn a_text_without_an_interpreter_that_the_kernel_takes() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let long = format!("#!/{}", "x".repeat(300));
    for (name, line) in [("empty", "#!"), ("blank", "#! \t"), ("long", &long)] {
        let path = directory.file(name, format!("{line}\necho \"$0\" \"$@\"\nexit 3\n").as_bytes(), 0o755);
        let output = case(As::Pid1, [path.to_str().unwrap(), "a", "b c"]).run();
        assert_eq!(output, Output { status: 3, stdout: format!("{} a b c\n", path.display()), stderr: String::new() });
    }
    // The interpreter is a text itself, which the kernel takes for none.
    let text = directory.file("text", b"exit 4\n", 0o755);
    let path = directory.file("nested", format!("#!{}\nexit 3\n", text.display()).as_bytes(), 0o755);
    assert_eq!(case(As::Pid1, [path.to_str().unwrap()]).run().quiet_status(), 3);
    // Without a line end, and so without a name; execve(2) says EACCES.
    for (name, line) in [("short", &b"#!"[..]), ("nul", b"#!\0\n"), ("nul-2", b"#! \0/bin/sh\necho started\n")] {
        fails(&directory.file(name, line, 0o755), 126, "it names no interpreter behind its #!");
    }
    let image = image(&directory);
    image.file("text", b"#!\necho\n", 0o755);
    let why = "it has no usable #! line, and there is no working /bin/sh";
    check(inside(&image, &["/text"]).run(), 126, "/text", why);
    let output = inside(&image, &["text"]).env("PATH", "/").run();
    check(output, 126, "text", "//text has no usable #! line, and there is no working /bin/sh");
    image.file("bin/sh", b"", 0o644);
    check(inside(&image, &["/text"]).run(), 126, "/text", why);
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
    fails(&path, 126, "it is not executable, chmod +x");
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
    check(Case::wrapped(As::Pid1, wrapper, [&path]).run(), 126, &path, "it is on a noexec mount");
    // So is a loader.
    let directory = Directory::new();
    let dynamic = with_loader(&directory, "dynamic", &path);
    let wrapper = ["sh", "-c", script, mount, program("probe").to_str().unwrap()].map(str::to_owned);
    let dynamic = dynamic.to_str().unwrap();
    check(Case::wrapped(As::Pid1, wrapper, [dynamic]).run(), 126, dynamic, &format!("{path} is on a noexec mount"));
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
    check(output, 126, &path.to_string(), "a directory on the way to it is closed to this user");
    // Others may execute the file: then chmod +x is no advice.
    let path = directory.file("roots", &probe, 0o700);
    let words = [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), path.to_str().unwrap()];
    check(Case::bare(As::Pid1, words).run(), 126, path.to_str().unwrap(), "this user may not execute it");
}

#[test]
fn a_closed_directory_in_path() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let directory = Directory::new();
    let at = |name: &str| directory.0.join(name).display().to_string();
    directory.file("closed/program", b"#!/bin/sh\n", 0o755);
    std::fs::create_dir(at("closed-2")).unwrap();
    for closed in ["closed", "closed-2"] {
        std::fs::set_permissions(at(closed), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    }
    let run = |name: &str, path: &str| as_a_user(&directory, name).env("PATH", path).run();
    let first = format!("/nonesuch:{}:{}:/usr/bin:/bin", at("closed"), at("closed-2"));
    let last = format!("/usr/bin:/bin:{}", at("closed"));
    let why = format!("not found; {} in PATH is closed to this user", at("closed"));
    for path in [&first, &last] {
        // The status is that of execvp(3)'s EACCES. It may be there.
        check(run("nosuch", path), 126, "nosuch", &why);
        check(run("program", path), 126, "program", &why);
        check(run("nosuch 3", path), 126, "nosuch 3", &why);
        check(run("echo 3", path), 126, "echo 3", "not found, but 'echo' is: the name has a blank in it, give each word on its own");
        assert_eq!(run("true", path).quiet_status(), 0);
    }
    let nested = as_a_user(&directory, "nosuch").env("PATH", format!("{}/bin", at("closed"))).run();
    check(nested, 126, "nosuch", &format!("not found; {}/bin in PATH is closed to this user", at("closed")));
    let here = Case::bare(As::Pid1, [&*at("with"), "with", "uid", "1234", "--", &at("scratch-init"), "nosuch"]);
    check(here.env("PATH", "").directory(at("closed")).run(), 126, "nosuch", "not found; . in PATH is closed to this user");
    // What is met in another one is what counts.
    directory.file("open/script", b"#!/nonesuch/sh\n", 0o755);
    directory.file("open/plain", b"#!/bin/sh\n", 0o644);
    symlink("../closed/program", at("open/link")).unwrap();
    let path = format!("{}:{}", at("closed"), at("open"));
    check(run("script", &path), 126, "script", "its #! interpreter /nonesuch/sh is missing");
    check(run("plain", &path), 126, "plain", &format!("{} is not executable, chmod +x", at("open/plain")));
    // A link into one.
    let why = format!("a directory on the way to {} is closed to this user", at("open/link"));
    for path in [&path, &at("open")] {
        check(run("link", path), 126, "link", &why);
    }
}

/// A copy of the init, as a user without any power, runs what `name` means there.
fn as_a_user(directory: &Directory, name: &str) -> Case {
    let copy = |name: &str, from: &Path| directory.file(name, &std::fs::read(from).unwrap(), 0o755);
    let (with, copy) = (copy("with", &program("probe")), copy("scratch-init", scratch_init_tests::init()));
    Case::bare(As::Pid1, [with.to_str().unwrap(), "with", "uid", "1234", "--", copy.to_str().unwrap(), name])
}

#[test]
fn what_may_be_executed_but_not_read() {
    if !has_namespaces() || !is_root() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let program = with_loader(&directory, "program", "/nonesuch/ld.so");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o711)).unwrap();
    let plain = directory.file("plain", b"", 0o644);
    let script = |name: &str, line: &str| directory.file(name, format!("{line}\n").as_bytes(), 0o111);
    let missing = "its loader or #! interpreter is missing; this user may not read it to see which";
    let kind = "it is no program for this machine, or has no usable #! line; this user may not read it";
    let needs = "its loader or #! interpreter cannot be executed: EACCES; this user may not read it to see which";
    for (file, status, why) in [
        (program, 127, missing),
        (script("missing", "#!/nonesuch/sh"), 127, missing),
        (script("needs", &format!("#!{}", plain.display())), 126, needs),
        (script("text", "echo started"), 126, kind),
        (script("empty", ""), 126, kind),
    ] {
        let file = file.to_str().unwrap();
        check(as_a_user(&directory, file).run(), status, file, why);
    }
    // As the interpreter of another, and found in PATH: then it is said what is.
    let path = directory.0.display();
    let other = directory.file("other", format!("#!{path}/missing\n").as_bytes(), 0o755);
    let why = format!("its loader or #! interpreter is missing; this user may not read {path}/missing to see which");
    check(as_a_user(&directory, other.to_str().unwrap()).run(), 127, other.to_str().unwrap(), &why);
    check(as_a_user(&directory, "missing").env("PATH", &directory.0).run(), 127, "missing", &why);
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
    check(run(long), 126, path, "the argument list or environment is too long");
}

#[test]
fn too_long_an_argument_list_for_the_shell() {
    if !has_namespaces() {
        return;
    }
    // The list is just short enough for the text, and a few bytes too long for `/bin/sh` and the text. The text's name is
    // short for the init itself, and long in PATH.
    let directory = Directory::new();
    let long = vec!["x".repeat(200); 4].join("/");
    directory.file(&format!("{long}/text"), b"exit 3\n", 0o755);
    let path = format!("{}/{long}", directory.0.display());
    let run = |count: usize| {
        let script = r#"ulimit -s 512; x=$(printf %0100000d 0) y=$(printf "%0$1d" 0); shift; export x y; exec "$0" text"#;
        let init = scratch_init_tests::init().to_str().unwrap();
        Case::bare(As::Pid1, ["env", "-i", &format!("PATH=/usr/bin:/bin:{path}"), "sh", "-c", script, init, &count.to_string()]).run()
    };
    let (mut short, mut long) = (1, 40_000);
    while short + 1 < long {
        let middle = (short + long) / 2;
        if run(middle).status == 3 { short = middle } else { long = middle }
    }
    check(run(long), 126, "text", "the argument list or environment is too long");
}

#[test]
fn what_is_wrong_with_the_path() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.0.join("loop");
    symlink("loop", &path).unwrap();
    fails(&path, 126, "too many symbolic links on the way to it");
    let script = directory.file("script", format!("#!{}\n", path.display()).as_bytes(), 0o755);
    fails(&script, 126, &format!("too many symbolic links on the way to {}", path.display()));
    let file = directory.file("file", b"", 0o644);
    fails(&file.join("program"), 126, "part of the path to it is not a directory");
    let long = format!("/{}", "x".repeat(300));
    fails(Path::new(&long), 126, "the path, or a name in it, is too long");
    let long = format!("/{}", "x/".repeat(2500));
    fails(Path::new(&long), 126, "the path, or a name in it, is too long");
    // execvp(3) does not look for a name that no directory can hold.
    let long = "x".repeat(100_000);
    check(case(As::Pid1, [&long]).run(), 126, &long, "the path, or a name in it, is too long");
}

#[test]
fn a_program_that_is_written_to() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("busy", &std::fs::read(program("probe")).unwrap(), 0o755);
    let _writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    fails(&path, 126, "it, or its interpreter, is open for writing");
}

#[test]
fn what_is_no_file() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let pipe = directory.0.join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    fails(&pipe, 126, "it is a FIFO");
    let socket = directory.0.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fails(&socket, 126, "it is a socket");
    fails(Path::new("/dev/null"), 126, "it is a device");
    // The same of an interpreter, and of what is found in PATH.
    let script = directory.file("script", format!("#!{}\n", pipe.display()).as_bytes(), 0o755);
    fails(&script, 126, &format!("{} is a FIFO", pipe.display()));
    check(case(As::Pid1, ["null"]).env("PATH", "/dev").run(), 126, "null", "/dev/null is a device");
}

#[test]
fn interpreters_of_interpreters() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let mut last = std::path::PathBuf::from("/bin/true");
    for count in 1..8 {
        last = directory.file(&format!("script{count}"), format!("#!{}\n", last.display()).as_bytes(), 0o755);
        if count <= 5 {
            assert_eq!(case(As::Pid1, [&last]).run().quiet_status(), 0, "{count}");
        } else {
            fails(&last, 126, "a chain of more than five #! interpreters");
        }
    }
}

#[test]
fn a_blank_in_the_name() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("app", b"#!/bin/sh\n", 0o755);
    let path = path.to_str().unwrap();
    let why = |word: &str| format!("not found, but '{word}' is: the name has a blank in it, give each word on its own");
    let run = |name: &str| case(As::Pid1, [name]).env("PATH", format!("/nonesuch:{}:/bin", directory.0.display())).run();
    for (name, word) in [(&*format!("{path} 3"), path), (&format!(" {path}"), path), ("app -g", "app"), ("app ", "app")] {
        check(run(name), 127, name, &why(word));
    }
    check(run("app\t-g"), 127, r"app\x09-g", &why("app"));
    // Longer than a name may be, or a path.
    for length in [300, 5000] {
        for (first, word) in [("app", "app"), (path, path)] {
            let name = format!("{first} {}", "x".repeat(length));
            check(run(&name), 126, &name, &why(word));
        }
        let name = format!("nonesuch {}", "x".repeat(length));
        check(run(&name), 126, &name, "the path, or a name in it, is too long");
    }
    // No word of it is a program.
    directory.file("data", b"", 0o644);
    std::fs::create_dir(directory.0.join("directory")).unwrap();
    let nowhere = format!("not found in /nonesuch:{}:/bin", directory.0.display());
    for name in ["nonesuch -g", "data 3", "directory 3", " "] {
        check(run(name), 127, name, &nowhere);
    }
    check(run("/nonesuch/app 3"), 127, "/nonesuch/app 3", "not found");
    // What is there under that very name is executed.
    directory.file("app 3", b"#!/bin/sh\nexit 3\n", 0o755);
    assert_eq!(run("app 3").quiet_status(), 3);
}

#[test]
fn an_empty_path() {
    if !has_namespaces() {
        return;
    }
    check(case(As::Pid1, ["nonesuch"]).env("PATH", "").run(), 127, "nonesuch", "not found in the working directory; PATH is empty");
}

#[test]
fn nothing_forges_a_line_or_reaches_a_terminal() {
    if !has_namespaces() {
        return;
    }
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let run = |name: &[u8]| case(As::Pid1, [OsStr::from_bytes(name)]).run();
    for (name, shown) in [
        (&b"/a\nscratch-init: forged"[..], r"/a\x0ascratch-init: forged"),
        (b"/\x1b[2J\x7f\x9b", r"/\x1b[2J\x7f\x9b"),
        ("/\u{9b}2J\u{202e}".as_bytes(), r"/\xc2\x9b2J\xe2\x80\xae"),
        (b"/half \xec\x95", r"/half \xec\x95"),
        (b"/\\x0a", r"/\\x0a"),
        ("/안녕".as_bytes(), "/안녕"),
    ] {
        check(run(name), 127, shown, "not found");
    }
    let path = OsStr::from_bytes(b"/\x1b]0;x\x07:/bin\r");
    check(case(As::Pid1, ["nonesuch"]).env("PATH", path).run(), 127, "nonesuch", r"not found in /\x1b]0;x\x07:/bin\x0d");
    let directory = Directory::new();
    let script = directory.file("script", b"#!/\x1b[31m\xff\n", 0o755);
    fails(&script, 127, r"its #! interpreter /\x1b[31m\xff is missing");
    // One as long as the kernel takes, of bytes that are four when shown.
    let long = [b"/", &b"\x1b/".repeat(60_000)[..]].concat();
    let output = run(&long);
    assert_eq!((output.status, output.stdout.as_str()), (126, ""));
    assert_eq!(output.stderr.lines().count(), 1);
    assert!(output.stderr.chars().all(|character| character == '\n' || (' '..='~').contains(&character)));
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
