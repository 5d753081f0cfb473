//! `needs`: every name is a step that can be waited for.

use super::edges::{Edge, Edges};
use super::file::File;
use super::outline::Draft;
use crate::diagnostic::Diagnostic;
use crate::plan::model::Why;
use crate::workflow::node::{Node, Spanned};

/// Resolves `needs` into edges.
pub fn check(file: &File<'_>, edges: &mut Edges, found: &mut Vec<Diagnostic>) {
    for (index, draft) in file.outline.steps.iter().enumerate() {
        for name in names(draft) {
            match resolve(file, index, &name) {
                Ok(to) => {
                    edges.add(&file.outline, (index, to), Edge { why: Why::Needs, span: name.span });
                }
                Err(mistake) => found.push(*mistake),
            }
        }
    }
}

/// The names that a step needs: one, or a list.
fn names(draft: &Draft<'_>) -> Vec<Spanned<String>> {
    match draft.get("needs") {
        Some(node) => match node.as_list() {
            Some(items) => items.iter().filter_map(Node::text).collect(),
            None => node.text().into_iter().collect(),
        },
        None => Vec::new(),
    }
}

fn resolve(file: &File<'_>, index: usize, name: &Spanned<String>) -> Result<usize, Box<Diagnostic>> {
    let outline = &file.outline;
    let draft = &outline.steps[index];
    let id = &name.value;
    let error = |code, message: String, hint: Option<String>| {
        Err(Box::new(file.error(code, &name.span, message).maybe_hint(hint)))
    };
    let Some(to) = outline.find(id) else {
        let hint = outline.nearest_id(id, Some(index)).map(|near| format!("did you mean `{near}`?"));
        let hint =
            hint.or_else(|| Some("name a step by its `id`, or leave `needs` out to follow the step above".to_owned()));
        return error("unknown-step", format!("step `{}` needs an unknown step `{id}`", draft.id), hint);
    };
    let needed = &outline.steps[to];
    if to == index {
        return error("cycle", format!("step `{id}` needs itself"), Some("leave it out".to_owned()));
    }
    if needed.section != draft.section {
        let hint = "a script begins when the one before it has ended: leave it out".to_owned();
        return error(
            "other-script",
            format!("step `{}` needs `{id}`, which is in another script", draft.id),
            Some(hint),
        );
    }
    match (outline.loop_around(to), outline.loop_around(index)) {
        (theirs, ours) if theirs.map(|(at, _)| at) == ours.map(|(at, _)| at) => Ok(to),
        (Some((around, looping)), _) if around != index => {
            let message = format!("step `{}` needs `{id}`, which is inside the loop `{}`", draft.id, looping.id);
            let hint = format!("outside, only the loop is seen: write `needs: {}`", looping.id);
            error("inside-loop", message, Some(hint))
        }
        (None, Some((around, looping))) if around != to => {
            let message = format!("step `{}` of a loop needs `{id}`, which is outside the loop", draft.id);
            let hint = format!("write `needs: {id}` beside `foreach` of `{}`: all of it then waits", looping.id);
            error("outside-loop", message, Some(hint))
        }
        _ => error(
            "cycle",
            format!("step `{}` needs `{id}`: one is inside the other", draft.id),
            Some("leave it out".to_owned()),
        ),
    }
}
