//! The sandbox over HTTP, as any client sees it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};
use serde_json::{Value, json};

mod errors;
mod faults;
mod lifecycle;
mod limits;
mod rooms;
mod state;
mod webhooks;

/// An agent that exists and is ready from the start.
const AGENT: &str = "A12345678";

/// A client of a sandbox of its own.
struct Client {
    sandbox: RunningSandbox,
    http: reqwest::Client,
}

/// An answer, read whole.
#[derive(Debug)]
struct Answered {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Asserts the envelope of an error: its status three times, its code once.
    fn is_error(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["error"]["code"], code, "{}", self.body);
        assert_eq!(self.body["error"]["httpStatus"], status);
        assert_eq!((&self.body["status"], &self.body["status_code"]), (&json!("error"), &json!(status)));
        assert!(self.body["error"]["message"].is_string());
        self
    }

    fn done(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("x-runsheet-sandbox"), Some("1"));
        self.body
    }
}

impl Client {
    /// Starts a sandbox with one ready agent, and what else a test wants.
    async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut settings = Settings { agents: vec![AGENT.to_owned()], ..Settings::default() };
        change(&mut settings);
        Self { sandbox: Sandbox::start(settings).await.unwrap(), http: reqwest::Client::new() }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http.request(method, format!("{}{path}", self.sandbox.url())).header("api-secret", "sandbox-secret")
    }

    async fn get(&self, path: &str) -> Answered {
        read(self.request("GET", path).send().await.unwrap()).await
    }

    async fn delete(&self, path: &str) -> Answered {
        read(self.request("DELETE", path).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answered {
        read(self.request("POST", path).json(&body).send().await.unwrap()).await
    }

    /// Makes the ready agent say something, wherever it is heard.
    async fn speak(&self, body: Value) -> Answered {
        self.post(&format!("/v1/agent/{AGENT}/speak"), body).await
    }

    /// Begins a creation and answers its code.
    async fn generate(&self, body: Value) -> String {
        self.post("/v1/agent/generate", body).await.done()["agent_id"].as_str().unwrap().to_owned()
    }

    /// Asks for the status until it is one of these words.
    async fn poll_until(&self, code: &str, words: &[&str]) -> Value {
        loop {
            let data = self.get(&format!("/v1/agent/status/{code}")).await.done()["data"].clone();
            if words.contains(&data["status"].as_str().unwrap()) {
                return data;
            }
        }
    }

    async fn balance(&self) -> u64 {
        self.get("/v1/me").await.done()["data"]["credit_balance"].as_u64().unwrap()
    }
}

async fn read(response: Response) -> Answered {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answered { status: StatusCode::as_u16(&status), headers, body }
}

/// Waits for something to become true, for ten seconds at most.
async fn eventually<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    let looking = async {
        while !check().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looking).await.expect("it becomes true within ten seconds");
}
