//! The client: the one place that sends to the service and classifies what comes back.
//!
//! One call is one exchange. It is never repeated here, and no redirect is followed: whoever drives the run decides.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::body::Body;
use super::headers::AnswerHeaders;
use super::rate_limit::RateLimits;
use super::sending::Sending;
use super::wire::{self, Head};
use crate::clock::{Clock, SystemClock};
use crate::crash;
use crate::duration::Millis;
use crate::outcome::{Failure, Tier};
use crate::secret::{Redactor, Secret};
use crate::settings::ServiceUrl;

/// How long one exchange may take where the caller says nothing.
const TIMEOUT: Millis = Millis::from_secs(30);
/// How long a connection may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that is silent for this long is dead, whatever the caller allows.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);
/// A connection that the server closes as we write is an unknown outcome that never happened.
const IDLE_CONNECTION: Duration = Duration::from_secs(2);
/// The largest body of an answer, in bytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// The most characters of the service's id of a request.
const LONGEST_ID: usize = 128;

/// A client of one service and one account. Clones share connections and limits.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    timeout: Millis,
}

struct Shared {
    http: reqwest::Client,
    service_url: ServiceUrl,
    secret: Secret,
    redactor: Redactor,
    limits: RateLimits,
    sandbox: AtomicBool,
}

/// One request to the service.
pub struct Request {
    method: Method,
    segments: Vec<String>,
    tier: Tier,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    idempotency_key: Option<String>,
}

/// A 2xx with a readable body.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// Whether it is the first answer to its idempotency key, repeated.
    pub replayed: bool,
    pub(super) headers: AnswerHeaders,
}

impl Request {
    /// A GET of a path, given by its segments.
    pub fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, Tier::Read, segments)
    }

    /// A POST to a path.
    pub fn post(segments: &[&str]) -> Self {
        Self::new(Method::POST, Tier::Write, segments)
    }

    /// A DELETE of a path.
    pub fn delete(segments: &[&str]) -> Self {
        Self::new(Method::DELETE, Tier::Write, segments)
    }

    /// The same with a JSON body.
    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The same with a query parameter.
    pub fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The same with an idempotency key.
    pub fn idempotency_key(self, key: &str) -> Self {
        Self { idempotency_key: Some(key.to_owned()), ..self }
    }

    /// The same, drawing from another bucket.
    pub fn tier(self, tier: Tier) -> Self {
        Self { tier, ..self }
    }

    fn new(method: Method, tier: Tier, segments: &[&str]) -> Self {
        let segments = segments.iter().map(|segment| (*segment).to_owned()).collect();
        Self { method, segments, tier, query: Vec::new(), body: None, idempotency_key: None }
    }
}

impl Client {
    /// Sets up a client; fails where the secret cannot travel in a header or TLS cannot start.
    pub fn new(service_url: ServiceUrl, secret: Secret, limits: RateLimits) -> Result<Self, Failure> {
        let unusable = |why: &str| Failure::rejected("client_setup", format!("the client cannot be set up: {why}"));
        // Says only that a provider is installed already: there is one choice in this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| unusable("the secret fits no header"))?;
        value.set_sensitive(true);
        let builder = reqwest::Client::builder()
            .user_agent(concat!("runsheet/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(HeaderName::from_static("api-secret"), value)]))
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(IDLE_CONNECTION)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(LONGEST_SILENCE);
        // What stays on this machine must not pass by a proxy, which would see the secret in plain text.
        let builder = if service_url.is_loopback() { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|error| unusable(&error.to_string()))?;
        let mut redactor = Redactor::default();
        redactor.add("api-secret", secret.expose());
        let shared = Shared { http, service_url, secret, redactor, limits, sandbox: AtomicBool::new(false) };
        Ok(Self { shared: Arc::new(shared), timeout: TIMEOUT })
    }

    /// The same client with another bound on each exchange.
    pub fn with_timeout(&self, timeout: Millis) -> Self {
        Self { shared: self.shared.clone(), timeout }
    }

    /// Where the service is.
    pub fn service_url(&self) -> &ServiceUrl {
        &self.shared.service_url
    }

    /// The limits that this client teaches; a token is taken there before a call.
    pub fn rate_limits(&self) -> &RateLimits {
        &self.shared.limits
    }

    /// Tells whether any answer so far came from the sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.shared.sandbox.load(Ordering::Relaxed)
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.shared.secret
    }

    /// Makes one exchange. The secret is taken out of the answer before anything of it is read or cut.
    pub async fn call(&self, request: Request) -> Result<Answer, Failure> {
        let redactor = &self.shared.redactor;
        let tier = request.tier;
        let (method, path) = (request.method.clone(), request.segments.join("/"));
        let host = self.shared.service_url.host();
        let (builder, sending) = self.prepare(request)?;
        let sent = builder.send().await;
        crash::point(crash::Point::AfterSend);
        let response = sent.map_err(|error| {
            let nothing_sent = sending.is_some_and(|sending| sending.withdraw());
            wire::no_answer(&host, &error.without_url(), nothing_sent)
        })?;
        let status = response.status().as_u16();
        let mut headers = AnswerHeaders::read(response.headers(), SystemClock.now());
        headers.request_id = headers.request_id.map(|id| redactor.text(&id).chars().take(LONGEST_ID).collect());
        tracing::Span::current().record("request_id", &headers.request_id);
        tracing::debug!(%method, path, status, "the service answers");
        self.learn(tier, status, &headers);
        let body = match read_body(response).await {
            Err(BrokenBody::Lost(error)) if (200..300).contains(&status) => {
                return Err(wire::no_answer(&host, &error.without_url(), false));
            }
            Err(_) => None,
            Ok(bytes) => serde_json::from_slice::<Value>(&bytes).ok().map(|body| redactor.value(body)),
        };
        wire::classify(&Head { status, headers: &headers }, body.as_ref())?;
        let replayed = headers.replayed;
        Ok(Answer { status, body: body.unwrap_or_default(), replayed, headers })
    }

    fn prepare(&self, request: Request) -> Result<(reqwest::RequestBuilder, Option<Sending>), Failure> {
        let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        let url = self.shared.service_url.join(&segments).ok_or_else(|| {
            Failure::rejected("invalid_path", format!("`{}` is no path of the service", segments.join("/")))
        })?;
        let mut builder = self.shared.http.request(request.method, url).timeout(self.timeout.as_duration());
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        if let Some(key) = request.idempotency_key {
            builder = builder.header("idempotency-key", key);
        }
        let Some(body) = request.body else { return Ok((builder, None)) };
        let (body, sending) = Sending::wrap(body.to_string().into_bytes());
        Ok((builder.header(CONTENT_TYPE, "application/json").body(body), Some(sending)))
    }

    fn learn(&self, tier: Tier, status: u16, headers: &AnswerHeaders) {
        self.shared.limits.learn_from(tier, &headers.rate);
        if status == 429 {
            self.shared.limits.learn_429(tier, headers.retry_after.map(Millis::as_duration));
        }
        if headers.sandbox {
            self.shared.sandbox.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.shared.service_url)
    }
}

impl Answer {
    /// Reads what the call is about; an answer without it is unreadable, so nobody knows what was done.
    pub(super) fn read<'a, T>(&'a self, what: &str, read: impl FnOnce(Body<'a>) -> Option<T>) -> Result<T, Failure> {
        read(Body(&self.body)).ok_or_else(|| wire::unreadable(&self.head(), &format!("its body has no {what}")))
    }

    pub(super) fn head(&self) -> Head<'_> {
        Head { status: self.status, headers: &self.headers }
    }
}

/// A body that did not arrive.
enum BrokenBody {
    Lost(reqwest::Error),
    TooLarge,
}

async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, BrokenBody> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BrokenBody::Lost)? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Err(BrokenBody::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
