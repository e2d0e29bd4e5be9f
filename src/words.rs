//! Every line that can be said on stderr, in one place.
//!
//! They are one byte string, and a number says which one is meant: that is shorter than a pointer
//! and a length wherever one is said. In them `\x01` and `\x02` stand for two texts, `\x03` for a
//! number, `\x04` for the signal and `\x05` for the errno of that number.

macro_rules! words {
    ($($name:ident $text:literal)*) => {
        /// One of the texts.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Word { $(#[doc = $text] $name),* }

        /// All of them, each with a NUL behind it.
        pub const TEXTS: &[u8] = concat!($("scratch-init: ", $text, "\n\0"),*).as_bytes();
    };
}

words! {
    // The command line: a word, and where it stands if that is not there.
    Unknown "'\x01'\x02: no such option, see --help"
    NoValue "'\x01'\x02: takes no value"
    WantsTime "'\x01'\x02: want 5s, 500ms, 2m, 1h or inf, up to 24 days"
    WantsExit "'\x01'\x02: want FROM[:TO], each 0 to 255"
    NoProgram "no program to run, see --help"
    NoPause "'\x01': -P runs no program"

    // What failed before the start: an errno.
    NoSignalfd "signalfd: E\x05: raise the limit of open files?"
    NoProcess "clone: E\x05: raise the limit of processes?"
    NoGroup "setpgid: E\x05: forbidden by seccomp?"

    // Why a program was not executed: the program, and the file that it is about, an errno.
    NotFound "cannot run '\x01': not found in \x02"
    Missing "cannot run '\x01': not found"
    NoShell "cannot run '\x01': not found; CMD and ENTRYPOINT in shell form need a shell"
    NoLoader "cannot run '\x01': its loader \x02 is missing: link it statically, or copy that and the libraries"
    NoInterpreter "cannot run '\x01': its #! interpreter \x02 is missing"
    CarriageReturn "cannot run '\x01': its #! interpreter \x02 is missing: the file has CRLF line ends"
    Closed "cannot run '\x01': a directory on the way to \x02 is closed to this user"
    Directory "cannot run '\x01': \x02 is a directory"
    Noexec "cannot run '\x01': \x02 is on a noexec mount"
    Mode "cannot run '\x01': \x02 is not executable, chmod +x"
    Empty "cannot run '\x01': \x02 is empty"
    NoHashBang "cannot run '\x01': \x02 has no #! line, and there is no /bin/sh"
    NotAProgram "cannot run '\x01': \x02 is not a program"
    Machine "cannot run '\x01': it is built for \x02, this machine is x86_64"
    TooLong "cannot run '\x01': too long an argument list or environment"
    Errno "cannot run '\x01': E\x05"

    // What happens: a process, a status or a signal.
    Started "started PID \x03"
    EndedWith "the program ended with status \x03"
    EndedBy "the program ended by signal \x04"
    Reaped "reaped orphan \x03"
    CannotForward "cannot forward \x04: E\x01"
}
