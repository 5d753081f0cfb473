//! What says "look again": the system's events, or a clock where there are none.
//!
//! An event means no more than that. Events of mere reading are left out, and a queue that is full becomes one look
//! at everything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, DataChange, ModifyKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::journal::folder;

/// How often everything is looked at where no events come.
pub const POLL: Duration = Duration::from_millis(300);

/// File systems whose changes may be made elsewhere, so that this machine hears of none.
const SHARED: [&str; 10] = [
    "virtiofs",
    "fuse.grpcfuse",
    "fuse.osxfs",
    "osxfs",
    "vboxsf",
    "vmhgfs",
    "fuse.vmhgfs-fuse",
    "prl_fs",
    "drvfs",
    "fakeowner",
];

/// A reason to look.
#[derive(Debug)]
pub(super) enum Look {
    /// At a path.
    At {
        path: PathBuf,
        /// Whether it is being written to, where that is known.
        is_open: Option<bool>,
    },
    /// At everything.
    Everywhere,
    /// At other files than before: their list is on its way.
    Files,
    /// No more.
    Never,
}

/// Where looks come from.
pub(super) enum Source {
    /// The system's events, of each folder that is asked for.
    Events(RecommendedWatcher, Arc<AtomicBool>),
    /// The clock of the worker.
    Clock,
}

impl Source {
    /// The system's events.
    pub(super) fn events(looks: SyncSender<Look>) -> notify::Result<Self> {
        let is_behind = Arc::new(AtomicBool::new(false));
        let noted = is_behind.clone();
        let tell = move |event: notify::Result<Event>| {
            for look in looks_of(event) {
                if let Err(TrySendError::Full(_)) = looks.try_send(look) {
                    noted.store(true, Ordering::Relaxed);
                }
            }
        };
        let watcher = RecommendedWatcher::new(tell, Config::default().with_follow_symlinks(false))?;
        Ok(Self::Events(watcher, is_behind))
    }

    /// Hears of what happens in a folder, not below it.
    pub(super) fn add(&mut self, folder: &Path) -> notify::Result<()> {
        match self {
            Self::Events(watcher, _) => watcher.watch(folder, RecursiveMode::NonRecursive),
            Self::Clock => Ok(()),
        }
    }

    /// Hears no more of a folder. One that is gone is forgotten already.
    pub(super) fn remove(&mut self, folder: &Path) {
        if let Self::Events(watcher, _) = self {
            drop(watcher.unwatch(folder));
        }
    }

    /// Tells whether looks were lost since it was last asked.
    pub(super) fn was_behind(&self) -> bool {
        matches!(self, Self::Events(_, is_behind) if is_behind.swap(false, Ordering::Relaxed))
    }
}

fn looks_of(event: notify::Result<Event>) -> Vec<Look> {
    let Ok(event) = event else { return vec![Look::Everywhere] };
    if event.need_rescan() {
        return vec![Look::Everywhere];
    }
    // Only Linux tells when a file is closed that was written to.
    let is_open = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(false),
        EventKind::Access(_) => return Vec::new(),
        EventKind::Modify(ModifyKind::Data(DataChange::Any)) if cfg!(target_os = "linux") => Some(true),
        EventKind::Modify(ModifyKind::Name(_)) => Some(false),
        _ => None,
    };
    event.paths.into_iter().map(|path| Look::At { path, is_open }).collect()
}

/// Why a folder has to be polled: the kind of its file system, if that is one without reliable events.
pub fn must_poll(path: &Path) -> Option<String> {
    let kind = folder::file_system_of(path)?;
    (folder::is_network(&kind) || SHARED.contains(&kind.as_str())).then_some(kind)
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, RenameMode};

    use super::*;

    fn looks(kind: EventKind) -> Vec<Option<bool>> {
        let event = Event::new(kind).add_path(PathBuf::from("/p/a.yaml"));
        let is_open = |look: Look| match look {
            Look::At { is_open, .. } => is_open,
            other => panic!("{other:?}"),
        };
        looks_of(Ok(event)).into_iter().map(is_open).collect()
    }

    #[test]
    fn reading_a_file_is_no_reason_to_look() {
        assert!(looks(EventKind::Access(AccessKind::Open(AccessMode::Any))).is_empty());
        assert!(looks(EventKind::Access(AccessKind::Close(AccessMode::Read))).is_empty());
        assert_eq!(looks(EventKind::Access(AccessKind::Close(AccessMode::Write))), [Some(false)]);
        assert_eq!(looks(EventKind::Create(CreateKind::File)), [None]);
        assert_eq!(looks(EventKind::Modify(ModifyKind::Name(RenameMode::To))), [Some(false)]);
    }

    #[test]
    fn what_was_lost_is_looked_for_everywhere() {
        let lost = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert!(matches!(looks_of(Ok(lost)).as_slice(), [Look::Everywhere]));
        assert!(matches!(looks_of(Err(notify::Error::generic("gone"))).as_slice(), [Look::Everywhere]));
    }

    #[test]
    fn a_folder_of_this_machine_need_not_be_polled() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(must_poll(folder.path()), None);
    }
}
