//! Before a run that would buy: what, for how much, and whether a person agrees.

use std::io::IsTerminal as _;

use crate::commands::opening::{Connected, Refusal};
use crate::commands::{agreement, output};
use crate::engine::event::Start;
use crate::executors::purchasing::{Purchasing, ToBuy};

/// Asks when credits would be spent. A sandbox asks nothing.
pub async fn agree(start: &Start, purchasing: &Purchasing, connected: &Connected, yes: bool) -> Result<(), Refusal> {
    if connected.service.sandbox {
        return Ok(());
    }
    let to_buy = purchasing.would_buy(start).await.map_err(|failure| Refusal::new(4, failure.message))?;
    let offer = Offer { to_buy, balance: connected.balance, max_credits: start.plan.max_credits };
    if !offer.to_buy.is_empty() {
        output::tell(format_args!("{}\n", offer.summary()));
    }
    match offer.verdict(yes, std::io::stdin().is_terminal())? {
        Verdict::GoOn => Ok(()),
        Verdict::Ask => agreement::ask("nothing was sent"),
    }
}

/// What a run would buy, and what bounds it.
struct Offer {
    to_buy: Vec<ToBuy>,
    balance: Option<f64>,
    max_credits: Option<u64>,
}

/// What an offer needs.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    GoOn,
    Ask,
}

impl Offer {
    fn credits(&self) -> u64 {
        self.to_buy.iter().map(|wish| wish.credits).sum()
    }

    /// Decides whether somebody must be asked; refuses what nobody can pay for or agree to.
    fn verdict(&self, yes: bool, somebody_is_here: bool) -> Result<Verdict, Refusal> {
        let credits = self.credits();
        if self.to_buy.is_empty() {
            return Ok(Verdict::GoOn);
        }
        if let Some(balance) = self.balance
            && balance < credits as f64
        {
            let lacking = (credits as f64 - balance).ceil();
            return Err(Refusal::new(4, format!("the account lacks {lacking} {}; nothing was sent", noun(lacking))));
        }
        let is_covered = self.max_credits.is_some_and(|most| credits <= most);
        match (yes || is_covered, somebody_is_here) {
            (true, _) => Ok(Verdict::GoOn),
            (false, true) => Ok(Verdict::Ask),
            (false, false) => {
                let message =
                    format!("this run would spend {credits} credits, and nobody is here to agree; nothing was sent");
                Err(Refusal::new(2, message).hint("add `--yes`, or write `max_credits` in the file"))
            }
        }
    }

    fn summary(&self) -> String {
        let names: Vec<String> =
            self.to_buy.iter().map(|wish| format!("{} ({} credits)", wish.step, wish.credits)).collect();
        let left = self.balance.map(|balance| format!("; the account has {balance}")).unwrap_or_default();
        let agents = if self.to_buy.len() == 1 { "agent" } else { "agents" };
        let (count, credits) = (self.to_buy.len(), self.credits());
        format!("This run buys {count} {agents} for {credits} credits{left}: {}", names.join(", "))
    }
}

fn noun(credits: f64) -> &'static str {
    if credits == 1.0 { "credit" } else { "credits" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(credits: &[u64], balance: Option<f64>, max_credits: Option<u64>) -> Offer {
        let to_buy = (1..).zip(credits).map(|(n, credits)| ToBuy { step: format!("generate_{n}"), credits: *credits });
        Offer { to_buy: to_buy.collect(), balance, max_credits }
    }

    #[test]
    fn a_purchase_needs_a_person_a_yes_or_a_bound_in_the_file() {
        let two = |max_credits| offer(&[250, 500], Some(1_000.0), max_credits);
        assert_eq!(two(None).verdict(false, true).unwrap(), Verdict::Ask);
        assert_eq!(two(None).verdict(true, false).unwrap(), Verdict::GoOn);
        assert_eq!(two(Some(750)).verdict(false, false).unwrap(), Verdict::GoOn);
        assert_eq!(two(Some(749)).verdict(false, true).unwrap(), Verdict::Ask);
        for bound in [None, Some(749)] {
            let refusal = two(bound).verdict(false, false).unwrap_err();
            assert_eq!(refusal.code, 2);
            assert!(refusal.message.contains("750 credits") && refusal.message.contains("`--yes`"), "{refusal:?}");
        }
        assert_eq!(offer(&[], Some(0.0), None).verdict(false, false).unwrap(), Verdict::GoOn);
    }

    #[test]
    fn what_the_account_cannot_pay_is_refused_with_the_amount_even_after_a_yes() {
        let refusal = offer(&[250], Some(249.5), Some(500)).verdict(true, true).unwrap_err();
        assert_eq!(refusal.code, 4);
        assert!(refusal.message.contains("lacks 1 credit;"), "{refusal:?}");
        assert_eq!(offer(&[250], None, None).verdict(true, false).unwrap(), Verdict::GoOn);
    }

    #[test]
    fn an_offer_says_what_for_how_much_and_what_is_left() {
        assert_eq!(
            offer(&[250, 500], Some(1_240.0), None).summary(),
            "This run buys 2 agents for 750 credits; the account has 1240: generate_1 (250 credits), generate_2 (500 credits)"
        );
        assert_eq!(
            offer(&[250], None, None).summary(),
            "This run buys 1 agent for 250 credits: generate_1 (250 credits)"
        );
    }
}
