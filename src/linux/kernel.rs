//! The calls of the trait [`Kernel`].

use core::ffi::CStr;

use rustix::fd::BorrowedFd;
use rustix::process::{Pid, getpid, getppid};
use scratch_init::attempt::Attempt;
use scratch_init::kernel::{Child, Kernel, Result, Which};
use scratch_init::options::Options;
use scratch_init::options::boot::Shutdown;
use scratch_init::options::command_line::Arguments;
use scratch_init::proc;
use scratch_init::rooms;
use scratch_init::say::{Line, Say, Text};
use scratch_init::signals::{Batch, Received};

use super::files::File;
use super::files::{close_others, open_console, read_file, stderr, stdout};
use super::path::Path;
use super::process::{become_subreaper, group_of, is_subreaper, now, shrink_stack};
use super::processes::Listing;
use super::signals::{self, Mask};
use super::terminal::{Tty, drop_terminal};
use super::user::has_gained;
use super::{Linux, boot, children, launch, mates};

impl Linux {
    /// Adds a text to a line that goes to `fd`.
    #[inline(never)]
    fn add(&mut self, fd: BorrowedFd<'static>, text: Text, a: &[u8], b: &[u8], number: i32) {
        let at_once = rooms::VERBOSE && self.running;
        let style = if rooms::NAMES { self.style } else { 0 };
        let [unfinished, ..] = &mut self.line[..] else {
            // Nothing is said while the program runs, so its output cannot come between two texts: each is written at once.
            let mut line = Line::new(File { fd, at_once }, at_once);
            line.add(style, text, a, b, number);
            return line.write();
        };
        let line = unfinished.get_or_insert_with(|| Line::new(File { fd, at_once }, at_once));
        line.add(style, text, a, b, number);
        if line.is_over() {
            *unfinished = None;
        }
    }
}

impl Say for Linux {
    fn speak(&mut self, style: u8) {
        self.style = style;
    }

    #[inline(never)]
    fn say(&mut self, text: Text, a: &[u8], number: i32) {
        self.add(stderr(), text, a, b"", number);
    }

    fn say_two(&mut self, text: Text, a: &[u8], b: &[u8], number: i32) {
        self.add(stderr(), text, a, b, number);
    }

    fn answer(&mut self, text: Text) {
        self.add(stdout(), text, b"", b"", 0);
    }
}

impl Arguments for Linux {
    fn count(&self) -> usize {
        self.given.vectors.count()
    }

    fn argument(&self, index: usize) -> &'static [u8] {
        self.given.vectors.argument(index).to_bytes()
    }

    fn bring_forward(&mut self, index: usize, passed: usize) {
        self.given.vectors.bring_forward(index, passed);
    }

    fn variable(&self, name: &[u8]) -> Option<&'static [u8]> {
        self.given.vectors.variable(name).map(CStr::to_bytes)
    }

    fn has_gained(&mut self) -> bool {
        has_gained(&self.given.vectors)
    }
}

impl Kernel for Linux {
    type Terminal = Tty;
    type Processes = Listing;
    type Path = Path;

    fn pid(&self) -> i32 {
        getpid().as_raw_pid()
    }

    fn parent(&mut self) -> i32 {
        Pid::as_raw(getppid())
    }

    fn group_of(&mut self, pid: i32) -> i32 {
        group_of(pid)
    }

    fn block(&mut self) -> Result<()> {
        self.given.mask = Mask::ALL.replace()?;
        Ok(())
    }

    fn listen(&mut self) -> Result<()> {
        self.signalfd = signals::open_queue()?.keep() as usize;
        self.given.chld_ignored = signals::ignore_chld(false);
        self.given.sigpending = if rooms::QUEUE { signals::room().ok() } else { None };
        Ok(())
    }

    fn die_with_parent(&mut self, signal: u8) -> Result<()> {
        signals::at_parents_death(signal)
    }

    fn become_subreaper(&mut self) {
        become_subreaper();
    }

    fn is_subreaper(&mut self) -> bool {
        is_subreaper()
    }

    fn launch(&mut self, options: &Options<'static>, argument: usize, attempt: &mut Attempt<Path>) -> Result<()> {
        launch::launch(self, options, argument, attempt)
    }

    fn let_go(&mut self) {
        close_others(self.signalfd);
        let _ = rustix::process::chdir(c"/");
    }

    fn settle(&mut self) {
        self.running = true;
        if rooms::QUEUE {
            signals::leave_room(self.given.sigpending);
        }
        shrink_stack();
    }

    fn now(&mut self) -> u64 {
        now()
    }

    fn wait(&mut self, time: Option<u64>) -> Option<bool> {
        signals::poll(self.signalfd, time)
    }

    fn read(&mut self, batch: &mut Batch) -> Result<usize> {
        signals::read(self.signalfd, batch)
    }

    fn take(&mut self, signal: u8) -> bool {
        signals::take(signal)
    }

    fn sleep(&mut self, time: u64) {
        signals::sleep(time);
    }

    fn next_child(&mut self, child: &mut Child) -> Result<()> {
        children::next(child)
    }

    fn ended_child(&mut self, which: Which, reap: bool) -> Result<Option<i32>> {
        children::ended(which, reap)
    }

    fn has_child_in(&mut self, group: i32) -> bool {
        children::has_in(group)
    }

    fn trace_stop(&mut self, child: i32) -> (i32, i32) {
        children::trace_stop(child)
    }

    fn detach(&mut self, child: i32, signal: u8) -> bool {
        children::detach(child, signal)
    }

    fn send(&mut self, to: i32, signal: u8) -> Result<()> {
        signals::send(to, signal)
    }

    fn queue(&mut self, received: &Received, to: i32, signal: u8) -> Result<()> {
        signals::queue(received, to, signal)
    }

    fn processes(&mut self) -> Result<Listing> {
        Listing::open(self.pid() as u32)
    }

    fn is_empty(&mut self, group: i32) -> bool {
        signals::is_empty(group)
    }

    fn anybody(&mut self) -> bool {
        signals::anybody()
    }

    fn terminal(&mut self) -> Option<Tty> {
        Tty::find()
    }

    fn drop_terminal(&mut self) -> bool {
        drop_terminal()
    }

    fn is_of_mate(&mut self, group: i32) -> bool {
        mates::is_of_mate(group)
    }

    fn tell_mates(&mut self, key: &Received) {
        mates::tell_mates(key);
    }

    fn stop(&mut self, to: i32, signal: u8) {
        signals::stop(to, signal);
    }

    fn oom_kills(&mut self) -> u32 {
        // A container sees its own cgroup as the root. Only one of the two files is there: cgroup v2 or v1.
        let count = |path: &CStr| read_file(path, &mut [0; 512], 0).map_or(0, proc::oom_kills);
        count(c"/sys/fs/cgroup/memory.events").wrapping_add(count(c"/sys/fs/cgroup/memory/memory.oom_control"))
    }

    fn own_machine(&mut self) -> Result<()> {
        boot::own_machine()
    }

    fn mount(&mut self, place: &CStr, kind: &CStr, data: &CStr) -> Result<()> {
        boot::mount(place, kind, data)
    }

    fn open_console(&mut self) {
        open_console();
    }

    fn sync(&mut self) {
        rustix::fs::sync();
    }

    fn mount_point(&mut self, line: u32, path: &mut Path) -> bool {
        boot::mount_point(line, path)
    }

    fn remount_read_only(&mut self, place: &[u8]) -> Result<()> {
        boot::remount_read_only(place)
    }

    fn shut_down(&mut self, how: Shutdown) {
        boot::shut_down(how);
    }
}
