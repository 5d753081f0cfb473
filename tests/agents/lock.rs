//! The lock: reviewed, merged, and refused where it is not as it was written.

use super::*;

#[test]
fn a_lock_that_was_edited_is_refused_with_its_line() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let text = lock(&stage);
    let host = code(&stage, "host");
    stage.write("agents.lock.yaml", &text.replace(&host, crate::support::AGENT));
    agents(&stage, &["plan"]).exits(2).tells("lock-edited").tells("agents.lock.yaml").tells("agents import");
    stage.run(&[]).exits(2).tells("lock-edited");
    stage.write("agents.lock.yaml", &format!("<<<<<<< ours\n{text}"));
    agents(&stage, &["plan"]).exits(2).tells("lock-conflict");
    stage.write("agents.lock.yaml", &text.replace("version: 1", "version: 9"));
    agents(&stage, &["plan"]).exits(2).tells("lock-version");
    stage.write("agents.lock.yaml", &text);
    agents(&stage, &["plan", "--exit-code"]).exits(0);
    assert_eq!(stage.heard(), [""; 0]);
}

#[test]
fn another_secret_is_the_same_account_and_so_is_a_name_given_to_it() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    ended(stage.command(&["agents", "plan", "--exit-code"]).env("BITHUMAN_API_SECRET", "another-secret-of-it"))
        .exits(0);
    // A name is given to the account that had none, also in another clone; nothing is bought for it.
    let elsewhere = clone(&stage);
    let named = |folder: &Path, arguments: &[&str]| {
        ended(stage.command(&["agents"]).args(arguments).current_dir(folder).env("RUNSHEET_ACCOUNT", "studio"))
    };
    named(elsewhere.path(), &["plan", "--exit-code"]).exits(0).tells("account studio.sandbox");
    stage.rewrite(&SHOW.replace("tone: warm", "tone: dry"));
    named(stage.path(), &["apply"]).exits(0);
    assert!(lock(&stage).contains("host@studio.sandbox") && lock(&stage).contains("guest@studio.sandbox"));
    assert_eq!(stage.spent(), 750);
}

#[test]
fn two_branches_merge() {
    let stage = stage();
    let git = |folder: &Path, arguments: &[&str]| {
        let identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    agents(&stage, &["apply"]).exits(0);
    let folder = stage.path();
    git(folder, &["init", "-q"]);
    git(folder, &["add", "."]);
    assert!(git(folder, &["commit", "-qm", "one"]).0);
    git(folder, &["checkout", "-qb", "ours"]);
    put(folder, "agents/a.yaml", "version: 1\nkind: agents\nagents: { anchor: { prompt: A } }\n");
    agents(&stage, &["apply"]).exits(0);
    git(folder, &["add", "."]);
    assert!(git(folder, &["commit", "-qm", "ours"]).0);
    git(folder, &["checkout", "-q", "main"]);
    put(folder, "agents/z.yaml", "version: 1\nkind: agents\nagents: { zany: { prompt: Z } }\n");
    agents(&stage, &["apply"]).exits(0);
    git(folder, &["add", "."]);
    assert!(git(folder, &["commit", "-qm", "theirs"]).0);
    let (merged, told) = git(folder, &["merge", "-q", "-m", "both", "ours"]);
    assert!(merged, "{told}");
    agents(&stage, &["plan", "--exit-code"]).exits(0);
    assert_eq!(stage.spent(), 250 * 5);
}

#[test]
fn a_name_that_is_declared_twice_is_told_with_both_places() {
    let stage = stage();
    put(stage.path(), "agents/more.yaml", "version: 1\nkind: agents\nagents:\n  host: { prompt: Another. }\n");
    agents(&stage, &["plan"]).exits(2).tells("duplicate-agent").tells("agents/more.yaml:4");
    ended(&mut stage.command(&["check"])).exits(2).tells("duplicate-agent");
}

#[test]
fn a_workflow_that_cannot_be_read_deletes_nothing() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    stage.rewrite(&SHOW.replace("steps:", "steps: ["));
    agents(&stage, &["apply", "--allow-destroy", "--yes"]).exits(2);
    assert_eq!(stage.requests("DELETE /v1/agent/{code}"), 0);
}
