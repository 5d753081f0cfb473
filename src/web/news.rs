//! What changed anywhere: runs that began, moved or ended, files that were saved. One look for all who listen.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::timeout;

use crate::daemon::definitions::Definition;
use crate::daemon::overview::{RunFilter, RunRow, RunStatus};
use crate::daemon::runs::RunsError;
use crate::ids::RunId;
use crate::web::answers::run::RunItem;
use crate::web::answers::workflow::WorkflowItem;
use crate::web::site::Site;
use crate::web::workflows;

/// How often is looked, at the most.
const CALM: Duration = Duration::from_millis(250);
/// How often files are looked at, and locks of runs whose process may have died.
const LOOK: Duration = Duration::from_secs(1);
/// How many of the newest runs are compared beside those under way.
const NEWEST: usize = 100;
/// How far a listener may be behind.
const BEHIND: usize = 256;

/// Tells what changed.
pub(crate) struct News {
    pieces: broadcast::Sender<Arc<str>>,
    wanted: Notify,
    /// Whether there is a look to compare with.
    has_begun: watch::Sender<bool>,
}

impl Default for News {
    fn default() -> Self {
        Self { pieces: broadcast::channel(BEHIND).0, wanted: Notify::new(), has_begun: watch::Sender::new(false) }
    }
}

/// What was known at the last look.
#[derive(Default)]
struct Seen {
    runs: HashMap<RunId, (RunRow, u64)>,
    files: HashMap<String, Arc<Definition>>,
}

impl Seen {
    /// The runs that were under way, and are not among these. Of the others that are no longer there nothing is new.
    fn gone(&self, now: &HashMap<RunId, (RunRow, u64)>) -> Vec<RunId> {
        let was_under_way = |row: &RunRow| row.crashed || row.summary.status == RunStatus::Running;
        let gone = self.runs.iter().filter(|(run, (row, _))| was_under_way(row) && !now.contains_key(*run));
        gone.map(|(run, _)| run.clone()).collect()
    }
}

impl News {
    /// Listens from now on.
    pub(crate) fn listen(site: &Site) -> broadcast::Receiver<Arc<str>> {
        let receiver = site.news.pieces.subscribe();
        site.news.wanted.notify_one();
        receiver
    }

    /// Waits until everything that happens is told.
    pub(crate) async fn begun(&self) {
        // The sender lives as long as this does.
        drop(self.has_begun.subscribe().wait_for(|has_begun| *has_begun).await);
    }

    /// Listens anew, for somebody who fell behind.
    pub(crate) fn listen_again(site: &Site) -> broadcast::Receiver<Arc<str>> {
        site.news.pieces.subscribe()
    }

    /// Looks for as long as the server lives; does nothing while nobody listens.
    pub(crate) async fn keep_looking(site: Arc<Site>) {
        loop {
            site.news.wanted.notified().await;
            let mut beat = site.pulse.listen();
            let mut seen: Option<Seen> = None;
            while site.news.pieces.receiver_count() > 0 {
                // What cannot be read now is looked at again.
                if let Ok(now) = look(&site, seen.as_ref()).await {
                    if let Some(before) = &seen {
                        tell(&site, before, &now).await;
                    }
                    seen = Some(now);
                    site.news.has_begun.send_replace(true);
                }
                tokio::time::sleep(CALM).await;
                drop(timeout(LOOK, beat.changed()).await);
            }
            site.news.has_begun.send_replace(false);
        }
    }

    fn send(&self, event: &str, item: &impl Serialize) {
        let data = serde_json::to_string(item).unwrap_or_default();
        // Nobody may be listening any more.
        drop(self.pieces.send(format!("event: {event}\ndata: {data}\n\n").into()));
    }
}

async fn look(site: &Site, before: Option<&Seen>) -> Result<Seen, RunsError> {
    let under_way = site.runs.under_way().await?;
    let mut runs: HashMap<RunId, (RunRow, u64)> =
        under_way.into_iter().map(|reach| (reach.row.id.clone(), (reach.row, reach.last))).collect();
    let newest = RunFilter { limit: Some(NEWEST), ..RunFilter::default() };
    for row in site.runs.list(&newest).await? {
        runs.entry(row.id.clone()).or_insert((row, 0));
    }
    // One that was under way and is no longer has ended, however old it is. It is looked at this once.
    for run in before.map(|before| before.gone(&runs)).unwrap_or_default() {
        if let Some(row) = site.runs.row(&run).await? {
            runs.insert(run, (row, 0));
        }
    }
    let files = site.definitions.list().await;
    Ok(Seen { runs, files: files.iter().map(|file| (file.name.clone(), file.clone())).collect() })
}

async fn tell(site: &Site, before: &Seen, now: &Seen) {
    let mut moved: Vec<&RunRow> = Vec::new();
    for (run, (row, last)) in &now.runs {
        let was = before.runs.get(run);
        if was.is_none_or(|(was, before)| was != row || before != last) {
            moved.push(row);
        }
    }
    moved.sort_by_key(|row| row.started_at);
    moved.iter().for_each(|row| site.news.send("runs", &RunItem::of(row)));
    for (name, file) in &now.files {
        if before.files.get(name).is_none_or(|was| !Arc::ptr_eq(was, file)) {
            site.news.send("workflows", &workflows::item(site, file).await);
        }
    }
    for (name, file) in &before.files {
        if !now.files.contains_key(name) {
            site.news.send("workflows", &WorkflowItem { state: "gone", ..WorkflowItem::of(file, None, None) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::daemon::overview::RunSummary;

    fn row(name: &str, status: RunStatus) -> (RunId, (RunRow, u64)) {
        let id = RunId::from_typed(name);
        let summary = RunSummary { status, ..RunSummary::running() };
        let (workflow, file, service) = ("show".to_owned(), "show.yaml".to_owned(), "sandbox".to_owned());
        let started_at = Timestamp(0);
        let row =
            RunRow { id: id.clone(), workflow, file, service, sandbox: true, started_at, summary, crashed: false };
        (id, (row, 0))
    }

    #[test]
    fn of_the_runs_that_are_gone_from_the_newest_those_alone_are_looked_at_that_were_under_way() {
        let runs =
            [row("RAN1", RunStatus::Running), row("GOES", RunStatus::Running), row("OLD1", RunStatus::Succeeded)];
        let before = Seen { runs: runs.into(), files: HashMap::new() };
        assert_eq!(before.gone(&[row("GOES", RunStatus::Running)].into()), [RunId::from_typed("RAN1")]);
    }
}
