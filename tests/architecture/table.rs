//! The table: what a module may import, where an outside crate may be named, what the engine must never reach.

/// What a module may import of ours, beside itself.
pub struct Rule {
    /// The module, as a path from the root; the longest that fits a file counts.
    pub module: &'static str,
    /// What it may import, as groups of paths from the root; nothing stands for everything.
    pub may_import: Option<&'static [&'static [&'static str]]>,
    /// The rule in words.
    pub sentence: &'static str,
}

/// Where an outside crate or a part of the standard library may be named.
pub struct Fence {
    /// Paths as they are named.
    pub names: &'static [&'static str],
    /// The modules that may name them.
    pub within: &'static [&'static str],
    /// The rule in words.
    pub sentence: &'static str,
}

const BASE: &[&str] = &[
    "clock",
    "crash",
    "diagnostic",
    "duration",
    "held",
    "ids",
    "outcome",
    "scope",
    "secret",
    "settings",
    "sha256",
    "share",
    "text",
    "window",
    "zone",
];
const TEXTS: &[&str] = &["template", "expression", "data"];
const SERVICE: &[&str] = &["bithuman", "actions"];
const SCHEDULE: &[&str] = &["schedule"];
const WORKFLOW: &[&str] = &["workflow"];
const MODEL: &[&str] = &["plan::model"];
const PLAN: &[&str] = &["plan"];
const ENGINE: &[&str] = &["engine"];
const DATABASE: &[&str] = &["database"];
const ACCESS: &[&str] = &["access"];
const KEPT: &[&str] = &["journal", "purchases", "sent", "fires", "report"];
const EXECUTORS: &[&str] = &["executors"];
const KEEPERS: &[&str] = &["daemon", "provision"];

const BASE_ALONE: &str = "the base imports the base only: small files, one noun each";
const TEXTS_ALONE: &str = "templates, expressions and data import the base only; they know nothing of ours above";
const KEEPER_ALONE: &str = "the daemon and provisioning import all but the sandbox, the pages and the commands";

const fn base(module: &'static str) -> Rule {
    Rule { module, may_import: Some(&[BASE]), sentence: BASE_ALONE }
}

const fn text(module: &'static str) -> Rule {
    Rule { module, may_import: Some(&[BASE]), sentence: TEXTS_ALONE }
}

const fn everything(module: &'static str) -> Rule {
    Rule { module, may_import: None, sentence: "imports all" }
}

const fn rule(module: &'static str, may_import: &'static [&'static [&'static str]], sentence: &'static str) -> Rule {
    Rule { module, may_import: Some(may_import), sentence }
}

/// One line for every module.
pub const RULES: &[Rule] = &[
    everything("lib"),
    everything("main"),
    everything("commands"),
    everything("fuzzing"),
    base("clock"),
    base("crash"),
    base("diagnostic"),
    base("duration"),
    base("held"),
    base("ids"),
    base("outcome"),
    base("scope"),
    base("secret"),
    base("settings"),
    base("sha256"),
    base("share"),
    base("text"),
    base("window"),
    base("zone"),
    text("template"),
    text("expression"),
    text("data"),
    rule("schedule", &[BASE], "a schedule imports the base only: it decides, and knows neither workflows nor runs"),
    rule("bithuman", &[BASE], "the client of the service imports the base only; it knows neither workflows nor runs"),
    rule(
        "actions",
        &[BASE, &["bithuman"]],
        "an action imports the base and `bithuman` only; its fields arrive rendered, and it knows no journal and no executor",
    ),
    rule(
        "workflow",
        &[BASE, TEXTS, SCHEDULE, &["actions"], MODEL],
        "a workflow imports the base, texts, data, `schedule`, `actions` and the words of `plan::model`; it does not know how or when anything runs",
    ),
    rule("plan::model", &[BASE], "the model of a plan imports the base only"),
    rule(
        "plan",
        &[BASE, TEXTS, WORKFLOW, &["actions"]],
        "building and showing a plan imports the base, texts, data, `workflow` and `actions`; it does not know the network",
    ),
    rule("engine", &[BASE, &["expression"], MODEL], "the engine imports the base, `expression` and `plan::model` only"),
    rule(
        "database",
        &[BASE],
        "the database imports the base only; `journal`, `purchases` and `fires` put their rows in it",
    ),
    rule(
        "journal",
        &[BASE, MODEL, ENGINE, DATABASE],
        "the journal imports the base, `plan::model`, `engine` and `database`; it knows neither purchases, reports nor executors",
    ),
    rule("access", &[BASE, DATABASE], "tokens and answered requests import the base and `database`; they know no runs"),
    rule(
        "purchases",
        &[BASE, MODEL, ENGINE, DATABASE],
        "purchases import the base, `plan::model`, `engine` and `database`; they know neither journal, reports nor executors",
    ),
    rule(
        "sent",
        &[BASE, MODEL, DATABASE],
        "what was said imports the base, `plan::model` and `database`; it knows neither journal, reports nor executors",
    ),
    rule(
        "fires",
        &[BASE, SCHEDULE, DATABASE],
        "what became of each time that was due imports the base, `schedule` and `database`; it knows neither journal nor executors",
    ),
    rule(
        "report",
        &[BASE, MODEL, ENGINE],
        "a report imports the base, `plan::model` and `engine` only; it knows neither journal, purchases nor executors",
    ),
    rule(
        "executors",
        &[BASE, TEXTS, SERVICE, WORKFLOW, PLAN, ENGINE, KEPT],
        "executors import all that stands above them; they know neither the command line, the web nor the sandbox",
    ),
    rule("sandbox", &[BASE], "the sandbox imports the base only: client and sandbox cannot share a mistake"),
    rule(
        "provision",
        &[BASE, TEXTS, SCHEDULE, SERVICE, WORKFLOW, PLAN, ENGINE, DATABASE, KEPT, EXECUTORS, KEEPERS],
        KEEPER_ALONE,
    ),
    rule(
        "daemon",
        &[BASE, TEXTS, SCHEDULE, SERVICE, WORKFLOW, PLAN, ENGINE, DATABASE, ACCESS, KEPT, EXECUTORS, KEEPERS],
        KEEPER_ALONE,
    ),
    rule(
        "web",
        &[BASE, SCHEDULE, WORKFLOW, PLAN, ENGINE, ACCESS, &["report", "daemon"]],
        "the pages import the base, `schedule`, `workflow`, `plan`, `engine`, `access`, `report` and `daemon`; they do not know executors",
    ),
];

/// Outside crates that belong to a few modules.
pub const FENCES: &[Fence] = &[
    Fence {
        names: &["reqwest", "http_body", "rustls"],
        within: &[
            "bithuman",
            "actions::http",
            "actions::context",
            "settings::service_url",
            "executors::local",
            "sandbox",
            "daemon::runs",
            "commands",
            "main",
        ],
        sentence: "the network is reached by the client of the service, by `http` and by the sandbox's webhooks",
    },
    Fence {
        names: &["axum", "tower_http"],
        within: &["sandbox", "web", "commands"],
        sentence: "only the sandbox and the pages answer requests",
    },
    Fence {
        names: &["rusqlite"],
        within: &["database", "access", "journal", "purchases", "sent", "fires"],
        sentence: "only the database and those who put rows in it speak SQL",
    },
    Fence {
        names: &["tokio", "tokio_util", "tokio_stream"],
        within: &[
            "bithuman",
            "actions::http",
            "database",
            "journal::late",
            "executors",
            "sandbox",
            "provision",
            "daemon",
            "web",
            "commands",
            "main",
        ],
        sentence: "only those who perform effects know the runtime",
    },
    Fence {
        names: &["clap"],
        within: &["commands", "main", "sandbox::settings"],
        sentence: "only the commands know the command line",
    },
    Fence {
        names: &["anyhow"],
        within: &["commands", "main"],
        sentence: "errors are typed below the edges of the program",
    },
    Fence { names: &["handlebars"], within: &["template"], sentence: "texts with names are hidden behind `template`" },
    Fence { names: &["minijinja"], within: &["expression"], sentence: "conditions are hidden behind `expression`" },
    Fence {
        names: &["serde_saphyr"],
        within: &["workflow::load", "data", "provision", "sandbox::faults"],
        sentence: "YAML is read where files are read; above that there are nodes and values",
    },
    Fence {
        names: &["annotate_snippets"],
        within: &["diagnostic"],
        sentence: "there is one type of diagnostic, and it alone knows how it is printed",
    },
    Fence {
        names: &["notify", "notify_debouncer_full"],
        within: &["daemon", "commands"],
        sentence: "watching belongs to the daemon",
    },
    Fence { names: &["croner"], within: &["schedule::pattern"], sentence: "cron is hidden behind `schedule::pattern`" },
    Fence {
        names: &["crate::clock::SystemClock"],
        within: &["bithuman::client", "executors", "sandbox", "provision", "daemon", "web", "commands", "main"],
        sentence: "only those who drive something ask the machine for the time; all others are told",
    },
];

/// The modules that stay pure, with all that they reach.
pub const PURE: &[&str] = &["engine", "schedule", "window"];

/// What the pure modules reach by exception: the types of instants, whose file also knows the machine's clock.
pub const PURE_EXCEPTION: &str = "clock";

/// What the pure modules must never reach; `.now` is a call.
pub const IMPURE: &[&str] = &[
    "tokio",
    "tokio_util",
    "reqwest",
    "axum",
    "rusqlite",
    "rand",
    "uuid",
    "secrecy",
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "crate::clock::Clock",
    "crate::clock::SystemClock",
    ".now",
];
