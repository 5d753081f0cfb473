//! `runsheet agents list`: the declared agents, with the code that each is.

use std::fmt::Write as _;

use serde_json::json;

use super::Outcome;
use super::place::{self, Place};
use crate::commands::format::Format;
use crate::commands::output;

/// List the declared agents: their codes on this account, and where they are declared
///
/// The lock is read, and the service asked only who the account is.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    let place = match Place::open(place).await {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let lock_place = place.runs.lock_place(&place.connected);
    let lock = match lock_place.read() {
        Ok(lock) => lock,
        Err(mistakes) => return Ok(Err(crate::commands::opening::Refusal::of_file(&mistakes))),
    };
    let account = lock_place.account.key.clone();
    let declared = place.declared.values().map(|agent| (agent.name.as_str(), Some(agent)));
    let no_more = lock.of_account(&account).filter(|(name, _)| !place.declared.contains_key(*name));
    let all: Vec<_> = declared.chain(no_more.map(|(name, _)| (name, None))).collect();
    if arguments.format == Format::Json {
        let item = |(name, agent): &(&str, Option<&crate::workflow::agents::DeclaredAgent>)| {
            let entry = lock.entry(name, &account);
            json!({
                "name": name,
                "code": entry.map(|entry| &entry.code),
                "made": entry.map(|entry| &entry.made),
                "declared": agent.map(|agent| agent.place()),
            })
        };
        output::data(format_args!("{:#}\n", serde_json::Value::Array(all.iter().map(item).collect())))?;
        return Ok(Ok(0));
    }
    output::tell(format_args!("{}\n\n", place.words()));
    let wide = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, agent) in &all {
        let code = lock.entry(name, &account).map_or("not made yet", |entry| entry.code.as_str());
        let place = agent.map_or("declared no more".to_owned(), |agent| agent.place());
        // Writing into a text cannot fail.
        _ = writeln!(text, "{name:wide$}  {code:12}  {place}");
    }
    if all.is_empty() {
        text.push_str("no agent is declared\n");
    }
    output::data(text)?;
    Ok(Ok(0))
}
