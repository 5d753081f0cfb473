//! Runs as they are shown.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::daemon::overview::RunRow;
use crate::report::event::{PublicAudience, PublicError};
use crate::web::answers::step::{NodeItem, StepItem};

/// A page of runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunPage {
    /// The newest first.
    pub runs: Vec<RunItem>,
    /// The run to name as `before` for those that follow; null when there are none.
    pub next: Option<String>,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RunItem {
    /// Its id.
    pub run: String,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's file, relative to the project.
    pub file: String,
    /// `running`, `stopped`, `succeeded`, `failed`, `cancelled`.
    pub status: &'static str,
    /// Whether its process died without a word: it is stopped, and can be resumed.
    pub crashed: bool,
    /// Whether nobody was reached.
    pub sandbox: bool,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// When it ended or stopped: RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// The credits it spent.
    pub credits: u64,
    /// How its steps ended.
    pub counts: CountsItem,
}

/// How many steps ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct CountsItem {
    /// As they should.
    pub succeeded: u32,
    /// Wrong.
    pub failed: u32,
    /// Not begun.
    pub skipped: u32,
    /// Nobody knows how.
    pub unknown: u32,
}

/// A run with all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunDetail {
    /// The same as in lists.
    #[serde(flatten)]
    pub item: RunItem,
    /// The values of the inputs; sensitive ones are masked.
    pub inputs: Map<String, Value>,
    /// The lengths of waits are divided by this.
    pub speed: f64,
    /// Why it stopped.
    pub stop_reason: Option<String>,
    /// What made it fail where no step did.
    pub failure: Option<PublicError>,
    /// The rendered outputs.
    pub outputs: Map<String, Value>,
    /// The number of its last event.
    pub last_seq: u64,
    /// Who began it: `person`, `serve`, `watch`, where that is known.
    pub started_by: Option<String>,
    /// The steps of the plan, those of a loop's body behind the loop.
    pub nodes: Vec<NodeItem>,
    /// The steps as far as the run has come, those of a loop's items behind the loop.
    pub steps: Vec<StepItem>,
    /// Where the people stand of each loop whose lines may be kept from going out.
    pub audiences: Vec<AudienceItem>,
    /// What waits for a person.
    pub waiting: Option<WaitingItem>,
    /// The steps of which nobody knows whether they took effect.
    pub unknown: Vec<UnknownItem>,
}

/// Where the people of a loop stand.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AudienceItem {
    /// The loop.
    pub step: String,
    /// How many stand where.
    #[serde(flatten)]
    pub counts: PublicAudience,
}

/// A pause that waits for a person.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WaitingItem {
    /// The step.
    pub step: String,
    /// The key of the item that it is in.
    pub item: Option<String>,
    /// What the person reads.
    pub message: String,
    /// The line that follows.
    pub next: Option<String>,
}

/// A step of which nobody knows whether it took effect.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnknownItem {
    /// The step.
    pub step: String,
    /// The key of the item that it is in.
    pub item: Option<String>,
    /// What was sent.
    pub text: Option<String>,
    /// When: RFC 3339, UTC.
    pub sent_at: Option<String>,
}

/// A run that was begun or steered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunNamed {
    /// Its id.
    pub run: String,
}

impl RunItem {
    /// A row of the list.
    pub(crate) fn of(row: &RunRow) -> Self {
        let counts = row.summary.counts;
        Self {
            run: row.id.to_string(),
            workflow: row.workflow.clone(),
            file: row.file.clone(),
            status: row.summary.status.as_str(),
            crashed: row.crashed,
            sandbox: row.sandbox,
            started_at: row.started_at.to_string(),
            ended_at: row.summary.ended_at.map(|at| at.to_string()),
            credits: row.summary.credits,
            counts: CountsItem {
                succeeded: counts.succeeded,
                failed: counts.failed,
                skipped: counts.skipped,
                unknown: counts.unknown,
            },
        }
    }
}
