//! The commands of the documents, run as they stand, in a clean checkout. CONTRIBUTING.md has the markers.
//!
//! What stands in for a thing that cannot be had here:
//! - `docker` runs and builds without a network and without a cache, with a label by which all is removed at the end; `docker compose` is
//!   docker-compose. `sudo` executes its words.
//! - /usr/local/bin and /etc can be written to by what needs root, and the machine's own do not change.
//! - the stand-ins of [`STAND_INS`], which a marker names.

mod documents;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use documents::{Block, Marker};
use nix::sys::signal::Signal;
use regex_lite::Regex;
use scratch_init_tests::builds::{Build, NAMED};
use scratch_init_tests::docker::{self, InPlaceOfDockerInit};
use scratch_init_tests::machine::X86_64;
use scratch_init_tests::{
    As, Case, Directory, find_in_path, has_namespaces, init, is_root, limited, root, scratch, succeeds, target, unshare,
};

/// What a marker can say that a block needs besides rustup, cc and util-linux.
const NEEDS: [&str; 6] = ["docker", "root", "qemu", "network", "cluster", "time"];

/// What a marker can say that stands in.
const STAND_INS: [&str; 9] = [
    // `$RELEASE` is a directory that ./release filled, and not a server. If the block does not fetch its files from there, they are there
    // already.
    "release-files",
    // `scratch-init` and `app`, a program that ends after three seconds, or when it is told to.
    "app",
    // The image `app` of these.
    "image",
    // `git clone` gets this working tree, whatever its address.
    "checkout",
    // `systemctl restart docker` does nothing.
    "systemctl",
    // The file that daemon.json names, or the full build, is mounted over the engine's docker-init.
    "docker-init",
    // `rustup target add` looks whether there is such a target, and cargo builds the program alone with Debian's compiler, which builds core
    // for it.
    "other-machines",
    // `cargo test` runs in the repository itself, with a thousand lives at most, and only compiles if no test is named.
    "cargo-test",
    // `kubectl apply` looks at the file alone.
    "kubernetes",
];

/// Kinds of blocks that are files: each is put somewhere, or looked at.
const FILES: [&str; 3] = ["dockerfile", "yaml", "json"];

/// The first words by which a command is known in a block that is to have none.
const COMMANDS: &str = "apk apt apt-get bash cargo cat cd chmod cp curl dnf docker docker-compose dpkg echo git install jq kubectl ln make man \
    mkdir mount mv podman ps qemu-system-x86_64 rm rpm rustup scratch-init scratch-init-core scratch-init-full sh sudo systemctl tar tini \
    unshare wget";

/// How long the commands of one block may take.
const LIMIT: &str = "900";

/// All blocks, each with its document.
fn blocks() -> Vec<(String, Vec<Block>)> {
    documents::names().into_iter().map(|name| (name.clone(), documents::blocks(&documents::text(&name)).0)).collect()
}

/// Whether a line begins as a command does.
fn looks_like_a_command(line: &str) -> bool {
    let line = line.trim_start();
    let mut words = line.split_whitespace().skip_while(|word| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    });
    let first = words.next().unwrap_or_default();
    line.starts_with("$ ") || line.starts_with("# ") || first.starts_with("./") || COMMANDS.split_whitespace().any(|name| name == first)
}

#[test]
fn a_command_is_known_by_its_first_word() {
    for line in ["cargo build", "  docker run app", "$ true", "A=1 B= make all", "./release", "# apt install x"] {
        assert!(looks_like_a_command(line), "{line}");
    }
    for line in ["docker: Error response", "exec /scratch-init: exec format error", "linux /vmlinuz a=b", "", "a=1"] {
        assert!(!looks_like_a_command(line), "{line}");
    }
}

/// What is wrong with a block, whether or not it can be run.
fn complaints(block: &Block) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(kind) = block.kind.as_deref() else { return vec!["it is indented, and has no fence".to_owned()] };
    let unknown = |known: &[&str], key: &str| -> Vec<String> {
        block.all(key).filter(|value| !known.contains(value)).map(|value| format!("no {key} is '{value}': want {known:?}")).collect()
    };
    let markers = block.markers.iter().filter(|marker| !marker.is_known());
    wrong.extend(markers.map(|marker| format!("no marker is '{}'", marker.key)));
    wrong.extend(unknown(&NEEDS, "needs"));
    wrong.extend(unknown(&STAND_INS, "stand-in"));
    match kind {
        "sh" | "console" => {
            let (script, _) = block.script();
            let output = limited("bash").args(["-n", "-c", &script]).output().unwrap();
            if !output.status.success() {
                wrong.push(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            if block.all("file").next().is_some() {
                wrong.push("commands have no file".to_owned());
            }
        }
        _ if FILES.contains(&kind) => {
            if block.markers.is_empty() {
                wrong.push("nothing uses it: want <!-- file: PATH -->, or <!-- needs: … -->".to_owned());
            }
            let output = match kind {
                "dockerfile" => dockerfile(&block.text),
                "json" => serde_json::from_str::<serde_json::Value>(&block.text).err().map(|error| error.to_string()),
                _ => None,
            };
            wrong.extend(output);
        }
        "" | "text" => {
            // A file of this kind is a file.
            let commands = block.text.lines().filter(|line| block.all("file").next().is_none() && looks_like_a_command(line));
            wrong.extend(commands.map(|line| format!("it has a command: {line}")));
        }
        _ => wrong.push(format!("its kind is '{kind}'")),
    }
    wrong
}

/// What is wrong with a Dockerfile, or a part of one.
fn dockerfile(text: &str) -> Option<String> {
    const INSTRUCTIONS: &str = "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN STOPSIGNAL USER VOLUME WORKDIR";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !INSTRUCTIONS.split(' ').any(|word| word == first) {
            return Some(format!("no instruction: {line}"));
        }
        if let Some(complaint) = copied(line) {
            return Some(complaint);
        }
        let list: Result<Vec<String>, _> = serde_json::from_str(rest);
        if ["ENTRYPOINT", "CMD"].contains(&first) && list.is_err() {
            return Some(format!("not a list: {line}"));
        }
        // A release has what is fetched.
        for file in rest.split(' ').filter(|word| word.contains("://")).filter_map(|word| word.rsplit('/').next()) {
            let file = file.replace("$TARGETARCH", "amd64").replace("${TARGETARCH}", "amd64");
            if !["", "-core", "-full"].into_iter().any(|build| file == format!("scratch-init{build}-amd64")) {
                return Some(format!("no file of a release: {line}"));
            }
        }
    }
    None
}

/// What is wrong with an ADD or COPY: a flag that neither has, or a file of ours that there is not.
fn copied(line: &str) -> Option<String> {
    const FLAGS: [&str; 3] = ["--chmod", "--chown", "--from"];
    let mut words = line.split_whitespace();
    if !["ADD", "COPY"].contains(&words.next()?) {
        return None;
    }
    let (flags, mut files): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('-'));
    // The last one is where they go.
    files.pop();
    let is_image = flags.iter().any(|flag| flag.starts_with("--from=scratch-init:"));
    for flag in flags {
        if !flag.split_once('=').is_some_and(|(flag, _)| FLAGS.contains(&flag)) {
            return Some(format!("no flag '{flag}': {line}"));
        }
    }
    for file in files.into_iter().filter(|file| !file.contains("://")) {
        let name = if is_image { file.strip_prefix('/').unwrap_or_default() } else { file.rsplit('/').next().unwrap() };
        if (is_image || name.starts_with("scratch-init")) && !NAMED.iter().any(|build| build.program() == name) {
            return Some(format!("no build is '{file}': {line}"));
        }
    }
    None
}

#[test]
fn each_block_is_of_a_known_kind() {
    let mut wrong = String::new();
    for name in documents::names() {
        let text = documents::text(&name);
        for complaint in documents::hidden_code(&text) {
            writeln!(wrong, "{name}:{complaint}").unwrap();
        }
        for complaint in documents::spans(&text).iter().filter_map(|code| copied(code)) {
            writeln!(wrong, "{name}: {complaint}").unwrap();
        }
        let (blocks, stray) = documents::blocks(&text);
        for line in stray {
            writeln!(wrong, "{name}:{line}: a marker, and no block behind it").unwrap();
        }
        for block in blocks {
            for complaint in complaints(&block) {
                writeln!(wrong, "{name}:{}: {complaint}", block.line).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_is_wrong_with_a_block_is_told() {
    let first = |text: &str| complaints(&documents::blocks(text).0[0]).join(" ");
    for (text, complaint) in [
        ("    cargo build\n", "indented"),
        ("- A list.\n\n      cargo build\n", "indented"),
        ("```shell\ntrue\n```\n", "kind is 'shell'"),
        ("```\ncargo build\n```\n", "has a command"),
        ("```sh\nif\n```\n", "syntax error"),
        ("<!-- needs: luck -->\n```sh\ntrue\n```\n", "'luck'"),
        ("<!-- needs: docker, stand-in: nobody -->\n```sh\ntrue\n```\n", "'nobody'"),
        ("```dockerfile\nFROM scratch\n```\n", "nothing uses it"),
        ("<!-- file: Dockerfile -->\n```dockerfile\nCMD /app\n```\n", "not a list"),
        ("<!-- needs: network -->\n```dockerfile\nADD https://a/b /\n```\n", "no file of a release"),
        ("```json\n{\n```\n", "EOF"),
        ("<!-- need: docker -->\n```sh\ntrue\n```\n", "no marker is 'need'"),
        ("<!-- needs:docker -->\n```sh\ntrue\n```\n", "no marker is 'needs:docker'"),
        ("<!--\nneeds: docker -->\n```sh\ntrue\n```\n", "no marker is ''"),
        ("<!-- file: a -->\n```dockerfile\nCOPY --chmd=755 app /\n```\n", "no flag '--chmd=755'"),
        ("<!-- file: a -->\n```dockerfile\nCOPY --from=scratch-init:1 /init /\n```\n", "no build is '/init'"),
    ] {
        let told = first(text);
        assert!(told.contains(complaint), "{text}: {told}");
    }
    for text in ["```text\nexec /app: exec format error\n```\n", "- A list.\n\n  <!-- needs: root -->\n  ```sh\n  sudo true\n  ```\n"] {
        assert_eq!(first(text), "", "{text}");
    }
    for text in ["Text ```true``` text.\n", "    ```sh\n    true\n", "<div>\n```sh\ntrue\n```\n</div>\n", "<PRE>true</PRE>\n"] {
        assert!(!documents::hidden_code(text).is_empty(), "{text}");
    }
    assert_eq!(documents::hidden_code("- A list.\n\n  ```sh\n  true\n  ```\n"), [""; 0]);
    for line in ["COPY scratch-init-ful /tini", "COPY --from=scratch-init:0.1.0 scratch-init /", "ADD --chmod a /"] {
        assert!(copied(line).is_some(), "{line}");
    }
    for line in ["COPY --chmod=755", "COPY tini /tini", "COPY --from=scratch-init:0.1.0 /scratch-init-core /", "CMD a"] {
        assert_eq!(copied(line), None, "{line}");
    }
    let (blocks, stray) =
        documents::blocks("<!-- needs: docker, stand-in: app -->\n<!-- file: a -->\n\n```sh\ntrue\n```\n<!-- file: b -->\n\nText.\n");
    assert!(blocks[0].has("needs", "docker") && blocks[0].has("stand-in", "app") && blocks[0].has("file", "a"));
    assert_eq!(stray, [7]);
}

/// The simple commands of a script, each as its words.
fn simple_commands(script: &str) -> Vec<Vec<String>> {
    let script = script.replace("\\\n", " ");
    let lines = script.lines().map(|line| line.split(" #").next().unwrap()).filter(|line| !line.trim_start().starts_with('#'));
    let commands = lines.flat_map(|line| line.split(['|', ';']).flat_map(|part| part.split("&&")).collect::<Vec<_>>());
    commands
        .map(|command| command.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect::<Vec<_>>())
        .map(|words| words.into_iter().skip_while(|word| word.contains('=') && !word.starts_with('-')).collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect()
}

/// What is wrong with a command that cannot be run here: its program, its options, or the targets and files that it names.
fn form(words: &[String]) -> Option<String> {
    let program = &words[0];
    let subcommands: Vec<_> = words[1..].iter().take_while(|word| !word.starts_with('-') && !word.contains(['/', '.'])).collect();
    let local = program.strip_prefix("./");
    let there = local.map_or_else(|| find_in_path(program).is_some(), |file| root().join(file).is_file());
    if !there {
        return Some(format!("no program '{program}'"));
    }
    let mut help = String::new();
    match local {
        // What is in the repository says its options in its head.
        Some(file) => help = std::fs::read_to_string(root().join(file)).unwrap().lines().take_while(|line| line.starts_with('#')).collect(),
        None => {
            for count in 0..=subcommands.len() {
                let output = limited(program).args(&subcommands[..count]).arg("--help").stdin(Stdio::null()).output().unwrap();
                help += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
            }
        }
    }
    let targets = succeeds(limited("rustc").args(["--print", "target-list"]));
    let is_in_help =
        |option| help.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter)).any(|word| word == option);
    let mut before = "";
    for word in &words[1..] {
        let option = word.split('=').next().unwrap();
        if option.starts_with("--") && option != "--" && !is_in_help(option) {
            return Some(format!("no option '{option}' of {program}"));
        }
        if (before == "--target" || word.contains("-unknown-linux-")) && !targets.lines().any(|target| target == word) {
            return Some(format!("no target '{word}'"));
        }
        if word.contains('/') && !word.contains("://") && !word.contains('$') && !word.starts_with('-') && !root().join(word).exists() {
            return Some(format!("no file '{word}'"));
        }
        before = word;
    }
    None
}

/// A block that is not run, here or on any machine that has no network or cluster.
fn is_form_alone(block: &Block) -> bool {
    block.all("needs").any(|need| ["network", "cluster"].contains(&need)) && block.all("stand-in").next().is_none()
}

#[test]
fn what_cannot_be_run_has_the_right_form() {
    let mut wrong = String::new();
    for (name, blocks) in blocks() {
        for block in blocks.iter().filter(|block| block.kind.as_deref() == Some("sh") && is_form_alone(block)) {
            for complaint in simple_commands(&block.text).iter().filter_map(|words| form(words)) {
                writeln!(wrong, "{name}:{}: {complaint}", block.line).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    let form = |command: &str| form(&simple_commands(command)[0]);
    for command in ["cargo build --release --target aarch64-unknown-linux-gnu", "./release --packages", "A=1 sh examples/unshare.sh # a"] {
        assert_eq!(form(command), None, "{command}");
    }
    for command in
        ["cargo build --nonesuch", "cargo build --target nonesuch", "./nonesuch", "nonesuch", "./release --package", "sh doc/nonesuch"]
    {
        assert!(form(command).is_some(), "{command}");
    }
}

/// A clean checkout, and around it all that the commands of one document see.
struct Checkout {
    directory: Directory,
    /// The name by which containers and images are known.
    label: String,
    /// Where the shell is.
    place: PathBuf,
}

impl Checkout {
    /// A clone, so with the history, and in it the files as they are in the working tree.
    fn new() -> Self {
        let directory = Directory::new();
        let repository = directory.0.join("repository");
        succeeds(limited("git").args(["clone", "--quiet", "--no-checkout"]).arg(root()).arg(&repository));
        let script = r#"
            set -euo pipefail
            git -C "$1" ls-files -z --cached --others --exclude-standard | (cd "$1" && xargs --null --no-run-if-empty ls -d 2>/dev/null || :) |
                tar -C "$1" --verbatim-files-from --files-from - -c | tar -x
            git add --all
            git -c user.name=test -c user.email=test@localhost commit --quiet --allow-empty --message 'as the working tree is'
            mkdir -p "$2" ../home/.cargo/bin ../bin ../view
            # All checkouts build in one place. (It is ignored, so `git status` is clean.)
            ln -s "$2" target
        "#;
        let build = scratch().join("commands");
        succeeds(limited("bash").args(["-c", script, "bash"]).arg(root()).arg(build).current_dir(&repository));
        Self { directory, label: docker::name("commands"), place: repository }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.0.join(name)
    }

    fn repository(&self) -> PathBuf {
        self.file("repository")
    }

    /// The files of a release for this machine, with the packages if they are asked for.
    fn release(&self, packages: bool) -> PathBuf {
        let to = scratch().join("commands-release");
        let mut release = Command::new("timeout");
        release.arg(LIMIT).arg("./release").args(packages.then_some("--packages")).arg("amd64");
        succeeds(self.variables(&mut release).current_dir(self.repository()).env("CARGO_TARGET_DIR", &to));
        to.join("release-files")
    }

    /// The environment: a home of its own, and nothing of what runs this test.
    fn variables<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, _) in std::env::vars_os().filter(|(name, _)| {
            let name = name.to_string_lossy();
            name.starts_with("SCRATCH_INIT_") || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            command.env_remove(name);
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "RUSTC", "SOURCE_DATE_EPOCH"] {
            command.env_remove(name);
        }
        let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
        for (name, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            command.env(name, std::env::var_os(name).map_or(home.join(usual), PathBuf::from));
        }
        let own = self.file("home");
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{}:{path}", self.file("bin").display(), own.join(".cargo/bin").display()));
        command.env("CARGO_INSTALL_ROOT", own.join(".cargo")).env("HOME", own)
    }

    /// A program that comes first in PATH; `@WORD@` in it are filled in.
    fn program(&self, name: &str, script: &str) {
        let real = find_in_path(name).unwrap_or_default();
        let values = [
            ("@REAL@", real.display().to_string()),
            ("@LABEL@", self.label.clone()),
            ("@DIRECTORY@", self.directory.0.display().to_string()),
            ("@ROOT@", root().display().to_string()),
            ("@VALIDATE@", target().join("tools/bin/kubernetes-validate").display().to_string()),
        ];
        let script = values.iter().fold(script.to_owned(), |script, (word, value)| script.replace(word, value));
        self.directory.file(&format!("bin/{name}"), format!("#!/usr/bin/env bash\nset -euo pipefail\n{script}").as_bytes(), 0o755);
    }

    /// Makes the stand-ins of a block; the variables that it gets, and what has to be kept until its end.
    fn stand_ins(&self, block: &Block) -> (Vec<(&str, String)>, Option<InPlaceOfDockerInit>) {
        std::fs::remove_dir_all(self.file("bin")).unwrap();
        std::fs::create_dir(self.file("bin")).unwrap();
        self.program("sudo", "exec \"$@\"\n");
        if block.has("needs", "docker") {
            self.program("docker", DOCKER);
        }
        if block.has("needs", "root") {
            self.program(
                "dpkg",
                "mkdir -p @DIRECTORY@/system\nexec @REAL@ --root=@DIRECTORY@/system --force-not-root --log=/dev/null \"$@\"\n",
            );
            self.directory.file("system/var/lib/dpkg/status", b"", 0o644);
            for name in ["info", "updates", "triggers"] {
                std::fs::create_dir_all(self.file("system/var/lib/dpkg").join(name)).unwrap();
            }
        }
        let (mut variables, mut in_place) = (Vec::new(), None);
        for name in block.all("stand-in") {
            match name {
                "release-files" => {
                    let files = self.release(block.text.contains(".deb") || block.text.contains(".rpm"));
                    if block.text.contains("$RELEASE") {
                        variables.push(("RELEASE", format!("file://{}", files.display())));
                    } else {
                        let words = block.text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
                        for file in words.filter(|word| !word.contains('/') && files.join(word).is_file()) {
                            succeeds(limited("cp").arg(files.join(file)).arg(&self.place));
                        }
                    }
                }
                "app" => self.beside(&self.place),
                "image" => {
                    let files = self.file("image");
                    std::fs::create_dir_all(&files).unwrap();
                    self.beside(&files);
                    let dockerfile = "FROM scratch\nCOPY scratch-init app /\nENTRYPOINT [\"/scratch-init\", \"--\"]\nCMD [\"/app\"]\n";
                    self.directory.file("image/Dockerfile", dockerfile.as_bytes(), 0o644);
                    self.program("docker", DOCKER);
                    succeeds(limited(self.file("bin/docker").to_str().unwrap()).args(["build", "--tag", "app"]).arg(&files));
                }
                "checkout" => self.program("git", GIT),
                "systemctl" => self.program("systemctl", "[ \"$*\" = 'restart docker' ]\n"),
                "docker-init" => {
                    let json = std::fs::read(self.file("view/etc/docker/daemon.json")).unwrap_or(b"{}".to_vec());
                    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
                    let named = json["init-path"].as_str().map(|path| self.file("view").join(path.trim_start_matches('/')));
                    in_place = Some(InPlaceOfDockerInit::new(&named.unwrap_or(init().to_owned())));
                }
                "other-machines" => {
                    self.program(
                        "rustup",
                        "[ \"$1 $2\" = 'target add' ]\nrustc --print target-list | grep --quiet --line-regexp --fixed-strings -- \"$3\"\n",
                    );
                    self.program("cargo", "[ \"$1\" = build ]\nexport RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1\nexec @REAL@ \"$@\" -Zbuild-std=core --package scratch-init\n");
                }
                "cargo-test" => self.program("cargo", CARGO_TEST),
                "kubernetes" => self.program("kubectl", KUBECTL),
                _ => panic!("no stand-in is '{name}'"),
            }
        }
        (variables, in_place)
    }

    /// `scratch-init` and `app` in a directory.
    fn beside(&self, directory: &Path) {
        self.directory.compile("app", "#include <unistd.h>\nint main(void) { sleep(3); return 0; }\n");
        succeeds(limited("install").arg(self.file("app")).arg(directory));
        succeeds(limited("install").arg(Build::Middle.file()).arg(directory.join("scratch-init")));
    }

    /// Puts a block where its marker says.
    fn put(&self, block: &Block, path: &str) {
        let view = self.file("view");
        let file = path.strip_prefix('/').map_or_else(|| self.place.join(path), |path| view.join(path));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        // There may be a link to the machine's.
        let _ = std::fs::remove_file(&file);
        std::fs::write(&file, &block.text).unwrap();
    }

    /// What the programs that a YAML file is for have to say against it.
    fn schema(&self, block: &Block) -> Result<(), String> {
        let mut command = if block.has("needs", "cluster") {
            // A part of a manifest is one of a pod.
            let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n";
            let part = || block.text.lines().fold(pod.to_owned(), |text, line| format!("{text}  {line}\n"));
            let text = if block.text.contains("apiVersion:") { block.text.clone() } else { part() };
            let file = self.directory.file("manifest.yaml", text.as_bytes(), 0o644);
            let mut command = limited(target().join("tools/bin/kubernetes-validate").to_str().unwrap());
            command.arg("--strict").arg(file);
            command
        } else {
            let file = self.directory.file("compose/compose.yaml", block.text.as_bytes(), 0o644);
            let mut command = limited("docker-compose");
            command.arg("--file").arg(file).args(["config", "--quiet"]);
            command
        };
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }

    /// Runs the commands of a block; if they fail or say something else than stands there, that is told.
    fn run(&mut self, block: &Block) -> Result<(), String> {
        let (script, expected) = block.script();
        let (variables, _in_place) = self.stand_ins(block);
        let script = self.directory.file("block.sh", script.as_bytes(), 0o644);
        let (said, place) = (self.file("said"), self.file("place"));
        let inner = unshare();
        // A session and a PID namespace of its own, which ends with the shell.
        let mut command = Command::new("setsid");
        command.args(["--wait", "timeout", "--kill-after", "5", LIMIT]).arg(inner.get_program()).args(inner.get_args());
        command.args(["--", "bash", "-eu", "-c", if block.has("needs", "root") { VIEW } else { SHELL }, "bash"]);
        command.arg(&script).arg(&place).arg(self.file("view"));
        let output = std::fs::File::create(&said).unwrap();
        self.variables(&mut command).envs(variables).current_dir(&self.place);
        let status = command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output).status().unwrap();
        let said = String::from_utf8_lossy(&std::fs::read(said).unwrap()).into_owned();
        if !status.success() {
            return Err(format!("{status}\n{said}"));
        }
        if block.is_console() && !documents::are_like(&said, &expected) {
            return Err(format!("{expected:#?}, and not\n{said}"));
        }
        self.place = std::fs::read_to_string(place).unwrap().trim_end().into();
        Ok(())
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let label = &self.label;
        let list = |words: &[&str]| -> BTreeSet<String> {
            let output = docker::docker(words).output();
            output.map(|output| String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()).unwrap_or_default()
        };
        let filters = [format!("label=test={label}"), format!("label=com.docker.compose.project={label}")];
        for id in filters.iter().flat_map(|filter| list(&["ps", "--all", "--quiet", "--filter", filter])) {
            let _ = docker::docker(&["rm", "--force", &id]).output();
        }
        let loaded = std::fs::read_to_string(self.file("loaded")).unwrap_or_default();
        let mut images: BTreeSet<_> = loaded.lines().map(str::to_owned).collect();
        images.extend(list(&["images", "--quiet", "--filter", &filters[0]]));
        images.extend(list(&["images", "--quiet", &format!("{label}_*")]));
        for image in images {
            let _ = docker::docker(&["rmi", "--force", &image]).output();
        }
        for (id, name) in std::fs::read_to_string(self.file("renamed")).unwrap_or_default().lines().filter_map(|line| line.split_once(' '))
        {
            let _ = docker::docker(&["tag", id, name]).output();
        }
    }
}

/// The shell that runs a block: it goes on where the one before stopped.
const SHELL: &str = r#"trap 'pwd >"'"$2"'"' EXIT; . "$1""#;

/// The same, with /etc and /usr/local/bin of its own: what is there already is still there, and nothing of it is changed.
const VIEW: &str = r#"
    view() {
        local file
        mkdir -p "$2$1"
        for file in "$1"/*; do
            if [ -d "$2$file" ] && ! [ -L "$2$file" ]; then
                view "$file" "$2"
            elif ! [ -e "$2$file" ]; then
                ln -sfn "$2/original$file" "$2$file"
            fi
        done
    }
    for directory in /etc /usr/local/bin; do
        view "$directory" "$3"
        mkdir -p "$3/original$directory"
        mount --bind "$directory" "$3/original$directory"
        mount --bind "$3$directory" "$directory"
    done
    trap 'pwd >"'"$2"'"' EXIT; . "$1"
"#;

const DOCKER: &str = r#"
label=test=@LABEL@
export DOCKER_BUILDKIT=0
words=("${@:2}")
case $1 in
run | create)
    network=(--network none)
    [[ " $* " != *" --network none "* ]] || network=()
    exec @REAL@ "$1" --label "$label" "${network[@]}" "${words[@]}"
    ;;
build)
    for at in "${!words[@]}"; do
        case ${words[at]} in -t | --tag)
            # An image of that name that somebody else has stays his.
            if there=$(@REAL@ image inspect --format '{{index .Config.Labels "test"}}' "${words[at + 1]}" 2>/dev/null) &&
                [ "$there" != @LABEL@ ]; then
                echo "there is an image '${words[at + 1]}' already" >&2
                exit 1
            fi
            ;;
        esac
    done
    exec @REAL@ build --label "$label" --network none --no-cache --force-rm "${words[@]}"
    ;;
load)
    before=$(@REAL@ images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}')
    said=$(@REAL@ load "${words[@]}")
    echo "$said"
    # By its number: by the end the name can be another's. What was there before stays, and gets its name back.
    name=$(sed -n 's/^Loaded image: //p' <<<"$said")
    id=$(@REAL@ image inspect --format '{{.Id}}' "$name")
    [[ $before = *"$id"* ]] || echo "$id" >>@DIRECTORY@/loaded
    while read -r old_name old; do
        [ "$old_name" != "$name" ] || echo "$old $name" >>@DIRECTORY@/renamed
    done <<<"$before"
    ;;
compose)
    export COMPOSE_PROJECT_NAME=@LABEL@
    services=$(docker-compose config --services)
    { echo services:; printf '  %s:\n    network_mode: none\n' $services; } >@DIRECTORY@/network.yaml
    exec docker-compose --file compose.yaml --file @DIRECTORY@/network.yaml "${words[@]}"
    ;;
pull | push | login | network | system)
    echo "docker $1: there is no network" >&2
    exit 1
    ;;
*)
    exec @REAL@ "$@"
    ;;
esac
"#;

const GIT: &str = r#"
[ "$1" = clone ] || exec @REAL@ "$@"
exec @REAL@ clone --quiet @DIRECTORY@/repository scratch-init
"#;

const CARGO_TEST: &str = r#"
[ "$1" = test ] || exec @REAL@ "$@"
cd @ROOT@
[ "${SCRATCH_INIT_LIVES-0}" -le 1000 ] || export SCRATCH_INIT_LIVES=1000
case " $* " in
*" --test "* | *" --lib "*) exec @REAL@ "$@" ;;
*" -- "*) exec @REAL@ "${@/#--/--list}" ;;
*) exec @REAL@ "$@" --no-run ;;
esac
"#;

const KUBECTL: &str = r#"
[ "$1" = apply ]
case $2 in -f | --filename) exec @VALIDATE@ --strict "$3" ;; esac
exit 1
"#;

/// One at a time: they build in one place, and an engine knows a name once.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the blocks that are chosen, and with the tools for it looks at those in YAML; what is wrong.
fn run(documents: Vec<(String, Vec<Block>)>, has_tools: bool, chosen: impl Fn(&Block) -> bool) -> String {
    let _one_at_a_time = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = String::new();
    for (name, blocks) in documents {
        // What a wrong marker meant is not known, so nothing of the document is run.
        let unknown = blocks.iter().filter(|block| !block.markers.iter().all(Marker::is_known)).map(|block| block.line);
        let unknown: Vec<_> = unknown.collect();
        if !unknown.is_empty() {
            writeln!(wrong, "{name}:{unknown:?}: an unknown marker").unwrap();
            continue;
        }
        let blocks: Vec<_> = blocks.iter().filter(|block| chosen(block)).collect();
        // What the console blocks without a marker say is the matter of tests/docs.rs.
        let is_run = |block: &Block| block.kind.as_deref() == Some("sh") || block.is_console() && !block.is_plain();
        if !blocks.iter().any(|block| is_run(block) || has_tools && block.kind.as_deref() == Some("yaml")) {
            continue;
        }
        let mut checkout = Checkout::new();
        // What is to be written has a directory of its own in the view, and no link to the machine's.
        for path in blocks.iter().flat_map(|block| block.all("file")).filter_map(|path| path.strip_prefix('/')) {
            std::fs::create_dir_all(checkout.file("view").join(path).parent().unwrap()).unwrap();
        }
        for block in blocks {
            block.all("file").for_each(|path| checkout.put(block, path));
            let done = match block.kind.as_deref() {
                Some("yaml") if has_tools => checkout.schema(block),
                _ if is_run(block) => checkout.run(block),
                _ => Ok(()),
            };
            if let Err(why) = done {
                writeln!(wrong, "{name}:{}: {why}\n{}", block.line, block.text).unwrap();
                // What comes after it may build on it.
                break;
            }
        }
    }
    wrong
}

#[test]
fn the_commands_run() {
    if !has_namespaces() {
        return;
    }
    let wrong = run(blocks(), false, Block::is_plain);
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
#[ignore = "needs a Docker engine with the Compose tool, jq, cargo-deb, Debian's rustc-web, root, and kubernetes-validate in target/tools"]
fn the_commands_that_need_more_run() {
    if !has_namespaces() {
        return;
    }
    let wrong = run(blocks(), true, |block| block.kind.as_deref() != Some("sh") || !is_form_alone(block));
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Runs all blocks of this text.
fn run_text(text: &str) -> String {
    run(vec![("text".to_owned(), documents::blocks(text).0)], true, |_| true)
}

#[test]
fn what_goes_wrong_is_told() {
    if !has_namespaces() {
        return;
    }
    for (text, told) in [
        ("```sh\nfalse\ntrue\n```\n", "exit status: 1"),
        ("```sh\necho $NONESUCH\n```\n", "NONESUCH: unbound variable"),
        ("```sh\ntrue\n```\n```sh\necho said; exit 3\n```\n", "exit status: 3\nsaid\n"),
        ("```sh\nfalse\n```\n<!-- need: docker -->\n```sh\ntrue\n```\n", "text:[5]: an unknown marker"),
        ("<!-- stand-in: app, needs: time -->\n```console\n$ ls app nonesuch || :\napp\n```\n", "and not\nls: cannot access"),
    ] {
        let wrong = run_text(text);
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
    // The shell stays where it is, and a file is where the commands are; a clone is the working tree.
    let text = "<!-- needs: network, stand-in: checkout -->\n```sh\ngit clone https://git.example/scratch-init.git && cd scratch-init\n```\n\
        <!-- file: some/file -->\n```text\nread\n```\n```sh\nread line <some/file && [ \"$line\" = read ]\n\
        [ \"$(basename \"$PWD\")\" = scratch-init ]\n[ -f src/main.rs ]\n[ -z \"$(git status --porcelain | grep -v some)\" ]\n```\n";
    assert_eq!(run_text(text), "");
}

#[test]
#[ignore = "needs kubernetes-validate in target/tools"]
fn a_manifest_is_looked_at() {
    let apply = |file: &str| run_text(&format!("<!-- needs: cluster, stand-in: kubernetes -->\n```sh\nkubectl apply -f {file}\n```\n"));
    assert_eq!(apply("examples/kubernetes.yaml"), "");
    assert!(!apply("examples/compose.yaml").is_empty());
    let part = |key: &str| run_text(&format!("<!-- needs: cluster -->\n```yaml\ncontainers:\n  - name: app\n    {key}: app\n```\n"));
    assert_eq!(part("image"), "");
    assert!(part("picture").contains("picture"));
}

/// The examples of the manual page: what is said of each, without the macros, and its line.
fn examples() -> Vec<(String, String)> {
    let page = documents::text("doc/scratch-init.1");
    let examples = page.split(".Sh EXAMPLES\n").nth(1).unwrap().split("\n.Sh ").next().unwrap();
    let (mut examples_of, mut before) = (Vec::new(), String::new());
    for line in examples.lines() {
        match line.strip_prefix(".Dl ") {
            Some(line) => examples_of.push((std::mem::take(&mut before), line.replace("\\-", "-"))),
            None => before += &(line.trim_start_matches(".Ql ").to_owned() + " "),
        }
    }
    examples_of
}

/// The number of seconds behind an option.
fn seconds(line: &str, option: &str) -> Option<u32> {
    let value = line.split(&format!(" {option} ")).nth(1)?.split(' ').next().unwrap();
    Some(value.strip_suffix('s').expect("it is in seconds").parse().unwrap())
}

#[test]
fn the_sums_of_the_page_are_right() {
    let mut limit = None;
    let mut sums = 0;
    for (before, line) in examples() {
        // The engine that was named last, and its time.
        let named = [("docker stop", 10), ("Kubernetes", 30)].into_iter().filter_map(|(name, time)| Some((before.rfind(name)?, time)));
        if let Some((_, time)) = named.max() {
            limit = Some(time);
        }
        let (delay, grace, sweep) = (seconds(&line, "-d"), seconds(&line, "-t"), seconds(&line, "-S"));
        let numbers: Vec<u32> = before.split([' ', ',', ':', '.']).filter_map(|word| word.parse().ok()).collect();
        match (delay, grace, sweep) {
            (_, Some(grace), None) => {
                // "If it takes 10 of the 30 seconds, 20 are left".
                let left = if before.contains("preStop") {
                    let [hook, all, left] = numbers[..] else { panic!("{before}") };
                    assert_eq!((all, hook + left), (limit.unwrap(), limit.unwrap()), "{before}");
                    left
                } else {
                    limit.unwrap()
                };
                assert!(delay.unwrap_or_default() < grace && grace < left, "{line}");
                // "hold TERM back for 5 seconds. The server then has 20 to end, and 5 are to spare".
                if let Some(delay) = delay {
                    assert_eq!(numbers[..], [30, delay, grace - delay, left - grace], "{before}");
                }
            }
            (Some(delay), None, Some(sweep)) => {
                // "For a program that needs up to 4 seconds and docker stop that is 2 + 4 + 3, less than 10".
                let all = limit.unwrap();
                assert_eq!(numbers[..], [numbers[0], delay, numbers[0], sweep, all], "{before}");
                assert!(delay + numbers[0] + sweep < all, "{before}");
            }
            times => {
                assert_eq!(times, (None, None, None), "no sum: {line}");
                continue;
            }
        }
        sums += 1;
    }
    assert!(sums > 3);
}

/// What stands in for a program of the examples: it says that it is there, and which signal ended it.
const PROGRAM: &str = r#"#!/bin/sh
for signal in TERM QUIT; do trap "echo \"got $signal: $*\" >&2; exit $STATUS" $signal; done
echo "up: $*" >&2
while :; do sleep 0.01; done
"#;

/// A root directory of the host's programs, with the stand-ins.
const ROOT: &str = r#"
    for directory in /bin /sbin /lib* /usr /dev; do
        if [ -L "$directory" ]; then cp -P "$directory" image/; else mkdir -p "image$directory" && mount --rbind "$directory" "image$directory"; fi
    done
    exec chroot image /usr/bin/env PATH=/own:/usr/bin:/bin STATUS="$1" /bin/sh -c "exec $2"
"#;

#[test]
fn the_examples_of_the_page_run() {
    if !has_namespaces() {
        return;
    }
    let (boot, examples): (Vec<_>, Vec<_>) = examples().into_iter().map(|(_, line)| line).partition(|line| line.starts_with("linux "));
    assert!(boot.len() == 1 && examples.len() > 5);
    let directory = Directory::new();
    for build in NAMED {
        directory.file(&format!("image/own/{}", build.program()), &std::fs::read(build.file()).unwrap(), 0o755);
    }
    for name in ["server", "worker", "own/nginx", "own/pg_dump", "own/gzip", "own/java"] {
        directory.file(&format!("image/{name}"), PROGRAM.as_bytes(), 0o755);
    }
    for line in examples {
        // What the program ends with, and the init.
        let (of_program, status) =
            if line.contains(" -e 143 ") { ("143", 0) } else { ("0", if line.contains(" sh -c ") { 143 } else { 0 }) };
        let words = ["bash", "-euc", ROOT, "bash", of_program, &line];
        let file = directory.0.join("image/own").join(line.split(' ').next().unwrap());
        let mut running = Case::bare(As::Pid1, words).directory(&directory.0).file(&file).unshare(&["--mount"]).spawn();
        let programs = if line.contains(" | ") { 2 } else { 1 };
        running.until("the programs", |running| (running.stderr().matches("up: ").count() == programs).then_some(()));
        running.signal(Signal::SIGTERM);
        if seconds(&line, "-d").is_some() {
            // It is held back, until there is another.
            running.signal(Signal::SIGTERM);
        }
        let output = running.finish();
        let signal = if line.contains(" -r TERM:QUIT ") { "QUIT" } else { "TERM" };
        assert_eq!(output.stderr.matches(&format!("got {signal}: ")).count(), programs, "{line}: {output:?}");
        assert_eq!(output.status, status, "{line}: {output:?}");
        assert_eq!(output.stderr.contains("scratch-init: the program ended with status 0; "), line.contains(" -v "), "{line}: {output:?}");
    }
}

/// The commands of a text's spans and files that start an init of ours, for a shell. What has `...` in it is no command, but tells
/// how one is made.
fn commands_of_an_init(text: &str) -> Vec<String> {
    let is_ours = |line: &str| NAMED.iter().any(|build| line.split_once(' ').unwrap_or((line, "")).0 == build.program());
    let spans = documents::spans(text);
    // Of `docker run …` and the like there is nothing to see here.
    let lines = spans.iter().map(|code| code.trim_start_matches('/')).filter(|code| code.contains(' ') && is_ours(code));
    let mut commands: Vec<_> = lines.filter(|code| !code.contains("...")).map(str::to_owned).collect();
    let blocks = documents::blocks(text).0;
    let lines = || blocks.iter().flat_map(|block| block.text.lines()).chain(spans.iter().map(String::as_str));
    for line in lines() {
        let words = ["ENTRYPOINT ", "CMD ", "entrypoint: ", "command: "].into_iter().find_map(|key| line.trim_start().strip_prefix(key));
        let words: Vec<String> = words.and_then(|words| serde_json::from_str(words).ok()).unwrap_or_default();
        if words.first().is_some_and(|first| is_ours(first.trim_start_matches('/'))) {
            let words = words.iter().map(|word| format!("'{}'", word.trim_start_matches('/').replace('\'', "'\\''")));
            commands.push(words.collect::<Vec<_>>().join(" ") + " /app");
        }
        // The kernel takes the words behind the dashes for the init.
        if let Some((file, words)) = line.split_once("rdinit=/").and_then(|(_, rest)| rest.split_once(" -- ")) {
            commands.push(format!("{file} {words}"));
        }
    }
    let variable = Regex::new(r#"SCRATCH_INIT_OPTIONS=('[^']*'|"[^"]*"|[^\s'"`]+)"#).unwrap();
    commands.extend(variable.captures_iter(text).map(|found| format!("SCRATCH_INIT_OPTIONS={} scratch-init-full /app", &found[1])));
    commands
}

/// Runs such commands in an image with a stand-in for each program; what is wrong with one.
fn run_in_an_image(commands: &[String]) -> Vec<String> {
    const PROGRAMS: &str = "app bin/cron bin/gunicorn bin/java bin/make bin/nginx bin/node bin/postgres bin/sh sbin/getty server \
        usr/sbin/sshd worker";
    // -P runs until it is told to end.
    const FUNCTIONS: &str = r#"
        export PATH=$PATH:/bin
        for build in scratch-init scratch-init-core scratch-init-full; do
            eval "$build() { timeout --preserve-status \"\$TIME\" chroot image /$build \"\$@\"; }"
        done
        reader() { cat; }
        set -o pipefail
    "#;
    let directory = Directory::new();
    for build in NAMED {
        directory.file(&format!("image/{}", build.program()), &std::fs::read(build.file()).unwrap(), 0o755);
    }
    directory.compile("program", "int main(void) { return 0; }\n");
    let program = std::fs::read(directory.0.join("program")).unwrap();
    for name in PROGRAMS.split_whitespace() {
        directory.file(&format!("image/{name}"), &program, 0o755);
    }
    std::fs::create_dir_all(directory.0.join("image/srv/app")).unwrap();
    let mut wrong = Vec::new();
    for command in commands {
        let has = |option: &str| command.split([' ', '\'']).any(|word| word == option);
        // Another user can be had by root alone.
        if has("-u") && !is_root() {
            continue;
        }
        let script = format!("{FUNCTIONS}{command}");
        let case = Case::bare(As::Pid1, ["bash", "-c", &script]).directory(&directory.0);
        let output = case.env("TIME", if has("-P") { "1" } else { "20" }).run();
        let is_refused = output.status == 125 && output.stderr.contains("it is for the first process of a machine");
        if if has("-B") { !is_refused } else { output.status != 0 } {
            wrong.push(format!("{command}: {output:?}"));
        }
    }
    wrong
}

#[test]
fn the_commands_in_sentences_tables_and_files_run() {
    if !has_namespaces() {
        return;
    }
    let mut commands = BTreeSet::new();
    for name in documents::names() {
        commands.extend(commands_of_an_init(&documents::text(&name)));
    }
    for part in ["-t 25s gunicorn", "'-d' '5s'", "SCRATCH_INIT_OPTIONS='-t 8s -v'", "| gzip", "-B poweroff /app --listen 80"] {
        assert!(commands.iter().any(|command| command.contains(part)), "{part}: {commands:#?}");
    }
    let wrong = run_in_an_image(&Vec::from_iter(commands));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_wrong_with_a_command_in_a_sentence_is_told() {
    if !has_namespaces() {
        return;
    }
    for text in [
        "Write `scratch-init -v -- /app`.\n",
        "Write `scratch-init-core -g /app`.\n",
        "| a |\n|---|\n| `scratch-init-full -t 5x sh -c 'a \\| b'` |\n",
        "Write `ENTRYPOINT [\"/scratch-init\", \"-d\", \"5s\", \"--\"]`.\n",
        "```yaml\ncontainers:\n  - name: app\n    command: [\"/scratch-init\", \"-R\", \"5\"]\n```\n",
        "Write `docker run --env SCRATCH_INIT_OPTIONS='-t 8x' app`.\n",
        "```text\nlinux /vmlinuz rdinit=/scratch-init-full -- -B off /app\n```\n",
        "```text\nlinux /vmlinuz rdinit=/scratch-init -- -B poweroff /app\n```\n",
    ] {
        assert_eq!(run_in_an_image(&commands_of_an_init(text)).len(), 1, "{text}");
    }
    assert_eq!(commands_of_an_init("`scratch-init [OPTION]... [--] PROGRAM [ARG]...`, of `scratch-init`, `scratch-initrd a`\n"), [""; 0]);
}

/// The rows are found by what they tell, in each language.
#[test]
fn the_statuses_of_the_readme_are_the_programs() {
    if !has_namespaces() {
        return;
    }
    let directory = Directory::new();
    directory.file("plain", b"", 0o644);
    for (name, heading, rows) in [
        ("README.md", "\n## Exit status\n", ["it was not found", "it could not be executed", "an option is bad"]),
        ("README.ko.md", "\n## 종료 상태\n", ["찾지 못했습니다", "실행할 수 없었습니다", "옵션이 잘못되었습니다"]),
    ] {
        let text = documents::text(name);
        let table = text.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
        for (row, word) in rows.into_iter().zip(["/nonesuch", "./plain", "--nonesuch"]) {
            let row = table.lines().find(|line| line.contains(row)).unwrap();
            for build in NAMED {
                let output = Case::bare(As::Pid1, [build.file().to_str().unwrap(), word]).directory(&directory.0).run();
                assert_eq!(row.split('|').nth(1).unwrap().trim(), output.status.to_string(), "{name}: {row}: {build:?}, {output:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs QEMU, and what .ci/kernels gets"]
fn the_machine_of_the_page_starts() {
    let example = examples().into_iter().find_map(|(_, line)| Some(line.strip_prefix("linux /vmlinuz ")?.to_owned())).unwrap();
    let directory = Directory::new();
    directory.compile("app", "#include <stdio.h>\nint main(void) { puts(\"/app is there\"); return 3; }\n");
    let image = directory.0.join("initramfs.cpio");
    let make = r#""$0" "$1" app >"$2""#;
    let script = root().join("examples/initramfs.sh");
    succeeds(limited("sh").args(["-ec", make]).arg(script).arg(init()).arg(&image).current_dir(&directory.0));
    let console = X86_64.boot(&image, &example, &[]).off();
    for line in ["/app is there\n", "the program ended with status 3", "Power down"] {
        assert!(console.contains(line), "{console}");
    }
}
