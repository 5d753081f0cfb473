//! Tokens that were none: after a few from one address the answer is to wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use crate::web::errors::Problem;

/// How many wrong tokens an address may show in [`WINDOW`].
const MOST: u32 = 10;
/// How long a wrong token counts.
const WINDOW: Duration = Duration::from_secs(60);
/// How many addresses are remembered.
const ADDRESSES: usize = 4096;

/// The wrong tokens of the last minute. A right token is always let through: only guessing is slowed.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Failures {
    /// What to answer to a wrong token.
    pub(super) fn refused(&self, peer: IpAddr) -> Problem {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "wrong-token", "this token is none, or was revoked");
        self.counted(peer, problem.hint("`runsheet token list` shows those that are"))
    }

    /// Counts a failure. Answers it, or that there were too many.
    pub(super) fn counted(&self, peer: IpAddr, problem: Problem) -> Problem {
        match self.count(peer, Instant::now()) {
            Some(wait) => {
                let message = "too many wrong tokens came from this address";
                let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-failures", message);
                problem.retry_after(wait.as_secs().max(1))
            }
            None => problem,
        }
    }

    /// Counts a wrong token. Answers how long to wait when there were too many.
    fn count(&self, peer: IpAddr, now: Instant) -> Option<Duration> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= ADDRESSES {
            failures.retain(|_, (_, since)| now.duration_since(*since) < WINDOW);
        }
        let (count, since) = failures.entry(peer).or_insert((0, now));
        if now.duration_since(*since) >= WINDOW {
            (*count, *since) = (0, now);
        }
        *count += 1;
        (*count > MOST).then(|| WINDOW.saturating_sub(now.duration_since(*since)))
    }
}

/// What to answer to somebody without a token.
pub(super) fn unknown() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "no-token", "a token is needed here")
        .hint("send `authorization: Bearer TOKEN`; `runsheet token create` makes one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_waits_and_others_do_not() {
        let failures = Failures::default();
        let (peer, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let now = Instant::now();
        assert!((0..MOST).all(|_| failures.count(peer, now).is_none()));
        assert_eq!(failures.count(peer, now), Some(WINDOW));
        assert_eq!(failures.count(other, now), None);
        assert_eq!(failures.count(peer, now + WINDOW), None);
    }
}
