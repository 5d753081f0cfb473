//! The rules: from the tree of a file to a workflow in which nothing is wrong, or to every mistake of the file.
//!
//! One file per rule. Each takes the `File` and adds what it finds; none runs anything or stops at the first
//! mistake. What the shape of the file got wrong is reported there, and left out here.

mod absent;
mod agents;
mod assemble;
mod caps;
mod comments;
mod constants;
mod controls;
mod cycles;
mod declared;
mod edges;
mod excluded;
mod fields;
mod file;
mod files;
mod ids;
mod inputs;
mod items;
mod loops;
mod loose;
mod names;
mod needs;
mod outline;
mod pace;
mod purchases;
mod reads;
mod results;
mod rooms;
mod schedule;
mod secrets;
mod settings;
mod speech;
mod texts;
mod variants;
mod vars;
mod webhook;
mod windows;

use crate::data::project::Project;
use crate::diagnostic::{self, Diagnostic};
use crate::workflow::load::Loaded;
use crate::workflow::model::Workflow;
use crate::workflow::shape;
use declared::Declared;
use edges::Edges;
use file::File;
use files::Files;
pub use ids::agent_name;
use items::Items;
use reads::Readings;
pub use texts::locate;

/// What became of a file.
#[derive(Debug)]
pub struct Checked {
    /// The workflow, when nothing prevents a run.
    pub workflow: Option<Workflow>,
    /// Every mistake and every warning, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a file against every rule.
pub fn check(loaded: &Loaded, project: &Project) -> Checked {
    let mut found = shape::check(loaded);
    let mut file = File::new(loaded, project);
    let files = files::read(&mut file, &mut found);
    let resolved = rules(&file, files, &mut found);
    let diagnostics: Vec<_> = diagnostic::in_order(&found).into_iter().cloned().collect();
    let is_good = !diagnostics.iter().any(Diagnostic::is_error);
    Checked { workflow: is_good.then(|| assemble::workflow(&file, resolved)), diagnostics }
}

/// Applies every rule; what names lead to comes first.
fn rules(file: &File<'_>, files: Files, found: &mut Vec<Diagnostic>) -> assemble::Resolved {
    let mut edges = Edges::from_order(&file.outline);
    let mut texts = texts::collect(file);
    texts.extend(files.texts);
    let readings = Readings::of(&texts, found);
    let items = Items::of(file, files.headers);
    ids::check(file, found);
    inputs::check(file, found);
    needs::check(file, &mut edges, found);
    found.extend(names::check(file, &readings.all, &items, &mut edges));
    let declared = Declared::of(file, &readings.all, found);
    let agents = agents::check(file, &declared, &mut edges, found);
    let vars = vars::check(file, &readings.all, found);
    cycles::check(file, &edges, found);
    loops::check(file, &items, found);
    excluded::check(file, &items, &files.excluded, found);
    windows::check(file, found);
    caps::check(file, found);
    variants::check(file, &files.arms, found);
    pace::check(file, found);
    rooms::check(file, &readings.all, found);
    secrets::check(file, &readings.all, found);
    purchases::check(file, &readings.all, found);
    controls::check_readings(&readings.all, found);
    controls::check_effects(file, found);
    fields::check(file, found);
    speech::check(file, found);
    comments::check(file, found);
    schedule::check(file, found);
    webhook::check(file, found);
    // What is only doubtful can be told when what is wrong has been mended: it may follow from it.
    if !found.iter().any(Diagnostic::is_error) {
        loose::check(file, &edges, found);
        absent::check(file, &readings.all, &readings.sees_failures, found);
    }
    let used = declared.into_used(&agents, &readings.all);
    let sees_failures = readings.sees_failures;
    assemble::Resolved { edges, agents, used, vars, files: files.paths, arms: files.arms, sees_failures }
}

#[cfg(test)]
mod tests;
