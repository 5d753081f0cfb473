//! The reports for machines, of the sample run; and the schema of public events.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::event::{Event, RunOutcome};
use crate::report::event::{Body, PublicEvent};
use crate::report::json_lines::line;
use crate::report::moment::Moment;
use crate::report::sample::{BEGAN, Sample};
use crate::report::{Report, ReportTarget, Reports, Translator, csv, junit};

fn translated(sample: &Sample) -> Vec<PublicEvent> {
    let mut translator = Translator::new(sample.view());
    let mut events = Vec::new();
    for (record, changes) in &sample.told {
        events.extend(translator.translate(&Moment { record, changes, past: false }));
    }
    events.extend(translator.close());
    events
}

fn lines(sample: &Sample) -> String {
    translated(sample).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn schema() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<PublicEvent>().to_value()
}

/// What a replayed view of the whole sample holds.
fn view_of(sample: &Sample) -> crate::report::RunView {
    let mut view = sample.view();
    for (record, changes) in &sample.told {
        view.apply(&Moment { record, changes, past: false });
    }
    view
}

#[test]
fn a_whole_run_as_json_lines() {
    insta::assert_snapshot!(lines(&Sample::whole()), @r##"
    {"v":1,"seq":0,"at":"2026-11-23T09:14:00.000Z","run":"7Q4M","event":"run_started","workflow":"welcome","file":"workflows/welcome.yaml","service":{"url":"https://api.bithuman.ai/","account":"acme","sandbox":true},"inputs":{"customer":"Alex","phone":"[input phone]"},"steps":10,"speed":1.0,"dry":false}
    {"v":1,"seq":1,"at":"2026-11-23T09:14:00.000Z","run":"7Q4M","event":"step_started","step":"host","attempt":1,"action":"generate"}
    {"v":1,"seq":2,"at":"2026-11-23T09:14:02.100Z","run":"7Q4M","event":"step_succeeded","step":"host","attempt":1,"result":{"agent_id":"A91XMB7113","status":"processing","reused":false},"credits":250}
    {"v":1,"seq":3,"at":"2026-11-23T09:14:02.100Z","run":"7Q4M","event":"step_started","step":"wait_ready_1","attempt":1,"action":"wait_ready"}
    {"v":1,"seq":4,"at":"2026-11-23T09:14:02.200Z","run":"7Q4M","event":"step_progress","step":"wait_ready_1","attempt":1,"progress":{"fraction":0.44,"message":"rendering the face","status":"processing"},"until":"2026-11-23T09:14:07.200Z"}
    {"v":1,"seq":5,"at":"2026-11-23T09:14:07.400Z","run":"7Q4M","event":"step_succeeded","step":"wait_ready_1","attempt":1,"result":{"agent_id":"A91XMB7113","status":"ready"}}
    {"v":1,"seq":6,"at":"2026-11-23T09:14:07.400Z","run":"7Q4M","event":"step_started","step":"speak_1","attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Hello Alex, call [input phone] to join!"}
    {"v":1,"seq":7,"at":"2026-11-23T09:14:07.800Z","run":"7Q4M","event":"step_succeeded","step":"speak_1","attempt":1,"result":{"delivered_to_rooms":1},"hold_ms":2600}
    {"v":1,"seq":8,"at":"2026-11-23T09:14:10.400Z","run":"7Q4M","event":"step_started","step":"pause_1","action":"pause"}
    {"v":1,"seq":9,"at":"2026-11-23T09:14:10.400Z","run":"7Q4M","event":"step_waiting","step":"pause_1","reason":"pause","message":"House lights to half\u001b[31m, wait for applause"}
    {"v":1,"seq":10,"at":"2026-11-23T09:14:14.400Z","run":"7Q4M","event":"step_succeeded","step":"pause_1","result":{"by":"person"}}
    {"v":1,"seq":11,"at":"2026-11-23T09:14:14.400Z","run":"7Q4M","event":"step_skipped","step":"add_context_1","reason":"condition"}
    {"v":1,"seq":12,"at":"2026-11-23T09:14:14.400Z","run":"7Q4M","event":"step_started","step":"speak_2","attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Let me show you what is new."}
    {"v":1,"seq":13,"at":"2026-11-23T09:14:14.800Z","run":"7Q4M","event":"step_retrying","step":"speak_2","attempt":2,"until":"2026-11-23T09:14:15.900Z","error":{"class":"busy","code":"BUSY","message":"the service is busy","status":503}}
    {"v":1,"seq":14,"at":"2026-11-23T09:14:16.100Z","run":"7Q4M","event":"step_succeeded","step":"speak_2","attempt":2,"result":{"delivered_to_rooms":2,"rooms_skipped_no_worker":1,"tries":2}}
    {"v":1,"seq":15,"at":"2026-11-23T09:14:16.100Z","run":"7Q4M","event":"step_started","step":"greet","action":"foreach","count":3}
    {"v":1,"seq":16,"at":"2026-11-23T09:14:16.100Z","run":"7Q4M","event":"step_started","step":"greet","item":{"key":"ada","index":0},"attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Welcome back."}
    {"v":1,"seq":17,"at":"2026-11-23T09:14:16.600Z","run":"7Q4M","event":"step_succeeded","step":"greet","item":{"key":"ada","index":0},"attempt":1,"result":{"delivered_to_rooms":1}}
    {"v":1,"seq":18,"at":"2026-11-23T09:14:17.100Z","run":"7Q4M","event":"step_started","step":"greet","item":{"key":"bob","index":1},"attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Welcome back."}
    {"v":1,"seq":19,"at":"2026-11-23T09:14:17.600Z","run":"7Q4M","event":"step_failed","step":"greet","item":{"key":"bob","index":1},"attempt":1,"error":{"class":"rejected","code":"VALIDATION_ERROR","message":"message is <empty> & \"odd\u0007\""}}
    {"v":1,"seq":20,"at":"2026-11-23T09:14:18.100Z","run":"7Q4M","event":"step_started","step":"greet","item":{"key":"=cyd","index":2},"attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Welcome back."}
    {"v":1,"seq":21,"at":"2026-11-23T09:14:18.600Z","run":"7Q4M","event":"step_succeeded","step":"greet","item":{"key":"=cyd","index":2},"attempt":1,"result":{"delivered_to_rooms":1}}
    {"v":1,"seq":22,"at":"2026-11-23T09:14:18.600Z","run":"7Q4M","event":"step_failed","step":"greet","error":{"class":"rejected","code":"items_failed","message":"1 of 3 items failed"}}
    {"v":1,"seq":23,"at":"2026-11-23T09:14:19.000Z","run":"7Q4M","event":"step_started","step":"speak_3","attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"…and that is the whole trick."}
    {"v":1,"seq":24,"at":"2026-11-23T09:14:29.000Z","run":"7Q4M","event":"step_unknown","step":"speak_3","attempt":1,"error":{"class":"unknown","code":"timeout","message":"no answer within 30s"}}
    {"v":1,"seq":25,"at":"2026-11-23T09:14:31.000Z","run":"7Q4M","event":"step_resolved","step":"speak_3","attempt":1,"reason":"happened"}
    {"v":1,"seq":26,"at":"2026-11-23T09:14:31.000Z","run":"7Q4M","event":"step_succeeded","step":"speak_3","attempt":1,"result":null}
    {"v":1,"seq":27,"at":"2026-11-23T09:14:31.000Z","run":"7Q4M","event":"step_started","step":"speak_4","attempt":1,"action":"speak","agent":"A91XMB7113","room":"lobby","text":"Thank you, and good night!"}
    {"v":1,"seq":28,"at":"2026-11-23T09:14:31.200Z","run":"7Q4M","event":"step_failed","step":"speak_4","attempt":1,"error":{"class":"no_room","code":"NO_ACTIVE_ROOMS","message":"agent A91XMB7113 has no active rooms","status":404,"request_id":"req_81"}}
    {"v":1,"seq":29,"at":"2026-11-23T09:14:31.200Z","run":"7Q4M","event":"step_skipped","step":"speak_5","reason":"upstream"}
    {"v":1,"seq":30,"at":"2026-11-23T09:14:33.000Z","run":"7Q4M","event":"run_finished","outcome":"failed","outputs":{"agent":"A91XMB7113"},"credits":250}
    "##);
}

#[test]
fn events_are_numbered_without_gaps_and_the_stream_ends_with_an_end() {
    let samples = [Sample::whole(), Sample::stopped(), Sample::until(12_000), Sample::until(0)];
    for sample in samples {
        let events = translated(&sample);
        assert!(events.iter().map(|event| event.seq).eq(0..events.len() as u64));
        let ends = events.iter().filter(|event| event.body.is_end()).count();
        assert!(ends == 1 && events.last().is_some_and(|event| event.body.is_end()));
    }
}

#[test]
fn a_resumed_run_ends_once_more() {
    let mut sample = Sample::stopped();
    sample.tell(50_000, Event::Resumed, []);
    sample.tell(
        51_000,
        Event::Finished { outcome: RunOutcome::Cancelled, outputs: Default::default(), failure: None },
        [],
    );
    let bodies: Vec<_> = translated(&sample).into_iter().rev().take(3).map(|event| event.body).collect();
    assert!(matches!(bodies[0], Body::RunFinished { .. }));
    assert_eq!(bodies[1], Body::RunResumed {});
    assert_eq!(bodies[2], Body::RunStopped { reason: "unknown".into() });
}

#[test]
fn every_event_is_valid_by_the_schema_and_reads_back() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for event in translated(&Sample::whole()).into_iter().chain(translated(&Sample::stopped())) {
        let value: Value = serde_json::from_str(&line(&event)).unwrap();
        assert!(validator.is_valid(&value), "{value}");
        assert_eq!(serde_json::from_value::<PublicEvent>(value).unwrap(), event);
    }
    let wrong = serde_json::json!({"v": 1, "seq": 0, "at": "x", "run": "7Q4M", "event": "step_lost"});
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_types() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas/event.schema.json");
    let wanted = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &wanted).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == wanted, "schemas/event.schema.json is out of date: run the test with UPDATE=1");
}

#[test]
fn sensitive_inputs_are_in_no_report() {
    let sample = Sample::whole();
    let view = view_of(&sample);
    let reports = [lines(&sample), junit::suite(&view), String::from_utf8(csv::table(&view).unwrap()).unwrap()];
    assert!(reports[0].contains("call [input phone] to join!"));
    for report in reports {
        assert!(!report.contains("+33 6 12 34"), "{report}");
    }
}

#[test]
fn a_line_of_json_holds_no_control_character_at_all() {
    let mut sample = Sample::new();
    let outputs = [("said".to_owned(), Value::from("a\u{1b}[2J\u{9b}31m\u{7f}\n"))].into_iter().collect();
    sample.tell(1, Event::Finished { outcome: RunOutcome::Succeeded, outputs, failure: None }, []);
    let text = lines(&sample);
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    assert!(text.contains(r"a\u001b[2J\u009b31m\u007f\n"), "{text}");
}

#[test]
fn a_row_for_every_once_step_and_item() {
    let table = csv::table(&view_of(&Sample::whole())).unwrap();
    insta::assert_snapshot!(String::from_utf8(table).unwrap(), @r##"
    "step","key","index","outcome","reason","rooms","attempts","started_at","ended_at","seconds","error_code","error"
    "speak_1","","","succeeded","","1","1","2026-11-23T09:14:07.400Z","2026-11-23T09:14:07.800Z","0.400","",""
    "add_context_1","","","skipped","condition","","0","","2026-11-23T09:14:14.400Z","","",""
    "speak_2","","","succeeded","","2","2","2026-11-23T09:14:14.400Z","2026-11-23T09:14:16.100Z","1.700","",""
    "greet","ada","0","succeeded","","1","1","2026-11-23T09:14:16.100Z","2026-11-23T09:14:16.600Z","0.500","",""
    "greet","bob","1","failed","","","1","2026-11-23T09:14:17.100Z","2026-11-23T09:14:17.600Z","0.500","VALIDATION_ERROR","message is <empty> & ""odd�"""
    "greet","=cyd","2","succeeded","","1","1","2026-11-23T09:14:18.100Z","2026-11-23T09:14:18.600Z","0.500","",""
    "speak_3","","","succeeded","","","1","2026-11-23T09:14:19.000Z","2026-11-23T09:14:31.000Z","12.000","",""
    "speak_4","","","failed","","","1","2026-11-23T09:14:31.000Z","2026-11-23T09:14:31.200Z","0.200","NO_ACTIVE_ROOMS","agent A91XMB7113 has no active rooms"
    "speak_5","","","skipped","upstream","","0","","2026-11-23T09:14:31.200Z","","",""
    "##);
}

#[test]
fn a_test_case_for_every_step_and_item() {
    insta::assert_snapshot!(junit::suite(&view_of(&Sample::whole())), @r##"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="welcome" tests="12" failures="2" errors="0" skipped="2" time="33.000" timestamp="2026-11-23T09:14:00.000Z">
        <properties>
          <property name="run" value="7Q4M"/>
          <property name="outcome" value="failed"/>
          <property name="credits" value="250"/>
        </properties>
        <testcase name="host" classname="welcome" file="workflows/welcome.yaml" line="3" time="2.100"/>
        <testcase name="wait_ready_1" classname="welcome" file="workflows/welcome.yaml" line="6" time="5.300"/>
        <testcase name="speak_1" classname="welcome" file="workflows/welcome.yaml" line="7" time="0.400"/>
        <testcase name="pause_1" classname="welcome" file="workflows/welcome.yaml" line="9" time="4.000"/>
        <testcase name="add_context_1" classname="welcome" file="workflows/welcome.yaml" line="12" time="0.000">
          <skipped message="condition"/>
        </testcase>
        <testcase name="speak_2" classname="welcome" file="workflows/welcome.yaml" line="15" time="1.700"/>
        <testcase name="greet[ada]" classname="welcome" file="workflows/welcome.yaml" line="21" time="0.500"/>
        <testcase name="greet[bob]" classname="welcome" file="workflows/welcome.yaml" line="21" time="0.500">
          <failure message="message is &lt;empty&gt; &amp; &quot;odd�&quot;" type="VALIDATION_ERROR">rejected, attempts: 1</failure>
        </testcase>
        <testcase name="greet[=cyd]" classname="welcome" file="workflows/welcome.yaml" line="21" time="0.500"/>
        <testcase name="speak_3" classname="welcome" file="workflows/welcome.yaml" line="24" time="12.000"/>
        <testcase name="speak_4" classname="welcome" file="workflows/welcome.yaml" line="26" time="0.200">
          <failure message="agent A91XMB7113 has no active rooms" type="NO_ACTIVE_ROOMS">no_room, attempts: 1, status 404, request req_81</failure>
        </testcase>
        <testcase name="speak_5" classname="welcome" file="workflows/welcome.yaml" line="28" time="0.000">
          <skipped message="upstream"/>
        </testcase>
      </testsuite>
    </testsuites>
    "##);
}

#[test]
fn the_xml_is_well_formed_whatever_the_service_says() {
    for sample in [Sample::whole(), Sample::stopped(), Sample::until(12_000)] {
        let xml = junit::suite(&view_of(&sample));
        assert_eq!(fault_in(&xml), None, "{xml}");
    }
    assert!(fault_in("<a b=\"<\"/>").is_some() && fault_in("<a></b>").is_some() && fault_in("<a>&x;</a>").is_some());
}

#[test]
fn files_are_complete_when_the_reports_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let target = |format: &str, name: &str| {
        ReportTarget::parse(&format!("{format}={}", folder.path().join(name).display())).unwrap()
    };
    let targets = [target("jsonl", "new/run.jsonl"), target("junit", "run.xml"), target("csv", "run.csv")];
    let sample = Sample::whole();
    let mut reports = Reports::open(&targets, &sample.view()).unwrap();
    for (record, changes) in &sample.told {
        reports.event(&Moment { record, changes, past: record.at < Timestamp(BEGAN + 19_000) });
    }
    reports.finish().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("new/run.jsonl"), lines(&sample) + "\n");
    assert_eq!(read("run.xml"), junit::suite(&view_of(&sample)));
    assert_eq!(read("run.csv").as_bytes(), csv::table(&view_of(&sample)).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_report_that_cannot_be_written_is_known_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let target = ReportTarget::parse(&format!("jsonl={}", folder.path().display())).unwrap();
    let error = Reports::open(&[target], &Sample::new().view()).err().unwrap().to_string();
    assert!(error.starts_with("cannot write the report `"), "{error}");
}

/// What is wrong with an XML text, as far as JUnit's form goes: tags, attributes, entities, characters.
fn fault_in(xml: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap_or(xml);
    while let Some((text, after)) = rest.split_once('<') {
        let Some((tag, after)) = after.split_once('>') else { return Some("an open tag".to_owned()) };
        rest = after;
        if let Some(fault) = fault_in_text(text) {
            return Some(fault);
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("`{name}` closes nothing"));
            }
            continue;
        }
        let body = tag.trim_end_matches('/');
        let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
        let parts: Vec<_> = attributes.split('"').collect();
        let is_paired = parts.len() % 2 == 1;
        let is_named = parts.iter().step_by(2).all(|part| part.is_empty() || part.ends_with('='));
        if !is_paired || !is_named || tag.contains('<') {
            return Some(format!("attributes of `{tag}`"));
        }
        if let Some(fault) = parts.iter().skip(1).step_by(2).find_map(|value| fault_in_text(value)) {
            return Some(fault);
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    (!open.is_empty()).then(|| format!("open: {open:?}"))
}

fn fault_in_text(text: &str) -> Option<String> {
    let mut entities = text.split('&').skip(1);
    let known = ["amp;", "lt;", "gt;", "quot;", "#9;", "#10;", "#13;"];
    let unknown = entities.find(|entity| !known.iter().any(|name| entity.starts_with(name)));
    let control = text.chars().find(|character| character.is_control() && *character != '\n');
    unknown.map(str::to_owned).or(control.map(|character| format!("{character:?}")))
}
