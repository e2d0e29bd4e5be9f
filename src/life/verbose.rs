//! What the init says with `--verbose`: given once, what happens; given twice, also each signal and each reaped process.

use super::init::Init;
use crate::errno;
use crate::kernel::{Child, Kernel};
use crate::number::Decimal;
use crate::say::Text;
use crate::signals::Received;
use crate::status::End;

/// Says a text if `--verbose` was given `level` times.
pub fn note<K: Kernel>(init: &mut Init<K>, level: u8, text: Text, number: i32) {
    if init.options.verbose(level) {
        init.kernel.say(text, b"", number);
    }
}

/// As [`note`], for a text with a word.
pub fn note_of<K: Kernel>(init: &mut Init<K>, level: u8, text: Text, a: &[u8], number: i32) {
    if init.options.verbose(level) {
        init.kernel.say(text, a, number);
    }
}

/// As [`note`], for a text with two numbers.
pub fn note_numbers<K: Kernel>(init: &mut Init<K>, level: u8, text: Text, a: u32, number: i32) {
    if init.options.verbose(level) {
        init.kernel.say(text, Decimal::new(a).bytes(), number);
    }
}

/// Says that a signal could not be sent.
pub fn not_sent<K: Kernel>(init: &mut Init<K>, signal: u8, errno: i32) {
    note_of(init, 1, Text::NotSent, errno::name(errno), signal.into());
}

/// Notes the count of out-of-memory kills just before the program is started.
pub fn starting<K: Kernel>(init: &mut Init<K>) {
    if init.options.verbose(1)
        && let Some(story) = init.story.told()
    {
        story.oom_kills = init.kernel.oom_kills();
    }
}

/// Says how the program ended.
pub fn say_end<K: Kernel>(init: &mut Init<K>, child: &Child, end: End) {
    if !init.options.verbose(1) {
        return;
    }
    let Some(story) = init.story.told() else { return };
    let overdue = core::mem::take(&mut story.overdue);
    let asked = core::mem::replace(&mut story.asked, Received::NONE);
    let pid = Decimal::new(child.pid as u32);
    match end {
        End::Exited(status) => init.kernel.say_two(Text::EndedWith, b"", pid.bytes(), status.into()),
        End::Killed(signal) => {
            let sent = init.sent >> (signal & 63) & 1 != 0;
            init.kernel.say_two(Text::EndedBy, if sent { b"sent" } else { b"not sent" }, pid.bytes(), signal.into());
        }
    }
    let killed = init.kernel.oom_kills().wrapping_sub(story.oom_kills);
    let mut number = |text, number| init.kernel.say(text, b"", number as i32);
    if End::dumped(child.status) {
        number(Text::Dumped, 0);
    }
    if overdue {
        number(Text::Overdue, 0);
    }
    if killed > 0 {
        number(Text::OutOfMemory, killed);
    }
    who_asked(&mut init.kernel, &asked);
    let mut number = |text, number| init.kernel.say(text, b"", number as i32);
    let [user, system] = child.times;
    number(Text::User, user);
    number(Text::System, system);
    number(Text::Peak, child.peak);
    number(Text::Orphans, story.orphans);
}

/// Says which signal asked for the end, and who sent it. Says nothing for [`Received::NONE`].
fn who_asked<K: Kernel>(kernel: &mut K, asked: &Received) {
    if asked.signo != 0 {
        let text = match (asked.pid, asked.code) {
            (_, 1..) => Text::AskedByKernel,
            (0, _) => Text::AskedFromOutside,
            _ => Text::AskedBy,
        };
        kernel.say(text, Decimal::new(asked.pid as u32).bytes(), asked.signo as i32);
    }
}

/// The init ends. Says what caused this, unless the line about the program's end has said it.
pub fn ending<K: Kernel>(init: &mut Init<K>) {
    if init.options.verbose(1)
        && let Some(story) = init.story.told()
        && (story.asked.signo != 0 || story.overdue)
    {
        init.kernel.say(Text::Ending, b"", 0);
        if story.overdue {
            init.kernel.say(Text::Overdue, b"", 0);
        }
        who_asked(&mut init.kernel, &story.asked);
        init.kernel.say(Text::EndOfEnding, b"", 0);
    }
}
