//! `list_agents`: the account's agents, newest first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::action::{Action, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::Text;
use crate::bithuman::{AgentQuery, AgentRecord};
use crate::outcome::{Effect, Exchange, Tier};

/// Lists the account's agents, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAgents {
    /// Only those with this status, such as `ready`.
    status: Option<Text>,
    /// How many at the most; 20 when left out.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// What the service has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentList {
    /// The agents, newest first.
    agents: Vec<AgentRecord>,
}

impl Action for ListAgents {
    const NAME: &'static str = "list_agents";
    const TIER: Tier = Tier::Read;
    const EXAMPLE: &'static str = "- list_agents: { status: ready, limit: 10 }\n";
    type Output = AgentList;

    fn effect(_: &Fields) -> Effect {
        Effect::Read
    }
}

impl Exchanging for ListAgents {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let query = AgentQuery { status: self.status.map(|text| text.0), limit: self.limit, offset: 0 };
        let answer = context.client.list_agents(&query).await;
        exchange::done(answer.map(|page| AgentList { agents: page.agents }))
    }
}
