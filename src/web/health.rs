//! `GET /api/v1/health`: how the server stands, and where runs go.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::web::answers::service::{Health, ServiceItem};
use crate::web::errors::Answer;
use crate::web::site::Site;

/// The handler.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Answer<Json<Health>> {
    if site.place.credits.is_due() {
        let site = site.clone();
        // This answer does not wait for it.
        tokio::spawn(async move { site.place.credits.set(site.reaches.own.balance().await) });
    }
    let under_way = site.runs.under_way().await?;
    let project = site.definitions.project().folder().file_name().unwrap_or_default();
    let place = &site.place;
    Ok(Json(Health {
        status: if site.is_draining() { "draining" } else { "ok" },
        version: env!("CARGO_PKG_VERSION"),
        service: ServiceItem {
            sandbox: place.sandbox,
            host: place.host.clone(),
            account: place.account.clone(),
            credits: place.credits.get(),
        },
        project: project.to_string_lossy().into_owned(),
        runs_active: under_way.iter().filter(|reach| !reach.row.crashed).count() as u64,
        started_at: site.started_at.to_string(),
    }))
}
