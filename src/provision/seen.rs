//! What the service has: each agent that the lock names, as it is now.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::bithuman::{AgentPhase, AgentRecord, Client, has_no_agent};
use crate::outcome::{Failure, Tier};

/// How many agents are asked for at once.
const AT_ONCE: usize = 16;

/// An agent on the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// There is none of this code.
    Gone,
    /// Its creation failed, and was refunded.
    Failed,
    /// It is there, or being made.
    There {
        /// Whether it can be used.
        is_ready: bool,
        /// Its prompt, where the service tells it.
        prompt: Option<String>,
    },
}

impl Seen {
    /// Reads the service's record.
    pub fn of(record: &AgentRecord) -> Self {
        match record.phase() {
            AgentPhase::Failed => Self::Failed,
            phase => Self::There { is_ready: phase == AgentPhase::Ready, prompt: record.system_prompt.clone() },
        }
    }
}

/// Asks for agents by their codes, some at once.
pub async fn look(client: &Client, codes: Vec<String>) -> Result<BTreeMap<String, Seen>, Failure> {
    let (mut seen, mut asked, mut codes) = (BTreeMap::new(), JoinSet::new(), codes.into_iter());
    loop {
        while asked.len() < AT_ONCE
            && let Some(code) = codes.next()
        {
            let client = client.clone();
            asked.spawn(async move {
                client.rate_limits().acquire(Tier::Read).await;
                let answer = client.agent(&code).await;
                (code, answer)
            });
        }
        let Some(answered) = asked.join_next().await else { return Ok(seen) };
        let Ok((code, answer)) = answered else { continue };
        let found = match answer {
            Ok(record) => Seen::of(&record),
            Err(failure) if has_no_agent(&failure) => Seen::Gone,
            Err(failure) => return Err(failure),
        };
        seen.insert(code, found);
    }
}
