//! When a step goes out, how long it holds what follows, and what happens when it goes wrong.

use serde::{Deserialize, Serialize};

use crate::duration::Millis;

/// When a step does what it does. All lengths are at speed 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The wait once its needs are met.
    pub delay: Millis,
    /// Not before this offset on the run's clock.
    pub at: Option<Millis>,
    /// The wait after success before what follows.
    pub hold: Hold,
    /// How long after its moment a *once* step may still go out.
    pub expires: Option<Millis>,
    /// The bound of one exchange, in real time.
    pub timeout: Millis,
    /// How many words of speech a minute holds.
    pub speech_rate: f64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            delay: Millis::ZERO,
            at: None,
            hold: Hold::None,
            expires: None,
            timeout: Millis::from_secs(30),
            speech_rate: 150.0,
        }
    }
}

/// The wait after success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// None.
    None,
    /// A fixed length.
    For(Millis),
    /// The estimated length of the spoken text.
    Speech,
}

/// How a step's failures are treated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// When and how often an exchange is repeated.
    pub retry: Retry,
    /// Whether a failure counts as success for what follows and for the run.
    pub continue_on_error: bool,
    /// What to do when nobody knows whether a *once* action took effect.
    pub on_unknown: OnUnknown,
}

impl Default for Policy {
    fn default() -> Self {
        Self { retry: Retry::default(), continue_on_error: false, on_unknown: OnUnknown::Ask }
    }
}

/// When and how often an exchange is repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Tries in all, at least 1.
    pub max_attempts: u32,
    /// Whether waits double.
    pub exponential: bool,
    /// The first wait.
    pub delay: Millis,
    /// The longest wait.
    pub max_delay: Millis,
    /// Whether waits are spread, by a hash of run, step and attempt.
    pub jitter: bool,
    /// No try begins later than this after the first.
    pub deadline: Option<Millis>,
}

impl Default for Retry {
    /// Four tries, one second doubling to thirty, with jitter.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            exponential: true,
            delay: Millis::from_secs(1),
            max_delay: Millis::from_secs(30),
            jitter: true,
            deadline: None,
        }
    }
}

/// What to do when nobody knows whether a *once* action took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Ask a person.
    #[default]
    Ask,
    /// Record it as unknown and go on.
    Skip,
    /// Say it again.
    Resend,
}
