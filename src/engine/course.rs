//! The run as a whole: its sections, and what people and its timeout do to it.
//!
//! `steps` first, then `on_failure` when it failed, then `finally`, each once. A stop is not final and changes
//! nothing but that nothing goes on; cancelling and timing out end what has not gone out.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::command::WaitReason;
use crate::engine::event::{RunOutcome, StopReason};
use crate::engine::graph::Graph;
use crate::engine::run::Run;
use crate::engine::state::SkipReason;
use crate::engine::step::{End, Phase, Step};
use crate::plan::model::{Section, StepKey};

/// Where a run stands as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Course {
    /// The section under way; none when the last has ended.
    pub section: Option<Section>,
    /// How many steps of each section have not ended.
    left: [usize; 3],
    /// How many steps failed that may not.
    failures: usize,
    /// The section under way only ends what is in flight.
    pub draining: bool,
    pub cancelled: bool,
    pub timed_out: bool,
    pub suspended: bool,
    /// The steps that a person let go out, where each waits for one.
    pub let_through: BTreeSet<StepKey>,
    pub stop_requested: bool,
    pub stopped: Option<StopReason>,
    /// The outcome, once every section has ended; nothing changes it but an output that cannot be rendered.
    pub verdict: Option<RunOutcome>,
    pub finished: Option<RunOutcome>,
    pub outputs: IndexMap<String, Value>,
}

impl Course {
    /// The course of a run that begins.
    pub fn of(graph: &Graph) -> Self {
        let mut course = Self { section: Some(Section::Main), ..Self::default() };
        for node in &graph.start.plan.nodes {
            course.left[node.section as usize] += 1;
        }
        course
    }

    /// Tells whether anything may be asked of the driver.
    pub fn is_open(&self) -> bool {
        self.stopped.is_none() && !self.stop_requested && self.finished.is_none()
    }

    /// Tells whether the run failed so far.
    pub fn has_failed(&self) -> bool {
        self.failures > 0 || self.timed_out
    }

    /// Counts a step of the script that ended.
    pub fn count_end(&mut self, section: Section, failed: bool) {
        self.left[section as usize] -= 1;
        self.failures += usize::from(failed);
    }

    fn outcome(&self) -> RunOutcome {
        match (self.cancelled, self.has_failed()) {
            (true, _) => RunOutcome::Cancelled,
            (false, true) => RunOutcome::Failed,
            (false, false) => RunOutcome::Succeeded,
        }
    }
}

impl Run {
    /// Begins the steps of a section that need nothing.
    pub(super) fn open_section(&mut self, section: Section, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let failed = self.course.has_failed();
        let needed = section != Section::OnFailure || (failed && !self.course.cancelled);
        let nodes = (0..).zip(&graph.start.plan.nodes).filter(|(_, node)| node.section == section);
        for (key, needs) in nodes.map(|(place, _)| (StepKey::node(place), graph.needs()[place as usize])) {
            if let Some(step) = self.find_mut(key) {
                step.failed_above |= failed;
            }
            if !needed {
                self.end(key, End::Skipped(SkipReason::NotNeeded));
            } else if needs == 0 {
                self.meet_needs(key, at);
            }
        }
    }

    /// Opens one section after the other as they end.
    pub(super) fn advance_sections(&mut self, at: Timestamp) {
        while let Some(section) = self.course.section
            && self.course.left[section as usize] == 0
        {
            self.course.draining = false;
            let next = match section {
                Section::Main => Section::OnFailure,
                Section::OnFailure => Section::Finally,
                Section::Finally => {
                    self.course.section = None;
                    self.course.verdict = Some(self.course.outcome());
                    return;
                }
            };
            self.course.section = Some(next);
            self.open_section(next, at);
            self.settle(at);
        }
    }

    pub(super) fn suspend(&mut self) {
        self.course.suspended = true;
        self.refresh_active();
    }

    pub(super) fn release(&mut self, at: Timestamp) {
        self.course.suspended = false;
        let held = self.held();
        self.course.let_through.extend(held);
        self.let_go_at = at;
        self.refresh_active();
    }

    pub(super) fn request_stop(&mut self) {
        self.course.stop_requested = true;
        self.refresh_active();
    }

    pub(super) fn stop(&mut self, reason: StopReason) {
        self.course.stopped = Some(reason);
        self.frontier.clear();
    }

    /// Goes on after a stop or a crash; everything is asked anew.
    pub(super) fn resume(&mut self, at: Timestamp) {
        if self.course.stopped.take().is_none() {
            // After a crash the run's clock stood still since the last that is known.
            self.clock.halt(self.last);
        }
        self.let_go_at = at;
        // A go is for now: what had not gone out when the run stopped is asked for anew.
        self.course.let_through.clear();
        self.frontier.clear();
        // Nothing new begins until items that had begun have their places again.
        self.course.stop_requested = true;
        let active: Vec<StepKey> = self.active.iter().copied().collect();
        for key in active {
            self.take_up(key, at);
        }
        self.settle(at);
        self.course.stop_requested = false;
        self.refresh_active();
        self.begin_all_items(at);
    }

    /// Cancels the run: what is in flight may end, then `finally` runs.
    pub(super) fn cancel(&mut self, at: Timestamp) {
        self.course.cancelled = true;
        self.course.stop_requested = false;
        self.sweep(at);
        self.refresh_active();
    }

    pub(super) fn time_out(&mut self, at: Timestamp) {
        self.course.timed_out = true;
        self.sweep(at);
    }

    pub(super) fn finish(&mut self, outcome: RunOutcome, outputs: &IndexMap<String, Value>) {
        self.course.finished = Some(outcome);
        self.course.outputs = outputs.clone();
    }

    /// Lets the run's clock run or stand still.
    pub(super) fn keep_clock(&mut self, at: Timestamp) {
        let course = &self.course;
        let paused = course.suspended || self.count(Phase::Paused) > 0 || self.held().is_some();
        let runs = course.stopped.is_none() && course.finished.is_none() && !paused;
        if runs == self.clock.is_running() {
            return;
        }
        if runs {
            self.clock.go_on(at);
        } else {
            self.clock.halt(at);
        }
        if self.count(Phase::Cue) > 0 {
            self.refresh_active();
        }
    }

    /// Ends what has not gone out of the section under way.
    fn sweep(&mut self, at: Timestamp) {
        let Some(section) = self.course.section else { return };
        self.course.draining = true;
        let graph = Arc::clone(&self.graph);
        for (place, _) in (0..).zip(&graph.start.plan.nodes).filter(|(_, node)| node.section == section) {
            match self.steps[place as usize].phase {
                Phase::Looping => self.sweep_items(place, at),
                _ => self.sweep_step(StepKey::node(place), at),
            }
        }
    }

    /// Ends a step that is not in flight.
    pub(super) fn sweep_step(&mut self, key: StepKey, at: Timestamp) {
        match self.find(key).map(|step| step.phase) {
            None | Some(Phase::InFlight | Phase::Ended(_)) => {}
            Some(Phase::Unknown) => self.leave_unknown(key),
            Some(Phase::Holding { .. }) => self.due(key, at),
            Some(_) => self.end(key, End::Cancelled),
        }
    }

    fn take_up(&mut self, key: StepKey, at: Timestamp) {
        match self.find(key).map(|step| step.phase) {
            Some(Phase::InFlight) => self.take_up_interrupted(key, at),
            Some(Phase::Waiting { why: WaitReason::Look, .. }) => self.change(key, Phase::Ready),
            Some(Phase::Waiting { why: WaitReason::Room, .. }) => self.change(key, Phase::Knocking),
            Some(Phase::Paused) => self.open_pause(key, at),
            Some(Phase::Blocked(_)) => {
                if let Some(trial) = self.find_mut(key).map(Step::trial_mut) {
                    (trial.attempt, trial.row, trial.looks, trial.since) = (1, 1, 0, None);
                }
                self.change(key, Phase::Ready);
            }
            _ => {}
        }
    }
}
