//! What is saved elsewhere than in a workflow file: folders, texts, rows, noise.

use std::fs;

use super::{Desk, line};
use crate::support::{Stage, scripted};

#[test]
fn a_folder_that_is_moved_in_and_one_that_is_made_later_are_heard_of() {
    let stage = Stage::new(&line("Before"));
    let desk = Desk::watch(&stage, &[]);
    let mut expected = Vec::new();
    for n in 1..=5 {
        let elsewhere = stage.path().join(format!("elsewhere_{n}"));
        fs::create_dir_all(elsewhere.join("deep")).unwrap();
        fs::write(elsewhere.join(format!("deep/moved_{n}.yaml")), line(&format!("Moved {n}"))).unwrap();
        fs::rename(&elsewhere, stage.path().join(format!("workflows/moved_{n}"))).unwrap();
        expected.push(format!("Moved {n}"));
        desk.until_heard(expected.len());
        stage.write(&format!("made_{n}/deep/er/made_{n}.yaml"), &line(&format!("Made {n}")));
        expected.push(format!("Made {n}"));
        desk.until_heard(expected.len()).until_ended(expected.len());
    }
    // A folder that takes the place of another is heard of too.
    fs::rename(stage.path().join("workflows/moved_1"), stage.path().join("gone")).unwrap();
    desk.until_said("moved_1.yaml is gone");
    fs::rename(stage.path().join("gone"), stage.path().join("workflows/moved_1")).unwrap();
    desk.until_heard(11).until_ended(11);
    stage.write("moved_1/deep/moved_1.yaml", &line("Moved again"));
    expected.extend(["Moved 1".to_owned(), "Moved again".to_owned()]);
    desk.until_heard(12).until_ended(12);
    assert_eq!((stage.heard(), desk.runs()), (expected, 12));
}

#[test]
fn texts_and_rows_rerun_the_workflows_they_belong_to_and_no_others() {
    let stage = Stage::new(&scripted("- speak: { file: texts/hello.md }"));
    stage.write("texts/hello.md", "Hello");
    stage.write("other.yaml", &line("Never"));
    let rows = "- { id: greet, foreach: { csv: ../data/guests.csv }, as: guest, key: guest.name, speak: 'Hi {{ guest.name }}' }";
    stage.write("loop.yaml", &scripted(rows));
    fs::create_dir(stage.path().join("data")).unwrap();
    fs::write(stage.path().join("data/guests.csv"), "name\nAda\n").unwrap();
    let desk = Desk::watch(&stage, &[]);
    stage.write("texts/hello.md", "Hello all");
    desk.until_said("workflows/texts/hello.md was saved, which workflows/show.yaml reads");
    desk.until_said("~ speak_1  “Hello” → “Hello all”").until_heard(1).until_ended(1);
    fs::write(stage.path().join("data/guests.csv"), "name\nBob\n").unwrap();
    desk.until_said("data/guests.csv was saved").until_heard(2).until_ended(2);
    assert_eq!((stage.heard(), desk.runs()), (vec!["Hello all".to_owned(), "Hi Bob".to_owned()], 2));
}

#[test]
fn a_text_that_was_missing_mends_its_workflow_when_it_comes() {
    let stage = Stage::new(&scripted("- speak: { file: ../texts/new/hello.md }"));
    let desk = Desk::watch(&stage, &[]);
    desk.until_said("1 file with mistakes");
    fs::create_dir_all(stage.path().join("texts/new")).unwrap();
    fs::write(stage.path().join("texts/new/hello.md"), "Here I am").unwrap();
    desk.until_heard(1).until_ended(1);
    assert_eq!(stage.heard(), ["Here I am"]);
    // One that comes broken is new all the same, and good when it was mended.
    stage.write("other.yaml", "version: 1\nsteps: [");
    desk.until_said("workflows/other.yaml is new");
    stage.write("other.yaml", &line("I too"));
    desk.until_said("workflows/other.yaml is good now").until_heard(2).until_ended(2);
}
