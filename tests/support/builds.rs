//! The builds: the three that have names, and each room alone on the core.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{build, target};

/// A build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Core,
    /// The default, as cargo makes it where nothing is said.
    Middle,
    Full,
    /// The default, and the three options that would come next.
    Wider,
    /// One room on the core.
    Alone(&'static str),
}

/// The three that have names.
pub const NAMED: [Build; 3] = [Build::Core, Build::Middle, Build::Full];

impl Build {
    /// What a release calls the file of one that has a name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Core => "scratch-init-core",
            Self::Middle => "scratch-init",
            Self::Full => "scratch-init-full",
            Self::Wider | Self::Alone(_) => panic!("no release has {self:?}"),
        }
    }

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
            Self::Wider => "wider",
            Self::Alone(room) => room,
        }
    }

    /// Its features in Cargo.toml.
    pub fn features(self) -> Vec<&'static str> {
        match self {
            Self::Core => vec![],
            Self::Middle => vec!["default"],
            Self::Full => vec!["full"],
            Self::Wider => vec!["default", "rewrite", "wait-all", "exit"],
            Self::Alone(room) => vec![room],
        }
    }

    /// The words for cargo.
    pub fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Core => vec!["--no-default-features"],
            Self::Middle => vec![],
            Self::Full => vec!["--features", "full"],
            Self::Wider => vec!["--features", "rewrite,wait-all,exit"],
            Self::Alone(room) => vec!["--no-default-features", "--features", room],
        }
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
        let built = builds.join("release/scratch-init");
        let bytes = |path: &Path| std::fs::read(path).ok();
        if bytes(&file) == bytes(&built) {
            return file;
        }
        // It is renamed: a run of the old file goes on. A copy made by this process could be open in a child of another thread,
        // and not be executable meanwhile.
        let new = directory.join(format!("new-{}", std::process::id()));
        let copied = std::process::Command::new("cp").arg(&built).arg(&new).status();
        assert!(copied.is_ok_and(|status| status.success()), "{built:?} is copied");
        std::fs::rename(new, &file).expect("it was just made");
        file
    }
}
