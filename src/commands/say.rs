//! `runsheet say`: one line now, outside any script.
//!
//! It is a run like any other, of a plan with one step: journaled before it goes out, and never said twice unless a
//! person says so.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::bithuman::AccountTier;
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::commands::run::{follow, rehearse};
use crate::daemon::runs::Runs;
use crate::daemon::service::Reach;
use crate::daemon::start::Options;
use crate::data::project::Project;
use crate::ids::is_agent_code;
use crate::outcome::{Effect, Tier};
use crate::plan::model::{AgentReference, Exchanged, Node, Plan, RoomReference};
use crate::report::ReportTarget;
use crate::text::clean;

/// The name of the run and of its only step.
const NAME: &str = "say";

/// Let an agent say one line now
///
/// The line is journaled as any other run, goes out once, and is heard in the room that is named, or in every room
/// of the agent. Whether anybody heard it when the service does not answer, a person says.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet say A91XMB7113 \"Five minutes to the start!\" --room lobby")]
pub struct Arguments {
    /// The agent's code, such as `A91XMB7113`
    #[arg(value_name = "AGENT")]
    agent: String,
    /// What is said
    #[arg(value_name = "TEXT")]
    text: String,
    /// Where it is heard; every room of the agent when left out
    #[arg(long, value_name = "ROOM")]
    room: Option<String>,
    /// Say it in every room without asking
    #[arg(long, short)]
    yes: bool,
    /// Rehearse on an emulator of the service in this process: nothing leaves this machine
    #[arg(long)]
    sandbox: bool,
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    api_url: Option<String>,
    /// The account's rate class: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER")]
    tier: Option<AccountTier>,
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE` or `people=FILE`; may be repeated
    #[arg(long = "report", value_name = "FORM")]
    reports: Vec<ReportTarget>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match say(arguments).await? {
        Ok(code) => Ok(code),
        Err(refusal) => Ok(refusal.tell()),
    }
}

async fn say(arguments: Arguments) -> anyhow::Result<Result<u8, Refusal>> {
    let plan = match plan(&arguments) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let project = Project::find(None, &std::env::current_dir()?);
    let runs = match Runs::open(project.folder(), arguments.state.as_deref()) {
        Ok(runs) => runs,
        Err(error) => return Ok(Err(error.into())),
    };
    let reach = match arguments.sandbox {
        true => rehearse(None),
        false => Reach::Service { api_url: arguments.api_url.clone(), tier: arguments.tier },
    };
    let ready = match runs.prepare_plan(plan, reach, &Options::default()).await {
        Ok(ready) => ready,
        Err(refused) => return Ok(Err(refused.into())),
    };
    match agree(&arguments, ready.start.service.sandbox) {
        Ok(()) => follow(ready, &arguments.reports).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Says where a line goes that names no room, and asks whoever is there whether that is meant.
fn agree(arguments: &Arguments, is_sandbox: bool) -> Result<(), Refusal> {
    if place(arguments.room.as_deref())? != RoomReference::Every {
        return Ok(());
    }
    let is_asked = arguments.room.is_none()
        && !arguments.yes
        && !is_sandbox
        && std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal();
    if !is_asked {
        output::tell("→ every room\n");
        return Ok(());
    }
    output::tell("→ every room; `--room` names one. Say it? [y/N] ");
    let mut answer = String::new();
    drop(std::io::stdin().lock().read_line(&mut answer));
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Refusal { message: "nothing was said\n".to_owned(), code: 130 }),
    }
}

/// The plan of one line. What was typed is data: braces in it are text, so it stands among the inputs.
fn plan(arguments: &Arguments) -> Result<Plan, Refusal> {
    check_agent(&arguments.agent)?;
    if arguments.text.trim().is_empty() {
        return Err(Refusal::new(2, "there is nothing to say").hint("`runsheet say AGENT \"Hello!\"`"));
    }
    let place = place(arguments.room.as_deref())?;
    let mut inputs = IndexMap::from([("line".to_owned(), Value::from(arguments.text.as_str()))]);
    if let (RoomReference::Named(_), Some(room)) = (&place, &arguments.room) {
        inputs.insert("room".to_owned(), Value::from(room.trim()));
    }
    let exchanged = Exchanged {
        action: "speak".to_owned(),
        fields: Map::from_iter([("message".to_owned(), Value::from("{{ inputs.line }}"))]),
        effect: Effect::Once,
        billable: false,
        tier: Tier::Write,
        agent: Some(AgentReference { code: arguments.agent.clone(), name: arguments.agent.clone() }),
        room: Some(place),
        declared: None,
        rank: 0,
    };
    let node = Node::of(NAME, exchanged);
    Ok(Plan { workflow: NAME.to_owned(), inputs, nodes: vec![node], max_parallel: 1, ..Plan::default() })
}

/// Refuses what is shaped like no code, so that a slip of the keyboard is not sent.
fn check_agent(agent: &str) -> Result<(), Refusal> {
    if is_agent_code(agent) {
        return Ok(());
    }
    let refusal = Refusal::new(2, format!("`{}` is not shaped like an agent's code", clean(agent)));
    let meant: String = agent.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    Err(match is_agent_code(&meant) {
        true => refusal.hint(format!("did you mean `{meant}`?")),
        false => refusal.hint("a code looks like `A91XMB7113`; nothing was sent"),
    })
}

fn place(room: Option<&str>) -> Result<RoomReference, Refusal> {
    match room.map(str::trim) {
        None | Some("all") => Ok(RoomReference::Every),
        Some("") => Err(Refusal::new(2, "`--room` names no room").hint("leave it out, or write `--room all`")),
        Some(_) => Ok(RoomReference::Named("{{ inputs.room }}".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::plan::model::Work;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn planned(words: &[&str]) -> Result<Plan, Refusal> {
        plan(&Line::parse_from(std::iter::once("say").chain(words.iter().copied())).arguments)
    }

    #[test]
    fn what_is_typed_is_never_a_template() {
        let plan = planned(&["A91XMB7113", "Use {{ name }} here", "--room", "{{x}}"]).unwrap();
        assert_eq!(plan.inputs["line"], "Use {{ name }} here");
        assert_eq!(plan.inputs["room"], "{{x}}");
        let Work::Exchange(exchanged) = &plan.nodes[0].work else { unreachable!() };
        assert_eq!(exchanged.room, Some(RoomReference::Named("{{ inputs.room }}".to_owned())));
    }

    #[test]
    fn no_room_and_all_are_every_room_and_an_empty_one_is_refused() {
        for words in [&["A91XMB7113", "Hi"][..], &["A91XMB7113", "Hi", "--room", "all"]] {
            let Work::Exchange(exchanged) = &planned(words).unwrap().nodes[0].work else { unreachable!() };
            assert_eq!(exchanged.room, Some(RoomReference::Every));
        }
        assert_eq!(planned(&["A91XMB7113", "Hi", "--room", " "]).unwrap_err().code, 2);
        assert_eq!(planned(&["A91XMB7113", " "]).unwrap_err().code, 2);
    }

    #[test]
    fn a_near_miss_of_a_code_is_refused_with_the_code() {
        let refusal = planned(&["a91xmb-7113", "Hi"]).unwrap_err();
        assert!(refusal.message.contains("did you mean `A91XMB7113`?"), "{}", refusal.message);
        assert!(planned(&["host", "Hi"]).unwrap_err().message.contains("nothing was sent"));
    }
}
