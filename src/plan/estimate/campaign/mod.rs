//! What a campaign comes to: whom its rules let it address, when, and how long that takes at the rate of an account.
//!
//! A campaign is a plan with a loop whose lines have rules, or that leaves anybody out. All of it is pure, over rows,
//! holidays and exclusions as they were read. What was said by earlier runs is not known here, and not counted. Times
//! are the earliest possible: lines are tried once, and rooms are there.

mod people;
mod serving;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::data::rows::Rows;
use crate::duration::Millis;
use crate::outcome::Effect;
use crate::plan::estimate::Estimate;
use crate::plan::model::{Exclusion, Plan, WindowRule};
use crate::plan::rows::loops;
use crate::window::Holidays;

pub use serving::Waiting;

/// What names the holidays of a window: its files, its dates.
pub type HolidayKey = (Vec<String>, Vec<String>);

/// Tells whether files leave an item out; else why nobody can tell.
pub type LeavesOut<'a> = dyn Fn(&[Exclusion], &Value) -> Result<bool, String> + 'a;

/// How fast an account lets lines go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Lines a minute, and at once after a rest.
    pub write: u32,
    /// The rate class that it is of: `pro`.
    pub tier: String,
    /// Whether nobody said which it is.
    pub is_assumed: bool,
}

/// What is known when a campaign is estimated.
pub struct Facts<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The rows of its data files, by the path as written.
    pub rows: &'a HashMap<String, Rows>,
    /// The holidays of its windows.
    pub holidays: &'a HashMap<HolidayKey, Holidays>,
    /// Tells whether an item is left out, as the files are now; else why nobody can tell.
    pub excluded: &'a LeavesOut<'a>,
    /// The present instant.
    pub now: Timestamp,
    /// How fast lines go out.
    pub pace: Pace,
    /// The zone of this machine, for times that people read.
    pub here: jiff::tz::TimeZone,
    /// What the whole plan would cost and take.
    pub estimate: &'a Estimate,
}

/// What a campaign comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CampaignEstimate {
    /// Items of its loops.
    pub people: u64,
    /// Those that the files leave out now.
    pub excluded: u64,
    /// Those that a variant's holdout keeps from a line.
    pub held_out: u64,
    /// Those that a line can never reach.
    pub never: u64,
    /// The first of them, each with the reason.
    pub never_rows: Vec<NeverServed>,
    /// Lines that go out to the others.
    pub lines: u64,
    /// Requests to the service, of the whole plan.
    pub requests: u64,
    /// Credits, when everything is bought anew.
    pub credits: u64,
    /// People by the hour that their clocks show now, from 0 to 23; none without a window.
    pub local_hours: Option<Vec<u64>>,
    /// Lines by variant.
    pub variants: Vec<VariantLines>,
    /// The rate class of the account.
    pub tier: String,
    /// Whether nobody said which it is.
    pub tier_is_assumed: bool,
    /// The most lines a minute: what the account allows, or the throttle.
    pub lines_a_minute: f64,
    /// Whether the file's throttle is the slower one.
    pub throttled: bool,
    /// When the last line goes out at the earliest; none where that is over 400 days ahead.
    pub finishes: Option<Timestamp>,
    /// The same on this machine's clock, as `Fri 27 Nov 16:40`.
    pub finishes_local: Option<String>,
    /// The minutes until then, rounded up.
    pub minutes: Option<u64>,
    /// Lines that cannot go out before they expire, at that rate.
    pub too_late: u64,
    /// Whether rooms can be looked for often enough, where lines wait for them.
    pub waiting: Option<Waiting>,
    /// Whether lines that earlier runs said are skipped; they are not counted here.
    pub skips_already_sent: bool,
}

/// A row that a line can never reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeverServed {
    /// The file, as written; empty where the items are written in the workflow.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// Its line, from 1, where the format has lines.
    pub line: Option<u32>,
    /// Its key.
    pub key: Option<String>,
    /// The step.
    pub step: String,
    /// Why.
    pub reason: String,
}

/// Lines of one variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariantLines {
    /// The step.
    pub step: String,
    /// The variant.
    pub arm: String,
    /// Its lines.
    pub lines: u64,
}

/// Estimates a campaign; none where the plan is none.
pub fn campaign(facts: &Facts<'_>) -> Option<CampaignEstimate> {
    let mut counted = people::count(facts)?;
    let requests = facts.estimate.requests;
    let limit = f64::from(facts.pace.write.max(1));
    let throttle = facts.plan.throttle.map(|throttle| (throttle.rate * 60.0, f64::from(throttle.burst)));
    let throttled = throttle.filter(|(rate, _)| *rate < limit);
    let (rate, burst) = throttled.unwrap_or((limit, limit));
    let served = serving::serve(&counted.classes, (rate, burst), facts.now);
    let waiting = serving::waiting(&counted.classes, rate);
    // A script that takes longer than its lines ends no sooner.
    let finishes = served.finishes.map(|last| last.max(facts.now + facts.estimate.length));
    let estimate = &mut counted.estimate;
    estimate.requests = requests.generate + requests.write + requests.read;
    estimate.credits = facts.estimate.credits;
    estimate.tier_is_assumed = facts.pace.is_assumed;
    (estimate.tier, estimate.lines_a_minute, estimate.throttled) = (facts.pace.tier.clone(), rate, throttled.is_some());
    estimate.finishes = finishes;
    estimate.finishes_local = finishes.map(|at| local(at, &facts.here));
    estimate.minutes = finishes.map(|at| at.since(facts.now).0.div_ceil(60_000));
    (estimate.too_late, estimate.waiting) = (served.too_late, waiting);
    Some(counted.estimate)
}

/// The windows of the lines of a plan's loops.
pub fn windows(plan: &Plan) -> impl Iterator<Item = &WindowRule> {
    loops(plan).flat_map(|(_, _, inner)| &inner.body).filter_map(|node| node.rules.window.as_ref())
}

/// Tells whether a plan is a campaign.
pub fn is_campaign(plan: &Plan) -> bool {
    loops(plan).any(|(_, _, inner)| people::is_ruled(inner))
}

impl CampaignEstimate {
    /// The names that the text of a `pause` reads.
    pub fn for_pauses(&self) -> Value {
        json!({
            "people": self.people,
            "lines": self.lines,
            "credits": self.credits,
            "requests": self.requests,
            "excluded": self.excluded,
            "never": self.never,
            "finishes": self.finishes_local.clone().unwrap_or_else(|| "in over a year".to_owned()),
            "minutes": self.minutes.unwrap_or(400 * 24 * 60),
        })
    }
}

/// The same names for a plan that is no campaign.
pub fn plain_for_pauses(facts: &Facts<'_>) -> Value {
    let items = |(_, _, inner)| {
        let known = crate::plan::estimate::Known { rows: facts.rows, price: &|_, _| 0 };
        let preview = crate::plan::preview::Preview::exact(facts.plan);
        crate::plan::estimate::items(inner, &preview, &known).map_or(0, |items| items.len() as u64)
    };
    let requests = facts.estimate.requests;
    let lines = facts.plan.nodes.iter().filter(|node| node.effect() == Effect::Once).count();
    let finishes = facts.now + facts.estimate.length;
    let plain = CampaignEstimate {
        people: loops(facts.plan).map(items).sum(),
        lines: requests.write.max(lines as u64),
        requests: requests.generate + requests.write + requests.read,
        credits: facts.estimate.credits,
        finishes_local: Some(local(finishes, &facts.here)),
        minutes: Some(facts.estimate.length.0.div_ceil(60_000)),
        ..CampaignEstimate::default()
    };
    plain.for_pauses()
}

fn local(at: Timestamp, here: &jiff::tz::TimeZone) -> String {
    here.to_datetime(at.to_jiff()).strftime("%a %-d %b %H:%M").to_string()
}

/// How far ahead windows are looked at.
const FARTHEST: Millis = Millis(400 * 24 * 3_600_000);
