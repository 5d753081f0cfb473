//! The world of a crash sweep: the service in a process of its own, and somebody else's service in this one.
//! Neither dies with the runs that are killed, so what they heard is the truth.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::script::FAULTS;
use crate::support::{Answer, Web};

/// The world.
pub struct Theatre {
    sandbox: Child,
    url: String,
    web: Web,
    runtime: Runtime,
    http: reqwest::Client,
}

/// What the world knows at an instant.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// Every text that was heard, or posted elsewhere, in order.
    pub heard: Vec<String>,
    /// How often each endpoint was asked.
    pub requests: Value,
    /// The credits of the account.
    pub credits: u64,
}

impl Theatre {
    /// Opens it; `folder` holds the file of what goes wrong.
    pub fn open(folder: &Path, seed: u64) -> Self {
        let faults = folder.join("faults.yaml");
        std::fs::write(&faults, FAULTS).unwrap();
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_runsheet"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--credits", "1000000000", "--speed", "3000"])
            .args(["--seed", &seed.to_string(), "--faults", faults.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary");
        let mut url = String::new();
        BufReader::new(sandbox.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        rustls::crypto::ring::default_provider().install_default().ok();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self {
            sandbox,
            url: url.trim().to_owned(),
            web: Web::answering(|_| Answer::json("{}")),
            runtime,
            http: reqwest::Client::new(),
        }
    }

    /// The service's process.
    pub fn process(&self) -> u32 {
        self.sandbox.id()
    }

    /// The service's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The other service's URL.
    pub fn web(&self) -> String {
        self.web.url("")
    }

    /// Everything that the world knows now.
    pub fn witness(&self) -> Witness {
        let heard = self.ask("/_sandbox/heard");
        let spoken = heard["heard"].as_array().unwrap().iter().map(|heard| heard["text"].as_str().unwrap().to_owned());
        let received = self.web.received();
        let posts = received.iter().filter(|received| received.line.starts_with("POST"));
        let posted = posts.map(|received| received.rest.lines().last().unwrap_or_default().to_owned());
        Witness {
            heard: spoken.chain(posted).collect(),
            requests: self.ask("/_sandbox/requests")["requests"].clone(),
            credits: self.ask("/v1/me")["data"]["credit_balance"].as_f64().unwrap() as u64,
        }
    }

    fn ask(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url)).header("api-secret", "any-secret");
        self.runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
    }
}

impl Witness {
    /// How often a text was heard.
    pub fn times(&self, text: &str) -> usize {
        self.heard.iter().filter(|heard| *heard == text).count()
    }

    /// How often an endpoint was asked since an earlier instant.
    pub fn asked_since(&self, earlier: &Self, endpoint: &str) -> u64 {
        let count = |witness: &Self| witness.requests[endpoint].as_u64().unwrap_or(0);
        count(self) - count(earlier)
    }
}

impl Drop for Theatre {
    fn drop(&mut self) {
        drop(self.sandbox.kill());
        drop(self.sandbox.wait());
    }
}
