//! What follows a failed try: the error's class and the action's effect decide it, nothing else does.
//!
//! Jitter is a hash of run, step and attempt, so that a replayed run waits as the live one did.

use crate::duration::Millis;
use crate::engine::step::Block;
use crate::ids::RunId;
use crate::outcome::{Effect, ErrorClass, Failure, Tier};
use crate::plan::model::{Exchanged, OnUnknown, Policy, Retry, StepKey};

/// How long a 429 without `Retry-After` is waited for.
const RATE_LIMIT: Millis = Millis::from_secs(1);

/// A try that failed, and all that decides what follows.
pub(super) struct FailedTry<'a> {
    /// How it failed.
    pub failure: &'a Failure,
    /// What was tried.
    pub work: &'a Exchanged,
    /// What its step says about failures.
    pub policy: &'a Policy,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// The time since the first try began.
    pub elapsed: Millis,
    /// The run's speed.
    pub speed: f64,
    /// Tells this try from all others, see [`seed`].
    pub seed: u64,
}

/// What follows a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next try, after this long.
    Repeat(Millis),
    /// The same try again, after this long.
    RateLimited(Millis),
    /// The step failed.
    Fail,
    /// The step waits for the run to be stopped and resumed.
    Block(Block),
    /// A person is asked what became of it.
    Ask,
    /// It stays unknown.
    LeaveUnknown,
}

impl FailedTry<'_> {
    /// The one place where a class and an effect meet.
    pub fn next(&self) -> Next {
        match self.failure.class {
            ErrorClass::RateLimited => Next::RateLimited(self.failure.retry_after.unwrap_or(RATE_LIMIT)),
            ErrorClass::Unauthorized => Next::Block(Block::Unauthorized),
            ErrorClass::OutOfCredits => Next::Block(Block::OutOfCredits),
            ErrorClass::NoRoom | ErrorClass::Rejected => Next::Fail,
            ErrorClass::Unsent => match self.repeat() {
                Next::Fail if self.work.tier != Tier::None => Next::Block(Block::Unreachable),
                next => next,
            },
            ErrorClass::Busy | ErrorClass::NotReady => self.repeat(),
            ErrorClass::Unknown => match (self.work.effect, self.policy.on_unknown) {
                (Effect::Once, OnUnknown::Ask) => Next::Ask,
                (Effect::Once, OnUnknown::Skip) => Next::LeaveUnknown,
                (Effect::Once, OnUnknown::Resend) | (Effect::None | Effect::Read | Effect::Repeatable, _) => {
                    self.repeat()
                }
            },
        }
    }

    fn repeat(&self) -> Next {
        let retry = &self.policy.retry;
        let wait = backoff(retry, self.attempt, self.seed).at_speed(self.speed);
        let wait = wait.max(self.failure.retry_after.unwrap_or(Millis::ZERO));
        let too_late = retry.deadline.is_some_and(|deadline| self.elapsed + wait > deadline.at_speed(self.speed));
        if self.attempt >= retry.max_attempts || too_late { Next::Fail } else { Next::Repeat(wait) }
    }
}

/// The wait after this try, at speed 1: with jitter, between half of it and all of it.
pub(super) fn backoff(retry: &Retry, attempt: u32, seed: u64) -> Millis {
    let doublings = if retry.exponential { attempt.saturating_sub(1).min(40) } else { 0 };
    let full = retry.delay.0.saturating_mul(1 << doublings).min(retry.max_delay.0);
    if !retry.jitter {
        return Millis(full);
    }
    let half = full / 2;
    Millis(full - half + seed % (half + 1))
}

/// A number that no other try shares: FNV-1a, with its bits mixed once more so that neighbours differ.
pub(super) fn seed(run: &RunId, step: StepKey, attempt: u32) -> u64 {
    let (index, inner) = step.item.map_or((u32::MAX, u32::MAX), |item| (item.index, item.inner));
    let numbers = [step.node, index, inner, attempt];
    let bytes = run.as_str().bytes().chain(numbers.into_iter().flat_map(u32::to_le_bytes));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::exchanged;
    use ErrorClass as Class;

    fn next(class: ErrorClass, effect: Effect, attempt: u32, on_unknown: OnUnknown) -> Next {
        let retry = Retry { jitter: false, ..Retry::default() };
        FailedTry {
            failure: &Failure::new(class, "code", "message"),
            work: &exchanged(effect),
            policy: &Policy { retry, on_unknown, ..Policy::default() },
            attempt,
            elapsed: Millis::ZERO,
            speed: 1.0,
            seed: 0,
        }
        .next()
    }

    #[test]
    fn the_wire_table_holds() {
        let second = Next::Repeat(Millis(1000));
        for effect in [Effect::Once, Effect::Read, Effect::Repeatable] {
            for (class, first, exhausted) in [
                (Class::Unsent, second, Next::Block(Block::Unreachable)),
                (Class::RateLimited, Next::RateLimited(RATE_LIMIT), Next::RateLimited(RATE_LIMIT)),
                (Class::Busy, second, Next::Fail),
                (Class::NotReady, second, Next::Fail),
                (Class::NoRoom, Next::Fail, Next::Fail),
                (Class::Unauthorized, Next::Block(Block::Unauthorized), Next::Block(Block::Unauthorized)),
                (Class::OutOfCredits, Next::Block(Block::OutOfCredits), Next::Block(Block::OutOfCredits)),
                (Class::Rejected, Next::Fail, Next::Fail),
            ] {
                assert_eq!(next(class, effect, 1, OnUnknown::Ask), first, "{class:?} {effect:?}");
                assert_eq!(next(class, effect, 4, OnUnknown::Ask), exhausted, "{class:?} {effect:?}");
            }
        }
    }

    #[test]
    fn an_unknown_once_try_is_repeated_only_when_the_step_says_resend() {
        assert_eq!(next(Class::Unknown, Effect::Once, 1, OnUnknown::Ask), Next::Ask);
        assert_eq!(next(Class::Unknown, Effect::Once, 1, OnUnknown::Skip), Next::LeaveUnknown);
        assert_eq!(next(Class::Unknown, Effect::Once, 1, OnUnknown::Resend), Next::Repeat(Millis(1000)));
        assert_eq!(next(Class::Unknown, Effect::Once, 4, OnUnknown::Resend), Next::Fail);
        assert_eq!(next(Class::Unknown, Effect::Read, 1, OnUnknown::Ask), Next::Repeat(Millis(1000)));
    }

    #[test]
    fn backoff_doubles_up_to_its_bound_and_jitter_stays_within_half() {
        let plain = Retry { jitter: false, ..Retry::default() };
        assert_eq!([1, 2, 3, 6, 99].map(|attempt| backoff(&plain, attempt, 0).0), [1000, 2000, 4000, 30_000, 30_000]);
        let steady = Retry { exponential: false, ..plain };
        assert_eq!(backoff(&steady, 9, 0), Millis(1000));
        let run = RunId::from_typed("7Q4M");
        let waits: Vec<u64> =
            (1..50).map(|item| backoff(&Retry::default(), 1, seed(&run, StepKey::item(0, item, 0), 1)).0).collect();
        assert!(waits.iter().all(|wait| (500..=1000).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 650) && waits.iter().any(|wait| *wait > 850));
    }

    #[test]
    fn no_try_begins_after_the_deadline_and_a_longer_retry_after_is_honoured() {
        let mut failure = Failure::new(Class::Busy, "code", "message");
        failure.retry_after = Some(Millis::from_secs(7));
        let deadline = Some(Millis::from_secs(10));
        let policy = Policy { retry: Retry { jitter: false, deadline, ..Retry::default() }, ..Policy::default() };
        let work = exchanged(Effect::Read);
        let after = |elapsed| {
            FailedTry { failure: &failure, work: &work, policy: &policy, attempt: 1, elapsed, speed: 1.0, seed: 0 }
                .next()
        };
        assert_eq!(after(Millis::from_secs(3)), Next::Repeat(Millis::from_secs(7)));
        assert_eq!(after(Millis::from_secs(4)), Next::Fail);
    }
}
