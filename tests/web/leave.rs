//! What is bought with leave, by whoever gave it, and never without.

use serde_json::json;

use super::served::{Served, nothing};
use crate::support::{Answer, Stage, Web};

/// A live service that sells agents, and forgets each at once.
fn forgetful() -> Web {
    Web::answering(|received| match received.line.split(' ').nth(1) {
        Some("/v1/me") => {
            Answer::json(&json!({ "success": true, "data": { "user_id": "u1", "credit_balance": 1000 } }).to_string())
        }
        Some("/v1/agent/generate") => {
            Answer::json(&json!({ "success": true, "agent_id": "A91XMB7113", "status": "processing" }).to_string())
        }
        _ => {
            let error = json!({ "code": "AGENT_NOT_FOUND", "message": "There is no such agent", "httpStatus": 404 });
            Answer(404, Vec::new(), json!({ "error": error, "status": "error", "status_code": 404 }).to_string())
        }
    })
}

#[test]
fn a_run_without_leave_buys_nothing_also_where_what_it_had_is_gone_and_leave_lets_it_begin_anew() {
    let live = forgetful();
    let bought = || live.received().iter().filter(|received| received.line.contains("/generate")).count();
    let stage = Stage::new("version: 1\nsteps:\n- { id: host, generate: { prompt: A host, model: essence } }\n");
    let url = live.url("");
    let served = Served::spawn(&mut stage.command(&["serve", "--listen", "127.0.0.1:0", "--api-url", &url]));
    let first = served.start(&json!({ "workflow": "show", "allow_purchase": true }));
    served.until_status(&first, "succeeded");
    // It is known, so nobody is asked; only the service knows that it is gone.
    let without = served.start(&json!({ "workflow": "show" }));
    let failed = served.until_status(&without, "failed");
    assert_eq!((&failed["steps"][0]["error"]["code"], bought()), (&json!("no_purchase"), 1));
    let rerun = |body| served.post(&format!("/api/v1/runs/{without}/rerun"), &body);
    let refused = rerun(nothing()).is(409, "would-buy");
    assert_eq!((&refused["error"]["hint"], &refused["error"]["credits"]), (&json!("send `yes: true`"), &json!(250)));
    let again = rerun(json!({ "yes": true })).is(201, "")["run"].as_str().unwrap().to_owned();
    served.until_status(&again, "succeeded");
    assert_eq!(bought(), 2);
    // Begun anew without leave it is bound again, whatever the run before was allowed.
    let bound = served.post(&format!("/api/v1/runs/{again}/rerun"), &nothing()).is(201, "")["run"].clone();
    served.until_status(bound.as_str().unwrap(), "failed");
    assert_eq!(bought(), 2);
}
