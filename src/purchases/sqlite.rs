//! The purchases of a state folder, in its database.

use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::{Bought, Face, Purchase, PurchaseError, PurchaseState, Purchases, Reply, Wanted};
use crate::clock::Timestamp;
use crate::database::{Database, Durability};
use crate::ids::RunId;

const INSERT: &str = "INSERT INTO purchases (idempotency_key, face, ordinal, service, workflow, prompt_sha256, \
     step, rank, agent, state, at, run, credits) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING";

/// Purchases in the database of a state folder.
#[derive(Debug)]
pub struct SqlitePurchases(Arc<Database>);

impl SqlitePurchases {
    /// The purchases of a database.
    pub fn new(database: Arc<Database>) -> Self {
        Self(database)
    }

    /// Every purchase that was made and is not known to be gone, the newest first.
    pub async fn bought_ones(&self) -> Result<Vec<Purchase>, PurchaseError> {
        let select = |connection: &Connection| {
            let mut bought =
                connection.prepare_cached("SELECT * FROM purchases WHERE state = 'bought' ORDER BY at DESC, rowid")?;
            bought.query_map([], purchase_of)?.collect()
        };
        Ok(self.0.read(select).await?)
    }

    /// Every purchase on a service, whatever became of it, in the order they were intended.
    pub async fn of_service(&self, service: &str) -> Result<Vec<Purchase>, PurchaseError> {
        let service = service.to_owned();
        let select = move |connection: &Connection| {
            let mut all = connection.prepare_cached("SELECT * FROM purchases WHERE service = ?1 ORDER BY rowid")?;
            all.query_map([service], purchase_of)?.collect()
        };
        Ok(self.0.read(select).await?)
    }

    /// Changes rows, on the disk when it returns, and tells how many.
    async fn change<P>(&self, statement: &'static str, values: P) -> Result<usize, PurchaseError>
    where
        P: Params + Send + 'static,
    {
        let change = move |connection: &Connection| connection.prepare_cached(statement)?.execute(values);
        Ok(self.0.write(Durability::Synced, change).await.done().await?)
    }
}

impl Purchases for SqlitePurchases {
    fn known<'a>(&'a self, face: &Face) -> Reply<'a, Vec<Purchase>> {
        let face = face.clone();
        Box::pin(async move {
            let select = move |connection: &Connection| {
                let mut known =
                    connection.prepare_cached("SELECT * FROM purchases WHERE face = ?1 ORDER BY ordinal")?;
                known.query_map([face.as_str()], purchase_of)?.collect()
            };
            Ok(self.0.read(select).await?)
        })
    }

    fn find<'a>(&'a self, key: &str) -> Reply<'a, Option<Purchase>> {
        let key = key.to_owned();
        Box::pin(async move {
            let select = move |connection: &Connection| {
                let mut found = connection.prepare_cached("SELECT * FROM purchases WHERE idempotency_key = ?1")?;
                found.query_row([key], purchase_of).optional()
            };
            Ok(self.0.read(select).await?)
        })
    }

    fn intend<'a>(&'a self, purchase: &Purchase) -> Reply<'a, ()> {
        let purchase = purchase.clone();
        Box::pin(async move {
            let insert = move |connection: &Connection| insert(connection, &purchase);
            match self.0.write(Durability::Synced, insert).await.done().await? {
                0 => Err(PurchaseError::Raced),
                _ => Ok(()),
            }
        })
    }

    fn bought<'a>(&'a self, key: &str, bought: &Bought) -> Reply<'a, ()> {
        let (key, agent, credits) = (key.to_owned(), bought.agent.clone(), bought.credits.cast_signed());
        Box::pin(async move {
            let statement =
                "UPDATE purchases SET state = 'bought', agent = ?2, credits = ?3 WHERE idempotency_key = ?1";
            match self.change(statement, (key.clone(), agent, credits)).await? {
                0 => Err(PurchaseError::NoPurchase(key)),
                _ => Ok(()),
            }
        })
    }

    fn abandon<'a>(&'a self, key: &str) -> Reply<'a, ()> {
        let key = key.to_owned();
        Box::pin(async move {
            let statement = "UPDATE purchases SET state = 'gone' WHERE idempotency_key = ?1";
            match self.change(statement, (key.clone(),)).await? {
                0 => Err(PurchaseError::NoPurchase(key)),
                _ => Ok(()),
            }
        })
    }

    fn gone<'a>(&'a self, service: &str, agent: &str) -> Reply<'a, ()> {
        let agent = (service.to_owned(), agent.to_owned());
        Box::pin(async move {
            self.change("UPDATE purchases SET state = 'gone' WHERE service = ?1 AND agent = ?2", agent).await?;
            Ok(())
        })
    }
}

fn insert(connection: &Connection, purchase: &Purchase) -> rusqlite::Result<usize> {
    connection.prepare_cached(INSERT)?.execute(params![
        purchase.key,
        purchase.face.as_str(),
        purchase.ordinal,
        purchase.service,
        purchase.workflow,
        purchase.wanted.prompt_sha256,
        purchase.wanted.step,
        purchase.wanted.rank,
        purchase.agent,
        purchase.state.as_str(),
        purchase.at.to_string(),
        purchase.run.as_str(),
        purchase.credits.cast_signed(),
    ])
}

fn purchase_of(row: &Row<'_>) -> rusqlite::Result<Purchase> {
    let unreadable = |column: &str| {
        let detail = format!("`{column}` of a purchase cannot be read");
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, detail.into())
    };
    let credits: i64 = row.get("credits")?;
    let wanted = Wanted { prompt_sha256: row.get("prompt_sha256")?, step: row.get("step")?, rank: row.get("rank")? };
    Ok(Purchase {
        key: row.get("idempotency_key")?,
        face: Face::from_text(row.get("face")?),
        ordinal: row.get("ordinal")?,
        service: row.get("service")?,
        workflow: row.get("workflow")?,
        wanted,
        agent: row.get("agent")?,
        state: PurchaseState::from_word(&row.get::<_, String>("state")?).ok_or_else(|| unreadable("state"))?,
        at: Timestamp::parse(&row.get::<_, String>("at")?).ok_or_else(|| unreadable("at"))?,
        run: RunId::from_typed(&row.get::<_, String>("run")?),
        credits: credits.cast_unsigned(),
    })
}
