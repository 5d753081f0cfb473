//! `POST /hooks/{workflow}`: a signed delivery begins a run, once.
//!
//! Signed as the service signs its own: `X-BitHuman-Signature: sha256=HEX`, an HMAC-SHA256 with the file's secret over
//! `TIMESTAMP.BODY`, the timestamp in `X-BitHuman-Timestamp`. The signature is looked at over the raw bytes before
//! anything in them is. A delivery that is sent again, by its id, its key or its signature, names the same run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::opened::Opened;
use crate::daemon::steer::Origin;
use crate::secret::Secret;
use crate::sha256;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Named, json_bytes};
use crate::web::keys::Keyed;
use crate::web::site::Site;
use crate::web::start::{Wanted, begin, begun};

/// How far a timestamp may be off, in seconds.
const WINDOW: u64 = 300;
/// The headers of a delivery.
const SIGNATURE: &str = "x-bithuman-signature";
const TIMESTAMP: &str = "x-bithuman-timestamp";
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
    let opened = definition.open(site.definitions.project()).map_err(|found| Problem::mistakes(&found))?;
    let secret = opened.hook_secret().map_err(|error| Problem::unavailable("settings", error.to_string()))?;
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

/// Looks at the signature in constant time, and at the age of what is signed.
fn verify(headers: &HeaderMap, bytes: &Bytes, secret: &Secret, now: Timestamp) -> Result<(), Problem> {
    let refused = |code: &str, message: &str| Problem::new(StatusCode::UNAUTHORIZED, code, message);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) = (text(TIMESTAMP), text(SIGNATURE)) else {
        let problem = refused("unsigned", "the delivery is not signed");
        return Err(problem.hint("sign `TIMESTAMP.BODY` with HMAC-SHA256, and send `X-BitHuman-Signature: sha256=HEX`"));
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return Err(refused("signature", "the signature is not that of the secret"));
    };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(bytes);
    let signature = signature.strip_prefix("sha256=").and_then(decoded).unwrap_or_default();
    if mac.verify_slice(&signature).is_err() {
        return Err(refused("signature", "the signature is not that of the secret"));
    }
    let seconds: Option<i64> = timestamp.parse().ok();
    let now = now.0.div_euclid(1000);
    match seconds.is_some_and(|seconds| seconds.abs_diff(now) <= WINDOW) {
        true => Ok(()),
        false => Err(refused("stale", "the delivery was signed too long ago, or the clocks differ")),
    }
}

fn decoded(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    hex.len().is_multiple_of(2).then(|| pairs.collect()).flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(timestamp: i64, body: &str, secret: &str) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{timestamp}.{body}").as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let pairs = [(TIMESTAMP, timestamp.to_string()), (SIGNATURE, format!("sha256={hex}"))];
        pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
    }

    #[test]
    fn a_signature_is_of_the_secret_the_time_and_every_byte() {
        let (secret, now) = (Secret::new("a-long-secret"), Timestamp(1_795_000_000_000));
        let looked =
            |headers: &HeaderMap, body: &'static str| verify(headers, &Bytes::from(body), &secret, now).is_ok();
        let second = now.0 / 1000;
        assert!(looked(&signed(second, "{}", "a-long-secret"), "{}"));
        assert!(looked(&signed(second - 300, "{}", "a-long-secret"), "{}"));
        assert!(!looked(&signed(second - 301, "{}", "a-long-secret"), "{}"));
        assert!(!looked(&signed(second + 301, "{}", "a-long-secret"), "{}"));
        assert!(!looked(&signed(second, "{}", "a-long-secret"), "{ }"));
        assert!(!looked(&signed(second, "{}", "another-secret"), "{}"));
        let mut moved = signed(second, "{}", "a-long-secret");
        moved.insert(TIMESTAMP, (second + 1).to_string().parse().unwrap());
        assert!(!looked(&moved, "{}") && !looked(&HeaderMap::new(), "{}"));
        for odd in ["sha256=", "sha256=zz", "sha256=0", "", "md5=00"] {
            let mut headers = signed(second, "{}", "a-long-secret");
            headers.insert(SIGNATURE, odd.parse().unwrap());
            assert!(!looked(&headers, "{}"), "{odd}");
        }
    }
}
