//! A run before its first byte: where it goes, what it would say and buy, and the step from there to under way.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::active::RunHandle;
use crate::daemon::asked_reports::AskedReports;
use crate::daemon::campaign::{self, Facing};
use crate::daemon::files::Files;
use crate::daemon::offer::Offer;
use crate::daemon::opened::Script;
use crate::daemon::provisioning;
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Reserved, Runs, RunsError, Underway, Wiring};
use crate::daemon::secrets::secrets;
use crate::daemon::service::{self, Connected, Reach, Stage, StageWish};
use crate::daemon::shared_purchases::{Shared, Sharing};
use crate::daemon::standing::same_service;
use crate::data::project::Project;
use crate::engine::event::{Event, Record, RehearsalClock, Start};
use crate::engine::run::Run;
use crate::engine::selection::Selection;
use crate::executors::coming::{Line, coming};
use crate::executors::driver::Ended;
use crate::executors::people::{People, Says};
use crate::executors::purchasing::buys;
use crate::ids::RunId;
use crate::outcome::Tier;
use crate::plan::choose;
use crate::plan::model::Plan;
use crate::provision::keeper::LockKeeper;
use crate::provision::script::WORKFLOW;
use crate::purchases::price::Prices;
use crate::report::{Report, Reports};
use crate::secret::Secret;

/// How a run is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Divides the lengths of waits; 1 but on a sandbox.
    pub speed: f64,
    /// What the clock shows that the run goes by, in place of the world's; none but on a sandbox.
    pub clock: Option<Timestamp>,
    /// Whether every pause is answered at once.
    pub go: bool,
    /// Whether agents are bought anew.
    pub fresh: bool,
    /// Whether `delete_agent` deletes.
    pub allow_destroy: bool,
    /// Whether a step fails rather than buy, but on a stage of its own: also where no offer could tell before, as in an
    /// item of a loop.
    pub no_purchase: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { speed: 1.0, clock: None, go: false, fresh: false, allow_destroy: false, no_purchase: false }
    }
}

impl Options {
    /// What its clock shows when the run begins.
    fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(|| SystemClock.now())
    }

    /// The same for a run that nobody sits in front of: on a live service it buys nothing but what somebody allowed or
    /// its file bounds, also where an agent is gone that was there when it was asked what the run would buy.
    pub fn unattended(self, plan: &Plan, reach: &Reach, allow_purchase: bool) -> Self {
        let is_covered = allow_purchase || plan.max_credits.is_some();
        Self { no_purchase: !is_covered && !reach.is_sandbox(), ..self }
    }
}

/// A run that can begin, or go on: reached, and nothing sent. Dropped, it leaves nothing behind but a lock file.
pub struct Ready {
    /// What it will begin with, or began with.
    pub start: Start,
    /// Credits left, where the service says it.
    pub balance: Option<f64>,
    /// An earlier run of the file that has not ended.
    pub earlier: Option<RunId>,
    runs: Runs,
    reserved: Reserved,
    connected: Connected,
    secrets: HashMap<String, Secret>,
    prices: Prices,
    stage: Option<Stage>,
    past: Past,
}

/// A run to be begun anew, from its record 0.
pub struct Repeated<'a> {
    /// What it began with.
    pub before: &'a Start,
    /// What goes out again.
    pub selection: Selection,
    /// The service that it began with, or a stage of its own if it was a rehearsal.
    pub reach: Reach,
    /// Whether every pause is answered at once.
    pub go: bool,
    /// Whether `delete_agent` deletes.
    pub allow_destroy: bool,
    /// Whether a step fails rather than buy.
    pub no_purchase: bool,
}

/// Where a run comes from.
pub(crate) enum Past {
    /// A workflow file, whose files are kept with the run.
    File(Project, PathBuf),
    /// An earlier run, whose files are kept already.
    Run,
    /// Its own records.
    Records(Vec<Record>),
}

/// A run under way in a task of its own.
pub struct Started {
    /// What can be said to it.
    pub handle: RunHandle,
    /// How it ends.
    pub ended: JoinHandle<Result<Ended, RunsError>>,
}

impl Runs {
    /// Prepares a run of a script: draws its id, reaches its service, reads its secrets. Nothing is sent but questions
    /// about the account and its prices.
    pub async fn prepare(&self, script: Script, reach: Reach, options: &Options) -> Result<Ready, Refused> {
        let reserved = self.reserve().await?;
        self.prepare_reserved(reserved, script, reach, options).await
    }

    /// The same under an id that is drawn already.
    pub(crate) async fn prepare_reserved(
        &self,
        reserved: Reserved,
        script: Script,
        reach: Reach,
        options: &Options,
    ) -> Result<Ready, Refused> {
        let Script { opened, mut plan, selection, .. } = script;
        if reach.is_rehearsal() {
            service::look_often(&mut plan.nodes);
        }
        let (connected, stage) = self.reach(&opened.project, (&reserved.id, &plan), reach, options.speed).await?;
        if options.speed != 1.0 && !connected.service.sandbox {
            let refused = Refused::new(Why::Invalid, "`--speed` is for a sandbox only: an audience cannot be hurried");
            return Err(refused.hint("leave it out, or add `--sandbox`"));
        }
        if options.clock.is_some() && !connected.service.sandbox {
            let refused = Refused::new(Why::Invalid, "`--clock` is for a sandbox only: an audience goes by its own");
            return Err(refused.hint("leave it out, or add `--sandbox`"));
        }
        match stage {
            _ if plan.agents.is_empty() => {}
            Some(_) => provisioning::rehearse(&mut plan),
            None => self.address(&opened.workflow.agents.used, &mut plan, &connected).await?,
        }
        plan.estimate = estimated(&plan, &opened.files(), &selection, (&connected, options.now()));
        let start = start((&reserved, &connected), plan, selection, options);
        let past = Past::File(opened.project, opened.workflow.path);
        self.ready((reserved, start), (connected, stage), past).await
    }

    /// Prepares a run of a plan that comes from no file and reads none.
    pub async fn prepare_plan(&self, plan: Plan, reach: Reach, options: &Options) -> Result<Ready, Refused> {
        let reserved = self.reserve().await?;
        let reached = self.reach(self.project(), (&reserved.id, &plan), reach, 1.0).await?;
        let start = start((&reserved, &reached.0), plan, Selection::default(), options);
        self.ready((reserved, start), reached, Past::Run).await
    }

    /// Prepares a new run of what another one was, or of a part of it.
    pub async fn prepare_again(&self, repeated: Repeated<'_>) -> Result<Ready, Refused> {
        let Repeated { before, selection, reach, go, allow_destroy, no_purchase } = repeated;
        provisioning::refuse_again(&before.plan)?;
        let (reserved, is_rehearsal) = (self.reserve().await?, reach.is_rehearsal());
        let pace = before.clock.map_or(before.speed, |clock| clock.pace);
        let reached = self.reach(self.project(), (&reserved.id, &before.plan), reach, pace).await?;
        if !is_rehearsal {
            same_service(before, &reached.0.service.key)?;
        }
        let mut plan = before.plan.clone();
        choose::drop_outputs(&mut plan, &selection.left_out);
        let clock = before.clock.map(|clock| clock.from);
        let options = Options { speed: pace, clock, go, allow_destroy, no_purchase, ..Options::default() };
        let kept = self.store(before, HashMap::new(), Default::default());
        let now = options.now();
        plan.estimate = estimated(&plan, &Files::kept(self.project(), &kept), &selection, (&reached.0, now));
        let start = start((&reserved, &reached.0), plan, selection, &options);
        self.ready((reserved, start), reached, Past::Run).await
    }

    /// The connection of a run, and its stage.
    pub(crate) async fn reach(
        &self,
        project: &Project,
        (run, plan): (&RunId, &Plan),
        reach: Reach,
        speed: f64,
    ) -> Result<(Connected, Option<Stage>), Refused> {
        reach.reach(project, &StageWish { run, folder: self.folder().runs(), speed, plan }).await
    }

    /// Puts together what a run is driven with.
    pub(crate) async fn ready(
        &self,
        (reserved, start): (Reserved, Start),
        (mut connected, stage): (Connected, Option<Stage>),
        past: Past,
    ) -> Result<Ready, Refused> {
        let earlier = match &past {
            Past::File(..) => self.journal().latest_unfinished_of(&start.plan.file).await?.map(|row| row.id),
            Past::Run | Past::Records(_) => None,
        };
        let (project, workflow) = match &past {
            Past::File(project, workflow) => (project.clone(), workflow.clone()),
            Past::Run | Past::Records(_) => (self.project().clone(), self.project().folder().join(&start.plan.file)),
        };
        let sources = &start.plan.secrets;
        let secrets = secrets(sources, &connected.settings, (&project, &workflow), &mut connected.redactor)?;
        if stage.is_none() && buys(&start.plan) && start.plan.workflow != WORKFLOW {
            Shared::of(self, &connected).take_in().await?;
        }
        let prices = service::prices(&connected.client, &start.plan).await;
        let (runs, balance) = (self.clone(), connected.balance);
        Ok(Ready { start, balance, earlier, runs, reserved, connected, secrets, prices, stage, past })
    }
}

/// What the run is expected to come to, where a pause asks with it: at the rate that the account is known to allow.
fn estimated(
    plan: &Plan,
    files: &Files<'_>,
    selection: &Selection,
    (connected, now): (&Connected, Timestamp),
) -> Value {
    let pace = campaign::pace_of(connected.client.rate_limits().limit(Tier::Write));
    let prices = Prices::default();
    let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
    campaign::for_pauses(plan, files, selection, &Facing { pace, price: &price, now })
}

/// Record 0 of a run.
fn start((reserved, connected): (&Reserved, &Connected), plan: Plan, selection: Selection, options: &Options) -> Start {
    Start {
        run: reserved.id.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        // A clock that runs faster shortens every wait by itself.
        speed: if options.clock.is_some() { 1.0 } else { options.speed },
        service: connected.service.clone(),
        go: options.go,
        fresh: options.fresh,
        allow_destroy: options.allow_destroy,
        no_purchase: options.no_purchase,
        dry: false,
        selection,
        clock: options.clock.map(|from| RehearsalClock { from, pace: options.speed }),
        plan,
    }
}

impl Ready {
    /// What somebody must agree to before it begins: what it would buy. On a sandbox that is nothing.
    pub async fn to_agree(&self) -> Result<Offer, Refused> {
        match self.start.service.sandbox {
            true => Ok(Offer { to_buy: Vec::new(), balance: self.balance, max_credits: self.start.plan.max_credits }),
            false => self.offer().await,
        }
    }

    /// What it would buy.
    pub async fn offer(&self) -> Result<Offer, Refused> {
        let purchasing = self.runs.purchasing(&self.start, &self.connected.client, &self.prices);
        let to_buy = purchasing.would_buy(&self.start).await;
        let to_buy = to_buy.map_err(|failure| Refused::new(Why::Service, failure.message))?;
        Ok(Offer { to_buy, balance: self.balance, max_credits: self.start.plan.max_credits })
    }

    /// The first lines that will go out, as far as they are known.
    pub fn first_lines(&self, most: usize) -> Result<Vec<Line>, RunsError> {
        let run = match &self.past {
            Past::Records(records) => Run::replay(records)?,
            Past::File(..) | Past::Run => {
                let event = Event::Started(Box::new(self.start.clone()));
                Run::begin(&Record { seq: 0, at: SystemClock.now(), event })?
            }
        };
        let store = self.runs.store(&self.start, HashMap::new(), Default::default());
        Ok(coming(&run, &store, None, most))
    }

    /// Writes the run down, so that it can be driven. Nothing goes out yet.
    pub async fn begin(self, report: Box<dyn Report + Send>, people: People) -> Result<Underway, RunsError> {
        let Self { start, runs, reserved, connected, secrets, prices, stage, past, .. } = self;
        let mut reports = Reports::default();
        // Before the others: what they show is in the lock.
        let line = people.line();
        let stop = move || drop(line.try_send(Says::Stop));
        if let Some(keeper) = LockKeeper::of(&start, runs.lock_place(&connected), stop) {
            reports.push(Box::new(keeper));
        }
        let is_shared = stage.is_none() && buys(&start.plan) && start.plan.workflow != WORKFLOW;
        let shared = is_shared.then(|| Shared::of(&runs, &connected));
        if let Some(shared) = &shared {
            reports.push(Box::new(Sharing::of(&start, shared.clone())));
        }
        reports.push(report);
        let report = AskedReports::beside(Box::new(reports), &start, runs.project());
        let Connected { client, redactor, .. } = connected;
        let wiring = Wiring { client, prices, secrets, redactor, report, people };
        let underway = match past {
            Past::File(project, workflow) => runs.begin(reserved, start, Some((&project, &workflow)), wiring).await?,
            Past::Run => runs.begin(reserved, start, None, wiring).await?,
            Past::Records(records) => runs.take_up(reserved, records, wiring).await?,
        };
        Ok(underway.on(stage).sharing(shared))
    }

    /// Begins the run and drives it in a task of its own: it can be steered by its handle.
    pub async fn spawn(self, report: Option<Box<dyn Report>>, people: People) -> Result<Started, RunsError> {
        let (handle, presence) = self.runs.active().enter(&self.start.run, people.line());
        let report = report.unwrap_or_else(|| Box::new(Reports::default()));
        let underway = self.begin(report, people).await?;
        let ended = tokio::spawn(async move {
            let ended = underway.drive().await;
            drop(presence);
            ended
        });
        Ok(Started { handle, ended })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_nobody_sits_in_front_of_buys_on_a_live_service_only_what_is_allowed_or_bounded() {
        let live = Reach::Service { api_url: None, tier: None };
        let bounded = Plan { max_credits: Some(250), ..Plan::default() };
        let buys = |plan: &Plan, allowed| !Options::default().unattended(plan, &live, allowed).no_purchase;
        assert!(!buys(&Plan::default(), false));
        assert!(buys(&Plan::default(), true) && buys(&bounded, false));
    }
}
