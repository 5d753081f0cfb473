//! One rerun: from a saved file to the end of its run.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::lines::Tagged;
use super::tell;
use crate::commands::opening::Refusal;
use crate::daemon::offer::{Offer, Verdict};
use crate::daemon::opened::{Opened, Part, Script};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::Reach;
use crate::daemon::start::{Options, Ready};
use crate::data::inputs::GivenInputs;
use crate::executors::driver::Ended;
use crate::executors::people::People;
use crate::ids::RunId;
use crate::report::terminal::{self, Look};
use crate::report::{Report, ReportTarget, Reports, RunView};
use crate::text::width;

/// What a rerun takes.
pub struct Rerun {
    /// The workflow's file.
    pub path: PathBuf,
    /// What is run: a save meanwhile changes nothing of it.
    pub opened: Opened,
    /// Its inputs.
    pub given: GivenInputs,
    /// The runs of the project.
    pub runs: Runs,
    /// Where it goes.
    pub reach: Reach,
    /// How it is run.
    pub options: Options,
    /// What is printed besides.
    pub reports: Vec<ReportTarget>,
    /// What stands before its lines.
    pub tag: String,
}

/// How a rerun ended.
pub enum RerunEnd {
    /// Its run ended or stopped.
    Ended(RunId, Result<Ended, RunsError>),
    /// It was not begun.
    Refused(Refusal),
    /// It would buy, and may not.
    WouldBuy(Offer),
}

impl RerunEnd {
    /// Tells whether its run ended for good.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Ended(_, Ok(Ended::Finished(_))))
    }
}

impl Rerun {
    /// Prepares the run, begins it and waits for its end. `run` is set as soon as it is known.
    pub async fn perform(self, people: People, run: Arc<OnceLock<RunId>>) -> RerunEnd {
        match self.prepare().await {
            Ok(Ok(ready)) => self.follow(ready, people, &run).await,
            Ok(Err(offer)) => RerunEnd::WouldBuy(offer),
            Err(refusal) => RerunEnd::Refused(refusal),
        }
    }

    async fn prepare(&self) -> Result<Result<Ready, Offer>, Refusal> {
        let script = Script::build(self.opened.clone(), &self.given, &Part::default())?;
        let reach = match &self.reach {
            // What is left of the account changes while it is watched.
            Reach::Connected(connected) if !connected.service.sandbox => {
                Reach::Connected(Box::new(connected.again().await?))
            }
            reach => reach.clone(),
        };
        let ready = self.runs.prepare(script, reach, &self.options).await?;
        if self.reach.is_rehearsal() {
            return Ok(Ok(ready));
        }
        let offer = ready.offer().await?;
        match offer.verdict(!self.options.no_purchase) {
            _ if self.options.no_purchase && !offer.is_empty() => Ok(Err(offer)),
            Verdict::Lacks(credits) => {
                Err(Refusal::new(4, format!("the account lacks {credits} credits; nothing was sent")))
            }
            Verdict::GoOn | Verdict::Ask => Ok(Ok(ready)),
        }
    }

    async fn follow(&self, ready: Ready, people: People, run: &OnceLock<RunId>) -> RerunEnd {
        let id = ready.start.run.clone();
        // Set once: every rerun has a cell of its own.
        drop(run.set(id.clone()));
        let report = match self.report(&ready) {
            Ok(report) => report,
            Err(error) => return RerunEnd::Refused(Refusal::new(4, format!("a report cannot be written: {error}"))),
        };
        match ready.spawn(Some(report), people).await {
            Ok(started) => {
                let broken_off = |_| Err(crate::executors::driver::DriverError::BrokenOff.into());
                RerunEnd::Ended(id, started.ended.await.unwrap_or_else(broken_off))
            }
            Err(error) => RerunEnd::Refused(error.into()),
        }
    }

    fn report(&self, ready: &Ready) -> std::io::Result<Box<dyn Report>> {
        let view = RunView::new(Arc::new(ready.start.clone()));
        let mut reports = Reports::open(&self.reports, &view)?;
        let look = Look::of_stderr();
        let columns = tell::columns().min(usize::from(look.columns)).saturating_sub(width(&self.tag)).max(20);
        let columns = u16::try_from(columns).unwrap_or(look.columns);
        // Lines that move would wipe away those of other runs.
        let look = Look { moves: false, columns, size: None, balance: ready.balance, ..look };
        reports.push(terminal::open(view, look, Box::new(Tagged::new(self.tag.clone()))));
        Ok(Box::new(reports))
    }
}
