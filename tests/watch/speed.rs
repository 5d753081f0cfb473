//! From a save to the first request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Desk, line};
use crate::support::Stage;

/// How often it is measured.
const SAVES: usize = 21;
/// The promise is 250 ms; a machine that compiles meanwhile is given more.
const BOUND: Duration = Duration::from_millis(1_500);

#[test]
fn a_save_is_heard_in_a_moment() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &[]);
    let mut took = Vec::new();
    for n in 1..=SAVES {
        let saved = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        stage.rewrite(&line(&format!("Line {n}")));
        desk.until_heard(n).until_ended(n);
        let heard = stage.heard_at().pop().unwrap();
        took.push(heard.saturating_sub(saved));
    }
    took.sort();
    let (median, worst) = (took[SAVES / 2], took[SAVES - 1]);
    println!("from a save to the first request: {median:?} at the median of {SAVES}, {worst:?} at worst");
    assert!(median < BOUND, "{median:?}");
}
