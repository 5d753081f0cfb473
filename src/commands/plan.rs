//! `runsheet plan`: what a workflow would do, say, cost and take. Nothing is sent.

pub(super) mod load;
mod sample;
#[cfg(test)]
mod tests;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::bithuman::AccountTier;
use crate::clock::{Clock as _, SystemClock};
use crate::commands::opening::{self, Refusal};
use crate::commands::output;
use crate::daemon::campaign::{self, Facing};
use crate::daemon::opened::Opened;
use crate::daemon::planned::Planned;
use crate::data::inputs::GivenInputs;
use crate::plan::draw::{Paper, View, json, mermaid, svg, tree};
use crate::plan::estimate::{Known, estimate};
use crate::purchases::price::Prices;

/// Show what a workflow would do: its steps and why they wait, what is said where, what it costs and takes
///
/// Nothing is sent, and nothing of the account is read: credits are those of buying every agent anew. Inputs that are
/// not given stay in the texts as they are written. Where a loop has rules, it says too who is addressed when, who is
/// left out or can never be reached, and when the last line goes out at the earliest. Exits with 2 when the file or a
/// row has a mistake.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet plan workflows/welcome.yaml --format mermaid\n  runsheet plan workflows/renewals.yaml --tier business\n  runsheet plan workflows/renewals.yaml --sample 20"
)]
pub struct PlanArguments {
    /// The workflow; else the only one of the folder
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The value of an input
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub input: Vec<(String, String)>,
    /// A JSON or YAML file of inputs
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// The account's rate class, for the time that many lines take: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER")]
    pub tier: Option<AccountTier>,
    /// Show the lines of so many rows as they would be said, in place of the plan: spread evenly over each file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub sample: Option<u32>,
    /// Where to write it, in place of the terminal
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a plan is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree for people.
    #[default]
    Tree,
    /// For programs.
    Json,
    /// A Mermaid flowchart.
    Mermaid,
    /// A drawing.
    Svg,
}

/// Draws the plan. Answers the exit code.
pub async fn run(arguments: PlanArguments) -> anyhow::Result<u8> {
    let PlanArguments { file, format, input, inputs, tier, sample, output: to } = arguments;
    let given = GivenInputs { pairs: input, file: inputs, ..GivenInputs::default() };
    let opened = match opening::workflow(file.as_deref()) {
        Ok(opened) => opened,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let planned = match load::plan_of(&opened, &given) {
        Ok(planned) => planned,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let paper = if to.is_some() { Paper::default() } else { paper() };
    let drawn = match sample {
        Some(most) => sample::shown((&planned, &opened), most, format),
        None => draw((planned, &opened), tier, format, paper),
    };
    match to {
        Some(path) => std::fs::write(&path, drawn).with_context(|| format!("cannot write `{}`", path.display()))?,
        None => output::data(drawn).context("cannot write to stdout")?,
    }
    Ok(0)
}

/// The plan of a workflow that is opened already, for people.
pub(super) fn drawn(opened: &Opened, given: &GivenInputs) -> Result<String, Refusal> {
    Ok(draw((load::plan_of(opened, given)?, opened), None, Format::Tree, paper()))
}

/// The drawing as text.
fn draw((mut planned, opened): (Planned, &Opened), tier: Option<AccountTier>, format: Format, paper: Paper) -> String {
    let prices = Prices::default();
    let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
    let facing = Facing { pace: campaign::pace(tier), price: &price, now: SystemClock.now() };
    let campaign = campaign::shown(&mut planned.plan, (&planned.rows, &opened.files()), &facing);
    let known = Known { rows: &planned.rows, price: &price };
    let estimate = estimate(&planned.plan, &known);
    let (names_rooms, missing) = (planned.names_rooms, planned.missing.as_slice());
    let view = View {
        plan: &planned.plan,
        estimate: &estimate,
        known: &known,
        names_rooms,
        missing,
        campaign: campaign.as_ref(),
    };
    match format {
        Format::Tree => tree(&view, paper),
        Format::Json => format!("{:#}\n", json(&view)),
        Format::Mermaid => mermaid(&view),
        Format::Svg => svg(&view),
    }
}

/// What stdout can show: `--color`, `NO_COLOR`, `TERM=dumb` and whether it is a terminal are respected.
fn paper() -> Paper {
    let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    if !std::io::stdout().is_terminal() {
        return Paper { colour, ..Paper::default() };
    }
    let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
    Paper { columns: columns.clamp(40, 120), colour }
}

fn pair(text: &str) -> Result<(String, String), String> {
    GivenInputs::pair(text).map_err(|error| match error.hint {
        Some(hint) => format!("{}; {hint}", error.message),
        None => error.message,
    })
}
