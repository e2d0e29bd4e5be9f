//! The arguments, the environment and the auxiliary vector, where the kernel put them on the stack: execve(2).

use core::ffi::{CStr, c_char};
use core::ptr;

use linux_raw_sys::{auxvec, general as k};
use rustix::process::{Pid, getpid, getppid};
use scratch_init::number::{self, Decimal};
use scratch_init::rooms;

use super::arch;

/// The stack as the kernel left it.
pub struct Stack(*mut usize);

impl Stack {
    /// The stack at the entry of the process.
    ///
    /// # Safety
    /// `stack` must be the stack pointer at the entry. Only one `Stack` may be made of it.
    pub unsafe fn new(stack: *mut usize) -> Self {
        Self(stack)
    }
}

/// The place of a pointer to an argument or a variable, on the init's own stack.
type Slot = *mut *const c_char;

/// The argument vector, the environment and the auxiliary vector. They stay in memory until the process ends.
///
/// The child has a copy, and changes what both point to. The init waits meanwhile, so the two never use it at the same time.
#[derive(Clone, Copy)]
pub struct Vectors {
    argc: usize,
    argv: Slot,
    /// Room for the variable `LISTEN_PID` with the program's PID.
    listen_pid: [u8; if rooms::LISTEN_PID { LISTEN_PID.len() + 11 } else { 0 }],
    /// What was changed, where the program can be started again: slots, and the pointers that were there. `LISTEN_PID`, and two
    /// arguments. (Otherwise nothing is put back: after the start nobody reads the variables, nor an argument by its index.)
    changed: [Option<(Slot, *const c_char)>; if rooms::AGAIN { 3 } else { 0 }],
}

/// The variable with the PID of the process that inherited sockets are meant for.
const LISTEN_PID: &[u8] = b"LISTEN_PID=";

impl Vectors {
    /// Finds the arguments and the environment on the stack.
    pub fn new(Stack(stack): Stack) -> Self {
        // SAFETY: the stack begins with argc, and the pointers to the arguments follow it.
        let (argc, argv) = unsafe { (*stack, stack.add(1).cast()) };
        Self { argc, argv, listen_pid: [0; _], changed: [None; _] }
    }

    /// How many arguments there are, the init's own name included.
    pub fn count(&self) -> usize {
        self.argc
    }

    /// Argument `index`; empty if there are fewer.
    pub fn argument(&self, index: usize) -> &'static CStr {
        if index >= self.argc {
            return c"";
        }
        // SAFETY: the pointer is to one of the argc strings that the kernel put on the stack.
        unsafe { CStr::from_ptr(*self.argv.add(index)) }
    }

    /// Moves argument `index` forward by `passed` places: the `passed` arguments before it move back by one.
    pub fn bring_forward(&mut self, index: usize, passed: usize) {
        let index = index.min(self.argc);
        for at in (index.saturating_sub(passed)..index).rev() {
            // SAFETY: both are within argv, its NULL included, on the init's own stack, and may be written.
            unsafe { ptr::swap(self.argv.add(at), self.argv.add(at + 1)) };
        }
    }

    /// The value of the environment variable `name`, which ends with `=`.
    pub fn variable(&self, name: &[u8]) -> Option<&'static CStr> {
        // SAFETY: the slot points to a string of the kernel's that begins with `name`.
        self.slot(name).map(|slot| unsafe { CStr::from_ptr((*slot).add(name.len())) })
    }

    /// In the child: if `LISTEN_PID` is the init's PID, changes it to the child's: sd_listen_fds(3) accepts sockets only if the variable
    /// is the PID of its own process.
    pub fn pass_listen_pid(&mut self) {
        let Some(slot) = self.slot(LISTEN_PID) else { return };
        // SAFETY: the string that the slot points to begins with the name.
        let value = unsafe { CStr::from_ptr((*slot).add(LISTEN_PID.len())) };
        if number::parse(value.to_bytes()) == Some(Pid::as_raw(getppid()) as u32) {
            // A number has at most ten digits, so a NUL always follows them.
            let number = Decimal::new(getpid().as_raw_pid() as u32);
            for (place, byte) in self.listen_pid.iter_mut().zip(LISTEN_PID.iter().chain(number.bytes())) {
                *place = *byte;
            }
            let new = self.listen_pid.as_ptr().cast();
            // SAFETY: a slot; the new string lives as long as the slot is in use.
            unsafe { self.change(0, slot, new) };
        }
    }

    /// Undoes the changes that the child made in the shared memory. The child has a copy by now, or has ended. So each start
    /// finds what the first one found.
    pub fn restore(&mut self) {
        for changed in &mut self.changed {
            if let Some((slot, given)) = changed.take() {
                // SAFETY: `change` found this pointer there.
                unsafe { slot.write(given) };
            }
        }
    }

    /// Changes a slot; [`restore`](Self::restore) undoes this. `number` is that of the change.
    ///
    /// # Safety
    /// `slot` must be one of argv or of the environment, or argc's. `new` must point to a string that lives until the slot is changed
    /// again or no longer read.
    unsafe fn change(&mut self, number: usize, slot: Slot, new: *const c_char) {
        // SAFETY: the slot is on the init's own stack, so it may be read and written.
        unsafe {
            if let Some(changed) = self.changed.get_mut(number) {
                *changed = Some((slot, *slot));
            }
            slot.write(new);
        }
    }

    /// The slot with the pointer to the variable `name`.
    fn slot(&self, name: &[u8]) -> Option<Slot> {
        let mut slot = self.environment();
        // SAFETY: a NULL ends the pointers. Each pointer before it is to a string, which is read no further than its NUL.
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

    /// The pointers to the environment. They follow the pointers to the arguments and a NULL.
    fn environment(&self) -> Slot {
        // SAFETY: the NULL is there even if argc is 0.
        unsafe { self.argv.add(self.argc + 1) }
    }

    /// Whether the kernel reports a secure execution: `AT_SECURE` of getauxval(3).
    pub fn is_secure(&self) -> bool {
        let mut slot = self.environment();
        // SAFETY: a NULL ends the pointers to the environment. The auxiliary vector follows: pairs of a type and a value. The
        // last pair has the type `AT_NULL`.
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

    /// execve(2) of `path` with the arguments from `index` on, which is not 0. A script without a `#!` line is executed as execvp(3)
    /// does it: `/bin/sh path ARG...`. Returns only if it failed, with the errno.
    ///
    /// The slot before argument `index` can be overwritten: it holds the init's own name or an option.
    pub fn execute(&mut self, path: &CStr, index: usize, script: bool) -> i32 {
        const SHELL: &CStr = c"/bin/sh";
        let mut file = path.as_ptr();
        // SAFETY: `index` is within argv, its NULL included, and argc stands before argv: so both slots are on the init's own stack.
        // A NULL ends both lists, as execve(2) needs it.
        let failed = unsafe {
            let mut slots = self.argv.add(index.min(self.argc));
            if script {
                self.change(1, slots, file);
                slots = slots.sub(1);
                file = SHELL.as_ptr();
                self.change(2, slots, file);
            }
            arch::syscall(k::__NR_execve, file.expose_provenance(), slots.expose_provenance(), self.environment().expose_provenance(), 0)
        };
        -failed as i32
    }
}
