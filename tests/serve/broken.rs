//! Files that break under a server, and before it.

use super::serving::Serving;
use super::{counts, due, soon, status};

#[test]
fn a_file_that_breaks_keeps_its_times_and_its_last_good_text() {
    let serving = Serving::of(&[]);
    serving.write("show.yaml", &due("show", soon(4_000)));
    serving.until("its schedule is known", |serving| serving.schedules() == ["show"]);
    serving.write("show.yaml", "");
    serving.until("it has run", |serving| serving.runs().iter().any(|run| status(run) == "succeeded"));
    assert_eq!(serving.heard(), ["show says 1", "show says 2", "show says 3"]);
}

#[test]
fn what_was_due_while_a_file_was_broken_before_the_start_was_missed() {
    let mut serving = Serving::of(&[]);
    let text = due("show", soon(2_000));
    serving.write("late.yaml", &text.replace("show", "late"));
    serving.write("show.yaml", &text.replace(&soon(0).to_string()[..10], "2099-01-01"));
    serving.until("both are known", |serving| serving.schedules() == ["late", "show"]);
    serving.kill();
    // Its name is in the text that cannot be read.
    serving.write("late.yaml", "name: late\nversion: [\n");
    // Longer ago than anybody could have looked away.
    serving.change("UPDATE schedules SET attended_at = '2026-01-01T00:00:00.000Z'");
    serving.start_again();
    serving.write("other.yaml", &due("other", soon(2_500)));
    serving.until("the other one has run", |serving| counts(serving).contains_key("other"));
    serving.write("late.yaml", &text.replace("show", "late"));
    serving.until("it is decided", |serving| serving.became("late") == ["missed"]);
    assert!(!counts(&serving).contains_key("late"));
}

#[test]
fn a_claim_that_a_crash_left_is_what_became_of_its_run() {
    let mut serving = Serving::of(&[]);
    serving.write("show.yaml", &due("show", soon(2_000)));
    serving.until("it has run", |serving| serving.runs().iter().any(|run| status(run) == "succeeded"));
    serving.kill();
    // As if the server had died before it noted the run, and another time before its run began.
    serving.change("UPDATE fires SET state = 'claimed'; UPDATE schedules SET fired = 0");
    serving.change(
        "INSERT INTO fires (service, workflow, due, decision, reason, times, decided_at, state, run) \
         SELECT service, workflow, '2026-01-01T00:00:00.000Z', 'fire', 'due', 1, decided_at, 'claimed', 'ZZZZ' FROM fires",
    );
    serving.start_again();
    serving.until("both are settled", |serving| serving.became("show") == ["missed", "fire"]);
    assert_eq!(counts(&serving)["show"], 1);
    assert_eq!(serving.asked("SELECT fired || ' ' || missed FROM schedules"), ["1 1"]);
}
