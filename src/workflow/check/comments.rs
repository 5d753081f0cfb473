//! A text that YAML cut short at ` #`.

use super::file::File;
use super::outline::Doing;
use super::variants;
use crate::diagnostic::{Diagnostic, Span};
use crate::workflow::node::{Node, ScalarKind};

/// Warns of unquoted texts that end where a `#` stands that looks like part of them.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for (_, draft, doing) in file.outline.actions() {
        let action = doing.descriptor.name;
        let own = texts(doing).filter(|(field, _)| file.is_kind(action, field, "text"));
        let arms = variants::texts(draft).into_iter().map(|text| ("variants", text));
        for (field, node) in own.chain(arms) {
            let is_plain = node.as_scalar().is_some_and(|scalar| scalar.kind == ScalarKind::Plain);
            let Some(cut) = cut_off(&file.source.text, &node.span).filter(|_| is_plain) else { continue };
            let message = format!("`{field}` ends before `{cut}`, which YAML takes for a comment");
            let hint = "put the text in quotes; if it is a comment, write a space after `#`";
            found.push(file.warning("cut-by-comment", &node.span, message).hint(hint));
        }
    }
}

/// The fields of an action as written.
fn texts<'d>(doing: &'d Doing<'_>) -> impl Iterator<Item = (&'d str, &'d Node)> {
    let entries = doing.value.and_then(Node::as_map).unwrap_or_default();
    let short = doing.descriptor.short.zip(doing.value.filter(|value| value.as_map().is_none()));
    entries.iter().map(|entry| (entry.key.value.as_str(), &entry.value)).chain(short)
}

/// What follows a text on its line, if it begins with a `#` and a letter or digit: `#1`, but not `# a remark`.
fn cut_off<'t>(text: &'t str, span: &Span) -> Option<&'t str> {
    let rest = text.get(span.end..)?.lines().next()?;
    let cut = rest.trim();
    let follows = cut.strip_prefix('#')?;
    (rest.starts_with([' ', '\t']) && follows.starts_with(char::is_alphanumeric)).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_told_from_a_number() {
        let text = "speak: We are #1 again";
        assert_eq!(cut_off(text, &(7..13)), Some("#1 again"));
        assert_eq!(cut_off("speak: Hello # greets", &(7..12)), None);
        assert_eq!(cut_off("speak: Hello#1", &(7..12)), None);
    }
}
