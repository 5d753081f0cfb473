//! `set_prompt`: gives an agent another prompt, at no cost.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Address, Exchanging, Fields, Mistake};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::Text;
use crate::bithuman::PromptUpdate;
use crate::outcome::{Effect, Exchange, Tier};

/// Replaces an agent's system prompt. The face and the voice stay; nothing is charged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPrompt {
    /// Who the agent is and how it speaks.
    prompt: Text,
}

impl Action for SetPrompt {
    const NAME: &'static str = "set_prompt";
    const SHORT: Option<&'static str> = Some("prompt");
    const TIER: Tier = Tier::Write;
    const ADDRESS: Address = Address::Agent;
    const EXAMPLE: &'static str = "- set_prompt: You are hosting Alex today. Keep answers short.\n";
    type Output = PromptUpdate;

    fn effect(_: &Fields) -> Effect {
        Effect::Repeatable
    }

    fn check(fields: &Fields) -> Vec<Mistake> {
        Mistake::of_blank(fields, "prompt").into_iter().collect()
    }
}

impl Exchanging for SetPrompt {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        match exchange::agent(context) {
            Ok(agent) => exchange::done(context.client.update_prompt(agent, &self.prompt.0).await),
            Err(failure) => exchange::failed(failure),
        }
    }
}
