use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Diagnostic, Source};
use crate::workflow::load;

fn account() -> AccountKey {
    AccountKey::from_text("5f0c2e7a9d31").unwrap()
}

fn entry(code: &str) -> Entry {
    Entry {
        code: code.to_owned(),
        from: BTreeMap::from([
            ("aspect_ratio".to_owned(), "9:16".to_owned()),
            ("prompt".to_owned(), "sha256:ab".to_owned()),
        ]),
        made: "2026-11-25T12:00:00.000Z".to_owned(),
        by: "0.1.0".to_owned(),
        declared: "workflows/demo.yaml".to_owned(),
        prevent_destroy: false,
        coming: None,
        replaced: Vec::new(),
    }
}

fn lock() -> Lock {
    let mut lock = Lock::default();
    lock.agents.insert(Name::new("host", &account()), entry("A91XMB7113"));
    let guest = Entry {
        prevent_destroy: true,
        coming: Some(Coming { code: "A91XMB7119".to_owned(), face: "0a0a0a0a0a0a".to_owned() }),
        replaced: vec!["A00AAA0001".to_owned()],
        ..entry("A91XMB7114")
    };
    lock.agents.insert(Name::new("guest", &account()), guest);
    let bought = Generated {
        workflow: "launch-demo".to_owned(),
        step: "host".to_owned(),
        rank: 0,
        face: "f".repeat(64),
        prompt: "p".repeat(64),
        credits: 250,
        made: "2026-11-25T12:00:00.000Z".to_owned(),
        by: "0.1.0".to_owned(),
    };
    lock.generated.insert(Name::new("A91XMB7115", &account()), bought);
    lock
}

fn read(text: &str) -> Result<Lock, Vec<Diagnostic>> {
    Lock::of_loaded(&load::parse(Source::new(FILE, text)).unwrap())
}

fn codes(text: &str) -> Vec<&'static str> {
    read(text).unwrap_err().iter().map(|mistake| mistake.code).collect()
}

#[test]
fn what_is_written_is_read_back_and_written_the_same() {
    let text = lock().to_text();
    assert_eq!(read(&text).unwrap(), lock(), "{text}");
    assert_eq!(read(&text).unwrap().to_text(), text);
    assert_eq!(read(&Lock::default().to_text()).unwrap(), Lock::default());
    assert!(text.find("guest@").unwrap() < text.find("host@").unwrap(), "in order of names");
    assert!(text.contains("\n\n  host@") && text.contains("    model: \"expression\""), "one block an entry");
}

#[test]
fn what_is_changed_by_hand_is_refused_with_its_line() {
    let text = lock().to_text();
    for changed in [
        text.replace("A91XMB7113", "A91XMB7199"),
        text.replace("    prevent_destroy: true\n", ""),
        text.replacen("    by: \"0.1.0\"\n", "    by: \"0.1.0\"\n    note: mine\n", 1),
        text.replace("host@", "hots@"),
        text.replace("credits: 250", "credits: 25"),
    ] {
        assert_ne!(changed, text);
        assert_eq!(codes(&changed), ["lock-edited"], "{changed}");
    }
    assert_eq!(codes(&text.replace("version: 1", "version: 2")), ["lock-version"]);
    assert_eq!(codes("agents: {}\n"), ["lock-version"]);
    assert_eq!(codes(&format!("{text}\nmore: 1\n")), ["lock-edited"]);
}

#[test]
fn a_default_in_an_entry_is_as_if_it_were_not() {
    let mut before = lock();
    for (field, content) in [("aspect_ratio", "16:9"), ("model", "expression"), ("duration", "10")] {
        let made = before.agents.get_mut(&Name::new("host", &account())).unwrap();
        made.from.insert(field.to_owned(), content.to_owned());
    }
    let read = read(&before.to_text()).unwrap();
    assert_eq!(read.entry("host", &account()).unwrap().from.keys().collect::<Vec<_>>(), ["prompt"]);
}

#[test]
fn the_order_of_lines_and_of_blocks_does_not_matter() {
    let text = lock().to_text();
    let moved = text.replacen(
        "    made: \"2026-11-25T12:00:00.000Z\"\n    by: \"0.1.0\"\n",
        "    by: \"0.1.0\"\n    made: \"2026-11-25T12:00:00.000Z\"\n",
        1,
    );
    assert_ne!(moved, text);
    assert_eq!(read(&moved).unwrap(), lock());
}

#[test]
fn a_conflict_is_told_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::find(None, folder.path());
    let text = lock().to_text();
    std::fs::write(Lock::path_of(&project), text.replace("\n  host@", "\n<<<<<<< HEAD\n  host@")).unwrap();
    let found = Lock::read(&project).unwrap_err();
    assert_eq!(found.iter().map(|mistake| mistake.code).collect::<Vec<_>>(), ["lock-conflict"]);
    lock().write(&Lock::path_of(&project)).unwrap();
    assert_eq!(Lock::read(&project).unwrap(), lock());
}

#[test]
fn an_account_that_is_given_a_name_keeps_its_entries() {
    let (mut lock, name) = (lock(), AccountKey::from_text("studio").unwrap());
    lock.agents.insert(Name::new("host", &name), entry("A00AAA0009"));
    lock.rename(&account(), &name);
    assert_eq!(lock.entry("host", &name).map(|entry| entry.code.as_str()), Some("A00AAA0009"));
    assert_eq!(lock.entry("guest", &name).map(|entry| entry.code.as_str()), Some("A91XMB7114"));
    assert_eq!((lock.entry("guest", &account()), lock.generated.len()), (None, 1));
}

#[test]
fn a_lock_that_cannot_be_read_is_not_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::find(None, folder.path());
    let told = || Lock::read(&project).unwrap_err()[0].code;
    assert_eq!(Lock::read(&project), Ok(Lock::default()));
    std::fs::create_dir(folder.path().join(FILE)).unwrap();
    assert_eq!(told(), "not-a-file");
    std::fs::remove_dir(folder.path().join(FILE)).unwrap();
    std::os::unix::fs::symlink(FILE, folder.path().join(FILE)).unwrap();
    assert_eq!(told(), "unreadable-file");
}

#[test]
fn a_section_that_is_no_map_is_not_an_empty_one() {
    for other in ["[]", "none", "\"\"", "0"] {
        assert_eq!(codes(&format!("version: 1\nagents: {other}\n")), ["lock-edited"], "{other}");
        assert_eq!(codes(&format!("version: 1\ngenerated: {other}\n")), ["lock-edited"], "{other}");
    }
}

#[test]
fn a_block_may_be_taken_out() {
    let text = lock().to_text();
    let from = text.find("\n  host@").unwrap();
    let to = text.find("\ngenerated:").unwrap();
    let mut without = lock();
    without.agents.remove(&Name::new("host", &account()));
    assert_eq!(read(&format!("{}{}", &text[..from], &text[to..])).unwrap(), without);
    let from = text.find("\n  guest@").unwrap();
    without.agents.clear();
    assert_eq!(read(&format!("{}{}", &text[..from], &text[to..])).unwrap(), without);
}

#[test]
fn a_code_is_one_and_has_one_name_on_an_account() {
    for code in ["", "../v1/me", "a b", &"A".repeat(65)] {
        let mut lock = lock();
        lock.agents.insert(Name::new("other", &account()), entry(code));
        assert_eq!(codes(&lock.to_text()), ["lock-edited"], "{code:?}");
    }
    let mut before = lock();
    let replaced = Entry { replaced: vec!["../v1/me".to_owned()], ..entry("A91XMB7119") };
    before.agents.insert(Name::new("other", &account()), replaced);
    assert_eq!(codes(&before.to_text()), ["lock-edited"]);
    let mut two = lock();
    two.agents.insert(Name::new("other", &account()), entry("A91XMB7113"));
    let told = read(&two.to_text()).unwrap_err();
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("`other` and `host` are the same agent"), "{}", told[0].message);
    // Elsewhere it is another agent; and an `agent_id` of one's own is a code.
    let mut elsewhere = lock();
    elsewhere.agents.insert(Name::new("other", &AccountKey::from_text("0a0a0a0a0a0a").unwrap()), entry("A91XMB7113"));
    elsewhere.agents.insert(Name::new("own", &account()), entry("our-own_1"));
    assert_eq!(read(&elsewhere.to_text()).unwrap(), elsewhere);
}

#[test]
fn a_lock_is_found_where_it_was_written_and_two_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::find(None, folder.path());
    lock().write(&Lock::path_of(&project)).unwrap();
    std::fs::create_dir(folder.path().join("workflows")).unwrap();
    assert_eq!(Lock::path_of(&project), project.folder().join(FILE));
    assert_eq!(Lock::read(&project), Ok(lock()));
    std::fs::write(folder.path().join("workflows").join(FILE), Lock::default().to_text()).unwrap();
    let told = Lock::read(&project).unwrap_err();
    assert_eq!((told.len(), told[0].code), (1, "two-locks"));
    assert!(told[0].message.contains("`agents.lock.yaml`") && told[0].source.path.starts_with("workflows"));
    std::fs::remove_file(folder.path().join(FILE)).unwrap();
    assert_eq!(Lock::path_of(&project), project.folder().join("workflows").join(FILE));
    assert_eq!(Lock::read(&project), Ok(Lock::default()));
}

proptest! {
    #[test]
    fn any_content_is_read_back(content in "\\PC{0,20}[\\x00-\\x7f]{0,20}", code in "[A-Z0-9]{1,12}") {
        let mut lock = Lock::default();
        let mut made = entry(&code);
        made.from.insert("image".to_owned(), content);
        lock.agents.insert(Name::new("host", &account()), made);
        prop_assert_eq!(read(&lock.to_text()).unwrap(), lock);
    }
}
