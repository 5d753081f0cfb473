//! How fast a run goes, whose requests go first, and the reports it leaves.

use super::file::File;
use crate::diagnostic::Diagnostic;
use crate::plan::model::Reports;
use crate::share::{Priority, Throttle};
use crate::template::Template;
use crate::workflow::node::Node;

/// Checks `throttle` and the paths of `report`.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(rate) = file.root.get("throttle").and_then(|throttle| throttle.get("rate")).and_then(Node::text)
        && let Err(error) = rate.value.parse::<Throttle>()
    {
        found.push(file.error("bad-rate", &rate.span, error.to_string()).hint("write it as `2/s`, `90/m` or `500/h`"));
    }
    for key in ["csv", "json"] {
        let Some(path) = file.root.get("report").and_then(|report| report.get(key)).and_then(Node::text) else {
            continue;
        };
        let written = path.value.trim();
        let climbs = written.split(['/', '\\']).any(|part| part == "..");
        if written.is_empty() || written.starts_with(['/', '\\']) || climbs {
            let message = format!("`{written}` leads out of the project");
            found.push(file.error("bad-report", &path.span, message).hint("write it as `reports/{{ run.id }}.csv`"));
        }
        match Template::parse(&path.value) {
            Err(error) => {
                let hint = error.hint.unwrap_or_else(|| "write it as `reports/{{ run.id }}.csv`".to_owned());
                found.push(file.error("template-syntax", &path.span, error.message).hint(hint));
            }
            Ok(template) => {
                let is_known = |read: &Vec<String>| {
                    read.first().is_some_and(|root| root == "vars") || *read == ["run".to_owned(), "id".to_owned()]
                };
                if let Some(read) = template.reads().iter().find(|read| !is_known(&read.path)) {
                    let message = format!("a path cannot read `{}`", read.path.join("."));
                    found.push(file.error("template-in-path", &path.span, message).hint("read `vars` and `run.id`"));
                }
            }
        }
    }
}

/// How fast lines go out at most.
pub fn throttle(file: &File<'_>) -> Option<Throttle> {
    let node = file.root.get("throttle")?;
    let text = |key: &str| node.get(key).and_then(Node::text).map(|text| text.value);
    let throttle = text("rate")?.parse::<Throttle>().ok()?;
    let burst = text("burst").and_then(|burst| burst.parse().ok());
    Some(burst.map_or(throttle, |burst| throttle.with_burst(burst)))
}

/// Whose requests go first.
pub fn priority(file: &File<'_>) -> Priority {
    match file.root.get("priority").and_then(Node::text).as_ref().map(|word| word.value.as_str()) {
        Some("high") => Priority::High,
        Some("low") => Priority::Low,
        _ => Priority::Normal,
    }
}

/// The reports that are written.
pub fn reports(file: &File<'_>) -> Reports {
    let path = |key: &str| file.root.get("report")?.get(key).and_then(Node::text).map(|path| path.value);
    Reports { csv: path("csv"), json: path("json") }
}
