//! From a checked workflow and its inputs to a plan. The only maker of plans.
//!
//! Everything that `inputs` and `vars` decide is decided here; texts stay templates until their step goes out. Files
//! are read for their hashes, and the network is not touched.

mod media;
mod scope;
mod settings;

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use crate::actions;
use crate::data::project::Project;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::lines::Lines;
use crate::duration::Millis;
use crate::outcome::Effect;
use crate::plan::model::{
    AgentReference, Condition, Edge, Exchanged, Exclusion, Hold, ItemSource, Loop, Node, Plan, PlannedAgent, Policy,
    Retry, RoomReference, Rules, Timing, Work,
};
use crate::workflow::agents::DeclaredAgent;
use crate::workflow::model::{
    HoldSetting, LoopItems, Step, StepAction, StepAgent, StepLoop, StepRoom, StepWork, Workflow,
};
pub use scope::StartScope;

/// How long a line with a cue may be late, when the file does not say.
const CUE_EXPIRES: Millis = Millis::from_secs(10);
/// The bound of one exchange, when the file does not say.
const TIMEOUT: Millis = Millis::from_secs(30);
/// The most requests in flight at once, when the file does not say.
const MAX_PARALLEL: u32 = 16;

/// Builds the plan of a workflow for the values of its inputs. Errors point into the file.
pub fn build(workflow: &Workflow, inputs: IndexMap<String, Value>, project: &Project) -> Result<Plan, Vec<Diagnostic>> {
    let mut builder = Builder {
        workflow,
        project,
        scope: StartScope::new(inputs),
        files: IndexMap::new(),
        faces: HashMap::new(),
        mistakes: Vec::new(),
        lines: Lines::of(&workflow.source),
    };
    builder.render_vars();
    let plan = builder.plan();
    if builder.mistakes.is_empty() { Ok(plan) } else { Err(builder.mistakes) }
}

struct Builder<'a> {
    workflow: &'a Workflow,
    project: &'a Project,
    scope: StartScope,
    files: IndexMap<String, String>,
    /// How often each face, by its fields without the prompt, has been seen.
    faces: HashMap<String, u32>,
    mistakes: Vec<Diagnostic>,
    lines: Lines<'a>,
}

impl Builder<'_> {
    fn plan(&mut self) -> Plan {
        let workflow = self.workflow;
        let nodes = self.nodes(&workflow.steps);
        let max_parallel = self.setting(workflow.max_parallel.as_ref()).unwrap_or(MAX_PARALLEL);
        let timeout = self.setting(workflow.timeout.as_ref());
        let sensitive = workflow.inputs.iter().filter(|(_, spec)| spec.sensitive).map(|(name, _)| name.clone());
        Plan {
            workflow: workflow.name.clone(),
            file: self.project.shown(&workflow.path).display().to_string(),
            sensitive: sensitive.collect(),
            inputs: self.scope.inputs().clone(),
            vars: self.scope.vars().clone(),
            secrets: workflow.secrets.clone(),
            nodes,
            outputs: workflow.outputs.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect(),
            max_credits: workflow.max_credits,
            timeout,
            max_parallel: max_parallel.max(1),
            agents: workflow.agents.used.values().map(|agent| (agent.name.clone(), planned(agent))).collect(),
            again: String::new(),
            reports: workflow.reports.clone(),
            throttle: workflow.throttle,
            priority: workflow.priority,
            estimate: Value::Null,
            spoken_for: Vec::new(),
            files: std::mem::take(&mut self.files),
        }
    }

    /// Renders the constants, in the order that `check` found to work.
    fn render_vars(&mut self) {
        for (name, value) in &self.workflow.vars {
            match self.scope.render_all(value) {
                Ok(value) => self.scope.define(name, value),
                Err(reason) => self.mistake(0..0, format!("var `{name}` cannot be rendered: {reason}")),
            }
        }
    }

    fn nodes(&mut self, steps: &[Step]) -> Vec<Node> {
        steps.iter().map(|step| self.node(step)).collect()
    }

    fn node(&mut self, step: &Step) -> Node {
        let work = match &step.work {
            StepWork::Join => Work::Join,
            StepWork::Action(action) => self.action_work(action),
            StepWork::Loop(inner) => Work::Loop(Box::new(self.loop_work(inner))),
        };
        let line = self.lines.place(step.span.start).line;
        let condition = step.condition.as_ref();
        Node {
            id: step.id.clone(),
            name: step.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            section: step.section,
            needs: step.needs.iter().map(|&(node, why)| Edge { node: node as u32, why }).collect(),
            condition: condition
                .map(|(text, sees_failures)| Condition { text: text.value.clone(), sees_failures: *sees_failures }),
            timing: self.timing(step, &work),
            policy: self.policy(step),
            rules: self.rules(step),
            work,
        }
    }

    /// The rules of a step; its holidays are kept with the run.
    fn rules(&mut self, step: &Step) -> Rules {
        for path in step.rules.window.iter().flat_map(|window| &window.holidays) {
            self.hash_file(path, step.span.clone());
        }
        step.rules.clone()
    }

    /// Who is left out of a loop: by files of the project that are read when the time comes.
    fn exclusions(&self, inner: &StepLoop) -> Vec<Exclusion> {
        let in_project = |exclusion: &Exclusion| {
            let path = self.workflow.files.get(&exclusion.path).map(|path| self.project.shown(path));
            let path = path.map_or_else(|| exclusion.path.clone(), |path| path.display().to_string());
            Exclusion { path, ..exclusion.clone() }
        };
        inner.exclude.iter().map(in_project).collect()
    }

    fn action_work(&mut self, action: &StepAction) -> Work {
        let mut fields = action.fields.clone();
        let Some(descriptor) = actions::find(&action.action) else {
            return Work::Join;
        };
        match action.action.as_str() {
            "wait" => return Work::Wait { fields },
            "pause" => return Work::Pause { fields },
            _ => {}
        }
        self.hash_media(&mut fields, action, descriptor);
        let rank = if descriptor.billable { self.rank(&fields) } else { 0 };
        Work::Exchange(Exchanged {
            action: action.action.clone(),
            effect: (descriptor.effect)(&fields),
            billable: descriptor.billable,
            tier: descriptor.tier,
            agent: action.agent.as_ref().map(|agent| agent_reference(agent, &self.scope)),
            room: action.room.as_ref().map(room_reference),
            declared: None,
            rank,
            fields,
        })
    }

    /// How many steps above make the same face.
    fn rank(&mut self, fields: &actions::action::Fields) -> u32 {
        let mut face = fields.clone();
        face.shift_remove("prompt");
        let seen = self.faces.entry(Value::Object(face).to_string()).or_default();
        *seen += 1;
        *seen - 1
    }

    fn loop_work(&mut self, inner: &StepLoop) -> Loop {
        let items = match &inner.items {
            LoopItems::List(values) => ItemSource::List(values.clone()),
            LoopItems::Expression(text) => ItemSource::Expression(text.value.clone()),
            LoopItems::File { format, path } => {
                self.hash_file(&path.value, path.span.clone());
                ItemSource::File { format: format.clone(), path: path.value.clone() }
            }
        };
        Loop {
            items,
            name: inner.name.clone(),
            key: inner.key.as_ref().map(|key| key.value.clone()),
            max_parallel: self.setting(inner.max_parallel.as_ref()).unwrap_or(1).max(1),
            fail_fast: inner.fail_fast,
            exclude: self.exclusions(inner),
            body: self.nodes(&inner.body),
            single: inner.single,
        }
    }

    fn timing(&mut self, step: &Step, work: &Work) -> Timing {
        let at = self.setting(step.at.as_ref());
        let is_once = matches!(work, Work::Exchange(exchanged) if exchanged.effect == Effect::Once);
        // A cue in a window may wait for it to open.
        let is_cue = at.is_some() && is_once && !step.rules.expires_with_window;
        let expires = self.setting(step.expires.as_ref()).or(is_cue.then_some(CUE_EXPIRES));
        let hold = match &step.hold {
            Some(HoldSetting::Speech) => Hold::Speech,
            Some(HoldSetting::For(length)) => self.setting(Some(length)).map_or(Hold::None, Hold::For),
            None if is_spoken(work) => Hold::Speech,
            None => Hold::None,
        };
        Timing {
            delay: self.setting(step.delay.as_ref()).unwrap_or(Millis::ZERO),
            at,
            hold,
            expires: expires.filter(|_| is_once),
            timeout: self.setting(step.timeout.as_ref()).unwrap_or(TIMEOUT),
            speech_rate: self.setting(self.workflow.speech_rate.as_ref()).unwrap_or(actions::speech::DEFAULT_RATE),
        }
    }

    fn policy(&mut self, step: &Step) -> Policy {
        let language = Retry::default();
        let written = &step.retry;
        Policy {
            retry: Retry {
                max_attempts: self.setting(written.max_attempts.as_ref()).unwrap_or(language.max_attempts).max(1),
                exponential: written.exponential.unwrap_or(language.exponential),
                delay: self.setting(written.delay.as_ref()).unwrap_or(language.delay),
                max_delay: self.setting(written.max_delay.as_ref()).unwrap_or(language.max_delay),
                jitter: written.jitter.unwrap_or(language.jitter),
                deadline: self.setting(written.deadline.as_ref()),
            },
            continue_on_error: step.continue_on_error,
            on_unknown: step.on_unknown,
        }
    }

    fn mistake(&mut self, span: crate::diagnostic::Span, message: String) {
        let hint = "correct what is written here, or let `default` supply what is missing";
        self.mistakes.push(Diagnostic::error("cannot-render", &self.workflow.source, span, message).hint(hint));
    }
}

fn planned(agent: &DeclaredAgent) -> PlannedAgent {
    let word = |field: &str| Some(agent.fields.get(field)?.as_str()?.to_owned());
    PlannedAgent { code: String::new(), model: word("model"), version: word("version") }
}

fn agent_reference(agent: &StepAgent, scope: &StartScope) -> AgentReference {
    match agent {
        StepAgent::Made(step) => {
            AgentReference { code: format!("{{{{ steps.{step}.agent_id }}}}"), name: step.clone() }
        }
        StepAgent::Declared(name) => {
            AgentReference { code: format!("{{{{ agents.{name}.code }}}}"), name: name.clone() }
        }
        StepAgent::Code(code) => AgentReference { code: code.clone(), name: code.clone() },
        StepAgent::Template(text) => {
            let name = scope.render(text).unwrap_or_else(|_| text.clone());
            AgentReference { code: text.clone(), name }
        }
    }
}

fn room_reference(room: &StepRoom) -> RoomReference {
    match room {
        StepRoom::Every => RoomReference::Every,
        StepRoom::Named(text) => RoomReference::Named(text.clone()),
    }
}

fn is_spoken(work: &Work) -> bool {
    let Work::Exchange(exchanged) = work else { return false };
    actions::find(&exchanged.action).is_some_and(|found| (found.spoken)(&exchanged.fields).is_some())
}
