//! Secrets: where they come from, and that they go nowhere but to the hosts they are for.

use super::file::File;
use super::reads::{Reading, Taken};
use super::texts::Role;
use crate::diagnostic::Diagnostic;
use crate::plan::model::SecretSource;
use crate::workflow::node::{Entry, Node, Spanned};

/// The fields of `http` that a secret may stand in.
const ALLOWED: [&str; 4] = ["headers", "query", "json", "body"];

/// Checks what is declared, and where it is read.
pub fn check(file: &File<'_>, readings: &[Reading], found: &mut Vec<Diagnostic>) {
    for entry in file.entries("secrets") {
        declared(file, entry, found);
    }
    for reading in readings.iter().filter(|reading| reading.path.first().is_some_and(|root| root == "secrets")) {
        if matches!(reading.role, Role::Control(_)) {
            continue;
        }
        if is_allowed(file, reading) {
            found.extend(changed(reading));
            continue;
        }
        let hint =
            "a secret may stand in `headers`, `query`, `json` and `body` of `http`: nowhere else is it kept from view";
        found.push(reading.error("secret-outside-http", "a secret cannot be read here").hint(hint));
    }
}

fn is_allowed(file: &File<'_>, reading: &Reading) -> bool {
    let doing = reading.reader.and_then(|reader| file.outline.steps[reader].doing());
    let is_http = doing.is_some_and(|doing| doing.descriptor.name == "http");
    is_http && matches!(&reading.role, Role::Field(field) if ALLOWED.contains(&field.as_str()))
}

/// A secret is put in when the request is sent; a helper would be given its name in its place.
fn changed(reading: &Reading) -> Option<Diagnostic> {
    (reading.taken == Taken::Value).then(|| {
        let hint = format!(
            "write `{{{{ {} }}}}`, and keep the secret in the form in which it is sent",
            reading.path.join(".")
        );
        reading.error("changed-secret", "a helper cannot change a secret: it is put in as it is").hint(hint)
    })
}

fn declared(file: &File<'_>, entry: &Entry, found: &mut Vec<Diagnostic>) {
    let hosts = entry.value.get("hosts").and_then(Node::as_list);
    for host in hosts.unwrap_or_default().iter().filter_map(Node::text) {
        if host.value.contains(['/', ':', '*', ' ']) || host.value.is_empty() {
            let message = format!("`{}` is not the name of a host", host.value);
            found
                .push(file.error("secret-host", &host.span, message).hint("write the bare name, as `api.crm.example`"));
        }
    }
    if let Some(from) = entry.value.get("from").and_then(Node::text) {
        found.extend(source(file, &from));
    }
}

/// Checks where a secret comes from.
pub fn source(file: &File<'_>, from: &Spanned<String>) -> Option<Diagnostic> {
    let mistake = |message: String, hint: &str| Some(file.error("secret-source", &from.span, message).hint(hint));
    match from.value.split_once(':') {
        Some(("env", name)) if name.to_uppercase().starts_with("BITHUMAN_") => mistake(
            format!("`{name}` belongs to the service's own settings"),
            "workflows never see it: use another variable",
        ),
        Some(("env" | "file", place)) if !place.trim().is_empty() => None,
        _ => mistake(
            format!("`{}` does not say where the secret comes from", from.value),
            "write `from: env:NAME` or `from: file:PATH`",
        ),
    }
}

/// The secrets as the workflow keeps them.
pub fn sources(file: &File<'_>) -> indexmap::IndexMap<String, SecretSource> {
    let source = |entry: &Entry| {
        let from = entry.value.get("from").and_then(Node::text)?.value;
        let hosts = entry.value.get("hosts").and_then(Node::as_list).unwrap_or_default();
        let hosts = hosts.iter().filter_map(Node::text).map(|host| host.value.to_lowercase()).collect();
        Some((entry.key.value.clone(), SecretSource { from, hosts }))
    };
    file.entries("secrets").iter().filter_map(source).collect()
}
