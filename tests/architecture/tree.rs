//! The files of the crate, found as the compiler finds them: from `mod` line to `mod` line.

use std::collections::HashMap;
use std::path::Path;

use syn::visit::Visit;

use super::mentions::{Child, Reader, Written};

/// One file, and what it names.
#[derive(Debug)]
pub struct Source {
    /// Its module, as a path from the root; `lib` and `main` for the roots themselves.
    pub module: String,
    /// Its place in the package, with `/`.
    pub file: String,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
    /// Every path it names.
    pub mentions: Vec<Mention>,
}

/// A path that a file names, resolved as far as it can be.
#[derive(Debug)]
pub struct Mention {
    /// `crate::…` for ours, else as it is written.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

/// Reads every file that `src/lib.rs` and `src/main.rs` lead to.
pub fn read(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    for name in ["lib", "main"] {
        let start = Place { module: Vec::new(), file: format!("src/{name}.rs"), folder: "src".into(), is_test: false };
        follow(root, &start, &mut sources);
    }
    sources
}

/// Where a file is, and where its children are.
struct Place {
    module: Vec<String>,
    file: String,
    folder: String,
    is_test: bool,
}

fn follow(root: &Path, place: &Place, sources: &mut Vec<Source>) {
    let text = std::fs::read_to_string(root.join(&place.file)).expect(&place.file);
    let (mut source, children) = parse(&place.module, &place.file, &text);
    source.is_test = place.is_test;
    sources.push(source);
    for child in children {
        let inner = format!("{}/{}", place.folder, child.path.join("/"));
        let own = format!("{inner}.rs");
        let file = if root.join(&own).is_file() { own } else { format!("{inner}/mod.rs") };
        let module = [place.module.clone(), child.path].concat();
        follow(root, &Place { module, file, folder: inner, is_test: place.is_test || child.is_test }, sources);
    }
}

/// Reads one file of a module; the roots are the module of no segments.
pub fn parse(module: &[String], file: &str, text: &str) -> (Source, Vec<Child>) {
    let syntax = syn::parse_file(text).expect(file);
    let mut reader = Reader::default();
    reader.visit_file(&syntax);
    let Reader { written, children, .. } = reader;
    let names = Names::of(module, &written, &children);
    let mentions =
        written.iter().map(|written| Mention { path: names.resolve(written).join("::"), line: written.line }).collect();
    let is_root = module.is_empty();
    let name = if is_root { file.trim_start_matches("src/").trim_end_matches(".rs").into() } else { module.join("::") };
    (Source { module: name, file: file.to_owned(), is_test: false, mentions }, children)
}

/// What a first segment stands for in one file.
struct Names<'a> {
    module: &'a [String],
    brought_in: HashMap<(&'a [String], &'a str), &'a Written>,
    children: &'a [Child],
}

impl<'a> Names<'a> {
    fn of(module: &'a [String], written: &'a [Written], children: &'a [Child]) -> Self {
        let named = written.iter().filter(|written| written.alias.is_some());
        let brought_in =
            named.map(|written| ((written.within.as_slice(), written.alias.as_deref().unwrap_or_default()), written));
        Self { module, brought_in: brought_in.collect(), children }
    }

    fn resolve(&self, written: &Written) -> Vec<String> {
        let first = written.segments[0].as_str();
        if !written.is_absolute
            && written.alias.is_none()
            && let Some(origin) = self.brought_in.get(&(written.within.as_slice(), first))
        {
            return [self.place(origin), written.segments[1..].to_vec()].concat();
        }
        self.place(written)
    }

    /// Writes `crate::…` for `self::…`, `super::…`, a child, and the library as the binary calls it.
    fn place(&self, written: &Written) -> Vec<String> {
        let mut here: Vec<String> = self.module.iter().chain(&written.within).cloned().collect();
        let mut rest = written.segments.as_slice();
        if written.is_absolute {
            return rest.to_vec();
        }
        match rest[0].as_str() {
            "crate" => return rest.to_vec(),
            "runsheet" => here.clear(),
            "self" => {}
            "super" => {
                here.pop();
                while rest.get(1).is_some_and(|next| next == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            first if self.is_child(&written.within, first) => here.push(first.to_owned()),
            _ => return rest.to_vec(),
        }
        std::iter::once("crate".to_owned()).chain(here).chain(rest[1..].iter().cloned()).collect()
    }

    fn is_child(&self, within: &[String], name: &str) -> bool {
        self.children
            .iter()
            .any(|child| child.path.split_last().is_some_and(|(last, rest)| last == name && rest == within))
    }
}
