//! Which of several alike purchases a step means: by its prompt, then its id, then its order.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Purchase, PurchaseState};

/// What tells a step apart from others that ask for the same face.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The SHA-256 of its rendered prompt.
    pub prompt_sha256: String,
    /// Its id.
    pub step: String,
    /// Its place among the steps of the file that ask for the same face, from 0.
    pub rank: u32,
}

/// The purchase that a step means, if there is one for it.
///
/// `others` are the steps of the file that ask for the same face and have not chosen yet, as far as their prompts
/// are known: a step never takes what one of them has the better claim to, unless enough is left.
/// `taken` are the keys of the purchases that this run already uses.
pub fn choose<'a>(
    candidates: &'a [Purchase],
    wanted: &Wanted,
    others: &[Wanted],
    taken: &HashSet<String>,
) -> Option<&'a Purchase> {
    let is_free = |purchase: &&Purchase| purchase.state != PurchaseState::Gone && !taken.contains(&purchase.key);
    let mut free: Vec<&Purchase> = candidates.iter().filter(is_free).collect();
    // Among equal claims, what is surely there goes before what is not, and the newest before the old.
    free.sort_by_key(|purchase| (purchase.state != PurchaseState::Bought, Reverse((purchase.at, purchase.ordinal))));

    let mut seekers: Vec<&Wanted> = others.iter().filter(|other| *other != wanted).chain([wanted]).collect();
    seekers.sort_by_key(|seeker| seeker.rank);

    for strength in (0..=BEST).rev() {
        let mut waiting = Vec::new();
        for seeker in seekers {
            match free.iter().position(|purchase| claim(seeker, &purchase.wanted) == strength) {
                Some(found) if seeker == wanted => return Some(free[found]),
                Some(found) => drop(free.remove(found)),
                None => waiting.push(seeker),
            }
        }
        seekers = waiting;
    }
    None
}

/// The best claim: prompt, id and order are the same.
const BEST: u8 = 7;

/// How well a step's claim to a purchase is founded: the prompt outweighs the id, the id the order. Even 0 is a
/// claim, for the face is the same.
fn claim(wanted: &Wanted, made_for: &Wanted) -> u8 {
    u8::from(wanted.prompt_sha256 == made_for.prompt_sha256) * 4
        + u8::from(wanted.step == made_for.step) * 2
        + u8::from(wanted.rank == made_for.rank)
}
