//! The examples of the README's table of options and of doc/options.md, each with the real program where Debian has it, else with
//! one that behaves so.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use scratch_init_tests::{As, Case, DEADLINE, Directory, case, has_namespaces, init, is_root, succeeds, wait_for};

/// As process 1, a shell that makes room first: file systems that hide the machine's, or a network of its own.
fn after(preparation: &str, words: &[&str]) -> Case {
    let script = format!("{preparation} && exec \"$@\"");
    let words = [&["sh", "-c", &script, "sh", init().to_str().unwrap()], words].concat();
    Case::bare(As::Pid1, words).unshare(&["--mount", "--net"])
}

#[test]
fn a_pipeline_of_a_shell_as_a_group() {
    if !has_namespaces() {
        return;
    }
    // The shell has no trap: it is ended, and so are those that it waits for.
    let script = "(trap 'echo dumped; exit' TERM; echo up; while :; do sleep 0.01; done) | (trap '' TERM; cat)";
    let mut running = case(As::Pid1, ["-g", "sh", "-c", script]).spawn();
    running.says("up\n").signal(Signal::SIGTERM).says("dumped\n");
    assert_eq!(running.finish().status, 143);
    // In an image that says -g for all, one program alone.
    let script = "trap 'kill -WINCH $dump; wait $dump; exit 3' TERM
        (trap 'echo dumped' TERM; trap 'exit' WINCH; echo dumping; while :; do sleep 0.01; done) & dump=$!; echo up; wait";
    let mut running = case(As::Pid1, ["-c", "sh", "-c", script]).env("SCRATCH_INIT_OPTIONS", "-g -S0").spawn();
    running.says("up\n").says("dumping\n").signal(Signal::SIGTERM);
    let output = running.finish();
    assert_eq!((output.quiet_status(), output.stdout.contains("dumped")), (3, false));
}

#[test]
fn a_job_that_is_over_when_it_is_over() {
    if !has_namespaces() {
        return;
    }
    let output = case(As::Pid1, ["-S0", "sh", "-c", "(trap '' TERM; sleep 1000) & exit 3"]).run();
    assert_eq!(output.quiet_status(), 3);
}

#[test]
fn a_load_balancer_drains() {
    if !has_namespaces() {
        return;
    }
    // A server that stops at once with TERM, and requests that still come then.
    let directory = Directory::new();
    let socket = directory.0.join("requests");
    nix::unistd::mkfifo(&socket, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = "exec 3<>\"$1\"; trap 'echo bye; exit 0' TERM; echo up; while :; do read request <&3 && echo answer to $request; done";
    let mut running = case(As::Pid1, ["-d1s", "-t25s", "sh", "-c", script, "sh", socket.to_str().unwrap()]).spawn();
    running.says("up\n").signal(Signal::SIGTERM);
    std::fs::write(&socket, "the last request\n").unwrap();
    running.says("answer to the last request\n");
    let output = running.finish();
    assert_eq!(output.quiet_status(), 0);
    assert!(output.stdout.ends_with("answer to the last request\nbye\n"), "{output:?}");
}

/// nginx answers a slow request while it is told to end; whether it does so to the last byte.
fn nginx(options: &[&str]) -> (bool, String) {
    const SIZE: usize = 200_000;
    let directory = Directory::new();
    let at = directory.0.display();
    let configuration = format!(
        "daemon off; error_log stderr notice; pid {at}/pid; worker_processes 1; events {{}}\n\
         http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;\n\
         uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         server {{ listen unix:{at}/socket; root {at}/www; limit_rate 100k; }} }}\n"
    );
    let configuration = directory.file("nginx.conf", configuration.as_bytes(), 0o644);
    directory.file("www/large", &vec![b'x'; SIZE], 0o644);
    let words = options.iter().copied().chain(["nginx", "-p", directory.0.to_str().unwrap(), "-c", configuration.to_str().unwrap()]);
    let mut running = case(As::Pid1, words).spawn();
    running.warns("start worker process ");
    let mut client = UnixStream::connect(directory.0.join("socket")).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    client.write_all(b"GET /large HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = vec![0; 1000];
    client.read_exact(&mut answer).unwrap();
    running.signal(Signal::SIGTERM);
    let _ = client.read_to_end(&mut answer);
    let output = running.finish();
    assert_eq!(output.status, 0);
    (answer.ends_with(&vec![b'x'; SIZE]), output.stderr)
}

#[test]
#[ignore = "needs nginx"]
fn nginx_finishes_what_it_does() {
    if !has_namespaces() {
        return;
    }
    let (whole, log) = nginx(&["-r", "TERM:QUIT"]);
    assert!(whole && log.contains("gracefully shutting down"), "{log}");
    let (whole, log) = nginx(&[]);
    assert!(!whole && log.contains("signal 15 (SIGTERM) received"), "{log}");
}

#[test]
#[ignore = "needs PostgreSQL, and root to become its user"]
fn postgres_does_not_wait_for_its_clients() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("it is installed");
    let programs = versions.map(|entry| entry.unwrap().path().join("bin")).find(|path| path.join("initdb").exists()).unwrap();
    let program = |name: &str| programs.join(name).to_str().unwrap().to_owned();
    let directory = Directory::new();
    let at = directory.0.to_str().unwrap();
    nix::unistd::chown(&directory.0, Some(65534.into()), Some(65534.into())).unwrap();
    let made =
        case(As::Pid1, ["-u65534", "-C", at, &program("initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-N", "--no-locale"]);
    assert_eq!(made.run().status, 0);

    let (server, data) = (program("postgres"), format!("{at}/data"));
    let words = ["-u65534:65534", "-C", &data, "-rTERM:INT", &server, "-D", ".", "-k", at, "-c", "listen_addresses="];
    let mut running = case(As::Pid1, words).spawn();
    running.warns("database system is ready to accept connections");
    let psql = |query: &str| {
        let mut command = Command::new(program("psql"));
        command.args(["-h", at, "-U", "postgres", "-Atc", query]).env("HOME", at);
        command
    };
    // The one that asks runs its own query, and the other one sleeps.
    let mut client = psql("select pg_sleep(1000)").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let clients = "select count(*) from pg_stat_activity where query like '%pg_sleep%'";
    wait_for(DEADLINE, || (succeeds(&mut psql(clients)).trim() == "2").then_some(())).expect("there is a client");
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    let _ = client.kill();
    client.wait().unwrap();
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stderr.contains("received fast shutdown request"), "{output:?}");
}

#[test]
#[ignore = "needs a JDK"]
fn a_jvm_that_was_stopped_has_ended_well() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    let source = b"public class Main { public static void main(String[] words) throws Exception {
        System.out.println(\"up\"); System.out.flush(); Thread.sleep(1000000); } }";
    let source = directory.file("Main.java", source, 0o644);
    for (options, status) in [(&["-e", "143"][..], 0), (&[], 143)] {
        let words = options.iter().copied().chain(["java", "-Xmx64m", source.to_str().unwrap()]);
        let mut running = case(As::Pid1, words).spawn();
        running.says("up\n").signal(Signal::SIGTERM);
        assert_eq!(running.finish().status, status);
    }
}

#[test]
#[ignore = "needs gunicorn"]
fn gunicorn_ends_gracefully_however_it_is_asked() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    directory.file("app.py", b"def app(environ, start):\n    start('200 OK', [])\n    return [b'hello']\n", 0o644);
    let at = directory.0.to_str().unwrap();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let words = ["-C", at, "-rINT:TERM", "-rQUIT:TERM", "-t30s", "gunicorn", "--bind", "unix:socket", "app:app"];
        let mut running = case(As::Pid1, words).spawn();
        running.warns("Booting worker").signal(signal);
        let output = running.finish();
        assert_eq!(output.status, 0);
        assert!(output.stderr.contains("Handling signal: term"), "{output:?}");
    }
}

#[test]
#[ignore = "needs the OpenSSH server and client, iproute2, and root"]
fn sshd_and_its_sessions() {
    if !has_namespaces() || !is_root() {
        return;
    }
    let directory = Directory::new();
    let at = directory.0.display().to_string();
    for key in ["host", "key"] {
        succeeds(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(directory.0.join(key)));
    }
    let configuration = format!(
        "ListenAddress 127.0.0.1\nPort 2222\nHostKey {at}/host\nAuthorizedKeysFile {at}/key.pub\nPidFile none\n\
         StrictModes no\nUsePAM no\nPermitRootLogin yes\n"
    );
    let configuration = directory.file("sshd_config", configuration.as_bytes(), 0o644);
    let preparation = "ip link set lo up && mount -t tmpfs none /run && mkdir /run/sshd";
    let words = ["-a", "/usr/sbin/sshd", "-D", "-e", "-f", configuration.to_str().unwrap()];
    let mut running = after(preparation, &words).spawn();
    running.warns("Server listening on 127.0.0.1 port 2222");
    let network = format!("--net=/proc/{}/ns/net", running.pid());
    // Nobody is left to read what the shell has to say of its end.
    let session = format!("trap '' PIPE; trap 'echo TERM > {at}/got; exit' TERM; echo up; while :; do sleep 0.01; done");
    let mut client = Command::new("nsenter")
        .args([&network, "ssh", "-F", "none", "-i"])
        .arg(directory.0.join("key"))
        .args(["-p", "2222", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "root@127.0.0.1", &session])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line != "up\n" {
        let mut why = String::new();
        client.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("no session: {why}");
    }
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    let _ = client.kill();
    client.wait().unwrap();
    assert!(output.stderr.contains("Received signal 15; terminating."), "{output:?}");
    assert_eq!(std::fs::read_to_string(directory.0.join("got")).unwrap(), "TERM\n");
}

#[test]
#[ignore = "needs cron, and root"]
fn cron_forks_away() {
    if !has_namespaces() || !is_root() {
        return;
    }
    // None of this machine's own tables is to be looked at.
    let preparation = "for place in /run /var/spool/cron /etc/cron.d; do mount -t tmpfs none $place || exit; done; \
        mkdir /var/spool/cron/crontabs && mount --bind /dev/null /etc/crontab";
    let mut running = after(preparation, &["-Wv", "-e143", "/usr/sbin/cron"]).spawn();
    running.warns("scratch-init: the program ended with status 0; ").settles().stays();
    running.pid_of(Path::new("/usr/sbin/cron"));
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().status, 0);
}
