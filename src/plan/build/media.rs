//! Files that a run reads: found, and known by their content from here on.

use serde_json::{Value, json};

use super::Builder;
use crate::actions::action::{Descriptor, Fields};
use crate::diagnostic::Span;
use crate::workflow::model::StepAction;

impl Builder<'_> {
    /// Replaces the paths of media fields by the file's path and hash; URLs and `data:` stay.
    pub fn hash_media(&mut self, fields: &mut Fields, action: &StepAction, descriptor: &Descriptor) {
        let schema = (descriptor.fields)();
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (name, property) in properties {
            let Some(Value::String(written)) = fields.get(name) else { continue };
            if !is_media(property) || is_url(written) {
                continue;
            }
            let span = action.spans.get(name).cloned().unwrap_or(0..0);
            let path = match self.scope.render(written) {
                Ok(path) => path,
                Err(_) => continue,
            };
            if is_url(&path) {
                continue;
            }
            if let Some(sha256) = self.hash_file(&path, span) {
                fields.insert(name.clone(), json!({ "file": path, "sha256": sha256 }));
            }
        }
    }

    /// The hash of a file of the project.
    pub fn hash_file(&mut self, written: &str, span: Span) -> Option<String> {
        if let Some(known) = self.files.get(written) {
            return Some(known.clone());
        }
        let found = self.project.resolve(&self.workflow.path, written);
        match found.and_then(|file| file.sha256()) {
            Ok(sha256) => {
                self.files.insert(written.to_owned(), sha256.clone());
                Some(sha256)
            }
            Err(error) => {
                self.mistake(span, error.to_string());
                None
            }
        }
    }
}

/// Optional fields wrap the marked schema in `anyOf`.
fn is_media(property: &Value) -> bool {
    let is_marked = |schema: &Value| schema.get("x-runsheet").is_some_and(|kind| kind == "media");
    is_marked(property) || property.get("anyOf").and_then(Value::as_array).is_some_and(|any| any.iter().any(is_marked))
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "data:"].iter().any(|scheme| text.starts_with(scheme))
}
