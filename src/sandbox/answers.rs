//! Answers and the envelope of errors, in both published forms.

use serde_json::{Value, json};

use crate::sandbox::settings::ErrorForms;

/// An answer before it is written to the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers beside those that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub(crate) body: Value,
}

impl Answer {
    /// Success with this body.
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// An error of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The service's code.
    pub(crate) code: String,
    /// What it tells people.
    pub(crate) message: String,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    /// An error with a status, a code and a message.
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None }
    }

    /// A path that the service does not have.
    pub(crate) fn unknown_path(method: &str, path: &str) -> Self {
        Self::new(404, "NOT_FOUND", format!("Cannot {method} {path}"))
    }

    /// Not enough credits.
    pub(crate) fn insufficient_balance(price: u64, balance: u64) -> Self {
        let message = format!("Insufficient balance: generation costs {price} credits, {balance} available");
        Self::new(402, "INSUFFICIENT_BALANCE", message)
    }

    /// The answer in the service's envelope.
    pub(crate) fn into_answer(self) -> Answer {
        let body = json!({
            "error": {"code": self.code, "message": self.message, "httpStatus": self.status},
            "status": "error",
            "status_code": self.status,
        });
        let answer = Answer { status: self.status, headers: Vec::new(), body };
        match self.retry_after {
            Some(seconds) => answer.header("Retry-After", seconds),
            None => answer,
        }
    }
}

/// The errors that were published in two forms.
impl ErrorForms {
    /// An absent or wrong secret.
    pub(crate) fn unauthorized(self, present: bool) -> Refusal {
        match (self, present) {
            (Self::Live, false) => Refusal::new(401, "MISSING_AUTH", "Missing api-secret header"),
            (_, false) => Refusal::new(401, "UNAUTHORIZED", "Missing api-secret header"),
            (_, true) => Refusal::new(401, "UNAUTHORIZED", "Invalid api-secret"),
        }
    }

    /// No agent with this code.
    pub(crate) fn agent_not_found(self, code: &str) -> Refusal {
        let message = format!("Agent not found for code: {code}");
        match self {
            Self::Page => Refusal::new(404, "AGENT_NOT_FOUND", message),
            Self::Live => Refusal::new(404, "NOT_FOUND", message),
        }
    }

    /// Nowhere to be heard.
    pub(crate) fn no_active_rooms(self, code: &str) -> Refusal {
        let message = format!("No active rooms found for agent {code}");
        match self {
            Self::Page => Refusal::new(404, "NO_ACTIVE_ROOMS", message),
            Self::Live => Refusal::new(404, "NOT_FOUND", message),
        }
    }

    /// A field that is there and wrong.
    pub(crate) fn invalid(self, message: impl Into<String>) -> Refusal {
        let status = if self == Self::Live { 400 } else { 422 };
        Refusal::new(status, "VALIDATION_ERROR", message)
    }

    /// A required field that is not there.
    pub(crate) fn missing(self, field: &str) -> Refusal {
        let message = format!("Missing required field: {field}");
        match self {
            Self::Page => self.invalid(message),
            Self::Live => Refusal::new(400, "MISSING_PARAM", message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_says_its_status_three_times() {
        let answer = ErrorForms::Page.unauthorized(true).into_answer();
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.body.to_string(),
            r#"{"error":{"code":"UNAUTHORIZED","message":"Invalid api-secret","httpStatus":401},"status":"error","status_code":401}"#
        );
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        let refusal = Refusal { retry_after: Some(3), ..Refusal::new(429, "RATE_LIMITED", "slow down") };
        assert_eq!(refusal.into_answer().headers, [("Retry-After", "3".to_owned())]);
    }
}
