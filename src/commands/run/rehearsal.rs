//! The sandbox beside one run: it has every agent and room that the file names, and makes agents in two seconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::daemon::refused::{Refused, Why};
use crate::daemon::service::{Reach, Stage};
use crate::diagnostic::Source;
use crate::plan::model::{Node, RoomReference, Work};
use crate::sandbox::{self, Sandbox, faults};

/// A run on a sandbox of its own, in which this goes wrong.
pub fn rehearse(faults: Option<PathBuf>) -> Reach {
    Reach::Rehearsal(Arc::new(move |wish| {
        let (faults, rooms) = (faults.as_deref().map_or(Ok(Vec::new()), read_faults), rooms(&wish.plan.nodes));
        let (speed, state) = (wish.speed, wish.folder.join(format!("{}.sandbox.jsonl", wish.run)));
        Box::pin(async move {
            let settings = sandbox::Settings {
                speed,
                faults: faults?,
                any_agent: true,
                any_room: true,
                state_file: Some(state),
                ..sandbox::Settings::in_process(Vec::new(), rooms)
            };
            let started = Sandbox::start(settings).await;
            let running = started
                .map_err(|error| Refused::new(Why::Service, format!("the sandbox cannot be started: {error}")))?;
            Ok(Stage { url: running.url(), end: Box::new(move || Box::pin(running.stop())) })
        })
    }))
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

fn read_faults(path: &Path) -> Result<Vec<sandbox::Fault>, Refused> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Refused::new(Why::Invalid, format!("`{}` cannot be read: {error}", path.display())))?;
    faults::read(&Source::new(path, text)).map_err(|mistake| Refused::Mistake(Box::new(mistake)))
}
