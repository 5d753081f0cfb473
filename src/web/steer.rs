//! What is done with a run: cancel, go, resolve, resume, rerun; for one of this process and of another alike.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::daemon::again::{repeats_nothing, said_again, select};
use crate::daemon::overview::RunRow;
use crate::daemon::provisioning;
use crate::daemon::standing::Standing;
use crate::daemon::start::{Options, Repeated};
use crate::daemon::steer::{Origin, Request, Unheard, Wish, unknown_steps};
use crate::engine::carry::Repeat;
use crate::engine::event::Resolution;
use crate::engine::run::Run;
use crate::plan::choose;
use crate::report::State as StepState;
use crate::web::answers::asked::{GoAsked, NothingAsked, RerunAsked, ResolveAsked, ResolvedAs, ResumeAsked};
use crate::web::answers::plan::Say;
use crate::web::answers::run::RunNamed;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Named, Posted};
use crate::web::keys::Keyed;
use crate::web::runs::known;
use crate::web::setting_out::{Seat, begins, set_out};
use crate::web::site::Site;
use crate::web::start::begun;

/// How many lines are told before somebody agrees to them.
const LINES: usize = 10;

type Heard = (StatusCode, Json<RunNamed>);

/// `POST /api/v1/runs/{run}/cancel`.
pub(crate) async fn cancel(State(site): State<Arc<Site>>, Named(run): Named, _: Posted<NothingAsked>) -> Answer<Heard> {
    let row = open(&site, &run).await?;
    wish(&site, &row, Wish::Cancel).await?;
    Ok(heard(&row))
}

/// `POST /api/v1/runs/{run}/go`.
pub(crate) async fn go(
    State(site): State<Arc<Site>>,
    Named(run): Named,
    Posted { body, .. }: Posted<GoAsked>,
) -> Answer<Heard> {
    let row = open(&site, &run).await?;
    let tail = site.runs.tail_to_now(&row.id, |_| ()).await?;
    let Some(view) = tail.view() else { return Err(Problem::unavailable("journal", "the run has no beginning")) };
    let is_open = |state: &StepState| matches!(state, StepState::Open { .. } | StepState::Held);
    let mut waiting = view.active.iter().filter(|key| view.step(**key).is_some_and(|step| is_open(&step.state)));
    let meant = match &body.step {
        None if view.suspended || waiting.next().is_some() => None,
        None => return Err(Problem::conflict("nothing-waits", format!("nothing of run {} waits for a go", row.id))),
        Some(named) => {
            // People name an item as they were shown it.
            let step = waiting.find(|key| {
                let item = view.item_key(**key);
                view.path(**key) == *named && item.map(|item| view.mask.text(item)).as_deref() == body.item.as_deref()
            });
            Some(*step.ok_or_else(|| {
                let named = crate::text::clean(&whole(named, body.item.as_deref()));
                Problem::conflict("nothing-waits", format!("`{named}` of run {} does not wait for a go", row.id))
            })?)
        }
    };
    wish(&site, &row, Wish::Go(meant)).await?;
    Ok(heard(&row))
}

/// `POST /api/v1/runs/{run}/resolve`.
pub(crate) async fn resolve(
    State(site): State<Arc<Site>>,
    Named(run): Named,
    Posted { body, .. }: Posted<ResolveAsked>,
) -> Answer<Heard> {
    let row = open(&site, &run).await?;
    let tail = site.runs.tail_to_now(&row.id, |_| ()).await?;
    let (mask, unknown) = match (tail.view(), tail.run()) {
        (Some(view), Some(run)) => (view.mask.clone(), unknown_steps(run)),
        _ => return Err(Problem::unavailable("journal", "the run has no beginning")),
    };
    let named = whole(&body.step, body.item.as_deref());
    // People name an item as they were shown it.
    let step = unknown.iter().find(|(name, _)| *name == named || mask.text(name) == named);
    let Some((_, step)) = step else {
        let shown = crate::text::clean(&named);
        return Err(Problem::conflict("not-unknown", format!("`{shown}` is no unknown step of run {}", row.id)));
    };
    let resolution = match body.resolution {
        ResolvedAs::Happened => Resolution::Happened,
        ResolvedAs::DidNotHappen => Resolution::DidNotHappen,
        ResolvedAs::LeaveUnknown => Resolution::LeaveUnknown,
    };
    wish(&site, &row, Wish::Resolve(*step, resolution)).await?;
    Ok(heard(&row))
}

/// `POST /api/v1/runs/{run}/resume`.
pub(crate) async fn resume(
    State(site): State<Arc<Site>>,
    Named(run): Named,
    Posted { body, .. }: Posted<ResumeAsked>,
) -> Answer<Heard> {
    let row = open(&site, &run).await?;
    begins(&site)?;
    let standing = site.runs.standing(&row.id).await?;
    let says: Vec<Say> = standing.next_lines(None, LINES).iter().map(Say::of).collect();
    if !body.yes && !says.is_empty() {
        return Err(would_say("these lines would be said next", says));
    }
    provisioning::refuse_again(&standing.run.start().plan)?;
    take_up(&site, Seat::of(&site, &row).await, standing, None).await?;
    Ok(heard(&row))
}

/// `POST /api/v1/runs/{run}/rerun`.
pub(crate) async fn rerun(
    State(site): State<Arc<Site>>,
    Named(run): Named,
    headers: HeaderMap,
    Posted { body, bytes }: Posted<RerunAsked>,
) -> Answer<Response> {
    let row = known(&site, &run).await?;
    begins(&site)?;
    let keyed = Keyed::of(&headers, &format!("rerun:{}", row.id), &bytes)?;
    if let Some(run) = keyed.before(&site).await? {
        return Ok(begun(run));
    }
    if body.failed && body.from.is_some() {
        return Err(Problem::bad("bad-json", "`failed` and `from` exclude each other"));
    }
    // Held only while it is read: what it comes to meanwhile is not carried over.
    let records = site.runs.standing(&row.id).await?.records;
    let before = Run::replay(&records).map_err(crate::daemon::runs::RunsError::from)?;
    let repeat = match &body.from {
        Some(step) => Repeat::From(choose::find(before.plan(), step).map_err(crate::daemon::refused::Refused::from)?),
        None if body.failed => Repeat::Failed,
        None => Repeat::Everything,
    };
    let selection = select(&before, &records, repeat)?;
    if body.failed && repeats_nothing(before.plan(), &selection) {
        return Err(Problem::conflict("nothing-failed", "nothing failed, so there is nothing to repeat"));
    }
    let says: Vec<Say> = said_again(&records, &selection)?.iter().map(Say::of).collect();
    let reach = site.reaches.of(before.start()).again_for(before.plan()).await?;
    let no_purchase = Options::default().unattended(before.plan(), &reach, body.yes).no_purchase;
    let (go, allow_destroy) = (false, false);
    let repeated = Repeated { before: before.start(), selection, reach, go, allow_destroy, no_purchase };
    let ready = site.runs.prepare_again(repeated).await?;
    let agreed = crate::web::start::agree(&ready, ("yes", body.yes)).await;
    if !body.yes && !says.is_empty() {
        // One yes is for both, so both are told.
        return Err(match agreed {
            Ok(()) => would_say("these lines would be said again", says),
            Err(problem) => problem.says(says),
        });
    }
    agreed?;
    let (seat, here) = (Seat { held: None, ..Seat::of(&site, &row).await }, site.clone());
    let run = set_out(&site, seat, async move {
        if let Some(run) = keyed.claim(&here, &ready.start.run).await? {
            return Ok(run);
        }
        Ok(here.runs.begin_alone(ready, Origin::Person).await?)
    });
    Ok(begun(run.await?))
}

/// A step with the item that it is in.
fn whole(step: &str, item: Option<&str>) -> String {
    item.map_or_else(|| step.to_owned(), |item| format!("{step}[{item}]"))
}

/// The run, if it has not ended.
async fn open(site: &Site, run: &str) -> Answer<RunRow> {
    let row = known(site, run).await?;
    match row.summary.status.is_final() {
        true => {
            let message = format!("run {} has ended: {}", row.id, row.summary.status.as_str());
            Err(Problem::conflict("ended", message).hint("`rerun` begins it anew"))
        }
        false => Ok(row),
    }
}

/// Lets a run hear a wish. One that nobody drives is taken up to heed it: for that it needs room, but to end.
async fn wish(site: &Arc<Site>, row: &RunRow, wish: Wish) -> Answer<()> {
    let Some(Unheard { standing, request }) = site.runs.wish(&row.id, wish).await? else { return Ok(()) };
    let seat = match wish {
        Wish::Cancel => Seat::default(),
        Wish::Go(_) | Wish::Resolve(..) => {
            provisioning::refuse_again(&standing.run.start().plan)?;
            Seat::of(site, row).await
        }
    };
    take_up(site, seat, standing, request).await
}

/// Goes on with a run that stands still.
async fn take_up(site: &Arc<Site>, seat: Seat, standing: Standing, request: Option<Request>) -> Answer<()> {
    begins(site)?;
    let reach = site.reaches.of(standing.run.start());
    let (ready, here) = (standing.prepare(reach).await?, site.clone());
    set_out(site, seat, async move {
        here.runs.take_up_alone(ready, request.as_ref()).await?;
        Ok(())
    })
    .await
}

fn would_say(message: &str, says: Vec<Say>) -> Problem {
    Problem::conflict("would-say", message).hint("send `yes: true`").says(says)
}

fn heard(row: &RunRow) -> Heard {
    (StatusCode::ACCEPTED, Json(RunNamed { run: row.id.to_string() }))
}
