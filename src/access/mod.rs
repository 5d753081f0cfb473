//! Who may look at runs and steer them over the network, and which of their requests were answered already.
//!
//! The page and the commands that hand tokens out share it with the database of the state folder. A token is shown
//! once and kept as its SHA-256; it is never compared, only looked up by its digest. A request that was answered is
//! known for 24 hours by its key, so that whoever sends it again starts nothing twice.
//!
//! It refuses to know what a token is for: the page asks for a role, and it answers one.

mod answered;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use rusqlite::types::Type;

use crate::clock::Timestamp;
use crate::database::{Database, DatabaseError};

pub use answered::{Answered, Claim};
pub use tokens::{Role, Token};

/// The tokens and the answered requests of a state folder. Clones share them.
#[derive(Clone, Debug)]
pub struct Access {
    database: Arc<Database>,
}

impl Access {
    /// Those of a database.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// Why it could not be read or kept.
pub type AccessError = DatabaseError;

/// An instant of a row.
fn instant(text: &str) -> rusqlite::Result<Timestamp> {
    let unreadable = || rusqlite::Error::FromSqlConversionFailure(0, Type::Text, "no instant".into());
    Timestamp::parse(text).ok_or_else(unreadable)
}
