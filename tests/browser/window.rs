//! A window of a real browser, through its driver.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;

/// No page takes longer to show something.
const BOUND: Duration = Duration::from_secs(30);
/// What keeps the browser from reaching for anything but the page.
const QUIET: [&str; 10] = [
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
    driver: WebDriver,
    base: String,
    _process: Driving,
}

/// The driver's process; it ends with the test.
struct Driving(Child);

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
    pub async fn open(base: &str) -> Option<Self> {
        let Some((process, port)) = start() else {
            let is_required = std::env::var("RUNSHEET_BROWSER").is_ok_and(|word| word == "required");
            assert!(!is_required, "the browser is required, and `chromedriver` cannot be started");
            eprintln!("not tested: no browser here (`chromium` and `chromedriver` of Debian's `chromium-driver`)");
            return None;
        };
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut wanted = DesiredCapabilities::chrome();
        QUIET.iter().for_each(|argument| wanted.add_arg(argument).unwrap());
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        let window = Self { driver, base: base.to_owned(), _process: Driving(process) };
        window.look(Look { width: 1280, height: 900, dark: false }).await;
        Some(window)
    }

    /// Goes to a page.
    pub async fn go(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Makes it another window: its size, its light.
    pub async fn look(&self, look: Look) {
        let tools = ChromeDevTools::new(self.driver.handle.clone());
        let metrics = json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false });
        tools.execute_cdp_with_params("Emulation.setDeviceMetricsOverride", metrics).await.unwrap();
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        tools.execute_cdp_with_params("Emulation.setEmulatedMedia", features).await.unwrap();
    }

    /// What a script of the page answers.
    pub async fn script(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says something.
    pub async fn says(&self, wanted: &str) {
        let until = Instant::now() + BOUND;
        loop {
            let text = self.text().await;
            if text.contains(wanted) {
                return;
            }
            assert!(Instant::now() < until, "the page never says `{wanted}`:\n{text}");
            tokio::task::yield_now().await;
        }
    }

    /// Presses what is called so: a button or a link.
    pub async fn press(&self, words: &str) {
        let path = format!("//*[self::button or self::a][contains(normalize-space(.), \"{words}\")]");
        let found = self.driver.query(By::XPath(path)).wait(BOUND, Duration::from_millis(50)).first().await.unwrap();
        found.scroll_into_view().await.unwrap();
        found.click().await.unwrap();
    }

    /// Presses the key that goes to the next place, `times` times, then Enter.
    pub async fn tab_and_enter(&self, times: usize) {
        let body = self.driver.find(By::Tag("body")).await.unwrap();
        body.send_keys(Key::Tab.to_string().repeat(times)).await.unwrap();
        self.driver.active_element().await.unwrap().send_keys(Key::Enter.to_string()).await.unwrap();
    }

    /// Types into an input of the form.
    pub async fn fill(&self, input: &str, value: &str) {
        let id = format!("input-{input}");
        let field = self.driver.query(By::Id(id)).wait(BOUND, Duration::from_millis(50)).first().await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    /// The path of the page that is shown.
    pub async fn path(&self) -> String {
        self.script("return location.pathname").await.as_str().unwrap_or_default().to_owned()
    }

    /// Takes a picture of the whole page.
    pub async fn picture(&self, file: &Path) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        self.driver.screenshot(file).await.unwrap();
    }

    /// What the page's own console complained of.
    pub async fn complaints(&self) -> Value {
        self.script("return window.complaints ?? []").await
    }

    /// Closes it.
    pub async fn close(self) {
        self.driver.quit().await.unwrap();
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
