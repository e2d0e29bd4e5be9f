//! What is known of a start of the program, and what is said if it fails.

use crate::errno::{EACCES, EINVAL, ELIBACC, ENOENT, ENOEXEC};
use crate::number::Decimal;
use crate::options::Options;
use crate::rooms;
use crate::say::{Say, Text, failed};

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

impl Reason {
    /// The errno alone.
    pub const fn errno(errno: i32) -> Self {
        Self { text: Text::Errno, a: b"", b: None, number: errno }
    }
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
    /// Why execve(2) failed, if it failed and this is known.
    pub reason: Option<Reason>,
    /// The file that the reason is about.
    pub path: [P; rooms::EXPLAIN as usize],
}

impl<P: Default> Attempt<P> {
    /// A start that has not begun.
    #[expect(clippy::new_without_default, reason = "only one place makes an `Attempt`")]
    pub fn new() -> Self {
        Self { pid: 0, step: Step::Clone, handed: false, reason: None, path: [(); _].map(|()| P::default()) }
    }
}

impl<P: AsRef<[u8]>> Attempt<P> {
    /// Says why the program was not started.
    pub fn say<S: Say>(&self, say: &mut S, options: &Options<'_>, program: &[u8], errno: i32) {
        if rooms::EXPLAIN {
            match self.step {
                Step::Clone => return failed(say, b"clone", errno, b"processes"),
                Step::Group => return failed(say, b"setpgid", errno, b""),
                Step::Mask => return failed(say, b"rt_sigprocmask", errno, b""),
                _ => {}
            }
        }
        let uid = |text, say: &mut S| say.say(text, Decimal::new(options.user().map_or(0, |(uid, _)| uid)).bytes(), errno);
        match self.step {
            Step::User if rooms::USER && errno == EINVAL => return uid(Text::NotMapped, say),
            Step::User if rooms::USER => return uid(Text::NoUser, say),
            Step::Groups if rooms::USER => return uid(Text::NoGroups, say),
            Step::Capabilities if rooms::USER => return uid(Text::NoDrop, say),
            Step::Directory if rooms::CHDIR => return say.say(Text::NoDirectory, options.chdir.unwrap_or_default(), errno),
            _ => {}
        }
        if !rooms::EXPLAIN {
            say.say(Text::CannotRun, program, 0);
            return say.say(self.brief(errno), b"", errno);
        }
        // Under other names the line also has the PID of the process that failed.
        say.say_two(Text::CannotRun, program, Decimal::new(self.pid as u32).bytes(), errno);
        let unknown = Reason::errno(errno);
        let Reason { text, a, b, number } = self.reason.as_ref().unwrap_or(&unknown);
        // The line names the program already.
        let path = self.path.first().map_or(&b""[..], AsRef::as_ref);
        let file = if path == program { b"it" } else { path };
        say.say_two(*text, a, b.unwrap_or(file), *number);
    }

    /// Why the program was not started, as far as the errno alone tells.
    fn brief(&self, errno: i32) -> Text {
        match errno {
            _ if self.step != Step::Execute => Text::Errno,
            ENOENT => Text::Missing,
            ELIBACC if rooms::REASON => Text::NeedsAnother,
            EACCES => Text::Denied,
            ENOEXEC => Text::WrongMachine,
            _ => Text::Errno,
        }
    }

    /// The exit status of the init if the program was not started.
    pub fn status(&self, options: &Options<'_>, errno: i32) -> u8 {
        let [not_found, not_permitted, refused] = options.not_executed();
        match errno {
            _ if self.step != Step::Execute => options.failed_status(),
            // Small builds take ELIBACC for a file that exists, but whose loader or interpreter does not.
            ENOENT | ELIBACC => not_found,
            EACCES => not_permitted,
            _ => refused,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::cell::RefCell;
    use std::string::String;

    use super::*;
    use crate::errno::{EAGAIN, ENOMEM, ENOSYS, EPERM};
    use crate::say::{Line, Output};

    /// Keeps what is said.
    #[derive(Default)]
    struct Said(RefCell<String>);

    impl Output for &Said {
        fn write(&self, bytes: &[u8]) {
            *self.0.borrow_mut() += str::from_utf8(bytes).unwrap();
        }

        fn pid(&self) -> i32 {
            1
        }
    }

    impl Say for Line<&Said> {
        fn speak(&mut self, _: u8) {}

        fn say(&mut self, text: Text, a: &[u8], number: i32) {
            self.add(0, text, a, b"", number);
        }

        fn say_two(&mut self, text: Text, a: &[u8], b: &[u8], number: i32) {
            self.add(0, text, a, b, number);
        }

        fn answer(&mut self, _: Text) {}
    }

    fn said(step: Step, errno: i32, reason: Option<(Reason, &'static str)>) -> String {
        let said = Said::default();
        let mut attempt = Attempt { step, pid: 2, ..Attempt::<&[u8]>::new() };
        if let Some((reason, path)) = reason {
            (attempt.reason, attempt.path) = (Some(reason), [path.as_bytes(); _]);
        }
        attempt.say(&mut Line::new(&said, false), &Options::defaults(), b"program", errno);
        said.0.into_inner()
    }

    #[test]
    #[cfg_attr(not(feature = "full"), ignore = "rooms are missing in this build")]
    fn each_step_has_its_words() {
        use Step::*;
        for (step, errno, words) in [
            (Clone, EAGAIN, "clone: EAGAIN: raise the limit of processes\n"),
            (Clone, ENOMEM, "clone: ENOMEM\n"),
            (Group, EAGAIN, "setpgid: EAGAIN\n"),
            (Group, EPERM, "setpgid: EPERM: is it forbidden by seccomp?\n"),
            (Mask, EACCES, "rt_sigprocmask: EACCES: is it forbidden by seccomp?\n"),
            (Mask, ENOSYS, "rt_sigprocmask: ENOSYS: is it forbidden by seccomp?\n"),
            (User, EINVAL, "this user namespace does not have the user"),
            (User, EPERM, "it takes CAP_SETUID"),
            (Groups, EPERM, "this user namespace denies setgroups(2)"),
            (Groups, EINVAL, "this user namespace denies setgroups(2)"),
            (Capabilities, EPERM, "cannot drop the capabilities for user 0: EPERM"),
            (Directory, ENOENT, "cannot change to directory '': No such file or directory"),
            (Execute, ENOENT, "cannot run 'program'"),
        ] {
            let line = said(step, errno, None);
            assert!(line.contains(words) && line.ends_with('\n') && line.lines().count() == 1, "{step:?} {errno}: {line:?}");
        }
    }

    #[test]
    #[cfg_attr(not(feature = "reason"), ignore = "the room is missing in this build")]
    fn the_errno_alone_tells_some_reasons() {
        for (step, errno, text) in [
            (Step::Execute, ENOENT, Text::Missing),
            (Step::Execute, EACCES, Text::Denied),
            (Step::Execute, ENOEXEC, Text::WrongMachine),
            (Step::Execute, ELIBACC, Text::NeedsAnother),
            (Step::Execute, ENOMEM, Text::Errno),
            (Step::Clone, ENOENT, Text::Errno),
            (Step::Mask, EACCES, Text::Errno),
        ] {
            assert_eq!(Attempt { step, ..Attempt::<&[u8]>::new() }.brief(errno), text, "{step:?} {errno}");
        }
    }

    #[test]
    fn the_status_tells_what_failed() {
        for (step, errno, status) in [
            (Step::Execute, ENOENT, 127),
            (Step::Execute, ELIBACC, 127),
            (Step::Execute, EACCES, 126),
            (Step::Execute, ENOEXEC, 126),
            (Step::Mask, ENOENT, 125),
            (Step::Clone, EAGAIN, 125),
        ] {
            let attempt = Attempt { step, ..Attempt::<&[u8]>::new() };
            assert_eq!(attempt.status(&Options::defaults(), errno), status, "{step:?} {errno}");
        }
    }

    #[test]
    #[cfg_attr(not(feature = "full"), ignore = "rooms are missing in this build")]
    fn the_line_names_a_file_once() {
        let reason = Reason { text: Text::NotFound, a: b"", b: None, number: 0 };
        for (path, b, words) in [
            ("program", None, "not found in it"),
            ("/bin/program", None, "not found in /bin/program"),
            ("program", Some("PATH"), "not found in PATH"),
        ] {
            let line = said(Step::Execute, ENOENT, Some((Reason { b: b.map(str::as_bytes), ..reason }, path)));
            assert!(line.contains(words), "{line:?}");
        }
    }
}
