//! YAML 1.2 as values: `yes` is text, `007` is text, a key is never there twice, and a bomb of aliases is refused.

use serde_json::Value;

/// Why a text is no YAML.
#[derive(Debug)]
pub(super) struct YamlError {
    /// The line, from 1; 0 when nobody knows.
    pub line: usize,
    /// The column, from 1; 0 when nobody knows.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads one document as a value.
pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    // The bounds of the library suit settings; a file of rows has more nodes. Its size is bounded by the project.
    let budget = serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000 };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error.location();
        let text = error.without_snippet().to_string();
        YamlError {
            line: location.map_or(0, |location| location.line() as usize),
            column: location.map_or(0, |location| location.column() as usize),
            message: text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_words_and_codes_stay_text() {
        let value = parse("a: yes\nb: 007\nc: 1_000\nd: true\ne: 1.5\nf: ~\n7: seven\n").expect("YAML");
        let expected = json!({ "a": "yes", "b": "007", "c": "1_000", "d": true, "e": 1.5, "f": null, "7": "seven" });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_mistake_has_a_place_and_a_message_without_it() {
        let error = parse("a: 1\nb: 2\na: 3\n").expect_err("a key twice");
        assert_eq!((error.line, error.column), (3, 1));
        assert!(error.message.contains("duplicate") && !error.message.contains("line 3"), "{}", error.message);
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..10 {
            let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        assert!(parse(&text).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
