//! What was bought, and how it is found again: the driver asks here around an action that costs credits.
//!
//! A [`Face`] says what an agent was made from, whoever made it and wherever it stands in a file. Before the driver
//! sends, it records its intent with a new idempotency key; after the answer, the agent. Both are on the disk
//! before the driver goes on, so whatever was paid for is known here, or is found with its key.
//!
//! ```text
//! known(face) → choose(…) → nothing: intend(new purchase) → send with its key → bought(key, agent, credits)
//!                  │
//!                  └ one, bought: ask the service; there: reuse it, at no cost; not there: abandon(key), again
//!                  └ one, intended: what `recovery(now)` says
//! ```
//!
//! It refuses an intent that was made without knowing of another one for the same face: two runs at once do not buy
//! twice. It never decides to buy, and it knows nothing of steps but what tells alike faces apart.

mod choose;
mod face;
pub mod memory;
pub mod price;
pub mod sqlite;

use std::pin::Pin;

use uuid::Uuid;

pub use self::choose::{Wanted, choose};
pub use self::face::{Face, FaceParts, prompt_sha256};
use crate::clock::Timestamp;
use crate::database::DatabaseError;
use crate::duration::Millis;
use crate::ids::RunId;

/// How long a key is used again; the service forgets it after 24 hours.
const KEY_LIVES: Millis = Millis::from_secs(23 * 3600);

/// An answer that comes later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, PurchaseError>> + Send + 'a>>;

/// Keeps purchases. Every write is on the disk when it is answered.
pub trait Purchases: Send + Sync {
    /// Every purchase of a face, those that are gone too, in the order they were intended.
    fn known<'a>(&'a self, face: &Face) -> Reply<'a, Vec<Purchase>>;

    /// The purchase with this key.
    fn find<'a>(&'a self, key: &str) -> Reply<'a, Option<Purchase>>;

    /// Records that a purchase is about to be made.
    ///
    /// Refused as [`PurchaseError::Raced`] when another was intended since `known` was read: read it again.
    fn intend<'a>(&'a self, purchase: &Purchase) -> Reply<'a, ()>;

    /// Records what the intent with this key brought, and what it cost.
    fn bought<'a>(&'a self, key: &str, bought: &Bought) -> Reply<'a, ()>;

    /// Records that the purchase with this key is not to be found again: never made, refused, or its agent is gone.
    fn abandon<'a>(&'a self, key: &str) -> Reply<'a, ()>;

    /// Records that an agent is gone from a service. One that nobody bought here is no error.
    fn gone<'a>(&'a self, service: &str, agent: &str) -> Reply<'a, ()>;
}

/// An agent that was paid for, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The key that makes a repeat harmless, and the name of this purchase.
    pub key: String,
    /// What it is made from.
    pub face: Face,
    /// How many purchases of the face came before, those that are gone too.
    pub ordinal: u32,
    /// The key of the service.
    pub service: String,
    /// The workflow's name.
    pub workflow: String,
    /// What it was made for, to tell alike faces apart.
    pub wanted: Wanted,
    /// The agent's code: asked for, or answered.
    pub agent: Option<String>,
    /// How far it is.
    pub state: PurchaseState,
    /// When it was intended.
    pub at: Timestamp,
    /// The run that intended it.
    pub run: RunId,
    /// What it cost; before the answer, what it is expected to cost.
    pub credits: u64,
}

/// How far a purchase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PurchaseState {
    /// It was about to be made; nobody has recorded an answer.
    Intended,
    /// It was made.
    Bought,
    /// It is not to be found again.
    Gone,
}

/// What an intent brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The agent's code.
    pub agent: String,
    /// What it cost.
    pub credits: u64,
}

/// What to do about an intent that has no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Send it again with its own key: the service answers as it did the first time, and charges once.
    Repeat,
    /// The key is forgotten: ask whether this agent exists.
    LookUp {
        /// The code that was asked for.
        agent: String,
    },
    /// Nobody can know: a person says.
    Unknown,
}

/// Why a purchase could not be read or recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PurchaseError {
    /// Another purchase of the face was intended in the meantime.
    #[error("another run buys the same agent at this moment")]
    Raced,
    /// There is no purchase with this key.
    #[error("there is no purchase with the key `{0}`")]
    NoPurchase(String),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl PurchaseError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Raced => "read what is known once more, and choose again".to_owned(),
            Self::NoPurchase(_) => "intend a purchase before it is made".to_owned(),
            Self::Database(error) => error.hint(),
        }
    }
}

impl Purchase {
    /// What to do about it when it is intended only; none when its outcome is known.
    pub fn recovery(&self, now: Timestamp) -> Option<Recovery> {
        match (self.state, &self.agent) {
            (PurchaseState::Bought | PurchaseState::Gone, _) => None,
            (PurchaseState::Intended, _) if now.since(self.at) < KEY_LIVES => Some(Recovery::Repeat),
            (PurchaseState::Intended, Some(agent)) => Some(Recovery::LookUp { agent: agent.clone() }),
            (PurchaseState::Intended, None) => Some(Recovery::Unknown),
        }
    }
}

impl PurchaseState {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Bought => "bought",
            Self::Gone => "gone",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Intended, Self::Bought, Self::Gone].into_iter().find(|state| state.as_str() == word)
    }
}

/// A new idempotency key. It is recorded before it is used.
pub fn new_key() -> String {
    Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests;
