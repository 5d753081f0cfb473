//! A file of a project is replaced at once: after a crash it has the old content or the new.
//!
//! The lock and whoever writes a prompt back call it. A link is written through, not replaced, and only inside the
//! project.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::data::project::Project;

/// Replaces a file, or makes it. With `before`, refuses where that is not its content any more.
pub fn replace(path: &Path, bytes: &[u8], before: Option<&[u8]>) -> io::Result<()> {
    let path = target(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    let partial = folder.join(name);
    let written = File::create(&partial)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| match fs::metadata(&path) {
            Ok(metadata) => fs::set_permissions(&partial, metadata.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| before.map_or(Ok(()), |before| unchanged(&path, before)))
        .and_then(|()| fs::rename(&partial, &path))
        .and_then(|()| File::open(folder)?.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(&partial)))
}

/// The file that a path leads to.
fn target(path: &Path) -> io::Result<PathBuf> {
    let project = Project::around(path);
    let name = path.file_name().unwrap_or_default();
    if path.symlink_metadata().is_ok() {
        let found = project.resolve(path, &name.to_string_lossy());
        return found.map(|file| file.path).map_err(|error| io::Error::other(error.to_string()));
    }
    let folder = path.parent().unwrap_or(Path::new(".")).canonicalize()?;
    match folder.starts_with(project.folder()) {
        true => Ok(folder.join(name)),
        false => Err(io::Error::other("its folder is a link out of the project")),
    }
}

fn unchanged(path: &Path, before: &[u8]) -> io::Result<()> {
    match fs::read(path)? == before {
        true => Ok(()),
        false => Err(io::Error::other("it was changed meanwhile")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_is_written_through_inside_the_project_only() {
        let outer = tempfile::tempdir().unwrap();
        let project = outer.path().join("project");
        fs::create_dir_all(project.join("workflows")).unwrap();
        let at = |name: &str| project.join("workflows").join(name);
        fs::write(outer.path().join("theirs"), "theirs").unwrap();
        fs::write(project.join(".env"), "secret").unwrap();
        fs::write(project.join("ours"), "ours").unwrap();
        fs::set_permissions(project.join("ours"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("../../theirs", at("outside")).unwrap();
        symlink("../.env", at("private")).unwrap();
        symlink("../../none", at("nowhere")).unwrap();
        symlink("../ours", at("inside")).unwrap();
        for refused in ["outside", "private", "nowhere"] {
            replace(&at(refused), b"new", None).unwrap_err();
        }
        assert_eq!(fs::read_to_string(outer.path().join("theirs")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(project.join(".env")).unwrap(), "secret");
        assert!(!outer.path().join("none").exists());
        replace(&at("inside"), b"new", None).unwrap();
        assert_eq!(fs::read_to_string(project.join("ours")).unwrap(), "new");
        assert_eq!(fs::metadata(project.join("ours")).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(at("inside").is_symlink());
        replace(&at("new"), b"new", None).unwrap();
    }

    #[test]
    fn what_was_changed_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompt.md");
        fs::write(&path, "by somebody else").unwrap();
        let refused = replace(&path, b"new", Some(b"as it was read")).unwrap_err();
        assert_eq!(refused.to_string(), "it was changed meanwhile");
        assert_eq!(fs::read_to_string(&path).unwrap(), "by somebody else");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }
}
