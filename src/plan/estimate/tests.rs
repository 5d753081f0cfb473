//! Critical paths, counts, and what makes an estimate a lower bound.

use serde_json::json;

use super::*;
use crate::plan::model::{Section, Why};
use crate::plan::sample::{each, join, long, plan, rich, small, step};

fn flat(_: Option<&str>, _: Option<&str>) -> u64 {
    250
}

fn estimated(nodes: Vec<Node>) -> Estimate {
    with_rows(&plan(nodes), &HashMap::new())
}

fn with_rows(plan: &Plan, rows: &HashMap<String, Rows>) -> Estimate {
    estimate(plan, &Known { rows, price: &flat })
}

fn wait(id: &str, length: &str, needs: &[u32]) -> Node {
    let needs: Vec<_> = needs.iter().map(|&need| (need, Why::Order)).collect();
    step(id, "wait", json!({ "for": length })).needing(&needs)
}

#[test]
fn the_longest_way_decides() {
    let nodes =
        vec![wait("a", "1s", &[]), wait("b", "5s", &[0]), wait("c", "2s", &[0]), join("j"), wait("d", "1s", &[3])];
    let mut nodes = nodes;
    nodes[3] = join("j").needing(&[(1, Why::Order), (2, Why::Order)]);
    let estimate = estimated(nodes);
    assert_eq!((estimate.length, estimate.at_least), (Millis::from_secs(7), false));
}

#[test]
fn a_delay_comes_before_and_a_cue_is_a_floor() {
    let at = |seconds: u64| {
        wait("a", "1s", &[]).timed(|timing| {
            timing.delay = Millis::from_secs(4);
            timing.at = Some(Millis::from_secs(seconds));
        })
    };
    assert_eq!(estimated(vec![at(2)]).length, Millis::from_secs(5));
    assert_eq!(estimated(vec![at(60)]).length, Millis::from_secs(61));
}

#[test]
fn needs_may_point_down_the_file() {
    let estimate = estimated(vec![wait("a", "1s", &[1]), wait("b", "2s", &[])]);
    assert_eq!(estimate.length, Millis::from_secs(3));
}

#[test]
fn spoken_text_holds_and_what_is_unknown_makes_it_at_least() {
    let known = estimated(vec![step("a", "speak", json!({ "message": "Hello {{ inputs.customer }}" }))]);
    assert_eq!((known.length, known.at_least), (Millis(800), false));
    let unknown = estimated(vec![step("a", "speak", json!({ "message": "Hello {{ steps.b.name }}" }))]);
    assert_eq!((unknown.length, unknown.at_least), (Millis(400), true));
}

#[test]
fn items_share_the_slots_of_their_loop() {
    let items = ["4s", "1s", "1s", "1s"].map(|length| json!({ "length": length })).to_vec();
    let body = vec![step("w", "wait", json!({ "for": "{{ guest.length }}" }))];
    let looped = |parallel: u32| {
        let mut node = each("all", ItemSource::List(items.clone()), body.clone());
        if let Work::Loop(inner) = &mut node.work {
            inner.max_parallel = parallel;
        }
        estimated(vec![node])
    };
    assert_eq!(looped(1).length, Millis::from_secs(7));
    assert_eq!(looped(2).length, Millis::from_secs(4));
    assert_eq!(looped(9).length, Millis::from_secs(4));
}

#[test]
fn rows_count_when_they_are_known_and_as_one_when_not() {
    let source = ItemSource::File { format: "csv".to_owned(), path: "guests.csv".to_owned() };
    let body = vec![step("made", "generate", json!({ "prompt": "{{ guest.name }}" }))];
    let plan = plan(vec![each("all", source, body)]);
    let unknown = with_rows(&plan, &HashMap::new());
    assert_eq!((unknown.credits, unknown.requests.generate, unknown.at_least), (250, 1, true));
    let rows = HashMap::from([(
        "guests.csv".to_owned(),
        Rows { columns: None, items: vec![json!({}); 4], lines: Vec::new() },
    )]);
    let known = with_rows(&plan, &rows);
    assert_eq!((known.credits, known.purchases, known.at_least), (1_000, 4, false));
}

#[test]
fn a_list_of_the_inputs_is_known_and_one_of_the_run_is_not() {
    let body = || vec![step("hi", "speak", json!({ "message": "Hi {{ guest }}" }))];
    let written = |count: &str| {
        let mut plan = plan(vec![each("all", ItemSource::Expression(count.to_owned()), body())]);
        plan.inputs.insert("guests".to_owned(), json!(["Ada", "Grace", "Edith"]));
        let estimate = with_rows(&plan, &HashMap::new());
        (estimate.requests.write, estimate.at_least)
    };
    assert_eq!(written("inputs.guests"), (3, false));
    assert_eq!(written("steps.poll.body.guests"), (1, true));
}

#[test]
fn what_is_done_on_failure_is_left_out_and_what_is_done_finally_is_not() {
    let mut nodes = vec![wait("a", "3s", &[]), wait("b", "100s", &[]), wait("c", "2s", &[])];
    nodes[1].section = Section::OnFailure;
    nodes[2].section = Section::Finally;
    assert_eq!(estimated(nodes).length, Millis::from_secs(5));
}

#[test]
fn a_pause_a_creation_and_another_service_are_open_ended() {
    for (action, fields) in
        [("pause", json!({})), ("wait_ready", json!({})), ("http", json!({ "url": "https://a.example" }))]
    {
        assert!(estimated(vec![step("a", action, fields)]).at_least, "{action}");
    }
    assert!(!estimated(vec![step("a", "set_prompt", json!({ "prompt": "x" }))]).at_least);
}

#[test]
fn a_step_that_the_inputs_rule_out_counts_nothing_and_an_open_one_counts() {
    let speak = |condition: &str| {
        let step = step("a", "speak", json!({ "message": "Hello." })).only_if(condition);
        estimated(vec![step]).requests.write
    };
    assert_eq!(speak("inputs.customer == 'Zoe'"), 0);
    assert_eq!(speak("inputs.customer == 'Alex'"), 1);
    assert_eq!(speak("steps.b.ok"), 1);
}

#[test]
fn a_script_is_counted_by_tier() {
    let estimate = with_rows(&small(), &HashMap::new());
    assert_eq!(estimate.requests, Requests { generate: 1, write: 3, read: 1 });
    let estimate = with_rows(&rich(), &HashMap::new());
    assert_eq!(estimate.requests, Requests { generate: 1, write: 7, read: 1 });
}

#[test]
fn ten_thousand_steps_are_estimated() {
    let estimate = with_rows(&long(10_000), &HashMap::new());
    assert_eq!(estimate.requests.write, 9_999);
    assert_eq!(estimate.length, Millis(9_999 * 1_200));
}
