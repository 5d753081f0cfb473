//! Where a file may be written: inside of the project, whatever links lie on the way.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{PathError, Project, is_private};

impl Project {
    /// The place of a file to be written, relative to the project's folder; the folders on the way are made. A link
    /// that leads out of the project is refused, and so is what holds settings and secrets.
    pub fn place(&self, written: &str) -> Result<PathBuf, PathError> {
        let path = Path::new(written);
        let outside = || PathError::Outside { written: written.to_owned(), absolute: path.is_absolute() };
        let private = || PathError::Private { written: written.to_owned() };
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            return Err(PathError::NotAFile { written: written.to_owned(), is_folder: true });
        };
        if path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(outside());
        }
        if is_private(path) {
            return Err(private());
        }
        let mut folder = self.folder.clone();
        for part in parent.components() {
            folder = made(&folder.join(part)).map_err(|error| PathError::unwritable(written, &error))?;
            if !folder.starts_with(&self.folder) {
                return Err(outside());
            }
            if is_private(folder.strip_prefix(&self.folder).unwrap_or(&folder)) {
                return Err(private());
            }
        }
        let file = folder.join(name);
        match fs::symlink_metadata(&file) {
            Ok(found) if found.is_dir() => Err(PathError::NotAFile { written: written.to_owned(), is_folder: true }),
            Ok(found) if found.is_symlink() => Err(outside()),
            Ok(found) if !found.is_file() => Err(PathError::NotAFile { written: written.to_owned(), is_folder: false }),
            Ok(_) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(file),
            Err(error) => Err(PathError::unwritable(written, &error)),
        }
    }
}

/// Makes a folder unless it is there, and answers where it really is.
fn made(folder: &Path) -> io::Result<PathBuf> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::canonicalize(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(project: &Project, written: &str) -> &'static str {
        project.place(written).unwrap_err().code()
    }

    #[test]
    fn folders_are_made_and_nothing_leads_out() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let project = Project::at(inside.path());
        let place = project.place("reports/2026/7Q4M.csv").unwrap();
        assert!(place.starts_with(project.folder()) && place.parent().unwrap().is_dir());
        std::os::unix::fs::symlink(outside.path(), inside.path().join("away")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("x.csv"), inside.path().join("link.csv")).unwrap();
        std::os::unix::fs::symlink("reports", inside.path().join("near")).unwrap();
        for written in ["../x.csv", "/tmp/x.csv", "away/x.csv", "away/deeper/x.csv", "reports/../../x.csv", "link.csv"]
        {
            assert_eq!(refused(&project, written), "path-outside-project", "{written}");
        }
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        assert!(project.place("near/x.csv").unwrap().ends_with("reports/x.csv"));
        assert_eq!(refused(&project, ".runsheet/x.csv"), "private-file");
        assert_eq!(refused(&project, "reports"), "not-a-file");
        fs::write(inside.path().join("file"), "").unwrap();
        assert_eq!(refused(&project, "file/x.csv"), "unwritable-file");
    }
}
