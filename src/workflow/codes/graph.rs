//! What steps are called, and what they wait for.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "name-form",
        summary: "a name is not spelled as names are",
        explanation: "Names are made of lower-case letters, digits and `_`, and begin with a letter: a `-` \
            would be a subtraction in a condition. The workflow's own name may have capitals and \
            `-`.",
        example: "\
- id: welcome-line
- id: welcome_line
",
    },
    Code {
        word: "hidden-name",
        summary: "the name of an item or of an agent means something else in texts",
        explanation: "Helpers and the names that every text sees come first, so it could not be read.",
        example: "\
- foreach: [Alex, Kim]
  as: number
- foreach: [Alex, Kim]
  as: guest
",
    },
    Code {
        word: "duplicate-id",
        summary: "two steps have the same id",
        explanation: "Texts, `needs` and reports know a step by its id. A step without one is called by its \
            action and its count down the file, as `speak_2`.",
        example: "\
- { id: hello, speak: Hello }
- { id: hello_again, speak: Hello again }
",
    },
    Code {
        word: "unknown-step",
        summary: "a step is named that does not exist",
        explanation: "The hint tells the nearest one.",
        example: "\
- { speak: Done, needs: [rendr] }
- { speak: Done, needs: [render] }
",
    },
    Code {
        word: "cycle",
        summary: "steps wait for each other",
        explanation: "None of them could ever begin. A step waits for the one above it, for what it needs, for \
            what it reads, and for the agent that it addresses.",
        example: "\
- { id: a, wait: 1s, needs: [b] }
- { id: b, wait: 1s, needs: [a] }
",
    },
    Code {
        word: "other-script",
        summary: "a step needs one of another script",
        explanation: "`on_failure` and `finally` begin when every step before them has ended, so there is \
            nothing to wait for.",
        example: "\
finally:
  - { speak: Bye, needs: hello }
  - speak: Bye
",
    },
    Code {
        word: "inside-loop",
        summary: "a step inside a loop is named from outside",
        explanation: "There may be many of it, or none. Outside, only the loop is seen, with the results of \
            its items.",
        example: "\
- speak: \"{{ steps.line.delivered_to_rooms }}\"
- speak: \"{{ steps.guests.succeeded }}\"
",
    },
    Code {
        word: "outside-loop",
        summary: "a step of a loop needs one outside",
        explanation: "The loop as a whole waits: its items begin when its needs are met.",
        example: "\
- foreach: [Alex, Kim]
  needs: opening
",
    },
    Code {
        word: "reads-itself",
        summary: "a step reads its own result",
        explanation: "The result is there when the step has ended.",
        example: "\
- { id: poll, http: \"https://a.example/{{ steps.poll.body }}\" }
- { id: poll, http: \"https://a.example/{{ steps.first.body }}\" }
",
    },
    Code {
        word: "not-yet-run",
        summary: "a step is read that cannot have run",
        explanation: "Scripts run one after another, and a loop has its result when it has ended.",
        example: "\
steps:
  - speak: \"{{ steps.bye.ok }}\"
finally:
  - { id: bye, speak: Bye }
",
    },
    Code {
        word: "nothing-joins",
        summary: "nothing waits for a step",
        explanation: "With `needs`, a step no longer follows the one above it. The run still waits for every \
            step before it ends.",
        example: "\
- { id: music, http: \"https://a.example/music\" }
- { speak: Hello, needs: [] }
",
    },
    Code {
        word: "may-be-absent",
        summary: "a result is read that may not be there",
        explanation: "The step that it is read of may have been skipped, or may have failed; the reader then \
            fails.",
        example: "\
- speak: \"{{ steps.poll.body.total }} votes\"
- speak: \"{{ default steps.poll.body.total 0 }} votes\"
",
    },
];
