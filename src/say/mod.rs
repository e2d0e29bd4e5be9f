//! The texts that the init says, and the lines made of them.

pub mod printable;

use crate::errno::{EACCES, EAGAIN, EINVAL, EMFILE, ENFILE, ENOSYS, EPERM};
use crate::{errno, rooms, signals, table};

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Says texts. `src/say/texts.txt` has each text, with places for up to two words and a number. A line consists of one or more
/// texts: the last one has the line end. What cannot be written is lost.
pub trait Say {
    /// Uses the texts of this style from now on; 0 for scratch-init's own.
    fn speak(&mut self, style: u8);

    /// Says a text with one word, on standard error.
    fn say(&mut self, text: Text, a: &[u8], number: i32);

    /// Says a text with two words, on standard error.
    fn say_two(&mut self, text: Text, a: &[u8], b: &[u8], number: i32);

    /// Says a text that an option asked for, on standard output.
    fn answer(&mut self, text: Text);
}

/// Says that a system call or an option failed before the start, and what to do about it.
///
/// `limited` names a resource limit, or is empty. With it, EAGAIN, EMFILE, ENFILE and EINVAL mean that this limit was reached.
pub fn failed<S: Say>(say: &mut S, call: &[u8], errno: i32, limited: &[u8]) {
    say.say(Text::Failed, call, errno);
    if !rooms::EXPLAIN {
        return;
    }
    match errno {
        EAGAIN | EMFILE | ENFILE | EINVAL if !limited.is_empty() => say.say(Text::RaiseLimit, limited, 0),
        EPERM | EACCES | ENOSYS => say.say(Text::BySeccomp, b"", 0),
        _ => {}
    }
    say.say(Text::LineEnd, b"", 0);
}

/// The words and the number for the places of a text.
struct Parts<'a> {
    a: &'a [u8],
    b: &'a [u8],
    number: i32,
}

/// The longest line in bytes, its line end included: a pipe accepts so many at once if poll(2) reports it as writable, pipe(7).
const LONGEST: usize = 512;

/// No text is longer than this, in a build without the help.
const REST: usize = 128;

/// Where a line goes.
pub trait Output {
    /// Writes the bytes, or loses them.
    fn write(&self, bytes: &[u8]);

    /// The PID of the process that writes.
    fn pid(&self) -> i32;
}

/// A line that is being put together.
///
/// It is written with one write(2), so that it does not mix with the program's output. Once the program runs, a line that is too
/// long is cut; before that it is written in pieces. A build without `-v` says nothing while the program runs: there each text is
/// written by itself.
pub struct Line<O> {
    output: O,
    /// Whether a line that is too long is cut.
    cut: bool,
    length: u16,
    bytes: [u8; LONGEST],
}

impl<O: Output> Line<O> {
    /// An empty line.
    #[cfg_attr(feature = "verbose", inline(never))]
    pub fn new(output: O, cut: bool) -> Self {
        Self { output, cut, length: 0, bytes: [0; LONGEST] }
    }

    /// Whether the whole line has been written.
    pub fn is_over(&self) -> bool {
        self.length == 0
    }

    /// Adds a text.
    pub fn add(&mut self, style: u8, text: Text, a: &[u8], b: &[u8], number: i32) {
        let parts = Parts { a, b, number };
        // How many texts stand before this one.
        let mut before = text as u8;
        if cfg!(feature = "names") && style > 0 && before < STYLED {
            before += COUNT + (style - 1) * STYLED;
        }
        for &byte in TEXTS {
            if before == 0 {
                self.unpack(byte, &parts);
            }
            if byte == 0 {
                before = before.wrapping_sub(1);
            }
        }
    }

    /// Unpacks a byte of the packed texts, and adds the result.
    fn unpack(&mut self, byte: u8, parts: &Parts<'_>) {
        if !PAIRS.is_empty()
            && let Some(&(first, second)) = PAIRS.get(usize::from(byte.wrapping_sub(FREE)))
        {
            self.unpack(first, parts);
            return self.unpack(second, parts);
        }
        // A place that no text of this build has leaves no code.
        let is = |place: u8| byte == place && USED >> place & 1 != 0;
        let words = match byte {
            // The end of the text.
            0 => b"",
            // The two words come from outside.
            _ if is(1) || is(2) => {
                let word = if byte == 1 { parts.a } else { parts.b };
                return printable::show(word, &mut |piece| self.put_piece(piece));
            }
            _ if is(3) => return self.put_number(parts.number as u32),
            _ if is(4) => table::name(signals::NAMES, parts.number as u8),
            _ if is(5) => errno::name(parts.number),
            _ if is(6) => errno::meaning(parts.number),
            _ if is(7) => return self.put_number(self.output.pid() as u32),
            LINE_END => return self.put(b'\n'),
            _ => return self.put(byte + SHIFT),
        };
        // An errno without a meaning is shown by its name. A signal or an errno without a name is shown by its number.
        if words.is_empty() && (is(4) || is(5) || is(6)) {
            if byte == 5 {
                self.put_all(b"errno ");
            }
            return self.unpack(if byte == 6 { 5 } else { 3 }, parts);
        }
        self.put_all(words);
    }

    /// Adds a character, or the escape of a byte. If the line is cut here, the piece is left out as a whole, and dots fill the
    /// line.
    fn put_piece(&mut self, piece: &[u8]) {
        if !rooms::HELP && self.cuts_word() {
            return;
        }
        let fits = usize::from(self.length) + piece.len() < LONGEST;
        // (Dots that do not fit are left out one by one.)
        self.put_all(if rooms::VERBOSE && self.cut && !fits { b"..." } else { piece });
    }

    /// Adds bytes.
    #[cfg_attr(not(feature = "explain"), inline(always))]
    fn put_all(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.put(byte);
        }
    }

    /// Adds a number.
    fn put_number(&mut self, number: u32) {
        if number > 9 {
            self.put_number(number / 10);
        }
        self.put(b'0' + (number % 10) as u8);
    }

    /// Whether a word is cut here. Without the help only a word can be so long: what stands behind it is not cut.
    fn cuts_word(&self) -> bool {
        usize::from(self.length) > LONGEST - REST
    }

    /// Adds a byte. A line end, where a line consists of more than one text, or a full line writes the line.
    fn put(&mut self, byte: u8) {
        let last = usize::from(self.length) + 1 == LONGEST;
        if rooms::VERBOSE && self.cut && last && byte != b'\n' {
            return;
        }
        if !rooms::HELP && last {
            return;
        }
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
        }
        self.length += 1;
        if last || (rooms::VERBOSE && byte == b'\n') {
            self.write();
        }
    }

    /// Writes what has been added.
    pub fn write(&mut self) {
        self.output.write(self.bytes.get(..usize::from(self.length)).unwrap_or_default());
        self.length = 0;
    }
}

#[cfg(all(test, feature = "full"))]
mod tests {
    extern crate std;

    use core::cell::RefCell;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::errno::{EACCES, ENOENT};

    /// Keeps each line that is written.
    #[derive(Default)]
    struct Written(RefCell<Vec<String>>);

    impl Output for &Written {
        fn write(&self, bytes: &[u8]) {
            self.0.borrow_mut().push(str::from_utf8(bytes).unwrap().to_string());
        }

        fn pid(&self) -> i32 {
            77
        }
    }

    /// What is written of some texts.
    fn written(cut: bool, style: u8, texts: &[(Text, &str, &str, i32)]) -> Vec<String> {
        let written = Written::default();
        let mut line = Line::new(&written, cut);
        for (text, a, b, number) in texts {
            line.add(style, *text, a.as_bytes(), b.as_bytes(), *number);
        }
        written.0.into_inner()
    }

    #[test]
    fn a_line_is_over_at_its_end() {
        let written = Written::default();
        let mut line = Line::new(&written, false);
        assert!(line.is_over());
        line.add(0, Text::CannotRun, b"app", b"", 0);
        assert!(!line.is_over() && written.0.borrow().is_empty());
        line.add(0, Text::Errno, b"", b"", EACCES);
        assert!(line.is_over());
        assert_eq!(written.0.into_inner(), ["scratch-init: cannot run 'app': EACCES\n"]);
    }

    #[test]
    fn what_stands_in_the_places() {
        for (text, number, expected) in [
            (Text::Received, 15, "scratch-init: received TERM from PID a\n"),
            // Without a name its number stands there.
            (Text::Received, 60, "scratch-init: received 60 from PID a\n"),
            (Text::Reaped, 123, "scratch-init: reaped orphan 123\n"),
            (Text::Reaped, 0, "scratch-init: reaped orphan 0\n"),
            (Text::Reaped, 9, "scratch-init: reaped orphan 9\n"),
            (Text::Reaped, 10, "scratch-init: reaped orphan 10\n"),
            (Text::NoMount, ENOENT, "scratch-init: cannot mount a: ENOENT\n"),
            (Text::NoMount, 1000, "scratch-init: cannot mount a: errno 1000\n"),
            (Text::NoDirectory, ENOENT, "scratch-init: cannot change to directory 'a': No such file or directory\n"),
            // Without a meaning its name.
            (Text::NoDirectory, 3, "scratch-init: cannot change to directory 'a': ESRCH\n"),
            (Text::NoDirectory, 1000, "scratch-init: cannot change to directory 'a': errno 1000\n"),
        ] {
            assert_eq!(written(false, 0, &[(text, "a", "b", number)]), [expected]);
        }
        // tini's lines have the PID of the process that writes.
        let [fatal] = &written(false, 1, &[(Text::CannotRun, "app", "5", ENOENT), (Text::Missing, "", "", 0)])[..] else { panic!() };
        assert!(fatal.starts_with("[FATAL tini (5)] "), "{fatal}");
        assert!(written(false, 1, &[(Text::NoProgram, "", "", 0)]).concat().starts_with("[FATAL tini (77)] no program to run\n"));
    }

    #[test]
    fn a_line_that_is_too_long() {
        let name = "x".repeat(3 * LONGEST);
        let texts = [(Text::CannotRun, &*name, "", 0), (Text::Errno, "", "", EACCES)];
        // Before the program runs it is written in pieces.
        let pieces = written(false, 0, &texts);
        assert!(pieces.iter().all(|piece| piece.len() <= LONGEST) && pieces.len() == 4, "{pieces:?}");
        assert_eq!(pieces.concat(), format!("scratch-init: cannot run '{name}': EACCES\n"));
        // Then it is cut.
        let lines = written(true, 0, &texts);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].len() == LONGEST && lines[0].ends_with("xx\n"), "{lines:?}");
        assert!(written(true, 0, &[texts[1], texts[1]]).iter().all(|line| line == ": EACCES\n"));
        // What is shown of one byte is there as a whole, or dots are.
        let before = "scratch-init: cannot run '".len();
        for more in 0..8 {
            let name = format!("{}\u{1}", "x".repeat(LONGEST - before - 8 + more));
            let line = written(true, 0, &[(Text::CannotRun, &name, "", 0), (Text::Errno, "", "", EACCES)]).concat();
            let room = 7 - more;
            let shown = if room >= 4 { format!(r"\x01{}", &"': EACCES"[..room - 4]) } else { ".".repeat(room) };
            assert_eq!(line, format!("scratch-init: cannot run '{}{shown}\n", &name[..name.len() - 1]), "{more}");
        }
    }
}
