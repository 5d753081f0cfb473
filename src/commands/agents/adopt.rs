//! `runsheet agents adopt`: what was changed on the service becomes what is declared.

use super::Outcome;
use super::apply::hold;
use super::place::{self, Place, not_declared};
use crate::bithuman::has_no_agent;
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::outcome::Failure;
use crate::provision::desired::{PROMPT, hash};
use crate::provision::prompt;

/// Write the service's prompt of an agent back to where it is declared
///
/// Into its file, or into the YAML with every other byte kept; braces become text. Nothing is sent but a question; the
/// lock follows with the next `apply`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The declared name
    #[arg(value_name = "NAME")]
    name: String,
    /// Also where the declared prompt was changed and never applied: that change is lost
    #[arg(long)]
    overwrite: bool,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    Ok(adopt(&arguments, place).await)
}

async fn adopt(Arguments { name, overwrite }: &Arguments, place: &place::Where) -> Result<u8, Refusal> {
    let place = Place::open(place).await?;
    let _hold = hold(&place.runs)?;
    let agent = place.declared.get(name).ok_or_else(|| not_declared(name, &place.declared))?;
    let lock_place = place.runs.lock_place(&place.connected);
    let lock = lock_place.read().map_err(|mistakes| Refusal::of_file(&mistakes))?;
    let Some(entry) = lock.entry(name, &lock_place.account.key) else {
        return Err(Refusal::new(2, format!("agent `{name}` is not in the lock for this account"))
            .hint(format!("`runsheet agents import {name} CODE` says which it is")));
    };
    let record = place.connected.client.agent(&entry.code).await.map_err(|failure| asked(&entry.code, &failure))?;
    let Some(theirs) = record.system_prompt else {
        return Err(Refusal::new(4, format!("the service tells no prompt of {}", entry.code)));
    };
    let ours = agent.fields.get(PROMPT).and_then(|ours| ours.as_str()).map(str::trim_end);
    if ours == Some(theirs.trim_end()) {
        output::tell(format_args!("`{name}` is declared as the service has it\n"));
        return Ok(0);
    }
    if ours.map(hash).as_ref() != entry.from.get(PROMPT) && !overwrite {
        let message = format!("the prompt of `{name}` was changed here too, and that change was never applied");
        let hint = "`runsheet agents plan` shows the two side by side; `--overwrite` gives up the one that is here";
        return Err(Refusal::new(2, message).hint(hint));
    }
    let written = prompt::write_back(agent, &theirs, place.declared.values()).map_err(|error| {
        Refusal::new(2, error.to_string()).hint("write it by hand; `runsheet agents plan` shows the two side by side")
    })?;
    let shown = place.runs.project().shown(&written.file);
    output::tell(format_args!("the prompt of `{name}` is written into `{}`\n", shown.display()));
    Ok(0)
}

/// Why an agent could not be asked for.
pub fn asked(code: &str, failure: &Failure) -> Refusal {
    match has_no_agent(failure) {
        true => Refusal::new(2, format!("the service has no agent {code}")),
        false => Refusal::new(4, format!("{code} cannot be asked for: {}", failure.message)),
    }
}
