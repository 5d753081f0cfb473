//! Whether what was kept of every run reads back, to the last record.

use super::checklist::{Checklist, Finding};
use crate::daemon::runs::Runs;
use crate::engine::event::{Event, Record};
use crate::engine::run::Run;
use crate::journal::blobs::Blobs;
use crate::journal::{JournalError, RunFilter, RunRow};
use crate::text::counted;

const SUBJECT: &str = "journal";
/// More damaged runs than these are counted, not told.
const TOLD: usize = 5;

/// Looks through the database, and reads and replays every run.
pub async fn check(runs: &Runs, checklist: &mut Checklist) {
    let rows = match runs.check().await {
        Ok(()) => runs.journal().runs(&RunFilter::default()).await,
        Err(error) => Err(error),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return checklist.add(Finding::bad(SUBJECT, 4, error.to_string()).hint(error.hint())),
    };
    let (mut records, mut damaged) = (0, Vec::new());
    for row in &rows {
        match read(runs, row).await {
            Ok(count) => records += count as u64,
            Err(finding) => damaged.push(finding),
        }
    }
    let sound = counted((rows.len() - damaged.len()) as u64, "run");
    let more = damaged.len().saturating_sub(TOLD);
    let is_sound = damaged.is_empty();
    damaged.into_iter().take(TOLD).for_each(|finding| checklist.add(finding));
    if more > 0 {
        checklist.add(Finding::bad(SUBJECT, 4, format!("{} more are damaged", counted(more as u64, "run"))));
    }
    let words = format!("{sound} with {} read back", counted(records, "record"));
    checklist.add(if is_sound { Finding::good(SUBJECT, words) } else { Finding::note(SUBJECT, words) });
}

/// Reads a run back, and the files that it would read again. Answers how many records it has.
async fn read(runs: &Runs, row: &RunRow) -> Result<usize, Finding> {
    let records = runs.journal().load(&row.id).await.map_err(|error| damaged(&error))?;
    // The records are those that were written: what the engine cannot follow was written by another version.
    Run::replay(&records).map_err(|error| {
        Finding::bad(SUBJECT, 4, format!("run `{}` cannot be followed: {error}", row.id))
            .hint("resume it with the version that began it")
    })?;
    let Some(Record { event: Event::Started(start), .. }) = records.first() else { return Ok(records.len()) };
    if row.summary.status.is_final() {
        return Ok(records.len());
    }
    let blobs = Blobs::new(runs.folder());
    for (path, sha256) in &start.plan.files {
        blobs.read(sha256).map_err(|error| {
            Finding::bad(SUBJECT, 4, format!("run `{}`: {error}", row.id)).hint(format!(
                "if `{path}` is as it was when the run began, copy it to `{}`",
                runs.folder().files().join(sha256).display()
            ))
        })?;
    }
    Ok(records.len())
}

fn damaged(error: &JournalError) -> Finding {
    Finding::bad(SUBJECT, 4, error.to_string()).hint(error.hint())
}
