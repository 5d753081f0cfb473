//! What was paid for is found, whichever way an apply was interrupted and whoever applies next.

use super::*;

/// A face of the host.
fn face(stage: &Stage, name: &str) {
    stage.write("assets/host.png", name);
}

#[test]
fn a_face_that_comes_back_is_used_again_and_is_not_left_over() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let first = code(&stage, "host");
    face(&stage, "second");
    agents(&stage, &["apply", "--allow-replace"]).exits(0);
    let second = code(&stage, "host");
    stage.write("assets/host.png", "the host's face");
    agents(&stage, &["apply", "--allow-replace"]).exits(0);
    assert_eq!((code(&stage, "host"), stage.spent()), (first.clone(), 1000));
    let plan = agents(&stage, &["plan", "--exit-code"]);
    plan.exits(0).says(&format!("runsheet agents destroy {second}"));
    assert!(!plan.stdout().contains(&format!("destroy {first}")), "{}", plan.stdout());
}

#[test]
fn a_lock_that_cannot_be_written_buys_nothing() {
    let stage = stage();
    // A folder of that name: also root cannot write a file there.
    std::fs::create_dir_all(stage.path().join("workflows/agents.lock.yaml/x")).unwrap();
    agents(&stage, &["apply", "--yes"]);
    assert_eq!(stage.spent(), 0);
}

#[test]
fn two_folders_of_runs_do_not_buy_twice() {
    let stage = stage();
    let state = |name: &str| stage.path().join(name).display().to_string();
    agents(&stage, &["apply", "--state", &state("one")]).exits(0);
    agents(&stage, &["apply", "--state", &state("two")]).exits(0);
    assert_eq!(stage.spent(), 750);
    std::fs::create_dir_all(stage.state()).unwrap();
    let held = runsheet::held::HeldFile::acquire(&stage.state().join("agents.lock")).unwrap();
    agents(&stage, &["apply", "--state", &state("two")]).exits(7);
    drop(held);
}

#[test]
fn a_name_whose_agent_was_given_away_does_not_take_it_back() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let host = code(&stage, "host");
    let other = SHOW.replace("  host:", "  presenter:").replace("agent: host", "agent: presenter");
    agents(&stage, &["import", "guest", &host]).exits(2).tells("declared still");
    stage.rewrite(&other);
    agents(&stage, &["import", "presenter", &host]).exits(0);
    agents(&stage, &["plan", "--exit-code"]).exits(0);
    let both = other
        .replace("  presenter:", "  host: { prompt: \"You are a warm host.\", image: assets/host.png }\n  presenter:");
    stage.rewrite(&both);
    agents(&stage, &["apply"]).exits(0);
    assert_ne!(code(&stage, "host"), host);
    assert_eq!((code(&stage, "presenter"), stage.spent()), (host, 1000));
}

#[test]
fn a_run_that_applied_is_not_done_again() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let run = stage.latest();
    ended(stage.command(&["rerun", &run, "--yes"]).args::<[&str; 0], _>([])).exits(2).tells("agents apply");
}

#[test]
fn a_workflow_outside_the_folder_of_workflows_declares_too() {
    let stage = stage();
    put(
        stage.path(),
        "shows/late.yaml",
        "version: 1\nname: late\nagents: { anchor: { prompt: A } }\nroom: lobby\nsteps: [ { speak: Hi, agent: anchor } ]\n",
    );
    ended(&mut stage.command(&["run", "shows/late.yaml"])).exits(0);
    assert_eq!(stage.spent(), 250);
    agents(&stage, &["apply", "--allow-destroy"]).exits(0);
    assert_eq!((stage.requests("DELETE /v1/agent/{code}"), stage.spent()), (0, 1000));
    std::fs::remove_file(stage.path().join("shows/late.yaml")).unwrap();
    agents(&stage, &["plan"]).exits(0).says("1 to delete");
}

#[test]
fn what_is_let_be_is_not_recorded_as_made() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let ignoring = |ratio: &str, prompt: &str, more: &str| {
        let judge = format!("judge: {{ prompt: {prompt}, aspect_ratio: \"{ratio}\"{more} }}");
        put(
            stage.path(),
            "agents/team.yaml",
            &TEAM.replace("judge: { prompt: You judge., aspect_ratio: \"9:16\" }", &judge),
        );
    };
    ignoring("1:1", "Judge.", ", lifecycle: { ignore: [aspect_ratio] }");
    agents(&stage, &["apply"]).exits(0);
    ignoring("1:1", "Judge.", "");
    assert!(planned(&stage).contains(&("judge".to_owned(), "replace".to_owned(), 250)));
}

#[test]
fn two_workflows_with_one_name_do_not_take_turns_with_an_agent() {
    let stage = stage();
    stage.run(&[]).exits(0);
    stage.write("other.yaml", &SHOW.replace("name: show", "name: other").replace("tone: warm", "tone: dry"));
    for file in ["workflows/show.yaml", "workflows/other.yaml"] {
        let run = ended(stage.command(&["run", file, "--apply-agents"]).args::<[&str; 0], _>([]));
        run.exits(2).tells("duplicate-agent");
    }
}

#[cfg(feature = "crash-points")]
mod crashed {
    use super::*;

    const ONE: &str = "version: 1\nname: show\nagents: { host: { prompt: One. } }\nsteps: [ { wait: 1s } ]\n";

    fn crash(stage: &Stage, point: &str, arguments: &[&str]) {
        let mut command = stage.command(&["agents", "apply"]);
        let output = command.args(arguments).env("RUNSHEET_CRASH", point).output().unwrap();
        assert_eq!(output.status.code(), None, "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn what_was_paid_with_the_last_credits_is_taken_up_again() {
        let stage = Stage::with(ONE, |settings| settings.credits = 250);
        crash(&stage, "after_answer:1", &[]);
        agents(&stage, &["plan"]).exits(0).says("taken up again");
        agents(&stage, &["apply"]).exits(0);
        agents(&stage, &["plan", "--exit-code"]).exits(0);
        assert_eq!(stage.requests("POST /v1/agent/generate"), 2, "the same key twice");
    }

    #[test]
    fn a_prompt_that_was_edited_meanwhile_is_set() {
        let stage = Stage::new(ONE);
        crash(&stage, "after_answer:1", &[]);
        stage.rewrite(&ONE.replace("One.", "Two."));
        agents(&stage, &["apply"]).exits(0);
        agents(&stage, &["plan", "--exit-code"]).exits(0);
        assert_eq!(stage.spent(), 250);
        let host = stage.ask("GET", &format!("/v1/agent/{}", code(&stage, "host")), Value::Null);
        assert_eq!(host["data"]["system_prompt"], "Two.");
    }

    #[test]
    fn a_purchase_that_nobody_knows_of_is_told_and_given_up_only_by_a_word() {
        let stage = Stage::new(ONE);
        crash(&stage, "after_answer:1", &[]);
        let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
        let aged = "UPDATE purchases SET at = '2026-01-01T00:00:00.000Z'";
        assert_eq!(database.execute(aged, []).unwrap(), 1);
        drop(database);
        agents(&stage, &["apply"]).exits(2).tells("nobody knows").tells("agents import");
        assert_eq!(stage.spent(), 250);
        agents(&stage, &["apply", "--buy-again"]).exits(0);
        assert_eq!(stage.spent(), 500);
        agents(&stage, &["plan", "--exit-code"]).exits(0);
    }

    #[test]
    fn a_saved_replacement_goes_on_where_it_stopped() {
        let stage = stage();
        agents(&stage, &["apply"]).exits(0);
        face(&stage, "second");
        agents(&stage, &["plan", "--out", "plan.json"]).exits(0);
        crash(&stage, "before_lock:1", &["plan.json", "--allow-replace"]);
        agents(&stage, &["apply", "plan.json", "--allow-replace"]).exits(0);
        assert_eq!(stage.spent(), 1000);
        agents(&stage, &["plan", "--exit-code"]).exits(0);
    }

    #[test]
    fn a_face_that_was_begun_for_something_else_is_never_taken_for_this_one() {
        let stage = stage();
        agents(&stage, &["apply"]).exits(0);
        let first = code(&stage, "host");
        face(&stage, "second");
        crash(&stage, "before_lock:2", &["--allow-replace"]);
        let coming = |stage: &Stage| {
            let text = lock(stage);
            let line = text.lines().find_map(|line| line.trim().strip_prefix("coming: "));
            line.map(|code| code.trim_matches('"').to_owned())
        };
        let second = coming(&stage).unwrap();
        // It is paid for, and nobody means it any more: it is told.
        stage.write("assets/host.png", "the host's face");
        agents(&stage, &["plan", "--exit-code"]).exits(0).says(&format!("{second} was made for `host`"));
        face(&stage, "third");
        let elsewhere = clone(&stage);
        for folder in [elsewhere.path(), stage.path()] {
            let plan = ended(stage.command(&["agents", "plan"]).current_dir(folder));
            plan.exits(0).says("replace").says("250 credits");
        }
        agents(&stage, &["apply", "--allow-replace"]).exits(0);
        let third = code(&stage, "host");
        assert!(third != first && third != second, "{}", lock(&stage));
        assert_eq!((stage.spent(), coming(&stage)), (1250, None));
        for left in [first, second] {
            agents(&stage, &["destroy", &left, "--allow-destroy"]).exits(0);
            assert!(!lock(&stage).contains(&left));
        }
        agents(&stage, &["plan", "--exit-code"]).exits(0);
    }

    #[test]
    fn a_replacement_that_another_clone_began_is_finished_and_not_bought_again() {
        let stage = stage();
        agents(&stage, &["apply"]).exits(0);
        let old = code(&stage, "host");
        face(&stage, "second");
        // The new agent is in the lock, and the name has the old one until it is ready.
        crash(&stage, "before_lock:2", &["--allow-replace"]);
        assert!(lock(&stage).contains("coming: ") && lock(&stage).contains(&old), "{}", lock(&stage));
        let elsewhere = clone(&stage);
        let there = |arguments: &[&str]| ended(stage.command(arguments).current_dir(elsewhere.path()));
        there(&["agents", "apply", "--allow-replace"]).exits(0);
        there(&["agents", "plan", "--exit-code"]).exits(0);
        assert_eq!(stage.spent(), 1000);
    }
}
