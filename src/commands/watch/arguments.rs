//! The arguments of `watch`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::bithuman::AccountTier;
use crate::commands::opening::Refusal;
use crate::data::inputs::{GivenInputs, InputSpec};
use crate::report::{Format, ReportTarget};

/// Watch a folder: check what is saved, tell what changed in it, and run it again
///
/// A saved file is run on a sandbox; against any other service its plan is shown, unless `--on-change run` is typed.
/// Nothing is bought unless `--allow-purchase` is. A file with `schedule` or `webhook`, or with an input that has no
/// value, is checked only. When more than five files change at once, Enter runs them again. Ctrl-C stops the runs
/// that are under way, so that they can be resumed.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet watch --sandbox\n  runsheet watch workflows --on-change check\n  runsheet watch --sandbox --busy restart --input guest=Kim"
)]
pub struct Arguments {
    /// The folder, or one file; else the project's `workflows`, or the current folder
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Rehearse on an emulator of the service in this process: nothing leaves this machine
    #[arg(long)]
    pub sandbox: bool,
    /// What a saved file leads to; `run` on a sandbox, else `plan`
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_change: Option<OnChange>,
    /// What a file leads to that is saved while its run is under way
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    pub busy: Busy,
    /// Run again without asking, however many files changed at once
    #[arg(long, short)]
    pub yes: bool,
    /// Let runs buy agents
    #[arg(long)]
    pub allow_purchase: bool,
    /// Give an input its value, in every workflow that has it; may be repeated
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// Look at the files from time to time, where the system tells no events
    #[arg(long, env = "RUNSHEET_POLL", value_parser = clap::builder::FalseyValueParser::new())]
    pub poll: bool,
    /// Answer every pause at once; else a run stops there
    #[arg(long)]
    pub go: bool,
    /// Divide the lengths of waits; with a sandbox only
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    pub api_url: Option<String>,
    /// The account's rate class: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER")]
    pub tier: Option<AccountTier>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Print the events of every run as `jsonl`
    #[arg(long = "report", value_name = "FORM")]
    pub reports: Vec<ReportTarget>,
}

/// What a saved file leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnChange {
    /// It is checked, and run.
    Run,
    /// It is checked, and its plan is shown.
    Plan,
    /// It is checked.
    Check,
}

/// What a file leads to that is saved while its run is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Busy {
    /// The run ends with what it began with, then the file is run once as it is then.
    #[default]
    Queue,
    /// The run is cancelled, then the file is run.
    Restart,
    /// Nothing.
    Skip,
}

impl Arguments {
    /// What clap cannot say.
    pub fn check(&self) -> Result<(), Refusal> {
        if !(self.speed.is_finite() && self.speed >= 0.001) {
            return Err(Refusal::new(2, format!("`--speed {}` is no speed", self.speed))
                .hint("write a number above zero, as `--speed 10`"));
        }
        let is_stream = |target: &ReportTarget| target.format == Format::JsonLines && target.file.is_none();
        if !self.reports.iter().all(is_stream) {
            let refusal = Refusal::new(2, "a file would hold the last run only");
            return Err(refusal.hint("`--report jsonl` prints the events of every run"));
        }
        self.pairs().map(drop)
    }

    /// The inputs given one by one.
    pub fn pairs(&self) -> Result<Vec<(String, String)>, Refusal> {
        let pairs = self.input.iter().map(|text| GivenInputs::pair(text)).collect::<Result<_, _>>();
        pairs.map_err(|error| Refusal::new(2, error.message).hint(error.hint.unwrap_or_default()))
    }

    /// Those of them that a workflow has.
    pub fn given(&self, specs: &indexmap::IndexMap<String, InputSpec>) -> GivenInputs {
        let pairs = self.pairs().unwrap_or_default().into_iter().filter(|(name, _)| specs.contains_key(name));
        GivenInputs { pairs: pairs.collect(), ..GivenInputs::default() }
    }
}
