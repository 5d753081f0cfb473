//! The sandbox beside one run: it has every agent and room that the file names, and makes agents in two seconds.

use std::path::Path;

use crate::bithuman::{Client, RateLimits};
use crate::commands::opening::{Connected, Refusal};
use crate::data::project::Project;
use crate::diagnostic::{Source, render};
use crate::engine::event::Service;
use crate::ids::RunId;
use crate::plan::model::{Node, Plan, RoomReference, Work};
use crate::sandbox::{self, RunningSandbox, Sandbox, faults};
use crate::secret::Secret;
use crate::settings::{ServiceUrl, Settings};

/// The secret of a sandbox that takes any.
const ANY_SECRET: &str = "sandbox-secret";
/// How often a creation is looked at, when the file does not say.
const POLL: &str = "500ms";

/// What a rehearsal is started with.
pub struct Rehearsal<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The folder for its state.
    pub folder: &'a Path,
    /// Divides the sandbox's waits.
    pub speed: f64,
    /// What goes wrong.
    pub faults: Option<&'a Path>,
    /// The project.
    pub project: &'a Project,
}

impl Rehearsal<'_> {
    /// Starts the sandbox and connects to it.
    pub async fn start(&self, plan: &Plan) -> Result<(RunningSandbox, Connected), Refusal> {
        let faults = self.faults.map_or(Ok(Vec::new()), read_faults)?;
        let settings = sandbox::Settings {
            speed: self.speed,
            faults,
            any_agent: true,
            any_room: true,
            state_file: Some(self.folder.join(format!("{}.sandbox.jsonl", self.run))),
            ..sandbox::Settings::in_process(Vec::new(), rooms(&plan.nodes))
        };
        let failed = |error: &dyn std::fmt::Display| Refusal::new(4, format!("the sandbox cannot be started: {error}"));
        let running = Sandbox::start(settings).await.map_err(|error| failed(&error))?;
        let url = ServiceUrl::parse(&running.url()).map_err(|error| failed(&error))?;
        let client = Client::new(url, Secret::new(ANY_SECRET), RateLimits::new()).map_err(|error| failed(&error))?;
        // A rehearsal needs no secret of the service, but a file may need its own.
        let settings = Settings::load(self.project.folder(), Some(&running.url()), &|name| std::env::var(name).ok())?;
        let service = Service {
            key: format!("sandbox:{}", self.run),
            url: "sandbox".to_owned(),
            account: "sandbox".to_owned(),
            sandbox: true,
        };
        let redactor = settings.redactor();
        Ok((running, Connected { client, service, balance: None, redactor, settings }))
    }
}

/// Looks at creations as often as they deserve that take two seconds.
pub fn look_often(nodes: &mut [Node]) {
    for node in nodes {
        match &mut node.work {
            Work::Exchange(exchanged) if exchanged.action == "wait_ready" => {
                exchanged.fields.entry("poll").or_insert_with(|| POLL.into());
            }
            Work::Loop(inner) => look_often(&mut inner.body),
            _ => {}
        }
    }
}

/// The rooms that are written out.
fn rooms(nodes: &[Node]) -> Vec<String> {
    let mut rooms = Vec::new();
    for node in nodes {
        match &node.work {
            Work::Exchange(exchanged) => match &exchanged.room {
                Some(RoomReference::Named(name)) if !name.contains("{{") && !rooms.contains(name) => {
                    rooms.push(name.clone());
                }
                _ => {}
            },
            Work::Loop(inner) => rooms.extend(self::rooms(&inner.body)),
            _ => {}
        }
    }
    rooms
}

fn read_faults(path: &Path) -> Result<Vec<sandbox::Fault>, Refusal> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Refusal::new(2, format!("`{}` cannot be read: {error}", path.display())))?;
    faults::read(&Source::new(path, text)).map_err(|mistake| Refusal { message: render::human(&[mistake]), code: 2 })
}
