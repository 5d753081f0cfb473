//! What several commands begin with: a workflow file that is checked, a service that is known.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::bithuman::{AccountTier, Client, RateLimits};
use crate::commands::output;
use crate::data::inputs::InputError;
use crate::data::project::{Project, shown_from};
use crate::diagnostic::{Diagnostic, nearest, render};
use crate::engine::event::Service;
use crate::outcome::{ErrorClass, Failure};
use crate::plan::choose::NoSuchStep;
use crate::plan::model::{Plan, SecretSource};
use crate::secret::{Redactor, Secret, withheld};
use crate::settings::{Settings, SettingsError};
use crate::workflow::check::{self, Checked};
use crate::workflow::load;
use crate::workflow::model::Workflow;

/// A workflow that may run.
pub struct Opened {
    /// The workflow.
    pub workflow: Workflow,
    /// The project it belongs to.
    pub project: Project,
}

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
        let refusal = Self::new(2, error.message);
        match error.hint {
            Some(hint) => refusal.hint(hint),
            None => refusal,
        }
    }
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        Self::new(3, error.to_string())
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
    let loaded = load::read(&absolute, &shown_from(&current, &absolute)).map_err(|found| Refusal::of_file(&found))?;
    if let Some(kind) = loaded.root.get("kind").and_then(|kind| kind.text()) {
        let message = format!("`{}` is a file of `kind: {}`, not a workflow", path.display(), kind.value);
        return Err(Refusal::new(2, message).hint("name a workflow; a rehearsal takes faults by `--faults FILE`"));
    }
    let Checked { workflow, diagnostics } = check::check(&loaded, &project);
    match workflow {
        Some(workflow) => {
            if !diagnostics.is_empty() {
                output::tell(render::human(&diagnostics));
            }
            Ok(Opened { workflow, project })
        }
        None => Err(Refusal::of_file(&diagnostics)),
    }
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
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let is_workflow = |path: &PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| {
            text.lines().any(|line| line.starts_with("version:")) && !text.lines().any(|line| line.starts_with("kind:"))
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

/// A service that answered, and the account on it.
pub struct Connected {
    /// The client.
    pub client: Client,
    /// The service as the run will know it.
    pub service: Service,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
    /// What must not be seen.
    pub redactor: Redactor,
    /// The project's settings.
    pub settings: Settings,
}

/// Connects to the service of the settings, and asks it who we are.
pub async fn connect(
    project: &Project,
    api_url: Option<&str>,
    tier: Option<AccountTier>,
) -> Result<Connected, Refusal> {
    let settings = Settings::load(project.folder(), api_url, &|name| std::env::var(name).ok())?;
    let secret = settings.service_secret()?.clone();
    let limits = RateLimits::new();
    if let Some(tier) = tier {
        limits.preset(tier);
    }
    let redactor = settings.redactor();
    let client =
        Client::new(settings.service_url.clone(), secret, limits).map_err(|failure| refused(&failure, &settings))?;
    let identity = client.identify().await.map_err(|failure| refused(&failure, &settings))?;
    let service = Service {
        key: identity.key.to_string(),
        url: identity.key.base_url.clone(),
        account: identity.key.account.clone(),
        sandbox: identity.is_sandbox,
    };
    Ok(Connected { client, service, balance: identity.credit_balance, redactor, settings })
}

/// What to say when the service does not let us begin.
pub fn refused(failure: &Failure, settings: &Settings) -> Refusal {
    let host = settings.service_url.host();
    match failure.class {
        ErrorClass::Unauthorized => Refusal::new(3, format!("{host} refuses the API secret: {}", failure.message))
            .hint("`runsheet doctor` tells which secret is used and where it comes from"),
        ErrorClass::OutOfCredits => Refusal::new(4, format!("{host}: {}", failure.message)),
        _ => Refusal::new(4, format!("{host} cannot be reached: {}", failure.message))
            .hint("nothing was sent; `--sandbox` rehearses on this machine"),
    }
}

/// The values of a plan's secrets; each is added to what must not be seen.
pub fn secrets(
    sources: &IndexMap<String, SecretSource>,
    settings: &Settings,
    (project, workflow): (&Project, &Path),
    redactor: &mut Redactor,
) -> Result<HashMap<String, Secret>, Refusal> {
    let mut values = HashMap::new();
    for (name, source) in sources {
        let value = match source.from.split_once(':') {
            Some(("env", variable)) => std::env::var(variable)
                .ok()
                .or_else(|| settings.dot_env.get(variable).map(|value| value.expose().to_owned()))
                .ok_or_else(|| {
                    Refusal::new(3, format!("secret `{name}` has no value: `{variable}` is not set"))
                        .hint(format!("set `{variable}` in the environment or in `.env`"))
                })?,
            Some(("file", path)) => {
                let text = project.resolve(workflow, path).and_then(|file| file.read_text());
                text.map_err(|error| Refusal::new(3, format!("secret `{name}` has no value: {error}")))?
                    .trim()
                    .to_owned()
            }
            _ => {
                return Err(Refusal::new(
                    2,
                    format!("secret `{name}` comes from `{}`, which is neither `env:` nor `file:`", source.from),
                ));
            }
        };
        let value = Secret::new(value);
        if let Some(problem) = value.unfit() {
            return Err(Refusal::new(3, format!("secret `{name}` {problem}, so it could not be hidden")));
        }
        redactor.add(name, value.expose());
        values.insert(name.clone(), value);
    }
    withheld::add(redactor);
    Ok(values)
}

/// What agents cost on a service: its own list where it has one.
pub async fn prices(client: &Client, plan: &Plan) -> crate::purchases::price::Prices {
    let prices = crate::purchases::price::Prices::default();
    if !crate::executors::purchasing::buys(plan) {
        return prices;
    }
    match client.pricing().await {
        Ok(list) => prices
            .updated(list.by_model.iter().map(|(model, credits)| (model.clone(), credits.ceil() as u64)).collect()),
        Err(_) => prices,
    }
}
