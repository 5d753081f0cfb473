//! A workflow file's text, read into a tree that keeps every place and spelling.
//!
//! `check`, `run`, the watcher and the web call [`read`]; tests call [`parse`]. Nothing here knows a key's meaning.
//! Refuses what is no YAML 1.2 text of a sensible size and depth; what can be read in spite of a mistake is read,
//! and the mistake kept, so that all of a file's mistakes are told at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};
use crate::workflow::node::Node;

mod bytes;
mod quote;
mod repair;
mod scalar;
mod syntax;
mod tree;
mod unquoted;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The text.
    pub source: Arc<Source>,
    /// The file's path on disk; the path that people see, when it was not read from there.
    pub path: PathBuf,
    /// Its tree.
    pub root: Node,
    /// Mistakes that did not stop the reading, such as a key that is given twice.
    pub mistakes: Vec<Diagnostic>,
}

/// Reads a file; `shown` is the path that people see.
pub fn read(path: &Path, shown: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let source = bytes::read(path, shown).map_err(|mistake| vec![mistake])?;
    Ok(Loaded { path: path.to_owned(), ..parse(source)? })
}

/// Reads bytes as if they were a file's.
pub fn decode(bytes: &[u8], shown: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let source = bytes::decode(bytes, shown).map_err(|mistake| vec![mistake])?;
    parse(source)
}

/// Reads a text.
pub fn parse(source: Arc<Source>) -> Result<Loaded, Vec<Diagnostic>> {
    match tree::build(&source) {
        Ok((Some(root), mistakes)) => Ok(Loaded { path: source.path.clone(), source, root, mistakes }),
        Ok((None, _)) => {
            let empty = Diagnostic::error("empty-file", &source, 0..0, "the file is empty")
                .hint("start with `version: 1`, then `steps:`");
            Err(vec![empty])
        }
        Err(tree::Stop::Syntax(error)) => Err(syntax::diagnose(&source, &error)),
        Err(tree::Stop::Refused(mistake)) => Err(vec![*mistake]),
    }
}

#[cfg(test)]
mod tests;
