//! The rate classes of the service's plans, and their numbers.

use std::fmt;
use std::str::FromStr;

/// The rate class of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountTier {
    /// Costs nothing.
    Free,
    /// For one person.
    Creator,
    /// For professionals.
    Pro,
    /// For companies.
    Business,
    /// By contract.
    Enterprise,
}

/// Requests a minute, by the bucket they draw from; a bucket's burst is the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `generate`.
    pub generate: u32,
    /// Every other POST and DELETE.
    pub write: u32,
    /// Every GET.
    pub read: u32,
}

/// A word that names no rate class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is none of `free`, `creator`, `pro`, `business`, `enterprise`")]
pub struct UnknownTier;

impl AccountTier {
    /// Every rate class, the slowest first.
    pub const ALL: [Self; 5] = [Self::Free, Self::Creator, Self::Pro, Self::Business, Self::Enterprise];

    /// The numbers of the service's contract.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Free => Limits { generate: 4, write: 30, read: 120 },
            Self::Creator => Limits { generate: 10, write: 60, read: 240 },
            Self::Pro => Limits { generate: 30, write: 180, read: 720 },
            Self::Business => Limits { generate: 60, write: 360, read: 1440 },
            Self::Enterprise => Limits { generate: 120, write: 720, read: 2880 },
        }
    }

    /// Reads the plan of an account as the service writes it: `pro`, `Pro (monthly)`, `creator_2026`.
    pub fn from_plan(plan: &str) -> Option<Self> {
        plan.split(|c: char| !c.is_ascii_alphabetic()).find_map(|word| word.parse().ok())
    }

    /// The word that people type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Creator => "creator",
            Self::Pro => "pro",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }
}

impl fmt::Display for AccountTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AccountTier {
    type Err = UnknownTier;

    fn from_str(word: &str) -> Result<Self, UnknownTier> {
        Self::ALL.into_iter().find(|tier| tier.as_str().eq_ignore_ascii_case(word)).ok_or(UnknownTier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_as_the_service_writes_them() {
        for (plan, tier) in [
            ("pro", Some(AccountTier::Pro)),
            ("Creator (yearly)", Some(AccountTier::Creator)),
            ("plan_business_2026", Some(AccountTier::Business)),
            ("professional", None),
            ("", None),
        ] {
            assert_eq!(AccountTier::from_plan(plan), tier, "{plan}");
        }
    }

    #[test]
    fn every_word_reads_back() {
        for tier in AccountTier::ALL {
            assert_eq!(tier.to_string().parse(), Ok(tier));
        }
        assert_eq!("gold".parse::<AccountTier>(), Err(UnknownTier));
    }
}
