//! The values of a workflow's secrets: read when its run begins, and known to the redactor before anything is shown.

use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;

use crate::daemon::opened::Opened;
use crate::daemon::refused::{Refused, Why};
use crate::data::project::Project;
use crate::plan::model::SecretSource;
use crate::secret::{Redactor, Secret, withheld};
use crate::settings::Settings;

/// The values of a plan's secrets; each is added to what must not be seen.
pub fn secrets(
    sources: &IndexMap<String, SecretSource>,
    settings: &Settings,
    (project, workflow): (&Project, &Path),
    redactor: &mut Redactor,
) -> Result<HashMap<String, Secret>, Refused> {
    let mut values = HashMap::new();
    for (name, source) in sources {
        let value = Secret::new(value((name, &source.from), settings, (project, workflow))?);
        if let Some(problem) = value.unfit() {
            let message = format!("secret `{name}` {problem}, so it could not be hidden");
            return Err(Refused::new(Why::Settings, message));
        }
        redactor.add(name, value.expose());
        values.insert(name.clone(), value);
    }
    withheld::add(redactor);
    Ok(values)
}

fn value(
    (name, from): (&str, &str),
    settings: &Settings,
    (project, workflow): (&Project, &Path),
) -> Result<String, Refused> {
    match from.split_once(':') {
        Some(("env", variable)) => std::env::var(variable)
            .ok()
            .or_else(|| settings.dot_env.get(variable).map(|value| value.expose().to_owned()))
            .ok_or_else(|| {
                let message = format!("secret `{name}` has no value: `{variable}` is not set");
                Refused::new(Why::Settings, message).hint(format!("set `{variable}` in the environment or in `.env`"))
            }),
        Some(("file", path)) => {
            let text = project.resolve(workflow, path).and_then(|file| file.read_text());
            let failed = |error| Refused::new(Why::Settings, format!("secret `{name}` has no value: {error}"));
            text.map(|text| text.trim().to_owned()).map_err(failed)
        }
        _ => {
            let message = format!("secret `{name}` comes from `{from}`, which is neither `env:` nor `file:`");
            Err(Refused::new(Why::Invalid, message))
        }
    }
}

impl Opened {
    /// The secret that deliveries to the workflow are signed with; none where it takes none.
    pub fn hook_secret(&self) -> Result<Option<Secret>, Refused> {
        let Some(webhook) = &self.workflow.webhook else { return Ok(None) };
        let settings = Settings::load(self.project.folder(), None, &|name| std::env::var(name).ok())?;
        let sources = (&self.project, self.workflow.path.as_path());
        value(("webhook", &webhook.secret), &settings, sources).map(|text| Some(Secret::new(text)))
    }
}
