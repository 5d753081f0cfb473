//! The state folder: `.runsheet` in the project, or the one that `--state` names.
//!
//! It refuses network file systems, where a write-ahead log and locks do not hold what they promise.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::ids::RunId;

/// The file systems that other machines may write to, or that lock nothing.
const NETWORK: [&str; 18] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb2",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "glusterfs",
    "beegfs",
    "ncpfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.glusterfs",
    "fuse.gcsfuse",
];

/// The name of the folder within a project.
const NAME: &str = ".runsheet";

/// An existing folder for the state of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

/// Why there is no state folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// It lies on a file system of the network.
    #[error("`{}` is on a network file system (`{kind}`), which cannot keep a journal", path.display())]
    Network {
        /// The folder.
        path: PathBuf,
        /// The kind of file system.
        kind: String,
    },
    /// It cannot be made or written.
    #[error("the state folder `{}` cannot be written: {detail}", path.display())]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
}

impl FolderError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Network { .. } => "name a folder of this machine's own disk with `--state DIR`".to_owned(),
            Self::NotWritable { path, .. } => format!(
                "make `{}` writable and its disk roomy, and call the same again; a new run may be kept elsewhere with \
                 `--state DIR`",
                path.display()
            ),
        }
    }
}

impl StateFolder {
    /// Where the folder is, or would be made: the one named by `state`, else `.runsheet` of the project.
    pub fn path_of(project: &Path, state: Option<&Path>) -> PathBuf {
        state.map_or_else(|| project.join(NAME), Path::to_owned)
    }

    /// The folder named by `state`, else `.runsheet` of the project; made when it is not there.
    pub fn open(project: &Path, state: Option<&Path>) -> Result<Self, FolderError> {
        let path = Self::path_of(project, state);
        let not_writable =
            |error: io::Error| FolderError::NotWritable { path: path.clone(), detail: error.to_string() };
        prepare(&path).map_err(not_writable)?;
        let real = path.canonicalize().map_err(not_writable)?;
        match file_system_of(&real).filter(|kind| is_network(kind)) {
            Some(kind) => Err(FolderError::Network { path, kind }),
            None => Ok(Self(real)),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.0.join("runs.db")
    }

    /// The folder of locks, and of what else belongs to one run.
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    /// The lock of a run.
    pub fn lock(&self, run: &RunId) -> PathBuf {
        self.runs().join(format!("{run}.lock"))
    }

    /// The folder of the files that runs read.
    pub fn files(&self) -> PathBuf {
        self.0.join("files")
    }
}

/// Makes the folder and what belongs in it, and sees that it can be written.
fn prepare(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    for folder in [path.to_owned(), path.join("runs"), path.join("files")] {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let ignore = path.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    let probe = path.join("runs").join(format!(".probe-{}", std::process::id()));
    OpenOptions::new().create(true).append(true).open(&probe)?;
    fs::remove_file(probe)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    if is_new {
        // The folder's name must survive a power cut as what is in it does.
        File::open(path)?.sync_all()?;
        path.parent().filter(|parent| parent.is_dir()).map_or(Ok(()), |parent| File::open(parent)?.sync_all())?;
    }
    Ok(())
}

/// The kind of file system that a path lies on, symlinks resolved. Only Linux has a list of them; elsewhere none is known.
pub fn file_system_of(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    file_system(&mounts, path)
}

/// Tells whether other machines may write to a kind of file system, or it locks nothing.
pub fn is_network(kind: &str) -> bool {
    NETWORK.contains(&kind)
}

fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let point = PathBuf::from(unescaped(before.split(' ').nth(4)?));
        let kind = after.split(' ').next()?;
        path.starts_with(&point).then(|| (point.components().count(), kind))
    });
    // Of two on one point the later hides the earlier, and `max_by_key` takes the last.
    mounted.max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind.to_owned())
}

/// Undoes the octal escapes of the kernel's list.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_folder_is_private_and_kept_out_of_git() {
        let project = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(project.path(), None).unwrap();
        let made = project.path().join(".runsheet");
        assert_eq!(folder.path(), made.canonicalize().unwrap());
        assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_to_string(made.join(".gitignore")).unwrap(), "*\n");
        assert!(folder.runs().is_dir() && folder.files().is_dir());
        assert_eq!(fs::read_dir(folder.runs()).unwrap().count(), 0);
        assert_eq!(StateFolder::open(project.path(), None), Ok(folder));
    }

    #[test]
    fn another_folder_can_be_named() {
        let project = tempfile::tempdir().unwrap();
        let state = project.path().join("some/where");
        let folder = StateFolder::open(project.path(), Some(&state)).unwrap();
        assert_eq!(folder.path(), state.canonicalize().unwrap());
        assert!(!project.path().join(".runsheet").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named_with_the_reason() {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join(".runsheet"), "a file").unwrap();
        let error = StateFolder::open(project.path(), None).unwrap_err();
        assert!(matches!(&error, FolderError::NotWritable { path, .. } if *path == project.path().join(".runsheet")));
        assert!(error.to_string().contains("cannot be written: "), "{error}");
    }

    #[test]
    fn network_file_systems_are_told_by_the_deepest_mount() {
        let mounts = "\
            22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            23 22 0:22 / /home rw - nfs4 server:/home rw,vers=4.2\n\
            24 23 0:23 / /home/alex/local\\040disk rw - xfs /dev/sdb rw\n\
            25 22 0:24 / /mnt/c rw - 9p C:\\134 rw\n\
            26 22 0:25 / /data rw - nfs server:/data rw\n\
            27 22 0:26 / /data rw - ext4 /dev/sdc rw\n";
        let kind = |path: &str| file_system(mounts, Path::new(path)).filter(|kind| is_network(kind));
        assert_eq!(kind("/srv/show/.runsheet"), None);
        assert_eq!(kind("/home/alex/show/.runsheet").as_deref(), Some("nfs4"));
        assert_eq!(kind("/home/alex/local disk/.runsheet"), None);
        assert_eq!(kind("/mnt/c/show").as_deref(), Some("9p"));
        assert_eq!(kind("/homeless/show"), None);
        assert_eq!(kind("/data/show"), None);
        assert_eq!(file_system("", Path::new("/x")), None);
    }
}
