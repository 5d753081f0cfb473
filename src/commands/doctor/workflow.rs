//! What a workflow needs of the account: inputs, credits, agents that are ready.

use std::collections::BTreeSet;
use std::path::Path;

use super::account::Reached;
use super::checklist::{Checklist, Finding};
use crate::bithuman::{AgentPhase, Client};
use crate::daemon::planned::Planned;
use crate::daemon::runs::Runs;
use crate::daemon::service;
use crate::engine::event::Start;
use crate::executors::purchasing::{Purchasing, ToBuy};
use crate::ids::RunId;
use crate::outcome::{Failure, Tier};
use crate::plan::build::StartScope;
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::{Node, Plan, Work};
use crate::text::{clean, counted, grouped};

/// Looks at what the workflow needs, as far as the service can be asked.
pub async fn check(planned: &Planned, reached: Option<&Reached>, state: &Path, checklist: &mut Checklist) {
    let file = clean(&planned.plan.file);
    match planned.missing.as_slice() {
        [] => checklist.add(Finding::good("file", format!("{file} can be run"))),
        missing => {
            let given: Vec<String> = missing.iter().map(|name| format!("--input {name}=…")).collect();
            let words = format!("{file} must be given {}", counted(missing.len() as u64, "input"));
            checklist.add(Finding::care("file", words).hint(format!("run it with `{}`", given.join(" "))));
        }
    }
    let Some(reached) = reached else { return };
    match credits(planned, reached, state).await {
        Ok(needed) => checklist.add(afford(needed, reached.balance)),
        Err(failure) => checklist.add(Finding::care("credits", format!("not known: {}", clean(&failure.message)))),
    }
    for code in agents(&planned.plan) {
        checklist.add(agent(&reached.client, &code).await);
    }
}

/// The credits that a run would spend: all of its purchases, without those that were made before.
async fn credits(planned: &Planned, reached: &Reached, state: &Path) -> Result<u64, Failure> {
    let plan = &planned.plan;
    let prices = service::prices(&reached.client, plan).await;
    let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
    let anew = estimate(plan, &Known { rows: &planned.rows, price: &price }).credits;
    if anew == 0 || !state.join("runs.db").is_file() {
        return Ok(anew);
    }
    let Ok(runs) = Runs::open(state, Some(state)) else { return Ok(anew) };
    let start = start(plan, reached);
    let known = runs.purchasing(&start, &reached.client, &prices);
    let every = Purchasing { fresh: true, ..runs.purchasing(&start, &reached.client, &prices) };
    let sum = |wishes: Vec<ToBuy>| wishes.iter().map(|wish| wish.credits).sum::<u64>();
    let made_before = sum(every.would_buy(&start).await?).saturating_sub(sum(known.would_buy(&start).await?));
    Ok(anew.saturating_sub(made_before))
}

/// A run that is never begun: purchases are looked up as it would.
fn start(plan: &Plan, reached: &Reached) -> Start {
    Start {
        run: RunId::from_typed("0000"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan: plan.clone(),
        speed: 1.0,
        service: reached.service.clone(),
        go: false,
        fresh: false,
        allow_destroy: false,
        no_purchase: false,
        dry: true,
        clock: None,
        selection: Default::default(),
    }
}

fn afford(needed: u64, balance: Option<f64>) -> Finding {
    let words = format!("{} needed", counted(needed, "credit"));
    match balance {
        Some(balance) if balance < needed as f64 => {
            let lacking = (needed as f64 - balance).ceil() as u64;
            Finding::bad("credits", 4, format!("{words}, {} lacking", grouped(lacking)))
        }
        None if needed > 0 => Finding::care("credits", format!("{words}; the service does not say what is left")),
        _ if needed == 0 => Finding::good("credits", "none needed"),
        _ => Finding::good("credits", words),
    }
}

/// The codes that the plan names; agents that it makes itself are not there yet.
fn agents(plan: &Plan) -> BTreeSet<String> {
    let scope = StartScope::of_plan(plan);
    let inner = |node: &Node| match &node.work {
        Work::Loop(inner) => inner.body.clone(),
        _ => vec![node.clone()],
    };
    let code = |node: Node| {
        let Work::Exchange(exchanged) = node.work else { return None };
        // What reads a result cannot be rendered before the run.
        scope.render(&exchanged.agent?.code).ok().filter(|code| !code.trim().is_empty())
    };
    plan.nodes.iter().flat_map(inner).filter_map(code).collect()
}

/// Whether an agent can be used.
pub async fn agent(client: &Client, code: &str) -> Finding {
    client.rate_limits().acquire(Tier::Read).await;
    match client.agent(code).await {
        Ok(record) => match record.phase() {
            AgentPhase::Ready => Finding::good("agent", format!("{code} is ready")),
            AgentPhase::Working => Finding::care("agent", format!("{code} is not ready: {}", clean(&record.status)))
                .hint("wait for it with `- wait_ready:`"),
            AgentPhase::Failed => Finding::bad("agent", 2, format!("{code} could not be made")),
        },
        Err(failure) if failure.status == Some(404) => {
            Finding::bad("agent", 2, format!("{code} is not an agent of this account"))
                .hint("look for a slip in the code, and for another account's key")
        }
        Err(failure) => Finding::bad("agent", 4, format!("{code}: {}", clean(&failure.message))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::plan::load;
    use crate::data::inputs::GivenInputs;

    #[test]
    fn agents_are_those_that_the_file_names_also_in_loops_and_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        let text = "version: 1\nroom: lobby\ninputs:\n  who: { type: string, default: A91XMB7113 }\nsteps:\n  \
             - id: host\n    generate: A host\n  - speak: Hi\n    agent: host\n  - speak: Hi\n    \
             agent: \"{{ inputs.who }}\"\n  - foreach: [1, 2]\n    as: n\n    key: n\n    steps:\n      \
             - speak: \"{{ n }}\"\n        agent: { code: A12345678 }\n";
        std::fs::write(&file, text).unwrap();
        let planned = load::plan(Some(&file), &GivenInputs::default());
        let found = agents(&planned.unwrap_or_else(|refusal| panic!("{}", refusal.message)).plan);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["A12345678", "A91XMB7113"]);
    }

    #[test]
    fn a_balance_that_is_too_low_is_told_by_what_it_lacks() {
        assert_eq!(afford(250, Some(100.5)), Finding::bad("credits", 4, "250 credits needed, 150 lacking"));
        assert_eq!(afford(250, Some(250.0)), Finding::good("credits", "250 credits needed"));
        assert_eq!(afford(0, None), Finding::good("credits", "none needed"));
    }
}
