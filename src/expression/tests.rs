use std::cell::RefCell;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn value(text: &str, scope: &Value) -> Result<Value, ExpressionError> {
    Expression::parse(text).and_then(|expression| expression.evaluate(scope, &Needs::default()))
}

fn refused(text: &str) -> (String, String, String) {
    let error = Expression::parse(text).map(|_| ()).expect_err(text);
    let place = text[error.span.clone()].to_owned();
    (place, error.message, error.hint.unwrap_or_default())
}

#[test]
fn values_are_computed_from_the_scope() {
    let scope = json!({
        "inputs": {"vip": true, "names": ["Ada", "Alan"], "n": 3, "name": "ada", "none": null},
        "steps": {"poll": {"body": {"total": 50, "items": [{"id": 7}], "a-b": 1}}}
    });
    let cases = [
        ("inputs.vip and steps.poll.body.total >= 50", json!(true)),
        ("not inputs.vip", json!(false)),
        ("\"Ada\" in inputs.names", json!(true)),
        ("inputs.names | length", json!(2)),
        ("inputs.name | upper", json!("ADA")),
        ("inputs.n * 2 + 1", json!(7)),
        ("[1, 2]", json!([1, 2])),
        ("range(3)", json!([0, 1, 2])),
        ("steps.poll.body.items[0].id", json!(7)),
        ("steps.poll.body.items[0].id == 7", json!(true)),
        ("steps[\"poll\"].body[\"a-b\"] + 1", json!(2)),
        ("inputs.absent is defined", json!(false)),
        ("inputs.absent | default(\"x\")", json!("x")),
        ("inputs.none is none", json!(true)),
        ("\"a\" if inputs.n > 2 else \"b\"", json!("a")),
        ("inputs.names", json!(["Ada", "Alan"])),
        (" inputs.n ", json!(3)),
        ("\"{{ not a template }}\"", json!("{{ not a template }}")),
        ("always()", json!(true)),
        ("inputs.names | map(\"upper\") | join(\"-\")", json!("ADA-ALAN")),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text, &scope), Ok(expected), "{text}");
    }
}

#[test]
fn operands_that_do_not_fit_are_told_in_the_words_of_the_language() {
    let told = |text: &str| value(text, &json!({})).unwrap_err().message;
    assert_eq!(told("1 + 'a'"), "`+` cannot be used on number and text");
    assert_eq!(told("true - 'a'"), "`-` cannot be used on boolean and text");
}

#[test]
fn foreign_forms_are_refused_with_the_right_one() {
    let cases = [
        ("{{ inputs.x }}", "{{", "an expression takes no braces", "write `inputs.x`"),
        ("a && b", "&&", "`&&` has no meaning here", "write `and`"),
        ("a || b", "||", "`||` has no meaning here", "write `or`"),
        ("!a", "!", "`!` has no meaning here", "write `not`"),
        ("a = 1", "=", "`=` sets nothing here", "write `==` to compare"),
        ("a == null", "null", "unknown name `null`", "write `none`"),
        ("alway()", "alway", "unknown function `alway`", "did you mean `always`?"),
        ("a | lenght", "lenght", "unknown filter `lenght`", "did you mean `length`?"),
        ("a is definde", "definde", "unknown test `definde`", "did you mean `defined`?"),
        ("a.length()", "a.length", "unknown function `a.length`", "write a filter: `a | length`"),
    ];
    for (text, place, message, hint) in cases {
        assert_eq!(refused(text), (place.into(), message.into(), hint.into()), "{text}");
    }
    let (place, message, hint) = refused("inputs.first-name == 1");
    assert_eq!((place.as_str(), message.as_str()), ("first-name", "`first-name` is a subtraction, not a name"));
    assert_eq!(hint, "write `first_name`, or put space around `-` to subtract");
    assert!(Expression::parse("item.total-item.paid").is_ok(), "a subtraction of dotted names is one");
    for text in ["", "  ", "a b", "(a", "a)", "a ==", "[1, 2", "\"open", "a.", "a §"] {
        let error = Expression::parse(text).map(|_| ()).expect_err(text);
        assert!(error.span.end <= text.len() && !error.message.is_empty(), "{text}");
    }
}

#[test]
fn reads_are_found_with_their_places() {
    let text = "steps.a.ok and (steps.b.body.n | default(0)) > vars.limit or \"steps.c\" in x.items[0].name";
    let expression = Expression::parse(text).expect("reads");
    let reads: Vec<_> = expression.reads().iter().map(|read| (read.name(), read.guarded, read.conditional)).collect();
    let expected = [
        ("steps.a.ok", false, false),
        ("steps.b.body.n", true, true),
        ("vars.limit", false, true),
        ("x.items.0.name", false, true),
    ];
    assert_eq!(reads, expected.map(|(name, guarded, conditional)| (name.to_owned(), guarded, conditional)));
    assert_eq!(&text[expression.reads()[1].span.clone()], "steps.b.body.n");
    let engine = expression.compiled.undeclared_variables(false);
    assert_eq!(engine.len(), 3, "the engine sees the same roots: {engine:?}");
}

#[test]
fn what_is_called_is_known() {
    let expression = Expression::parse("failed() and inputs.x").expect("calls");
    assert!(expression.sees_failures());
    let scope = json!({"inputs": {"x": 1}});
    assert_eq!(expression.is_true(&scope, &Needs { failed: true }), Ok(true));
    assert_eq!(expression.is_true(&scope, &Needs { failed: false }), Ok(false));
    assert!(!Expression::parse("\"always()\" == x").expect("a text").sees_failures());
}

/// A scope that counts what it is asked for, and refuses `steps.bad`.
struct Counting(Value, RefCell<Vec<String>>);

impl Scope for Counting {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        self.1.borrow_mut().push(path.join("."));
        match path {
            [_, step, ..] if step == "bad" => Err("step `bad` failed".to_owned()),
            _ => self.0.value(path),
        }
    }
}

#[test]
fn only_names_that_are_come_upon_are_asked_for_and_each_once() {
    let scope = Counting(json!({"inputs": {"go": false, "n": 2}}), RefCell::default());
    let expression = Expression::parse("inputs.go and steps.bad.body.x > inputs.n").expect("parses");
    assert_eq!(expression.is_true(&scope, &Needs::default()), Ok(false));
    assert_eq!(*scope.1.borrow(), ["inputs.go"]);
    let expression = Expression::parse("inputs.n + inputs.n + inputs.n").expect("parses");
    assert_eq!(expression.evaluate(&scope, &Needs::default()), Ok(json!(6)));
    assert_eq!(*scope.1.borrow(), ["inputs.go", "inputs.n"]);
}

#[test]
fn what_cannot_be_read_is_said_unless_a_default_stands_by() {
    let scope = Counting(json!({"inputs": {"customer": 1}}), RefCell::default());
    let evaluate = |text: &str| Expression::parse(text).and_then(|e| e.evaluate(&scope, &Needs::default()));
    let error = evaluate("1 + steps.bad.body.n").expect_err("the step failed");
    assert_eq!((error.message.as_str(), error.span), ("step `bad` failed", 4..20));
    assert_eq!(evaluate("(steps.bad.body.n | default(1)) + 1"), Ok(json!(2)));
    assert_eq!(evaluate("steps.bad.body.n is defined"), Ok(json!(false)));
    let error = value("inputs.custmer == 1", &scope.0).expect_err("unknown");
    assert_eq!(error.message, "unknown name `inputs.custmer`");
    assert_eq!(error.hint.as_deref(), Some("did you mean `inputs.customer`?"));
    assert!(value("inputs.custmer", &scope.0).is_err());
    assert!(value("inputs.customer.part > 1", &scope.0).is_err());
}

#[test]
fn a_text_is_no_condition() {
    let scope = json!({"row": {"vip": "false"}, "list": []});
    let holds = |text: &str| Expression::parse(text).and_then(|e| e.is_true(&scope, &Needs::default()));
    let error = holds("row.vip").expect_err("a text");
    assert_eq!(error.hint.as_deref(), Some("compare it: `row.vip == \"yes\"`, or `row.vip != \"\"`"));
    assert_eq!(holds("row.vip == \"true\""), Ok(false));
    assert_eq!(holds("list"), Ok(false));
}

#[test]
fn every_filter_and_test_that_is_named_exists() {
    for (names, what) in [(&syntax::FILTERS[..], "filter"), (&syntax::TESTS[..], "test")] {
        for name in names {
            let text = format!("\"{name}\" is {what}");
            let known = environment().compile_expression(&text).and_then(|e| e.eval(())).expect(name);
            assert!(known.is_true(), "{name} is no {what}");
        }
    }
}

#[test]
fn hostile_expressions_are_refused_at_once() {
    let started = Instant::now();
    let hostile = [
        "(".repeat(100_000),
        "(".repeat(16_000),
        format!("{}1{}", "(".repeat(60), ")".repeat(61)),
        "not ".repeat(4_000) + "x",
        "-".repeat(16_000) + "1",
        "1".to_owned() + &"+1".repeat(8_000),
        "x".to_owned() + &".x".repeat(8_000),
        "x".to_owned() + &"[0]".repeat(5_000),
        "[".repeat(16_000),
        "{".repeat(16_000),
        "{{".repeat(500_000),
        "x if ".repeat(3_000) + "x",
    ];
    for text in &hostile {
        assert!(Expression::parse(text).is_err(), "{}…", &text[..20]);
    }
    let scope = json!({});
    let deep = format!("{}1{}", "(".repeat(64), ")".repeat(64));
    assert_eq!(value(&deep, &scope), Ok(json!(1)));
    let long = format!("[{}]", vec!["\"name\""; 2_000].join(","));
    assert_eq!(value(&long, &scope).map(|v| v.as_array().map(Vec::len)), Ok(Some(2_000)));
    assert!(value("range(100000000)", &scope).is_err());
    assert!(value("range(9000) | map(\"string\") | join(\"x\") * 100000", &scope).is_err());
    assert!(started.elapsed() < Duration::from_secs(5));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-c.\\[\\]()\"'{}|=!<>&0-9 +\\-*/,:~é]{0,40}") {
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
        }
    }

    #[test]
    fn numbers_add_up(a in -1000_i64..1000, b in -1000_i64..1000) {
        prop_assert_eq!(value("x.a + x.b", &json!({"x": {"a": a, "b": b}})), Ok(json!(a + b)));
    }
}
