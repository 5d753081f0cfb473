//! `POST /api/v1/runs`: a run is begun, once for each key of its sender.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tokio::sync::MutexGuard;

use crate::access::{AccessError, Answered, Claim};
use crate::clock::{Clock as _, SystemClock};
use crate::daemon::definitions::Definition;
use crate::daemon::offer::Verdict;
use crate::daemon::opened::{Given, Script};
use crate::daemon::outlook::bargain;
use crate::daemon::start::{Options, Ready};
use crate::daemon::steer::Origin;
use crate::ids::RunId;
use crate::sha256;
use crate::web::answers::asked::StartAsked;
use crate::web::answers::plan::Buy;
use crate::web::answers::run::RunNamed;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Posted;
use crate::web::site::Site;
use crate::web::workflows::known;
use crate::workflow::model::Concurrency;

/// The longest key of a sender.
const LONGEST_KEY: usize = 255;
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
    pub keys: Vec<String>,
    /// The digest of what was sent.
    pub request: String,
}

/// The handler.
pub(crate) async fn start(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Posted { body, bytes }: Posted<StartAsked>,
) -> Answer<Response> {
    let (keys, request) = (key(&headers, "runs")?.into_iter().collect(), sha256::hex(&bytes));
    let definition = known(&site, &body.workflow).await?;
    let StartAsked { inputs, allow_purchase, dry, .. } = body;
    let origin = Origin::Person;
    let wanted = Wanted { definition: &definition, inputs, allow_purchase, dry, origin, keys, request };
    begin(&site, wanted).await.map(begun)
}

/// The answer that names a run that began.
pub(crate) fn begun(run: RunId) -> Response {
    let location = format!("/api/v1/runs/{run}");
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(RunNamed { run: run.to_string() })).into_response()
}

/// The key by which a sender knows a request again, within its own realm.
pub(crate) fn key(headers: &HeaderMap, realm: &str) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str().ok().map(str::trim) {
        Some(text) if (1..=LONGEST_KEY).contains(&text.len()) => Ok(Some(format!("{realm}:{text}"))),
        _ => {
            let message = format!("an `Idempotency-Key` is text of 1 to {LONGEST_KEY} characters");
            Err(Problem::bad("bad-key", message))
        }
    }
}

/// Begins a run, or names the one that the same request began before.
pub(crate) async fn begin(site: &Site, wanted: Wanted<'_>) -> Answer<RunId> {
    if site.is_draining() {
        return Err(Problem::unavailable("draining", "the server ends, and begins nothing any more").retry_after(5));
    }
    for key in &wanted.keys {
        if let Some(run) = before(site, key, &wanted.request).await? {
            return Ok(run);
        }
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
    let answer = Answered { request: wanted.request, run: ready.start.run.clone() };
    for (place, key) in wanted.keys.iter().enumerate() {
        let claimed = site.access.claim(key, &answer, SystemClock.now()).await;
        if let Claim::Known(known) = claimed.map_err(unreadable)? {
            // Another request with one of the keys came in between, and its run is the one.
            for key in &wanted.keys[..place] {
                site.access.release(key, &answer.run).await.map_err(unreadable)?;
            }
            return same(known, &answer.request);
        }
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

fn unreadable(error: AccessError) -> Problem {
    Problem::unavailable("journal", error.to_string())
}

/// The run that a key began before. A key whose run never began, for its process died, is free again.
async fn before(site: &Site, key: &str, request: &str) -> Answer<Option<RunId>> {
    let Some(known) = site.access.answered(key, SystemClock.now()).await.map_err(unreadable)? else { return Ok(None) };
    if site.runs.row(&known.run).await?.is_none() && !site.runs.is_driven(&known.run) {
        site.access.release(key, &known.run).await.map_err(unreadable)?;
        return Ok(None);
    }
    same(known, request).map(Some)
}

fn same(known: Answered, request: &str) -> Answer<RunId> {
    match known.request == request {
        true => Ok(known.run),
        false => Err(Problem::conflict("key-reused", "this `Idempotency-Key` was sent with another request")),
    }
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
