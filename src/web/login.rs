//! Logging a browser in and out: a token for a cookie.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::web::answers::asked::{LoginAsked, NothingAsked};
use crate::web::answers::service::LoggedIn;
use crate::web::errors::Answer;
use crate::web::extract::Posted;
use crate::web::guard::{self, COOKIE, LASTS, cookie};
use crate::web::pages;
use crate::web::site::Site;

const PAGE: &str = include_str!("login/login.html");
const SCRIPT: &str = include_str!("login/login.js");
const STYLE: &str = include_str!("login/login.css");

/// `GET /login`.
pub(crate) async fn page() -> Response {
    pages::text("text/html; charset=utf-8", PAGE)
}

/// `GET /login/login.js`.
pub(crate) async fn script() -> Response {
    pages::text("text/javascript; charset=utf-8", SCRIPT)
}

/// `GET /login/login.css`.
pub(crate) async fn style() -> Response {
    pages::text("text/css; charset=utf-8", STYLE)
}

/// `POST /api/v1/login`.
pub(crate) async fn log_in(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Posted { body, .. }: Posted<LoginAsked>,
) -> Answer<impl IntoResponse> {
    let (role, text) = guard::log_in(&site, peer, &body.token).await?;
    // A browser that came by TLS sends it back by TLS only.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
    let seconds = LASTS.as_secs();
    let set = format!("{COOKIE}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    Ok(([(header::SET_COOKIE, set)], Json(LoggedIn { role: role.as_str() })))
}

/// `POST /api/v1/logout`.
pub(crate) async fn log_out(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    _: Posted<NothingAsked>,
) -> Answer<impl IntoResponse> {
    if let Some(text) = cookie(&headers) {
        site.guard.sessions.end(text);
    }
    let set = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set)]))
}
