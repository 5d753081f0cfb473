//! The rules of a line, asked twice: before it queues for its turn, so that nobody who may not be addressed takes one,
//! and with the turn in hand, at the instant of sending. The second look claims the line in the same breath.

use super::attempts::{Admission, Message, Turn};
use super::weigh::{Asking, Passed, Weighed};
use super::{Driver, DriverError, clean};
use crate::clock::Timestamp;
use crate::engine::command::Command;
use crate::engine::event::{Event, Rendering, Withholding};
use crate::engine::state::SkipReason;
use crate::executors::rules::Left;
use crate::journal::{Durability, JournalError};
use crate::outcome::{Effect, Failure};
use crate::plan::model::{Node, StepKey};
use crate::sent::{Fate, Line, Standing};

/// What those say who keep what was said, and who is left out.
#[derive(Debug)]
pub enum Verdict {
    /// The person is among those to leave out.
    Excluded(Left),
    /// What was said before keeps it, or nothing does.
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
            Weighed::Ruled(event, line) => self.record_ruled(event, line.map(|line| *line)).await,
            Weighed::Pass(passed) if passed.asks_nobody() => {
                self.queue(turn.of_use_until(passed.until));
                Ok(())
            }
            Weighed::Pass(passed) => {
                let (knowing, now) = (self.rulebook.knowing.clone(), self.executor.now());
                self.beside(async move {
                    let verdict = passed.verdict(&knowing, Asking::Look, now).await;
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
        let (knowing, now) = (self.rulebook.knowing.clone(), self.executor.now());
        let (newest, count) = self.claims.entry(turn.step).or_default();
        (*newest, *count) = (turn.ticket, *count + 1);
        self.beside(async move {
            let verdict = passed.verdict(&knowing, Asking::Claim, now).await;
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
        let is_newest = self.is_newest_claim(&turn);
        if !self.run.stands(turn.ticket) {
            if is_newest {
                self.give_back(*passed, &verdict).await;
            }
            return Ok(());
        }
        // The claim took its time: an hour that has struck meanwhile is heeded.
        if verdict.is_free() && passed.until.is_some_and(|until| self.executor.now() >= until) {
            self.give_back(*passed, &verdict).await;
            return self.examine(Turn { until: turn.expires, ..turn }).await;
        }
        match self.event_of(turn.step, &passed, verdict) {
            Ok(None) => self.arrange_or_begin(turn, admission, *rendering).await,
            Ok(Some(event)) => {
                // What an earlier claim of it left behind is nobody's now.
                if let Some(line) = &passed.line {
                    self.tell_fate(&line.id, Fate::Waits).await;
                }
                self.record_ruled(event, passed.line).await
            }
            Err(error) => {
                self.broken(error).await;
                Ok(())
            }
        }
    }

    /// Takes a claim from those under way. One that a newer one of the same step followed is not to be given back: what
    /// is claimed is the newer one's.
    pub(super) fn is_newest_claim(&mut self, turn: &Turn) -> bool {
        let Some((newest, count)) = self.claims.get_mut(&turn.step) else { return true };
        *count -= 1;
        let is_newest = *newest == turn.ticket;
        if *count == 0 {
            self.claims.remove(&turn.step);
        }
        is_newest
    }

    /// The event that a verdict comes to; none when the line may go out.
    fn event_of(&self, step: StepKey, passed: &Passed, verdict: Verdict) -> Result<Option<Event>, JournalError> {
        Ok(Some(match verdict {
            Verdict::Standing(Standing::Free) => return Ok(None),
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
            Verdict::Standing(Standing::Underway { until }) => {
                Event::Withheld { step, until, by: Withholding::Underway, expires: passed.expires }
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
    pub(super) async fn record_ruled(&mut self, event: Event, line: Option<Line>) -> Result<(), DriverError> {
        if let (Event::Withheld { .. }, Some(line)) = (&event, line.filter(|line| line.once_per.is_some())) {
            let (knowing, now) = (self.rulebook.knowing.clone(), self.executor.now());
            self.writing.spawn(async move {
                if let Err(error) = knowing.sent.wait(&line, now).await {
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

    /// Tells whether a step has rules, or its loop leaves anybody out.
    pub(super) fn is_ruled(&self, step: StepKey) -> bool {
        let plan = &self.run.start().plan;
        let is_ruled = |node: &Node| node.effect() == Effect::Once && !node.rules.is_empty();
        plan.get(step).is_some_and(is_ruled) || !self.exclusions_of(step).is_empty()
    }

    fn expires_of(&self, step: StepKey) -> Option<Timestamp> {
        match self.run.asks(step) {
            Some(Command::Attempt { expires, .. }) => *expires,
            _ => None,
        }
    }
}

impl Verdict {
    /// Tells whether nothing keeps the line: it is claimed, where it was asked to be.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Self::Standing(Standing::Free))
    }
}

/// A step that a rule keeps for good.
pub(super) fn ruled_out(step: StepKey, reason: SkipReason, detail: String) -> Event {
    Event::RuledOut { step, reason, detail }
}
