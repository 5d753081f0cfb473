//! What an action is given for one exchange.

use std::time::Duration;

use crate::actions::http::web::Web;
use crate::bithuman::Client;
use crate::duration::Millis;
use crate::secret::{Redactor, Secret};

/// Everything an action may use beside its fields.
pub struct Context<'a> {
    /// The client of the service.
    pub client: &'a Client,
    /// The client for services that are not ours.
    pub web: &'a Web,
    /// The agent's code, when the action addresses one.
    pub agent: Option<&'a str>,
    /// The room; none is every room of the agent.
    pub room: Option<&'a str>,
    /// The key that makes a repeat harmless, when the action has one.
    pub idempotency_key: Option<&'a str>,
    /// The bound of this exchange.
    pub timeout: Duration,
    /// How long the step has been trying, at speed 1.
    pub waited: Millis,
    /// How often it has looked before.
    pub looks: u32,
    /// Whether agents may be deleted.
    pub allow_destroy: bool,
    /// Files and secrets of the run.
    pub store: &'a dyn Store,
}

/// Where an action finds what its rendered fields only refer to.
pub trait Store: Send + Sync {
    /// The content of a file of the run, by its hash.
    fn file(&self, sha256: &str) -> Result<Vec<u8>, String>;

    /// A secret, if it may go to the host.
    fn secret(&self, name: &str, host: &str) -> Result<Secret, String>;

    /// What takes secrets out of answers.
    fn redactor(&self) -> &Redactor;
}
