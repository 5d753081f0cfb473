//! From a save to the first request.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Desk, line};
use crate::support::{Stage, scripted};

/// How often it is measured.
const SAVES: usize = 21;
/// The promise.
const BOUND: Duration = Duration::from_millis(250);
/// What comes to rest waits for what does not: so much more, while something else is written all the time.
const NOISY: Duration = Duration::from_millis(1_500);

#[test]
fn a_save_is_heard_in_a_moment() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &[]);
    let median = median_of(&stage, &desk, SAVES);
    assert!(median < BOUND, "{median:?}");
}

#[test]
fn noise_elsewhere_keeps_no_save_waiting() {
    let stage = Stage::new(&line("Before"));
    stage.write("noise.yaml", &scripted("- pause: Noise"));
    let desk = Desk::watch(&stage, &[]);
    let (is_over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let median = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                make_noise(&stage, rounds.fetch_add(1, Ordering::Relaxed));
            }
        });
        let _over = Over(&is_over);
        median_of(&stage, &desk, SAVES)
    });
    let rounds = rounds.into_inner();
    assert!(rounds > SAVES, "{rounds} rounds are no noise");
    assert!(median < NOISY, "{median:?}");
    assert_eq!(stage.heard().len(), SAVES);
}

/// Ends the noise, also when a test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A log, a folder that comes and goes, and a workflow that is never at rest.
fn make_noise(stage: &Stage, round: usize) {
    stage.write("noise.log", &round.to_string());
    stage.write("noise/deep/noise.txt", "");
    fs::remove_dir_all(stage.path().join("workflows/noise")).unwrap();
    stage.write("noise.yaml", &format!("version: 1\nsteps: [ # {round}\n"));
    std::thread::park_timeout(Duration::from_millis(5));
}

/// How long it takes from a save to the first request, at the median.
fn median_of(stage: &Stage, desk: &Desk, saves: usize) -> Duration {
    let mut took = Vec::new();
    for n in 1..=saves {
        let saved = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        stage.rewrite(&line(&format!("Line {n}")));
        desk.until_heard(n).until_ended(n);
        let heard = stage.heard_at().pop().unwrap();
        took.push(heard.saturating_sub(saved));
    }
    took.sort();
    let (median, worst) = (took[saves / 2], took[saves - 1]);
    println!("from a save to the first request: {median:?} at the median of {saves}, {worst:?} at worst");
    median
}
