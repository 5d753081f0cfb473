//! Where the service is and what opens it: arguments, the process environment, `.env`.
//!
//! Read once by each command. The process environment wins over `.env`, an argument over both. A `.env` may
//! come with somebody else's repository: it may set the service's URL only together with its secret, so that it
//! cannot send a secret of this machine elsewhere.

mod dot_env;
mod service_url;

use std::path::Path;

pub use dot_env::{DotEnv, DotEnvError};
pub use service_url::{DEFAULT_URL, ServiceUrl, ServiceUrlError};

use crate::secret::{Redactor, Secret, withheld};

/// The names of the secret, the first one preferred.
const SECRET_NAMES: [&str; 2] = ["BITHUMAN_API_SECRET", "BITHUMAN_API_KEY"];
/// The names of the base URL, the first one preferred.
const URL_NAMES: [&str; 2] = ["BITHUMAN_API_URL", "BITHUMAN_API_BASE"];

/// What the account is called in the lock of agents, where its `user_id` is not to be known or changes.
const ACCOUNT_NAME: &str = "RUNSHEET_ACCOUNT";

/// The names of proxies, whose URLs may hold a password; each is also known in lower case.
const PROXY_NAMES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The service to use, its secret if there is one, and the values of `.env`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the service is.
    pub service_url: ServiceUrl,
    /// The values of the project's `.env`.
    pub dot_env: DotEnv,
    secret: Option<Secret>,
    secret_origin: Option<String>,
    account: Option<String>,
    redactor: Redactor,
}

/// Settings that cannot be used: exit code 3. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The `.env` file cannot be read.
    #[error(transparent)]
    DotEnv(#[from] DotEnvError),
    /// The base URL cannot be used.
    #[error("{origin} {error}")]
    Url {
        /// Where it was set.
        origin: String,
        /// What is wrong with it.
        error: ServiceUrlError,
    },
    /// `.env` sets the URL and something else the secret.
    #[error(
        "{origin} is set in `.env`, the secret is not\n  = hint: put both in `.env`, or give the URL by `--api-url` or in the environment"
    )]
    UrlWithoutSecret {
        /// Where the URL was set.
        origin: String,
    },
    /// No secret anywhere.
    #[error(
        "no API secret is set\n  = hint: put `BITHUMAN_API_SECRET=…` in the environment or in `{dot_env}`; `--sandbox` needs none"
    )]
    NoSecret {
        /// The file it could be in.
        dot_env: String,
    },
    /// A secret that could not be hidden in a text.
    #[error("{origin} {problem}, so it cannot be the service's secret")]
    SecretUnfit {
        /// Where it was set.
        origin: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A secret that cannot travel in a header.
    #[error("{origin} holds a character that no secret of the service has, such as a space or a line break")]
    SecretUnusable {
        /// Where it was set.
        origin: String,
    },
}

/// A value and where it was found.
struct Found {
    value: String,
    origin: String,
    in_dot_env: bool,
}

impl Settings {
    /// Reads the settings of a project: `api_url` is the argument, `env` the process environment.
    pub fn load(
        project_folder: &Path,
        api_url: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let dot_env = DotEnv::load(&project_folder.join(".env"))?;
        let redactor = redactor(env, &dot_env);
        withheld::add(&redactor);
        let secret = find(&SECRET_NAMES, env, &dot_env);
        let argument =
            api_url.map(|url| Found { value: url.to_owned(), origin: "`--api-url`".to_owned(), in_dot_env: false });
        let url = argument.or_else(|| find(&URL_NAMES, env, &dot_env));
        if let Some(url) = url.as_ref().filter(|url| url.in_dot_env)
            && !secret.as_ref().is_some_and(|secret| secret.in_dot_env)
        {
            return Err(SettingsError::UrlWithoutSecret { origin: url.origin.clone() });
        }
        let (text, origin) = url.map_or((DEFAULT_URL.to_owned(), String::new()), |url| (url.value, url.origin));
        let service_url = ServiceUrl::parse(&text).map_err(|error| SettingsError::Url { origin, error })?;
        let secret_origin = secret.as_ref().map(|secret| secret.origin.clone());
        let secret = secret.map(usable_secret).transpose()?;
        let account = find(&[ACCOUNT_NAME], env, &dot_env).map(|found| found.value);
        Ok(Self { service_url, dot_env, secret, secret_origin, account, redactor })
    }

    /// Where the service's secret was found: a name of the environment, or a name and its line of `.env`.
    pub fn secret_origin(&self) -> Option<&str> {
        self.secret_origin.as_deref()
    }

    /// What the account is called in the lock of agents, if it has a name.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The service's secret; without one, the error tells where to put it.
    pub fn service_secret(&self) -> Result<&Secret, SettingsError> {
        let missing = || SettingsError::NoSecret { dot_env: self.dot_env.path.display().to_string() };
        self.secret.as_ref().ok_or_else(missing)
    }

    /// A filter that knows the service's secret, every value of `.env` but the URL, and the passwords of proxies.
    pub fn redactor(&self) -> Redactor {
        self.redactor.clone()
    }
}

/// What these settings must never show, also of names that another one outweighs.
fn redactor(env: &dyn Fn(&str) -> Option<String>, dot_env: &DotEnv) -> Redactor {
    let mut redactor = Redactor::default();
    let in_file = SECRET_NAMES.iter().filter_map(|name| dot_env.get(name)).map(|value| value.expose().to_owned());
    for secret in SECRET_NAMES.iter().filter_map(|name| env(name)).chain(in_file) {
        redactor.add("api-secret", secret.trim());
    }
    for (name, value) in dot_env.iter().filter(|(name, _)| !URL_NAMES.contains(name) && *name != ACCOUNT_NAME) {
        redactor.add(name, value.expose());
    }
    for name in PROXY_NAMES {
        let urls = [env(name), env(&name.to_lowercase())].into_iter().flatten();
        for password in urls.filter_map(|url| service_url::password(&url)) {
            redactor.add(name, &password);
        }
    }
    redactor
}

/// The first of the names that is set and not empty, in the environment, then in `.env`.
fn find(names: &[&str], env: &dyn Fn(&str) -> Option<String>, dot_env: &DotEnv) -> Option<Found> {
    let in_environment = names.iter().find_map(|name| {
        let value = env(name).filter(|value| !value.trim().is_empty())?;
        Some(Found { value: value.trim().to_owned(), origin: format!("`{name}`"), in_dot_env: false })
    });
    in_environment.or_else(|| {
        names.iter().find_map(|name| {
            let value = dot_env.get(name)?.expose().trim();
            let origin = format!("`{name}` ({}:{})", dot_env.path.display(), dot_env.line(name).unwrap_or(0));
            (!value.is_empty()).then(|| Found { value: value.to_owned(), origin, in_dot_env: true })
        })
    })
}

fn usable_secret(found: Found) -> Result<Secret, SettingsError> {
    let secret = Secret::new(found.value.as_str());
    if let Some(problem) = secret.unfit() {
        return Err(SettingsError::SecretUnfit { origin: found.origin, problem });
    }
    if !found.value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(SettingsError::SecretUnusable { origin: found.origin });
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(dot_env: &str, api_url: Option<&str>, set: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(".env"), dot_env).expect("a file");
        let env = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::load(folder.path(), api_url, &env)
    }

    fn secret(settings: &Settings) -> &str {
        settings.service_secret().expect("a secret").expose()
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_name_over_its_alias() {
        let file = "BITHUMAN_API_SECRET=from-the-file\n";
        assert_eq!(secret(&load(file, None, &[]).expect("settings")), "from-the-file");
        let settings = load(file, None, &[("BITHUMAN_API_KEY", "from-the-alias")]).expect("settings");
        assert_eq!(secret(&settings), "from-the-alias");
        let both = [("BITHUMAN_API_KEY", "from-the-alias"), ("BITHUMAN_API_SECRET", "from-the-name")];
        assert_eq!(secret(&load(file, None, &both).expect("settings")), "from-the-name");
        let empty = [("BITHUMAN_API_SECRET", "")];
        assert_eq!(secret(&load(file, None, &empty).expect("settings")), "from-the-file");
    }

    #[test]
    fn a_file_cannot_send_a_secret_of_this_machine_elsewhere() {
        let file = "BITHUMAN_API_URL=https://evil.example\n";
        let set = [("BITHUMAN_API_SECRET", "canary-canary")];
        assert!(matches!(load(file, None, &set), Err(SettingsError::UrlWithoutSecret { .. })));
        let both = format!("{file}BITHUMAN_API_SECRET=its-own-secret\n");
        assert!(matches!(load(&both, None, &set), Err(SettingsError::UrlWithoutSecret { .. })));
        assert_eq!(load(&both, None, &[]).expect("settings").service_url.host(), "evil.example");
        let named = load(file, Some("https://api.example"), &set).expect("settings");
        assert_eq!(named.service_url.host(), "api.example");
    }

    #[test]
    fn the_url_comes_from_the_argument_then_the_environment_then_the_default() {
        let set = [("BITHUMAN_API_BASE", "http://127.0.0.1:9")];
        assert_eq!(load("", None, &set).expect("settings").service_url.to_string(), "http://127.0.0.1:9");
        let argued = load("", Some("https://a.example"), &set).expect("settings");
        assert_eq!(argued.service_url.to_string(), "https://a.example");
        assert_eq!(load("", None, &[]).expect("settings").service_url.to_string(), DEFAULT_URL);
        let refused = load("", Some("http://a.example"), &set).expect_err("plain");
        assert!(refused.to_string().starts_with("`--api-url` is plain `http`"), "{refused}");
    }

    #[test]
    fn a_missing_short_or_broken_secret_is_told_without_its_value() {
        let missing = load("", None, &[]).expect("settings").service_secret().expect_err("none").to_string();
        assert!(missing.contains("BITHUMAN_API_SECRET") && missing.contains(".env"), "{missing}");
        for value in ["canary", "canary canary", "canary-ü-canary"] {
            let error = load("", None, &[("BITHUMAN_API_SECRET", value)]).expect_err(value);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_redactor_hides_every_value_of_the_file_but_the_url() {
        let file =
            "BITHUMAN_API_SECRET=canary-canary\nBITHUMAN_API_URL=https://api.example\nCRM=crm-secret-1\nN=short\n";
        let settings = load(file, None, &[]).expect("settings");
        let text = settings.redactor().text("canary-canary crm-secret-1 https://api.example short").into_owned();
        assert_eq!(text, "[api-secret] [CRM] https://api.example short");
        assert!(!format!("{settings:?}").contains("canary"));
    }
}
