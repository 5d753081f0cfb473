//! Ten ways to save a file, each of which is one save.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Desk, line};
use crate::support::{Stage, casting};

/// How often each editor saves.
const SAVES: usize = 5;

/// A way to save a text at a path.
type Save = fn(&Path, &str, usize);

const EDITORS: [(&str, Save); 10] = [
    ("nano: truncate, then write", truncate_and_write),
    ("a download: truncate, then write in pieces", write_in_pieces),
    ("vim: rename to a backup, then write anew", rename_and_write),
    ("vim with backupcopy: copy to a backup, then write over", backup_and_write),
    ("emacs: autosave and lock beside, then write over", emacs),
    ("gedit: write beside, then move over", temp_and_move),
    ("JetBrains: two renames", safe_write),
    ("rsync: move over with an old time", move_with_an_old_time),
    ("a sync: delete, then create", delete_and_create),
    ("sed -i: an odd name beside, then move over", sed),
];

fn beside(path: &Path, name: &str) -> PathBuf {
    path.with_file_name(name)
}

fn truncate_and_write(path: &Path, text: &str, _: usize) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn write_in_pieces(path: &Path, text: &str, _: usize) {
    let mut file = File::create(path).unwrap();
    for piece in text.as_bytes().chunks(7) {
        file.write_all(piece).unwrap();
        file.sync_all().unwrap();
    }
}

fn rename_and_write(path: &Path, text: &str, save: usize) {
    let probe = beside(path, "4913");
    fs::write(&probe, "").unwrap();
    fs::remove_file(&probe).unwrap();
    fs::write(beside(path, ".show.yaml.swp"), save.to_string()).unwrap();
    fs::rename(path, beside(path, "show.yaml~")).unwrap();
    fs::write(path, text).unwrap();
    fs::remove_file(beside(path, "show.yaml~")).unwrap();
    fs::remove_file(beside(path, ".show.yaml.swp")).unwrap();
}

fn backup_and_write(path: &Path, text: &str, _: usize) {
    fs::copy(path, beside(path, "show.yaml~")).unwrap();
    fs::write(path, text).unwrap();
    fs::remove_file(beside(path, "show.yaml~")).unwrap();
}

fn emacs(path: &Path, text: &str, _: usize) {
    let lock = beside(path, ".#show.yaml");
    std::os::unix::fs::symlink("alex@stage.1234", &lock).unwrap();
    fs::write(beside(path, "#show.yaml#"), text).unwrap();
    fs::copy(path, beside(path, "show.yaml~")).unwrap();
    fs::write(path, text).unwrap();
    fs::remove_file(beside(path, "#show.yaml#")).unwrap();
    fs::remove_file(lock).unwrap();
}

fn temp_and_move(path: &Path, text: &str, save: usize) {
    let temp = beside(path, &format!(".goutputstream-{save}"));
    fs::write(&temp, text).unwrap();
    fs::rename(temp, path).unwrap();
}

fn safe_write(path: &Path, text: &str, _: usize) {
    let (new, old) = (beside(path, "show.yaml___jb_tmp___"), beside(path, "show.yaml___jb_old___"));
    fs::write(&new, text).unwrap();
    fs::rename(path, &old).unwrap();
    fs::rename(new, path).unwrap();
    fs::remove_file(old).unwrap();
}

fn move_with_an_old_time(path: &Path, text: &str, save: usize) {
    let temp = beside(path, ".show.yaml.Xy12Z");
    fs::write(&temp, text).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(86_400 + save as u64);
    File::options().write(true).open(&temp).unwrap().set_modified(long_ago).unwrap();
    fs::rename(temp, path).unwrap();
}

fn delete_and_create(path: &Path, text: &str, _: usize) {
    fs::remove_file(path).unwrap();
    fs::write(path, text).unwrap();
}

fn sed(path: &Path, text: &str, save: usize) {
    let temp = beside(path, &format!("sedQ{save}x"));
    fs::write(&temp, text).unwrap();
    fs::rename(temp, path).unwrap();
}

/// A script with an agent that was bought before.
fn show(text: &str) -> String {
    casting(&format!(
        "- {{ id: host, generate: {{ prompt: A host, aspect_ratio: '9:16' }} }}\n- wait_ready: {{ poll: 20ms }}\n- speak: {text}"
    ))
}

#[test]
fn fifty_saves_in_ten_styles_are_fifty_reruns_and_no_purchase() {
    let stage = Stage::new(&show("Before"));
    stage.run(&["--yes"]).exits(0);
    let (spent, before) = (stage.spent(), stage.heard());
    let desk = Desk::watch(&stage, &[]);
    let path = stage.path().join("workflows/show.yaml");
    let mut expected = before;
    for (style, save) in EDITORS {
        for n in 1..=SAVES {
            let text = format!("{style} {n}").replace([':', ',', '-'], "");
            save(&path, &show(&text), n);
            expected.push(text);
            desk.until_heard(expected.len());
            // One more would be begun by now, or wait its turn: see the count at the end.
            desk.until_ended(expected.len() - 1);
            assert_eq!(stage.heard(), expected, "{style}");
        }
    }
    let runs = desk.runs();
    let (code, said, _) = desk.stop();
    assert_eq!((code, runs), (0, EDITORS.len() * SAVES), "{said}");
    assert_eq!(stage.heard(), expected);
    assert_eq!(stage.spent(), spent);
}

#[test]
fn a_save_that_changes_nothing_is_no_rerun() {
    let stage = Stage::new(&line("One"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&line("One"));
    let path = stage.path().join("workflows/show.yaml");
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::now()).unwrap();
    stage.rewrite(&line("Two"));
    desk.until_heard(1).until_ended(1);
    assert_eq!((stage.heard(), desk.runs()), (vec!["Two".to_owned()], 1));
}
