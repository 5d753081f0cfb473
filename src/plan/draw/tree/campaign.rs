//! What a campaign comes to, for people: whom it addresses, when, and what stands in the way.

use crate::plan::estimate::CampaignEstimate;
use crate::plan::estimate::campaign::{NeverServed, Waiting};
use crate::text::{clean, counted, grouped};

/// What bars are made of.
pub(super) const BAR: char = '▇';
/// The columns of the longest bar.
const LONGEST: u64 = 32;

/// The lines of the block below, each with its name.
pub(super) fn told(campaign: &CampaignEstimate) -> Vec<(&'static str, String)> {
    let mut told = vec![("people", people(campaign))];
    if let Some(hours) = &campaign.local_hours {
        told.extend(local_hours(hours));
    }
    told.push(("lines", lines(campaign)));
    told.push(("pace", pace(campaign)));
    told.push(("done", done(campaign)));
    told.extend(campaign.waiting.as_ref().map(|waiting| ("waiting", waits(waiting, campaign.throttled))));
    if campaign.skips_already_sent {
        told.push(("sent", "lines that earlier runs said are not counted here; `once_per` skips them".to_owned()));
    }
    let first = campaign.never_rows.iter().map(never);
    told.extend(first.enumerate().map(|(row, text)| (if row == 0 { "never" } else { "" }, text)));
    let more = campaign.never.saturating_sub(campaign.never_rows.len() as u64);
    told.extend((more > 0).then(|| ("", format!("and {} more", grouped(more)))));
    told
}

fn people(campaign: &CampaignEstimate) -> String {
    let parts = [
        (campaign.excluded, "left out as the files are now"),
        (campaign.held_out, "held out"),
        (campaign.never, "never reached"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    let all = grouped(campaign.people);
    if parts.is_empty() { all } else { format!("{all}: {}", parts.join(", ")) }
}

/// A row for each hour at which somebody is.
fn local_hours(hours: &[u64]) -> Vec<(&'static str, String)> {
    let most = hours.iter().copied().max().unwrap_or_default().max(1);
    let row = |(hour, count): (usize, &u64)| {
        let bar = String::from(BAR).repeat(usize::try_from((count * LONGEST).div_ceil(most)).unwrap_or_default());
        format!("{hour:02}:00 {:>7} {bar}", grouped(*count))
    };
    let rows = hours.iter().enumerate().filter(|(_, count)| **count > 0).map(row);
    rows.enumerate().map(|(place, text)| (if place == 0 { "clocks" } else { "" }, text)).collect()
}

fn lines(campaign: &CampaignEstimate) -> String {
    let arms: Vec<String> =
        campaign.variants.iter().map(|arm| format!("{} {}", clean(&arm.arm), grouped(arm.lines))).collect();
    let all = grouped(campaign.lines);
    if arms.is_empty() { all } else { format!("{all}: {}", arms.join(" · ")) }
}

fn pace(campaign: &CampaignEstimate) -> String {
    let rate = format!("{} lines a minute at most", number(campaign.lines_a_minute));
    match campaign.throttled {
        true => format!("{rate}, by `throttle`"),
        false if campaign.tier_is_assumed => format!("{rate}, were it tier {}; `--tier` names yours", campaign.tier),
        false => format!("{rate}, on tier {}", campaign.tier),
    }
}

fn number(rate: f64) -> String {
    if rate < 10.0 && rate.fract() > 0.001 { format!("{rate:.1}") } else { grouped(rate.round() as u64) }
}

fn done(campaign: &CampaignEstimate) -> String {
    let mut text = match (&campaign.finishes_local, campaign.lines) {
        (_, 0) => "nobody is addressed".to_owned(),
        (Some(at), _) => format!("by {at} at the earliest"),
        (None, _) => "not within 400 days: at this pace their windows are too short".to_owned(),
    };
    if campaign.too_late > 0 {
        let them = counted(campaign.too_late, "line");
        text.push_str(&format!("; {them} cannot go out before their window ends"));
    }
    text
}

fn waits(waiting: &Waiting, is_throttled: bool) -> String {
    let (every, wait) = (length(waiting.every_seconds), length(waiting.wait_seconds));
    let tries = number(waiting.tries_a_minute);
    let bound = if is_throttled { "throttle" } else { "limit" };
    let text = format!(
        "were all {} rooms closed, each would be tried every {every}, with half of the {bound} ({tries} tries a minute)",
        grouped(waiting.lines)
    );
    match waiting.is_served {
        true => format!("{text}; they wait {wait}"),
        false => format!("{text}, and they wait only {wait}: rooms that open meanwhile are missed"),
    }
}

fn length(seconds: u64) -> String {
    crate::duration::Millis(seconds * 1000).to_string()
}

fn never(row: &NeverServed) -> String {
    let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
    let file = clean(&row.file);
    let place = if file.is_empty() { format!("item {}", row.row) } else { format!("{file}{line} row {}", row.row) };
    let key = row.key.as_ref().map(|key| format!(", {}", clean(key))).unwrap_or_default();
    format!("{place}{key}: {}", clean(&row.reason))
}
