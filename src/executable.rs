//! What the first bytes of a file tell about how the kernel would execute it: execve(2), elf(5).

use crate::table;

/// The names of the ELF machines with a number below 256: elf(5), elf.h.
const MACHINES: &[u8] = b"\x02sparc\0\x03i386\0\x04m68k\0\x08mips\0\x0fparisc\0\x12sparc\0\x14powerpc\0\x15powerpc64\0\
    \x16s390x\0\x28arm\0\x2ash\0\x2bsparc64\0\x32ia64\0\x3ex86_64\0\x5extensa\0\xb7aarch64\0\xbdmicroblaze\0\
    \xc3arc\0\xe0amdgpu\0\xf3riscv\0\xf7bpf\0\xfccsky\0";

/// The names of the ELF machines from 256 to 511; the key is the number less 256.
const LATER_MACHINES: &[u8] = b"\x02loongarch\0";

/// The name of this ELF machine; empty if it is in neither table.
pub fn machine(number: u16) -> &'static [u8] {
    match number.to_le_bytes() {
        [number, 0] => table::name(MACHINES, number),
        [number, 1] => table::name(LATER_MACHINES, number),
        _ => b"",
    }
}

/// The ELF machine number that this program is built for.
pub const OURS: u16 = cfg_select! {
    target_arch = "x86" => 3,
    target_arch = "arm" => 40,
    target_arch = "x86_64" => 62,
    target_arch = "aarch64" => 183,
    target_arch = "riscv64" => 243,
};

/// The kinds of file.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// An empty file.
    Empty,
    /// A file with a `#!` line that the kernel accepts and that names this [`interpreter`].
    Script(&'a [u8]),
    /// An ELF file for this machine number: `e_machine` of elf(5).
    Elf(u16),
    /// A file that a shell takes for a text: no NUL in its first line. Anything may follow, as in a self-extracting archive.
    Text,
    /// Something else, or an ELF file that is cut short.
    Unknown,
}

const ELF: &[u8] = b"\x7fELF";

/// The kind of the file that begins with `head`. 256 bytes are enough to tell what the kernel executes itself: it reads no more.
///
/// execvp(3) hands every other file to `/bin/sh`, which would read a binary file as commands. So only a text is handed over; what
/// counts as a text is decided as in bash(1).
pub fn kind(head: &[u8]) -> Kind<'_> {
    if head.starts_with(ELF)
        && let Some(header) = head.first_chunk::<20>()
    {
        // The machine's number, and the byte order.
        let machine = [header[18], header[19]];
        let is_big_endian = header[5] == 2;
        return Kind::Elf(if is_big_endian { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) });
    }
    match head {
        [] => Kind::Empty,
        [b'#', b'!', ..] if let name @ [_, ..] = interpreter(head) => Kind::Script(name),
        _ if head.iter().zip(ELF).all(|(byte, elf)| byte == elf) || table::has(table::cut(&mut { head }, b'\n'), 0) => Kind::Unknown,
        _ => Kind::Text,
    }
}

/// How many bytes of a file the kernel looks at: BINPRM_BUF_SIZE.
const LOOKED_AT: usize = 256;

/// The interpreter that the `#!` line names. Empty if the line names none, or if the name goes on beyond the bytes that the
/// kernel looks at: the kernel accepts neither (ENOEXEC). Only a blank ends the name; a carriage return belongs to it.
pub fn interpreter(head: &[u8]) -> &[u8] {
    let looked_at = head.get(..LOOKED_AT).unwrap_or(head);
    let mut line = looked_at.get(2..).unwrap_or_default();
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    let left = line.len();
    let mut name = table::cut(&mut line, table::BLANK);
    // The kernel also ends the name at the end of the file and at a NUL.
    let ends = name.len() < left || looked_at.len() < LOOKED_AT || table::has(name, 0);
    if ends { table::cut(&mut name, 0) } else { b"" }
}

/// Whether an ELF file with this machine's number also has its word size and byte order.
pub fn fits(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, width, 1, ..] if *width == if cfg!(target_pointer_width = "64") { 2 } else { 1 })
}

/// The offset in bytes at which an ELF file names its interpreter, the dynamic loader. A NUL ends the name. `None` if the program
/// headers within `head` name none.
pub fn loader(head: &[u8]) -> Option<u32> {
    // For 64 and for 32 bits: where the program headers begin (all linkers put them behind the ELF header), where their count
    // stands, the size of one header, and where the offset stands in a header.
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
        ] {
            assert_eq!(kind(line), Kind::Script(name));
        }
        for line in [&b"#! \nx"[..], b"#!\n/bin/sh\n", b"#! \t", b"#!"] {
            assert_eq!((kind(line), interpreter(line)), (Kind::Text, &b""[..]), "names none");
        }
        assert_eq!(kind(b"#!\0/bin/sh\n"), Kind::Unknown);
        assert_eq!(interpreter(b"#!/bin/sh\0x\n"), b"/bin/sh");
        assert_eq!(kind(b"echo hello\n"), Kind::Text);
        for cut_short in [&b"\x7f"[..], b"\x7fEL", b"\x7fELF", b"\x7fELF\x02\x01", b"\x7fELF\n\0"] {
            assert_eq!(kind(cut_short), Kind::Unknown);
        }
    }

    #[test]
    fn a_nul_in_the_first_line_makes_it_no_text() {
        for text in [&b"#!\n\0"[..], b"tail -n +2 \"$0\" | tar x; exit\n\0\x01", b"\n\0", b"\x89PNG\r\n\x1a\n\0"] {
            assert_eq!(kind(text), Kind::Text);
        }
        for other in [&b"\0\x01"[..], b"echo\0\n", b"x\0", b"\0\n"] {
            assert_eq!(kind(other), Kind::Unknown);
        }
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
    }

    #[test]
    fn machines_have_names_or_none() {
        for (number, name) in
            [(183, &b"aarch64"[..]), (2, b"sparc"), (258, b"loongarch"), (0, b""), (256, b""), (0x133e, b""), (0x3e00, b"")]
        {
            assert_eq!(machine(number), name, "{number}");
        }
        assert!(!machine(OURS).is_empty());
    }

    #[test]
    fn the_kernel_takes_a_line_of_so_many_bytes() {
        // The name must end within the 256 bytes: a name of 256 bytes could go on.
        for (length, taken) in [(255, true), (256, false), (300, false)] {
            let mut line = b"#!/bin/".to_vec();
            line.resize(length, b'x');
            line.extend(b"\necho\n");
            assert_eq!(matches!(kind(&line), Kind::Script(_)), taken, "{length}");
            assert_eq!(interpreter(&line).len(), if taken { length - 2 } else { 0 });
        }
        // The kernel cuts an argument of the interpreter short. It does not accept blanks alone.
        assert_eq!(interpreter(&[b"#!/bin/sh ", &[b'x'; 300][..]].concat()), b"/bin/sh");
        assert_eq!(interpreter(&[b"#!", &[b' '; 300][..], b"/bin/sh"].concat()), b"");
    }

    #[test]
    fn this_very_test_names_its_loader() {
        let file = std::fs::read("/proc/self/exe").unwrap();
        assert_eq!(kind(&file), Kind::Elf(OURS));
        assert!(fits(&file) && !fits(b"") && !fits(&[0x7f, b'E', b'L', b'F', 2, 2, 0]));
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
