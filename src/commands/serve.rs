//! `runsheet serve`: the API and the page, for as long as nobody ends it.

mod life;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::actions::http::web::Addresses;
use crate::commands::opening::Refusal;
use crate::commands::run::rehearse;
use crate::daemon::definitions::Definitions;
use crate::daemon::runs::Runs;
use crate::daemon::service::{self, Connected, OWN_SANDBOX, Reach};
use crate::daemon::steer::Reaches;
use crate::data::project::Project;
use crate::duration::Millis;
use crate::settings::ServiceUrl;
use crate::text::grouped;
use crate::web::{Balance, Parts, Place};
use life::{Wishes, live};

/// Serve the page and the HTTP API: workflows, runs as they happen, and what steers them
///
/// Workflows with a `schedule` start when they are due, each time once. Saved files are read and checked anew; none is
/// run because it was saved. On this machine alone nobody needs a token; on any other address, and with `--allow-host`,
/// everybody does. SIGTERM and Ctrl-C drain: nothing new goes out, what is in flight ends, and runs that were under way
/// go on with the next `serve`, or by `runsheet resume`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet serve --sandbox\n  runsheet serve shows/launch --listen 127.0.0.1:9000\n  \
                       runsheet token create && runsheet serve --listen 0.0.0.0:8420\n  \
                       runsheet serve --public-url https://runsheet.example.com"
)]
pub struct Arguments {
    /// The project's folder; else the one around the current folder
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Rehearse every run on an emulator of the service in this process: nothing leaves this machine
    #[arg(long)]
    sandbox: bool,
    /// At the start, go on with runs that a `serve` began, that no person stopped, and that did something within this
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = length)]
    resume_within: Millis,
    /// Answer to this host as well, as a proxy hands it on; may be repeated
    #[arg(long = "allow-host", value_name = "HOST")]
    allow_hosts: Vec<String>,
    /// Where the service reaches this server, behind a proxy or not: it then tells when an agent is ready, and whoever
    /// waits for it goes on at once. Implies `--allow-host`
    #[arg(long, value_name = "URL", value_parser = ServiceUrl::parse, conflicts_with = "sandbox")]
    public_url: Option<ServiceUrl>,
    /// Let `http` steps reach this machine and private networks
    #[arg(long)]
    allow_private_http: bool,
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    api_url: Option<String>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Runs until Ctrl-C or a request to end. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let parts = match prepare(&arguments).await {
        Ok(parts) => parts,
        Err(refusal) => return Ok(refusal.tell()),
    };
    if parts.needs_token() && parts.runs.access().tokens().await?.iter().all(|token| token.revoked_at.is_some()) {
        let refusal = Refusal::new(3, "others could reach this server, and there is no token to know them by");
        return Ok(refusal.hint("`runsheet token create` makes one; or listen on 127.0.0.1").tell());
    }
    let wishes = Wishes {
        first_line: first_line(&parts.place),
        resume_within: arguments.resume_within,
        public_url: arguments.public_url,
        sandbox: arguments.sandbox,
    };
    live(parts, wishes).await
}

async fn prepare(arguments: &Arguments) -> Result<Parts, Refusal> {
    let current = std::env::current_dir().map_err(|error| Refusal::new(2, format!("no current folder: {error}")))?;
    let folder = arguments.folder.as_ref().map_or_else(|| current.clone(), |folder| current.join(folder));
    if !folder.is_dir() {
        return Err(Refusal::new(2, format!("there is no folder `{}`", folder.display())));
    }
    let project = project(&folder, arguments.folder.is_some());
    // A service that does not answer leaves nothing behind.
    let (own, place) = match arguments.sandbox {
        true => (rehearse(None), on_sandbox()),
        false => {
            let connected = service::connect(&project, arguments.api_url.as_deref(), None).await?;
            let place = on_service(&connected);
            (Reach::Connected(Box::new(connected)), place)
        }
    };
    let public = arguments.public_url.iter().filter(|url| !url.is_loopback()).map(ServiceUrl::host);
    let allowed_hosts = arguments.allow_hosts.iter().cloned().chain(public).collect();
    let addresses = if arguments.allow_private_http { Addresses::All } else { Addresses::Public };
    Ok(Parts {
        listen: arguments.listen,
        allowed_hosts,
        runs: Runs::open(project.folder(), arguments.state.as_deref())?.reaching(addresses),
        definitions: Definitions::of(&project),
        place,
        reaches: Reaches { own, rehearsal: rehearse(None) },
    })
}

/// The project of a folder that was named; one of `workflows` is the project around it.
fn project(folder: &Path, is_named: bool) -> Project {
    let is_workflows = folder.file_name().is_some_and(|name| name == "workflows");
    match is_named && !is_workflows {
        // Named, it is the project, also where another one lies around it.
        true => Project::at(folder),
        false => Project::find(None, folder),
    }
}

fn on_sandbox() -> Place {
    Place {
        sandbox: true,
        host: OWN_SANDBOX.to_owned(),
        account: OWN_SANDBOX.to_owned(),
        key: OWN_SANDBOX.to_owned(),
        credits: Balance::new(None),
    }
}

fn on_service(connected: &Connected) -> Place {
    Place {
        sandbox: connected.service.sandbox,
        host: connected.settings.service_url.host().to_owned(),
        account: connected.service.account.clone(),
        key: connected.service.key.clone(),
        credits: Balance::new(connected.balance),
    }
}

/// Where runs go, as every run says it first.
fn first_line(place: &Place) -> String {
    if place.sandbox {
        return "SANDBOX · nothing leaves this machine".to_owned();
    }
    let credits =
        place.credits.get().map(|credits| format!(" · {} credits", grouped(credits as u64))).unwrap_or_default();
    format!("LIVE {} · {}{credits}", place.host, place.account)
}

fn length(text: &str) -> Result<Millis, String> {
    Millis::parse(text).map_err(|error| error.to_string())
}
