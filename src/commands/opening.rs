//! What several commands begin with: a workflow file that is checked, and why a command ends early.

use std::path::{Path, PathBuf};

use crate::commands::output;
use crate::daemon::opened::Opened;
use crate::daemon::refused::{Refused, Why};
use crate::data::inputs::InputError;
use crate::data::project::{Project, shown_from};
use crate::diagnostic::{Diagnostic, nearest, render};
use crate::plan::choose::NoSuchStep;
use crate::workflow::folder;
use crate::workflow::load;

/// Why a command ends early: what to print, and the exit code.
#[derive(Debug)]
pub struct Refusal {
    /// For people.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

impl Refusal {
    /// A refusal with a message; its hint stands on a line of its own.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { message: format!("error: {}\n", message.into()), code }
    }

    /// The same with a fix.
    pub fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.message.push_str(&format!("  = hint: {}\n", hint.as_ref()));
        self
    }

    /// The mistakes of a file.
    pub fn of_file(diagnostics: &[Diagnostic]) -> Self {
        let summary = render::summary(diagnostics).map(|line| format!("\n{line}\n")).unwrap_or_default();
        Self { message: format!("{}{summary}", render::human(diagnostics)), code: 2 }
    }

    /// What is wrong with the inputs that were given.
    pub fn of_inputs(errors: &[InputError]) -> Self {
        let line = |error: &InputError| {
            let hint = error.hint.as_ref().map(|hint| format!("  = hint: {hint}\n")).unwrap_or_default();
            format!("error: {}\n{hint}", error.message)
        };
        Self { message: errors.iter().map(line).collect(), code: 2 }
    }

    /// Prints it. Answers the exit code.
    pub fn tell(self) -> u8 {
        output::tell(self.message);
        self.code
    }
}

impl From<NoSuchStep> for Refusal {
    fn from(error: NoSuchStep) -> Self {
        Refused::from(error).into()
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Mistakes(found) => Self::of_file(&found),
            Refused::Mistake(found) => Self { message: render::human(&[*found]), code: 2 },
            Refused::Inputs(errors) => Self::of_inputs(&errors),
            Refused::Runs(error) => error.into(),
            Refused::Because { why, message, hint } => {
                let refusal = Self::new(code(why), message);
                hint.into_iter().fold(refusal, Self::hint)
            }
            other @ Refused::OtherKind(_) => Self::new(2, other.to_string()),
        }
    }
}

fn code(why: Why) -> u8 {
    match why {
        Why::Invalid => 2,
        Why::Settings => 3,
        Why::Service => 4,
    }
}

/// Opens a workflow file, or the only one of the folder, and checks it. Warnings are printed.
pub fn workflow(path: Option<&Path>) -> Result<Opened, Refusal> {
    let current = std::env::current_dir().map_err(|error| Refusal::new(2, format!("no current folder: {error}")))?;
    let path = match path {
        Some(path) => path.to_path_buf(),
        None => only_workflow(&current)?,
    };
    let absolute = current.join(&path);
    if !absolute.is_file() {
        return Err(no_such_file(&path, &current));
    }
    let project = Project::find(Some(&absolute), &current);
    let opened = match Opened::read(&absolute, &shown_from(&current, &absolute), project) {
        Ok(opened) => opened,
        Err(Refused::OtherKind(kind)) => {
            let message = format!("`{}` is a file of `kind: {kind}`, not a workflow", path.display());
            return Err(Refusal::new(2, message).hint("name a workflow; a rehearsal takes faults by `--faults FILE`"));
        }
        Err(refused) => return Err(refused.into()),
    };
    if !opened.warnings.is_empty() {
        output::tell(render::human(&opened.warnings));
    }
    Ok(opened)
}

fn no_such_file(path: &Path, current: &Path) -> Refusal {
    let refusal = Refusal::new(2, format!("there is no file `{}`", path.display()));
    let near: Vec<String> =
        workflows_in(current).iter().map(|found| shown_from(current, found).display().to_string()).collect();
    match near.len() {
        0 => refusal.hint("`runsheet init` makes a project with a first workflow"),
        _ => {
            let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let stems: Vec<String> = near.iter().map(|name| stem(Path::new(name))).collect();
            let meant = nearest(&stem(path), stems.iter().map(String::as_str));
            match meant.and_then(|meant| near.iter().find(|name| stem(Path::new(name)) == meant)) {
                Some(file) => refusal.hint(format!("did you mean `{file}`?")),
                None => refusal.hint(format!("the workflows here are {}", listed(&near))),
            }
        }
    }
}

/// The only workflow of the folder, or of its `workflows`.
fn only_workflow(current: &Path) -> Result<PathBuf, Refusal> {
    let mut found = workflows_in(current);
    match (found.len(), found.pop()) {
        (1, Some(only)) => Ok(only),
        (0, _) => {
            Err(Refusal::new(2, "there is no workflow here").hint("name a file, or `runsheet init` makes a first one"))
        }
        (_, last) => {
            let all: Vec<PathBuf> = found.into_iter().chain(last).collect();
            let names: Vec<String> = all.iter().map(|path| shown_from(current, path).display().to_string()).collect();
            let hint = format!("name one of them: {}", listed(&names));
            Err(Refusal::new(2, format!("there are {} workflows here", names.len())).hint(hint))
        }
    }
}

fn workflows_in(current: &Path) -> Vec<PathBuf> {
    let is_yaml = |path: &PathBuf| path.file_name().is_some_and(|name| folder::is_workflow(&name.to_string_lossy()));
    let is_workflow = |path: &PathBuf| {
        // A link out of the project is not followed for the sake of what somebody did not name.
        let file = load::found(&Project::around(path), path, path);
        file.is_ok_and(|file| {
            file.read_text().is_ok_and(|text| {
                text.lines().any(|line| line.starts_with("version:"))
                    && !text.lines().any(|line| line.starts_with("kind:"))
            })
        })
    };
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_yaml).filter(is_workflow).collect();
        files.sort();
        files
    };
    let here = list(current);
    if here.is_empty() { list(&current.join("workflows")) } else { here }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(5) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}
