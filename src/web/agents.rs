//! `GET /api/v1/agents`: what was bought on the service of this server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::web::answers::service::{AgentItem, Agents};
use crate::web::errors::Answer;
use crate::web::site::Site;

/// The handler.
pub(crate) async fn list(State(site): State<Arc<Site>>) -> Answer<Json<Agents>> {
    let agents = site.runs.agents().await?.into_iter().filter(|agent| site.place.is_of(&agent.service));
    let item = agents.map(|agent| AgentItem {
        code: agent.code,
        name: agent.name,
        workflow: agent.workflow,
        model: agent.model,
        bought_at: agent.at.to_string(),
        credits: agent.credits,
    });
    Ok(Json(Agents { agents: item.collect() }))
}
