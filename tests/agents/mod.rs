//! Agents from git: declared, planned, applied, found again, and never paid for twice.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, also in what tests share")]

mod acceptance;
mod account;
mod adopt;
mod again;
#[cfg(feature = "crash-points")]
mod crashes;
mod links;
mod lock;
mod running;
mod shared;
mod world;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, Stage};

/// A workflow that declares an agent and lets it speak.
const SHOW: &str = "\
version: 1
name: show
room: lobby
vars: { tone: warm }
agents:
  host:
    prompt: \"You are a {{ vars.tone }} host.\"
    image: assets/host.png
defaults: { hold: 0s }
steps:
  - speak: Hello
    agent: host
";

/// Agents that workflows share.
const TEAM: &str = "\
version: 1
kind: agents
agents:
  guest:
    prompt: { file: ../prompts/guest.md }
  judge: { prompt: You judge., aspect_ratio: \"9:16\" }
";

/// The project that most tests begin with: three agents in two files.
fn stage() -> Stage {
    let stage = Stage::new(SHOW);
    stage.write("assets/host.png", "the host's face");
    put(stage.path(), "agents/team.yaml", TEAM);
    put(stage.path(), "prompts/guest.md", "You are a guest.\n");
    stage
}

/// Writes a file of a project.
fn put(project: &Path, name: &str, text: &str) {
    let path = project.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Reads a file of a project.
fn get(project: &Path, name: &str) -> String {
    std::fs::read_to_string(project.join(name)).unwrap()
}

/// The text of the lock.
fn lock(stage: &Stage) -> String {
    get(stage.path(), "workflows/agents.lock.yaml")
}

/// What a command comes to.
fn ended(command: &mut Command) -> Ended {
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended::new(output.status.code(), text(output.stdout), text(output.stderr))
}

/// `runsheet agents …` in the project.
fn agents(stage: &Stage, arguments: &[&str]) -> Ended {
    ended(stage.command(&["agents"]).args(arguments))
}

/// What a plan would do, by name.
fn planned(stage: &Stage) -> Vec<(String, String, u64)> {
    let output = agents(stage, &["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(output.exits(0).stdout()).unwrap();
    let all = plan["agents"].as_array().unwrap().iter().map(|one| {
        let text = |key: &str| one[key].as_str().unwrap().to_owned();
        (text("name"), text("change"), one["credits"].as_u64().unwrap())
    });
    all.collect()
}

/// The code of a name.
fn code(stage: &Stage, name: &str) -> String {
    let output = agents(stage, &["list", "--format", "json"]);
    let all: Value = serde_json::from_str(output.exits(0).stdout()).unwrap();
    let found = all.as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {all}"))["code"].as_str().unwrap().to_owned()
}

/// A copy of what is in git: all but the state folder.
fn clone(stage: &Stage) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(stage.path(), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_name() == ".runsheet" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
