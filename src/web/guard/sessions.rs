//! Browsers that logged in: a cookie that scripts cannot read, known here until it is too old.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use uuid::Uuid;

use crate::access::Role;
use crate::sha256;

/// The cookie's name.
pub(crate) const COOKIE: &str = "runsheet_session";
/// How long a browser stays logged in.
pub(crate) const LASTS: Duration = Duration::from_secs(12 * 3600);
/// How many browsers may be logged in.
const MOST: usize = 1000;

/// Who is logged in. A restart logs everybody out.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Session>>);

/// A browser that logged in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The token it logged in with.
    pub token: String,
    /// What it may do.
    pub role: Role,
    until: Instant,
}

impl Sessions {
    /// Begins a session. Answers the text of its cookie.
    pub(crate) fn begin(&self, token: &str, role: Role) -> String {
        let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let now = Instant::now();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.until > now);
        if sessions.len() >= MOST {
            sessions.clear();
        }
        sessions.insert(sha256::hex(&text), Session { token: token.to_owned(), role, until: now + LASTS });
        text
    }

    /// The session of a cookie.
    pub(crate) fn find(&self, cookie: &str) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&sha256::hex(cookie)).filter(|session| session.until > Instant::now()).cloned()
    }

    /// Ends the session of a cookie.
    pub(crate) fn end(&self, cookie: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&sha256::hex(cookie));
    }
}

/// Our cookie among those of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}
