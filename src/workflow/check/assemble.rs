//! The workflow, from a file in which nothing is wrong.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::agents::Addressed;
use super::edges::Edges;
use super::file::File;
use super::outline::{Doing, Draft, Kind, Looping};
use super::{caps, excluded, files, items, pace, rooms, schedule, secrets, settings, variants, webhook, windows};
use crate::actions::action::Address;
use crate::outcome::Effect;
use crate::plan::model::Rules;
use crate::workflow::model::{Agents, LoopItems, Step, StepAction, StepLoop, StepRoom, StepWork, Workflow};
use crate::workflow::node::{Node, Spanned};

/// What the rules found out.
pub struct Resolved {
    /// What each step waits for.
    pub edges: Edges,
    /// Whom each step addresses.
    pub agents: Addressed,
    /// The agents that are declared by name.
    pub used: Agents,
    /// The constants, in order.
    pub vars: IndexMap<String, Value>,
    /// The files that are read.
    pub files: IndexMap<String, PathBuf>,
    /// The texts of variants that stand in files.
    pub arms: variants::Arms,
    /// The steps whose condition is read however their needs ended.
    pub sees_failures: std::collections::HashSet<usize>,
}

/// Makes the workflow.
pub fn workflow(file: &File<'_>, resolved: Resolved) -> Workflow {
    let text = |key: &str| file.root.get(key).and_then(Node::text).map(|text| text.value);
    let stem = || file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = text("name").unwrap_or_else(stem);
    let defaults = file.root.get("defaults");
    let assembler = Assembler { file, resolved: &resolved, places: places(file), defaults, name: name.clone() };
    let steps = &file.outline.steps;
    let top = (0..steps.len()).filter(|&step| steps[step].parent.is_none());
    Workflow {
        source: file.source.clone(),
        path: file.path.to_owned(),
        name,
        description: text("description"),
        inputs: super::inputs::specs(file),
        secrets: secrets::sources(file),
        max_credits: text("max_credits").and_then(|credits| credits.parse().ok()),
        timeout: settings::setting(file.root.get("timeout")),
        max_parallel: settings::setting(file.root.get("max_parallel")),
        speech_rate: settings::setting(assembler.default("speech_rate")),
        schedule: schedule::schedule(file),
        concurrency: webhook::concurrency(file),
        webhook: webhook::webhook(file),
        throttle: pace::throttle(file),
        priority: pace::priority(file),
        reports: pace::reports(file),
        steps: top.map(|step| assembler.step(step)).collect(),
        outputs: outputs(file),
        names_rooms: rooms::names_rooms(file),
        agents: resolved.used.clone(),
        vars: resolved.vars.clone(),
        files: files(&resolved),
    }
}

/// The files that are read: those of steps, and those that make the agents it uses.
fn files(resolved: &Resolved) -> IndexMap<String, PathBuf> {
    let mut files = resolved.files.clone();
    let mut add = |path: &PathBuf| drop(files.insert(path.display().to_string(), path.clone()));
    for agent in resolved.used.own.values().chain(resolved.used.used.values()) {
        agent.files().for_each(&mut add);
    }
    files
}

/// The index of every step in its own list.
fn places(file: &File<'_>) -> Vec<usize> {
    let mut next: std::collections::HashMap<Option<usize>, usize> = std::collections::HashMap::new();
    let mut place = |draft: &Draft<'_>| {
        let next = next.entry(draft.parent).or_default();
        *next += 1;
        *next - 1
    };
    file.outline.steps.iter().map(&mut place).collect()
}

fn outputs(file: &File<'_>) -> IndexMap<String, Spanned<String>> {
    let output = |entry: &crate::workflow::node::Entry| Some((entry.key.value.clone(), entry.value.text()?));
    file.entries("outputs").iter().filter_map(output).collect()
}

struct Assembler<'f, 'a> {
    file: &'f File<'a>,
    resolved: &'f Resolved,
    places: Vec<usize>,
    defaults: Option<&'a Node>,
    /// The workflow's name.
    name: String,
}

impl<'a> Assembler<'_, 'a> {
    fn default(&self, key: &str) -> Option<&'a Node> {
        self.defaults?.get(key)
    }

    fn step(&self, index: usize) -> Step {
        let draft = &self.file.outline.steps[index];
        let sends = draft.doing().is_some_and(|doing| doing.descriptor.execute.is_some());
        let default = |key: &str| self.default(key).filter(|_| sends);
        let condition = draft.get("if").and_then(Node::text);
        Step {
            id: draft.id.clone(),
            name: draft.get("name").and_then(Node::text).map(|name| name.value),
            span: draft.node.span.clone(),
            section: draft.section,
            needs: self.resolved.edges.of(index).map(|(to, edge)| (self.places[to], edge.why)).collect(),
            work: self.work(index, draft),
            condition: condition.map(|text| (text, self.resolved.sees_failures.contains(&index))),
            delay: settings::setting(draft.get("delay")),
            at: settings::setting(draft.get("at")),
            hold: settings::hold(draft.get("hold").or_else(|| default("hold"))),
            expires: settings::setting(draft.get("expires").filter(|expires| !windows::is_end_of_window(expires))),
            timeout: settings::setting(draft.get("timeout").or_else(|| default("timeout"))),
            retry: settings::retry(draft.get("retry"), default("retry")),
            continue_on_error: draft.flag("continue_on_error").unwrap_or(false),
            on_unknown: settings::on_unknown(draft.get("on_unknown").or_else(|| default("on_unknown")))
                .unwrap_or_default(),
            rules: self.rules(draft),
        }
    }

    /// What rules a line: its own, and what its loop and the file say.
    fn rules(&self, draft: &Draft<'_>) -> Rules {
        let Some(doing) = draft.doing() else { return Rules::default() };
        if (doing.descriptor.effect)(&doing.fields) != Effect::Once {
            return Rules::default();
        }
        Rules {
            once_per: draft.get("once_per").and_then(Node::text).map(|text| text.value),
            window: windows::window_of(self.file, draft),
            critical: windows::node_of(self.file, draft).is_some() && draft.flag("critical") == Some(true),
            cap: caps::cap_of(self.file, draft, &self.name),
            expires_with_window: draft.get("expires").is_some_and(windows::is_end_of_window),
            variants: variants::variants_of(draft, doing, (&self.name, &self.resolved.arms)),
        }
    }

    fn work(&self, index: usize, draft: &Draft<'_>) -> StepWork {
        match &draft.kind {
            Kind::Action(doing) => StepWork::Action(Box::new(self.action(index, draft, doing))),
            Kind::Loop(looping) => StepWork::Loop(Box::new(self.looping(draft, looping))),
            Kind::Join | Kind::Misshapen => StepWork::Join,
        }
    }

    fn action(&self, index: usize, draft: &Draft<'_>, doing: &Doing<'_>) -> StepAction {
        let descriptor = doing.descriptor;
        let heard = descriptor.address == Address::Room;
        StepAction {
            action: descriptor.name.to_owned(),
            fields: self.fields(doing),
            spans: doing.spans.clone(),
            agent: self.resolved.agents[index].clone(),
            room: heard.then(|| rooms::room_of(self.file, draft).unwrap_or(StepRoom::Every)),
        }
    }

    /// The fields, with the file's default of those that the action takes and the step leaves out.
    fn fields(&self, doing: &Doing<'_>) -> Map<String, Value> {
        let mut fields = doing.fields.clone();
        let takes = |field: &str| self.file.field_schema(doing.descriptor.name, field).is_some();
        if let Some(default) = self.default("wait_for_room").filter(|_| takes("wait_for_room")) {
            fields.entry("wait_for_room").or_insert_with(|| default.to_json());
        }
        fields
    }

    fn looping(&self, draft: &Draft<'_>, looping: &Looping<'_>) -> StepLoop {
        StepLoop {
            items: loop_items(self.file, looping),
            name: items::name_of(draft),
            key: draft.get("key").and_then(Node::text),
            max_parallel: settings::setting(draft.get("max_parallel")),
            fail_fast: draft.flag("fail_fast").unwrap_or(false),
            exclude: excluded::exclusions(self.file, looping),
            body: looping.body.iter().map(|&step| self.step(step)).collect(),
            single: looping.single,
        }
    }
}

fn loop_items(file: &File<'_>, looping: &Looping<'_>) -> LoopItems {
    if let Some(items) = looping.items.as_list() {
        return LoopItems::List(items.iter().map(Node::to_json).collect());
    }
    let data = items::data_file(looping).and_then(|(format, path)| Some((format, path.text()?)));
    match (data, looping.items.text()) {
        (Some((format, path)), _) => {
            let path = Spanned { value: files::known_path(file, &path.value), ..path };
            LoopItems::File { format: format.to_owned(), path }
        }
        (None, Some(text)) => LoopItems::Expression(text),
        (None, None) => LoopItems::List(Vec::new()),
    }
}
