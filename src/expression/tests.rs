use std::cell::RefCell;

use serde_json::json;

use super::*;

struct Fixed(Value, RefCell<Vec<String>>);

impl Fixed {
    fn new() -> Self {
        let value = json!({
            "inputs": {"vip": true, "tickets": 3, "cities": ["Paris", "Rome"], "name": "Alex"},
            "steps": {"poll": {"ok": false, "body": {"total": 60, "rows": [{"id": 7}]}}},
        });
        Self(value, RefCell::default())
    }
}

impl Scope for Fixed {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        self.1.borrow_mut().push(path.join("."));
        if path.starts_with(&["steps".to_owned(), "gone".to_owned()]) {
            return Err("step `gone` has no result: it is skipped".to_owned());
        }
        Ok(crate::scope::part(&self.0, path).cloned())
    }
}

fn evaluate(text: &str) -> Result<Value, String> {
    let expression = Expression::parse(text).map_err(|error| error.message)?;
    expression.evaluate(&Fixed::new(), &Needs { failed: true }).map_err(|error| error.to_string())
}

#[test]
fn conditions_read_as_people_write_them() {
    assert_eq!(evaluate("inputs.vip and steps.poll.body.total >= 50"), Ok(json!(true)));
    assert_eq!(evaluate("inputs.tickets == 3 and 'Paris' in inputs.cities"), Ok(json!(true)));
    assert_eq!(evaluate("not inputs.vip or inputs.tickets > 5"), Ok(json!(false)));
    assert_eq!(evaluate("inputs.cities | length"), Ok(json!(2)));
    assert_eq!(evaluate("steps.poll.body.rows"), Ok(json!([{"id": 7}])));
    assert_eq!(evaluate("steps.poll.body.rows[0].id"), Ok(json!(7)));
    assert_eq!(evaluate("always()"), Ok(json!(true)));
    assert_eq!(evaluate("failed()"), Ok(json!(true)));
    assert_eq!(evaluate("[1, 2]"), Ok(json!([1, 2])));
}

#[test]
fn names_are_looked_up_only_when_they_are_reached() {
    let scope = Fixed::new();
    let expression = Expression::parse("steps.poll.ok and steps.gone.body").unwrap();
    assert_eq!(expression.evaluate(&scope, &Needs::default()), Ok(json!(false)));
    assert_eq!(*scope.1.borrow(), ["steps.poll.ok"]);
}

#[test]
fn what_has_no_value_is_an_error_with_its_reason() {
    assert_eq!(evaluate("steps.gone.body.total > 3"), Err("step `gone` has no result: it is skipped".to_owned()));
    assert_eq!(evaluate("inputs.missing == 1"), Err("`inputs.missing` has no value".to_owned()));
    assert_eq!(evaluate("inputs.missing"), Err("`inputs.missing` has no value".to_owned()));
    assert_eq!(evaluate("inputs.missing | default(5)"), Ok(json!(5)));
    assert_eq!(evaluate("inputs.missing is defined"), Ok(json!(false)));
    assert!(evaluate("inputs.name + 1").is_err());
}

#[test]
fn reads_are_known_with_their_places() {
    let text = "inputs.vip and steps.poll.body.total >= 50 or always()";
    let expression = Expression::parse(text).unwrap();
    assert!(expression.sees_failures());
    let reads: Vec<_> = expression.reads().iter().map(|read| &text[read.span.clone()]).collect();
    assert_eq!(reads, ["inputs.vip", "steps.poll.body.total"]);
}

#[test]
fn forms_of_other_languages_are_told_apart() {
    let error = |text: &str| Expression::parse(text).unwrap_err();
    assert_eq!(error("{{ inputs.vip }}").hint.as_deref(), Some("write it without braces: `inputs.vip`"));
    assert_eq!(error("a && b").hint.as_deref(), Some("write `a and b`"));
    assert_eq!(error("!inputs.vip").hint.as_deref(), Some("write `not inputs.vip`"));
    assert_eq!(error("inputs.a = 3").hint.as_deref(), Some("write `inputs.a == 3`"));
    assert!(error("inputs.a ==").message.contains("cannot be read"));
    assert!(Expression::parse("inputs.a != '!&&'").is_ok());
}

#[test]
fn hostile_expressions_are_refused_or_bounded() {
    let texts =
        ["(".repeat(100_000), "not ".repeat(4_000) + "a", "-".repeat(16_000) + "1", "[".repeat(200) + &"]".repeat(200)];
    for text in texts {
        assert!(Expression::parse(&text).is_err());
    }
    assert!(evaluate("range(1000000000) | list | length").is_err());
}

#[test]
fn a_long_run_of_operators_is_refused_and_a_long_list_is_not() {
    let runs = [
        "1".to_owned() + &"+1".repeat(8_000),
        "x".to_owned() + &".x".repeat(8_000),
        "x".to_owned() + &".0".repeat(8_000),
        "x".to_owned() + &"[0]".repeat(5_000),
        "x".to_owned() + &" [0] . y".repeat(1_500),
        "x".to_owned() + &"|abs".repeat(4_000),
        "x".to_owned() + &"()".repeat(8_000),
        "-".repeat(16_000) + "1",
        "- ".repeat(8_000) + "1",
        "x == ".repeat(3_000) + "x",
        "x\nand ".repeat(2_700) + "x",
        "not\t".repeat(4_000) + "x",
    ];
    for text in runs {
        assert!(Expression::parse(&text).is_err(), "{}…", &text[..12]);
    }
    let list = format!("[{}]", vec!["\"a + b\", 1.5"; 1_000].join(", "));
    assert!(Expression::parse(&list).is_ok());
    let sum = "1".to_owned() + &" + 1".repeat(256);
    assert!(Expression::parse(&sum).is_ok());
}
