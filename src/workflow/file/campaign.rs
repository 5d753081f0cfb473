//! The keys that say to whom, when and how often something goes out.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Expression, Names, Templated};
use crate::actions::fields::{Length, Text};

/// When people may be addressed: what is not yet out waits for the next opening.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "days": "mon-fri", "from": "09:00", "to": "17:00", "timezone": "Europe/Paris" }))]
pub struct WindowKeys {
    /// The days on which it opens: `mon-fri`, `sat,sun`, `daily`; every day when left out.
    pub days: Option<String>,
    /// When it opens, as `09:00`.
    pub from: String,
    /// When it closes, as `17:00`; earlier than `from` is over midnight.
    pub to: String,
    /// Whose clock that is: an IANA name, or a template that gives one.
    pub timezone: Templated<String>,
    /// Days on which nobody is addressed.
    pub calendar: Option<CalendarKeys>,
}

/// Days on which nobody is addressed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "exclude": "holidays.ics" }))]
pub struct CalendarKeys {
    /// An iCalendar file, a file with a date a line, a date as `2026-12-25`, or a list of them.
    pub exclude: Holidays,
}

/// How often a person may be addressed; what one item of a loop says in one run counts once.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "max": 1, "every": "72h", "per": "customer.id" }))]
pub struct CapKeys {
    /// The most times within `every`.
    #[schemars(range(min = 1))]
    pub max: Option<u32>,
    /// Any stretch of this length, on the world's clock.
    pub every: Option<Length>,
    /// The most times on one day of the person's calendar.
    #[schemars(range(min = 1))]
    pub per_day: Option<u32>,
    /// An expression that names the person.
    pub per: Expression,
    /// Workflows that name the same group count together; the workflow's own name when left out.
    pub group: Option<String>,
    /// Whose day `per_day` counts: an IANA name, or a template that gives one; the window's when left out.
    pub timezone: Option<Templated<String>>,
}

/// Texts of which each person hears one, the same each time.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "arms": { "plain": "Good day.", "warm": "Lovely to see you!" } }))]
pub struct VariantKeys {
    /// Another seed draws anew; the workflow's name and the step's id when left out.
    pub seed: Option<String>,
    /// The share of people who hear nothing, as `5%`.
    pub holdout: Option<String>,
    /// Name to text, or to its weight and text.
    pub arms: Names<ArmText>,
}

/// One of several texts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ArmKeys {
    /// Its share against the others'; 1 when left out.
    #[schemars(range(min = 0))]
    pub weight: Option<f64>,
    /// What is said.
    pub message: Option<Text>,
    /// What is given as context.
    pub context: Option<Text>,
}

/// How fast lines go out at most, below what the account allows.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "rate": "2/s", "burst": 5 }))]
pub struct ThrottleKeys {
    /// So many a second, minute or hour: `2/s`, `90/m`, `500/h`.
    pub rate: String,
    /// How many may go out at once after a rest; 1 when left out.
    #[schemars(range(min = 1))]
    pub burst: Option<u32>,
}

/// Whose requests go first where several runs share an account.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum PriorityWord {
    /// Before all others: what people watch live.
    High,
    /// As all others.
    Normal,
    /// After all others.
    Low,
}

/// Reports that are written when a run ends or stops.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "csv": "reports/{{ run.id }}.csv" }))]
pub struct ReportKeys {
    /// A row a person, as CSV; of the path's texts, `vars` and `run.id` may be read.
    pub csv: Option<String>,
    /// The same, as JSON.
    pub json: Option<String>,
}

/// A file that names who is left out, read again before each item goes out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "csv": "opt-outs.csv", "column": "id" }))]
pub struct ExcludedRows {
    /// A file of comma-separated values with a header.
    pub csv: Option<String>,
    /// A file that holds a JSON list.
    pub json: Option<String>,
    /// A file with one JSON value a line.
    pub jsonl: Option<String>,
    /// A file that holds a YAML list.
    pub yaml: Option<String>,
    /// The column by which rows are compared, of the items and of this file.
    pub column: Option<String>,
}

written!(
    /// A duration, or `end_of_window`.
    Expires, _generator => json_schema!({
        "type": "string", "x-runsheet": "expires", "examples": ["10s", "end_of_window"],
    })
);
written!(
    /// A file of holidays, a date, or a list of them.
    Holidays, _generator => json_schema!({
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
        "examples": ["holidays.ics"],
    })
);
written!(
    /// A text, or a map of its weight and text.
    ArmText, generator => json_schema!({
        "anyOf": [{ "type": "string", "x-runsheet": "text" }, generator.subschema_for::<ArmKeys>()],
    })
);
written!(
    /// Rows to leave out: a file, or a list of them.
    Excluded, generator => {
        let mut rows = generator.subschema_for::<ExcludedRows>();
        let one = ["csv", "json", "jsonl", "yaml"].map(|key| serde_json::json!({ "required": [key] }));
        rows.insert("oneOf".to_owned(), one.to_vec().into());
        json_schema!({
            "anyOf": [rows, { "type": "array", "items": rows, "minItems": 1 }],
            "examples": [{ "csv": "opt-outs.csv", "column": "id" }],
        })
    }
);
