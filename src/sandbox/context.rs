//! `POST /v1/agent/{code}/add-context`: knowledge given in silence, or speech by its other name.

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::fields::Fields;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::speak::deliver;
use crate::sandbox::state::HeardKind;

/// Gives the agent a text to know, or to say.
pub(crate) fn add_context(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::of(&call.body, service.settings.errors)?;
    let context = fields.required_text("context")?.to_owned();
    let kind = match fields.one_of("type", &["add_context", "speak"])? {
        Some("speak") => HeardKind::Speak,
        _ => HeardKind::AddContext,
    };
    deliver(service, call, kind, &context)
}
