//! `POST /hooks/{workflow}`: a signed delivery begins a run, once.
//!
//! It is signed as the service signs its own, see [`super::signed`]. A delivery that is sent again, by its id, its key or
//! its signature, names the same run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::clock::{Clock as _, SystemClock};
use crate::daemon::opened::Opened;
use crate::daemon::steer::Origin;
use crate::sha256;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Named, json_bytes};
use crate::web::keys::Keyed;
use crate::web::signed::{SIGNATURE, is_signed, unsigned, verify};
use crate::web::site::Site;
use crate::web::start::{Wanted, begin, begun};

/// The header with a delivery's id.
const DELIVERY: &str = "x-bithuman-delivery";

/// The handler.
pub(crate) async fn hook(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Named(name): Named,
    request: Request,
) -> Answer<Response> {
    let headers = request.headers().clone();
    let bytes = json_bytes(request).await?;
    // A file without a webhook is told from none by nobody.
    let missing = || Problem::missing("unknown-hook", "there is no webhook of this name");
    let definition = site.definitions.find(&name).await.filter(|definition| definition.webhook).ok_or_else(missing)?;
    // Who signs nothing is told so before anything is read for them.
    if !is_signed(&headers) {
        return Err(site.guard.failed(peer.ip(), unsigned()));
    }
    // Until the signature is known to be right, nobody is told what is wrong here.
    let opened = definition.open(site.definitions.project()).map_err(|found| {
        tracing::warn!(file = definition.file, mistakes = found.len(), "a delivery came for a file that is broken");
        missing()
    })?;
    let secret = opened.hook_secret().map_err(|error| {
        tracing::warn!(file = definition.file, %error, "a delivery came, and its secret cannot be read");
        Problem::unavailable("settings", "deliveries are not taken at this moment").retry_after(60)
    })?;
    let secret = secret.ok_or_else(missing)?;
    if let Err(problem) = verify(&headers, &bytes, &secret, SystemClock.now()) {
        return Err(site.guard.failed(peer.ip(), problem));
    }
    site.figures.hooks.fetch_add(1, Ordering::Relaxed);
    let inputs = inputs(&opened, &bytes)?;
    let wanted = Wanted {
        definition: &definition,
        inputs,
        allow_purchase: false,
        dry: false,
        origin: Origin::Webhook,
        keyed: keyed(&headers, &name, &bytes)?,
    };
    begin(&site, wanted).await.map(begun)
}

/// By what a delivery is known again: the sender's key, its id, and its signature, which nobody else can make.
fn keyed(headers: &HeaderMap, name: &str, bytes: &Bytes) -> Answer<Keyed> {
    let text = |header: &str| headers.get(header).and_then(|value| value.to_str().ok());
    let signature = text(SIGNATURE).map(|signature| format!("signature:{name}:{}", signature.to_ascii_lowercase()));
    let delivery = text(DELIVERY).map(|id| format!("delivery:{name}:{}", sha256::hex(id)));
    Ok(Keyed::of(headers, &format!("hook:{name}"), bytes)?.and(delivery.into_iter().chain(signature)))
}

/// The inputs that the file takes from the body. What is not there is not given.
fn inputs(opened: &Opened, bytes: &Bytes) -> Answer<Map<String, Value>> {
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::bad("bad-json", format!("the body does not fit: {error}")))?;
    let webhook = opened.workflow.webhook.iter().flat_map(|webhook| &webhook.inputs);
    let found = webhook.filter_map(|(name, path)| {
        let value = path.iter().try_fold(&body, |value, key| value.get(key))?;
        Some((name.clone(), value.clone()))
    });
    Ok(found.collect())
}
