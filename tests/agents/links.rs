//! A link out of the project, as a branch of somebody else may have it: neither followed nor printed.

use std::os::unix::fs::symlink;

use super::*;

const SECRET: &str = "SECRET=of-this-machine";

/// A project with a link of this name to what it must not read.
fn linked(link: &str, target: impl Fn(&Stage) -> std::path::PathBuf) -> Stage {
    let stage = stage();
    put(stage.path(), ".env", SECRET);
    std::fs::create_dir_all(stage.path().join(link).parent().unwrap()).unwrap();
    symlink(target(&stage), stage.path().join(link)).unwrap();
    stage
}

#[test]
fn a_link_out_of_the_project_is_refused_unread() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), SECRET).unwrap();
    for link in ["agents/x.yaml", "workflows/z.yaml", "workflows/agents.lock.yaml"] {
        for (target, code) in [(Some(outside.path()), "path-outside-project"), (None, "private-file")] {
            let stage = linked(link, |stage| target.map_or(stage.path().join(".env"), Path::to_owned));
            let planned = agents(&stage, &["plan"]);
            planned.exits(2).tells(code).tells(link).hides(SECRET);
            let checked = ended(&mut stage.command(&["check"]));
            checked.hides(SECRET);
            if !link.ends_with("lock.yaml") {
                checked.exits(2).tells(code).tells(link);
            }
            agents(&stage, &["apply", "--yes"]).exits(2).hides(SECRET);
            assert_eq!(stage.spent(), 0);
            stage.run(&[]).hides(SECRET);
            assert_eq!(std::fs::read_to_string(outside.path()).unwrap(), SECRET);
            assert_eq!(get(stage.path(), ".env"), SECRET);
        }
    }
}

#[test]
fn a_folder_that_is_a_link_out_of_the_project_is_refused_unread() {
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "x.yaml", SECRET);
    let stage = linked("agents2", |_| outside.path().to_owned());
    std::fs::remove_dir_all(stage.path().join("agents")).unwrap();
    std::fs::rename(stage.path().join("agents2"), stage.path().join("agents")).unwrap();
    agents(&stage, &["plan"]).exits(2).tells("path-outside-project").hides(SECRET);
    ended(&mut stage.command(&["check"])).exits(2).tells("path-outside-project").hides(SECRET);
}

#[test]
fn a_link_inside_the_project_is_followed() {
    let stage = stage();
    for (file, link) in [("agents/team.yaml", "../kept/team.yaml"), ("workflows/show.yaml", "../kept/show.yaml")] {
        let (from, to) = (stage.path().join(file), stage.path().join("workflows").join(link));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(&from, to).unwrap();
        symlink(link, from).unwrap();
    }
    put(stage.path(), "kept/lock", "version: 1\n");
    symlink("../kept/lock", stage.path().join("workflows/agents.lock.yaml")).unwrap();
    agents(&stage, &["apply"]).exits(0);
    assert!(get(stage.path(), "kept/lock").contains("host@"));
    agents(&stage, &["plan", "--exit-code"]).exits(0);
    ended(&mut stage.command(&["check"])).exits(0);
    stage.run(&[]).exits(0);
}

#[test]
fn a_file_that_is_named_may_be_a_link_out_of_the_project() {
    let stage = stage();
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "w.yaml", "version: 1\nsteps:\n  - wait: 1s\n");
    symlink(outside.path().join("w.yaml"), stage.path().join("workflows/w.yaml")).unwrap();
    ended(&mut stage.command(&["check", "workflows/w.yaml"])).exits(0);
    ended(&mut stage.command(&["run", "workflows/w.yaml", "--dry-run"])).exits(0);
    ended(&mut stage.command(&["check", "workflows"])).exits(2).tells("path-outside-project");
}
