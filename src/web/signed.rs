//! Deliveries are signed: `X-BitHuman-Signature: sha256=HEX`, an HMAC-SHA256 with a secret over `TIMESTAMP.BODY`, the
//! timestamp in `X-BitHuman-Timestamp`. The signature is looked at over the raw bytes before anything in them is.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::web::errors::Problem;

/// How far a timestamp may be off, in seconds.
const WINDOW: u64 = 300;
/// The header with the signature.
pub(crate) const SIGNATURE: &str = "x-bithuman-signature";
/// The header with the timestamp.
const TIMESTAMP: &str = "x-bithuman-timestamp";

/// Whether there is a signature to look at.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(TIMESTAMP) && headers.contains_key(SIGNATURE)
}

/// What to answer where there is none.
pub(crate) fn unsigned() -> Problem {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "unsigned", "the delivery is not signed");
    problem.hint("sign `TIMESTAMP.BODY` with HMAC-SHA256, and send `X-BitHuman-Signature: sha256=HEX`")
}

/// Looks at the signature in constant time, and at the age of what is signed.
pub(crate) fn verify(headers: &HeaderMap, bytes: &Bytes, secret: &Secret, now: Timestamp) -> Result<(), Problem> {
    let refused = |code: &str, message: &str| Problem::new(StatusCode::UNAUTHORIZED, code, message);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) = (text(TIMESTAMP), text(SIGNATURE)) else {
        return Err(unsigned());
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

/// The bytes of a signature. It has one spelling but for its case: another one would pass for another delivery.
fn decoded(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let is_hex = hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| pairs.collect()).flatten()
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

    #[test]
    fn a_signature_has_one_spelling() {
        assert_eq!(decoded("0f0A"), Some(vec![15, 10]));
        for odd in ["+f0a", "0f+a", " f0a", "0f0", "0x0f", "\u{e9}"] {
            assert_eq!(decoded(odd), None, "{odd}");
        }
    }
}
