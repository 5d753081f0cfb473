//! The table of endpoints, and which one a path belongs to.

use crate::outcome::Tier;
use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::service::{Call, Service};
use crate::sandbox::{account, agents, context, control, embed_tokens, speak, validate, webhooks};

/// Whether an endpoint asks for the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is answered without the right one.
    Secret,
    /// It judges the secret itself, or needs none.
    Open,
}

/// One endpoint.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The bucket that it draws from.
    pub(crate) class: Tier,
    pub(crate) access: Access,
    pub(crate) respond: fn(&mut Service, &Call) -> Result<Answer, Refusal>,
}

/// A path without an endpoint, or without one for the method.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) refusal: Refusal,
    /// The methods that the path has.
    pub(crate) allow: Option<String>,
}

type Respond = fn(&mut Service, &Call) -> Result<Answer, Refusal>;

const fn read(path: &'static str, respond: Respond) -> Route {
    Route { method: "GET", path, class: Tier::Read, access: Access::Secret, respond }
}

const fn write(method: &'static str, path: &'static str, respond: Respond) -> Route {
    Route { method, path, class: Tier::Write, access: Access::Secret, respond }
}

const fn open(method: &'static str, path: &'static str, class: Tier, respond: Respond) -> Route {
    Route { method, path, class, access: Access::Open, respond }
}

const fn generate(path: &'static str, respond: Respond) -> Route {
    Route { method: "POST", path, class: Tier::Generate, access: Access::Secret, respond }
}

/// Every endpoint; the first that fits a path is taken.
const ROUTES: &[Route] = &[
    open("POST", "/v1/validate", Tier::Write, validate::validate),
    generate("/v1/agent/generate", agents::generate),
    read("/v1/agent/status/{code}", agents::status),
    read("/v1/agent/{code}", agents::get),
    write("POST", "/v1/agent/{code}", agents::update),
    write("DELETE", "/v1/agent/{code}", agents::delete),
    write("POST", "/v1/agent/{code}/speak", speak::speak),
    write("POST", "/v1/agent/{code}/add-context", context::add_context),
    read("/v1/agents", agents::list),
    read("/v1/me", account::me),
    read("/v1/pricing", account::pricing),
    read("/v2/credit-summaries", account::credit_summaries),
    write("POST", "/v1/webhooks", webhooks::create),
    read("/v1/webhooks", webhooks::list),
    read("/v1/webhooks/{id}", webhooks::get),
    write("DELETE", "/v1/webhooks/{id}", webhooks::delete),
    write("POST", "/v1/webhooks/{id}/test", webhooks::test),
    read("/v1/webhooks/{id}/deliveries", webhooks::deliveries),
    write("POST", "/v1/embed-tokens/request", embed_tokens::request),
    open("POST", "/_sandbox/agents/{code}/rooms", Tier::None, control::open_room),
    open("DELETE", "/_sandbox/agents/{code}/rooms/{room_id}", Tier::None, control::close_room),
    open("GET", "/_sandbox/heard", Tier::None, control::heard),
    open("GET", "/_sandbox/requests", Tier::None, control::requests),
    open("POST", "/_sandbox/faults", Tier::None, control::faults),
];

/// The endpoint of a method and a path, with what its placeholders stand for.
pub(crate) fn find(method: &str, path: &str) -> Result<(&'static Route, Vec<String>), Missing> {
    let fitting: Vec<_> = ROUTES.iter().filter_map(|route| Some((route, fit(route.path, path)?))).collect();
    let allow: Vec<_> = fitting.iter().map(|(route, _)| route.method).collect();
    let allow = (!allow.is_empty()).then(|| allow.join(", "));
    match fitting.into_iter().find(|(route, _)| route.method == method) {
        Some(found) => Ok(found),
        None if allow.is_some() => {
            let refusal = Refusal::new(405, "METHOD_NOT_ALLOWED", format!("Cannot {method} {path}"));
            Err(Missing { refusal, allow })
        }
        None => Err(Missing { refusal: Refusal::unknown_path(method, path), allow: None }),
    }
}

fn fit(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (wanted, given): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut segments = Vec::new();
    for (want, segment) in wanted.into_iter().zip(given) {
        if want.starts_with('{') && !segment.is_empty() {
            segments.push(decode(segment));
        } else if want != segment {
            return None;
        }
    }
    Some(segments)
}

/// Undoes percent-encoding; what is no code stays as it is.
fn decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let decoded = code.and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_endpoint_and_its_segments() {
        let (route, segments) = find("POST", "/v1/agent/A%2F1/speak").unwrap();
        assert_eq!((route.path, segments), ("/v1/agent/{code}/speak", vec!["A/1".to_owned()]));
        let (route, _) = find("POST", "/v1/agent/generate").unwrap();
        assert_eq!((route.path, route.class), ("/v1/agent/generate", Tier::Generate));
        assert_eq!(decode("100%"), "100%");
    }

    #[test]
    fn an_unknown_path_and_a_wrong_method_are_told_apart() {
        assert_eq!(find("GET", "/v1/agent-generation").err().unwrap().refusal.status, 404);
        assert_eq!(find("GET", "/v1/agent/").err().unwrap().refusal.status, 404);
        let missing = find("PUT", "/v1/agent/A1").err().unwrap();
        assert_eq!((missing.refusal.status, missing.allow.as_deref()), (405, Some("GET, POST, DELETE")));
    }
}
