use super::*;

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const GOOD: &str = "\
version: 1
agent: A91XMB7113
steps:
  - speak: Hello
  - parallel:
      - wait: 1s
      - [wait_ready, validate]
";

#[test]
fn folders_are_looked_through_for_workflows_only() {
    let folder = project(&[
        ("a.yaml", GOOD),
        ("deep/er/b.yml", GOOD),
        ("agents.lock.yaml", "nonsense: ["),
        ("faults.yaml", "kind: faults\n"),
        (".hidden/c.yaml", "nonsense: ["),
        ("notes.txt", "nonsense: ["),
    ]);
    let findings = check(&[folder.path().to_owned(), folder.path().join("a.yaml")]);
    assert_eq!((findings.files, findings.steps, findings.diagnostics.len()), (2, 8, 0), "{:?}", findings.diagnostics);
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let folder = project(&[
        ("a.yaml", "version: 2\nsteps:\n  - speek: Hello\n"),
        ("b.yaml", "version: 1\nsteps:\n  - speak: Note: hi\n"),
        ("c.yaml", ""),
    ]);
    let paths = [folder.path().to_owned(), folder.path().join("none.yaml")];
    let codes: Vec<_> = check(&paths).diagnostics.into_iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["bad-version", "unknown-key", "unquoted-text", "empty-file", "unreadable-file"]);
}

#[test]
fn two_files_with_one_name_are_a_mistake_in_the_second() {
    let named = format!("name: b\n{GOOD}");
    let folder = project(&[("a.yaml", &named), ("b.yaml", GOOD), ("x/a.yaml", GOOD)]);
    let findings = check(&[folder.path().to_owned()]);
    let [mistake] = findings.diagnostics.as_slice() else { panic!("{:?}", findings.diagnostics) };
    assert_eq!(mistake.code, "duplicate-workflow");
    assert!(mistake.source.path.ends_with("b.yaml") && mistake.message.contains("a.yaml`"), "{}", mistake.message);
}

#[test]
fn two_workflows_that_declare_one_agent_are_told_with_both_places() {
    let declares = format!("{GOOD}agents:\n  host: {{ prompt: You are a host. }}\n");
    let folder = project(&[("workflows/a.yaml", &declares), ("workflows/b.yaml", &declares)]);
    let findings = check(&[folder.path().join("workflows")]);
    let [mistake] = findings.diagnostics.as_slice() else { panic!("{:?}", findings.diagnostics) };
    assert_eq!((mistake.code, mistake.start().line), ("duplicate-agent", 9));
    assert!(mistake.source.path.ends_with("b.yaml") && mistake.message.contains("a.yaml:9"), "{}", mistake.message);
    // One that a shared file declares too is told once for each workflow.
    let shared = "version: 1\nkind: agents\nagents:\n  host: { prompt: Another. }\n";
    let folder = project(&[("workflows/a.yaml", &declares), ("agents/x.yaml", shared)]);
    let codes: Vec<_> = check(&[folder.path().to_owned()]).diagnostics.into_iter().map(|found| found.code).collect();
    assert_eq!(codes, ["duplicate-agent"]);
}

#[test]
fn agents_beside_the_workflows_are_declared_by_nobody() {
    let shared = "version: 1\nkind: agents\nagents:\n  host: { prompt: Hi. }\n";
    let files = [("workflows/a.yaml", GOOD), ("workflows/team.yaml", shared), ("agents/more/x.yaml", shared)];
    let folder = project(&[files.as_slice(), &[("agents/team.yaml", shared)]].concat());
    let findings = check(&[folder.path().to_owned()]);
    let told: Vec<_> = findings.diagnostics.iter().map(|found| (found.code, found.is_error())).collect();
    assert_eq!(told, [("agents-elsewhere", false); 2]);
}

#[test]
fn ten_thousand_steps_are_checked_in_no_time() {
    let steps =
        "  - speak: Hello {{ inputs.name }}, this is one line of a long script\n    delay: 500ms\n".repeat(10_000);
    let head = "version: 1\nagent: A91XMB7113\ninputs: { name: { type: string, default: Alex } }\n";
    let folder = project(&[("long.yaml", &format!("{head}steps:\n{steps}"))]);
    let begun = std::time::Instant::now();
    let findings = check(&[folder.path().to_owned()]);
    assert_eq!((findings.steps, findings.diagnostics.len()), (10_000, 0));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}
