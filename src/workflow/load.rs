//! A workflow file's text, read into a tree that keeps every place and spelling.
//!
//! `check`, the watcher and the web call [`read`] for what they find in a folder and [`named`] for what a person named;
//! tests call [`parse`]. Nothing here knows a key's meaning.
//! Refuses what is no YAML 1.2 text of a sensible size and depth; what can be read in spite of a mistake is read,
//! and the mistake kept, so that all of a file's mistakes are told at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::project::{Project, ProjectFile};
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

/// Reads a file that was found in a folder; `shown` is the path that people see. A link out of the project is
/// refused without a look at what it leads to, which a mistake would print.
pub fn read(path: &Path, shown: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    within(&Project::around(path), path, shown)
}

/// Reads a file that was found in a folder of this project.
pub fn within(project: &Project, path: &Path, shown: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let file = found(project, path, shown).map_err(|mistake| vec![*mistake])?;
    Ok(Loaded { path: path.to_owned(), ..named(&file.path, shown)? })
}

/// Reads a file that a person named, wherever it is.
pub fn named(path: &Path, shown: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let source = bytes::read(path, shown).map_err(|mistake| vec![mistake])?;
    Ok(Loaded { path: path.to_owned(), ..parse(source)? })
}

/// The file that a path of a project leads to, links followed; refused outside the project and where secrets are.
pub fn found(project: &Project, path: &Path, shown: &Path) -> Result<ProjectFile, Box<Diagnostic>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    project.resolve(path, &name).map_err(|error| {
        let source = Source::new(shown, "");
        Box::new(Diagnostic::error(error.code(), &source, 0..0, error.to_string()).maybe_hint(error.hint()))
    })
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
