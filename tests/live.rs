//! What a run does against a service that is not a sandbox: the sandbox again, behind a proxy that hides what it is.

#![expect(clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

use std::fs;
use std::process::{Command, Output, Stdio};

use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};
use runsheet::secret::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The header by which a sandbox tells what it is.
const TELLTALE: &[u8] = b"x-runsheet-sandbox";
const SECRET: &str = "canary-secret-of-the-service";
const WORKFLOW: &str = "\
version: 1
name: show
steps:
  - id: host
    generate: You are a host.
  - wait_ready: { poll: 50ms }
  - speak: Hello!
    hold: 0s
";

/// A service that passes for the real one, and a project that uses it.
struct Stage {
    sandbox: RunningSandbox,
    url: String,
    project: tempfile::TempDir,
}

impl Stage {
    async fn set(settings: Settings) -> Self {
        let sandbox = Sandbox::start(Settings { speed: 1000.0, ..settings }).await.expect("a sandbox starts");
        let project = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir(project.path().join("workflows")).expect("a folder can be made");
        fs::write(project.path().join("workflows/show.yaml"), WORKFLOW).expect("a file can be written");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        tokio::spawn(pass_on(listener, sandbox.address()));
        Self { sandbox, url, project }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
        command
            .args(["run", "workflows/show.yaml"])
            .args(arguments)
            .current_dir(self.project.path())
            .env("BITHUMAN_API_URL", &self.url)
            .env("BITHUMAN_API_SECRET", SECRET)
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output());
        output.await.expect("the task ends").expect("the program runs")
    }

    fn bought(&self) -> u64 {
        self.sandbox.requests().get("POST /v1/agent/generate").copied().unwrap_or(0)
    }
}

async fn pass_on(listener: TcpListener, to: std::net::SocketAddr) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(to).await.expect("the sandbox listens");
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
                let answer = &mut buffer[..length];
                if let Some(at) = answer.windows(TELLTALE.len()).position(|w| w.eq_ignore_ascii_case(TELLTALE)) {
                    answer[at..at + TELLTALE.len()].copy_from_slice(b"x-nothing-to-see-h");
                }
                if to_client.write_all(answer).await.is_err() {
                    return;
                }
            }
        });
    }
}

fn told(output: &Output) -> String {
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains(SECRET), "the secret is shown: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_would_buy_says_how_much_and_sends_nothing_unless_somebody_agrees() {
    let stage = Stage::set(Settings::default()).await;
    let refused = stage.run(&[]).await;
    let words = told(&refused);
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("1 agent for 250 credits") && words.contains("nothing was sent"), "{words}");
    assert_eq!(stage.bought(), 0);

    let agreed = stage.run(&["--yes"]).await;
    let words = told(&agreed);
    assert_eq!(agreed.status.code(), Some(0), "{words}");
    assert!(words.contains("LIVE 127.0.0.1"), "{words}");
    assert_eq!((stage.bought(), stage.sandbox.credits()), (1, 99_750));

    let again = stage.run(&[]).await;
    let words = told(&again);
    assert_eq!(again.status.code(), Some(0), "{words}");
    assert_eq!((stage.bought(), stage.sandbox.heard().len()), (1, 2));
    stage.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_is_too_small_is_known_before_anything_is_sent() {
    let stage = Stage::set(Settings { credits: 100, ..Settings::default() }).await;
    let refused = stage.run(&["--yes"]).await;
    let words = told(&refused);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains("lacks 150 credits"), "{words}");
    assert_eq!(stage.bought(), 0);
    stage.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_cannot_be_hurried() {
    let stage = Stage::set(Settings::default()).await;
    let refused = stage.run(&["--yes", "--speed", "10"]).await;
    let words = told(&refused);
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("for a sandbox only"), "{words}");
    assert_eq!(stage.bought(), 0);
    stage.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_refused_is_an_error_of_the_settings() {
    let stage = Stage::set(Settings { secret: Some(Secret::new("another-secret")), ..Settings::default() }).await;
    let refused = stage.run(&["--yes"]).await;
    let words = told(&refused);
    assert_eq!(refused.status.code(), Some(3), "{words}");
    assert!(words.contains("refuses the API secret"), "{words}");
    stage.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_be_reached_is_said_before_anything_runs() {
    let stage = Stage::set(Settings::default()).await;
    let nowhere = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", nowhere.local_addr().expect("it has an address"));
    drop(nowhere);
    let refused = stage.run(&["--yes", "--api-url", &url]).await;
    let words = told(&refused);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains("cannot be reached"), "{words}");
    assert!(!stage.project.path().join(".runsheet").exists(), "a run that could not begin leaves nothing behind");
    stage.sandbox.stop().await;
}
