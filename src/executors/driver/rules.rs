//! The rules of a line, asked twice: before it queues for its turn, so that nobody who may not be addressed takes one,
//! and with the turn in hand, at the instant of sending. The second look claims the line in the same breath.

use serde_json::Value;

use super::attempts::{Admission, Message, Turn};
use super::{Driver, DriverError, clean};
use crate::clock::Timestamp;
use crate::engine::event::{Event, Rendering, Withholding};
use crate::engine::state::{SkipReason, StepState};
use crate::executors::rules::{Left, Seen};
use crate::expression::{Expression, Needs};
use crate::journal::{Durability, JournalError};
use crate::outcome::{Effect, ErrorClass, Exchange, Failure};
use crate::plan::model::{CapRule, Exclusion, Node, StepKey, Work};
use crate::sent::{Counted, Fate, Line, LineId, Standing};
use crate::template::Template;
use crate::window::{Opening, Zone};

/// What the rules say of a line as far as its texts and the clock tell.
pub(super) enum Weighed {
    /// It may go out if what was said before, and who is left out, lets it.
    Pass(Box<Passed>),
    /// It may not: this is to be recorded.
    Ruled(Event),
}

/// A line that its texts and the clock let pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Passed {
    /// What counts it over runs, where anything does.
    line: Option<Line>,
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

/// What those say who keep what was said, and who is left out.
#[derive(Debug)]
pub enum Verdict {
    /// It may go out.
    Free,
    /// The person is among those to leave out.
    Excluded(Left),
    /// What was said before keeps it.
    Standing(Standing),
    /// Nobody can tell.
    Unreadable(Failure),
    /// What was said cannot be read or written.
    Broken(JournalError),
}

impl Driver {
    /// Looks at the rules of a try before it queues for its turn.
    pub(super) async fn examine(&mut self, turn: Turn) -> Result<(), DriverError> {
        match self.weigh(turn.step) {
            Weighed::Ruled(event) => self.record(event, Durability::Lazy).await,
            Weighed::Pass(passed) if passed.asks_nobody() => {
                self.queue(turn.of_use_until(passed.until));
                Ok(())
            }
            Weighed::Pass(passed) => {
                let (sent, exclusions) = (self.rulebook.sent.clone(), self.rulebook.exclusions.clone());
                let now = self.executor.now();
                self.beside(async move {
                    let verdict = match passed.excluded(&exclusions).await {
                        Verdict::Free => match &passed.line {
                            Some(line) => Verdict::of(sent.look(line, now).await),
                            None => Verdict::Free,
                        },
                        verdict => verdict,
                    };
                    Message::Examined(turn, passed, verdict)
                });
                Ok(())
            }
        }
    }

    /// Queues a try for its turn, unless those who know keep it.
    pub(super) async fn examined(
        &mut self,
        turn: Turn,
        passed: Box<Passed>,
        verdict: Verdict,
    ) -> Result<(), DriverError> {
        if !self.run.stands(turn.ticket) {
            return Ok(());
        }
        match self.event_of(turn.step, &passed, verdict) {
            Ok(None) => {
                self.queue(turn.of_use_until(passed.until));
                Ok(())
            }
            Ok(Some(event)) => self.record_ruled(event, passed.line).await,
            Err(error) => {
                self.broken(error).await;
                Ok(())
            }
        }
    }

    /// Claims a line whose turn has come; it goes out when the claim is written.
    pub(super) fn claim(&mut self, turn: Turn, admission: Admission, rendering: Rendering, passed: Box<Passed>) {
        let (sent, exclusions) = (self.rulebook.sent.clone(), self.rulebook.exclusions.clone());
        let now = self.executor.now();
        self.beside(async move {
            let verdict = match passed.excluded(&exclusions).await {
                Verdict::Free => match &passed.line {
                    Some(line) => Verdict::of(sent.claim(line, now).await),
                    None => Verdict::Free,
                },
                verdict => verdict,
            };
            Message::Claimed(turn, admission, Box::new(rendering), passed, verdict)
        });
    }

    /// Sends a line that is claimed, unless somebody kept it meanwhile.
    pub(super) async fn claimed(
        &mut self,
        (turn, admission): (Turn, Admission),
        rendering: Box<Rendering>,
        passed: Box<Passed>,
        verdict: Verdict,
    ) -> Result<(), DriverError> {
        let is_free = matches!(verdict, Verdict::Free);
        if !self.run.stands(turn.ticket) {
            if let Some(line) = passed.line.filter(|_| is_free) {
                self.settle_line(line.id, Fate::Waits);
            }
            return Ok(());
        }
        match self.event_of(turn.step, &passed, verdict) {
            Ok(None) => self.begin(turn, admission, *rendering).await,
            Ok(Some(event)) => self.record_ruled(event, passed.line).await,
            Err(error) => {
                self.broken(error).await;
                Ok(())
            }
        }
    }

    /// What the rules say of a step now, as far as its texts and the clock tell.
    pub(super) fn weigh(&mut self, step: StepKey) -> Weighed {
        match self.weigh_texts(step) {
            Ok(weighed) => weighed,
            Err(failure) => {
                Weighed::Ruled(Event::StepFailed { step, failure: clean::failure(failure, &self.redactor) })
            }
        }
    }

    fn weigh_texts(&mut self, step: StepKey) -> Result<Weighed, Failure> {
        let now = self.executor.now();
        let mut passed = Passed { exclusion: self.exclusion(step), ..Passed::default() };
        let Some(rules) = self.run.start().plan.get(step).map(|node| node.rules.clone()) else {
            return Ok(Weighed::Pass(Box::new(passed)));
        };
        let recorded = self.run.rendering(step).cloned();
        if let Some(variants) = rules.variants.as_ref().filter(|_| recorded.is_none())
            && variants.of(&self.person_key(step)).is_none()
        {
            return Ok(Weighed::Ruled(ruled_out(step, SkipReason::HeldOut, String::new())));
        }
        if let Some(window) = &rules.window {
            let name = match recorded.as_ref().and_then(|rendering| rendering.timezone.clone()) {
                Some(recorded) => recorded,
                None => self.text(step, &window.timezone)?,
            };
            let moment = self.run.moment(step).filter(|_| rules.expires_with_window);
            let seen = self.rulebook.look(window, name.trim(), (moment, now))?;
            passed.expires = recorded.as_ref().and_then(|rendering| rendering.expires).or(seen.first_end);
            if passed.expires.is_some_and(|expires| now >= expires) {
                return Ok(Weighed::Ruled(Event::Expired { step }));
            }
            match closed_until(&seen)? {
                Some(until) => {
                    let expires = passed.expires;
                    return Ok(Weighed::Ruled(Event::Withheld { step, until, by: Withholding::Window, expires }));
                }
                None => passed.until = closes(&seen),
            }
            passed.timezone = Some(seen.zone.name().to_owned());
        }
        passed.once_per = match (&rules.once_per, recorded.and_then(|rendering| rendering.once_per)) {
            (_, Some(recorded)) => Some(recorded),
            (Some(text), None) => Some(self.value(step, text)?),
            (None, None) => None,
        };
        let cap = rules.cap.as_ref().map(|cap| self.counted(step, cap, now)).transpose()?;
        if passed.once_per.is_some() || cap.is_some() {
            passed.line = Some(self.line(step, passed.once_per.clone(), cap));
        }
        passed.until = passed.until.into_iter().chain(passed.expires).min();
        Ok(Weighed::Pass(Box::new(passed)))
    }

    /// The event that a verdict comes to; none when the line may go out.
    fn event_of(&self, step: StepKey, passed: &Passed, verdict: Verdict) -> Result<Option<Event>, JournalError> {
        Ok(Some(match verdict {
            Verdict::Free | Verdict::Standing(Standing::Free) => return Ok(None),
            Verdict::Broken(error) => return Err(error),
            Verdict::Unreadable(failure) => {
                Event::StepFailed { step, failure: clean::failure(failure, &self.redactor) }
            }
            Verdict::Excluded(Left { path }) => ruled_out(step, SkipReason::Excluded, format!("left out by {path}")),
            Verdict::Standing(Standing::AlreadySent(earlier)) => {
                let doubt = if earlier.is_heard { "" } else { ", as far as anybody knows" };
                let detail = format!("already sent in {} at {}{doubt}", earlier.run, earlier.at);
                ruled_out(step, SkipReason::AlreadySent, detail)
            }
            Verdict::Standing(Standing::Superseded { run }) => {
                ruled_out(step, SkipReason::Superseded, format!("a newer line of run {run} waits"))
            }
            Verdict::Standing(Standing::Capped { until }) => {
                let expires = passed.expires.into_iter().chain(self.expires_of(step)).min();
                match expires.is_some_and(|expires| until >= expires) {
                    true => ruled_out(step, SkipReason::Capped, format!("addressed too often until {until}")),
                    false => Event::Withheld { step, until, by: Withholding::Cap, expires: passed.expires },
                }
            }
        }))
    }

    /// Records what a rule said; a line that waits is known to older ones for the same value.
    async fn record_ruled(&mut self, event: Event, line: Option<Line>) -> Result<(), DriverError> {
        if let (Event::Withheld { .. }, Some(line)) = (&event, line.filter(|line| line.once_per.is_some())) {
            let (sent, now) = (self.rulebook.sent.clone(), self.executor.now());
            tokio::spawn(async move {
                if let Err(error) = sent.wait(&line, now).await {
                    tracing::error!(%error, "that a line waits cannot be written");
                }
            });
        }
        self.record(event, Durability::Lazy).await
    }

    /// Nobody knows what was said: nothing more goes out, and the run can go on from what was kept.
    async fn broken(&mut self, error: JournalError) {
        drop(self.recorder.settled().await);
        self.recorder.fail(error);
    }

    /// Records beside the driver what became of a line, where anything counts it.
    pub(super) fn settle_line(&self, id: LineId, fate: Fate) {
        let sent = self.rulebook.sent.clone();
        tokio::spawn(async move {
            if let Err(error) = sent.settle(&id, fate).await {
                tracing::error!(%error, "what became of a line cannot be written");
            }
        });
    }

    /// The lines of steps that the last event ended wait no more.
    pub(super) fn drop_lines(&self) {
        let ended = |step: &StepKey| self.is_counted(*step) && self.run.state(*step).has_ended();
        let touched = self.run.touched().iter().map(|(step, _)| *step).filter(ended);
        touched.for_each(|step| self.settle_line(self.line_id(step), Fate::Dropped));
    }

    /// Gives back what an earlier process claimed and did not send.
    pub(super) async fn recover_lines(&mut self) {
        let may_be_out = |(key, _, state): &(StepKey, &Node, StepState)| {
            let is_out = matches!(state, StepState::Unknown | StepState::LeftUnknown | StepState::Succeeded);
            self.is_counted(*key) && (is_out || self.run.is_in_flight(*key))
        };
        if self.run.next_seq() <= 1 || !self.counts_anything() {
            return;
        }
        let out = self.run.steps().filter(may_be_out).map(|(key, ..)| key).collect();
        let LineId { service, run, .. } = self.line_id(StepKey::node(0));
        if let Err(error) = self.rulebook.sent.recover(&service, &run, out).await {
            self.recorder.fail(JournalError::Database(error));
        }
    }

    /// Lets no line of the run wait any more: it has ended.
    pub(super) async fn leave_lines(&self) {
        if !self.counts_anything() {
            return;
        }
        let LineId { service, run, .. } = self.line_id(StepKey::node(0));
        if let Err(error) = self.rulebook.sent.leave(&service, &run).await {
            tracing::error!(%error, "that the run's lines wait no more cannot be written");
        }
    }

    fn counts_anything(&self) -> bool {
        let is_counted = |node: &Node| node.rules.once_per.is_some() || node.rules.cap.is_some();
        self.run.plan().nodes.iter().any(|node| match &node.work {
            Work::Loop(inner) => inner.body.iter().any(is_counted),
            _ => is_counted(node),
        })
    }

    /// Tells whether a step has rules, or its loop leaves anybody out.
    pub(super) fn is_ruled(&self, step: StepKey) -> bool {
        let plan = &self.run.start().plan;
        let is_ruled = |node: &Node| node.effect() == Effect::Once && !node.rules.is_empty();
        plan.get(step).is_some_and(is_ruled) || !self.exclusions_of(step).is_empty()
    }

    /// Tells whether what a step says is counted over runs.
    pub(super) fn is_counted(&self, step: StepKey) -> bool {
        let node = self.run.start().plan.get(step);
        node.is_some_and(|node| node.rules.once_per.is_some() || node.rules.cap.is_some())
    }

    /// Which line a step is.
    pub(super) fn line_id(&self, step: StepKey) -> LineId {
        let start = self.run.start();
        LineId { service: start.service.key.clone(), run: start.run.clone(), step }
    }

    fn line(&self, step: StepKey, once_per: Option<String>, cap: Option<Counted>) -> Line {
        let start = self.run.start();
        let shown = start.plan.nodes.get(step.node as usize).map_or("", |node| node.id.as_str());
        Line {
            id: self.line_id(step),
            workflow: start.plan.workflow.clone(),
            run_began: self.run.started_at(),
            shown: shown.to_owned(),
            once_per,
            cap,
        }
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

    fn exclusions_of(&self, step: StepKey) -> &[Exclusion] {
        let node = self.run.start().plan.nodes.get(step.node as usize).filter(|_| step.item.is_some());
        match node.map(|node| &node.work) {
            Some(Work::Loop(inner)) => &inner.exclude,
            _ => &[],
        }
    }

    fn exclusion(&self, step: StepKey) -> Option<(Vec<Exclusion>, Value)> {
        let exclusions = self.exclusions_of(step);
        let item = self.items.get(step.node, step.item?.index)?;
        (!exclusions.is_empty()).then(|| (exclusions.to_vec(), item.clone()))
    }

    fn expires_of(&self, step: StepKey) -> Option<Timestamp> {
        match self.run.asks(step) {
            Some(crate::engine::command::Command::Attempt { expires, .. }) => *expires,
            _ => None,
        }
    }
}

/// What became of a line, as the wire tells it; none when nobody knows, for then it counts as sent.
pub(super) fn fate(exchange: &Exchange) -> Option<Fate> {
    match exchange {
        Exchange::Done { .. } => Some(Fate::Heard),
        Exchange::Again { .. } => Some(Fate::Waits),
        Exchange::Failed { failure } if failure.class == ErrorClass::Unknown => None,
        Exchange::Failed { .. } => Some(Fate::Waits),
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

    fn asks_nobody(&self) -> bool {
        self.line.is_none() && self.exclusion.is_none()
    }

    async fn excluded(&self, exclusions: &crate::executors::rules::Exclusions) -> Verdict {
        let Some((files, item)) = &self.exclusion else { return Verdict::Free };
        match exclusions.find(files, item).await {
            Ok(None) => Verdict::Free,
            Ok(Some(left)) => Verdict::Excluded(left),
            Err(failure) => Verdict::Unreadable(failure),
        }
    }
}

impl Verdict {
    fn of(answer: Result<Standing, crate::database::DatabaseError>) -> Self {
        match answer {
            Ok(Standing::Free) => Self::Free,
            Ok(standing) => Self::Standing(standing),
            Err(error) => Self::Broken(JournalError::Database(error)),
        }
    }
}

fn ruled_out(step: StepKey, reason: SkipReason, detail: String) -> Event {
    Event::RuledOut { step, reason, detail }
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
