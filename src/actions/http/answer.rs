//! From an answer, or its absence, to the end of an exchange: the wire's table for services that are not ours.
//!
//! Secrets that come back are taken out before anything is cut: half a secret could not be found any more.

use indexmap::IndexMap;
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use serde_json::Value;

use super::{Expected, Http, HttpAnswer};
use crate::actions::exchange;
use crate::duration::Millis;
use crate::outcome::{ErrorClass, Exchange, Failure};
use crate::secret::Redactor;

/// The most bytes of a body that are kept.
const KEPT_BYTES: usize = 64 * 1024;
/// Headers that are always kept.
const KEPT_HEADERS: [&str; 3] = ["content-type", "location", "retry-after"];
/// Where services name a request, for those who look into it later.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of such a name.
const LONGEST_ID: usize = 128;

/// Reads an answer, without the secrets in it.
pub async fn read(http: &Http, mut response: Response, redactor: &Redactor) -> Exchange {
    let status = response.status().as_u16();
    let expected = http.expect.clone().unwrap_or(Expected(vec![(200, 299)]));
    let headers = kept_headers(response.headers(), http.keep_headers.as_deref().unwrap_or_default(), redactor);
    let request_id = request_id(response.headers(), redactor);
    tracing::Span::current().record("request_id", &request_id);
    tracing::debug!(status, "the service answers");
    let retry_after = retry_after(response.headers());
    let is_json = headers.get("content-type").is_some_and(|kind| kind.contains("json"));
    let bytes = match kept_body(&mut response, KEPT_BYTES + redactor.overhang()).await {
        Ok(bytes) => bytes,
        Err(error) => return exchange::failed(Failure { request_id, ..transport_failure(error) }),
    };
    if expected.contains(status) {
        let body = body_value(&bytes, is_json, redactor);
        return exchange::done(Ok(HttpAnswer { status_code: status, headers, body }));
    }
    let text = String::from_utf8_lossy(&bytes);
    exchange::failed(Failure { retry_after, request_id, ..unexpected(status, &redactor.text(&text)) })
}

/// A request that got no answer.
pub fn transport_failure(error: reqwest::Error) -> Failure {
    let (is_unsent, is_timeout) = (error.is_connect() || error.is_builder(), error.is_timeout());
    let reason = innermost(&error.without_url());
    match (is_unsent, is_timeout) {
        (true, _) => Failure::new(ErrorClass::Unsent, "unreachable", format!("not sent: {reason}")),
        (false, true) => Failure::new(ErrorClass::Unknown, "timeout", "sent, no answer in time"),
        (false, false) => Failure::new(ErrorClass::Unknown, "no_answer", format!("sent, no answer: {reason}")),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn unexpected(status: u16, body: &str) -> Failure {
    let class = match status {
        429 => ErrorClass::RateLimited,
        500.. => ErrorClass::Unknown,
        _ => ErrorClass::Rejected,
    };
    let start: String = body.chars().take(200).collect();
    let message = match (status, start.trim()) {
        (300..400, _) => format!("answered {status}: redirects are not followed"),
        (_, "") => format!("answered {status}"),
        (_, start) => format!("answered {status}: {start}"),
    };
    Failure { status: Some(status), ..Failure::new(class, format!("HTTP_{status}"), message) }
}

async fn kept_body(response: &mut Response, most: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while bytes.len() < most
        && let Some(chunk) = response.chunk().await?
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(most);
    Ok(bytes)
}

fn body_value(bytes: &[u8], is_json: bool, redactor: &Redactor) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let is_whole = is_json && bytes.len() <= KEPT_BYTES;
    match is_whole.then(|| serde_json::from_slice(bytes)) {
        Some(Ok(value)) => redactor.value(value),
        _ => Value::String(redactor.beginning(&String::from_utf8_lossy(bytes), KEPT_BYTES).into_owned()),
    }
}

fn kept_headers(headers: &HeaderMap, wanted: &[String], redactor: &Redactor) -> IndexMap<String, String> {
    let is_kept = |name: &str| KEPT_HEADERS.contains(&name) || wanted.iter().any(|w| w.eq_ignore_ascii_case(name));
    headers
        .iter()
        .filter(|(name, _)| is_kept(name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (redactor.text(name.as_str()).into_owned(), redactor.text(&value).into_owned())
        })
        .collect()
}

fn request_id(headers: &HeaderMap, redactor: &Redactor) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?.trim();
    (!id.is_empty()).then(|| redactor.text(id).chars().take(LONGEST_ID).collect())
}

fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Millis::from_secs)
}
