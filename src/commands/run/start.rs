//! The live course of `run`: where it goes, what it buys, what it shows, how it ends.

use std::sync::Arc;

use super::rehearsal::{self, Rehearsal};
use super::{Arguments, Prepared, buying};
use crate::commands::opening::{self, Refusal};
use crate::commands::person::Person;
use crate::commands::{ending, output};
use crate::daemon::runs::{Reserved, Runs, Wiring};
use crate::engine::event::Start;
use crate::report::terminal::{self, Look};
use crate::report::{Report, ReportTarget, Reports, RunView};
use crate::sandbox::RunningSandbox;

/// Starts a run and follows it to its end. Answers the exit code.
pub async fn start(mut prepared: Prepared, arguments: Arguments) -> anyhow::Result<Result<u8, Refusal>> {
    // A service that does not answer leaves nothing behind.
    let live = match arguments.sandbox {
        true => None,
        false => match opening::connect(&prepared.opened.project, arguments.api_url.as_deref(), arguments.tier).await {
            Ok(connected) => Some(connected),
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    let runs = match Runs::open(prepared.opened.project.folder(), arguments.state.as_deref()) {
        Ok(runs) => runs,
        Err(error) => return Ok(Err(error.into())),
    };
    let reserved = match runs.reserve().await {
        Ok(reserved) => reserved,
        Err(error) => return Ok(Err(error.into())),
    };
    let (sandbox, connected) = match live {
        Some(connected) => (None, connected),
        None => match rehearse(&mut prepared, &arguments, &runs, &reserved).await {
            Ok((sandbox, connected)) => (Some(sandbox), connected),
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    let code = follow(&runs, reserved, prepared, connected, &arguments).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    code
}

/// Starts the sandbox beside the run.
async fn rehearse(
    prepared: &mut Prepared,
    arguments: &Arguments,
    runs: &Runs,
    reserved: &Reserved,
) -> Result<(RunningSandbox, opening::Connected), Refusal> {
    rehearsal::look_often(&mut prepared.plan.nodes);
    let rehearsal = Rehearsal {
        run: &reserved.id,
        folder: &runs.folder().runs(),
        speed: arguments.speed,
        faults: arguments.faults.as_deref(),
        project: &prepared.opened.project,
    };
    rehearsal.start(&prepared.plan).await
}

async fn follow(
    runs: &Runs,
    reserved: Reserved,
    prepared: Prepared,
    mut connected: opening::Connected,
    arguments: &Arguments,
) -> anyhow::Result<Result<u8, Refusal>> {
    if arguments.speed != 1.0 && !connected.service.sandbox {
        let refusal = Refusal::new(2, "`--speed` is for a sandbox only: an audience cannot be hurried");
        return Ok(Err(refusal.hint("leave it out, or add `--sandbox`")));
    }
    let Prepared { opened, plan, selection } = prepared;
    let workflow = opened.workflow.path.clone();
    if let Some(earlier) = runs.journal().latest_unfinished_of(&plan.file).await? {
        let id = earlier.id;
        output::tell(format_args!(
            "note: run {id} of this file has not ended; `runsheet resume {id}` goes on with it\n"
        ));
    }
    let secrets = match opening::secrets(
        &plan.secrets,
        &connected.settings,
        (&opened.project, &workflow),
        &mut connected.redactor,
    ) {
        Ok(secrets) => secrets,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let prices = opening::prices(&connected.client, &plan).await;
    let start = Start {
        run: reserved.id.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        speed: arguments.speed,
        service: connected.service.clone(),
        go: arguments.go,
        fresh: arguments.fresh,
        allow_destroy: arguments.allow_destroy,
        dry: false,
        selection,
        plan,
    };
    let purchasing = runs.purchasing(&start, &connected.client, &prices);
    if let Err(refusal) = buying::agree(&start, &purchasing, &connected, arguments.yes).await {
        return Ok(Err(refusal));
    }
    let report = match report(&start, &arguments.reports, connected.balance) {
        Ok(report) => report,
        Err(error) => return Ok(Err(Refusal::new(2, format!("a report cannot be written: {error}")))),
    };
    let (person, people) = Person::in_front();
    let wiring = Wiring { client: connected.client, prices, secrets, redactor: connected.redactor, report, people };
    let run = reserved.id.clone();
    let underway = match runs.begin(reserved, start, Some((&opened.project, &workflow)), wiring).await {
        Ok(underway) => underway,
        Err(error) => return Ok(Err(error.into())),
    };
    let ended = underway.drive().await;
    drop(person);
    Ok(Ok(ending::code(&run, &ended?)))
}

/// The terminal, and what was asked for besides.
pub fn report(
    start: &Start,
    targets: &[ReportTarget],
    balance: Option<f64>,
) -> std::io::Result<Box<dyn Report + Send>> {
    let view = RunView::new(Arc::new(start.clone()));
    let mut reports = Reports::open(targets, &view)?;
    let look = Look { balance, ..Look::of_stderr() };
    reports.push(terminal::open(view, look, Box::new(std::io::stderr())));
    Ok(Box::new(reports))
}
