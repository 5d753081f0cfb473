//! Requests that begin a run, each once: known again by the keys of their sender.
//!
//! A key is claimed, and synced, before its run begins, so that a request that is sent again after a crash or a cut
//! line names the same run. A key whose run never began, for its process died in between, is free again.

use axum::http::HeaderMap;

use crate::access::{AccessError, Answered, Claim};
use crate::clock::{Clock as _, SystemClock};
use crate::ids::RunId;
use crate::sha256;
use crate::web::errors::{Answer, Problem};
use crate::web::site::Site;

/// The longest key of a sender.
const LONGEST: usize = 255;

/// A request, and by what its sender knows it again.
pub(crate) struct Keyed {
    keys: Vec<String>,
    /// The digest of what was sent.
    request: String,
}

impl Keyed {
    /// A request with the sender's own key, if it has one, within a realm.
    pub(crate) fn of(headers: &HeaderMap, realm: &str, bytes: &[u8]) -> Answer<Self> {
        Ok(Self { keys: key(headers, realm)?.into_iter().collect(), request: sha256::hex(bytes) })
    }

    /// The same with more keys.
    pub(crate) fn and(mut self, keys: impl IntoIterator<Item = String>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// The run that the same request began before.
    pub(crate) async fn before(&self, site: &Site) -> Answer<Option<RunId>> {
        for key in &self.keys {
            let Some(known) = site.access.answered(key, SystemClock.now()).await.map_err(unreadable)? else { continue };
            if site.runs.row(&known.run).await?.is_some() || site.runs.is_driven(&known.run) {
                return self.same(known).map(Some);
            }
            site.access.release(key, &known.run).await.map_err(unreadable)?;
        }
        Ok(None)
    }

    /// Takes the keys for a run that is about to begin. Answers another run, if the same request came in between and
    /// began that one.
    pub(crate) async fn claim(&self, site: &Site, run: &RunId) -> Answer<Option<RunId>> {
        let answer = Answered { request: self.request.clone(), run: run.clone() };
        for (place, key) in self.keys.iter().enumerate() {
            let claimed = site.access.claim(key, &answer, SystemClock.now()).await;
            if let Claim::Known(known) = claimed.map_err(unreadable)? {
                for key in &self.keys[..place] {
                    site.access.release(key, run).await.map_err(unreadable)?;
                }
                return self.same(known).map(Some);
            }
        }
        Ok(None)
    }

    fn same(&self, known: Answered) -> Answer<RunId> {
        match known.request == self.request {
            true => Ok(known.run),
            false => Err(Problem::conflict("key-reused", "this `Idempotency-Key` was sent with another request")),
        }
    }
}

fn key(headers: &HeaderMap, realm: &str) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str().ok().map(str::trim) {
        Some(text) if (1..=LONGEST).contains(&text.len()) => Ok(Some(format!("{realm}:{text}"))),
        _ => Err(Problem::bad("bad-key", format!("an `Idempotency-Key` is text of 1 to {LONGEST} characters"))),
    }
}

fn unreadable(error: AccessError) -> Problem {
    Problem::unavailable("journal", error.to_string())
}
