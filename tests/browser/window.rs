//! A window of a real browser, through its driver.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// No page takes longer to show something.
const BOUND: Duration = Duration::from_secs(30);
/// How long the browser may take to end.
const PARTING: Duration = Duration::from_secs(10);
/// What keeps the browser from reaching for anything but the page.
const QUIET: [&str; 11] = [
    "--disable-dev-shm-usage",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-GB",
];

/// A window, with the driver that moves it.
pub struct Window {
    runtime: Runtime,
    client: Client,
    base: String,
    _process: Driving,
}

/// The driver's process; it ends with the test.
struct Driving(Child);

/// Also where a test fails: the browser is a process of its own, which nothing else ends.
impl Drop for Window {
    fn drop(&mut self) {
        let closing = async { tokio::time::timeout(PARTING, self.client.clone().close()).await };
        drop(self.runtime.block_on(closing));
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How large a window is, and in which light.
#[derive(Clone, Copy)]
pub struct Look {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the person prefers the dark.
    pub dark: bool,
}

impl Window {
    /// Opens a window onto a server; none where no browser is installed, which is said.
    pub fn open(base: &str) -> Option<Self> {
        let Some((process, port)) = start() else {
            let is_required = std::env::var("RUNSHEET_BROWSER").is_ok_and(|word| word == "required");
            assert!(!is_required, "the browser is required, and `chromedriver` cannot be started");
            eprintln!("not tested: no browser here (`chromium` and `chromedriver` of Debian's `chromium-driver`)");
            return None;
        };
        let wanted = Map::from_iter([("goog:chromeOptions".to_owned(), json!({ "args": QUIET }))]);
        let runtime = Runtime::new().unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client = runtime.block_on(builder.capabilities(wanted).connect(&address)).unwrap();
        let window = Self { runtime, client, base: base.to_owned(), _process: Driving(process) };
        window.look(Look { width: 1280, height: 900, dark: false });
        Some(window)
    }

    /// Goes to a page.
    pub fn go(&self, path: &str) {
        self.runtime.block_on(self.client.goto(&format!("{}{path}", self.base))).unwrap();
    }

    /// Makes it another window: its size, its light.
    pub fn look(&self, look: Look) {
        let metrics = json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false });
        self.tool("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tool("Emulation.setEmulatedMedia", features);
    }

    fn tool(&self, name: &'static str, parameters: Value) {
        self.runtime.block_on(self.client.issue_cmd(Tool { name, parameters })).unwrap();
    }

    /// What a script of the page answers.
    pub fn script(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute(script, Vec::new())).unwrap()
    }

    /// What the page says.
    pub fn text(&self) -> String {
        self.script("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    pub fn says(&self, wanted: &str) {
        let until = Instant::now() + BOUND;
        loop {
            let text = self.text();
            if text.contains(wanted) {
                return;
            }
            assert!(Instant::now() < until, "the page never says `{wanted}`:\n{text}");
            std::thread::yield_now();
        }
    }

    /// Waits until what the page is about stands so.
    pub fn stands(&self, state: &str) {
        let shown = "return document.querySelector('.head .chip')?.textContent ?? ''";
        let until = Instant::now() + BOUND;
        while !self.script(shown).as_str().unwrap_or_default().ends_with(state) {
            assert!(Instant::now() < until, "it never is `{state}`:\n{}", self.text());
            std::thread::yield_now();
        }
    }

    /// Presses the button that is called so.
    pub fn press(&self, words: &str) {
        self.click(&format!("//button[normalize-space(.) = \"{words}\"]"));
    }

    /// Presses the button that is called so, and once more before the page can answer.
    pub fn press_twice(&self, words: &str) {
        self.find(Locator::XPath(&format!("//button[normalize-space(.) = \"{words}\"]")));
        let words = json!(words);
        self.script(&format!(
            "const one = [...document.querySelectorAll('button')].find((one) => one.textContent === {words}); one.click(); one.click();"
        ));
    }

    /// Follows a link of the page that says so.
    pub fn follow(&self, words: &str) {
        self.click(&format!("//main//a[contains(normalize-space(.), \"{words}\")]"));
    }

    fn click(&self, path: &str) {
        let until = Instant::now() + BOUND;
        loop {
            // A page that is drawn anew takes what was just found away.
            let found = self.find(Locator::XPath(path));
            match self.runtime.block_on(found.click()) {
                Ok(()) => return,
                Err(error) => assert!(Instant::now() < until, "`{path}` cannot be clicked: {error}"),
            }
        }
    }

    /// Goes to the next place by the keyboard alone until it is what is called so, and presses Enter.
    pub fn press_by_keyboard(&self, words: &str) {
        for _ in 0..60 {
            let pressed = self.runtime.block_on(async {
                let active = self.client.active_element().await.unwrap();
                let is_it = active.text().await.unwrap_or_default().trim() == words;
                let key = if is_it { "" + &Key::Enter } else { "" + &Key::Tab };
                // What is drawn anew under the hand is looked for again.
                active.send_keys(&key).await.is_ok() && is_it
            });
            if pressed {
                return;
            }
        }
        panic!("`{words}` is out of the keyboard's reach:\n{}", self.text());
    }

    /// Types into an input of the form.
    pub fn fill(&self, input: &str, value: &str) {
        let id = format!("input-{input}");
        let field = self.find(Locator::Id(&id));
        self.runtime.block_on(async {
            field.clear().await.unwrap();
            field.send_keys(value).await.unwrap();
        });
    }

    fn find(&self, locator: Locator<'_>) -> Element {
        self.runtime.block_on(self.client.wait().at_most(BOUND).for_element(locator)).unwrap()
    }

    /// The path of the page that is shown.
    pub fn path(&self) -> String {
        self.script("return location.pathname").as_str().unwrap_or_default().to_owned()
    }

    /// Takes a picture of the whole page.
    pub fn picture(&self, file: &Path) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, self.runtime.block_on(self.client.screenshot()).unwrap()).unwrap();
    }
}

/// A tool of the browser's developers.
#[derive(Debug)]
struct Tool {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Tool {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.name, "params": self.parameters }).to_string()))
    }
}

/// Starts the driver on a port of its own choosing.
fn start() -> Option<(Child, u16)> {
    let mut command = Command::new("chromedriver");
    let mut child = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, after) = line.split_once("started successfully on port ")?;
        after.trim_end_matches('.').parse().ok()
    });
    // Whoever does not read what it says further stops it.
    std::thread::spawn(move || lines.for_each(drop));
    port.map(|port| (child, port))
}
