//! Many runs that are due at one instant.

use jiff::Timestamp;

use super::serving::Serving;
use super::{soon, status};

const MANY: usize = 200;
/// A loose bound: it is met with much to spare where nothing else is going on.
const LATEST: i64 = 20_000;

#[test]
fn two_hundred_runs_that_are_due_at_one_instant_begin_soon_after_it() {
    let serving = Serving::of(&[]);
    let at = soon(8_000);
    for n in 0..MANY {
        let text = format!(
            "version: 1\nname: show-{n}\nagent: A91XMB7113\nroom: lobby\ndefaults: {{ hold: 0s }}\n\
             schedule: [{{ at: \"{at}\" }}]\nsteps:\n  - add_context: Now\n"
        );
        serving.write(&format!("show-{n}.yaml"), &text);
    }
    serving.until("all have begun", |serving| serving.asked("SELECT id FROM runs").len() == MANY);
    serving.until("all have ended", |serving| serving.runs().iter().all(|run| status(run) == "succeeded"));
    let began = serving.asked("SELECT started_at FROM runs");
    let mut late: Vec<i64> =
        began.iter().map(|began| began.parse::<Timestamp>().unwrap().as_millisecond() - at.as_millisecond()).collect();
    late.sort_unstable();
    println!("{MANY} runs: median {} ms late, at most {} ms", late[MANY / 2], late[MANY - 1]);
    assert!(late[0] >= 0 && late[MANY - 1] < LATEST, "{late:?}");
}
