//! Cues as a table for paper: what somebody at the desk follows with a pencil.

use crate::report::cue_sheet::{Cue, CueSheet, stopwatch};
use crate::text::{counted, cut};

/// The columns of a prompt.
const BEGINNING: usize = 80;

/// The cue sheet in Markdown; a wait for a person stands out as a bold GO.
pub fn markdown(sheet: &CueSheet) -> String {
    let mut text = format!(
        "# {}\n\n{} · {} · ends at {}\n\n| Time | Cue | Agent → room | Line | Note |\n|---:|---|---|---|---|\n",
        escaped(&sheet.workflow),
        escaped(&sheet.file),
        counted(sheet.cues.len() as u64, "cue"),
        stopwatch(sheet.length)
    );
    sheet.cues.iter().for_each(|cue| text.push_str(&row(cue)));
    text
}

fn row(cue: &Cue) -> String {
    let whom = match (&cue.agent, &cue.room) {
        (Some(agent), Some(room)) => format!("{} → {}", escaped(agent), escaped(room)),
        (Some(agent), None) => escaped(agent),
        (None, Some(room)) => format!("→ {}", escaped(room)),
        (None, None) => String::new(),
    };
    // What is heard stands in full; a prompt is told by its beginning.
    let is_prompt = cue.is_quoted && cue.room.is_none() && !cue.is_go();
    let said = escaped(&if is_prompt { cut(&cue.line, BEGINNING) } else { cue.line.clone() });
    let said = if cue.is_quoted { format!("“{said}”") } else { said };
    let step = escaped(&cue.step);
    let (time, note) = (stopwatch(cue.at), escaped(&cue.note));
    if cue.is_go() {
        let said = if said.is_empty() { String::new() } else { format!("**{said}**") };
        return format!("| **{time}** | **GO** {step} | | {said} | {note} |\n");
    }
    let action = match cue.step.starts_with(&cue.action) {
        true => String::new(),
        false => format!(" ({})", cue.action.replace('_', " ")),
    };
    format!("| {time} | {step}{action} | {whom} | {said} | {note} |\n")
}

/// Text that Markdown reads as nothing but text, within a cell.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.char_indices() {
        match character {
            // Within a word an underscore is nothing but itself.
            '_' if escaped.ends_with(char::is_alphanumeric) && text[index + 1..].starts_with(char::is_alphanumeric) => {
                escaped.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            other => escaped.push(other),
        }
    }
    escaped
}
