//! What the first bytes of a file say of how the kernel would execute it: execve(2), elf(5).

use crate::table;

/// The names of ELF machines by their number, elf(5), those that fit a key.
pub const MACHINES: &[u8] = b"\x02sparc\0\x03i386\0\x08mips\0\x14powerpc\0\x15powerpc64\0\x16s390x\0\x28arm\0\
    \x3ex86_64\0\xb7aarch64\0\xf3riscv\0";

/// What this program is built for, as an ELF machine number.
pub const OURS: u16 = cfg_select! {
    target_arch = "x86" => 3,
    target_arch = "arm" => 40,
    target_arch = "x86_64" => 62,
    target_arch = "aarch64" => 183,
    target_arch = "riscv64" => 243,
};

/// What kind of file it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing in it.
    Empty,
    /// A `#!` line, which names an [`interpreter`].
    Script,
    /// An ELF file for this machine number, elf(5) `e_machine`.
    Elf(u16),
    /// Some text.
    Text,
    /// Something else.
    Unknown,
}

/// What kind of file begins with `head`, of which 256 bytes are enough (the kernel reads no more).
pub fn kind(head: &[u8]) -> Kind {
    match head {
        [] => Kind::Empty,
        [b'#', b'!', ..] => Kind::Script,
        // The byte order, and e_machine in it.
        [0x7f, b'E', b'L', b'F', _, 2, _, _, _, _, _, _, _, _, _, _, _, _, high, low, ..]
        | [0x7f, b'E', b'L', b'F', _, _, _, _, _, _, _, _, _, _, _, _, _, _, low, high, ..] => Kind::Elf(u16::from_le_bytes([*low, *high])),
        _ if table::has(head, 0) => Kind::Unknown,
        _ => Kind::Text,
    }
}

/// The interpreter that the `#!` line names. Only blanks end it: a carriage return belongs to it.
pub fn interpreter(head: &[u8]) -> &[u8] {
    let mut line = head.get(2..).unwrap_or_default();
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    // What is cut short by the file's end ends there, as the kernel has it.
    table::cut(&mut line, table::BLANK)
}

/// Where an ELF file names its interpreter (the dynamic loader): the offset in bytes of a string that a
/// NUL ends, as far as its program headers are in `head`; `None` if it names none.
pub fn loader(head: &[u8]) -> Option<u32> {
    // Where the program headers are (behind the ELF header: all linkers put them there), where their
    // number is, the size of one, and where it has its offset: 64 and 32 bits.
    let (table, count, size, offset) = if *head.get(4)? == 2 { (64, 56, 56, 8) } else { (52, 44, 32, 4) };
    let mut at = table;
    for _ in 0..*head.get(count)? {
        const PT_INTERP: u8 = 3;
        if *head.get(at)? == PT_INTERP {
            return Some(u32::from_le_bytes(*head.get(at + offset..)?.first_chunk()?));
        }
        at += size;
    }
    None
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind(b""), Kind::Empty);
        for (line, name) in [
            (&b"#!/bin/sh\nexit"[..], &b"/bin/sh"[..]),
            (b"#! \t/usr/bin/env bash\n", b"/usr/bin/env"),
            (b"#!/bin/sh\r\nexit\r\n", b"/bin/sh\r"),
            (b"#!/bin/sh", b"/bin/sh"),
            (b"#! \nx", b""),
            (b"#!", b""),
        ] {
            assert_eq!((kind(line), interpreter(line)), (Kind::Script, name));
        }
        assert_eq!(kind(b"echo hello\n"), Kind::Text);
        assert_eq!(kind(b"\0\x01"), Kind::Unknown);
        assert_eq!(kind(b"\x7fELF\x02\x01"), Kind::Text, "cut short");
    }

    #[test]
    fn the_machine_in_either_order() {
        let mut head = [0; 20];
        head[..6].copy_from_slice(b"\x7fELF\x02\x01");
        head[18] = 183;
        assert_eq!(kind(&head), Kind::Elf(183));
        head[5] = 2;
        head[18..].copy_from_slice(&[0, 22]);
        assert_eq!(kind(&head), Kind::Elf(22));
        assert_eq!(table::name(MACHINES, 183), b"aarch64");
    }

    #[test]
    fn this_very_test_names_its_loader() {
        let file = std::fs::read("/proc/self/exe").unwrap();
        assert_eq!(kind(&file), Kind::Elf(OURS));
        let offset = loader(&file[..4000]).unwrap() as usize;
        let name = table::cut(&mut &file[offset..], 0);
        assert!(std::fs::exists(std::str::from_utf8(name).unwrap()).unwrap(), "{name:?}");
    }

    #[test]
    fn no_headers_no_loader() {
        for length in 0..64 {
            assert_eq!(loader(&b"\x7fELF\x02\x01\x01"[..].repeat(10)[..length]), None);
        }
    }
}
