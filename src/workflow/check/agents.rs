//! Whom a step addresses.

use std::collections::HashMap;

use super::declared::Declared;
use super::edges::{Edge, Edges};
use super::file::File;
use super::outline::Draft;
use crate::actions::action::Address;
use crate::diagnostic::{Diagnostic, nearest};
use crate::ids::is_agent_code;
use crate::plan::model::{Section, Why};
use crate::workflow::model::StepAgent;
use crate::workflow::node::{Node, Spanned};

/// The agent of every step that addresses one, by the step's index.
pub type Addressed = Vec<Option<StepAgent>>;

/// Resolves whom every step addresses, and makes it wait for the agents that are made in the file.
pub fn check(file: &File<'_>, declared: &Declared, edges: &mut Edges, found: &mut Vec<Diagnostic>) -> Addressed {
    let mut resolver = Resolver { file, declared, makers: HashMap::new() };
    let mut addressed = vec![None; file.outline.steps.len()];
    for (index, draft, doing) in file.outline.actions() {
        if doing.descriptor.address == Address::Nobody {
            if doing.descriptor.billable {
                resolver.makers.entry(draft.parent).or_default().push(index);
            }
            continue;
        }
        match resolver.resolve(index, draft) {
            Ok(agent) => {
                if let Some(StepAgent::Declared(name)) = &agent
                    && !declared.is_own(name)
                {
                    found.extend(declared.mistakes().iter().cloned());
                }
                if let Some(StepAgent::Made(id)) = &agent
                    && let Some(maker) = file.outline.find(id)
                {
                    let span = written(file, draft).map_or(&draft.place, |node| &node.span).clone();
                    edges.add(&file.outline, (index, maker), Edge { why: Why::Agent, span });
                }
                addressed[index] = agent;
            }
            Err(mistake) => {
                // It may be one of those that cannot be read.
                found.extend(declared.mistakes().iter().cloned());
                found.push(*mistake);
            }
        }
    }
    addressed
}

fn written<'a>(file: &File<'a>, draft: &Draft<'a>) -> Option<&'a Node> {
    draft.get("agent").or_else(|| file.root.get("agent"))
}

struct Resolver<'f, 'a> {
    file: &'f File<'a>,
    declared: &'f Declared,
    /// The steps above that make an agent, by the loop that they are in.
    makers: HashMap<Option<usize>, Vec<usize>>,
}

impl Resolver<'_, '_> {
    fn resolve(&self, index: usize, draft: &Draft<'_>) -> Result<Option<StepAgent>, Box<Diagnostic>> {
        match written(self.file, draft) {
            None => self.only_one(draft).map(Some),
            Some(node) => match node.get("code").unwrap_or(node).text() {
                Some(text) if text.value.contains("{{") => Ok(Some(StepAgent::Template(text.value))),
                Some(text) if node.as_map().is_some() => Ok(Some(StepAgent::Code(text.value))),
                Some(text) => self.named(index, draft, &text).map(Some),
                None => Ok(None),
            },
        }
    }

    /// The only agent that is made above.
    fn only_one(&self, draft: &Draft<'_>) -> Result<StepAgent, Box<Diagnostic>> {
        let outline = &self.file.outline;
        let id = |step: usize| outline.steps[step].id.clone();
        let outside = self.makers.get(&None);
        let beside = draft.parent.and_then(|around| self.makers.get(&Some(around)));
        let makers = outside.into_iter().chain(beside).flatten().copied();
        let mut seen = makers.filter(|&step| [Section::Main, draft.section].contains(&outline.steps[step].section));
        let error = |code, message: String| self.file.error(code, &draft.place, message);
        let mut own = self.declared.own().map(|name| StepAgent::Declared(name.to_owned()));
        let mut agents = seen.by_ref().map(|step| StepAgent::Made(id(step))).chain(own.by_ref());
        match (agents.next(), agents.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => {
                let message = format!("step `{}` does not say which agent it addresses", draft.id);
                let hint =
                    "write `agent: CODE` on the step or at the top of the file, or make an agent above with `generate`";
                Err(Box::new(error("missing-agent", message).hint(hint)))
            }
            (Some(first), Some(second)) => {
                let names: Vec<String> =
                    [&first, &second].into_iter().chain(&agents.take(6).collect::<Vec<_>>()).map(named).collect();
                let message = format!("step `{}` could address any of {}", draft.id, names.join(", "));
                Err(Box::new(
                    error("ambiguous-agent", message)
                        .hint(format!("write `agent: {}`", named(&first).trim_matches('`'))),
                ))
            }
        }
    }

    /// The agent of a bare word: a step that makes one, or a code.
    fn named(&self, index: usize, draft: &Draft<'_>, name: &Spanned<String>) -> Result<StepAgent, Box<Diagnostic>> {
        let outline = &self.file.outline;
        let error = |message: String| self.file.error("unknown-agent", &name.span, message);
        if let Some(step) = outline.find(&name.value) {
            let maker = &outline.steps[step];
            if !outline.sees(Some(index), step) {
                let message = format!("agent `{}` is made inside a loop, which only its own steps see", name.value);
                return Err(Box::new(error(message).hint("move this step into the loop")));
            }
            if maker.section > draft.section {
                let message = format!("agent `{}` is made by a later script", name.value);
                return Err(Box::new(error(message).hint("move its `generate` step into `steps`")));
            }
            if let Some(agent) = self.declared.find(&name.value) {
                let message = format!("`{}` is a step, and the agent that `{}` declares", name.value, agent.place());
                return Err(Box::new(error(message).hint("rename one of them")));
            }
            if maker.doing().is_some_and(|doing| doing.descriptor.billable) {
                return Ok(StepAgent::Made(name.value.clone()));
            }
            let message = format!("step `{}` makes no agent", name.value);
            return Err(Box::new(error(message).hint("name a `generate` step, or an agent's code")));
        }
        if self.declared.is_written(&name.value) {
            return Ok(StepAgent::Declared(name.value.clone()));
        }
        if is_agent_code(&name.value) {
            return Ok(StepAgent::Code(name.value.clone()));
        }
        let may_search = outline.may_search();
        let makers: Vec<&str> = outline
            .actions()
            .filter(|&(step, _, doing)| doing.descriptor.billable && outline.sees(Some(index), step))
            .take_while(|_| may_search)
            .map(|(_, maker, _)| maker.id.as_str())
            .chain(self.declared.names())
            .collect();
        let hint = match (nearest(&name.value, makers.iter().copied()), makers.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, false) => {
                let shown: Vec<String> = makers.iter().take(6).map(|id| format!("`{id}`")).collect();
                format!(
                    "the agents are {}; for another's code write `agent: {{ code: {} }}`",
                    shown.join(", "),
                    name.value
                )
            }
            (None, true) => format!("if that is an agent's code, write `agent: {{ code: {} }}`", name.value),
        };
        Err(Box::new(error(format!("no agent is called `{}`", name.value)).hint(hint)))
    }
}

/// An agent in a message.
fn named(agent: &StepAgent) -> String {
    match agent {
        StepAgent::Made(name) | StepAgent::Declared(name) | StepAgent::Code(name) | StepAgent::Template(name) => {
            format!("`{name}`")
        }
    }
}
