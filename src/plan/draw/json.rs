//! A plan for programs: every step with every edge, and the estimate.

use serde_json::{Value, json};

use crate::plan::draw::{View, step, target, title};
use crate::plan::estimate;
use crate::plan::model::{Node, Work};
use crate::plan::preview::Preview;

/// The plan as one JSON value.
pub fn json(view: &View<'_>) -> Value {
    let preview = Preview::masked(view.plan);
    let mut plan = json!({
        "workflow": view.plan.workflow,
        "file": view.plan.file,
        "inputs": preview.inputs(),
        "missing_inputs": view.missing,
        "nodes": nodes(&view.plan.nodes, view, &preview),
        "estimate": view.estimate,
    });
    if let Some(campaign) = view.campaign {
        plan["campaign"] = json!(campaign);
    }
    plan
}

fn nodes(list: &[Node], view: &View<'_>, preview: &Preview<'_>) -> Vec<Value> {
    list.iter().map(|node| one(list, node, view, preview)).collect()
}

fn one(list: &[Node], node: &Node, view: &View<'_>, preview: &Preview<'_>) -> Value {
    let needs: Vec<Value> = node
        .needs
        .iter()
        .filter_map(|edge| Some(json!({ "id": target(list, edge)?.id, "why": edge.why.as_str() })))
        .collect();
    let mut value = json!({
        "id": node.id,
        "action": node.action(),
        "effect": node.effect().as_str(),
        "needs": needs,
        "section": title(node.section),
        "line": node.line,
    });
    let mut set = |name: &str, field: Value| value[name] = field;
    let said = step::said(node, preview);
    if let Some(name) = &node.name {
        set("name", json!(name));
    }
    if !matches!(node.work, Work::Join | Work::Loop(_)) && !said.text.is_empty() {
        set("text", json!(said.text));
    }
    if let Work::Exchange(exchanged) = &node.work
        && let Some(agent) = &exchanged.agent
    {
        set("agent", json!(agent.name));
    }
    if let Some(place) = said.place {
        set("room", json!(place));
    }
    let timing = step::timing(node, preview);
    if !timing.is_empty() {
        set("timing", json!(timing));
    }
    if let Work::Loop(inner) = &node.work {
        set("items", json!(estimate::items(inner, preview, view.known).map(|items| items.len())));
        set("max_parallel", json!(inner.max_parallel));
        set("body", json!(nodes(&inner.body, view, preview)));
    }
    value
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::plan::estimate::{Known, estimate};
    use crate::plan::model::Plan;
    use crate::plan::sample::{rich, small};

    fn told(plan: &Plan) -> Value {
        let known = Known { rows: &HashMap::new(), price: &|_, _| 250 };
        let estimate = estimate(plan, &known);
        json(&View {
            plan,
            estimate: &estimate,
            known: &known,
            names_rooms: true,
            missing: &["city".to_owned()],
            campaign: None,
        })
    }

    #[test]
    fn a_program_reads_every_step_and_the_estimate() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&told(&small())).unwrap(), @r##"
        {
          "workflow": "launch-demo",
          "file": "workflows/launch-demo.yaml",
          "inputs": {
            "customer": "Alex"
          },
          "missing_inputs": [
            "city"
          ],
          "nodes": [
            {
              "id": "host",
              "action": "generate",
              "effect": "repeatable",
              "needs": [],
              "section": "steps",
              "line": 1,
              "text": "You are a warm, quick-witted launch host."
            },
            {
              "id": "wait_ready_1",
              "action": "wait_ready",
              "effect": "read",
              "needs": [
                {
                  "id": "host",
                  "why": "agent"
                }
              ],
              "section": "steps",
              "line": 1,
              "agent": "host"
            },
            {
              "id": "set_prompt_1",
              "action": "set_prompt",
              "effect": "repeatable",
              "needs": [
                {
                  "id": "host",
                  "why": "agent"
                },
                {
                  "id": "wait_ready_1",
                  "why": "order"
                }
              ],
              "section": "steps",
              "line": 1,
              "text": "You host Alex. Keep answers short.",
              "agent": "host"
            },
            {
              "id": "speak_1",
              "action": "speak",
              "effect": "once",
              "needs": [
                {
                  "id": "host",
                  "why": "agent"
                },
                {
                  "id": "set_prompt_1",
                  "why": "order"
                }
              ],
              "section": "steps",
              "line": 1,
              "text": "Hello Alex, welcome to the launch!",
              "agent": "host",
              "room": "every room",
              "timing": [
                "delay 2s",
                "hold speech ≈3.0s"
              ]
            },
            {
              "id": "pause_1",
              "action": "pause",
              "effect": "none",
              "needs": [
                {
                  "id": "speak_1",
                  "why": "order"
                }
              ],
              "section": "steps",
              "line": 1,
              "text": "House lights to half, wait for applause"
            },
            {
              "id": "speak_2",
              "action": "speak",
              "effect": "once",
              "needs": [
                {
                  "id": "host",
                  "why": "agent"
                },
                {
                  "id": "pause_1",
                  "why": "order"
                }
              ],
              "section": "steps",
              "line": 1,
              "text": "Let me show you what is new.",
              "agent": "host",
              "room": "every room",
              "timing": [
                "hold speech ≈3.2s"
              ]
            }
          ],
          "estimate": {
            "credits": 250,
            "requests": {
              "generate": 1,
              "write": 3,
              "read": 1
            },
            "seconds": 8.2,
            "at_least": true
          }
        }
        "##);
    }

    #[test]
    fn every_edge_is_told_with_its_reason_also_within_loops() {
        let value = told(&rich());
        let reasons = json!([
            { "id": "host", "why": "agent" },
            { "id": "poll", "why": "reference" },
            { "id": "wait_ready_1", "why": "order" },
        ]);
        assert_eq!(value["nodes"][4]["needs"], reasons);
        assert_eq!(value["nodes"][7]["items"], json!(3));
        assert_eq!(value["nodes"][7]["body"][1]["needs"], json!([{ "id": "greet", "why": "order" }]));
    }

    #[test]
    fn what_is_sensitive_is_masked() {
        let plan = Plan { sensitive: vec!["customer".to_owned()], ..small() };
        let text = told(&plan).to_string();
        assert!(!text.contains("Alex") && text.contains("Hello [input customer]"), "{text}");
    }
}
