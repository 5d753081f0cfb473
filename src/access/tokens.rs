//! Tokens: made, looked up, listed, revoked.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use uuid::Uuid;

use super::{Access, AccessError, instant};
use crate::clock::Timestamp;
use crate::database::Durability;
use crate::secret::Secret;
use crate::sha256;

/// What a token lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Look, start and steer.
    Operator,
}

/// A token as lists show it: never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is revoked by.
    pub id: String,
    /// What it lets its bearer do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped to be one.
    pub revoked_at: Option<Timestamp>,
}

impl Role {
    /// The word people read, also in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator].into_iter().find(|role| role.as_str() == word)
    }
}

impl Access {
    /// Makes a token. Its text is known to the caller alone, and only now.
    pub async fn create_token(&self, role: Role, at: Timestamp) -> Result<(Token, Secret), AccessError> {
        // Two of them hold 244 random bits of the system's generator.
        let text = format!("rst_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let id = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let token = Token { id, role, created_at: at, revoked_at: None };
        let (kept, digest) = (token.clone(), sha256::hex(&text));
        let insert = move |connection: &Connection| {
            let insert = "INSERT INTO tokens (id, sha256, role, created_at) VALUES (?1, ?2, ?3, ?4)";
            let values = params![kept.id, digest, kept.role.as_str(), kept.created_at.to_string()];
            connection.execute(insert, values)
        };
        self.database.write(Durability::Synced, insert).await.done().await?;
        Ok((token, Secret::new(text)))
    }

    /// The token with this text, unless it was revoked.
    pub async fn find_token(&self, text: &str) -> Result<Option<Token>, AccessError> {
        let digest = sha256::hex(text);
        let read = move |connection: &Connection| {
            let mut find =
                connection.prepare_cached("SELECT * FROM tokens WHERE sha256 = ?1 AND revoked_at IS NULL")?;
            find.query_row([digest], token_of).optional()
        };
        self.database.read(read).await
    }

    /// Tells whether a token still is one.
    pub async fn is_valid(&self, id: &str) -> Result<bool, AccessError> {
        let id = id.to_owned();
        let read = move |connection: &Connection| {
            connection.prepare_cached("SELECT 1 FROM tokens WHERE id = ?1 AND revoked_at IS NULL")?.exists([id])
        };
        self.database.read(read).await
    }

    /// Every token, the oldest first.
    pub async fn tokens(&self) -> Result<Vec<Token>, AccessError> {
        let read = |connection: &Connection| {
            let mut all = connection.prepare_cached("SELECT * FROM tokens ORDER BY created_at, rowid")?;
            all.query_map([], token_of)?.collect()
        };
        self.database.read(read).await
    }

    /// Takes a token back at once. Tells whether there was one.
    pub async fn revoke_token(&self, id: &str, at: Timestamp) -> Result<bool, AccessError> {
        let id = id.to_owned();
        let update = move |connection: &Connection| {
            let update = "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
            connection.execute(update, params![id, at.to_string()])
        };
        Ok(self.database.write(Durability::Synced, update).await.done().await? == 1)
    }
}

fn token_of(row: &Row<'_>) -> rusqlite::Result<Token> {
    let revoked: Option<String> = row.get("revoked_at")?;
    Ok(Token {
        id: row.get("id")?,
        // A role that a later version added lets its bearer look at least.
        role: Role::from_word(&row.get::<_, String>("role")?).unwrap_or(Role::Viewer),
        created_at: instant(&row.get::<_, String>("created_at")?)?,
        revoked_at: revoked.as_deref().map(instant).transpose()?,
    })
}
