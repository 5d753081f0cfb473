//! The agents that a workflow declares by name: whether the lock has each, and whether it can be used.

use super::account::Reached;
use super::checklist::{Checklist, Finding};
use super::workflow::agent;
use crate::data::project::Project;
use crate::plan::model::Plan;
use crate::provision::keeper::LockPlace;

/// Puts in the codes that the lock has: what is made costs nothing.
pub fn know(plan: &mut Plan, project: &Project, reached: &Reached) {
    let place = LockPlace { project: project.clone(), account: reached.account.clone() };
    let Ok(lock) = place.read() else { return };
    for (name, agent) in &mut plan.agents {
        if let Some(entry) = lock.entry(name, &place.account.key) {
            agent.code.clone_from(&entry.code);
        }
    }
}

/// Looks at each declared agent that a plan uses.
pub async fn check(plan: &Plan, project: &Project, reached: &Reached, checklist: &mut Checklist) {
    if plan.agents.is_empty() {
        return;
    }
    let place = LockPlace { project: project.clone(), account: reached.account.clone() };
    let lock = match place.read() {
        Ok(lock) => lock,
        Err(mistakes) => {
            let words = mistakes.first().map(|mistake| mistake.message.clone()).unwrap_or_default();
            return checklist.add(Finding::bad("lock", 2, words).hint("`runsheet agents plan` shows where"));
        }
    };
    for name in plan.agents.keys() {
        checklist.add(match lock.entry(name, &place.account.key) {
            Some(entry) => agent(&reached.client, &entry.code).await,
            None => Finding::care("agent", format!("`{name}` is declared, and not made on this account yet"))
                .hint("`runsheet agents apply` makes it"),
        });
    }
}
