//! Before a campaign goes out: its rows are looked at, and what it comes to is said.
//!
//! Called where a plan is shown and where a run is begun, with the files as they are now.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Value;

use crate::bithuman::AccountTier;
use crate::clock::Timestamp;
use crate::daemon::chosen::narrowed;
use crate::daemon::files::{Files, Rows};
use crate::daemon::refused::{Refused, Why};
use crate::data::project::Project;
use crate::engine::selection::Selection;
use crate::executors::rules::{Names, is_named, names_now};
use crate::plan::estimate::campaign::{
    CampaignEstimate, Facts, HolidayKey, Pace, campaign, is_campaign, plain_for_pauses, windows,
};
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::{Exclusion, Plan, Work};
use crate::plan::rows::{Chosen, loops, mistakes};
use crate::report::mask::Mask;
use crate::text::{clean, counted, grouped};
use crate::window::Holidays;

/// What a price list says of a model and a version, in credits.
pub type Price<'a> = &'a dyn Fn(Option<&str>, Option<&str>) -> u64;

/// Where a campaign goes out, and when.
pub struct Facing<'a> {
    /// How fast lines go out.
    pub pace: Pace,
    /// What agents cost.
    pub price: Price<'a>,
    /// The time.
    pub now: Timestamp,
}

/// Refuses rows that could not go out, of those that a selection lets go out. Sensitive inputs are masked.
pub fn refuse_rows(plan: &Plan, (rows, project): (&Rows, &Project), selection: &Selection) -> Result<(), Refused> {
    let names = OnceCell::new();
    // One that cannot be read is told when it is needed.
    let excluded = |exclusions: &[Exclusion], item: &Value| {
        let names = names.get_or_init(|| LeftOut::now(plan, project));
        names.find(exclusions, item).is_ok_and(|by| by.is_some())
    };
    let Selection { left_out, limit, items, .. } = selection;
    let found = mistakes(plan, rows, &Chosen { left_out, limit: *limit, items, excluded: &excluded });
    if found.is_empty() {
        return Ok(());
    }
    let mask = Mask::new(plan);
    let mut message = format!("{} in the rows; nothing was sent", counted(found.count as u64, "mistake"));
    for mistake in &found.told {
        message.push_str(&format!("\n  {}", clean(&mask.text(&mistake.to_string()))));
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

/// What a campaign comes to, with the files as they are now; none where the plan is none. Sensitive inputs are masked.
fn foretell(plan: &Plan, (rows, files): (&Rows, &Files<'_>), facing: &Facing<'_>) -> Option<CampaignEstimate> {
    let mut found = is_campaign(plan).then(|| with_facts(plan, (rows, files), facing, campaign)).flatten()?;
    let mask = Mask::new(plan);
    for never in &mut found.never_rows {
        never.key = never.key.take().map(|key| mask.text(&key).into_owned());
        never.reason = mask.text(&never.reason).into_owned();
    }
    Some(found)
}

/// The same for a plan that is shown: its pauses read the estimate, as far as it is known.
pub fn shown(plan: &mut Plan, (rows, files): (&Rows, &Files<'_>), facing: &Facing<'_>) -> Option<CampaignEstimate> {
    let found = foretell(plan, (rows, files), facing);
    plan.estimate = match &found {
        Some(campaign) => campaign.for_pauses(),
        None if asks(plan) => with_facts(plan, (rows, files), facing, plain_for_pauses),
        None => Value::Null,
    };
    found
}

/// What the texts of a run's pauses read of its estimate; nothing where none of them reads it.
pub fn for_pauses(plan: &Plan, files: &Files<'_>, selection: &Selection, facing: &Facing<'_>) -> Value {
    if !asks(plan) {
        return Value::Null;
    }
    let rows = files.rows_of(plan);
    with_facts(&narrowed(plan, &rows, selection), (&rows, files), facing, |facts| match campaign(facts) {
        Some(campaign) => campaign.for_pauses(),
        None => plain_for_pauses(facts),
    })
}

/// Tells whether a pause reads the estimate.
fn asks(plan: &Plan) -> bool {
    let reads = |work: &Work| match work {
        Work::Pause { fields } => fields.values().any(|field| field.to_string().contains("estimate.")),
        _ => false,
    };
    plan.nodes.iter().any(|node| match &node.work {
        Work::Loop(inner) => inner.body.iter().any(|node| reads(&node.work)),
        work => reads(work),
    })
}

fn with_facts<T>(
    plan: &Plan,
    (rows, files): (&Rows, &Files<'_>),
    facing: &Facing<'_>,
    then: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let holidays = holidays(plan, files);
    let left_out = LeftOut::now(plan, files.project);
    let excluded = |exclusions: &[Exclusion], item: &Value| left_out.find(exclusions, item).map(|by| by.is_some());
    let estimate = estimate(plan, &Known { rows, price: facing.price });
    then(&Facts {
        plan,
        rows,
        holidays: &holidays,
        excluded: &excluded,
        now: facing.now,
        pace: facing.pace.clone(),
        here: jiff::tz::TimeZone::system(),
        estimate: &estimate,
    })
}

/// The holidays of every window; `check` told which of their files cannot be read.
fn holidays(plan: &Plan, files: &Files<'_>) -> HashMap<HolidayKey, Holidays> {
    let mut found = HashMap::new();
    for rule in windows(plan) {
        let key = (rule.holidays.clone(), rule.dates.clone());
        if found.contains_key(&key) {
            continue;
        }
        let mut all = Holidays::parse("calendar", rule.dates.join("\n").as_bytes()).unwrap_or_default();
        for path in &rule.holidays {
            all.extend(files.read(path).and_then(|bytes| Holidays::parse(path, &bytes).ok()).unwrap_or_default());
        }
        found.insert(key, all);
    }
    found
}

/// Who is left out of the loops of a plan, by their files as they are now.
pub struct LeftOut(HashMap<Exclusion, Result<Names, String>>);

impl LeftOut {
    /// Reads every file once.
    pub fn now(plan: &Plan, project: &Project) -> Self {
        let all = loops(plan).flat_map(|(_, _, inner)| &inner.exclude);
        Self(all.map(|exclusion| (exclusion.clone(), names_now(project.folder(), exclusion))).collect())
    }

    /// The file that names an item, if one does.
    pub fn find<'a>(&self, exclusions: &'a [Exclusion], item: &Value) -> Result<Option<&'a str>, String> {
        for exclusion in exclusions {
            let names = self.0.get(exclusion).ok_or("nobody can tell who is left out")?.as_ref();
            let names = names.map_err(|reason| format!("nobody can tell who is left out: {reason}"))?;
            if is_named(names, exclusion, item).map_err(|failure| failure.message)? {
                return Ok(Some(&exclusion.path));
            }
        }
        Ok(None)
    }
}
