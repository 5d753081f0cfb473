//! Enter, for those who are asked for it.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// What was typed on a terminal before anybody asked is older than this when it is read.
const STALE: Duration = Duration::from_millis(30);

/// Listens to Enter, from the first time that it is asked for.
///
/// A program in the background that reads its terminal is stopped, so nothing is read before.
pub struct Enter {
    pressed: Option<mpsc::Sender<()>>,
}

impl Enter {
    /// Does not listen yet.
    pub fn new() -> (Self, mpsc::Receiver<()>) {
        let (pressed, heard) = mpsc::channel(4);
        (Self { pressed: Some(pressed) }, heard)
    }

    /// Listens from now on.
    pub fn listen(&mut self) {
        if let Some(pressed) = self.pressed.take() {
            std::thread::spawn(move || listen(&pressed));
        }
    }
}

fn listen(pressed: &mpsc::Sender<()>) {
    let began = Instant::now();
    let stdin = io::stdin();
    let is_terminal = stdin.is_terminal();
    for line in stdin.lock().lines() {
        let is_stale = is_terminal && began.elapsed() < STALE;
        if line.is_err() || (!is_stale && pressed.blocking_send(()).is_err()) {
            return;
        }
    }
    // The end of the input is no Enter; the channel stays open as long as the watch.
    std::thread::park();
}
