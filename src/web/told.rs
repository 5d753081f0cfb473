//! `POST /hooks`: the service tells that an agent is ready or has failed, and whoever waits for it looks at once.
//!
//! What a delivery says is not believed further than that: the look says how the agent stands.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::duration::Millis;
use crate::secret::Secret;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::json_bytes;
use crate::web::signed::verify;
use crate::web::site::Site;

/// How long the id of a delivery is known.
const KNOWN: Millis = Millis::from_secs(24 * 3600);

/// What the service told. The secret is this server's alone, so a delivery to an earlier one proves nothing here, and
/// the ids need not outlive it either.
#[derive(Debug, Default)]
pub(crate) struct Told {
    secret: OnceLock<Secret>,
    seen: Mutex<HashMap<String, Timestamp>>,
}

/// A delivery of the service.
#[derive(Deserialize)]
struct Delivery {
    id: String,
    #[serde(default)]
    data: About,
}

/// Which agent it is about, by either of its names.
#[derive(Default, Deserialize)]
struct About {
    agent_id: Option<String>,
    code: Option<String>,
}

impl Told {
    /// Listens from now on for deliveries that are signed with this.
    pub(crate) fn listen(&self, secret: Secret) {
        // A server has one webhook, from its start to its end.
        drop(self.secret.set(secret));
    }

    /// Whether a delivery is heard for the first time.
    fn is_new(&self, id: &str, now: Timestamp) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at| now.since(*at) < KNOWN);
        seen.insert(id.to_owned(), now).is_none()
    }
}

/// The handler.
pub(crate) async fn hear(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Answer<StatusCode> {
    let missing = || Problem::missing("unknown-hook", "the service was not asked to tell this server anything");
    let secret = site.told.secret.get().ok_or_else(missing)?;
    let headers = request.headers().clone();
    let bytes = json_bytes(request).await?;
    let now = SystemClock.now();
    if let Err(problem) = verify(&headers, &bytes, secret, now) {
        return Err(site.guard.failed(peer.ip(), problem));
    }
    let Delivery { id, data } = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad("bad-json", format!("the body does not fit: {error}")))?;
    let About { agent_id, code } = data;
    let code = code.filter(|code| agent_id.as_ref() != Some(code));
    if site.told.is_new(&id, now) {
        agent_id.iter().chain(&code).for_each(|agent| site.runs.look_at(agent));
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_new_once_in_a_day() {
        let (told, now) = (Told::default(), Timestamp(1_795_000_000_000));
        assert!(told.is_new("evt_1", now) && told.is_new("evt_2", now));
        assert!(!told.is_new("evt_1", now + Millis::from_secs(24 * 3600 - 1)));
        assert!(told.is_new("evt_2", now + KNOWN));
    }
}
