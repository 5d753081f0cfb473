//! An outline as JSON: for programs that read it, and for an apply that does exactly what was reviewed.

use serde::{Deserialize, Serialize};

use crate::provision::difference::{Change, Difference};
use crate::provision::outline::Outline;

/// The version of the form.
pub const VERSION: u32 = 1;

/// An outline as it is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOutline {
    /// The version of this form: 1.
    pub version: u32,
    /// The account, as the lock has it.
    pub account: String,
    /// What it costs in all, in credits.
    pub credits: u64,
    /// Credits left before, where the service says it.
    pub balance: Option<i64>,
    /// Credits left after, where the service says it.
    pub balance_after: Option<i64>,
    /// Every name, and what would be done.
    pub agents: Vec<SavedDifference>,
}

/// A name, what would be done, and the content that it is decided from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDifference {
    /// What would be done.
    #[serde(flatten)]
    pub difference: Difference,
    /// What is declared: each field with its content.
    pub declared: std::collections::BTreeMap<String, String>,
}

/// Why a saved outline is not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// It cannot be read.
    #[error("the saved plan cannot be read: {0}")]
    Unreadable(String),
    /// It is of another version of the form.
    #[error("the saved plan has version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// It is of another account.
    #[error("the saved plan is for account `{saved}`, the settings lead to `{now}`")]
    Account {
        /// The plan's.
        saved: String,
        /// That of the settings.
        now: String,
    },
    /// What would be done now was not in it.
    #[error("`{name}` changed since the plan was saved: {why}")]
    Changed {
        /// The name.
        name: String,
        /// How.
        why: String,
    },
}

impl SavedOutline {
    /// What is saved of an outline.
    pub fn of(outline: &Outline) -> Self {
        let whole = |credits: f64| credits.floor() as i64;
        let agents = outline.differences.iter().map(|difference| SavedDifference {
            difference: difference.clone(),
            declared: outline.desired.get(&difference.name).map(|desired| desired.from.clone()).unwrap_or_default(),
        });
        Self {
            version: VERSION,
            account: outline.account.to_string(),
            credits: outline.credits(),
            balance: outline.balance.map(whole),
            balance_after: outline.balance.map(|balance| whole(balance) - outline.credits() as i64),
            agents: agents.collect(),
        }
    }

    /// Reads what was saved.
    pub fn read(text: &str) -> Result<Self, SavedError> {
        let unreadable = |error: serde_json::Error| SavedError::Unreadable(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version != u64::from(VERSION) => {
                Err(SavedError::Version(u32::try_from(version).unwrap_or(u32::MAX)))
            }
            _ => serde_json::from_value(value).map_err(unreadable),
        }
    }

    /// Whether an outline of now does nothing but what was saved. What was done since is no change.
    pub fn permits(&self, now: &Outline) -> Result<(), SavedError> {
        if self.account != now.account.as_str() {
            return Err(SavedError::Account { saved: self.account.clone(), now: now.account.to_string() });
        }
        for difference in &now.differences {
            let changed = |why: &str| Err(SavedError::Changed { name: difference.name.clone(), why: why.to_owned() });
            let Some(saved) = self.agents.iter().find(|saved| saved.difference.name == difference.name) else {
                return changed("it is not in the plan");
            };
            let declared = now.desired.get(&difference.name).map(|desired| desired.from.clone()).unwrap_or_default();
            if saved.declared != declared {
                return changed("another thing is declared");
            }
            // What was interrupted is found again: taken in where it was to be made, or its prompt still to be set.
            let is_less = matches!(difference.change, Change::Same | Change::Keep | Change::Record)
                || difference.change == Change::Adopt
                    && matches!(saved.difference.change, Change::Create | Change::Replace);
            // What was paid for meanwhile costs less.
            let mut as_saved = difference.clone();
            if difference.credits < saved.difference.credits || difference.is_begun {
                (as_saved.credits, as_saved.is_begun) = (saved.difference.credits, saved.difference.is_begun);
                as_saved.why.clone_from(&saved.difference.why);
            }
            if !is_less && as_saved != saved.difference {
                return changed(&format!("now {}", difference.why));
            }
        }
        let gone = self.agents.iter().find(|saved| {
            saved.difference.changes() && now.find(&saved.difference.name).is_none() && !saved.declared.is_empty()
        });
        match gone {
            Some(saved) => Err(SavedError::Changed {
                name: saved.difference.name.clone(),
                why: "it is declared no more".to_owned(),
            }),
            None => Ok(()),
        }
    }
}
