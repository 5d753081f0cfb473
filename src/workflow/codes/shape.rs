//! What has not the keys, types or values of the language.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "unknown-key",
        summary: "a key is not known",
        explanation: "Nothing is ignored: a key that means nothing is most likely misspelt or in the wrong place.",
        example: "\
- speek: Hello
- speak: Hello
",
    },
    Code {
        word: "missing-field",
        summary: "a key is missing that must be there",
        explanation: "The hint shows where it goes.",
        example: "\
- http: { method: GET }
- http: { method: GET, url: https://api.crm.example }
",
    },
    Code {
        word: "wrong-type",
        summary: "a value is of the wrong kind",
        explanation: "A text, a number, a list or a map was expected, and something else is there. What is spelled \
            counts for a text: `speak: 42` says 42.",
        example: "\
- speak: [laughs]
- speak: \"[laughs]\"
",
    },
    Code {
        word: "bad-value",
        summary: "a value is none of those allowed",
        explanation: "The hint lists them.",
        example: "\
- speak: Hello
  on_unknown: ask
",
    },
    Code {
        word: "out-of-range",
        summary: "a number is too small or too great",
        explanation: "The hint tells the bound.",
        example: "\
- list_agents: { limit: 100 }
",
    },
    Code {
        word: "bad-duration",
        summary: "a duration cannot be read",
        explanation: "A duration is a number with its unit: `500ms`, `2s`, `1m30s`, `2h`. A bare number does not tell \
            what it counts.",
        example: "\
- wait: 5
- wait: 5s
",
    },
    Code {
        word: "bad-version",
        summary: "the version is not known",
        explanation: "This release reads version 1 of the language, written without quotes.",
        example: "\
version: 1
",
    },
    Code {
        word: "no-template",
        summary: "a value cannot be a template",
        explanation: "It decides what the workflow is, so it is read before anything can be rendered.",
        example: "\
- http: { url: https://api.crm.example, method: POST }
",
    },
    Code {
        word: "no-action",
        summary: "a step has no action",
        explanation: "A step is one action, with other keys beside it.",
        example: "\
- id: greeting
  speak: Hello
",
    },
    Code {
        word: "several-actions",
        summary: "a step has more than one action",
        explanation: "Each action is a step of its own, so that each can fail, wait and be named by itself.",
        example: "\
- speak: Hello
- wait: 5s
",
    },
    Code {
        word: "several-keys",
        summary: "two keys exclude each other",
        explanation: "Keep the one that is meant.",
        example: "\
- foreach: { csv: guests.csv }
  key: item.id
  speak: Hello
",
    },
    Code {
        word: "too-few",
        summary: "a list is empty",
        explanation: "It needs one item at least.",
        example: "\
steps:
  - speak: Hello
",
    },
    Code {
        word: "no-foreach",
        summary: "a key of loops stands in a step that is none",
        explanation: "`as`, `key`, `max_parallel`, `fail_fast` and `steps` belong to `foreach`.",
        example: "\
- foreach: [Alex, Kim]
  key: item
  speak: \"Hello {{ item }}\"
",
    },
    Code {
        word: "beside-parallel",
        summary: "a key stands beside `parallel`",
        explanation: "The group itself does nothing; its entries do. What is meant for them is given to them.",
        example: "\
- parallel:
    - speak: Hello
      delay: 2s
    - wait: 5s
",
    },
    Code {
        word: "duplicate-workflow",
        summary: "two files have the same name",
        explanation: "A workflow is known by its name: runs and purchases are found by it.",
        example: "\
version: 1
name: greeting-in-french
",
    },
];
