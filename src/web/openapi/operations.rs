//! Every operation: what it takes, what it answers, how it refuses.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::web::answers::asked::{
    GoAsked, LoginAsked, NothingAsked, PlanAsked, RerunAsked, ResolveAsked, ResumeAsked, StartAsked,
};
use crate::web::answers::plan::PlanAnswer;
use crate::web::answers::run::{RunDetail, RunNamed, RunPage};
use crate::web::answers::service::{Agents, Health, LoggedIn, Schedule, Stage};
use crate::web::answers::workflow::{WorkflowDetail, Workflows};

/// How the schema of a type is had.
type Typed = fn(&mut SchemaGenerator) -> Schema;

/// One operation.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// Its name for clients.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// What is asked beside the path.
    pub(super) parameters: Vec<Parameter>,
    /// The type of its body.
    pub(super) body: Option<Typed>,
    /// How it answers when it does what was asked.
    pub(super) answers: Vec<(u16, Answers)>,
    /// How it refuses, beside what every operation refuses.
    refuses: &'static [u16],
}

/// What an operation answers.
pub(super) enum Answers {
    /// No body.
    Nothing,
    /// JSON of a type.
    Json(Typed),
    /// Text of a kind.
    Text(&'static str),
}

/// A parameter of the query or a header.
pub(super) struct Parameter {
    name: &'static str,
    place: &'static str,
    what: &'static str,
    schema: Value,
}

fn typed<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn get(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    let (parameters, answers) = (Vec::new(), Vec::new());
    Operation { method: "GET", path, id, summary, parameters, body: None, answers, refuses: &[] }
}

fn post<T: JsonSchema>(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation { method: "POST", body: Some(typed::<T>), ..get(path, id, summary) }
}

impl Operation {
    fn json<T: JsonSchema>(mut self, status: u16) -> Self {
        self.answers.push((status, Answers::Json(typed::<T>)));
        self
    }

    fn text(mut self, kind: &'static str) -> Self {
        self.answers.push((200, Answers::Text(kind)));
        self
    }

    fn nothing(mut self, status: u16) -> Self {
        self.answers.push((status, Answers::Nothing));
        self
    }

    fn asks(mut self, name: &'static str, what: &'static str, schema: Value) -> Self {
        self.parameters.push(Parameter { name, place: "query", what, schema });
        self
    }

    fn header(mut self, name: &'static str, what: &'static str, schema: Value) -> Self {
        self.parameters.push(Parameter { name, place: "header", what, schema });
        self
    }

    fn refuses(self, statuses: &'static [u16]) -> Self {
        Self { refuses: statuses, ..self }
    }

    /// Every status of a refusal.
    pub(super) fn refusals(&self) -> Vec<u16> {
        let mut statuses = vec![401, 421, 429, 503];
        statuses.extend(self.refuses);
        if self.body.is_some() {
            statuses.extend([400, 403, 408, 413, 415]);
        }
        if !self.parameters.is_empty() {
            statuses.push(400);
        }
        if self.path.contains('{') {
            statuses.push(404);
        }
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}

impl Parameter {
    pub(super) fn described(&self) -> Value {
        json!({
            "name": self.name, "in": self.place, "required": false, "description": self.what, "schema": self.schema,
        })
    }
}

/// Every operation.
pub(super) fn all() -> Vec<Operation> {
    let mut all = looking();
    all.extend(workflows_and_runs());
    all.extend(steering());
    all
}

fn looking() -> Vec<Operation> {
    let instant = || json!({ "type": "string", "format": "date-time" });
    vec![
        get("/api/v1/health", "health", "How the server stands, and where runs go").json::<Health>(200),
        get("/api/v1/openapi.json", "document", "This document").json::<Value>(200),
        get("/metrics", "metrics", "Figures in the text form of Prometheus").text("text/plain"),
        get("/api/v1/events", "news", "What changes anywhere, as it changes; nothing is replayed")
            .text("text/event-stream"),
        get("/api/v1/schedule", "schedule", "When workflows run by themselves")
            .asks("from", "From when: RFC 3339", instant())
            .asks("to", "Until when: RFC 3339", instant())
            .json::<Schedule>(200),
        get("/api/v1/agents", "agents", "The agents that were bought").json::<Agents>(200),
        get("/api/v1/stage", "stage", "What was heard in the rooms of a sandbox").json::<Stage>(200).refuses(&[404]),
        post::<LoginAsked>("/api/v1/login", "login", "A cookie for a token").json::<LoggedIn>(200),
        post::<NothingAsked>("/api/v1/logout", "logout", "The end of a cookie").nothing(204),
    ]
}

fn workflows_and_runs() -> Vec<Operation> {
    let text = || json!({ "type": "string" });
    let number = |least: u64| json!({ "type": "integer", "minimum": least });
    let status = json!({ "enum": ["running", "stopped", "succeeded", "failed", "cancelled"] });
    vec![
        get("/api/v1/workflows", "workflows", "The workflow files").json::<Workflows>(200),
        get("/api/v1/workflows/{name}", "workflow", "A file: its text, its mistakes, its inputs")
            .json::<WorkflowDetail>(200),
        post::<PlanAsked>("/api/v1/workflows/{name}/plan", "plan", "What a run would do, say and buy")
            .json::<PlanAnswer>(200)
            .refuses(&[409, 422]),
        get("/api/v1/runs", "runs", "Runs, the newest first")
            .asks("workflow", "Of this workflow only", text())
            .asks("status", "Of this status only", status)
            .asks("limit", "At most so many", json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }))
            .asks("before", "Only those that began before this one", text())
            .json::<RunPage>(200)
            .refuses(&[404]),
        get("/api/v1/runs/{run}", "run", "All that is known of a run").json::<RunDetail>(200),
        get("/api/v1/runs/{run}/events", "events", "The events of a run, those that were and those that come")
            .asks("from", "The number of the first event", number(0))
            .header("Last-Event-ID", "The number after which a stream is taken up again", number(0))
            .text("text/event-stream"),
        get("/api/v1/runs/{run}/graph.svg", "graph", "The plan of a run as a drawing").text("image/svg+xml"),
    ]
}

/// A delivery, with what its sender signs it by.
fn signed(operation: Operation) -> Operation {
    let text = || json!({ "type": "string" });
    operation.header("X-BitHuman-Timestamp", "When it was signed: seconds since 1970", text()).header(
        "X-BitHuman-Signature",
        "`sha256=HEX`, HMAC-SHA256 over `TIMESTAMP.BODY`",
        text(),
    )
}

fn steering() -> Vec<Operation> {
    let key = || json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let what = "A request with the same key within 24 hours begins nothing anew";
    vec![
        post::<StartAsked>("/api/v1/runs", "start", "Begin a run; refused as `group-full` where its group has no room")
            .header("Idempotency-Key", what, key())
            .json::<RunNamed>(201)
            .refuses(&[404, 409, 422]),
        post::<NothingAsked>("/api/v1/runs/{run}/cancel", "cancel", "End a run for good; its `finally` runs once")
            .json::<RunNamed>(202)
            .refuses(&[409, 422]),
        post::<GoAsked>("/api/v1/runs/{run}/go", "go", "Answer the open pause, or let the next step out")
            .json::<RunNamed>(202)
            .refuses(&[409, 422]),
        post::<ResolveAsked>("/api/v1/runs/{run}/resolve", "resolve", "Say what became of an unknown step")
            .json::<RunNamed>(202)
            .refuses(&[409, 422]),
        post::<ResumeAsked>("/api/v1/runs/{run}/resume", "resume", "Go on with a run that stopped or crashed")
            .json::<RunNamed>(202)
            .refuses(&[409, 422]),
        post::<RerunAsked>("/api/v1/runs/{run}/rerun", "rerun", "Begin a run anew, or a part of it")
            .header("Idempotency-Key", what, key())
            .json::<RunNamed>(201)
            .refuses(&[409, 422]),
        signed(post::<Value>("/hooks", "told", "The service tells that an agent is ready or has failed"))
            .nothing(204)
            .refuses(&[404]),
        signed(post::<Value>(
            "/hooks/{workflow}",
            "hook",
            "Begin a run by a signed delivery; its body gives the inputs; `group-full` where its group has no room",
        ))
        .header(
            "X-BitHuman-Delivery",
            "The delivery's id: sent again, it begins nothing anew",
            json!({ "type": "string" }),
        )
        .header("Idempotency-Key", what, key())
        .json::<RunNamed>(201)
        .refuses(&[409, 422]),
    ]
}
