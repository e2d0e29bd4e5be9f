//! Runs the release artefact for tests and benchmarks: always in a PID namespace of its own, always
//! with a deadline.

pub mod builds;
pub mod docker;
pub mod machine;
pub mod podman;
pub mod refusals;
pub mod terminal;

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use builds::Build;

/// How long any one thing may take.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository")
}

/// Where cargo builds, for this very test.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    // target/debug/deps/test
    test.ancestors().nth(3).expect("cargo's layout").to_owned()
}

/// A place for what tests make, kept from run to run.
pub fn scratch() -> PathBuf {
    let path = target().join("tests");
    std::fs::create_dir_all(&path).expect("target/ can be written");
    path
}

/// The release artefact of the full build; or the file that `SCRATCH_INIT_FILE` names.
pub fn init() -> &'static Path {
    static INIT: OnceLock<PathBuf> = OnceLock::new();
    INIT.get_or_init(|| std::env::var_os("SCRATCH_INIT_FILE").map_or_else(|| Build::Full.file().to_owned(), PathBuf::from))
}

/// What executes the init, if it is built for another machine: a program of QEMU's user mode, by its path, which
/// `SCRATCH_INIT_EMULATOR` gives.
pub fn emulator() -> Option<&'static Path> {
    static EMULATOR: OnceLock<Option<PathBuf>> = OnceLock::new();
    EMULATOR.get_or_init(|| std::env::var_os("SCRATCH_INIT_EMULATOR").map(PathBuf::from)).as_deref()
}

/// `cargo build --release` with its own target directory and some arguments.
pub fn build(target: &Path, arguments: &[&str]) {
    build_with(target, arguments, &[]);
}

/// The same, with environment variables.
pub fn build_with(target: &Path, arguments: &[&str], variables: &[(&str, &str)]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--target-dir"])
        .arg(target)
        .args(arguments)
        .current_dir(root())
        // This test's own settings are not for that build.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .envs(variables.iter().copied())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
}

/// A program of tests/programs, compiled and statically linked.
pub fn program(name: &str) -> PathBuf {
    static LOCK: Mutex<()> = Mutex::new(());
    let _one_at_a_time = LOCK.lock();
    let source = root().join("tests/programs").join(name).with_extension("c");
    let binary = scratch().join(name);
    let age = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    if age(&binary).is_ok_and(|built| built > age(&source).expect("the source is there")) {
        return binary;
    }
    let new = scratch().join(format!("{name}.{}", std::process::id()));
    let compile = |how: &[&str]| {
        let mut command = Command::new("cc");
        command.args(how).args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&new).arg(&source);
        command.output().expect("cc runs")
    };
    // Not every machine has a static libc; only the tests in containers cannot do without.
    let mut output = compile(&["-static"]);
    if !output.status.success() {
        output = compile(&[]);
    }
    assert!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&new, &binary).expect("it was just made");
    binary
}

/// A directory of its own, gone at the end.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Self {
        let path = nix::unistd::mkdtemp(&std::env::temp_dir().join("scratch-init-XXXXXX")).expect("/tmp can be written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
        Self(path)
    }

    /// A file in it, with this mode.
    pub fn file(&self, name: &str, bytes: &[u8], mode: u32) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("it is ours");
        // Another process writes it. If this one did, what another test starts meanwhile could have it open for writing too, and it
        // could not be executed: ETXTBSY.
        let mut install = Command::new("install");
        install.args(["-m", &format!("{mode:o}"), "/dev/stdin"]).arg(&path);
        let mut install = install.stdin(Stdio::piped()).spawn().expect("install(1) is there");
        install.stdin.take().expect("it is a pipe").write_all(bytes).expect("it reads");
        assert!(ends(install).status.success());
        path
    }
}

impl Directory {
    /// A small C program in it, statically linked.
    pub fn compile(&self, name: &str, source: &str) {
        let file = format!("{name}.c");
        self.file(&file, source.as_bytes(), 0o644);
        succeeds(limited("cc").args(["-static", "-O1", "-s", "-o", name, &file]).current_dir(&self.0));
    }

    /// Makes an archive of it.
    pub fn archive(&self, to: &Path) {
        succeeds(Command::new("tar").arg("-C").arg(&self.0).arg("-cf").arg(to).arg("."));
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether a test can have what it needs. Where it cannot it does nothing, and this says so: on the real stderr, as that
/// of a test that passes is not shown. Where `SCRATCH_INIT_MAY_SKIP` is set, as in `.ci/run`, that is a failure unless
/// `what` is one of its words.
#[track_caller]
pub fn can(what: &str, there: bool) -> bool {
    if !there {
        let may = std::env::var("SCRATCH_INIT_MAY_SKIP").ok();
        assert!(may.is_none_or(|may| may.split(' ').any(|word| word == what)), "this needs {what}, and may not be skipped");
        let thread = std::thread::current();
        let _ = writeln!(std::io::stderr(), "skipped: {}, this needs {what}", thread.name().unwrap_or("a test"));
    }
    there
}

/// What is said of an EPERM where the program is to run as another user: in the user namespace of an ordinary user's
/// test setgroups(2) is denied.
pub fn why_no_user() -> &'static str {
    if Uid::effective().is_root() {
        "it takes CAP_SETUID and CAP_SETGID"
    } else {
        "this user namespace denies setgroups(2), see user_namespaces(7)"
    }
}

/// Whether this is root.
#[track_caller]
pub fn is_root() -> bool {
    can("root", Uid::effective().is_root())
}

/// Whether a PID namespace can be had: as root, or by an unprivileged user namespace.
#[track_caller]
pub fn has_namespaces() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    can("namespaces", *HAS.get_or_init(|| unshare().arg("true").status().is_ok_and(|status| status.success())))
}

/// The file that a command name means.
pub fn find_in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.exists())
}

/// Asks `done` again and again until it gives something, for as long as `limit`; `None` if it did not.
pub fn wait_for<T>(limit: Duration, mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + limit;
    loop {
        let value = done();
        if value.is_some() || Instant::now() > until {
            return value;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A command that timeout(1) ends when it takes too long.
pub fn limited(program: &str) -> Command {
    let mut command = Command::new("timeout");
    command.arg(DEADLINE.as_secs().to_string()).arg(program);
    command
}

/// Runs a command, which must succeed; its stdout.
#[track_caller]
pub fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

/// unshare(1) that executes what is added to it as process 1 of a PID namespace, which ends with it. Every
/// run of the init begins with this.
pub fn unshare() -> Command {
    // By its path: a test may set another PATH.
    static UNSHARE: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(UNSHARE.get_or_init(|| find_in_path("unshare").expect("unshare(1), of util-linux, is installed")));
    if !Uid::effective().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--fork", "--pid", "--mount-proc", "--kill-child"]).env_remove("SCRATCH_INIT_OPTIONS");
    command
}

/// How the init is placed in its PID namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// It is PID 1.
    Pid1,
    /// A shell is PID 1, and the init its child.
    Child,
}

/// Both; but as PID 1 alone if it is emulated, for QEMU's user mode knows of no child subreaper.
pub fn both() -> &'static [As] {
    if emulator().is_some() { &[As::Pid1] } else { &[As::Pid1, As::Child] }
}

/// One run of the init.
pub struct Case {
    command: Command,
    arguments: Vec<OsString>,
    stdin: Stdio,
    stderr: Option<Stdio>,
    file: Option<PathBuf>,
}

/// The init with these arguments.
pub fn case<S: AsRef<OsStr>>(place: As, arguments: impl IntoIterator<Item = S>) -> Case {
    Case::wrapped(place, &[] as &[&str], arguments)
}

impl Case {
    /// The same, executed by `wrapper`, such as `env`.
    pub fn wrapped<W: AsRef<OsStr>, S: AsRef<OsStr>>(
        place: As,
        wrapper: impl IntoIterator<Item = W>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut words: Vec<OsString> = wrapper.into_iter().map(|word| word.as_ref().to_owned()).collect();
        words.extend(emulator().map(OsString::from));
        words.push(init().into());
        words.extend(arguments.into_iter().map(|word| word.as_ref().to_owned()));
        Self::bare(place, words)
    }

    /// Any command line at all.
    pub fn bare<S: AsRef<OsStr>>(place: As, words: impl IntoIterator<Item = S>) -> Self {
        let command = unshare();
        let mut arguments: Vec<OsString> = Vec::new();
        if place == As::Child {
            // The shell must not execute it in its own place.
            arguments.extend(["/bin/sh", "-c", r#""$@"; exit $?"#, "sh"].map(OsString::from));
        }
        arguments.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        Self { command, arguments, stdin: Stdio::null(), stderr: None, file: None }
    }

    /// Another file than [`init`], for [`Running::pid`] and what uses it.
    pub fn file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Options for unshare(1).
    pub fn unshare(mut self, options: &[&str]) -> Self {
        self.command.args(options);
        self
    }

    /// Another standard input than /dev/null.
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// A standard error that is not looked at.
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = Some(stderr.into());
        self
    }

    pub fn spawn(mut self) -> Running {
        self.command.arg("--").args(&self.arguments);
        self.command.stdin(self.stdin).stdout(Stdio::piped()).stderr(self.stderr.unwrap_or(Stdio::piped()));
        let mut child = self.command.spawn().expect("unshare runs");
        let stdout = Stream::new(child.stdout.take().expect("it is piped"));
        let stderr = child.stderr.take().map_or_else(|| Stream::new(std::io::empty()), Stream::new);
        Running { child, stdout, stderr, until: Instant::now() + DEADLINE, file: self.file }
    }

    pub fn run(self) -> Output {
        self.spawn().finish()
    }
}

/// The init over `probe record`, which takes so many signals and is ready for them.
pub fn recorder(place: As, options: &[&str], count: usize) -> Running {
    let probe = program("probe");
    let count = count.to_string();
    let mut running = case(place, options.iter().copied().chain([probe.to_str().expect("it is text"), "record", &count])).spawn();
    running.says("ready\n");
    running
}

/// What a stream gave so far, read by a thread.
pub struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    pub fn new(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                to.lock().expect("no panic in here").extend(&buffer[..length]);
            }
        });
        Self { bytes, reader }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no panic in here")).into_owned()
    }
}

/// A run that is not over.
pub struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
    until: Instant,
    file: Option<PathBuf>,
}

impl Running {
    /// Waits until `done` gives something.
    pub fn until<T>(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> Option<T>) -> T {
        let limit = self.until.saturating_duration_since(Instant::now());
        if let Some(value) = wait_for(limit, || done(self)) {
            return value;
        }
        let (out, err) = (self.stdout.text(), self.stderr.text());
        let _ = self.child.kill();
        panic!("{what} did not happen; stdout:\n{out}\nstderr:\n{err}");
    }

    /// Waits for a text on stdout.
    pub fn says(&mut self, text: &str) -> &mut Self {
        self.until(&format!("{text:?} on stdout"), |running| running.stdout.text().contains(text).then_some(()));
        self
    }

    /// Waits for a text on stderr.
    pub fn warns(&mut self, text: &str) -> &mut Self {
        self.until(&format!("{text:?} on stderr"), |running| running.stderr.text().contains(text).then_some(()));
        self
    }

    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until stdout is at its end.
    pub fn stdout_ends(&mut self) {
        self.until("the end of stdout", |running| running.stdout.reader.is_finished().then_some(()));
    }

    /// Whether it is over.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// The init's PID in our own PID namespace.
    pub fn pid(&mut self) -> Pid {
        let file = self.file.clone().unwrap_or_else(|| emulator().unwrap_or_else(init).to_owned());
        self.pid_of(&file)
    }

    /// The PID in our own PID namespace of the process that executes `file`.
    pub fn pid_of(&mut self, file: &Path) -> Pid {
        let unshare = self.child.id();
        let first = || {
            let mut left = vec![unshare];
            while let Some(pid) = left.pop() {
                if std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == file) {
                    return Some(Pid::from_raw(pid as i32));
                }
                left.extend(children(pid));
            }
            None
        };
        // Looked for twice: between the look at a process and at its children it may have become the init, and have its own child,
        // which executes the same file for a moment. The second look finds the init itself.
        self.until("the start of the process", |_| first().and_then(|_| first()))
    }

    /// Waits until the init has let go of all that the program alone holds: its directory is `/`, and from descriptor 3
    /// on there is its signalfd alone.
    pub fn settles(&mut self) -> &mut Self {
        let pid = self.pid();
        self.until("the init to settle", |_| {
            let own: Vec<_> = open_files(pid.as_raw() as u32).into_iter().filter(|(fd, _)| *fd > 2).collect();
            let directory = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
            (own.len() == 1 && own[0].1 == SIGNALFD && directory == Path::new("/")).then_some(())
        });
        self
    }

    /// Sends a signal to the init, and waits until it has taken it: those that are sent so come one after the other.
    pub fn signal(&mut self, signal: Signal) -> &mut Self {
        let pid = self.pid();
        kill(pid, signal).expect("it runs");
        self.until("the signal's being taken", |_| (!is_awaited(pid)).then_some(()));
        self
    }

    /// Waits until the init has dealt with all that was sent to it, and sleeps again. It must not have ended.
    #[track_caller]
    pub fn stays(&mut self) -> &mut Self {
        let pid = self.pid();
        self.until("the init to sleep", |_| is_idle(pid).expect("it has not ended").then_some(()));
        self
    }

    /// Waits until every process in there sleeps and has taken all that was sent to it, or the run is over.
    pub fn all_stay(&mut self) -> &mut Self {
        self.until("all to sleep", |running| {
            // Those that slept both times, and have not run in between, slept all at once.
            let all = asleep(vec![running.child.id()], None);
            (running.is_over() || all.is_some() && all == asleep(vec![running.child.id()], None)).then_some(())
        });
        self
    }

    /// Whether every process in there sleeps or is stopped, and so do these others and their descendants; but for one of them, of
    /// which nothing is asked.
    pub fn others_rest(&self, but: Pid, others: &[u32]) -> bool {
        let all = || asleep(others.iter().copied().chain([self.child.id()]).collect(), Some(but));
        let before = all();
        before.is_some() && before == all()
    }

    /// The process in there that has this PID in its own PID namespace.
    pub fn inside(&self, pid: i32) -> Option<Pid> {
        let mut left = vec![self.child.id()];
        while let Some(id) = left.pop() {
            let inside = field(Pid::from_raw(id as i32), "NSpid:")?;
            if inside.split_whitespace().last() == Some(&pid.to_string()) && inside.split_whitespace().count() > 1 {
                return Some(Pid::from_raw(id as i32));
            }
            left.extend(children(id));
        }
        None
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Output {
        let status = self.until("the end", |running| running.child.try_wait().expect("it is our child"));
        self.stdout_ends();
        self.until("the end of stderr", |running| running.stderr.reader.is_finished().then_some(()));
        let status = status.code().unwrap_or_else(|| 1000 + status.signal().unwrap_or(0));
        Output { status, stdout: self.stdout.text(), stderr: self.stderr.text() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until this other program is at its end, and gives its output.
pub fn ends(mut child: Child) -> std::process::Output {
    let ended = wait_for(DEADLINE, || child.try_wait().expect("it is our child"));
    if ended.is_none() {
        let _ = child.kill();
    }
    child.wait_with_output().expect("it is our child")
}

/// How /proc shows a signalfd.
pub const SIGNALFD: &str = "anon_inode:[signalfd]";

/// The descriptors of a process, and what each is open on.
pub fn open_files(pid: u32) -> Vec<(u32, String)> {
    let list = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
    let mut open: Vec<_> = list
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let file = std::fs::read_link(&path).ok()?;
            Some((path.file_name()?.to_str()?.parse().ok()?, file.to_str()?.to_owned()))
        })
        .collect();
    open.sort();
    open
}

/// A field of a process in proc_pid_status(5); `None` if there is no such process.
fn field(pid: Pid, name: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix(name)).expect("it has that field").trim().to_owned())
}

/// Whether a signal was sent to a process that it has not taken yet. (One that is stopped takes none.)
pub fn is_awaited(pid: Pid) -> bool {
    field(pid, "ShdPnd:").is_some_and(|signals| signals.contains(|digit| digit != '0'))
        && field(pid, "State:").is_some_and(|state| !state.starts_with(['T', 'Z']))
}

/// Whether a process sleeps, and no signal waits for it; `None` if it has ended.
pub fn is_idle(pid: Pid) -> Option<bool> {
    let state = field(pid, "State:").filter(|state| !state.starts_with(['Z', 'X']))?;
    // PID 1 sleeps in its exit, too, until all others have ended; it has no memory then.
    let exits = std::fs::read_link(format!("/proc/{pid}/exe")).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    Some(state.starts_with('S') && !exits && !is_awaited(pid))
}

/// These processes and their descendants, and how often each has run; `None` unless all of them sleep or have ended. Of one of them
/// nothing is asked, and with it one that is stopped sleeps too.
fn asleep(mut left: Vec<u32>, but: Option<Pid>) -> Option<Vec<(u32, String)>> {
    let mut asleep = Vec::new();
    while let Some(id) = left.pop() {
        let pid = Pid::from_raw(id as i32);
        left.extend(children(id));
        if but == Some(pid) {
            continue;
        }
        let runs = field(pid, "voluntary_ctxt_switches:")?;
        if is_idle(pid) == Some(false) && !(but.is_some() && matches!(state(id as i32), 'T' | 't')) {
            return None;
        }
        asleep.push((id, runs));
    }
    Some(asleep)
}

/// The children of a process.
pub fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// The state of a process, as /proc/PID/stat has it: `T` is a stopped one; a blank if there is no such process.
pub fn state(pid: i32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or(' ')
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit status; 1000 + n if unshare(1) died of signal n.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// 125, this line, and nothing was started.
    #[track_caller]
    pub fn refused(self, line: &str) {
        assert_eq!(self, Self { status: 125, stdout: String::new(), stderr: format!("scratch-init: {line}\n") });
    }

    /// The status, with nothing on stderr.
    pub fn quiet_status(&self) -> i32 {
        assert_eq!(self.stderr, "");
        self.status
    }
}

/// Numbers of system calls.
pub mod calls {
    use nix::libc::*;

    #[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "arm"))]
    pub const ACCESS: i64 = SYS_access;
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "arm")))]
    pub const ACCESS: i64 = SYS_faccessat;
    pub const CHDIR: i64 = SYS_chdir;
    pub const CLOCK_GETTIME: i64 = SYS_clock_gettime;
    pub const CLOSE: i64 = SYS_close;
    pub const CLOSE_RANGE: i64 = SYS_close_range;
    pub const EXECVE: i64 = SYS_execve;
    pub const GETDENTS64: i64 = SYS_getdents64;
    pub const GETPGID: i64 = SYS_getpgid;
    pub const GETPPID: i64 = SYS_getppid;
    pub const IOCTL: i64 = SYS_ioctl;
    pub const LSEEK: i64 = SYS_lseek;
    pub const MADVISE: i64 = SYS_madvise;
    pub const OPENAT: i64 = SYS_openat;
    pub const PIDFD_OPEN: i64 = SYS_pidfd_open;
    pub const PIDFD_SEND_SIGNAL: i64 = SYS_pidfd_send_signal;
    pub const PPOLL: i64 = SYS_ppoll;
    pub const PRCTL: i64 = SYS_prctl;
    pub const PRLIMIT64: i64 = SYS_prlimit64;
    pub const RT_SIGACTION: i64 = SYS_rt_sigaction;
    pub const RT_SIGPROCMASK: i64 = SYS_rt_sigprocmask;
    pub const RT_SIGQUEUEINFO: i64 = SYS_rt_sigqueueinfo;
    pub const SETGROUPS: i64 = SYS_setgroups;
    pub const SETPGID: i64 = SYS_setpgid;
    pub const SIGNALFD4: i64 = SYS_signalfd4;
    #[cfg(target_pointer_width = "64")]
    pub const STAT: i64 = SYS_newfstatat;
    #[cfg(target_pointer_width = "32")]
    pub const STAT: i64 = SYS_statx;
    pub const STATFS: i64 = SYS_statfs;
    pub const WAIT4: i64 = SYS_wait4;
}

/// A shell that says what it gets, and a child of its that does, until the shell ends it. (Of two signals that wait the
/// lower comes first.)
pub const FAMILY: &str = r#"
    trap 'echo parent got it; kill -USR2 $child; wait $child; exit 0' USR1
    sh -c 'trap "echo child got it" USR1; trap "exit 0" USR2; echo child ready; while :; do sleep 0.01; done' &
    child=$!
    echo parent ready
    while :; do sleep 0.01; done
"#;

/// Words for tests/programs/probe: worlds that a program can be started in.
pub const WORLDS: &[&[&str]] = &[
    &[],
    &["block", "15", "block", "1", "block", "40"],
    &["ignore", "1", "ignore", "13", "ignore", "64"],
    &["ignore", "17"],
    &["block", "17", "ignore", "17"],
    &["open", "3", "open", "7", "open", "200"],
    &["close", "0"],
    &["close", "0", "open", "5"],
    &["close", "2"],
];
