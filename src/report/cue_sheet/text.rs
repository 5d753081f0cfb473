//! Cues as lines of a terminal.

use crate::report::cue_sheet::{Cue, CueSheet, stopwatch};
use crate::text::{cut, pad, width};

/// The widest column of steps.
const WIDEST: usize = 26;

/// The timed script, one line a cue; a text that is longer than the line is cut.
pub fn text(sheet: &CueSheet, columns: usize) -> String {
    let steps = sheet.cues.iter().map(|cue| width(&cue.step)).max().unwrap_or_default().min(WIDEST);
    let times = width(&stopwatch(sheet.length));
    let mut text: String = sheet.cues.iter().map(|cue| line(cue, (times, steps), columns) + "\n").collect();
    text.push_str(&format!("{:>times$}  end\n", stopwatch(sheet.length)));
    text
}

fn line(cue: &Cue, (times, steps): (usize, usize), columns: usize) -> String {
    let before = format!("{:>times$}  {}  ", stopwatch(cue.at), pad(&cut(&cue.step, steps), steps));
    let mut said = match cue.is_quoted {
        _ if cue.is_go() => "GO ".to_owned(),
        _ if cue.step.starts_with(&cue.action) => String::new(),
        _ => format!("{} ", cue.action.replace('_', " ")),
    };
    let place = cue.room.as_ref().map(|room| format!(" → {room}")).unwrap_or_default();
    let note = if cue.note.is_empty() { String::new() } else { format!("  {}", cue.note) };
    let whom = cue.agent.as_deref().filter(|_| cue.line.is_empty()).unwrap_or_default();
    let left = columns.saturating_sub(width(&before) + width(&said) + width(&place) + width(&note)).max(16);
    match cue.is_quoted {
        true => said.push_str(&format!("“{}”", cut(&cue.line, left - 2))),
        false => said.push_str(&cut(&format!("{}{whom}", cue.line), left)),
    }
    format!("{before}{}{place}{note}", said.trim_end()).trim_end().to_owned()
}
