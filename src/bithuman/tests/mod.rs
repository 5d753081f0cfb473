//! The client against a server that follows a script, byte by byte.

mod resources;
mod transport;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Client, RateLimits};
use crate::secret::Secret;
use crate::settings::ServiceUrl;

/// A secret that must be found nowhere.
const CANARY: &str = "canary-4242-canary";

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    /// Writes these bytes and closes.
    Write(String),
    /// Reads the request and resets the connection.
    Reset,
    /// Reads the request and never answers.
    Silence,
    /// Accepts and reads nothing.
    Deaf,
    /// Writes these bytes before it has read anything, and closes.
    Blurt(&'static str),
}

/// A server that follows a script, one act a connection, and remembers what it was sent.
struct Server {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn following(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let server = Self { port, received: received.clone() };
        tokio::spawn(async move {
            let mut open = Vec::new();
            for act in script {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                if !matches!(act, Act::Deaf | Act::Blurt(_)) {
                    let request = read_request(&mut stream).await;
                    received.lock().expect("received").push(request);
                }
                match act {
                    // The client may hang up on what is too long.
                    Act::Write(bytes) => drop(stream.write_all(bytes.as_bytes()).await),
                    Act::Blurt(bytes) => drop(stream.write_all(bytes.as_bytes()).await),
                    Act::Reset => stream.set_zero_linger().expect("linger"),
                    Act::Silence | Act::Deaf => open.push(stream),
                }
            }
            // Whoever comes after the end of the script is one too many, and seen.
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = read_request(&mut stream).await;
                received.lock().expect("received").push(format!("beyond the script: {request}"));
            }
        });
        server
    }

    /// A server that answers one request with a status and a body.
    async fn answering(status: u16, body: &Value) -> Self {
        Self::following(vec![answer(status, "", body)]).await
    }

    fn client(&self) -> Client {
        self.client_by("http")
    }

    fn client_by(&self, scheme: &str) -> Client {
        let url = ServiceUrl::parse(&format!("{scheme}://127.0.0.1:{}", self.port)).expect("a URL");
        Client::new(url, Secret::new(CANARY), RateLimits::new()).expect("a client")
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().expect("received").clone()
    }

    /// The first line of each request.
    fn lines(&self) -> Vec<String> {
        let line = |request: String| request.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
        self.received().into_iter().map(line).collect()
    }

    /// The body of the first request.
    fn body(&self) -> Value {
        let received = self.received();
        let (_, body) = received[0].split_once("\r\n\r\n").expect("a request");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

/// A whole answer with extra header lines, each ending in a line break.
fn answer(status: u16, headers: &str, body: &Value) -> Act {
    let body = body.to_string();
    let length = body.len();
    Act::Write(format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"))
}

fn envelope(code: &str, message: &str, status: u16) -> Value {
    let error = json!({"code": code, "message": message, "httpStatus": status});
    json!({"error": error, "status": "error", "status_code": status})
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap_or(0);
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().expect("a length") {
                return text;
            }
        }
        if read == 0 {
            return text;
        }
    }
}
