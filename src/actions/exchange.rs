//! The last step of most actions: what the client answered becomes the end of an exchange.

use serde::Serialize;

use crate::actions::context::Context;
use crate::outcome::{Exchange, Failure};

/// Ends an exchange with a typed result or its failure.
pub fn done<T: Serialize>(answer: Result<T, Failure>) -> Exchange {
    match answer.map(serde_json::to_value) {
        Ok(Ok(result)) => Exchange::Done { result },
        Ok(Err(error)) => failed(Failure::rejected("unreadable_result", error.to_string())),
        Err(failure) => failed(failure),
    }
}

/// Ends an exchange with a failure.
pub fn failed(failure: Failure) -> Exchange {
    Exchange::Failed { failure }
}

/// The agent that the action addresses.
pub fn agent<'a>(context: &Context<'a>) -> Result<&'a str, Failure> {
    context.agent.ok_or_else(|| Failure::rejected("missing_agent", "the step addresses no agent"))
}
