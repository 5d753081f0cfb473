//! The key, the service it opens, and the clocks of both ends.

use std::time::{Duration, Instant};

use super::checklist::{Checklist, Finding};
use crate::bithuman::{AccountTier, Client, RateLimits, ServiceIdentity};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::data::project::Project;
use crate::duration::Millis;
use crate::engine::event::Service;
use crate::outcome::{ErrorClass, Failure};
use crate::provision::account::Account;
use crate::settings::{DEFAULT_URL, Settings, SettingsError};
use crate::text::{clean, grouped};

/// More than this between the clocks is worth a word: cues and schedules are told by this machine's.
const LARGEST_SKEW: Millis = Millis::from_secs(5);

/// A service that answered.
pub struct Reached {
    /// The client.
    pub client: Client,
    /// The service as a run would know it.
    pub service: Service,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
    /// The account as the lock of agents knows it.
    pub account: Account,
}

/// Looks at the settings and asks the service who we are.
pub async fn check(project: &Project, api_url: Option<&str>, checklist: &mut Checklist) -> Option<Reached> {
    let settings = match Settings::load(project.folder(), api_url, &|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            checklist.add(unusable("settings", &error));
            return None;
        }
    };
    let secret = match settings.service_secret() {
        Ok(secret) => secret.clone(),
        Err(error) => {
            checklist.add(unusable("key", &error));
            return None;
        }
    };
    checklist.add(Finding::good("key", format!("set by {}", settings.secret_origin().unwrap_or_default())));
    let asked = Instant::now();
    let answered = match Client::new(settings.service_url.clone(), secret, RateLimits::new()) {
        Ok(client) => client.identify().await.map(|identity| (client, identity)),
        Err(failure) => Err(failure),
    };
    match answered {
        Ok((client, identity)) => {
            service(&settings, &identity, asked.elapsed(), checklist);
            let service = Service {
                key: identity.key.to_string(),
                url: identity.key.base_url.clone(),
                account: identity.key.account.clone(),
                sandbox: identity.is_sandbox,
            };
            let account = Account::of(&service, settings.account(), DEFAULT_URL);
            Some(Reached { client, service, balance: identity.credit_balance, account })
        }
        Err(failure) => {
            checklist.add(refused(&failure, &settings));
            None
        }
    }
}

fn service(settings: &Settings, identity: &ServiceIdentity, took: Duration, checklist: &mut Checklist) {
    let sandbox = if identity.is_sandbox { " · SANDBOX" } else { "" };
    let url = &settings.service_url;
    checklist.add(Finding::good("service", format!("{url} answers in {} ms{sandbox}", took.as_millis())));
    let account = clean(&identity.key.account);
    let tier = identity.plan.as_deref().and_then(AccountTier::from_plan);
    checklist.add(match (tier, &identity.plan) {
        (Some(tier), _) => {
            let writes = tier.limits().write;
            Finding::good("account", format!("{account} · {tier}: {writes} lines a minute"))
        }
        (None, Some(plan)) => Finding::good("account", format!("{account} · plan `{}`", clean(plan)))
            .hint("name its rate class with `--tier` when a run waits or is told to wait"),
        (None, None) => Finding::good("account", account),
    });
    if let Some(balance) = identity.credit_balance {
        let mark = if balance > 0.0 { Finding::good } else { Finding::care };
        checklist.add(mark("balance", format!("{} credits", grouped(balance.max(0.0) as u64))));
    }
    if let Some(date) = identity.server_date {
        checklist.add(clock(date, SystemClock.now()));
    }
}

/// Compares the clocks. The service tells whole seconds, so that much is no difference.
fn clock(service: Timestamp, here: Timestamp) -> Finding {
    let (ahead, behind) = (here.since(service), service.since(here));
    let (skew, word) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    if skew <= LARGEST_SKEW {
        return Finding::good("clock", "agrees with the service's");
    }
    Finding::care("clock", format!("this machine is {skew} {word} the service"))
        .hint("let the system set its clock: cues of the wall clock and schedules are told by it")
}

fn refused(failure: &Failure, settings: &Settings) -> Finding {
    let (url, message) = (&settings.service_url, clean(&failure.message));
    match failure.class {
        ErrorClass::Unauthorized => Finding::bad("service", 3, format!("{url} refuses the key: {message}"))
            .hint("compare the key with the one of the account; it is shown nowhere here"),
        ErrorClass::OutOfCredits => Finding::bad("service", 4, format!("{url}: {message}")),
        _ => Finding::bad("service", 4, format!("{url} gives no usable answer: {message}"))
            .hint("look at the network and at the URL: `--api-url`, `BITHUMAN_API_URL`"),
    }
}

/// An error of the settings holds its hint on a line of its own.
fn unusable(subject: &'static str, error: &SettingsError) -> Finding {
    let text = error.to_string();
    match text.split_once("\n  = hint: ") {
        Some((words, hint)) => Finding::bad(subject, 3, words).hint(hint),
        None => Finding::bad(subject, 3, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_differ_by_more_than_five_seconds_are_told() {
        let service = Timestamp(1_795_425_240_000);
        let at = |seconds: i64| clock(service, Timestamp(service.0 + seconds * 1000));
        assert_eq!(at(0), Finding::good("clock", "agrees with the service's"));
        assert_eq!((at(5), at(-5)), (at(0), at(0)));
        let said = |finding: Finding| format!("{finding:?}");
        assert!(said(at(6)).contains("6.0s ahead of the service"), "{:?}", at(6));
        assert!(said(at(-90)).contains("1m30s behind the service"), "{:?}", at(-90));
    }

    #[test]
    fn the_class_of_a_failure_decides_the_exit_code() {
        let settings = Settings::load(std::path::Path::new("/nowhere"), None, &|_| None).unwrap();
        let code = |class| {
            let mut checklist = Checklist::default();
            checklist.add(refused(&Failure::new(class, "x", "no"), &settings));
            checklist.code()
        };
        assert_eq!((code(ErrorClass::Unauthorized), code(ErrorClass::Unsent), code(ErrorClass::Unknown)), (3, 4, 4));
    }
}
