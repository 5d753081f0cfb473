//! Before a campaign goes out: its rows are looked at, and what it comes to is said.
//!
//! Called where a plan is shown and where a run is begun, with the files as they are now.

use std::collections::HashMap;

use serde_json::Value;

use crate::bithuman::AccountTier;
use crate::clock::{Clock as _, SystemClock};
use crate::daemon::opened::Opened;
use crate::daemon::planned::{Rows, rows_of};
use crate::daemon::refused::{Refused, Why};
use crate::data::project::Project;
use crate::diagnostic::nearest;
use crate::engine::selection::Selection;
use crate::executors::rules::{Names, is_named, names_now};
use crate::plan::estimate::campaign::{
    CampaignEstimate, Facts, HolidayKey, Pace, campaign, is_campaign, plain_for_pauses, windows,
};
use crate::plan::estimate::{Known, estimate, items};
use crate::plan::model::{Exclusion, ItemSource, Plan, Work};
use crate::plan::preview::Preview;
use crate::plan::rows::{Reading, RowScope, loops, mistakes};
use crate::text::{clean, counted, grouped};
use crate::window::Holidays;

/// What a price list says of a model and a version, in credits.
pub type Price<'a> = &'a dyn Fn(Option<&str>, Option<&str>) -> u64;

/// Refuses rows that could not go out; `left_out` are steps that do not.
pub fn refuse_rows(plan: &Plan, rows: &Rows, left_out: &[u32]) -> Result<(), Refused> {
    let found = mistakes(plan, rows, left_out);
    if found.is_empty() {
        return Ok(());
    }
    let mut message = format!("{} in the rows; nothing was sent", counted(found.count as u64, "mistake"));
    for mistake in &found.told {
        message.push_str(&format!("\n  {}", clean(&mistake.to_string())));
    }
    if let Some(more) = found.count.checked_sub(found.told.len()).filter(|more| *more > 0) {
        message.push_str(&format!("\n  and {} more", grouped(more as u64)));
    }
    Err(Refused::new(Why::Invalid, message).hint("correct these rows, or take them out of the file"))
}

/// How fast an account of a rate class lets lines go out; as the `pro` one where none is known.
pub fn pace(tier: Option<AccountTier>) -> Pace {
    let class = tier.unwrap_or(AccountTier::Pro);
    Pace { write: class.limits().write, tier: class.to_string(), is_assumed: tier.is_none() }
}

/// The same for an account whose limit is known.
pub fn pace_of(limit: Option<u32>) -> Pace {
    match limit {
        Some(write) => Pace { write, tier: "of the account".to_owned(), is_assumed: false },
        None => pace(None),
    }
}

/// What a campaign comes to, with the files as they are now; none where the plan is none.
pub fn foretell(
    plan: &Plan,
    (rows, opened): (&Rows, &Opened),
    pace: Pace,
    price: Price<'_>,
) -> Option<CampaignEstimate> {
    is_campaign(plan).then(|| with_facts(plan, (rows, opened), (pace, price), campaign)).flatten()
}

/// What the texts of a run's pauses read of its estimate; nothing where none of them reads it.
pub fn for_pauses(plan: &Plan, opened: &Opened, selection: &Selection, (pace, price): (Pace, Price<'_>)) -> Value {
    let reads = |work: &Work| match work {
        Work::Pause { fields } => fields.values().any(|field| field.to_string().contains("estimate.")),
        _ => false,
    };
    let is_read = plan.nodes.iter().any(|node| match &node.work {
        Work::Loop(inner) => inner.body.iter().any(|node| reads(&node.work)),
        work => reads(work),
    });
    if !is_read {
        return Value::Null;
    }
    let (mut plan, mut rows) = (plan.clone(), rows_of(plan, opened));
    narrow(&mut plan, &mut rows, selection);
    with_facts(&plan, (&rows, opened), (pace, price), |facts| match campaign(facts) {
        Some(campaign) => campaign.for_pauses(),
        None => plain_for_pauses(facts),
    })
}

fn with_facts<T>(
    plan: &Plan,
    (rows, opened): (&Rows, &Opened),
    (pace, price): (Pace, Price<'_>),
    then: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let holidays = holidays(plan, opened);
    let names = names(plan, &opened.project);
    let excluded = |exclusions: &[Exclusion], item: &Value| {
        for exclusion in exclusions {
            let names = names.get(exclusion).ok_or("nobody can tell who is left out")?.as_ref();
            let names = names.map_err(|reason| format!("nobody can tell who is left out: {reason}"))?;
            if is_named(names, exclusion, item).map_err(|failure| failure.message)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let estimate = estimate(plan, &Known { rows, price });
    then(&Facts {
        plan,
        rows,
        holidays: &holidays,
        excluded: &excluded,
        now: SystemClock.now(),
        pace,
        here: jiff::tz::TimeZone::system(),
        estimate: &estimate,
    })
}

/// The holidays of every window; `check` told which of their files cannot be read.
fn holidays(plan: &Plan, opened: &Opened) -> HashMap<HolidayKey, Holidays> {
    let mut found = HashMap::new();
    for rule in windows(plan) {
        let key = (rule.holidays.clone(), rule.dates.clone());
        if found.contains_key(&key) {
            continue;
        }
        let mut all = Holidays::parse("calendar", rule.dates.join("\n").as_bytes()).unwrap_or_default();
        for path in &rule.holidays {
            let bytes = opened.project.resolve(&opened.workflow.path, path).and_then(|file| file.read_bytes());
            all.extend(bytes.ok().and_then(|bytes| Holidays::parse(path, &bytes).ok()).unwrap_or_default());
        }
        found.insert(key, all);
    }
    found
}

/// Who is left out by each file, as it is now.
fn names(plan: &Plan, project: &Project) -> HashMap<Exclusion, Result<Names, String>> {
    let all = loops(plan).flat_map(|(_, _, inner)| &inner.exclude);
    all.map(|exclusion| (exclusion.clone(), names_now(project.folder(), exclusion))).collect()
}

/// Leaves of the rows what a selection lets go out.
fn narrow(plan: &mut Plan, rows: &mut Rows, selection: &Selection) {
    for node in &selection.left_out {
        if let Some(Work::Loop(inner)) = plan.nodes.get_mut(*node as usize).map(|node| &mut node.work) {
            inner.items = ItemSource::List(Vec::new());
        }
    }
    if let Some(limit) = selection.limit {
        rows.values_mut().for_each(|rows| rows.items.truncate(limit as usize));
    }
    if !selection.items.is_empty() {
        let keyed: Vec<Vec<String>> = loops(plan).filter_map(|(_, _, inner)| keys(plan, inner, rows)).collect();
        let paths = loops(plan).filter_map(|(_, _, inner)| crate::plan::rows::path_of(inner)).map(str::to_owned);
        for (path, keys) in paths.collect::<Vec<_>>().into_iter().zip(keyed) {
            if let Some(rows) = rows.get_mut(&path).filter(|rows| rows.items.len() == keys.len()) {
                let mut keys = keys.into_iter();
                rows.items.retain(|_| keys.next().is_some_and(|key| selection.items.contains(&key)));
            }
        }
    }
}

/// The keys of the items of a loop, as far as they are known before a run.
fn keys(plan: &Plan, inner: &crate::plan::model::Loop, rows: &Rows) -> Option<Vec<String>> {
    let preview = Preview::exact(plan);
    let key = Reading::expression(inner.key.as_deref()?, &preview, &inner.name)?;
    let items = items(inner, &preview, &Known { rows, price: &|_, _| 0 })?;
    let of = |item| key.of(&RowScope { preview: &preview, name: &inner.name, item }).unwrap_or_default();
    Some(items.iter().map(of).collect())
}

/// Checks that a selection of items fits the loops of a plan. Answers what of them goes out, for people.
pub fn fits(
    plan: &Plan,
    opened: &Opened,
    (limit, wanted): (Option<u32>, &[String]),
) -> Result<Option<String>, Refused> {
    if limit.is_none() && wanted.is_empty() {
        return Ok(None);
    }
    let flag = if limit.is_some() { "--limit" } else { "--item" };
    if loops(plan).next().is_none() {
        let message = format!("`{flag}` chooses items of loops, and the workflow has no loop; nothing was sent");
        return Err(Refused::new(Why::Invalid, message).hint("leave it out"));
    }
    let rows = rows_of(plan, opened);
    if let Some(limit) = limit {
        let preview = Preview::exact(plan);
        let count = |inner| items(inner, &preview, &Known { rows: &rows, price: &|_, _| 0 }).map(|items| items.len());
        let counts: Vec<Option<usize>> = loops(plan).map(|(_, _, inner)| count(inner)).collect();
        return Ok(Some(match counts.as_slice() {
            [Some(count)] if *count <= limit as usize => {
                format!("all {}: `--limit {limit}` leaves none out", counted(*count as u64, "item"))
            }
            [Some(count)] => format!("only the first {} of {} items", grouped(limit.into()), grouped(*count as u64)),
            _ => format!("only the first {} items of each loop", grouped(limit.into())),
        }));
    }
    let known: Vec<Option<Vec<String>>> =
        loops(plan).filter(|(_, _, inner)| inner.key.is_some()).map(|(_, _, inner)| keys(plan, inner, &rows)).collect();
    if known.is_empty() {
        let message = "`--item` chooses items by their keys, and no loop has a `key`; nothing was sent";
        return Err(Refused::new(Why::Invalid, message).hint("write `key:` on the loop"));
    }
    // A list that only the run knows may have any key.
    if known.iter().all(Option::is_some) {
        let keys: Vec<&str> = known.iter().flatten().flatten().map(String::as_str).collect();
        if let Some(missing) = wanted.iter().find(|key| !keys.contains(&key.as_str())) {
            let refused = Refused::new(Why::Invalid, format!("no item has the key `{missing}`; nothing was sent"));
            return Err(match nearest(missing, keys.iter().copied()) {
                Some(near) => refused.hint(format!("did you mean `{near}`?")),
                None => refused.hint(format!(
                    "there are {} items, the first is `{}`",
                    keys.len(),
                    keys.first().unwrap_or(&"")
                )),
            });
        }
    }
    let noun = if wanted.len() == 1 { "item" } else { "items" };
    Ok(Some(format!("only {noun} {}", clean(&wanted.join(", ")))))
}
