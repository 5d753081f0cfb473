//! Who is let in: hosts, origins, bodies, tokens, cookies.

use serde_json::json;

use super::request::Ask;
use super::served::Served;
use crate::support::{Running, Stage};

fn start() -> Ask {
    Ask::post("/api/v1/runs", &json!({ "workflow": "show" }))
}

#[test]
fn a_host_that_resolves_here_and_is_not_ours_gets_nothing() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    for path in ["/", "/api/v1/health", "/assets/index.html", "/login", "/hooks/show", "/nothing"] {
        for host in ["evil.example", "evil.example:8420", "10.1.2.3", ""] {
            served.ask(&Ask::get(path).with("host", host)).is(421, "host");
        }
    }
    served.ask(&start().with("host", "evil.example")).is(421, "host");
    let port = served.address.port();
    for host in [format!("localhost:{port}"), "localhost".to_owned(), format!("[::1]:{port}")] {
        served.ask(&Ask::get("/api/v1/health").with("host", &host)).is(200, "");
    }
    // A full address in the first line does not get around it.
    let ask = Ask::get("http://evil.example/api/v1/health").with("host", &format!("localhost:{port}"));
    ask.send(served.address).is(421, "host");
    assert!(stage.heard().is_empty());
}

#[test]
fn another_page_changes_nothing_here() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    let own = format!("http://{}", served.address);
    for origin in ["http://evil.example", "null", "http://localhost:1", &own.replace("http", "ftp")] {
        served.ask(&start().with("origin", origin)).is(403, "cross-site");
        served.ask(&Ask::post("/api/v1/login", &json!({ "token": "x" })).with("origin", origin)).is(403, "cross-site");
    }
    for site in ["cross-site", "same-site"] {
        served.ask(&start().with("sec-fetch-site", site)).is(403, "cross-site");
    }
    assert_eq!(served.get("/api/v1/runs")["runs"], json!([]));
    let own = start().with("origin", &own).with("sec-fetch-site", "same-origin");
    served.ask(&own).is(201, "");
}

#[test]
fn a_body_is_json_says_so_and_is_not_too_large() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    served.ask(&start().without("content-type")).is(415, "not-json");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json2"] {
        served.ask(&start().with("content-type", kind)).is(415, "not-json");
    }
    served.ask(&start().saying(b"{")).is(400, "bad-json");
    served.ask(&start().saying(b"[1]")).is(400, "bad-json");
    served.ask(&start().saying(br#"{"workflow":"show","x":1}"#)).is(400, "bad-json");
    served.ask(&start().saying(&vec![b' '; (1 << 20) + 1])).is(413, "too-large");
    served.ask(&start().with("content-type", "Application/JSON; charset=utf-8")).is(201, "");
}

#[test]
fn others_need_a_token_and_a_viewer_only_looks() {
    let stage = Stage::new("- speak: Hello");
    let refused = Running::spawn(stage.command(&["serve"]).args(["--listen", "0.0.0.0:0"])).end();
    refused.exits(3).tells("no token").tells("runsheet token create");
    let token = |role: &str| {
        let made = Running::spawn(stage.command(&["token", "create"]).args(["--role", role])).end();
        made.exits(0);
        made.stdout().trim().to_owned()
    };
    let (viewer, operator) = (token("viewer"), token("operator"));
    let served = Served::with(&stage, &["--listen", "0.0.0.0:0"]);
    let with = |ask: Ask, token: &str| ask.with("authorization", &format!("Bearer {token}"));
    for ask in [Ask::get("/api/v1/health"), Ask::get("/metrics"), start(), Ask::get("/api/v1/openapi.json")] {
        let got = served.ask(&ask);
        got.is(401, "no-token");
        assert_eq!(got.header("www-authenticate"), "Bearer");
    }
    let led = served.ask(&Ask::get("/runs/7Q4M"));
    assert_eq!((led.status, led.header("location")), (303, "/login?to=/runs/7Q4M"));
    served.ask(&with(Ask::get("/api/v1/health"), &viewer)).is(200, "");
    served.ask(&with(start(), &viewer)).is(403, "role");
    served.ask(&with(Ask::post("/api/v1/workflows/show/plan", &json!({})), &viewer)).is(200, "");
    served.ask(&with(start(), &operator)).is(201, "");
    served.ask(&with(Ask::get("/api/v1/health"), "rst_wrong")).is(401, "wrong-token");
    let list = Running::spawn(&mut stage.command(&["token", "list"])).end();
    list.exits(0).says("viewer").says("operator").hides(&viewer).hides(&operator);
    let id = list.stdout().lines().find(|line| line.contains("operator")).unwrap()[..8].to_owned();
    Running::spawn(stage.command(&["token", "revoke"]).arg(&id)).end().exits(0);
    served.ask(&with(Ask::get("/api/v1/health"), &operator)).is(401, "wrong-token");
    Running::spawn(stage.command(&["token", "revoke"]).arg(&id)).end().exits(2).tells("no valid token");
}

#[test]
fn whoever_guesses_tokens_waits_and_a_right_one_is_let_through() {
    let stage = Stage::new("- speak: Hello");
    let made = Running::spawn(&mut stage.command(&["token", "create"])).end();
    let token = made.stdout().trim().to_owned();
    let served = Served::of(&stage);
    let with = |token: &str| Ask::get("/api/v1/health").with("authorization", &format!("Bearer {token}"));
    for _ in 0..10 {
        served.ask(&with("rst_guess")).is(401, "wrong-token");
    }
    let waits = served.ask(&with("rst_guess"));
    waits.is(429, "too-many-failures");
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 0);
    served.ask(&with(&token)).is(200, "");
}

#[test]
fn a_browser_trades_a_token_for_a_cookie_that_scripts_cannot_read() {
    let stage = Stage::new("- speak: Hello");
    let made = Running::spawn(&mut stage.command(&["token", "create"])).end();
    let token = made.stdout().trim().to_owned();
    let served = Served::with(&stage, &["--allow-host", "show.example"]);
    let at = |ask: Ask| ask.with("host", "show.example");
    served.ask(&at(Ask::get("/api/v1/health"))).is(401, "no-token");
    let login =
        |token: &str| at(Ask::post("/api/v1/login", &json!({ "token": token }))).with("origin", "https://show.example");
    served.ask(&login("rst_wrong")).is(401, "wrong-token");
    let got = served.ask(&login(&token));
    assert_eq!(got.is(200, "")["role"], "operator");
    let set = got.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Secure"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains(&token));
    let cookie = set.split(';').next().unwrap().to_owned();
    let known = |ask: Ask| at(ask).with("cookie", &format!("other=1; {cookie}"));
    served.ask(&known(Ask::get("/api/v1/health"))).is(200, "");
    assert_eq!(served.ask(&known(Ask::get("/"))).status, 200);
    served.ask(&known(start()).with("origin", "https://evil.example")).is(403, "cross-site");
    served.ask(&known(start()).with("origin", "https://show.example")).is(201, "");
    assert_eq!(served.ask(&known(Ask::post("/api/v1/logout", &json!({})))).status, 204);
    served.ask(&known(Ask::get("/api/v1/health"))).is(401, "no-token");
}

#[test]
fn what_a_proxy_hands_on_is_not_from_this_machine() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    served.ask(&Ask::get("/api/v1/health").with("x-forwarded-for", "203.0.113.7")).is(401, "no-token");
    served.ask(&start().with("forwarded", "for=203.0.113.7")).is(401, "no-token");
}

#[test]
fn every_answer_keeps_a_browser_on_a_short_leash() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    for path in ["/", "/api/v1/runs", "/api/v1/nothing", "/metrics"] {
        let got = served.ask(&Ask::get(path));
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(got.header("referrer-policy"), "no-referrer", "{path}");
        let policy = got.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(path == "/" || got.header("cache-control") == "no-store", "{path}");
    }
}
