//! A run: what a plan came to, event by event.
//!
//! Made from record 0 by whoever starts, recovers or shows a run, and changed by [`Run::apply`] alone. The parts
//! of that change stand beside this file: `legal` says whether an event may happen, `advance` moves a step from its
//! needs to what needs it, `attempt` follows an exchange, `items` a loop, `course` the run as a whole, and
//! `decide` turns phases into commands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::engine::clock::RunClock;
use crate::engine::course::Course;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Record};
use crate::engine::frontier::Frontier;
use crate::engine::graph::Graph;
use crate::engine::items::LoopRun;
use crate::engine::state::StepState;
use crate::engine::step::{PHASES, Phase, Step};
use crate::plan::model::{Section, StepKey};

/// One execution of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub(super) graph: Arc<Graph>,
    pub(super) next_seq: u64,
    /// The instant of record 0.
    pub(super) started_at: Timestamp,
    /// The instant of the last record.
    pub(super) last: Timestamp,
    /// When things were last let go on: no step is late because of a stop or a suspension.
    pub(super) let_go_at: Timestamp,
    pub(super) clock: RunClock,
    pub(super) course: Course,
    pub(super) steps: Vec<Step>,
    /// The loops whose items are known.
    pub(super) loops: BTreeMap<u32, LoopRun>,
    /// The steps under way, so that a change of the whole run touches no others.
    pub(super) active: BTreeSet<StepKey>,
    /// How many steps are in each phase.
    pub(super) tally: [usize; PHASES],
    /// What an event set off and has not been followed up; empty between events.
    pub(super) agenda: VecDeque<Followup>,
    pub(super) frontier: Frontier,
    /// The steps whose phase the last event changed, in order, each with its state before.
    pub(super) touched: Vec<(StepKey, StepState)>,
}

/// Something to look at before an event is done with. A list instead of recursion: plans may be deep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Followup {
    /// A step ended: tell those that need it.
    Ended(StepKey),
    /// An item of a loop may need its place no more, or again.
    Item { node: u32, index: u32 },
}

impl Run {
    /// Begins a run with its record 0.
    pub fn begin(record: &Record) -> Result<Self, EngineError> {
        let Record { seq: 0, at, event: Event::Started(start) } = record else {
            return Err(EngineError::NotAStart);
        };
        let graph = Arc::new(Graph::of((**start).clone())?);
        let steps: Vec<Step> = graph.needs().iter().map(|needs| Step::new(*needs, false)).collect();
        let mut tally = [0; PHASES];
        tally[Phase::Pending.tally_index()] = steps.len();
        let mut run = Self {
            course: Course::of(&graph),
            graph,
            next_seq: 1,
            started_at: *at,
            last: *at,
            let_go_at: *at,
            clock: RunClock::starting(*at),
            steps,
            loops: BTreeMap::new(),
            active: BTreeSet::new(),
            tally,
            agenda: VecDeque::new(),
            frontier: Frontier::default(),
            touched: Vec::new(),
        };
        run.open_section(Section::Main, *at);
        run.follow_up(*at);
        Ok(run)
    }

    /// Takes the next event. The only change there is; an error leaves the run as it was.
    pub fn apply(&mut self, record: &Record) -> Result<(), EngineError> {
        if record.seq != self.next_seq {
            return Err(EngineError::Gap { expected: self.next_seq, found: record.seq });
        }
        self.check(&record.event)?;
        self.next_seq += 1;
        self.touched.clear();
        self.dispatch(&record.event, record.at);
        self.follow_up(record.at);
        self.last = record.at;
        Ok(())
    }

    /// Makes the run that these records, from 0 on, came to.
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<Self, EngineError> {
        let mut records = records.into_iter();
        let mut run = Self::begin(records.next().ok_or(EngineError::NotAStart)?)?;
        for record in records {
            run.apply(record)?;
        }
        Ok(run)
    }

    fn dispatch(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::ConditionRead { step, holds } => self.condition_read(*step, *holds, at),
            Event::Due { step } => self.due(*step, at),
            Event::ItemsListed { step, keys, values } => self.items_listed(*step, LoopRun::of(keys, values, at), at),
            Event::Prepared { step, wait } => self.begin_prepared(*step, wait, at),
            Event::AttemptStarted { step, rendering, .. } => self.attempt_started(*step, rendering, at),
            Event::AttemptEnded { step, exchange } => self.attempt_ended(*step, exchange, at),
            Event::StepFailed { step, failure } => self.fail(*step, failure.clone()),
            Event::Expired { step } => self.skip_expired(*step),
            Event::Withheld { step, until, by, expires } => self.withhold(*step, (*until, *by), *expires),
            Event::RuledOut { step, reason, detail } => self.rule_out(*step, *reason, detail),
            Event::Gone { step, by } => self.gone(*step, by, at),
            Event::Resolved { step, resolution } => self.resolved(*step, *resolution),
            Event::SkippedByPerson { step } => self.skip_by_person(*step, at),
            Event::Suspended => self.suspend(),
            Event::Released => self.release(at),
            Event::TimedOut => self.time_out(at),
            Event::StopRequested => self.request_stop(),
            Event::CancelRequested => self.cancel(at),
            Event::Stopped { reason } => self.stop(*reason),
            Event::Resumed => self.resume(at),
            Event::Finished { outcome, outputs, .. } => self.finish(*outcome, outputs),
            // Refused by `check`: a run starts once.
            Event::Started(_) => {}
        }
    }

    /// Lets an event have all its consequences; afterwards nothing is left to be followed up.
    fn follow_up(&mut self, at: Timestamp) {
        self.settle(at);
        self.advance_sections(at);
        self.keep_clock(at);
        self.refresh_run();
    }

    /// The step, if this run has it: steps of items come to be when their item begins.
    pub(super) fn find(&self, key: StepKey) -> Option<&Step> {
        match key.item {
            None => self.steps.get(key.node as usize),
            Some(item) => self.loops.get(&key.node)?.items.get(item.index as usize)?.steps.get(item.inner as usize),
        }
    }

    /// The step, to be changed.
    pub(super) fn find_mut(&mut self, key: StepKey) -> Option<&mut Step> {
        match key.item {
            None => self.steps.get_mut(key.node as usize),
            Some(item) => {
                let items = &mut self.loops.get_mut(&key.node)?.items;
                items.get_mut(item.index as usize)?.steps.get_mut(item.inner as usize)
            }
        }
    }

    /// How many steps are in the phase's kind.
    pub(super) fn count(&self, phase: Phase) -> usize {
        self.tally[phase.tally_index()]
    }
}
