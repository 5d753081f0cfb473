//! `init`: what it makes can be run.

use super::Project;

#[test]
fn the_made_project_passes_the_check_and_a_rehearsal() {
    let project = Project::new();
    let made = project.run(&["init", "my show"]).exits(0).says("cd 'my show'");
    assert!(made.stdout.contains("runsheet check") && made.stdout.contains("runsheet run --sandbox"), "{made:?}");
    let inside = |arguments: &[&str]| {
        let output = project.command(arguments).current_dir(project.path("my show")).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    assert_eq!(inside(&["check"]), "ok: 1 file, 5 steps\n");
    let said = inside(&["run", "--sandbox", "--speed", "40"]);
    assert!(said.contains("“Hello Alex, welcome!”") && said.contains("succeeded in "), "{said}");
    let ignored = std::fs::read_to_string(project.path("my show/.gitignore")).unwrap();
    assert_eq!(ignored, ".env\n.runsheet/\n");
    let schema = std::fs::read_to_string(project.path("my show/schemas/workflow.schema.json")).unwrap();
    assert_eq!(schema, project.run(&["schema"]).stdout);
}
