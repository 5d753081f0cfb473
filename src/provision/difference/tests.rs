use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::*;
use crate::workflow::agents::Lifecycle;

fn desired(prompt: Option<&str>, image: Option<&str>) -> Desired {
    let mut fields = Map::new();
    let mut from = BTreeMap::new();
    if let Some(prompt) = prompt {
        fields.insert(PROMPT.to_owned(), Value::from(prompt));
        from.insert(PROMPT.to_owned(), hash(prompt));
    }
    if let Some(image) = image {
        fields.insert("image".to_owned(), Value::from(image));
        from.insert("image".to_owned(), image.to_owned());
    }
    Desired {
        name: "host".to_owned(),
        fields,
        from,
        files: Vec::new(),
        lifecycle: Lifecycle::default(),
        ready: None,
        declared: "workflows/demo.yaml".to_owned(),
    }
}

fn entry_of(desired: &Desired) -> Entry {
    Entry {
        code: "A91XMB7113".to_owned(),
        from: desired.from.clone(),
        made: String::new(),
        by: String::new(),
        declared: desired.declared.clone(),
        prevent_destroy: desired.lifecycle.prevent_destroy,
        coming: None,
        replaced: Vec::new(),
    }
}

fn there(prompt: &str) -> Seen {
    Seen::There { is_ready: true, prompt: Some(prompt.to_owned()) }
}

fn differ(desired: Option<&Desired>, entry: Option<&Entry>, seen: Option<&Seen>) -> Difference {
    Difference::of("host", Known { desired, entry, seen, bought: None, begun: None, price: 250 })
}

#[test]
fn what_is_as_declared_costs_and_does_nothing() {
    let host = desired(Some("warm"), Some("https://a.example/1.png"));
    let found = differ(Some(&host), Some(&entry_of(&host)), Some(&there("warm")));
    assert_eq!((found.change, found.credits, found.changes()), (Change::Same, 0, false));
}

#[test]
fn what_is_missing_gone_or_failed_is_made_unless_it_was_bought() {
    let host = desired(Some("warm"), None);
    let entry = entry_of(&host);
    for (entry, seen) in [(None, None), (Some(&entry), Some(Seen::Gone)), (Some(&entry), Some(Seen::Failed))] {
        let found = differ(Some(&host), entry, seen.as_ref());
        assert_eq!((found.change, found.credits), (Change::Create, 250), "{found:?}");
        let bought = Some("A91XMB7114");
        let known = Known { desired: Some(&host), entry, seen: seen.as_ref(), bought, begun: None, price: 250 };
        let found = Difference::of("host", known);
        assert_eq!((found.change, found.credits, found.code.as_deref()), (Change::Adopt, 0, Some("A91XMB7114")));
    }
}

#[test]
fn a_prompt_is_updated_and_a_face_replaced() {
    let before = desired(Some("warm"), Some("https://a.example/1.png"));
    let entry = entry_of(&before);
    let prompt = desired(Some("dry"), Some("https://a.example/1.png"));
    let found = differ(Some(&prompt), Some(&entry), Some(&there("warm")));
    assert_eq!((found.change, found.credits), (Change::Update, 0));
    assert_eq!(found.prompt, Some(PromptChange { before: Some("warm".into()), after: "dry".into() }));
    let face = desired(Some("warm"), Some("https://a.example/2.png"));
    let found = differ(Some(&face), Some(&entry), Some(&there("warm")));
    assert_eq!((found.change, found.credits, found.fields.len()), (Change::Replace, 250, 1));
    assert_eq!(found.fields[0].field, "image");
    assert!(!found.is_prevented);
}

#[test]
fn lifecycle_keeps_prevents_and_ignores() {
    let before = desired(Some("warm"), Some("https://a.example/1.png"));
    let entry = entry_of(&before);
    let mut changed = desired(Some("dry"), Some("https://a.example/2.png"));
    changed.lifecycle.on_change = OnChange::Keep;
    assert_eq!(differ(Some(&changed), Some(&entry), Some(&there("dry"))).change, Change::Record);
    changed.lifecycle = Lifecycle { prevent_destroy: true, ..Lifecycle::default() };
    assert!(differ(Some(&changed), Some(&entry), Some(&there("warm"))).is_prevented);
    changed.lifecycle = Lifecycle { ignore: vec!["prompt".into(), "image".into()], ..Lifecycle::default() };
    assert_eq!(differ(Some(&changed), Some(&entry), Some(&there("warm"))).change, Change::Same);
    let held = Entry { prevent_destroy: true, ..entry };
    let found = differ(None, Some(&held), Some(&there("warm")));
    assert!(found.change == Change::Delete && found.is_prevented);
}

#[test]
fn a_prompt_that_was_changed_on_the_service_is_told_as_that() {
    let host = desired(Some("warm"), None);
    let found = differ(Some(&host), Some(&entry_of(&host)), Some(&there("theirs")));
    assert_eq!(found.change, Change::Update);
    assert!(found.why.contains("changed on the service"), "{}", found.why);
    // The repository came to say what the service has: nothing is sent.
    let theirs = desired(Some("theirs"), None);
    assert_eq!(differ(Some(&theirs), Some(&entry_of(&host)), Some(&there("theirs"))).change, Change::Record);
}

#[test]
fn where_the_service_tells_no_prompt_the_lock_is_believed() {
    let host = desired(Some("warm"), None);
    let silent = Seen::There { is_ready: true, prompt: None };
    assert_eq!(differ(Some(&host), Some(&entry_of(&host)), Some(&silent)).change, Change::Same);
    assert_eq!(differ(Some(&desired(Some("dry"), None)), Some(&entry_of(&host)), Some(&silent)).change, Change::Update);
}

#[test]
fn what_is_declared_no_more_is_deleted_or_forgotten() {
    let host = desired(Some("warm"), None);
    assert_eq!(differ(None, Some(&entry_of(&host)), Some(&there("warm"))).change, Change::Delete);
    assert_eq!(differ(None, Some(&entry_of(&host)), Some(&Seen::Gone)).change, Change::Record);
}

#[test]
fn what_is_kept_still_follows_its_prompt() {
    let before = desired(Some("warm"), Some("https://a.example/1.png"));
    let mut changed = desired(Some("dry"), Some("https://a.example/2.png"));
    changed.lifecycle.on_change = OnChange::Keep;
    let found = differ(Some(&changed), Some(&entry_of(&before)), Some(&there("warm")));
    assert_eq!((found.change, found.fields.len()), (Change::Update, 1), "{found:?}");
    let found = differ(Some(&changed), Some(&entry_of(&before)), Some(&there("dry")));
    assert_eq!(found.change, Change::Record);
}

#[test]
fn a_purchase_that_was_begun_is_taken_up_and_one_that_was_lost_is_told() {
    let host = desired(Some("warm"), None);
    let begun = |begun| Known { desired: Some(&host), entry: None, seen: None, bought: None, begun, price: 250 };
    let again = Difference::of("host", begun(Some(Begun::Again)));
    assert!(again.is_begun && !again.is_lost && again.credits == 250, "{again:?}");
    let lost = Difference::of("host", begun(Some(Begun::Lost)));
    assert!(lost.is_lost && lost.change == Change::Create, "{lost:?}");
}
