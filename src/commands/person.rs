//! The person in front of a run: their keys, and the signals that stand for them.
//!
//! Enter says go, `p` suspends, `s` skips, `q` stops; `y` and `n` answer whether a line was heard. The first Ctrl-C
//! or SIGTERM stops the run so that it can be resumed; the second ends the process at once.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::event::Resolution;
use crate::executors::people::{People, Says};

/// How long a look for keys takes, at the most.
const LOOK: Duration = Duration::from_millis(50);

/// Listens to the person until dropped; the terminal is then as it was.
pub struct Person {
    gone: Arc<AtomicBool>,
    signals: Option<JoinHandle<()>>,
    keys: Option<std::thread::JoinHandle<()>>,
}

impl Person {
    /// Listens to keys where there is a terminal, and to signals everywhere.
    pub fn in_front() -> (Self, People) {
        let (mut people, says) = People::somebody();
        people.present =
            std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && terminal::enable_raw_mode().is_ok();
        let gone = Arc::new(AtomicBool::new(false));
        let keys = people.present.then(|| {
            let (says, gone) = (says.clone(), gone.clone());
            std::thread::spawn(move || listen(&says, &gone))
        });
        let signals = Some(tokio::spawn(heed_signals(says)));
        (Self { gone, signals, keys }, people)
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
        if let Some(signals) = self.signals.take() {
            signals.abort();
        }
        if let Some(keys) = self.keys.take() {
            drop(keys.join());
            drop(terminal::disable_raw_mode());
        }
    }
}

fn listen(says: &mpsc::Sender<Says>, gone: &AtomicBool) {
    let mut interrupted = false;
    while !gone.load(Ordering::Relaxed) {
        if !matches!(crossterm::event::poll(LOOK), Ok(true)) {
            continue;
        }
        let Ok(Event::Key(key)) = crossterm::event::read() else { continue };
        let Some(meant) = meaning(key) else { continue };
        if meant == Says::Stop
            && key.modifiers.contains(KeyModifiers::CONTROL)
            && std::mem::replace(&mut interrupted, true)
        {
            leave_at_once();
        }
        if says.blocking_send(meant).is_err() {
            return;
        }
    }
}

/// What a key means.
fn meaning(key: KeyEvent) -> Option<Says> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Says::Stop);
    }
    match key.code {
        KeyCode::Enter => Some(Says::Go),
        KeyCode::Char('p') => Some(Says::Suspend),
        KeyCode::Char('s') => Some(Says::Skip),
        KeyCode::Char('q') => Some(Says::Stop),
        KeyCode::Char('y') => Some(Says::Settle(Resolution::Happened)),
        KeyCode::Char('n') => Some(Says::Settle(Resolution::DidNotHappen)),
        _ => None,
    }
}

async fn heed_signals(says: mpsc::Sender<Says>) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    let mut asked = false;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if std::mem::replace(&mut asked, true) {
            leave_at_once();
        }
        if says.send(Says::Stop).await.is_err() {
            return;
        }
    }
}

/// Leaves without waiting for what is in flight: the journal says what that was.
fn leave_at_once() -> ! {
    drop(terminal::disable_raw_mode());
    std::process::exit(130)
}
