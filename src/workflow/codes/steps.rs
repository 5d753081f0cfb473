//! Whom steps address, where they are heard, what they go through and what they cost.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "missing-agent",
        summary: "a step does not say which agent it addresses",
        explanation: "It is the step's `agent`, else the file's, else the only one that is made above.",
        example: "\
- speak: Hello
- { speak: Hello, agent: A91XMB7113 }
",
    },
    Code {
        word: "ambiguous-agent",
        summary: "a step could address several agents",
        explanation: "More than one is made above, and neither the step nor the file says which is meant.",
        example: "\
- speak: Hello
- { speak: Hello, agent: host }
",
    },
    Code {
        word: "unknown-agent",
        summary: "an agent is named that does not exist",
        explanation: "An agent is the id of a `generate` step, or a code.",
        example: "\
- { speak: Hello, agent: hots }
- { speak: Hello, agent: host }
",
    },
    Code {
        word: "missing-room",
        summary: "a step names no room, in a file that names one",
        explanation: "Where rooms matter, none is left out by an oversight.",
        example: "\
- { speak: Hello }
- { speak: Hello, room: all }
",
    },
    Code {
        word: "bad-room",
        summary: "a room has a line break or another control character",
        explanation: "The name of a room is one line of text.",
        example: "\
- { speak: Hello, room: \"stage\\nleft\" }
- { speak: Hello, room: stage-left }
",
    },
    Code {
        word: "empty-room",
        summary: "a room is empty",
        explanation: "Nothing is ever heard everywhere because a name was missing.",
        example: "\
- { speak: Hello, room: \"\" }
- { speak: Hello, room: all }
",
    },
    Code {
        word: "item-to-every-room",
        summary: "what belongs to one item would be heard in every room",
        explanation: "Inside `foreach`, what is said from the item goes to a room of its own.",
        example: "\
- { foreach: [Alex], key: item, speak: \"Hello {{ item }}\" }
- { foreach: [Alex], key: item, room: lobby, speak: \"Hello {{ item }}\" }
",
    },
    Code {
        word: "missing-key",
        summary: "a loop does not name its items",
        explanation: "A run that was stopped goes on where it was. By its key it knows which items were done, \
            also when the list has changed.",
        example: "\
- { foreach: [Alex, Kim], speak: Hello }
- { foreach: [Alex, Kim], key: item, speak: Hello }
",
    },
    Code {
        word: "duplicate-item-key",
        summary: "two items have the same key",
        explanation: "They could not be told apart when a run goes on.",
        example: "\
- { foreach: [Alex, Alex], key: item, speak: Hello }
- { foreach: [Alex, Kim], key: item, speak: Hello }
",
    },
    Code {
        word: "nested-loop",
        summary: "a loop is inside a loop",
        explanation: "Version 1 has no loops inside loops.",
        example: "\
- { foreach: [a], steps: [{ foreach: [b], wait: 1s }] }
- { foreach: [a], steps: [{ wait: 1s }] }
",
    },
    Code {
        word: "braces-in-item",
        summary: "an item looks like a template",
        explanation: "Items and cells are never templates: what they hold is said as it stands.",
        example: "\
- foreach: [\"{{ inputs.customer }}\"]
- foreach: inputs.customers
",
    },
    Code {
        word: "data-file",
        summary: "a data file cannot be read",
        explanation: "The message tells its line and what is wrong there.",
        example: "\
- foreach: { csv: notes.txt }
- foreach: { csv: guests.csv }
",
    },
    Code {
        word: "unbounded-purchase",
        summary: "a loop buys without a bound",
        explanation: "`max_credits` at the top of the file is the most that a run may spend.",
        example: "\
- foreach: [Alex, Kim]
  generate: \"You are {{ item }}.\"
",
    },
    Code {
        word: "unstable-face",
        summary: "a face reads what changes with every run",
        explanation: "An agent is bought once, and found again by what it was made from. What changes with \
            every run is never found.",
        example: "\
- generate: { agent_id: \"host-{{ run.id }}\" }
- generate: { agent_id: \"host-{{ run.id }}\", reuse: false }
",
    },
    Code {
        word: "missing-file",
        summary: "a file does not exist",
        explanation: "A path is relative to the file it is written in.",
        example: "\
- set_prompt: { file: host.mdd }
- set_prompt: { file: host.md }
",
    },
    Code {
        word: "path-outside-project",
        summary: "a path leaves the project",
        explanation: "The project is the nearest folder up with `.runsheet`, `.git` or `workflows`; links are \
            followed first.",
        example: "\
- set_prompt: { file: /etc/hostname }
- set_prompt: { file: prompts/host.md }
",
    },
    Code {
        word: "private-file",
        summary: "a path leads to settings and secrets of this machine",
        explanation: "`.env`, `.git` and `.runsheet` are read by no workflow: what it says could show them.",
        example: "\
- set_prompt: { file: ../.env }
- set_prompt: { file: prompts/host.md }
",
    },
    Code {
        word: "not-a-file",
        summary: "a path is no regular file",
        explanation: "Folders, devices and pipes are not read.",
        example: "\
- set_prompt: { file: prompts }
- set_prompt: { file: prompts/host.md }
",
    },
    Code {
        word: "file-too-large",
        summary: "a file is too large",
        explanation: "A file has 50 MB at most.",
        example: "\
- generate: { video: film.mov }
- generate: { video: \"https://a.example/film.mov\" }
",
    },
    Code {
        word: "not-text",
        summary: "a file is not text",
        explanation: "Texts and data files are UTF-8.",
        example: "\
- set_prompt: { file: host.docx }
- set_prompt: { file: host.md }
",
    },
    Code {
        word: "template-in-path",
        summary: "a path is not known before the run",
        explanation: "What a run reads is found, and kept, before it begins.",
        example: "\
- set_prompt: { file: \"{{ inputs.lang }}.md\" }
- set_prompt: { file: \"{{ vars.lang }}.md\" }
",
    },
    Code {
        word: "bad-field",
        summary: "the fields of an action do not fit together",
        explanation: "The message is the action's own.",
        example: "\
- wait: { for: 5s, until: \"2026-12-24T18:00:00+01:00\" }
- wait: 5s
",
    },
    Code {
        word: "no-effect",
        summary: "a key has no effect where it stands",
        explanation: "It is most likely meant for another step.",
        example: "\
- { wait: 1s, room: lobby }
- wait: 1s
",
    },
    Code {
        word: "long-speech",
        summary: "a line takes over a minute to say",
        explanation: "Once it is sent, it cannot be stopped. Between two lines a run can.",
        example: "\
- speak: The whole story, without a break
- speak: The first part
",
    },
    Code {
        word: "spoken-markup",
        summary: "a line holds marks that are meant for eyes",
        explanation: "A voice reads what it is given: stars, tags and addresses too.",
        example: "\
- speak: \"This is **new**\"
- speak: This is new
",
    },
    Code {
        word: "cut-by-comment",
        summary: "a text ends where YAML sees a comment",
        explanation: "In YAML, ` #` begins a comment in a text without quotes.",
        example: "\
- speak: We are #1
- speak: \"We are #1\"
",
    },
];
