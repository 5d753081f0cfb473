//! Every helper, in the order in which people meet them.

use super::HelperDoc;
use super::{logic, moment, quantity, wording};

/// No value is given by name.
const NONE: &[&str] = &[];

/// Every helper.
#[rustfmt::skip]
pub static HELPERS: &[HelperDoc] = &[
    HelperDoc {
        name: "if", signature: "{{#if x}} … {{else}} … {{/if}}",
        doc: "What stands in it, if the value is true: not false, null, 0, or an empty text or list.",
        example: "{{#if inputs.vip}}Welcome back{{else}}Welcome{{/if}}", gives: "Welcome back",
        takes: 1..=1, named: &["includeZero"], call: None,
    },
    HelperDoc {
        name: "unless", signature: "{{#unless x}} … {{/unless}}",
        doc: "What stands in it, if the value is not true.",
        example: "{{#unless inputs.vip}}Please queue{{else}}Please come in{{/unless}}", gives: "Please come in",
        takes: 1..=1, named: NONE, call: None,
    },
    HelperDoc {
        name: "each", signature: "{{#each list as |item index|}} … {{/each}}",
        doc: "What stands in it, once for each item. Without `as` the item is `this`; `@index`, `@first` and `@last` tell where we are.",
        example: "{{#each inputs.guests as |guest|}}Hi {{guest}}! {{/each}}", gives: "Hi Ada! Hi Alan! Hi Grace! ",
        takes: 1..=1, named: NONE, call: None,
    },
    HelperDoc {
        name: "with", signature: "{{#with x as |name|}} … {{/with}}",
        doc: "Gives a value a shorter name.",
        example: "{{#with inputs.order as |order|}}Order {{order.id}}{{/with}}", gives: "Order 7",
        takes: 1..=1, named: NONE, call: None,
    },
    HelperDoc {
        name: "default", signature: "default x … fallback",
        doc: "The first value that can be read and is neither null nor a blank text, as an empty cell is.",
        example: "Hello {{ default inputs.nickname inputs.title \"friend\" }}", gives: "Hello friend",
        takes: 2..=usize::MAX, named: NONE, call: Some(logic::default),
    },
    HelperDoc {
        name: "upper", signature: "upper text", doc: "In capitals.",
        example: "{{ upper inputs.name }}", gives: "ADA LOVELACE",
        takes: 1..=1, named: NONE, call: Some(wording::upper),
    },
    HelperDoc {
        name: "lower", signature: "lower text", doc: "In small letters.",
        example: "{{ lower inputs.name }}", gives: "ada lovelace",
        takes: 1..=1, named: NONE, call: Some(wording::lower),
    },
    HelperDoc {
        name: "title", signature: "title text", doc: "Each word with a capital.",
        example: "{{ title inputs.name }}", gives: "Ada Lovelace",
        takes: 1..=1, named: NONE, call: Some(wording::title),
    },
    HelperDoc {
        name: "trim", signature: "trim text", doc: "Without the space around it.",
        example: "[{{ trim inputs.note }}]", gives: "[hi]",
        takes: 1..=1, named: NONE, call: Some(wording::trim),
    },
    HelperDoc {
        name: "truncate", signature: "truncate text length",
        doc: "At most so many characters, with an ellipsis where it was cut.",
        example: "{{ truncate inputs.name 6 }}", gives: "ada L…",
        takes: 2..=2, named: NONE, call: Some(wording::truncate),
    },
    HelperDoc {
        name: "join", signature: "join list between last=text",
        doc: "The items of a list with a text between them, and another before the last if one is given.",
        example: "{{ join inputs.guests \", \" last=\" and \" }}", gives: "Ada, Alan and Grace",
        takes: 2..=2, named: &["last"], call: Some(wording::join),
    },
    HelperDoc {
        name: "plural", signature: "plural number one many",
        doc: "The first word for one, the second for any other number.",
        example: "{{ inputs.tickets }} {{ plural inputs.tickets \"ticket\" \"tickets\" }}", gives: "3 tickets",
        takes: 3..=3, named: NONE, call: Some(quantity::plural),
    },
    HelperDoc {
        name: "json", signature: "json x", doc: "The value as JSON, on one line.",
        example: "{{ json inputs.order }}", gives: "{\"id\":7,\"rush\":false}",
        takes: 1..=1, named: NONE, call: Some(wording::json),
    },
    HelperDoc {
        name: "date", signature: "date instant format tz=zone",
        doc: "An instant in a format as for strftime, in UTC or the zone named.",
        example: "{{ date now \"%A %d %B, %H:%M\" tz=\"Europe/Paris\" }}", gives: "Thursday 24 December, 18:05",
        takes: 2..=2, named: &["tz"], call: Some(moment::date),
    },
    HelperDoc {
        name: "number", signature: "number x decimals=n group=text",
        doc: "A number with its thousands set apart, by a comma if nothing else is given.",
        example: "{{ number inputs.price decimals=2 }}", gives: "1,234,567.89",
        takes: 1..=1, named: &["decimals", "group"], call: Some(quantity::number),
    },
    HelperDoc {
        name: "pick", signature: "pick key a b …",
        doc: "One of the values, always the same one for the same key.",
        example: "{{ pick inputs.name \"Hello\" \"Hi\" \"Welcome\" }}", gives: "Hi",
        takes: 2..=usize::MAX, named: NONE, call: Some(logic::pick),
    },
    HelperDoc {
        name: "eq", signature: "eq a b", doc: "Whether two values are the same.",
        example: "{{#if (eq inputs.tickets 3)}}three{{/if}}", gives: "three",
        takes: 2..=2, named: NONE, call: Some(logic::eq),
    },
    HelperDoc {
        name: "ne", signature: "ne a b", doc: "Whether two values differ.",
        example: "{{#if (ne inputs.tickets 1)}}several{{/if}}", gives: "several",
        takes: 2..=2, named: NONE, call: Some(logic::ne),
    },
    HelperDoc {
        name: "gt", signature: "gt a b", doc: "Whether the first is the greater: numbers, or texts by their letters.",
        example: "{{#if (gt inputs.tickets 2)}}many{{/if}}", gives: "many",
        takes: 2..=2, named: NONE, call: Some(logic::gt),
    },
    HelperDoc {
        name: "lt", signature: "lt a b", doc: "Whether the first is the lesser.",
        example: "{{#if (lt inputs.tickets 5)}}few{{/if}}", gives: "few",
        takes: 2..=2, named: NONE, call: Some(logic::lt),
    },
    HelperDoc {
        name: "and", signature: "and a b …", doc: "Whether every value is true.",
        example: "{{#if (and inputs.vip inputs.tickets)}}both{{/if}}", gives: "both",
        takes: 2..=usize::MAX, named: NONE, call: Some(logic::and),
    },
    HelperDoc {
        name: "or", signature: "or a b …", doc: "Whether any value is true.",
        example: "{{#if (or inputs.order.rush inputs.vip)}}first{{/if}}", gives: "first",
        takes: 2..=usize::MAX, named: NONE, call: Some(logic::or),
    },
    HelperDoc {
        name: "not", signature: "not x", doc: "Whether the value is not true.",
        example: "{{#if (not inputs.order.rush)}}calm{{/if}}", gives: "calm",
        takes: 1..=1, named: NONE, call: Some(logic::not),
    },
];
