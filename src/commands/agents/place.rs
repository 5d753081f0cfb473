//! Where: the project, its account, its runs. Every command of agents begins here.

use std::path::PathBuf;

use crate::bithuman::AccountTier;
use crate::commands::opening::Refusal;
use crate::daemon::declarations::{self, Agents};
use crate::daemon::provisioning;
use crate::daemon::runs::Runs;
use crate::daemon::service::{self, Connected};
use crate::data::project::Project;
use crate::provision::outline::Outline;

/// Where the service and the runs are.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL", global = true)]
    api_url: Option<String>,
    /// The account's rate class: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER", global = true)]
    tier: Option<AccountTier>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER", global = true)]
    state: Option<PathBuf>,
}

/// A project with its account.
pub struct Place {
    /// What the project declares.
    pub declared: Agents,
    /// The account.
    pub connected: Connected,
    /// Its runs.
    pub runs: Runs,
}

impl Place {
    /// Reads what the project around the current folder declares, and connects to its account.
    pub async fn open(arguments: &Where) -> Result<Self, Refusal> {
        let current =
            std::env::current_dir().map_err(|error| Refusal::new(2, format!("no current folder: {error}")))?;
        let project = Project::find(None, &current);
        let declared = declarations::declared(&project)?;
        let connected = service::connect(&project, arguments.api_url.as_deref(), arguments.tier).await?;
        let runs = Runs::open(project.folder(), arguments.state.as_deref())?;
        Ok(Self { declared, connected, runs })
    }

    /// What is declared beside what the account has.
    pub async fn outline(&self) -> Result<Outline, Refusal> {
        Ok(self.runs.outline(&self.declared, &self.connected, true).await?)
    }

    /// Where the commands go, in a line.
    pub fn words(&self) -> String {
        let service = &self.connected.service;
        let kind = if service.sandbox { "SANDBOX" } else { "LIVE" };
        format!("{kind} {}, account {}", service.url, provisioning::account(&self.connected).key)
    }
}

/// What to say of a name that is not declared.
pub fn not_declared(name: &str, declared: &Agents) -> Refusal {
    let name = crate::text::clean(name);
    let refusal = Refusal::new(2, format!("no agent is declared as `{name}`"));
    match crate::diagnostic::nearest(&name, declared.keys().map(String::as_str)) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal.hint("`runsheet agents list` lists them"),
    }
}
