//! Runs that address declared agents.

use super::*;

#[test]
fn what_is_missing_is_made_and_what_differs_stops_the_run() {
    let stage = stage();
    stage.run(&[]).exits(0);
    assert_eq!((stage.spent(), stage.heard().len()), (250, 1), "only the agent that it addresses");
    stage.rewrite(&SHOW.replace("tone: warm", "tone: dry"));
    stage.run(&[]).exits(2).tells("not as it is declared").tells("--apply-agents").tells("+ You are a dry host.");
    assert_eq!(stage.heard().len(), 1);
    stage.run(&["--apply-agents"]).exits(0);
    assert_eq!((stage.spent(), stage.heard().len()), (250, 2));
    stage.write("assets/host.png", "another face");
    stage.run(&["--apply-agents"]).exits(2).tells("250 credits");
    assert_eq!((stage.spent(), stage.heard().len()), (250, 2));
}

#[test]
fn a_rehearsal_neither_reads_nor_writes_the_lock() {
    let stage = stage();
    stage.run(&["--sandbox"]).exits(0).ended("speak_1", "succeeded");
    assert!(!stage.path().join("workflows/agents.lock.yaml").exists());
    stage.write("agents.lock.yaml", "broken");
    stage.run(&["--sandbox"]).exits(0);
    assert_eq!((get(stage.path(), "workflows/agents.lock.yaml").as_str(), stage.spent()), ("broken", 0));
}

#[test]
fn texts_read_the_code_and_a_resume_keeps_it() {
    let steps = "  - speak: \"I am {{ agents.host.code }}\"\n  - pause: Wait\n  - speak: Bye\n";
    let text = SHOW.replace("  - speak: Hello\n    agent: host\n", steps);
    let stage = Stage::new(&text);
    stage.write("assets/host.png", "the host's face");
    stage.run(&[]).exits(5);
    let host = code(&stage, "host");
    assert_eq!(stage.heard(), [format!("I am {host}")]);
    // What the name is now does not matter to a run that has begun.
    agents(&stage, &["import", "host", crate::support::AGENT]).exits(0);
    ended(&mut stage.command(&["go"])).exits(0);
    assert_eq!(stage.requests("POST /v1/agent/{code}/speak"), 2);
}

#[test]
fn mistakes_of_declarations_have_their_places() {
    let stage = stage();
    let wrong = |from: &str, to: &str, code: &str| {
        assert!(SHOW.contains(from));
        stage.rewrite(&SHOW.replace(from, to));
        ended(&mut stage.command(&["check"])).exits(2).tells(code);
    };
    wrong("agent: host", "agent: hots", "did you mean `host`?");
    wrong("image: assets/host.png", "imgae: assets/host.png", "did you mean `image`?");
    wrong("image: assets/host.png", "image: assets/hots.png", "missing-file");
    wrong("{{ vars.tone }}", "{{ vars.tune }}", "did you mean `tone`?");
    wrong("{{ vars.tone }}", "{{ inputs.tone }}", "an agent is the same in every run");
    wrong("{{ vars.tone }}", "{{ vars.tone", "template-syntax");
    wrong("speak: Hello", "speak: \"{{ agents.nobody.code }}\"", "no agent is called `nobody`");
    wrong("speak: Hello", "speak: \"{{ agents.host.face }}\"", "read `agents.host.code`");
    wrong("  host:\n", "  The-Host:\n", "write `the_host`");
    wrong("image: assets/host.png", "lifecycle: { ignore: [promt] }", "did you mean `prompt`?");
}

#[test]
fn the_doctor_tells_which_agents_are_made_and_ready() {
    let stage = stage();
    let doctor = |stage: &Stage| ended(stage.command(&["doctor", "workflows/show.yaml"]).args::<[&str; 0], _>([]));
    doctor(&stage).exits(0).says("`host` is declared, and not made on this account yet");
    agents(&stage, &["apply"]).exits(0);
    let host = code(&stage, "host");
    doctor(&stage).exits(0).says(&format!("{host} is ready"));
}

#[test]
fn a_mistake_of_a_shared_file_keeps_its_agents_from_being_bought() {
    let text = "version: 1\nname: show\nroom: lobby\nsteps:\n  - { speak: Hi, agent: guest }\n";
    let stage = stage();
    stage.rewrite(text);
    for wrong in [TEAM.replace("prompt: You judge.", "promt: You judge."), TEAM.replace("kind: agents", "kind: agent")]
    {
        put(stage.path(), "agents/team.yaml", &wrong);
        stage.run(&[]).exits(2);
        agents(&stage, &["apply", "--yes", "--allow-destroy"]).exits(2);
    }
    assert_eq!(stage.spent(), 0);
    put(stage.path(), "agents/team.yaml", TEAM);
    ended(stage.command(&["plan", "workflows/show.yaml"]).args::<[&str; 0], _>([])).exits(0).says("250");
    stage.rewrite(&text.replace("steps:", "max_credits: 249\nsteps:"));
    stage.run(&["--yes"]).exits(2).tells("max_credits: 249");
    assert_eq!(stage.spent(), 0);
}

#[test]
fn a_run_whose_agents_are_as_declared_asks_for_each_once_and_for_no_price() {
    let stage = stage();
    stage.run(&[]).exits(0);
    let asked = |endpoint: &str| stage.requests(endpoint);
    let before = (asked("GET /v1/agent/{code}"), asked("GET /v1/pricing"));
    stage.run(&[]).exits(0);
    assert_eq!((asked("GET /v1/agent/{code}"), asked("GET /v1/pricing")), (before.0 + 1, before.1));
}

#[test]
fn an_apply_that_was_stopped_is_named_with_what_goes_on() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
    assert_eq!(database.execute("UPDATE runs SET status = 'stopped'", []).unwrap(), 1);
    drop(database);
    let runs = ended(&mut stage.command(&["runs"]));
    runs.exits(0).tells("`runsheet agents apply` settles").hides("runsheet resume");
}

#[test]
fn a_run_whose_agents_are_ready_waits_for_no_apply() {
    let stage = stage();
    stage.run(&[]).exits(0);
    let held = runsheet::held::HeldFile::acquire(&stage.state().join("agents.lock")).unwrap();
    stage.run(&[]).exits(0);
    // What only the lock does not know yet is for an apply to write.
    stage.rewrite(
        &SHOW.replace("image: assets/host.png", "image: assets/host.png\n    lifecycle: { prevent_destroy: true }"),
    );
    stage.run(&[]).exits(0);
    stage.rewrite(&SHOW.replace("tone: warm", "tone: dry"));
    stage.run(&["--apply-agents"]).exits(7);
    drop(held);
    assert_eq!((stage.heard().len(), stage.spent()), (3, 250));
}
