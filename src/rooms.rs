//! The rooms of this build. Each room is a feature of Cargo.toml, and a constant here: where it is `false`, the compiler removes
//! what only this room needs.

macro_rules! rooms {
    ($($(#[$doc:meta])* $name:ident $feature:literal)*) => {
        $($(#[$doc])* pub const $name: bool = cfg!(feature = $feature);)*

        /// All rooms. Where one is missing, an unknown option may be one of its options.
        pub const FULL: bool = true $(&& $name)*;
    };
}

rooms! {
    /// The sweep: `-S`.
    SWEEP "sweep"
    /// `SCRATCH_INIT_OPTIONS`.
    ENVIRONMENT "environment"
    /// Where signals are forwarded to: `-c`, `-g`, `-a`.
    ROUTE "route"
    /// `-t`
    GRACE "grace"
    /// `-s`
    SUBREAPER "subreaper"
    /// `-h`. (`-V` is in every build with options.)
    HELP "help"
    /// Why the program cannot be executed, as far as execve(2) and its file tell.
    REASON "reason"
    /// `-r`
    REWRITE "rewrite"
    /// `-W`
    WAIT_ALL "wait-all"
    /// `-e`
    EXIT "exit"
    /// What to do about a child that has stopped.
    JOB_CONTROL "job-control"
    /// A signal keeps its value when it is forwarded.
    QUEUE "queue"
    /// Long options, and their values with `=`.
    LONG "long"
    /// `LISTEN_PID`
    LISTEN_PID "listen-pid"
    /// `-d`
    DELAY "delay"
    /// `-u`
    USER "user"
    /// `-C`
    CHDIR "chdir"
    /// `-p`
    PDEATHSIG "pdeathsig"
    /// `-P`
    PAUSE "pause"
    /// `-v`, `-w`
    VERBOSE "verbose"
    /// *All*, without being PID 1: the walk of /proc.
    WALK "walk"
    /// `-B`
    BOOT "boot"
    /// `-R`
    RESTART "restart"
    /// Why the program cannot be executed, in all the words that there are.
    EXPLAIN "explain"
    /// Other inits' names.
    NAMES "names"
}

/// Whether anything has to be done at a certain time.
pub const DEADLINES: bool = SWEEP || GRACE || DELAY || AGAIN;

/// Whether the program can be started again.
pub const AGAIN: bool = BOOT || RESTART;

/// Whether an option has a time for a signal.
pub const TIMES: bool = DELAY || GRACE;

/// Whether a delay may not fit a grace period: then the line names where each of them stands.
pub const CONFLICTS: bool = DELAY && GRACE;

/// Whether it matters which signals the init has sent.
pub const SENT: bool = VERBOSE || JOB_CONTROL;

/// Whether it matters which signals ask for the end.
pub const STOPS: bool = TIMES || PAUSE || VERBOSE || RESTART;

/// Whether it matters that the init has more rights than its caller.
pub const RIGHTS: bool = ENVIRONMENT || USER;

/// Whether a signal can go to all.
pub const ALL: bool = ROUTE || SWEEP || GRACE || WAIT_ALL || AGAIN;

/// Whether there are options at all, besides `--version`.
pub const OPTIONS: bool = DEADLINES
    || ENVIRONMENT
    || ROUTE
    || SUBREAPER
    || HELP
    || REWRITE
    || WAIT_ALL
    || EXIT
    || LONG
    || USER
    || CHDIR
    || PDEATHSIG
    || PAUSE
    || VERBOSE;
