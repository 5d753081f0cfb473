//! `runsheet schedule list`: when the workflows of a folder run next.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::commands::format::Format;
use crate::commands::output;
use crate::data::project::Project;
use crate::schedule::{Due, Schedule};
use crate::text::{clean, counted, pad, width};
use crate::workflow::{check, folder, load};

/// List when workflows run next by themselves, the soonest first
///
/// Without a path, the project's `workflows` folder or else the current folder is looked through. Files with mistakes
/// are left out, and make the exit code 2.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet schedule list workflows --next 3")]
pub struct Arguments {
    /// A folder to look through, or a file
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How many times of each workflow
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    next: u8,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A workflow that runs by itself.
struct Scheduled {
    name: String,
    file: PathBuf,
    schedule: Schedule,
    next: Vec<Due>,
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let folder = match &arguments.folder {
        Some(named) => named.clone(),
        None => folder::default_folder()?,
    };
    if !folder.exists() {
        output::tell(format_args!(
            "error: there is no folder `{}`\n  = hint: name a folder of workflows\n",
            folder.display()
        ));
        return Ok(2);
    }
    let now = SystemClock.now();
    let (mut scheduled, broken) = look_through(&folder, now, arguments.next.into());
    scheduled.sort_by_key(|one| (one.next.first().map_or(Timestamp(i64::MAX), |due| due.at), one.name.clone()));
    match arguments.format {
        Format::Json => {
            let all: Vec<Value> = scheduled.iter().map(object).collect();
            output::data(format_args!("{:#}\n", Value::from(all)))?;
        }
        Format::Text if scheduled.is_empty() => output::tell("no workflow here has a `schedule`\n"),
        Format::Text => output::data(table(&scheduled, now))?,
    }
    if broken > 0 {
        let files = counted(broken, "file");
        output::tell(format_args!("{files} with mistakes left out; `runsheet check` tells them\n"));
    }
    Ok(if broken > 0 { 2 } else { 0 })
}

/// The workflows with a schedule, and how many files have mistakes.
fn look_through(folder: &Path, now: Timestamp, next: usize) -> (Vec<Scheduled>, u64) {
    let (mut scheduled, mut broken) = (Vec::new(), 0);
    for found in folder::below(&[folder.to_owned()]) {
        let read = if found.is_found { load::read } else { load::named };
        let Ok(loaded) = read(&found.path, &found.path) else {
            broken += 1;
            continue;
        };
        if found.is_found && loaded.root.get("kind").is_some() {
            continue;
        }
        let project = Project::find(Some(&found.path), Path::new("."));
        let Some(workflow) = check::check(&loaded, &project).workflow else {
            broken += 1;
            continue;
        };
        if let Some(schedule) = workflow.schedule {
            let next = schedule.after(now).filter(Due::starts).take(next).collect();
            scheduled.push(Scheduled { name: workflow.name, file: found.path, schedule, next });
        }
    }
    (scheduled, broken)
}

/// Local time, with the zone's offset at that instant.
fn local(schedule: &Schedule, due: &Due) -> String {
    let offset = schedule.entries[due.first.entry].offset(due.at);
    due.at.to_jiff().display_with_offset(offset).to_string()
}

fn object(one: &Scheduled) -> Value {
    let next = one.next.iter().map(|due| {
        json!({
            "nominal": due.first.nominal.to_string(),
            "local": local(&one.schedule, due),
            "utc": due.at.to_jiff().to_string(),
        })
    });
    json!({
        "workflow": one.name,
        "file": one.file.display().to_string(),
        "schedule": one.schedule.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "next": next.collect::<Vec<_>>(),
    })
}

const HEADER: [&str; 4] = ["WORKFLOW", "NEXT", "IN", "SCHEDULE"];

/// The workflows for people, a line each time.
fn table(scheduled: &[Scheduled], now: Timestamp) -> String {
    let mut lines = vec![HEADER.map(str::to_owned)];
    for one in scheduled {
        let entry = |place: usize| one.schedule.entries[place].to_string();
        let name = clean(&one.name);
        if one.next.is_empty() {
            lines.push([name, "never again".to_owned(), String::new(), entry(0)]);
            continue;
        }
        for due in &one.next {
            let offset = one.schedule.entries[due.first.entry].offset(due.at);
            let at = offset.to_datetime(due.at.to_jiff());
            let seconds = if at.second() == 0 { "" } else { ":%S" };
            let next = format!("{} {offset}", at.strftime(&format!("%a %Y-%m-%d %H:%M{seconds}")));
            lines.push([name.clone(), next, until(now, due.at), entry(due.first.entry)]);
        }
    }
    let widest: [usize; 4] = std::array::from_fn(|at| lines.iter().map(|cells| width(&cells[at])).max().unwrap_or(0));
    let line = |cells: &[String; 4]| {
        let padded: Vec<String> = cells.iter().zip(widest).map(|(cell, columns)| pad(cell, columns)).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// `3d 4h`, `2h 05m`, `40s`.
fn until(now: Timestamp, at: Timestamp) -> String {
    let seconds = at.since(now).0.div_ceil(1000);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}
