//! Bad options, and the line about each: for the real file (tests/bad_input.rs) and for the library (tests/command_line.rs).

pub const TIME: &str = "5s, 500ms, 2m, 1h or inf, up to 24 days";
pub const EXIT: &str = "FROM[:TO], each 0 to 255";
pub const DELAY: &str = "[SIGNAL:]TIME, as 5s or HUP:500ms, not KILL or STOP";
pub const REWRITE: &str = "FROM:TO, two signals, FROM not KILL or STOP; TO 0 drops it";
pub const USER: &str = "UID[:GID[,GID...]], numbers, 32 groups at most";
pub const DIRECTORY: &str = "a directory";
pub const BOOT: &str = "poweroff, reboot, halt or respawn";
pub const RESTART: &str = "N[:TIME], as 3, 3:500ms or inf:5s; 0 is never";
pub const SIGNAL: &str = "a signal, as TERM, 15 or RTMIN+1";
pub const UNKNOWN: &str = "no such option";
pub const SEE: &str = ", see --help";

/// Options that are bad: what the line says before it says where they stand, and behind that; each in front of a
/// program that would say so if it were started.
pub const BAD: &[(&[&str], &str, &str, &str)] = &[
    (&["-z"], "'-z'", UNKNOWN, SEE),
    (&["-gz"], "'-gz'", UNKNOWN, ": -z, see --help"),
    (&["--nonsense"], "'--nonsense'", UNKNOWN, SEE),
    (&["--nonsense=3"], "'--nonsense=3'", UNKNOWN, SEE),
    (&["--Group"], "'--Group'", UNKNOWN, SEE),
    (&["--gro"], "'--gro'", UNKNOWN, SEE),
    (&["-g="], "'-g='", UNKNOWN, ": -=, see --help"),
    (&["---"], "'---'", UNKNOWN, SEE),
    (&["-\r"], r"'-\x0d'", UNKNOWN, SEE),
    (&["-é"], "'-é'", UNKNOWN, SEE),
    (&["-gé"], "'-gé'", UNKNOWN, SEE),
    (&["-all"], "'-all'", UNKNOWN, ": -l; did you mean --all?"),
    (&["--group=yes"], "'--group=yes'", "takes no value", ""),
    (&["-S", "5x"], "-S '5x'", TIME, ""),
    (&["-S5x"], "-S '5x'", TIME, ""),
    (&["-gS5x"], "-S '5x' of '-gS5x'", TIME, ""),
    (&["-gS", "5x"], "-S '5x' of '-gS'", TIME, ""),
    (&["--sweep", ""], "--sweep ''", TIME, ""),
    (&["--sweep="], "--sweep ''", TIME, ""),
    (&["--sweep=5x"], "--sweep '5x'", TIME, ""),
    (&["-S", "-1"], "-S '-1'", TIME, ""),
    (&["-S", "--"], "-S '--'", TIME, ""),
    (&["-S", "1.5"], "-S '1.5'", TIME, ""),
    (&["-S", "577h"], "-S '577h'", TIME, ""),
    (&["-S", "5s\r"], r"-S '5s\x0d'", TIME, ""),
    (&["-S", "99999999999999999999"], "-S '99999999999999999999'", TIME, ""),
    (&["-e", "256"], "-e '256'", EXIT, ""),
    (&["-e", "3:"], "-e '3:'", EXIT, ""),
    (&["-e", ":3"], "-e ':3'", EXIT, ""),
    (&["-e", "3:4:5"], "-e '3:4:5'", EXIT, ""),
    (&["--exit=x"], "--exit 'x'", EXIT, ""),
    (&["-e", "-1"], "-e '-1'", EXIT, ""),
    // The words of other programs, and what they are here.
    (&["-version"], "-e 'rsion' of '-version'", EXIT, "; did you mean --version?"),
    (&["-sweep=5"], "-e 'ep=5' of '-sweep=5'", EXIT, "; did you mean --sweep?"),
    (&["-rewrite"], "-r 'ewrite'", REWRITE, "; did you mean --rewrite?"),
    (&["-d", "x"], "-d 'x'", DELAY, ""),
    (&["-dHUP:"], "-d 'HUP:'", DELAY, ""),
    (&["-d", "KILL:1"], "-d 'KILL:1'", DELAY, ""),
    (&["--delay=STOP:1s"], "--delay 'STOP:1s'", DELAY, ""),
    (&["-r", "TERM"], "-r 'TERM'", REWRITE, ""),
    (&["-r", "KILL:TERM"], "-r 'KILL:TERM'", REWRITE, ""),
    (&["-r", "TERM:65"], "-r 'TERM:65'", REWRITE, ""),
    (&["-r", "TERM:QUIT:INT"], "-r 'TERM:QUIT:INT'", REWRITE, ""),
    (&["-u", "root"], "-u 'root'", USER, ""),
    (&["-u", "1:"], "-u '1:'", USER, ""),
    (&["-u", "1:2,"], "-u '1:2,'", USER, ""),
    (&["-u", "4294967295"], "-u '4294967295'", USER, ""),
    (&["-u", "-1"], "-u '-1'", USER, ""),
    (&["-C", ""], "-C ''", DIRECTORY, ""),
    (&["-p", "0"], "-p '0'", SIGNAL, ""),
    (&["-p", "NOPE"], "-p 'NOPE'", SIGNAL, ""),
    (&["--boot", "sleep"], "--boot 'sleep'", BOOT, ""),
    (&["-Bhalts"], "-B 'halts'", BOOT, ""),
    (&["-R", "x"], "-R 'x'", RESTART, ""),
    (&["-R3:"], "-R '3:'", RESTART, ""),
    (&["-R", "-1"], "-R '-1'", RESTART, ""),
    (&["-R3:5x"], "-R '3:5x'", RESTART, ""),
    (&["-vR:1s"], "-R ':1s' of '-vR:1s'", RESTART, ""),
    (&["--restart=4294967295"], "--restart '4294967295'", RESTART, ""),
    (&["--restart="], "--restart ''", RESTART, ""),
];

/// The line about an option that stands there.
pub fn line(option: &str, place: &str, why: &str, rest: &str) -> String {
    let want = if option.starts_with('\'') { "" } else { "want " };
    format!("{option}{place}: {want}{why}{rest}")
}

pub const PLACE: &str = " in SCRATCH_INIT_OPTIONS";

/// Options that want a value, how they are named, and what they want.
pub const VALUED: &[(&str, &str, &str)] = &[
    ("-S", "-S", TIME),
    ("--sweep", "--sweep", TIME),
    ("-gS", "-S of '-gS'", TIME),
    ("-e", "-e", EXIT),
    ("--delay", "--delay", DELAY),
    ("-r", "-r", REWRITE),
    ("-vu", "-u of '-vu'", USER),
    ("-C", "-C", DIRECTORY),
    ("-p", "-p", SIGNAL),
    ("-B", "-B", BOOT),
    ("-R", "-R", RESTART),
];

/// Options that `-R` does not go with: the variable, the options, and the line.
pub const CONTRADICTIONS: &[(&str, &[&str], &str)] = &[
    ("", &["-R3", "-W"], "-R: not with -W"),
    ("", &["-W", "--restart=inf:0"], "-R: not with -W"),
    ("", &["-R1", "-Bpoweroff"], "-R: not with -B"),
    ("", &["-B", "respawn", "-R1"], "-R: not with -B"),
    ("-R3", &["-W"], "-R in SCRATCH_INIT_OPTIONS: not with -W"),
    ("-W", &["-R3"], "-R: not with -W in SCRATCH_INIT_OPTIONS"),
    ("-Bhalt -R3:1s", &[], "-R in SCRATCH_INIT_OPTIONS: not with -B in SCRATCH_INIT_OPTIONS"),
    ("-R9", &["-R3", "-W"], "-R: not with -W"),
];

/// Grace periods that are not longer than the delay: the variable, the options, and the line.
pub const TOO_SHORT: &[(&str, &[&str], &str)] = &[
    ("", &["-d10s", "-t5s"], "'-t 5s': not longer than '-d 10s', which holds TERM back"),
    ("", &["-d5s", "-t5s"], "'-t 5s': not longer than '-d 5s', which holds TERM back"),
    ("", &["-t", "1500ms", "-d", "INT:inf"], "'-t 1500ms': not longer than '-d INT:inf', which holds INT back"),
    ("-d2m", &["-t60"], "'-t 60s': not longer than '-d 120s' in SCRATCH_INIT_OPTIONS, which holds TERM back"),
    ("-t60", &["-d2m"], "'-t 60s' in SCRATCH_INIT_OPTIONS: not longer than '-d 120s', which holds TERM back"),
    ("-t60 -d1m", &[], "'-t 60s' in SCRATCH_INIT_OPTIONS: not longer than '-d 60s' in SCRATCH_INIT_OPTIONS, which holds TERM back"),
    ("", &["-rHUP:QUIT", "-t1", "-dHUP:1"], "'-t 1s': not longer than '-d HUP:1s', which holds HUP back"),
    ("", &["-tRTMIN+3:1", "-dRTMIN+3:1"], "'-t 37:1s': not longer than '-d 37:1s', which holds 37 back"),
    ("-tTERM:1", &["-t9", "-d8", "-tTERM:5"], "'-t TERM:5s': not longer than '-d 8s', which holds TERM back"),
];
