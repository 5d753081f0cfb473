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
    /// Whether its purchase was begun before and may be paid for already: it is taken up again with its own key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_begun: bool,
    /// Whether it may have been bought, and nobody knows: the service no longer keeps the key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_lost: bool,
    /// Whether the service is still making it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_coming: bool,
    /// Whether somebody changed the prompt on the service, which would be lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_edited: bool,
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
    /// A purchase of it that was begun, and has no outcome.
    pub begun: Option<Begun>,
    /// What making it costs.
    pub price: u64,
}

/// A purchase that was begun, and has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is taken up again: the service answers as it did the first time.
    Again,
    /// The service no longer keeps its key: nobody knows.
    Lost,
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

    /// Whether anything would be sent: more than a line of the lock.
    pub fn sends(&self) -> bool {
        self.changes() && self.change != Change::Record
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
        is_begun: false,
        is_lost: false,
        is_coming: false,
        is_edited: false,
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
        None => bought(known, plain(&desired.name, Change::Create, why)),
    }
}

/// The same, to be paid for: or already, where its purchase was begun.
fn bought(known: Known<'_>, difference: Difference) -> Difference {
    let difference = Difference { credits: known.price, ..difference };
    match known.begun {
        None => difference,
        Some(Begun::Again) => {
            let why = format!("{}; its purchase was begun, and is taken up again", difference.why);
            Difference { is_begun: true, why, ..difference }
        }
        Some(Begun::Lost) => {
            let why = format!("{}; it may have been bought, and nobody knows", difference.why);
            Difference { is_lost: true, why, ..difference }
        }
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
    let kept = match (fields.is_empty(), desired.lifecycle.on_change) {
        (true, _) => None,
        (false, OnChange::Keep) => Some(fields),
        (false, OnChange::Replace) => return replace(desired, known, (fields, prompt), code),
    };
    let found = beside_the_face(desired, entry, (known.seen, prompt), code);
    match kept {
        None => found,
        Some(fields) => {
            let names = names_of(&fields);
            let (change, why) = match found.change {
                Change::Same => (Change::Keep, format!("{names} changed; `on_change: keep`")),
                change => (change, format!("{}; {names} changed too; `on_change: keep`", found.why)),
            };
            Difference { change, why, fields, ..found }
        }
    }
}

/// A name whose face changed: another agent takes its place.
fn replace(
    desired: &Desired,
    known: Known<'_>,
    (fields, prompt): (Vec<FieldChange>, Option<PromptChange>),
    code: Option<String>,
) -> Difference {
    let why = format!("{} changed", names_of(&fields));
    let is_prevented = desired.lifecycle.prevent_destroy;
    let replaced = Difference { code, fields, prompt, is_prevented, ..plain(&desired.name, Change::Replace, &why) };
    match known.bought {
        Some(bought) => Difference { why: format!("{why}; {bought} was bought for it"), ..replaced },
        None => bought(known, replaced),
    }
}

/// A name whose face is as declared: its prompt, and what the lock says of it.
fn beside_the_face(
    desired: &Desired,
    entry: &Entry,
    (seen, prompt): (Option<&Seen>, Option<PromptChange>),
    code: Option<String>,
) -> Difference {
    let here = |change, why: &str| Difference { code: code.clone(), ..plain(&desired.name, change, why) };
    if let Some(prompt) = prompt {
        let is_theirs = |before: &str| entry.from.get(PROMPT).is_some_and(|ours| *ours != hash(before.trim_end()));
        let is_edited = prompt.before.as_deref().is_some_and(is_theirs);
        let why = match is_edited {
            true => "its prompt was changed on the service, and is not the one declared",
            false => "its prompt changed",
        };
        return Difference { prompt: Some(prompt), is_edited, ..here(Change::Update, why) };
    }
    let is_recorded = entry.from.get(PROMPT) == desired.from.get(PROMPT) || desired.ignores(PROMPT);
    let is_same = is_recorded && entry.prevent_destroy == desired.lifecycle.prevent_destroy;
    if !is_same || entry.declared != desired.declared {
        return here(Change::Record, "the service has it as it is declared; the lock does not say so");
    }
    match seen {
        Some(Seen::There { is_ready: false, .. }) => {
            Difference { is_coming: true, ..here(Change::Same, "it is being made") }
        }
        _ => here(Change::Same, "as declared"),
    }
}

fn names_of(fields: &[FieldChange]) -> String {
    fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>().join(", ")
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
