//! All that would be done: every name with its difference, what it costs, and what it needs somebody's word for.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::provision::account::AccountKey;
use crate::provision::desired::Desired;
use crate::provision::difference::{Begun, Change, Difference, Known};
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
    /// Agents that were paid for, and that names take now.
    pub wanted: Vec<String>,
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
    /// Purchases that were begun and have no outcome, by declared name.
    pub begun: BTreeMap<String, Begun>,
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
    /// That prompts are set which somebody changed on the service.
    pub overwrite: bool,
    /// That agents are bought which may have been bought before.
    pub buy_again: bool,
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
    /// Prompts that somebody changed on the service would be lost.
    Overwrites(Vec<String>),
    /// Agents may have been bought before, and nobody knows.
    Lost(Vec<String>),
    /// Agents would be bought, and nothing is to be.
    Buys(Vec<String>, u64),
}

impl Outline {
    /// Decides about every name.
    pub fn of(sources: Sources) -> Self {
        let Sources { account, desired, lock, seen, bought, begun, prices, balance } = sources;
        let known = |name: &str| {
            let entry = lock.entry(name, &account);
            Known {
                desired: desired.get(name),
                entry,
                seen: entry.and_then(|entry| seen.get(&entry.code)),
                bought: bought.get(name).map(String::as_str),
                begun: begun.get(name).copied(),
                price: prices.get(name).copied().unwrap_or(0),
            }
        };
        let declared = desired.keys().map(String::as_str);
        let no_more = lock.of_account(&account).map(|(name, _)| name).filter(|name| !desired.contains_key(*name));
        let differences = declared.chain(no_more).map(|name| Difference::of(name, known(name))).collect();
        let left = lock.of_account(&account).flat_map(|(name, entry)| {
            // One that a name has again is no longer left over.
            let is_there = |code: &&String| {
                !matches!(seen.get(*code), Some(Seen::Gone | Seen::Failed)) && lock.name_of(code, &account).is_none()
            };
            let wanted = bought.get(name);
            entry
                .others()
                .filter(move |code| wanted != Some(code))
                .filter(is_there)
                .map(move |code| (name.to_owned(), code.clone()))
        });
        let left_over = left.collect::<Vec<_>>();
        let wanted = bought.into_values().collect();
        Self { account, differences, desired, lock, left_over, wanted, balance }
    }

    /// Whether anything would be done.
    pub fn changes(&self) -> bool {
        self.differences.iter().any(Difference::changes)
    }

    /// Whether anything would be sent.
    pub fn sends(&self) -> bool {
        self.differences.iter().any(Difference::sends)
    }

    /// What it costs in all, in credits.
    pub fn credits(&self) -> u64 {
        self.differences.iter().map(|difference| difference.credits).sum()
    }

    /// What the balance must pay for: what was begun before may be paid already.
    pub fn to_pay(&self) -> u64 {
        self.differences.iter().filter(|one| !one.is_begun).map(|one| one.credits).sum()
    }

    /// Whether a code is one that a name takes now: an agent that it had before, and has again.
    pub fn is_wanted(&self, code: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted == code)
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
        let (edited, _) = named(&|difference| difference.is_edited);
        let (lost, _) = named(&|difference| difference.is_lost);
        let (bought, cost) = named(&|difference| difference.credits > 0);
        let all = [
            (!prevented.is_empty()).then_some(Objection::Prevented(prevented)),
            (!replaced.is_empty() && !allowed.replace).then_some(Objection::Replaces(replaced, price)),
            (!deleted.is_empty() && !allowed.destroy).then_some(Objection::Deletes(deleted)),
            (!edited.is_empty() && !allowed.overwrite).then_some(Objection::Overwrites(edited)),
            (!lost.is_empty() && !allowed.buy_again).then_some(Objection::Lost(lost)),
            (!bought.is_empty() && allowed.frozen).then_some(Objection::Buys(bought, cost)),
        ];
        all.into_iter().flatten().collect()
    }

    /// The same with only as many purchases as a balance pays for, those declared first; the names of those left out.
    pub fn within(mut self, balance: f64) -> (Self, Vec<String>) {
        let (mut left, mut left_out) = (balance, Vec::new());
        self.differences.retain(|difference| {
            let costs = if difference.is_begun { 0.0 } else { difference.credits as f64 };
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
    /// The flag of `apply` that allows it, if one does.
    pub fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Replaces(..) => Some("--allow-replace"),
            Self::Deletes(_) => Some("--allow-destroy"),
            Self::Overwrites(_) => Some("--overwrite"),
            Self::Lost(_) => Some("--buy-again"),
            Self::Prevented(_) | Self::Buys(..) => None,
        }
    }

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
            Self::Overwrites(names) => (
                format!("somebody changed the prompt of {} on the service, and that would be lost", list(names)),
                "`runsheet agents adopt NAME` writes it into the repository; `--overwrite` sets what is declared".to_owned(),
            ),
            Self::Lost(names) => (
                format!("{} may have been bought, and nobody knows: the service no longer keeps the key", list(names)),
                "look at the account's newest agents: `runsheet agents import NAME CODE` takes one in; `--buy-again` gives \
                 it up"
                    .to_owned(),
            ),
            Self::Buys(names, credits) => (
                format!("{} would be bought for {credits} credits, and `--frozen` allows no purchase", list(names)),
                "`runsheet agents apply` makes them; then commit the lock".to_owned(),
            ),
        }
    }
}
