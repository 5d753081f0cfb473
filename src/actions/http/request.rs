//! From rendered fields to a request: the one place where secrets are put in.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::{Http, Method};
use crate::actions::context::Context;
use crate::outcome::Failure;
use crate::secret;

/// Builds the request, secrets included.
pub fn build(http: &Http, context: &Context<'_>) -> Result<reqwest::Request, Failure> {
    let url = reqwest::Url::parse(&http.url.0).map_err(|error| invalid(format!("the URL cannot be read: {error}")))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL holds a user name or a password; a secret goes into a header".to_owned()));
    }
    let request = context.web.request(method(http.method), url);
    let mut request =
        request.map_err(|reason| Failure::rejected("forbidden_address", reason))?.timeout(context.timeout);
    let reveal = |text: &str| {
        secret::resolve(text, |name| context.store.secret(name, &host)).map_err(|r| Failure::rejected("secret", r))
    };
    let mut headers = HeaderMap::new();
    for (name, text) in http.headers.iter().flatten() {
        headers.append(header_name(name)?, header_value(name, &reveal(&text.0)?)?);
    }
    if let Some(key) = &http.idempotency_key {
        headers.insert("idempotency-key", header_value("idempotency-key", &key.0)?);
    }
    if let Some(query) = &http.query {
        let pairs = query.iter().map(|(name, text)| Ok((name.as_str(), reveal(&text.0)?)));
        request = request.query(&pairs.collect::<Result<Vec<_>, Failure>>()?);
    }
    if let Some(json) = &http.json {
        request = request.json(&reveal_all(json, &reveal)?);
    } else if let Some(body) = &http.body {
        request = request.body(reveal(&body.0)?);
    }
    request
        .headers(headers)
        .build()
        .map_err(|error| invalid(format!("the request cannot be built: {}", error.without_url())))
}

fn reveal_all(value: &Value, reveal: &impl Fn(&str) -> Result<String, Failure>) -> Result<Value, Failure> {
    Ok(match value {
        Value::String(text) => Value::String(reveal(text)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| reveal_all(item, reveal)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), reveal_all(value, reveal)?)))
                .collect::<Result<_, _>>()?,
        ),
        other => other.clone(),
    })
}

fn method(method: Option<Method>) -> reqwest::Method {
    match method.unwrap_or(Method::Get) {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn header_name(name: &str) -> Result<HeaderName, Failure> {
    name.parse().map_err(|_| invalid(format!("`{name}` is not a header's name")))
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| invalid(format!("the value of header `{name}` has characters that no header can hold")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn invalid(message: String) -> Failure {
    Failure::rejected("invalid_request", message)
}
