//! Small files, and the graph or the mistakes that they make.

use std::path::Path;

use super::{Checked, check};
use crate::data::project::Project;
use crate::diagnostic::Source;
use crate::plan::model::{Section, Why};
use crate::workflow::load;
use crate::workflow::model::{Step, StepAgent, StepRoom, StepWork, Workflow};

fn checked(text: &str) -> Checked {
    let loaded = load::parse(Source::new("demo.yaml", text)).unwrap();
    check(&loaded, &Project::find(None, Path::new(".")))
}

fn workflow(steps: &str) -> Workflow {
    let checked = checked(&format!("version: 1\nagent: A91XMB7113\nsteps:\n{steps}"));
    checked.workflow.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

fn needs<'w>(steps: &'w [Step], id: &str) -> Vec<(&'w str, Why)> {
    let step = steps.iter().find(|step| step.id == id).unwrap();
    step.needs.iter().map(|&(to, why)| (steps[to].id.as_str(), why)).collect()
}

fn codes(text: &str) -> Vec<&'static str> {
    checked(text).diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_script_reads_top_to_bottom_and_steps_are_counted_by_action() {
    let made = workflow("  - speak: One\n  - wait: 1s\n  - speak: Two\n");
    assert_eq!(made.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["speak_1", "wait_1", "speak_2"]);
    assert_eq!(needs(&made.steps, "speak_1"), []);
    assert_eq!(needs(&made.steps, "speak_2"), [("wait_1", Why::Order)]);
}

#[test]
fn a_named_step_counts_too() {
    let made = workflow("  - speak: One\n    id: hello\n  - speak: Two\n");
    assert_eq!(made.steps[1].id, "speak_2");
}

#[test]
fn needs_replace_the_order() {
    let made =
        workflow("  - speak: One\n  - speak: Two\n    needs: []\n  - speak: Three\n    needs: [speak_1, speak_2]\n");
    assert_eq!(needs(&made.steps, "speak_2"), []);
    assert_eq!(needs(&made.steps, "speak_3"), [("speak_1", Why::Needs), ("speak_2", Why::Needs)]);
}

#[test]
fn a_group_starts_together_and_what_follows_waits_for_all() {
    let group = "  - wait: 1s\n  - parallel:\n      - speak: One\n      - - speak: Two\n        - speak: Three\n  - speak: Four\n";
    let made = workflow(group);
    assert_eq!(needs(&made.steps, "speak_1"), [("wait_1", Why::Order)]);
    assert_eq!(needs(&made.steps, "speak_2"), [("wait_1", Why::Order)]);
    assert_eq!(needs(&made.steps, "speak_3"), [("speak_2", Why::Order)]);
    assert_eq!(needs(&made.steps, "parallel_1"), [("speak_1", Why::Order), ("speak_3", Why::Order)]);
    assert_eq!(needs(&made.steps, "speak_4"), [("parallel_1", Why::Order)]);
}

#[test]
fn scripts_do_not_wait_for_each_other_step_by_step() {
    let made =
        checked("version: 1\nagent: A91XMB7113\nsteps:\n  - speak: One\nfinally:\n  - speak: Two\n").workflow.unwrap();
    assert_eq!(made.steps[1].section, Section::Finally);
    assert_eq!(needs(&made.steps, "speak_2"), []);
}

#[test]
fn the_agent_made_above_is_addressed_and_waited_for() {
    let text = "version: 1\nsteps:\n  - generate: You are a host.\n    id: host\n  - speak: Hello\n    needs: []\n";
    let made = checked(text).workflow.unwrap();
    assert_eq!(needs(&made.steps, "speak_1"), [("host", Why::Agent)]);
    let StepWork::Action(action) = &made.steps[1].work else { panic!("an action") };
    assert_eq!(action.agent, Some(StepAgent::Made("host".into())));
    assert_eq!(action.room, Some(StepRoom::Every));
}

#[test]
fn a_loop_holds_its_body_and_keeps_its_own_keys() {
    let made = workflow(
        "  - foreach: [a, b]\n    key: item\n    room: lobby\n    speak: Hello\n    id: greet\n    delay: 2s\n",
    );
    assert_eq!(made.steps.len(), 1);
    let StepWork::Loop(looping) = &made.steps[0].work else { panic!("a loop") };
    assert!(looping.single && made.steps[0].delay.is_none());
    assert_eq!((looping.body[0].id.as_str(), looping.body[0].delay.is_some()), ("greet", true));
}

#[test]
fn a_circle_is_told_with_its_path() {
    let text =
        "version: 1\nagent: A91XMB7113\nsteps:\n  - speak: One\n    id: a\n    needs: [b]\n  - speak: Two\n    id: b\n";
    let checked = checked(text);
    assert!(checked.workflow.is_none());
    assert_eq!(checked.diagnostics[0].message, "these steps wait for each other: a → b → a");
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = "version: 1\nsteps:\n  - speak: One\n    id: First-Line\n  - speak: Two\n    needs: [nobody]\n";
    assert_eq!(codes(text), ["missing-agent", "name-form", "missing-agent", "unknown-step"]);
}

#[test]
fn what_is_read_is_waited_for() {
    let made = workflow(
        "  - id: poll\n    http: https://a.example\n  - wait: 1s\n    needs: []\n  - speak: \"{{ steps.poll.body }}\"\n    needs: []\n    if: steps.wait_1.ok\n",
    );
    assert_eq!(needs(&made.steps, "speak_1"), [("poll", Why::Reference), ("wait_1", Why::Reference)]);
}

#[test]
fn a_loop_waits_for_what_its_body_reads_outside() {
    let body = "  - id: poll\n    http: https://a.example\n  - foreach: [a, b]\n    id: each\n    needs: []\n    steps:\n      - id: ask\n        http: https://a.example/{{ item }}\n        needs: []\n      - wait: \"{{ steps.poll.body.s }}s\"\n        needs: []\n        if: steps.ask.ok\n";
    let made = workflow(body);
    assert_eq!(needs(&made.steps, "each"), [("poll", Why::Reference)]);
    let StepWork::Loop(looping) = &made.steps[1].work else { panic!("a loop") };
    assert_eq!(needs(&looping.body, "wait_1"), [("ask", Why::Reference)]);
}

#[test]
fn a_condition_that_sees_failures_is_known_as_one() {
    let made =
        workflow("  - speak: One\n  - speak: Two\n    if: failed()\n  - speak: Three\n    if: steps.speak_1.ok\n");
    let sees = |at: usize| made.steps[at].condition.as_ref().unwrap().1;
    assert!(sees(1) && !sees(2));
}

#[test]
fn a_file_in_which_every_name_is_wrong_is_told_in_time() {
    let steps: String =
        (0..10_000).map(|n| format!("  - wait: \"{{{{ steps.x{n}.a }}}}s\"\n    needs: [y{n}]\n")).collect();
    let begun = std::time::Instant::now();
    let checked = checked(&format!("version: 1\nsteps:\n{steps}"));
    assert_eq!(checked.diagnostics.len(), 20_000);
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn a_text_from_a_file_stands_in_a_header_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.yaml");
    std::fs::write(folder.path().join("agent.txt"), "Runsheet").unwrap();
    let text =
        "version: 1\nsteps:\n  - http: { url: https://a.example, headers: { user-agent: { file: agent.txt } } }\n";
    std::fs::write(&path, text).unwrap();
    let loaded = load::read(&path, &path).unwrap();
    let made = check(&loaded, &Project::find(Some(&path), folder.path())).workflow.unwrap();
    let StepWork::Action(action) = &made.steps[0].work else { panic!("an action") };
    assert_eq!(action.fields["headers"], serde_json::json!({ "user-agent": "Runsheet" }));
}
