//! The workflow files: listed, and one with its text, its mistakes and its inputs.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::daemon::definitions::Definition;
use crate::daemon::overview::RunFilter;
use crate::diagnostic::nearest;
use crate::web::answers::run::RunItem;
use crate::web::answers::workflow::{DiagnosticItem, InputItem, WorkflowDetail, WorkflowItem, Workflows};
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Named;
use crate::web::schedule;
use crate::web::site::Site;

/// `GET /api/v1/workflows`.
pub(crate) async fn list(State(site): State<Arc<Site>>) -> Answer<Json<Workflows>> {
    let definitions = site.definitions.list().await;
    let latest = site.runs.latest_of_files().await?;
    let latest: HashMap<&str, RunItem> = latest.iter().map(|row| (row.file.as_str(), RunItem::of(row))).collect();
    let item = |definition: &Arc<Definition>| {
        let last_run = latest.get(definition.file.as_str()).cloned();
        WorkflowItem::of(definition, schedule::next_fire(definition), last_run)
    };
    Ok(Json(Workflows { workflows: definitions.iter().map(item).collect() }))
}

/// `GET /api/v1/workflows/{name}`.
pub(crate) async fn show(State(site): State<Arc<Site>>, Named(name): Named) -> Answer<Json<WorkflowDetail>> {
    let definition = known(&site, &name).await?;
    Ok(Json(WorkflowDetail {
        item: item(&site, &definition).await,
        source: definition.source.text.clone(),
        diagnostics: definition.diagnostics.iter().map(DiagnosticItem::of).collect(),
        inputs: inputs(&site, &definition),
        good: definition.good().is_some(),
    }))
}

/// A file with its last run.
pub(crate) async fn item(site: &Site, definition: &Definition) -> WorkflowItem {
    let of_file = RunFilter { file: Some(definition.file.clone()), limit: Some(1), ..RunFilter::default() };
    // A list without its last run is better than none.
    let rows = site.runs.list(&of_file).await.unwrap_or_default();
    WorkflowItem::of(definition, schedule::next_fire(definition), rows.first().map(RunItem::of))
}

/// The file with this name.
pub(crate) async fn known(site: &Site, name: &str) -> Answer<Arc<Definition>> {
    if let Some(definition) = site.definitions.find(name).await {
        return Ok(definition);
    }
    let shown = crate::text::clean(name);
    let problem = Problem::missing("unknown-workflow", format!("there is no workflow `{shown}`"));
    let definitions = site.definitions.list().await;
    Err(match nearest(name, definitions.iter().map(|definition| definition.name.as_str())) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    })
}

/// The inputs of what may run of a file; none where nothing may.
fn inputs(site: &Site, definition: &Definition) -> Vec<InputItem> {
    let Ok(opened) = definition.open(site.definitions.project()) else { return Vec::new() };
    let specs = opened.workflow.inputs.into_iter();
    let item = specs.map(|(name, spec)| InputItem {
        name,
        kind: spec.kind.as_str(),
        required: spec.required,
        default: spec.default.filter(|_| !spec.sensitive),
        description: spec.description,
        values: (!spec.values.is_empty()).then_some(spec.values),
        pattern: spec.pattern,
        min: spec.min,
        max: spec.max,
        sensitive: spec.sensitive,
    });
    item.collect()
}
