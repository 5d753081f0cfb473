//! Which items of a plan's loops go out: those that a person chose, and that an earlier run did not see to.

use crate::daemon::files::Rows;
use crate::daemon::refused::{Refused, Why};
use crate::diagnostic::nearest;
use crate::engine::selection::{CarriedEnd, Selection};
use crate::plan::estimate::{Known, items};
use crate::plan::model::{ItemSource, Loop, Plan, Work};
use crate::plan::preview::Preview;
use crate::plan::rows::{Reading, RowScope, loops};
use crate::report::mask::Mask;
use crate::text::{clean, counted, grouped};

/// A plan of nothing but what a selection lets go out, as far as its items are known.
pub fn narrowed(plan: &Plan, rows: &Rows, selection: &Selection) -> Plan {
    let mut narrow = plan.clone();
    if selection.is_whole() {
        return narrow;
    }
    let (index, preview) = (selection.index(), Preview::exact(plan));
    for (place, _, inner) in loops(plan) {
        let is_carried_whole = |at: usize| selection.carried.get(at).is_some_and(|of| of.end != CarriedEnd::Items);
        let chosen = if selection.left_out.contains(&place) || index.node(place).is_some_and(is_carried_whole) {
            Vec::new()
        } else {
            let Some(items) = items(inner, &preview, &Known { rows, price: &|_, _| 0 }) else { continue };
            let keys = keys(plan, inner, rows);
            let is_chosen = |at: usize| {
                let known = keys.as_ref().and_then(|keys| keys.get(at));
                // Without a key an item is known by its place.
                let key = known.cloned().unwrap_or_else(|| at.to_string());
                let mut body = 0..inner.body.len() as u32;
                let is_over = !body.is_empty() && body.all(|step| index.item(place, &key, step).is_some());
                !is_over && (selection.items.is_empty() || known.is_none_or(|key| selection.items.contains(key)))
            };
            let first = selection.limit.map_or(items.len(), |limit| limit as usize);
            let chosen = items.iter().take(first).enumerate().filter(|(at, _)| is_chosen(*at));
            chosen.map(|(_, item)| item.clone()).collect()
        };
        if let Some(Work::Loop(inner)) = narrow.nodes.get_mut(place as usize).map(|node| &mut node.work) {
            inner.items = ItemSource::List(chosen);
        }
    }
    narrow
}

/// The keys of the items of a loop, as far as they are known before a run.
fn keys(plan: &Plan, inner: &Loop, rows: &Rows) -> Option<Vec<String>> {
    let preview = Preview::exact(plan);
    let key = Reading::expression(inner.key.as_deref()?, &preview, &inner.name)?;
    let items = items(inner, &preview, &Known { rows, price: &|_, _| 0 })?;
    let of = |item| key.of(&RowScope { preview: &preview, name: &inner.name, item }).unwrap_or_default();
    Some(items.iter().map(of).collect())
}

/// Checks that a selection of items fits the loops of a plan. Answers what of them goes out, for people.
pub fn fits(plan: &Plan, rows: &Rows, (limit, wanted): (Option<u32>, &[String])) -> Result<Option<String>, Refused> {
    if limit.is_none() && wanted.is_empty() {
        return Ok(None);
    }
    let flag = if limit.is_some() { "--limit" } else { "--item" };
    if loops(plan).next().is_none() {
        let message = format!("`{flag}` chooses items of loops, and the workflow has no loop; nothing was sent");
        return Err(Refused::new(Why::Invalid, message).hint("leave it out"));
    }
    if let Some(limit) = limit {
        let preview = Preview::exact(plan);
        let count = |inner| items(inner, &preview, &Known { rows, price: &|_, _| 0 }).map(|items| items.len());
        let counts: Vec<Option<usize>> = loops(plan).map(|(_, _, inner)| count(inner)).collect();
        return Ok(Some(match counts.as_slice() {
            [Some(count)] if *count <= limit as usize => {
                format!("all {}: `--limit {limit}` leaves none out", counted(*count as u64, "item"))
            }
            [Some(count)] => format!("only the first {} of {} items", grouped(limit.into()), grouped(*count as u64)),
            _ => format!("only the first {} items of each loop", grouped(limit.into())),
        }));
    }
    let known: Vec<Option<Vec<String>>> =
        loops(plan).filter(|(_, _, inner)| inner.key.is_some()).map(|(_, _, inner)| keys(plan, inner, rows)).collect();
    if known.is_empty() {
        let message = "`--item` chooses items by their keys, and no loop has a `key`; nothing was sent";
        return Err(Refused::new(Why::Invalid, message).hint("write `key:` on the loop"));
    }
    // A list that only the run knows may have any key.
    if known.iter().all(Option::is_some) {
        let keys: Vec<&str> = known.iter().flatten().flatten().map(String::as_str).collect();
        if let Some(missing) = wanted.iter().find(|key| !keys.contains(&key.as_str())) {
            let refused = Refused::new(Why::Invalid, format!("no item has the key `{missing}`; nothing was sent"));
            let mask = Mask::new(plan);
            let shown = |key: &str| clean(&mask.text(key));
            return Err(match nearest(missing, keys.iter().copied()) {
                Some(near) => refused.hint(format!("did you mean `{}`?", shown(near))),
                None => {
                    let first = shown(keys.first().unwrap_or(&""));
                    refused.hint(format!("there are {} items, the first is `{first}`", keys.len()))
                }
            });
        }
    }
    let noun = if wanted.len() == 1 { "item" } else { "items" };
    Ok(Some(format!("only {noun} {}", clean(&wanted.join(", ")))))
}
