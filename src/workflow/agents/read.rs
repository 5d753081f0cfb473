//! From a tree to the agents that it declares. The keys and types are those that the shape has checked.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{DeclaredAgent, Lifecycle, OnChange, PromptAt, PromptPlace};
use crate::data::project::{PathError, Project, ProjectFile};
use crate::diagnostic::{Diagnostic, Source, Span, nearest};
use crate::duration::Millis;
use crate::template::Template;
use crate::workflow::check::locate;
use crate::workflow::node::{Entry, Node, Spanned};
use crate::workflow::schema;
use crate::workflow::shape::to_fields;

/// The action whose fields an agent is declared with.
const ACTION: &str = "generate";
/// The field that can be changed without a new face.
pub const PROMPT: &str = "prompt";

/// Where agents are declared, and what their texts may read.
pub struct Context<'a> {
    /// The file's text.
    pub source: &'a Arc<Source>,
    /// The file's path on disk.
    pub path: &'a Path,
    /// The project.
    pub project: &'a Project,
    /// Its constants, as [`super::constants`] has them.
    pub vars: &'a Value,
}

/// Reads the entries of `agents`; what is wrong with one leaves it out.
pub fn read(entries: &[Entry], context: &Context<'_>, found: &mut Vec<Diagnostic>) -> IndexMap<String, DeclaredAgent> {
    let mut agents = IndexMap::new();
    for entry in entries {
        let mut reader = Reader { context, mistakes: Vec::new() };
        let agent = reader.agent(entry);
        match reader.mistakes.is_empty() {
            true => drop(agents.insert(agent.name.clone(), agent)),
            false => found.append(&mut reader.mistakes),
        }
    }
    agents
}

struct Reader<'a> {
    context: &'a Context<'a>,
    mistakes: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn agent(&mut self, entry: &Entry) -> DeclaredAgent {
        let (fields, _) = to_fields(ACTION, &entry.value);
        let mut agent = DeclaredAgent {
            name: entry.key.value.clone(),
            fields: Map::new(),
            media: IndexMap::new(),
            prompt: None,
            lifecycle: lifecycle(entry.value.get("lifecycle")),
            ready: entry.value.get("timeouts").and_then(|timeouts| length(timeouts.get("ready")?)),
            source: self.context.source.clone(),
            path: self.context.path.to_owned(),
            span: entry.key.span.clone(),
        };
        for (name, value) in fields {
            let Some(node) = entry.value.get(&name) else { continue };
            self.field(&mut agent, name, value, node);
        }
        agent
    }

    fn field(&mut self, agent: &mut DeclaredAgent, name: String, value: Value, node: &Node) {
        let written = node.text();
        let has_braces = written.as_ref().is_some_and(|written| written.value.contains("{{"));
        if let Some(path) = node.get("file").and_then(Node::text) {
            let Some((file, text)) = self.text_file(&path) else { return };
            let source = Source::new(self.context.project.shown(&file.path), text);
            let whole = Spanned::new(source.text.clone(), 0..source.text.len());
            if name == PROMPT {
                let at = PromptAt::File { path: file.path, text: whole.value.clone() };
                agent.prompt = Some(PromptPlace { at, is_template: is_template(&whole.value) });
            }
            agent.fields.extend(self.rendered(&whole, &source).map(|text| (name, text)));
            return;
        }
        if name == PROMPT {
            let is_template = written.as_ref().is_some_and(|written| is_template(&written.value));
            agent.prompt = Some(PromptPlace { at: PromptAt::Here, is_template });
        }
        match written.filter(|_| has_braces) {
            Some(written) => {
                let source = self.context.source.clone();
                if let Some(value) = self.rendered(&written, &source) {
                    self.put(agent, name, value, node);
                }
            }
            None => self.put(agent, name, value, node),
        }
    }

    /// Takes a value; one that is a file of the project is looked for.
    fn put(&mut self, agent: &mut DeclaredAgent, name: String, value: Value, node: &Node) {
        if let (Value::String(path), true) = (&value, is_media(&name))
            && !is_url(path)
            && let Some(file) = self.find(&Spanned::new(path.clone(), node.span.clone()))
        {
            agent.media.insert(name.clone(), file.path);
        }
        agent.fields.insert(name, value);
    }

    fn text_file(&mut self, path: &Spanned<String>) -> Option<(ProjectFile, String)> {
        let path = match path.value.contains("{{") {
            true => {
                let source = self.context.source.clone();
                Spanned::new(self.rendered(path, &source)?.as_str()?.to_owned(), path.span.clone())
            }
            false => path.clone(),
        };
        let file = self.find(&path)?;
        match file.read_text() {
            Ok(text) => Some((file, text)),
            Err(error) => self.wrong_path(&path.span, &error),
        }
    }

    fn find(&mut self, written: &Spanned<String>) -> Option<ProjectFile> {
        match self.context.project.resolve(self.context.path, &written.value) {
            Ok(file) => Some(file),
            Err(error) => self.wrong_path(&written.span, &error),
        }
    }

    fn wrong_path<T>(&mut self, span: &Span, error: &PathError) -> Option<T> {
        let mistake = Diagnostic::error(error.code(), self.context.source, span.clone(), error.to_string());
        self.mistakes.push(mistake.maybe_hint(error.hint()));
        None
    }

    /// A text with its constants put in. A text that is one name keeps the kind of its value.
    fn rendered(&mut self, text: &Spanned<String>, source: &Arc<Source>) -> Option<Value> {
        let template = match Template::parse(&text.value) {
            Ok(template) => template,
            Err(error) => {
                let place = locate(source, text, &error.span);
                let mistake = Diagnostic::error("template-syntax", source, place, error.message);
                self.mistakes.push(mistake.maybe_hint(error.hint));
                return None;
            }
        };
        let before = self.mistakes.len();
        for read in template.reads() {
            let place = locate(source, text, &read.span);
            self.mistakes.extend(self.wrong_name(&read.path, source, place));
        }
        if self.mistakes.len() > before {
            return None;
        }
        match template.render_value(self.context.vars) {
            Ok(value) => Some(value),
            Err(error) => {
                let mistake = Diagnostic::error("cannot-render", source, text.span.clone(), error.message);
                self.mistakes.push(mistake);
                None
            }
        }
    }

    /// What is wrong with a name that an agent's text reads.
    fn wrong_name(&self, path: &[String], source: &Arc<Source>, place: Span) -> Option<Diagnostic> {
        let error = |code, message: String| Diagnostic::error(code, source, place.clone(), message);
        let (root, name) = (path.first()?, path.get(1).map(String::as_str).unwrap_or_default());
        let known = self.context.vars["vars"].as_object();
        if root != "vars" {
            let message = format!("an agent is the same in every run, and reads no `{root}`");
            return Some(
                error("unknown-name", message).hint("write it out, or read `vars`, which may read each other"),
            );
        }
        if known.is_some_and(|known| known.contains_key(name)) {
            return None;
        }
        let names: Vec<&str> = known.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "agents read `vars` that read no `inputs`".to_owned(),
        };
        Some(error("unknown-var", format!("there is no var `{name}` that is known without a run")).hint(hint))
    }
}

/// Whether a text has braces that are not text: a backslash of its own before `\{{` puts something in again.
fn is_template(text: &str) -> bool {
    text.contains(r"\\{{") || text.replace(r"\{{", "").contains("{{")
}

fn lifecycle(node: Option<&Node>) -> Lifecycle {
    let Some(node) = node else { return Lifecycle::default() };
    let is = |key: &str, word: &str| node.get(key).and_then(Node::text).is_some_and(|text| text.value == word);
    let ignored = node.get("ignore").and_then(Node::as_list).unwrap_or_default();
    Lifecycle {
        prevent_destroy: is("prevent_destroy", "true"),
        ignore: ignored.iter().filter_map(Node::text).map(|name| name.value).collect(),
        on_change: if is("on_change", "keep") { OnChange::Keep } else { OnChange::Replace },
    }
}

fn length(node: &Node) -> Option<Millis> {
    Millis::parse(&node.text()?.value).ok()
}

fn is_media(field: &str) -> bool {
    schema::action(ACTION).is_some_and(|action| action["properties"][field]["x-runsheet"] == "media")
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "data:"].iter().any(|scheme| text.starts_with(scheme))
}
