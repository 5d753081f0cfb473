//! During and after a campaign: counts while it runs, a report of its people, and what it remembers.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

mod counts;
mod report;
mod sent;

use serde_json::{Value, json};

use crate::support::Stage;

/// A campaign to the people of `customers.csv`, with the two reports.
const RENEWALS: &str = "version: 1
name: renewals
agent: A91XMB7113
defaults: { hold: 0s, retry: { delay: 10ms } }
vars: { folder: reports }
report: { csv: \"{{ vars.folder }}/{{ run.id }}.csv\", json: \"reports/{{ run.id }}.json\" }
steps:
  - id: contact
    foreach: { csv: customers.csv, exclude: { csv: opt-outs.csv, column: id } }
    as: customer
    key: customer.id
    window: { from: \"00:00\", to: \"24:00\", timezone: \"{{ customer.tz }}\" }
    steps:
      - speak: \"Hello {{ customer.name }}.\"
        room: lobby
        once_per: \"{{ customer.id }}\"
";

/// Four people: the second opted out, the third's zone is nobody's.
fn campaign(faults: Value) -> Stage {
    let stage = Stage::with_faults(RENEWALS, faults);
    let people = "id,name,tz\n1,Ada,Asia/Kolkata\n2,Bob,Europe/Paris\n3,Cy,Mars/Base\n4,\"Dee \"\"D\"\"\",UTC\n";
    stage.write("customers.csv", people);
    stage.write("opt-outs.csv", "id\n2\n");
    stage
}

/// The second line that goes out, Dee's, gets no answer.
fn no_answer() -> Value {
    json!([{ "path": "/v1/agent/{code}/speak", "nth": 2, "then": "close_after" }])
}

/// The report of the latest run.
fn report(stage: &Stage) -> Value {
    let file = stage.path().join(format!("reports/{}.json", stage.latest()));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// How each person of the report came out.
fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let people = report["people"].as_array().unwrap();
    people.iter().map(|person| (person["key"].as_str().unwrap(), person["outcome"].as_str().unwrap())).collect()
}
