//! What goes wrong on request: which requests, and what happens to them.
//!
//! A list comes from a file (`kind: faults`) or over `POST /_sandbox/faults`. Every delay that matches a request
//! is waited for; of the rest, the first in the list happens.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::diagnostic::{Diagnostic, Source};
use crate::duration::{DurationError, Millis};
use crate::sandbox::random::draw_share;
use crate::sandbox::state::State;

/// One rule: these requests, this mishap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FaultEntry", into = "FaultEntry")]
pub struct Fault {
    method: Option<String>,
    path: String,
    which: Which,
    then: Mishap,
}

/// Which of the requests that match.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Every,
    Nth(u64),
    Share(f64),
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// It is refused with this answer and not done.
    Answer(Refused),
    /// It waits first.
    Delay(Length),
    /// The connection is closed before it is done.
    CloseBefore,
    /// It is done, and the connection is closed without an answer.
    CloseAfter,
    /// It is done, and the answer is cut in half and spoilt.
    Garble,
    /// The creation that it begins fails with this message.
    FailCreation(String),
}

/// An answer in the service's envelope; without a code one of a gateway, which knows no envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The service's code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// What it tells people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What `Retry-After` says, in whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Length>,
}

/// A length of time as people write it: `300ms`, `2s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Millis);

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_text())
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |error: DurationError| de::Error::custom(format!("{error}: `{text}`; write it as `300ms` or `2s`"));
        Millis::parse(&text).map(Self).map_err(wrong)
    }
}

/// A rule as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nth: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    then: Mishap,
}

impl TryFrom<FaultEntry> for Fault {
    type Error = String;

    fn try_from(entry: FaultEntry) -> Result<Self, String> {
        let which = match (entry.nth, entry.share) {
            (None, None) => Which::Every,
            (Some(0), None) => return Err("`nth` counts from 1".to_owned()),
            (Some(nth), None) => Which::Nth(nth),
            (None, Some(share)) if (0.0..=1.0).contains(&share) => Which::Share(share),
            (None, Some(share)) => return Err(format!("`share` is between 0 and 1, and not {share}")),
            (Some(_), Some(_)) => return Err("a fault has `nth` or `share`, and not both".to_owned()),
        };
        let path = entry.path.unwrap_or_else(|| "/*".to_owned());
        if !path.starts_with('/') {
            return Err(format!("the path `{path}` does not begin with `/`"));
        }
        if let Mishap::Answer(refused) = &entry.then {
            let lowest = if refused.code.is_empty() { 300 } else { 400 };
            if !(lowest..=599).contains(&refused.status) {
                return Err(format!("the status {} is not between {lowest} and 599", refused.status));
            }
        }
        Ok(Self { method: entry.method.map(|method| method.to_uppercase()), path, which, then: entry.then })
    }
}

impl From<Fault> for FaultEntry {
    fn from(fault: Fault) -> Self {
        let (nth, share) = match fault.which {
            Which::Every => (None, None),
            Which::Nth(nth) => (Some(nth), None),
            Which::Share(share) => (None, Some(share)),
        };
        Self { method: fault.method, path: Some(fault.path), nth, share, then: fault.then }
    }
}

impl Fault {
    /// Tells whether a request is one of those that it counts.
    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method) && path_matches(&self.path, path)
    }

    /// Tells whether it strikes the `n`-th of them, counted from 1.
    fn strikes(&self, index: usize, n: u64, seed: u64) -> bool {
        match self.which {
            Which::Every => true,
            Which::Nth(nth) => nth == n,
            Which::Share(share) => draw_share(seed, &format!("fault {index}"), n) < share,
        }
    }
}

/// What happens to one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Disturbance {
    /// How long it waits first.
    pub(crate) delay: Millis,
    /// What happens then, if anything.
    pub(crate) mishap: Option<Mishap>,
}

/// Decides what happens to a request, and which faults have counted it.
pub(crate) fn choose(state: &State, method: &str, path: &str, seed: u64) -> (Disturbance, Vec<usize>) {
    let mut disturbance = Disturbance::default();
    let mut counted = Vec::new();
    for (index, fault) in state.faults.iter().flatten().enumerate().filter(|(_, fault)| fault.matches(method, path)) {
        counted.push(index);
        let n = state.matched.get(&index).copied().unwrap_or(0) + 1;
        match &fault.then {
            _ if !fault.strikes(index, n, seed) => {}
            Mishap::Delay(length) => disturbance.delay = disturbance.delay + length.0,
            mishap if disturbance.mishap.is_none() => disturbance.mishap = Some(mishap.clone()),
            _ => {}
        }
    }
    (disturbance, counted)
}

/// `{…}` and `*` stand for one segment; a `*` at the end stands for all that follows.
fn path_matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut wanted = pattern.split('/').peekable();
    while let Some(want) = wanted.next() {
        let Some(segment) = segments.next() else { return false };
        if want == "*" && wanted.peek().is_none() {
            return true;
        }
        let any = want == "*" || (want.starts_with('{') && want.ends_with('}'));
        if !any && want != segment {
            return false;
        }
    }
    segments.next().is_none()
}

/// A file of faults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsFile {
    kind: String,
    version: u64,
    faults: Vec<Fault>,
}

/// Reads a file of faults, or tells its first mistake.
pub fn read(source: &Arc<Source>) -> Result<Vec<Fault>, Diagnostic> {
    let wrong = |span, message: String| Diagnostic::error("invalid-faults", source, span, message);
    let file: FaultsFile = serde_saphyr::from_str(&source.text).map_err(|error| {
        let span = error.location().map(|location| location.span());
        let start = span.and_then(|span| span.byte_offset()).unwrap_or(0) as usize;
        let length = span.and_then(|span| span.byte_len()).unwrap_or(0) as usize;
        let text = error.without_snippet().to_string();
        // The renderer says where it is.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        wrong(start..start + length, message.to_owned())
    })?;
    match (file.kind.as_str(), file.version) {
        ("faults", 1) => Ok(file.faults),
        ("faults", version) => {
            Err(wrong(0..0, format!("a faults file of version {version} is unknown")).hint("write `version: 1`"))
        }
        (kind, _) => Err(wrong(0..0, format!("a file of kind `{kind}` holds no faults")).hint("write `kind: faults`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Fault>, Diagnostic> {
        read(&Source::new("faults.yaml", text))
    }

    fn faults(entries: &str) -> Result<Vec<Fault>, Diagnostic> {
        read_text(&format!("kind: faults\nversion: 1\nfaults:\n{entries}"))
    }

    #[test]
    fn every_mishap_is_written_in_yaml() {
        let list = faults(
            "- { method: post, path: '/v1/agent/{code}/speak', nth: 3, then: close_after }
- { path: /v1/*, share: 0.5, then: { delay: 300ms } }
- { then: { answer: { status: 429, code: RATE_LIMITED, retry_after: 2s } } }
- { then: close_before }
- { then: garble }
- { path: /v1/agent/generate, then: { fail_creation: no face found } }
- { then: { answer: { status: 502 } } }\n",
        )
        .unwrap();
        let again: Vec<Fault> = serde_json::from_value(serde_json::to_value(&list).unwrap()).unwrap();
        assert_eq!(list, again);
        assert_eq!(list[0].then, Mishap::CloseAfter);
        assert_eq!(list[1].then, Mishap::Delay(Length(Millis(300))));
        assert_eq!(list[5].then, Mishap::FailCreation("no face found".to_owned()));
    }

    #[test]
    fn a_mistake_in_a_file_is_told() {
        let cases = [
            ("- { nth: 0, then: garble }", "`nth` counts from 1"),
            ("- { nth: 1, share: 0.5, then: garble }", "not both"),
            ("- { share: 2, then: garble }", "between 0 and 1"),
            ("- { path: v1, then: garble }", "does not begin with `/`"),
            ("- { then: { delay: 5 } }", "needs a unit"),
            ("- { then: { answer: { status: 200, code: OK } } }", "between 400 and 599"),
            ("- { then: { answer: { status: 204 } } }", "between 300 and 599"),
            ("- { then: explode }", "explode"),
            ("- { when: 1, then: garble }", "when"),
        ];
        for (entry, wanted) in cases {
            let error = faults(entry).unwrap_err();
            assert!(error.message.contains(wanted) && !error.message.contains("line"), "{entry}: {}", error.message);
            assert_eq!(error.start().line, 4, "{entry}");
        }
        let hint = |text| read_text(text).unwrap_err().hint.unwrap();
        assert_eq!(hint("kind: agents\nversion: 1\nfaults: []"), "write `kind: faults`");
        assert_eq!(hint("kind: faults\nversion: 2\nfaults: []"), "write `version: 1`");
    }

    #[test]
    fn placeholders_stand_for_one_segment_and_a_last_star_for_the_rest() {
        assert!(path_matches("/v1/agent/{code}/speak", "/v1/agent/A1/speak"));
        assert!(path_matches("/v1/*/A1/speak", "/v1/agent/A1/speak"));
        assert!(path_matches("/v1/*", "/v1/agent/A1/speak"));
        assert!(!path_matches("/v1/agent/{code}", "/v1/agent/A1/speak"));
        assert!(!path_matches("/v1/agent/{code}/speak", "/v1/agent/A1"));
    }

    #[test]
    fn the_nth_of_those_that_match_is_struck_and_delays_add_up() {
        let list = faults(
            "- { method: POST, path: /v1/x, nth: 2, then: garble }
- { then: { delay: 1s } }
- { path: /v1/x, then: { delay: 200ms } }\n",
        )
        .unwrap();
        let mut state = State { faults: Some(list), ..State::default() };
        let mut seen = Vec::new();
        for (method, path) in [("POST", "/v1/x"), ("GET", "/v1/x"), ("POST", "/v1/x"), ("POST", "/v1/y")] {
            let (disturbance, counted) = choose(&state, method, path, 1);
            counted.into_iter().for_each(|index| *state.matched.entry(index).or_default() += 1);
            seen.push((disturbance.delay.0, disturbance.mishap.is_some()));
        }
        assert_eq!(seen, [(1_200, false), (1_200, false), (1_200, true), (1_000, false)]);
    }
}
