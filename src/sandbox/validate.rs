//! `POST /v1/validate`: whether the secret is right.

use serde_json::json;

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::service::{Call, Service};
use crate::sandbox::settings::ErrorForms;

/// The page refuses a wrong secret; the newer form always answers 200 and says `valid: false`.
pub(crate) fn validate(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    if service.settings.errors == ErrorForms::Page {
        call.authorised.clone()?;
    }
    Ok(Answer::ok(json!({"valid": call.authorised.is_ok()})))
}
