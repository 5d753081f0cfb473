//! The snippets of the Agents API page, run against the sandbox as a reader of the page would run them.
//!
//! The files in `page_snippets/` are the page's own; only the address of the service and the interval of
//! polls are replaced before they run.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

use std::path::{Path, PathBuf};
use std::process::Command;

use runsheet::duration::Millis;
use runsheet::sandbox::{HeardKind, RunningSandbox, Sandbox, Settings};
use serde_json::json;

const SERVICE: &str = "https://api.bithuman.ai";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page_snippets")
}

/// A sandbox in which the agents and rooms of the page exist.
async fn sandbox() -> RunningSandbox {
    let name = |text: &str| text.to_owned();
    let settings = Settings {
        agents: vec![name("A91XMB7113"), name("A12345678")],
        rooms: vec![name("customer_session_1"), name("vip_session_42")],
        creation: Millis::from_secs(1),
        ..Settings::default()
    };
    Sandbox::start(settings).await.unwrap()
}

/// A command that sees this machine without a proxy.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.env("BITHUMAN_API_SECRET", "sandbox-secret");
    command
}

/// Whether a program is there to run the snippets with.
fn runs(program: &str, arguments: &[&str]) -> bool {
    command(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// Runs a snippet; answers what it printed, or nothing where its program is missing.
async fn run(snippet: &'static str, sandbox: &RunningSandbox) -> Option<String> {
    let url = sandbox.url();
    tokio::task::spawn_blocking(move || {
        let text = std::fs::read_to_string(folder().join(snippet)).unwrap();
        assert!(text.contains(SERVICE), "{snippet} is the page's");
        let text = text.replace(SERVICE, &url).replace("time.sleep(5)", "time.sleep(0.02)");
        let mut command = if snippet.ends_with(".py") {
            if !runs("python3", &["--version"]) {
                return None;
            }
            let mut python = command("python3");
            if !runs("python3", &["-c", "import requests"]) {
                python.env("PYTHONPATH", folder().join("stand_in"));
            }
            python
        } else {
            if !runs("curl", &["--version"]) {
                return None;
            }
            command("sh")
        };
        let output = command.args(["-c", &text]).output().unwrap();
        assert!(output.status.success(), "{snippet}: {}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    })
    .await
    .expect("the snippet ends")
}

/// What a snippet printed, as JSON.
fn printed_json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn the_snippet_that_validates_a_key_prints_what_the_page_says() {
    let sandbox = sandbox().await;
    let Some(printed) = run("validate.sh", &sandbox).await else { return };
    assert_eq!(printed_json(&printed), json!({"valid": true}));
}

#[tokio::test]
async fn the_snippet_that_generates_prints_what_the_page_says() {
    let sandbox = sandbox().await;
    let Some(printed) = run("generate.py", &sandbox).await else { return };
    let code = printed.split('\'').find(|word| runsheet::ids::is_agent_code(word)).unwrap();
    let expected = format!(
        "{{'success': True, 'message': 'Agent generation started', 'agent_id': '{code}', 'status': 'processing'}}"
    );
    assert_eq!(printed, expected);
    assert_eq!(sandbox.credits(), 100_000 - 250);
}

#[tokio::test]
async fn the_snippet_that_polls_ends_when_the_agent_is_ready() {
    let sandbox = sandbox().await;
    let Some(printed) = run("generate_and_poll.py", &sandbox).await else { return };
    assert!(printed.starts_with("Ready: https://") && printed.ends_with(".imx"), "{printed}");
    assert!(sandbox.requests()["GET /v1/agent/status/{code}"] > 1, "`completed` and `success` are no ends");
}

#[tokio::test]
async fn the_snippet_that_gets_an_agent_prints_its_name_and_status() {
    let sandbox = sandbox().await;
    let Some(printed) = run("get_agent.py", &sandbox).await else { return };
    assert_eq!(printed, "My Agent ready");
}

#[tokio::test]
async fn the_snippet_that_updates_a_prompt_prints_what_the_page_says() {
    let sandbox = sandbox().await;
    let Some(printed) = run("update_prompt.py", &sandbox).await else { return };
    assert_eq!(printed, "{'agent_code': 'A91XMB7113', 'updated': True}");
}

#[tokio::test]
async fn the_snippet_that_speaks_is_heard_in_its_room() {
    let sandbox = sandbox().await;
    let Some(printed) = run("speak.sh", &sandbox).await else { return };
    let expected = json!({"agent_code": "A12345678", "context_type": "speak", "delivered_to_rooms": 1});
    assert_eq!(printed_json(&printed), expected);
    let heard = &sandbox.heard()[0];
    let expected = ("customer_session_1", "We have a 20% discount available today.");
    assert_eq!((heard.room_id.as_str(), heard.text.as_str()), expected);
}

#[tokio::test]
async fn the_snippet_that_injects_knowledge_reaches_its_room_in_silence() {
    let sandbox = sandbox().await;
    let Some(printed) = run("add_context.py", &sandbox).await else { return };
    assert_eq!(printed, "");
    let heard = &sandbox.heard()[0];
    assert_eq!((heard.room_id.as_str(), heard.kind), ("vip_session_42", HeardKind::AddContext));
    assert_eq!(heard.text, "Customer has VIP status. Preferred name: Alex. Account since 2021.");
}
