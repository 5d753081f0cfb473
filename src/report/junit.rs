//! `--report junit`: a test suite a run, a test case a step, for what shows the results of tests.
//!
//! A failed step is a failure, an unknown one an error, all that did not run is skipped: what was carried over from
//! an earlier run too.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::duration::Millis;
use crate::plan::model::{StepKey, Work};
use crate::report::Report;
use crate::report::moment::Moment;
use crate::report::projection::{Ending, RunView};
use crate::report::reports::replace_file;
use crate::report::step::{State, StepView};

/// Writes the suite when the run is over.
pub(crate) struct Junit {
    view: RunView,
    file: PathBuf,
}

impl Junit {
    pub(crate) fn new(view: RunView, file: PathBuf) -> Self {
        Self { view, file }
    }
}

impl Report for Junit {
    fn event(&mut self, moment: &Moment) {
        self.view.apply(moment);
    }

    fn moves(&self) -> bool {
        false
    }

    fn finish(&mut self) -> io::Result<()> {
        replace_file(&self.file, suite(&self.view).as_bytes())
    }
}

/// The whole file.
pub(crate) fn suite(view: &RunView) -> String {
    let cases: Vec<_> = view.steps().filter(|(key, _)| is_case(view, *key)).collect();
    let class = |key: StepKey, step: &StepView| view.carried_from(key).map_or(step.state.as_str(), |_| "skipped");
    let count = |wanted: &[&str]| cases.iter().filter(|(key, step)| wanted.contains(&class(*key, step))).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let attributes = format!(
        "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\" timestamp=\"{}\"",
        escape(&view.start.plan.workflow),
        cases.len() + usize::from(view.failure.is_some()),
        count(&["failed"]),
        count(&["unknown", "blocked"]) + usize::from(view.failure.is_some()),
        count(&["skipped", "cancelled", "pending", "running"]),
        seconds(view.last.since(view.began)),
        view.began,
    );
    let _ = writeln!(xml, "<testsuites>\n  <testsuite {attributes}>");
    let _ =
        writeln!(xml, "    <properties>\n      <property name=\"run\" value=\"{}\"/>", escape(view.start.run.as_str()));
    let _ = writeln!(xml, "      <property name=\"outcome\" value=\"{}\"/>", outcome(view));
    let _ = writeln!(xml, "      <property name=\"credits\" value=\"{}\"/>\n    </properties>", view.credits);
    for (key, step) in cases {
        case(&mut xml, view, (key, step));
    }
    if let Some(failure) = &view.failure {
        // It belongs to no step, and whoever reads the file looks at cases only.
        let (workflow, message) = (escape(&view.start.plan.workflow), escape(&view.mask.text(&failure.message)));
        let _ = writeln!(
            xml,
            "    <testcase name=\"run\" classname=\"{workflow}\">\n      <error message=\"{message}\"/>\n    </testcase>"
        );
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// A loop is shown by its items, unless it failed before it had any.
fn is_case(view: &RunView, key: StepKey) -> bool {
    match view.node(key).map(|node| &node.work) {
        None | Some(Work::Join) => false,
        Some(Work::Loop(_)) => view.items_of(key.node).is_none_or(|items| items.total() == 0),
        Some(_) => true,
    }
}

fn case(xml: &mut String, view: &RunView, (key, step): (StepKey, &StepView)) {
    let plan = &view.start.plan;
    let name = match view.item_key(key) {
        Some(item) => format!("{}[{}]", view.path(key), view.mask.text(item)),
        None => view.path(key),
    };
    let _ = write!(
        xml,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        escape(&name),
        escape(&plan.workflow),
        escape(&plan.file),
        view.node(key).map_or(0, |node| node.line),
        seconds(step.elapsed(view.last)),
    );
    let element = match &step.state {
        state if let Some(run) = view.carried_from(key) => {
            format!("<skipped message=\"{} in run {run}\"/>", state.as_str())
        }
        State::Succeeded | State::Holding { .. } => return xml.push_str("/>\n"),
        State::Failed => problem(view, step, "failure"),
        State::Unknown | State::Asking | State::Blocked => problem(view, step, "error"),
        State::Skipped { reason } => format!("<skipped message=\"{}\"/>", escape(reason)),
        State::Cancelled => "<skipped message=\"cancelled\"/>".to_owned(),
        _ => "<skipped message=\"not reached\"/>".to_owned(),
    };
    let _ = writeln!(xml, ">\n      {element}\n    </testcase>");
}

fn problem(view: &RunView, step: &StepView, element: &str) -> String {
    let Some(failure) = &step.failure else {
        return format!("<{element} message=\"nobody knows whether it took effect\" type=\"unknown\"/>");
    };
    let mut detail = format!("{}, attempts: {}", failure.class.as_str(), step.attempts);
    if let Some(status) = failure.status {
        let _ = write!(detail, ", status {status}");
    }
    if let Some(request) = &failure.request_id {
        let _ = write!(detail, ", request {request}");
    }
    format!(
        "<{element} message=\"{}\" type=\"{}\">{}</{element}>",
        escape(&view.mask.text(&failure.message)),
        escape(&failure.code),
        escape(&detail),
    )
}

fn outcome(view: &RunView) -> &'static str {
    view.ending.map_or("unfinished", Ending::as_str)
}

fn seconds(length: Millis) -> String {
    format!("{:.3}", length.as_secs_f64())
}

/// The text within an attribute or element. What XML 1.0 cannot hold at all becomes U+FFFD.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
        escaped
    })
}
