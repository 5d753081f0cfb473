//! What a server reaches by itself, and how the service reaches it.

use serde_json::json;

use super::served::Served;
use crate::support::{Answer, Stage, Web};

#[test]
fn private_addresses_are_reached_only_where_the_server_is_told_so() {
    let near = Web::answering(|_| Answer::json("{}"));
    let stage = Stage::new(&format!("- http: '{}'", near.url("/")));
    let ended = |served: &Served, status: &str| {
        let run = served.start(&json!({ "workflow": "show" }));
        served.until_status(&run, status)
    };
    let failed = ended(&Served::of(&stage), "failed");
    let error = &failed["steps"][0]["error"];
    assert_eq!(error["code"], "forbidden_address");
    assert!(error["message"].as_str().unwrap().contains("--allow-private-http"), "{error}");
    assert!(near.received().is_empty());
    ended(&Served::with(&stage, &["--allow-private-http"]), "succeeded");
    // Whoever sits at the terminal reaches what they can reach anyway.
    stage.run(&[]).exits(0);
    assert_eq!(near.received().len(), 2);
}
