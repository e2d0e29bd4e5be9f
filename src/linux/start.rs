//! What the kernel put on the stack: the arguments and the environment, execve(2).

use core::cell::Cell;
use core::ffi::{CStr, c_char};
use core::ptr;

use linux_raw_sys::{auxvec, general as k};
use scratch_init::errno::ENOEXEC;
use scratch_init::number::{self, Decimal};

use super::arch;

/// The stack as the kernel left it.
pub struct Stack(*mut usize);

impl Stack {
    /// From the stack pointer at the entry.
    ///
    /// # Safety
    /// `stack` must be that stack pointer, and this the one value that is made of it.
    pub unsafe fn new(stack: *mut usize) -> Self {
        Self(stack)
    }
}

/// The arguments and the environment. They are there as long as the process is.
pub struct Start {
    argc: usize,
    argv: *mut *const c_char,
    /// Room for another setting of this variable, and the one that the init was given.
    listen_pid: [u8; LISTEN_PID.len() + 11],
    given: *const c_char,
    /// Two arguments in whose place `/bin/sh` and a script stand, and where that is.
    replaced: Cell<Option<(*mut *const c_char, [*const c_char; 2])>>,
}

/// The variable that names the process which sockets are meant for.
const LISTEN_PID: &[u8] = b"LISTEN_PID=";

impl Start {
    /// What stands there.
    pub fn new(Stack(stack): Stack) -> Self {
        // SAFETY: argc stands there, and the pointers to the arguments follow it.
        let (argc, argv) = unsafe { (*stack, stack.add(1).cast()) };
        Self { argc, argv, listen_pid: *b"LISTEN_PID=\0\0\0\0\0\0\0\0\0\0\0", given: ptr::null(), replaced: Cell::new(None) }
    }

    /// How many arguments there are, the init's own name included.
    pub fn count(&self) -> usize {
        self.argc
    }

    /// Argument `index`; empty if there are not so many.
    pub fn argument(&self, index: usize) -> &'static CStr {
        if index >= self.argc {
            return c"";
        }
        // SAFETY: it is one of the argc strings that the kernel put there.
        unsafe { CStr::from_ptr(*self.argv.add(index)) }
    }

    /// Puts argument `index` before the `passed` ones that stand before it.
    pub fn bring_forward(&mut self, index: usize, passed: usize) {
        let index = index.min(self.argc);
        for at in (index.saturating_sub(passed)..index).rev() {
            // SAFETY: both are within argv, its NULL included, on our stack, and ours to write.
            unsafe { ptr::swap(self.argv.add(at), self.argv.add(at + 1)) };
        }
    }

    /// The value of the environment variable `name`, which ends with `=`.
    pub fn variable(&self, name: &[u8]) -> Option<&'static CStr> {
        // SAFETY: the slot holds a string that the kernel put there, longer than `name`.
        self.slot(name).map(|slot| unsafe { CStr::from_ptr((*slot).add(name.len())) })
    }

    /// If `LISTEN_PID` names process `from`, makes it name `to`: sd_listen_fds(3) looks whether the
    /// sockets are meant for the very process that it runs in.
    pub fn pass_listen_pid(&mut self, from: u32, to: u32) {
        let Some(slot) = self.slot(LISTEN_PID) else { return };
        // SAFETY: the string in the slot is longer than the name.
        let value = unsafe { CStr::from_ptr((*slot).add(LISTEN_PID.len())) };
        if number::parse(value.to_bytes()) == Some(from) {
            // There are ten digits at the most, so that a NUL stays behind them.
            let number = Decimal::new(to);
            let digits = number.bytes().iter().copied().chain(core::iter::repeat(0));
            for (place, digit) in self.listen_pid[LISTEN_PID.len()..].iter_mut().zip(digits) {
                *place = digit;
            }
            // SAFETY: the slots are on our stack, and ours to write; the new string is there as long
            // as they are in use.
            unsafe {
                self.given = *slot;
                slot.write(self.listen_pid.as_ptr().cast());
            }
        }
    }

    /// Puts back what the child has changed, which has its own copy now or has ended: the next one that is started finds
    /// what the first one found.
    pub fn restore(&mut self) {
        if !self.given.is_null()
            && let Some(slot) = self.slot(LISTEN_PID)
        {
            // SAFETY: as above; that string is the kernel's.
            unsafe { slot.write(self.given) };
        }
        if let Some((slots, arguments)) = self.replaced.take() {
            // SAFETY: the two slots that these were in.
            unsafe { slots.cast::<[*const c_char; 2]>().write(arguments) };
        }
    }

    /// Where the pointer to the variable `name` stands.
    fn slot(&self, name: &[u8]) -> Option<*mut *const c_char> {
        let mut slot = self.environment();
        // SAFETY: a NULL ends the pointers, and before it each is to a string, which is compared
        // no further than its NUL.
        unsafe {
            while !(*slot).is_null() {
                if name.iter().enumerate().all(|(at, &byte)| *(*slot).add(at) as u8 == byte) {
                    return Some(slot);
                }
                slot = slot.add(1);
            }
        }
        None
    }

    /// The pointers to the environment: behind those to the arguments and their NULL.
    fn environment(&self) -> *mut *const c_char {
        // SAFETY: the NULL is there even if argc is 0.
        unsafe { self.argv.add(self.argc + 1) }
    }

    /// Whether the kernel calls this a secure execution, `AT_SECURE` of getauxval(3).
    pub fn is_secure(&self) -> bool {
        let mut slot = self.environment();
        // SAFETY: a NULL ends the pointers to the environment. Behind it stands the auxiliary vector: pairs of a type
        // and a value, of which the last has the type `AT_NULL`.
        unsafe {
            while !(*slot).is_null() {
                slot = slot.add(1);
            }
            let mut entry: *const [usize; 2] = slot.add(1).cast();
            while let [kind, value] = *entry
                && kind != auxvec::AT_NULL as usize
            {
                if kind == auxvec::AT_SECURE as usize {
                    return value != 0;
                }
                entry = entry.add(1);
            }
        }
        false
    }

    /// execve(2) of `path` with the arguments from `index` on. Returns only if it failed, with the errno.
    pub fn execute(&self, path: &CStr, index: usize) -> i32 {
        // SAFETY: `index` is within argv; all of it ends as execve(2) wants it.
        unsafe { execve(path.as_ptr(), self.argv.add(index.min(self.argc)), self.environment()) }
    }

    /// As [`Self::execute`], for a script that has no `#!` line: `/bin/sh path ARG...`, as execvp(3) does.
    ///
    /// The slot before argument `index` is there to be used: the init's own name, or an option.
    pub fn execute_script(&self, path: &CStr, index: usize) -> i32 {
        const SHELL: &CStr = c"/bin/sh";
        let Some(before) = index.checked_sub(1) else { return ENOEXEC };
        // SAFETY: both slots are within argv, on our stack, and ours to write. The parent, whose memory this is, puts
        // them back by `restore` before anybody looks at them.
        unsafe {
            let slots = self.argv.add(before);
            self.replaced.set(Some((slots, [*slots, *slots.add(1)])));
            ptr::write(slots, SHELL.as_ptr());
            ptr::write(slots.add(1), path.as_ptr());
            execve(SHELL.as_ptr(), slots, self.environment())
        }
    }
}

/// execve(2); returns only if it failed, with the errno.
///
/// # Safety
/// A string, and two lists of strings that end with a NULL.
unsafe fn execve(path: *const c_char, argv: *const *const c_char, envp: *const *const c_char) -> i32 {
    // SAFETY: as the caller says.
    let failed = unsafe { arch::syscall(k::__NR_execve, path.expose_provenance(), argv.expose_provenance(), envp.expose_provenance(), 0) };
    -failed as i32
}
