//! What the wire says, as a class: the one table, as pure functions.
//!
//! A status alone settles most classes; the service's envelope tells its own 503, 409 and 404 from a gateway's.

use std::error::Error;

use serde_json::Value;

use super::headers::AnswerHeaders;
use crate::outcome::{ErrorClass, Failure};

/// The longest text of the service that is repeated to people, in characters.
const LONGEST_TEXT: usize = 300;

/// An error in the service's own words.
#[derive(Debug, Default, PartialEq, Eq)]
struct Envelope {
    code: String,
    message: String,
}

/// A status and the headers that came with it.
pub(super) struct Head<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter.
    pub headers: &'a AnswerHeaders,
}

/// Classifies an answer that arrived whole or not: the body is none when it cannot be read as JSON.
pub(super) fn classify(head: &Head<'_>, body: Option<&Value>) -> Result<(), Failure> {
    let envelope = body.and_then(envelope);
    let class = match (head.status, &envelope) {
        (200..=299, None) if body.is_some() => return Ok(()),
        (200..=299, None) => return Err(unreadable(head, "its body is not the JSON it should be")),
        (200..=299, Some(_)) => ErrorClass::Unknown,
        (429, _) => ErrorClass::RateLimited,
        (503, Some(_)) => ErrorClass::Busy,
        (409, Some(_)) => ErrorClass::NotReady,
        (404, Some(envelope)) if tells_of_no_room(envelope) => ErrorClass::NoRoom,
        (401 | 403, _) => ErrorClass::Unauthorized,
        (402, _) => ErrorClass::OutOfCredits,
        (400..=499, _) => ErrorClass::Rejected,
        _ => ErrorClass::Unknown,
    };
    let envelope = envelope.unwrap_or_default();
    let code = if envelope.code.is_empty() { format!("http_{}", head.status) } else { envelope.code.clone() };
    Err(with_head(head, Failure::new(class, code, refusal(head, &envelope))))
}

/// A failure for a 2xx that lacks what the call is about: nobody knows what was done.
pub(super) fn unreadable(head: &Head<'_>, why: &str) -> Failure {
    let message = format!("the service answers {}, but {why}{}", head.status, request_in_brackets(head));
    with_head(head, Failure::new(ErrorClass::Unknown, "unreadable_answer", message))
}

/// A failure for a 2xx whose rooms all stayed silent.
pub(super) fn heard_by_nobody(head: &Head<'_>, skipped: u64) -> Failure {
    let why = if skipped == 0 { String::new() } else { format!(": {skipped} without a worker") };
    let message = format!("the service delivers it to no room{why}{}", request_in_brackets(head));
    with_head(head, Failure::new(ErrorClass::NoRoom, "no_room_reached", message))
}

/// Classifies an exchange without an answer: `nothing_sent` when not a byte of the body left.
pub(super) fn no_answer(host: &str, error: &reqwest::Error, nothing_sent: bool) -> Failure {
    let reason = innermost(error);
    if error.is_builder() {
        return Failure::new(ErrorClass::Unsent, "invalid_request", format!("the request cannot be built: {reason}"));
    }
    let (class, code, message) = match (nothing_sent || error.is_connect(), error.is_timeout()) {
        (true, true) => {
            (ErrorClass::Unsent, "connect_timeout", format!("`{host}` does not accept a connection in time"))
        }
        (true, false) => (ErrorClass::Unsent, "unreachable", format!("`{host}` cannot be reached: {reason}")),
        (false, true) => (ErrorClass::Unknown, "timeout", format!("`{host}` does not answer in time")),
        (false, false) => (ErrorClass::Unknown, "no_answer", format!("`{host}` gives no readable answer: {reason}")),
    };
    Failure::new(class, code, message)
}

/// Reads the service's envelope in its nested and in its flat form; what a gateway writes is neither.
fn envelope(body: &Value) -> Option<Envelope> {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned();
    if let Some(error) = body.get("error").filter(|error| error.is_object()) {
        let found = Envelope { code: text(error, "code"), message: text(error, "message") };
        return (!found.code.is_empty()).then_some(found);
    }
    let is_error = body.get("success") == Some(&Value::Bool(false)) || body.get("status").is_some_and(|s| s == "error");
    let found = Envelope { code: text(body, "code"), message: text(body, "message") };
    (is_error && !found.code.is_empty()).then_some(found)
}

fn tells_of_no_room(envelope: &Envelope) -> bool {
    let newer = envelope.code == "NOT_FOUND" && envelope.message.to_lowercase().starts_with("no active rooms");
    envelope.code == "NO_ACTIVE_ROOMS" || newer
}

fn refusal(head: &Head<'_>, envelope: &Envelope) -> String {
    let mut message = format!("the service answers {}", head.status);
    if !envelope.code.is_empty() {
        message += &format!(" `{}`", one_line(&envelope.code));
    }
    if !envelope.message.is_empty() {
        message += &format!(": {}", one_line(&envelope.message).trim_end_matches('.'));
    } else if (300..=399).contains(&head.status) {
        message += ", a redirect, which is not followed";
    }
    message + &request_in_brackets(head)
}

fn request_in_brackets(head: &Head<'_>) -> String {
    head.headers.request_id.as_ref().map_or_else(String::new, |id| format!(" (request `{}`)", one_line(id)))
}

fn with_head(head: &Head<'_>, failure: Failure) -> Failure {
    let request_id = head.headers.request_id.clone();
    Failure { status: Some(head.status), request_id, retry_after: head.headers.retry_after, ..failure }
}

/// Text of another machine on one line, without what could drive a terminal.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = plain.take(LONGEST_TEXT).collect();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        line.push('…');
    }
    line
}

/// The cause at the bottom of the chain: what the ones above say is said by the message.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    // The bottom may be the client's own error, whose text repeats the whole URL.
    if cause.is::<reqwest::Error>() { "the request fails".to_owned() } else { one_line(&cause.to_string()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::duration::Millis;

    fn nested(code: &str, message: &str, status: u16) -> Value {
        let error = json!({"code": code, "message": message, "httpStatus": status});
        json!({"error": error, "status": "error", "status_code": status})
    }

    fn class(status: u16, body: Option<&Value>) -> Option<ErrorClass> {
        let headers = AnswerHeaders::default();
        classify(&Head { status, headers: &headers }, body).err().map(|failure| failure.class)
    }

    #[test]
    fn the_envelope_and_the_status_decide_the_class() {
        use ErrorClass::*;
        let cases = [
            (401, "UNAUTHORIZED", "", Unauthorized),
            (401, "MISSING_AUTH", "", Unauthorized),
            (403, "ACCOUNT_SUSPENDED", "", Unauthorized),
            (402, "INSUFFICIENT_BALANCE", "", OutOfCredits),
            (404, "AGENT_NOT_FOUND", "", Rejected),
            (404, "NOT_FOUND", "Agent not found for code: A1", Rejected),
            (404, "NO_ACTIVE_ROOMS", "", NoRoom),
            (404, "NOT_FOUND", "No active rooms found for agent A1", NoRoom),
            (422, "VALIDATION_ERROR", "", Rejected),
            (400, "VIDEO_INPUT_NOT_SUPPORTED", "", Rejected),
            (409, "AGENT_NOT_READY", "", NotReady),
            (409, "AGENT_PROCESSING", "", NotReady),
            (429, "RATE_LIMITED", "", RateLimited),
            (429, "SESSION_LIMIT", "", RateLimited),
            (503, "NO_AVAILABLE_WORKERS", "", Busy),
            (503, "MODEL_NOT_YET_AVAILABLE", "", Busy),
            (500, "INTERNAL_ERROR", "", Unknown),
            (504, "GATEWAY_TIMEOUT", "", Unknown),
            (200, "INTERNAL_ERROR", "", Unknown),
        ];
        for (status, code, message, expected) in cases {
            assert_eq!(class(status, Some(&nested(code, message, status))), Some(expected), "{status} {code}");
            let flat = json!({"success": false, "code": code, "message": message});
            assert_eq!(class(status, Some(&flat)), Some(expected), "{status} {code}, flat");
        }
    }

    #[test]
    fn without_the_envelope_only_the_status_speaks() {
        use ErrorClass::*;
        let cases = [(401, Unauthorized), (402, OutOfCredits), (403, Unauthorized), (404, Rejected), (409, Rejected)];
        let cases = cases.into_iter().chain([(418, Rejected), (429, RateLimited), (500, Unknown), (502, Unknown)]);
        let cases = cases.chain([(503, Unknown), (504, Unknown), (302, Unknown), (308, Unknown), (101, Unknown)]);
        let gateway = json!({"message": "Service Unavailable"});
        for (status, expected) in cases {
            assert_eq!(class(status, None), Some(expected), "{status}");
            assert_eq!(class(status, Some(&gateway)), Some(expected), "{status} from a gateway");
        }
        assert_eq!(class(200, None), Some(Unknown));
        assert_eq!(class(200, Some(&json!({"success": true, "code": "A91XMB7113"}))), None);
        assert_eq!(class(201, Some(&json!([]))), None);
    }

    #[test]
    fn a_failure_says_what_the_service_said() {
        let headers = AnswerHeaders {
            request_id: Some("req_7".into()),
            retry_after: Some(Millis(3_000)),
            ..AnswerHeaders::default()
        };
        let head = Head { status: 402, headers: &headers };
        let body = nested("INSUFFICIENT_BALANCE", "Not enough\ncredits\u{1b}[31m.", 402);
        let failure = classify(&head, Some(&body)).expect_err("refused");
        let said = "the service answers 402 `INSUFFICIENT_BALANCE`: Not enough credits [31m (request `req_7`)";
        assert_eq!(failure.message, said);
        assert_eq!((failure.code.as_str(), failure.status), ("INSUFFICIENT_BALANCE", Some(402)));
        assert_eq!((failure.request_id.as_deref(), failure.retry_after), (Some("req_7"), Some(Millis(3_000))));
        let long = nested("VALIDATION_ERROR", &"x".repeat(9_999), 422);
        assert!(
            classify(&Head { status: 422, headers: &headers }, Some(&long)).expect_err("refused").message.len() < 400
        );
    }

    #[test]
    fn heard_by_nobody_is_no_room() {
        let headers = AnswerHeaders::default();
        let failure = heard_by_nobody(&Head { status: 200, headers: &headers }, 2);
        assert_eq!(failure.class, ErrorClass::NoRoom);
        assert_eq!(failure.message, "the service delivers it to no room: 2 without a worker");
    }
}
