//! The reference for what becomes of each time: a night watchman who does one thing after the other, every minute.

use runsheet::clock::Timestamp;
use runsheet::schedule::decide::Kind;
use runsheet::schedule::{Catchup, Overlap};

/// What the watchman was told.
#[derive(Clone, Debug)]
pub struct Orders {
    pub overlap: Overlap,
    pub catchup: Catchup,
    /// In minutes.
    pub window: i64,
    /// How many minutes a run takes.
    pub takes: i64,
    /// When the watchman is away, in minutes: from one up to another.
    pub away: Vec<(i64, i64)>,
}

/// A time that is due: its minute, and as what it starts.
pub type Due = (i64, Kind);

/// What became of a time: when it was due, what became of it, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Became(pub i64, pub &'static str, pub i64);

/// The minute of an instant.
pub fn minute(at: Timestamp) -> i64 {
    assert_eq!(at.0 % 60_000, 0);
    at.0 / 60_000
}

/// Keeps watch over the minutes of a span.
pub fn watch(orders: &Orders, due: &[Due], span: (i64, i64)) -> Vec<Became> {
    let mut watchman = Watchman { orders, runs: Vec::new(), queue: None, became: Vec::new() };
    let mut missed: Vec<Due> = Vec::new();
    for now in span.0..span.1 {
        let due_now = due.iter().copied().filter(|(at, _)| *at == now);
        if orders.away.iter().any(|(from, until)| (*from..*until).contains(&now)) {
            // Runs stop with the watchman; what stood in the queue has been missed as well.
            watchman.runs.clear();
            missed.extend(watchman.queue.take());
            missed.extend(due_now);
            continue;
        }
        watchman.runs.retain(|(end, _)| *end > now);
        watchman.serve_queue(now);
        watchman.make_up(std::mem::take(&mut missed), now);
        for (at, kind) in due_now {
            watchman.take((at, kind), now);
        }
        while watchman.runs.iter().any(|(end, _)| *end <= now) {
            watchman.runs.retain(|(end, _)| *end > now);
            watchman.serve_queue(now);
        }
    }
    watchman.became.sort();
    watchman.became
}

struct Watchman<'a> {
    orders: &'a Orders,
    /// When each run ends, and what it is for.
    runs: Vec<(i64, i64)>,
    queue: Option<Due>,
    became: Vec<Became>,
}

impl Watchman<'_> {
    fn note(&mut self, due: i64, what: &'static str, at: i64) {
        self.became.retain(|became| became.0 != due);
        self.became.push(Became(due, what, at));
    }

    fn start(&mut self, (due, kind): Due, now: i64) {
        self.runs.push((now + self.orders.takes, due));
        self.note(due, kind.as_str(), now);
    }

    fn serve_queue(&mut self, now: i64) {
        if self.runs.is_empty()
            && let Some(due) = self.queue.take()
        {
            self.start(due, now);
        }
    }

    fn make_up(&mut self, missed: Vec<Due>, now: i64) {
        let is_recent = |due: &Due| now - due.0 <= self.orders.window;
        let mut recent: Vec<Due> = missed.iter().copied().filter(is_recent).collect();
        match self.orders.catchup {
            Catchup::None => recent.clear(),
            Catchup::Latest => recent = recent.pop().into_iter().collect(),
            Catchup::All => {}
        }
        for (due, _) in missed {
            self.note(due, "missed", due);
        }
        for (due, _) in recent {
            self.take((due, Kind::Catchup), now);
        }
    }

    fn take(&mut self, due: Due, now: i64) {
        let is_free = self.runs.is_empty() && self.queue.is_none();
        match self.orders.overlap {
            Overlap::Allow => self.start(due, now),
            Overlap::Skip | Overlap::Queue if is_free => self.start(due, now),
            Overlap::Skip => self.note(due.0, "skip", due.0),
            Overlap::Queue if self.queue.is_none() => {
                self.queue = Some(due);
                self.note(due.0, due.1.as_str(), now);
            }
            Overlap::Queue => self.note(due.0, "skip", due.0),
            Overlap::Cancel => {
                // What was to start at this very moment gives way before it has begun.
                let same: Vec<i64> = self
                    .became
                    .iter()
                    .filter(|b| b.2 == now && b.1 != "skip" && b.1 != "missed")
                    .map(|b| b.0)
                    .collect();
                for other in same {
                    if self.runs.iter().any(|run| run.1 == other) {
                        self.note(other, "skip", other);
                    }
                }
                self.runs.clear();
                self.start(due, now);
            }
        }
    }
}
