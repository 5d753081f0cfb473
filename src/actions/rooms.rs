//! What `speak` and `add_context` share: a line that nobody heard, and waiting for somebody to come.

use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::Length;
use crate::bithuman::Delivery;
use crate::duration::Millis;
use crate::outcome::{ErrorClass, Exchange, Failure, Progress};

/// The wait before the line is tried a second time.
const FIRST: Millis = Millis::from_secs(15);
/// The longest wait between two tries.
const LONGEST: Millis = Millis::from_secs(120);

/// Ends the exchange: heard, or heard by nobody, which fails unless the step waits for a room.
pub fn delivered(answer: Result<Delivery, Failure>, wait_for_room: Option<Length>, context: &Context<'_>) -> Exchange {
    let failure = match answer {
        Err(failure) if failure.class == ErrorClass::NoRoom => failure,
        decided => return exchange::done(decided),
    };
    match wait_for_room {
        Some(bound) if context.waited < bound.0 => {
            let rest = Millis(bound.0.0 - context.waited.0);
            let progress = Progress { message: "waiting for a room".to_owned(), ..Progress::default() };
            Exchange::Again { after: next_try(context.looks).min(rest), progress }
        }
        _ => exchange::failed(failure),
    }
}

/// 15 s, growing by half each time to two minutes.
fn next_try(looks: u32) -> Millis {
    let grown = FIRST.0 as f64 * 1.5f64.powi(looks.min(16) as i32);
    Millis(grown as u64).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_grow_from_fifteen_seconds_to_two_minutes() {
        let waits: Vec<u64> = (0..8).map(|looks| next_try(looks).0 / 1000).collect();
        assert_eq!(waits, [15, 22, 33, 50, 75, 113, 120, 120]);
    }
}
