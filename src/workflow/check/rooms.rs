//! Where a step is heard: never everywhere by an oversight.

use super::file::File;
use super::items;
use super::outline::Draft;
use super::reads::Reading;
use super::texts::Role;
use crate::actions::action::Address;
use crate::diagnostic::Diagnostic;
use crate::workflow::model::StepRoom;
use crate::workflow::node::Node;

/// The word for every room.
const EVERY: &str = "all";

/// Checks the room of every step that is heard somewhere.
pub fn check(file: &File<'_>, readings: &[Reading], found: &mut Vec<Diagnostic>) {
    check_written(file, found);
    let from_item = steps_that_say_the_item(file, readings);
    let is_named = names_rooms(file);
    for (index, draft, doing) in file.outline.actions() {
        if doing.descriptor.address != Address::Room {
            continue;
        }
        let place = &draft.place;
        match room_of(file, draft) {
            None if is_named && room_node(file, draft).is_none() => {
                let message = format!("step `{}` names no room, while this file names one elsewhere", draft.id);
                found.push(
                    file.error("missing-room", place, message)
                        .hint("write `room: NAME`, or `room: all` for every room"),
                );
            }
            None | Some(StepRoom::Every) if from_item[index] => {
                let place = room_node(file, draft).map_or(place, |room| &room.span);
                let message = format!("step `{}` sends what belongs to one item to every room", draft.id);
                let hint = "name the item's room, as `room: \"{{ item.room }}\"`";
                found.push(file.error("item-to-every-room", place, message).hint(hint));
            }
            _ => {}
        }
    }
}

/// Where a step is heard, when it says so or the file does.
pub fn room_of(file: &File<'_>, draft: &Draft<'_>) -> Option<StepRoom> {
    let room = room_node(file, draft)?.text()?;
    Some(if room.value == EVERY { StepRoom::Every } else { StepRoom::Named(room.value) })
}

/// Tells whether a room is written anywhere in the file.
pub fn names_rooms(file: &File<'_>) -> bool {
    file.root.get("room").is_some() || file.outline.steps.iter().any(|draft| draft.get("room").is_some())
}

fn room_node<'a>(file: &File<'a>, draft: &Draft<'a>) -> Option<&'a Node> {
    draft.get("room").or_else(|| file.root.get("room"))
}

fn check_written(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    let of_steps = file.outline.steps.iter().filter_map(|draft| draft.get("room"));
    for room in file.root.get("room").into_iter().chain(of_steps) {
        let is_blank = room.as_scalar().is_some_and(|scalar| scalar.text.trim().is_empty());
        if is_blank || room.is_null() {
            let hint = "write the room's name, or `room: all` for every room";
            found.push(file.error("empty-room", &room.span, "the room is empty").hint(hint));
        } else if room.as_scalar().is_some_and(|scalar| scalar.text.trim().chars().any(char::is_control)) {
            let message = "the room has a line break or another control character";
            found.push(file.error("bad-room", &room.span, message).hint("write the room's name on one line"));
        }
    }
}

/// The steps whose fields read the item, or a result of the item's own steps.
fn steps_that_say_the_item(file: &File<'_>, readings: &[Reading]) -> Vec<bool> {
    let mut says = vec![false; file.outline.steps.len()];
    for reading in readings.iter().filter(|reading| matches!(reading.role, Role::Field(_))) {
        let Some(reader) = reading.reader else { continue };
        let Some((_, around)) = file.outline.loop_around(reader) else { continue };
        let item = items::name_of(around);
        let is_inner_result = reading.path.first().is_some_and(|root| root == "steps")
            && reading
                .path
                .get(1)
                .and_then(|id| file.outline.find(id))
                .is_some_and(|step| file.outline.steps[step].parent == file.outline.steps[reader].parent);
        says[reader] |= is_inner_result || reading.path.first() == Some(&item);
    }
    says
}
