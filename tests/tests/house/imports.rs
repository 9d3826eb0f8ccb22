//! The imports of the files of a crate from each other: a reader of `use`, `mod` and of paths, no more than that.
//!
//! A path is followed through re-exports to the file that has the item, so that a `mod.rs` that only declares and
//! re-exports is nobody's import. Methods have no path, and code under `#[cfg(test)]` does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The name of a module within its crate; the root's is empty.
type Name = Vec<String>;

/// From each file to the files that it imports from, with one path by which it does.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// A module in a file of its own.
#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// The items that the file itself has.
    items: BTreeSet<String>,
    /// The names that `use` brings, and the paths that they stand for.
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// All paths in the file.
    paths: BTreeSet<Vec<String>>,
}

/// Reads the crate, or the module of one, whose sources lie in `folder`.
pub(crate) fn imports(folder: &Path) -> Imports {
    let root = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name)).into_iter().find(|path| path.exists());
    let root = root.unwrap_or_else(|| panic!("{} has no lib.rs, main.rs or mod.rs", folder.display()));
    let mut modules = BTreeMap::new();
    read(&root, folder, Name::new(), &mut modules);
    let mut imports = Imports::new();
    for (name, module) in &modules {
        let from = imports.entry(module.file.clone()).or_default();
        for path in &module.paths {
            if let Some(file) = home(&modules, name, path, 0).filter(|file| *file != module.file) {
                from.entry(file).or_insert_with(|| path.join("::"));
            }
        }
    }
    imports
}

fn read(file: &Path, root: &Path, name: Name, modules: &mut BTreeMap<Name, Module>) {
    let source = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let mut reader = Reader { tokens: tokens(&source), at: 0, module: Module { file: shown, ..Module::default() } };
    reader.read();
    let below = match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") => file.with_file_name(""),
        _ => file.with_extension(""),
    };
    for child in &reader.module.children {
        let places: [PathBuf; 2] = [below.join(format!("{child}.rs")), below.join(child).join("mod.rs")];
        let place = places.iter().find(|p| p.exists());
        let place = place.unwrap_or_else(|| panic!("{}: no file of mod {child}", file.display()));
        read(place, root, [name.as_slice(), std::slice::from_ref(child)].concat(), modules);
    }
    modules.insert(name, reader.module);
}

/// The file that has the item which `path` means in the module `within`; `None` if it lies elsewhere.
fn home(modules: &BTreeMap<Name, Module>, within: &[String], path: &[String], depth: usize) -> Option<String> {
    // Names of two modules may stand for each other.
    if depth > 20 {
        return None;
    }
    let mut within = within.to_vec();
    for (i, word) in path.iter().enumerate() {
        let module = modules.get(&within)?;
        match word.as_str() {
            "crate" if i == 0 => within.clear(),
            "self" if i == 0 => {}
            "super" => drop(within.pop()?),
            _ if module.children.contains(word) => within.push(word.clone()),
            _ if module.items.contains(word) => return Some(module.file.clone()),
            _ => {
                let rest = &path[i + 1..];
                let follow = |to: &Vec<String>, rest: &[String]| {
                    home(modules, &within, &[to.as_slice(), rest].concat(), depth + 1)
                };
                return match module.names.get(word) {
                    Some(to) if to != path => follow(to, rest),
                    Some(_) => None,
                    None => module.globs.iter().find_map(|to| follow(to, &path[i..])),
                };
            }
        }
    }
    None
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
    module: Module,
}

impl Reader {
    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    fn read(&mut self) {
        let (mut depth, mut for_tests) = (0_usize, false);
        while self.at < self.tokens.len() {
            if (0..6).map(|i| self.peek(i)).eq(["#", "[", "cfg", "(", "test", ")"]) {
                (self.at, for_tests) = (self.at + 7, true);
                continue;
            }
            let token = self.peek(0).to_owned();
            match token.as_str() {
                "mod" | "use" | "fn" | "impl" | "struct" | "enum" | "const" | "static" | "type" | "trait"
                    if for_tests =>
                {
                    for_tests = false;
                    self.pass_over();
                    continue;
                }
                "mod" if depth == 0 && self.peek(2) == ";" => {
                    self.module.children.insert(self.peek(1).to_owned());
                }
                "use" => {
                    self.at += 1;
                    self.tree(&[]);
                    continue;
                }
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "struct" | "enum" | "fn" | "const" | "static" | "type" | "trait" | "union"
                    if depth == 0 && is_word(self.peek(1)) =>
                {
                    self.module.items.insert(self.peek(1).to_owned());
                }
                "macro_rules" => drop(self.module.items.insert(self.peek(2).to_owned())),
                word if is_word(word) && self.peek(1) == "::" => {
                    self.path();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Passes over an item: to its semicolon, or to the end of its block.
    fn pass_over(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let ends = depth == 0 && matches!(self.peek(0), ";" | "}");
            self.at += 1;
            if ends {
                return;
            }
        }
    }

    fn path(&mut self) {
        let mut path = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            path.push(self.peek(1).to_owned());
            self.at += 2;
        }
        self.module.paths.insert(path);
    }

    /// One tree of a `use`, below `prefix`.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        loop {
            match self.peek(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        self.tree(&path);
                        self.at += usize::from(self.peek(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    self.module.globs.push(path);
                    return;
                }
                word => {
                    if word != "self" || path.is_empty() {
                        path.push(word.to_owned());
                    }
                    self.at += 1;
                    if self.peek(0) != "::" {
                        break;
                    }
                }
            }
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if self.peek(0) == "as" {
            self.peek(1).clone_into(&mut name);
            self.at += 2;
        }
        self.module.paths.insert(path.clone());
        self.module.names.insert(name, path);
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

/// The words and signs of a source, without comments, texts and characters.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = text(rest) {
            length
        } else if first.is_whitespace() || first == '\'' {
            first.len_utf8()
        } else {
            let length = if rest.starts_with("::") { 2 } else { word.max(first.len_utf8()) };
            tokens.push(rest[..length].to_owned());
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the text or the character that the source begins with.
fn text(source: &str) -> Option<usize> {
    let mut chars = source.char_indices();
    if let Some(raw) = source.strip_prefix("br").or_else(|| source.strip_prefix('r')) {
        let marks = raw.len() - raw.trim_start_matches('#').len();
        if raw[marks..].starts_with('"') {
            let begin = source.len() - raw.len() + marks + 1;
            let end = format!("\"{}", &raw[..marks]);
            return source[begin..].find(&end).map(|at| begin + at + end.len());
        }
    }
    match chars.next()?.1 {
        '"' => loop {
            match chars.next()? {
                (_, '\\') => drop(chars.next()),
                (at, '"') => return Some(at + 1),
                _ => {}
            }
        },
        '\'' => {
            let escaped = chars.next()?.1 == '\\';
            if escaped {
                chars.next();
            }
            let end = if escaped { chars.find(|(_, c)| *c == '\'') } else { chars.next().filter(|(_, c)| *c == '\'') };
            end.map(|(at, _)| at + 1)
        }
        _ => None,
    }
}

#[test]
fn a_path_is_followed_to_the_file_that_has_the_item() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, source: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, source).unwrap();
    };
    write("lib.rs", "mod a; mod b; pub mod c; pub use a::Alpha; pub use c::{deep::*, In as Other};");
    write(
        "a.rs",
        "/* use crate::b; */ pub struct Alpha<'a>(&'a str, char); const Q: char = '\"'; fn f() { super::Other::g() }",
    );
    write("b.rs", "use super::{Alpha, c}; const T: &str = r#\"\" crate::c::In\"#; impl X for c::Deep {}");
    write("c/mod.rs", "mod deep; pub enum In {}\n#[cfg(test)]\nmod tests { use crate::Alpha; }");
    write("c/deep.rs", "pub struct Deep; #[cfg(test)] use crate::Alpha;\n// crate::Alpha\nfn f() -> crate::b::Gone {}");
    let found = imports(folder.path());
    let of = |file: &str| found[file].keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("lib.rs"), ["a.rs", "c/mod.rs"]);
    assert_eq!(of("a.rs"), ["c/mod.rs"]);
    assert_eq!(of("b.rs"), ["a.rs"], "c::Deep is private there");
    assert_eq!((of("c/mod.rs"), of("c/deep.rs")), (vec![], vec![]));
}
