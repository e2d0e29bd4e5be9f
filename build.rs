//! Sets the link arguments (no libc, no start files, one segment), and packs the texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    match link_arguments(&root) {
        Ok(arguments) => arguments.iter().for_each(|argument| println!("cargo:rustc-link-arg-bins={argument}")),
        Err(why) => return println!("cargo::error={why}"),
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");

    println!("cargo:rerun-if-env-changed=SCRATCH_INIT_COMMIT");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let read = |file: &str| {
        println!("cargo:rerun-if-changed={file}");
        fs::read_to_string(Path::new(&root).join(file)).expect("it is in the package")
    };
    let build = name_of_build();
    let wanted = |feature: &str| if feature == "full" { build == "full" } else { is_chosen(feature) };
    let mut own = texts(&read("src/say/texts.txt"), "scratch-init: ", build, wanted("explain"));
    own.iter_mut().find(|(name, _)| name == "Help").expect("it is there").1 = help(&read("src/say/help.txt"), &wanted);
    let styles = if wanted("names") { &NAMES[..] } else { &[] };

    // First scratch-init's own texts. Then, for each other name, that name's versions of the texts up to [own].
    let mut names = Vec::new();
    let mut left_out = Vec::new();
    let mut styled = 0;
    let mut bytes = Vec::new();
    let mut there = true;
    for (name, text) in &own {
        match section(name) {
            Some("own") => styled = names.len(),
            Some(rooms) => there = is_for(rooms, &wanted),
            None if there => {
                names.push(name.clone());
                bytes.extend(text.bytes().chain([0]));
            }
            None => left_out.push(name.clone()),
        }
    }
    // A text may have another wording in another build.
    left_out.retain(|name| !names.contains(name));
    left_out.sort();
    left_out.dedup();
    // A build without one name shows what this name costs: benches/size.rs.
    println!("cargo:rerun-if-env-changed=SCRATCH_INIT_WITHOUT");
    println!("cargo:rustc-check-cfg=cfg(without, values({}))", NAMES.map(|name| format!("{name:?}")).join(", "));
    let without = env::var("SCRATCH_INIT_WITHOUT").unwrap_or_default();
    if !without.is_empty() {
        println!("cargo:rustc-cfg=without={without:?}");
    }
    for style in styles {
        let mut texts = texts(&read(&format!("src/options/names/{style}.txt")), "", build, true);
        let is_known = |name: &String| names[..styled].contains(name) || left_out.contains(name);
        assert!(texts.iter().all(|(name, _)| is_known(name)), "{style}: a text that no other name can have");
        if *style == without {
            texts.clear();
        }
        for name in &names[..styled] {
            let text = texts.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text);
            bytes.extend(text.bytes().chain([0]));
        }
    }
    fs::write(Path::new(&out).join("texts.rs"), pack(&names, &left_out, styled, bytes)).expect("cargo made it");
}

/// The machines that src/linux/ has a file for: cargo's name of the architecture, the linker's name of its files, and whether the C
/// compiler of any machine links for it. (For x86 rustc gives it -m32 or -m64, which only x86's own knows.)
const MACHINES: [(&str, &str, bool); 5] = [
    ("x86_64", "elf_x86_64", false),
    ("x86", "elf_i386", false),
    ("aarch64", "aarch64linux", true),
    ("arm", "armelf_linux_eabi", true),
    ("riscv64", "elf64lriscv", true),
];

/// The arguments for the linker, or one line that says why there is no such build.
fn link_arguments(root: &str) -> Result<Vec<String>, String> {
    let cargo = |name: &str| env::var(name).expect("cargo sets it");
    let (machine, target, host) = (cargo("CARGO_CFG_TARGET_ARCH"), cargo("TARGET"), cargo("HOST"));
    let x86 = machine == "x86";
    let width = if x86 || machine == "arm" { "32" } else { "64" };
    let is_known = cargo("CARGO_CFG_TARGET_OS") == "linux"
        && cargo("CARGO_CFG_TARGET_ENDIAN") == "little"
        && cargo("CARGO_CFG_TARGET_POINTER_WIDTH") == width
        && !target.starts_with("thumb");
    let Some((_, emulation, by_any)) = MACHINES.iter().find(|(name, ..)| is_known && *name == machine) else {
        let names = MACHINES.map(|(name, ..)| name).join(", ");
        return Err(format!("not for {target}: this is for Linux on {names} (little-endian, not Thumb)"));
    };

    // On these two LLVM turns a `match` over addresses into a table of them, and each of its entries is a relocation. It does not where it
    // makes no jump tables. (On the others the entries are relative, or the addresses fixed.) A flag for the compiler cannot be set here.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if (machine == "arm" || machine == "riscv64") && is_chosen("names") && !flags.contains("jump-tables=") {
        return Err(format!(
            "full for {target} needs -Cjump-tables=no in RUSTFLAGS (in the repository .cargo/config.toml has it, if RUSTFLAGS is not set)"
        ));
    }

    let script = format!("{root}/src/linux/{}", if x86 { "x86.ld" } else { "link.ld" });
    println!("cargo:rerun-if-changed={script}");
    // A C compiler does the link, unless cargo was told of a linker.
    let linker = env::var("RUSTC_LINKER").unwrap_or_default();
    let compiler = !is_linker(&linker);
    let mut arguments = Vec::new();
    if compiler {
        arguments.extend(["-nostartfiles", "-nostdlib", if x86 { "-static" } else { "-static-pie" }].map(String::from));
    }
    if x86 {
        arguments.push("-no-pie".into());
    }
    // The host's C compiler does it for other machines too: it passes everything to the linker that comes with Rust, which knows them
    // all. Where the target is the host this makes the same file of it; on x86_64 rustc itself takes that linker. (It cannot be set in
    // .cargo/config.toml: cargo would use it for build scripts too, where the target is the host.)
    let foreign = target.split('-').next() != host.split('-').next();
    let x86_host = host.starts_with("x86_64-") || host.starts_with("i686-");
    if foreign && linker.is_empty() && !(host.contains("-linux-") && (*by_any || x86_host)) {
        let variable = target.to_uppercase().replace(['-', '.'], "_");
        return Err(format!("on {host} this target needs CARGO_TARGET_{variable}_LINKER=rust-lld in the environment"));
    }
    if linker.is_empty() && (foreign || !x86_host) {
        let rustc = Command::new(cargo("RUSTC")).args(["--print", "sysroot"]).output().expect("cargo runs it too");
        let directory = format!("{}/lib/rustlib/{host}/bin/gcc-ld", String::from_utf8_lossy(&rustc.stdout).trim_end());
        // Without it, as in a distribution's Rust: that lld which is installed, for another machine.
        let there = Path::new(&directory).exists();
        if there {
            arguments.push(format!("-B{directory}"));
        }
        if there || foreign {
            arguments.extend(["-fuse-ld=lld".into(), format!("-Wl,-m,{emulation}")]);
        }
    }
    let prefix = if compiler { "-Wl," } else { "" };
    for argument in ["--no-dynamic-linker", "--build-id=none", "-znorelro", "-zmax-page-size=4096", "--gc-sections", "--no-eh-frame-hdr"] {
        arguments.push(format!("{prefix}{argument}"));
    }
    arguments.push(format!("{prefix}--script={script}"));
    // Only tools read the section headers: a debugger, nm(1). (A linker that does not know the option ignores it.)
    if cargo("DEBUG") == "false" {
        arguments.push(format!("{prefix}-znosectionheader"));
    }
    Ok(arguments)
}

/// Whether this is a linker itself, and not a compiler that calls one. By its name, and as rustc decides it: without what stands behind
/// the last dot (`ld.lld`, `ld.bfd`), and without a version (`lld-19`).
fn is_linker(path: &str) -> bool {
    let name = Path::new(path).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let is_version = |end: &str| end.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.rsplit_once('-').filter(|(_, end)| is_version(end)).map_or(name, |(name, _)| name);
    name == "ld" || name.ends_with("-ld") || name.ends_with("lld")
}

/// What stands in the brackets of a line that begins a section.
fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// Whether texts for these rooms are in this build: it has none of those after `!`, all of those after `+`, and one of the others.
fn is_for(rooms: &str, wanted: &impl Fn(&str) -> bool) -> bool {
    let mut others = None;
    for room in rooms.split_whitespace() {
        match (room.strip_prefix('!'), room.strip_prefix('+')) {
            (Some(room), _) if wanted(room) => return false,
            (_, Some(room)) if !wanted(room) => return false,
            (None, None) => others = Some(others == Some(true) || wanted(room)),
            _ => {}
        }
    }
    others.unwrap_or(true)
}

/// The help: the lines of the rooms of this build. Without long options each line has the short one alone.
fn help(file: &str, wanted: &impl Fn(&str) -> bool) -> String {
    let mut there = true;
    let mut help = String::new();
    for line in file.lines() {
        if let Some(rooms) = section(line) {
            there = is_for(rooms, wanted);
        } else if there {
            help += &if wanted("long") { line.to_owned() } else { without_long(line) };
            help.push('\n');
        }
    }
    help
}

/// A line of the help without the long name of its option.
fn without_long(line: &str) -> String {
    let Some((option, rest)) = line.split_once(", --").filter(|(option, _)| option.len() == 4) else { return line.to_owned() };
    let (name, meaning) = rest.split_once("  ").unwrap_or((rest, ""));
    let value = name.find(' ').map_or("", |at| &name[at..]);
    format!("{:<17} {}", format!("{option}{value}"), meaning.trim_start())
}

/// The other names that have texts, in the order of their styles.
const NAMES: [&str; 4] = ["tini", "dumb_init", "catatonit", "pause"];

/// The bytes that stand for the places of a text; see src/say/texts.txt.
const PLACES: [(&str, char); 7] =
    [("%a", '\x01'), ("%b", '\x02'), ("%n", '\x03'), ("%s", '\x04'), ("%e", '\x05'), ("%E", '\x06'), ("%p", '\x07')];

/// The texts of a file, each with its name. A section such as `[own]` is a name without a text. Without the room `explain` no errno has
/// a name.
fn texts(file: &str, prefix: &str, build: &str, errnos: bool) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(more) = line.strip_prefix('|') {
            let (_, text) = texts.last_mut().expect("there is a text above it");
            text.push('\n');
            text.push_str(more);
        } else {
            let (name, text) = if line.starts_with('[') { (line, "") } else { line.split_once(' ').unwrap_or((line, "")) };
            texts.push((name.to_owned(), text.to_owned()));
        }
    }
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let machine = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    // The form in which Docker wants the commit, if it is known.
    let commit = env::var("SCRATCH_INIT_COMMIT").map_or(String::new(), |commit| format!(" - git.{commit}"));
    for (name, text) in &mut texts {
        if !errnos {
            *text = text.replace("%e", "errno %n").replace("%E", "errno %n");
        }
        let said = PLACES.iter().fold(
            text.replace("%v", &version).replace("%g", &commit).replace("%m", &machine).replace("%B", build),
            |text, (place, byte)| text.replace(place, &byte.to_string()),
        );
        assert!(said.is_ascii(), "{said}");
        let (before, said) = said.strip_prefix('\\').map_or((prefix, &*said), |said| ("", said));
        let (said, end) = said.strip_suffix('\\').map_or((said, "\n"), |said| (said, ""));
        *text = if name.starts_with('[') || text == "\\" { String::new() } else { format!("{before}{}{end}", said.trim_end_matches('\n')) };
    }
    texts
}

/// Whether a feature of Cargo.toml is chosen.
fn is_chosen(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))).is_some()
}

/// The name of this build: `core`, `default`, `full`, or `custom` for another choice of rooms.
fn name_of_build() -> &'static str {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let manifest = fs::read_to_string(Path::new(&root).join("Cargo.toml")).expect("cargo has read it");
    let list = |feature: &str| {
        let (_, list) = manifest.split_once(&format!("\n{feature} = [")).expect("the feature is there");
        let (list, _) = list.split_once(']').expect("the list ends");
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let (all, default) = (list("full"), list("default"));
    let chosen: Vec<_> = all.iter().filter(|room| is_chosen(room)).collect();
    match chosen.len() {
        0 => "core",
        count if count == all.len() => "full",
        count if count == default.len() && chosen.iter().all(|room| default.contains(room)) => "default",
        _ => "custom",
    }
}

/// Writes Rust code: the enumeration of the texts, and the packed texts, each with a NUL behind it. A text that is left out is in the
/// enumeration only: this build never says it.
///
/// The packing is byte-pair encoding: the most frequent pair of bytes is replaced by a byte of its own, again and again. This
/// more than halves the texts.
fn pack(names: &[String], left_out: &[String], styled: usize, mut bytes: Vec<u8>) -> String {
    const LAST: u8 = b'z';
    assert!(bytes.iter().all(|byte| *byte <= LAST), "a character behind z");
    let used = (1..8u8).filter(|place| bytes.contains(place)).fold(0u8, |used, place| used | 1 << place);
    // What unpacks them takes some hundred bytes.
    const FEW: usize = 800;
    let packs = bytes.len() > FEW;
    // Bytes 1 to 7 are places, 8 is the line end, then come the other characters. The bytes behind them are free for pairs.
    let shift = if packs { 23 } else { 0 };
    let line_end = if packs { 8 } else { b'\n' };
    for byte in &mut bytes {
        *byte = match *byte {
            b'\n' => line_end,
            b' '..=LAST => *byte - shift,
            place => place,
        };
    }
    const FREE: usize = LAST as usize - 22;
    let mut pairs = Vec::new();
    while packs && FREE + pairs.len() < 256 {
        let mut counts = BTreeMap::new();
        let mut last = None;
        for pair in bytes.windows(2).filter(|pair| !pair.contains(&0)) {
            // Three equal bytes are one pair, not two.
            if last != Some(pair) || pair[0] != pair[1] {
                *counts.entry((pair[0], pair[1])).or_insert(0) += 1;
            }
            last = Some(pair);
        }
        let Some((&pair, &count)) = counts.iter().max_by_key(|(pair, count)| (**count, **pair)) else { break };
        // A pair takes two bytes in the table of pairs: a rare pair is not worth them.
        if count <= 3 {
            break;
        }
        let code = (FREE + pairs.len()) as u8;
        pairs.push(pair);
        let mut packed = Vec::new();
        let mut rest = bytes.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            if byte == pair.0 && rest.peek() == Some(&pair.1) {
                rest.next();
                packed.push(code);
            } else {
                packed.push(byte);
            }
        }
        bytes = packed;
    }
    let all: Vec<_> = names.iter().chain(left_out).map(String::as_str).collect();
    format!(
        "/// One of the texts of src/say/texts.txt.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u8)]\n\
        #[allow(missing_docs)]\npub enum Text {{ {} }}\n\
        const COUNT: u8 = {};\nconst FREE: u8 = {FREE};\nconst STYLED: u8 = {styled};\nconst USED: u8 = {used};\nconst LINE_END: u8 = {line_end};\nconst SHIFT: u8 = {shift};\nconst TEXTS: &[u8] = &{bytes:?};\nconst PAIRS: [(u8, u8); {}] = {pairs:?};\n",
        all.join(", "),
        names.len(),
        pairs.len()
    )
}
