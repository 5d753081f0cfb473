//! A run in memory: its plan from a file, its journal and its driver without a process, a disk or a network.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use runsheet::clock::Timestamp;
use runsheet::data::inputs::{GivenInputs, Inputs};
use runsheet::data::project::Project;
use runsheet::engine::event::{Event, Record, Service, Start};
use runsheet::engine::run::Run;
use runsheet::executors::driver::{Driver, Parts};
use runsheet::executors::executor::Executor;
use runsheet::executors::people::People;
use runsheet::executors::purchasing::Purchasing;
use runsheet::executors::store::RunStore;
use runsheet::ids::RunId;
use runsheet::journal::memory::MemoryJournal;
use runsheet::journal::{Journal, RunRow, RunSummary};
use runsheet::plan::build::build;
use runsheet::plan::model::Plan;
use runsheet::report::Reports;
use runsheet::secret::Redactor;
use runsheet::sent::memory::MemorySent;
use runsheet::workflow::{check, load};

/// A plan, and the contents of its files by their hashes.
#[derive(Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The contents.
    pub contents: HashMap<String, Vec<u8>>,
}

/// The one run of a journal in memory.
pub fn run_id() -> RunId {
    RunId::from_typed("7Q4M")
}

impl Planned {
    /// Plans a text, beside these files.
    #[track_caller]
    pub fn text(workflow: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("show.yaml");
        std::fs::write(&path, workflow).unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        Self::file(&path, folder.path(), &[])
    }

    /// Plans a file of a project, for these inputs.
    #[track_caller]
    pub fn file(path: &Path, folder: &Path, inputs: &[(&str, &str)]) -> Self {
        let project = Project::find(Some(path), folder);
        let checked = check::check(&load::read(path, path).unwrap(), &project);
        let workflow = checked.workflow.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
        let pairs = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let inputs = Inputs::read(&workflow.inputs, &GivenInputs { pairs, ..GivenInputs::default() }).unwrap();
        let plan = build(&workflow, inputs, &project).unwrap();
        let content = |name: &String| project.resolve(&workflow.path, name).unwrap().read_bytes().unwrap();
        let contents = plan.files.iter().map(|(name, hash)| (hash.clone(), content(name))).collect();
        Self { plan, contents }
    }

    /// Record 0 of a run of it; every pause is answered at once.
    pub fn record_0(&self, at: Timestamp) -> Record {
        let start = Start {
            run: run_id(),
            version: "0".to_owned(),
            plan: self.plan.clone(),
            speed: 1.0,
            service: Service::default(),
            go: true,
            fresh: false,
            allow_destroy: true,
            no_purchase: false,
            dry: false,
            clock: None,
            selection: Default::default(),
        };
        Record { seq: 0, at, event: Event::Started(Box::new(start)) }
    }

    /// A driver that goes on after these records.
    pub fn driver(
        &self,
        records: Vec<Record>,
        journal: Arc<dyn Journal>,
        executor: Arc<dyn Executor>,
        purchasing: Option<Purchasing>,
    ) -> Driver {
        let run = Run::replay(&records).unwrap();
        let purchasing = purchasing.map(|purchasing| {
            purchasing.remember(&records);
            Arc::new(purchasing)
        });
        let store = RunStore {
            blobs: None,
            contents: self.contents.clone(),
            files: self.plan.files.clone(),
            sources: self.plan.secrets.clone(),
            values: HashMap::new(),
            redactor: Redactor::default(),
            project: None,
        };
        let parts = Parts {
            run,
            records,
            journal,
            executor,
            purchasing,
            sent: Arc::new(MemorySent::default()),
            store: Arc::new(store),
            redactor: Redactor::default(),
            report: Box::new(Reports::default()),
            people: People::nobody(),
        };
        Driver::new(parts).unwrap()
    }
}

/// A journal in memory that holds these records.
pub async fn journal_of(records: &[Record]) -> Arc<MemoryJournal> {
    let journal = Arc::new(MemoryJournal::default());
    let row = RunRow {
        id: run_id(),
        workflow: "show".to_owned(),
        file: "show.yaml".to_owned(),
        service: String::new(),
        sandbox: true,
        started_at: records[0].at,
        summary: RunSummary::running(),
        crashed: false,
    };
    journal.create(&row, &records[0]).await.unwrap();
    for record in &records[1..] {
        journal.append(&run_id(), record, runsheet::journal::Durability::Lazy).await.await.unwrap();
    }
    journal
}

/// The records with one that takes the run up again now.
pub fn taken_up(mut records: Vec<Record>, at: Timestamp) -> Vec<Record> {
    let run = Run::replay(&records).unwrap();
    records.push(Record { seq: run.next_seq(), at: at.max(run.last_at()), event: Event::Resumed });
    records
}
