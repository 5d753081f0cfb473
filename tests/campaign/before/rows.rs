//! Rows that cannot go out are told before anything is sent.

use super::{RENEWALS, campaign, command};

const WRONG: &str = "1,Ada,a,UTC
,Bob,b,UTC
\n3,Cy,,UTC
1,Di,d,UTC
";

#[test]
fn every_mistake_in_the_rows_is_told_and_nothing_is_sent() {
    let stage = campaign(RENEWALS, WRONG);
    let ended = stage.run(&[]);
    ended.exits(2).tells(
        "error: 5 mistakes in the rows; nothing was sent
  customers.csv:3: row 2, column `id`: the key is blank
  customers.csv:3: row 2, column `id`: `once_per` of `speak_1` is blank
  customers.csv:3: row 2, column `id`: `per` of the cap is blank
  customers.csv:5: row 3, column `room`: the room of `speak_1` is blank
  customers.csv:6: row 4, column `id`: the key `1` is also that of row 1, line 2
  = hint: correct these rows, or take them out of the file
",
    );
    assert!(stage.heard().is_empty());
    command(&stage, &["plan"]).exits(2).tells("5 mistakes in the rows");
}

#[test]
fn more_than_ten_mistakes_are_counted() {
    let stage = campaign(RENEWALS, &(0..25).map(|n| format!("{n},Ada,,UTC\n")).collect::<String>());
    stage.run(&[]).exits(2).tells("error: 25 mistakes in the rows").tells("\n  and 15 more\n").hides("row 11");
}

#[test]
fn a_column_that_the_header_lacks_is_told_wherever_it_is_read() {
    let stage = campaign(RENEWALS, "1,Ada,a,UTC\n");
    stage.write("customers.csv", "customer,first,where,zone\n1,Ada,a,UTC\n");
    let ended = command(&stage, &["check", "workflows/show.yaml"]);
    for column in ["id", "name", "room", "tz"] {
        ended.exits(2).tells(&format!("`customer` has no `{column}`"));
    }
    let unknown = ended.stderr().matches("error[unknown-column]").count();
    assert_eq!(unknown, 6, "key, per, once_per, message, room, timezone:\n{}", ended.stderr());
}

#[test]
fn an_unknown_time_zone_fails_its_own_row_alone() {
    let stage = campaign(RENEWALS, "1,Ada,a,Mars/Olympus\n2,Bob,b,UTC\n");
    stage.run(&[]).exits(1).ended("contact.speak_1[1]", "failed:rejected").ended("contact.speak_1[2]", "succeeded");
    assert_eq!(stage.heard(), ["Hello Bob."]);
}

#[test]
fn a_file_of_another_encoding_is_told_with_the_way_out() {
    let stage = campaign(RENEWALS, "");
    let bytes: Vec<u8> = "\u{feff}id,name,room,tz\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(stage.path().join("workflows/customers.csv"), bytes).unwrap();
    stage.run(&[]).exits(2).tells("customers.csv:1: the file is UTF-16, not UTF-8").tells("hint: save it as UTF-8");
}

#[test]
fn a_path_that_is_made_of_constants_is_one_and_the_same_in_all_places() {
    let workflow = RENEWALS
        .replace("steps:\n  - id", "vars: { who: customers, not: opt-outs.csv, days: holidays.txt }\nsteps:\n  - id")
        .replace("csv: customers.csv", "csv: \"{{ vars.who }}.csv\"")
        .replace("csv: opt-outs.csv", "csv: \"{{ vars.not }}\"")
        .replace("customer.tz }}\" }", "customer.tz }}\", calendar: { exclude: \"{{ vars.days }}\" } }");
    let stage = campaign(&workflow, "1,Ada,a,UTC\n2,Bob,b,UTC\n");
    stage.write("opt-outs.csv", "id\n2\n");
    stage.write("holidays.txt", "2020-12-25\n");
    command(&stage, &["plan"]).exits(0).says("people    2: 1 left out as the files are now\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[2]", "skipped:excluded");
    assert_eq!(stage.heard(), ["Hello Ada."]);
}

#[test]
fn keys_that_differ_by_space_alone_are_one_person() {
    let stage = campaign(RENEWALS, "1,Ada,a,UTC\n\" 1\",Ada,a,UTC\n");
    stage.run(&[]).exits(2).tells("customers.csv:3: row 2, column `id`: the key ` 1` is also that of row 1, line 2");
}

#[test]
fn rows_that_do_not_go_out_may_have_blank_rooms() {
    let stage = campaign(RENEWALS, "1,Ada,a,UTC\n2,Bob,,UTC\n3,Cy,,UTC\n");
    stage.run(&[]).exits(2).tells("2 mistakes in the rows");
    stage.write("opt-outs.csv", "id\n2\n");
    stage.run(&[]).exits(2).tells("1 mistake in the rows");
    stage.run(&["--item", "3"]).exits(2).tells("row 3");
    stage.run(&["--limit", "2"]).exits(0);
    stage.run(&["--item", "1"]).exits(0);
    stage.rewrite(&RENEWALS.replace("    as: customer\n", "    as: customer\n    if: \"1 > 2\"\n"));
    stage.run(&[]).exits(0);
    assert_eq!(stage.heard(), ["Hello Ada."]);
}

#[test]
fn what_is_sensitive_is_in_no_message() {
    let workflow = "version: 1
agent: A91XMB7113
inputs: { phones: { type: list, sensitive: true, default: [\"+33612345678\", \"+33698765432\"] } }
steps:
  - foreach: inputs.phones
    as: phone
    key: phone
    window: { from: \"09:00\", to: \"17:00\", timezone: Mars/Base }
    speak: Hello.
    room: \"r-{{ phone }}\"
    once_per: \"{{ phone }}\"
";
    let never = workflow.replace("Mars/Base", "\"{{ phone }}\"");
    let stage = campaign(&never, "");
    command(&stage, &["plan"]).exits(0).says("item 1, [input phones]").hides("+336");
    command(&stage, &["plan", "--format", "json"]).exits(0).hides("+336");
    stage.run(&["--item", "+33612345679"]).exits(2).tells("did you mean `[input phones]`?");
    let open = workflow
        .replace("timezone: Mars/Base", "timezone: UTC")
        .replace("from: \"09:00\", to: \"17:00\"", "from: \"00:00\", to: \"24:00\"");
    stage.rewrite(&open);
    stage.run(&[]).exits(0);
    for form in ["text", "csv", "json"] {
        command(&stage, &["sent", "show", "--format", form]).exits(0).says("[input phones]").hides("+336");
    }
}
