//! Plans for tests: a script as newcomers write it, and one that has everything.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::actions;
use crate::duration::Millis;
use crate::outcome::Tier;
use crate::plan::model::{
    AgentReference, Condition, Edge, Exchanged, Hold, ItemSource, Loop, Node, Plan, Policy, RoomReference, Rules,
    Section, Timing, Why, Work,
};

/// A step of an action with its fields.
pub(crate) fn step(id: &str, action: &str, fields: Value) -> Node {
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    let descriptor = actions::find(action).expect("an action of the catalogue");
    let is_spoken = (descriptor.spoken)(&fields).is_some();
    let work = match action {
        "wait" => Work::Wait { fields },
        "pause" => Work::Pause { fields },
        _ => Work::Exchange(Exchanged {
            declared: None,
            action: action.to_owned(),
            effect: (descriptor.effect)(&fields),
            billable: descriptor.billable,
            tier: descriptor.tier,
            agent: (descriptor.address != actions::action::Address::Nobody).then(host),
            room: (descriptor.address == actions::action::Address::Room).then_some(RoomReference::Every),
            rank: 0,
            fields,
        }),
    };
    let hold = if is_spoken { Hold::Speech } else { Hold::None };
    of(id, work).timed(|timing| timing.hold = hold)
}

/// The joint at the end of a `parallel` group.
pub(crate) fn join(id: &str) -> Node {
    of(id, Work::Join)
}

/// A loop over items.
pub(crate) fn each(id: &str, items: ItemSource, body: Vec<Node>) -> Node {
    let single = body.len() == 1;
    let looped = Loop {
        items,
        name: "guest".to_owned(),
        key: None,
        max_parallel: 1,
        fail_fast: false,
        exclude: Vec::new(),
        body,
        single,
    };
    of(id, Work::Loop(Box::new(looped)))
}

/// A step of any work, without needs.
fn of(id: &str, work: Work) -> Node {
    Node {
        id: id.to_owned(),
        name: None,
        line: 1,
        section: Section::Main,
        needs: Vec::new(),
        condition: None,
        work,
        timing: Timing::default(),
        policy: Policy::default(),
        rules: Rules::default(),
    }
}

fn host() -> AgentReference {
    AgentReference { code: "{{ steps.host.agent_id }}".to_owned(), name: "host".to_owned() }
}

impl Node {
    /// The same with what it waits for.
    pub(crate) fn needing(mut self, needs: &[(u32, Why)]) -> Self {
        self.needs = needs.iter().map(|&(node, why)| Edge { node, why }).collect();
        self
    }

    /// The same heard in one room.
    pub(crate) fn heard_in(mut self, room: &str) -> Self {
        if let Work::Exchange(exchanged) = &mut self.work {
            exchanged.room = Some(RoomReference::Named(room.to_owned()));
        }
        self
    }

    /// The same with a condition.
    pub(crate) fn only_if(mut self, text: &str) -> Self {
        self.condition = Some(Condition { text: text.to_owned(), sees_failures: text.contains("()") });
        self
    }
}

/// A plan of these steps.
pub(crate) fn plan(nodes: Vec<Node>) -> Plan {
    Plan {
        workflow: "launch-demo".to_owned(),
        file: "workflows/launch-demo.yaml".to_owned(),
        inputs: IndexMap::from([("customer".to_owned(), json!("Alex"))]),
        nodes,
        max_parallel: 16,
        ..Plan::default()
    }
}

/// The script that a newcomer writes first.
pub(crate) fn small() -> Plan {
    let made = (0, Why::Agent);
    let after = |node: u32| (node, Why::Order);
    plan(vec![
        step("host", "generate", json!({ "prompt": "You are a warm, quick-witted launch host." })),
        step("wait_ready_1", "wait_ready", json!({})).needing(&[made]),
        step("set_prompt_1", "set_prompt", json!({ "prompt": "You host {{ inputs.customer }}. Keep answers short." }))
            .needing(&[made, after(1)]),
        step("speak_1", "speak", json!({ "message": "Hello {{ inputs.customer }}, welcome to the launch!" }))
            .needing(&[made, after(2)])
            .timed(|timing| timing.delay = Millis::from_secs(2)),
        step("pause_1", "pause", json!({ "message": "House lights to half, wait for applause" })).needing(&[after(3)]),
        step("speak_2", "speak", json!({ "message": "Let me show you what is new." })).needing(&[made, after(4)]),
    ])
}

/// A plan with a group, loops, cues, conditions, every reason of an edge, and all three sections.
pub(crate) fn rich() -> Plan {
    let order = |node: u32| (node, Why::Order);
    let made = (0, Why::Agent);
    let guests =
        ItemSource::List(vec![json!({ "name": "Ada" }), json!({ "name": "Grace" }), json!({ "name": "Edith" })]);
    let mut nodes = vec![
        step("host", "generate", json!({ "prompt": "A host.", "image": { "file": "assets/host.png", "sha256": "0" } })),
        step("poll", "http", json!({ "url": "https://api.crm.example/polls/7" })),
        step("wait_ready_1", "wait_ready", json!({})).needing(&[made, order(1)]),
        step("speak_1", "speak", json!({ "message": "Curtain up! & \"<lights>\" #1" }))
            .needing(&[made, order(2)])
            .heard_in("stage")
            .timed(|timing| timing.at = Some(Millis::from_secs(60))),
        step("add_context_1", "add_context", json!({ "context": "{{ steps.poll.body.total }} votes so far." }))
            .needing(&[made, (1, Why::Reference), order(2)])
            .heard_in("lobby")
            .only_if("steps.poll.body.total >= 50"),
        step("wait_1", "wait", json!({ "for": "5s" })).needing(&[order(4)]),
        join("parallel_1").needing(&[order(3), order(5)]),
        each(
            "greetings",
            guests,
            vec![
                step("greet", "speak", json!({ "message": "Welcome, {{ guest.name }}." })).heard_in("{{ guest.name }}"),
                step("note", "http", json!({ "method": "POST", "url": "https://api.crm.example/notes" }))
                    .needing(&[(0, Why::Order)]),
            ],
        )
        .needing(&[made, order(6)]),
        step("late", "speak", json!({ "message": "One more thing." }))
            .needing(&[made, (3, Why::Needs)])
            .heard_in("stage"),
        step("sorry", "speak", json!({ "message": "We will be right back." })).heard_in("stage"),
        step("clean", "delete_agent", json!({})).only_if("always()"),
    ];
    if let Work::Loop(inner) = &mut nodes[7].work {
        (inner.max_parallel, inner.key) = (2, Some("guest.name".to_owned()));
    }
    nodes[9].section = Section::OnFailure;
    nodes[10].section = Section::Finally;
    plan(nodes)
}

/// A straight script of so many lines, each of which speaks to the agent made first.
pub(crate) fn long(count: u32) -> Plan {
    let mut nodes = vec![step("host", "generate", json!({ "prompt": "A host." }))];
    nodes.extend((1..count).map(|index| {
        let mut needs = vec![(index - 1, Why::Order)];
        needs.extend((index > 1).then_some((0, Why::Agent)));
        step(&format!("speak_{index}"), "speak", json!({ "message": "Hello {{ inputs.customer }}." })).needing(&needs)
    }));
    debug_assert!(matches!(&nodes[0].work, Work::Exchange(exchanged) if exchanged.tier == Tier::Generate));
    plan(nodes)
}
