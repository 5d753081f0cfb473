//! `add_context`: the agent learns something, silently or aloud, once.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Address, Exchanging, Fields, Mistake};
use crate::actions::context::Context;
use crate::actions::fields::{Length, Text};
use crate::actions::{exchange, rooms};
use crate::bithuman::{ContextType, Delivery};
use crate::outcome::{Effect, Exchange, Tier};

/// Gives an agent background knowledge for the people in its rooms. Goes out at most once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddContext {
    /// What the agent should know, or say.
    context: Text,
    /// `add_context` keeps it in mind, `speak` says it aloud; `add_context` when left out.
    #[serde(rename = "type")]
    kind: Option<ContextType>,
    /// How long to wait for somebody to be there; without it, context that reaches nobody fails.
    wait_for_room: Option<Length>,
}

impl Action for AddContext {
    const NAME: &'static str = "add_context";
    const SHORT: Option<&'static str> = Some("context");
    const TIER: Tier = Tier::Write;
    const ADDRESS: Address = Address::Room;
    const EXAMPLE: &'static str = "- add_context: Alex has been a customer since 2021.\n";
    type Output = Delivery;

    fn effect(_: &Fields) -> Effect {
        Effect::Once
    }

    fn check(fields: &Fields) -> Vec<Mistake> {
        Mistake::of_blank(fields, "context").into_iter().collect()
    }

    fn spoken(fields: &Fields) -> Option<&'static str> {
        (fields.get("type").and_then(|kind| kind.as_str()) == Some("speak")).then_some("context")
    }
}

impl Exchanging for AddContext {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let agent = match exchange::agent(context) {
            Ok(agent) => agent,
            Err(failure) => return exchange::failed(failure),
        };
        let kind = self.kind.unwrap_or_default();
        let answer = context.client.add_context(agent, &self.context.0, kind, context.room).await;
        rooms::delivered(answer, self.wait_for_room, context)
    }
}
