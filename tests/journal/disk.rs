//! A disk that is full, limited, read-only, or gone from under the run: it stops before the next line, and says so.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ended, Running, Stage};

/// Lines that are told apart by their numbers.
fn lines(count: usize) -> String {
    (1..=count).map(|line| format!("- speak: This is line {line} of the evening\n")).collect()
}

/// What must have been heard in the end: every line once, in order.
fn all(count: usize) -> Vec<String> {
    (1..=count).map(|line| format!("This is line {line} of the evening")).collect()
}

/// The same command under a limit on the size of files.
fn limited(command: &Command, kib: u64) -> Command {
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("ulimit -f {kib}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

/// The lines whose intents the journal of the only run holds, and those of them whose outcome it holds too.
fn recorded(stage: &Stage) -> (Vec<String>, usize) {
    let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
    let select = "SELECT type, body FROM events WHERE type IN ('attempt_started', 'attempt_ended') ORDER BY seq";
    let mut rows = database.prepare(select).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let (mut begun, mut ended) = (Vec::new(), 0);
    for (kind, body) in rows.collect::<rusqlite::Result<Vec<(String, String)>>>().unwrap() {
        let body: Value = serde_json::from_str(&body).unwrap();
        match kind.as_str() {
            "attempt_started" => begun.push(body["rendering"]["speech"]["text"].as_str().unwrap().to_owned()),
            _ => ended += 1,
        }
    }
    (begun, ended)
}

/// States that the run stopped for its journal, that what was heard was written down before, and that the run ends
/// well when there is room again.
fn stopped_and_goes_on(stage: &Stage, ended: &Ended, count: usize) {
    ended.exits(4).tells("its journal cannot be written").tells("= hint: ").tells("not done: ");
    ended.tells(&format!("runsheet resume {}", stage.latest()));
    let (begun, done) = recorded(stage);
    let heard = stage.heard();
    assert!(heard.len() < count, "the obstacle came too late");
    assert_eq!(heard, begun[..heard.len()], "heard, and not written down");
    assert!(begun.len() - done <= 1 && begun.len() - heard.len() <= 1, "{begun:?}, {done} done, {heard:?}");
    let mut next = stage.resume();
    if next.has_code(5) {
        // The line was sent and its outcome found no room: whoever was there says what was heard.
        let happened = if heard.len() == begun.len() { "happened" } else { "did_not_happen" };
        stage.answer("resolve", &json!({ "resolution": happened }).to_string());
        next = stage.resume();
    }
    next.exits(0);
    assert_eq!(stage.heard(), all(count));
}

#[test]
fn a_limit_on_the_size_of_files_stops_the_run_wherever_it_falls() {
    for kib in [210, 274, 341, 393] {
        let stage = Stage::new(&lines(60));
        let mut command = limited(&stage.command(&["run", "--report", "jsonl"]), kib);
        let ended = Running::spawn(&mut command).end();
        ended.tells("`ulimit -f`");
        stopped_and_goes_on(&stage, &ended, 60);
    }
}

#[test]
fn a_limit_that_leaves_no_room_for_a_run_lets_none_begin() {
    let stage = Stage::new(&lines(2));
    let ended = Running::spawn(&mut limited(&stage.command(&["run"]), 8)).end();
    ended.exits(4).tells("error: ").tells("`ulimit -f`");
    assert!(stage.heard().is_empty());
    stage.run(&[]).exits(0);
}

/// A small disk in place of the folder of runs, as far as this machine lets one be made.
struct Disk(PathBuf);

impl Disk {
    fn mounted(folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"]).arg(folder).output();
        match mount {
            Ok(done) if done.status.success() => Ok(Self(folder.to_owned())),
            Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Leaves no room. Answers the file that takes it.
    fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[0; 1024]).is_ok() {}
        filler
    }

    fn read_only(&self, is_read_only: bool) {
        let options = if is_read_only { "remount,ro" } else { "remount,rw" };
        assert!(Command::new("mount").args(["-o", options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_stops_the_run_and_room_lets_it_go_on() {
    let held = lines(40).replacen("of the evening\n", "of the evening\n- wait: 1s\n", 1);
    let stage = Stage::new(&held);
    let disk = match Disk::mounted(&stage.state()) {
        Ok(disk) => disk,
        Err(reason) => {
            // Said, not skipped: the same run and statements, with the obstacle that needs no rights.
            eprintln!("no small disk can be mounted here ({reason}): a limit on the size of files stands for it");
            let mut command = limited(&stage.command(&["run", "--report", "jsonl"]), 170);
            return stopped_and_goes_on(&stage, &Running::spawn(&mut command).end(), 40);
        }
    };
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_1");
    let filler = disk.fill();
    let ended = running.end();
    ended.tells("full");
    std::fs::remove_file(filler).unwrap();
    stopped_and_goes_on(&stage, &ended, 40);
}

#[test]
fn a_folder_that_became_read_only_lets_nothing_go_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new("- speak: This is line 1 of the evening\n- pause\n- speak: This is line 2 of the evening");
    let disk = Disk::mounted(&stage.state());
    stage.run(&[]).exits(5);
    stage.answer("go", "{}");
    let access = |mode: u32| {
        for place in [stage.state().join("runs"), stage.state()] {
            std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    match &disk {
        Ok(disk) => disk.read_only(true),
        Err(reason) => {
            eprintln!("no small disk can be mounted here ({reason}): the folder's mode stands for it");
            access(0o500);
        }
    }
    stage.resume().exits(4).tells("cannot be written").tells("= hint: ");
    stage.run(&[]).exits(4);
    assert_eq!(stage.heard(), all(1));
    match &disk {
        Ok(disk) => disk.read_only(false),
        Err(_) => access(0o700),
    }
    stage.resume().exits(0);
    assert_eq!(stage.heard(), all(2));
}

#[test]
fn a_database_that_is_taken_away_stops_the_run_and_brings_it_back_whole() {
    let held = lines(6).replacen("of the evening\n", "of the evening\n- wait: 1s\n", 1);
    let stage = Stage::new(&held);
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_1");
    let (file, aside) = (stage.state().join("runs.db"), stage.path().join("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    let ended = running.end();
    ended.exits(4).tells("was removed or replaced").tells("back from where they went").tells("not done: ");
    assert_eq!(stage.heard(), all(1));
    std::fs::rename(&aside, &file).unwrap();
    // Where the next intent was kept in the file before it was missed, nobody knows of its line until a person says.
    if stage.resume().has_code(5) {
        assert_eq!(stage.heard(), all(1));
        stage.answer("resolve", r#"{"resolution":"did_not_happen"}"#);
        stage.resume().exits(0);
    }
    assert_eq!(stage.heard(), all(6));
}
