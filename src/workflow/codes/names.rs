//! What texts and expressions read.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "template-syntax",
        summary: "a text cannot be read as a template",
        explanation: "Names stand in `{{ }}`, blocks are closed, helpers exist.",
        example: "\
- speak: \"Hello {{ inputs.customer\"
- speak: \"Hello {{ inputs.customer }}\"
",
    },
    Code {
        word: "expression-syntax",
        summary: "an expression cannot be read",
        explanation: "Expressions stand in `if`, `foreach` and `key`, as `inputs.vip and steps.poll.body.total \
            >= 50`.",
        example: "\
- { speak: Hello, if: inputs.vip and }
- { speak: Hello, if: inputs.vip }
",
    },
    Code {
        word: "if-template",
        summary: "an expression has braces",
        explanation: "`if`, `foreach` and `key` are expressions already: names stand in them as they are.",
        example: "\
- { speak: Hello, if: \"{{ inputs.vip }}\" }
- { speak: Hello, if: inputs.vip }
",
    },
    Code {
        word: "unknown-input",
        summary: "an input is read that is not declared",
        explanation: "Inputs are declared at the top of the file, under `inputs`.",
        example: "\
- speak: \"Hello {{ inputs.custmer }}\"
- speak: \"Hello {{ inputs.customer }}\"
",
    },
    Code {
        word: "unknown-var",
        summary: "a var is read that is not declared",
        explanation: "Constants are declared at the top of the file, under `vars`.",
        example: "\
- speak: \"{{ vars.greting }}\"
- speak: \"{{ vars.greeting }}\"
",
    },
    Code {
        word: "unknown-secret",
        summary: "a secret is read that is not declared",
        explanation: "Secrets are declared at the top of the file, under `secrets`.",
        example: "\
- http: { url: https://a.example, headers: { authorization: \"{{ secrets.tken }}\" } }
- http: { url: https://a.example, headers: { authorization: \"{{ secrets.token }}\" } }
",
    },
    Code {
        word: "unknown-name",
        summary: "a name is read that does not exist",
        explanation: "Texts read `inputs`, `vars`, `secrets`, `steps`, `agents`, `run`, `now`, and in a loop its item.",
        example: "\
- speak: \"Hello {{ customer }}\"
- speak: \"Hello {{ inputs.customer }}\"
",
    },
    Code {
        word: "unknown-result",
        summary: "a result is read that the step does not have",
        explanation: "Each action has results of its own; every step has `state`, `ok` and `error`.",
        example: "\
- speak: \"{{ steps.host.agent_code }}\"
- speak: \"{{ steps.host.agent_id }}\"
",
    },
    Code {
        word: "unknown-column",
        summary: "a field of an item is read that no item has",
        explanation: "The header of a CSV file, or the keys of a written list, tell which there are.",
        example: "\
- speak: \"Hello {{ guest.nmae }}\"
- speak: \"Hello {{ guest.name }}\"
",
    },
    Code {
        word: "object-as-text",
        summary: "a list or an object stands where a text is expected",
        explanation: "It has no form that people would want to hear or read.",
        example: "\
- speak: \"{{ steps.poll.body }}\"
- speak: \"{{ steps.poll.body.total }}\"
",
    },
    Code {
        word: "control-reads-run",
        summary: "a control field reads what only a run knows",
        explanation: "When and how a step is done is known before the run, so that a plan can show it. The \
            length of a `wait` step may read anything.",
        example: "\
- { speak: Hello, delay: \"{{ steps.poll.body.seconds }}s\" }
- { wait: \"{{ steps.poll.body.seconds }}s\" }
",
    },
    Code {
        word: "var-cycle",
        summary: "vars read each other",
        explanation: "None of them could be known.",
        example: "\
vars: { a: \"{{ vars.b }}\", b: \"{{ vars.a }}\" }
vars: { a: \"{{ vars.b }}\", b: Hello }
",
    },
    Code {
        word: "bad-input",
        summary: "an input is declared that no value could fit",
        explanation: "The default, the bounds and the pattern must agree with the type.",
        example: "\
inputs: { count: { type: integer, default: many } }
inputs: { count: { type: integer, default: 3 } }
",
    },
    Code {
        word: "cannot-render",
        summary: "a field that is set before the run has no value",
        explanation: "With the inputs that were given, the text cannot be rendered, or does not fit the field.",
        example: "\
- { speak: Hello, delay: \"{{ inputs.gap }}\" }
- { speak: Hello, delay: 2s }
",
    },
    Code {
        word: "secret-source",
        summary: "a secret has no source that may be read",
        explanation: "It comes from the environment or from a file. The service's own settings are never a \
            workflow's.",
        example: "\
secrets: { token: { from: CRM_TOKEN, hosts: [api.crm.example] } }
secrets: { token: { from: \"env:CRM_TOKEN\", hosts: [api.crm.example] } }
",
    },
    Code {
        word: "secret-host",
        summary: "a secret's host is not the name of a host",
        explanation: "A bare name, without scheme, port and path.",
        example: "\
secrets: { token: { from: \"env:T\", hosts: [\"https://a.example/v1\"] } }
secrets: { token: { from: \"env:T\", hosts: [a.example] } }
",
    },
    Code {
        word: "changed-secret",
        summary: "a helper is given a secret",
        explanation: "A secret is put in when the request is sent, after every helper has done its work.",
        example: "\
- http: { url: https://a.example, query: { token: \"{{ upper secrets.token }}\" } }
- http: { url: https://a.example, query: { token: \"{{ secrets.token }}\" } }
",
    },
    Code {
        word: "unfit-value",
        summary: "a value that is written in the file does not fit where it stands",
        explanation: "A text that reads nothing comes out the same in every run, so it is tried by `check`.",
        example: "\
- speak: \"{{ truncate 'Good evening' -1 }}\"
- speak: \"{{ truncate 'Good evening' 4 }}\"
",
    },
    Code {
        word: "secret-outside-http",
        summary: "a secret is read where it would be seen",
        explanation: "It may stand in `headers`, `query`, `json` and `body` of `http`, and goes to its hosts \
            only.",
        example: "\
- http: \"https://a.example/?token={{ secrets.token }}\"
- http: { url: https://a.example, query: { token: \"{{ secrets.token }}\" } }
",
    },
];
