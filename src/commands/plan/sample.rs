//! `plan --sample`: the lines of a few rows as they would be said.

use std::fmt::Write as _;

use serde_json::Value;

use super::Format;
use crate::clock::{Clock as _, SystemClock};
use crate::daemon::campaign::LeftOut;
use crate::daemon::opened::Opened;
use crate::daemon::planned::Planned;
use crate::plan::model::Exclusion;
use crate::plan::rows::{RenderedLine, RenderedRow, rendered};
use crate::report::mask::Mask;
use crate::text::clean;

/// The rows as text, or as a JSON list.
pub fn shown((planned, opened): (&Planned, &Opened), most: u32, format: Format) -> String {
    let by = LeftOut::now(&planned.plan, &opened.project);
    let left_out = |exclusions: &[Exclusion], item: &Value| match by.find(exclusions, item) {
        Ok(by) => by.map(|path| format!("left out by {path}")),
        Err(reason) => Some(reason),
    };
    let mut rows = rendered(&planned.plan, &planned.rows, most as usize, (&left_out, SystemClock.now()));
    let mask = Mask::new(&planned.plan);
    for row in &mut rows {
        row.key = row.key.take().map(|key| mask.text(&key).into_owned());
        let warnings = row.lines.iter_mut().flat_map(|line| &mut line.warnings);
        warnings.for_each(|warning| *warning = mask.text(warning).into_owned());
    }
    match format {
        Format::Json => format!("{:#}\n", serde_json::json!(rows)),
        _ if rows.is_empty() => "no loop goes through the rows of a file\n".to_owned(),
        _ => rows.iter().map(row).collect(),
    }
}

fn row(row: &RenderedRow) -> String {
    let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
    let key = row.key.as_deref().map(clean).unwrap_or_else(|| format!("row {}", row.row));
    let mut text = format!("{key}   {}{line}\n", clean(&row.file));
    row.lines.iter().for_each(|line| said(&mut text, line));
    text
}

fn said(text: &mut String, line: &RenderedLine) {
    let local = line.local.as_ref().map(|local| format!(" at {local} of their time"));
    let variant = line.variant.as_ref().map(|variant| format!(" [{}]", clean(variant)));
    let room = line.room.as_ref().map(|room| format!(" → {}", clean(room)));
    let quoted = line.text.as_ref().map(|text| format!(" “{}”", clean(text)));
    let parts: String = [variant, quoted, room, local].into_iter().flatten().collect();
    // Writing to a text cannot fail.
    let _ = writeln!(text, "  {}{parts}", clean(&line.step));
    for warning in &line.warnings {
        let _ = writeln!(text, "    warning: {}", clean(warning));
    }
}
