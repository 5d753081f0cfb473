//! Which service and which account: the key under which purchases and runs are kept.
//!
//! A run begun on one account cannot go on with another, and what one bought the other does not own.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::client::{Client, Request};
use crate::clock::Timestamp;
use crate::outcome::{ErrorClass, Failure};
use crate::secret::Secret;

/// Keeps the hash of a secret from being looked up in tables made for other products.
const SALT: &[u8] = b"runsheet/service-account/1\0";

/// A service and an account on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceKey {
    /// The base URL.
    pub base_url: String,
    /// The account's `user_id`, else a salted hash of its secret.
    pub account: String,
}

/// What the service tells about itself and the account.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceIdentity {
    /// The key under which purchases and runs are kept.
    pub key: ServiceKey,
    /// The account's plan, in the service's words.
    pub plan: Option<String>,
    /// Credits left, where the service says it.
    pub credit_balance: Option<f64>,
    /// Whether it is the sandbox.
    pub is_sandbox: bool,
    /// The service's clock as it answered, to the second.
    pub server_date: Option<Timestamp>,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", self.base_url, self.account)
    }
}

impl ServiceKey {
    /// The account that a secret stands for where the service does not name it.
    pub fn account_of(secret: &Secret) -> String {
        let hash = Sha256::new().chain_update(SALT).chain_update(secret.expose()).finalize();
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("secret-{hex}")
    }
}

impl Client {
    /// Asks the service who we are to it; one without `/v1/me` is asked whether the secret is good.
    pub async fn identify(&self) -> Result<ServiceIdentity, Failure> {
        match self.me_with_answer().await {
            Ok((account, answer)) => Ok(ServiceIdentity {
                key: self.key(account.user_id),
                plan: account.plan_code.or(account.plan),
                credit_balance: account.credit_balance,
                is_sandbox: self.is_sandbox(),
                server_date: answer.headers.date,
            }),
            Err(failure) if failure.status == Some(404) => self.identify_by_secret().await,
            Err(failure) => Err(failure),
        }
    }

    async fn identify_by_secret(&self) -> Result<ServiceIdentity, Failure> {
        let answer = self.call(Request::post(&["v1", "validate"])).await?;
        if !answer.read("`valid`", |body| body.data().flag("valid"))? {
            let message = "the service does not accept the secret in `BITHUMAN_API_SECRET`";
            return Err(Failure::new(ErrorClass::Unauthorized, "invalid_secret", message));
        }
        Ok(ServiceIdentity {
            key: self.key(ServiceKey::account_of(self.secret())),
            plan: None,
            credit_balance: None,
            is_sandbox: self.is_sandbox(),
            server_date: answer.headers.date,
        })
    }

    fn key(&self, account: String) -> ServiceKey {
        ServiceKey { base_url: self.service_url().to_string(), account }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_secret_is_stable_and_does_not_show_it() {
        let account = ServiceKey::account_of(&Secret::new("canary-canary"));
        assert_eq!(account, ServiceKey::account_of(&Secret::new("canary-canary")));
        assert_ne!(account, ServiceKey::account_of(&Secret::new("canary-canarz")));
        assert!(account.starts_with("secret-") && account.len() == 39 && !account.contains("canary"), "{account}");
    }
}
