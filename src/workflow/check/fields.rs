//! What the types of an action's fields cannot say: asked of the action itself.

use super::file::File;
use crate::diagnostic::Diagnostic;

/// Asks every action about its fields.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for (_, draft, doing) in file.outline.actions() {
        for mistake in (doing.descriptor.check)(&doing.fields) {
            let span = mistake.field.as_ref().and_then(|field| doing.spans.get(field)).unwrap_or(&draft.place);
            found.push(file.error("bad-field", span, mistake.message).maybe_hint(mistake.hint));
        }
    }
}
