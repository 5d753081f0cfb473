//! What is wrong with when a workflow runs by itself, and with how it is started from outside.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "bad-cron",
        summary: "a cron pattern cannot be read, or never matches",
        explanation: "Five fields: minute, hour, day of the month, month, day of the week. Each is a number, `*`, a \
            list `1,2`, a range `1-5` or a step `*/15`. If both days are given, one of them is enough. A date that no \
            year has, such as 30 February, would never start anything.",
        example: "\
schedule:
  - { cron: \"0 9 30 2 *\", timezone: Europe/Paris }
  - { cron: \"0 9 * * 1-5\", timezone: Europe/Paris }
",
    },
    Code {
        word: "schedule-timezone",
        summary: "a timezone is missing, or means nothing where it stands",
        explanation: "`cron` names local time, and the machine that runs it may stand anywhere. `every` is counted from \
            midnight UTC, and `at` carries its own offset.",
        example: "\
schedule:
  - { cron: \"0 9 * * *\" }
  - { cron: \"0 9 * * *\", timezone: Europe/Paris }
",
    },
    Code {
        word: "unknown-timezone",
        summary: "there is no timezone of that name",
        explanation: "A timezone is an IANA name, mostly a continent and a city. Short names such as `CEST` are offsets: \
            they know nothing of when the clocks change.",
        example: "\
schedule:
  - { cron: \"0 9 * * *\", timezone: Europe/Pariss }
  - { cron: \"0 9 * * *\", timezone: Europe/Paris }
",
    },
    Code {
        word: "bad-interval",
        summary: "an interval is too short, too long or no whole number of seconds",
        explanation: "`every` goes from a second to a day, and is counted from midnight UTC. Days and weeks are named by \
            `cron`.",
        example: "\
schedule:
  - every: 168h
  - { cron: \"0 9 * * 1\", timezone: UTC }
",
    },
    Code {
        word: "uneven-interval",
        summary: "an interval does not divide a day",
        explanation: "`every` is counted from midnight UTC and begins anew there, so that nothing depends on when the \
            program was started. The last interval of the day is shorter than the others.",
        example: "\
schedule:
  - every: 7h
  - every: 6h
",
    },
    Code {
        word: "bad-instant",
        summary: "an instant cannot be read, or lacks its offset",
        explanation: "A date, a time and the offset from UTC: without it nobody can tell whose time it is. An instant \
            that has gone by is no mistake; it starts nothing.",
        example: "\
schedule:
  - at: 2026-12-24T18:00:00
  - at: 2026-12-24T18:00:00+01:00
",
    },
    Code {
        word: "schedule-input",
        summary: "a scheduled run would lack an input",
        explanation: "Nobody is there to give it: an input of a workflow with a schedule has a default, or need not be \
            given.",
        example: "\
inputs: { customer: { type: string, required: true } }
inputs: { customer: { type: string, default: Alex } }
",
    },
    Code {
        word: "overlapping-catchup",
        summary: "missed runs that are all made up for keep each other from starting",
        explanation: "They are all due at once, when somebody is there again. With `overlap: skip` the first one starts \
            and the others find it under way; with `overlap: cancel` only the last one stays.",
        example: "\
overlap: allow
catchup: all
",
    },
    Code {
        word: "webhook-input",
        summary: "a request from outside does not give an input what it needs",
        explanation: "An input is read from a key of the request's body: `body.customer.name`. One that is required \
            must be given that way, or have a default.",
        example: "\
webhook: { secret: env:HOOK_SECRET, inputs: { customer: customer.name } }
webhook: { secret: env:HOOK_SECRET, inputs: { customer: body.customer.name } }
",
    },
    Code {
        word: "bad-group",
        summary: "a group has no proper name",
        explanation: "Workflows that name the same group share its limit. The name is of letters, digits, `-` and `_`.",
        example: "\
concurrency: { group: calls to Paris, limit: 2 }
concurrency: { group: calls-to-paris, limit: 2 }
",
    },
];
