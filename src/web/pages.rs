//! The page: one shell for every path of it, and the files beside it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

use crate::web::errors::Problem;
use crate::web::extract::Named;

/// The files of the page; read from the disk in a debug build.
#[derive(RustEmbed)]
#[folder = "src/web/assets"]
struct Assets;

/// What kind of file an ending tells.
const KINDS: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
];

/// Every path of the page.
pub(crate) async fn shell(headers: HeaderMap) -> Response {
    file("index.html", &headers)
}

/// `GET /assets/{*file}`.
pub(crate) async fn asset(Named(name): Named, headers: HeaderMap) -> Response {
    file(&name, &headers)
}

/// A text that is part of the program.
pub(crate) fn text(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some(found) = Assets::get(name) else {
        return Problem::missing("not-found", "there is no such file").into_response();
    };
    let hash: String = found.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(found.data.into_owned()).into_response(),
    };
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = KINDS.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, kind)| kind);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_is_there_and_a_file_that_is_not_is_told() {
        let shell = file("index.html", &HeaderMap::new());
        assert_eq!(shell.status(), StatusCode::OK);
        let known = [(header::IF_NONE_MATCH, shell.headers()[header::ETAG].clone())].into_iter().collect();
        assert_eq!(file("index.html", &known).status(), StatusCode::NOT_MODIFIED);
        for name in ["../mod.rs", "nothing.js", ""] {
            assert_eq!(file(name, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
