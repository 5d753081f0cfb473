//! Before a run that would buy: what, for how much, and whether a person agrees.

use std::io::{BufRead as _, IsTerminal as _};

use crate::commands::opening::{Connected, Refusal};
use crate::commands::output;
use crate::executors::purchasing::{Purchasing, ToBuy};
use crate::plan::model::Plan;

/// Asks when credits would be spent. A sandbox asks nothing.
pub async fn agree(plan: &Plan, purchasing: &Purchasing, connected: &Connected, yes: bool) -> Result<(), Refusal> {
    if connected.service.sandbox {
        return Ok(());
    }
    let to_buy = purchasing.would_buy(plan).await.map_err(|failure| Refusal::new(4, failure.message))?;
    let credits: u64 = to_buy.iter().map(|wish| wish.credits).sum();
    if to_buy.is_empty() {
        return Ok(());
    }
    output::tell(format_args!("{}\n", summary(&to_buy, credits, connected.balance)));
    if let Some(balance) = connected.balance
        && balance < credits as f64
    {
        let lacking = (credits as f64 - balance).ceil();
        return Err(Refusal::new(4, format!("the account lacks {lacking} credits; nothing was sent")));
    }
    let is_covered = plan.max_credits.is_some_and(|most| credits <= most);
    if yes || is_covered {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let refusal = Refusal::new(
            2,
            format!("this run would spend {credits} credits, and nobody is here to agree; nothing was sent"),
        );
        return Err(refusal.hint("add `--yes`, or write `max_credits` in the file"));
    }
    output::tell("Go on? [y/N] ");
    let mut answer = String::new();
    drop(std::io::stdin().lock().read_line(&mut answer));
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Refusal { message: "nothing was sent\n".to_owned(), code: 130 }),
    }
}

fn summary(to_buy: &[ToBuy], credits: u64, balance: Option<f64>) -> String {
    let names: Vec<String> = to_buy.iter().map(|wish| format!("{} ({} credits)", wish.step, wish.credits)).collect();
    let left = balance.map(|balance| format!("; the account has {balance}")).unwrap_or_default();
    let agents = if to_buy.len() == 1 { "agent" } else { "agents" };
    format!("This run buys {} {agents} for {credits} credits{left}: {}", to_buy.len(), names.join(", "))
}
