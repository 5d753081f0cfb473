//! Files and secrets of a run: files by the hash they had when it started, secrets for the hosts they may go to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::actions::context::Store;
use crate::engine::event::Start;
use crate::journal::blobs::Blobs;
use crate::plan::model::SecretSource;
use crate::secret::{Redactor, Secret};

/// Where a run finds what its plan only refers to.
pub struct RunStore {
    /// The contents, by hash; none in a dry run, which reads [`RunStore::contents`].
    pub blobs: Option<Blobs>,
    /// Contents held in memory, by hash.
    pub contents: HashMap<String, Vec<u8>>,
    /// The hash of each file, by its path as written.
    pub files: IndexMap<String, String>,
    /// Where each secret may go.
    pub sources: IndexMap<String, SecretSource>,
    /// The secrets' values.
    pub values: HashMap<String, Secret>,
    /// What must not be seen.
    pub redactor: Redactor,
    /// The folder of the project, for what is read again while it runs; none where nothing of it is at hand.
    pub project: Option<PathBuf>,
}

impl RunStore {
    /// The store of a run that is only thought of: its files in memory, and no secret.
    pub fn in_memory(start: &Start, contents: HashMap<String, Vec<u8>>) -> Self {
        Self {
            blobs: None,
            contents,
            files: start.plan.files.clone(),
            sources: start.plan.secrets.clone(),
            values: HashMap::new(),
            redactor: Redactor::default(),
            project: None,
        }
    }

    /// The same, in the folder of a project: for what is read again while the run goes on.
    pub fn within(self, project: &Path) -> Self {
        Self { project: Some(project.to_owned()), ..self }
    }

    /// The content of a file as it was when the run started.
    pub fn file_of(&self, path: &str) -> Result<Vec<u8>, String> {
        let sha256 = self.files.get(path).ok_or_else(|| format!("`{path}` is not a file of this run"))?;
        self.file(sha256)
    }
}

impl Store for RunStore {
    fn file(&self, sha256: &str) -> Result<Vec<u8>, String> {
        if let Some(content) = self.contents.get(sha256) {
            return Ok(content.clone());
        }
        let blobs = self.blobs.as_ref().ok_or("it was not kept")?;
        blobs.read(sha256).map_err(|error| error.to_string())
    }

    fn secret(&self, name: &str, host: &str) -> Result<Secret, String> {
        let source = self.sources.get(name).ok_or_else(|| format!("there is no secret `{name}`"))?;
        if !source.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            return Err(format!("secret `{name}` may not go to `{host}`"));
        }
        self.values.get(name).cloned().ok_or_else(|| format!("secret `{name}` has no value"))
    }

    fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}
