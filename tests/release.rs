//! What `./release` makes, for this machine's platform. `.ci/release-twice` makes the release of all platforms.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use scratch_init_tests::docker::{self, Container, Image, docker};
use scratch_init_tests::podman::Podman;
use scratch_init_tests::{Directory, limited, program, root, scratch, succeeds, unshare};
use serde_json::Value;

const VERSION: &str = "0.1.0";

/// The three files of a platform without its name, and what each calls itself.
const PROGRAMS: [(&str, &str); 3] = [("scratch-init", "default"), ("scratch-init-core", "core"), ("scratch-init-full", "full")];

/// `./release` of the repository, or of a copy of it, with this target directory.
fn release(root: &Path, target: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("600").arg(root.join("release")).env("CARGO_TARGET_DIR", target);
    for variable in [
        "SCRATCH_INIT_COMMIT",
        "SCRATCH_INIT_MAINTAINER",
        "SOURCE_DATE_EPOCH",
        "RUSTC",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_UNSTABLE_BUILD_STD",
        "CARGO_BUILD_TARGET_DIR",
    ] {
        command.env_remove(variable);
    }
    command
}

/// The files of the release, made once.
fn files() -> &'static Path {
    static FILES: OnceLock<PathBuf> = OnceLock::new();
    FILES.get_or_init(|| {
        let target = scratch().join("release");
        succeeds(release(root(), &target).arg("amd64"));
        target.join("release-files")
    })
}

fn git(words: &[&str]) -> String {
    succeeds(limited("git").args(words).current_dir(root())).trim().to_owned()
}

/// The source without its history, as an archive of it has it.
fn source() -> Directory {
    let directory = Directory::new();
    let copy = "git ls-files -z | tar --create --null --files-from=- | tar --extract --directory \"$0\"";
    succeeds(limited("sh").args(["-c", copy]).arg(&directory.0).current_dir(root()));
    directory
}

/// The names in a directory.
fn names(directory: &Path) -> BTreeSet<String> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn set(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    names.into_iter().collect()
}

/// What an archive has, unpacked.
fn unpacked(archive: &Path) -> Directory {
    let directory = Directory::new();
    succeeds(limited("tar").arg("--extract").arg("--file").arg(archive).arg("--directory").arg(&directory.0));
    directory
}

fn is_executable(file: &Path) -> bool {
    file.metadata().unwrap().permissions().mode() & 0o777 == 0o755
}

/// All files that SHA256SUMS names are there, with these sums, and there is no other.
fn sums_are_right(directory: &Path) {
    succeeds(limited("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(directory));
    let sums = std::fs::read_to_string(directory.join("SHA256SUMS")).unwrap();
    let mut expected = set(sums.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()));
    expected.insert("SHA256SUMS".to_owned());
    let there = succeeds(limited("find").args([".", "-type", "f", "-printf", "%P\\n"]).current_dir(directory));
    assert_eq!(set(there.lines().map(str::to_owned)), expected);
}

#[test]
#[ignore = "needs jq"]
fn each_build_has_its_file() {
    let files = files();
    let mut expected = set(["SHA256SUMS".to_owned()]);
    expected.extend(["amd64.tar.gz", "image-amd64.tar", "image.tar"].map(|name| format!("scratch-init-{VERSION}-{name}")));
    for (name, build) in PROGRAMS {
        let file = files.join(format!("{name}-amd64"));
        assert!(is_executable(&file), "{name}");
        let version = succeeds(unshare().arg("--").arg(&file).arg("--version"));
        assert_eq!(version, format!("scratch-init {VERSION} ({build})\n"));
        expected.extend(["", ".cdx.json"].map(|end| format!("{name}-amd64{end}")));
    }
    assert_eq!(names(files), expected);
    sums_are_right(files);
}

#[test]
#[ignore = "needs jq"]
fn each_file_has_a_list_of_its_parts() {
    for (name, _) in PROGRAMS {
        let file = files().join(format!("{name}-amd64"));
        let list: Value = serde_json::from_slice(&std::fs::read(file.with_file_name(format!("{name}-amd64.cdx.json"))).unwrap()).unwrap();
        let sum = succeeds(limited("sha256sum").arg(&file));
        let component = &list["metadata"]["component"];
        assert_eq!((&component["name"], &component["version"]), (&name.into(), &VERSION.into()));
        assert_eq!(component["hashes"][0]["content"], sum.split(' ').next().unwrap());
        let parts: BTreeSet<_> = list["components"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
        assert_eq!(parts, ["bitflags", "core", "linux-raw-sys", "rustix"].into());
    }
}

#[test]
#[ignore = "needs jq"]
fn the_archive_of_a_platform() {
    let name = format!("scratch-init-{VERSION}-amd64");
    let directory = unpacked(&files().join(format!("{name}.tar.gz")));
    assert_eq!(names(&directory.0), [name.clone()].into());
    let directory = directory.0.join(name);
    let mut expected = set([
        "scratch-init.1",
        "README.md",
        "README.ko.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "doc",
        "examples",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "SHA256SUMS",
    ]
    .map(String::from));
    for (name, _) in PROGRAMS {
        expected.extend(["", ".cdx.json"].map(|end| format!("{name}{end}")));
        assert!(is_executable(&directory.join(name)), "{name}");
        let same = |end: &str| {
            std::fs::read(directory.join(format!("{name}{end}"))).unwrap()
                == std::fs::read(files().join(format!("{name}-amd64{end}"))).unwrap()
        };
        assert!(same("") && same(".cdx.json"), "{name}");
    }
    assert_eq!(names(&directory), expected);
    // Where README's links lead.
    let mut documents = names(&root().join("doc"));
    documents.retain(|name| name.ends_with(".md") || name == "pictures");
    assert_eq!(names(&directory.join("doc")), documents);
    for place in ["doc/pictures", "examples"] {
        assert_eq!(names(&directory.join(place)), names(&root().join(place)));
    }
    sums_are_right(&directory);
}

#[test]
#[ignore = "needs jq"]
fn without_its_history_the_source_makes_the_same_bytes() {
    let source = source();
    let target = source.0.join("target");
    let output = release(&source.0, &target).arg("amd64").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.contains("SCRATCH_INIT_COMMIT") && said.contains("SOURCE_DATE_EPOCH"), "{said}");
    let files = files();
    // Nor does it matter who may read what is made there.
    let mut again = Command::new("sh");
    again.args(["-c", "umask 077; exec \"$@\"", "sh"]).arg("timeout").arg("600").arg(source.0.join("release")).arg("amd64");
    again.env("CARGO_TARGET_DIR", &target).env("SCRATCH_INIT_COMMIT", &git(&["rev-parse", "HEAD"])[..7]);
    succeeds(again.env("SOURCE_DATE_EPOCH", git(&["log", "-1", "--format=%ct"])));
    succeeds(limited("diff").arg("--recursive").arg(files).arg(target.join("release-files")));
}

#[test]
fn all_missing_targets_are_named_before_anything_is_built() {
    // A compiler that has none of them.
    let directory = Directory::new();
    let compiler = directory.file("rustc", b"#!/bin/sh\necho /nonesuch\n", 0o755);
    let target = directory.0.join("target");
    for (platforms, missing) in [
        (
            &[][..],
            "x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf arm-unknown-linux-gnueabihf i686-unknown-linux-gnu riscv64gc-unknown-linux-gnu",
        ),
        (&["arm-v7", "386"], "armv7-unknown-linux-gnueabihf i686-unknown-linux-gnu"),
    ] {
        let output = release(root(), &target).args(platforms).env("RUSTC", &compiler).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), said),
            (Some(1), format!("./release: Rust's core library is missing: rustup target add {missing}\n"))
        );
        assert!(!target.exists());
    }
    let output = release(root(), &target).arg("x86_64").output().unwrap();
    assert!(output.status.code() == Some(1) && String::from_utf8(output.stderr).unwrap().contains("'x86_64'"));
}

#[test]
#[ignore = "needs jq"]
fn what_would_spoil_a_release_is_said_before_anything_is_built() {
    let directory = Directory::new();
    let target = directory.0.join("target");
    let refused = |platforms: &[&str], (name, value): (&str, &str), line: &str| {
        let output = release(root(), &target).args(platforms).env(name, value).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(1), format!("./release: {line}\n")));
        assert!(!target.exists());
    };
    refused(&["amd64", "amd64"], ("TZ", "UTC"), "the platform 'amd64' stands there twice");
    for value in ["now", "-1", "1.5", "99999999999"] {
        refused(&["amd64"], ("SOURCE_DATE_EPOCH", value), &format!("SOURCE_DATE_EPOCH is '{value}': want seconds since 1970"));
    }
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        for value in ["", "-Dwarnings"] {
            refused(&["amd64"], (name, value), "RUSTFLAGS is set: unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS");
        }
    }
    // All that it calls until then, but jq.
    let tools = Directory::new();
    for tool in ["bash", "dirname"] {
        std::os::unix::fs::symlink(succeeds(limited("which").arg(tool)).trim(), tools.0.join(tool)).unwrap();
    }
    let core = tools.0.join("lib/libcore-1.rlib");
    std::fs::create_dir(core.parent().unwrap()).unwrap();
    std::fs::write(&core, "").unwrap();
    tools.file("rustc", format!("#!/usr/bin/env bash\necho {}\n", core.parent().unwrap().display()).as_bytes(), 0o755);
    let mut command = limited("env");
    command.arg(format!("PATH={}", tools.0.display())).arg(root().join("release")).arg("amd64").env("CARGO_TARGET_DIR", &target);
    let output = command.env_remove("RUSTC").env_remove("CARGO_UNSTABLE_BUILD_STD").output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "./release: jq is not installed\n");
    assert!(output.status.code() == Some(1) && !target.exists());
}

#[test]
#[ignore = "needs jq"]
fn another_target_directory_in_cargos_configuration_does_not_count() {
    let source = source();
    // What would be taken if cargo built elsewhere.
    source.file("target/x86_64-unknown-linux-gnu/release/scratch-init", b"an old one", 0o755);
    let elsewhere = source.0.join("elsewhere");
    let mut command = release(&source.0, &elsewhere);
    command.env_remove("CARGO_TARGET_DIR").env("CARGO_BUILD_TARGET_DIR", &elsewhere);
    command.env("SCRATCH_INIT_COMMIT", &git(&["rev-parse", "HEAD"])[..7]).env("SOURCE_DATE_EPOCH", git(&["log", "-1", "--format=%ct"]));
    succeeds(command.arg("amd64"));
    succeeds(limited("diff").arg("--recursive").arg(files()).arg(source.0.join("target/release-files")));
}

#[test]
#[ignore = "needs jq"]
fn its_notes_are_the_section_of_its_version() {
    let source = source();
    // What builds nothing: the notes come first.
    let tools = Directory::new();
    tools.file("cargo", b"#!/bin/sh\nexit 1\n", 0o755);
    let path = format!("{}:{}", tools.0.display(), std::env::var("PATH").unwrap());
    let target = source.0.join("target");
    let notes = |changes: &str| {
        source.file("CHANGELOG.md", changes.as_bytes(), 0o644);
        let mut command = release(&source.0, &target);
        command.env("PATH", &path).env("SCRATCH_INIT_COMMIT", "1234567").env("SOURCE_DATE_EPOCH", "1");
        let output = command.arg("amd64").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        (std::fs::read_to_string(target.join("release-notes.md")).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for heading in ["## 0.1.0", "## 0.1.0, not released yet", "## 0.1.0 (soon)"] {
        let changes = format!(
            "# Changes\n\n## 0.2.0, not released yet\n\n- two\n\n{heading}\n\n- one\n\n### More\n\n- of it\n\n## 0.0.9\n\n- none\n"
        );
        assert_eq!(notes(&changes).0.trim_end(), "- one\n\n### More\n\n- of it", "{heading}");
    }
    let (notes, said) = notes("# Changes\n\n## 0.1.01\n\n- another\n");
    assert_eq!((notes.as_str(), said.as_str()), ("", "./release: CHANGELOG.md has no section '## 0.1.0'\n"));
}

#[test]
#[ignore = "needs jq and skopeo"]
fn the_image_is_an_oci_layout() {
    let all = unpacked(&files().join(format!("scratch-init-{VERSION}-image.tar")));
    let layout = format!("oci:{}", all.0.display());
    let skopeo = |words: &[&str]| -> Value { serde_json::from_str(&succeeds(limited("skopeo").args(words))).unwrap() };
    let list = skopeo(&["inspect", "--raw", &layout]);
    assert_eq!(list["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(list["manifests"][0]["platform"], serde_json::json!({"architecture": "amd64", "os": "linux"}));
    let image = skopeo(&["inspect", &layout]);
    assert_eq!((&image["Architecture"], &image["Os"]), (&"amd64".into(), &"linux".into()));
    assert_eq!(image["Labels"]["org.opencontainers.image.revision"], git(&["rev-parse", "HEAD"])[..7]);
    let config = skopeo(&["inspect", "--config", &layout]);
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/scratch-init"]));
    // It is copied as it is: whatever a registry gets has the same digests.
    let copy = Directory::new();
    let to = format!("oci:{}/copy", copy.0.display());
    succeeds(limited("skopeo").args(["copy", "--quiet", "--all", "--preserve-digests", &layout, &to]));
    assert_eq!(names(&copy.0.join("copy/blobs/sha256")), names(&all.0.join("blobs/sha256")));
}

/// The archive with the image of this platform.
fn image() -> PathBuf {
    files().join(format!("scratch-init-{VERSION}-image-amd64.tar"))
}

#[test]
#[ignore = "needs jq and a Docker engine"]
fn docker_loads_the_image_and_copies_from_it() {
    let loaded = docker::succeeds(&["load", "--input", image().to_str().unwrap()]);
    // If an image of this name is there already, a line above tells of it.
    let name = loaded.lines().last().unwrap().strip_prefix("Loaded image: ").unwrap();
    let loaded = Image(name.to_owned());
    assert_eq!(name, format!("scratch-init:{VERSION}"));
    let container = Container::start(&loaded, &[], &["--version"]);
    assert_eq!((container.status(), container.logs()), ("0".to_owned(), format!("scratch-init {VERSION} (default)\n")));
    for (file, build) in PROGRAMS {
        let directory = Directory::new();
        docker::copy(&directory, &program("probe"), "probe");
        let dockerfile = format!("FROM scratch\nCOPY --from={name} /{file} /init\nCOPY probe /\nENTRYPOINT [\"/init\", \"--\"]\n");
        let image = Image::build(&directory, &dockerfile);
        let container = Container::start(&image, &[], &["/probe", "exit", "3"]);
        assert_eq!((container.status(), container.logs()), ("3".to_owned(), String::new()), "{file}");
        let container = Container::start(&image, &["--entrypoint", "/init"], &["--version"]);
        assert_eq!((container.status(), container.logs()), ("0".to_owned(), format!("scratch-init {VERSION} ({build})\n")));
    }
    drop(loaded);
    assert!(!docker(&["image", "inspect", name]).output().unwrap().status.success());
}

#[test]
#[ignore = "needs jq, Podman, runc and root"]
fn podman_loads_the_image() {
    for archive in [image(), files().join(format!("scratch-init-{VERSION}-image.tar"))] {
        let podman = Podman::new();
        podman.succeeds(&["load", "--input", archive.to_str().unwrap()]);
        let version = podman.succeeds(&["run", "--network", "none", &format!("localhost/scratch-init:{VERSION}"), "--version"]);
        assert_eq!(version, format!("scratch-init {VERSION} (default)\n"), "{archive:?}");
    }
}

/// The package with this end of its name, of a release that has them, made once.
fn package(end: &str) -> PathBuf {
    static FILES: OnceLock<PathBuf> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let target = scratch().join("release-packages");
        succeeds(release(root(), &target).args(["--packages", "amd64"]));
        let files = target.join("release-files");
        sums_are_right(&files);
        files
    });
    files.join(format!("scratch-init-{VERSION}-amd64.{end}"))
}

/// `./release-packages` of the repository, or of a copy of it, for the files of the release in this directory.
fn packages(root: &Path, directory: &Path) -> Command {
    for (program, _) in PROGRAMS {
        let name = format!("{program}-amd64");
        std::fs::copy(package("deb").with_file_name(&name), directory.join(&name)).unwrap();
    }
    let mut command = limited(root.join("release-packages").to_str().unwrap());
    command.arg(directory).args([VERSION, "amd64", "x86_64-unknown-linux-gnu"]).env_remove("SCRATCH_INIT_MAINTAINER");
    command.env("SOURCE_DATE_EPOCH", git(&["log", "-1", "--format=%ct"])).env("SCRATCH_INIT_COMMIT", &git(&["rev-parse", "HEAD"])[..7]);
    command
}

/// The files in a directory and below it.
fn every_file(directory: &Path) -> BTreeSet<String> {
    let list = succeeds(limited("find").args([".", "-not", "-type", "d", "-printf", "%P\n"]).current_dir(directory));
    set(list.lines().map(String::from))
}

/// What a package must have put into a root directory, and what the three programs there say.
fn is_installed(directory: &Path) {
    for (name, build) in PROGRAMS {
        let program = directory.join("usr/bin").join(name);
        assert!(is_executable(&program), "{name}");
        let version = succeeds(unshare().args(["--", "chroot"]).arg(directory).arg(format!("/usr/bin/{name}")).arg("--version"));
        assert_eq!(version, format!("scratch-init {VERSION} ({build})\n"));
    }
}

#[test]
#[ignore = "needs jq, cargo-deb, cargo-generate-rpm, dpkg and root"]
fn the_debian_package_is_installed_and_removed() {
    // A system with nothing in it.
    let directory = Directory::new();
    directory.file("var/lib/dpkg/status", b"", 0o644);
    for name in ["info", "updates"] {
        std::fs::create_dir(directory.0.join("var/lib/dpkg").join(name)).unwrap();
    }
    let before = every_file(&directory.0);
    let root = format!("--root={}", directory.0.display());
    let dpkg = |word: &str, what: &str| succeeds(limited("dpkg").args([&root, "--log=/dev/null", word, what]));
    dpkg("--install", package("deb").to_str().unwrap());
    is_installed(&directory.0);
    let listed = dpkg("--listfiles", "scratch-init");
    for file in
        ["/usr/share/man/man1/scratch-init.1.gz", "/usr/share/man/man1/scratch-init-full.1.gz", "/usr/share/doc/scratch-init/copyright"]
    {
        assert!(listed.lines().any(|line| line == file) && directory.0.join(&file[1..]).is_file(), "{listed}");
    }
    dpkg("--purge", "scratch-init");
    let after = every_file(&directory.0);
    let left: Vec<_> = after.difference(&before).filter(|file| !file.starts_with("var/lib/dpkg/")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "needs jq, cargo-deb, cargo-generate-rpm and lintian"]
fn the_debian_package_is_well_formed() {
    is_well_formed(&package("deb"));
}

fn is_well_formed(package: &Path) {
    // What it finds and the package itself has a reason for is not shown.
    let output = limited("lintian").args(["--allow-root", "--display-info", "--pedantic"]).arg(package).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap()), (Some(0), String::new()));
}

#[test]
#[ignore = "needs jq, cargo-deb, cargo-generate-rpm, rpm and root"]
fn the_rpm_package_is_installed_and_removed() {
    // A system with nothing in it.
    let directory = Directory::new();
    let root = format!("--root={}", directory.0.display());
    let rpm = |words: &[&str]| succeeds(limited("rpm").args([&root, "--dbpath=/var/lib/rpm"]).args(words));
    rpm(&["--initdb"]);
    let before = every_file(&directory.0);
    rpm(&["--install", package("rpm").to_str().unwrap()]);
    is_installed(&directory.0);
    let listed = rpm(&["--query", "--list", "scratch-init"]);
    for file in [
        "/usr/share/man/man1/scratch-init.1.gz",
        "/usr/share/man/man1/scratch-init-full.1.gz",
        "/usr/share/licenses/scratch-init/LICENSE-MIT",
        "/usr/share/licenses/scratch-init/LICENSE-APACHE",
    ] {
        assert!(listed.lines().any(|line| line == file) && directory.0.join(&file[1..]).is_file(), "{listed}");
    }
    assert_eq!(
        rpm(&["--query", "--queryformat=%{NAME} %{VERSION} %{ARCH} %{LICENSE}", "scratch-init"]),
        format!("scratch-init {VERSION} x86_64 MIT OR Apache-2.0")
    );
    // It needs nothing of the system: what is left is what rpm itself must be able to do.
    let needs = rpm(&["--query", "--requires", "scratch-init"]);
    assert!(needs.lines().all(|need| need.starts_with("rpmlib(")), "{needs}");
    rpm(&["--verify", "scratch-init"]);
    rpm(&["--erase", "scratch-init"]);
    let after = every_file(&directory.0);
    let left: Vec<_> = after.difference(&before).filter(|file| !file.starts_with("var/lib/rpm/")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "needs jq, cargo-deb, cargo-generate-rpm and rpmlint"]
fn the_rpm_package_is_well_formed() {
    // What it finds and the file has a reason for is not shown.
    let rules = root().join(".ci/rpmlint.toml");
    let output = limited("rpmlint").arg("--config").arg(rules).arg("--strict").arg(package("rpm")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains(" 0 errors, 0 warnings"), "{said}");
}

#[test]
#[ignore = "needs jq, cargo-deb, cargo-generate-rpm, dpkg, lintian and rpm"]
fn the_packages_name_who_makes_them() {
    let named = |deb: &Path, rpm: &Path, name: &str| {
        assert_eq!(succeeds(limited("dpkg").arg("--field").arg(deb).arg("Maintainer")).trim_end(), name);
        assert_eq!(succeeds(limited("rpm").args(["--query", "--queryformat=%{VENDOR}", "--package"]).arg(rpm)), name);
    };
    // The project has no address.
    named(&package("deb"), &package("rpm"), "scratch-init");
    let directory = Directory::new();
    let file = |end: &str| directory.0.join(format!("scratch-init-{VERSION}-amd64.{end}"));
    let name = "J. Doe <j.doe@debian.org>";
    assert!(packages(root(), &directory.0).env("SCRATCH_INIT_MAINTAINER", name).output().unwrap().status.success());
    named(&file("deb"), &file("rpm"), name);
    is_well_formed(&file("deb"));
    let refused = packages(root(), &directory.0).env("SCRATCH_INIT_MAINTAINER", "J. \"Doe\" <j.doe@debian.org>").output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("SCRATCH_INIT_MAINTAINER"));
}

#[test]
#[ignore = "needs jq, cargo-deb and cargo-generate-rpm"]
fn another_checkout_makes_the_same_packages() {
    let source = source();
    // A file is as old as its checkout.
    succeeds(limited("touch").args(["--date=2001-02-03", "README.md", "LICENSE-MIT", "doc/scratch-init.1"]).current_dir(&source.0));
    let directory = Directory::new();
    succeeds(&mut packages(&source.0, &directory.0));
    for end in ["deb", "rpm"] {
        succeeds(limited("cmp").arg(package(end)).arg(directory.0.join(format!("scratch-init-{VERSION}-amd64.{end}"))));
    }
}
