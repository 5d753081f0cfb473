//! `speak`: the agent says a line, aloud, once.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Address, Exchanging, Fields, Mistake};
use crate::actions::context::Context;
use crate::actions::fields::{Length, Text};
use crate::actions::{exchange, rooms};
use crate::bithuman::Delivery;
use crate::outcome::{Effect, Exchange, Tier};

/// Makes an agent say a line to the people in its rooms. Goes out at most once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Speak {
    /// What is said.
    message: Text,
    /// How long to wait for somebody to be there; without it, a line that nobody would hear fails.
    wait_for_room: Option<Length>,
}

impl Action for Speak {
    const NAME: &'static str = "speak";
    const SHORT: Option<&'static str> = Some("message");
    const TIER: Tier = Tier::Write;
    const ADDRESS: Address = Address::Room;
    const EXAMPLE: &'static str = "- speak: Hello Alex, welcome to the launch!\n";
    type Output = Delivery;

    fn effect(_: &Fields) -> Effect {
        Effect::Once
    }

    fn check(fields: &Fields) -> Vec<Mistake> {
        Mistake::of_blank(fields, "message").into_iter().collect()
    }

    fn spoken(_: &Fields) -> Option<&'static str> {
        Some("message")
    }
}

impl Exchanging for Speak {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let agent = match exchange::agent(context) {
            Ok(agent) => agent,
            Err(failure) => return exchange::failed(failure),
        };
        let answer = context.client.speak(agent, &self.message.0, context.room).await;
        rooms::delivered(answer, self.wait_for_room, context)
    }
}
