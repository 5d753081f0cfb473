//! What a request holds, taken from it with our own refusals.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::web::errors::Problem;
use crate::web::site::Site;

/// The largest body that is read.
pub(crate) const LARGEST_BODY: usize = 1 << 20;

/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The name in the path.
pub(crate) struct Named(pub String);

/// The query.
pub(crate) struct Asked<T>(pub T);

/// The JSON body of a request that changes something, and its bytes.
pub(crate) struct Posted<T> {
    /// What it says.
    pub body: T,
    /// As it came.
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(name) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::missing("not-found", "there is nothing at this path"))?;
        Ok(Self(name))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(query) =
            Query::try_from_uri(&parts.uri).map_err(|error| Problem::bad("bad-query", error.body_text()))?;
        Ok(Self(query))
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Site>> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Site>) -> Result<Self, Problem> {
        let bytes = json_bytes(request).await?;
        // A body that says nothing is one without wishes.
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let body = serde_json::from_slice(text)
            .map_err(|error| Problem::bad("bad-json", format!("the body does not fit: {error}")))?;
        Ok(Self { body, bytes })
    }
}

/// The bytes of a body that says it is JSON, at most [`LARGEST_BODY`] of them.
pub(crate) async fn json_bytes(request: Request) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "the body is not said to be JSON");
        return Err(problem.hint("send `content-type: application/json`"));
    }
    let too_large = || {
        let message = format!("the body has more than {LARGEST_BODY} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message)
    };
    let read = timeout(PATIENCE, to_bytes(request.into_body(), LARGEST_BODY)).await;
    let too_slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not come in time");
    read.map_err(too_slow)?.map_err(|_| too_large())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
