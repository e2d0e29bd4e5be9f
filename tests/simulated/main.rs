//! Whole lives of the init over a simulated kernel.
//!
//! A life is told by its scenario alone. `SCRATCH_INIT_LIVES` is how many random ones are lived; `SCRATCH_INIT_SEED` is the
//! number of one of them, which is printed with all its calls.

mod agree;
mod check;
mod kernel;
mod policy;
mod random;
mod scenario;
mod scenarios;
mod texts;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use kernel::{Entry, simulate};
use scenario::{Called, Fault, Scenario, Times};

/// Lives it twice, and says what is wrong.
fn judge(scenario: &Scenario, log: &mut Vec<Entry>, twice: bool) -> Result<check::Rules, String> {
    log.clear();
    let lived = catch_unwind(AssertUnwindSafe(|| simulate(scenario, std::mem::take(log))));
    let Ok(life) = lived else { return Err("it panics".into()) };
    let verdict = catch_unwind(AssertUnwindSafe(|| check::check(scenario, &life))).unwrap_or_else(|_| Err("the check panics".into()));
    if twice && verdict.is_ok() {
        let again = simulate(scenario, Vec::new());
        if again.log != life.log {
            return Err("the same life is another one the second time".into());
        }
    }
    *log = life.log;
    verdict
}

/// The calls of a life, for a person to read.
fn calls(scenario: &Scenario) -> String {
    let Ok(life) = catch_unwind(AssertUnwindSafe(|| simulate(scenario, Vec::new()))) else { return String::new() };
    let line = |(at, entry): (usize, &Entry)| format!("{at:4} {:>9} us  {:?}\n", entry.at / 1000 - 1_000_000, entry.call);
    let mut text: String = life.log.iter().take(400).enumerate().map(line).collect();
    text.push_str(&format!("{:?}\n", life.outcome));
    text
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Random lives, on all processors.
#[test]
fn random_lives() {
    let count = number("SCRATCH_INIT_LIVES").unwrap_or(20_000);
    if let Some(seed) = number("SCRATCH_INIT_SEED") {
        return report(seed);
    }
    let next = AtomicU64::new(0);
    // The first seeds that fail, and how.
    let failed: Mutex<BTreeMap<u64, String>> = Mutex::default();
    let enough = AtomicBool::new(false);
    let rules: Mutex<check::Rules> = Mutex::default();
    let lives = || {
        let mut log = Vec::new();
        let mut used = check::Rules::default();
        loop {
            let from = next.fetch_add(100, Ordering::Relaxed);
            if from >= count || enough.load(Ordering::Relaxed) {
                return rules.lock().unwrap().iter_mut().zip(used).for_each(|(rule, used)| *rule += used);
            }
            for seed in from..count.min(from + 100) {
                let scenario = random::tree(seed).current();
                match judge(&scenario, &mut log, seed % 50 == 0) {
                    Ok(rules) => used.iter_mut().zip(rules).for_each(|(used, rule)| *used += rule),
                    Err(what) => {
                        let mut failed = failed.lock().unwrap();
                        failed.insert(seed, kind(&what));
                        enough.store(failed.len() >= FAILURES, Ordering::Relaxed);
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(lives);
        }
    });
    let failed = failed.into_inner().unwrap();
    let Some((seed, _)) = failed.first_key_value() else {
        // Or the lives would show less than they seem to.
        let rules = rules.into_inner().unwrap();
        println!("signals by the rule that took them: {rules:?}");
        assert!(count < 20_000 || rules.iter().all(|&count| count > 0), "a rule that no life came to: {rules:?}");
        return;
    };
    for (seed, kind) in &failed {
        println!("seed {seed}: {kind}");
    }
    report(*seed);
}

/// No more lives are lived when so many have failed.
const FAILURES: usize = 20;

/// Tells the life of a seed; if something is wrong with it, that of a smaller scenario.
fn report(seed: u64) {
    let scenario = random::tree(seed).current();
    let Err(what) = judge(&scenario, &mut Vec::new(), true) else {
        return println!("seed {seed}\n{scenario}\n{}", calls(&scenario));
    };
    let same = |other: String| kind(&other) == kind(&what);
    let small = random::shrink(seed, |scenario| judge(scenario, &mut Vec::new(), false).err().is_some_and(same));
    let why = judge(&small, &mut Vec::new(), true).err().unwrap_or_default();
    panic!("SCRATCH_INIT_SEED={seed}: {what}\n\nmade smaller: {why}\n\n{small}\n{}\n{small:?}", calls(&small));
}

/// What is wrong, without where and with whom.
fn kind(what: &str) -> String {
    let what = what.split_once(" us: ").map_or(what, |(_, what)| what);
    let what = what.split_once(':').map_or(what, |(what, _)| what);
    what.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// What is wrong with a scenario, as a text that tells all of it.
fn told(name: &str, scenario: &Scenario) -> Option<String> {
    let what = judge(scenario, &mut Vec::new(), true).err()?;
    Some(format!("{name}: {what}\n\n{scenario}\n{}", calls(scenario)))
}

#[test]
fn scenarios_by_hand() {
    for (name, scenario) in scenarios::all() {
        if let Some(text) = told(name, &scenario) {
            panic!("{text}");
        }
    }
}

/// Each call of each scenario fails: at its nth time, once, twice or from then on, by some errnos.
#[test]
fn every_single_fault() {
    let mut tasks = Vec::new();
    for (name, scenario) in scenarios::all() {
        let counts = simulate(&scenario, Vec::new()).counts;
        for call in Called::ALL {
            for nth in 1..=counts[call as usize].min(40) {
                tasks.push((name, scenario.clone(), call, nth));
            }
        }
    }
    let next = AtomicU64::new(0);
    let bad: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let lives = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mut log = Vec::new();
                while let Some((name, scenario, call, nth)) = tasks.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    let mut scenario = scenario.clone();
                    for times in [Times::Once, Times::Twice, Times::FromThenOn] {
                        for errno in [1, 4, 11, 12, 38] {
                            scenario.faults = vec![Fault { call: *call, nth: *nth, errno, times }];
                            lives.fetch_add(1, Ordering::Relaxed);
                            if judge(&scenario, &mut log, false).is_err()
                                && let Some(text) = told(name, &scenario)
                            {
                                bad.lock().unwrap().push(text);
                            }
                        }
                    }
                    if bad.lock().unwrap().len() > 20 {
                        return;
                    }
                }
            });
        }
    });
    let bad = bad.into_inner().unwrap();
    println!("{} lives", lives.into_inner());
    assert!(bad.is_empty(), "{} lives with a fault:\n{}", bad.len(), bad[0]);
}
