//! A request as bytes on a socket, and what came back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// No answer of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Ask {
    /// A request that only looks.
    pub fn get(path: &str) -> Self {
        Self { method: "GET".to_owned(), path: path.to_owned(), headers: Vec::new(), body: None }
    }

    /// A request that changes something, with a JSON body.
    pub fn post(path: &str, body: &Value) -> Self {
        let ask = Self { method: "POST".to_owned(), body: Some(body.to_string().into_bytes()), ..Self::get(path) };
        ask.with("content-type", "application/json")
    }

    /// The same with another method.
    pub fn by(self, method: &str) -> Self {
        Self { method: method.to_owned(), ..self }
    }

    /// The same with a header; one of the same name is replaced.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// The same with other bytes.
    pub fn saying(self, bytes: &[u8]) -> Self {
        Self { body: Some(bytes.to_vec()), ..self }
    }

    /// The method and the path without its query.
    pub fn target(&self) -> (&str, &str) {
        (&self.method, self.path.split('?').next().unwrap_or_default())
    }

    /// Sends it; the answer ends with the connection, so that a stream is read as it comes.
    pub fn open(&self, address: SocketAddr) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut text = format!("{} {} HTTP/1.0\r\n", self.method, self.path);
        if self.headers.iter().all(|(name, _)| name != "host") {
            text.push_str(&format!("host: {address}\r\n"));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = self.body.clone().unwrap_or_default();
        text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(text.as_bytes()).unwrap();
        // A server that has heard enough may close before all is sent.
        drop(stream.write_all(&body));
        BufReader::new(stream)
    }

    /// Sends it and reads the whole answer.
    pub fn send(&self, address: SocketAddr) -> Got {
        let mut reader = self.open(address);
        let (status, headers) = head(&mut reader);
        let mut body = Vec::new();
        drop(reader.read_to_end(&mut body));
        Got { status, headers, body: String::from_utf8(body).unwrap() }
    }
}

impl Got {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// States the status and, of a refusal, its word.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() || !self.header("content-type").starts_with("application/json") {
            return Value::Null;
        }
        let value = self.json();
        assert_eq!(value["error"]["code"].as_str().unwrap_or_default(), code, "{self:?}");
        value
    }
}

/// The status and the headers of an answer.
pub fn head(reader: &mut BufReader<TcpStream>) -> (u16, Vec<(String, String)>) {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_else(|_| panic!("no answer: {line}"));
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        match line.trim().split_once(':') {
            Some((name, value)) => headers.push((name.to_lowercase(), value.trim().to_owned())),
            None => return (status, headers),
        }
    }
}
