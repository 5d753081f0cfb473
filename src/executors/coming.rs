//! What a run has still to say, as far as that is known: for the person who lets it go on.
//!
//! Nothing here is decided: a condition that only the run can read is taken to hold, and a text that only the run can
//! render stands as it is written.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::run::Run;
use crate::engine::selection::SelectionIndex;
use crate::engine::state::{SkipReason, StepState};
use crate::executors::items::{self, Items};
use crate::executors::names::Names;
use crate::executors::scope::RunScope;
use crate::executors::store::RunStore;
use crate::expression::{Expression, Needs};
use crate::outcome::Effect;
use crate::plan::model::{Exchanged, Node, OnUnknown, RoomReference, Section, StepKey, Work};
use crate::plan::preview::text_as_known;
use crate::report::mask::Mask;
use crate::scope::Scope;
use crate::text::clean;

/// Something that goes out once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The step's name, for people.
    pub step: String,
    /// What is said or asked.
    pub text: String,
    /// Whether somebody hears or reads the text.
    pub is_quoted: bool,
    /// Where.
    pub room: Option<String>,
}

/// The first lines that go out when a run goes on, in the order of the file; `again` is a step that a person lets
/// go out once more.
pub fn coming(run: &Run, store: &RunStore, again: Option<StepKey>, most: usize) -> Vec<Line> {
    let mut looking = Looking {
        run,
        store,
        names: Names::of(run.plan()),
        items: Items::default(),
        mask: Mask::new(run.plan()),
        selected: run.start().selection.index(),
        again,
        most,
        found: Vec::new(),
    };
    looking.look();
    looking.found
}

struct Looking<'a> {
    run: &'a Run,
    store: &'a RunStore,
    names: Names,
    items: Items,
    mask: Mask,
    selected: SelectionIndex,
    again: Option<StepKey>,
    most: usize,
    found: Vec<Line>,
}

impl Looking<'_> {
    fn look(&mut self) {
        let run = self.run;
        let mut kept_back = vec![false; run.plan().nodes.len()];
        for (place, node) in (0..).zip(&run.plan().nodes) {
            let key = StepKey::node(place);
            kept_back[place as usize] = self.is_kept_back(key, node, &kept_back);
            let is_idle = node.section == Section::OnFailure && !run.has_failed();
            if kept_back[place as usize] || is_idle || !self.may_come(key, node, None) {
                continue;
            }
            match &node.work {
                Work::Loop(_) => self.look_into(key),
                _ => self.add(key, node, None),
            }
            if self.found.len() >= self.most {
                return;
            }
        }
    }

    fn look_into(&mut self, key: StepKey) {
        let Some(Work::Loop(inner)) = self.run.plan().get(key).map(|node| &node.work) else { return };
        if inner.body.iter().all(|node| node.effect() != Effect::Once) {
            return;
        }
        let selection = &self.run.start().selection;
        let listed = items::list((key, inner), &Known(self.scope(key)), self.store, selection).ok();
        let again = |values| items::read_again(inner, values, self.store, selection).ok();
        let known = self.run.listed(key).and_then(again);
        let keys = match &listed {
            _ if known.is_some() => self.run.keys(key).to_vec(),
            Some(items::Listed { event: crate::engine::event::Event::ItemsListed { keys, .. }, .. }) => keys.clone(),
            _ => Vec::new(),
        };
        let Some(items) = known.or(listed.map(|listed| listed.items)) else {
            // Who they are is not known yet; that they are addressed is.
            return inner.body.iter().for_each(|node| self.add(key, node, None));
        };
        self.items.keep(key.node, items);
        for (index, item) in (0..).zip(&keys) {
            for (place, node) in (0..).zip(&inner.body) {
                let step = StepKey::item(key.node, index, place);
                if self.may_come(step, node, Some(item)) {
                    self.add(step, node, Some(item));
                }
                if self.found.len() >= self.most {
                    return;
                }
            }
        }
    }

    /// Tells whether a step may still go out, as far as can be known.
    fn may_come(&self, key: StepKey, node: &Node, item: Option<&str>) -> bool {
        let resends = node.policy.on_unknown == OnUnknown::Resend;
        let is_open = match self.run.state(key) {
            _ if self.again == Some(key) => return true,
            StepState::Unknown => false,
            _ if self.run.is_in_flight(key) => resends,
            state => !state.has_ended(),
        };
        let has_begun = self.run.rendering(key).is_some() || self.run.listed(key).is_some();
        let is_refused = || match &node.condition {
            Some(condition) if !condition.sees_failures && !has_begun => {
                let holds = Expression::parse(&condition.text)
                    .map(|expression| expression.is_true(&Known(self.scope(key)), &Needs::default()));
                matches!(holds, Ok(Ok(false)))
            }
            _ => false,
        };
        is_open && self.is_own(key, item) && !is_refused()
    }

    /// Tells whether a step is neither left out nor carried over; a loop carried over has nothing to say either.
    fn is_own(&self, key: StepKey, item: Option<&str>) -> bool {
        let is_carried = match (key.item, item) {
            (Some(step), Some(item)) => self.selected.item(key.node, item, step.inner).is_some(),
            _ => false,
        };
        !is_carried && self.selected.node(key.node).is_none() && !self.selected.leaves_out(key.node)
    }

    /// Tells whether something that a step needs keeps it from going out.
    fn is_kept_back(&self, key: StepKey, node: &Node, above: &[bool]) -> bool {
        let failed = |need: StepKey| match self.run.state(need) {
            StepState::Failed => self.run.plan().get(need).is_some_and(|node| !node.policy.continue_on_error),
            state => state == StepState::Skipped(SkipReason::Upstream),
        };
        let sees_failures = node.condition.as_ref().is_some_and(|condition| condition.sees_failures);
        let by_need = |need: u32| above.get(need as usize).copied().unwrap_or(false) || failed(StepKey::node(need));
        !sees_failures && key.item.is_none() && node.needs.iter().any(|edge| by_need(edge.node))
    }

    fn add(&mut self, key: StepKey, node: &Node, item: Option<&str>) {
        let Work::Exchange(exchanged) = &node.work else { return };
        if exchanged.effect != Effect::Once || self.found.len() >= self.most {
            return;
        }
        let line = self.line(key, exchanged, item);
        self.found.push(line);
    }

    fn line(&self, key: StepKey, exchanged: &Exchanged, item: Option<&str>) -> Line {
        let rendering = self.run.rendering(key);
        let scope = Known(self.scope(key));
        let field = |name: &str| match rendering {
            Some(rendering) => rendering.fields.get(name).and_then(Value::as_str).map(str::to_owned),
            None => exchanged.fields.get(name).and_then(Value::as_str).map(|text| text_as_known(&scope, text).text),
        };
        let heard = ["message", "context"].iter().find_map(|name| field(name));
        let asked =
            || format!("{} {}", field("method").unwrap_or_else(|| "GET".to_owned()), field("url").unwrap_or_default());
        let room = match (&exchanged.room, rendering.and_then(|sent| sent.room.clone())) {
            (_, Some(room)) => Some(room),
            (Some(RoomReference::Named(text)), None) => Some(text_as_known(&scope, text).text),
            (Some(RoomReference::Every), None) => Some("every room".to_owned()),
            (None, None) => None,
        };
        let masked = |text: &str| clean(&self.mask.text(text));
        Line {
            step: masked(&path(self.run, key, item)),
            is_quoted: heard.is_some() && exchanged.action != "http",
            text: masked(&if exchanged.action == "http" { asked() } else { heard.unwrap_or_default() }),
            room: room.as_deref().map(masked),
        }
    }

    fn scope(&self, step: StepKey) -> RunScope<'_> {
        let now = Timestamp::default();
        RunScope { run: self.run, names: &self.names, items: &self.items, step, now, secrets: true }
    }
}

/// A step as people name it: `greet[Ada]`, `greet.say[Ada]`, or its id.
fn path(run: &Run, key: StepKey, item: Option<&str>) -> String {
    let Some(node) = run.plan().nodes.get(key.node as usize) else { return String::new() };
    let inner = match (&node.work, key.item) {
        (Work::Loop(inner), Some(step)) if !inner.single => inner.body.get(step.inner as usize),
        _ => None,
    };
    let path = inner.map_or(node.id.clone(), |inner| format!("{}.{}", node.id, inner.id));
    item.map_or(path.clone(), |item| format!("{path}[{item}]"))
}

/// The names of a run without those that may still change.
struct Known<'a>(RunScope<'a>);

impl Scope for Known<'_> {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        let later = || Err("not known yet".to_owned());
        match path {
            [first, ..] if first == "now" || first == "secrets" => later(),
            [first, id, ..] if first == "steps" => match self.0.names.find(id, self.0.step) {
                Some(key) if self.0.run.state(key).has_ended() => self.0.value(path),
                _ => later(),
            },
            // A name that is not there is none of ours to judge: the run will.
            _ => self.0.value(path)?.map_or_else(later, |value| Ok(Some(value))),
        }
    }
}
