//! A campaign before it goes out: its rows are looked at, what it comes to is said, and a part of it is chosen.

#![expect(clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

mod chosen;
mod foretold;
mod rows;

use crate::support::{Ended, Stage};

/// A campaign over `customers.csv`.
const RENEWALS: &str = "version: 1
name: renewals
agent: A91XMB7113
defaults: { hold: 0s, retry: { delay: 10ms } }
steps:
  - id: contact
    foreach: { csv: customers.csv, exclude: { csv: opt-outs.csv, column: id } }
    as: customer
    key: customer.id
    max_parallel: 50
    window: { days: daily, from: \"00:00\", to: \"24:00\", timezone: \"{{ customer.tz }}\" }
    cap: { max: 1, every: 72h, per: customer.id }
    steps:
      - speak: \"Hello {{ customer.name }}.\"
        room: \"{{ customer.room }}\"
        once_per: \"{{ customer.id }}\"
";

/// A campaign beside these rows; the rooms are there.
fn campaign(workflow: &str, rows: &str) -> Stage {
    let stage = Stage::with(workflow, |settings| settings.any_room = true);
    stage.write("customers.csv", &format!("id,name,room,tz\n{rows}"));
    stage.write("opt-outs.csv", "id\n");
    stage
}

/// Runs another command over the workflow.
fn command(stage: &Stage, arguments: &[&str]) -> Ended {
    let output = stage.command(arguments).output().expect("the binary");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended::new(output.status.code(), text(output.stdout), text(output.stderr))
}
