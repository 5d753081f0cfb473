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
