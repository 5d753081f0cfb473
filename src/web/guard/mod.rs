//! Who may ask for what: looked at before any handler, and the headers of every answer behind it.
//!
//! In this order: the host that was asked for, where the request comes from, who asks. On this machine alone nobody
//! needs a token; wherever others could reach the server everybody does. The deliveries to `/hooks` are signed and
//! need none.

mod failures;
mod headers;
mod host;
mod origin;
mod sessions;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::access::Role;
use crate::web::errors::{Answer, Problem};
use crate::web::site::Site;
use failures::Failures;
pub(crate) use host::Hosts;
pub(crate) use sessions::{COOKIE, LASTS, Sessions, cookie};

/// What the guard knows.
pub(crate) struct Guard {
    /// The hosts that this server answers to.
    hosts: Hosts,
    /// Whether everybody needs a token.
    needs_token: bool,
    /// Who logged in with a browser.
    pub(crate) sessions: Sessions,
    failures: Failures,
}

/// What an endpoint asks of whoever asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Nothing.
    Open,
    /// A page: whoever is not known is led to the login.
    Page,
    /// At least this role.
    Needs(Role),
}

impl Guard {
    /// The guard of a server that listens here and answers to these hosts as well.
    pub(crate) fn new(listen: SocketAddr, allowed: &[String]) -> Self {
        let needs_token = !listen.ip().is_loopback() || !allowed.is_empty();
        let hosts = Hosts::new(listen, allowed);
        Self { hosts, needs_token, sessions: Sessions::default(), failures: Failures::default() }
    }

    /// A delivery that proved nothing counts as a wrong token.
    pub(crate) fn failed(&self, peer: IpAddr, problem: Problem) -> Problem {
        self.failures.counted(peer, problem)
    }

    /// Whether everybody needs a token.
    pub(crate) fn needs_token(&self) -> bool {
        self.needs_token
    }
}

/// Looks at a request, hands it on, and dresses the answer.
pub(crate) async fn keep(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let admitted = match look(&site.guard, &request) {
        Ok(door) => admit(&site, peer, (door, &path, &headers)).await,
        Err(problem) => Err(problem),
    };
    let mut response = match admitted {
        Ok(None) => next.run(request).await,
        Ok(Some(elsewhere)) => elsewhere,
        Err(problem) => problem.into_response(),
    };
    headers::dress(&mut response, &path);
    response
}

/// What needs no memory: the host, and where the request comes from. Answers what its endpoint asks.
fn look(guard: &Guard, request: &Request) -> Answer<Door> {
    let asked = guard.hosts.check(request)?;
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes {
        origin::check(request.headers(), &asked)?;
    }
    Ok(door(request.uri().path(), changes))
}

/// Lets a request through, leads it elsewhere, or refuses it.
async fn admit(
    site: &Site,
    peer: SocketAddr,
    (door, path, headers): (Door, &str, &HeaderMap),
) -> Answer<Option<Response>> {
    if door == Door::Open {
        return Ok(None);
    }
    match (who(site, peer, headers).await?, door) {
        (Some(role), Door::Needs(needed)) if role < needed => {
            let problem = Problem::new(StatusCode::FORBIDDEN, "role", "a viewer may look, and nothing else");
            Err(problem.hint("`runsheet token create --role operator` makes a token that may"))
        }
        (Some(_), _) => Ok(None),
        (None, Door::Page) => Ok(Some(to_login(path))),
        (None, _) => Err(failures::unknown()),
    }
}

fn door(path: &str, changes: bool) -> Door {
    let is_api = path.starts_with("/api/") || path == "/metrics";
    match path {
        "/api/v1/login" | "/api/v1/logout" => Door::Open,
        _ if path == "/login" || path.starts_with("/login/") || path.starts_with("/assets/") => Door::Open,
        _ if path == "/hooks" || path.starts_with("/hooks/") => Door::Open,
        // What a run would do is looked at, though it is asked with a body.
        _ if is_api && changes && !is_plan(path) => Door::Needs(Role::Operator),
        _ if is_api => Door::Needs(Role::Viewer),
        _ => Door::Page,
    }
}

fn is_plan(path: &str) -> bool {
    path.starts_with("/api/v1/workflows/") && path.ends_with("/plan")
}

/// What whoever asks may do; none when they are not known and need to be.
async fn who(site: &Site, peer: SocketAddr, headers: &HeaderMap) -> Answer<Option<Role>> {
    if let Some(token) = bearer(headers) {
        return match role_of(site, token).await? {
            Some(role) => Ok(Some(role)),
            None => Err(site.guard.failures.refused(peer.ip())),
        };
    }
    if let Some(session) = sessions::cookie(headers).and_then(|cookie| site.guard.sessions.find(cookie)) {
        // A token that was revoked ends the sessions that it began.
        if site.access.is_valid(&session.token).await.map_err(unreadable)? {
            return Ok(Some(session.role));
        }
    }
    // What a proxy hands on comes from elsewhere, whatever it says of the host.
    let is_handed_on = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    let is_local = !site.guard.needs_token && !is_handed_on.iter().any(|name| headers.contains_key(*name));
    Ok(is_local.then_some(Role::Operator))
}

/// The token that a request brings. What a proxy asks for in another scheme is no concern of ours.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The role of a token.
async fn role_of(site: &Site, token: &str) -> Answer<Option<Role>> {
    Ok(site.access.find_token(token).await.map_err(unreadable)?.map(|token| token.role))
}

/// Logs a browser in. Answers its role and the cookie.
pub(crate) async fn log_in(site: &Site, peer: SocketAddr, token: &str) -> Answer<(Role, String)> {
    match site.access.find_token(token.trim()).await.map_err(unreadable)? {
        Some(token) => Ok((token.role, site.guard.sessions.begin(&token.id, token.role))),
        None => Err(site.guard.failures.refused(peer.ip())),
    }
}

fn unreadable(error: crate::access::AccessError) -> Problem {
    Problem::unavailable("journal", error.to_string())
}

fn to_login(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to: String = path.chars().filter(|c| c.is_ascii_alphanumeric() || "/-_.~".contains(*c)).collect();
    let location = HeaderValue::try_from(format!("/login?to={to}"));
    response.headers_mut().insert(header::LOCATION, location.unwrap_or(HeaderValue::from_static("/login")));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_needs_less_than_steering_and_deliveries_bring_their_own_proof() {
        assert_eq!(door("/api/v1/runs", false), Door::Needs(Role::Viewer));
        assert_eq!(door("/api/v1/runs", true), Door::Needs(Role::Operator));
        assert_eq!(door("/api/v1/workflows/x/plan", true), Door::Needs(Role::Viewer));
        assert_eq!(door("/metrics", false), Door::Needs(Role::Viewer));
        assert_eq!(door("/hooks/x", true), Door::Open);
        assert_eq!(door("/runs/7Q4M", false), Door::Page);
        assert_eq!(door("/loginx", false), Door::Page);
    }

    #[test]
    fn whoever_others_can_reach_asks_everybody() {
        let needs = |listen: &str, allowed: &[String]| Guard::new(listen.parse().unwrap(), allowed).needs_token;
        assert!(!needs("127.0.0.1:8420", &[]) && !needs("[::1]:8420", &[]));
        assert!(needs("0.0.0.0:8420", &[]) && needs("192.168.1.7:80", &[]));
        assert!(needs("127.0.0.1:8420", &["show.example".to_owned()]));
    }
}
