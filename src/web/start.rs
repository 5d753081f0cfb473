//! `POST /api/v1/runs`: a run is begun, once for each key of its sender.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::daemon::definitions::Definition;
use crate::daemon::offer::Verdict;
use crate::daemon::opened::{Given, Part, Script};
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
use crate::web::setting_out::{Seat, begins, set_out};
use crate::web::site::Site;
use crate::web::workflows::known;

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
pub(crate) async fn begin(site: &Arc<Site>, wanted: Wanted<'_>) -> Answer<RunId> {
    begins(site)?;
    if let Some(run) = wanted.keyed.before(site).await? {
        return Ok(run);
    }
    let project = site.definitions.project();
    let opened = wanted.definition.open(project).map_err(|found| Problem::mistakes(&found))?;
    let given = Given { values: wanted.inputs, ..Given::default() };
    let script = Script::build(opened, &given, &Part::default())?;
    let (reach, options) = match wanted.dry {
        true => (site.reaches.rehearsal.clone(), Options { speed: HURRY, go: true, ..Options::default() }),
        false => {
            let reach = site.reaches.own.clone().again_for(&script.plan).await?;
            let options = Options::default().unattended(&script.plan, &reach, wanted.allow_purchase);
            (reach, options)
        }
    };
    let ready = site.runs.prepare(script, reach, &options).await?;
    agree(&ready, ("allow_purchase", wanted.allow_purchase)).await?;
    let group = wanted.definition.concurrency.clone().filter(|_| !wanted.dry);
    let (here, keyed, origin) = (site.clone(), wanted.keyed, wanted.origin);
    set_out(site, Seat { group, held: None }, async move {
        if let Some(run) = keyed.claim(&here, &ready.start.run).await? {
            return Ok(run);
        }
        Ok(here.runs.begin_alone(ready, origin).await?)
    })
    .await
}

/// Refuses a run that would buy without leave, which its sender gives by a field of the request.
pub(crate) async fn agree(ready: &Ready, (field, is_given): (&str, bool)) -> Answer<()> {
    let offer = ready.to_agree().await?;
    let wishes = offer.to_buy.iter().map(|wish| bargain(&ready.start.plan, &wish.step, wish.credits));
    let buys: Vec<Buy> = wishes.map(|bargain| Buy::of(&bargain)).collect();
    match offer.verdict(is_given) {
        Verdict::GoOn => Ok(()),
        Verdict::Ask => {
            let problem = Problem::conflict("would-buy", offer.summary());
            Err(problem.hint(format!("send `{field}: true`")).buys(buys, offer.credits()))
        }
        Verdict::Lacks(credits) => {
            let problem = Problem::conflict("lacks-credits", format!("the account lacks {credits} credits"));
            Err(problem.buys(buys, offer.credits()))
        }
    }
}
