//! Somebody else's service: answers as a test says, and remembers what it was sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a gate waits for either side.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its first line.
    pub line: String,
    /// Its headers and its body, as text.
    pub rest: String,
}

/// An answer: status, headers, body.
pub struct Answer(pub u16, pub Vec<(&'static str, String)>, pub String);

impl Answer {
    /// A JSON body.
    pub fn json(body: &str) -> Self {
        Self(200, vec![("Content-Type", "application/json".to_owned())], body.to_owned())
    }
}

/// A server on this machine; each connection has a thread and one request.
pub struct Web {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Web {
    /// Answers from now on.
    pub fn answering(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (received.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (kept.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &kept, answer.as_ref()));
            }
        });
        Self { port, received }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it was sent.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// A server that keeps one request waiting until the test lets it go.
pub struct Gate {
    web: Web,
    arrivals: Receiver<()>,
    open: Sender<()>,
}

impl Gate {
    /// Closed.
    pub fn new() -> Self {
        let ((arrived, arrivals), (open, opened)) = (channel(), channel());
        let inside = Mutex::new((arrived, opened));
        let web = Web::answering(move |_| {
            let (arrived, opened) = &*inside.lock().unwrap();
            arrived.send(()).unwrap();
            opened.recv_timeout(PATIENCE).unwrap();
            Answer::json("{}")
        });
        Self { web, arrivals, open }
    }

    /// The URL that leads to it.
    pub fn url(&self) -> String {
        self.web.url("/gate")
    }

    /// Waits until somebody stands before it.
    pub fn reached(&self) {
        self.arrivals.recv_timeout(PATIENCE).expect("the request comes");
    }

    /// Lets them through.
    pub fn open(&self) {
        self.open.send(()).unwrap();
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Received>>, answer: &dyn Fn(&Received) -> Answer) {
    let Some(received) = read(&stream) else { return };
    kept.lock().unwrap().push(received.clone());
    let Answer(status, headers, body) = answer(&received);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status} Answer\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
    drop(stream.write_all(text.as_bytes()));
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (mut rest, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        rest.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    rest.push_str(&String::from_utf8_lossy(&body));
    (!line.is_empty()).then(|| Received { line: line.trim().to_owned(), rest })
}
