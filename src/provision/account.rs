//! The account as the lock knows it: the same after its secret was changed, and nothing that a reader could use.

use std::fmt;

use crate::sha256;

/// Keeps the hash from being looked up in tables made for other products.
const SALT: &str = "runsheet/lock-account/1\0";
/// How many characters of the hash are kept.
const LENGTH: usize = 12;

/// An account in the lock: a hash of the service's `user_id`, or the name that the settings give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(String);

impl AccountKey {
    /// The key of an account, by its name if it has one, else by its `user_id`.
    pub fn of(user_id: &str, named: Option<&str>) -> Self {
        let hashed = |text: &str| Self(sha256::hex(format!("{SALT}{text}"))[..LENGTH].to_owned());
        match named {
            Some(named) => Self::from_text(named).unwrap_or_else(|| hashed(named)),
            None => hashed(user_id),
        }
    }

    /// A key as the lock has it; none if it could not be one.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = !text.is_empty() && text.len() <= 40 && text.chars().all(is_good);
        fits.then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_by_its_name_or_by_a_hash_that_does_not_show_it() {
        let key = AccountKey::of("user-canary", None);
        assert_eq!(key, AccountKey::of("user-canary", None));
        assert_ne!(key, AccountKey::of("user-canarz", None));
        assert!(key.as_str().len() == LENGTH && !key.as_str().contains("canary"));
        assert_eq!(AccountKey::of("user-canary", Some("studio")).as_str(), "studio");
        assert_eq!(AccountKey::from_text(key.as_str()), Some(key));
        assert_eq!(AccountKey::from_text("a b"), None);
    }
}
