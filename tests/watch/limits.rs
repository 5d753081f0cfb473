//! What a watch does not run: what is broken, what it would buy, what lacks an input, what came in a crowd.

use super::{Desk, line};
use crate::support::{Stage, casting, scripted};

#[test]
fn a_broken_file_shows_its_mistakes_and_the_watch_goes_on() {
    let stage = Stage::new(&line("One"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&scripted("- speek: Two"));
    desk.until_said("error[").until_said("did you mean `speak`?").until_said("the last good version stays");
    stage.rewrite("version: 1\nsteps: [");
    desk.until(|desk| desk.said().matches("the last good version stays").count() == 2, "broken twice");
    stage.rewrite(&line("Three"));
    desk.until_said("~ speak_1  “One” → “Three”").until_heard(1).until_ended(1);
    assert_eq!((stage.heard(), desk.runs()), (vec!["Three".to_owned()], 1));
}

/// Brings so many files by one move: all are there at once, however slow the machine is.
fn check_out(stage: &Stage, count: usize) {
    let elsewhere = stage.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for n in 1..=count {
        std::fs::write(elsewhere.join(format!("show_{n}.yaml")), line(&format!("Line {n}"))).unwrap();
    }
    std::fs::rename(elsewhere, stage.path().join("workflows/shows")).unwrap();
}

#[test]
fn a_checkout_of_many_files_is_run_after_enter() {
    let stage = Stage::new(&line("Before"));
    let mut desk = Desk::watch(&stage, &[]);
    check_out(&stage, 7);
    desk.until_said("7 workflows are new: workflows/shows/show_1.yaml, ").until_said("show_3.yaml and 4 more");
    desk.until_said("7 files changed at once: Enter runs them, 7 in all");
    assert_eq!((desk.runs(), stage.heard().len()), (0, 0));
    desk.enter();
    desk.until_heard(7).until_ended(7);
    let mut heard = stage.heard();
    heard.sort();
    assert_eq!(heard, (1..=7).map(|n| format!("Line {n}")).collect::<Vec<_>>());
}

#[test]
fn a_checkout_of_many_files_is_run_at_once_after_a_yes() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &["--yes"]);
    check_out(&stage, 12);
    desk.until_said("queued: 4 files, for other runs are under way");
    desk.until_heard(12).until_ended(12);
    assert_eq!(desk.runs(), 12);
}

#[test]
fn a_rerun_that_would_buy_names_the_price_and_waits() {
    let host =
        |ratio: &str| casting(&format!("- {{ id: host, generate: {{ prompt: A host, aspect_ratio: '{ratio}' }} }}"));
    let stage = Stage::new(&host("9:16"));
    let mut desk = Desk::watch(&stage, &[]);
    stage.rewrite(&host("1:1"));
    desk.until_said("workflows/show.yaml waits: This run buys 1 agent for 250 credits")
        .until_said("`--allow-purchase`");
    assert_eq!((stage.spent(), desk.runs()), (0, 0));
    // Bought by hand meanwhile, it is used, and costs nothing.
    stage.run(&["--yes"]).exits(0);
    desk.enter();
    desk.until_ended(1);
    assert_eq!(stage.spent(), 250);
    drop(desk);
    let desk = Desk::watch(&stage, &["--allow-purchase"]);
    stage.rewrite(&host("9:16"));
    desk.until_ended(1);
    assert_eq!(stage.spent(), 500);
}

#[test]
fn enter_runs_nothing_that_was_run_meanwhile() {
    let slow = serde_json::json!([{ "method": "GET", "path": "/v1/pricing", "then": { "delay": "2s" } }]);
    let generate =
        |id: &str, ratio: &str| format!("- {{ id: {id}, generate: {{ prompt: A host, aspect_ratio: '{ratio}' }} }}\n");
    let host = generate("host", "9:16");
    let stage = Stage::with_faults(&casting(&host), slow);
    stage.run(&["--yes"]).exits(0);
    let mut desk = Desk::watch(&stage, &[]);
    let asked = stage.requests("GET /v1/pricing");
    // It is saved again while the service is asked for its prices.
    stage.rewrite(&casting(&format!("{host}{}", generate("guest", "1:1"))));
    desk.until(|_| stage.requests("GET /v1/pricing") > asked, "the question");
    stage.rewrite(&casting(&format!("{host}- {{ speak: One, room: lobby }}")));
    desk.until_said("queued: ").until_said("waits: This run buys 1 agent").until_ended(1);
    desk.enter();
    stage.rewrite(&casting(&format!("{host}- {{ speak: Two, room: lobby }}")));
    desk.until_ended(2);
    assert_eq!((stage.heard(), desk.runs()), (vec!["One".to_owned(), "Two".to_owned()], 2), "{}", desk.said());
}

#[test]
fn items_of_a_loop_buy_nothing_either() {
    let cast = "- { id: cast, foreach: [ann], as: guest, key: guest, generate: { prompt: 'You greet {{ guest }}' } }";
    let workflow = casting(cast).replace("steps:", "max_credits: 500\nsteps:");
    let stage = Stage::new(&workflow);
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&workflow.replace("[ann]", "[bob]"));
    desk.until_ended(1);
    assert_eq!(stage.spent(), 0, "{}", desk.said());
}

#[test]
fn a_workflow_that_lacks_an_input_is_checked_only() {
    let guest = |word: &str| {
        line(&format!("'{word} {{{{ inputs.guest }}}}'"))
            .replace("steps:", "inputs: { guest: { type: string, required: true } }\nsteps:")
    };
    let stage = Stage::new(&guest("Hi"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&guest("Hello"));
    desk.until_said("checked, not run: it needs `--input guest=…`");
    drop(desk);
    let desk = Desk::watch(&stage, &["--input", "guest=Kim", "--input", "other=1"]);
    desk.until_said("note: no workflow has an input `other`");
    stage.rewrite(&guest("Welcome"));
    desk.until_heard(1).until_ended(1);
    assert_eq!(stage.heard(), ["Welcome Kim"]);
}

#[test]
fn what_cannot_begin_is_named() {
    let stage = Stage::new(&line("One"));
    let desk = Desk::watch(&stage, &[]);
    let secret = "secrets: { crm: { from: 'env:NOBODY_SET_IT', hosts: [127.0.0.1] } }\nsteps:";
    let call = "- http: { url: 'http://127.0.0.1:1/', headers: { Authorization: 'Bearer {{ secrets.crm }}' } }";
    stage.rewrite(&scripted(call).replace("steps:", secret));
    desk.until_said("workflows/show.yaml is not run\nerror: secret `crm` has no value");
}

#[test]
fn a_workflow_that_begins_by_itself_is_not_begun_by_a_save() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &[]);
    for starter in ["schedule: [{ every: 15m }]", "webhook: { secret: 'env:HOOK_SECRET' }"] {
        stage.rewrite(&line("Never").replace("steps:", &format!("{starter}\nsteps:")));
        let key = starter.split(':').next().unwrap_or_default();
        desk.until(|desk| desk.said().contains(&format!("`{key}`")), "the reason");
    }
    stage.rewrite(&line("After"));
    desk.until_heard(1).until_ended(1);
    assert_eq!((stage.heard(), desk.runs()), (vec!["After".to_owned()], 1));
}
