//! All that would be done: every name with its difference, what it costs, and what it needs somebody's word for.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::provision::account::AccountKey;
use crate::provision::desired::Desired;
use crate::provision::difference::{Change, Difference, Known};
use crate::provision::lock::Lock;
use crate::provision::seen::Seen;

/// What would be done, and what it is decided from.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The account.
    pub account: AccountKey,
    /// Every name, in order: declared ones as they are declared, then those that are declared no more.
    pub differences: Vec<Difference>,
    /// What is declared.
    pub desired: IndexMap<String, Desired>,
    /// The lock as it was read.
    pub lock: Lock,
    /// Agents that others took the place of and that are still there, each with the name that it had.
    pub left_over: Vec<(String, String)>,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
}

/// What an outline is made from.
pub struct Sources {
    /// The account.
    pub account: AccountKey,
    /// What is declared.
    pub desired: IndexMap<String, Desired>,
    /// The lock.
    pub lock: Lock,
    /// What the service has, by code.
    pub seen: BTreeMap<String, Seen>,
    /// Agents that were paid for and are not in the lock, by declared name.
    pub bought: BTreeMap<String, String>,
    /// What making each declared agent costs.
    pub prices: BTreeMap<String, u64>,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
}

/// What somebody allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// That agents are made in the place of others.
    pub replace: bool,
    /// That agents are deleted.
    pub destroy: bool,
    /// That nothing is bought.
    pub frozen: bool,
}

/// Why an outline is not applied, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// `lifecycle` forbids it.
    Prevented(Vec<String>),
    /// Agents would be replaced, and nobody allowed it.
    Replaces(Vec<String>, u64),
    /// Agents would be deleted, and nobody allowed it.
    Deletes(Vec<String>),
    /// Agents would be bought, and nothing is to be.
    Buys(Vec<String>, u64),
}

impl Outline {
    /// Decides about every name.
    pub fn of(sources: Sources) -> Self {
        let Sources { account, desired, lock, seen, bought, prices, balance } = sources;
        let known = |name: &str| {
            let entry = lock.entry(name, &account);
            Known {
                desired: desired.get(name),
                entry,
                seen: entry.and_then(|entry| seen.get(&entry.code)),
                bought: bought.get(name).map(String::as_str),
                price: prices.get(name).copied().unwrap_or(0),
            }
        };
        let declared = desired.keys().map(String::as_str);
        let no_more = lock.of_account(&account).map(|(name, _)| name).filter(|name| !desired.contains_key(*name));
        let differences = declared.chain(no_more).map(|name| Difference::of(name, known(name))).collect();
        let left = lock.of_account(&account).flat_map(|(name, entry)| {
            let is_there = |code: &&String| !matches!(seen.get(*code), Some(Seen::Gone | Seen::Failed));
            entry.replaced.iter().filter(is_there).map(move |code| (name.to_owned(), code.clone()))
        });
        let left_over = left.collect();
        Self { account, differences, desired, lock, left_over, balance }
    }

    /// Whether anything would be done.
    pub fn changes(&self) -> bool {
        self.differences.iter().any(Difference::changes)
    }

    /// What it costs in all, in credits.
    pub fn credits(&self) -> u64 {
        self.differences.iter().map(|difference| difference.credits).sum()
    }

    /// How many agents would be bought.
    pub fn purchases(&self) -> usize {
        self.differences.iter().filter(|difference| difference.credits > 0).count()
    }

    /// The difference of a name.
    pub fn find(&self, name: &str) -> Option<&Difference> {
        self.differences.iter().find(|difference| difference.name == name)
    }

    /// What somebody must allow before it is applied.
    pub fn objections(&self, allowed: Allowed) -> Vec<Objection> {
        let named = |wanted: &dyn Fn(&&Difference) -> bool| {
            let found: Vec<&Difference> = self.differences.iter().filter(wanted).collect();
            let names: Vec<String> = found.iter().map(|difference| difference.name.clone()).collect();
            (names, found.iter().map(|difference| difference.credits).sum::<u64>())
        };
        let (prevented, _) = named(&|difference| difference.is_prevented);
        let (replaced, price) = named(&|difference| difference.change == Change::Replace && !difference.is_prevented);
        let (deleted, _) = named(&|difference| difference.change == Change::Delete && !difference.is_prevented);
        let (bought, cost) = named(&|difference| difference.credits > 0);
        let all = [
            (!prevented.is_empty()).then_some(Objection::Prevented(prevented)),
            (!replaced.is_empty() && !allowed.replace).then_some(Objection::Replaces(replaced, price)),
            (!deleted.is_empty() && !allowed.destroy).then_some(Objection::Deletes(deleted)),
            (!bought.is_empty() && allowed.frozen).then_some(Objection::Buys(bought, cost)),
        ];
        all.into_iter().flatten().collect()
    }

    /// The same with only as many purchases as a balance pays for, those declared first; the names of those left out.
    pub fn within(mut self, balance: f64) -> (Self, Vec<String>) {
        let (mut left, mut left_out) = (balance, Vec::new());
        self.differences.retain(|difference| {
            let costs = difference.credits as f64;
            let fits = costs <= left;
            if fits {
                left -= costs;
            } else {
                left_out.push(difference.name.clone());
            }
            fits
        });
        (self, left_out)
    }
}

impl Objection {
    /// What is wrong, and what allows it.
    pub fn words(&self) -> (String, String) {
        let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Prevented(names) => (
                format!("`prevent_destroy` forbids what would be done to {}", list(names)),
                "take `prevent_destroy` out of its `lifecycle` first, or declare it as it was".to_owned(),
            ),
            Self::Replaces(names, credits) => (
                format!("another face would be bought for {credits} credits in place of {}", list(names)),
                "`--allow-replace` allows it; `lifecycle: { on_change: keep }` keeps the old one".to_owned(),
            ),
            Self::Deletes(names) => (
                format!("{} would be deleted", list(names)),
                "`--allow-destroy` allows it; `runsheet agents import NEW_NAME CODE` keeps it under another name"
                    .to_owned(),
            ),
            Self::Buys(names, credits) => (
                format!("{} would be bought for {credits} credits, and `--frozen` allows no purchase", list(names)),
                "`runsheet agents apply` makes them; then commit the lock".to_owned(),
            ),
        }
    }
}
