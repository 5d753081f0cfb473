//! `runsheet watch`: checks what is saved, tells what changed, and runs it again.
//!
//! Reruns go through the door of every run, [`crate::daemon::runs`]; a run under way ends with the plan it began with.
//! Nothing that is broken, bought, scheduled or without its inputs is run, and nothing ends the watch but a person.

mod arguments;
mod keys;
mod lines;
mod place;
mod rerun;
mod reruns;
mod tell;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

pub use arguments::Arguments;
use arguments::OnChange;
use keys::Enter;
use place::Place;
use rerun::{Rerun, RerunEnd};
use reruns::{Reruns, Turn};

use crate::commands::opening::Refusal;
use crate::commands::{ending, output, plan};
use crate::daemon::runs::Runs;
use crate::daemon::start::Options;
use crate::daemon::watcher::definitions::{Affected, Definitions, Good, Outcome};
use crate::daemon::watcher::{Saved, Watch, Watcher};
use crate::data::inputs::Inputs;
use crate::data::project::{Project, shown_from};
use crate::ids::RunId;
use crate::text::{clean, counted};

/// The most files that are run again without a word, when they were saved at once.
const MANY: usize = 5;
/// How long runs have to stop when the watch ends.
const PATIENCE: Duration = Duration::from_millis(800);

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match Watching::open(arguments).await {
        Ok((watching, heard)) => watching.watch(heard).await,
        Err(refusal) => Ok(refusal.tell()),
    }
}

/// A watch under way.
struct Watching {
    arguments: Arguments,
    current: PathBuf,
    definitions: Definitions,
    watcher: Watcher,
    place: Place,
    runs: Option<Runs>,
    reruns: Reruns,
    enter: Enter,
    /// Files that are run when somebody presses Enter.
    held: BTreeSet<PathBuf>,
}

/// What a watch listens to.
struct Heard {
    saved: mpsc::Receiver<Saved>,
    done: mpsc::Receiver<(PathBuf, RerunEnd)>,
    enter: mpsc::Receiver<()>,
}

impl Watching {
    async fn open(arguments: Arguments) -> Result<(Self, Heard), Refusal> {
        arguments.check()?;
        let failed = |error: std::io::Error| Refusal::new(2, format!("no current folder: {error}"));
        let current = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(failed)?;
        let (folders, files) = watched(arguments.folder.as_deref(), &current)?;
        let project = Project::find(None, folders.first().or(files.first()).map_or(&current, |path| path));
        let place = Place::of(&arguments, &project).await?;
        let runs = match place.on_change {
            OnChange::Run => Some(Runs::open(project.folder(), arguments.state.as_deref())?),
            OnChange::Plan | OnChange::Check => None,
        };
        let watch = Watch { folders: folders.clone(), files: files.clone(), poll: arguments.poll };
        // Watched before it is read: what is saved meanwhile is read again.
        let (watcher, saved) = Watcher::start(watch).map_err(|error| {
            Refusal::new(2, error.to_string()).hint("name the folder of the workflows: `runsheet watch DIR`")
        })?;
        let read_since = SystemTime::now();
        let definitions = Definitions::read(&folders, &files, &current);
        let (told, done) = mpsc::channel(64);
        let (enter, pressed) = Enter::new();
        let reruns = Reruns::new(arguments.busy, told);
        let held = BTreeSet::new();
        let watching = Self { arguments, current, definitions, watcher, place, runs, reruns, enter, held };
        watching.begin(folders.first().or(files.first()), read_since);
        Ok((watching, Heard { saved, done, enter: pressed }))
    }

    fn begin(&self, folder: Option<&PathBuf>, read_since: SystemTime) {
        self.watcher.watch_files(self.definitions.files(), read_since);
        output::tell(&self.place.first_line);
        let shown = folder.map(|folder| shown_from(&self.current, folder).display().to_string()).unwrap_or_default();
        let shown = if shown == "." { "this folder".to_owned() } else { shown };
        tell::beginning(&self.definitions, &shown, self.place.on_change, self.watcher.polls.as_deref());
        let specs = || self.definitions.all().values().filter_map(|definition| definition.good.as_ref());
        for (name, _) in self.arguments.pairs().unwrap_or_default() {
            if !specs().any(|good| good.opened.workflow.inputs.contains_key(&name)) {
                output::tell(format_args!("note: no workflow has an input `{}`\n", clean(&name)));
            }
        }
    }

    async fn watch(mut self, mut heard: Heard) -> anyhow::Result<u8> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        loop {
            tokio::select! {
                saved = heard.saved.recv() => match saved {
                    Some(saved) => self.take(&saved),
                    None => anyhow::bail!("the files are watched no more"),
                },
                Some((path, end)) = heard.done.recv() => self.end(&path, end),
                Some(()) = heard.enter.recv() => self.go_on_with_held(),
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
            }
        }
        self.stop(&mut heard.done).await
    }

    /// Takes in what was saved.
    fn take(&mut self, saved: &Saved) {
        let read_since = SystemTime::now();
        let affected = self.definitions.take(saved);
        self.watcher.watch_files(self.definitions.files(), read_since);
        self.held.retain(|path| !affected.iter().any(|affected| affected.path == *path));
        let is_counted = |one: &&Affected| affected.len() > MANY && self.is_short(one);
        tell::crowd(&affected.iter().filter(is_counted).collect::<Vec<_>>());
        let mut again = Vec::new();
        for affected in &affected {
            if !is_counted(&affected) {
                tell::affected(affected, self.definitions.get(&affected.path));
            }
            again.extend(self.leads_on(affected).then(|| affected.path.clone()));
        }
        let is_many = saved.len() > MANY || again.len() > MANY;
        if again.is_empty() || !is_many || self.arguments.yes {
            self.lead_on_all(again);
            return;
        }
        let files = counted(saved.len() as u64, "file");
        let what = if self.place.on_change == OnChange::Plan { "shows their plans" } else { "runs them" };
        output::tell(format_args!("\n{files} changed at once: Enter {what}, {} in all\n", again.len()));
        self.held.extend(again);
        self.enter.listen();
    }

    /// Tells whether no more can be said of a workflow than that it came or went.
    fn is_short(&self, affected: &Affected) -> bool {
        let definition = self.definitions.get(&affected.path);
        let is_plain = definition.is_none_or(|definition| {
            definition.diagnostics.is_empty()
                && definition.good.as_ref().is_none_or(|good| self.obstacle(good).is_none())
        });
        let came_or_went = affected.is_new || matches!(affected.outcome, Outcome::Gone);
        is_plain && came_or_went
    }

    /// Tells whether a change leads to more than words.
    fn leads_on(&self, affected: &Affected) -> bool {
        let definition = self.definitions.get(&affected.path);
        let is_good = matches!(affected.outcome, Outcome::Good(_)) && self.place.on_change != OnChange::Check;
        match definition.and_then(|definition| definition.good.as_ref()).filter(|_| is_good) {
            Some(good) if self.place.on_change == OnChange::Run => {
                let obstacle = self.obstacle(good);
                if let Some(why) = &obstacle {
                    output::tell(format_args!("checked, not run: it {why}\n"));
                }
                obstacle.is_none()
            }
            found => found.is_some(),
        }
    }

    /// What keeps a workflow from being run because it was saved.
    fn obstacle(&self, good: &Good) -> Option<String> {
        if let Some(key) = good.starter {
            return Some(format!("has a `{key}`"));
        }
        let specs = &good.opened.workflow.inputs;
        let (_, missing) = Inputs::partial(specs, &self.arguments.given(specs));
        missing.first().map(|name| format!("needs `--input {}=…`", clean(name)))
    }

    fn lead_on_all(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        let mut later = 0;
        for path in paths {
            match self.place.on_change {
                OnChange::Run => later += u64::from(self.run_again(&path) == Turn::Later),
                OnChange::Plan => self.show_plan(&path),
                OnChange::Check => {}
            }
        }
        if later > 0 {
            output::tell(format_args!("queued: {}, for other runs are under way\n", counted(later, "file")));
        }
    }

    fn show_plan(&self, path: &Path) {
        let Some(good) = self.definitions.get(path).and_then(|definition| definition.good.as_ref()) else { return };
        let given = self.arguments.given(&good.opened.workflow.inputs);
        match plan::drawn(&good.opened, &given) {
            // Whoever read along may have left.
            Ok(drawn) => drop(output::data(drawn)),
            Err(refusal) => drop(refusal.tell()),
        }
    }

    /// Runs a file again, now or when its turn comes. Answers whose turn it is.
    fn run_again(&mut self, path: &Path) -> Turn {
        let named = |run: &Option<RunId>| run.as_ref().map_or("its run".to_owned(), |run| format!("run {run}"));
        let turn = self.reruns.turn(path);
        match &turn {
            Turn::Now => self.begin_rerun(path),
            Turn::After(run) => output::tell(format_args!("queued: {} is under way\n", named(run))),
            Turn::Instead(run) => output::tell(format_args!("{} is cancelled first\n", named(run))),
            Turn::Later => {}
            Turn::Never(run) => output::tell(format_args!("skipped: {} is under way\n", named(run))),
        }
        turn
    }

    fn begin_rerun(&mut self, path: &Path) {
        // Begun now, it waits for no Enter any more.
        self.held.remove(path);
        // Broken while it waited for its turn, its last good version is run.
        let good = self.definitions.get(path).and_then(|definition| definition.good.as_ref());
        let (Some(good), Some(runs), Some(reach)) = (good, &self.runs, &self.place.reach) else { return };
        // It is another file than the one that was let in.
        if let Some(why) = self.obstacle(good) {
            let shown = shown_from(&self.current, path);
            output::tell(format_args!("{} is not run after all: it {why}\n", shown.display()));
            return;
        }
        let workflow = &good.opened.workflow;
        let is_alone = self.definitions.all().len() <= 1;
        let rerun = Rerun {
            path: path.to_owned(),
            opened: good.opened.clone(),
            given: self.arguments.given(&workflow.inputs),
            runs: runs.clone(),
            reach: reach.clone(),
            options: Options {
                speed: self.arguments.speed,
                go: self.arguments.go,
                no_purchase: !self.arguments.allow_purchase,
                ..Options::default()
            },
            reports: self.arguments.reports.clone(),
            tag: if is_alone { String::new() } else { format!("{} │ ", clean(&workflow.name)) },
        };
        self.reruns.begin(rerun);
    }

    /// Takes in the end of a rerun.
    fn end(&mut self, path: &Path, end: RerunEnd) {
        let shown = shown_from(&self.current, path);
        let shown = shown.display();
        match end {
            RerunEnd::Ended(run, Ok(ended)) => drop(ending::code(&run, &ended)),
            RerunEnd::Ended(run, Err(error)) => output::tell(format_args!("error: run {run}: {error}\n")),
            RerunEnd::Refused(refusal) => {
                output::tell(format_args!("{shown} is not run\n"));
                refusal.tell();
            }
            RerunEnd::WouldBuy(offer) => {
                output::tell(format_args!(
                    "{shown} waits: {}\n  = hint: `runsheet run {shown}` buys, or watch with `--allow-purchase`; Enter tries again\n",
                    offer.summary()
                ));
                self.held.insert(path.to_owned());
                self.enter.listen();
            }
        }
        self.reruns.end(path);
        while let Some(path) = self.reruns.next() {
            self.begin_rerun(&path);
        }
    }

    fn go_on_with_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.lead_on_all(held);
    }

    /// Stops the runs and leaves, in less than a second: the journal says what was in flight.
    async fn stop(mut self, done: &mut mpsc::Receiver<(PathBuf, RerunEnd)>) -> anyhow::Result<u8> {
        if !self.reruns.stop() {
            output::tell("watch ended\n");
            return Ok(0);
        }
        let until = tokio::time::Instant::now() + PATIENCE;
        // A run that had just ended by itself was not stopped.
        let mut was_stopped = false;
        while !self.reruns.is_idle() {
            match tokio::time::timeout_at(until, done.recv()).await {
                Ok(Some((path, end))) => {
                    was_stopped |= !end.is_final();
                    self.end(&path, end);
                }
                Ok(None) | Err(_) => break,
            }
        }
        was_stopped |= !self.reruns.is_idle();
        for run in self.reruns.runs() {
            output::tell(format_args!(
                "run {run} has something in flight: `runsheet resume {run}` finds out what became of it\n"
            ));
        }
        output::tell("watch ended\n");
        Ok(if was_stopped { 130 } else { 0 })
    }
}

/// What is watched: the folder or the file that was named, else the project's workflows.
fn watched(named: Option<&Path>, current: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Refusal> {
    let Some(named) = named else {
        let workflows = Project::find(None, current).folder().join("workflows");
        let folder = if workflows.is_dir() { workflows } else { current.to_owned() };
        return Ok((vec![folder], Vec::new()));
    };
    match current.join(named).canonicalize() {
        Ok(path) if path.is_dir() => Ok((vec![path], Vec::new())),
        Ok(path) => Ok((Vec::new(), vec![path])),
        Err(_) => Err(Refusal::new(2, format!("there is no folder `{}`", named.display()))
            .hint("`runsheet watch` alone watches the workflows of the project")),
    }
}
