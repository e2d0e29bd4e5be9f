//! The pictures: each in two palettes, for light and dark pages.

use std::path::PathBuf;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Figures;

/// The colours of a page that is light or dark: GitHub's. Blue and grey are told apart by everybody.
struct Palette {
    name: &'static str,
    text: RGBColor,
    muted: RGBColor,
    grid: RGBColor,
    /// Our builds, the others, and what is no choice: no init, and a floor.
    ours: RGBColor,
    peer: RGBColor,
    floor: RGBColor,
    /// Of the process trees: what goes wrong, and the backgrounds.
    bad: RGBColor,
    page: RGBColor,
    container: RGBColor,
}

const PALETTES: [Palette; 2] = [
    Palette {
        name: "light",
        text: RGBColor(0x1f, 0x23, 0x28),
        muted: RGBColor(0x59, 0x63, 0x6e),
        grid: RGBColor(0xd1, 0xd9, 0xe0),
        ours: RGBColor(0x09, 0x69, 0xda),
        peer: RGBColor(0x81, 0x8b, 0x98),
        floor: RGBColor(0xb1, 0xba, 0xc4),
        bad: RGBColor(0xbc, 0x4c, 0x00),
        page: RGBColor(0xff, 0xff, 0xff),
        container: RGBColor(0xf6, 0xf8, 0xfa),
    },
    Palette {
        name: "dark",
        text: RGBColor(0xf0, 0xf6, 0xfc),
        muted: RGBColor(0x91, 0x98, 0xa1),
        grid: RGBColor(0x3d, 0x44, 0x4d),
        ours: RGBColor(0x44, 0x93, 0xf8),
        peer: RGBColor(0x7d, 0x85, 0x90),
        floor: RGBColor(0x59, 0x62, 0x6d),
        bad: RGBColor(0xf0, 0x88, 0x3e),
        page: RGBColor(0x0d, 0x11, 0x17),
        container: RGBColor(0x15, 0x1b, 0x23),
    },
];

/// All pictures, by their paths in the repository.
pub fn pictures() -> Vec<(PathBuf, String)> {
    let [peers, latency, stop] = ["peers", "latency", "stop"].map(Figures::stored);
    let mut pictures = Vec::new();
    for palette in &PALETTES {
        for (name, text) in [
            ("size", size(&peers, palette)),
            ("start", start(&peers, palette)),
            ("memory", memory(&peers, palette)),
            ("latency", distribution(&latency, palette)),
            ("trees", trees(&stop, palette)),
        ] {
            pictures.push((PathBuf::from(format!("doc/pictures/{name}-{}.svg", palette.name)), text));
        }
    }
    pictures
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ours,
    Peer,
    Floor,
}

/// A peer's kind, and its name for somebody who knows no other document.
fn known(name: &str) -> (Kind, &str) {
    match name {
        "core" => (Kind::Ours, "scratch-init-core"),
        "default" => (Kind::Ours, "scratch-init"),
        "full" => (Kind::Ours, "scratch-init-full"),
        "no init" | "floor" | "forwarding floor" => (Kind::Floor, name),
        _ => (Kind::Peer, name),
    }
}

const WIDTH: i32 = 720;
/// The height of a row, and of its bar.
const ROW: i32 = 25;
const BAR: i32 = 15;
/// Where the names end and the bars begin, and where the longest ends.
const LEFT: i32 = 160;
const RIGHT: i32 = 590;
/// What is above the first row.
const HEAD: i32 = 62;

/// A picture that is being drawn.
struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    palette: &'a Palette,
}

impl Canvas<'_> {
    fn text(&self, text: &str, (x, y): (i32, i32), size: i32, color: RGBColor, at: HPos, style: FontStyle) {
        // Without a font at hand plotters has sizes of its own: its 1.24 are the SVG's 1.
        let font = FontDesc::new(FontFamily::SansSerif, f64::from(size) * 1.24, style);
        let style = font.color(&color).pos(Pos::new(at, VPos::Center));
        self.area.draw(&Text::new(text, (x, y + 1), style)).expect("it is a string");
    }

    fn line(&self, points: [(i32, i32); 2], color: RGBColor, width: u32) {
        self.area.draw(&PathElement::new(points, color.stroke_width(width))).expect("it is a string");
    }

    fn fill(&self, from: (i32, i32), to: (i32, i32), color: RGBColor) {
        self.area.draw(&Rectangle::new([from, to], color.filled())).expect("it is a string");
    }

    fn head(&self, title: &str, about: &str) {
        self.text(title, (8, 18), 16, self.palette.text, HPos::Left, FontStyle::Bold);
        self.text(about, (8, 40), 12, self.palette.muted, HPos::Left, FontStyle::Normal);
    }

    /// The name of a row, at its middle.
    fn name(&self, kind: Kind, name: &str, y: i32) {
        let (color, style) = match kind {
            Kind::Ours => (self.palette.ours, FontStyle::Bold),
            Kind::Peer => (self.palette.text, FontStyle::Normal),
            Kind::Floor => (self.palette.muted, FontStyle::Italic),
        };
        self.text(name, (LEFT - 10, y), 13, color, HPos::Right, style);
    }

    fn color(&self, kind: Kind) -> RGBColor {
        match kind {
            Kind::Ours => self.palette.ours,
            Kind::Peer => self.palette.peer,
            Kind::Floor => self.palette.floor,
        }
    }
}

fn draw(height: i32, palette: &Palette, draw: impl FnOnce(&Canvas)) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH as u32, height as u32)).into_drawing_area();
        let canvas = Canvas { area, palette };
        draw(&canvas);
        canvas.area.present().expect("it is a string");
    }
    text
}

/// Bars, the shortest first; what stands behind each is its figure, and a remark.
fn bars(figures: &Figures, row: &str, palette: &Palette, title: &str, about: &str, remark: impl Fn(&str) -> &'static str) -> String {
    let columns = figures.columns();
    let mut bars: Vec<_> = columns.into_iter().filter_map(|name| Some((name, figures.number(row, name)?))).collect();
    // That is one program with two options.
    bars.retain(|(name, _)| *name != "dumb-init -c");
    bars.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let longest = bars.last().map_or(1.0, |(_, number)| *number);
    draw(HEAD + ROW * bars.len() as i32 + 6, palette, |canvas| {
        canvas.head(title, about);
        for ((name, number), at) in bars.iter().zip(0..) {
            let ((kind, long), middle) = (known(name), HEAD + ROW * at + ROW / 2);
            let length = (number / longest * f64::from(RIGHT - LEFT)).round().max(1.0) as i32;
            canvas.name(kind, long, middle);
            canvas.fill((LEFT, middle - BAR / 2), (LEFT + length, middle + BAR / 2 + 1), canvas.color(kind));
            let value = format!("{}{}", figures.shown(row, name).expect("it is a number"), remark(name));
            let (color, style) = if kind == Kind::Ours { (palette.ours, FontStyle::Bold) } else { (palette.text, FontStyle::Normal) };
            canvas.text(&value, (LEFT + length + 7, middle), 13, color, HPos::Left, style);
        }
        canvas.line([(LEFT, HEAD), (LEFT, HEAD + ROW * bars.len() as i32)], palette.muted, 1);
    })
}

fn size(peers: &Figures, palette: &Palette) -> String {
    let about = "Bytes, on x86_64. Floor: the least that an init can do, in assembly.";
    let needs = |name: &str| if peers.shown("needs a libc", name).as_deref() == Some("yes") { " + a libc" } else { "" };
    bars(peers, "file (bytes)", palette, "Size of the file", about, needs)
}

fn start(peers: &Figures, palette: &Palette) -> String {
    let about = "Microseconds from start to exit, beyond those without an init. Floor: the least that an init can do, in assembly.";
    bars(peers, "start to exit, over no init (µs)", palette, "What an init adds to a start", about, |_| " µs")
}

fn memory(peers: &Figures, palette: &Palette) -> String {
    let about = "Resident kilobytes while the init waits. Floor: the least that an init can do, in assembly.";
    bars(peers, "resident (kB)", palette, "Memory of the init", about, |_| " kB")
}

/// A box for each init: a half of all signals is in it, and nearly all between the whiskers.
fn distribution(latency: &Figures, palette: &Palette) -> String {
    let at = |name: &str, share: &str| latency.number(name, share).unwrap_or_else(|| panic!("{name} has no {share}"));
    let end = latency.rows.iter().map(|(name, _)| at(name, "95 %")).fold(1.0, f64::max);
    // A step of the axis: about six of them are to be seen.
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0].into_iter().find(|step| end / step <= 6.5).unwrap_or(1000.0);
    let x = |time: f64| LEFT + (time / end * f64::from(RIGHT - LEFT)).round() as i32;
    let bottom = HEAD + ROW * latency.rows.len() as i32;
    draw(bottom + 26, palette, |canvas| {
        canvas.head(
            "From a signal to the program's handler",
            "Microseconds. A half of all signals is within the box, 90 % are between the whiskers. The number is the median.",
        );
        for tick in (0..).map(|tick| f64::from(tick) * step).take_while(|tick| *tick <= end) {
            canvas.line([(x(tick), HEAD), (x(tick), bottom + 4)], palette.grid, 1);
            canvas.text(&format!("{tick} µs"), (x(tick), bottom + 14), 12, palette.muted, HPos::Center, FontStyle::Normal);
        }
        for ((name, _), row) in latency.rows.iter().zip(0..) {
            let ((kind, long), middle) = (known(name), HEAD + ROW * row + ROW / 2);
            let [low, first, median, third, high] = ["5 %", "25 %", "50 %", "75 %", "95 %"].map(|share| x(at(name, share)));
            canvas.name(kind, long, middle);
            canvas.line([(low, middle), (high, middle)], canvas.color(kind), 2);
            for whisker in [low, high] {
                canvas.line([(whisker, middle - 4), (whisker, middle + 4)], canvas.color(kind), 2);
            }
            canvas.fill((first, middle - BAR / 2), (third.max(first + 2), middle + BAR / 2 + 1), canvas.color(kind));
            canvas.line([(median, middle - BAR / 2), (median, middle + BAR / 2 + 1)], palette.page, 2);
            let (color, style) = if kind == Kind::Ours { (palette.ours, FontStyle::Bold) } else { (palette.text, FontStyle::Normal) };
            canvas.text(&format!("{} µs", at(name, "50 %").round()), (RIGHT + 12, middle), 13, color, HPos::Left, style);
        }
    })
}

/// The processes of a container, without an init and with it: trees.svg, with colours and figures for the words in braces. The two bars are
/// times of `docker stop`, on one scale.
fn trees(stop: &Figures, palette: &Palette) -> String {
    const BAR: f64 = 340.0;
    let row = "`docker stop`, median (s)";
    let [without, with] = ["without an init", "with scratch-init"].map(|way| stop.number(row, way).expect("both were measured"));
    let [status, other] = ["without an init", "with scratch-init"].map(|way| stop.shown("exit status", way).expect("both were measured"));
    let color = |RGBColor(red, green, blue)| format!("#{red:02x}{green:02x}{blue:02x}");
    let words = [
        ("{text}", color(palette.text)),
        ("{muted}", color(palette.muted)),
        ("{line}", color(palette.grid)),
        ("{ours}", color(palette.ours)),
        ("{bad}", color(palette.bad)),
        ("{page}", color(palette.page)),
        ("{container}", color(palette.container)),
        ("{without}", format!("{without:.0}")),
        ("{with}", format!("{:.1}", (with * 10.0).ceil() / 10.0)),
        ("{width}", format!("{:.1}", (BAR * with / without).max(2.0))),
        ("{killed}", status),
        ("{ended}", other),
    ];
    words.into_iter().fold(include_str!("trees.svg").to_owned(), |text, (word, with)| text.replace(word, &with))
}
