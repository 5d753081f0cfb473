//! Tiny plans and a driver that plays them on a virtual clock, for tests.

mod stage;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::Command;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Prepared, Record, Rendering, Resolution, Service, Speech, Start, StopReason};
use crate::engine::run::Run;
use crate::engine::state::StepState;
use crate::ids::RunId;
use crate::outcome::{Effect, ErrorClass, Exchange, Failure, Progress, Tier};
use crate::plan::model::*;

pub(crate) use stage::{Chance, Stage};

/// A step without needs.
pub(crate) fn step(id: &str, work: Work) -> Node {
    let retry = Retry { jitter: false, ..Retry::default() };
    Node {
        id: id.to_owned(),
        name: None,
        line: 1,
        section: Section::Main,
        needs: Vec::new(),
        condition: None,
        work,
        timing: Timing::default(),
        policy: Policy { retry, ..Policy::default() },
        rules: Rules::default(),
    }
}

/// A joint.
pub(crate) fn join(id: &str) -> Node {
    step(id, Work::Join)
}

/// An exchange that is heard: *once*.
pub(crate) fn speak(id: &str) -> Node {
    step(id, Work::Exchange(exchanged(Effect::Once)))
}

/// An exchange that only looks.
pub(crate) fn look(id: &str) -> Node {
    step(id, Work::Exchange(exchanged(Effect::Read)))
}

/// A `wait`.
pub(crate) fn wait(id: &str) -> Node {
    step(id, Work::Wait { fields: Map::new() })
}

/// A `pause`.
pub(crate) fn pause(id: &str) -> Node {
    step(id, Work::Pause { fields: Map::new() })
}

/// A loop over so many items, `max_parallel` at a time.
pub(crate) fn each(id: &str, count: usize, max_parallel: u32, body: Vec<Node>) -> Node {
    let items = ItemSource::List((0..count).map(|item| json!(item)).collect());
    let single = body.len() == 1;
    let name = "item".to_owned();
    step(
        id,
        Work::Loop(Box::new(Loop {
            items,
            name,
            key: None,
            max_parallel,
            fail_fast: false,
            exclude: Vec::new(),
            body,
            single,
        })),
    )
}

/// An action of an effect.
pub(crate) fn exchanged(effect: Effect) -> Exchanged {
    Exchanged {
        declared: None,
        action: "speak".to_owned(),
        fields: Map::new(),
        effect,
        billable: false,
        tier: Tier::Write,
        agent: None,
        room: None,
        rank: 0,
    }
}

impl Node {
    /// The same after these.
    pub(crate) fn after(mut self, needs: &[u32]) -> Self {
        self.needs = needs.iter().map(|need| Edge { node: *need, why: Why::Needs }).collect();
        self
    }

    /// The same with a condition that is blind to failures.
    pub(crate) fn when(mut self, text: &str) -> Self {
        self.condition = Some(Condition { text: text.to_owned(), sees_failures: false });
        self
    }

    /// The same with a condition that is read however its needs ended.
    pub(crate) fn when_always(mut self) -> Self {
        self.condition = Some(Condition { text: "always()".to_owned(), sees_failures: true });
        self
    }

    /// The same in another section.
    pub(crate) fn within(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    /// The same with another timing.
    pub(crate) fn timed(mut self, change: impl FnOnce(&mut Timing)) -> Self {
        change(&mut self.timing);
        self
    }

    /// The same with another policy.
    pub(crate) fn treated(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// The same loop with another detail.
    pub(crate) fn looped(mut self, change: impl FnOnce(&mut Loop)) -> Self {
        if let Work::Loop(inner) = &mut self.work {
            change(inner);
        }
        self
    }
}

/// Record 0 for a plan of these steps.
pub(crate) fn start_of(nodes: Vec<Node>) -> Start {
    Start {
        run: RunId::from_typed("7Q4M"),
        version: "0".to_owned(),
        plan: Plan { nodes, max_parallel: 16, ..Plan::default() },
        speed: 1.0,
        service: Service::default(),
        go: false,
        fresh: false,
        allow_destroy: false,
        no_purchase: false,
        dry: true,
        clock: None,
        selection: Default::default(),
    }
}

/// A success.
pub(crate) fn done() -> Exchange {
    Exchange::Done { result: json!({ "said": true }) }
}

/// A failure of a class.
pub(crate) fn failed(class: ErrorClass) -> Exchange {
    Exchange::Failed { failure: Failure::new(class, class.as_str(), "no") }
}

/// Not yet.
pub(crate) fn again(after: u64) -> Exchange {
    Exchange::Again { after: Millis(after), progress: Progress::default() }
}

/// A run being played, with its journal.
#[derive(Clone)]
pub(crate) struct Play {
    pub run: Run,
    pub records: Vec<Record>,
    pub now: Timestamp,
}

impl Play {
    /// Starts a run of these steps at instant 0.
    pub fn of(nodes: Vec<Node>) -> Self {
        Self::start(start_of(nodes))
    }

    /// Starts a run at instant 0.
    pub fn start(start: Start) -> Self {
        let record = Record { seq: 0, at: Timestamp(0), event: Event::Started(Box::new(start)) };
        Self { run: Run::begin(&record).unwrap(), records: vec![record], now: Timestamp(0) }
    }

    /// Takes up a journal.
    pub fn taken_up(records: &[Record]) -> Self {
        let run = Run::replay(records).unwrap();
        Self { now: run.last_at(), run, records: records.to_vec() }
    }

    /// Appends an event now, if it is legal.
    pub fn attempt(&mut self, event: Event) -> Result<(), EngineError> {
        let record = Record { seq: self.run.next_seq(), at: self.now, event };
        self.run.apply(&record)?;
        self.records.push(record);
        Ok(())
    }

    /// Appends an event now.
    pub fn say(&mut self, event: Event) -> &mut Self {
        self.attempt(event).unwrap();
        self
    }

    /// Moves the clock.
    pub fn at(&mut self, instant: i64) -> &mut Self {
        self.now = Timestamp(instant);
        self
    }

    /// Begins the attempt that stands for a step.
    pub fn send(&mut self, step: StepKey) -> &mut Self {
        let attempt = self.asked().into_iter().find_map(|command| match command {
            Command::Attempt { step: other, attempt, .. } if other == step => Some(attempt),
            _ => None,
        });
        let speech = Some(Speech { text: "hello".to_owned(), length: Millis(700) });
        let rendering = Box::new(Rendering { speech, ..Rendering::default() });
        self.say(Event::AttemptStarted { step, attempt: attempt.expect("an attempt stands"), rendering })
    }

    /// Ends the attempt of a step.
    pub fn hear(&mut self, step: StepKey, exchange: Exchange) -> &mut Self {
        self.say(Event::AttemptEnded { step, exchange })
    }

    /// Everything that is asked for.
    pub fn asked(&self) -> Vec<Command> {
        self.run.decide().map(|(_, command)| command.clone()).collect()
    }

    /// The state of a step of the script.
    pub fn state(&self, node: u32) -> StepState {
        self.run.state(StepKey::node(node))
    }

    /// Plays on until nothing is left to do without a person: first what is asked, then the earliest timer.
    pub fn play(&mut self, answer: &mut impl FnMut(StepKey, u32) -> Exchange) -> &mut Self {
        while let Some(command) = self.next_command() {
            self.perform(&command, answer);
        }
        self
    }

    /// Plays on with a success of everything.
    pub fn play_well(&mut self) -> &mut Self {
        self.play(&mut |_, _| done())
    }

    /// Answers one command.
    pub fn perform(&mut self, command: &Command, answer: &mut impl FnMut(StepKey, u32) -> Exchange) {
        match command.clone() {
            Command::ReadCondition { step } => {
                let text = self.run.plan().get(step).and_then(|node| node.condition.as_ref()).unwrap().text.clone();
                self.say(Event::ConditionRead { step, holds: text != "false" })
            }
            Command::ListItems { step } => {
                let Work::Loop(inner) = &self.run.plan().get(step).unwrap().work else { panic!("a loop") };
                let ItemSource::List(items) = &inner.items else { panic!("a list") };
                let keys = (0..items.len()).map(|item| format!("k{item}")).collect();
                self.say(Event::ItemsListed { step, keys, values: Vec::new() })
            }
            Command::Prepare { step } => {
                let message = "go?".to_owned();
                let is_pause = matches!(self.run.plan().get(step).unwrap().work, Work::Pause { .. });
                let paused = Prepared::Pause { message, timeout: None, fail: true };
                let wait = if is_pause { paused } else { Prepared::For(Millis(100)) };
                self.say(Event::Prepared { step, wait })
            }
            Command::Wait { step, until, .. } => self.at(self.now.max(until).0).say(Event::Due { step }),
            Command::Attempt { step, expires, .. } if expires.is_some_and(|late| self.now >= late) => {
                self.say(Event::Expired { step })
            }
            Command::Attempt { step, attempt, .. } => self.send(step).hear(step, answer(step, attempt)),
            Command::TimeOut { until } => self.at(self.now.max(until).0).say(Event::TimedOut),
            Command::Finish { outcome } => {
                self.say(Event::Finished { outcome, outputs: IndexMap::<_, Value>::new(), failure: None })
            }
            Command::Stop { reason } => self.say(Event::Stopped { reason }),
            Command::Pause { step } => self.say(Event::Gone { step, by: "person".to_owned() }),
            Command::Ask { step } => {
                let resolution = Resolution::Happened;
                self.say(Event::Resolved { step, resolution })
            }
        };
    }

    /// What a driver would do next, persons aside.
    pub fn next_command(&self) -> Option<Command> {
        let asked = self.asked();
        let instant = |command: &Command| match command {
            Command::Wait { until, .. } | Command::TimeOut { until } => Some(*until),
            _ => None,
        };
        let person = |command: &&Command| matches!(command, Command::Pause { .. } | Command::Ask { .. });
        let open: Vec<&Command> = asked.iter().filter(|command| !person(command)).collect();
        let at_once = open.iter().find(|command| instant(command).is_none());
        at_once.or_else(|| open.iter().min_by_key(|command| instant(command))).map(|command| (*command).clone())
    }

    /// The steps whose attempts began, in order.
    pub fn sent(&self) -> Vec<StepKey> {
        let begun = |record: &Record| matches!(record.event, Event::AttemptStarted { .. });
        self.records.iter().filter(|record| begun(record)).filter_map(|record| record.event.step()).collect()
    }

    /// The reason for which a driver without a terminal would stop.
    pub fn idle(&self) -> Option<StopReason> {
        self.run.idle_but_for_people()
    }

    /// Tickets that stand.
    pub fn tickets(&self) -> BTreeSet<u64> {
        self.run.decide().map(|(ticket, _)| ticket).collect()
    }
}
