//! What is shown.

use serde_json::{Value, json};

use super::request::Ask;
use super::served::Served;
use crate::support::{AGENT, Stage, scripted};

const BROKEN: &str = "version: 1\nsteps:\n- speek: Hello\n";

#[test]
fn the_server_says_where_it_is_and_where_runs_go() {
    let stage = Stage::new("- speak: Hello");
    let health = Served::of(&stage).get("/api/v1/health");
    assert_eq!((&health["status"], &health["service"]["sandbox"]), (&json!("ok"), &json!(true)));
    assert_eq!((&health["runs_active"], &health["version"]), (&json!(0), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(health["project"], stage.path().file_name().unwrap().to_str().unwrap());
    let alone = Served::with(&stage, &["--sandbox"]).get("/api/v1/health");
    let service = json!({ "sandbox": true, "host": "sandbox", "account": "sandbox", "credits": null });
    assert_eq!(alone["service"], service);
}

#[test]
fn workflows_are_listed_with_their_mistakes_and_their_last_run() {
    let stage = Stage::new("- speak: Hello");
    stage.write("bad.yaml", BROKEN);
    let served = Served::of(&stage);
    let list = served.get("/api/v1/workflows")["workflows"].clone();
    let named = |name: &str| list.as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone();
    assert_eq!(
        (&named("bad")["state"], &named("bad")["errors"], &named("bad")["steps"]),
        (&json!("broken"), &json!(1), &Value::Null)
    );
    assert_eq!((&named("show")["state"], &named("show")["steps"]), (&json!("ok"), &json!(1)));
    assert_eq!((&named("show")["last_run"], &named("show")["next_fire"]), (&Value::Null, &Value::Null));
    let bad = served.get("/api/v1/workflows/bad");
    assert_eq!((bad["source"].as_str(), &bad["good"]), (Some(BROKEN), &json!(false)));
    let mistake = &bad["diagnostics"][0];
    assert_eq!((&mistake["line"], &mistake["column"], &mistake["severity"]), (&json!(3), &json!(3), &json!("error")));
    assert!(mistake["rendered"].as_str().unwrap().contains("^^^^^"), "{mistake}");
    let missing = served.ask(&Ask::get("/api/v1/workflows/shw"));
    assert_eq!(missing.is(404, "unknown-workflow")["error"]["hint"], "did you mean `show`?");
    let run = served.start(&json!({ "workflow": "show" }));
    served.until_status(&run, "succeeded");
    assert_eq!(served.get("/api/v1/workflows/show")["last_run"]["run"], run.as_str());
}

#[test]
fn a_file_that_breaks_keeps_what_last_was_good_and_that_still_runs() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    served.get("/api/v1/workflows/show");
    stage.rewrite("- speek: Hello");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let broken = loop {
        let shown = served.get("/api/v1/workflows/show");
        if shown["state"] == "broken" {
            break shown;
        }
        assert!(std::time::Instant::now() < until, "{shown}");
    };
    assert_eq!(broken["good"], true);
    let run = served.start(&json!({ "workflow": "show" }));
    served.until_status(&run, "succeeded");
    assert_eq!(stage.heard(), ["Hello"]);
    stage.write("never.yaml", BROKEN);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while served.ask(&Ask::get("/api/v1/workflows/never")).status != 200 {
        assert!(std::time::Instant::now() < until);
    }
    let refused = served.post("/api/v1/runs", &json!({ "workflow": "never" })).is(422, "broken-workflow");
    assert!(refused["error"]["diagnostics"][0]["rendered"].as_str().unwrap().contains("speek"), "{refused}");
}

#[test]
fn a_plan_tells_what_is_said_and_bought_and_asks_for_inputs_by_their_types() {
    let inputs =
        "inputs:\n  guest: { type: string, required: true }\n  pin: { type: integer, default: 4711, sensitive: true }";
    let file = format!(
        "version: 1\n{inputs}\nroom: lobby\nsteps:\n- {{ id: host, generate: {{ prompt: A host, model: essence }} }}\n\
         - wait_ready:\n- speak: 'Hello {{{{ inputs.guest }}}}, {{{{ inputs.pin }}}}'\n"
    );
    let stage = Stage::new(&file);
    let served = Served::of(&stage);
    let shown = served.get("/api/v1/workflows/show");
    assert_eq!((&shown["inputs"][0]["required"], &shown["inputs"][1]["default"]), (&json!(true), &Value::Null));
    let plan = |inputs: Value| served.post("/api/v1/workflows/show/plan", &json!({ "inputs": inputs }));
    let open = plan(json!({})).is(200, "");
    assert_eq!(open["plan"]["missing_inputs"], json!(["guest"]));
    let full = plan(json!({ "guest": "Kim" })).is(200, "");
    assert_eq!(full["says"], json!([{ "step": "speak_1", "text": "Hello Kim, [input pin]", "room": "lobby" }]));
    assert_eq!(
        (&full["buys"][0]["step"], &full["buys"][0]["model"], &full["credits"]),
        (&json!("host"), &json!("essence"), &json!(250))
    );
    assert!(full["svg"].as_str().unwrap().starts_with("<svg "));
    assert!(!full.to_string().contains("4711"), "{full}");
    let wrong = plan(json!({ "guest": 7, "gest": "x" })).is(400, "bad-inputs");
    assert!(wrong["error"]["message"].as_str().unwrap().contains("gest"), "{wrong}");
}

#[test]
fn runs_are_listed_by_pages_and_filters_and_shown_whole() {
    let stage = Stage::new(
        "- speak: Hello\n- { id: greet, foreach: [Ada, Bob], as: guest, key: guest, speak: 'Hi {{ guest }}' }",
    );
    stage.write("other.yaml", &scripted("- fail: no").replace("- fail: no", "- { speak: Nobody, agent: A00XXX0000 }"));
    for _ in 0..3 {
        stage.run(&["workflows/show.yaml"]).exits(0);
    }
    stage.run(&["workflows/other.yaml"]).exits(1);
    let served = Served::of(&stage);
    let ids = |page: &Value| -> Vec<String> {
        page["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(&served.get("/api/v1/runs"));
    assert_eq!(all.len(), 4);
    let first = served.get("/api/v1/runs?limit=3");
    assert_eq!((ids(&first), first["next"].as_str()), (all[..3].to_vec(), Some(all[2].as_str())));
    let second = served.get(&format!("/api/v1/runs?limit=3&before={}", all[2]));
    assert_eq!((ids(&second), &second["next"]), (all[3..].to_vec(), &Value::Null));
    assert_eq!(ids(&served.get("/api/v1/runs?status=failed")), all[..1]);
    assert_eq!(ids(&served.get("/api/v1/runs?workflow=show&status=succeeded")), all[1..]);
    for query in ["limit=0", "limit=501", "limit=x", "status=good"] {
        served.ask(&Ask::get(&format!("/api/v1/runs?{query}"))).is(400, "bad-query");
    }
    served.ask(&Ask::get("/api/v1/runs?before=NONE")).is(404, "unknown-run");
    served.ask(&Ask::get("/api/v1/runs/NONE")).is(404, "unknown-run");
    let run = served.run(&all[1]);
    assert_eq!((&run["status"], &run["counts"]["succeeded"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(run["nodes"][1]["needs"], json!([{ "id": "speak_1", "why": "order" }]));
    let steps: Vec<_> = run["steps"].as_array().unwrap().iter().map(|step| step["text"].as_str()).collect();
    assert_eq!(steps, [Some("Hello"), None, Some("Hi Ada"), Some("Hi Bob")]);
    let said = &run["steps"][0];
    assert_eq!(
        (&said["room"], &said["agent"], &said["attempts"][0]["number"]),
        (&json!("lobby"), &json!(AGENT), &json!(1))
    );
    assert_eq!(run["steps"][3]["item"], json!({ "key": "Bob", "index": 1 }));
    let graph = served.ask(&Ask::get(&format!("/api/v1/runs/{}/graph.svg", all[1])));
    assert!(graph.body.starts_with("<svg ") && graph.header("content-type") == "image/svg+xml");
    let failed = served.run(&all[0]);
    assert_eq!((&failed["status"], &failed["steps"][0]["state"]), (&json!("failed"), &json!("failed")));
    assert!(failed["steps"][0]["error"]["message"].is_string(), "{failed}");
}

#[test]
fn sensitive_inputs_are_masked_in_all_that_is_answered() {
    let file = format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\ninputs:\n  phone: {{ type: string, sensitive: true }}\nsteps:\n\
         - speak: 'Call {{{{ inputs.phone }}}}'\n- pause: 'Did {{{{ inputs.phone }}}} answer?'\noutputs:\n  called: '{{{{ inputs.phone }}}}'\n"
    );
    let stage = Stage::new(&file);
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show", "inputs": { "phone": "+33-612-345" } }));
    let paused = served.until(&run, |run| !run["waiting"].is_null());
    assert_eq!(paused["waiting"]["message"], "Did [input phone] answer?");
    assert_eq!(paused["inputs"], json!({ "phone": "[input phone]" }));
    served.post(&format!("/api/v1/runs/{run}/go"), &json!({})).is(202, "");
    served.until_status(&run, "succeeded");
    let events = served.listen(&Ask::get(&format!("/api/v1/runs/{run}/events"))).rest();
    let paths =
        ["runs", "stage", "agents", "workflows", "workflows/show", "health"].map(|path| format!("/api/v1/{path}"));
    let mut answers: String = paths.iter().map(|path| served.ask(&Ask::get(path)).body).collect();
    answers.push_str(&served.run(&run).to_string());
    answers.push_str(&Value::from(events).to_string());
    assert!(answers.contains("Call [input phone]") && !answers.contains("612-345"), "{answers}");
}

#[test]
fn agents_the_stage_and_figures_tell_what_was_bought_and_heard() {
    let stage = Stage::new(
        "version: 1\nroom: lobby\nsteps:\n- { id: host, name: The host, generate: { prompt: A host, model: essence } }\n\
         - wait_ready: { poll: 10ms }\n- speak: { message: Good evening, wait_for_room: 20s }\n  hold: 0s\n",
    );
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show", "allow_purchase": true }));
    let ended = served.until(&run, |run| run["status"] != "running");
    let agents = served.get("/api/v1/agents");
    assert_eq!((&agents["agents"][0]["name"], &agents["agents"][0]["credits"]), (&json!("The host"), &json!(250)));
    assert_eq!((&agents["agents"][0]["model"], &ended["credits"]), (&json!("essence"), &json!(250)));
    if ended["status"] == "succeeded" {
        let heard = served.get("/api/v1/stage");
        assert_eq!(
            (&heard["rooms"][0]["room"], &heard["rooms"][0]["lines"][0]["text"]),
            (&json!("lobby"), &json!("Good evening"))
        );
    }
    let metrics = served.ask(&Ask::get("/metrics"));
    let line = format!("runsheet_runs{{status=\"{}\"}} 1", ended["status"].as_str().unwrap());
    assert!(metrics.body.contains(&line), "{}", metrics.body);
    assert!(
        metrics.body.contains("runsheet_http_requests_total{route=\"/api/v1/runs\",method=\"POST\",status=\"201\"} 1")
    );
    assert_eq!(served.get("/api/v1/schedule"), json!({ "fires": [] }));
    served.ask(&Ask::get("/api/v1/schedule?from=now")).is(400, "bad-query");
}

#[test]
fn what_runs_by_itself_is_told_ahead_with_its_reasons() {
    let stage = Stage::new("- speak: Hello");
    let file = scripted("- speak: Morning")
        .replace("steps:", "schedule: [{ cron: '30 2 * * *', timezone: Europe/Paris }]\nsteps:");
    stage.write("morning.yaml", &file);
    let served = Served::of(&stage);
    let next = served.get("/api/v1/workflows/morning");
    assert_eq!((&next["schedule"], next["next_fire"].is_string()), (&json!(true), true), "{next}");
    let fires = served.get("/api/v1/schedule?from=2099-03-28T00:00:00Z&to=2099-03-30T00:00:00Z")["fires"].clone();
    let told = |place: usize, field: &str| fires[place][field].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (told(0, "workflow"), told(0, "decision"), told(0, "utc")),
        ("morning".into(), "fire".into(), "2099-03-28T01:30:00.000Z".into())
    );
    assert_eq!((told(1, "decision"), told(1, "local")), ("shift".into(), "2099-03-29T03:00:00+02:00".into()));
    assert!(!told(1, "reason").is_empty());
    served.ask(&Ask::get("/api/v1/schedule?from=2026-03-28T00:00:00Z&to=2026-03-27T00:00:00Z")).is(400, "bad-query");
}

#[test]
fn the_page_is_one_shell_with_a_strict_policy() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    for path in ["/", "/workflows/show", "/runs", "/runs/7Q4M", "/schedule", "/stage", "/login"] {
        let page = served.ask(&Ask::get(path));
        assert!(page.status == 200 && page.body.contains("<title>"), "{path}: {page:?}");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
        assert!(!page.body.contains("<script>") && !page.body.contains("style=") && !page.body.contains("onclick"));
    }
    served.ask(&Ask::get("/nothing")).is(404, "not-found");
    served.ask(&Ask::get("/assets/nothing.js")).is(404, "not-found");
    served.ask(&Ask::get("/assets/..%2fmod.rs")).is(404, "not-found");
    served.ask(&Ask::get("/api/v1/nothing")).is(404, "not-found");
    let wrong = served.ask(&Ask::get("/api/v1/runs").by("DELETE"));
    wrong.is(405, "method");
    assert!(wrong.header("allow").contains("GET"), "{wrong:?}");
}
