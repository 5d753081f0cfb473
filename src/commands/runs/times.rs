//! What became of the times of schedules, below the runs that they started.

use crate::daemon::runs::Runs;
use crate::daemon::service::OWN_SANDBOX;
use crate::fires::{FireCounts, ScheduleKey};
use crate::text::{clean, counted, grouped};

/// A line for each workflow with a schedule and each service it is for, of one or of all; empty where nothing was ever due.
pub async fn told(runs: &Runs, workflow: Option<&str>) -> String {
    // A list without them is better than none.
    let totals = runs.fires().totals().await.unwrap_or_default();
    let wanted = totals.iter().filter(|(key, _)| workflow.is_none_or(|wanted| key.workflow == wanted));
    wanted.filter_map(|(key, counts)| line(key, *counts)).collect()
}

fn line(key: &ScheduleKey, counts: FireCounts) -> Option<String> {
    let FireCounts { fired, caught_up, skipped, missed, late } = counts;
    let all = fired + caught_up + skipped + missed;
    if all == 0 {
        return None;
    }
    let parts =
        [(fired, "started"), (caught_up, "caught up"), (skipped, "skipped"), (missed, "missed"), (late, "late")];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", grouped(count)))
        .collect();
    let ScheduleKey { workflow, service } = key;
    let place = match service.as_str() {
        OWN_SANDBOX => "SANDBOX",
        service => service.split_once("://").map_or(service, |(_, place)| place),
    };
    let (schedule, times) = (clean(&format!("{workflow} · {place}")), counted(all, "time"));
    Some(format!("schedule of {schedule}: {times} due, {}\n", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_or_skipped_is_never_silent() {
        let counts = FireCounts { fired: 1_200, caught_up: 1, skipped: 0, missed: 3, late: 2 };
        assert_eq!(
            line(&key(OWN_SANDBOX), counts).as_deref(),
            Some("schedule of morning · SANDBOX: 1,204 times due, 1,200 started, 1 caught up, 3 missed, 2 late\n")
        );
        assert_eq!(line(&key(OWN_SANDBOX), FireCounts::default()), None);
    }

    #[test]
    fn a_rehearsal_is_told_from_an_evening() {
        let counts = FireCounts { missed: 1, ..FireCounts::default() };
        assert_eq!(
            line(&key("https://api.bithuman.ai · acme"), counts).as_deref(),
            Some("schedule of morning · api.bithuman.ai · acme: 1 time due, 1 missed\n")
        );
    }

    fn key(service: &str) -> ScheduleKey {
        ScheduleKey { service: service.to_owned(), workflow: "morning".to_owned() }
    }
}
