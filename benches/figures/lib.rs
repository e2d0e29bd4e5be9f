//! What the benchmarks measured. A benchmark writes a file of doc/figures; the documents and the pictures are made of these files.

mod charts;
mod documents;

use std::path::{Path, PathBuf};
use std::process::Command;

use toml::{Table, Value};

pub use charts::pictures;
pub use documents::documents;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("benches/figures/ is in the repository")
}

fn file(name: &str) -> PathBuf {
    root().join("doc/figures").join(name).with_extension("toml")
}

/// One table of figures, a file of doc/figures: what was measured, then for whom. The order is that in which they were put in.
pub struct Figures {
    /// On which machine, or with which compiler.
    on: Option<String>,
    /// What the rows are.
    each: String,
    rows: Vec<(String, Table)>,
}

impl Figures {
    pub fn new(each: &str, on: String) -> Self {
        Self { on: Some(on), each: each.to_owned(), rows: Vec::new() }
    }

    pub fn put(&mut self, row: &str, column: &str, value: impl Into<Value>) {
        let at = self.rows.iter().position(|(name, _)| name == row).unwrap_or_else(|| {
            self.rows.push((row.to_owned(), Table::new()));
            self.rows.len() - 1
        });
        self.rows[at].1.insert(column.to_owned(), value.into());
    }

    /// Those that are stored under this name.
    pub fn stored(name: &str) -> Self {
        Self::read(&file(name)).unwrap_or_else(|| panic!("doc/figures has no {name}.toml"))
    }

    /// Those of a file, if it is there.
    pub fn read(file: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(file).ok()?;
        Some(Self::parse(&text).unwrap_or_else(|| panic!("{}: these are no figures", file.display())))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut figures = Self { on: None, each: String::new(), rows: Vec::new() };
        for (key, value) in text.parse::<Table>().ok()? {
            match (&*key, value) {
                ("on", Value::String(on)) => figures.on = Some(on),
                ("each", Value::String(each)) => figures.each = each,
                (_, Value::Table(row)) => figures.rows.push((key, row)),
                _ => return None,
            }
        }
        Some(figures)
    }

    /// Store them, and renew what is made of them. `SCRATCH_INIT_FIGURES` names another directory, for a trial: then it is only the file.
    pub fn store(&self, name: &str) {
        if let Some(directory) = std::env::var_os("SCRATCH_INIT_FIGURES") {
            let file = Path::new(&directory).join(name).with_extension("toml");
            return std::fs::write(file, self.text()).expect("the directory can be written");
        }
        std::fs::write(file(name), self.text()).expect("doc/ can be written");
        renew();
    }

    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.insert("each".to_owned(), Value::from(&*self.each));
        if let Some(on) = &self.on {
            table.insert("on".to_owned(), Value::from(&**on));
        }
        table.extend(self.rows.iter().map(|(name, row)| (name.clone(), Value::from(row.clone()))));
        toml::to_string(&table).expect("the keys are words")
    }

    fn row(&self, row: &str) -> Option<&Table> {
        self.rows.iter().find(|(name, _)| name == row).map(|(_, row)| row)
    }

    /// One of them, as the documents show it.
    pub fn shown(&self, row: &str, column: &str) -> Option<String> {
        self.row(row)?.get(column).map(shown)
    }

    /// One of them.
    pub fn number(&self, row: &str, column: &str) -> Option<f64> {
        match self.row(row)?.get(column)? {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// All columns, each where it comes first.
    fn columns(&self) -> Vec<&str> {
        let mut columns = Vec::new();
        for column in self.rows.iter().flat_map(|(_, row)| row.keys()) {
            if !columns.contains(&&**column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The table in Markdown, and the machine.
    pub fn markdown(&self) -> String {
        let columns = self.columns();
        let mut text = format!("| {} | {} |\n|---|{}\n", self.each, columns.join(" | "), "---:|".repeat(columns.len()));
        for (name, row) in &self.rows {
            let cells: Vec<_> = columns.iter().map(|column| row.get(*column).map_or("–".to_owned(), shown)).collect();
            text += &format!("| {name} | {} |\n", cells.join(" | "));
        }
        if let Some(on) = &self.on {
            text += &format!("\n{on}\n");
        }
        text
    }
}

/// A number with commas between the thousands.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => return text.clone(),
        other => other.to_string(),
    };
    let (whole, fraction) = text.find('.').map_or((&*text, ""), |point| text.split_at(point));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    // Groups of three from the end.
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{sign}{}{fraction}", groups.join(","))
}

/// What a thing adds to something that has it not.
pub fn added(bytes: i64) -> String {
    format!("{}{}", if bytes < 0 { "" } else { "+" }, shown(&Value::Integer(bytes)))
}

/// Draw the pictures, and put the figures into the documents: all from what is stored.
pub fn renew() {
    for (path, text) in pictures().into_iter().chain(documents()) {
        let path = root().join(path);
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// The machine: its processors and its kernel.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).map_or("unknown", |line| line.trim_start_matches(['\t', ':', ' ']));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cpus} × {model}, Linux {}", kernel.split('-').next().unwrap_or_default().trim())
}

/// The architecture and the compiler.
pub fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").current_dir(root()).output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    let words: Vec<_> = version.split(' ').take(2).collect();
    format!("{}, {}", std::env::consts::ARCH, words.join(" "))
}
