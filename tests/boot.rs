//! The init of a machine: a real kernel in QEMU, with an initramfs of our file and BusyBox alone.

use scratch_init_tests::machine::{AARCH64, Kind, RISCV64, X86_64};
use scratch_init_tests::{As, Directory, case, has_namespaces, init, limited, root, succeeds};

#[track_caller]
fn has(console: &str, lines: &[&str]) {
    let mut rest = console;
    for line in lines {
        let at = rest.find(line);
        assert!(at.is_some(), "no {line:?} in\n{console}");
        rest = &rest[at.unwrap() + line.len()..];
    }
}

/// What a program of a machine looks at.
const LOOK: &str = r#"/busybox mount; echo "/arguments $0, $1, $2"; (exec 3</dev/tty && echo /it /has /a /terminal);
    /busybox ps -o pid,pgid,sid,args | /busybox grep /arguments; (/busybox sleep 0.1 &)
    until [ "$(/busybox cat /proc/1/task/1/children)" = "$$ " ]; do :; done; echo /all /reaped"#;

fn mounts_console_arguments_and_orphans(kind: &Kind) {
    // The kernel takes quotes for its own, and knows no escape.
    let image = kind.image();
    image.file("look", format!("#!/busybox sh\n{LOOK}\n").as_bytes(), 0o755);
    let console = kind.start(&image, "rdinit=/init -- -B poweroff /look one \"two words\"", &[]).off();
    let mounts = [
        "devtmpfs on /dev type devtmpfs",
        "proc on /proc type proc",
        "sysfs on /sys type sysfs",
        "tmpfs on /run type tmpfs (rw,nosuid,relatime,mode=755",
    ];
    has(&console, &mounts);
    has(&console, &["scratch-init: started PID ", "/arguments /look, one, two words\n", "/it /has /a /terminal\n"]);
    // It comes to be the only child of the init.
    has(&console, &["/all /reaped\n", "the program ended with status 0"]);
    has(&console, &["scratch-init: the machine ends: poweroff\n", "reboot: Power down"]);
    assert!(!console.contains("cannot make"), "{console}");
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn a_machine_has_mounts_console_arguments_and_no_zombies() {
    mounts_console_arguments_and_orphans(&X86_64);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels and .ci/machines get"]
fn an_aarch64_machine_does_the_same() {
    mounts_console_arguments_and_orphans(&AARCH64);
    has(&AARCH64.run("-B reboot /nonesuch"), &["cannot run '/nonesuch': not found", "reboot: Restarting system"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels and .ci/machines get"]
fn a_riscv64_machine_does_the_same() {
    mounts_console_arguments_and_orphans(&RISCV64);
    has(&RISCV64.run("-B reboot /nonesuch"), &["cannot run '/nonesuch': not found", "reboot: Restarting system"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn the_end_of_the_program_is_that_of_the_machine() {
    let console = X86_64.run("-B reboot /busybox true");
    has(&console, &["the program ended with status 0", "the machine ends: reboot", "reboot: Restarting system"]);
    // There is nobody who could switch it off.
    let mut machine = X86_64.start(&X86_64.image(), "rdinit=/init -- -B halt /busybox false", &[]);
    machine.says("the program ended with status 1").says("the machine ends: halt").says("reboot: System halted");
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn busyboxs_words_are_understood() {
    for (word, end) in [("poweroff", "Power down"), ("reboot", "Restarting system"), ("halt", "System halted")] {
        let image = X86_64.image();
        let program =
            format!("#!/busybox sh\ntrap 'echo /it /got TERM; exit' TERM\n/busybox {word}\nwhile :; do /busybox sleep 0.1; done\n");
        image.file("program", program.as_bytes(), 0o755);
        let mut machine = X86_64.start(&image, "rdinit=/init -- -B respawn -W /program", &[]);
        machine.says("/it /got TERM").says(&format!("the machine ends: {word}")).says(&format!("reboot: {end}"));
    }
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn ctrl_alt_del_reboots_and_other_signals_are_the_programs() {
    let image = X86_64.image();
    let program = "#!/busybox sh\ntrap 'echo /it /got HUP' HUP\necho /ready\n/busybox kill -HUP 1\nwhile :; do /busybox sleep 0.1; done\n";
    image.file("program", program.as_bytes(), 0o755);
    let mut machine = X86_64.start(&image, "rdinit=/init -- -B poweroff /program", &[]);
    machine.says("/ready").says("/it /got HUP").press("ctrl-alt-delete");
    has(&machine.off(), &["the machine ends: reboot", "reboot: Restarting system"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn a_program_is_started_again() {
    let image = X86_64.image();
    let program = "#!/busybox sh\n(exec 3</dev/tty && echo /terminal)\ncd /run\nif [ -e 2 ]; then /busybox poweroff; exec /busybox sleep 100; fi\n\
        if [ -e 1 ]; then echo >2; exit 7; fi\necho >1\nkill -9 $$\n";
    image.file("program", program.as_bytes(), 0o755);
    let console = X86_64.start(&image, "rdinit=/init -- -B respawn /program", &[]).off();
    has(&console, &["was ended by KILL", "started PID", "ended with status 7", "started PID", "ends: poweroff", "Power down"]);
    assert_eq!(console.matches("/terminal\n").count(), 3, "{console}");
    // Also one that is not there, until told otherwise.
    let mut machine = X86_64.start(&X86_64.image(), "rdinit=/init -- -B respawn /nonesuch", &[]);
    machine.says("cannot run '/nonesuch': not found\r\nscratch-init: cannot run '/nonesuch': not found\r\n").press("ctrl-alt-delete");
    has(&machine.off(), &["the machine ends: reboot"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn the_next_program_has_its_own_grace_period() {
    let image = X86_64.image();
    // The first one ignores what it asked for, and is killed; the second lives for longer than what would have come.
    let program = "#!/busybox sh\nif [ -e /run/1 ]; then /busybox sleep 4; exec /busybox poweroff; fi\n\
        echo >/run/1\ntrap '' QUIT\n/busybox kill -QUIT 1\nwhile :; do /busybox sleep 1; done\n";
    image.file("program", program.as_bytes(), 0o755);
    let console = X86_64.start(&image, "rdinit=/init -- -B respawn -t 300ms /program", &[]).off();
    has(&console, &["was ended by KILL", "started PID", "the machine ends: poweroff", "Power down"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn a_missing_program_is_no_kernel_panic() {
    let console = X86_64.run("-B poweroff /nonesuch");
    has(&console, &["scratch-init: cannot run '/nonesuch': not found\n", "the machine ends: poweroff", "Power down"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn a_machine_can_pause() {
    // It says nothing of itself, and until it has asked for that key the kernel itself would reboot: proc_sys_kernel(5).
    let image = X86_64.image();
    let key = "/proc/sys/kernel/ctrl-alt-del";
    let asked = format!("until [ -e {key} ] && [ \"$(/busybox cat {key})\" = 0 ]; do :; done");
    let first = format!("#!/busybox sh\n/busybox mount -t devtmpfs dev /dev\n({asked}; echo /ready) &\nexec /init -B poweroff -P\n");
    image.file("first", first.as_bytes(), 0o755);
    let mut machine = X86_64.start(&image, "rdinit=/first", &[]);
    machine.says("/ready").press("ctrl-alt-delete");
    has(&machine.off(), &["the machine ends: reboot", "reboot: Restarting system"]);
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn a_disk_is_clean_afterwards() {
    let directory = Directory::new();
    let modules = [
        "lib/crc16",
        "crypto/crc32c_generic",
        "fs/mbcache",
        "fs/jbd2/jbd2",
        "fs/ext4/ext4",
        "drivers/virtio/virtio_ring",
        "drivers/virtio/virtio",
        "drivers/virtio/virtio_pci_legacy_dev",
        "drivers/virtio/virtio_pci_modern_dev",
        "drivers/virtio/virtio_pci",
        "drivers/block/virtio_blk",
    ];
    let kernel = std::fs::read_dir(X86_64.file("lib/modules")).unwrap().next().unwrap().unwrap().path().join("kernel");
    let (disk, data) = (directory.0.join("disk"), directory.0.join("data"));
    // The root file system is on the disk, and the program leaves a file on it open that it writes to.
    let system = X86_64.image();
    system.file(
        "program",
        b"#!/busybox sh\nexec 3>/log\necho written >/file\necho written >/data/file\nwhile echo again >&3; do /busybox usleep 1000; done &\nuntil [ -s /log ]; do :; done\n",
        0o755,
    );
    succeeds(limited("mke2fs").args(["-q", "-t", "ext4", "-d"]).arg(&system.0).arg(&disk).arg("32M"));
    succeeds(limited("mke2fs").args(["-q", "-t", "ext4"]).arg(&data).arg("32M"));
    let image = X86_64.image();
    let mut first = String::from("#!/busybox sh\n/busybox mkdir /root /dev\n/busybox mount -t devtmpfs dev /dev\n");
    for module in modules {
        image.file(module, &std::fs::read(kernel.join(module).with_extension("ko")).unwrap(), 0o644);
        first += &format!("/busybox insmod /{module}\n");
    }
    first += "/busybox mount -t ext4 /dev/vda /root\n/busybox mkdir /root/data\n/busybox mount -t ext4 /dev/vdb /root/data\n/busybox umount /dev\nexec /busybox switch_root /root /init -B poweroff -S 300ms /program\n";
    image.file("first", first.as_bytes(), 0o755);
    let console = X86_64.start(&image, "rdinit=/first", &[&disk, &data]).off();
    has(&console, &["the program ended with status 0", "the machine ends: poweroff", "Power down"]);
    assert!(!console.contains("cannot"), "{console}");
    for disk in [disk, data] {
        let check = succeeds(limited("e2fsck").args(["-f", "-n"]).arg(&disk));
        assert!(!check.contains("journal") && !check.contains("Fix"), "{check}");
        let state = succeeds(limited("dumpe2fs").arg("-h").arg(&disk));
        assert!(state.contains("clean\n") && !state.contains("needs_recovery"), "{state}");
        assert_eq!(succeeds(limited("debugfs").args(["-R", "cat /file"]).arg(&disk)), "written\n");
    }
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn the_example_makes_an_initramfs() {
    let directory = Directory::new();
    let source = "#include <stdio.h>\nint main(int count, char **words) { printf(\"/app got %d: %s\\n\", count, words[1]); return 3; }\n";
    directory.compile("app", source);
    let image = directory.0.join("initramfs.cpio");
    let make = r#""$0" "$1" app >"$2""#;
    let script = root().join("examples/initramfs.sh");
    succeeds(limited("sh").args(["-ec", make]).arg(script).arg(init()).arg(&image).current_dir(&directory.0));
    let console = X86_64.boot(&image, "rdinit=/scratch-init-full -- -B poweroff /app word", &[]).off();
    has(&console, &["/app got 2: word\n", "the program ended with status 3", "Power down"]);
}

#[test]
fn nobody_elses_machine_is_touched() {
    if !has_namespaces() {
        return;
    }
    // In a PID namespace that is not the machine's, and where it is not PID 1.
    case(As::Pid1, ["-B", "poweroff", "echo", "started"]).run().refused("-B: EINVAL: it is for the first process of a machine");
    case(As::Child, ["-B", "poweroff", "echo", "started"]).run().refused("-B: ESRCH: it is for the first process of a machine");
}
