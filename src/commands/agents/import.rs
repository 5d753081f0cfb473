//! `runsheet agents import`: gives a declared name an agent that exists.

use super::Outcome;
use super::adopt::asked;
use super::apply::hold;
use super::place::{self, Place, not_declared};
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::daemon::provisioning;
use crate::ids::is_agent_code;
use crate::provision::desired::{Desired, PROMPT, hash};
use crate::provision::seen::Seen;

/// Give a declared name an agent that exists on the account
///
/// The lock believes that it was made from what is declared, so nothing is bought; its prompt is compared with the
/// next `plan`. A name that the code had before is taken from it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The declared name
    #[arg(value_name = "NAME")]
    name: String,
    /// The agent's code, such as `A91XMB7113`
    #[arg(value_name = "CODE")]
    code: String,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    Ok(import(arguments, place).await)
}

async fn import(Arguments { name, code }: Arguments, place: &place::Where) -> Result<u8, Refusal> {
    if !is_agent_code(&code) {
        let message = format!("`{}` is not shaped like an agent's code", crate::text::clean(&code));
        return Err(Refusal::new(2, message).hint("a code looks like `A91XMB7113`"));
    }
    let place = Place::open(place).await?;
    let _hold = hold(&place.runs)?;
    let agent = place.declared.get(&name).ok_or_else(|| not_declared(&name, &place.declared))?;
    let record = place.connected.client.agent(&code).await.map_err(|failure| asked(&code, &failure))?;
    if Seen::of(&record) == Seen::Failed {
        return Err(Refusal::new(2, format!("the creation of {code} failed: it cannot be used")));
    }
    let mut desired = Desired::of(agent, place.runs.project()).map_err(|mistake| Refusal::of_file(&[*mistake]))?;
    // Its prompt is what the service has, not what is declared.
    if let (Some(prompt), true) = (&record.system_prompt, desired.from.contains_key(PROMPT)) {
        desired.from.insert(PROMPT.to_owned(), hash(prompt.trim_end()));
    }
    let lock_place = place.runs.lock_place(&place.connected);
    let lock = lock_place.read().map_err(|mistakes| Refusal::of_file(&mistakes))?;
    let other = lock.name_of(&code, &lock_place.account.key).filter(|other| *other != name);
    if let Some(other) = other.filter(|other| place.declared.contains_key(*other)) {
        return Err(Refusal::new(2, format!("{code} is `{other}`, which is declared still and would have no agent"))
            .hint(format!("take `{other}` out of the repository first")));
    }
    lock_place.import(&desired, &code).map_err(provisioning::unwritten)?;
    output::tell(format_args!("`{name}` is {code}; `runsheet agents plan` compares its prompt\n"));
    Ok(0)
}
