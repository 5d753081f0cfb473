//! What would have to be done to one name so that the account has what the repository declares, and why.

use serde::{Deserialize, Serialize};

use crate::provision::desired::{Desired, PROMPT, hash};
use crate::provision::lock::Entry;
use crate::provision::seen::Seen;
use crate::workflow::agents::OnChange;

/// What is done about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing: all is as it is declared.
    Same,
    /// An agent is made: paid for.
    Create,
    /// One that was paid for before is taken in, at no cost.
    Adopt,
    /// Its prompt is replaced, at no cost.
    Update,
    /// Another agent is made in its place: paid for, and only with `--allow-replace`.
    Replace,
    /// It differs, and stays: `lifecycle` says so.
    Keep,
    /// Only the lock is brought up to date; nothing is sent.
    Record,
    /// It is deleted: only with `--allow-destroy`.
    Delete,
}

/// A name, and what would be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The declared name; of one that is declared no more, the name that it had.
    pub name: String,
    /// What is done.
    pub change: Change,
    /// Why, in words.
    pub why: String,
    /// The code that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// The prompt that it has and the one that is declared, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptChange>,
    /// What it costs, in credits.
    pub credits: u64,
    /// Whether `prevent_destroy` forbids it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_prevented: bool,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What the agent was made from.
    pub from: Option<String>,
    /// What is declared.
    pub to: Option<String>,
}

/// A prompt that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptChange {
    /// What the service has, where it tells.
    pub before: Option<String>,
    /// What is declared.
    pub after: String,
}

/// What is known of a name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What is declared; none when it is declared no more.
    pub desired: Option<&'a Desired>,
    /// What the lock has.
    pub entry: Option<&'a Entry>,
    /// What the service has of the code in the lock.
    pub seen: Option<&'a Seen>,
    /// The code of an agent that was paid for from these very fields, and is not in the lock.
    pub bought: Option<&'a str>,
    /// What making it costs.
    pub price: u64,
}

impl Difference {
    /// Decides what would be done about a name.
    pub fn of(name: &str, known: Known<'_>) -> Self {
        match (known.desired, known.entry) {
            (Some(desired), Some(entry)) => both(desired, entry, known),
            (Some(desired), None) => make(desired, known, "it is not in the lock"),
            (None, Some(entry)) => no_more(name, entry, known.seen),
            (None, None) => plain(name, Change::Same, "nobody knows of it"),
        }
    }

    /// Whether anything would be done.
    pub fn changes(&self) -> bool {
        !matches!(self.change, Change::Same | Change::Keep)
    }
}

fn plain(name: &str, change: Change, why: &str) -> Difference {
    Difference {
        name: name.to_owned(),
        change,
        why: why.to_owned(),
        code: None,
        fields: Vec::new(),
        prompt: None,
        credits: 0,
        is_prevented: false,
    }
}

/// A name that has no agent, or whose agent is not there.
fn make(desired: &Desired, known: Known<'_>, why: &str) -> Difference {
    match known.bought {
        Some(code) => {
            let why = format!("{code} was bought for it here, and is not in the lock");
            Difference { code: Some(code.to_owned()), ..plain(&desired.name, Change::Adopt, &why) }
        }
        None => Difference { credits: known.price, ..plain(&desired.name, Change::Create, why) },
    }
}

fn no_more(name: &str, entry: &Entry, seen: Option<&Seen>) -> Difference {
    let code = Some(entry.code.clone());
    match seen {
        Some(Seen::Gone | Seen::Failed) => {
            let why = "it is declared no more, and the service has it no more";
            Difference { code, ..plain(name, Change::Record, why) }
        }
        _ => {
            let why = "it is declared no more";
            Difference { code, is_prevented: entry.prevent_destroy, ..plain(name, Change::Delete, why) }
        }
    }
}

fn both(desired: &Desired, entry: &Entry, known: Known<'_>) -> Difference {
    let prompt = match known.seen {
        Some(Seen::Gone) => {
            let why = format!("{} was deleted on the service", entry.code);
            return make(desired, known, &why);
        }
        Some(Seen::Failed) => {
            let why = format!("the creation of {} failed, and was refunded", entry.code);
            return make(desired, known, &why);
        }
        Some(Seen::There { prompt, .. }) => prompt.as_deref(),
        None => None,
    };
    let code = Some(entry.code.clone());
    let fields = fields_that_differ(desired, entry);
    let prompt = prompt_change(desired, entry, prompt);
    let here = |change, why: &str| Difference { code: code.clone(), ..plain(&desired.name, change, why) };
    if !fields.is_empty() {
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        let names = names.join(", ");
        return match desired.lifecycle.on_change {
            OnChange::Keep => {
                Difference { fields, ..here(Change::Keep, &format!("{names} changed; `on_change: keep`")) }
            }
            OnChange::Replace => {
                let credits = if known.bought.is_some() { 0 } else { known.price };
                let is_prevented = desired.lifecycle.prevent_destroy;
                Difference {
                    fields,
                    prompt,
                    credits,
                    is_prevented,
                    ..here(Change::Replace, &format!("{names} changed"))
                }
            }
        };
    }
    if let Some(prompt) = prompt {
        let is_edited =
            prompt.before.as_deref().is_some_and(|before| entry.from.get(PROMPT) != Some(&hash(before.trim_end())));
        let why = match is_edited && entry.from.contains_key(PROMPT) {
            true => "its prompt was changed on the service, and is not the one declared",
            false => "its prompt changed",
        };
        return Difference { prompt: Some(prompt), ..here(Change::Update, why) };
    }
    let is_recorded = entry.from.get(PROMPT) == desired.from.get(PROMPT) || desired.ignores(PROMPT);
    if !is_recorded || entry.prevent_destroy != desired.lifecycle.prevent_destroy {
        return here(Change::Record, "the service has it as it is declared; the lock does not say so");
    }
    match known.seen {
        Some(Seen::There { is_ready: false, .. }) => here(Change::Same, "it is being made"),
        _ => here(Change::Same, "as declared"),
    }
}

/// The fields of the face that are not those that it was made from.
fn fields_that_differ(desired: &Desired, entry: &Entry) -> Vec<FieldChange> {
    let mut names: Vec<&String> = desired.from.keys().chain(entry.from.keys()).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| {
        name.as_str() != PROMPT && !desired.ignores(name) && desired.from.get(*name) != entry.from.get(*name)
    };
    let change = |name: &String| FieldChange {
        field: name.clone(),
        from: entry.from.get(name).cloned(),
        to: desired.from.get(name).cloned(),
    };
    names.into_iter().filter(differs).map(change).collect()
}

/// How the prompt differs from the service's; where the service does not tell it, from the lock's.
fn prompt_change(desired: &Desired, entry: &Entry, before: Option<&str>) -> Option<PromptChange> {
    let after = desired.prompt().filter(|_| !desired.ignores(PROMPT))?;
    let is_same = match before {
        Some(before) => before.trim_end() == after.trim_end(),
        None => entry.from.get(PROMPT) == desired.from.get(PROMPT),
    };
    (!is_same).then(|| PromptChange { before: before.map(str::to_owned), after: after.to_owned() })
}

#[cfg(test)]
mod tests;
