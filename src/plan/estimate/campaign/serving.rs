//! Serving lines at a rate, each within its window: the one that is too late first goes first.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::duration::Millis;

/// Lines that may go out at the same times.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// When, in order.
    pub open: Vec<(Timestamp, Timestamp)>,
    /// The instant at which they are too late.
    pub until: Option<Timestamp>,
    /// How many there are.
    pub lines: u64,
    /// How long each waits for its room.
    pub wait_for_room: Option<Millis>,
}

/// What serving came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// When the last line that is not too late goes out; none where some never do.
    pub finishes: Option<Timestamp>,
    /// Lines that were too late.
    pub too_late: u64,
}

/// Whether rooms can be looked for often enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Waiting {
    /// The most lines that may wait for their rooms at once.
    pub lines: u64,
    /// Tries a minute: half of what the account allows.
    pub tries_a_minute: f64,
    /// The seconds between two tries of one room when all of them wait.
    pub every_seconds: u64,
    /// The shortest time that one of them waits, in seconds.
    pub wait_seconds: u64,
    /// Whether each is tried again before it gives up.
    pub is_served: bool,
}

impl Class {
    /// The end of the open time at an instant; none while it is closed.
    fn closes(&self, at: Timestamp) -> Option<Timestamp> {
        let after = self.open.partition_point(|(_, end)| *end <= at);
        let (start, end) = self.open.get(after)?;
        (*start <= at).then(|| self.until.map_or(*end, |until| until.min(*end)))
    }

    /// When it opens next after an instant.
    fn opens(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.open.partition_point(|(start, _)| *start <= at);
        self.open.get(next).map(|(start, _)| *start).filter(|start| self.until.is_none_or(|until| *start < until))
    }
}

/// Serves lines from an instant on, at so many a minute and so many at once after a rest.
pub fn serve(classes: &[Class], (rate, burst): (f64, f64), now: Timestamp) -> Served {
    let mut left: Vec<u64> = classes.iter().map(|class| class.lines).collect();
    let (mut at, mut credit, mut finishes, mut too_late) = (now, burst, now, 0);
    loop {
        for (left, class) in left.iter_mut().zip(classes) {
            if class.until.is_some_and(|until| until <= at) {
                too_late += std::mem::take(left);
            }
        }
        if left.iter().all(|left| *left == 0) {
            return Served { finishes: Some(finishes), too_late };
        }
        let waiting = || (0..classes.len()).filter(|&class| left[class] > 0);
        let mut open: Vec<(Timestamp, usize)> =
            waiting().filter_map(|class| Some((classes[class].closes(at)?, class))).collect();
        let opens = waiting().filter_map(|class| classes[class].opens(at)).min();
        if open.is_empty() {
            // Lines that open no more before they are too late are dropped then.
            let dropped = waiting().filter_map(|class| classes[class].until).min();
            let Some(next) = opens.into_iter().chain(dropped).min() else {
                return Served { finishes: None, too_late };
            };
            credit = burst.min(credit + rate * minutes(at, next));
            at = next;
            continue;
        }
        open.sort_unstable();
        let wanted: u64 = open.iter().map(|(_, class)| left[*class]).sum();
        let until = open.iter().map(|(end, _)| *end).chain(opens).min().unwrap_or(at);
        let capacity = credit + rate * minutes(at, until);
        if capacity >= wanted as f64 {
            let needed = ((wanted as f64 - credit) / rate).max(0.0);
            open.iter().for_each(|(_, class)| left[*class] = 0);
            credit = (credit + rate * needed - wanted as f64).max(0.0);
            at = Timestamp(at.0.saturating_add((needed * 60_000.0).ceil() as i64));
            finishes = at;
        } else {
            let mut free = capacity as u64;
            credit = capacity - free as f64;
            for (_, class) in open {
                let served = left[class].min(free);
                (left[class], free) = (left[class] - served, free - served);
            }
            at = until;
            finishes = at;
        }
    }
}

/// Whether rooms can be looked for often enough, were all of them closed: tries share half of the limit.
pub fn waiting(classes: &[Class], limit: f64) -> Option<Waiting> {
    let patient = || classes.iter().filter(|class| class.wait_for_room.is_some() && class.lines > 0);
    let starts = patient().filter_map(|class| class.open.first().map(|(start, _)| *start));
    let at_once =
        |at: Timestamp| patient().filter(|class| class.closes(at).is_some()).map(|class| class.lines).sum::<u64>();
    let lines = starts.map(at_once).max()?;
    let wait = patient().filter_map(|class| class.wait_for_room).min()?;
    let tries_a_minute = (limit / 2.0).max(0.5);
    let every = Millis((lines as f64 / tries_a_minute * 60_000.0) as u64);
    Some(Waiting {
        lines,
        tries_a_minute,
        every_seconds: every.0 / 1000,
        wait_seconds: wait.0 / 1000,
        is_served: every < wait,
    })
}

fn minutes(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).0 as f64 / 60_000.0
}
