//! What the headers of an answer say, read defensively: a header that cannot be read says nothing.

use reqwest::header::HeaderMap;

use crate::clock::Timestamp;
use crate::duration::Millis;

/// Larger numbers are no limit of requests a minute.
const LARGEST_LIMIT: u32 = 1_000_000;
/// A reset beyond this is an instant in Unix seconds, one below it a number of seconds.
const SMALLEST_INSTANT: u64 = 100_000_000;
/// A bucket refills within a minute: a reset that is later is not believed.
const LATEST_RESET: Millis = Millis::from_secs(60);

/// The `X-RateLimit-*` headers, which some endpoints send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// Requests a minute.
    pub limit: Option<u32>,
    /// Requests left.
    pub remaining: Option<u32>,
    /// The time until there are more.
    pub reset: Option<Millis>,
}

/// The headers that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AnswerHeaders {
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// How long it asks us to wait.
    pub retry_after: Option<Millis>,
    /// Its limits.
    pub rate: RateHeaders,
    /// Its clock, to the second.
    pub date: Option<Timestamp>,
    /// Whether a first answer is repeated for the same idempotency key.
    pub replayed: bool,
    /// Whether the sandbox answers.
    pub sandbox: bool,
}

impl AnswerHeaders {
    /// Reads the headers of an answer that arrived at `now`.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let date = text("date").and_then(http_date);
        // The service's own clock, where it tells it, is the one its dates are meant by.
        let service_now = date.unwrap_or(now);
        let number = |name: &str| text(name).and_then(leading_number);
        let limited = |name: &str| number(name).and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= LARGEST_LIMIT);
        Self {
            request_id: text("x-request-id").filter(|id| !id.is_empty()).map(str::to_owned),
            retry_after: text("retry-after").and_then(|value| retry_after(value, service_now)),
            rate: RateHeaders {
                limit: limited("x-ratelimit-limit").filter(|limit| *limit > 0),
                remaining: limited("x-ratelimit-remaining"),
                reset: number("x-ratelimit-reset").map(|n| reset(n, service_now)).filter(|r| *r <= LATEST_RESET),
            },
            date,
            replayed: text("idempotency-replayed").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            sandbox: text("x-runsheet-sandbox") == Some("1"),
        }
    }
}

/// Reads `Retry-After`: seconds, whole or not, or an HTTP date, which counts from `now`.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Millis> {
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Millis((seconds * 1000.0).ceil() as u64));
    }
    http_date(value).map(|instant| instant.since(now))
}

/// Reads an HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(value).ok().map(|instant| Timestamp(instant.timestamp().as_millisecond()))
}

fn reset(number: u64, now: Timestamp) -> Millis {
    if number < SMALLEST_INSTANT {
        return Millis(number.saturating_mul(1000));
    }
    i64::try_from(number).map_or(Millis::ZERO, |seconds| Timestamp(seconds.saturating_mul(1000)).since(now))
}

/// The number a header begins with: gateways append windows, as in `60;w=60` and `60, 60`.
fn leading_number(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = &text[digits.len()..];
    let ends = rest.is_empty() || rest.starts_with([';', ',', ' ', '.']);
    if ends { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(pairs: &[(&'static str, &'static str)]) -> AnswerHeaders {
        let pairs = pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
        AnswerHeaders::read(&pairs.collect(), Timestamp(1_000))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:07 GMT").expect("a date");
        let cases = [
            ("7", Some(7_000)),
            ("0.25", Some(250)),
            ("0", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ];
        for (value, millis) in cases {
            assert_eq!(retry_after(value, now), millis.map(Millis), "{value}");
        }
    }

    #[test]
    fn a_date_counts_from_the_clock_of_the_service() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let later = read(&[date, ("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"), ("x-ratelimit-reset", "784111797")]);
        assert_eq!(later.retry_after, Some(Millis(3_000)));
        assert_eq!(later.rate.reset, Some(Millis(20_000)));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let limits = |limit, remaining, reset| {
            read(&[("x-ratelimit-limit", limit), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)])
                .rate
        };
        let some = RateHeaders { limit: Some(60), remaining: Some(0), reset: Some(Millis(9_000)) };
        assert_eq!(limits("60;w=60", "0", "9"), some);
        assert_eq!(limits("60, 60", "0", "9.5"), some);
        assert_eq!(limits("0", "-1", "3600"), RateHeaders::default());
        assert_eq!(limits("99999999999999999999", "60x", ""), RateHeaders::default());
        assert_eq!(read(&[("x-request-id", ""), ("date", "today")]), AnswerHeaders::default());
    }

    #[test]
    fn marks_are_read() {
        let marks = read(&[("idempotency-replayed", "True"), ("x-runsheet-sandbox", "1"), ("x-request-id", "req_1")]);
        assert!(marks.replayed && marks.sandbox);
        assert_eq!(marks.request_id.as_deref(), Some("req_1"));
    }
}
