//! What a campaign comes to is said before it goes out: by `plan`, and by a pause.

use serde_json::{Value, json};

use super::{RENEWALS, campaign, command};

const ROWS: &str = "1,Ada,a,UTC\n2,Bob,b,UTC\n3,Cy,c,UTC\n4,Di,d,Mars/Olympus\n";

#[test]
fn a_plan_says_who_is_addressed_and_who_never_can_be() {
    let stage = campaign(RENEWALS, ROWS);
    stage.write("opt-outs.csv", "id\n2\n");
    let ended = command(&stage, &["plan"]);
    ended
        .exits(0)
        .says("people    4: 1 left out as the files are now, 1 never reached\n")
        .says("lines     2\n")
        .says("pace      180 lines a minute at most, were it tier pro; `--tier` names yours\n")
        .says(" at the earliest\n")
        .says("sent      lines that earlier runs said are not counted here; `once_per` skips")
        .says("never     customers.csv:5 row 4, 4: there is no timezone `Mars/Olympus`");
    assert!(ended.stdout().contains(":00       2 ▇"), "{}", ended.stdout());
    let ended = command(&stage, &["plan", "--format", "json", "--tier", "business"]);
    let plan: Value = serde_json::from_str(ended.stdout()).unwrap();
    let campaign = &plan["campaign"];
    assert_eq!(campaign["people"], json!(4));
    assert_eq!(campaign["lines_a_minute"], json!(360.0));
    assert_eq!(campaign["tier"], json!("business"));
    assert_eq!(campaign["never_rows"][0]["line"], json!(5));
}

#[test]
fn a_plan_says_when_waiting_for_rooms_cannot_be_served() {
    let waits =
        RENEWALS.replace("- speak: \"Hello {{ customer.name }}.\"", "- speak: { message: Hello, wait_for_room: 1m }");
    let stage = campaign(&waits, &(0..300).map(|n| format!("{n},Ada,r{n},UTC\n")).collect::<String>());
    let ended = command(&stage, &["plan", "--tier", "pro"]);
    let text: String = ended.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "were all 300 rooms closed, each would be tried every 3m20s, with half of the limit (90 tries a minute), \
                and they wait only 1m00s: rooms that open meanwhile are missed";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_sample_shows_lines_as_they_would_be_said() {
    let stage = campaign(RENEWALS, ROWS);
    let ended = command(&stage, &["plan", "--sample", "2"]);
    ended
        .exits(0)
        .says("1   customers.csv:2\n  speak_1 “Hello Ada.” → a at ")
        .hides("Bob")
        .says("4   customers.csv:5\n  speak_1 “Hello Di.” → d\n    warning: there is no timezone `Mars/Olympus`");
    let ended = command(&stage, &["plan", "--sample", "2", "--format", "json"]);
    let rows: Value = serde_json::from_str(ended.stdout()).unwrap();
    assert_eq!(rows[1]["lines"][0]["text"], json!("Hello Di."));
}

#[test]
fn a_pause_asks_with_what_the_run_comes_to() {
    let asks = RENEWALS.replace(
        "steps:\n  - id: contact",
        "steps:\n  - pause: \"{{ estimate.lines }} lines to {{ number estimate.people }}, {{ estimate.excluded }} left out, by {{ estimate.finishes }}?\"\n  - id: contact",
    );
    let stage = campaign(&asks, ROWS);
    stage.write("opt-outs.csv", "id\n2\n");
    stage.run(&[]).exits(5).tells("2 lines to 4, 1 left out, by ");
    stage.run(&["--limit", "1"]).exits(5).tells("1 lines to 1, 0 left out, by ");
    command(&stage, &["plan"]).exits(0).says("2 lines to 4, 1 left out, by ");
}

#[test]
fn only_a_pause_reads_the_estimate_and_only_what_it_has() {
    let stage = campaign(RENEWALS, ROWS);
    stage.rewrite("  - speak: \"{{ estimate.people }} people\"\n  - pause: \"{{ estimate.persons }}?\"");
    let ended = command(&stage, &["check", "workflows/show.yaml"]);
    ended
        .exits(2)
        .tells("`estimate` is read by the text of a `pause` only")
        .tells("`estimate` has no `persons`")
        .tells("it has `people`, `lines`");
}

#[test]
fn a_pause_asks_with_what_this_run_comes_to() {
    let asks = "version: 1
agent: A91XMB7113
room: lobby
defaults: { hold: 0s }
steps:
  - pause: \"{{ estimate.people }} people by {{ estimate.finishes }}?\"
  - foreach: [one, two, three]
    as: word
    key: word
    window: { from: \"00:00\", to: \"24:00\", timezone: UTC }
    speak: \"{{ word }}\"
";
    let stage = campaign(asks, "");
    stage.run(&["--limit", "2"]).exits(5).tells("2 people by ");
    stage.run(&["--item", "two"]).exits(5).tells("1 people by ");
    let clock = ["--clock", "2028-02-29T06:00:00Z", "--sandbox"];
    stage.run(&clock).exits(5).tells("3 people by Tue 29 Feb ");
    command(&stage, &["run", "--dry-run", "--clock", "2028-02-29T06:00:00Z"]).exits(0).says("3 people by Tue 29 Feb ");
    // Again by the world's clock, as of that day.
    stage.run(&["--go"]).exits(0);
    let again = command(&stage, &["rerun", &stage.latest(), "--yes"]);
    again.exits(5).tells("3 people by ");
    assert!(!again.stderr().contains("29 Feb"), "{}", again.stderr());
}

#[test]
fn a_sample_decides_by_what_a_run_would_and_says_who_is_left_out() {
    let workflow = RENEWALS
        .replace("steps:\n  - id", "inputs: { tier: { sensitive: true, default: gold } }\nsteps:\n  - id")
        .replace("        room:", "        if: inputs.tier == \"gold\"\n        room:")
        .replace("{{ customer.name }}.", "{{ customer.name }} of {{ inputs.tier }}.");
    let stage = campaign(&workflow, ROWS);
    stage.write("opt-outs.csv", "id\n2\n");
    command(&stage, &["plan", "--sample", "4"])
        .exits(0)
        .says("speak_1 “Hello Ada of [input tier].” → a at ")
        .says("2   customers.csv:3\n  speak_1\n    warning: left out by workflows/opt-outs.csv: not said")
        .hides("gold");
}
