//! Whether the state of runs can be kept.

use std::path::Path;

use super::checklist::Finding;
use crate::data::project::Project;
use crate::database::Database;
use crate::journal::folder::StateFolder;
use crate::text::clean;

const SUBJECT: &str = "state";

/// Opens the state folder, or sees that it could be made where it would be. Leaves nothing behind: a folder made
/// here would turn wherever somebody asks into a project.
pub fn check(project: &Project, state: Option<&Path>) -> Finding {
    let path = StateFolder::path_of(project.folder(), state);
    let shown = clean(&path.display().to_string());
    if path.exists() {
        return match StateFolder::open(project.folder(), state) {
            Ok(folder) => match folder.database().is_file().then(|| Database::open(&folder.database())) {
                Some(Err(error)) => Finding::bad(SUBJECT, 4, error.to_string()).hint(error.hint()),
                _ => Finding::good(SUBJECT, format!("`{shown}` can be written")),
            },
            Err(error) => Finding::bad(SUBJECT, 4, error.to_string()).hint(error.hint()),
        };
    }
    let parent = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let probe = parent.join(format!(".runsheet-probe-{}", std::process::id()));
    match std::fs::create_dir(&probe).and_then(|()| std::fs::remove_dir(&probe)) {
        Ok(()) => Finding::good(SUBJECT, format!("`{shown}` can be made")),
        Err(error) => Finding::bad(SUBJECT, 4, format!("`{shown}` cannot be made: {error}"))
            .hint("name a folder of this machine's own disk with `--state FOLDER`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::find(None, folder.path());
        let state = folder.path().join("not/yet/there");
        let found = check(&project, Some(&state));
        assert_eq!(found, Finding::good(SUBJECT, format!("`{}` can be made", state.display())));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        StateFolder::open(folder.path(), Some(&state)).unwrap();
        assert_eq!(
            check(&project, Some(&state)),
            Finding::good(SUBJECT, format!("`{}` can be written", state.display()))
        );
    }
}
