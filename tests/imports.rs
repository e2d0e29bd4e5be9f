//! The source has one way down: no file imports from a room above its own, and there is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use scratch_init_tests::root;
use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, Meta, UseTree};

/// The rooms from above to below. Those of one line do not know each other; what stands in none is at the bottom, and any room may
/// import it.
const ROOMS: &[&[&str]] = &[&["main"], &["linux", "life"], &["kernel"], &["attempt", "walk"], &["options"], &["say"]];

/// How deep a module is: the number of its room's line.
fn depth(module: &str) -> usize {
    let room = module.split("::").next().unwrap();
    ROOMS.iter().position(|rooms| rooms.contains(&room)).unwrap_or(ROOMS.len())
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// Whether an item is there for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
    })
}

/// What a file imports, as paths from the crate's root.
struct Imports<'a> {
    /// The file's own module.
    module: &'a str,
    /// The modules that it declares.
    children: BTreeSet<String>,
    paths: BTreeSet<Vec<String>>,
}

impl Imports<'_> {
    /// Takes in a path as it is written.
    fn add(&mut self, path: &[String]) {
        let own = || self.module.split("::").map(str::to_owned).collect::<Vec<_>>();
        let Some(first) = path.first() else { return };
        let mut from = match first.as_str() {
            "crate" | "scratch_init" => vec![],
            "self" => own(),
            "super" => own(),
            child if self.children.contains(child) => own(),
            _ => return,
        };
        let mut rest = path;
        if self.module == "main" || self.module == "lib" {
            from.clear();
        }
        while let [word, behind @ ..] = rest
            && matches!(word.as_str(), "crate" | "scratch_init" | "self" | "super")
        {
            if word == "super" {
                from.pop();
            }
            rest = behind;
        }
        from.extend(rest.iter().cloned());
        self.paths.insert(from);
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |word: &syn::Ident| before.iter().cloned().chain([word.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.add(&with(&name.ident)),
            UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            UseTree::Glob(_) => self.add(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(ItemMod { attrs, .. })
            | Item::Use(ItemUse { attrs, .. })
            | Item::Fn(syn::ItemFn { attrs, .. })
            | Item::Impl(syn::ItemImpl { attrs, .. }) => attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    /// What stands in a macro's words is not known as paths: whatever looks like one is.
    fn visit_macro(&mut self, macro_: &'ast syn::Macro) {
        let text: String = macro_.tokens.to_string().split_whitespace().flat_map(|word| [word, " "]).collect();
        for text in text.replace(" ::", "::").replace(":: ", "::").split_whitespace() {
            for path in text.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).filter(|path| path.contains("::")) {
                self.add(&path.split("::").map(str::to_owned).collect::<Vec<_>>());
            }
        }
    }
}

/// Each file of src/ by its module, and the modules that it imports from.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = BTreeMap::new();
    collect(&root().join("src"), "", &mut files);
    let of_arch = ["aarch64", "arm", "riscv64", "x86", "x86_64"].map(|arch| format!("linux::{arch}"));
    let mut all = BTreeMap::new();
    for (module, file) in &files {
        let declared = |item: &Item| match item {
            Item::Mod(declared) if declared.content.is_none() && !is_for_tests(&declared.attrs) => Some(declared.ident.to_string()),
            _ => None,
        };
        let children = file.items.iter().filter_map(declared).collect();
        let mut imports = Imports { module, children, paths: BTreeSet::new() };
        imports.visit_file(file);
        let mut to = BTreeSet::new();
        for path in &imports.paths {
            // The longest part of it that is a file.
            let found = (1..=path.len()).rev().map(|length| path[..length].join("::")).find_map(|name| {
                if name == "linux::arch" {
                    return Some(of_arch.to_vec());
                }
                files.contains_key(&name).then(|| vec![name])
            });
            to.extend(found.unwrap_or_default());
        }
        to.remove(module);
        all.insert(module.clone(), to);
    }
    all
}

fn collect(directory: &Path, module: &str, files: &mut BTreeMap<String, File>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = [module, stem].into_iter().filter(|part| !part.is_empty() && *part != "mod").collect::<Vec<_>>().join("::");
        if path.is_dir() {
            collect(&path, &name, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap());
        }
    }
}

#[test]
fn no_room_imports_from_above() {
    let imports = imports();
    assert!(imports["life"].contains("life::sweep") && imports["linux::kernel"].contains("kernel"), "they are found: {imports:#?}");
    assert!(imports["options::names"].contains("options::names::tini"), "also in a macro");
    for (module, to) in &imports {
        for other in to {
            let (above, below) = (depth(module), depth(other));
            let beside = above == below && room(module) != room(other) && above < ROOMS.len();
            assert!(above <= below && !beside, "{module} imports {other}");
        }
    }
}

#[test]
fn no_circle() {
    let mut left = imports();
    // Whoever imports nobody that is left goes, until nobody is left.
    loop {
        let done: BTreeSet<_> = left.iter().filter(|(_, to)| to.is_empty()).map(|(module, _)| module.clone()).collect();
        if done.is_empty() {
            break;
        }
        left.retain(|module, _| !done.contains(module));
        for to in left.values_mut() {
            to.retain(|module| !done.contains(module));
        }
    }
    assert!(left.is_empty(), "a circle is among these: {left:#?}");
}
