//! What the linked file is, and what is not in it.

use std::collections::BTreeSet;

use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, Object, ObjectSymbol, elf};
use scratch_init_tests::{build, init, scratch};

type Header = elf::FileHeader64<Endianness>;

/// The most that it may be, in bytes. The goal is 8,192, and is not reached: this may go down alone.
const BUDGET: usize = 18544;

#[test]
fn one_segment_that_is_not_writable() {
    let bytes = std::fs::read(init()).unwrap();
    let header = Header::parse(&*bytes).unwrap();
    let endian = header.endian().unwrap();
    assert_eq!(header.e_type(endian), elf::ET_DYN, "position-independent");
    let segments = header.program_headers(endian, &*bytes).unwrap();
    let kinds: Vec<_> = segments.iter().map(|segment| (segment.p_type(endian), segment.p_flags(endian))).collect();
    // No PT_INTERP, no PT_DYNAMIC; nothing writable but the stack, and that not executable.
    assert_eq!(kinds, [(elf::PT_LOAD, elf::PF_R | elf::PF_X), (elf::PT_GNU_STACK, elf::PF_R | elf::PF_W)]);
    assert_eq!(segments[0].p_filesz(endian), segments[0].p_memsz(endian), "no memory beyond the file");
}

#[test]
fn no_relocation_and_nothing_dynamic() {
    let bytes = std::fs::read(init()).unwrap();
    let header = Header::parse(&*bytes).unwrap();
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, &*bytes).unwrap();
    for section in sections.iter() {
        let kind = section.sh_type(endian);
        assert!([elf::SHT_NULL, elf::SHT_PROGBITS, elf::SHT_STRTAB].contains(&kind), "section type {kind}");
        let writable = section.sh_flags(endian) & u64::from(elf::SHF_WRITE) != 0;
        assert!(!writable || section.sh_size(endian) == 0, "a writable section");
    }
}

#[test]
fn no_text_of_a_panic() {
    let bytes = std::fs::read(init()).unwrap();
    for text in ["panic", "core::", "/rustc/", ".rs", "unwrap", "overflow", "out of bounds", "Option", "assertion", "called `", "fmt"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text:?} is in the file");
    }
}

#[test]
fn no_function_of_a_panic_or_of_core_fmt() {
    // The same build with its symbols.
    let target = scratch().join("symbols");
    build(&target, &["--config", "profile.release.strip=false"]);
    let bytes = std::fs::read(target.join("release/scratch-init")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let names: BTreeSet<_> = file.symbols().filter_map(|symbol| symbol.name().ok()).filter(|name| !name.is_empty()).collect();
    assert!(names.contains("_start"), "there are symbols: {names:?}");
    let bad: Vec<_> =
        names.iter().filter(|name| ["panic", "fmt", "unwind", "alloc", "personality"].iter().any(|bad| name.contains(bad))).collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(file.symbols().all(|symbol| !symbol.is_undefined() || symbol.name() == Ok("")), "something is undefined");
}

#[test]
fn its_size() {
    let size = std::fs::read(init()).unwrap().len();
    println!("{size} bytes");
    assert!(size <= BUDGET, "{size} bytes");
}

#[test]
fn without_features_it_builds_as_well() {
    let target = scratch().join("bare");
    build(&target, &["--no-default-features"]);
    assert!(target.join("release/scratch-init").metadata().unwrap().len() < init().metadata().unwrap().len());
}
