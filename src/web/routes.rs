//! Which path is answered by what. The document of the API says the same, and a test holds them together.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::web::errors::Problem;
use crate::web::site::Site;
use crate::web::{
    agents, figures, guard, health, hooks, login, openapi, pages, plan, runs, schedule, show, stage, start, steer,
    stream, told, workflows,
};

/// Every path of the server.
pub(crate) fn router(site: Arc<Site>) -> Router {
    let api = Router::new()
        .route("/health", get(health::show))
        .route("/openapi.json", get(openapi::show))
        .route("/login", post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/workflows", get(workflows::list))
        .route("/workflows/{name}", get(workflows::show))
        .route("/workflows/{name}/plan", post(plan::plan))
        .route("/runs", get(runs::list).post(start::start))
        .route("/runs/{run}", get(show::show))
        .route("/runs/{run}/cancel", post(steer::cancel))
        .route("/runs/{run}/go", post(steer::go))
        .route("/runs/{run}/resolve", post(steer::resolve))
        .route("/runs/{run}/resume", post(steer::resume))
        .route("/runs/{run}/rerun", post(steer::rerun))
        .route("/runs/{run}/events", get(stream::run))
        .route("/runs/{run}/graph.svg", get(runs::graph))
        .route("/events", get(stream::news))
        .route("/schedule", get(schedule::show))
        .route("/agents", get(agents::list))
        .route("/stage", get(stage::show));
    Router::new()
        .nest("/api/v1", api)
        .route("/hooks", post(told::hear))
        .route("/hooks/{workflow}", post(hooks::hook))
        .route("/metrics", get(figures::show))
        .route("/login", get(login::page))
        .route("/login/login.js", get(login::script))
        .route("/login/login.css", get(login::style))
        .route("/assets/{*file}", get(pages::asset))
        .route("/", get(pages::shell))
        .route("/workflows/{name}", get(pages::shell))
        .route("/runs", get(pages::shell))
        .route("/runs/{run}", get(pages::shell))
        .route("/schedule", get(pages::shell))
        .route("/stage", get(pages::shell))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(site.clone(), figures::count))
        .layer(from_fn_with_state(site.clone(), guard::keep))
        .with_state(site)
}

async fn nothing() -> Response {
    Problem::missing("not-found", "there is nothing at this path").into_response()
}

async fn not_so() -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this path does not take this method").into_response()
}
