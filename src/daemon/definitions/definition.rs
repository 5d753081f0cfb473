//! One workflow file as it stands: what is wrong with it, and what of it may run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::daemon::opened::Opened;
use crate::data::project::Project;
use crate::diagnostic::{Diagnostic, Source};
use crate::schedule::Schedule;
use crate::workflow::check::{self, Checked};
use crate::workflow::load::{self, Loaded};
use crate::workflow::model::{Concurrency, StepWork, Workflow};

/// A workflow file.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The workflow's name; of a broken file the last that was known, else the file's stem.
    pub name: String,
    /// The file, relative to the project.
    pub file: String,
    /// What it is for.
    pub description: Option<String>,
    /// The text as it stands.
    pub source: Arc<Source>,
    /// What is wrong and what is doubtful.
    pub diagnostics: Vec<Diagnostic>,
    /// How many of those are errors.
    pub errors: usize,
    /// How many steps it has; none when it is broken.
    pub steps: Option<usize>,
    /// Whether what may run of it has a `schedule`; where nothing may, whether the file has one.
    pub schedule: bool,
    /// Whether what may run of it has a `webhook`; where nothing may, whether the file has one.
    pub webhook: bool,
    /// When what may run of it runs by itself.
    pub timetable: Option<Schedule>,
    /// The group whose runs what may run of it shares a limit with.
    pub concurrency: Option<Concurrency>,
    /// Whether it never could be read, so that not even its name is known.
    pub is_unknown: bool,
    path: PathBuf,
    /// The last text in which nothing was wrong, when the present one is broken.
    good: Option<Arc<Source>>,
    stamp: Stamp,
    /// The files that it reads, as they were.
    reads: Vec<(PathBuf, Stamp)>,
}

/// By what a file is known to be the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Option<(SystemTime, u64)>);

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        Self(path.metadata().ok().and_then(|found| Some((found.modified().ok()?, found.len()))))
    }
}

impl Definition {
    /// Reads a file and checks it; none when it is of another kind.
    pub(super) fn read(path: &Path, project: &Project, stamp: Stamp, before: Option<&Self>) -> Option<Self> {
        let shown = project.shown(path);
        let loaded = load::within(project, path, &shown);
        if loaded.as_ref().is_ok_and(|loaded| loaded.root.get("kind").is_some()) {
            return None;
        }
        let written = loaded.as_ref().ok().and_then(name_of);
        let source = match &loaded {
            Ok(loaded) => loaded.source.clone(),
            Err(mistakes) => mistakes.first().map_or_else(|| Source::new(&shown, ""), |first| first.source.clone()),
        };
        let Checked { workflow, diagnostics } = match &loaded {
            Ok(loaded) => check::check(loaded, project),
            Err(mistakes) => Checked { workflow: None, diagnostics: mistakes.clone() },
        };
        let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // What is broken is as it last was known: its last good text runs on, with its schedule and its webhook.
        let last = before.filter(|before| before.is_good() || before.good.is_some() || loaded.is_err());
        let has = |key: &str| loaded.as_ref().is_ok_and(|loaded| loaded.root.get(key).is_some());
        let (schedule, webhook) = match (&workflow, last) {
            (None, Some(last)) => (last.schedule, last.webhook),
            _ => (has("schedule"), has("webhook")),
        };
        let good =
            before.and_then(|before| before.good.clone().or_else(|| before.is_good().then(|| before.source.clone())));
        let reads = workflow.iter().flat_map(|workflow| workflow.files.values());
        Some(Self {
            name: match &workflow {
                Some(workflow) => workflow.name.clone(),
                None => before.map(|before| before.name.clone()).or(written).unwrap_or_else(stem),
            },
            file: shown.to_string_lossy().into_owned(),
            description: workflow.as_ref().and_then(|workflow| workflow.description.clone()),
            source,
            errors: diagnostics.iter().filter(|found| found.is_error()).count(),
            diagnostics,
            steps: workflow.as_ref().map(steps),
            timetable: match &workflow {
                Some(workflow) => workflow.schedule.clone(),
                None => before.and_then(|before| before.timetable.clone()),
            },
            concurrency: match &workflow {
                Some(workflow) => workflow.concurrency.clone(),
                None => before.and_then(|before| before.concurrency.clone()),
            },
            schedule,
            webhook,
            is_unknown: loaded.is_err() && before.is_none_or(|before| before.is_unknown),
            path: path.to_owned(),
            good: good.filter(|_| workflow.is_none()),
            reads: reads.map(|path| (path.clone(), Stamp::of(path))).collect(),
            stamp,
        })
    }

    /// Whether neither it nor what it reads changed. A broken one is read again: what it lacks may be there now.
    pub(super) fn stands(&self, stamp: &Stamp) -> bool {
        self.stamp == *stamp && self.is_good() && self.reads.iter().all(|(path, was)| Stamp::of(path) == *was)
    }

    /// The same with the mistake that its name is another file's.
    pub(super) fn doubled(&self, first: &str) -> Self {
        let message = format!("the name `{}` is taken by `{first}`", self.name);
        let mistake = Diagnostic::error("duplicate-workflow", &self.source, 0..0, message);
        let mut doubled = self.clone();
        doubled.diagnostics.insert(0, mistake.hint("give one of them another `name:`"));
        doubled.errors += 1;
        doubled.good = None;
        (doubled.timetable, doubled.concurrency) = (None, None);
        doubled
    }

    /// Whether it may run as it stands.
    pub fn is_good(&self) -> bool {
        self.errors == 0
    }

    /// The text that still runs though the present one is broken.
    pub fn good(&self) -> Option<&Arc<Source>> {
        self.good.as_ref()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors
    }

    /// What may run: the file as it stands, else its last good text; its mistakes where nothing may.
    pub fn open(&self, project: &Project) -> Result<Opened, Vec<Diagnostic>> {
        let source = match (self.is_good(), &self.good) {
            (true, _) => &self.source,
            (false, Some(good)) => good,
            (false, None) => return Err(self.diagnostics.clone()),
        };
        let loaded = Loaded { path: self.path.clone(), ..load::parse(source.clone())? };
        let Checked { workflow, diagnostics } = check::check(&loaded, project);
        match workflow {
            Some(workflow) => Ok(Opened { workflow, project: project.clone(), warnings: diagnostics }),
            None => Err(diagnostics),
        }
    }
}

fn name_of(loaded: &Loaded) -> Option<String> {
    let name = loaded.root.get("name")?.text()?.value;
    let is_one = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    (!name.is_empty() && name.chars().all(is_one)).then_some(name)
}

/// How many steps people count: a loop is one, a joint none.
fn steps(workflow: &Workflow) -> usize {
    workflow.steps.iter().filter(|step| !matches!(step.work, StepWork::Join)).count()
}
