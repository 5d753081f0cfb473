//! Every action's example runs, and the README's table of actions is what the types say.

#![expect(clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

use std::fs;
use std::path::Path;
use std::process::Command;

use runsheet::actions::CATALOG;
use runsheet::actions::action::Descriptor;
use serde_json::Value;

/// The examples that need no server but the service.
fn of_the_service() -> impl Iterator<Item = &'static Descriptor> {
    CATALOG.iter().filter(|descriptor| descriptor.name != "http")
}

fn run(examples: &str, arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("examples.yaml");
    fs::write(&file, format!("version: 1\nagent: A91XMB7113\nsteps:\n{examples}")).expect("a file can be written");
    Command::new(env!("CARGO_BIN_EXE_runsheet"))
        .arg("run")
        .arg(&file)
        .args(arguments)
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program runs")
}

#[test]
fn every_example_runs_against_the_sandbox() {
    let examples: String = of_the_service().map(|descriptor| descriptor.example).collect();
    let output = run(&examples, &["--sandbox", "--go", "--speed", "100", "--allow-destroy"]);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    for descriptor in of_the_service() {
        assert!(printed.contains(&format!("✔ {}", descriptor.name)) || descriptor.name == "generate", "{printed}");
    }
}

#[test]
fn every_example_can_be_rehearsed_on_paper() {
    let examples: String = CATALOG.iter().map(|descriptor| descriptor.example).collect();
    let output = run(&examples, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Where the README's table stands.
const MARKS: (&str, &str) = ("<!-- actions -->\n", "<!-- /actions -->");

#[test]
fn the_table_of_actions_is_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("the README is there");
    let (before, rest) = readme.split_once(MARKS.0).expect("the table has a beginning");
    let (shown, after) = rest.split_once(MARKS.1).expect("the table has an end");
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{}{table}{}{after}", MARKS.0, MARKS.1)).expect("the README can be written");
    } else {
        assert_eq!(shown, table, "run the tests with UPDATE=1");
    }
}

fn table() -> String {
    let mut table =
        String::from("| action | what it does | fields (★ a string stands for it) | result |\n|---|---|---|---|\n");
    for descriptor in CATALOG {
        let (fields, output) = ((descriptor.fields)().to_value(), (descriptor.output)().to_value());
        let about = fields.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        let star = |name: &String| {
            if descriptor.short == Some(name.as_str()) { format!("`{name}`★") } else { format!("`{name}`") }
        };
        let fields = names(&fields).iter().map(star).collect::<Vec<_>>().join(" ");
        let results = names(&output).iter().take(6).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        table.push_str(&format!("| `{}` | {about} | {fields} | {results} |\n", descriptor.name));
    }
    table
}

fn names(schema: &Value) -> Vec<String> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default()
}
