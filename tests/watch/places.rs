//! Where a saved file goes: nobody is spoken to by surprise.

use super::{Desk, line};
use crate::support::{Answer, Stage, Web};

/// A service that is no sandbox.
fn live() -> Web {
    Web::answering(|_| Answer::json(r#"{"success":true,"data":{"user_id":"user_1","credit_balance":1240}}"#))
}

#[test]
fn against_a_live_service_a_saved_file_is_planned_and_not_run() {
    let web = live();
    let stage = Stage::new(&line("One")).set("BITHUMAN_API_URL", web.url("").as_str());
    let desk = Desk::watch(&stage, &[]);
    desk.until_said("LIVE 127.0.0.1").until_said("user_1 · 1,240 credits").until_said("a saved file's plan is shown");
    stage.rewrite(&line("Two"));
    desk.until_said("~ speak_1  “One” → “Two”");
    desk.until(|desk| desk.printed().contains("“Two”"), "the plan");
    assert_eq!(web.received().len(), 1, "only the account was asked for");
    assert!(!stage.state().exists(), "nothing was run");
    drop(desk);
    let desk = Desk::watch(&stage, &["--on-change", "run"]);
    desk.until_said("a saved file is run");
    stage.rewrite(&line("Three"));
    desk.until(|_| web.received().iter().any(|sent| sent.line.contains("/speak")), "a line that goes out");
}

#[test]
fn in_a_sandbox_of_its_own_nothing_leaves_the_machine() {
    let stage = Stage::new(&line("One"));
    let desk = Desk::watch(&stage, &["--sandbox", "--speed", "20"]);
    desk.until_said("SANDBOX · nothing leaves this machine");
    stage.rewrite(&crate::support::casting(
        "- { id: host, generate: A host. }\n- wait_ready:\n- { speak: Hi, room: lobby }",
    ));
    desk.until_ended(1).until_said("✔ succeeded");
    assert_eq!(stage.requests("GET /v1/me"), 0);
    let (code, said, _) = desk.stop();
    assert_eq!(code, 0, "{said}");
    let widest = said.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{said}");
}

#[test]
fn without_a_service_plans_are_shown_and_checks_need_none() {
    let stage = Stage::new(&line("One")).set("BITHUMAN_API_SECRET", "");
    let desk = Desk::watch(&stage, &["--on-change", "check"]);
    stage.rewrite(&line("Two"));
    desk.until_said("~ speak_1  “One” → “Two”");
    drop(desk);
    let mut stage = Stage::new(&line("One"));
    stage.close();
    let desk = Desk::watch(&stage, &[]);
    desk.until_said("cannot be reached").until_said("nothing is run: plans are shown");
    drop(desk);
    let desk = Desk::start(&stage, &["--on-change", "run"]);
    desk.until_said("cannot be reached");
}

#[test]
fn where_no_events_come_the_files_are_looked_at() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &["--poll"]);
    desk.until_said("looking at the files from time to time: as asked");
    let mut expected = Vec::new();
    for n in 1..=3 {
        stage.rewrite(&line(&format!("Line {n}")));
        expected.push(format!("Line {n}"));
        desk.until_heard(n).until_ended(n);
    }
    stage.write("later/deep/made.yaml", &line("Made"));
    expected.push("Made".to_owned());
    desk.until_heard(4).until_ended(4);
    assert_eq!((stage.heard(), desk.runs()), (expected, 4));
}

#[test]
fn one_file_can_be_watched_and_a_folder_must_be_there() {
    let stage = Stage::new(&line("One"));
    stage.write("other.yaml", &line("Other"));
    let desk = Desk::watch(&stage, &["workflows/show.yaml"]);
    desk.until_said("watching workflows/show.yaml · 1 workflow, 1 step");
    stage.write("other.yaml", &line("Other again"));
    stage.rewrite(&line("Two"));
    desk.until_heard(1).until_ended(1);
    assert_eq!((stage.heard(), desk.runs()), (vec!["Two".to_owned()], 1));
    let desk = Desk::start(&stage, &["nowhere"]);
    desk.until_said("error: there is no folder `nowhere`");
}
