//! Before a run that would buy: what, for how much, and whether a person agrees.

use std::io::IsTerminal as _;

use crate::commands::opening::Refusal;
use crate::commands::{agreement, output};
use crate::daemon::offer::{Offer, Verdict};
use crate::daemon::start::Ready;

/// Asks when credits would be spent. A sandbox asks nothing.
pub async fn agree(ready: &Ready, yes: bool) -> Result<(), Refusal> {
    let offer = ready.to_agree().await?;
    if !offer.is_empty() {
        output::tell(format_args!("{}\n", offer.summary()));
    }
    if must_ask(&offer, yes, std::io::stdin().is_terminal())? {
        return agreement::ask("nothing was sent");
    }
    Ok(())
}

/// Decides whether somebody must be asked; refuses what nobody can pay for or agree to.
pub fn must_ask(offer: &Offer, yes: bool, somebody_is_here: bool) -> Result<bool, Refusal> {
    match (offer.verdict(yes), somebody_is_here) {
        (Verdict::GoOn, _) => Ok(false),
        (Verdict::Ask, true) => Ok(true),
        (Verdict::Ask, false) => {
            let credits = offer.credits();
            let message =
                format!("this run would spend {credits} credits, and nobody is here to agree; nothing was sent");
            Err(Refusal::new(2, message).hint("add `--yes`, or write `max_credits` in the file"))
        }
        (Verdict::Lacks(lacking), _) => {
            Err(Refusal::new(4, format!("the account lacks {lacking} {}; nothing was sent", noun(lacking))))
        }
    }
}

fn noun(credits: f64) -> &'static str {
    if credits == 1.0 { "credit" } else { "credits" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executors::purchasing::ToBuy;

    fn offer(credits: &[u64], balance: Option<f64>, max_credits: Option<u64>) -> Offer {
        let to_buy = (1..).zip(credits).map(|(n, credits)| ToBuy { step: format!("generate_{n}"), credits: *credits });
        Offer { to_buy: to_buy.collect(), balance, max_credits }
    }

    #[test]
    fn a_purchase_needs_a_person_a_yes_or_a_bound_in_the_file() {
        let two = |max_credits| offer(&[250, 500], Some(1_000.0), max_credits);
        assert!(must_ask(&two(None), false, true).unwrap());
        assert!(!must_ask(&two(None), true, false).unwrap());
        assert!(!must_ask(&two(Some(750)), false, false).unwrap());
        assert!(must_ask(&two(Some(749)), false, true).unwrap());
        for bound in [None, Some(749)] {
            let refusal = must_ask(&two(bound), false, false).unwrap_err();
            assert_eq!(refusal.code, 2);
            assert!(refusal.message.contains("750 credits") && refusal.message.contains("`--yes`"), "{refusal:?}");
        }
    }

    #[test]
    fn what_the_account_cannot_pay_is_refused_with_the_amount_even_after_a_yes() {
        let refusal = must_ask(&offer(&[250], Some(249.5), Some(500)), true, true).unwrap_err();
        assert_eq!(refusal.code, 4);
        assert!(refusal.message.contains("lacks 1 credit;"), "{refusal:?}");
    }
}
