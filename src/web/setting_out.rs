//! Where a run begins or goes on, from the look at what is under way until somebody drives it.
//!
//! That way is a task of its own. A client that goes away takes the handler of its request with it, and left to the
//! handler it would leave a run that is written down and that nobody drives. The server drains when the last of these
//! tasks has ended; from then on none begins anything.

use std::sync::Arc;

use tokio::sync::MutexGuard;

use crate::daemon::overview::RunRow;
use crate::ids::RunId;
use crate::web::errors::{Answer, Problem};
use crate::web::site::Site;
use crate::workflow::model::Concurrency;

/// The place that a run takes.
#[derive(Default)]
pub(crate) struct Seat {
    /// Its group, if it needs room in one.
    pub group: Option<Concurrency>,
    /// The run, if it is one that stands still and is held: that is no run under way.
    pub held: Option<RunId>,
}

impl Seat {
    /// The place of a run that was begun before, as its file says it now.
    pub(crate) async fn of(site: &Site, row: &RunRow) -> Self {
        // What does not go where the others go takes nothing from them.
        let definition = match site.place.is_of(&row.service) {
            true => site.definitions.find(&row.workflow).await,
            false => None,
        };
        let group = definition.and_then(|definition| definition.concurrency.clone());
        Self { group, held: Some(row.id.clone()) }
    }
}

/// Lets a run begin or go on, if there is room for it and the server does not end.
pub(crate) async fn set_out<T: Send + 'static>(
    site: &Arc<Site>,
    seat: Seat,
    work: impl Future<Output = Answer<T>> + Send + 'static,
) -> Answer<T> {
    let here = site.clone();
    let task = site.setting_out.spawn(async move {
        // Held until the run is written down: of two for one place the other one sees it.
        let _gate = match &seat.group {
            Some(group) => Some(room(&here, group, seat.held.as_ref()).await?),
            None => None,
        };
        begins(&here)?;
        work.await
    });
    task.await.unwrap_or_else(|_| Err(Problem::unavailable("broke-off", "the run could not be begun")))
}

/// Whether anything is begun or taken up any more.
pub(crate) fn begins(site: &Site) -> Answer<()> {
    match site.is_draining() {
        true => Err(Problem::unavailable("draining", "the server ends, and begins nothing any more").retry_after(5)),
        false => Ok(()),
    }
}

/// Waits for its turn to look, and refuses a run for which its group has no room.
async fn room<'a>(site: &'a Site, group: &Concurrency, held: Option<&RunId>) -> Answer<MutexGuard<'a, ()>> {
    let gate = site.runs.gate().await;
    let busy = site.runs.busy_beside(&site.place.key, held).await?;
    if busy.room(group, &site.definitions.list().await) > 0 {
        return Ok(gate);
    }
    let Concurrency { group, limit } = group;
    let problem = Problem::conflict("group-full", format!("the group `{group}` has no room: it holds {limit} at once"));
    Err(problem.hint("send it again when one of its runs has ended"))
}
