use std::fs;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::*;

fn specs(yaml: &str) -> IndexMap<String, InputSpec> {
    serde_saphyr::from_str(yaml).expect("declared inputs")
}

fn given(pairs: &[&str]) -> GivenInputs {
    let pairs = pairs.iter().map(|pair| GivenInputs::pair(pair).expect("a pair")).collect();
    GivenInputs { pairs, ..GivenInputs::default() }
}

fn read(yaml: &str, pairs: &[&str]) -> Result<Value, Vec<InputError>> {
    Inputs::read(&specs(yaml), &given(pairs)).map(|values| json!(values))
}

fn refusal(yaml: &str, pair: &str) -> String {
    let errors = read(yaml, &[pair]).expect_err(pair);
    assert_eq!(errors.len(), 1, "{errors:?}");
    format!("{:?}", errors[0])
}

fn mistakes(yaml: &str) -> Vec<String> {
    let value = crate::data::yaml::parse(yaml).expect("YAML");
    let spec: InputSpec = serde_json::from_value(value).expect("a declaration");
    check_spec(&spec).iter().map(|mistake| format!("{}: {}", mistake.field, mistake.message)).collect()
}

#[test]
fn each_type_reads_its_text() {
    let yaml = "
s: { type: string }
i: { type: integer }
n: { type: number }
b: { type: boolean }
e: { type: enum, values: [low, high] }
l: { type: list }
j: { type: list }
z: { type: list }
";
    let pairs = ["s=a=b ", "i=-7", "n=1.5", "b=true", "e=low", "l=a, b,c", "j=[1, \"x,y\"]", "z="];
    let expected = json!({
        "s": "a=b ", "i": -7, "n": 1.5, "b": true, "e": "low", "l": ["a", "b", "c"], "j": [1, "x,y"], "z": []
    });
    assert_eq!(read(yaml, &pairs), Ok(expected));
}

#[test]
fn a_default_stands_in_and_what_has_none_is_left_out() {
    let yaml = "a: { type: string, default: Alex }\nb: { type: integer }\nc: { type: list, default: [1] }";
    assert_eq!(read(yaml, &[]), Ok(json!({ "a": "Alex", "c": [1] })));
    assert_eq!(read(yaml, &["a="]), Ok(json!({ "a": "", "c": [1] })));
}

#[test]
fn every_mistake_is_told_at_once() {
    let yaml = "customer: { type: string, required: true }\ncount: { type: integer }\nvip: { type: boolean }";
    let errors = read(yaml, &["custmer=Alex", "count=many", "vip=yes", "vip=true", "zzz=1"]).expect_err("mistakes");
    let told: Vec<String> = errors.iter().map(|error| format!("{error:?}")).collect();
    assert_eq!(
        told,
        [
            "input `vip` is given twice (hint: give it once)",
            "the workflow has no input `custmer` (hint: did you mean `customer`?)",
            "the workflow has no input `zzz` (hint: it has `customer`, `count`, `vip`)",
            "input `customer` is required and not given (hint: add `--input customer=TEXT`)",
            "input `count` must be a whole number, not `many`",
        ]
    );
}

#[test]
fn a_refused_value_says_what_it_must_be() {
    let cases = [
        ("a: { type: boolean }", "a=Yes", "input `a` must be `true` or `false`, not `Yes` (hint: write `true`)"),
        ("a: { type: number }", "a=NaN", "input `a` must be a number, not `NaN`"),
        ("a: { type: number }", "a=1e999", "input `a` must be a number, not `1e999`"),
        (
            "a: { type: integer }",
            "a=99999999999999999999",
            "input `a` must be a whole number, not `99999999999999999999`",
        ),
        ("a: { type: integer, min: 1, max: 5 }", "a=6", "input `a` must be 1 to 5, not `6`"),
        ("a: { type: number, min: 0.5 }", "a=0.4", "input `a` must be at least 0.5, not `0.4`"),
        ("a: { type: string, max: 3 }", "a=éééé", "input `a` must be of at most 3 characters, not `éééé`"),
        ("a: { type: list, min: 2 }", "a=x", "input `a` must be of at least 2 entries, not `x`"),
        (
            "a: { type: enum, values: [low, high] }",
            "a=hihg",
            "input `a` must be one of `low`, `high`, not `hihg` (hint: did you mean `high`?)",
        ),
        ("a: { type: string, pattern: 'a|bc' }", "a=abc", "input `a` must be text that matches `a|bc`, not `abc`"),
        ("a: { type: string, pattern: 'a' }", "a=a\n", "input `a` must be text that matches `a`, not `a `"),
        (
            "a: { type: list }",
            "a=x,,y",
            "input `a` must be a list without empty entries, not `x,,y` (hint: write an empty text in JSON: `[\"a\", \"\"]`)",
        ),
        (
            "a: { type: list }",
            "a=[x",
            "input `a` must be a list in JSON, not `[x` (hint: write `[\"a\", \"b\"]`, or `a,b`)",
        ),
    ];
    for (yaml, pair, message) in cases {
        assert_eq!(refusal(yaml, pair), message);
    }
    let long = refusal("a: { type: integer }", &format!("a={}", "x".repeat(100_000)));
    assert!(long.len() < 200, "{long}");
}

#[test]
fn no_message_holds_the_value_of_a_sensitive_input() {
    let declared = [
        "{ type: integer, sensitive: true }",
        "{ type: boolean, sensitive: true }",
        "{ type: list, min: 2, sensitive: true }",
        "{ type: enum, values: [other], sensitive: true }",
        "{ type: string, pattern: '[0-9]+', sensitive: true }",
        "{ type: string, max: 2, sensitive: true }",
    ];
    for spec in declared {
        let told = refusal(&format!("pin: {spec}"), "pin=hunter2secret");
        assert!(told.contains("`pin`") && !told.contains("hunter2"), "{told}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("inputs.yaml");
    fs::write(&file, "pin: { value: hunter2secret }").expect("a file");
    let given = GivenInputs { file: Some(file), ..GivenInputs::default() };
    let errors = Inputs::read(&specs("pin: { type: string, sensitive: true }"), &given).expect_err("an object");
    assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
    let error = GivenInputs::pair("hunter2secret").expect_err("no name");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn a_pair_needs_a_name_and_a_sign() {
    assert_eq!(GivenInputs::pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
    assert_eq!(GivenInputs::pair("a="), Ok(("a".to_owned(), String::new())));
    for text in ["a", "=b", " =b", ""] {
        let error = GivenInputs::pair(text).expect_err(text);
        assert_eq!(error.hint.as_deref(), Some("write `--input name=value`"));
    }
}

fn read_file(name: &str, text: &str, pairs: &[&str]) -> Result<Value, Vec<InputError>> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::write(&file, text).expect("a file");
    let specs = specs("a: { type: string }\nb: { type: integer, default: 3 }\nc: { type: list }");
    Inputs::read(&specs, &GivenInputs { file: Some(file), ..given(pairs) }).map(|values| json!(values))
}

#[test]
fn a_file_gives_typed_values_and_a_pair_goes_before_it() {
    let expected = json!({ "a": "x", "b": 3, "c": [1, { "d": 2 }] });
    let yaml = "\u{feff}a: x\nb: null\nc: [1, { d: 2 }]\n";
    assert_eq!(read_file("i.yaml", yaml, &[]), Ok(expected.clone()));
    let text = "\u{feff}{\"a\": \"y\", \"c\": [1, {\"d\": 2}]}";
    assert_eq!(read_file("i.json", text, &["a=x"]), Ok(expected));
}

#[test]
fn a_file_that_does_not_fit_says_why() {
    let told = |name: &str, text: &str| format!("{:?}", read_file(name, text, &[]).expect_err(text));
    assert!(told("i.yaml", "a: 5").contains("must be text, not `5` (hint: put it in quotes)"));
    assert!(told("i.yaml", "b: '5'").contains("must be a whole number, not `5` (hint: write it without quotes)"));
    assert!(told("i.json", "{\"a\": ").contains("is no JSON"));
    assert!(told("i.yaml", "- a").contains("does not map names to values"));
    assert!(told("i.yaml", "a: 1\na: 2").contains("duplicate"));
    let missing = GivenInputs { file: Some("no/such/file".into()), ..GivenInputs::default() };
    let errors = Inputs::read(&IndexMap::new(), &missing).expect_err("no file");
    assert!(errors[0].message.contains("`no/such/file` cannot be read"), "{errors:?}");
}

#[test]
fn a_plan_shows_what_is_known() {
    let specs = specs("a: { type: string, required: true }\nb: { type: integer }\nc: { type: string, default: d }");
    let (values, missing) = Inputs::partial(&specs, &given(&["b=x"]));
    assert_eq!(json!(values), json!({ "c": "d" }));
    assert_eq!(missing, ["a", "b"]);
}

#[test]
fn values_of_a_program_are_checked_alike() {
    let specs = specs("a: { type: integer, required: true }");
    let values = |value: Value| IndexMap::from([("a".to_owned(), value)]);
    assert_eq!(Inputs::from_values(&specs, values(json!(5))), Ok(values(json!(5))));
    assert!(Inputs::from_values(&specs, values(json!("5"))).is_err());
    assert!(Inputs::from_values(&specs, values(Value::Null)).is_err());
}

#[test]
fn a_sound_declaration_has_no_mistake() {
    for yaml in [
        "{ type: string, default: a1, pattern: '[a-z][0-9]', min: 1, max: 2 }",
        "{ type: integer, default: 3, min: 3, max: 3 }",
        "{ type: enum, values: [a, b], default: b }",
        "{ type: list, default: [], max: 3, sensitive: true }",
        "{ description: text when nothing is said, required: true }",
    ] {
        assert_eq!(mistakes(yaml), [""; 0], "{yaml}");
    }
}

#[test]
fn a_declaration_that_cannot_hold_is_a_mistake() {
    let cases = [
        ("{ type: enum }", "type: an `enum` has no values"),
        ("{ type: enum, values: [a, b, a] }", "values: the value `a` is listed twice"),
        ("{ type: string, values: [a] }", "values: a `string` has no `values`"),
        ("{ type: enum, values: [a], default: b }", "default: the default must be one of `a`"),
        ("{ type: integer, default: '5' }", "default: the default must be a whole number"),
        ("{ type: integer, default: 5.5 }", "default: the default must be a whole number"),
        ("{ type: string, pattern: 'x+', default: y }", "default: the default must be text that matches `x+`"),
        ("{ type: string, pattern: '(' }", "pattern: the pattern is no regular expression: unclosed group"),
        ("{ type: string, pattern: 'a)(b' }", "pattern: the pattern is no regular expression: unopened group"),
        ("{ type: list, pattern: a }", "pattern: a `list` has no `pattern`"),
        ("{ type: number, min: 2, max: 1 }", "min: `min` is 2, more than `max`, 1"),
        ("{ type: boolean, max: 1 }", "max: a `boolean` has no `max`"),
        ("{ type: string, default: a, required: true }", "required: an input with a default is never required"),
    ];
    for (yaml, mistake) in cases {
        assert_eq!(mistakes(yaml), [mistake], "{yaml}");
    }
}

#[test]
fn a_declaration_survives_being_written() {
    let spec: InputSpec =
        serde_saphyr::from_str("{ type: enum, values: [a], sensitive: true }").expect("a declaration");
    let written = serde_json::to_value(&spec).expect("JSON");
    assert_eq!(written, json!({ "type": "enum", "values": ["a"], "sensitive": true }));
    assert_eq!(serde_json::from_value::<InputSpec>(written).expect("a declaration"), spec);
    assert!(serde_json::from_value::<InputSpec>(json!({ "typ": "enum" })).is_err());
}
