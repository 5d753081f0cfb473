//! Journals cut short: every prefix of a recorded journal leads to the same end.
//!
//! The journals are those of the workflows that come with the product, recorded anew at each test, and those of
//! `tests/journals/`, which an earlier version wrote: they are also the proof that old journals stay readable.
//! `UPDATE=1` writes them anew; do so only with a change of format, and keep the old ones beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runsheet::clock::Timestamp;
use runsheet::engine::event::{Event, Record, Resolution, RunOutcome};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::Ended;
use runsheet::executors::executor::Executor as _;
use runsheet::executors::scripted::ScriptedExecutor;
use runsheet::journal::{Journal as _, Request, RequestKind};
use runsheet::plan::model::StepKey;
use serde_json::json;

use crate::support::{Planned, all_steps, journal_of, run_id, taken_up};

/// How a run ended, as far as an instant does not decide it.
type End = (Option<RunOutcome>, BTreeMap<StepKey, StepWord>);
type StepWord = &'static str;

fn end(records: &[Record]) -> End {
    let run = Run::replay(records).unwrap();
    let word = |step: StepKey| match run.state(step) {
        // In flight where the journal was cut, and the file says to leave it at that: it counts as success.
        StepState::LeftUnknown => "succeeded",
        state => state.word(),
    };
    (run.outcome(), all_steps(&run).into_iter().map(|step| (step, word(step))).collect())
}

/// Goes on with a run on paper until it ends; what is unknown goes out again, where nobody hears it.
async fn go_on(planned: &Planned, records: Vec<Record>) -> Vec<Record> {
    let mut records = records;
    for _ in 0..records.len() + 10 {
        let last = records.last().map_or(Timestamp(0), |record| record.at);
        records = taken_up(records, last);
        let run = Run::replay(&records).unwrap();
        let journal = journal_of(&records).await;
        for step in all_steps(&run).into_iter().filter(|step| run.state(*step) == StepState::Unknown) {
            let body = json!({ "step": step, "resolution": Resolution::DidNotHappen });
            journal.put_request(&run_id(), &Request { kind: RequestKind::Resolve, body }).await.unwrap();
        }
        let executor = Arc::new(ScriptedExecutor::starting_at(last));
        let driven = planned.driver(records.clone(), journal.clone(), executor, None).drive().await.unwrap();
        records = journal.load(&run_id()).await.unwrap();
        if matches!(driven.ended, Ended::Finished(_)) {
            return records;
        }
    }
    panic!("it does not end")
}

/// Takes up every prefix. Answers how many there are.
async fn every_prefix_ends_alike(name: &str, planned: &Planned, whole: &[Record]) -> usize {
    let expected = end(whole);
    assert!(expected.0.is_some(), "{name}: the recorded run has not ended");
    for kept in 1..whole.len() {
        let came_to = end(&go_on(planned, whole[..kept].to_vec()).await);
        assert_eq!(came_to, expected, "{name}: the first {kept} of {} records", whole.len());
    }
    whole.len() - 1
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

/// Records a run on paper.
async fn record(planned: &Planned) -> Vec<Record> {
    let executor = Arc::new(ScriptedExecutor::starting_at(Timestamp(1_795_000_000_000)));
    let mut first = planned.record_0(executor.now());
    if let Event::Started(start) = &mut first.event {
        start.dry = true;
    }
    let journal = journal_of(std::slice::from_ref(&first)).await;
    let driven = planned.driver(vec![first], journal.clone(), executor, None).drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    journal.load(&run_id()).await.unwrap()
}

#[tokio::test]
async fn every_prefix_of_every_example_leads_to_the_same_end() {
    let mut prefixes = 0;
    for path in examples() {
        let planned = Planned::file(&path, path.parent().unwrap(), &[]);
        let whole = record(&planned).await;
        prefixes += every_prefix_ends_alike(&path.display().to_string(), &planned, &whole).await;
    }
    assert!(prefixes > 150, "only {prefixes} prefixes");
}

/// A journal as it is kept in a file: one record a line.
fn read(path: &Path) -> Vec<Record> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

#[tokio::test]
async fn journals_of_earlier_versions_are_read_and_taken_up_anywhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals");
    let mut journals = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if std::env::var_os("UPDATE").is_some() {
            write_anew(&path).await;
        }
        let whole = read(&path);
        let Event::Started(start) = &whole[0].event else { panic!("{} has no beginning", path.display()) };
        // What it reads of files lies in the list of its items.
        let planned = Planned { plan: start.plan.clone(), contents: Default::default() };
        every_prefix_ends_alike(&path.display().to_string(), &planned, &whole).await;
        journals += 1;
    }
    assert!(journals >= 3, "the journals are not where they are looked for");
}

/// Records the workflow that a journal is named after.
async fn write_anew(path: &Path) {
    let name = path.file_stem().unwrap().to_str().unwrap().split('.').next().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows").join(format!("{name}.yaml"));
    let planned = Planned::file(&workflow, workflow.parent().unwrap(), &[]);
    let lines: Vec<String> = record(&planned).await.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}
