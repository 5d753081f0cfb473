//! A run played in any order, as chance has it.

use super::{Play, done, start_of};
use crate::duration::Millis;
use crate::engine::command::Command;
use crate::engine::event::{Event, Record, Resolution, Start, Withholding};
use crate::engine::state::SkipReason;
use crate::outcome::{Effect, Exchange};
use crate::plan::model::{Node, StepKey};

/// A source of chance that a seed determines.
#[derive(Clone)]
pub(crate) struct Chance(pub u64);

impl Chance {
    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

/// A run played in any order, with several exchanges in flight and a person who answers.
pub(crate) struct Stage {
    pub play: Play,
    pub chance: Chance,
    pub in_flight: Vec<StepKey>,
}

impl Stage {
    /// Starts a run of these steps.
    pub fn of(nodes: Vec<Node>, seed: u64) -> Self {
        Self::starting(start_of(nodes), seed)
    }

    /// Starts a run with this record 0.
    pub fn starting(start: Start, seed: u64) -> Self {
        Self { play: Play::start(start), chance: Chance(seed), in_flight: Vec::new() }
    }

    /// Takes up a journal.
    pub fn taken_up(records: &[Record], seed: u64) -> Self {
        Self { play: Play::taken_up(records), chance: Chance(seed), in_flight: Vec::new() }
    }

    /// Does one thing of all that could be done now.
    pub fn advance(&mut self, exchange: impl FnOnce(&mut Chance, usize) -> Exchange) {
        let mut asked = self.play.asked();
        let drawn = self.chance.below(asked.len() + self.in_flight.len());
        if drawn < self.in_flight.len() {
            let step = self.in_flight.swap_remove(drawn);
            let tries = self.play.sent().iter().filter(|sent| **sent == step).count();
            let exchange = exchange(&mut self.chance, tries);
            self.play.hear(step, exchange);
        } else if asked.is_empty() {
            self.let_go_on();
        } else {
            self.answer(asked.swap_remove(drawn - self.in_flight.len()));
        }
    }

    fn answer(&mut self, command: Command) {
        match command {
            Command::Attempt { step, .. }
                if self.chance.below(12) == 0 && self.play.run.graph.node(step).effect() == Effect::Once =>
            {
                self.rule(step);
            }
            Command::Attempt { step, expires, .. } if expires.is_none_or(|late| self.play.now < late) => {
                self.play.send(step);
                self.in_flight.push(step);
            }
            Command::Ask { step } => {
                let all = [Resolution::Happened, Resolution::DidNotHappen, Resolution::LeaveUnknown];
                let resolution = all[self.chance.below(3)];
                self.play.say(Event::Resolved { step, resolution });
            }
            other => self.play.perform(&other, &mut |_, _| done()),
        }
    }

    /// A rule keeps a line, for a while or for good.
    fn rule(&mut self, step: StepKey) {
        let until = self.play.now + Millis(self.chance.below(900) as u64);
        let expires = (self.chance.below(2) == 0).then(|| until + Millis(self.chance.below(900) as u64));
        let event = match self.chance.below(3) {
            0 => Event::Withheld { step, until, by: Withholding::Window, expires },
            1 => Event::Withheld { step, until, by: Withholding::Cap, expires },
            _ => Event::RuledOut { step, reason: SkipReason::AlreadySent, detail: "already sent".to_owned() },
        };
        self.play.say(event);
    }

    /// A person lets a run go on that asks for nothing.
    fn let_go_on(&mut self) {
        let is_withheld = self.play.run.is_suspended() || self.play.run.held().is_some();
        let event = match (self.play.run.is_stopped(), is_withheld) {
            (true, _) => Event::Resumed,
            (false, true) => Event::Released,
            (false, false) => panic!("the run is stuck"),
        };
        self.play.say(event);
    }
}
