//! An agent as the repository wants it: its fields, and the content of each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::data::project::Project;
use crate::diagnostic::Diagnostic;
use crate::duration::Millis;
use crate::sha256;
use crate::workflow::agents::{DeclaredAgent, Lifecycle};

pub use crate::workflow::agents::PROMPT;

/// What the service takes where a field is left out, as it documents it. To write it out changes nothing.
const DEFAULTS: [(&str, &str); 4] =
    [(MODEL, DEFAULT_MODEL), ("aspect_ratio", "16:9"), ("video_aspect_ratio", "16:9"), ("duration", "10")];

/// An agent as the repository wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// The fields of its creation; files are known by path and content.
    pub fields: Map<String, Value>,
    /// What each field holds, in few characters: written out, or its SHA-256. What is the default is left out.
    pub from: BTreeMap<String, String>,
    /// The files among the fields, by the path as the project has it.
    pub files: Vec<MediaFile>,
    /// What may become of it.
    pub lifecycle: Lifecycle,
    /// How long it may take to be ready.
    pub ready: Option<Millis>,
    /// The file that declares it, relative to the project.
    pub declared: String,
}

/// A picture, film or sound of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFile {
    /// Its path, relative to the project.
    pub shown: String,
    /// Its path on disk.
    pub path: PathBuf,
    /// The SHA-256 of its content.
    pub sha256: String,
}

impl Desired {
    /// Reads the files of an agent.
    pub fn of(agent: &DeclaredAgent, project: &Project) -> Result<Self, Box<Diagnostic>> {
        let mut desired = Self {
            name: agent.name.clone(),
            fields: Map::new(),
            from: BTreeMap::new(),
            files: Vec::new(),
            lifecycle: agent.lifecycle.clone(),
            ready: agent.ready,
            declared: project.shown(&agent.path).display().to_string(),
        };
        for (name, value) in &agent.fields {
            let value = match agent.media.get(name) {
                None => value.clone(),
                Some(path) => {
                    let written = value.as_str().unwrap_or_default();
                    let file = project.resolve(&agent.path, written).and_then(|file| file.sha256());
                    let sha256 = file.map_err(|error| {
                        Box::new(agent.error(error.code(), error.to_string()).maybe_hint(error.hint()))
                    })?;
                    let shown = project.shown(path).display().to_string();
                    let media = json!({ "file": shown, "sha256": sha256 });
                    desired.files.push(MediaFile { shown, path: path.clone(), sha256 });
                    media
                }
            };
            let content = content(name, &value);
            if !is_default(name, &content) {
                desired.from.insert(name.clone(), content);
            }
            desired.fields.insert(name.clone(), value);
        }
        Ok(desired)
    }

    /// The prompt, if it has one.
    pub fn prompt(&self) -> Option<&str> {
        self.fields.get(PROMPT).and_then(Value::as_str)
    }

    /// Whether changes of a field are let be.
    pub fn ignores(&self, field: &str) -> bool {
        self.lifecycle.ignore.iter().any(|ignored| ignored == field)
    }
}

/// The field that names the model, which the lock tells also where it is left out.
pub const MODEL: &str = "model";
/// The model of the service where none is written.
pub const DEFAULT_MODEL: &str = "expression";

/// Whether a field that holds this is as if it were left out.
pub fn is_default(field: &str, content: &str) -> bool {
    DEFAULTS.contains(&(field, content))
}

/// What a field holds, in few characters.
fn content(name: &str, value: &Value) -> String {
    if let Some(sha256) = value.get("sha256").and_then(Value::as_str) {
        return hash_of_hex(sha256);
    }
    match value {
        Value::String(text) if name == PROMPT => hash(text.trim_end()),
        Value::String(text) if text.starts_with("data:") => hash(text),
        Value::String(text) => text.clone(),
        // One spelling of a number, whatever was written.
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}

/// The content of a text.
pub fn hash(text: &str) -> String {
    hash_of_hex(&sha256::hex(text))
}

fn hash_of_hex(hex: &str) -> String {
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::agents::SharedAgents;

    fn from(fields: &str) -> BTreeMap<String, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("agents")).unwrap();
        let text = format!("version: 1\nkind: agents\nagents:\n  host: {{ prompt: Hi.{fields} }}\n");
        std::fs::write(folder.path().join("agents/a.yaml"), text).unwrap();
        let project = Project::at(folder.path());
        Desired::of(&SharedAgents::of(&project).agents["host"], &project).unwrap().from
    }

    #[test]
    fn a_default_that_is_written_out_is_no_other_face() {
        let plain = from("");
        for written in [
            "model: expression",
            "aspect_ratio: \"16:9\"",
            "video_aspect_ratio: \"16:9\"",
            "duration: 10",
            "duration: 10.0",
        ] {
            assert_eq!(from(&format!(", {written}")), plain, "{written}");
        }
        for other in ["model: essence", "aspect_ratio: \"9:16\"", "duration: 11", "version: v1", "framing: portrait"] {
            assert_ne!(from(&format!(", {other}")), plain, "{other}");
        }
    }
}
