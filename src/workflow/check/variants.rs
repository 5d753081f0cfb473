//! Texts of which each person hears one: their shares add up to something, and nothing else is said beside them.

use std::collections::HashMap;

use super::file::File;
use super::outline::{Doing, Draft};
use crate::diagnostic::Diagnostic;
use crate::plan::model::{Arm, Variants};
use crate::workflow::node::{Entry, Node};

/// The fields that the text of an arm can stand for.
const FIELDS: [&str; 2] = ["message", "context"];

/// The texts of arms that stand in files, by where their path stands.
pub type Arms = HashMap<usize, String>;

/// Checks the variants of every step.
pub fn check(file: &File<'_>, texts: &Arms, found: &mut Vec<Diagnostic>) {
    for (_, draft, doing) in file.outline.actions() {
        let Some(entry) = draft.entry("variants") else { continue };
        let wrong = |node: &Node, message: String, hint: &str| {
            file.error("bad-variants", &node.span, message).hint(hint.to_owned())
        };
        let Some(field) = field_of(doing) else {
            let message = format!("`variants` has no effect on `{}`, which says nothing", doing.descriptor.name);
            found.push(file.error("bad-variants", &entry.key.span, message).hint("take it out"));
            continue;
        };
        let own = doing.value.and_then(|value| value.get(field).or(value.as_scalar().map(|_| value)));
        if let Some(own) = own.filter(|own| !own.is_null()) {
            let message = format!("`{}` has a `{field}` of its own beside `variants`", doing.descriptor.name);
            found.push(wrong(own, message, "keep one of them"));
        }
        let arms = arms(&entry.value);
        if arms.is_empty() {
            found.push(wrong(&entry.value, "there is no arm".to_owned(), "give one text at least"));
        }
        for arm in arms {
            if arm_text(arm, field).is_none() {
                let message = format!("arm `{}` has no `{field}`", arm.key.value);
                found.push(wrong(&arm.value, message, "write the text, or take the arm out"));
            } else if arm_text(arm, field)
                .is_some_and(|node| said(node, texts).is_some_and(|text| text.trim().is_empty()))
            {
                found.push(wrong(
                    &arm.value,
                    format!("arm `{}` says nothing", arm.key.value),
                    "for people who hear nothing there is `holdout: 5%`",
                ));
            }
        }
        if !arms.is_empty() && arms.iter().map(weight).sum::<f64>() <= 0.0 {
            found.push(wrong(&entry.value, "no arm has a weight above 0".to_owned(), "give one a `weight: 1`"));
        }
        if let Some(seed) =
            entry.value.get("seed").filter(|seed| seed.text().is_some_and(|seed| seed.value.contains("{{")))
        {
            let message = "the seed is a word, and no text that is put together";
            found.push(wrong(seed, message.to_owned(), "write a word: another one draws anew"));
        }
        if let Some(holdout) = entry.value.get("holdout").and_then(|node| Some((node, node.text()?))) {
            let share = percent(&holdout.1.value);
            if share.is_none() {
                let message = format!("`{}` is no share below 100%", holdout.1.value);
                found.push(wrong(holdout.0, message, "write it as `5%`"));
            }
        }
    }
}

/// The variants of a step as its plan keeps them.
pub fn variants_of(draft: &Draft<'_>, doing: &Doing<'_>, (workflow, texts): (&str, &Arms)) -> Option<Variants> {
    let node = draft.get("variants")?;
    let field = field_of(doing)?;
    let text = |key: &str| node.get(key).and_then(Node::text).map(|text| text.value);
    let arm = |entry: &Entry| {
        let text = said(arm_text(entry, field)?, texts)?;
        Some(Arm { name: entry.key.value.clone(), weight: weight(entry), text })
    };
    Some(Variants {
        seed: text("seed").unwrap_or_else(|| format!("{workflow}/{}", draft.id)),
        holdout: text("holdout").and_then(|share| percent(&share)).unwrap_or(0.0),
        field: field.to_owned(),
        arms: arms(node).iter().filter_map(arm).collect(),
    })
}

/// The arms of an action whose texts stand in files: the field that they stand for, the arm's text, the path.
pub fn files<'a>(draft: &Draft<'a>, doing: &Doing<'_>) -> Vec<(&'static str, &'a Node, &'a Node)> {
    let Some(field) = field_of(doing) else { return Vec::new() };
    let arms = draft.get("variants").map(arms).unwrap_or_default();
    arms.iter()
        .filter_map(|arm| arm_text(arm, field))
        .filter_map(|text| Some((field, text, text.get("file")?)))
        .collect()
}

/// The texts of the arms, whatever field they stand for.
pub fn texts<'a>(draft: &Draft<'a>) -> Vec<&'a Node> {
    let arms = draft.get("variants").map(arms).unwrap_or_default();
    arms.iter().filter_map(|arm| FIELDS.into_iter().find_map(|field| arm_text(arm, field))).collect()
}

/// The text of the first arm: what stands for the action's own while the file is checked.
pub fn first_text(step: &Node) -> Option<&Node> {
    let arm = step.get("variants").map(arms)?.first()?;
    FIELDS.into_iter().find_map(|field| arm_text(arm, field))
}

fn field_of(doing: &Doing<'_>) -> Option<&'static str> {
    doing.descriptor.short.filter(|field| FIELDS.contains(field))
}

fn arms(variants: &Node) -> &[Entry] {
    variants.get("arms").and_then(Node::as_map).unwrap_or_default()
}

fn arm_text<'a>(arm: &'a Entry, field: &str) -> Option<&'a Node> {
    match arm.value.as_map() {
        Some([only]) if only.key.value == "file" => Some(&arm.value),
        Some(_) => arm.value.get(field),
        None => Some(&arm.value).filter(|value| !value.is_null()),
    }
}

/// A text as it is written, or as its file has it.
fn said(node: &Node, texts: &Arms) -> Option<String> {
    node.text().map(|text| text.value).or_else(|| texts.get(&node.span.start).cloned())
}

fn weight(arm: &Entry) -> f64 {
    let written = arm.value.get("weight").and_then(Node::text);
    written.map_or(1.0, |weight| weight.value.parse().unwrap_or(1.0))
}

/// A share as `5%`, from 0 up to 1.
fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    (0.0..100.0).contains(&number).then_some(number / 100.0)
}
