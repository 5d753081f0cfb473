//! Streams of events: those of one run, and what changed anywhere.
//!
//! A stream is a task that writes to a short queue; whoever reads slowly waits for nobody else. The events of a run
//! come from its journal by number, so a stream that is taken up again loses and doubles nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

use crate::daemon::tail::Tail;
use crate::report::event::{Body as Happened, PublicEvent};
use crate::web::answers::asked::StreamAsked;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Asked, Named};
use crate::web::news::News;
use crate::web::runs::known;
use crate::web::site::{STILL_HERE, Site};

/// How many pieces may wait for a slow reader.
const QUEUE: usize = 16;

/// How long a reader may take nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a stream writes to.
type Pen = mpsc::Sender<Result<Bytes, Infallible>>;

/// The reader is gone, or the server ends.
struct Over;

/// `GET /api/v1/runs/{run}/events`.
pub(crate) async fn run(
    State(site): State<Arc<Site>>,
    Named(run): Named,
    Asked(asked): Asked<StreamAsked>,
    headers: HeaderMap,
) -> Answer<Response> {
    let row = known(&site, &run).await?;
    let from = match last_seen(&headers)? {
        Some(last) => last.saturating_add(1),
        None => asked.from.unwrap_or(0),
    };
    let tail = site.runs.tail(&row.id);
    open(site, move |site, pen| async move { follow(&site, tail, from, &pen).await })
}

/// `GET /api/v1/events`.
pub(crate) async fn news(State(site): State<Arc<Site>>) -> Answer<Response> {
    let heard = News::listen(&site);
    open(site, move |site, pen| async move { retell(&site, heard, &pen).await })
}

/// The number after which a browser takes a stream up again.
fn last_seen(headers: &HeaderMap) -> Answer<Option<u64>> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|value| value.trim().parse().ok());
    number.map(Some).ok_or_else(|| Problem::bad("bad-query", "`Last-Event-ID` is no number of an event"))
}

/// Opens a stream that a task writes.
fn open<F, W>(site: Arc<Site>, write: F) -> Answer<Response>
where
    F: FnOnce(Arc<Site>, Pen) -> W,
    W: Future<Output = Result<(), Over>> + Send + 'static,
{
    let too_many = || Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams", "too many streams are open");
    if site.is_draining() {
        return Err(Problem::unavailable("draining", "the server ends"));
    }
    let room = site.streams.clone().try_acquire_owned().map_err(|_| too_many().retry_after(5))?;
    site.figures.streams.fetch_add(1, Ordering::Relaxed);
    let (pen, pages) = mpsc::channel(QUEUE);
    let (writing, ending) = (write(site.clone(), pen), site.clone());
    tokio::spawn(async move {
        // Drained or not: the reader takes it up elsewhere or again.
        let _ = ending.draining.run_until_cancelled(writing).await;
        ending.figures.streams.fetch_sub(1, Ordering::Relaxed);
        drop(room);
    });
    let mut response = Body::from_stream(ReceiverStream::new(pages)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // What stands between must hand each event on at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells the events of a run from a number on, until it has ended for good.
async fn follow(site: &Site, mut tail: Tail, from: u64, pen: &Pen) -> Result<(), Over> {
    // Listened to before the journal is read, so that nothing falls between.
    let mut beat = site.pulse.listen();
    write(pen, "retry: 1000\n\n".to_owned()).await?;
    let mut has_ended = false;
    loop {
        // A run that cannot be read on, or is no longer kept, has no more to tell.
        while let Some(events) = tail.advance().await.map_err(|_| Over)? {
            has_ended |= events.iter().any(|event| matches!(event.body, Happened::RunFinished { .. }));
            let piece: String = events.iter().filter(|event| event.seq >= from).map(told).collect();
            if !piece.is_empty() {
                write(pen, piece).await?;
            }
        }
        if has_ended {
            return write(pen, "event: end\ndata: {}\n\n".to_owned()).await;
        }
        loop {
            tokio::select! {
                () = pen.closed() => return Err(Over),
                changed = timeout(STILL_HERE, beat.changed()) => match changed {
                    Ok(_) => break,
                    Err(_) => write(pen, ": still here\n\n".to_owned()).await?,
                },
            }
        }
    }
}

/// An event as a stream tells it.
fn told(event: &PublicEvent) -> String {
    let data = serde_json::to_value(event).unwrap_or_default();
    let name = data["event"].as_str().unwrap_or("event");
    format!("id: {}\nevent: {name}\ndata: {data}\n\n", event.seq)
}

/// Hands on what changed, from now on.
async fn retell(site: &Site, mut heard: tokio::sync::broadcast::Receiver<Arc<str>>, pen: &Pen) -> Result<(), Over> {
    write(pen, "retry: 1000\n\n".to_owned()).await?;
    site.news.begun().await;
    write(pen, ": from now on\n\n".to_owned()).await?;
    let mut still_here = tokio::time::interval(STILL_HERE);
    still_here.reset();
    loop {
        tokio::select! {
            () = pen.closed() => return Err(Over),
            _ = still_here.tick() => write(pen, ": still here\n\n".to_owned()).await?,
            piece = heard.recv() => match piece {
                Ok(piece) => write(pen, piece.to_string()).await?,
                // Whoever fell behind is told that they missed something: there is no replay here.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                    heard = News::listen_again(site);
                    write(pen, "event: resync\ndata: {}\n\n".to_owned()).await?;
                }
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return Err(Over),
            },
        }
    }
}

async fn write(pen: &Pen, piece: String) -> Result<(), Over> {
    // Whoever takes nothing for so long holds room that others lack.
    timeout(PATIENCE, pen.send(Ok(piece.into()))).await.map_err(|_| Over)?.map_err(|_| Over)
}
