//! What YAML 1.2 takes an unquoted word for.

use crate::workflow::node::ScalarKind;

/// The kind of an unquoted scalar, by the core schema; what would lose its spelling as a number stays text.
pub(super) fn kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Boolean,
        _ if is_integer(text) => ScalarKind::Integer,
        _ if is_number(text) => ScalarKind::Number,
        _ => ScalarKind::Plain,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// Digits; a leading zero belongs to a code or a telephone number, not to a count.
fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'))
        && text.parse::<i64>().is_ok()
}

fn is_number(text: &str) -> bool {
    let digits = unsigned(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().any(|b| matches!(b, b'.' | b'e' | b'E'))
        && (!digits.starts_with('0') || digits.len() == 1 || digits.starts_with("0.") || digits.starts_with("0e"))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_yaml_1_2_takes_them_for() {
        use ScalarKind::{Boolean, Integer, Null, Number, Plain};
        let cases = [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("true", Boolean),
            ("False", Boolean),
            ("yes", Plain),
            ("on", Plain),
            ("42", Integer),
            ("-7", Integer),
            ("+0", Integer),
            ("0755", Plain),
            ("00", Plain),
            ("0x1F", Plain),
            ("1_000", Plain),
            ("99999999999999999999", Plain),
            ("1.10", Number),
            ("-.5", Number),
            ("1e3", Number),
            ("1e999", Plain),
            (".inf", Plain),
            ("nan", Plain),
            (".", Plain),
            ("e", Plain),
            ("2026-01-01", Plain),
            ("1.2.3", Plain),
            ("5s", Plain),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
