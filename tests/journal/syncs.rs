//! What a line costs: one wait for the disk, no more.

use std::process::Command;

use crate::support::Stage;

/// Lines of the longer run.
const LINES: u64 = 100;

/// How often the run of so many lines waited for the disk, as the kernel counted.
fn counted(lines: u64) -> u64 {
    let steps: String = (0..lines).map(|line| format!("- speak: Line {line}\n")).collect();
    let stage = Stage::new(&format!("- wait: 10ms\n{steps}"));
    let plain = stage.command(&["run"]);
    let counts = stage.path().join("counts.txt");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(&counts).arg(plain.get_program());
    traced.args(plain.get_args()).current_dir(stage.path());
    traced.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = traced.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(stage.heard().len() as u64, lines);
    let table = std::fs::read_to_string(counts).unwrap();
    let calls = |name: &str| {
        let line = table.lines().find(|line| line.split_whitespace().last() == Some(name));
        line.map_or(0, |line| line.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap())
    };
    calls("fsync") + calls("fdatasync")
}

#[test]
fn a_hundred_lines_cost_a_hundred_syncs() {
    if Command::new("strace").arg("-V").output().is_err() {
        // The journal's own count is looked at in its unit tests; only the kernel's is left out.
        eprintln!("NOT TESTED: the syncs of a run, for `strace` is not on this machine (`apt-get install strace`)");
        return;
    }
    let (without, with) = (counted(0), counted(LINES));
    let lines = with.saturating_sub(without);
    assert!(lines.abs_diff(LINES) <= 3, "{lines} syncs for {LINES} lines ({without} without any)");
}
