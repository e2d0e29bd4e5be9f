//! What is known of a start of the program, and what is said if it fails.

use crate::errno::{EACCES, EINVAL, ENOENT};
use crate::number::Decimal;
use crate::options::Options;
use crate::options::command_line::Arguments;
use crate::say::{Text, failed};

/// The steps of a start, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// clone(2)
    Clone,
    /// setpgid(2)
    Group,
    /// setgroups(2), setresgid(2) and setresuid(2).
    User,
    /// setgroups(2), where this user namespace denies it: user_namespaces(7).
    Groups,
    /// capset(2)
    Capabilities,
    /// chdir(2)
    Directory,
    /// rt_sigprocmask(2), to set the program's mask.
    Mask,
    /// execve(2)
    Execute,
}

/// Why a program could not be executed, as far as its files show: a text, and the words and the number in that text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The text.
    pub text: Text,
    /// Its first word.
    pub a: &'static [u8],
    /// Its second word; `None` stands for the path of [`Attempt`].
    pub b: Option<&'static [u8]>,
    /// Its number.
    pub number: i32,
}

/// What is known of one start of the program.
#[derive(Debug)]
pub struct Attempt<P> {
    /// The PID of the process that is to become the program, which is also the number of its process group; 0 if there is none.
    pub pid: i32,
    /// The last step that was begun.
    pub step: Step,
    /// Whether the init made the program's process group the terminal's foreground process group.
    pub handed: bool,
    /// Why execve(2) failed, if it failed.
    pub reason: Reason,
    /// The file that the reason is about.
    pub path: P,
}

impl<P: Default> Attempt<P> {
    /// A start that has not begun.
    #[expect(clippy::new_without_default, reason = "only one place makes an `Attempt`")]
    pub fn new() -> Self {
        let reason = Reason { text: Text::Errno, a: b"", b: None, number: 0 };
        Self { pid: 0, step: Step::Clone, handed: false, reason, path: P::default() }
    }
}

impl<P: AsRef<[u8]>> Attempt<P> {
    /// Says why the program, which is argument `program`, was not started.
    pub fn say<A: Arguments>(&self, say: &mut A, options: &Options<'_>, program: usize, errno: i32) {
        let uid = Decimal::new(options.user().map_or(0, |(uid, _)| uid));
        let (text, about) = match self.step {
            Step::Clone => return failed(say, b"clone", errno, b"processes"),
            Step::Group => return failed(say, b"setpgid", errno, b""),
            Step::Mask => return failed(say, b"rt_sigprocmask", errno, b""),
            Step::User if errno == EINVAL => (Text::NotMapped, uid.bytes()),
            Step::User => (Text::NoUser, uid.bytes()),
            Step::Groups => (Text::NoGroups, uid.bytes()),
            Step::Capabilities => (Text::NoDrop, uid.bytes()),
            Step::Directory => (Text::NoDirectory, options.chdir.unwrap_or_default()),
            Step::Execute => (Text::CannotRun, say.argument(program)),
        };
        // Under other names the line also has the PID of the process that failed.
        say.say_two(text, about, Decimal::new(self.pid as u32).bytes(), errno);
        if self.step == Step::Execute {
            let Reason { text, a, b, number } = self.reason;
            // The line names the program already.
            let file = if self.path.as_ref() == about { b"it" } else { self.path.as_ref() };
            say.say_two(text, a, b.unwrap_or(file), number);
        }
    }

    /// The exit status of the init if the program was not started.
    pub fn status(&self, options: &Options<'_>, errno: i32) -> u8 {
        let [not_found, not_permitted, refused] = options.not_executed();
        match errno {
            _ if self.step != Step::Execute => options.failed_status(),
            ENOENT => not_found,
            EACCES => not_permitted,
            _ => refused,
        }
    }
}
