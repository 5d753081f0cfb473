//! A server from its first answer to its end. Whoever ends it is heard from the first moment on, and what has begun is
//! left in order also where something fails.

use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::commands::output;
use crate::daemon::runs::Runs;
use crate::daemon::scheduler::Scheduler;
use crate::daemon::steer::{Reaches, TakenUp};
use crate::daemon::subscription::Subscription;
use crate::duration::Millis;
use crate::ids::RunId;
use crate::settings::ServiceUrl;
use crate::text::counted;
use crate::web::{Parts, Server};

/// How long the service may take to remove a webhook at the end.
const PARTING: Duration = Duration::from_secs(5);

/// How a server is to live.
pub(super) struct Wishes {
    /// Where runs go, as it is said first.
    pub first_line: String,
    /// Runs that did something within this go on at the start.
    pub resume_within: Millis,
    /// Where the service reaches the server.
    pub public_url: Option<ServiceUrl>,
    /// Whether nothing leaves this machine.
    pub sandbox: bool,
}

/// What lives, as far as it has come to.
struct Life {
    server: Server,
    runs: Runs,
    reaches: Reaches,
    ending: CancellationToken,
    scheduling: Option<JoinHandle<()>>,
    subscription: Option<Subscription>,
}

/// Serves until somebody ends it, and leaves in order. Answers the exit code.
pub(super) async fn live(parts: Parts, wishes: Wishes) -> anyhow::Result<u8> {
    let mut endings = Endings::listen().context("cannot wait for signals")?;
    let (runs, reaches, listen) = (parts.runs.clone(), parts.reaches.clone(), parts.listen);
    let scheduler = Scheduler::new(runs.clone(), parts.definitions.clone(), reaches.clone(), parts.place.key.clone());
    // Until the runs that were under way have their places back, no other takes one of a group.
    let places = runs.clone();
    let gate = places.gate().await;
    let server = Server::start(parts).await.with_context(|| format!("cannot listen on `{listen}`"))?;
    let ending = CancellationToken::new();
    let mut life = Life { server, runs, reaches, ending, scheduling: None, subscription: None };
    let rising = async {
        life.tell(&wishes)?;
        tell_taken_up(&life.runs.resume_own(wishes.resume_within, &life.reaches).await?);
        drop(gate);
        life.keep(scheduler, &wishes).await
    };
    let lived = tokio::select! {
        lived = rising => lived,
        () = endings.next() => Ok(()),
    };
    output::tell("draining: nothing new goes out, and what is in flight ends; once more ends at once\n");
    tokio::select! {
        drained = life.drain() => lived.and(drained)?,
        () = endings.next() => return Ok(130),
    }
    output::tell("ended; `runsheet runs` tells which runs can be resumed\n");
    Ok(0)
}

impl Life {
    /// Says where it is: the address to programs, all of it to people.
    fn tell(&self, wishes: &Wishes) -> anyhow::Result<()> {
        let (url, line) = (format!("http://{}", self.server.address()), &wishes.first_line);
        output::data(format_args!("{url}\n")).context("cannot write to stdout")?;
        output::tell(format_args!("{line}\nThe page is at {url}. Ctrl-C ends.\n"));
        if wishes.public_url.is_none() && !wishes.sandbox {
            let how = "with `--public-url URL` the service tells when one is ready";
            output::tell(format_args!("Agents that are being made are looked at every few seconds; {how}.\n"));
        }
        Ok(())
    }

    /// Keeps the schedules, and has the service tell when agents are ready. Returns when the scheduler broke off.
    async fn keep(&mut self, scheduler: Scheduler, wishes: &Wishes) -> anyhow::Result<()> {
        let scheduling = self.scheduling.insert(tokio::spawn(scheduler.keep(self.ending.clone())));
        self.subscription = subscribe(wishes, &self.reaches, &self.server).await;
        let broken = scheduling.await;
        self.scheduling = None;
        broken.context("the scheduler broke off")
    }

    /// What is due from here on is missed; what was claimed has begun before the runs are told to stop.
    async fn drain(self) -> anyhow::Result<()> {
        self.ending.cancel();
        let scheduled = match self.scheduling {
            Some(scheduling) => scheduling.await.context("the scheduler broke off"),
            None => Ok(()),
        };
        self.runs.drain(self.server.drain()).await;
        unsubscribe(self.subscription).await;
        scheduled
    }
}

/// Has the service tell when agents are ready. Where it does not, they are looked at every few seconds all the same.
async fn subscribe(wishes: &Wishes, reaches: &Reaches, server: &Server) -> Option<Subscription> {
    let url = wishes.public_url.as_ref()?;
    match Subscription::register(&reaches.own, url).await {
        Ok(subscription) => {
            server.listen_to_service(subscription.secret.clone());
            output::tell(format_args!("The service tells {url} when an agent is ready.\n"));
            Some(subscription)
        }
        Err(failure) => {
            let message = failure.message;
            output::tell(format_args!("The service cannot tell when an agent is ready, so it is asked: {message}\n"));
            None
        }
    }
}

/// What is left behind is removed by the next server at the address.
async fn unsubscribe(subscription: Option<Subscription>) {
    let Some(subscription) = subscription else { return };
    match tokio::time::timeout(PARTING, subscription.end()).await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => tracing::warn!(message = failure.message, "the webhook is still registered"),
        Err(_) => tracing::warn!("the webhook is still registered: the service did not answer"),
    }
}

fn tell_taken_up(taken_up: &TakenUp) {
    let TakenUp { resumed, waiting } = taken_up;
    if !resumed.is_empty() {
        let names: Vec<&str> = resumed.iter().map(RunId::as_str).collect();
        output::tell(format_args!("resumed: {}\n", names.join(", ")));
    }
    if *waiting > 0 {
        let verb = if *waiting == 1 { "waits" } else { "wait" };
        output::tell(format_args!(
            "{} {verb} for a person: `runsheet runs` lists them\n",
            counted(*waiting as u64, "run")
        ));
    }
}

/// Requests to end: SIGTERM and Ctrl-C.
struct Endings {
    terminate: Signal,
    interrupt: Signal,
}

impl Endings {
    /// Listens from now on: one that comes before anybody asks is not lost.
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
