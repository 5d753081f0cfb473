//! Workflow files as they are shown.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::daemon::definitions::Definition;
use crate::diagnostic::{Diagnostic, Severity, render};
use crate::web::answers::run::RunItem;

/// The workflows of the project.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Workflows {
    /// In the order of their files.
    pub workflows: Vec<WorkflowItem>,
}

/// A workflow file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WorkflowItem {
    /// Its name.
    pub name: String,
    /// The file, relative to the project.
    pub file: String,
    /// What it is for.
    pub description: Option<String>,
    /// `ok`, `broken`; in a stream also `gone`.
    pub state: &'static str,
    /// How many errors it has.
    pub errors: usize,
    /// How many warnings it has.
    pub warnings: usize,
    /// How many steps it has; null when it is broken.
    pub steps: Option<usize>,
    /// Whether it runs by itself.
    pub schedule: bool,
    /// Whether a webhook starts it.
    pub webhook: bool,
    /// When it runs by itself the next time: RFC 3339, UTC.
    pub next_fire: Option<String>,
    /// Its last run.
    pub last_run: Option<RunItem>,
}

/// A workflow file with all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WorkflowDetail {
    /// The same as in lists.
    #[serde(flatten)]
    pub item: WorkflowItem,
    /// The text of the file.
    pub source: String,
    /// What is wrong and what is doubtful.
    pub diagnostics: Vec<DiagnosticItem>,
    /// What a run is given.
    pub inputs: Vec<InputItem>,
    /// Whether an earlier text, in which nothing was wrong, is still what runs.
    pub good: bool,
}

/// A mistake.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct DiagnosticItem {
    /// The rule, as a word.
    pub code: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// The exact fix.
    pub hint: Option<String>,
    /// The file.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The first column, in characters from 1.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
    /// The whole as plain text, with the line and what is meant in it.
    pub rendered: String,
}

/// An input.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InputItem {
    /// Its name.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `enum`, `list`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether a run needs it.
    pub required: bool,
    /// Its value when none is given; null for a sensitive one.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<String>,
    /// What an `enum` may be.
    pub values: Option<Vec<String>>,
    /// A regular expression that the whole of it matches.
    pub pattern: Option<String>,
    /// The smallest number, or the least length.
    pub min: Option<f64>,
    /// The greatest number, or the greatest length.
    pub max: Option<f64>,
    /// Whether its value is masked.
    pub sensitive: bool,
}

impl WorkflowItem {
    /// A file, with what is known beside it.
    pub(crate) fn of(definition: &Definition, next_fire: Option<String>, last_run: Option<RunItem>) -> Self {
        Self {
            name: definition.name.clone(),
            file: definition.file.clone(),
            description: definition.description.clone(),
            state: if definition.is_good() { "ok" } else { "broken" },
            errors: definition.errors,
            warnings: definition.warnings(),
            steps: definition.steps,
            schedule: definition.schedule,
            webhook: definition.webhook,
            next_fire,
            last_run,
        }
    }
}

impl DiagnosticItem {
    /// A mistake.
    pub(crate) fn of(diagnostic: &Diagnostic) -> Self {
        let (start, end) = (diagnostic.start(), diagnostic.end());
        Self {
            code: diagnostic.code.to_owned(),
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: diagnostic.message.clone(),
            hint: diagnostic.hint.clone(),
            file: diagnostic.source.path.to_string_lossy().into_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            rendered: render::plain(std::slice::from_ref(diagnostic)),
        }
    }
}
