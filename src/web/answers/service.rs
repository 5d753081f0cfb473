//! The server itself, and what the service knows of us.

use schemars::JsonSchema;
use serde::Serialize;

/// How the server stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Health {
    /// `ok`, or `draining` while it ends.
    pub status: &'static str,
    /// The version of the program.
    pub version: &'static str,
    /// Where runs go.
    pub service: ServiceItem,
    /// The project's folder, its name alone.
    pub project: String,
    /// How many runs are under way, in this process or another.
    pub runs_active: u64,
    /// When the server began: RFC 3339, UTC.
    pub started_at: String,
}

/// Where runs go.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ServiceItem {
    /// Whether nothing leaves this machine.
    pub sandbox: bool,
    /// The host.
    pub host: String,
    /// The account.
    pub account: String,
    /// Credits left, where the service says it.
    pub credits: Option<f64>,
}

/// The agents that were bought.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Agents {
    /// The newest first.
    pub agents: Vec<AgentItem>,
}

/// An agent that was bought.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AgentItem {
    /// Its code.
    pub code: String,
    /// What people call the step that made it.
    pub name: Option<String>,
    /// The workflow that made it.
    pub workflow: String,
    /// The model that was asked for.
    pub model: Option<String>,
    /// When: RFC 3339, UTC.
    pub bought_at: String,
    /// What it cost.
    pub credits: u64,
}

/// What is heard on a sandbox, room by room.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stage {
    /// The rooms in which something was heard, in the order of their first line.
    pub rooms: Vec<RoomItem>,
}

/// A room.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RoomItem {
    /// Its name; `every room` for what was said everywhere.
    pub room: String,
    /// The oldest first.
    pub lines: Vec<LineItem>,
}

/// A line that was heard.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineItem {
    /// When: RFC 3339, UTC.
    pub at: String,
    /// What.
    pub text: String,
    /// The code of the agent.
    pub agent: Option<String>,
    /// `speak`, or `context` for what the agent was told.
    pub kind: &'static str,
    /// The run.
    pub run: String,
}

/// When what is due.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Schedule {
    /// In order.
    pub fires: Vec<Fire>,
}

/// One nominal time of a workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fire {
    /// The workflow.
    pub workflow: String,
    /// The local time as the file names it.
    pub nominal: String,
    /// When it is there: local, with the offset at that instant.
    pub local: String,
    /// When it is: RFC 3339, UTC.
    pub utc: String,
    /// `fire`, `skip`, `shift`, `catchup`, `missed`.
    pub decision: String,
    /// How far it is: `waiting`, `claimed`, `started`, `lost`, or `settled` where nothing is to be done; none of one that
    /// is still to come.
    pub state: Option<&'static str>,
    /// How many times this stands for, of which it is the last.
    pub times: u64,
    /// Why, for people.
    pub reason: String,
    /// The run that it started, where it is told.
    pub run: Option<String>,
}

/// What a token lets its bearer do.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LoggedIn {
    /// `viewer` or `operator`.
    pub role: &'static str,
}
