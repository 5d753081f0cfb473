//! A plan as a Mermaid flowchart, for pages that draw it.

use std::fmt::Write as _;

use crate::outcome::Effect;
use crate::plan::draw::step::{said, timing};
use crate::plan::draw::{View, sections, title};
use crate::plan::model::{Node, Section, Work};
use crate::plan::preview::Preview;
use crate::text::cut;

/// The widest text of a label, in columns.
const WIDEST: usize = 48;

/// How effects look; the shape of a node tells them without colour.
const CLASSES: &str = "  classDef none fill:#f1f3f5,stroke:#868e96,color:#212529
  classDef read fill:#e7f5ff,stroke:#1971c2,color:#212529
  classDef repeatable fill:#ebfbee,stroke:#2f9e44,color:#212529
  classDef once fill:#fff4e6,stroke:#e8590c,color:#212529,stroke-width:2px
";

/// The plan as the text of a flowchart.
pub fn mermaid(view: &View<'_>) -> String {
    let mut chart = Chart { preview: Preview::masked(view.plan), text: "flowchart TD\n".to_owned() };
    for (section, range) in sections(&view.plan.nodes) {
        let is_main = section == Section::Main;
        if !is_main {
            chart.line(1, &format!("subgraph {0}[\"{0}\"]", title(section)));
        }
        for index in range {
            chart.node(&view.plan.nodes[index], &format!("n{index}"), if is_main { 1 } else { 2 });
        }
        if !is_main {
            chart.line(1, "end");
        }
    }
    chart.edges(&view.plan.nodes, "n");
    chart.text.push_str(CLASSES);
    chart.text
}

struct Chart<'a> {
    preview: Preview<'a>,
    text: String,
}

impl Chart<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{}{text}", "  ".repeat(depth));
    }

    fn node(&mut self, node: &Node, name: &str, depth: usize) {
        let label = self.label(node);
        let line = match &node.work {
            Work::Loop(inner) => {
                self.line(depth, &format!("subgraph {name}[\"{label}\"]"));
                for (index, node) in inner.body.iter().enumerate() {
                    self.node(node, &format!("{name}_{index}"), depth + 1);
                }
                self.line(depth, "end");
                return;
            }
            Work::Join => format!("{name}((\"{label}\"))"),
            Work::Wait { .. } | Work::Pause { .. } => format!("{name}([\"{label}\"])"),
            Work::Exchange(_) => match node.effect() {
                Effect::Once => format!("{name}{{{{\"{label}\"}}}}"),
                Effect::Read => format!("{name}(\"{label}\")"),
                _ => format!("{name}[\"{label}\"]"),
            },
        };
        self.line(depth, &format!("{line}:::{}", node.effect().as_str()));
    }

    fn label(&self, node: &Node) -> String {
        let id = format!("<b>{}</b>", escaped(node.title()));
        if let Work::Join = node.work {
            return id;
        }
        let said = said(node, &self.preview);
        let action =
            if node.title().starts_with(node.action()) { String::new() } else { format!(" {}", node.action()) };
        let text = cut(&said.text, WIDEST);
        let text = if said.is_quoted { format!("“{text}”") } else { text };
        let place = said.place.map(|place| format!("→ {place}"));
        let timing = Some(timing(node, &self.preview).join(" · "));
        let rows = [Some(text), place, timing].into_iter().flatten().filter(|row| !row.is_empty());
        rows.fold(format!("{id}{}", escaped(&action)), |label, row| format!("{label}<br/>{}", escaped(&row)))
    }

    /// Every edge with its reason; those of a loop's body after those of the list.
    fn edges(&mut self, nodes: &[Node], prefix: &str) {
        for (index, node) in nodes.iter().enumerate() {
            for edge in &node.needs {
                self.line(1, &format!("{prefix}{} -->|{}| {prefix}{index}", edge.node, edge.why.as_str()));
            }
        }
        for (index, node) in nodes.iter().enumerate() {
            if let Work::Loop(inner) = &node.work {
                self.edges(&inner.body, &format!("{prefix}{index}_"));
            }
        }
    }
}

/// Text that neither Mermaid nor the page reads as anything but text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '&' => escaped.push_str("#amp;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '`' => escaped.push_str("#96;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::plan::estimate::{Estimate, Known};
    use crate::plan::model::Plan;
    use crate::plan::sample::{rich, small};

    fn drawn(plan: &Plan) -> String {
        let known = Known { rows: &HashMap::new(), price: &|_, _| 250 };
        mermaid(&View {
            plan,
            estimate: &Estimate::default(),
            known: &known,
            names_rooms: true,
            missing: &[],
            campaign: None,
        })
    }

    #[test]
    fn a_script_is_a_flowchart() {
        insta::assert_snapshot!(drawn(&small()), @r##"
        flowchart TD
          n0["<b>host</b> generate<br/>“You are a warm, quick-witted launch host.”"]:::repeatable
          n1("<b>wait_ready_1</b>"):::read
          n2["<b>set_prompt_1</b><br/>“You host Alex. Keep answers short.”"]:::repeatable
          n3{{"<b>speak_1</b><br/>“Hello Alex, welcome to the launch!”<br/>→ every room<br/>delay 2s · hold speech ≈3.0s"}}:::once
          n4(["<b>pause_1</b><br/>“House lights to half, wait for applause”"]):::none
          n5{{"<b>speak_2</b><br/>“Let me show you what is new.”<br/>→ every room<br/>hold speech ≈3.2s"}}:::once
          n0 -->|agent| n1
          n0 -->|agent| n2
          n1 -->|order| n2
          n0 -->|agent| n3
          n2 -->|order| n3
          n3 -->|order| n4
          n0 -->|agent| n5
          n4 -->|order| n5
          classDef none fill:#f1f3f5,stroke:#868e96,color:#212529
          classDef read fill:#e7f5ff,stroke:#1971c2,color:#212529
          classDef repeatable fill:#ebfbee,stroke:#2f9e44,color:#212529
          classDef once fill:#fff4e6,stroke:#e8590c,color:#212529,stroke-width:2px
        "##);
    }

    #[test]
    fn loops_are_subgraphs_and_labels_are_escaped() {
        insta::assert_snapshot!(drawn(&rich()), @r##"
        flowchart TD
          n0["<b>host</b> generate<br/>“A host.”"]:::repeatable
          n1("<b>poll</b> http<br/>GET https://api.crm.example/polls/7"):::read
          n2("<b>wait_ready_1</b>"):::read
          n3{{"<b>speak_1</b><br/>“Curtain up! #amp; #quot;#lt;lights#gt;#quot; #35;1”<br/>→ stage<br/>at 1m · hold speech ≈2.0s"}}:::once
          n4{{"<b>add_context_1</b><br/>“{{ steps.poll.body.total }} votes so far.”<br/>→ lobby<br/>if steps.poll.body.total #gt;= 50"}}:::once
          n5(["<b>wait_1</b><br/>5s"]):::none
          n6(("<b>parallel_1</b>")):::none
          subgraph n7["<b>greetings</b> foreach<br/>for each guest of 3 items"]
            n7_0{{"<b>greet</b> speak<br/>“Welcome, {{ guest.name }}.”<br/>→ {{ guest.name }}<br/>hold speech"}}:::once
            n7_1{{"<b>note</b> http<br/>POST https://api.crm.example/notes"}}:::once
          end
          n8{{"<b>late</b> speak<br/>“One more thing.”<br/>→ stage<br/>hold speech ≈1.6s"}}:::once
          subgraph on_failure["on_failure"]
            n9{{"<b>sorry</b> speak<br/>“We will be right back.”<br/>→ stage<br/>hold speech ≈2.4s"}}:::once
          end
          subgraph finally["finally"]
            n10["<b>clean</b> delete_agent<br/>if always()"]:::repeatable
          end
          n0 -->|agent| n2
          n1 -->|order| n2
          n0 -->|agent| n3
          n2 -->|order| n3
          n0 -->|agent| n4
          n1 -->|reference| n4
          n2 -->|order| n4
          n4 -->|order| n5
          n3 -->|order| n6
          n5 -->|order| n6
          n0 -->|agent| n7
          n6 -->|order| n7
          n0 -->|agent| n8
          n3 -->|needs| n8
          n7_0 -->|order| n7_1
          classDef none fill:#f1f3f5,stroke:#868e96,color:#212529
          classDef read fill:#e7f5ff,stroke:#1971c2,color:#212529
          classDef repeatable fill:#ebfbee,stroke:#2f9e44,color:#212529
          classDef once fill:#fff4e6,stroke:#e8590c,color:#212529,stroke-width:2px
        "##);
    }
}
