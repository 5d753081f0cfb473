//! `GET /metrics`: figures in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::daemon::calendar::FireCounts;
use crate::daemon::overview::Reach;
use crate::report::audience::STANDINGS;
use crate::web::errors::Answer;
use crate::web::site::Site;

/// How many runs under way are looked at for their people: what is followed stays in mind from scrape to scrape.
const FOLLOWED: usize = 16;

/// An endpoint, a method, and the status that was answered.
type Answered = (String, String, u16);

/// What is counted of the requests.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    requests: Mutex<BTreeMap<Answered, (u64, Duration)>>,
    /// Streams that are open.
    pub(crate) streams: AtomicU64,
    /// Deliveries to `/hooks/` that proved who sent them.
    pub(crate) hooks: AtomicU64,
}

impl Figures {
    fn count(&self, request: Answered, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, time) = requests.entry(request).or_default();
        *count += 1;
        *time += took;
    }
}

/// Counts a request by its endpoint and how it was answered.
pub(crate) async fn count(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = match request.method().as_str() {
        method @ ("GET" | "HEAD" | "POST") => method.to_owned(),
        _ => "other".to_owned(),
    };
    let began = Instant::now();
    let response = next.run(request).await;
    site.figures.count((route, method, response.status().as_u16()), began.elapsed());
    response
}

/// The figures.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Answer<impl IntoResponse> {
    let totals = site.runs.totals().await?;
    let under_way = site.runs.under_way().await?;
    let active = under_way.iter().filter(|reach| !reach.row.crashed).count();
    let definitions = site.definitions.list().await;
    let broken = definitions.iter().filter(|definition| !definition.is_good()).count();
    let mut text = Text::default();
    text.gauge("runsheet_build_info", "The version of the program.", &[(&[("version", env!("CARGO_PKG_VERSION"))], 1)]);
    let by_status: Vec<_> =
        totals.by_status.iter().map(|(status, count)| ([("status", status.as_str())], *count)).collect();
    text.family("runsheet_runs", "gauge", "Runs that are kept, by the status of their row.", &by_status);
    text.gauge("runsheet_runs_active", "Runs under way, in this process or another.", &[(&[], active as u64)]);
    let crashed = (under_way.len() - active) as u64;
    text.gauge("runsheet_runs_crashed", "Runs whose process died without a word.", &[(&[], crashed)]);
    let left_out = active.saturating_sub(FOLLOWED) as u64;
    text.gauge(
        "runsheet_runs_not_counted",
        "Runs under way whose people are not among those told.",
        &[(&[], left_out)],
    );
    let people = people(&site, &under_way).await;
    let people: Vec<_> = people
        .iter()
        .map(|((workflow, state), count)| ([("workflow", &**workflow), ("state", *state)], *count))
        .collect();
    text.family("runsheet_people", "gauge", "People whom runs under way address, by where they stand.", &people);
    let steps: Vec<_> = totals.counts().into_iter().map(|(ended, count)| ([("ended", ended)], count)).collect();
    text.family("runsheet_steps", "gauge", "Steps of the runs that are kept, by how they ended.", &steps);
    text.gauge("runsheet_credits_spent", "Credits that the runs that are kept spent.", &[(&[], totals.credits)]);
    let files = [([("state", "ok")], (definitions.len() - broken) as u64), ([("state", "broken")], broken as u64)];
    text.family("runsheet_workflows", "gauge", "Workflow files.", &files);
    let fires = site.runs.fire_counts(&site.place.key).await?;
    let fires: Vec<_> = fires.iter().flat_map(|(workflow, counts)| times(workflow, counts)).collect();
    text.family("runsheet_schedule_times_total", "counter", "Times that were due, by what became of them.", &fires);
    let streams = site.figures.streams.load(Ordering::Relaxed);
    text.gauge("runsheet_streams", "Streams of events that are open.", &[(&[], streams)]);
    let hooks = site.figures.hooks.load(Ordering::Relaxed);
    text.family("runsheet_hooks_total", "counter", "Deliveries that proved who sent them.", &[([], hooks)]);
    text.requests(&site.figures);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.0))
}

/// Where the people stand whom runs under way address, by workflow; every state of a workflow that addresses any, so
/// that one which falls to nothing is told.
async fn people(site: &Site, under_way: &[Reach]) -> BTreeMap<(String, &'static str), u64> {
    let mut people = BTreeMap::new();
    for reach in under_way.iter().filter(|reach| !reach.row.crashed).take(FOLLOWED) {
        // One that cannot be read now is no reason to tell nothing of the others.
        let Ok(look) = site.followed.now(&site.runs, &reach.row.id).await else { continue };
        let audiences = look.tail.view().into_iter().flat_map(|view| view.audiences());
        for (_, audience) in audiences {
            for standing in STANDINGS {
                let count: &mut u64 = people.entry((reach.row.workflow.clone(), standing.word())).or_default();
                *count += audience.count(standing) as u64;
            }
        }
    }
    people
}

/// What became of the times of a workflow; late ones are counted as fired too.
fn times<'a>(workflow: &'a str, counts: &FireCounts) -> [([(&'static str, &'a str); 2], u64); 5] {
    let FireCounts { fired, caught_up, skipped, missed, late } = *counts;
    [("fired", fired), ("caught_up", caught_up), ("skipped", skipped), ("missed", missed), ("late", late)]
        .map(|(became, count)| ([("workflow", workflow), ("became", became)], count))
}

/// A text that grows by families.
#[derive(Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str, samples: &[(&[(&str, &str)], u64)]) {
        self.head(name, "gauge", help);
        samples.iter().for_each(|(labels, value)| self.sample(name, labels, value));
    }

    fn family<const N: usize>(&mut self, name: &str, kind: &str, help: &str, samples: &[([(&str, &str); N], u64)]) {
        self.head(name, kind, help);
        samples.iter().for_each(|(labels, value)| self.sample(name, labels, value));
    }

    fn requests(&mut self, figures: &Figures) {
        let requests = figures.requests.lock().unwrap_or_else(PoisonError::into_inner);
        self.head("runsheet_http_requests_total", "counter", "Requests that were answered.");
        for ((route, method, status), (count, _)) in requests.iter() {
            let labels = [("route", route.as_str()), ("method", method), ("status", &status.to_string())];
            self.sample("runsheet_http_requests_total", &labels, count);
        }
        self.head("runsheet_http_request_seconds_total", "counter", "Time until their answers began.");
        for ((route, method, status), (_, time)) in requests.iter() {
            let labels = [("route", route.as_str()), ("method", method), ("status", &status.to_string())];
            self.sample("runsheet_http_request_seconds_total", &labels, &time.as_secs_f64());
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &dyn std::fmt::Display) {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
