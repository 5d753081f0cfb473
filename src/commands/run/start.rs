//! The live course of `run`: where it goes, what it buys, what it shows, how it ends.

use std::sync::Arc;

use super::agents::{self, Word};
use super::rehearsal::rehearse;
use super::{Arguments, buying};
use crate::commands::opening::Refusal;
use crate::commands::person::Person;
use crate::commands::{ending, output};
use crate::daemon::opened::Script;
use crate::daemon::runs::Runs;
use crate::daemon::service::Reach;
use crate::daemon::start::{Options, Ready};
use crate::engine::event::Start;
use crate::report::terminal::{self, Look};
use crate::report::{Report, ReportTarget, Reports, RunView};

/// Starts a run and follows it to its end. Answers the exit code.
pub async fn start(script: Script, arguments: Arguments) -> anyhow::Result<Result<u8, Refusal>> {
    let part = script.part.clone();
    let ready = match prepare(script, &arguments).await? {
        Ok(ready) => ready,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(part) = part {
        output::tell(format_args!("{part}\n"));
    }
    if let Err(refusal) = agree(&ready, arguments.yes).await {
        return Ok(Err(refusal));
    }
    follow(ready, &arguments.reports).await
}

async fn prepare(mut script: Script, arguments: &Arguments) -> anyhow::Result<Result<Ready, Refusal>> {
    let (mut reach, runs) = match open(&script, arguments).await {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let used = &script.opened.workflow.agents.used;
    if let (Reach::Connected(connected), false) = (&mut reach, used.is_empty()) {
        let max_credits = script.plan.max_credits;
        let word = Word { apply: arguments.apply_agents, yes: arguments.yes, max_credits };
        match agents::settle((used, &mut script.plan), &runs, connected, &word).await? {
            Ok(true) => {}
            // What was bought is paid.
            Ok(false) => match connected.again().await {
                Ok(now) => **connected = now,
                Err(refused) => return Ok(Err(refused.into())),
            },
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    let Arguments { speed, clock, go, fresh, allow_destroy, .. } = *arguments;
    let options = Options { speed, clock, go, fresh, allow_destroy, no_purchase: false };
    Ok(runs.prepare(script, reach, &options).await.map_err(Into::into))
}

/// Where a run goes, and where it is kept.
async fn open(script: &Script, arguments: &Arguments) -> Result<(Reach, Runs), Refusal> {
    let project = script.opened.project.clone();
    let reach = match arguments.sandbox {
        true => rehearse(arguments.faults.clone()),
        false => Reach::Service { api_url: arguments.api_url.clone(), tier: arguments.tier },
    };
    // A service that does not answer leaves nothing behind.
    let reach = reach.connect(&project).await?;
    let runs = Runs::open(project.folder(), arguments.state.as_deref())?;
    Ok((reach, runs))
}

async fn agree(ready: &Ready, yes: bool) -> Result<(), Refusal> {
    if let Some(id) = &ready.earlier {
        output::tell(format_args!(
            "note: run {id} of this file has not ended; `runsheet resume {id}` goes on with it\n"
        ));
    }
    buying::agree(ready, yes).await
}

/// Drives a run with a person in front of it. Answers the exit code.
pub async fn follow(ready: Ready, targets: &[ReportTarget]) -> anyhow::Result<Result<u8, Refusal>> {
    let report = match report(&ready.start, targets, ready.balance) {
        Ok(report) => report,
        Err(error) => return Ok(Err(Refusal::new(2, format!("a report cannot be written: {error}")))),
    };
    let run = ready.start.run.clone();
    let (person, people) = Person::in_front();
    let underway = match ready.begin(report, people).await {
        Ok(underway) => underway,
        Err(error) => return Ok(Err(error.into())),
    };
    let ended = underway.drive().await;
    drop(person);
    Ok(Ok(ending::code(&run, &ended?)))
}

/// The terminal, and what was asked for besides.
fn report(start: &Start, targets: &[ReportTarget], balance: Option<f64>) -> std::io::Result<Box<dyn Report + Send>> {
    let view = RunView::new(Arc::new(start.clone()));
    let mut reports = Reports::open(targets, &view)?;
    let look = Look { balance, ..Look::of_stderr() };
    reports.push(terminal::open(view, look, Box::new(std::io::stderr())));
    Ok(Box::new(reports))
}
