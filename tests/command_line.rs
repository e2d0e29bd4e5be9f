//! The command line and the variable, read by the library: what the init is told to do, and what it says about a bad word. (The
//! same of the real file: tests/bad_input.rs, tests/dropin.rs.)

use std::cell::RefCell;

use scratch_init::options::Options;
use scratch_init::options::command_line::{Arguments, Told, read, read_program};
use scratch_init::route::Route;
use scratch_init::say::{Line, Output, Say, Text};
use scratch_init_tests::refusals::{BAD, CONTRADICTIONS, PLACE, SEE, TOO_SHORT, UNKNOWN, VALUED, line};

/// What is said, on standard error and on standard output.
#[derive(Default)]
struct Said([RefCell<String>; 2]);

/// Where one of the two lines goes.
struct To<'a>(&'a RefCell<String>);

impl Output for To<'_> {
    fn write(&self, bytes: &[u8]) {
        self.0.borrow_mut().push_str(std::str::from_utf8(bytes).expect("it is text"));
    }

    fn pid(&self) -> i32 {
        1
    }
}

struct Words<'a> {
    words: Vec<&'static [u8]>,
    variables: Vec<(&'static str, &'static str)>,
    gained: bool,
    style: u8,
    lines: [Line<To<'a>>; 2],
}

impl Say for Words<'_> {
    fn speak(&mut self, style: u8) {
        self.style = style;
    }

    fn say(&mut self, text: Text, a: &[u8], number: i32) {
        self.say_two(text, a, b"", number);
    }

    fn say_two(&mut self, text: Text, a: &[u8], b: &[u8], number: i32) {
        self.lines[0].add(self.style, text, a, b, number);
    }

    fn answer(&mut self, text: Text) {
        self.lines[1].add(self.style, text, b"", b"", 0);
    }
}

impl Arguments for Words<'_> {
    fn count(&self) -> usize {
        self.words.len()
    }

    fn argument(&self, index: usize) -> &'static [u8] {
        self.words.get(index).copied().unwrap_or_default()
    }

    fn bring_forward(&mut self, index: usize, passed: usize) {
        self.words[index - passed..=index].rotate_right(1);
    }

    fn variable(&self, name: &[u8]) -> Option<&'static [u8]> {
        let of = |other: &str| name.strip_suffix(b"=") == Some(other.as_bytes());
        self.variables.iter().find(|(name, _)| of(name)).map(|(_, value)| value.as_bytes())
    }

    fn has_gained(&mut self) -> bool {
        self.gained
    }
}

/// What a command line comes to.
#[derive(Debug)]
struct Outcome {
    told: Told,
    /// The words as they are in the end.
    words: Vec<&'static str>,
    route: Route,
    stderr: String,
    stdout: String,
}

impl Outcome {
    /// It is refused with this line, and this status.
    #[track_caller]
    fn refused(&self, status: u8, line: &str) {
        assert_eq!((self.told, &*self.stderr, &*self.stdout), (Told::Exit(status), line, ""), "{self:?}");
    }

    /// The program and its arguments.
    #[track_caller]
    fn program(&self) -> &[&'static str] {
        let Told::Program(at) = self.told else { panic!("no program: {self:?}") };
        let at = at as usize;
        assert_eq!((&*self.stderr, &*self.stdout), ("", ""));
        &self.words[at..]
    }
}

fn leak(text: &str) -> &'static str {
    String::from(text).leak()
}

fn told_with(name: &str, variables: &[(&str, &str)], gained: bool, words: &[&str]) -> Outcome {
    let mut options = Options::defaults();
    let mut route = Route::Program;
    let reads = |words: &mut Words<'_>| {
        let told = read(words, &mut options);
        route = options.route();
        told
    };
    let outcome = told_by(reads, name, variables, gained, words);
    Outcome { route, ..outcome }
}

/// What some reader comes to.
fn told_by(reads: impl FnOnce(&mut Words<'_>) -> Told, name: &str, variables: &[(&str, &str)], gained: bool, words: &[&str]) -> Outcome {
    let said = Said::default();
    let words: Vec<_> = [name].iter().chain(words).map(|word| leak(word)).collect();
    let mut arguments = Words {
        words: words.iter().map(|word| word.as_bytes()).collect(),
        variables: variables.iter().map(|(name, value)| (leak(name), leak(value))).collect(),
        gained,
        style: 0,
        lines: [0, 1].map(|at| Line::new(To(&said.0[at]), false)),
    };
    let told = reads(&mut arguments);
    assert!(arguments.lines.iter().all(Line::is_over), "a line that was begun is not ended");
    let words = arguments.words.iter().map(|word| std::str::from_utf8(word).expect("it is text")).collect();
    let [stderr, stdout] = said.0.map(RefCell::into_inner);
    Outcome { told, words, route: Route::Program, stderr, stdout }
}

fn told(variable: &str, words: &[&str]) -> Outcome {
    let variables: &[_] = if variable.is_empty() { &[] } else { &[("SCRATCH_INIT_OPTIONS", variable)] };
    told_with("/scratch-init", variables, false, words)
}

#[test]
fn bad_options() {
    for (options, option, why, rest) in BAD {
        let words: Vec<_> = options.iter().copied().chain(["echo", "started"]).collect();
        told("", &words).refused(125, &format!("scratch-init: {}\n", line(option, "", why, rest)));
        // An empty word is none in the variable.
        if !options.contains(&"") {
            let outcome = told(&options.join(" "), &["echo", "started"]);
            outcome.refused(125, &format!("scratch-init: {}\n", line(option, PLACE, why, rest)));
        }
    }
    for (value, word, letter) in [("prog", "prog", ""), ("-gz prog", "-gz", ": -z"), ("-g --", "--", ""), ("-", "-", "")] {
        told(value, &["true"]).refused(125, &format!("scratch-init: '{word}'{PLACE}: {UNKNOWN}{letter}{SEE}\n"));
    }
    for (word, option, what) in VALUED {
        told("", &[word]).refused(125, &format!("scratch-init: {option}: needs a value: {what}\n"));
        told(&format!("-v {word}"), &["true"]).refused(125, &format!("scratch-init: {option}{PLACE}: needs a value: {what}\n"));
    }
}

#[test]
fn a_grace_period_that_is_not_longer_than_the_delay() {
    for (there, words, line) in TOO_SHORT {
        let words: Vec<_> = words.iter().copied().chain(["echo"]).collect();
        told(there, &words).refused(125, &format!("scratch-init: {line}\n"));
    }
    for words in [&["-d5s", "-t6s", "echo"][..], &["-dHUP:10", "-t5", "echo"], &["-t0", "echo"], &["-dinf", "-tinf", "echo"]] {
        assert_eq!(told("", words).program(), ["echo"]);
    }
}

#[test]
fn what_restart_does_not_go_with() {
    for (there, words, line) in CONTRADICTIONS {
        let words: Vec<_> = words.iter().copied().chain(["echo"]).collect();
        told(there, &words).refused(125, &format!("scratch-init: {line}\n"));
    }
    told("", &["-P", "-R1"]).refused(125, "scratch-init: -R: not with -P\n");
    told("-R1", &["-P"]).refused(125, "scratch-init: -R in SCRATCH_INIT_OPTIONS: not with -P\n");
    told_with("/pause", &[("SCRATCH_INIT_OPTIONS", "-R1")], false, &[])
        .refused(1, "scratch-init: -R in SCRATCH_INIT_OPTIONS: not with -P\n");
    for (there, words) in [("-R3", &["-R0", "-W", "echo"][..]), ("-W", &["-R0", "echo"]), ("-g", &["-R3", "echo"])] {
        assert_eq!(told(there, words).program(), ["echo"], "{there} {words:?}");
    }
}

#[test]
fn which_argument_is_the_program() {
    for (variable, words, program) in [
        ("", &["prog"][..], &["prog"][..]),
        ("", &["prog", "-g", "--"], &["prog", "-g", "--"]),
        ("", &["-g", "-S", "5", "prog", "a"], &["prog", "a"]),
        ("", &["-g", "--", "-x", "a"], &["-x", "a"]),
        ("", &["-v", "", "a"], &["", "a"]),
        (" -e\t3:4\n-g ", &["prog"], &["prog"]),
        ("  \n ", &["prog"], &["prog"]),
    ] {
        assert_eq!(told(variable, words).program(), program, "{variable:?} {words:?}");
    }
    assert_eq!(told("-g", &["prog"]).route, Route::Group);
    assert_eq!(told("-g", &["-c", "prog"]).route, Route::Program);
    // With -P there is none.
    for (variable, words) in [("", &["-P"][..]), ("", &["-P", "--"]), ("-P", &[]), ("-P", &["--"])] {
        let outcome = told(variable, words);
        assert_eq!((outcome.told, outcome.route), (Told::Program(words.len() as u32 + 1), Route::Nobody), "{variable:?} {words:?}");
    }
    for words in [&[][..], &["-g"], &["--"], &["-v", "--"]] {
        told("", words).refused(125, "scratch-init: no program to run, see --help\n");
    }
    told("", &["-P", "true"]).refused(125, "scratch-init: 'true': -P runs no program\n");
    told("", &["-P", "--", "true"]).refused(125, "scratch-init: 'true': -P runs no program\n");
    told("-vP", &["--", "true"]).refused(125, "scratch-init: 'true': -P in SCRATCH_INIT_OPTIONS runs no program\n");
}

#[test]
fn help_and_version_end_it() {
    for (words, begins) in [
        (&["-h", "-z"][..], "Usage: scratch-init "),
        (&["--help"], "Usage: scratch-init "),
        (&["-gV"], "scratch-init 0.1.0 (full)\n"),
        (&["--version", "true"], "scratch-init 0.1.0 (full)\n"),
    ] {
        let outcome = told("", words);
        assert_eq!((outcome.told, &*outcome.stderr), (Told::Exit(0), ""));
        assert!(outcome.stdout.starts_with(begins), "{outcome:?}");
    }
    assert_eq!(told("-V", &["true"]).stdout, "scratch-init 0.1.0 (full)\n");
}

#[test]
fn with_more_rights_than_the_caller() {
    let variables = [("SCRATCH_INIT_OPTIONS", "-g --nonsense")];
    let outcome = told_with("scratch-init", &variables, true, &["prog"]);
    assert_eq!((outcome.program(), outcome.route), (&["prog"][..], Route::Program));
    let line = "scratch-init: -u is refused: the init has more rights than its caller, by set-user-ID or file capabilities\n";
    told_with("scratch-init", &[], true, &["-u1", "prog"]).refused(125, line);
    assert_eq!(told_with("scratch-init", &[], false, &["-u1", "prog"]).program(), ["prog"]);
    // Another's variable is not read either.
    let outcome = told_with("/tini", &[("TINI_KILL_PROCESS_GROUP", "1")], true, &["prog"]);
    assert_eq!(outcome.route, Route::Program);
    assert_eq!(told_with("/tini", &[("TINI_KILL_PROCESS_GROUP", "1")], false, &["prog"]).route, Route::Group);
}

#[test]
fn in_a_build_without_options() {
    for (words, program) in [
        (&["prog"][..], Some(&["prog"][..])),
        (&["prog", "-x", "--"], Some(&["prog", "-x", "--"])),
        (&["--", "prog", "a"], Some(&["prog", "a"])),
        (&["--", "-x"], Some(&["-x"])),
        (&["", "a"], Some(&["", "a"])),
        (&["-", "a"], Some(&["-", "a"])),
        (&[], None),
        (&["--"], None),
    ] {
        let outcome = told_by(|words| read_program(words), "init", &[], false, words);
        match program {
            Some(program) => assert_eq!(outcome.program(), program),
            None => outcome.refused(125, "scratch-init: no program to run, see --help\n"),
        }
    }
    for word in ["-g", "--group", "-V", "---", "-gz"] {
        // The text is that of another build than this one: tests/builds.rs.
        let outcome = told_by(|words| read_program(words), "init", &[], false, &[word, "prog"]);
        assert_eq!(outcome.told, Told::Exit(125), "{word}");
    }
    let outcome = told_by(|words| read_program(words), "init", &[], false, &["--version"]);
    assert_eq!((outcome.told, &*outcome.stdout, &*outcome.stderr), (Told::Exit(0), "scratch-init 0.1.0 (full)\n", ""));
}

#[test]
fn under_the_names_of_others() {
    let under = |name: &str, words: &[&str]| told_with(name, &[], false, words);
    for name in ["/tini", "/tini-static", "/docker-init", "/catatonit", "/podman-init"] {
        // Options may stand behind the program, up to `--`.
        let behind = ["-g", "echo", "-g", "a", "--", "-x"];
        assert_eq!(under(name, &behind).program(), ["echo", "a", "-x"], "{name}");
        assert_eq!(under(name, &["echo", "-g"]).route, Route::Group, "{name}");
        let posix = told_with(name, &[("POSIXLY_CORRECT", "")], false, &behind);
        assert_eq!(posix.program(), ["echo", "-g", "a", "--", "-x"], "{name}");
    }
    assert_eq!(under("/dumb-init", &["echo", "-v"]).program(), ["echo", "-v"]);
    for (name, says) in [
        ("/tini", "[FATAL tini (1)] no program to run\nUsage: tini [-"),
        ("/dumb-init", "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"),
        ("/catatonit", "ERROR (catatonit:1): missing program name\nUsage: catatonit [-"),
    ] {
        let outcome = under(name, &[]);
        assert!(outcome.told == Told::Exit(1) && outcome.stderr.starts_with(says), "{outcome:?}");
        let outcome = under(name, &["-x"]);
        assert!(outcome.told == Told::Exit(1) && outcome.stderr.contains("see --help"), "{outcome:?}");
        let outcome = told_with(name, &[("SCRATCH_INIT_OPTIONS", "-P")], false, &["echo"]);
        assert_eq!(outcome.told, Told::Exit(1));
        assert!(outcome.stderr.contains("'echo': -P in SCRATCH_INIT_OPTIONS runs no program\n"), "{outcome:?}");
        // Our own variable is in our own words.
        let outcome = told_with(name, &[("SCRATCH_INIT_OPTIONS", "--nonsense")], false, &["echo"]);
        outcome.refused(1, "scratch-init: '--nonsense' in SCRATCH_INIT_OPTIONS: no such option, see --help\n");
    }
    // dumb-init answers on standard error, and has one text for every bad value of -r.
    for (word, begins) in [("-V", "dumb-init v"), ("--help", "dumb-init v")] {
        let outcome = under("/dumb-init", &[word]);
        assert_eq!((outcome.told, &*outcome.stdout), (Told::Exit(0), ""));
        assert!(outcome.stderr.starts_with(begins), "{outcome:?}");
    }
    let [bad, worse] = ["1", "x:y"].map(|value| under("/dumb-init", &["-r", value, "echo"]));
    assert_eq!((bad.told, &bad.stderr), (Told::Exit(1), &worse.stderr));
    assert!(!bad.stderr.contains("want"), "{bad:?}");
    let outcome = told_with("/dumb-init", &[("SCRATCH_INIT_OPTIONS", "-r1")], false, &["echo"]);
    assert!(outcome.stderr.starts_with("scratch-init: -r '1' in SCRATCH_INIT_OPTIONS: want FROM:TO"), "{outcome:?}");
    // tini's licence.
    let outcome = under("/tini", &["-l"]);
    assert!(outcome.told == Told::Exit(0) && outcome.stdout == "MIT or Apache-2.0\n", "{outcome:?}");
    // A program is ignored where there is none to be.
    for (name, words) in [("/catatonit", &["-P", "ignored"][..]), ("/pause", &["ignored"]), ("/pause", &[])] {
        let outcome = under(name, words);
        assert!(matches!(outcome.told, Told::Program(_)) && outcome.route == Route::Nobody, "{outcome:?}");
    }
    assert_eq!(under("/pause", &["-v"]).stdout, "pause.c scratch-init 0.1.0\n");
}
