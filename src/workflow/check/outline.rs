//! The steps of a file before anything is known to be right: every entry with its id, its list, and what is above it.
//!
//! Misshapen entries keep their place and their id, so that one mistake does not make another.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Map, Value};

use indexmap::IndexMap;

use super::variants;
use crate::actions::{self, action::Descriptor};
use crate::diagnostic::{Span, nearest};
use crate::plan::model::Section;
use crate::workflow::node::{Entry, Node, Spanned};
use crate::workflow::shape;

/// The keys of a loop that are the loop's own, when its body is one action.
const LOOP_KEYS: [&str; 8] = ["id", "name", "needs", "foreach", "as", "key", "max_parallel", "fail_fast"];

/// How many mistakes of a file get the nearest name of all its steps.
const MOST_SEARCHES: u32 = 100;

/// Where the steps of each script are written.
pub const SECTIONS: [(&str, Section); 3] =
    [("steps", Section::Main), ("on_failure", Section::OnFailure), ("finally", Section::Finally)];

/// Every step of a file, in its order: a loop before its body, the joint of a group after its members.
#[derive(Default)]
pub struct Outline<'a> {
    /// The steps.
    pub steps: Vec<Draft<'a>>,
    /// The first step of each id.
    ids: HashMap<String, usize>,
    /// How often all names were searched for the nearest.
    searches: Cell<u32>,
}

/// A step as it is written.
pub struct Draft<'a> {
    /// Its id, written or counted.
    pub id: String,
    /// Its id as written.
    pub written_id: Option<Spanned<String>>,
    /// Where it is written.
    pub node: &'a Node,
    /// What a message about the whole step points at: the action's key.
    pub place: Span,
    /// Its script.
    pub section: Section,
    /// The loop whose body it is in.
    pub parent: Option<usize>,
    /// What is above it in its list; for a joint, the steps that it joins.
    pub above: Vec<usize>,
    /// What it does.
    pub kind: Kind<'a>,
}

/// What a step does.
pub enum Kind<'a> {
    /// One action.
    Action(Doing<'a>),
    /// A loop.
    Loop(Looping<'a>),
    /// The end of a `parallel` group.
    Join,
    /// Nothing that can be read: already reported.
    Misshapen,
}

/// An action as it is written.
pub struct Doing<'a> {
    /// What the catalogue knows of it.
    pub descriptor: &'static Descriptor,
    /// What is written for it; none for a bare word.
    pub value: Option<&'a Node>,
    /// Its fields as JSON, the short form spelled out.
    pub fields: Map<String, Value>,
    /// The place of each field.
    pub spans: IndexMap<String, Span>,
    /// Whether it is the body of a loop, written beside `foreach`.
    pub beside_loop: bool,
}

/// A loop as it is written.
pub struct Looping<'a> {
    /// What `foreach` says.
    pub items: &'a Node,
    /// The steps of its body.
    pub body: Vec<usize>,
    /// Whether the body is an action beside `foreach`.
    pub single: bool,
}

impl<'a> Outline<'a> {
    /// Reads the steps of a file.
    pub fn of(root: &'a Node) -> Self {
        let mut walk = Walk { outline: Self::default(), counts: HashMap::new(), section: Section::Main, parent: None };
        for (key, section) in SECTIONS {
            walk.section = section;
            if let Some(list) = root.get(key) {
                walk.script(list, None);
            }
        }
        let mut outline = walk.outline;
        for (index, draft) in outline.steps.iter().enumerate().filter(|(_, draft)| !draft.is_beside_loop()) {
            outline.ids.entry(draft.id.clone()).or_insert(index);
        }
        outline
    }

    /// The step of an id, wherever it is.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// Tells whether a step, or the file itself, sees the results of another: those of its own body, and all outside.
    pub fn sees(&self, reader: Option<usize>, step: usize) -> bool {
        let parent = self.steps[step].parent;
        parent.is_none() || reader.is_some_and(|reader| self.steps[reader].parent == parent)
    }

    /// The nearest id that a step could have meant; none after many mistakes.
    pub fn nearest_id(&self, wrong: &str, reader: Option<usize>) -> Option<&str> {
        if !self.may_search() {
            return None;
        }
        let seen = self.ids.iter().filter(|&(_, &step)| self.sees(reader, step) && Some(step) != reader);
        let mut ids: Vec<&str> = seen.map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        nearest(wrong, ids)
    }

    /// Tells whether all names may be searched once more: a file in which every name is wrong takes no longer.
    pub fn may_search(&self) -> bool {
        self.searches.set(self.searches.get().saturating_add(1));
        self.searches.get() <= MOST_SEARCHES
    }

    /// The loop that a step is in.
    pub fn loop_around(&self, step: usize) -> Option<(usize, &Draft<'a>)> {
        self.steps[step].parent.map(|parent| (parent, &self.steps[parent]))
    }

    /// The actions, with their index and their step.
    pub fn actions(&self) -> impl Iterator<Item = (usize, &Draft<'a>, &Doing<'a>)> {
        self.steps.iter().enumerate().filter_map(|(index, draft)| Some((index, draft, draft.doing()?)))
    }

    /// The loops, with their index and their step.
    pub fn loops(&self) -> impl Iterator<Item = (usize, &Draft<'a>, &Looping<'a>)> {
        self.steps.iter().enumerate().filter_map(|(index, draft)| match &draft.kind {
            Kind::Loop(looping) => Some((index, draft, looping)),
            _ => None,
        })
    }
}

impl<'a> Draft<'a> {
    /// The entry of a key of the step itself: beside a loop of one action, its keys are divided between the two.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        let is_own = match &self.kind {
            Kind::Loop(looping) => !looping.single || LOOP_KEYS.contains(&key),
            Kind::Action(doing) => !doing.beside_loop || !LOOP_KEYS.contains(&key),
            Kind::Join | Kind::Misshapen => true,
        };
        self.node.entry(key).filter(|_| is_own)
    }

    /// The value of a key of the step itself.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// What it does, when it is an action.
    pub fn doing(&self) -> Option<&Doing<'a>> {
        match &self.kind {
            Kind::Action(doing) => Some(doing),
            _ => None,
        }
    }

    /// Tells whether it is the body of a loop of one action, whose id is the loop's.
    pub fn is_beside_loop(&self) -> bool {
        self.doing().is_some_and(|doing| doing.beside_loop)
    }

    /// What a key says, when it is `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.to_json().as_bool()
    }
}

/// The walk down a file.
struct Walk<'a> {
    outline: Outline<'a>,
    /// How often each action was met.
    counts: HashMap<&'static str, usize>,
    section: Section,
    parent: Option<usize>,
}

impl<'a> Walk<'a> {
    /// Reads a list of entries that follow each other; answers the last.
    fn script(&mut self, list: &'a Node, mut above: Option<usize>) -> Option<usize> {
        for entry in list.as_list().unwrap_or_default() {
            above = Some(self.entry(entry, above));
        }
        above
    }

    fn entry(&mut self, node: &'a Node, above: Option<usize>) -> usize {
        match node.entry("parallel") {
            Some(group) => self.group(node, group, above),
            None if node.get("foreach").is_some() => self.looping(node, above),
            None => {
                let (place, doing) = read_action(node);
                let (name, kind) = match doing {
                    Some(doing) => (doing.descriptor.name, Kind::Action(doing)),
                    None => ("step", Kind::Misshapen),
                };
                let id = self.default_id(name);
                self.push(node, id, Placed { place, above: above.into_iter().collect(), kind })
            }
        }
    }

    /// Reads the entries of a group, each after what is above the group, and the joint that waits for all.
    fn group(&mut self, node: &'a Node, group: &'a Entry, above: Option<usize>) -> usize {
        let id = self.default_id("parallel");
        let first = self.outline.steps.len();
        for member in group.value.as_list().unwrap_or_default() {
            match member.as_list() {
                Some(_) => self.script(member, above),
                None => Some(self.entry(member, above)),
            };
        }
        let joined = self.ends(first);
        let above = if joined.is_empty() { above.into_iter().collect() } else { joined };
        self.push(node, id, Placed { place: group.key.span.clone(), above, kind: Kind::Join })
    }

    /// The steps from `first` on, of the present list, that nothing among them follows.
    fn ends(&self, first: usize) -> Vec<usize> {
        let members = &self.outline.steps[first..];
        let is_member = |draft: &Draft<'_>| draft.parent == self.parent;
        let followed: Vec<usize> =
            members.iter().filter(|draft| is_member(draft)).flat_map(|draft| draft.above.iter().copied()).collect();
        let followed: std::collections::HashSet<usize> = followed.into_iter().collect();
        let ends = members.iter().enumerate().filter(|(_, draft)| is_member(draft)).map(|(index, _)| first + index);
        ends.filter(|index| !followed.contains(index)).collect()
    }

    fn looping(&mut self, node: &'a Node, above: Option<usize>) -> usize {
        let (place, doing) = read_action(node);
        let steps = node.entry("steps");
        let single = doing.is_some() && steps.is_none();
        let name = doing.as_ref().filter(|_| single).map_or("foreach", |doing| doing.descriptor.name);
        let id = self.default_id(name);
        let key = node.entry("foreach").map_or(node.span.clone(), |entry| entry.key.span.clone());
        let items = node.get("foreach").unwrap_or(node);
        let kind = Kind::Loop(Looping { items, body: Vec::new(), single });
        let index = self.push(node, id.clone(), Placed { place: key, above: above.into_iter().collect(), kind });
        let outer = self.parent.replace(index);
        let first = self.outline.steps.len();
        if let Some(doing) = doing.filter(|_| single) {
            let kind = Kind::Action(Doing { beside_loop: true, ..doing });
            let id = self.outline.steps[index].id.clone();
            self.push(node, id, Placed { place, above: Vec::new(), kind });
        } else if let Some(list) = steps {
            self.script(&list.value, None);
        }
        let inner = first..self.outline.steps.len();
        let members = inner.filter(|&step| self.outline.steps[step].parent == Some(index)).collect();
        if let Kind::Loop(looping) = &mut self.outline.steps[index].kind {
            looping.body = members;
        }
        self.parent = outer;
        index
    }

    fn default_id(&mut self, action: &'static str) -> String {
        let count = self.counts.entry(action).or_default();
        *count += 1;
        format!("{action}_{count}")
    }

    fn push(&mut self, node: &'a Node, default_id: String, placed: Placed<'a>) -> usize {
        let written_id = node.get("id").and_then(Node::text);
        let id = written_id.as_ref().map_or(default_id, |id| id.value.clone());
        let Placed { place, above, kind } = placed;
        let (section, parent) = (self.section, self.parent);
        self.outline.steps.push(Draft { id, written_id, node, place, section, parent, above, kind });
        self.outline.steps.len() - 1
    }
}

/// What the walk knows of a step beside its node and its id.
struct Placed<'a> {
    place: Span,
    above: Vec<usize>,
    kind: Kind<'a>,
}

/// Reads the one action of an entry; none when there is none or several.
fn read_action(node: &Node) -> (Span, Option<Doing<'_>>) {
    if let Some(word) = node.text() {
        let doing = actions::find(&word.value).map(|descriptor| Doing {
            descriptor,
            value: None,
            fields: Map::new(),
            spans: IndexMap::new(),
            beside_loop: false,
        });
        return (node.span.clone(), doing);
    }
    let entries = node.as_map().unwrap_or_default();
    let mut found = entries.iter().filter_map(|entry| Some((entry, actions::find(&entry.key.value)?)));
    let start = entries.first().map_or(node.span.clone(), |entry| entry.key.span.clone());
    match (found.next(), found.next()) {
        (Some((entry, descriptor)), None) => {
            let (mut fields, mut spans) = shape::to_fields(descriptor.name, &entry.value);
            if let (Some(field), Some(text)) = (descriptor.short, variants::first_text(node).and_then(Node::text))
                && fields.get(field).is_none_or(Value::is_null)
            {
                fields.insert(field.to_owned(), Value::String(text.value));
                spans.insert(field.to_owned(), text.span);
            }
            let doing = Doing { descriptor, value: Some(&entry.value), fields, spans, beside_loop: false };
            (entry.key.span.clone(), Some(doing))
        }
        _ => (start, None),
    }
}
