//! A run that met everything: progress, a hold, a pause, a skip, a retry, a loop, an unknown line, a failure.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{
    Event, Prepared, Record, Rendering, Resolution, RunOutcome, Service, Speech, Start, StopReason,
};
use crate::ids::RunId;
use crate::outcome::{Effect, ErrorClass, Exchange, Failure, Progress, Tier};
use crate::plan::model::{
    Edge, Exchanged, Hold, ItemSource, Loop, Node, Plan, Policy, RoomReference, Rules, Section, StepKey, Timing, Why,
    Work,
};
use crate::report::Report;
use crate::report::moment::{Change, ChangedTo, Moment};
use crate::report::projection::RunView;

/// 2026-11-23T09:14:00Z.
pub(crate) const BEGAN: i64 = 1_795_425_240_000;

/// A record with its changes.
pub(crate) type Told = (Record, Vec<Change>);

/// A run as it is told, record by record.
pub(crate) struct Sample {
    pub(crate) start: Arc<Start>,
    pub(crate) told: Vec<Told>,
}

impl Sample {
    /// The run as far as its start.
    pub(crate) fn new() -> Self {
        let start = Start {
            run: RunId::from_typed("7Q4M"),
            version: "0.1.0".into(),
            plan: plan(),
            speed: 1.0,
            service: Service {
                key: "k".into(),
                url: "https://api.bithuman.ai/".into(),
                account: "acme".into(),
                sandbox: true,
            },
            go: false,
            fresh: false,
            allow_destroy: false,
            no_purchase: false,
            dry: false,
            clock: None,
            selection: Default::default(),
        };
        let mut sample = Self { start: Arc::new(start.clone()), told: Vec::new() };
        sample.tell(0, Event::Started(Box::new(start)), []);
        sample
    }

    /// The whole run, to its failure.
    pub(crate) fn whole() -> Self {
        let mut sample = Self::new();
        sample.preparations();
        sample.first_line();
        sample.pause_and_skip();
        sample.retry();
        sample.items();
        sample.unknown();
        let (resolution, step) = (Resolution::Happened, StepKey::node(7));
        sample.tell(31_000, Event::Resolved { step, resolution }, [succeeded(step, Value::Null, 0)]);
        sample.failure();
        let outputs = [("agent".to_owned(), json!("A91XMB7113"))].into_iter().collect();
        sample.tell(33_000, Event::Finished { outcome: RunOutcome::Failed, outputs, failure: None }, []);
        sample
    }

    /// The run as it was so many milliseconds after its start.
    pub(crate) fn until(millis: i64) -> Self {
        let mut sample = Self::whole();
        sample.told.retain(|(record, _)| record.at <= Timestamp(BEGAN + millis));
        sample
    }

    /// The run as far as an unknown line that nobody answered.
    pub(crate) fn stopped() -> Self {
        let mut sample = Self::until(29_000);
        sample.tell(40_000, Event::Stopped { reason: StopReason::Unknown }, []);
        sample
    }

    pub(crate) fn view(&self) -> RunView {
        RunView::new(self.start.clone())
    }

    /// Tells a report everything, and lets it see each instant.
    pub(crate) fn play(&self, report: &mut dyn Report) {
        for (record, changes) in &self.told {
            report.event(&Moment { record, changes, past: false });
            report.tick(record.at);
        }
    }

    pub(crate) fn tell(&mut self, millis: i64, event: Event, changes: impl IntoIterator<Item = Change>) {
        let record = Record { seq: self.told.len() as u64, at: Timestamp(BEGAN + millis), event };
        self.told.push((record, changes.into_iter().collect()));
    }

    /// An attempt of a step and its end.
    fn attempt(&mut self, from: i64, (key, rendering): (StepKey, Rendering), ended: (i64, Exchange, ChangedTo)) {
        let (until, exchange, to) = ended;
        let attempt = if matches!(&to, ChangedTo::Succeeded { result, .. } if result["tries"] == 2) { 2 } else { 1 };
        self.tell(from, Event::AttemptStarted { step: key, attempt, rendering: Box::new(rendering) }, []);
        self.tell(until, Event::AttemptEnded { step: key, exchange }, [Change { step: key, to }]);
    }

    fn preparations(&mut self) {
        let made = Rendering { credits: 250, ..Rendering::default() };
        let result = json!({"agent_id": "A91XMB7113", "status": "processing", "reused": false});
        self.attempt(0, (StepKey::node(0), made), (2_100, done(&result), to_success(result, 0)));
        self.looking();
        let ready = json!({"agent_id": "A91XMB7113", "status": "ready"});
        let step = StepKey::node(1);
        self.tell(7_200, Event::Due { step }, []);
        self.attempt(7_200, (step, Rendering::default()), (7_400, done(&ready), to_success(ready, 0)));
    }

    /// `wait_ready`, once it has looked.
    fn looking(&mut self) {
        let step = StepKey::node(1);
        let progress =
            Progress { fraction: Some(0.44), message: "rendering the face".into(), status: "processing".into() };
        let again = Exchange::Again { after: Millis(5_000), progress };
        let waits = ChangedTo::Waiting { until: Timestamp(BEGAN + 7_200), reason: WaitReason::Look };
        self.attempt(2_100, (step, Rendering::default()), (2_200, again, waits));
    }

    fn first_line(&mut self) {
        let result = json!({"delivered_to_rooms": 1});
        let said = spoken("Hello Alex, call +33 6 12 34 to join!", "lobby");
        self.attempt(7_400, (StepKey::node(2), said), (7_800, done(&result), to_success(result, 2_600)));
    }

    /// The pause is open.
    fn pause(&mut self) {
        self.tell(10_400, Event::Due { step: StepKey::node(2) }, []);
        let message = "House lights to half\u{1b}[31m, wait for applause";
        let wait = Prepared::Pause { message: message.into(), timeout: None, fail: true };
        let change = Change { step: StepKey::node(3), to: ChangedTo::PauseOpen { message: message.into() } };
        self.tell(10_400, Event::Prepared { step: StepKey::node(3), wait }, [change]);
    }

    fn pause_and_skip(&mut self) {
        self.pause();
        let gone = Event::Gone { step: StepKey::node(3), by: "person".into() };
        self.tell(14_400, gone, [succeeded(StepKey::node(3), json!({"by": "person"}), 0)]);
        let skipped =
            Change { step: StepKey::node(4), to: ChangedTo::Skipped { reason: "condition".into(), detail: None } };
        self.tell(14_400, Event::ConditionRead { step: StepKey::node(4), holds: false }, [skipped]);
    }

    /// A line that is tried again.
    fn retry(&mut self) {
        let failure = Failure { status: Some(503), ..Failure::new(ErrorClass::Busy, "BUSY", "the service is busy") };
        let until = Timestamp(BEGAN + 15_900);
        let retrying = ChangedTo::Retrying { attempt: 2, until, failure: failure.clone() };
        let said = spoken("Let me show you what is new.", "lobby");
        self.attempt(14_400, (StepKey::node(5), said.clone()), (14_800, Exchange::Failed { failure }, retrying));
        self.tell(15_900, Event::Due { step: StepKey::node(5) }, []);
        let result = json!({"delivered_to_rooms": 2, "rooms_skipped_no_worker": 1, "tries": 2});
        self.attempt(15_900, (StepKey::node(5), said), (16_100, done(&result), to_success(result, 0)));
    }

    fn items(&mut self) {
        let keys = ["ada", "bob", "=cyd"].map(str::to_owned).to_vec();
        self.tell(16_100, Event::ItemsListed { step: StepKey::node(6), keys, values: Vec::new() }, []);
        for index in 0..3 {
            let key = StepKey::item(6, index, 0);
            let said = (key, spoken("Welcome back.", "lobby"));
            let failure = Failure::rejected("VALIDATION_ERROR", "message is <empty> & \"odd\u{7}\"");
            let from = 16_100 + i64::from(index) * 1_000;
            let result = json!({"delivered_to_rooms": 1});
            let ended = match index {
                1 => (from + 500, Exchange::Failed { failure: failure.clone() }, ChangedTo::Failed { failure }),
                _ => (from + 500, done(&result), to_success(result, 0)),
            };
            self.attempt(from, said, ended);
        }
        let failure = Failure::rejected("items_failed", "1 of 3 items failed");
        if let Some((_, changes)) = self.told.last_mut() {
            changes.push(Change { step: StepKey::node(6), to: ChangedTo::Failed { failure } });
        }
    }

    /// A line that nobody knows about.
    fn unknown(&mut self) {
        let failure = Failure::new(ErrorClass::Unknown, "timeout", "no answer within 30s");
        let said = spoken("…and that is the whole trick.", "lobby");
        let exchange = Exchange::Failed { failure };
        self.attempt(19_000, (StepKey::node(7), said), (29_000, exchange, ChangedTo::Unknown));
    }

    fn failure(&mut self) {
        let failure = Failure {
            status: Some(404),
            request_id: Some("req_81".into()),
            ..Failure::new(ErrorClass::NoRoom, "NO_ACTIVE_ROOMS", "agent A91XMB7113 has no active rooms")
        };
        let said = spoken("Thank you, and good night!", "lobby");
        let to = ChangedTo::Failed { failure: failure.clone() };
        self.attempt(31_000, (StepKey::node(8), said), (31_200, Exchange::Failed { failure }, to));
        let skipped =
            Change { step: StepKey::node(9), to: ChangedTo::Skipped { reason: "upstream".into(), detail: None } };
        if let Some((_, changes)) = self.told.last_mut() {
            changes.push(skipped);
        }
    }
}

fn done(result: &Value) -> Exchange {
    Exchange::Done { result: result.clone() }
}

fn to_success(result: Value, hold: u64) -> ChangedTo {
    ChangedTo::Succeeded { result, hold: (hold > 0).then_some(Millis(hold)) }
}

fn succeeded(step: StepKey, result: Value, hold: u64) -> Change {
    Change { step, to: to_success(result, hold) }
}

fn spoken(text: &str, room: &str) -> Rendering {
    let speech = Some(Speech { text: text.into(), length: Millis(2_600) });
    Rendering { room: Some(room.into()), agent: Some("A91XMB7113".into()), speech, ..Rendering::default() }
}

fn plan() -> Plan {
    let say = |id: &str, line, text: &str| node(id, line, speak(text));
    let body = vec![say("greet", 21, "Welcome back.")];
    let inner = Loop {
        items: ItemSource::List(Vec::new()),
        name: "guest".into(),
        key: None,
        max_parallel: 1,
        fail_fast: false,
        exclude: Vec::new(),
        body,
        single: true,
    };
    let pause = json!({"message": "House lights to half, wait for applause"});
    let generate = json!({"prompt": "You are a warm host."});
    let mut nodes = vec![
        node("host", 3, exchange("generate", generate, Effect::Repeatable)),
        node("wait_ready_1", 6, exchange("wait_ready", json!({}), Effect::Read)),
        say("speak_1", 7, "Hello {{ inputs.customer }}, call {{ inputs.phone }} to join!"),
        node("pause_1", 9, Work::Pause { fields: pause.as_object().cloned().unwrap_or_default() }),
        node("add_context_1", 12, exchange("add_context", json!({"context": "A guest."}), Effect::Once)),
        say("speak_2", 15, "Let me show {{ steps.x.body.name }} what is new."),
        node("greet", 18, Work::Loop(Box::new(inner))),
        say("speak_3", 24, "…and that is the whole trick."),
        say("speak_4", 26, "Thank you, and good night!"),
        say("speak_5", 28, "Encore!"),
    ];
    for (above, node) in (0..).zip(nodes.iter_mut().skip(1)) {
        node.needs = vec![Edge { node: above, why: Why::Order }];
    }
    nodes[2].timing.hold = Hold::Speech;
    nodes[6].policy.continue_on_error = true;
    Plan {
        workflow: "welcome".into(),
        file: "workflows/welcome.yaml".into(),
        inputs: [("customer".to_owned(), json!("Alex")), ("phone".to_owned(), json!("+33 6 12 34"))].into(),
        sensitive: vec!["phone".into()],
        nodes,
        ..Plan::default()
    }
}

/// A loop that says so many lines to each of its people, each with a rule.
pub(crate) fn addressing(lines: u32) -> Loop {
    let ruled = Rules { once_per: Some("{{ person.id }}".into()), ..Rules::default() };
    let line = |n| Node { rules: ruled.clone(), ..node(&format!("speak_{n}"), 10 + n, speak("Hello.")) };
    Loop {
        items: ItemSource::File { format: "csv".into(), path: "people.csv".into() },
        name: "person".into(),
        key: Some("person.id".into()),
        max_parallel: 50,
        fail_fast: false,
        exclude: Vec::new(),
        body: (1..=lines).map(line).collect(),
        single: lines == 1,
    }
}

fn node(id: &str, line: u32, work: Work) -> Node {
    Node {
        id: id.into(),
        name: None,
        line,
        section: Section::Main,
        needs: Vec::new(),
        condition: None,
        work,
        timing: Timing::default(),
        policy: Policy::default(),
        rules: Rules::default(),
    }
}

fn speak(text: &str) -> Work {
    exchange("speak", json!({"message": text}), Effect::Once)
}

fn exchange(action: &str, fields: Value, effect: Effect) -> Work {
    let is_spoken = action == "speak";
    Work::Exchange(Exchanged {
        declared: None,
        action: action.into(),
        fields: fields.as_object().cloned().unwrap_or_default(),
        effect,
        billable: action == "generate",
        tier: Tier::Write,
        agent: None,
        room: is_spoken.then(|| RoomReference::Named("lobby".into())),
        rank: 0,
    })
}
