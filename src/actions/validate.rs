//! `validate`: is the secret right?

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Exchanging, Fields};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::bithuman::Validation;
use crate::outcome::{Effect, ErrorClass, Exchange, Failure, Tier};

/// Asks the service whether the secret is right. Costs nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validate {}

impl Action for Validate {
    const NAME: &'static str = "validate";
    const TIER: Tier = Tier::Write;
    const EXAMPLE: &'static str = "- validate\n";
    type Output = Validation;

    fn effect(_: &Fields) -> Effect {
        Effect::Read
    }
}

impl Exchanging for Validate {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        match context.client.validate().await {
            Ok(validation) if !validation.valid => {
                let message = "the service says that the secret is not valid";
                exchange::failed(Failure::new(ErrorClass::Unauthorized, "UNAUTHORIZED", message))
            }
            answer => exchange::done(answer),
        }
    }
}
