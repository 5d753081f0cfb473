//! What a plan would cost and take, before anything is sent.
//!
//! The shortest time is that of the critical path: needs, then `delay`, not before `at`, the action, then `hold`.
//! Exchanges count as instant, spoken text as long as it takes to say. Where only a run can know a length (a pause, a
//! creation, another's service, a text that reads a result, a list made by the run) the estimate is `at least`.
//!
//! A condition that only a run can decide counts as true, one that the inputs rule
//! out not at all, and a list that only a run knows counts as one item. `on_failure`
//! is left out; `finally` is counted, begun when every other step has ended. Credits are those of buying everything
//! anew: what was bought before is not known here and costs nothing.

pub mod campaign;
mod schedule;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::actions;
use crate::data::rows::Rows;
use crate::duration::Millis;
use crate::outcome::Tier;
use crate::plan::model::{Exchanged, Hold, ItemSource, Loop, Node, Plan, Work};
use crate::plan::preview::{Preview, Previewed};

pub use campaign::CampaignEstimate;

/// What a plan would cost and take.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Credits, when everything is bought anew.
    pub credits: u64,
    /// Agents that would be made.
    #[serde(skip)]
    pub purchases: u64,
    /// Requests to the service.
    pub requests: Requests,
    /// The shortest time, in seconds.
    #[serde(rename = "seconds", serialize_with = "as_seconds")]
    pub length: Millis,
    /// Whether only a run can know how long and how much it really is.
    pub at_least: bool,
}

/// Requests to the service, by the bucket they draw from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Creations.
    pub generate: u64,
    /// Every other POST, and DELETE.
    pub write: u64,
    /// Every GET.
    pub read: u64,
}

/// What is known beside the plan.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The rows of data files, by the path as written.
    pub rows: &'a HashMap<String, Rows>,
    /// What making an agent of a model and a version costs.
    pub price: &'a dyn Fn(Option<&str>, Option<&str>) -> u64,
}

/// Estimates a plan.
pub fn estimate(plan: &Plan, known: &Known<'_>) -> Estimate {
    let mut counting = Counting { known, estimate: Estimate::default() };
    counting.estimate.length = schedule::script(plan, &mut counting);
    // Declared ones are made before the run, where they are not yet.
    for agent in plan.agents.values().filter(|agent| agent.code.is_empty()) {
        let price = (known.price)(agent.model.as_deref(), agent.version.as_deref());
        counting.estimate.credits = counting.estimate.credits.saturating_add(price);
        counting.estimate.purchases += 1;
    }
    counting.estimate
}

/// How long the spoken text of a step takes, and whether all of it is known; none when nothing is spoken.
pub fn speech(node: &Node, preview: &Preview<'_>) -> Option<(Millis, bool)> {
    let Work::Exchange(exchanged) = &node.work else { return None };
    let field = (actions::find(&exchanged.action)?.spoken)(&exchanged.fields)?;
    let text = preview.text(exchanged.fields.get(field)?.as_str()?);
    Some((actions::speech::estimate(&text.known, node.timing.speech_rate), text.is_whole))
}

/// The items of a loop as far as they are known before a run.
pub fn items<'a>(inner: &'a Loop, preview: &Preview<'_>, known: &Known<'a>) -> Option<Cow<'a, [Value]>> {
    match &inner.items {
        ItemSource::List(items) => Some(Cow::Borrowed(items)),
        ItemSource::File { path, .. } => known.rows.get(path).map(|rows| Cow::Borrowed(rows.items.as_slice())),
        ItemSource::Expression(text) => match preview.value_of(text)? {
            Value::Array(items) => Some(Cow::Owned(items)),
            _ => None,
        },
    }
}

/// Counts what is met on the way.
struct Counting<'a> {
    known: &'a Known<'a>,
    estimate: Estimate,
}

impl Counting<'_> {
    /// Counts one step and answers how long it takes, its hold included.
    fn step(&mut self, node: &Node, preview: &Preview<'_>) -> Millis {
        let length = match &node.work {
            Work::Exchange(exchanged) => self.exchange(exchanged, preview),
            Work::Wait { fields } => {
                let rendered = fields.iter().map(|(name, value)| (name.clone(), rendered(value, preview))).collect();
                self.action("wait", &rendered)
            }
            Work::Pause { fields } => self.action("pause", fields),
            Work::Loop(_) | Work::Join => Millis::ZERO,
        };
        length + self.hold(node, preview)
    }

    fn action(&mut self, name: &str, fields: &actions::action::Fields) -> Millis {
        let Some(descriptor) = actions::find(name) else { return Millis::ZERO };
        let own = (descriptor.estimate)(fields);
        let requests = &mut self.estimate.requests;
        match descriptor.tier {
            Tier::Generate => requests.generate += u64::from(own.requests),
            Tier::Write => requests.write += u64::from(own.requests),
            Tier::Read => requests.read += u64::from(own.requests),
            Tier::None => {}
        }
        self.estimate.at_least |= own.at_least;
        own.length
    }

    fn exchange(&mut self, exchanged: &Exchanged, preview: &Preview<'_>) -> Millis {
        if exchanged.billable {
            let field = |name: &str| exchanged.fields.get(name)?.as_str().map(|text| preview.text(text).text);
            let price = (self.known.price)(field("model").as_deref(), field("version").as_deref());
            self.estimate.credits = self.estimate.credits.saturating_add(price);
            self.estimate.purchases += 1;
        }
        self.action(&exchanged.action, &exchanged.fields)
    }

    fn hold(&mut self, node: &Node, preview: &Preview<'_>) -> Millis {
        match node.timing.hold {
            Hold::None => Millis::ZERO,
            Hold::For(length) => length,
            Hold::Speech => {
                let (length, is_whole) = speech(node, preview).unwrap_or((Millis::ZERO, true));
                self.estimate.at_least |= !is_whole;
                length
            }
        }
    }
}

fn rendered(value: &Value, preview: &Preview<'_>) -> Value {
    match value {
        Value::String(text) => {
            let Previewed { text, .. } = preview.text(text);
            Value::String(text)
        }
        other => other.clone(),
    }
}

fn as_seconds<S: serde::Serializer>(length: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(length.as_secs_f64())
}
