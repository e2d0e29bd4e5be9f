//! Which texts end their line: asked of the program's own texts, once for each.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

use scratch_init::say::{Line, Output, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing is said.
    Empty,
    /// It ends its line.
    Ends,
    /// The line goes on.
    Open,
}

/// Whether anything was written.
struct Said(Cell<bool>);

impl Output for &Said {
    fn write(&self, _: &[u8]) {
        self.0.set(true);
    }

    fn pid(&self) -> i32 {
        1
    }
}

static SHAPES: [[AtomicU8; 256]; 5] = [const { [const { AtomicU8::new(0) }; 256] }; 5];

/// What a text is, in the words of a style.
pub fn shape(style: u8, text: Text) -> Shape {
    let place = &SHAPES[usize::from(style)][text as usize];
    if place.load(Ordering::Relaxed) == 0 {
        let said = Said(Cell::new(false));
        let mut line = Line::new(&said, false);
        line.add(style, text, b"", b"", 0);
        let shape = match (line.is_over(), said.0.get()) {
            (true, false) => 1,
            (true, true) => 2,
            (false, _) => 3,
        };
        place.store(shape, Ordering::Relaxed);
    }
    match place.load(Ordering::Relaxed) {
        1 => Shape::Empty,
        2 => Shape::Ends,
        _ => Shape::Open,
    }
}
