//! `runsheet agents destroy`: deletes agents for good.

use std::io::IsTerminal as _;

use super::Outcome;
use super::apply::hold;
use super::place::{self, Place};
use crate::bithuman::has_no_agent;
use crate::commands::opening::Refusal;
use crate::commands::{agreement, output};
use crate::outcome::Tier;

/// Delete agents of the lock from the account
///
/// By their declared names, or by codes that the lock knows. What was paid is not paid back. One with
/// `prevent_destroy` stays.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Declared names, or codes in the lock
    #[arg(value_name = "NAME", required_unless_present = "all")]
    names: Vec<String>,
    /// Every agent that the lock has of this account, also those that steps bought
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Let agents be deleted: without it nothing is
    #[arg(long)]
    allow_destroy: bool,
    /// Go on without asking
    #[arg(long, short)]
    yes: bool,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    Ok(destroy(arguments, place).await)
}

async fn destroy(arguments: Arguments, place: &place::Where) -> Result<u8, Refusal> {
    let place = Place::open(place).await?;
    let _hold = hold(&place.runs)?;
    let lock_place = place.runs.lock_place(&place.connected);
    let account = lock_place.account.key.clone();
    let lock = lock_place.read().map_err(|mistakes| Refusal::of_file(&mistakes))?;
    let mut chosen: Vec<(String, String)> = Vec::new();
    for (name, entry) in lock.of_account(&account) {
        let is_meant = |code: &String| arguments.all || arguments.names.contains(code);
        if is_meant(&entry.code) || arguments.names.iter().any(|other| other == name) {
            let is_declared = place.declared.get(name).is_some_and(|agent| agent.lifecycle.prevent_destroy);
            if entry.prevent_destroy || is_declared {
                return Err(Refusal::new(2, format!("`prevent_destroy` keeps `{name}`; nothing was deleted"))
                    .hint("take it out of its `lifecycle`, and apply that first"));
            }
            let still = if place.declared.contains_key(name) { ", declared still" } else { "" };
            chosen.push((format!("{name}{still}"), entry.code.clone()));
        }
        let left = entry.others().filter(|code| is_meant(code) && **code != entry.code);
        chosen.extend(left.map(|code| (format!("{name}, replaced"), code.clone())));
    }
    for (name, bought) in lock.generated.iter().filter(|(name, _)| name.account == account) {
        if arguments.all || arguments.names.contains(&name.name) {
            chosen.push((format!("{}, bought by step {}", bought.workflow, bought.step), name.name.clone()));
        }
    }
    let is_name = |known: &str, name: &str| known.split(',').next() == Some(name);
    let is_known = |name: &&String| chosen.iter().any(|(known, code)| is_name(known, name) || code == *name);
    if let Some(unknown) = arguments.names.iter().find(|name| !is_known(name)) {
        let message = format!("the lock has no `{}` on this account", crate::text::clean(unknown));
        return Err(Refusal::new(2, message).hint("`runsheet agents list` lists them"));
    }
    output::tell(format_args!("{}\n\n", place.words()));
    for (name, code) in &chosen {
        output::tell(format_args!("- delete {code} ({name})\n"));
    }
    if chosen.is_empty() {
        output::tell("nothing to delete\n");
        return Ok(0);
    }
    if !arguments.allow_destroy {
        return Err(Refusal::new(2, "nothing was deleted").hint("`--allow-destroy` allows it; nothing is paid back"));
    }
    if !arguments.yes && !place.connected.service.sandbox {
        match std::io::stdin().is_terminal() {
            true => agreement::ask("nothing was deleted")?,
            false => {
                return Err(Refusal::new(2, "nobody is here to agree; nothing was deleted").hint("add `--yes`"));
            }
        }
    }
    for (name, code) in chosen {
        place.connected.client.rate_limits().acquire(Tier::Write).await;
        match place.connected.client.delete_agent(&code).await {
            Ok(_) => {}
            Err(failure) if has_no_agent(&failure) => {}
            Err(failure) => {
                return Err(Refusal::new(4, format!("{code} ({name}) is not deleted: {}", failure.message))
                    .hint("call the same again: what is deleted is no longer in the lock"));
            }
        }
        place.runs.deleted(&code, &place.connected).await?;
        output::tell(format_args!("deleted {code} ({name})\n"));
    }
    Ok(0)
}
