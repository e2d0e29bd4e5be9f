//! The parser, fuzzed against a plain model of what the documentation says.

use proptest::prelude::*;
use scratch_init::options::Options;
use scratch_init::options::boot::{Action, Shutdown};
use scratch_init::options::names;
use scratch_init::options::parser::{Parser, Read};
use scratch_init::route::Route;
use scratch_init::say::printable;
use scratch_init::time::Time;
use scratch_init::{number, signals, table};

const VALUED: &str = "rdtSeuCpBR";
const LONG: [(&str, char); 20] = [
    ("child", 'c'),
    ("group", 'g'),
    ("all", 'a'),
    ("rewrite", 'r'),
    ("delay", 'd'),
    ("grace", 't'),
    ("sweep", 'S'),
    ("wait-all", 'W'),
    ("exit", 'e'),
    ("user", 'u'),
    ("chdir", 'C'),
    ("pdeathsig", 'p'),
    ("pause", 'P'),
    ("boot", 'B'),
    ("restart", 'R'),
    ("subreaper", 's'),
    ("warn", 'w'),
    ("verbose", 'v'),
    ("help", 'h'),
    ("version", 'V'),
];

/// What is said, as far as the model goes: each option with its value, and how it ended.
#[derive(Debug, PartialEq)]
struct Model {
    said: Vec<(char, Option<String>)>,
    end: Result<usize, Read>,
}

/// Splits words into options as getopt_long(3) would without permuting or abbreviations.
fn split(words: &[String]) -> Model {
    let mut said = Vec::new();
    let mut at = 0;
    let takes = |letter: char| VALUED.contains(letter);
    while let Some(word) = words.get(at) {
        at += 1;
        let next = |at: &mut usize| {
            *at += 1;
            words.get(*at - 1).cloned().ok_or(Read::Value)
        };
        if word == "--" {
            return Model { said, end: Ok(at) };
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            let Some(&(_, letter)) = LONG.iter().find(|(known, _)| *known == name) else {
                return Model { said, end: Err(Read::Unknown) };
            };
            match (takes(letter), value) {
                (true, Some(value)) => said.push((letter, Some(value))),
                (true, None) => match next(&mut at) {
                    Ok(value) => said.push((letter, Some(value))),
                    Err(end) => return Model { said, end: Err(end) },
                },
                (false, Some(_)) => return Model { said, end: Err(Read::NoValue) },
                (false, None) => said.push((letter, None)),
            }
        } else if word.starts_with('-') && word.len() > 1 {
            let mut letters = word[1..].chars();
            while let Some(letter) = letters.next() {
                if !LONG.iter().any(|(_, known)| *known == letter) {
                    return Model { said, end: Err(Read::Unknown) };
                }
                if !takes(letter) {
                    said.push((letter, None));
                } else if !letters.as_str().is_empty() {
                    said.push((letter, Some(letters.as_str().to_owned())));
                    break;
                } else {
                    match next(&mut at) {
                        Ok(value) => said.push((letter, Some(value))),
                        Err(end) => return Model { said, end: Err(end) },
                    }
                }
                match said.last() {
                    Some(('h', _)) => return Model { said, end: Err(Read::Help) },
                    Some(('V', _)) => return Model { said, end: Err(Read::Version) },
                    _ => {}
                }
            }
        } else {
            return Model { said, end: Ok(at - 1) };
        }
        match said.last() {
            Some(('h', _)) => return Model { said, end: Err(Read::Help) },
            Some(('V', _)) => return Model { said, end: Err(Read::Version) },
            _ => {}
        }
    }
    Model { said, end: Ok(at) }
}

/// signal(7), from 1 on.
const SIGNALS: &str = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU \
    URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/// A signal as the documentation has it.
fn signal(text: &str) -> Option<u8> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u8>().ok())?;
    if let Some(number) = digits(text) {
        return (1..=64).contains(&number).then_some(number);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let number = match name {
        "IOT" => 6,
        "CLD" => 17,
        "POLL" => 29,
        "RTMIN" => 34,
        "RTMAX" => 64,
        _ => {
            if let Some(up) = name.strip_prefix("RTMIN+") {
                34 + digits(up).filter(|&up| up <= 30)?
            } else if let Some(down) = name.strip_prefix("RTMAX-") {
                64 - digits(down).filter(|&down| down <= 30)?
            } else {
                1 + SIGNALS.split(' ').position(|known| known == name)? as u8
            }
        }
    };
    Some(number)
}

/// One that can arrive.
fn from(text: &str) -> Option<usize> {
    signal(text).filter(|&signal| signal != 9 && signal != 19).map(usize::from)
}

/// `FROM:TO`
fn rewrite(text: &str) -> Option<(usize, u8)> {
    let (first, second) = parts(text)?;
    let drops = !second.is_empty() && second.bytes().all(|byte| byte == b'0');
    Some((from(first)?, if drops { 0 } else { signal(second)? }))
}

/// `[SIG:]TIME`
fn delay(text: &str) -> Option<(usize, Time)> {
    let (signal, text) = parts(text).unwrap_or(("TERM", trim(text)));
    Some((from(signal)?, as_time(time(text)?)))
}

/// `UID[:GID[,GID...]]`: the user, and its groups.
fn user(text: &str) -> Option<(u32, Vec<u32>)> {
    let id = |text: &str| trim(text).parse::<u32>().ok().filter(|id| *id != u32::MAX && !trim(text).starts_with('+'));
    let (uid, gids) = text.split_once(':').unwrap_or((text, text));
    Some((id(uid)?, gids.split(',').map(id).collect::<Option<_>>()?))
}

/// Without the blanks around it.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n'])
}

/// What stands on both sides of the first colon.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').map(|(first, second)| (trim(first), trim(second)))
}

/// A time as the documentation has it, in milliseconds; `None` inside is for ever.
fn time(text: &str) -> Option<Option<u64>> {
    if text == "inf" {
        return Some(None);
    }
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1000,
        "ms" => 1,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u128 = digits.parse().ok()?;
    let time = number.checked_mul(unit)?;
    (time <= 24 * 86_400_000).then_some(Some(time as u64))
}

/// `N[:TIME]`: how often (`None` is for ever), and when.
fn restart(text: &str) -> Option<(Option<u32>, Time)> {
    let (times, text) = parts(text).unwrap_or((trim(text), "1s"));
    let number =
        || times.bytes().all(|byte| byte.is_ascii_digit()).then(|| times.parse().ok()).flatten().filter(|&number| number != u32::MAX);
    Some((if times == "inf" { None } else { Some(number()?) }, as_time(time(text)?)))
}

fn status(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Words that are options, or nearly so.
fn word() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[0-9]{1,11}(ms|s|m|h|d)?",
        "inf",
        "[0-9]{1,3}(:[0-9]{0,3})?",
        "([0-9]{1,2}|inf|4294967295)(:([0-9]{1,3}(ms)?|inf))?",
        "(SIG|sig)?(TERM|int|HUP|KILL|RTMIN|rtmax)([+-][0-9]{1,2})?(:(USR1|INT|0|[0-9]{1,2}s?))?",
        "[0-9]{1,5}(:[0-9]{0,3}(,[0-9]{0,3})?)?",
        "(poweroff|reboot|halt|respawn|/tmp|)",
        "\\PC{0,6}",
    ];
    // Blanks in it, some of which do not count.
    let value = (value, 0..4).prop_map(|(value, blanks)| match blanks {
        0 => format!(" {}\t\n", value.replace(':', " : ").replace(',', " ,")),
        _ => value,
    });
    prop_oneof![
        4 => "-[cgartdSWeuCpPBRswvhVzx]{1,4}",
        2 => ("-[rdtSeuCpBR]", value.clone()).prop_map(|(option, value)| option + &value),
        2 => proptest::sample::select(&LONG[..]).prop_map(|(name, _)| format!("--{name}")),
        2 => (proptest::sample::select(&LONG[..]), value.clone()).prop_map(|((name, _), value)| format!("--{name}={value}")),
        3 => value,
        1 => "(|-|--|---|--[a-z]{1,5}|prog)",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_are_split_as_the_model_does(words in proptest::collection::vec(word(), 0..6)) {
        let model = split(&words);
        let mut options = Options::defaults();
        let mut parser = Parser::new(names::OPTIONS);
        let mut end = Ok(words.len());
        for (at, word) in words.iter().enumerate() {
            end = match parser.word(&mut options, word.as_bytes()) {
                Read::Option => continue,
                Read::Program => Ok(at),
                Read::Dashes => Ok(at + 1),
                bad => Err(bad),
            };
            break;
        }
        if end == Ok(words.len()) && parser.end(Read::Option) != Read::Option {
            end = Err(parser.end(Read::Option));
        }

        // The first value that is not accepted ends it; the model knows these.
        let mut expected = Options::defaults();
        let (mut route, mut pause, mut warn, mut wait_all, mut verbose) = (Route::Program, false, false, false, 0);
        let mut rewrites: [u8; 65] = std::array::from_fn(|signal| signal as u8);
        let mut delays = [Time::NONE; 65];
        let (mut graces, mut named) = ([Time::FOREVER; 65], [false; 65]);
        let mut exits: [u8; 256] = std::array::from_fn(|status| status as u8);
        let (mut expected_user, mut directory, mut again) = (None, None, (Some(0), Time::seconds(1)));
        for (letter, value) in &model.said {
            let value = value.as_deref().unwrap_or("");
            let accepted = match letter {
                'c' => { route = Route::Program; true }
                'g' => { route = Route::Group; true }
                'a' => { route = Route::All; true }
                'P' => { pause = true; true }
                'w' => { warn = true; true }
                'W' => { wait_all = true; true }
                'v' => { verbose += 1; true }
                'S' => time(trim(value)).map(|time| expected.sweep = as_time(time)).is_some(),
                't' if value.contains(':') => delay(value).map(|(signal, time)| { graces[signal] = time; named[signal] = true }).is_some(),
                // It holds for all, whatever was said of one before.
                't' => time(trim(value)).map(|time| graces = [as_time(time); 65]).is_some(),
                'e' => {
                    let (from, to) = parts(value).unwrap_or((trim(value), "0"));
                    match (status(from), status(to)) {
                        (Some(from), Some(to)) => { exits[usize::from(from)] = to; true }
                        _ => false,
                    }
                }
                'r' => rewrite(value).map(|(from, to)| rewrites[from] = to).is_some(),
                'd' => delay(value).map(|(signal, time)| delays[signal] = time).is_some(),
                'u' => user(value).map(|said| expected_user = Some(said)).is_some(),
                'C' => { directory = Some(value.to_owned()); !value.is_empty() }
                'R' => restart(value).map(|said| again = said).is_some(),
                'p' => signal(trim(value)).map(|signal| expected.pdeathsig = signal).is_some(),
                'B' => {
                    let ends = [
                        ("poweroff", Action::ShutDown(Shutdown::Poweroff)),
                        ("reboot", Action::ShutDown(Shutdown::Reboot)),
                        ("halt", Action::ShutDown(Shutdown::Halt)),
                        ("respawn", Action::Respawn),
                    ];
                    ends.into_iter().find(|(name, _)| *name == value).map(|(_, action)| expected.boot = Some(action)).is_some()
                }
                _ => true,
            };
            if !accepted {
                prop_assert_eq!(end, Err(Read::Value), "{:?}", words);
                prop_assert_eq!(parser.letter, *letter as u8);
                return Ok(());
            }
        }
        prop_assert_eq!(end, model.end, "{:?}", words);
        prop_assert_eq!(options.route(), if pause { Route::Nobody } else { route });
        prop_assert_eq!(options.wait_all(), wait_all && !pause);
        prop_assert_eq!(options.pause(), pause);
        prop_assert_eq!(options.warn(), warn);
        prop_assert_eq!(options.boot(), expected.boot);
        prop_assert_eq!((options.restart().times, options.restart().after), (again.0.unwrap_or(u32::MAX), again.1));
        let contradicts = [('P', pause), ('B', expected.boot.is_some()), ('W', wait_all)].into_iter().find(|(_, given)| *given);
        prop_assert_eq!(options.contradicts_restart().map(char::from), contradicts.map(|(letter, _)| letter));
        // The init of a machine says what happens.
        let verbose = if expected.boot.is_none() { verbose } else { verbose.max(1) };
        prop_assert!(options.verbose(verbose) && !options.verbose(verbose + 1));
        prop_assert_eq!(options.sweep, expected.sweep);
        prop_assert_eq!(options.pdeathsig, expected.pdeathsig);
        prop_assert_eq!(options.chdir, directory.as_ref().map(|directory| directory.as_bytes()));
        prop_assert_eq!(options.user().map(|(uid, gids)| (uid, gids.to_vec())), expected_user);
        for signal in 1..=64 {
            prop_assert_eq!(options.rewritten(signal), rewrites[usize::from(signal)]);
            prop_assert_eq!(options.delay(signal), delays[usize::from(signal)]);
        }
        let stops = |signal: usize| {
            rewrites[signal] != 0 && (named[signal] || [2, 3, 15].contains(&signal) || [2, 3, 15].contains(&rewrites[signal]))
        };
        let never = |signal: usize| delays[signal] != Time::NONE && graces[signal] != Time::FOREVER && graces[signal] <= delays[signal];
        for signal in 1..=64u8 {
            prop_assert_eq!(options.grace(signal), graces[usize::from(signal)]);
            prop_assert_eq!(options.stops(signal), stops(signal.into()), "{}", signal);
        }
        prop_assert_eq!(options.conflict(), (1..=64).find(|&signal| stops(signal) && never(signal)).map(|signal| signal as u8));
        for status in 0..=255 {
            prop_assert_eq!(options.exit(status), exits[usize::from(status)]);
        }
    }

    #[test]
    fn whatever_is_shown_is_one_line_of_text_and_can_be_read_back(
        text in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            // Well-formed, and cut somewhere.
            ("\\PC{0,20}|[\u{0}-\u{a0}\u{2000}-\u{2070}\u{fe00}-\u{ffff}\\\\x]{0,30}", 0..60usize).prop_map(|(text, end)| {
                let mut bytes = text.into_bytes();
                bytes.truncate(end);
                bytes
            }),
        ]
    ) {
        let mut shown = Vec::new();
        printable::show(&text, &mut |piece| shown.extend(piece));
        let shown = String::from_utf8(shown).unwrap();
        prop_assert!(!shown.contains(|c: char| c.is_control() || (c.is_whitespace() && c != ' ') || "\u{202e}\u{2066}\u{200b}\u{feff}".contains(c)), "{shown:?}");
        let (mut back, mut rest) = (Vec::new(), shown.as_bytes());
        while let [first, behind @ ..] = rest {
            rest = match behind {
                [b'\\', behind @ ..] if *first == b'\\' => { back.push(b'\\'); behind }
                [b'x', a, b, behind @ ..] if *first == b'\\' => {
                    back.push(u8::from_str_radix(std::str::from_utf8(&[*a, *b]).unwrap(), 16).unwrap());
                    behind
                }
                _ => { prop_assert_ne!(*first, b'\\'); back.push(*first); behind }
            };
        }
        prop_assert_eq!(back, text);
    }

    #[test]
    fn any_bytes_are_taken(words in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..12), 0..5)) {
        let mut options = Options::defaults();
        let mut parser = Parser::new(names::OPTIONS);
        for word in &words {
            parser.word(&mut options, word);
            parser.name(&mut [0; 2]);
            parser.is_bundled();
            parser.meant();
        }
    }

    #[test]
    fn times_are_those_of_the_model(text in "[0-9]{0,12}(ms|s|m|h|d|inf)?|\\PC{0,4}") {
        prop_assert_eq!(Time::parse(text.as_bytes()).map(Time::as_milliseconds).map(|time| time.map(u64::from)), time(&text));
    }

    #[test]
    fn numbers_are_those_of_the_model(text in "[0-9]{0,12}|\\PC{0,4}") {
        let expected = text.parse::<u32>().ok().filter(|number| *number != u32::MAX && !text.starts_with('+'));
        prop_assert_eq!(number::parse(text.as_bytes()), expected);
    }

    #[test]
    fn a_signal_is_one_however_it_is_written(signal in 1u8..=64, sig in any::<bool>(), lower in any::<bool>()) {
        prop_assert_eq!(signals::parse(signal.to_string().as_bytes()), Some(signal));
        let name = table::name(signals::NAMES, signal);
        let mut name = match signal {
            34.. => format!("RTMIN+{}", signal - 34),
            32.. => return Ok(()),
            _ => String::from_utf8(name.to_vec()).unwrap(),
        };
        if sig {
            name.insert_str(0, "SIG");
        }
        if lower {
            name.make_ascii_lowercase();
        }
        prop_assert_eq!(signals::parse(name.as_bytes()), Some(signal), "{}", name);
        if signal >= 34 {
            prop_assert_eq!(signals::parse(format!("SIGRTMAX-{}", 64 - signal).as_bytes()), Some(signal));
        }
    }

    #[test]
    fn any_head_of_a_file_is_taken(head in proptest::collection::vec(any::<u8>(), 0..300), elf in any::<bool>()) {
        let mut head = head;
        if elf {
            head.splice(..head.len().min(4), *b"\x7fELF");
        }
        scratch_init::executable::kind(&head);
        scratch_init::executable::loader(&head);
        scratch_init::executable::interpreter(&head);
        scratch_init::executable::fits(&head);
    }
}

fn as_time(time: Option<u64>) -> Time {
    time.map_or(Time::FOREVER, |time| Time::parse(format!("{time}ms").as_bytes()).unwrap())
}
