//! Before a run that addresses declared agents: those that are missing are made, and what differs is told.

use std::io::IsTerminal as _;

use super::buying::must_ask;
use super::start::follow;
use crate::commands::opening::Refusal;
use crate::commands::{agents, agreement, output};
use crate::daemon::declarations::{self, Agents};
use crate::daemon::offer::Offer;
use crate::daemon::provisioning;
use crate::daemon::runs::Runs;
use crate::daemon::service::Connected;
use crate::executors::purchasing::ToBuy;
use crate::plan::model::Plan;
use crate::provision::difference::{Change, Difference};
use crate::provision::outline::{Allowed, Outline};

/// What the person in front said.
pub struct Word {
    /// That what differs is settled too.
    pub apply: bool,
    /// That purchases need no question.
    pub yes: bool,
    /// What the file allows.
    pub max_credits: Option<u64>,
}

/// Makes what is missing, under the rules of purchases; refuses what differs, unless that is to be settled too. Answers
/// whether the plan knows its agents now: where something was done they are to be looked at once more.
pub async fn settle(
    (used, plan): (&Agents, &mut Plan),
    runs: &Runs,
    connected: &Connected,
    word: &Word,
) -> anyhow::Result<Result<bool, Refusal>> {
    if let Err(refused) = declarations::declared_elsewhere(runs.project(), used) {
        return Ok(Err(refused.into()));
    }
    // What is as declared waits for nobody.
    match runs.outline(used, connected, false).await {
        Ok(outline) if !outline.sends() => {
            provisioning::put_codes(&outline, plan);
            return Ok(Ok(true));
        }
        Ok(_) => {}
        Err(refused) => return Ok(Err(refused.into())),
    }
    // Nobody changes the lock between the look and what is done about it.
    let _hold = match agents::hold(runs) {
        Ok(hold) => hold,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let outline = match look(used, runs, connected, word).await {
        Ok(Some(outline)) => outline,
        Ok(None) => return Ok(Ok(false)),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let ready = match runs.prepare_apply(&outline, connected).await {
        Ok(Some(ready)) => ready,
        Ok(None) => return Ok(Ok(false)),
        Err(refused) => return Ok(Err(refused.into())),
    };
    Ok(match follow(ready, &[]).await? {
        Ok(0) => Ok(false),
        Ok(code) => {
            Err(Refusal { message: "the agents are not as declared: the run was not begun\n".to_owned(), code })
        }
        Err(refusal) => Err(refusal),
    })
}

/// What has to be done first, permitted and agreed to; none where nothing has.
async fn look(used: &Agents, runs: &Runs, connected: &Connected, word: &Word) -> Result<Option<Outline>, Refusal> {
    let outline = runs.outline(used, connected, false).await?;
    if !outline.sends() {
        return Ok(None);
    }
    let is_missing = |difference: &Difference| matches!(difference.change, Change::Create | Change::Adopt);
    let differing = outline.differences.iter().find(|difference| difference.sends() && !is_missing(difference));
    if let Some(difference) = differing.filter(|_| !word.apply) {
        output::tell(agents::table(&outline));
        return Err(provisioning::not_as_declared(difference).into());
    }
    agents::permitted(&outline, Allowed::default())?;
    let credits = outline.credits();
    if let Some(most) = word.max_credits.filter(|most| credits > *most) {
        let message =
            format!("{credits} credits for declared agents would pass `max_credits: {most}`; nothing was sent");
        return Err(Refusal::new(2, message).hint("`runsheet agents apply` makes them outside of this run"));
    }
    if connected.service.sandbox {
        return Ok(Some(outline));
    }
    let to_buy = outline.differences.iter().filter(|difference| difference.credits > 0);
    let to_buy = to_buy.map(|difference| ToBuy { step: difference.name.clone(), credits: difference.credits });
    let offer = Offer { to_buy: to_buy.collect(), balance: outline.balance, max_credits: word.max_credits };
    if !offer.is_empty() {
        output::tell(format_args!("{}\n", offer.summary()));
    }
    if must_ask(&offer, word.yes, std::io::stdin().is_terminal())? {
        agreement::ask("nothing was sent")?;
    }
    Ok(Some(outline))
}
