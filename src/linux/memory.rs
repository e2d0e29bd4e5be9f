//! The memory functions that the compiler calls: there is no libc to provide them.
//!
//! One access in each loop is volatile: otherwise the compiler would turn the loop into a call of the same function.

/// memcpy(3)
///
/// # Safety
/// As memcpy(3).
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    for at in 0..length {
        // SAFETY: both are valid for `length` bytes.
        unsafe { to.add(at).write_volatile(from.add(at).read()) };
    }
    to
}

/// memset(3)
///
/// # Safety
/// As memset(3).
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    for at in 0..length {
        // SAFETY: `to` is valid for `length` bytes.
        unsafe { to.add(at).write_volatile(byte as u8) };
    }
    to
}

/// memcmp(3)
///
/// # Safety
/// As memcmp(3).
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    for at in 0..length {
        // SAFETY: both are valid for `length` bytes.
        let (a, b) = unsafe { (a.add(at).read_volatile(), b.add(at).read()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
    }
    0
}

/// bcmp(3): LLVM calls it where only equality matters.
///
/// # Safety
/// As memcmp(3).
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    // SAFETY: memcmp has the same contract.
    unsafe { memcmp(a, b, length) }
}

/// strlen(3)
///
/// # Safety
/// As strlen(3).
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut length = 0;
    // SAFETY: `text` is valid up to its NUL.
    while unsafe { text.add(length).read_volatile() } != 0 {
        length += 1;
    }
    length
}
