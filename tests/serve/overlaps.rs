//! What becomes of a time that is due while a run is under way: each way of `overlap`, and groups.

use std::collections::BTreeMap;

use super::serving::Serving;
use super::{counts, soon, status};

/// A workflow that is due twice, and whose runs say a line and go on for a while.
fn twice(name: &str, more: &str, (first, second): (i64, i64), length: &str) -> String {
    let [first, second] = [first, second].map(soon);
    format!(
        "version: 1\nname: {name}\nagent: A91XMB7113\nroom: lobby\ndefaults: {{ hold: 0s }}\n{more}\
         schedule: [{{ at: \"{first}\" }}, {{ at: \"{second}\" }}]\n\
         steps:\n  - speak: {name} begins\n  - wait: {length}\n  - speak: {name} ends\n"
    )
}

/// How the runs of a workflow ended, the first first.
fn ends(serving: &Serving, workflow: &str) -> Vec<String> {
    let of_workflow = |run: &serde_json::Value| (run["workflow"] == workflow).then(|| status(run).to_owned());
    serving.runs().iter().rev().filter_map(of_workflow).collect()
}

#[test]
fn a_time_that_is_due_during_a_run_is_left_out_waits_takes_over_or_starts_beside_it() {
    let ways = ["skip", "queue", "cancel", "allow"];
    let serving = Serving::of(&[]);
    for way in ways {
        let text = twice(way, &format!("overlap: {way}\n"), (3_000, 5_000), "4s");
        serving.write(&format!("{way}.yaml"), &text);
    }
    let expected = BTreeMap::from([("allow", 2), ("cancel", 2), ("queue", 2), ("skip", 1)]);
    let expected: BTreeMap<String, usize> = expected.into_iter().map(|(way, runs)| (way.to_owned(), runs)).collect();
    serving.until("all have run", |serving| {
        let is_over = |run: &serde_json::Value| !matches!(status(run), "running");
        counts(serving) == expected && serving.runs().iter().all(is_over)
    });
    assert_eq!(ends(&serving, "cancel"), ["cancelled", "succeeded"]);
    assert_eq!(ends(&serving, "queue"), ["succeeded", "succeeded"]);
    let heard = serving.heard();
    let of = |way: &str| heard.iter().filter_map(|line| line.strip_prefix(way)).map(str::trim).collect::<Vec<_>>();
    assert_eq!(of("skip"), ["begins", "ends"]);
    assert_eq!(of("queue"), ["begins", "ends", "begins", "ends"]);
    assert_eq!(of("cancel"), ["begins", "begins", "ends"]);
    assert_eq!(of("allow"), ["begins", "begins", "ends", "ends"]);
}

#[test]
fn a_run_that_cannot_begin_cancels_nothing() {
    let serving = Serving::of(&[]);
    let text = twice("show", "overlap: cancel\n", (2_000, 4_000), "4s");
    // The second run cannot be made when it is due: a file that it reads is gone.
    let text = text.replace("steps:\n", "steps:\n  - speak: \"{{ guest.name }}\"\n    foreach: { csv: guests.csv }\n    as: guest\n    key: guest.name\n");
    serving.write("guests.csv", "name\nAda\n");
    serving.write("show.yaml", &text);
    serving.until("it has begun", |serving| serving.heard().iter().any(|line| line == "show begins"));
    serving.remove("guests.csv");
    serving.until("it has ended", |serving| ends(serving, "show") == ["succeeded"]);
    serving.until("both times are settled", |serving| serving.became("show") == ["fire", "missed"]);
    assert_eq!(serving.heard().iter().filter(|line| *line == "show ends").count(), 1);
}

#[test]
fn a_group_holds_its_limit_and_what_is_due_waits_for_room() {
    let serving = Serving::of(&[]);
    for name in ["one", "two", "three"] {
        let text = twice(name, "concurrency: { group: stage, limit: 1 }\n", (3_000, 3_000), "500ms");
        serving.write(&format!("{name}.yaml"), &text);
    }
    serving.until("all have run", |serving| {
        let runs = serving.runs();
        runs.len() == 3 && runs.iter().all(|run| status(run) == "succeeded")
    });
    let heard = serving.heard();
    for pair in heard.chunks(2) {
        let [begins, ends] = pair else { panic!("{heard:?}") };
        assert_eq!(begins.replace("begins", "ends"), *ends, "{heard:?}");
    }
}
