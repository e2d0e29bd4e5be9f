//! The builds: the three that have names, and each room alone on the core.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{build, root, target};

/// The rooms of the middle build, which is to become the default.
pub const MIDDLE: &str = "sweep,environment,route,grace,subreaper,help,reason,rewrite,wait-all,exit";

/// A build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Core,
    Middle,
    Full,
    /// One room on the core.
    Alone(&'static str),
}

/// The three that have names.
pub const NAMED: [Build; 3] = [Build::Core, Build::Middle, Build::Full];

/// The one that is the default: Cargo.toml.
pub fn default() -> Build {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    let (_, list) = manifest.split_once("\ndefault = [").expect("the feature is there");
    let (list, _) = list.split_once(']').expect("the list ends");
    let list: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    let default = [Build::Middle, Build::Full].into_iter().find(|build| build.features().split(',').collect::<BTreeSet<_>>() == list);
    default.unwrap_or_else(|| panic!("neither full nor MIDDLE is the default: {list:?}"))
}

impl Build {
    /// The build of this name.
    pub fn named(name: &str) -> Option<Self> {
        NAMED.into_iter().find(|build| build.name() == name)
    }

    /// The name of its directory.
    fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Middle => "middle",
            Self::Full => "full",
            Self::Alone(room) => room,
        }
    }

    /// Its features, with commas between them.
    pub fn features(self) -> &'static str {
        match self {
            Self::Core => "",
            Self::Middle => MIDDLE,
            Self::Full => "full",
            Self::Alone(room) => room,
        }
    }

    /// The words for cargo.
    pub fn arguments(self) -> [&'static str; 3] {
        ["--no-default-features", "--features", self.features()]
    }

    /// The release file, built once in a run. Cargo keeps what it has compiled, so a file that is up to date costs little.
    pub fn file(self) -> &'static Path {
        static FILES: Mutex<BTreeMap<&str, &'static OnceLock<PathBuf>>> = Mutex::new(BTreeMap::new());
        let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
        let file = *files.entry(self.name()).or_insert_with(|| Box::leak(Box::default()));
        drop(files);
        file.get_or_init(|| self.make())
    }

    fn make(self) -> PathBuf {
        // All builds share one target directory, and cargo puts each at the same place: so one at a time.
        static LOCK: Mutex<()> = Mutex::new(());
        let _one_at_a_time = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let builds = target().join("builds");
        build(&builds, &self.arguments());
        let directory = builds.join(self.name());
        std::fs::create_dir_all(&directory).expect("target/ can be written");
        let file = directory.join("scratch-init");
        // It is renamed: a run of the old file goes on. A copy made by this process could be open in a child of another thread,
        // and not be executable meanwhile.
        let new = directory.join(format!("new-{}", std::process::id()));
        let built = builds.join("release/scratch-init");
        let copied = std::process::Command::new("cp").arg(&built).arg(&new).status();
        assert!(copied.is_ok_and(|status| status.success()), "{built:?} is copied");
        std::fs::rename(new, &file).expect("it was just made");
        file
    }
}
