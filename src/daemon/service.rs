//! Where a run goes: the service of the settings, one that is connected already, or a sandbox of its own.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::bithuman::{AccountTier, Client, RateLimits, ServiceIdentity};
use crate::daemon::refused::{Refused, Why};
use crate::data::project::Project;
use crate::engine::event::Service;
use crate::ids::RunId;
use crate::outcome::{ErrorClass, Failure};
use crate::plan::model::{Node, Plan, Work};
use crate::purchases::price::Prices;
use crate::secret::{Redactor, Secret};
use crate::settings::{ServiceUrl, Settings};

/// The key that stands for the sandboxes that runs have of their own.
pub const OWN_SANDBOX: &str = "sandbox";
/// The secret of a sandbox that takes any.
const ANY_SECRET: &str = "sandbox-secret";
/// How often a creation on a stage is looked at, when the file does not say.
const POLL: &str = "500ms";

/// A service that answered, and the account on it. Clones share its rate limits.
#[derive(Clone)]
pub struct Connected {
    /// The client.
    pub client: Client,
    /// The service as a run will know it.
    pub service: Service,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
    /// What must not be seen.
    pub redactor: Redactor,
    /// The project's settings.
    pub settings: Settings,
}

/// Where a run goes.
#[derive(Clone)]
pub enum Reach {
    /// The service of the project's settings.
    Service {
        /// Where it is, if not where the settings say.
        api_url: Option<String>,
        /// The account's rate class, if it is known better than the service tells it.
        tier: Option<AccountTier>,
    },
    /// A service that is connected already.
    Connected(Box<Connected>),
    /// A sandbox of the run's own.
    Rehearsal(Rehearse),
}

/// Builds the stage of a rehearsal. Whoever knows the sandbox hands one in; the daemon does not.
pub type Rehearse = Arc<dyn Fn(&StageWish<'_>) -> Coming<Result<Stage, Refused>> + Send + Sync>;

/// What comes later.
pub type Coming<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a stage is built for.
pub struct StageWish<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The folder for what the stage keeps.
    pub folder: PathBuf,
    /// Divides its waits.
    pub speed: f64,
    /// What will be played.
    pub plan: &'a Plan,
}

/// A sandbox beside one run.
pub struct Stage {
    /// Where it answers.
    pub url: String,
    /// Ends it; dropping it does too, without the last half second of grace.
    pub end: Box<dyn FnOnce() -> Coming<()> + Send + Sync>,
}

impl Reach {
    /// Connects to a service, so that one which does not answer leaves nothing behind. A stage is built with its run.
    pub async fn connect(self, project: &Project) -> Result<Self, Refused> {
        match self {
            Self::Service { api_url, tier } => {
                Ok(Self::Connected(Box::new(connect(project, api_url.as_deref(), tier).await?)))
            }
            other => Ok(other),
        }
    }

    /// The connection of a run, and its stage.
    pub(crate) async fn reach(
        self,
        project: &Project,
        wish: &StageWish<'_>,
    ) -> Result<(Connected, Option<Stage>), Refused> {
        match self {
            Self::Service { api_url, tier } => Ok((connect(project, api_url.as_deref(), tier).await?, None)),
            Self::Connected(connected) => Ok((*connected, None)),
            Self::Rehearsal(rehearse) => {
                let stage = rehearse(wish).await?;
                Ok((on_stage(project, wish.run, &stage.url)?, Some(stage)))
            }
        }
    }

    /// The credits left on a service that is connected, as it says now.
    pub async fn balance(&self) -> Option<f64> {
        match self {
            Self::Connected(connected) => connected.client.identify().await.ok()?.credit_balance,
            Self::Service { .. } | Self::Rehearsal(_) => None,
        }
    }

    /// The same as the account stands now, where a plan may buy: it may have less than when it was connected.
    pub async fn again_for(self, plan: &Plan) -> Result<Self, Refused> {
        match self {
            Self::Connected(connected) if crate::executors::purchasing::buys(plan) => {
                Ok(Self::Connected(Box::new(connected.again().await?)))
            }
            other => Ok(other),
        }
    }

    /// Tells whether it is known to be a sandbox, where nobody is asked before something is bought.
    pub fn is_sandbox(&self) -> bool {
        match self {
            Self::Connected(connected) => connected.service.sandbox,
            Self::Rehearsal(_) => true,
            Self::Service { .. } => false,
        }
    }

    /// Tells whether it is a sandbox of the run's own.
    pub fn is_rehearsal(&self) -> bool {
        matches!(self, Self::Rehearsal(_))
    }
}

impl Connected {
    /// Asks the service again who we are, and what is left. The connection and its rate limits stay.
    pub async fn again(&self) -> Result<Self, Refused> {
        let identity = self.client.identify().await.map_err(|failure| refused(&failure, &self.settings))?;
        let now = Self { service: service(&identity), balance: identity.credit_balance, ..self.clone() };
        match now.service.key == self.service.key {
            true => Ok(now),
            false => Err(Refused::new(Why::Settings, format!("the account is another one: {}", now.service.key))),
        }
    }
}

fn service(identity: &ServiceIdentity) -> Service {
    Service {
        key: identity.key.to_string(),
        url: identity.key.base_url.clone(),
        account: identity.key.account.clone(),
        sandbox: identity.is_sandbox,
    }
}

/// Whether a run's service is the one that is meant; on a sandbox of the runs' own each has another.
pub fn is_of(own: &str, service: &str) -> bool {
    service == own || (own == OWN_SANDBOX && service.strip_prefix(OWN_SANDBOX).is_some_and(|run| run.starts_with(':')))
}

/// Connects to the service of the settings, and asks it who we are.
pub async fn connect(
    project: &Project,
    api_url: Option<&str>,
    tier: Option<AccountTier>,
) -> Result<Connected, Refused> {
    let settings = Settings::load(project.folder(), api_url, &|name| std::env::var(name).ok())?;
    let secret = settings.service_secret()?.clone();
    let limits = RateLimits::new();
    if let Some(tier) = tier {
        limits.preset(tier);
    }
    let redactor = settings.redactor();
    let client =
        Client::new(settings.service_url.clone(), secret, limits).map_err(|failure| refused(&failure, &settings))?;
    let identity = client.identify().await.map_err(|failure| refused(&failure, &settings))?;
    let service = service(&identity);
    Ok(Connected { client, service, balance: identity.credit_balance, redactor, settings })
}

fn on_stage(project: &Project, run: &RunId, url: &str) -> Result<Connected, Refused> {
    let failed =
        |error: &dyn std::fmt::Display| Refused::new(Why::Service, format!("the sandbox cannot be started: {error}"));
    let service_url = ServiceUrl::parse(url).map_err(|error| failed(&error))?;
    let client =
        Client::new(service_url, Secret::new(ANY_SECRET), RateLimits::new()).map_err(|error| failed(&error))?;
    // A rehearsal needs no secret of the service, but a file may need its own.
    let settings = Settings::load(project.folder(), Some(url), &|name| std::env::var(name).ok())?;
    let service = Service {
        key: format!("{OWN_SANDBOX}:{run}"),
        url: OWN_SANDBOX.to_owned(),
        account: OWN_SANDBOX.to_owned(),
        sandbox: true,
    };
    let redactor = settings.redactor();
    Ok(Connected { client, service, balance: None, redactor, settings })
}

/// What to say when the service does not let us begin.
fn refused(failure: &Failure, settings: &Settings) -> Refused {
    let host = settings.service_url.host();
    match failure.class {
        ErrorClass::Unauthorized => {
            Refused::new(Why::Settings, format!("{host} refuses the API secret: {}", failure.message))
                .hint("`runsheet doctor` tells which secret is used and where it comes from")
        }
        ErrorClass::OutOfCredits => Refused::new(Why::Service, format!("{host}: {}", failure.message)),
        _ => Refused::new(Why::Service, format!("{host} cannot be reached: {}", failure.message))
            .hint("nothing was sent; `--sandbox` rehearses on this machine"),
    }
}

/// What agents cost on a service: its own list where it has one.
pub async fn prices(client: &Client, plan: &Plan) -> Prices {
    match crate::executors::purchasing::buys(plan) {
        true => price_list(client).await,
        false => Prices::default(),
    }
}

/// The service's own price list, else what is published.
pub async fn price_list(client: &Client) -> Prices {
    let prices = Prices::default();
    match client.pricing().await {
        Ok(list) => prices
            .updated(list.by_model.iter().map(|(model, credits)| (model.clone(), credits.ceil() as u64)).collect()),
        Err(_) => prices,
    }
}

/// Looks at creations as often as they deserve that take two seconds.
pub(crate) fn look_often(nodes: &mut [Node]) {
    look(nodes, POLL);
}

/// Looks at creations this often, where the file does not say how often.
pub(crate) fn look(nodes: &mut [Node], poll: &str) {
    for node in nodes {
        match &mut node.work {
            Work::Exchange(exchanged) if exchanged.action == "wait_ready" => {
                exchanged.fields.entry("poll").or_insert_with(|| poll.into());
            }
            Work::Loop(inner) => look(&mut inner.body, poll),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Tier;

    #[tokio::test]
    async fn runs_on_one_connection_share_its_rate_limits() {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Project::at(folder.path());
        let run = RunId::from_random(7, 4);
        let connected = on_stage(&project, &run, "http://127.0.0.1:9").expect("a connection");
        let reach = Reach::Connected(Box::new(connected.clone()));
        let wish = StageWish { run: &run, folder: folder.path().to_owned(), speed: 1.0, plan: &Plan::default() };
        let (first, _) = reach.clone().reach(&project, &wish).await.expect("a run's connection");
        let (second, _) = reach.reach(&project, &wish).await.expect("another run's connection");
        first.client.rate_limits().preset(AccountTier::Pro);
        assert_eq!(second.client.rate_limits().limit(Tier::Write), Some(180));
    }
}
