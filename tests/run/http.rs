//! Requests to other services: secrets reach their hosts and nobody else, answers are bounded.

use std::path::Path;

use crate::support::{AGENT, Answer, SECRET, Stage, Web};

const CANARY: &str = "canary/of the=crm+7";

/// A workflow that may send the secret `crm` to a host.
fn with_secret(host: &str, steps: &str) -> String {
    format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\ndefaults: {{ hold: 0s, retry: {{ delay: 10ms }} }}\nsecrets: {{ crm: {{ from: env:CRM, hosts: ['{host}'] }} }}\nsteps:\n{steps}\n"
    )
}

#[test]
fn a_secret_reaches_its_host_and_is_seen_nowhere_else() {
    // The answer gives the secret back, as careless services do.
    let web = Web::answering(|request| Answer::json(&serde_json::json!({ "you_sent": request.rest }).to_string()));
    let steps = format!(
        "- id: crm
  http:
    method: POST
    url: {}
    headers: {{ authorization: 'Bearer {{{{ secrets.crm }}}}' }}
    query: {{ key: '{{{{ secrets.crm }}}}' }}
    json: {{ inside: '{{{{ secrets.crm }}}}' }}
- speak: '{{{{ steps.crm.body.you_sent }}}}'
outputs: {{ echoed: '{{{{ steps.crm.body.you_sent }}}}' }}",
        web.url("/hook")
    );
    let stage = Stage::new(&with_secret("127.0.0.1", &steps)).set("CRM", CANARY);
    let ended = stage.run(&[]);
    ended.exits(0);
    let received = &web.received()[0];
    assert!(received.rest.contains(&format!("Bearer {CANARY}")), "{received:?}");
    assert!(received.rest.contains(&format!("\"inside\":\"{CANARY}\"")), "{received:?}");
    assert!(received.line.contains("key=canary"), "{received:?}");
    for canary in [CANARY, "canary%2Fof", SECRET] {
        ended.hides(canary);
        assert_eq!(files_with(&stage.state(), canary), Vec::<String>::new());
        assert!(!stage.heard().iter().any(|line| line.contains(canary)), "{:?}", stage.heard());
    }
}

#[test]
fn a_secret_goes_to_no_other_host() {
    let web = Web::answering(|_| Answer::json("{}"));
    let steps = format!(
        "- http: {{ url: {}, headers: {{ authorization: '{{{{ secrets.crm }}}}' }} }}",
        web.url("/").replace("127.0.0.1", "localhost")
    );
    let stage = Stage::new(&with_secret("127.0.0.1", &steps)).set("CRM", CANARY);
    let ended = stage.run(&[]);
    ended.hides(CANARY);
    assert!(!ended.has_code(0));
    assert_eq!(web.received().len(), 0);
}

#[test]
fn a_failed_request_and_an_unreachable_host_hide_the_secret() {
    let web = Web::answering(|request| Answer(418, Vec::new(), request.rest.clone()));
    let steps = format!(
        "- {{ id: told, http: {{ url: {}, query: {{ key: '{{{{ secrets.crm }}}}' }}, headers: {{ x: '{{{{ secrets.crm }}}}' }} }}, continue_on_error: true }}
- {{ id: gone, http: {{ url: 'http://127.0.0.1:9/', query: {{ key: '{{{{ secrets.crm }}}}' }} }} }}",
        web.url("/")
    );
    let stage = Stage::new(&with_secret("127.0.0.1", &steps)).set("CRM", CANARY);
    let ended = stage.run(&[]);
    ended.exits(1).ended("told", "failed:rejected").ended("gone", "failed:unsent").tried("gone", 4);
    for canary in [CANARY, "canary%2Fof", "canary/of"] {
        ended.hides(canary);
        assert_eq!(files_with(&stage.state(), canary), Vec::<String>::new());
    }
}

#[test]
fn a_secret_without_a_value_begins_nothing() {
    let stage = Stage::new(&with_secret("127.0.0.1", "- speak: Hello"));
    stage.run(&[]).exits(3).tells("`CRM` is not set");
    assert_eq!(stage.heard().len(), 0);
}

#[test]
fn an_answer_is_kept_to_its_bound() {
    let web = Web::answering(|_| Answer(200, vec![("Content-Type", "text/plain".to_owned())], "x".repeat(300 * 1024)));
    let stage = Stage::new(&format!("- {{ id: page, http: {} }}", web.url("/")));
    let ended = stage.run(&[]);
    ended.exits(0);
    assert_eq!(ended.result("page")["body"].as_str().unwrap().len(), 64 * 1024);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Web::answering(|_| Answer::json("{}"));
    let to = elsewhere.url("/secret");
    let web = Web::answering(move |_| Answer(302, vec![("Location", to.clone())], String::new()));
    let stage = Stage::new(&format!(
        "- {{ id: plain, http: {0}, continue_on_error: true }}\n- {{ id: expected, http: {{ url: {0}, expect: 302 }} }}",
        web.url("/")
    ));
    let ended = stage.run(&[]);
    ended.exits(0).ended("plain", "failed:rejected").ended("expected", "succeeded");
    assert_eq!(ended.result("expected")["headers"]["location"], elsewhere.url("/secret"));
    assert_eq!(elsewhere.received().len(), 0);
}

#[test]
fn what_is_expected_is_success_and_all_else_is_told() {
    let web = Web::answering(|request| match request.line.contains("/gone") {
        true => Answer(404, Vec::new(), "no such poll".to_owned()),
        false => Answer::json(r#"{"total": 50}"#),
    });
    let stage = Stage::new(&format!(
        "- {{ id: gone, http: {{ url: {}, expect: [200, 404] }} }}
- {{ id: poll, http: {} }}
- {{ if: steps.poll.body.total >= 50, speak: 'It is {{{{ steps.gone.status_code }}}}' }}
- {{ id: bad, http: {} }}",
        web.url("/gone"),
        web.url("/poll"),
        web.url("/gone")
    ));
    let ended = stage.run(&[]);
    ended.exits(1).ended("gone", "succeeded").ended("bad", "failed:rejected").tells("answered 404: no such poll");
    assert_eq!(stage.heard(), ["It is 404"]);
}

#[test]
fn a_post_is_sent_once_and_one_with_a_key_is_repeated() {
    let web = Web::answering(|_| Answer(500, Vec::new(), String::new()));
    let post = |more: &str| format!("- {{ id: sent, http: {{ method: POST, url: {}{more} }} }}", web.url("/"));
    let stage = Stage::new(&post(""));
    stage.run(&[]).exits(5).ended("sent", "unknown");
    assert_eq!(web.received().len(), 1);
    let stage = Stage::new(&post(", idempotency_key: order-7"));
    stage.run(&[]).exits(1).ended("sent", "failed:unknown").tried("sent", 4);
    let received = web.received();
    assert_eq!(received.len(), 5);
    assert!(received[1..].iter().all(|request| request.rest.to_lowercase().contains("idempotency-key: order-7")));
}

#[test]
fn addresses_of_clouds_are_never_reached() {
    let stage = Stage::new("- http: http://169.254.169.254/latest/meta-data");
    let ended = stage.run(&[]);
    assert!(!ended.has_code(0));
    ended.tells("never reached");
}

/// The files below a folder that hold a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}
