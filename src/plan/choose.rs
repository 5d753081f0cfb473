//! The steps that a rehearsal goes through: those that are named, and what they need to go out at all.
//!
//! What a named step reads, or whom it addresses, is kept, unless an audience would hear it; the rest of the script
//! is left out. `on_failure` and `finally` stay as they are.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::nearest;
use crate::expression::Expression;
use crate::outcome::Effect;
use crate::plan::model::{Exchanged, ItemSource, Node, Plan, RoomReference, Section, Why, Work};
use crate::scope::Read;
use crate::template::Template;

/// What of a script is to go out.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// These steps.
    Only(&'a [String]),
    /// This step, what is written below it, and everything that needs it.
    From(&'a str),
}

/// A name that chooses nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoSuchStep {
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The steps that a choice leaves out. Outputs that read them are taken from the plan: nobody could render them.
pub fn leave_out(plan: &mut Plan, choice: Choice<'_>) -> Result<Vec<u32>, NoSuchStep> {
    let chosen: BTreeSet<u32> = match choice {
        Choice::Only(names) => names.iter().map(|name| find(plan, name)).collect::<Result<_, _>>()?,
        Choice::From(name) => below(plan, find(plan, name)?),
    };
    let kept = with_what_they_need(plan, chosen);
    let is_out = |place: &u32, node: &Node| {
        node.section == Section::Main && !matches!(node.work, Work::Join) && !kept.contains(place)
    };
    let left_out: Vec<u32> =
        (0..).zip(&plan.nodes).filter(|(place, node)| is_out(place, node)).map(|(place, _)| place).collect();
    drop_outputs(plan, &left_out);
    Ok(left_out)
}

/// Takes the outputs from a plan that read a step which is left out.
pub fn drop_outputs(plan: &mut Plan, left_out: &[u32]) {
    let gone: Vec<String> =
        left_out.iter().filter_map(|place| Some(plan.nodes.get(*place as usize)?.id.clone())).collect();
    plan.outputs.retain(|_, text| {
        let Ok(template) = Template::parse(text) else { return true };
        !template.reads().iter().any(|read| !read.guarded && step_of(read).is_some_and(|id| gone.contains(&id)))
    });
}

/// The place of a step of the script by its name.
pub fn find(plan: &Plan, name: &str) -> Result<u32, NoSuchStep> {
    let nodes = || (0..).zip(&plan.nodes).filter(|(_, node)| !matches!(node.work, Work::Join));
    if let Some((place, node)) = nodes().find(|(_, node)| node.id == name) {
        return match node.section {
            Section::Main => Ok(place),
            Section::OnFailure => Err(elsewhere(name, "on_failure")),
            Section::Finally => Err(elsewhere(name, "finally")),
        };
    }
    let within = nodes().find(|(_, node)| match &node.work {
        Work::Loop(inner) => inner.body.iter().any(|step| step.id == name),
        _ => false,
    });
    if let Some((_, node)) = within {
        let message = format!("`{name}` is a step of the loop `{}`", node.id);
        return Err(NoSuchStep { message, hint: Some(format!("name the loop: `{}`", node.id)) });
    }
    let ids = nodes().filter(|(_, node)| node.section == Section::Main).map(|(_, node)| node.id.as_str());
    let hint = nearest(name, ids.clone()).map(|meant| format!("did you mean `{meant}`?")).or_else(|| {
        let some: Vec<String> = ids.take(8).map(|id| format!("`{id}`")).collect();
        (!some.is_empty()).then(|| format!("its steps are {}", some.join(", ")))
    });
    Err(NoSuchStep { message: format!("the workflow has no step `{name}`"), hint })
}

fn elsewhere(name: &str, section: &str) -> NoSuchStep {
    NoSuchStep {
        message: format!("step `{name}` belongs to `{section}`, which runs as it is written"),
        hint: Some("name a step of `steps`".to_owned()),
    }
}

/// A step, what is written below it in the script, and everything that needs one of them.
fn below(plan: &Plan, step: u32) -> BTreeSet<u32> {
    let main = (0..).zip(&plan.nodes).filter(|(_, node)| node.section == Section::Main);
    let mut below: BTreeSet<u32> = main.clone().map(|(place, _)| place).filter(|place| *place >= step).collect();
    loop {
        let needs_one = |node: &Node| node.needs.iter().any(|edge| below.contains(&edge.node));
        let more: Vec<u32> = main
            .clone()
            .filter(|(place, node)| !below.contains(place) && needs_one(node))
            .map(|(place, _)| place)
            .collect();
        if more.is_empty() {
            return below;
        }
        below.extend(more);
    }
}

/// The chosen steps, and those that they need for a value or an agent, unless somebody would hear them.
fn with_what_they_need(plan: &Plan, chosen: BTreeSet<u32>) -> BTreeSet<u32> {
    let mut kept = chosen;
    let mut open: Vec<u32> = kept.iter().copied().collect();
    while let Some(place) = open.pop() {
        let Some(node) = plan.nodes.get(place as usize) else { continue };
        let needed = needed_by(plan, node).into_iter().chain(ways_to_be_ready(plan, place));
        for need in needed {
            let is_heard = plan.nodes.get(need as usize).is_none_or(|node| node.effect() == Effect::Once);
            if !is_heard && kept.insert(need) {
                open.push(need);
            }
        }
    }
    kept
}

/// The steps of which a step reads a value, or that make the agent it addresses.
fn needed_by(plan: &Plan, node: &Node) -> BTreeSet<u32> {
    let edges = node.needs.iter().filter(|edge| matches!(edge.why, Why::Reference | Why::Agent)).map(|edge| edge.node);
    let mut reads = Vec::new();
    read_by(node, &mut reads);
    let place_of = |id: &String| plan.nodes.iter().position(|other| other.id == *id).map(|place| place as u32);
    edges.chain(reads.iter().filter_map(place_of)).collect()
}

/// The `wait_ready` of an agent that is made.
fn ways_to_be_ready(plan: &Plan, maker: u32) -> Vec<u32> {
    let is_maker = plan.nodes.get(maker as usize).is_some_and(|node| node.action() == "generate");
    let waits = (0..).zip(&plan.nodes).filter(|(_, node)| is_maker && node.action() == "wait_ready");
    waits.filter(|(_, node)| needed_by(plan, node).contains(&maker)).map(|(place, _)| place).collect()
}

/// The ids of the steps that a step's texts and conditions read.
fn read_by(node: &Node, ids: &mut Vec<String>) {
    let expression = |text: &str, ids: &mut Vec<String>| {
        if let Ok(expression) = Expression::parse(text) {
            ids.extend(expression.reads().iter().filter_map(step_of));
        }
    };
    if let Some(condition) = &node.condition {
        expression(&condition.text, ids);
    }
    match &node.work {
        Work::Exchange(exchanged) => read_by_exchange(exchanged, ids),
        Work::Wait { fields } | Work::Pause { fields } => fields.values().for_each(|value| read_by_value(value, ids)),
        Work::Loop(inner) => {
            if let ItemSource::Expression(text) = &inner.items {
                expression(text, ids);
            }
            if let Some(key) = &inner.key {
                expression(key, ids);
            }
            let mut inside = Vec::new();
            inner.body.iter().for_each(|step| read_by(step, &mut inside));
            ids.extend(inside.into_iter().filter(|id| !inner.body.iter().any(|step| step.id == *id)));
        }
        Work::Join => {}
    }
}

fn read_by_exchange(exchanged: &Exchanged, ids: &mut Vec<String>) {
    exchanged.fields.values().for_each(|value| read_by_value(value, ids));
    if let Some(agent) = &exchanged.agent {
        read_by_text(&agent.code, ids);
    }
    if let Some(RoomReference::Named(room)) = &exchanged.room {
        read_by_text(room, ids);
    }
}

fn read_by_value(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::String(text) => read_by_text(text, ids),
        Value::Array(items) => items.iter().for_each(|item| read_by_value(item, ids)),
        Value::Object(fields) => fields.values().for_each(|value| read_by_value(value, ids)),
        _ => {}
    }
}

fn read_by_text(text: &str, ids: &mut Vec<String>) {
    if text.contains("{{")
        && let Ok(template) = Template::parse(text)
    {
        ids.extend(template.reads().iter().filter_map(step_of));
    }
}

/// The step that a name reads.
fn step_of(read: &Read) -> Option<String> {
    match read.path.as_slice() {
        [first, id, ..] if first == "steps" => Some(id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::{rich, small};

    fn names(plan: &Plan, left_out: &[u32]) -> Vec<String> {
        left_out.iter().map(|place| plan.nodes[*place as usize].id.clone()).collect()
    }

    fn out(mut plan: Plan, choice: Choice<'_>) -> Vec<String> {
        let left_out = leave_out(&mut plan, choice).unwrap();
        names(&plan, &left_out)
    }

    #[test]
    fn a_line_keeps_the_agent_that_says_it_and_its_getting_ready() {
        assert_eq!(out(small(), Choice::Only(&["speak_2".to_owned()])), ["set_prompt_1", "speak_1", "pause_1"]);
        assert_eq!(out(small(), Choice::From("pause_1")), ["set_prompt_1", "speak_1"]);
        assert_eq!(out(small(), Choice::From("host")), [""; 0]);
    }

    #[test]
    fn what_is_read_is_kept_though_needs_name_it_and_what_is_heard_is_not() {
        let mut plan = rich();
        for edge in &mut plan.nodes[4].needs {
            edge.why = Why::Needs;
        }
        let left_out = leave_out(&mut plan, Choice::Only(&["add_context_1".to_owned()])).unwrap();
        assert_eq!(names(&plan, &left_out), ["speak_1", "wait_1", "greetings", "late"]);
        let line = plan.nodes[8].clone();
        if let Work::Exchange(late) = &mut plan.nodes[8].work {
            late.fields.insert("message".to_owned(), "{{ steps.speak_1.delivered_to_rooms }} rooms".into());
        }
        assert_ne!(line, plan.nodes[8]);
        assert!(out(plan, Choice::Only(&["late".to_owned()])).contains(&"speak_1".to_owned()));
    }

    #[test]
    fn what_needs_a_chosen_step_comes_with_it() {
        assert_eq!(out(rich(), Choice::From("late")), ["poll", "speak_1", "add_context_1", "wait_1", "greetings"]);
        let below = out(rich(), Choice::From("speak_1"));
        assert_eq!(below, [""; 0], "`poll` is read below");
    }

    #[test]
    fn an_output_that_reads_what_is_left_out_is_dropped() {
        let mut plan = small();
        let outputs = [("a", "{{ steps.host.agent_id }}"), ("b", "{{ steps.speak_1.delivered_to_rooms }}")];
        plan.outputs = outputs.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().collect();
        leave_out(&mut plan, Choice::Only(&["speak_2".to_owned()])).unwrap();
        assert_eq!(plan.outputs.keys().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_name_that_chooses_nothing_is_answered_with_one_that_does() {
        let wrong = |name: &str| find(&rich(), name).unwrap_err();
        assert_eq!(wrong("speek_1").hint.as_deref(), Some("did you mean `speak_1`?"));
        assert_eq!(wrong("greet").hint.as_deref(), Some("name the loop: `greetings`"));
        assert!(wrong("sorry").message.contains("`on_failure`"));
        assert!(wrong("clean").message.contains("`finally`"));
        assert!(wrong("nothing_at_all").hint.unwrap().starts_with("its steps are `host`"));
        assert!(wrong("parallel_1").message.contains("no step"));
    }
}
