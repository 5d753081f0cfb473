//! The sandbox on a socket: reads requests, waits out delays, cuts connections, sends deliveries.
//!
//! All that is decided is decided by [`Service`], under one lock that is never held while waiting.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, SystemClock};
use crate::duration::Millis;
use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::connection::{CuttableListener, Scissors};
use crate::sandbox::deliveries::{Errand, Outgoing, PATIENCE, RETRY_AFTER};
use crate::sandbox::service::{Incoming, Reached, Service};
use crate::sandbox::settings::Settings;
use crate::sandbox::state::{Change, Heard};

/// The largest body that is read: fifty megabytes of data three times over, in base64.
const LARGEST_BODY: usize = 210 << 20;

/// How long requests under way may take to end when the sandbox stops.
const GRACE: Duration = Duration::from_millis(500);

/// Starts sandboxes.
pub struct Sandbox;

/// A sandbox that answers until it is stopped or dropped.
pub struct RunningSandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<io::Result<()>>,
}

struct Shared {
    service: Mutex<Service>,
    speed: f64,
    client: reqwest::Client,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Sandbox {
    /// Binds the address and answers from then on. Needs a tokio runtime.
    pub async fn start(settings: Settings) -> io::Result<RunningSandbox> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            speed: settings.speed,
            service: Mutex::new(Service::open(settings, SystemClock.now())?),
            client: delivery_client()?,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        });
        shared.run_errands();
        let router = Router::new().fallback(serve).with_state(shared.clone());
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let stopping = shared.stopping.clone();
        let serving = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(async move { stopping.cancelled().await });
        let server = tokio::spawn(async move { serving.await });
        Ok(RunningSandbox { address, shared, server })
    }
}

/// Follows no redirect and uses no proxy: deliveries stay on this machine.
fn delivery_client() -> io::Result<reqwest::Client> {
    // A client cannot be built before a provider is chosen, even one that only speaks plain HTTP.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE.as_duration())
        .build()
        .map_err(io::Error::other)
}

impl RunningSandbox {
    /// The base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that was ever heard, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.service().state.heard.clone()
    }

    /// How often each endpoint was asked, as `POST /v1/agent/generate`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.shared.service().state.requests.clone()
    }

    /// The balance of the account.
    pub fn credits(&self) -> u64 {
        let mut service = self.shared.service();
        service.settle(SystemClock.now());
        service.state.balance
    }

    /// Stops: requests under way have half a second to end.
    pub async fn stop(mut self) {
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        let server = &mut self.server;
        // Whether it ended in time or not, nothing listens any more.
        let _ = tokio::time::timeout(GRACE, async { (server.await, self.shared.tasks.wait().await) }).await;
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
        self.server.abort();
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => body,
        Err(_) => {
            return written(Refusal::new(413, "PAYLOAD_TOO_LARGE", "Request body is too large").into_answer(), false);
        }
    };
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let disturbance = match shared.service().receive(method, path) {
        Ok(disturbance) => disturbance,
        Err(error) => return written(unkept(&error), false),
    };
    if disturbance.delay > Millis::ZERO {
        tokio::time::sleep(disturbance.delay.at_speed(shared.speed).as_duration()).await;
    }
    let reached = shared.service().reach(incoming(&parts, &body), disturbance.mishap.as_ref(), SystemClock.now());
    shared.run_errands();
    match reached {
        Reached::Lost => cut(&scissors),
        Reached::Gateway(status) => of_a_gateway(status),
        Reached::Answered(answer) => written(answer, false),
        Reached::Garbled(answer) => written(answer, true),
    }
}

fn unkept(error: &io::Error) -> Answer {
    Refusal::new(500, "INTERNAL_ERROR", format!("the sandbox cannot keep its state: {error}")).into_answer()
}

/// Nothing of this response is ever written.
fn cut(scissors: &Scissors) -> Response {
    scissors.cut();
    Response::new(Body::empty())
}

fn incoming(parts: &Parts, body: &Bytes) -> Incoming {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Incoming {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).unwrap_or_default(),
        secret: header("api-secret"),
        idempotency_key: header("idempotency-key"),
        body: body.to_vec(),
    }
}

/// What stands between a client and the service writes neither an envelope nor a request id.
fn of_a_gateway(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = Response::new(Body::from(format!("<html><h1>{status}</h1></html>")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response.headers_mut().insert("x-runsheet-sandbox", HeaderValue::from_static("1"));
    if status.is_redirection() {
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/elsewhere"));
    }
    response
}

/// The answer as bytes; garbled, it breaks off in the middle of something that is no JSON.
fn written(answer: Answer, garble: bool) -> Response {
    let mut text = answer.body.to_string().into_bytes();
    if garble {
        text.truncate(text.len() / 2);
        text.extend_from_slice(b"\x00<<");
    }
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-runsheet-sandbox", HeaderValue::from_static("1"));
    let request_id = format!("req_{}", uuid::Uuid::now_v7().simple());
    for (name, value) in answer.headers.into_iter().chain([("X-Request-Id", request_id)]) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

impl Shared {
    fn service(&self) -> MutexGuard<'_, Service> {
        // A panic elsewhere leaves a whole state: changes are applied one by one.
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what the service left to do.
    fn run_errands(self: &Arc<Self>) {
        let errands = std::mem::take(&mut self.service().errands);
        for errand in errands {
            let (shared, stopping) = (self.clone(), self.stopping.clone());
            self.tasks.spawn(async move { stopping.run_until_cancelled(shared.run(errand)).await });
        }
    }

    async fn run(self: Arc<Self>, errand: Errand) {
        match errand {
            Errand::Settle(at) => {
                tokio::time::sleep(at.since(SystemClock.now()).as_duration()).await;
                // What cannot be kept now is told by the next request that changes something.
                if self.change(|service| service.settle(SystemClock.now().max(at))) {
                    self.run_errands();
                }
            }
            Errand::Deliver(outgoing) => self.deliver(*outgoing).await,
        }
    }

    async fn deliver(&self, mut outgoing: Outgoing) {
        let mut waits = RETRY_AFTER.iter();
        loop {
            let status = outgoing.send(&self.client, SystemClock.now()).await;
            outgoing.delivery.note_try(status);
            let is_kept = self.change(|service| service.record(Change::Delivery(outgoing.delivery.clone())));
            let wait = waits.next().filter(|_| is_kept && !outgoing.delivery.taken);
            let Some(wait) = wait else { return };
            tokio::time::sleep(wait.at_speed(self.speed).as_duration()).await;
        }
    }

    /// Changes the service apart from any request; tells whether the change was kept.
    fn change(&self, change: impl FnOnce(&mut Service)) -> bool {
        let mut service = self.service();
        change(&mut service);
        service.keep().is_ok()
    }
}
