//! What a process held over time, and whether that is flat.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use super::gauge::Gauge;

/// The least that is measured behind the warm-up, however slow the machine.
const LEAST: usize = 9;
/// The part of the time, and of the least, in which caches fill and nothing is judged yet.
const WARM_UP: f64 = 0.25;
/// How long the first fewest handles are looked for.
const LOOK: Duration = Duration::from_millis(200);

/// What happened meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deeds {
    /// Runs that came to their end.
    pub runs: usize,
    /// Times that a run was killed.
    pub kills: usize,
    /// Times that one was taken up.
    pub resumes: usize,
}

/// A process under watch, for so long.
pub struct Watch {
    gauge: Gauge,
    began: Instant,
    length: Duration,
    warm_ups: usize,
    /// The handles once everything is warm; none before.
    warm: Option<usize>,
    handles: Vec<usize>,
    memory: Vec<u64>,
    /// What was open when there were too many.
    too_many: Option<Vec<String>>,
}

impl Watch {
    /// Begins to watch.
    pub fn new(gauge: Gauge, length: Duration) -> Self {
        Self {
            gauge,
            began: Instant::now(),
            length,
            warm_ups: 0,
            warm: None,
            handles: Vec::new(),
            memory: Vec::new(),
            too_many: None,
        }
    }

    /// Whether there is more to do. A leak of handles is seen at once.
    pub fn goes_on(&self) -> bool {
        self.too_many.is_none() && (self.began.elapsed() < self.length || self.memory.len() < LEAST)
    }

    /// Measures, when nothing is under way.
    pub fn look(&mut self) {
        let Some(warm) = self.warm else { return self.warm_up() };
        let handles = self.gauge.handles_down_to(warm);
        if handles > warm {
            self.too_many = Some(self.gauge.named_handles());
        }
        self.handles.push(handles);
        self.memory.push(self.gauge.memory());
    }

    fn warm_up(&mut self) {
        self.warm_ups += 1;
        let is_long_enough = self.began.elapsed().as_secs_f64() >= self.length.as_secs_f64() * WARM_UP;
        if is_long_enough && self.warm_ups as f64 >= LEAST as f64 * WARM_UP {
            self.warm = Some(self.gauge.fewest_handles_within(LOOK));
        }
    }

    /// What was wrong; nothing, if the process stayed flat. Memory may grow by so much, in KiB, from the median of the
    /// first third to the median of the last.
    pub fn breaches(&self, growth: u64) -> Vec<String> {
        let mut breaches = Vec::new();
        if let Some(open) = &self.too_many {
            let (most, warm) = (self.handles.iter().max(), self.warm.unwrap_or_default());
            breaches.push(format!("{most:?} handles were open, {warm} once it was warm: {open:#?}"));
        }
        let (first, last) = thirds(&self.memory);
        if last > first + growth {
            breaches.push(format!("memory grew from {first} to {last} KiB, by more than {growth}"));
        }
        breaches
    }

    /// Past the harness's capture: the figures are part of what a soak is for.
    pub fn report(&self, process: &str, deeds: Deeds) {
        let (first, last) = thirds(&self.memory);
        let ends =
            |ends: [Option<&usize>; 2]| ends.map(|count| count.map_or("?".to_owned(), usize::to_string)).join(", ");
        let columns = [
            ("process", process.to_owned()),
            ("time", format!("{} s", self.began.elapsed().as_secs())),
            ("runs", deeds.runs.to_string()),
            ("kills", deeds.kills.to_string()),
            ("resumes", deeds.resumes.to_string()),
            ("handles first, last", ends([self.handles.first(), self.handles.last()])),
            ("memory first, last", format!("{:.1}, {:.1} MiB", first as f64 / 1024.0, last as f64 / 1024.0)),
        ];
        let (mut heads, mut cells) = ("soak:".to_owned(), "soak:".to_owned());
        for (head, cell) in columns {
            let width = head.len().max(cell.len());
            write!(heads, "  {head:>width$}").unwrap();
            write!(cells, "  {cell:>width$}").unwrap();
        }
        drop(std::io::stderr().write_all(format!("{heads}\n{cells}\n").as_bytes()));
    }
}

/// The medians of the first third and of the last.
fn thirds(samples: &[u64]) -> (u64, u64) {
    let third = samples.len().div_ceil(3);
    (median(&samples[..third]), median(&samples[samples.len() - third..]))
}

fn median(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
