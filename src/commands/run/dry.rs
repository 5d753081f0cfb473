//! `run --dry-run`: the script with its times, on a virtual clock, reaching nobody.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::Arguments;
use super::arguments::ScriptFormat;
use crate::clock::{Clock as _, SystemClock};
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::daemon::campaign;
use crate::daemon::opened::{Script, contents};
use crate::daemon::provisioning;
use crate::engine::event::RunOutcome;
use crate::engine::event::{Event, Record, RehearsalClock, Service, Start};
use crate::engine::run::Run;
use crate::executors::driver::{Driver, Ended, Parts};
use crate::executors::people::People;
use crate::executors::scripted::ScriptedExecutor;
use crate::executors::store::RunStore;
use crate::ids::RunId;
use crate::journal::memory::MemoryJournal;
use crate::journal::{Journal as _, RunRow, RunSummary};
use crate::purchases::price::Prices;
use crate::report::Reports;
use crate::report::cue_sheet::{self, CueSheet};
use crate::report::terminal::left_out;
use crate::secret::Redactor;
use crate::sent::memory::MemorySent;

/// Executes a plan on paper and prints its script.
pub async fn run(script: Script, arguments: &Arguments) -> anyhow::Result<u8> {
    let mut plan = script.plan.clone();
    provisioning::rehearse(&mut plan);
    let prices = Prices::default();
    let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
    let now = arguments.clock.unwrap_or_else(|| SystemClock.now());
    let facing = campaign::Facing { pace: campaign::pace(arguments.tier), price: &price, now };
    plan.estimate = campaign::for_pauses(&plan, &script.opened.files(), &script.selection, &facing);
    let start = Start {
        run: RunId::from_typed("DRY0"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan,
        speed: arguments.speed,
        service: Service {
            key: "dry".to_owned(),
            url: "nowhere".to_owned(),
            account: "nobody".to_owned(),
            sandbox: true,
        },
        go: true,
        fresh: false,
        allow_destroy: true,
        no_purchase: false,
        dry: true,
        clock: arguments.clock.map(|from| RehearsalClock { from, pace: 1.0 }),
        selection: script.selection.clone(),
    };
    let contents = match contents(&script.plan, &script.opened) {
        Ok(contents) => contents,
        Err(refused) => return Ok(Refusal::from(refused).tell()),
    };
    if let Some(part) = &script.part {
        output::tell(format_args!("{part}\n"));
    }
    if let Some(left_out) = left_out(&start) {
        output::tell(format_args!("{left_out}\n"));
    }
    let folder = script.opened.project.folder();
    let store = RunStore::in_memory(&start, contents).within(folder);
    let (ended, records) = play(start, store).await?;
    if let Some(sheet) = CueSheet::of(&records) {
        let script = match arguments.format {
            ScriptFormat::Text => cue_sheet::text(&sheet, columns()),
            ScriptFormat::Md => cue_sheet::markdown(&sheet),
        };
        output::data(script)?;
    }
    Ok(match ended {
        Ended::Finished(RunOutcome::Succeeded) => 0,
        _ => 1,
    })
}

/// How wide the script may be: as the terminal, and wide enough for whole lines elsewhere.
fn columns() -> usize {
    match std::io::stdout().is_terminal() {
        true => crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(40)),
        false => usize::MAX,
    }
}

/// Plays a run to its end in memory.
async fn play(start: Start, store: RunStore) -> anyhow::Result<(Ended, Vec<Record>)> {
    let at = start.clock.map_or_else(|| SystemClock.now(), |clock| clock.from);
    let row = RunRow {
        id: start.run.clone(),
        workflow: start.plan.workflow.clone(),
        file: start.plan.file.clone(),
        service: start.service.key.clone(),
        sandbox: true,
        started_at: at,
        summary: RunSummary::running(),
        crashed: false,
    };
    let id = start.run.clone();
    let record = Record { seq: 0, at, event: Event::Started(Box::new(start)) };
    let journal = Arc::new(MemoryJournal::default());
    journal.create(&row, &record).await?;
    let parts = Parts {
        sent: Arc::new(MemorySent::default()),
        run: Run::begin(&record)?,
        records: vec![record],
        journal: journal.clone(),
        executor: Arc::new(ScriptedExecutor::starting_at(at)),
        purchasing: None,
        store: Arc::new(store),
        redactor: Redactor::default(),
        report: Box::new(Reports::default()),
        people: People::nobody(),
    };
    let driver = Driver::new(parts).map_err(|failure| anyhow::anyhow!(failure.message))?;
    let driven = driver.drive().await?;
    Ok((driven.ended, journal.load(&id).await?))
}
