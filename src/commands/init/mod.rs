//! `runsheet init`: a folder in which the first workflow runs.
//!
//! Whatever is there stays as it is: a file is made or kept, never changed, but for lines added to `.gitignore`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::workflow::schema;

/// The first workflow.
const WELCOME: &str = include_str!("welcome.yaml");
/// What to put into `.env`.
const ENVIRONMENT: &str = "\
# Copy this file to `.env`, which stays out of git, and put the secret of your account in.
# https://www.bithuman.ai: account, API secret
BITHUMAN_API_SECRET=
";
/// Editors that know YAML complete and check workflows by the schema.
const EDITOR: &str = r#"{
  "yaml.schemas": {
    "./schemas/workflow.schema.json": "workflows/*.yaml"
  }
}
"#;
/// What must not be in git: the secret, and the state of runs.
const IGNORED: [&str; 2] = [".env", ".runsheet/"];

/// Make a project with a first workflow
///
/// Files that are there already are kept as they are.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet init my-show && cd my-show && runsheet run --sandbox")]
pub struct Arguments {
    /// The project's folder, made when it is not there; the current one when left out
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Made,
    Kept,
    Extended,
}

impl Became {
    fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Kept => "kept",
            Self::Extended => "added to",
        }
    }
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("."));
    let files = match make(folder) {
        Ok(files) => files,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let lines: String = files.iter().map(|(name, became)| format!("{:8} {name}\n", became.as_str())).collect();
    let enter = match &arguments.folder {
        Some(folder) if folder != Path::new(".") => format!("  cd {}\n", quoted(folder)),
        _ => String::new(),
    };
    output::data(format_args!(
        "{lines}\nnext:\n{enter}  runsheet check            # every mistake, before anything runs\n  \
         runsheet run --sandbox    # a rehearsal: nothing leaves this machine\n"
    ))?;
    Ok(0)
}

/// Makes what is missing. Answers every file with what became of it.
fn make(folder: &Path) -> Result<Vec<(&'static str, Became)>, Refusal> {
    let schema = schema::text();
    let files = [
        ("workflows/welcome.yaml", WELCOME),
        ("schemas/workflow.schema.json", schema.as_str()),
        (".env.example", ENVIRONMENT),
        (".vscode/settings.json", EDITOR),
    ];
    let mut told = Vec::new();
    for (name, text) in files {
        told.push((name, make_file(&folder.join(name), text).map_err(|error| refused(folder, name, &error))?));
    }
    let ignore = ".gitignore";
    told.push((ignore, extend_ignore(&folder.join(ignore)).map_err(|error| refused(folder, ignore, &error))?));
    Ok(told)
}

fn refused(folder: &Path, name: &str, error: &io::Error) -> Refusal {
    Refusal::new(2, format!("`{}` cannot be made: {error}", folder.join(name).display()))
        .hint("name a folder that can be written: `runsheet init FOLDER`")
}

/// Makes a file, unless there is one.
fn make_file(path: &Path, text: &str) -> io::Result<Became> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| Became::Made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Became::Kept),
        Err(error) => Err(error),
    }
}

/// Adds the lines that are missing.
fn extend_ignore(path: &Path) -> io::Result<Became> {
    let before = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let text = before.as_deref().unwrap_or_default();
    let is_there = |wanted: &str| {
        let bare = |line: &str| line.trim().trim_start_matches('/').trim_end_matches('/').to_owned();
        text.lines().any(|line| bare(line) == bare(wanted))
    };
    let missing: Vec<&str> = IGNORED.into_iter().filter(|line| !is_there(line)).collect();
    if missing.is_empty() {
        return Ok(Became::Kept);
    }
    let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{break_before}{}\n", missing.join("\n")).as_bytes())?;
    Ok(if before.is_some() { Became::Extended } else { Became::Made })
}

/// The folder as a shell takes it.
fn quoted(folder: &Path) -> String {
    let text = folder.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./~".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_changed() {
        let project = tempfile::tempdir().unwrap();
        let own = project.path().join("workflows/welcome.yaml");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "mine").unwrap();
        let told = make(project.path()).unwrap();
        assert_eq!(told[0], ("workflows/welcome.yaml", Became::Kept));
        assert!(told[1..].iter().all(|(_, became)| *became == Became::Made), "{told:?}");
        assert_eq!(fs::read_to_string(own).unwrap(), "mine");
        assert!(make(project.path()).unwrap().iter().all(|(_, became)| *became == Became::Kept));
    }

    #[test]
    fn only_the_missing_lines_are_added_to_what_git_ignores() {
        let project = tempfile::tempdir().unwrap();
        let path = project.path().join(".gitignore");
        fs::write(&path, "target/\n/.env").unwrap();
        assert_eq!(extend_ignore(&path).unwrap(), Became::Extended);
        assert_eq!(fs::read_to_string(&path).unwrap(), "target/\n/.env\n.runsheet/\n");
        assert_eq!(extend_ignore(&path).unwrap(), Became::Kept);
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(make(file.path()).unwrap_err().code, 2);
    }
}
