use std::cell::RefCell;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scope::Position;

fn rendered(text: &str, scope: &Value) -> Result<String, String> {
    let template = Template::parse(text).map_err(|error| error.message)?;
    template.render(scope).map_err(|error| error.message)
}

fn reads(text: &str) -> Vec<(String, bool, Position)> {
    let template = Template::parse(text).expect(text);
    for read in template.reads() {
        let last = read.path.last().expect("a part");
        assert!(text[read.span.clone()].contains(last.as_str()), "{read:?} is where it says in {text}");
    }
    template.reads().iter().map(|read| (read.name(), read.guarded, read.position)).collect()
}

fn names(text: &str) -> Vec<String> {
    reads(text).into_iter().map(|(name, ..)| name).collect()
}

#[test]
fn a_text_without_braces_is_left_alone() {
    for text in ["plain \\ text", "", "{ x }", "50 % } of {"] {
        let template = Template::parse(text).expect(text);
        assert!(template.is_plain() && template.reads().is_empty());
        assert_eq!(template.render(&json!({})).as_deref(), Ok(text));
    }
}

#[test]
fn values_are_put_in_as_they_are() {
    let scope = json!({"inputs": {"a": "<b> & {{ inputs.x }}", "n": 1.0, "i": 7, "t": true, "xs": ["p", "q"], "d": "x", "blank": " "}});
    let cases = [
        ("{{ inputs.a }}", "<b> & {{ inputs.x }}"),
        ("{{{ inputs.a }}}", "<b> & {{ inputs.x }}"),
        ("{{inputs.n}} {{inputs.i}} {{inputs.t}}", "1.0 7 true"),
        ("  {{ inputs.i }}  {{ inputs.i }}\n\n  end \n", "  7  7\n\n  end \n"),
        ("\\{{ inputs.i }} {{ inputs.i }}", "{{ inputs.i }} 7"),
        ("a {{! a comment }} b {{!-- {{ x }} --}} c", "a  b  c"),
        ("{{#each inputs.xs}}{{@index}}{{this}}{{/each}}", "0p1q"),
        ("{{#each inputs.xs as |x i|}}{{i}}{{x}}{{inputs.i}} {{/each}}", "0p7 1q7 "),
        ("{{#each inputs.xs}}{{this}}{{inputs.i}}{{../inputs.i}}{{@root.inputs.i}} {{/each}}", "p777 q777 "),
        ("{{#with inputs}}{{this.i}}{{i}}{{./i}}{{/with}}", "777"),
        ("{{ inputs.xs.1 }}", "q"),
        ("{{#if (and (gt inputs.i 3) (not (eq inputs.d \"y\")))}}yes{{else}}no{{/if}}", "yes"),
        ("{{#if (eq inputs.i 1)}}1{{else if (eq inputs.i 7)}}7{{else}}?{{/if}}", "7"),
        ("{{ upper (trim \" x \") }}", "X"),
        ("{{ join inputs.xs \"-\" last=(upper inputs.d) }}", "pXq"),
        ("é {{ default inputs.none \"ü\" }}", "é ü"),
        ("Hello {{ default inputs.blank 'friend' }}", "Hello friend"),
        ("{{ default 0 5 }} {{ default false 5 }}", "0 false"),
        ("{{~ inputs.i ~}} x", "7x"),
    ];
    for (text, expected) in cases {
        assert_eq!(rendered(text, &scope).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn reads_are_the_names_of_the_scope_and_no_others() {
    assert_eq!(names("{{ inputs.a }} {{ upper steps.b.body.c }}{{! x.y }} \\{{ z }}"), ["inputs.a", "steps.b.body.c"]);
    assert_eq!(
        names("{{#each inputs.xs as |x|}}{{x}}{{x.name}}{{guest.name}}{{@index}}{{/each}}"),
        ["inputs.xs", "guest.name"]
    );
    assert_eq!(
        names("{{#each inputs.xs}}{{this}}{{this.a}}{{name}}{{vars.a}}{{../b}}{{/each}}"),
        ["inputs.xs", "vars.a", "b"]
    );
    assert_eq!(
        names("{{#each inputs.xs}}{{#each this.ys}}{{../a}}{{../../b}}{{/each}}{{/each}}"),
        ["inputs.xs", "b"],
        "one step up is the outer item, two are the scope"
    );
    assert_eq!(names("{{#with inputs.a as |a|}}{{a.b}}{{/with}}{{a.b}}"), ["inputs.a", "a.b"]);
}

#[test]
fn each_read_says_what_becomes_of_it() {
    use Position::{Argument, Condition, Iterated, Output};
    let text = "{{ a }} {{ upper b }} {{#if (eq c 1)}}{{/if}} {{#each d}}{{/each}} {{ default e.f g \"x\" }} {{ date now \"%A\" tz=vars.tz }} {{ a }}";
    let expected = [
        ("a", false, Output),
        ("b", false, Argument),
        ("c", false, Condition),
        ("d", false, Iterated),
        ("e.f", true, Argument),
        ("g", true, Argument),
        ("now", false, Argument),
        ("vars.tz", false, Argument),
        ("a", false, Output),
    ];
    assert_eq!(reads(text), expected.map(|(name, guarded, position)| (name.to_owned(), guarded, position)));
    let template = Template::parse("{{ a }}{{#if a}}{{ b }}{{/if}}").expect("parses");
    assert_eq!(template.reads().iter().map(|read| read.conditional).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn foreign_forms_are_refused_with_the_right_one() {
    let cases = [
        ("{{ a == b }}", "==", "write `{{ eq a b }}`"),
        ("{{#if a != \"x y\"}}{{/if}}", "!=", "write `{{#if (ne a \"x y\")}}`"),
        ("{{#if a >= 3}}{{/if}}", ">=", "write `{{#if (not (lt a 3))}}`"),
        ("{{ a && b }}", "&&", "write `{{ and a b }}`"),
        ("{{ a | upper }}", "|", "the helper comes first: `{{ upper a }}`"),
        ("{{ uper a }}", "uper", "did you mean `upper`?"),
        ("{{ gte a b }}", "gte", "write `not (lt a b)`"),
        ("US${{ a }}", "${{", "drop the `$`: `{{ inputs.x }}`"),
        ("x {{ a", "{{", "write `}}` after it, or `\\{{` for braces that are text"),
        ("{{> header }}", ">", "keep what they share in `vars`"),
        ("{{{{ raw }}}}", "{{{{", "write `\\{{` for braces that are text"),
        ("{{ if a }}", "if", "write `{{#if …}} … {{/if}}`"),
        ("{{#if a}}x", "{{#if a}}", "write `{{/if}}` where it ends"),
        ("{{#if a}}x{{/each}}", "{{/each}}", "write `{{/if}}`"),
        ("{{#iff a}}x{{/iff}}", "iff", "did you mean `{{#if}}`?"),
        ("{{ truncate a }}", "truncate", "write `truncate text length`"),
        ("{{ date now \"%A\" zone=\"x\" }}", "zone", "write `date instant format tz=zone`"),
        ("{{ upper (a) }}", "a", "drop the parentheses: `a`"),
        ("{{ a, b }}", ",", "values stand beside each other: `{{ join inputs.names \" and \" }}`"),
        ("{{ this }}", "this", "write the name of a value: `{{ inputs.x }}`"),
        ("{{ ../a }}", "../a", "drop the `../`"),
        ("{{ \"x\" }}", "\"x\"", "text needs no braces: write it as it is"),
    ];
    for (text, place, hint) in cases {
        let error = Template::parse(text).map(|_| ()).expect_err(text);
        assert_eq!(
            (&text[error.span.clone()], error.hint.as_deref()),
            (place, Some(hint)),
            "{text}: {}",
            error.message
        );
    }
    for text in [
        "{{}}",
        "{{ }}",
        "{{/if}}",
        "{{else}}",
        "{{ else_where }}",
        "{{#if a b}}{{/if}}",
        "{{ a b }}",
        "{{ (upper a }}",
        "{{ upper a) }}",
        "{{ @index }}",
        "{{ upper a=b }}",
        "{{ a.[b }}",
        "{{*x}}",
        "{{ upper \"a }}",
        "{{#each a as ||}}{{/each}}",
        "{{#if a}}{{else}}{{else}}{{/if}}",
    ] {
        let error = Template::parse(text).map(|_| ()).expect_err(text);
        assert!(text.get(error.span.clone()).is_some() && !error.message.is_empty(), "{text}: {error:?}");
    }
}

#[test]
fn nothing_is_printed_in_place_of_what_is_not_there() {
    let scope = json!({"inputs": {"customer": "Ada", "null": null, "list": [{}], "object": {}}});
    let cases = [
        ("{{ inputs.custmer }}", "unknown name `inputs.custmer`"),
        ("{{#if inputs.custmer}}{{/if}}", "unknown name `inputs.custmer`"),
        ("{{#each inputs.custmer}}{{/each}}", "unknown name `inputs.custmer`"),
        ("{{#each inputs.list}}{{ name }}{{/each}}", "unknown name `name`"),
        ("{{#each inputs.list}}{{#if name}}{{/if}}{{/each}}", "unknown name `name`"),
        ("{{#each inputs.list}}{{#with name}}x{{else}}y{{/with}}{{/each}}", "unknown name `name`"),
        ("{{#each inputs.list}}{{ this }}{{/each}}", "`this` is an object, which has no text of its own"),
        ("{{ inputs.null }}", "`inputs.null` is null"),
        ("{{ inputs.list }}", "`inputs.list` is a list, which has no text of its own"),
        ("{{ inputs.object }}", "`inputs.object` is an object, which has no text of its own"),
        ("{{ default inputs.null inputs.object }}", "the value is an object, which has no text of its own"),
        ("{{#each inputs.customer}}{{/each}}", "`each` needs a list, and `inputs.customer` is a text"),
        ("{{ join inputs.customer \",\" }}", "`join` needs a list, and `inputs.customer` is a text"),
        ("{{ date inputs.customer \"%A\" }}", "`inputs.customer` is no instant: `Ada`"),
        ("{{ number inputs.customer }}", "`number` needs a number, and `inputs.customer` is a text"),
    ];
    for (text, message) in cases {
        assert_eq!(rendered(text, &scope), Err(message.to_owned()), "{text}");
    }
    let text = "Dear {{ inputs.custmer }}";
    let error = Template::parse(text).expect("parses").render(&scope).expect_err("unknown");
    assert_eq!(error.hint.as_deref(), Some("did you mean `inputs.customer`?"));
    assert_eq!(error.span.map(|span| &text[span]), Some("inputs.custmer"));
}

#[test]
fn a_whole_expression_keeps_its_type() {
    let scope = json!({"inputs": {"n": 3, "list": [1, {"a": null}], "null": null}});
    let value = |text: &str| Template::parse(text).expect(text).render_value(&scope);
    assert_eq!(value("{{ inputs.n }}"), Ok(json!(3)));
    assert_eq!(value("{{ inputs.list }}"), Ok(json!([1, {"a": null}])));
    assert_eq!(value("{{ inputs.null }}"), Ok(json!(null)));
    assert_eq!(value("{{ default inputs.x 5 }}"), Ok(json!(5)));
    assert_eq!(value("{{ inputs.n }} "), Ok(json!("3 ")));
    assert_eq!(value("3"), Ok(json!("3")));
    assert!(value("{{ inputs.x }}").is_err());
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
fn what_cannot_be_read_matters_only_where_it_is_needed() {
    let scope = Counting(json!({"inputs": {"vip": false}}), RefCell::default());
    let render = |text: &str| Template::parse(text).expect(text).render(&scope);
    assert_eq!(render("{{ default steps.bad.name \"friend\" }}").as_deref(), Ok("friend"));
    assert_eq!(render("{{#if inputs.vip}}{{ steps.bad.name }}{{else}}hi{{/if}}").as_deref(), Ok("hi"));
    for text in
        ["{{ steps.bad.name }}", "{{#unless inputs.vip}}{{ steps.bad.name }}{{/unless}}", "{{ upper steps.bad.name }}"]
    {
        let error = render(text).expect_err(text);
        assert_eq!(error.message, "step `bad` failed");
        assert_eq!(error.hint.as_deref(), Some("`default` supplies a value: `{{ default steps.bad.name \"…\" }}`"));
        assert_eq!(error.span.map(|span| &text[span]), Some("steps.bad.name"));
    }
}

#[test]
fn a_text_asks_for_what_it_reads_once_and_for_nothing_else() {
    let steps: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("s{n}"), json!({"body": {"n": n}}))).collect();
    let scope = Counting(json!({"steps": steps}), RefCell::default());
    for n in 0..1000 {
        let text = format!("{{{{ steps.s{n}.body.n }}}} {{{{ steps.s{n}.body.n }}}}");
        assert_eq!(Template::parse(&text).expect("parses").render(&scope), Ok(format!("{n} {n}")));
    }
    let asked = scope.1.borrow();
    assert_eq!(asked.len(), 1000, "one question for each text");
    assert!(asked.iter().all(|name| name.matches('.').count() == 3), "and for no whole step");
}

#[test]
fn a_name_and_a_part_of_it_can_stand_together() {
    let scope = json!({"inputs": {"order": {"id": 7, "lines": ["a", "b"]}}});
    let text = "{{ json inputs.order }} {{ inputs.order.id }} {{ inputs.order.lines.0 }} {{#each inputs.order.lines}}{{this}}{{/each}}";
    assert_eq!(rendered(text, &scope).as_deref(), Ok("{\"id\":7,\"lines\":[\"a\",\"b\"]} 7 a ab"));
    assert!(rendered("{{ json inputs.order }} {{ inputs.order.ix }}", &scope).is_err());
}

#[test]
fn hostile_texts_are_refused_at_once() {
    let started = Instant::now();
    let hostile = [
        "{{".repeat(500_000),
        "{{".repeat(100_000),
        "{{#if x}}".repeat(100_000),
        "{{#if x}}".repeat(20_000),
        "{{#if x}}".repeat(65) + &"{{/if}}".repeat(65),
        format!("{{{{#if x}}}}{}{{{{/if}}}}", "{{else if x}}".repeat(900)),
        format!("{{{{ {} }}}}", "(upper ".repeat(30_000)),
        format!("{{{{ upper {} }}}}", "(".repeat(200_000)),
        format!("{{{{ {}x }}}}", "../".repeat(80_000)),
        "{{ x }}".repeat(30_000),
        format!("{{{{ upper \"{}", "x".repeat(200_000)),
        format!("{{{{ x.{}", "[".repeat(200_000)),
        format!("{{{{ upper {}", "[{".repeat(100_000)),
    ];
    for text in &hostile {
        assert!(Template::parse(text).is_err(), "{}…", &text[..30]);
    }
    let deep = "{{#if x}}".repeat(64) + "y" + &"{{/if}}".repeat(64);
    assert_eq!(rendered(&deep, &json!({"x": 1})).as_deref(), Ok("y"));
    let nested = format!("{{{{ {}x{} }}}}", "upper (".repeat(60) + "upper ", ")".repeat(60));
    assert_eq!(rendered(&nested, &json!({"x": "a"})).as_deref(), Ok("A"));
    let dotted = format!("{{{{ default x{} 1 }}}}", ".a".repeat(100_000));
    assert_eq!(rendered(&dotted, &json!({})).as_deref(), Ok("1"));
    let list: Vec<u32> = (0..2000).collect();
    let grows = "{{#each xs}}{{#each @root.xs}}{{#each @root.xs}}words and words{{/each}}{{/each}}{{/each}}";
    assert_eq!(rendered(grows, &json!({"xs": list})), Err("the text grows longer than 8388608 bytes".to_owned()));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// The raw names in what the compiler made of a text, without ours.
fn compiled_names(template: &handlebars::Template) -> usize {
    format!("{template:?}").matches("Path(Relative(").count()
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\{\\{|\\}\\}|#if |/if|#each |/each|else|this|a\\.b|x|\\.\\./|@index| |\\(|\\)|\"|upper |default |as \\|y\\||~|\\{|\\}|=|\\\\|é|[1-3]){0,12}") {
        match Template::parse(&text) {
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
            Ok(template) => {
                let _ = template.render(&json!({"a": {"b": "v"}, "x": ["w"]}));
                for read in template.reads() {
                    prop_assert!(!text[read.span.clone()].is_empty(), "{:?} has a place", read);
                }
                let seen = template.compiled.as_ref().map_or(0, compiled_names);
                prop_assert!(seen >= template.reads().len());
            }
        }
    }

    #[test]
    fn data_is_never_rendered_again(value in "[{}#/a-z \\\\\"<>&]{0,20}") {
        let scope = json!({"x": value.clone(), "xs": [value.clone()]});
        prop_assert_eq!(rendered("{{ x }}|{{#each xs as |y|}}{{y}}{{/each}}", &scope), Ok(format!("{value}|{value}")));
    }
}
