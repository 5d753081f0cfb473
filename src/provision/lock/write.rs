//! From entries to text, and onto the disk at once.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::{Entry, Generated, Lock, Name, VERSION, seal};
use crate::provision::desired::{DEFAULT_MODEL, MODEL};
use crate::provision::replace::replace;

/// What the file begins with.
const HEAD: &str = "\
# Which agent each declared name is on the service, and what it was made from.
# Written by `runsheet agents`, made to be committed. An entry that is changed by hand is refused.
";

/// The lock cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be written: {error}")]
pub struct WriteError {
    /// The file.
    path: String,
    /// What the system says.
    error: io::Error,
}

impl Lock {
    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}version: {VERSION}\n");
        section(&mut text, "agents", self.agents.iter().map(|(name, entry)| (name, lines_of(entry))));
        section(&mut text, "generated", self.generated.iter().map(|(name, bought)| (name, bought_lines(bought))));
        text
    }

    /// Replaces the file at once: after a crash it has the old entries or the new ones.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let failed = |error: io::Error| WriteError { path: path.display().to_string(), error };
        replace(path, self.to_text().as_bytes(), None).map_err(failed)
    }
}

fn section<'a>(text: &mut String, key: &str, blocks: impl Iterator<Item = (&'a Name, Vec<String>)>) {
    for (index, (name, lines)) in blocks.enumerate() {
        if index == 0 {
            // Writing into a text cannot fail.
            _ = write!(text, "\n{key}:\n");
        }
        let key = name.key();
        _ = write!(text, "\n  {key}:\n");
        lines.iter().for_each(|line| _ = writeln!(text, "    {line}"));
        _ = writeln!(text, "    seal: {}", quoted(&seal(&key, &lines)));
    }
}

/// The lines of an entry, without its seal.
pub(super) fn lines_of(entry: &Entry) -> Vec<String> {
    let mut lines = vec![format!("code: {}", quoted(&entry.code))];
    let model = entry.from.get(MODEL).map_or(DEFAULT_MODEL, String::as_str);
    lines.push(format!("{MODEL}: {}", quoted(model)));
    let others = entry.from.iter().filter(|(field, _)| *field != MODEL);
    lines.extend(others.map(|(field, content)| format!("from_{field}: {}", quoted(content))));
    lines.push(format!("made: {}", quoted(&entry.made)));
    lines.push(format!("by: {}", quoted(&entry.by)));
    lines.push(format!("declared: {}", quoted(&entry.declared)));
    if let Some(coming) = &entry.coming {
        lines.push(format!("coming: {}", quoted(&coming.code)));
        lines.push(format!("coming_face: {}", quoted(&coming.face)));
    }
    if entry.prevent_destroy {
        lines.push("prevent_destroy: true".to_owned());
    }
    if !entry.replaced.is_empty() {
        let codes: Vec<String> = entry.replaced.iter().map(|code| quoted(code)).collect();
        lines.push(format!("replaced: [{}]", codes.join(", ")));
    }
    lines
}

/// The lines of what a step bought, without its seal.
pub(super) fn bought_lines(bought: &Generated) -> Vec<String> {
    vec![
        format!("workflow: {}", quoted(&bought.workflow)),
        format!("step: {}", quoted(&bought.step)),
        format!("rank: {}", bought.rank),
        format!("face: {}", quoted(&bought.face)),
        format!("prompt: {}", quoted(&bought.prompt)),
        format!("credits: {}", bought.credits),
        format!("made: {}", quoted(&bought.made)),
        format!("by: {}", quoted(&bought.by)),
    ]
}

/// A text in quotes: nothing in it can be taken for something else, and it stays on its line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        // Writing into a text cannot fail.
        match character {
            '"' | '\\' => _ = write!(quoted, "\\{character}"),
            ' '..='~' => quoted.push(character),
            _ => _ = write!(quoted, "\\U{:08X}", u32::from(character)),
        }
    }
    quoted.push('"');
    quoted
}
