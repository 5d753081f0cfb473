//! Where reruns go, and what a saved file leads to there: an audience is not spoken to by surprise.

use super::arguments::{Arguments, OnChange};
use crate::commands::opening::Refusal;
use crate::commands::run::rehearse;
use crate::daemon::service::{Connected, Reach};
use crate::data::project::Project;
use crate::text::{clean, grouped};

/// Where reruns go.
pub struct Place {
    /// How it is reached; none where nothing is run.
    pub reach: Option<Reach>,
    /// What a saved file leads to.
    pub on_change: OnChange,
    /// What people read first.
    pub first_line: String,
}

impl Place {
    /// Decides by what was typed, and by what the service says of itself.
    pub async fn of(arguments: &Arguments, project: &Project) -> Result<Self, Refusal> {
        if arguments.sandbox {
            return Ok(Self {
                reach: Some(rehearse(None)),
                on_change: arguments.on_change.unwrap_or(OnChange::Run),
                first_line: sandbox(),
            });
        }
        match arguments.on_change {
            Some(on_change @ (OnChange::Plan | OnChange::Check)) => {
                Ok(Self { reach: None, on_change, first_line: "nothing is sent: no file is run\n".to_owned() })
            }
            typed => Self::of_service(arguments, project, typed == Some(OnChange::Run)).await,
        }
    }

    async fn of_service(arguments: &Arguments, project: &Project, is_typed: bool) -> Result<Self, Refusal> {
        let reach = Reach::Service { api_url: arguments.api_url.clone(), tier: arguments.tier };
        let connected = match reach.connect(project).await {
            Ok(Reach::Connected(connected)) => connected,
            Ok(_) => return Err(Refusal::new(4, "the service was not reached")),
            Err(refused) if is_typed => return Err(refused.into()),
            Err(refused) => {
                let first_line = format!("{}nothing is run: plans are shown\n", Refusal::from(refused).message)
                    .replacen("error: ", "note: ", 1);
                return Ok(Self { reach: None, on_change: OnChange::Plan, first_line });
            }
        };
        let is_sandbox = connected.service.sandbox;
        if !is_sandbox && arguments.speed != 1.0 {
            let refusal = Refusal::new(2, "`--speed` is for a sandbox only: an audience cannot be hurried");
            return Err(refusal.hint("leave it out, or add `--sandbox`"));
        }
        let on_change = if is_sandbox || is_typed { OnChange::Run } else { OnChange::Plan };
        let first_line = if is_sandbox { sandbox() } else { live(&connected) };
        Ok(Self { reach: Some(Reach::Connected(connected)), on_change, first_line })
    }
}

fn sandbox() -> String {
    "SANDBOX · nothing leaves this machine\n".to_owned()
}

fn live(connected: &Connected) -> String {
    let service = &connected.service;
    let host = service.url.split_once("://").map_or(service.url.as_str(), |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or(host);
    let credits = connected.balance.map(|balance| format!(" · {} credits", grouped(balance.max(0.0) as u64)));
    format!("LIVE {}\n", clean(&format!("{host} · {}{}", service.account, credits.unwrap_or_default())))
}
