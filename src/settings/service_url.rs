//! The base URL of the service, checked once.
//!
//! A secret travels to it with every request, so it is `https`, or plain `http` to this machine only.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// The service as it is reached when nothing else is said.
pub const DEFAULT_URL: &str = "https://api.bithuman.ai";

/// A base URL that a secret may be sent to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceUrl(Url);

/// Why a text is no base URL of the service. Never repeats the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceUrlError {
    /// It cannot be read as an absolute URL with a host.
    #[error("is not a URL; it looks like `https://api.bithuman.ai`")]
    Unreadable,
    /// The scheme is neither `https` nor `http`.
    #[error("is neither `https` nor `http`")]
    Scheme,
    /// Plain `http` to another machine would show the secret to the network.
    #[error("is plain `http` to another machine, which would show the secret; use `https`")]
    Plain,
    /// A user name or a password.
    #[error("holds a user name or a password; the secret belongs in `BITHUMAN_API_SECRET`")]
    Credentials,
    /// A query or a fragment.
    #[error("has a query or a fragment; leave out what follows `?` or `#`")]
    Query,
}

impl ServiceUrl {
    /// Reads a base URL; a path is kept as a prefix, a slash at its end is not.
    pub fn parse(text: &str) -> Result<Self, ServiceUrlError> {
        let mut url = Url::parse(text.trim()).map_err(|_| ServiceUrlError::Unreadable)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(ServiceUrlError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(ServiceUrlError::Unreadable);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServiceUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ServiceUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let parsed = Self(url);
        if parsed.0.scheme() == "http" && !parsed.is_loopback() {
            return Err(ServiceUrlError::Plain);
        }
        Ok(parsed)
    }

    /// Tells whether it names this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The host, with the port where it is not the usual one, as people see it.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The URL of an endpoint, each segment percent-encoded; nothing when a segment would not stay one.
    pub fn join(&self, segments: &[&str]) -> Option<Url> {
        if segments.iter().any(|segment| matches!(segment.trim(), "" | "." | "..")) {
            return None;
        }
        let mut url = self.0.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url)
    }
}

/// The password in a URL, as it is written there.
pub(super) fn password(url: &str) -> Option<String> {
    Url::parse(url.trim()).ok()?.password().map(str::to_owned)
}

/// Without a slash at the end.
impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for text in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2", "https://api.bithuman.ai/"] {
            assert!(ServiceUrl::parse(text).is_ok(), "{text}");
        }
        for text in ["http://api.bithuman.ai", "http://10.0.0.1", "http://127.0.0.1.evil.example"] {
            assert_eq!(ServiceUrl::parse(text), Err(ServiceUrlError::Plain), "{text}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        let cases = [
            ("api.bithuman.ai", ServiceUrlError::Unreadable),
            ("ftp://api.bithuman.ai", ServiceUrlError::Scheme),
            ("https://me:pass@api.bithuman.ai", ServiceUrlError::Credentials),
            ("https://api.bithuman.ai?x=1", ServiceUrlError::Query),
        ];
        for (text, error) in cases {
            assert_eq!(ServiceUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn segments_stay_segments() {
        let url = ServiceUrl::parse("https://proxy.example/human/").expect("a URL");
        let joined = url.join(&["v1", "agent", "a/b?c"]).expect("a path");
        assert_eq!(joined.as_str(), "https://proxy.example/human/v1/agent/a%2Fb%3Fc");
        assert!(url.join(&["v1", "agent", ""]).is_none() && url.join(&["v1", ".."]).is_none());
        assert_eq!((url.to_string().as_str(), url.host().as_str()), ("https://proxy.example/human", "proxy.example"));
        let bare = ServiceUrl::parse(DEFAULT_URL).expect("a URL");
        assert_eq!(bare.join(&["v1", "me"]).expect("a path").as_str(), "https://api.bithuman.ai/v1/me");
        assert_eq!(bare.to_string(), DEFAULT_URL);
    }
}
