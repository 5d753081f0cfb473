//! Lines that would sound wrong: too long for one breath, or with marks that are meant for eyes.

use std::sync::LazyLock;

use regex::Regex;

use super::file::File;
use super::outline::Doing;
use crate::actions::speech;
use crate::diagnostic::Diagnostic;
use crate::duration::Millis;
use crate::workflow::node::Node;

/// The longest line that passes without a word.
const LONG: Millis = Millis::from_secs(60);

/// Warns of lines that would sound wrong.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    let written = file.root.get("defaults").and_then(|defaults| defaults.get("speech_rate")).and_then(Node::text);
    let rate = written.and_then(|rate| rate.value.parse().ok()).unwrap_or(speech::DEFAULT_RATE);
    for (_, draft, doing) in file.outline.actions() {
        let Some((field, line)) = spoken_line(doing) else { continue };
        let span = doing.spans.get(field).unwrap_or(&draft.place);
        let plain = without_templates(line);
        let length = speech::estimate(&plain, rate);
        if length > LONG {
            let message = format!("this line takes about {length} to say, and cannot be stopped once it is sent");
            let hint = "make it several `speak` steps: a run can stop, and go on, between them";
            found.push(file.warning("long-speech", span, message).hint(hint));
        }
        if let Some((_, what, hint)) = MARKS.iter().find(|(pattern, ..)| pattern.is_match(&plain)) {
            let message = format!("this line holds {what}, which may be read aloud");
            found.push(file.warning("spoken-markup", span, message).hint(*hint));
        }
    }
}

/// The text of an action that is spoken.
pub fn spoken_line<'d>(doing: &'d Doing<'_>) -> Option<(&'static str, &'d str)> {
    let field = (doing.descriptor.spoken)(&doing.fields)?;
    Some((field, doing.fields.get(field)?.as_str()?))
}

/// A kind of mark that nobody should hear: how it looks, what it is, what to do.
type Mark = (Regex, &'static str, &'static str);

static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| literal(r"(?s)\{\{.*?\}\}"));

static MARKS: LazyLock<[Mark; 5]> = LazyLock::new(|| {
    let plain = "write what is said, in plain words";
    [
        (literal(r"https?://\S+|\bwww\.\S+"), "a web address", "say its name, as `our web site`"),
        (literal(r"</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?/?>"), "a tag of HTML or SSML", plain),
        (literal(r"\*\*\S[^*]*\*\*|__\S[^_]*__|(^|\s)\*\S[^*]*\*(\W|$)"), "`*` or `_` for stress", plain),
        (literal(r"\[[^\]]+\]\([^)]+\)|`"), "marks of Markdown", plain),
        (literal(r"(?m)^\s*(#{1,6} |[-*] )"), "a heading or a list of Markdown", plain),
    ]
});

/// The text with a word in place of every template; those that say nothing leave nothing.
fn without_templates(line: &str) -> String {
    let spoken = |found: &regex::Captures<'_>| {
        if found[0].starts_with("{{#") || found[0].starts_with("{{/") { "" } else { "word" }
    };
    TEMPLATE.replace_all(line, spoken).into_owned()
}

#[expect(clippy::expect_used, reason = "the patterns are literals, compiled by a test")]
fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(line: &str) -> Option<&'static str> {
        let plain = without_templates(line);
        MARKS.iter().find(|(pattern, ..)| pattern.is_match(&plain)).map(|(_, what, _)| *what)
    }

    #[test]
    fn marks_for_eyes_are_found() {
        let lines =
            ["See https://x.example", "Wait <break time='1s'/> now", "**Bold** claim", "[our site](x)", "- one\n- two"];
        for line in lines {
            assert!(mark(line).is_some(), "{line}");
        }
    }

    #[test]
    fn plain_speech_is_left_alone() {
        let lines = [
            "It's 5 < 6, and a > b",
            "Nº 1 – we are #1!",
            "2 * 3 * 4",
            "{{#if inputs.vip}}Hello{{/if}}",
            "snake_case_name",
        ];
        for line in lines {
            assert_eq!(mark(line), None, "{line}");
        }
    }
}
