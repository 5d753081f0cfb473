//! Where a request that changes something comes from: a page of this server, or no page at all.

use axum::http::{HeaderMap, StatusCode, header};

use crate::web::errors::{Answer, Problem};

/// Refuses what another page sends; `asked` is the host that the request asks for.
pub(super) fn check(headers: &HeaderMap, asked: &str) -> Answer<()> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_own_site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let is_own_origin = text(header::ORIGIN.as_str()).is_none_or(|origin| {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(|host| host.eq_ignore_ascii_case(asked))
    });
    match is_own_site && is_own_origin {
        true => Ok(()),
        false => {
            let message = "another page may not change anything here";
            Err(Problem::new(StatusCode::FORBIDDEN, "cross-site", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_and_programs_change_anything() {
        let is_let = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (name.parse::<axum::http::HeaderName>().unwrap(), value.parse::<axum::http::HeaderValue>().unwrap())
            });
            check(&headers.collect(), "localhost:8420").is_ok()
        };
        assert!(is_let(&[]) && is_let(&[("origin", "http://localhost:8420"), ("sec-fetch-site", "same-origin")]));
        for origin in ["http://evil.example", "null", "http://localhost:9000", "http://localhost:8420.evil.example"] {
            let pair: &[(&'static str, &'static str)] = &[("origin", origin)];
            assert!(!is_let(pair), "{origin}");
        }
        assert!(!is_let(&[("sec-fetch-site", "same-site")]) && !is_let(&[("sec-fetch-site", "cross-site")]));
    }
}
