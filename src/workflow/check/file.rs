//! A file under check: its tree, its steps, the names it declares, and what its actions take and give.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::outline::Outline;
use crate::actions;
use crate::data::project::Project;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::workflow::load::Loaded;
use crate::workflow::node::{Entry, Node};

/// The maps at the top of a file whose names texts read.
const MAPS: [&str; 4] = ["inputs", "vars", "secrets", "agents"];

/// A file under check.
pub struct File<'a> {
    /// The file's text.
    pub source: &'a Arc<Source>,
    /// The file's path on disk.
    pub path: &'a Path,
    /// The project it belongs to.
    pub project: &'a Project,
    /// The document.
    pub root: &'a Node,
    /// Its steps.
    pub outline: Outline<'a>,
    /// The entries of the maps at the top of the file, by map and name.
    declared: HashMap<(&'static str, &'a str), &'a Entry>,
    /// The schemas of each action: its fields, its result.
    schemas: HashMap<&'static str, (Value, Value)>,
}

impl<'a> File<'a> {
    /// Reads the steps of a document.
    pub fn new(loaded: &'a Loaded, project: &'a Project) -> Self {
        let Loaded { source, path, root, .. } = loaded;
        let schemas = actions::CATALOG
            .iter()
            .map(|descriptor| (descriptor.name, ((descriptor.fields)().to_value(), (descriptor.output)().to_value())));
        let mut declared = HashMap::new();
        for map in MAPS {
            let entries = root.get(map).and_then(Node::as_map).unwrap_or_default();
            declared.extend(entries.iter().map(|entry| ((map, entry.key.value.as_str()), entry)));
        }
        Self { source, path, project, root, outline: Outline::of(root), declared, schemas: schemas.collect() }
    }

    /// The entries of a map at the top of the file: `inputs`, `vars`, `secrets`, `outputs`, `defaults`.
    pub fn entries(&self, key: &str) -> &'a [Entry] {
        self.root.get(key).and_then(Node::as_map).unwrap_or_default()
    }

    /// An entry of a map at the top of the file.
    pub fn declared(&self, map: &'static str, name: &str) -> Option<&'a Entry> {
        self.declared.get(&(map, name)).copied()
    }

    /// The names in a map at the top of the file.
    pub fn names(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.entries(key).iter().map(|entry| entry.key.value.as_str())
    }

    /// The schema of an action's result.
    pub fn result_schema(&self, action: &str) -> &Value {
        self.schemas.get(action).map_or(&Value::Null, |(_, result)| result)
    }

    /// The schema of a field of an action.
    pub fn field_schema(&self, action: &str, field: &str) -> Option<&Value> {
        self.schemas.get(action)?.0.get("properties")?.get(field)
    }

    /// Tells whether a field of an action is marked as `text` or `media`.
    pub fn is_kind(&self, action: &str, field: &str, kind: &str) -> bool {
        let is_marked = |schema: &Value| schema.get("x-runsheet").is_some_and(|mark| mark == kind);
        self.field_schema(action, field).is_some_and(|schema| {
            is_marked(schema)
                || schema.get("anyOf").and_then(Value::as_array).is_some_and(|any| any.iter().any(is_marked))
        })
    }

    /// An error in this file.
    pub fn error(&self, code: &'static str, span: &Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source, span.clone(), message)
    }

    /// A warning in this file.
    pub fn warning(&self, code: &'static str, span: &Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, self.source, span.clone(), message)
    }
}
