//! The files that a plan reads, and the rows in them: as they are now, or as an earlier run kept them.

use std::collections::HashMap;
use std::path::Path;

use crate::data::project::Project;
use crate::data::rows;
use crate::executors::store::RunStore;
use crate::plan::model::{ItemSource, Plan};
use crate::plan::rows::loops;

/// Rows by path: what an estimate takes.
pub type Rows = HashMap<String, rows::Rows>;

/// Reads a file by its path as the plan has it.
type Read<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// The files that a plan reads.
pub struct Files<'a> {
    /// The project.
    pub project: &'a Project,
    read: Box<Read<'a>>,
}

impl<'a> Files<'a> {
    /// As they are now, named from a workflow's file.
    pub fn now(project: &'a Project, workflow: &'a Path) -> Self {
        let read = |path: &str| project.resolve(workflow, path).and_then(|file| file.read_bytes()).ok();
        Self { project, read: Box::new(read) }
    }

    /// As an earlier run kept them.
    pub fn kept(project: &'a Project, store: &'a RunStore) -> Self {
        Self { project, read: Box::new(|path| store.file_of(path).ok()) }
    }

    /// The content of one, by its path as the plan has it; none where it cannot be read.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        (self.read)(path)
    }

    /// The rows of every data file that a loop goes through. One that cannot be read counts as not known: the run says
    /// why.
    pub fn rows_of(&self, plan: &Plan) -> Rows {
        let mut found = HashMap::new();
        for (_, _, inner) in loops(plan) {
            let ItemSource::File { format, path } = &inner.items else { continue };
            if !found.contains_key(path) {
                let rows = self.read(path).and_then(|bytes| rows::parse(format, path, &bytes).ok());
                found.extend(rows.map(|rows| (path.clone(), rows)));
            }
        }
        found
    }
}
