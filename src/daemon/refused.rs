//! Why a run is not begun or taken up: the same words for a terminal, a page and a program.

use crate::daemon::runs::RunsError;
use crate::data::inputs::InputError;
use crate::diagnostic::Diagnostic;
use crate::journal::JournalError;
use crate::plan::choose::NoSuchStep;
use crate::settings::SettingsError;

/// Why a run is not begun or taken up. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The file has mistakes.
    #[error("the file has mistakes")]
    Mistakes(Vec<Diagnostic>),
    /// A file beside the workflow has a mistake.
    #[error("{}", .0.message)]
    Mistake(Box<Diagnostic>),
    /// The file is of another kind, such as `faults`.
    #[error("this is a file of `kind: {0}`, not a workflow")]
    OtherKind(String),
    /// The inputs do not fit.
    #[error("the inputs do not fit")]
    Inputs(Vec<InputError>),
    /// Something else, in words.
    #[error("{message}")]
    Because {
        /// What kind of thing it is.
        why: Why,
        /// What is wrong.
        message: String,
        /// The exact fix.
        hint: Option<String>,
    },
    /// The runs of the project cannot be used.
    #[error(transparent)]
    Runs(#[from] RunsError),
}

/// What kind of thing keeps a run from going on: commands have an exit code for each, pages a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// What was asked for is not possible: workflow, inputs, options.
    Invalid,
    /// Settings or credentials.
    Settings,
    /// The service cannot be reached, or the account cannot pay.
    Service,
}

impl Refused {
    /// A refusal in words.
    pub fn new(why: Why, message: impl Into<String>) -> Self {
        Self::Because { why, message: message.into(), hint: None }
    }

    /// All of it in a line, for who keeps it beside other things.
    pub fn in_a_line(&self) -> String {
        match self {
            Self::Mistakes(found) => found
                .first()
                .map_or_else(|| self.to_string(), |first| format!("{} (line {})", first.message, first.start().line)),
            Self::Inputs(errors) => errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "),
            Self::Because { message, hint: Some(hint), .. } => format!("{message}; {hint}"),
            other => other.to_string(),
        }
    }

    /// The same with a fix.
    pub fn hint(self, fix: impl Into<String>) -> Self {
        match self {
            Self::Because { why, message, .. } => Self::Because { why, message, hint: Some(fix.into()) },
            other => other,
        }
    }
}

impl From<SettingsError> for Refused {
    fn from(error: SettingsError) -> Self {
        Self::new(Why::Settings, error.to_string())
    }
}

impl From<NoSuchStep> for Refused {
    fn from(error: NoSuchStep) -> Self {
        Self::Because { why: Why::Invalid, message: error.message, hint: error.hint }
    }
}

impl From<JournalError> for Refused {
    fn from(error: JournalError) -> Self {
        Self::Runs(error.into())
    }
}
