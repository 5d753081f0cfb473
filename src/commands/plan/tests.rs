//! The command over files of a project.

use clap::Parser;
use serde_json::{Value, json};

use super::*;

const GREETING: &str = "\
version: 1
name: greeting
inputs:
  customer: { type: string, required: true }
vars:
  hello: 'Hello {{ inputs.customer }}'
agent: A91XMB7113
steps:
  - speak: '{{ vars.hello }}, welcome!'
  - foreach: { csv: guests.csv }
    as: guest
    key: guest.name
    room: '{{ guest.name }}'
    speak: 'Welcome, {{ guest.name }}.'
";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: PlanArguments,
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(workflow: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("greeting.yaml"), workflow).unwrap();
        std::fs::write(folder.path().join("guests.csv"), "name\nAda\nGrace\n").unwrap();
        Self(folder)
    }

    async fn run(&self, words: &[&str]) -> (u8, String) {
        let (file, output) = (self.0.path().join("greeting.yaml"), self.0.path().join("out"));
        let file = [file.to_str().unwrap(), "--output", output.to_str().unwrap()];
        let words = ["plan"].into_iter().chain(file).chain(words.iter().copied());
        let code = run(Line::parse_from(words).arguments).await.unwrap();
        (code, std::fs::read_to_string(output).unwrap_or_default())
    }
}

fn with_room() -> String {
    GREETING.replace("  - speak: '{{ vars", "  - room: stage\n    speak: '{{ vars")
}

#[tokio::test]
async fn a_plan_says_what_would_be_said_and_how_often() {
    let (code, text) = Folder::with(&with_room()).run(&["--format", "json", "--input", "customer=Alex"]).await;
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0);
    assert_eq!(value["nodes"][0]["text"], json!("Hello Alex, welcome!"));
    assert_eq!(value["nodes"][1]["items"], json!(2));
    assert_eq!(value["estimate"]["requests"], json!({ "generate": 0, "write": 3, "read": 0 }));
    assert_eq!(value["estimate"]["at_least"], json!(false));
}

#[tokio::test]
async fn a_missing_input_is_named_and_stays_open() {
    let (code, text) = Folder::with(&with_room()).run(&[]).await;
    assert_eq!(code, 0);
    assert!(text.contains("“{{ vars.hello }}, welcome!” → stage"), "{text}");
    assert!(text.contains("missing   input `customer` has no value"), "{text}");
    assert!(text.contains("at least"), "{text}");
}

#[tokio::test]
async fn every_format_is_drawn() {
    let folder = Folder::with(&with_room());
    for (format, begins) in [("tree", "greeting"), ("json", "{"), ("mermaid", "flowchart TD"), ("svg", "<svg")] {
        let (code, text) = folder.run(&["--format", format]).await;
        assert!(code == 0 && text.starts_with(begins), "{format}: {text}");
    }
}

#[tokio::test]
async fn a_file_with_a_mistake_and_a_wrong_input_are_refused() {
    let folder = Folder::with(&with_room().replace("speak:", "speek:"));
    assert_eq!(folder.run(&[]).await, (2, String::new()));
    let folder = Folder::with(&with_room());
    assert_eq!(folder.run(&["--input", "custmer=Alex"]).await, (2, String::new()));
}

/// The shortest of three plans of a script of so many lines.
async fn shortest(lines: usize) -> std::time::Duration {
    let lines: String = (0..lines).map(|n| format!("  - speak: 'Line {n} for {{{{ inputs.customer }}}}'\n")).collect();
    let head = "version: 1\nname: long\ninputs:\n  customer: { type: string, default: Alex }\nsteps:\n";
    let folder = Folder::with(&format!("{head}  - id: host\n    generate: A host.\n{lines}"));
    let mut shortest = std::time::Duration::MAX;
    for _ in 0..3 {
        let begun = std::time::Instant::now();
        assert_eq!(folder.run(&["--format", "svg"]).await.0, 0);
        shortest = shortest.min(begun.elapsed());
    }
    shortest
}

#[tokio::test]
async fn twenty_times_the_steps_take_in_proportion() {
    // In proportion is 20, by the square 400.
    let (few, many) = (shortest(300).await, shortest(6_000).await);
    assert!(many < few * 60, "{few:?} {many:?}");
}
