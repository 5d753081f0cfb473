//! Whoever reads along may leave: no command minds.

use std::process::Stdio;

use super::Project;

const WORKFLOW: &str = "version: 1\nagent: A91XMB7113\nroom: lobby\nsteps:\n  - speak: Hello!\n";

/// Runs a command whose stdout, or stderr, nobody reads. Answers the exit code and what was told elsewhere.
fn unread(project: &Project, arguments: &[&str], is_stderr: bool) -> (i32, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = project.command(arguments);
    command.stdin(Stdio::null());
    let output = match is_stderr {
        false => command.stdout(writer).stderr(Stdio::piped()).output(),
        true => command.stderr(writer).stdout(Stdio::piped()).output(),
    };
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap_or(-1), said)
}

#[test]
fn a_reader_that_left_makes_no_command_panic_or_fail() {
    let project = Project::new().file("workflows/a.yaml", WORKFLOW);
    project.run(&["run", "--sandbox", "--speed", "40"]).exits(0);
    let commands: [&[&str]; 16] = [
        &["check"],
        &["check", "--format", "json"],
        &["check", "--explain"],
        &["check", "--explain", "unknown-step"],
        &["plan", "workflows/a.yaml"],
        &["plan", "workflows/a.yaml", "--format", "json"],
        &["run", "--dry-run"],
        &["run", "--sandbox", "--speed", "40", "--report", "jsonl"],
        &["runs"],
        &["runs", "--format", "json"],
        &["show"],
        &["show", "--report", "jsonl"],
        &["schedule", "list"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
    ];
    for arguments in commands {
        for is_stderr in [false, true] {
            let (code, said) = unread(&project, arguments, is_stderr);
            assert_eq!(code, 0, "{arguments:?} {said}");
            assert!(!said.contains("panicked"), "{arguments:?} {said}");
        }
    }
    let (code, said) = unread(&project, &["run", "no-such-file.yaml"], true);
    assert_eq!((code, said.as_str()), (2, ""));
}

#[test]
fn every_command_has_a_page_an_example_and_a_line() {
    let project = Project::new();
    project.run(&["man", "--output", "pages"]).exits(0);
    let help = project.run(&["help"]).exits(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().lines().take_while(|line| line.starts_with("  "));
    // A line further in goes on with the one above it.
    let begun = commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = begun.filter(|name| *name != "help").collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        assert!(project.path(&format!("pages/runsheet-{name}.1")).is_file(), "{name}");
        let first = project.run(&[name, "-h"]).exits(0).stdout.lines().next().unwrap().to_owned();
        assert!(!first.ends_with('.') && first.chars().count() <= 120, "{name}: {first}");
        assert!(project.run(&[name, "--help"]).exits(0).stdout.contains("Example"), "{name} has no example");
    }
    for shell in ["bash", "zsh", "fish"] {
        project.run(&["completions", shell]).exits(0).says("doctor");
    }
}

#[test]
fn what_the_program_tells_of_itself_is_asked_for() {
    let project = Project::new().file("workflows/a.yaml", WORKFLOW);
    let rehearsal = ["run", "--sandbox", "--speed", "40"];
    let quiet = project.run(&rehearsal).exits(0).stderr;
    assert!(!quiet.contains("TRACE") && !quiet.contains("DEBUG"), "{quiet}");
    let loud = project.run(&[&rehearsal[..], &["--log-level", "debug", "--log-format", "json"]].concat()).exits(0);
    let lines = loud.stderr.lines().filter(|line| line.starts_with('{'));
    let objects: Vec<serde_json::Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let spoken = objects.iter().filter(|object| object["fields"]["path"] == "v1/agent/A91XMB7113/speak");
    assert_eq!(spoken.count(), 1, "{objects:?}");
    let project = project.set("RUST_LOG", "runsheet=debug");
    project.run(&rehearsal).exits(0).says("v1/agent/A91XMB7113/speak");
    project.run(&["runs", "--log-level", "loud"]).exits(2).says("possible values");
    project.run(&[]).exits(2).says("Usage: runsheet");
}

#[test]
fn colours_are_told_when_to_be_used() {
    let project = Project::new().file("workflows/a.yaml", WORKFLOW);
    project.run(&["run", "--sandbox", "--speed", "40"]).exits(0);
    assert!(!project.run(&["show"]).exits(0).stdout.contains('\u{1b}'));
    assert!(project.run(&["show", "--color", "always"]).exits(0).stdout.contains('\u{1b}'));
    assert!(!project.run(&["--color", "never", "show"]).exits(0).stdout.contains('\u{1b}'));
}

#[test]
fn a_file_that_is_not_there_is_told_by_the_name_that_was_meant() {
    let project = Project::new().file("workflows/welcome.yaml", WORKFLOW).file("workflows/party.yaml", WORKFLOW);
    let meant = project.run(&["run", "welcme", "--sandbox"]).exits(2).stderr;
    assert!(meant.contains("hint: did you mean `workflows/welcome.yaml`?"), "{meant}");
    let listed = project.run(&["run", "greeting.yaml", "--sandbox"]).exits(2).stderr;
    assert!(listed.contains("the workflows here are `workflows/party.yaml`, `workflows/welcome.yaml`"), "{listed}");
    let checked = project.run(&["check", "greeting.yaml"]).exits(2).stderr;
    assert!(checked.contains("there is no such file") && checked.contains("hint: "), "{checked}");
}

#[test]
fn a_file_of_another_kind_is_called_by_its_kind() {
    let project = Project::new().file("workflows/wifi.yaml", "kind: faults\nversion: 1\nfaults: []\n");
    let said = project.run(&["run", "workflows/wifi.yaml", "--sandbox"]).exits(2).stderr;
    assert!(said.contains("is a file of `kind: faults`, not a workflow") && said.contains("--faults FILE"), "{said}");
}
