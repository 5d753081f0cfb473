use std::fs;

use tempfile::TempDir;

use super::*;

const HELLO: &str = "version: 1\nagent: A91XMB7113\nroom: lobby\nsteps:\n  - speak: { file: texts/hello.md }\n";

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.path(".git")).unwrap();
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self) -> Definitions {
        Definitions::read(&[self.path("workflows")], &[], &self.root())
    }

    /// What became of which workflow when these files came to rest.
    fn take(&self, definitions: &mut Definitions, names: &[&str]) -> Vec<(String, String)> {
        let saved: Vec<_> = names.iter().map(|name| (self.path(name), Seen::Absent)).collect();
        let word = |affected: &Affected| match &affected.outcome {
            Outcome::Good(None) if affected.is_new => "new".to_owned(),
            Outcome::Good(None) => "mended".to_owned(),
            Outcome::Good(Some(found)) => format!("{} differences", found.len()),
            Outcome::Broken => "broken".to_owned(),
            Outcome::Gone => "gone".to_owned(),
        };
        let told = definitions.take(&saved);
        told.iter().map(|affected| (affected.shown.display().to_string(), word(affected))).collect()
    }
}

fn told(path: &str, word: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), word.to_owned())]
}

#[test]
fn a_text_belongs_to_the_workflow_that_reads_it() {
    let folder = Folder::new(&[("workflows/a.yaml", HELLO), ("workflows/texts/hello.md", "Hello")]);
    folder.write("workflows/b.yaml", &HELLO.replace("{ file: texts/hello.md }", "Hi"));
    let mut definitions = folder.read();
    assert!(definitions.all().values().all(Definition::is_good), "{:?}", definitions.all());
    folder.write("workflows/texts/hello.md", "Hello all");
    assert_eq!(folder.take(&mut definitions, &["workflows/texts/hello.md"]), told("workflows/a.yaml", "1 differences"));
    assert!(folder.take(&mut definitions, &["workflows/other.md"]).is_empty());
}

#[test]
fn a_broken_workflow_keeps_its_last_good_version() {
    let folder = Folder::new(&[("workflows/a.yaml", HELLO), ("workflows/texts/hello.md", "Hello")]);
    let mut definitions = folder.read();
    folder.write("workflows/a.yaml", "version: 1\nsteps: [");
    assert_eq!(folder.take(&mut definitions, &["workflows/a.yaml"]), told("workflows/a.yaml", "broken"));
    let broken = definitions.get(&folder.path("workflows/a.yaml")).unwrap();
    assert!(!broken.is_good() && broken.good.is_some());
    folder.write("workflows/a.yaml", &format!("{HELLO}  - speak: More\n"));
    assert_eq!(folder.take(&mut definitions, &["workflows/a.yaml"]), told("workflows/a.yaml", "1 differences"));
}

#[test]
fn a_file_that_is_missing_mends_its_workflow_when_it_comes() {
    let folder = Folder::new(&[("workflows/a.yaml", HELLO)]);
    let mut definitions = folder.read();
    assert!(definitions.files().contains(&folder.path("workflows/texts/hello.md")));
    folder.write("workflows/texts/hello.md", "Hello");
    assert_eq!(folder.take(&mut definitions, &["workflows/texts/hello.md"]), told("workflows/a.yaml", "mended"));
}

#[test]
fn a_workflow_comes_and_goes_and_two_of_one_name_are_a_mistake() {
    let plain = HELLO.replace("{ file: texts/hello.md }", "Hi");
    let folder = Folder::new(&[("workflows/a.yaml", &plain)]);
    let mut definitions = folder.read();
    folder.write("workflows/b.yaml", &format!("name: a\n{plain}"));
    assert_eq!(folder.take(&mut definitions, &["workflows/b.yaml"]), told("workflows/b.yaml", "broken"));
    // Saved without another name it is as broken as before, and something else that is saved says nothing of it.
    assert_eq!(folder.take(&mut definitions, &["workflows/b.yaml"]), told("workflows/b.yaml", "broken"));
    assert!(folder.take(&mut definitions, &["workflows/never.yaml"]).is_empty());
    fs::remove_file(folder.path("workflows/a.yaml")).unwrap();
    let both = [told("workflows/a.yaml", "gone"), told("workflows/b.yaml", "mended")].concat();
    assert_eq!(folder.take(&mut definitions, &["workflows/a.yaml"]), both);
}

#[test]
fn a_file_that_is_renamed_keeps_its_name() {
    let named = format!("name: a\n{}", HELLO.replace("{ file: texts/hello.md }", "Hi"));
    let folder = Folder::new(&[("workflows/m.yaml", &named)]);
    let mut definitions = folder.read();
    for (from, to) in [("workflows/m.yaml", "workflows/z.yaml"), ("workflows/z.yaml", "workflows/b.yaml")] {
        fs::rename(folder.path(from), folder.path(to)).unwrap();
        // That something came is told before that something went.
        assert_eq!(folder.take(&mut definitions, &[to]), told(to, "new"));
        assert_eq!(folder.take(&mut definitions, &[from]), told(from, "gone"));
    }
}

#[test]
fn a_name_that_is_given_up_mends_the_file_that_wanted_it_whichever_is_read_first() {
    let plain = HELLO.replace("{ file: texts/hello.md }", "Hi");
    let folder = Folder::new(&[("workflows/m.yaml", &plain)]);
    for (wants, n) in [("workflows/a.yaml", 1), ("workflows/z.yaml", 2)] {
        folder.write("workflows/m.yaml", &plain);
        let mut definitions = folder.read();
        folder.write(wants, &format!("name: m\n{plain}"));
        assert_eq!(folder.take(&mut definitions, &[wants]), told(wants, "broken"));
        folder.write("workflows/m.yaml", &format!("name: m{n}\n{plain}"));
        let mut both = [told(wants, "mended"), told("workflows/m.yaml", "1 differences")].concat();
        both.sort();
        assert_eq!(folder.take(&mut definitions, &["workflows/m.yaml", wants]), both);
        fs::remove_file(folder.path(wants)).unwrap();
    }
}

#[test]
fn files_of_another_kind_and_rows_are_no_workflows() {
    let rows = "version: 1\nagent: A91XMB7113\nroom: lobby\nsteps:\n  - { id: greet, foreach: { yaml: rows.yaml }, as: row, key: row.id, speak: 'Hi {{ row.id }}' }\n";
    let folder = Folder::new(&[("workflows/a.yaml", rows), ("workflows/rows.yaml", "[{ id: a }]\n")]);
    folder.write("workflows/faults.yaml", "kind: faults\nversion: 1\nfaults: []\n");
    let mut definitions = folder.read();
    assert_eq!(definitions.all().len(), 1, "{:?}", definitions.all());
    folder.write("workflows/rows.yaml", "[{ id: b }]\n");
    assert_eq!(folder.take(&mut definitions, &["workflows/rows.yaml"]), told("workflows/a.yaml", "0 differences"));
    assert!(folder.take(&mut definitions, &["workflows/faults.yaml"]).is_empty());
}
