//! What is answered when something cannot be done: one form for every endpoint, and never a 5xx but 503.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::RunsError;
use crate::diagnostic::Diagnostic;
use crate::web::answers::plan::{Buy, Say};
use crate::web::answers::workflow::DiagnosticItem;

/// What is answered when something cannot be done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct ErrorAnswer {
    /// Why.
    pub error: ErrorBody,
}

/// Why something cannot be done.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ErrorBody {
    /// The reason as a word, such as `unknown-workflow`.
    pub code: String,
    /// The reason for people.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The mistakes of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Vec<DiagnosticItem>>,
    /// `would-buy`: the agents that would be bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buys: Option<Vec<Buy>>,
    /// `would-buy`: what they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<u64>,
    /// `would-say`, and `would-buy` of a rerun: the lines that would go out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<Vec<Say>>,
}

/// A refusal on its way to an answer.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: Box<ErrorBody>,
    retry_after: Option<u64>,
}

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A refusal with its status, its word, and a sentence.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let body = ErrorBody { code: code.to_owned(), message: message.into(), ..ErrorBody::default() };
        Self { status, body: Box::new(body), retry_after: None }
    }

    /// The request makes no sense.
    pub(crate) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// There is no such thing.
    pub(crate) fn missing(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// The state does not allow it.
    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// It cannot be done now.
    pub(crate) fn unavailable(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// The workflow has mistakes.
    pub(crate) fn mistakes(diagnostics: &[Diagnostic]) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "broken-workflow", "the workflow has mistakes");
        problem.body.diagnostics = Some(diagnostics.iter().map(DiagnosticItem::of).collect());
        problem
    }

    /// The same with a fix.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// The same with what would be bought.
    pub(crate) fn buys(mut self, buys: Vec<Buy>, credits: u64) -> Self {
        self.body.buys = Some(buys);
        self.body.credits = Some(credits);
        self
    }

    /// The same with what would be said.
    pub(crate) fn says(mut self, says: Vec<Say>) -> Self {
        self.body.says = Some(says);
        self
    }

    /// The same with the seconds after which it may be tried again.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorAnswer { error: *self.body })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<RunsError> for Problem {
    fn from(error: RunsError) -> Self {
        match &error {
            RunsError::Lock(_) => {
                Self::conflict("held", error.to_string()).hint("steer it from the process that drives it")
            }
            RunsError::Changed(_) => Self::conflict("changed", error.to_string()).hint("try again"),
            RunsError::Path(_) | RunsError::Items(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable-file", error.to_string())
            }
            error if error.is_no_run() => Self::missing("unknown-run", error.to_string()),
            _ => Self::unavailable("journal", error.to_string()).hint("`runsheet doctor` looks through the journal"),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Mistakes(found) => Self::mistakes(&found),
            Refused::Mistake(found) => Self::mistakes(&[*found]),
            Refused::Inputs(errors) => {
                let told: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                let problem = Self::bad("bad-inputs", told.join("; "));
                errors.iter().find_map(|error| error.hint.clone()).into_iter().fold(problem, Self::hint)
            }
            Refused::Because { why, message, hint } => {
                let problem = match why {
                    Why::Invalid => Self::bad("invalid", message),
                    Why::Settings => Self::conflict("settings", message),
                    Why::Service => Self::unavailable("service", message),
                };
                hint.into_iter().fold(problem, Self::hint)
            }
            Refused::Runs(error) => error.into(),
            other @ Refused::OtherKind(_) => Self::bad("invalid", other.to_string()),
        }
    }
}
