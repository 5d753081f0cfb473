//! A thousand runs, each of a script and of mishaps that its seed draws.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use runsheet::engine::event::{Event, RunOutcome};
use runsheet::engine::state::StepState;
use runsheet::outcome::Effect;
use runsheet::plan::model::Work;
use serde_json::{Value, json};

use super::bench::{Bench, Course};
use crate::support::{AGENT, Chance, text_of};

/// How many runs there are, and how many go on at once.
const RUNS: u64 = 1_000;
const AT_ONCE: u64 = 12;
/// The most tries of a step without a person.
const MAX_ATTEMPTS: u32 = 5;
/// What the file allows.
const MAX_CREDITS: u64 = 500;

/// What may stand in a script; `N` is a number that no other line of the script has.
const STEPS: [&str; 11] = [
    "speak: Line N",
    "speak: Line N",
    "add_context: Fact N",
    "set_prompt: Prompt N",
    "get_agent: {}",
    "list_agents: {}",
    "validate: {}",
    "speak: { message: Line N, wait_for_room: 2s }",
    "wait: 5ms",
    "wait_ready: { poll: 10ms, within: 2s }",
    "pause: Ready?",
];

const LOOP: &str = "\
- foreach: [a, b, c]
  as: item
  key: item
  max_parallel: 2
  steps:
    - speak: 'Line N {{ item }}'
    - add_context: 'Fact N {{ item }}'
";

const ENDPOINTS: [&str; 7] = [
    "/v1/agent/*",
    "/v1/agent/generate",
    "/v1/agent/status/{id}",
    "/v1/agent/{code}",
    "/v1/agent/{code}/speak",
    "/v1/agent/{code}/add-context",
    "/v1/agents",
];

/// Draws a script of one to three blocks, with what follows a failure and what comes last.
fn script(chance: &mut Chance) -> String {
    let mut number = 0;
    let mut written = |text: &str| {
        number += 1;
        text.replace('N', &format!("{number}"))
    };
    let mut steps = String::new();
    let generates = chance.below(3) == 0;
    if generates {
        steps.push_str("- { id: host, generate: A host }\n- { wait_ready: { poll: 10ms, within: 3s }, agent: host }\n");
    }
    for _ in 0..1 + chance.below(3) {
        match chance.below(4) {
            0 => steps.push_str(&written(LOOP)),
            1 => {
                steps.push_str("- parallel:\n");
                for _ in 0..2 + chance.below(2) {
                    steps.push_str(&format!("    - {}\n", written(chance.pick::<&str>(&STEPS))));
                }
            }
            _ => {
                for _ in 0..1 + chance.below(4) {
                    steps.push_str(&format!("- {}\n", written(chance.pick::<&str>(&STEPS))));
                }
            }
        }
    }
    let retry = format!("{{ delay: 2ms, max_delay: 10ms, max_attempts: {MAX_ATTEMPTS} }}");
    format!(
        "version: 1\nname: mixture\nagent: {agent}\nroom: lobby\nmax_credits: {MAX_CREDITS}\n\
         defaults: {{ hold: 0s, timeout: 400ms, retry: {retry} }}\nsteps:\n{steps}\
         on_failure:\n- add_context: Something failed\nfinally:\n- speak: Good night\n",
        agent = if generates { "host" } else { AGENT },
    )
}

/// Draws up to four mishaps.
fn faults(chance: &mut Chance) -> Value {
    let mishap = |chance: &mut Chance| {
        let answer = |status: u16, code: &str| json!({ "answer": { "status": status, "code": code } });
        match chance.below(20) {
            0 => answer(400, "MISSING_PARAM"),
            1 => answer(401, "UNAUTHORIZED"),
            2 => answer(402, "INSUFFICIENT_BALANCE"),
            3 => answer(403, "ACCOUNT_SUSPENDED"),
            4 => answer(404, "NO_ACTIVE_ROOMS"),
            5 => answer(404, "AGENT_NOT_FOUND"),
            6 => answer(409, "AGENT_NOT_READY"),
            7 => answer(422, "VALIDATION_ERROR"),
            8 => answer(500, "INTERNAL_ERROR"),
            9 | 10 => answer(503, "NO_AVAILABLE_WORKERS"),
            11 => json!({ "answer": { "status": 502 } }),
            12 => json!({ "answer": { "status": 302 } }),
            13 => json!({ "delay": "600ms" }),
            14 => json!({ "fail_creation": "no face found" }),
            15 => json!("garble"),
            16 | 17 => json!("close_before"),
            18 => json!({ "answer": { "status": 429, "code": "RATE_LIMITED", "retry_after": "1s" } }),
            _ => json!("close_after"),
        }
    };
    let count = 1 + chance.below(4);
    let one = |chance: &mut Chance| {
        let mut fault = json!({ "path": chance.pick(&ENDPOINTS), "then": mishap(chance) });
        match chance.below(3) {
            0 => fault["nth"] = json!(1 + chance.below(3)),
            _ => fault["share"] = json!(*chance.pick(&[0.1, 0.3, 0.6])),
        }
        fault
    };
    (0..count).map(|_| one(chance)).collect()
}

/// Everything that is wrong with what a run came to.
fn breaches(bench: &Bench, course: &Course) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (step, state) in course.states() {
        let node = course.run.plan().get(step).unwrap();
        if !state.has_ended() {
            breaches.push(format!("step {} has no end: {state:?}", node.id));
        }
        let Work::Exchange(exchanged) = &node.work else { continue };
        let bound = MAX_ATTEMPTS * (1 + course.resumes() as u32);
        if course.tries(step) > bound {
            breaches.push(format!("step {} was tried {} times", node.id, course.tries(step)));
        }
        if exchanged.effect != Effect::Once {
            continue;
        }
        let text = text_of(&course.run, step);
        let heard = bench.times(&text);
        let expected = usize::from(state == StepState::Succeeded);
        if !text.is_empty() && heard != expected {
            breaches.push(format!("`{text}` of {} is {state:?} and was heard {heard} times", node.id));
        }
        *lines.entry(text).or_default() += 1;
    }
    let creations = course.records.iter().filter_map(|record| match &record.event {
        Event::AttemptStarted { rendering, .. } => rendering.idempotency_key.clone(),
        _ => None,
    });
    let keys: std::collections::BTreeSet<String> = creations.collect();
    if bench.spent() > 250 * keys.len().min(1) as u64 {
        breaches.push(format!("{} credits were spent under {} keys", bench.spent(), keys.len()));
    }
    breaches
}

#[test]
fn a_thousand_runs_in_bad_weather_end_as_stated_and_say_nothing_twice() {
    let seed: u64 = std::env::var("RUNSHEET_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (next, found) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Vec::new())));
    let outcomes = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let worker = || {
        let (next, found, outcomes) = (next.clone(), found.clone(), outcomes.clone());
        async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= RUNS {
                    return;
                }
                let mut chance = Chance::of(seed.wrapping_mul(1_000_003).wrapping_add(number));
                let (script, faults) = (script(&mut chance), faults(&mut chance));
                let bench = Bench::new(&script, &faults, number).await;
                let course = bench.play().await;
                let told = breaches(&bench, &course);
                if !told.is_empty() {
                    found.lock().unwrap().push(format!("run {number}: {told:#?}\n{script}\n{faults:#}"));
                }
                let mut outcomes = outcomes.lock().unwrap();
                *outcomes.entry(word(course.outcome()).to_owned()).or_default() += 1;
                for stop in &course.stops {
                    *outcomes.entry(format!("stopped: {stop:?}")).or_default() += 1;
                }
            }
        }
    };
    runtime.block_on(async {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(worker())).collect();
        for worker in workers {
            worker.await.unwrap();
        }
    });
    let outcomes = outcomes.lock().unwrap();
    drop(writeln!(std::io::stderr(), "bad weather: {RUNS} runs, seed {seed}: {outcomes:?}"));
    let found = found.lock().unwrap();
    assert!(found.is_empty(), "seed {seed}: {} runs:\n{}", found.len(), found.join("\n"));
    for expected in ["succeeded", "failed", "stopped: Unknown", "stopped: Unauthorized", "stopped: OutOfCredits"] {
        assert!(outcomes.contains_key(expected), "no run {expected}: {outcomes:?}");
    }
}

fn word(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "succeeded",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "cancelled",
    }
}
