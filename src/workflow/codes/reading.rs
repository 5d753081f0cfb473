//! What stops a file from being read as the text it was meant to be.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "yaml-syntax",
        summary: "the text is not YAML",
        explanation: "The file cannot be read from this place on. Where a small repair mends the line, the hint shows \
            it.",
        example: "\
- speak: \"Hello      # the quote is never closed
- speak: \"Hello\"
",
    },
    Code {
        word: "unquoted-text",
        summary: "a text needs quotes",
        explanation: "Without quotes, `: ` begins a map, ` #` a comment, and a text cannot start with one of @ ` % * & \
            ! | > { [. Put such a text in quotes, or write it below `|`.",
        example: "\
- speak: Note: the doors open at nine
- speak: \"Note: the doors open at nine\"
",
    },
    Code {
        word: "unquoted-template",
        summary: "a template needs quotes",
        explanation: "YAML takes a value that starts with `{{` for a map in a map. Put the whole value in quotes.",
        example: "\
- speak: {{ inputs.name }}
- speak: \"{{ inputs.name }}\"
",
    },
    Code {
        word: "tab-indent",
        summary: "a tab indents a line",
        explanation: "YAML is indented with spaces only.",
        example: "\
steps:
  - speak: Hello
",
    },
    Code {
        word: "wrong-indent",
        summary: "a line stands in a column that fits no line above it",
        explanation: "The keys of one step start in the same column, and so do the dashes of one list.",
        example: "\
- speak: Hello
  delay: 2s
",
    },
    Code {
        word: "duplicate-key",
        summary: "a key is given twice",
        explanation: "One of the two would be lost without a word.",
        example: "\
- speak: Hello
  delay: 1s
  delay: 2s
",
    },
    Code {
        word: "several-documents",
        summary: "a file holds more than one document",
        explanation: "One file is one workflow: what follows `---` belongs in a file of its own.",
        example: "\
version: 1
steps:
  - speak: Hello
---
",
    },
    Code {
        word: "too-deep",
        summary: "lists and maps are nested more than 64 deep",
        explanation: "No workflow needs that; it is most likely brackets that are never closed.",
        example: "\
vars: { deep: [[[[[[ ]]]]]] }
",
    },
    Code {
        word: "too-large",
        summary: "the file is too large",
        explanation: "A workflow file has 20 MB and 2,000,000 values at most, and aliases repeat 100,000 at most. Rows \
            belong in a CSV file that `foreach` goes through.",
        example: "\
- foreach: { csv: guests.csv }
  key: item.id
  speak: \"Hello {{ item.name }}\"
",
    },
    Code {
        word: "not-utf8",
        summary: "the file is not UTF-8 text",
        explanation: "Save it as UTF-8.",
        example: "\
version: 1
",
    },
    Code {
        word: "binary-file",
        summary: "the file is not text",
        explanation: "A workflow is a YAML file, and YAML is text.",
        example: "\
version: 1
",
    },
    Code {
        word: "unreadable-file",
        summary: "the file cannot be read",
        explanation: "It is missing, is a folder, or may not be read by this user.",
        example: "\
version: 1
",
    },
    Code {
        word: "empty-file",
        summary: "the file is empty",
        explanation: "A workflow needs `version: 1` and at least one step.",
        example: "\
version: 1
steps:
  - speak: Hello
",
    },
    Code {
        word: "invalid-faults",
        summary: "a file of faults for the sandbox cannot be read",
        explanation: "It has `kind: faults`, `version: 1` and the list `faults`.",
        example: "kind: faults\nversion: 1\nfaults: []\n",
    },
];
