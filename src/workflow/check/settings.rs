//! Control fields, read into their types. What cannot be read was reported by the shape and is left out.

use crate::duration::Millis;
use crate::plan::model::OnUnknown;
use crate::workflow::model::{HoldSetting, RetrySetting, Setting};
use crate::workflow::node::Node;

/// A type that a control field can have.
pub trait Settable: Sized {
    /// Reads what is written.
    fn read(text: &str) -> Option<Self>;
}

impl Settable for Millis {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Settable for u32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Settable for f64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A control field: known, or a template over `inputs` and `vars`.
pub fn setting<T: Settable>(node: Option<&Node>) -> Option<Setting<T>> {
    let text = node?.text()?;
    if text.value.contains("{{") {
        return Some(Setting::Template(text));
    }
    T::read(&text.value).map(Setting::Known)
}

/// `hold`.
pub fn hold(node: Option<&Node>) -> Option<HoldSetting> {
    match node?.text()?.value.as_str() {
        "speech" => Some(HoldSetting::Speech),
        _ => setting(node).map(HoldSetting::For),
    }
}

/// `retry` of a step, each field that is left out from the file's defaults.
pub fn retry(own: Option<&Node>, defaults: Option<&Node>) -> RetrySetting {
    let field = |key: &str| own.and_then(|retry| retry.get(key)).or_else(|| defaults.and_then(|retry| retry.get(key)));
    RetrySetting {
        max_attempts: setting(field("max_attempts")),
        exponential: field("backoff").and_then(Node::text).map(|backoff| backoff.value == "exponential"),
        delay: setting(field("delay")),
        max_delay: setting(field("max_delay")),
        jitter: field("jitter").and_then(|jitter| jitter.to_json().as_bool()),
        deadline: setting(field("deadline")),
    }
}

/// `on_unknown`.
pub fn on_unknown(node: Option<&Node>) -> Option<OnUnknown> {
    match node?.text()?.value.as_str() {
        "ask" => Some(OnUnknown::Ask),
        "skip" => Some(OnUnknown::Skip),
        "resend" => Some(OnUnknown::Resend),
        _ => None,
    }
}
