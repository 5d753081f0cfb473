//! Apply, end the process at any place, apply again: bought once, and the lock is what the service has.

use runsheet::crash::Point;

use super::*;

/// How often a process is ended; 200 times in the long form.
const KILLS: u64 = 40;
const NAMES: [&str; 4] = ["anchor", "guest", "host", "judge"];

#[test]
fn what_is_declared_is_bought_once_wherever_an_apply_ends() {
    let kills = if std::env::var_os("RUNSHEET_LONG").is_some() { 200 } else { KILLS };
    let mut killed = 0;
    for round in 0.. {
        if killed >= kills {
            break;
        }
        let text = "version: 1\nname: show\nagents:\n  anchor: { prompt: A }\n  guest: { prompt: G }\n  host: { prompt: H }\n  judge: { prompt: J, aspect_ratio: \"1:1\" }\nsteps:\n  - wait: 1s\n";
        let stage = Stage::new(text);
        let point = Point::ALL[round as usize % Point::ALL.len()];
        for pass in [1, 2, 3 + round % 5] {
            let crash = format!("{}:{pass}", point.as_str());
            let output = stage.command(&["agents", "apply"]).env("RUNSHEET_CRASH", crash).output().unwrap();
            killed += u64::from(output.status.code().is_none());
        }
        agents(&stage, &["apply"]).exits(0);
        let after = format!("after {killed} kills, at {}", point.as_str());
        assert_eq!(stage.spent(), 250 * NAMES.len() as u64, "{after}");
        let mut codes: Vec<String> = NAMES.iter().map(|name| code(&stage, name)).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), NAMES.len(), "{after}");
        for made in codes {
            let record = stage.ask("GET", &format!("/v1/agent/{made}"), Value::Null);
            assert_eq!(record["success"], true, "{after}: {record}");
        }
        agents(&stage, &["plan", "--exit-code"]).exits(0);
        assert!(round < 10_000, "hardly anything is killed: {killed}");
    }
}
