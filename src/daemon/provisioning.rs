//! Agents from git, at the door: what a project declares beside what the account has, and the run that makes one of
//! the other.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::{self, Connected, Reach};
use crate::daemon::start::{Options, Ready};
use crate::data::project::Project;
use crate::executors::purchasing::by_content;
use crate::journal::blobs::Blobs;
use crate::plan::model::Plan;
use crate::provision::account::AccountKey;
use crate::provision::desired::Desired;
use crate::provision::difference::{Change, Difference};
use crate::provision::keeper::{self, KeepError};
use crate::provision::lock::{Entry, Lock, Name};
use crate::provision::outline::{Outline, Sources};
use crate::provision::script::{Script, WORKFLOW, to_lock};
use crate::provision::seen::{self, Seen};
use crate::purchases::{Face, FaceParts, PurchaseState};
use crate::sha256;
use crate::workflow::agents::{self, DeclaredAgent, SharedAgents};
use crate::workflow::check;
use crate::workflow::folder;
use crate::workflow::load;

/// How often a creation on a sandbox is looked at: it takes less than on the service.
const SANDBOX_POLL: &str = "1s";

/// The agents of a project, by name.
pub type Agents = IndexMap<String, DeclaredAgent>;

/// Everything that a project declares. A workflow that cannot be read might declare more, and is refused: what is
/// declared no more is deleted.
pub fn declared(project: &Project) -> Result<Agents, Refused> {
    let workflows = project.folder().join("workflows");
    let folder = if workflows.is_dir() { workflows } else { project.folder().to_owned() };
    let (mut checked, mut mistakes) = (Vec::new(), Vec::new());
    for found in folder::below(&[folder]) {
        let loaded = match load::read(&found.path, &project.shown(&found.path)) {
            Ok(loaded) if loaded.root.get("kind").is_some() => continue,
            Ok(loaded) => loaded,
            Err(mut found) => {
                mistakes.append(&mut found);
                continue;
            }
        };
        match check::check(&loaded, project).workflow {
            Some(workflow) => checked.push(workflow),
            None if loaded.root.get("agents").is_none() => {}
            None => mistakes.extend(check::check(&loaded, project).diagnostics),
        }
    }
    if !mistakes.is_empty() {
        return Err(Refused::Mistakes(mistakes));
    }
    agents::all(&checked, &SharedAgents::of(project)).map_err(Refused::Mistakes)
}

/// The account of a connection, as the lock knows it.
pub fn account(connected: &Connected) -> AccountKey {
    AccountKey::of(&connected.service.account, connected.settings.account())
}

/// The code that stands for a declared agent on a sandbox of the run's own.
pub fn rehearsed(name: &str) -> String {
    let hash = sha256::hex(name).to_uppercase();
    format!("A{}", &hash[..9])
}

/// Puts the codes of a rehearsal into a plan: nothing is read of the lock, and nothing written.
pub fn rehearse(plan: &mut Plan) {
    plan.agents.iter_mut().for_each(|(name, code)| *code = rehearsed(name));
}

impl Runs {
    /// Compares what is declared with the account. `whole` tells whether that is all that the project declares, so
    /// that what the lock has besides is declared no more.
    pub async fn outline(&self, declared: &Agents, connected: &Connected, whole: bool) -> Result<Outline, Refused> {
        let account = account(connected);
        let mut lock = Lock::read(self.project()).map_err(Refused::Mistakes)?;
        if !whole {
            lock.agents.retain(|name, _| declared.contains_key(&name.name));
        }
        let mut desired = IndexMap::new();
        for agent in declared.values() {
            let agent = Desired::of(agent, self.project()).map_err(|mistake| Refused::Mistakes(vec![*mistake]))?;
            desired.insert(agent.name.clone(), agent);
        }
        let mut paid_for: Vec<(String, String)> = Vec::new();
        for agent in desired.values() {
            let codes = self.paid_for(agent, connected).await?;
            paid_for.extend(codes.into_iter().map(|code| (agent.name.clone(), code)));
        }
        let in_lock = lock.of_account(&account).flat_map(|(_, entry)| entry.replaced.iter().chain([&entry.code]));
        let codes =
            in_lock.chain(paid_for.iter().map(|(_, code)| code)).cloned().collect::<std::collections::BTreeSet<_>>();
        let seen = seen::look(&connected.client, codes.into_iter().collect()).await;
        let seen = seen.map_err(|failure| Refused::new(Why::Service, failure.message))?;
        let is_free = |code: &str| lock.name_of(code, &account).is_none();
        let is_there = |code: &str| matches!(seen.get(code), Some(Seen::There { .. }));
        let bought: BTreeMap<String, String> =
            paid_for.into_iter().filter(|(_, code)| is_free(code) && is_there(code)).collect();
        let prices = service::price_list(&connected.client).await;
        let word =
            |agent: &Desired, name: &str| agent.fields.get(name).and_then(|word| word.as_str()).map(str::to_owned);
        let price =
            |agent: &Desired| prices.credits(word(agent, "model").as_deref(), word(agent, "version").as_deref());
        let prices = desired.values().map(|agent| (agent.name.clone(), price(agent))).collect();
        Ok(Outline::of(Sources { account, desired, lock, seen, bought, prices, balance: connected.balance }))
    }

    /// The agents that were paid for from the very fields of a declared one, the newest last.
    async fn paid_for(&self, agent: &Desired, connected: &Connected) -> Result<Vec<String>, Refused> {
        let fields = by_content(&agent.fields);
        let face = Face::of(FaceParts {
            service: &connected.service.key,
            workflow: WORKFLOW,
            fields: &fields,
            item: Some(&agent.name),
        });
        let known = self.purchases().known(&face).await;
        let known = known.map_err(|error| Refused::new(Why::Service, error.to_string()).hint(error.hint()))?;
        let bought = known.into_iter().filter(|purchase| purchase.state == PurchaseState::Bought);
        Ok(bought.filter_map(|purchase| purchase.agent).collect())
    }

    /// Prepares the run that applies an outline; none where nothing is sent. What only the lock needs is written now.
    pub async fn prepare_apply(&self, outline: &Outline, connected: &Connected) -> Result<Option<Ready>, Refused> {
        let Script { mut plan, files } = Script::of(outline);
        for file in &files {
            let bytes = std::fs::read(&file.path)
                .map_err(|error| Refused::new(Why::Invalid, format!("`{}` cannot be read: {error}", file.shown)))?;
            if Blobs::new(self.folder()).keep(&bytes).map_err(RunsError::from)? != file.sha256 {
                return Err(RunsError::Changed(file.shown.clone()).into());
            }
        }
        self.record(outline)?;
        if plan.nodes.is_empty() {
            return Ok(None);
        }
        if connected.service.sandbox {
            service::look(&mut plan.nodes, SANDBOX_POLL);
        }
        let reach = Reach::Connected(Box::new(connected.clone()));
        let allow_destroy = outline.differences.iter().any(|difference| difference.change == Change::Delete);
        let options = Options { allow_destroy, ..Options::default() };
        Ok(Some(self.prepare_plan(plan, reach, &options).await?))
    }

    /// Brings the lock up to date where nothing has to be sent for it.
    fn record(&self, outline: &Outline) -> Result<(), Refused> {
        let recorded: Vec<&Difference> =
            outline.differences.iter().filter(|difference| difference.change == Change::Record).collect();
        if recorded.is_empty() {
            return Ok(());
        }
        self.change_lock(|lock| {
            for difference in recorded {
                let name = Name::new(&difference.name, &outline.account);
                let to_lock = outline.desired.get(&difference.name).map(|desired| to_lock(outline, desired));
                match (to_lock, lock.agents.get_mut(&name)) {
                    (Some(to_lock), Some(entry)) => {
                        (entry.from, entry.prevent_destroy) = (to_lock.from, to_lock.prevent_destroy);
                    }
                    _ => drop(lock.agents.remove(&name)),
                }
            }
        })
    }

    /// Gives a declared name an agent that exists: it is believed to be made from what is declared.
    pub fn import(&self, agent: &Desired, code: &str, account: &AccountKey) -> Result<(), Refused> {
        self.change_lock(|lock| {
            let other = lock.name_of(code, account).map(str::to_owned);
            if let Some(other) = other {
                lock.agents.remove(&Name::new(&other, account));
            }
            let name = Name::new(&agent.name, account);
            let before = lock.agents.get(&name);
            let mut replaced = before.map(|entry| entry.replaced.clone()).unwrap_or_default();
            replaced.extend(before.map(|entry| entry.code.clone()).filter(|before| before != code));
            replaced.retain(|other| other != code);
            let entry = keeper::entry(code.to_owned(), agent.from.clone(), agent.lifecycle.prevent_destroy);
            lock.agents.insert(name, Entry { replaced, ..entry });
        })
    }

    /// Takes agents out of the lock that are there no more, whatever their name was.
    fn forget(&self, codes: &[String], account: &AccountKey) -> Result<(), Refused> {
        self.change_lock(|lock| {
            lock.agents.retain(|name, entry| name.account != *account || !codes.contains(&entry.code));
            for (name, entry) in &mut lock.agents {
                if name.account == *account {
                    entry.replaced.retain(|code| !codes.contains(code));
                }
            }
            lock.generated.retain(|name, _| name.account != *account || !codes.contains(&name.name));
        })
    }

    /// Notes that an agent was deleted: for purchases, and for the lock.
    pub async fn deleted(&self, code: &str, connected: &Connected) -> Result<(), Refused> {
        let gone = self.purchases().gone(&connected.service.key, code).await;
        gone.map_err(|error| Refused::new(Why::Service, error.to_string()).hint(error.hint()))?;
        self.forget(&[code.to_owned()], &account(connected))
    }

    fn change_lock(&self, body: impl FnOnce(&mut Lock)) -> Result<(), Refused> {
        keeper::change(self.project(), self.folder().path(), body).map_err(|error| match error {
            KeepError::Held(_) => Refused::new(Why::Invalid, error.to_string()),
            error => Refused::new(Why::Service, error.to_string()),
        })
    }

    /// Puts the codes of declared agents into a plan; refused where one is not as it is declared.
    pub(crate) async fn address(&self, used: &Agents, plan: &mut Plan, connected: &Connected) -> Result<(), Refused> {
        let outline = self.outline(used, connected, false).await?;
        for difference in &outline.differences {
            if difference.changes() && difference.change != Change::Record {
                return Err(not_as_declared(difference));
            }
            if let (Some(slot), Some(code)) = (plan.agents.get_mut(&difference.name), &difference.code) {
                *slot = code.clone();
            }
        }
        Ok(())
    }
}

/// What to say when an agent that a run needs is not as it is declared.
pub fn not_as_declared(difference: &Difference) -> Refused {
    let Difference { name, why, .. } = difference;
    match difference.change {
        Change::Create | Change::Adopt => {
            Refused::new(Why::Invalid, format!("agent `{name}` is declared, and not there: {why}; nothing was sent"))
                .hint("`runsheet agents apply` makes it; commit the lock that it writes")
        }
        _ => Refused::new(Why::Invalid, format!("agent `{name}` is not as it is declared: {why}; nothing was sent"))
            .hint(
                "`runsheet agents plan` shows the difference, `runsheet agents apply` or `--apply-agents` settles it",
            ),
    }
}
