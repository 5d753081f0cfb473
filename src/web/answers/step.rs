//! Steps as they are shown.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::report::event::{PublicError, PublicItem};

/// A step of the plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NodeItem {
    /// Its id; `loop.step` in a loop's body.
    pub id: String,
    /// What people read instead.
    pub name: Option<String>,
    /// Its action.
    pub action: String,
    /// `steps`, `on_failure`, `finally`.
    pub section: &'static str,
    /// What it waits for, and why.
    pub needs: Vec<NeedItem>,
    /// How many steps stand above it in its list, at the most, one behind the other.
    pub layer: usize,
    /// Whether it is in a loop's body.
    pub in_loop: bool,
}

/// What a step waits for.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NeedItem {
    /// The step.
    pub id: String,
    /// `order`, `needs`, `reference`, `agent`.
    pub why: &'static str,
}

/// A step as far as it has come.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StepItem {
    /// Its id; `loop.step` in a loop's body.
    pub step: String,
    /// The item that it is in.
    pub item: Option<PublicItem>,
    /// Its action.
    pub action: String,
    /// `pending`, `waiting`, `running`, `retrying`, `paused`, `blocked`, `asking`, `succeeded`, `failed`, `skipped`,
    /// `unknown`, `cancelled`.
    pub state: &'static str,
    /// What is said.
    pub text: Option<String>,
    /// Where it is heard.
    pub room: Option<String>,
    /// The code of the agent.
    pub agent: Option<String>,
    /// When its first attempt, its wait, its pause or its loop began: RFC 3339, UTC.
    pub began_at: Option<String>,
    /// When it ended: RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// Its attempts.
    pub attempts: Vec<AttemptItem>,
    /// What it waited for.
    pub waits: Vec<WaitItem>,
    /// Its result.
    pub result: Option<Value>,
    /// How it, or its last attempt, failed.
    pub error: Option<PublicError>,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// What it cost.
    pub credits: Option<u64>,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct AttemptItem {
    /// Its number, from 1.
    pub number: u32,
    /// When it began: RFC 3339, UTC.
    pub began_at: String,
    /// When it ended: RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// How it failed.
    pub error: Option<PublicError>,
}

/// A wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct WaitItem {
    /// `delay`, `cue`, `rate_limit`, `wait`, `pause`, `go`, `service`, `backoff`, `look`, `hold`.
    pub reason: &'static str,
    /// From when: RFC 3339, UTC.
    pub from: String,
    /// Until when, as far as that is known: RFC 3339, UTC.
    pub until: Option<String>,
}
