//! The account as the lock knows it: the same after its secret was changed, and nothing that a reader could use.

use std::fmt;

use crate::engine::event::Service;
use crate::provision::lock::Lock;
use crate::sha256;

/// Keeps the hash from being looked up in tables made for other products.
const SALT: &str = "runsheet/lock-account/1\0";
/// How many characters of the hash are kept.
const LENGTH: usize = 12;
/// How the account begins that the client makes of a secret, where the service names none.
const OF_SECRET: &str = "secret-";

/// An account in the lock: a hash of the service's `user_id`, or the name that the settings give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(String);

/// The account that the settings lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its key.
    pub key: AccountKey,
    /// The key that it had before it was given a name.
    unnamed: AccountKey,
    /// Whether it changes with the secret.
    pub is_of_secret: bool,
}

impl Account {
    /// The account of a service, by its name if it has one. A name is one of the live service: on a sandbox, or at
    /// another address, it is another account.
    pub fn of(service: &Service, named: Option<&str>, default_url: &str) -> Self {
        let unnamed = AccountKey::hashed(&service.account);
        let place = match service.url.as_str() {
            _ if service.sandbox => Some("sandbox"),
            url if url.trim_end_matches('/') == default_url.trim_end_matches('/') => None,
            url => Some(url.split("//").last().unwrap_or_default()),
        };
        let key = named.map(|name| match place {
            Some(place) => AccountKey::named(&format!("{name}.{}", place.replace([':', '/'], "-"))),
            None => AccountKey::named(name),
        });
        let is_of_secret = key.is_none() && service.account.starts_with(OF_SECRET);
        Self { key: key.unwrap_or_else(|| unnamed.clone()), unnamed, is_of_secret }
    }

    /// Gives the account what the lock has of it from before it had a name.
    pub fn claim(&self, lock: &mut Lock) {
        if self.key != self.unnamed {
            lock.rename(&self.unnamed, &self.key);
        }
    }
}

impl AccountKey {
    fn hashed(text: &str) -> Self {
        Self(sha256::hex(format!("{SALT}{text}"))[..LENGTH].to_owned())
    }

    fn named(name: &str) -> Self {
        Self::from_text(name).unwrap_or_else(|| Self::hashed(name))
    }

    /// A key as the lock has it; none if it could not be one.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = !text.is_empty() && text.len() <= 80 && text.chars().all(is_good);
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

    const LIVE: &str = "https://api.example";

    fn account(user: &str, named: Option<&str>, sandbox: bool, url: &str) -> Account {
        let service = Service { key: String::new(), url: url.to_owned(), account: user.to_owned(), sandbox };
        Account::of(&service, named, LIVE)
    }

    #[test]
    fn an_account_is_known_by_its_name_or_by_a_hash_that_does_not_show_it() {
        let plain = account("user-canary", None, false, LIVE);
        assert_eq!(plain, account("user-canary", None, false, LIVE));
        assert_ne!(plain.key, account("user-canarz", None, false, LIVE).key);
        assert!(plain.key.as_str().len() == LENGTH && !plain.key.as_str().contains("canary"));
        assert_eq!(account("user-canary", Some("studio"), false, LIVE).key.as_str(), "studio");
        assert_eq!(AccountKey::from_text("a b"), None);
    }

    #[test]
    fn a_name_is_another_account_on_a_sandbox_and_at_another_address() {
        assert_eq!(account("u", Some("studio"), true, "http://127.0.0.1:1").key.as_str(), "studio.sandbox");
        let other = account("u", Some("studio"), false, "https://other.example:8443/api");
        assert_eq!(other.key.as_str(), "studio.other.example-8443-api");
    }

    #[test]
    fn an_account_that_is_known_by_its_secret_alone_says_so() {
        assert!(account("secret-0a0a", None, false, LIVE).is_of_secret);
        assert!(!account("secret-0a0a", Some("studio"), false, LIVE).is_of_secret);
        assert!(!account("user-1", None, false, LIVE).is_of_secret);
    }
}
