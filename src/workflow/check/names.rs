//! Every name that a text reads exists, is ready by then, and is what the text takes it for.

use super::edges::{Edge, Edges};
use super::file::File;
use super::ids::SCOPE;
use super::items::{Columns, Items};
use super::reads::{Reading, Taken};
use super::results::{self, Found};
use super::texts::Role;
use crate::diagnostic::{Diagnostic, nearest};
use crate::plan::model::{ESTIMATED, Section, Why};
use crate::scope::ESTIMATE;
use crate::workflow::node::{Node, NodeValue};

/// What `run` has.
const RUN: [&str; 3] = ["id", "name", "started_at"];

/// Resolves everything that is read; what is read of steps becomes edges.
pub fn check(file: &File<'_>, readings: &[Reading], items: &Items, edges: &mut Edges) -> Vec<Diagnostic> {
    let mut resolver = Resolver { file, items, edges };
    readings.iter().filter_map(|reading| resolver.resolve(reading)).collect()
}

struct Resolver<'f, 'a> {
    file: &'f File<'a>,
    items: &'f Items,
    edges: &'f mut Edges,
}

impl Resolver<'_, '_> {
    fn resolve(&mut self, reading: &Reading) -> Option<Diagnostic> {
        let root = reading.path.first()?.as_str();
        if let Role::Control(_) = reading.role
            && !matches!(root, "inputs" | "vars")
        {
            return None;
        }
        if let Role::Var(name) = &reading.role
            && SCOPE.contains(&root)
            && !matches!(root, "inputs" | "vars")
        {
            let message = format!("var `{name}` reads `{root}`, which is not known when vars are");
            return Some(reading.error("unknown-name", message).hint("vars read `inputs` and other `vars`"));
        }
        let is_item = self.items.name_for(self.file, reading).is_some_and(|(_, name)| name == root);
        match root {
            _ if is_item => self.item(reading),
            "inputs" => self.input(reading),
            "vars" => self.var(reading),
            "secrets" => self.declared(reading, "secret", "secrets"),
            "steps" => self.step(reading),
            "run" => self.run(reading),
            "now" => plain(reading, 0),
            ESTIMATE => self.estimate(reading),
            // Whether it is declared, `declared` asks.
            "agents" => None,
            _ => Some(self.unknown(reading, root)),
        }
    }

    /// A name that is declared at the top of the file.
    fn declared(&self, reading: &Reading, what: &str, section: &'static str) -> Option<Diagnostic> {
        let Some(name) = reading.path.get(1) else { return whole(reading) };
        if self.file.declared(section, name).is_some() {
            return None;
        }
        let code = match what {
            "input" => "unknown-input",
            "var" => "unknown-var",
            _ => "unknown-secret",
        };
        let known: Vec<&str> = self.file.names(section).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("declare it under `{section}` at the top of the workflow"),
            None => format!("the workflow declares {}", listed(&known)),
        };
        let diagnostic = reading.error_at(1, code, format!("there is no {what} `{name}`"));
        Some(diagnostic.hint(hint))
    }

    fn input(&self, reading: &Reading) -> Option<Diagnostic> {
        if let Some(mistake) = self.declared(reading, "input", "inputs") {
            return Some(mistake);
        }
        let name = reading.path.get(1)?;
        let declared = &self.file.declared("inputs", name)?.value;
        let kind = declared.get("type").and_then(Node::text).map_or_else(|| "string".to_owned(), |kind| kind.value);
        match (kind.as_str(), reading.path.len()) {
            ("list", 2) => composite(reading, "a list"),
            ("string" | "integer" | "number" | "boolean" | "enum", 3..) => plain(reading, 1),
            _ => None,
        }
    }

    fn var(&self, reading: &Reading) -> Option<Diagnostic> {
        if let Some(mistake) = self.declared(reading, "var", "vars") {
            return Some(mistake);
        }
        let mut node = &self.file.declared("vars", reading.path.get(1)?)?.value;
        for (part, name) in reading.path.iter().enumerate().skip(2) {
            node = match &node.value {
                NodeValue::Map(entries) => match node.get(name) {
                    Some(inner) => inner,
                    None => {
                        let known: Vec<&str> = entries.iter().map(|entry| entry.key.value.as_str()).collect();
                        let message = format!("`{}` has no `{name}`", reading.path[..part].join("."));
                        return Some(reading.error_at(part, "unknown-var", message).hint(meant_or_known(name, &known)));
                    }
                },
                NodeValue::List(items) => items.get(name.parse::<usize>().ok()?)?,
                NodeValue::Scalar(scalar) if scalar.text.contains("{{") => return None,
                NodeValue::Scalar(_) => return plain(reading, part - 1),
            };
        }
        match node.value {
            NodeValue::Map(_) => composite(reading, "an object"),
            NodeValue::List(_) => composite(reading, "a list"),
            NodeValue::Scalar(_) => None,
        }
    }

    fn run(&self, reading: &Reading) -> Option<Diagnostic> {
        match reading.path.get(1) {
            None => whole(reading),
            Some(name) if RUN.contains(&name.as_str()) => plain(reading, 1),
            Some(name) => {
                let message = format!("`run` has no `{name}`");
                Some(reading.error_at(1, "unknown-name", message).hint(meant_or_known(name, &RUN)))
            }
        }
    }

    fn estimate(&self, reading: &Reading) -> Option<Diagnostic> {
        if !self.is_of_pause(reading) {
            let message = "`estimate` is read by the text of a `pause` only";
            let hint = "ask with these numbers in a `pause` before the lines go out";
            return Some(reading.error("unknown-name", message).hint(hint));
        }
        match reading.path.get(1) {
            None => whole(reading),
            Some(name) if ESTIMATED.contains(&name.as_str()) => plain(reading, 1),
            Some(name) => {
                let message = format!("`estimate` has no `{name}`");
                Some(reading.error_at(1, "unknown-name", message).hint(meant_or_known(name, &ESTIMATED)))
            }
        }
    }

    fn is_of_pause(&self, reading: &Reading) -> bool {
        let draft = reading.reader.map(|reader| &self.file.outline.steps[reader]);
        let is_pause = draft.and_then(|draft| draft.doing()).is_some_and(|doing| doing.descriptor.name == "pause");
        is_pause && matches!(reading.role, Role::Field(_))
    }

    fn item(&self, reading: &Reading) -> Option<Diagnostic> {
        let (looping, name) = self.items.name_for(self.file, reading)?;
        match (self.items.columns(looping), reading.path.get(1)) {
            (Columns::Known { names, .. }, Some(column)) if !names.contains(column) => {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                let message = format!("`{name}` has no `{column}`");
                Some(reading.error_at(1, "unknown-column", message).hint(meant_or_known(column, &known)))
            }
            (Columns::Known { .. }, None) => composite(reading, "an object"),
            (Columns::Known { plain_cells: true, .. }, Some(_)) => plain(reading, 1),
            (Columns::Plain, _) => plain(reading, 0),
            _ => None,
        }
    }

    fn step(&mut self, reading: &Reading) -> Option<Diagnostic> {
        let Some(id) = reading.path.get(1) else { return whole(reading) };
        let outline = &self.file.outline;
        let Some(step) = outline.find(id) else {
            let hint = outline.nearest_id(id, reading.reader).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.or_else(|| Some("name the step that is meant: write `id:` on it".to_owned()));
            return Some(reading.error_at(1, "unknown-step", format!("there is no step `{id}`")).maybe_hint(hint));
        };
        if let Some(mistake) = self.not_ready(reading, step) {
            return Some(mistake);
        }
        if let Some(reader) = reading.reader {
            let edge = Edge { why: Why::Reference, span: self.own_span(reading, reader) };
            self.edges.add(outline, (reader, step), edge);
        }
        self.result(reading, step, id)
    }

    /// The place of a reading in this file; of its step, when it stands in another.
    fn own_span(&self, reading: &Reading, reader: usize) -> crate::diagnostic::Span {
        let is_here = std::sync::Arc::ptr_eq(&reading.source, self.file.source);
        if is_here { reading.span.clone() } else { self.file.outline.steps[reader].place.clone() }
    }

    /// What keeps a step from having run when it is read.
    fn not_ready(&self, reading: &Reading, step: usize) -> Option<Diagnostic> {
        let outline = &self.file.outline;
        let read = &outline.steps[step];
        let id = &read.id;
        if let Some(reader) = reading.reader {
            let is_own =
                reader == step || outline.steps[reader].is_beside_loop() && outline.steps[reader].parent == Some(step);
            if is_own {
                let message = format!("step `{id}` reads its own result, before it has one");
                return Some(reading.error_at(1, "reads-itself", message).hint("read another step, or leave it out"));
            }
            if outline.steps[reader].parent == Some(step) {
                let message =
                    format!("a step inside the loop `{id}` reads its result, which is there when the loop has ended");
                return Some(
                    reading.error_at(1, "not-yet-run", message).hint("read the steps beside it, by their own ids"),
                );
            }
        }
        if !outline.sees(reading.reader, step) {
            let around = outline.loop_around(step).map_or("", |(_, draft)| draft.id.as_str());
            let message = format!("step `{id}` is inside the loop `{around}`");
            let hint =
                format!("outside only the loop is seen: read `steps.{around}.items`, or `steps.{around}.succeeded`");
            return Some(reading.error_at(1, "inside-loop", message).hint(hint));
        }
        let section = reading.reader.map(|reader| outline.steps[reader].section);
        let (script, why) = match (read.section, section) {
            (theirs, Some(ours)) if theirs > ours => (theirs, "begins when every step of this script has ended"),
            (Section::OnFailure, None) => {
                (Section::OnFailure, "does not run when the run succeeds, which is when outputs are read")
            }
            _ => return None,
        };
        let name = if script == Section::OnFailure { "on_failure" } else { "finally" };
        let message = format!("step `{id}` cannot have run: `{name}` {why}");
        Some(reading.error_at(1, "not-yet-run", message).hint("read a step of `steps`"))
    }

    fn result(&self, reading: &Reading, step: usize, id: &str) -> Option<Diagnostic> {
        match results::of_step(self.file, step, &reading.path[2..]) {
            Found::Plain | Found::Open => None,
            Found::Composite if reading.path.len() == 2 => composite(reading, "a whole result"),
            Found::Composite => composite(reading, "a list or an object"),
            Found::Missing { part, known } if known.is_empty() => plain(reading, part + 1),
            Found::Missing { part, known } => {
                let part = part + 2;
                let name = &reading.path[part];
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let owner = if part == 2 {
                    format!("the result of step `{id}`")
                } else {
                    format!("`{}`", reading.path[..part].join("."))
                };
                let message = format!("{owner} has no `{name}`");
                Some(reading.error_at(part, "unknown-result", message).hint(meant_or_known(name, &known)))
            }
        }
    }

    /// A name that nothing has: perhaps one of an input, a step or a column, without its root.
    fn unknown(&self, reading: &Reading, root: &str) -> Diagnostic {
        let rest = reading.path.iter().map(String::as_str).collect::<Vec<_>>().join(".");
        let item = self.items.name_for(self.file, reading);
        let hint = if self.file.declared("inputs", root).is_some() {
            Some(format!("did you mean `inputs.{rest}`?"))
        } else if self.file.declared("vars", root).is_some() {
            Some(format!("did you mean `vars.{rest}`?"))
        } else if let Some((looping, name)) = &item
            && matches!(self.items.columns(*looping), Columns::Known { names, .. } if names.iter().any(|column| column == root))
        {
            Some(format!("did you mean `{name}.{rest}`?"))
        } else if self.file.outline.find(root).is_some() {
            Some(format!("did you mean `steps.{rest}`?"))
        } else if ["failed", "always"].contains(&root) && reading.taken != Taken::Text {
            Some(format!("write `{root}()`"))
        } else if self.items.is_name(root) {
            Some(format!("`{root}` is there inside its loop only"))
        } else {
            let is_read = |name: &&str| *name != ESTIMATE || self.is_of_pause(reading);
            let names = SCOPE.into_iter().filter(is_read).chain(item.as_ref().map(|(_, name)| *name));
            let names: Vec<&str> = names.collect();
            let known = match reading.role.is_expression() {
                true => format!("a text stands in quotes, `\"{root}\"`; names are {}", listed(&names)),
                false => format!("texts read {}", listed(&names)),
            };
            Some(meant(root, &names).unwrap_or(known))
        };
        reading.error_at(0, "unknown-name", format!("`{root}` is not a name that this text can read")).maybe_hint(hint)
    }
}

/// A single value has no parts: `part` is the last that there is.
fn plain(reading: &Reading, part: usize) -> Option<Diagnostic> {
    let name = reading.path.get(part + 1)?;
    let path = reading.path[..=part].join(".");
    let message = format!("`{path}` is a single value, and has no `{name}`");
    Some(reading.error_at(part + 1, "unknown-result", message).hint(format!("write `{path}`")))
}

/// A whole namespace, where text is expected.
fn whole(reading: &Reading) -> Option<Diagnostic> {
    composite(reading, "a set of names")
}

fn composite(reading: &Reading, what: &str) -> Option<Diagnostic> {
    let path = reading.path.join(".");
    (reading.taken == Taken::Text).then(|| {
        let hint = format!("read a field of it, or write `{{{{ json {path} }}}}`");
        reading.error("object-as-text", format!("`{path}` is {what}, not a text")).hint(hint)
    })
}

fn meant(wrong: &str, known: &[&str]) -> Option<String> {
    nearest(wrong, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

fn meant_or_known(wrong: &str, known: &[&str]) -> String {
    meant(wrong, known).unwrap_or_else(|| format!("it has {}", listed(known)))
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    shown.join(", ")
}
