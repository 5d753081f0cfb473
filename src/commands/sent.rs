//! `runsheet sent`: for whom a workflow's lines went out, and how one of them is let go out again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use csv::{QuoteStyle, WriterBuilder};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::commands::opening::{self, Refusal};
use crate::commands::{agreement, kept, output};
use crate::daemon::runs::Runs;
use crate::daemon::service::OWN_SANDBOX;
use crate::database::DatabaseError;
use crate::diagnostic::nearest;
use crate::ids::RunId;
use crate::journal::{RunFilter, RunRow, lock};
use crate::report::mask::Mask;
use crate::sent::SentLine;
use crate::text::{clean, counted, pad, width};

/// List the values of `once_per` for which lines of a workflow went out
///
/// A line with `once_per` goes out at most once for each value, over all runs of its workflow on a service; one of which
/// nobody knows whether it was heard counts as sent. With `--forget` a value is forgotten: the line may then be said to
/// that person again. Caps still count it. Exits with 2 where there is no such workflow or value, or its line is on its
/// way.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet sent renewals\n  runsheet sent workflows/renewals.yaml --format csv > sent.csv\n  \
                       runsheet sent renewals --forget 4711"
)]
pub struct Arguments {
    /// The workflow: its file or its name
    #[arg(value_name = "WORKFLOW")]
    workflow: String,
    /// Forget this value: the line may be said again
    #[arg(long, value_name = "KEY")]
    forget: Option<String>,
    /// Forget without a question; needed where nobody can be asked
    #[arg(long, requires = "forget")]
    yes: bool,
    /// The form of the list
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Of this service, as the list names it; else of the live one, or of the one that was used last
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// How the list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    #[default]
    Text,
    /// For spreadsheets: a header and a row a value.
    Csv,
    /// For programs: one JSON list.
    Json,
}

/// The values for which a workflow's lines went out on one service.
struct Sent {
    workflow: String,
    service: String,
    lines: Vec<SentLine>,
    /// What hides the sensitive inputs of the runs that said them.
    masks: Vec<Mask>,
    /// Other services on which it said something.
    others: Vec<String>,
    /// Whether it said something in sandboxes that runs had of their own.
    was_rehearsed: bool,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let (runs, sent) = match look(&arguments).await {
        Ok(found) => found,
        Err(refusal) => return Ok(refusal.tell()),
    };
    if let Some(value) = &arguments.forget {
        return match forget(runs.as_ref(), &sent, value, arguments.yes).await {
            Ok(told) => {
                output::data(told)?;
                Ok(0)
            }
            Err(refusal) => Ok(refusal.tell()),
        };
    }
    match arguments.format {
        Form::Text => output::data(table(&sent, &TimeZone::system()))?,
        Form::Csv => output::data(rows(&sent)?)?,
        Form::Json => {
            output::data(format_args!("{:#}\n", Value::from_iter(sent.lines.iter().map(|line| object(&sent, line)))))?
        }
    }
    if !sent.others.is_empty() {
        let others = sent.others.iter().map(|service| format!("`{}`", clean(service))).collect::<Vec<_>>().join(", ");
        output::tell(format_args!("it also said something on {others}; `--service` shows that\n"));
    }
    if sent.lines.is_empty() && sent.was_rehearsed {
        output::tell("rehearsals in sandboxes of their own count for nothing, and are not listed\n");
    }
    Ok(0)
}

async fn look(arguments: &Arguments) -> Result<(Option<Runs>, Sent), Refusal> {
    let (workflow, runs) = named(&arguments.workflow, arguments.state.as_deref())?;
    let is_file = workflow != arguments.workflow;
    let Some(runs) = runs else {
        let nothing = Sent {
            workflow,
            service: String::new(),
            lines: Vec::new(),
            masks: Vec::new(),
            others: Vec::new(),
            was_rehearsed: false,
        };
        return match is_file {
            true => Ok((None, nothing)),
            false => Err(kept::unknown(None)),
        };
    };
    let services = runs.sent().services(&workflow).await.map_err(unreadable)?;
    let filter = RunFilter { workflow: Some(workflow.clone()), ..RunFilter::default() };
    let rows = runs.journal().runs(&filter).await?;
    if services.is_empty() && rows.is_empty() && !is_file {
        return Err(no_workflow(&workflow, &runs.journal().runs(&RunFilter::default()).await?));
    }
    let service = chosen(arguments.service.as_deref(), &services, &rows)?;
    let mut lines = match &service {
        Some(service) => runs.sent().of_workflow(service, &workflow).await.map_err(unreadable)?,
        None => Vec::new(),
    };
    lines.iter_mut().for_each(|line| line.is_out = line.is_out && lock::is_held(runs.folder(), &line.earlier.run));
    let masks = masks(&runs, &lines).await?;
    let service = service.unwrap_or_default();
    let was_rehearsed = services.iter().any(|service| is_own(service));
    let others = services.into_iter().filter(|other| *other != service && !is_own(other)).collect();
    Ok((Some(runs), Sent { workflow, service, lines, masks, others, was_rehearsed }))
}

/// What hides the sensitive inputs of the runs that said these lines; of one that was removed nothing is known.
async fn masks(runs: &Runs, lines: &[SentLine]) -> Result<Vec<Mask>, Refusal> {
    let said: BTreeSet<&RunId> = lines.iter().map(|line| &line.earlier.run).collect();
    let mut masks = Vec::new();
    for run in said {
        if let Some(start) = runs.start_of(run).await?.filter(|start| !start.plan.sensitive.is_empty()) {
            masks.push(Mask::new(&start.plan));
        }
    }
    Ok(masks)
}

impl Sent {
    /// A value as people may see it.
    fn shown(&self, value: &str) -> String {
        self.masks.iter().fold(value.to_owned(), |text, mask| mask.text(&text).into_owned())
    }
}

/// The name of the workflow that was typed, and the runs that are kept of its project.
fn named(typed: &str, state: Option<&Path>) -> Result<(String, Option<Runs>), Refusal> {
    let path = Path::new(typed);
    let is_path = path.is_file() || typed.contains('/') || path.extension().is_some();
    if !is_path {
        return Ok((typed.to_owned(), kept::open(state)?));
    }
    let opened = opening::workflow(Some(path))?;
    let runs = kept::open_of(&opened.project, state)?;
    Ok((opened.workflow.name, runs))
}

/// The service that was meant: the one named, else the live one used last, else the one used last.
fn chosen(typed: Option<&str>, services: &[String], rows: &[RunRow]) -> Result<Option<String>, Refusal> {
    if let Some(typed) = typed {
        let found = services.iter().find(|service| *service == typed);
        return found.cloned().map(Some).ok_or_else(|| {
            let refusal = Refusal::new(2, format!("nothing was said on a service `{}`", clean(typed)));
            match nearest(typed, services.iter().map(String::as_str)) {
                Some(near) => refusal.hint(format!("did you mean `{}`?", clean(near))),
                None => refusal.hint("leave it out to see the services that there are"),
            }
        });
    }
    let shared: Vec<&String> = services.iter().filter(|service| !is_own(service)).collect();
    let used = |row: &&RunRow| shared.contains(&&row.service);
    let live = rows.iter().find(|row| !row.sandbox && used(row));
    let last = live.or_else(|| rows.iter().find(used)).map(|row| row.service.clone());
    Ok(last.or_else(|| shared.last().map(|service| (*service).clone())))
}

/// Tells whether a service is a sandbox that one run had of its own.
fn is_own(service: &str) -> bool {
    service == OWN_SANDBOX || service.strip_prefix(OWN_SANDBOX).is_some_and(|rest| rest.starts_with(':'))
}

fn no_workflow(typed: &str, rows: &[RunRow]) -> Refusal {
    let refusal = Refusal::new(2, format!("no run of a workflow `{}` is kept here", clean(typed)));
    match nearest(typed, rows.iter().map(|row| row.workflow.as_str())) {
        Some(near) => refusal.hint(format!("did you mean `{}`?", clean(near))),
        None => refusal.hint("name its file, or one that `runsheet runs` lists"),
    }
}

/// Forgets a value. Answers what to tell.
async fn forget(runs: Option<&Runs>, sent: &Sent, value: &str, is_agreed: bool) -> Result<String, Refusal> {
    let known: Vec<&SentLine> = sent.lines.iter().filter(|line| line.once_per == value).collect();
    let Some(runs) = runs.filter(|_| !known.is_empty()) else { return Err(no_value(sent, value)) };
    let said = known.iter().map(|line| format!("  {}\n", occasion(line))).collect::<String>();
    let shown = clean(value);
    if let Some(out) = known.iter().find(|line| line.is_out) {
        let run = &out.earlier.run;
        let refusal = Refusal::new(2, format!("`{shown}` is not forgotten: its line is on its way in run {run}"));
        return Err(refusal.hint("forget it when that line was heard, or when its run has stopped"));
    }
    if !is_agreed {
        if !agreement::somebody_is_here() {
            let refusal = Refusal::new(2, format!("`{shown}` is not forgotten: nobody can be asked"));
            return Err(refusal.hint("`--yes` forgets it without a question; the line may then be said again"));
        }
        output::tell(format_args!("for `{shown}` a line went out on {}:\n{said}", clean(&sent.service)));
        output::tell("once it is forgotten, the next run may say it to the same person again\n");
        agreement::ask("nothing is forgotten")?;
    }
    runs.sent().forget(&sent.service, &sent.workflow, value).await.map_err(unreadable)?;
    Ok(format!("forgotten: `{shown}` of {}; the line may be said again\n{said}", clean(&sent.workflow)))
}

fn no_value(sent: &Sent, value: &str) -> Refusal {
    let place = if sent.service.is_empty() { String::new() } else { format!(" on {}", clean(&sent.service)) };
    let refusal =
        Refusal::new(2, format!("no line of {} went out for `{}`{place}", clean(&sent.workflow), clean(value)));
    match nearest(value, sent.lines.iter().map(|line| line.once_per.as_str())) {
        Some(near) => refusal.hint(format!("did you mean `{}`?", clean(&sent.shown(near)))),
        None => refusal.hint(format!("`runsheet sent {}` lists the values", clean(&sent.workflow))),
    }
}

/// `contact.speak_1 in run 7Q4M at 2026-11-23T09:14:00.000Z, heard`.
fn occasion(line: &SentLine) -> String {
    let SentLine { step, earlier, .. } = line;
    format!("{} in run {} at {}, {}", clean(step), earlier.run, earlier.at, word(line))
}

fn word(line: &SentLine) -> &'static str {
    match line {
        SentLine { is_out: true, .. } => "on_its_way",
        line if line.earlier.is_heard => "heard",
        _ => "unknown",
    }
}

fn object(sent: &Sent, line: &SentLine) -> Value {
    json!({
        "value": sent.shown(&line.once_per),
        "run": line.earlier.run,
        "at": line.earlier.at.to_string(),
        "step": line.step,
        "state": word(line),
        "workflow": sent.workflow,
        "service": sent.service,
    })
}

/// The list as CSV; values stand as they are but for sensitive inputs, and every cell is quoted.
fn rows(sent: &Sent) -> anyhow::Result<String> {
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(["value", "run", "at", "step", "state", "workflow", "service"])?;
    for line in &sent.lines {
        let (run, at) = (line.earlier.run.to_string(), line.earlier.at.to_string());
        writer.write_record([
            &sent.shown(&line.once_per),
            &run,
            &at,
            &line.step,
            word(line),
            &sent.workflow,
            &sent.service,
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

const HEADER: [&str; 5] = ["VALUE", "SENT", "STEP", "RUN", ""];

fn table(sent: &Sent, zone: &TimeZone) -> String {
    let workflow = clean(&sent.workflow);
    if sent.lines.is_empty() {
        return format!("{workflow} said nothing that has `once_per` yet\n");
    }
    let cells = |line: &SentLine| {
        let at = zone.to_datetime(line.earlier.at.to_jiff()).strftime("%Y-%m-%d %H:%M").to_string();
        let state = match word(line) {
            "on_its_way" => "on its way",
            "unknown" => "? nobody knows whether it was heard",
            other => other,
        };
        [clean(&sent.shown(&line.once_per)), at, clean(&line.step), line.earlier.run.to_string(), state.to_owned()]
    };
    let lines: Vec<[String; 5]> =
        std::iter::once(HEADER.map(str::to_owned)).chain(sent.lines.iter().map(cells)).collect();
    let widest: [usize; 5] =
        std::array::from_fn(|column| lines.iter().map(|cells| width(&cells[column])).max().unwrap_or(0));
    let line = |cells: &[String; 5]| {
        let padded = cells.iter().zip(widest).map(|(cell, columns)| pad(cell, columns)).collect::<Vec<_>>();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let heading = format!("{workflow} on {}: {}\n", clean(&sent.service), counted(sent.lines.len() as u64, "line"));
    heading + &lines.iter().map(line).collect::<String>()
}

fn unreadable(error: DatabaseError) -> Refusal {
    Refusal::new(4, error.to_string()).hint(error.hint())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::sent::Earlier;

    const LIVE: &str = "https://api.bithuman.ai · acme";

    fn line(value: &str, is_heard: bool) -> SentLine {
        let earlier = Earlier { run: RunId::from_typed("7Q4M"), at: Timestamp(1_795_425_240_000), is_heard };
        SentLine { once_per: value.to_owned(), step: "contact.speak_1".to_owned(), earlier, is_out: false }
    }

    fn sent() -> Sent {
        let lines = vec![line("4711", true), line("\"=x\"\u{1b}[31m", false)];
        Sent {
            workflow: "renewals".to_owned(),
            service: LIVE.to_owned(),
            lines,
            masks: Vec::new(),
            others: Vec::new(),
            was_rehearsed: false,
        }
    }

    #[test]
    fn the_list_tells_the_service_and_what_nobody_knows() {
        insta::assert_snapshot!(table(&sent(), &TimeZone::UTC), @r#"
        renewals on https://api.bithuman.ai · acme: 2 lines
        VALUE      SENT              STEP             RUN
        4711       2026-11-23 09:14  contact.speak_1  7Q4M  heard
        "=x"␛[31m  2026-11-23 09:14  contact.speak_1  7Q4M  ? nobody knows whether it was heard
        "#);
    }

    #[test]
    fn every_cell_of_the_csv_is_quoted_and_no_value_is_changed() {
        let rows = rows(&sent()).unwrap();
        assert!(
            rows.contains("\"4711\",\"7Q4M\",\"2026-11-23T09:14:00.000Z\",\"contact.speak_1\",\"heard\""),
            "{rows}"
        );
        assert!(rows.contains("\"\"\"=x\"\"\u{1b}[31m\",\"7Q4M\""), "{rows}");
    }

    #[test]
    fn a_value_that_is_not_there_is_answered_with_the_nearest_one() {
        let refusal = no_value(&sent(), "4712");
        assert!(refusal.code == 2 && refusal.message.contains("did you mean `4711`?"), "{}", refusal.message);
    }

    #[test]
    fn sandboxes_that_runs_had_of_their_own_are_of_no_interest_unless_named() {
        let services = ["http://127.0.0.1:1 · x", LIVE, "sandbox:7Q4M"].map(str::to_owned);
        let pick = |typed: Option<&str>| chosen(typed, &services, &[]).map_err(|refusal| refusal.code);
        assert_eq!(pick(None), Ok(Some(LIVE.to_owned())));
        assert_eq!(pick(Some("sandbox:7Q4M")), Ok(Some("sandbox:7Q4M".to_owned())));
        assert_eq!(pick(Some("elsewhere")), Err(2));
        assert_eq!(chosen(None, &services[2..], &[]).ok(), Some(None));
    }
}
