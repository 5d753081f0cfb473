//! What a run of a workflow would do, say and buy, before anything is prepared or sent.

use serde_json::Value;

use crate::clock::{Clock as _, SystemClock};
use crate::daemon::agents::model;
use crate::daemon::campaign::{self, Facing};
use crate::daemon::opened::{Opened, contents};
use crate::daemon::planned::{Planned, plan_of};
use crate::daemon::provisioning;
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::Runs;
use crate::daemon::service::{self, Reach};
use crate::data::inputs::GivenInputs;
use crate::duration::Millis;
use crate::engine::event::{Event, Record, Service, Start};
use crate::engine::run::Run;
use crate::engine::selection::Selection;
use crate::executors::coming::{Line, coming};
use crate::executors::store::RunStore;
use crate::ids::RunId;
use crate::outcome::Tier;
use crate::plan::draw::{View, json, svg};
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::{Node, Plan, Work};
use crate::purchases::price::Prices;

/// The most lines that are told.
const LINES: usize = 500;

/// What a run would do.
pub struct Outlook {
    /// The plan for programs.
    pub plan: Value,
    /// The plan as a drawing.
    pub svg: String,
    /// What would be said, as far as it is known.
    pub says: Vec<Line>,
    /// What would be bought.
    pub buys: Vec<Bargain>,
    /// The shortest time it takes; none where only a run can know.
    pub length: Option<Millis>,
}

/// An agent that would be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bargain {
    /// The step.
    pub step: String,
    /// The model that it asks for.
    pub model: Option<String>,
    /// What it costs.
    pub credits: u64,
    /// Why it is not one that was bought before.
    pub why: String,
}

impl Runs {
    /// What a run of a workflow would do where it goes.
    pub async fn outlook(&self, opened: &Opened, given: &GivenInputs, reach: &Reach) -> Result<Outlook, Refused> {
        let planned = plan_of(opened, given)?;
        let mut plan = planned.plan.clone();
        provisioning::rehearse(&mut plan);
        let start = imagined(plan, reach);
        let says = self.lines(opened, &start)?;
        let (prices, buys) = self.bargains(&start, reach).await?;
        let Planned { mut plan, rows, names_rooms, missing } = planned;
        let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
        let limit = match reach {
            Reach::Connected(connected) => connected.client.rate_limits().limit(Tier::Write),
            Reach::Service { .. } | Reach::Rehearsal(_) => None,
        };
        let facing = Facing { pace: campaign::pace_of(limit), price: &price, now: SystemClock.now() };
        let campaign = campaign::shown(&mut plan, (&rows, &opened.files()), &facing);
        let known = Known { rows: &rows, price: &price };
        let estimate = estimate(&plan, &known);
        let (missing, campaign) = (missing.as_slice(), campaign.as_ref());
        let view = View { plan: &plan, estimate: &estimate, known: &known, names_rooms, missing, campaign };
        let is_known = !estimate.at_least || estimate.length > Millis::ZERO;
        let length = is_known.then_some(estimate.length);
        Ok(Outlook { plan: json(&view), svg: svg(&view), says, buys, length })
    }

    /// What would be said first, from files as they are now.
    fn lines(&self, opened: &Opened, start: &Start) -> Result<Vec<Line>, Refused> {
        let store = RunStore::in_memory(start, contents(&start.plan, opened)?);
        let event = Event::Started(Box::new(start.clone()));
        let run = Run::begin(&Record { seq: 0, at: SystemClock.now(), event });
        let run = run.map_err(|error| Refused::new(Why::Invalid, error.to_string()))?;
        Ok(coming(&run, &store, None, LINES))
    }

    /// What would be bought. On a sandbox of its own a run knows nothing that was bought before.
    async fn bargains(&self, start: &Start, reach: &Reach) -> Result<(Prices, Vec<Bargain>), Refused> {
        let Reach::Connected(connected) = reach else {
            let prices = Prices::default();
            let anew = start.plan.nodes.iter().filter(|node| is_purchase(node)).map(|node| {
                let credits = prices.credits(model(node).as_deref(), None);
                bargain(&start.plan, &node.id, credits)
            });
            let anew = anew.collect();
            return Ok((prices, anew));
        };
        let prices = service::prices(&connected.client, &start.plan).await;
        let purchasing = self.purchasing(start, &connected.client, &prices);
        let wishes = purchasing.would_buy(start).await;
        let wishes = wishes.map_err(|failure| Refused::new(Why::Service, failure.message))?;
        Ok((prices, wishes.iter().map(|wish| bargain(&start.plan, &wish.step, wish.credits)).collect()))
    }
}

/// A purchase with what is known of it.
pub fn bargain(plan: &Plan, step: &str, credits: u64) -> Bargain {
    let node = plan.nodes.iter().find(|node| node.id == step);
    let fields = node.and_then(|node| match &node.work {
        Work::Exchange(exchanged) => Some(&exchanged.fields),
        _ => None,
    });
    let is_anew = fields.and_then(|fields| fields.get("reuse")) == Some(&Value::Bool(false));
    let why = if is_anew { "`reuse: false` buys it anew" } else { "none that was bought before is made from the same" };
    Bargain { step: step.to_owned(), model: node.and_then(model), credits, why: why.to_owned() }
}

fn is_purchase(node: &Node) -> bool {
    matches!(&node.work, Work::Exchange(exchanged) if exchanged.billable)
}

/// Record 0 of a run that is only thought of.
fn imagined(plan: Plan, reach: &Reach) -> Start {
    let service = match reach {
        Reach::Connected(connected) => connected.service.clone(),
        Reach::Service { .. } | Reach::Rehearsal(_) => Service::default(),
    };
    Start {
        run: RunId::from_typed("PLAN"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan,
        speed: 1.0,
        service,
        go: false,
        fresh: false,
        allow_destroy: false,
        no_purchase: false,
        dry: true,
        clock: None,
        selection: Selection::default(),
    }
}
