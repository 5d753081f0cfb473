use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// A project of `workflows/a.yaml`, `workflows/assets/host.png`, `data/leads.csv`, beside a secret it may not read.
fn project() -> (TempDir, Project, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = fs::canonicalize(folder.path()).expect("a path");
    for inside in ["p/workflows/assets", "p/data"] {
        fs::create_dir_all(root.join(inside)).expect("a folder");
    }
    for (path, text) in [
        ("secret.txt", "secret"),
        ("p/workflows/a.yaml", "version: 1"),
        ("p/workflows/assets/host.png", "png"),
        ("p/data/leads.csv", "\u{feff}id\n1\n"),
    ] {
        fs::write(root.join(path), text).expect("a file");
    }
    let workflow = root.join("p/workflows/a.yaml");
    (folder, Project::find(Some(&workflow), &root), workflow)
}

fn refused(written: &str) -> (String, String) {
    let (_folder, project, workflow) = project();
    let error = project.resolve(&workflow, written).expect_err(written);
    (error.to_string(), error.hint().unwrap_or_default())
}

#[test]
fn the_nearest_marked_folder_is_the_project() {
    let (_folder, project, workflow) = project();
    let root = project.folder().to_owned();
    assert!(root.ends_with("p"));
    assert_eq!(Project::find(None, &root.join("data")).folder(), root);
    assert_eq!(Project::find(Some(Path::new("../workflows/a.yaml")), &root.join("data")).folder(), root);
    fs::write(root.join("workflows/.git"), "gitdir: elsewhere").expect("a file");
    assert_eq!(Project::find(Some(&workflow), Path::new("/")).folder(), root.join("workflows"));
}

#[test]
fn a_folder_without_marks_is_its_own_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = fs::canonicalize(folder.path()).expect("a path");
    assert_eq!(Project::find(Some(&root.join("a.yaml")), Path::new("/")).folder(), root);
    assert_eq!(Project::find(None, &root).folder(), root);
}

#[test]
fn a_path_is_relative_to_the_file_it_is_written_in() {
    let (_folder, project, workflow) = project();
    let host = project.resolve(&workflow, "assets/host.png").expect("a file");
    assert_eq!(host.path, project.folder().join("workflows/assets/host.png"));
    assert_eq!(host.written, "assets/host.png");
    assert_eq!(host.read_bytes(), Ok(b"png".to_vec()));
    assert_eq!(host.sha256(), Ok(crate::sha256::hex("png")));
    let leads = project.resolve(&workflow, "../data/leads.csv").expect("a file");
    assert_eq!(leads.read_text(), Ok("id\n1\n".to_owned()));
}

#[test]
fn nothing_outside_the_project_is_read() {
    for written in ["../../secret.txt", "/etc/passwd", "../../no-such-file", "assets/../../../secret.txt", "../.."] {
        let (message, _) = refused(written);
        assert_eq!(message, format!("`{written}` is outside the project"));
    }
}

#[test]
fn a_link_is_followed_inside_the_project_only() {
    let (_folder, project, workflow) = project();
    let root = project.folder();
    symlink("../data/leads.csv", root.join("workflows/inside.csv")).expect("a link");
    symlink("../../secret.txt", root.join("workflows/outside.txt")).expect("a link");
    symlink("../..", root.join("workflows/up")).expect("a link");
    symlink("turn", root.join("workflows/turn")).expect("a link");
    let inside = project.resolve(&workflow, "inside.csv").expect("a file");
    assert_eq!(inside.path, root.join("data/leads.csv"));
    for written in ["outside.txt", "up/secret.txt"] {
        let error = project.resolve(&workflow, written).expect_err(written);
        assert_eq!(error.code(), "path-outside-project");
    }
    let error = project.resolve(&workflow, "up/secrets.txt").expect_err("no file");
    assert_eq!(error, PathError::Missing { written: "up/secrets.txt".to_owned(), near: None });
    assert_eq!(project.resolve(&workflow, "turn").expect_err("a circle").code(), "unreadable-file");
}

#[test]
fn a_missing_file_has_a_neighbour_in_the_hint() {
    let near = |written| refused(written).1;
    assert_eq!(refused("assets/hots.png").0, "there is no file `assets/hots.png`");
    assert_eq!(near("assets/hots.png"), "did you mean `assets/host.png`?");
    assert_eq!(near("asets/host.png"), "did you mean `assets/host.png`?");
    assert_eq!(near("../data/Leads.csv"), "did you mean `../data/leads.csv`?");
    assert_eq!(near("other.png"), "a path is relative to the file it is written in");
    assert_eq!(refused("a.yaml/b").0, "there is no file `a.yaml/b`");
}

#[test]
fn only_regular_files_of_a_bearable_size_are_read() {
    assert_eq!(refused("assets").0, "`assets` is a folder, not a file");
    assert_eq!(refused("").0, "`` is a folder, not a file");
    assert_eq!(refused("a\0b").0.split(':').next(), Some("`a\0b` cannot be read"));
    let (_folder, project, workflow) = project();
    let large = project.folder().join("workflows/large.mp4");
    File::create(&large).and_then(|file| file.set_len(LARGEST)).expect("a file");
    let file = project.resolve(&workflow, "large.mp4").expect("just small enough");
    File::create(&large).and_then(|file| file.set_len(LARGEST + 1)).expect("a file");
    let error = project.resolve(&workflow, "large.mp4").expect_err("too large");
    assert_eq!(error.to_string(), "`large.mp4` has 51 MB, more than 50");
    assert_eq!(file.read_bytes(), Err(error));
}

#[test]
fn text_that_is_none_has_a_place() {
    let (_folder, project, workflow) = project();
    fs::write(project.folder().join("workflows/p.md"), b"one\n\xc3\xa9t\xe9").expect("a file");
    let error = project.resolve(&workflow, "p.md").expect("a file").read_text().expect_err("no text");
    assert_eq!(error.to_string(), "`p.md` is not UTF-8 at line 2, column 3");
}

#[test]
fn a_path_is_shown_as_people_know_it() {
    let (_folder, project, workflow) = project();
    assert_eq!(project.shown(&workflow), Path::new("workflows/a.yaml"));
    assert_eq!(project.shown(Path::new("/etc/hosts")), Path::new("/etc/hosts"));
    let shown = |current, path| shown_from(Path::new(current), Path::new(path)).display().to_string();
    assert_eq!(shown("/w/p", "/w/p/workflows/a.yaml"), "workflows/a.yaml");
    assert_eq!(shown("/w/p/data", "/w/p/workflows/a.yaml"), "../workflows/a.yaml");
    assert_eq!(shown("/w/p", "/w/p"), ".");
    assert_eq!(shown("/w/p", "/x/a.yaml"), "/x/a.yaml");
}

#[test]
fn what_holds_secrets_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".env", ".git/config", ".runsheet/runs.db"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "secret").unwrap();
    }
    std::os::unix::fs::symlink(folder.path().join(".env"), folder.path().join("prompt.md")).unwrap();
    let project = Project::find(None, folder.path());
    for written in [".env", ".git/config", ".runsheet/runs.db", "prompt.md"] {
        let refused = project.resolve(&folder.path().join("a.yaml"), written).unwrap_err();
        assert_eq!(refused.code(), "private-file", "{written}");
    }
}
