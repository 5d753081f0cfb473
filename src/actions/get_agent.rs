//! `get_agent`: everything the service tells of an agent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Address, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::bithuman::AgentRecord;
use crate::outcome::{Effect, Exchange, Tier};

/// Fetches an agent's record: status, prompt, pictures, name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAgent {}

impl Action for GetAgent {
    const NAME: &'static str = "get_agent";
    const TIER: Tier = Tier::Read;
    const ADDRESS: Address = Address::Agent;
    const EXAMPLE: &'static str = "- get_agent\n";
    type Output = AgentRecord;

    fn effect(_: &Fields) -> Effect {
        Effect::Read
    }
}

impl Exchanging for GetAgent {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        match exchange::agent(context) {
            Ok(agent) => exchange::done(context.client.agent(agent).await),
            Err(failure) => exchange::failed(failure),
        }
    }
}
