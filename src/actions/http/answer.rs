//! From an answer, or its absence, to the end of an exchange: the wire's table for services that are not ours.

use indexmap::IndexMap;
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::{Expected, Http, HttpAnswer};
use crate::actions::exchange;
use crate::duration::Millis;
use crate::outcome::{ErrorClass, Exchange, Failure};

/// The most bytes of a body that are kept.
const KEPT_BYTES: usize = 64 * 1024;
/// Headers that are always kept.
const KEPT_HEADERS: [&str; 3] = ["content-type", "location", "retry-after"];

/// Reads an answer.
pub async fn read(http: &Http, mut response: Response) -> Exchange {
    let status = response.status().as_u16();
    let expected = http.expect.clone().unwrap_or(Expected(vec![(200, 299)]));
    let headers = kept_headers(response.headers(), http.keep_headers.as_deref().unwrap_or_default());
    let retry_after = retry_after(response.headers());
    let is_json = headers.get("content-type").is_some_and(|kind| kind.contains("json"));
    let bytes = match kept_body(&mut response).await {
        Ok(bytes) => bytes,
        Err(error) => return exchange::failed(transport_failure(error)),
    };
    if expected.contains(status) {
        let body = body_value(&bytes, is_json);
        return exchange::done(Ok(HttpAnswer { status_code: status, headers, body }));
    }
    exchange::failed(Failure { retry_after, ..unexpected(status, &bytes) })
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

fn unexpected(status: u16, bytes: &[u8]) -> Failure {
    let class = match status {
        429 => ErrorClass::RateLimited,
        500.. => ErrorClass::Unknown,
        _ => ErrorClass::Rejected,
    };
    let start: String = String::from_utf8_lossy(bytes).chars().take(200).collect();
    let message = match (status, start.trim()) {
        (300..400, _) => format!("answered {status}: redirects are not followed"),
        (_, "") => format!("answered {status}"),
        (_, start) => format!("answered {status}: {start}"),
    };
    Failure { status: Some(status), ..Failure::new(class, format!("HTTP_{status}"), message) }
}

async fn kept_body(response: &mut Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT_BYTES
        && let Some(chunk) = response.chunk().await?
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(KEPT_BYTES);
    Ok(bytes)
}

fn body_value(bytes: &[u8], is_json: bool) -> Value {
    let text = || Value::String(String::from_utf8_lossy(bytes).into_owned());
    if bytes.is_empty() {
        Value::Null
    } else if is_json {
        serde_json::from_slice(bytes).unwrap_or_else(|_| text())
    } else {
        text()
    }
}

fn kept_headers(headers: &HeaderMap, wanted: &[String]) -> IndexMap<String, String> {
    let is_kept = |name: &str| KEPT_HEADERS.contains(&name) || wanted.iter().any(|w| w.eq_ignore_ascii_case(name));
    headers
        .iter()
        .filter(|(name, _)| is_kept(name.as_str()))
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Millis::from_secs)
}
