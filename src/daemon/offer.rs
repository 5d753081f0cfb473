//! What a run would buy before it begins, for how much, and whether somebody must agree to it.

use crate::executors::purchasing::ToBuy;

/// What a run would buy, and what bounds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The agents.
    pub to_buy: Vec<ToBuy>,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
    /// What the file allows.
    pub max_credits: Option<u64>,
}

/// What an offer needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing: nothing is bought, or somebody agreed, or the file allows it.
    GoOn,
    /// Somebody's yes.
    Ask,
    /// Credits that the account does not have, at least so many.
    Lacks(f64),
}

impl Offer {
    /// What it costs in all.
    pub fn credits(&self) -> u64 {
        self.to_buy.iter().map(|wish| wish.credits).sum()
    }

    /// Tells whether nothing is bought.
    pub fn is_empty(&self) -> bool {
        self.to_buy.is_empty()
    }

    /// Decides what it needs, when somebody agreed or nobody did.
    pub fn verdict(&self, agreed: bool) -> Verdict {
        let credits = self.credits();
        if self.to_buy.is_empty() {
            return Verdict::GoOn;
        }
        if let Some(balance) = self.balance
            && balance < credits as f64
        {
            return Verdict::Lacks((credits as f64 - balance).ceil());
        }
        let is_covered = self.max_credits.is_some_and(|most| credits <= most);
        if agreed || is_covered { Verdict::GoOn } else { Verdict::Ask }
    }

    /// The offer in a sentence.
    pub fn summary(&self) -> String {
        let names: Vec<String> =
            self.to_buy.iter().map(|wish| format!("{} ({} credits)", wish.step, wish.credits)).collect();
        let left = self.balance.map(|balance| format!("; the account has {balance}")).unwrap_or_default();
        let agents = if self.to_buy.len() == 1 { "agent" } else { "agents" };
        let (count, credits) = (self.to_buy.len(), self.credits());
        format!("This run buys {count} {agents} for {credits} credits{left}: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(credits: &[u64], balance: Option<f64>, max_credits: Option<u64>) -> Offer {
        let to_buy = (1..).zip(credits).map(|(n, credits)| ToBuy { step: format!("generate_{n}"), credits: *credits });
        Offer { to_buy: to_buy.collect(), balance, max_credits }
    }

    #[test]
    fn a_purchase_needs_a_yes_or_a_bound_in_the_file() {
        let two = |max_credits| offer(&[250, 500], Some(1_000.0), max_credits);
        assert_eq!(two(None).verdict(false), Verdict::Ask);
        assert_eq!(two(None).verdict(true), Verdict::GoOn);
        assert_eq!(two(Some(750)).verdict(false), Verdict::GoOn);
        assert_eq!(two(Some(749)).verdict(false), Verdict::Ask);
        assert_eq!(offer(&[], Some(0.0), None).verdict(false), Verdict::GoOn);
    }

    #[test]
    fn what_the_account_cannot_pay_lacks_the_amount_even_after_a_yes() {
        assert_eq!(offer(&[250], Some(249.5), Some(500)).verdict(true), Verdict::Lacks(1.0));
        assert_eq!(offer(&[250], None, None).verdict(true), Verdict::GoOn);
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
