//! `wait_ready`: looks at an agent until it can be used.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Address, Estimate, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::Length;
use crate::bithuman::{AgentPhase, AgentRecord};
use crate::duration::Millis;
use crate::outcome::{Effect, ErrorClass, Exchange, Failure, Progress, Tier};

/// The time between two looks.
const POLL: Millis = Millis::from_secs(5);
/// How long a creation by a first-generation model may take.
const WITHIN_FIRST: Millis = Millis::from_secs(15 * 60);
/// How long any other creation may take.
const WITHIN_LATER: Millis = Millis::from_secs(3 * 3600);

/// Waits until an agent is ready. Looks at once, also after a resume; a failed look is not a failed creation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitReady {
    /// The time between two looks; `5s` when left out.
    poll: Option<Length>,
    /// How long to wait at the most; `15m` for models of the first version and `3h` for others when left out.
    within: Option<Length>,
}

impl Action for WaitReady {
    const NAME: &'static str = "wait_ready";
    const TIER: Tier = Tier::Read;
    const ADDRESS: Address = Address::Agent;
    const EXAMPLE: &'static str = "- wait_ready: { poll: 5s, within: 20m }\n";
    type Output = AgentRecord;

    fn effect(_: &Fields) -> Effect {
        Effect::Read
    }

    fn estimate(_: &Fields) -> Estimate {
        Estimate { requests: 1, at_least: true, ..Estimate::default() }
    }
}

impl Exchanging for WaitReady {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let agent = match exchange::agent(context) {
            Ok(agent) => agent,
            Err(failure) => return exchange::failed(failure),
        };
        let poll = self.poll.map_or(POLL, |length| length.0);
        match context.client.agent_status(agent).await {
            Ok(record) if record.phase() == AgentPhase::Ready => exchange::done(Ok(record)),
            Ok(record) if record.phase() == AgentPhase::Failed => exchange::failed(creation_failed(agent, &record)),
            Ok(record) if context.waited >= self.bound(&record) => {
                exchange::failed(too_late(agent, self.bound(&record), &record.status))
            }
            Ok(record) => Exchange::Again { after: poll, progress: progress_of(record) },
            Err(failure) => look_again(failure, poll, context.waited >= self.bound_blind()),
        }
    }
}

impl WaitReady {
    fn bound(&self, record: &AgentRecord) -> Millis {
        let first = record.model.as_deref().is_none_or(|model| !model.contains("-2") && model != "auto");
        self.within.map_or(if first { WITHIN_FIRST } else { WITHIN_LATER }, |length| length.0)
    }

    fn bound_blind(&self) -> Millis {
        self.within.map_or(WITHIN_LATER, |length| length.0)
    }
}

/// A gateway error or a lost answer says nothing about the creation: it goes on, and so do the looks.
fn look_again(failure: Failure, poll: Millis, late: bool) -> Exchange {
    let passing = matches!(failure.class, ErrorClass::Unknown | ErrorClass::Busy | ErrorClass::NotReady);
    if passing && !late {
        let progress =
            Progress { message: format!("the last look failed: {}", failure.message), ..Progress::default() };
        return Exchange::Again { after: poll, progress };
    }
    exchange::failed(failure)
}

fn progress_of(record: AgentRecord) -> Progress {
    Progress { fraction: record.progress, message: record.progress_msg.unwrap_or_default(), status: record.status }
}

fn creation_failed(agent: &str, record: &AgentRecord) -> Failure {
    let reason = record.error_message.as_deref().unwrap_or("the service gives no reason");
    Failure::rejected("creation_failed", format!("the creation of {agent} failed: {reason}"))
}

fn too_late(agent: &str, bound: Millis, status: &str) -> Failure {
    Failure::rejected("not_ready_in_time", format!("{agent} is not ready after {bound} (status `{status}`)"))
}
