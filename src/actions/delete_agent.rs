//! `delete_agent`: removes an agent for good. Refused unless deleting is allowed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::action::{Action, Address, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::outcome::{Effect, Exchange, Failure, Tier};

/// Deletes an agent for good. Needs `--allow-destroy`; one that is gone already is a success.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteAgent {}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    /// False when it was gone already.
    deleted: bool,
}

impl Action for DeleteAgent {
    const NAME: &'static str = "delete_agent";
    const TIER: Tier = Tier::Write;
    const ADDRESS: Address = Address::Agent;
    const EXAMPLE: &'static str = "- delete_agent\n";
    type Output = Deleted;

    fn effect(_: &Fields) -> Effect {
        Effect::Repeatable
    }
}

impl Exchanging for DeleteAgent {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let agent = match exchange::agent(context) {
            Ok(agent) => agent,
            Err(failure) => return exchange::failed(failure),
        };
        if !context.allow_destroy {
            let message = format!("{agent} is not deleted: the run was started without `--allow-destroy`");
            return exchange::failed(Failure::rejected("destroy_not_allowed", message));
        }
        match context.client.delete_agent(agent).await {
            Ok(answer) => exchange::done(Ok(Deleted { deleted: answer.deleted })),
            Err(failure) if failure.status == Some(404) => exchange::done(Ok(Deleted { deleted: false })),
            Err(failure) => exchange::failed(failure),
        }
    }
}
