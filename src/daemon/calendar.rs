//! When workflows run by themselves: what became of the times that were due, and what will become of those to come.
//!
//! The past is what was recorded, the future is what [`crate::schedule::explain`] says: by the same decision that the
//! scheduler follows.

use crate::clock::Timestamp;
use crate::daemon::definitions::Definition;
use crate::daemon::runs::{Runs, RunsError};
use crate::duration::Millis;
use crate::fires::{Fire, FireState, ScheduleKey};
use crate::schedule::Schedule;
use crate::schedule::explain::{Question, Row, explain};

pub use crate::fires::FireCounts;
pub use crate::schedule::decide::Kind;

/// The most times of one workflow that are told.
const MOST: usize = 1_000;

/// A time of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The workflow.
    pub workflow: String,
    /// The local time as the file names it.
    pub nominal: String,
    /// When it is there: local, with its offset.
    pub local: String,
    /// When it is.
    pub at: Timestamp,
    /// What becomes of it.
    pub kind: Kind,
    /// How far it is; none of one that is still to come.
    pub state: Option<FireState>,
    /// How many times this stands for, of which it is the last.
    pub times: u64,
    /// Why, for people.
    pub reason: String,
    /// The run that it started.
    pub run: Option<String>,
}

impl Runs {
    /// The times of a workflow from an instant up to another one, in order.
    pub async fn calendar(
        &self,
        definition: &Definition,
        service: &str,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<Entry>, RunsError> {
        let key = ScheduleKey { service: service.to_owned(), workflow: definition.name.clone() };
        let mut entries = Vec::new();
        if from < now {
            let latest = self.fires().latest(&key, MOST).await?;
            let past = latest.iter().rev().filter(|fire| (from..to.min(now)).contains(&fire.due));
            entries.extend(past.map(|fire| recorded(definition, fire)));
        }
        if let Some(schedule) = &definition.timetable
            && to > now
        {
            let from = from.max(now);
            // A span that holds too many is cut where the most are told.
            let cut = schedule.after(Timestamp(from.0.saturating_sub(1))).nth(MOST).map_or(to, |due| due.at.min(to));
            let rows = explain(schedule, &Question { from, to: cut, down: Vec::new(), takes: Millis::ZERO });
            entries.extend(rows.iter().map(|row| expected(&definition.name, schedule, row)));
        }
        Ok(entries)
    }

    /// How many times of each workflow became what, by the workflow's name.
    pub async fn fire_counts(&self, service: &str) -> Result<Vec<(String, FireCounts)>, RunsError> {
        Ok(self.fires().counts(service).await?.into_iter().collect())
    }
}

fn recorded(definition: &Definition, fire: &Fire) -> Entry {
    let local = local(definition.timetable.as_ref(), fire.due);
    Entry {
        workflow: fire.workflow.clone(),
        nominal: fire.nominal.clone().unwrap_or_else(|| local.clone()),
        local,
        at: fire.due,
        kind: fire.kind,
        state: Some(fire.state),
        times: fire.times,
        reason: if fire.times > 1 { format!("{} ({} times)", fire.reason, fire.times) } else { fire.reason.clone() },
        run: fire.run.as_ref().map(ToString::to_string),
    }
}

/// An instant in the zone of the entry that names it; of the first one where none does, for the file was edited since.
fn local(schedule: Option<&Schedule>, at: Timestamp) -> String {
    let entry = schedule.and_then(|schedule| {
        let named = schedule.after(Timestamp(at.0.saturating_sub(1))).next().filter(|due| due.at == at);
        schedule.entries.get(named.map_or(0, |due| due.first.entry))
    });
    let instant = at.to_jiff();
    entry.map_or_else(|| instant.to_string(), |entry| instant.display_with_offset(entry.offset(at)).to_string())
}

fn expected(workflow: &str, schedule: &Schedule, row: &Row) -> Entry {
    let at = row.at.to_jiff();
    let local = schedule
        .entries
        .get(row.entry)
        .map_or_else(|| at.to_string(), |entry| at.display_with_offset(entry.offset(row.at)).to_string());
    Entry {
        workflow: workflow.to_owned(),
        nominal: row.nominal.to_string(),
        local,
        at: row.at,
        kind: row.kind,
        state: None,
        times: 1,
        reason: row.reason.to_string(),
        run: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::entry::Entry;
    use crate::schedule::pattern::Pattern;
    use crate::zone::Zone;

    #[test]
    fn a_time_is_told_in_the_zone_of_the_entry_that_names_it() {
        let entry = |pattern: &str, zone: &str| Entry::Cron {
            pattern: Pattern::parse(pattern).unwrap(),
            zone: Zone::find(zone).unwrap(),
        };
        let schedule = Schedule::new(vec![entry("0 9 * * *", "Europe/Paris"), entry("0 9 * * *", "Asia/Tokyo")]);
        let told = |at: &str| local(Some(&schedule), Timestamp::parse(at).unwrap());
        assert_eq!(told("2026-07-01T07:00:00Z"), "2026-07-01T09:00:00+02:00");
        assert_eq!(told("2026-07-01T00:00:00Z"), "2026-07-01T09:00:00+09:00");
        assert_eq!(told("2026-07-01T03:00:00Z"), "2026-07-01T05:00:00+02:00", "of none");
        assert_eq!(local(None, Timestamp::parse("2026-07-01T03:00:00Z").unwrap()), "2026-07-01T03:00:00Z");
    }
}
