//! The source has one way down: no file imports from a room above its own, and there is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scratch_init_tests::root;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemExternCrate, ItemMod, ItemUse, Meta, Token, UseTree};

/// The rooms from above to below. Those of one line do not know each other; what stands in none is at the bottom, and any room may
/// import it.
const ROOMS: &[&[&str]] = &[&["main"], &["linux", "life"], &["kernel"], &["attempt", "walk"], &["options"], &["say"]];

/// How deep a module is: the number of its room's line.
fn depth(module: &str) -> usize {
    ROOMS.iter().position(|rooms| rooms.contains(&room(module))).unwrap_or(ROOMS.len())
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// Whether an item is there for tests alone: `cfg(test)` or `cfg(all(test, …))`, and nothing else.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |meta: &Meta| matches!(meta, Meta::Path(path) if path.is_ident("test"));
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg")
            && list.parse_args::<Meta>().is_ok_and(|meta| match &meta {
                Meta::List(all) if all.path.is_ident("all") => {
                    all.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).is_ok_and(|of| of.iter().any(is_test))
                }
                other => is_test(other),
            })
    })
}

/// The files by their modules.
struct Source(BTreeMap<String, Rc<File>>);

impl Source {
    /// That of src/.
    fn read() -> Self {
        let mut files = BTreeMap::new();
        collect(&root().join("src"), "", &mut files);
        Self(files)
    }

    /// With more items in one file.
    fn with(&self, module: &str, more: &str) -> Self {
        let mut files = self.0.clone();
        let mut file = read(&path_of(module));
        file.items.extend(syn::parse_file(more).unwrap().items);
        files.insert(module.to_owned(), Rc::new(file));
        Self(files)
    }

    /// The modules that a file declares.
    fn children(&self, module: &str) -> impl Iterator<Item = String> {
        self.0[module].items.iter().filter_map(|item| match item {
            Item::Mod(declared) if declared.content.is_none() && !is_for_tests(&declared.attrs) => Some(declared.ident.to_string()),
            _ => None,
        })
    }

    /// The root of the crate that a module is in: the program or the library.
    fn crate_of(&self, module: &str) -> &'static str {
        if module == "main" || self.children("main").any(|child| child == room(module)) { "main" } else { "lib" }
    }

    /// The file that the longest part of a path leads to. What is no module of a crate is in the crate's root.
    fn files(&self, path: &[String]) -> Vec<String> {
        for length in (2..=path.len()).rev() {
            let name = path[1..length].join("::");
            if name == "linux::arch" {
                return ["aarch64", "arm", "riscv64", "x86", "x86_64"].map(|arch| format!("linux::{arch}")).to_vec();
            }
            if self.0.contains_key(&name) && self.crate_of(&name) == path[0] {
                return vec![name];
            }
        }
        vec![path[0].clone()]
    }

    /// What each file imports from, and what hides where an import is from.
    fn imports(&self) -> (BTreeMap<String, BTreeSet<String>>, Vec<String>) {
        let (mut all, mut hides) = (BTreeMap::new(), Vec::new());
        for (module, file) in &self.0 {
            let root = self.crate_of(module);
            let mut here = vec![root.to_owned()];
            if module != root {
                here.extend(module.split("::").map(str::to_owned));
            }
            let names = self.children(module).map(|child| (child.clone(), [&here[..], &[child]].concat())).collect();
            let mut imports = Imports { source: self, root, here, names, to: BTreeSet::new(), hides: BTreeSet::new() };
            // A name can be used before the line that imports it.
            let mut known = usize::MAX;
            while known != imports.names.len() {
                known = imports.names.len();
                imports.visit_file(file);
            }
            hides.extend(imports.hides.iter().map(|what| format!("{module} imports {what}")));
            imports.to.remove(module);
            all.insert(module.clone(), imports.to);
        }
        (all, hides)
    }

    /// Everything that is wrong.
    fn faults(&self) -> Vec<String> {
        let (mut left, mut faults) = self.imports();
        for (module, to) in &left {
            for other in to {
                let (above, below) = (depth(module), depth(other));
                let beside = above == below && room(module) != room(other) && above < ROOMS.len();
                if above > below || beside {
                    faults.push(format!("{module} imports {other}"));
                }
            }
        }
        // Whoever imports nobody that is left goes, and whom nobody imports that is left, until none goes.
        let mut count = usize::MAX;
        while count != left.len() {
            count = left.len();
            let imported: BTreeSet<_> = left.values().flatten().cloned().collect();
            left.retain(|module, to| !to.is_empty() && imported.contains(module));
            let modules: BTreeSet<_> = left.keys().cloned().collect();
            left.values_mut().for_each(|to| to.retain(|module| modules.contains(module)));
        }
        if !left.is_empty() {
            faults.push(format!("a circle is among these: {left:?}"));
        }
        faults
    }
}

fn read(path: &Path) -> File {
    syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The file of a module.
fn path_of(module: &str) -> PathBuf {
    let path = root().join("src").join(module.replace("::", "/"));
    if path.is_dir() { path.join("mod.rs") } else { path.with_extension("rs") }
}

fn collect(directory: &Path, module: &str, files: &mut BTreeMap<String, Rc<File>>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = [module, stem].into_iter().filter(|part| !part.is_empty() && *part != "mod").collect::<Vec<_>>().join("::");
        if path.is_dir() {
            collect(&path, &name, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, Rc::new(read(&path)));
        }
    }
}

/// What a file imports. A path from the root of a crate begins with `main` or `lib`.
struct Imports<'a> {
    source: &'a Source,
    /// The root of its crate.
    root: &'static str,
    /// The path of the module that is being read: the file's own, or a module inside of it.
    here: Vec<String>,
    /// The modules that the file knows by a name: those that it declares or imports.
    names: BTreeMap<String, Vec<String>>,
    to: BTreeSet<String>,
    hides: BTreeSet<String>,
}

impl Imports<'_> {
    /// The whole path of a path as it is written; `None` if it leads to no file of this source.
    fn resolve(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let mut whole = match first.as_str() {
            "crate" => vec![self.root.to_owned()],
            "scratch_init" => vec!["lib".to_owned()],
            "self" => self.here.clone(),
            "super" => self.here[..self.here.len() - 1].to_vec(),
            name => self.names.get(name)?.clone(),
        };
        for word in rest {
            match word.as_str() {
                "self" => {}
                "super" => drop(whole.pop()),
                _ => whole.push(word.clone()),
            }
        }
        Some(whole)
    }

    /// Takes in a path as it is written, and returns the whole one.
    fn add(&mut self, path: &[String]) -> Option<Vec<String>> {
        let whole = self.resolve(path)?;
        self.to.extend(self.source.files(&whole));
        Some(whole)
    }

    /// An import under a name.
    fn import(&mut self, path: &[String], name: &syn::Ident) {
        let Some(whole) = self.add(path) else { return };
        if whole.len() == 1 {
            self.hides.insert(format!("a whole crate under the name {name}"));
        } else if self.source.0.contains_key(&whole[1..].join("::")) {
            self.names.insert(name.to_string(), whole);
        }
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |word: &syn::Ident| before.iter().cloned().chain([word.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                let Some(last) = before.last() else { return };
                self.import(before, &syn::Ident::new(last, name.ident.span()));
            }
            UseTree::Name(name) => self.import(&with(&name.ident), &name.ident),
            UseTree::Rename(rename) => self.import(&with(&rename.ident), &rename.rename),
            UseTree::Glob(_) => {
                let Some(whole) = self.add(before) else { return };
                if whole.len() == 1 || self.source.0.contains_key(&whole[1..].join("::")) {
                    self.hides.insert(format!("everything of {}", whole.join("::")));
                }
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(ItemMod { attrs, .. })
            | Item::Use(ItemUse { attrs, .. })
            | Item::ExternCrate(ItemExternCrate { attrs, .. })
            | Item::Fn(syn::ItemFn { attrs, .. })
            | Item::Impl(syn::ItemImpl { attrs, .. }) => attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    /// A module inside of the file: `super` is the file's module there.
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.here.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.here.pop();
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        if item.ident == "self" || item.ident == "scratch_init" {
            self.hides.insert("a whole crate by `extern crate`".to_owned());
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A value or a type is no module, and `self` is a value here.
        if path.segments.len() > 1 {
            self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        }
        visit::visit_path(self, path);
    }

    /// What stands in a macro's words is not known as paths: whatever looks like one is.
    fn visit_macro(&mut self, macro_: &'ast syn::Macro) {
        self.visit_path(&macro_.path);
        let text: String = macro_.tokens.to_string().split_whitespace().flat_map(|word| [word, " "]).collect();
        for text in text.replace(" ::", "::").replace(":: ", "::").split_whitespace() {
            for path in text.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).filter(|path| path.contains("::")) {
                self.add(&path.split("::").map(str::to_owned).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn one_way_down_and_no_circle() {
    let source = Source::read();
    let (imports, _) = source.imports();
    assert!(imports["life"].contains("life::sweep") && imports["linux::kernel"].contains("kernel"), "they are found: {imports:#?}");
    assert!(imports["options::names"].contains("options::names::tini"), "also in a macro");
    assert!(imports["main"].contains("linux") && imports["main"].contains("life"), "also from the program's root");
    assert_eq!(source.faults(), [""; 0]);
}

/// Each of these builds.
#[test]
fn what_goes_another_way_is_found() {
    let source = Source::read();
    let up = "\nfn more() -> u64 { root::life::init::PAUSE }";
    for (module, more, fault) in [
        ("linux::entry", "fn more(stack: Stack) -> u8 { crate::scratch_init_main(stack) }", "linux::entry imports main"),
        ("linux::entry", "use crate::live;", "linux::entry imports main"),
        ("linux::entry", "use super::super::live;", "linux::entry imports main"),
        ("linux::entry", "use scratch_init::{life::init::PAUSE as more, status};", "linux::entry imports life::init"),
        ("linux::entry", "use scratch_init as library;", "linux::entry imports a whole crate under the name library"),
        ("linux::entry", "use super::super::*;", "linux::entry imports everything of main"),
        ("route", &format!("use crate as root;{up}"), "route imports a whole crate under the name root"),
        ("route", &format!("use crate::{{self as root}};{up}"), "route imports a whole crate under the name root"),
        ("route", &format!("use super as root;{up}"), "route imports a whole crate under the name root"),
        ("route", &format!("extern crate self as root;{up}"), "route imports a whole crate by `extern crate`"),
        ("route", "use super::*;\nfn more() -> u64 { life::init::PAUSE }", "route imports everything of lib"),
        ("route", "#[cfg(not(test))] use crate::life::init::PAUSE;", "route imports life::init"),
        ("route", "#[cfg(any(test, unix))] use crate::life::init::PAUSE;", "route imports life::init"),
        ("route", "#[cfg(all(not(test), unix))] use crate::life::init::PAUSE;", "route imports life::init"),
        ("route", "#[cfg(feature = \"test\")] use crate::life::init::PAUSE;", "route imports life::init"),
        ("route", "mod more { use super::super::life::init::PAUSE; }", "route imports life::init"),
        ("route", "fn more() -> u64 { init::PAUSE }\nuse life::init;\nuse crate::life;", "route imports life::init"),
        ("signals", "use crate::route::Route;", "a circle is among these: {\"route\": {\"signals\"}, \"signals\": {\"route\"}}"),
        ("options::preset", "use crate::options;\nfn more() { options::names::preset(b\"\"); }", "a circle is among these: {\"options\":"),
    ] {
        let faults = source.with(module, more).faults();
        assert!(faults.iter().any(|found| found.starts_with(fault)), "{module}: {more}: {faults:?}");
    }
}

#[test]
fn what_goes_down_is_allowed() {
    let source = Source::read();
    for (module, more) in [
        ("main", "use scratch_init::rooms;"),
        ("linux::entry", "use scratch_init::rooms;\nuse crate::linux::vectors::Vectors;\nuse super::call::result;"),
        ("life::sweep", "use crate::{options, rooms};\nfn more() { options::names::preset(b\"\"); }"),
        ("walk", "use crate::rooms;\nmod more { use super::super::rooms; }"),
        ("say", "use crate::rooms as more;"),
        ("route", "use crate::rooms::WALK;\nuse Route::*;"),
        ("route", "#[cfg(test)] use crate::life::init::PAUSE;"),
        ("route", "#[cfg(all(unix, test))] mod more { use crate::life::init::PAUSE; use crate::*; }"),
    ] {
        assert_eq!(source.with(module, more).faults(), [""; 0], "{module}: {more}");
    }
}
