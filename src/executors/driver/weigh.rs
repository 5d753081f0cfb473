//! What the rules say of a line as far as its texts and the clock tell: who hears which text, whether their window is
//! open, what counts the line, and who could be left out.

use serde_json::Value;

use super::rules::{Verdict, ruled_out};
use super::{Driver, clean};
use crate::clock::Timestamp;
use crate::engine::event::{Event, Rendering, Withholding};
use crate::engine::state::SkipReason;
use crate::executors::rules::{Knowing, Seen};
use crate::expression::{Expression, Needs};
use crate::outcome::Failure;
use crate::plan::model::{CapRule, Exclusion, StepKey, Work};
use crate::sent::{Counted, Line, Standing};
use crate::template::Template;
use crate::window::{Opening, Zone};

/// What the rules say of a line as far as its texts and the clock tell.
pub(super) enum Weighed {
    /// It may go out if what was said before, and who is left out, lets it.
    Pass(Box<Passed>),
    /// It may not: this is to be recorded; a line that waits is known to older ones for the same value.
    Ruled(Event, Option<Box<Line>>),
}

/// What those are asked who know what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Whether anything keeps a line.
    Look,
    /// The same, and to claim it if nothing does.
    Claim,
}

/// A line that its texts and the clock let pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Passed {
    /// What counts it over runs, where anything does.
    pub line: Option<Line>,
    /// Who is left out, and the item to be compared.
    exclusion: Option<(Vec<Exclusion>, Value)>,
    /// When its turn is no use any more: the window closes, or it is too late.
    pub until: Option<Timestamp>,
    /// The instant after which its rules say that it is too late.
    pub expires: Option<Timestamp>,
    /// The value for which it goes out once.
    pub once_per: Option<String>,
    /// The person's time zone.
    pub timezone: Option<String>,
}

impl Driver {
    /// What the rules say of a step now, as far as its texts and the clock tell.
    pub(super) fn weigh(&mut self, step: StepKey) -> Weighed {
        match self.weigh_texts(step) {
            Ok(weighed) => weighed,
            Err(failure) => {
                Weighed::Ruled(Event::StepFailed { step, failure: clean::failure(failure, &self.redactor) }, None)
            }
        }
    }

    fn weigh_texts(&mut self, step: StepKey) -> Result<Weighed, Failure> {
        let now = self.executor.now();
        let mut passed = Passed { exclusion: self.exclusion(step), ..Passed::default() };
        let Some(rules) = self.run.start().plan.get(step).map(|node| node.rules.clone()) else {
            return Ok(Weighed::Pass(Box::new(passed)));
        };
        // What the first try was sent with holds for all.
        let rendering = self.run.rendering(step);
        let is_first = rendering.is_none();
        let recorded = rendering.map(|sent| (sent.once_per.clone(), sent.timezone.clone(), sent.expires));
        let (once_per, timezone, expires) = recorded.unwrap_or_default();
        if let Some(variants) = rules.variants.as_ref().filter(|_| is_first)
            && variants.of(&self.person_key(step)).is_none()
        {
            return Ok(Weighed::Ruled(ruled_out(step, SkipReason::HeldOut, String::new()), None));
        }
        passed.once_per = match (&rules.once_per, once_per) {
            (_, Some(recorded)) => Some(recorded),
            (Some(text), None) => Some(self.value(step, text)?),
            (None, None) => None,
        };
        if let Some(window) = &rules.window {
            let name = timezone.map_or_else(|| self.text(step, &window.timezone), Ok)?;
            let moment = self.run.moment(step).filter(|_| rules.expires_with_window);
            let seen = self.rulebook.look(window, name.trim(), (moment, now))?;
            passed.expires = expires.or(seen.first_end);
            if passed.expires.is_some_and(|expires| now >= expires) {
                return Ok(Weighed::Ruled(Event::Expired { step }, None));
            }
            match closed_until(&seen)? {
                Some(until) => {
                    let expires = passed.expires;
                    let waiting = passed.once_per.map(|once_per| self.line(step, Some(once_per), None));
                    let event = Event::Withheld { step, until, by: Withholding::Window, expires };
                    return Ok(Weighed::Ruled(event, waiting.map(Box::new)));
                }
                None => passed.until = closes(&seen),
            }
            passed.timezone = Some(seen.zone.name().to_owned());
        }
        let cap = rules.cap.as_ref().map(|cap| self.counted(step, cap, now)).transpose()?;
        if passed.once_per.is_some() || cap.is_some() {
            passed.line = Some(self.line(step, passed.once_per.clone(), cap));
        }
        passed.until = passed.until.into_iter().chain(passed.expires).min();
        Ok(Weighed::Pass(Box::new(passed)))
    }

    fn counted(&mut self, step: StepKey, cap: &CapRule, now: Timestamp) -> Result<Counted, Failure> {
        let unreadable = |message: String| Failure::rejected("cap", format!("`per: {}` {message}", cap.per));
        let expression = Expression::parse(&cap.per).map_err(|error| unreadable(error.message))?;
        let person = expression.evaluate(&self.scope(step, false), &Needs::default());
        let person = match person.map_err(|error| unreadable(error.to_string()))? {
            Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(_) | Value::Null => return Err(unreadable("is empty: nobody is named".to_owned())),
            _ => return Err(unreadable("is neither a text nor a number".to_owned())),
        };
        let mut day = None;
        if let (Some(most), Some(timezone)) = (cap.per_day, &cap.timezone) {
            let name = self.text(step, timezone)?;
            let zone: Zone = self.rulebook.zone(name.trim())?;
            day = Some((most, zone.start_of_day(now), zone.midnight_after(now)));
        }
        let rolling = cap.rolling.map(|rolling| (rolling.max, rolling.every));
        Ok(Counted { group: cap.group.clone(), person, rolling, day })
    }

    /// A rule's text that names a value: an empty one is a failure, for it would stand for everybody.
    fn value(&self, step: StepKey, text: &str) -> Result<String, Failure> {
        let value = self.text(step, text)?.trim().to_owned();
        match value.is_empty() {
            true => Err(Failure::rejected("empty_once_per", format!("`once_per: {text}` is empty: nothing is sent"))),
            false => Ok(value),
        }
    }

    fn text(&self, step: StepKey, text: &str) -> Result<String, Failure> {
        let template = Template::parse(text).map_err(|error| Failure::rejected("template", error.message))?;
        template.render(&self.scope(step, false)).map_err(|error| Failure::rejected("template", error.to_string()))
    }

    /// What a person's variant is drawn by: the item's key, else what it goes out once for.
    pub(super) fn person_key(&self, step: StepKey) -> String {
        let keys = self.run.keys(StepKey::node(step.node));
        let key = step.item.and_then(|item| keys.get(item.index as usize).cloned());
        let once_per = || {
            let text = self.run.start().plan.get(step)?.rules.once_per.clone()?;
            self.text(step, &text).ok()
        };
        key.or_else(once_per).unwrap_or_else(|| self.run.start().run.to_string())
    }

    /// Who is left out of a step's loop.
    pub(super) fn exclusions_of(&self, step: StepKey) -> &[Exclusion] {
        let node = self.run.start().plan.nodes.get(step.node as usize).filter(|_| step.item.is_some());
        match node.map(|node| &node.work) {
            Some(Work::Loop(inner)) => &inner.exclude,
            _ => &[],
        }
    }

    fn exclusion(&self, step: StepKey) -> Option<(Vec<Exclusion>, Value)> {
        let exclusions = Some(self.exclusions_of(step)).filter(|exclusions| !exclusions.is_empty())?;
        Some((exclusions.to_vec(), self.items.get(step.node, step.item?.index)?))
    }
}

impl Passed {
    /// Puts into a rendering what the rules found out for it.
    pub(super) fn put_into(&self, rendering: Rendering) -> Rendering {
        Rendering {
            expires: self.expires,
            once_per: self.once_per.clone(),
            timezone: self.timezone.clone(),
            ..rendering
        }
    }

    pub(super) fn asks_nobody(&self) -> bool {
        self.line.is_none() && self.exclusion.is_none()
    }

    /// What those say who know who is left out, and what was said.
    pub(super) async fn verdict(&self, knowing: &Knowing, asking: Asking, now: Timestamp) -> Verdict {
        if let Some((files, item)) = &self.exclusion {
            match knowing.exclusions.find(files, item).await {
                Ok(None) => {}
                Ok(Some(left)) => return Verdict::Excluded(left),
                Err(failure) => return Verdict::Unreadable(failure),
            }
        }
        let Some(line) = &self.line else { return Verdict::Standing(Standing::Free) };
        let standing = match asking {
            Asking::Look => knowing.sent.look(line, now).await,
            Asking::Claim => knowing.sent.claim(line, now).await,
        };
        standing.map_or_else(|error| Verdict::Broken(error.into()), Verdict::Standing)
    }
}

fn closed_until(seen: &Seen) -> Result<Option<Timestamp>, Failure> {
    match seen.opening {
        Opening::Open { .. } => Ok(None),
        Opening::Closed { opens: Some(opens) } => Ok(Some(opens)),
        Opening::Closed { opens: None } => {
            Err(Failure::rejected("never_open", "the window opens on no day of the next year: nothing is sent"))
        }
    }
}

fn closes(seen: &Seen) -> Option<Timestamp> {
    match seen.opening {
        Opening::Open { closes } => Some(closes),
        Opening::Closed { .. } => None,
    }
}
