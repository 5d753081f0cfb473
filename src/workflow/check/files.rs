//! The files that a workflow reads: texts, which are put in at once; pictures, films, sounds; rows of loops.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::file::File;
use super::outline::{Kind, Outline};
use super::texts::{Role, Text};
use super::{excluded, items, variants, windows};
use crate::data::project::ProjectFile;
use crate::data::rows;
use crate::diagnostic::{Diagnostic, Source};
use crate::template::Template;
use crate::window::Holidays;
use crate::workflow::node::{Node, Spanned};

/// What was read.
#[derive(Default)]
pub struct Files {
    /// Every file, as written, with its path on disk.
    pub paths: IndexMap<String, PathBuf>,
    /// The names in the header of the rows of a loop, by the loop's index.
    pub headers: HashMap<usize, Vec<String>>,
    /// The names in the header of files that name who is left out, by where their path stands.
    pub excluded: Vec<(usize, Vec<String>)>,
    /// The texts of files that read names.
    pub texts: Vec<Text>,
    /// The texts of variants.
    pub arms: variants::Arms,
}

/// Finds every file; puts the texts into the fields that name them.
pub fn read(file: &mut File<'_>, found: &mut Vec<Diagnostic>) -> Files {
    let mut reader = Reader { vars: plain_vars(file), file, files: Files::default(), mistakes: Vec::new() };
    let mut inlined = Vec::new();
    for (index, draft, doing) in reader.file.outline.actions() {
        for (place, (field, arm, path)) in variants::files(draft, doing).into_iter().enumerate() {
            let Some(text) = reader.text((index, field), path) else { continue };
            // The first one stands for the action's own while the file is checked.
            if place == 0 && !doing.fields.contains_key(field) {
                inlined.push((index, vec![field.to_owned()], text.clone()));
            }
            reader.files.arms.insert(arm.span.start, text);
        }
        let action = doing.descriptor.name;
        for (field, value) in &doing.fields {
            match value {
                Value::Object(map) if reader.file.is_kind(action, field, "text") => {
                    let Some(path) = path_node(doing.value, field).filter(|_| map.len() == 1) else { continue };
                    // One that cannot be read stays as written: the action is not to find it empty.
                    let text = reader.text((index, field), path);
                    inlined.extend(text.map(|text| (index, vec![field.clone()], text)));
                }
                // Texts by name, as headers are; a free value such as `json` may hold a `file` of its own.
                Value::Object(map) if matches!(field.as_str(), "headers" | "query") => {
                    for name in map.iter().filter(|(_, text)| text.get("file").is_some()).map(|(name, _)| name) {
                        let texts = doing.value.and_then(|value| value.get(field));
                        let Some(path) = path_node(texts, name) else { continue };
                        let text = reader.text((index, field), path);
                        inlined.push((index, vec![field.clone(), name.clone()], text.unwrap_or_default()));
                    }
                }
                Value::String(_) if reader.file.is_kind(action, field, "media") => {
                    reader.media(doing.value.and_then(|value| value.get(field)));
                }
                _ => {}
            }
        }
    }
    for (index, _, looping) in reader.file.outline.loops() {
        if let Some((format, path)) = items::data_file(looping) {
            let columns = reader.rows(format, path);
            reader.files.headers.extend(columns.map(|columns| (index, columns)));
        }
        for excluding in excluded::of(looping) {
            let columns = reader.rows(excluding.format, excluding.path);
            reader.files.excluded.extend(columns.map(|columns| (excluding.path.span.start, columns)));
        }
    }
    for path in windows::holiday_files(reader.file) {
        reader.holidays(path);
    }
    let Reader { files, mistakes, .. } = reader;
    found.extend(mistakes);
    put_in(&mut file.outline, inlined);
    files
}

/// The node of a path in `{ file: PATH }`, of a field or of the action itself.
fn path_node<'a>(value: Option<&'a Node>, field: &str) -> Option<&'a Node> {
    value?.get(field).or(value)?.get("file")
}

fn put_in(outline: &mut Outline<'_>, inlined: Vec<(usize, Vec<String>, String)>) {
    for (step, path, text) in inlined {
        let Kind::Action(doing) = &mut outline.steps[step].kind else { continue };
        let (Some(field), name) = (path.first(), path.get(1)) else { continue };
        match (name, doing.fields.get_mut(field)) {
            (Some(name), Some(Value::Object(texts))) => drop(texts.insert(name.clone(), Value::String(text))),
            _ => drop(doing.fields.insert(field.clone(), Value::String(text))),
        }
    }
}

/// The path of a file with constants put in: what [`read`] found it by.
pub fn known_path(file: &File<'_>, written: &str) -> String {
    with_constants(written, &plain_vars(file)).unwrap_or_else(|| written.to_owned())
}

/// A path with constants put in; none where one of them is not known.
fn with_constants(written: &str, vars: &Value) -> Option<String> {
    if !written.contains("{{") {
        return Some(written.to_owned());
    }
    Template::parse(written).ok()?.render(vars).ok()
}

/// The constants that read nothing.
fn plain_vars(file: &File<'_>) -> Value {
    let plain = file
        .entries("vars")
        .iter()
        .filter(|entry| entry.value.as_scalar().is_some_and(|scalar| !scalar.text.contains("{{")));
    let vars: Map<_, _> = plain.map(|entry| (entry.key.value.clone(), entry.value.to_json())).collect();
    json!({ "vars": vars })
}

struct Reader<'f, 'a> {
    file: &'f File<'a>,
    vars: Value,
    files: Files,
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    /// Reads a text; kept among the texts when it reads names itself.
    fn text(&mut self, (step, field): (usize, &str), node: &Node) -> Option<String> {
        let written = node.text()?;
        let found = self.find(&written)?;
        let text = match found.read_text() {
            Ok(text) => text,
            Err(error) => {
                self.mistakes
                    .push(self.file.error(error.code(), &written.span, error.to_string()).maybe_hint(error.hint()));
                return None;
            }
        };
        if text.contains("{{") {
            let source = Source::new(self.file.project.shown(&found.path), text.clone());
            self.files.texts.push(Text {
                reader: Some(step),
                role: Role::Field(field.to_owned()),
                source: Arc::clone(&source),
                text: Spanned::new(text.clone(), 0..text.len()),
            });
        }
        Some(text)
    }

    /// Finds a picture, film or sound, unless it is a URL or only a run knows what it is.
    fn media(&mut self, node: Option<&Node>) {
        let Some(written) = node.and_then(Node::text) else { return };
        let is_url = ["http://", "https://", "data:"].iter().any(|scheme| written.value.starts_with(scheme));
        let is_of_run = written.value.trim_start().starts_with("{{") || reads_run_id(&written.value);
        if !is_url && !is_of_run {
            self.find(&written);
        }
    }

    /// Reads rows; answers the names in their header, where they have one.
    fn rows(&mut self, format: &str, node: &Node) -> Option<Vec<String>> {
        let written = node.text()?;
        let bytes = self.bytes(&written)?;
        match rows::parse(format, &written.value, &bytes) {
            Ok(rows) => rows.columns,
            Err(error) => {
                let mistake = self.file.error("data-file", &written.span, error.to_string());
                self.mistakes.push(mistake.maybe_hint(error.hint));
                None
            }
        }
    }

    fn holidays(&mut self, node: &Node) {
        let Some(written) = node.text() else { return };
        let Some(bytes) = self.bytes(&written) else { return };
        if let Err(error) = Holidays::parse(&written.value, &bytes) {
            self.mistakes.push(self.file.error("data-file", &written.span, error.to_string()).hint(error.hint));
        }
    }

    fn bytes(&mut self, written: &Spanned<String>) -> Option<Vec<u8>> {
        let found = self.find(written)?;
        let read = found
            .read_bytes()
            .map_err(|error| self.file.error(error.code(), &written.span, error.to_string()).maybe_hint(error.hint()));
        read.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    /// Finds a file by its path as written.
    fn find(&mut self, written: &Spanned<String>) -> Option<ProjectFile> {
        let path = self.path(written)?;
        match self.file.project.resolve(self.file.path, &path) {
            Ok(found) => {
                self.files.paths.insert(path, found.path.clone());
                Some(found)
            }
            Err(error) => {
                self.mistakes
                    .push(self.file.error(error.code(), &written.span, error.to_string()).maybe_hint(error.hint()));
                None
            }
        }
    }

    /// The path, with constants put in.
    fn path(&mut self, written: &Spanned<String>) -> Option<String> {
        let rendered = with_constants(&written.value, &self.vars);
        if rendered.is_none() {
            let message = "this path is not known before the run";
            let hint = "make paths of words and of `vars` that read nothing";
            self.mistakes.push(self.file.error("template-in-path", &written.span, message).hint(hint));
        }
        rendered
    }
}

fn reads_run_id(text: &str) -> bool {
    let template = Template::parse(text);
    template.is_ok_and(|template| template.reads().iter().any(|read| read.path == ["run", "id"]))
}
