//! What keeps a line from going out, run by run.

use crate::support::Stage;

const ONCE: &str = "version: 1
name: renewals
agent: A91XMB7113
defaults: { hold: 0s, retry: { delay: 10ms } }
steps:
  - id: contact
    foreach: { csv: customers.csv, exclude: { csv: opt-outs.csv, column: id } }
    as: customer
    key: customer.id
    steps:
      - speak: \"Hello {{ customer.name }}.\"
        room: lobby
        once_per: \"{{ customer.id }}\"
";

fn campaign(workflow: &str) -> Stage {
    let stage = Stage::new(workflow);
    stage.write("customers.csv", "id,name\n1,Ada\n2,Bob\n3,Cy\n");
    stage.write("opt-outs.csv", "id\n");
    stage
}

#[test]
fn a_value_is_said_once_over_all_runs_of_the_workflow() {
    let stage = campaign(ONCE);
    stage.run(&[]).exits(0);
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy."]);
    stage.write("customers.csv", "id,name\n4,Dee\n1,Ada\n2,Bob\n3,Cy\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[1]", "skipped:already_sent");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy.", "Hello Dee."]);
}

#[test]
fn who_is_to_be_left_out_is_looked_for_before_each_item() {
    let stage = campaign(ONCE);
    stage.write("opt-outs.csv", "id,since\n 2 ,yesterday\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[2]", "skipped:excluded");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Cy."]);
}
