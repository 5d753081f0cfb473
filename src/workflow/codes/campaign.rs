//! To whom, when and how often something goes out.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "bad-window",
        summary: "a window cannot be read",
        explanation: "It opens on days, from one time of the day to another: earlier than that is over midnight. Days \
            are words as `mon-fri` or `sat,sun`, times are written with minutes.",
        example: "\
window: { days: monday, from: 9, to: 17, timezone: Europe/Paris }
window: { days: mon-fri, from: \"09:00\", to: \"17:00\", timezone: Europe/Paris }
",
    },
    Code {
        word: "no-window",
        summary: "a step goes by a window that it does not have",
        explanation: "`expires: end_of_window` names the end of the step's own window, of its loop's or of the file's. \
            A step that is `critical` passes all of them.",
        example: "\
- { speak: Hello, expires: end_of_window }
- speak: Hello
  expires: end_of_window
  window: { from: \"09:00\", to: \"17:00\", timezone: Europe/Paris }
",
    },
    Code {
        word: "bad-cap",
        summary: "a cap does not say how often within what",
        explanation: "`max` counts within any stretch of `every`; `per_day` counts on a day of the person's calendar, \
            and needs their time zone, its own or the window's. `group` is a name: nothing is put into it, for by it the \
            caps of several workflows count together.",
        example: "\
cap: { max: 1, per: customer.id }
cap: { max: 1, every: 72h, per: customer.id }
",
    },
    Code {
        word: "misplaced-rule",
        summary: "a rule of one line stands beside the steps of a loop",
        explanation: "`once_per`, `critical` and `variants` rule the step that says the line. A `window` and a `cap` may \
            stand on the loop, and then rule every line in it.",
        example: "\
- foreach: inputs.guests
  once_per: \"{{ item }}\"
  steps: [{ speak: Hello }]
- foreach: inputs.guests
  steps: [{ speak: Hello, once_per: \"{{ item }}\" }]
",
    },
    Code {
        word: "shared-once-per",
        summary: "two steps say once for the same value",
        explanation: "A value is said once over all runs of the workflow, by whichever step comes first: the other one \
            is skipped. Where both are to be heard, each needs a value of its own.",
        example: "\
- { speak: Hello, once_per: \"{{ customer.id }}\" }
- { speak: One more thing, once_per: \"{{ customer.id }}-more\" }
",
    },
    Code {
        word: "bad-variants",
        summary: "the variants of a line cannot be read",
        explanation: "Each arm has a text, in place of the action's own, and a weight against the others; `holdout` is \
            the share of those who hear nothing, below 100%. `seed` is a word, which another one draws anew by.",
        example: "\
- speak: Hello
  variants: { arms: { plain: Good day, warm: Lovely to see you } }
- speak:
  variants: { holdout: 5%, arms: { plain: Good day, warm: Lovely to see you } }
",
    },
    Code {
        word: "bad-exclude",
        summary: "nobody can tell who is left out",
        explanation: "Rows are left out whose value in `column` is in the same column of the file, so both need it.",
        example: "\
- foreach: { csv: guests.csv, exclude: { csv: opt-outs.csv } }
- foreach: { csv: guests.csv, exclude: { csv: opt-outs.csv, column: id } }
",
    },
    Code {
        word: "bad-rate",
        summary: "a rate cannot be read",
        explanation: "It is a number a second, minute or hour.",
        example: "\
throttle: { rate: 2 }
throttle: { rate: 2/s, burst: 5 }
",
    },
    Code {
        word: "bad-report",
        summary: "a report would be written outside of the project",
        explanation: "Its path is relative to the project, and stays in it.",
        example: "\
report: { csv: ../report.csv }
report: { csv: \"reports/{{ run.id }}.csv\" }
",
    },
];
