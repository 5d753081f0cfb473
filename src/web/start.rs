//! `POST /api/v1/runs`: a run is begun, once for each key of its sender.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tokio::sync::MutexGuard;

use crate::daemon::definitions::Definition;
use crate::daemon::offer::Verdict;
use crate::daemon::opened::{Given, Script};
use crate::daemon::outlook::bargain;
use crate::daemon::start::{Options, Ready};
use crate::daemon::steer::Origin;
use crate::ids::RunId;
use crate::web::answers::asked::StartAsked;
use crate::web::answers::plan::Buy;
use crate::web::answers::run::RunNamed;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Posted;
use crate::web::keys::Keyed;
use crate::web::site::Site;
use crate::web::workflows::known;
use crate::workflow::model::Concurrency;

/// A dry run is hurried: nobody hears it.
const HURRY: f64 = 10.0;

/// A run to begin.
pub(crate) struct Wanted<'a> {
    /// The workflow file.
    pub definition: &'a Definition,
    /// The values of inputs.
    pub inputs: Map<String, Value>,
    /// Whether agents may be bought.
    pub allow_purchase: bool,
    /// Whether it is rehearsed on a sandbox of its own.
    pub dry: bool,
    /// Who lets it begin.
    pub origin: Origin,
    /// By what its sender knows the request again.
    pub keyed: Keyed,
}

/// The handler.
pub(crate) async fn start(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Posted { body, bytes }: Posted<StartAsked>,
) -> Answer<Response> {
    let keyed = Keyed::of(&headers, "runs", &bytes)?;
    let definition = known(&site, &body.workflow).await?;
    let StartAsked { inputs, allow_purchase, dry, .. } = body;
    let origin = Origin::Person;
    let wanted = Wanted { definition: &definition, inputs, allow_purchase, dry, origin, keyed };
    begin(&site, wanted).await.map(begun)
}

/// The answer that names a run that began.
pub(crate) fn begun(run: RunId) -> Response {
    let location = format!("/api/v1/runs/{run}");
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(RunNamed { run: run.to_string() })).into_response()
}

/// Begins a run, or names the one that the same request began before.
pub(crate) async fn begin(site: &Site, wanted: Wanted<'_>) -> Answer<RunId> {
    if site.is_draining() {
        return Err(Problem::unavailable("draining", "the server ends, and begins nothing any more").retry_after(5));
    }
    if let Some(run) = wanted.keyed.before(site).await? {
        return Ok(run);
    }
    let project = site.definitions.project();
    let opened = wanted.definition.open(project).map_err(|found| Problem::mistakes(&found))?;
    let given = Given { values: wanted.inputs, ..Given::default() };
    let script = Script::build(opened, &given, None, false)?;
    let (reach, options) = match wanted.dry {
        true => (site.reaches.rehearsal.clone(), Options { speed: HURRY, go: true, ..Options::default() }),
        false => {
            let reach = site.reaches.own.clone().again_for(&script.plan).await?;
            let options = Options::default().unattended(&script.plan, &reach, wanted.allow_purchase);
            (reach, options)
        }
    };
    let ready = site.runs.prepare(script, reach, &options).await?;
    agree(&ready, wanted.allow_purchase).await?;
    // Held until the run is written down: of two for one place the other one sees it.
    let _gate = match wanted.definition.concurrency.as_ref().filter(|_| !wanted.dry) {
        Some(group) => Some(room(site, group).await?),
        None => None,
    };
    if let Some(run) = wanted.keyed.claim(site, &ready.start.run).await? {
        return Ok(run);
    }
    Ok(site.runs.begin_alone(ready, wanted.origin).await?)
}

/// Waits for its turn to look, and refuses a run for which its group has no room.
async fn room<'a>(site: &'a Site, group: &Concurrency) -> Answer<MutexGuard<'a, ()>> {
    let gate = site.runs.gate().await;
    let busy = site.runs.busy(&site.place.key).await?;
    if busy.room(group, &site.definitions.list().await) > 0 {
        return Ok(gate);
    }
    let Concurrency { group, limit } = group;
    let problem = Problem::conflict("group-full", format!("the group `{group}` has no room: it holds {limit} at once"));
    Err(problem.hint("send it again when one of its runs has ended"))
}

/// Refuses a run that would buy without leave. On a sandbox nothing is asked.
pub(crate) async fn agree(ready: &Ready, allow_purchase: bool) -> Answer<()> {
    if ready.start.service.sandbox {
        return Ok(());
    }
    let offer = ready.offer().await?;
    let wishes = offer.to_buy.iter().map(|wish| bargain(&ready.start.plan, &wish.step, wish.credits));
    let buys: Vec<Buy> = wishes.map(|bargain| Buy::of(&bargain)).collect();
    match offer.verdict(allow_purchase) {
        Verdict::GoOn => Ok(()),
        Verdict::Ask => {
            let problem = Problem::conflict("would-buy", offer.summary());
            Err(problem.hint("send `allow_purchase: true`").buys(buys, offer.credits()))
        }
        Verdict::Lacks(credits) => {
            let problem = Problem::conflict("lacks-credits", format!("the account lacks {credits} credits"));
            Err(problem.buys(buys, offer.credits()))
        }
    }
}
