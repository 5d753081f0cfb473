//! Where the people of a campaign stand, for those who look from elsewhere, and the report that is left of it.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::request::Ask;
use super::served::Served;
use crate::support::Stage;

/// A window that is open now in UTC and on the other side of the world is not.
fn campaign() -> String {
    let clock = |hours: i64| {
        let at = Timestamp::now() + SignedDuration::from_hours(hours);
        TimeZone::UTC.to_datetime(at).strftime("%H:%M").to_string()
    };
    format!(
        "version: 1
name: show
agent: A91XMB7113
defaults: {{ hold: 0s }}
report: {{ json: \"reports/{{{{ run.id }}}}.json\" }}
steps:
  - id: contact
    foreach: {{ csv: customers.csv }}
    as: customer
    key: customer.id
    max_parallel: 5
    window: {{ from: \"{}\", to: \"{}\", timezone: \"{{{{ customer.tz }}}}\" }}
    steps:
      - speak: Hello
        room: lobby
        once_per: \"{{{{ customer.id }}}}\"
",
        clock(-2),
        clock(2)
    )
}

#[test]
fn the_people_of_a_campaign_are_counted_in_the_api_and_in_the_figures_and_serve_writes_its_report() {
    let stage = Stage::new(&campaign());
    stage.write("customers.csv", "id,tz\n1,UTC\n2,Etc/GMT-12\n3,Etc/GMT-11\n");
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show" }));
    let counts = |run: &Value| (run["audiences"][0]["heard"].clone(), run["audiences"][0]["outside_window"].clone());
    let seen = served.until(&run, |run| counts(run) == (json!(1), json!(2)));
    assert_eq!((&seen["audiences"][0]["step"], &seen["audiences"][0]["people"]), (&json!("contact"), &json!(3)));
    let figures = served.ask(&Ask::get("/metrics")).body;
    for line in ["state=\"outside_window\"} 2", "state=\"heard\"} 1", "state=\"failed\"} 0"] {
        assert!(figures.contains(&format!("runsheet_people{{workflow=\"show\",{line}")), "{line}: {figures}");
    }
    served.post(&format!("/api/v1/runs/{run}/cancel"), &json!({}));
    served.until_status(&run, "cancelled");
    let file = stage.path().join(format!("reports/{run}.json"));
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let outcomes: Vec<&Value> = report["people"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["heard", "cancelled", "cancelled"]);
    let figures = served.ask(&Ask::get("/metrics")).body;
    assert!(!figures.contains("runsheet_people{"), "{figures}");
}
