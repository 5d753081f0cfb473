//! The arguments of `run`.

use std::path::PathBuf;

use crate::bithuman::AccountTier;
use crate::clock::Timestamp;
use crate::commands::opening::Refusal;
use crate::data::inputs::GivenInputs;
use crate::plan::choose::Choice;
use crate::report::ReportTarget;

/// Run a workflow: check it, plan it, then say and do what it says, once
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Keys, on a terminal:\n  Enter  says go at a pause or, with `--step`, for a step; goes on after `p`\n  p      holds before the next step\n  s      skips the next step\n  q      stops, as Ctrl-C does; `runsheet resume` goes on\n\nExamples:\n  runsheet run --sandbox\n  runsheet run workflows/welcome.yaml --input guest=Kim --report junit=run.xml\n  runsheet run --sandbox --only speak_2,speak_3\n  runsheet run --sandbox --from pause_1 --step\n  runsheet run --sandbox --clock 2026-12-01T08:55:00+01:00 --speed 3600\n  runsheet run workflows/renewals.yaml --limit 50\n  runsheet run workflows/renewals.yaml --item c17"
)]
pub struct Arguments {
    /// The workflow file; the folder's only one when left out
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Give an input its value; may be repeated
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// Give inputs from a JSON or YAML file
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Rehearse on an emulator of the service in this process: nothing leaves this machine
    #[arg(long)]
    pub sandbox: bool,
    /// What goes wrong in the sandbox: a file of `kind: faults`
    #[arg(long, value_name = "FILE", requires = "sandbox")]
    pub faults: Option<PathBuf>,
    /// Divide the lengths of waits; with a sandbox only
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// Go by a clock that shows this instant now, and runs as fast as `--speed` says; with a sandbox only
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub clock: Option<Timestamp>,
    /// Execute on a virtual clock, reaching nobody, and print the timed script
    #[arg(long)]
    pub dry_run: bool,
    /// The form of the timed script
    #[arg(long, value_enum, default_value_t, requires = "dry_run")]
    pub format: ScriptFormat,
    /// Let only these steps go out, and what they need to; may be repeated, or a list as `a,b`
    #[arg(long, value_name = "STEP", value_delimiter = ',', conflicts_with = "from")]
    pub only: Vec<String>,
    /// Begin at this step: it, what is written below it, and what needs it
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// A pilot: only the first items of every loop, in the order of the rows
    #[arg(long, value_name = "N", conflicts_with = "items", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Only the items with these keys, of every loop whose items have keys; may be repeated, or a list as `a,b`
    #[arg(long = "item", value_name = "KEY", value_delimiter = ',')]
    pub items: Vec<String>,
    /// Let nothing go out before you say go: Enter, or `runsheet go` from elsewhere, for each step
    #[arg(long, conflicts_with = "dry_run")]
    pub step: bool,
    /// Answer every pause at once
    #[arg(long)]
    pub go: bool,
    /// Buy agents without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Buy agents anew, also those that were bought before
    #[arg(long)]
    pub fresh: bool,
    /// Settle first what differs between the declared agents and the account
    #[arg(long, conflicts_with_all = ["dry_run", "sandbox"])]
    pub apply_agents: bool,
    /// Let `delete_agent` delete
    #[arg(long)]
    pub allow_destroy: bool,
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    pub api_url: Option<String>,
    /// The account's rate class: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER")]
    pub tier: Option<AccountTier>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE` or `people=FILE`; may be repeated
    #[arg(long = "report", value_name = "FORM")]
    pub reports: Vec<ReportTarget>,
}

/// An instant with its offset.
fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it as `2026-12-01T08:55:00+01:00`".to_owned())
}

/// The form of the timed script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ScriptFormat {
    /// For the terminal.
    #[default]
    Text,
    /// A cue sheet for paper, in Markdown.
    Md,
}

impl Arguments {
    /// What clap cannot say.
    pub fn check(&self) -> Result<(), Refusal> {
        if !(self.speed.is_finite() && self.speed >= 0.001) {
            return Err(Refusal::new(2, format!("`--speed {}` is no speed", self.speed))
                .hint("write a number above zero, as `--speed 10`"));
        }
        Ok(())
    }

    /// Which part of the script was chosen.
    pub fn choice(&self) -> Option<Choice<'_>> {
        match (&self.from, self.only.is_empty()) {
            (Some(step), _) => Some(Choice::From(step)),
            (None, false) => Some(Choice::Only(&self.only)),
            (None, true) => None,
        }
    }

    /// The inputs given one by one.
    pub fn pairs(&self) -> Result<Vec<(String, String)>, Refusal> {
        self.input
            .iter()
            .map(|text| GivenInputs::pair(text))
            .collect::<Result<_, _>>()
            .map_err(|error| Refusal::new(2, error.message).hint(error.hint.unwrap_or_default()))
    }
}
