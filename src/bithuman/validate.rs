//! `POST /v1/validate`: whether the secret is good. Free.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::client::{Client, Request};
use crate::outcome::Failure;

/// Whether the secret is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// Whether the service accepts the secret.
    pub valid: bool,
}

impl Client {
    /// Asks whether the secret is good. A 401 says the same as `valid: false`, and both are an answer.
    pub async fn validate(&self) -> Result<Validation, Failure> {
        match self.call(Request::post(&["v1", "validate"])).await {
            Ok(answer) => answer.read("`valid`", |body| Some(Validation { valid: body.data().flag("valid")? })),
            Err(failure) if failure.status == Some(401) => Ok(Validation { valid: false }),
            Err(failure) => Err(failure),
        }
    }
}
