//! The executor that reaches for the service, from this process.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::actions;
use crate::actions::context::Context;
use crate::actions::http::web::Web;
use crate::bithuman::{Client, RunTurn};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::executors::executor::{Executor, Job, Later, Pace, Permit, Place};
use crate::executors::store::RunStore;
use crate::executors::turnstile::Turnstile;
use crate::outcome::{Exchange, Failure, Tier};

/// Reaches for the service.
#[derive(Clone)]
pub struct LocalExecutor(Arc<Inner>);

struct Inner {
    client: Client,
    web: Web,
    store: Arc<RunStore>,
    turnstile: Turnstile,
    clock: Box<dyn Clock>,
}

impl LocalExecutor {
    /// An executor with a client, the run's files and secrets, and how the run takes turns with others.
    pub fn new(client: Client, web: Web, store: Arc<RunStore>, turn: RunTurn) -> Self {
        let turnstile = Turnstile::new(client.rate_limits(), turn);
        Self(Arc::new(Inner { client, web, store, turnstile, clock: Box::new(SystemClock) }))
    }

    /// The same by another clock than the world's. Nothing may have been asked of it yet.
    pub fn going_by(self, clock: impl Clock + 'static) -> Self {
        let inner = Arc::try_unwrap(self.0).map(|inner| Inner { clock: Box::new(clock), ..inner });
        Self(inner.map_or_else(|shared| shared, Arc::new))
    }
}

impl Executor for LocalExecutor {
    fn admit(&self, place: Place) -> Later<Option<Permit>> {
        let inner = self.0.clone();
        Box::pin(async move {
            loop {
                let permit = inner.turnstile.pass(place, inner.clock.as_ref()).await;
                // The machine's clock may have been set back meanwhile: then it is not too late yet.
                if permit.is_some() || place.until.is_none_or(|until| inner.clock.now() > until) {
                    return permit;
                }
            }
        })
    }

    fn exchange(&self, job: Job) -> Later<Exchange> {
        let inner = self.0.clone();
        Box::pin(async move { inner.exchange(job).await })
    }

    fn pace(&self) -> Pace {
        Pace::Real
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn until(&self, instant: Timestamp) -> Duration {
        self.0.clock.until(instant)
    }

    fn advance_to(&self, _: Timestamp) {}
}

impl Inner {
    async fn exchange(&self, job: Job) -> Exchange {
        #[cfg(feature = "crash-points")]
        self.panic_when_asked();
        let rendering = &job.rendering;
        if rendering.reuse.is_some() {
            return self.reuse(&job).await;
        }
        let Some(execute) = actions::find(&job.action).and_then(|descriptor| descriptor.execute) else {
            let message = format!("this version has no action `{}`", job.action);
            return Exchange::Failed { failure: Failure::rejected("unknown_action", message) };
        };
        let client = self.client.with_timeout(job.timeout);
        let context = Context {
            client: &client,
            web: &self.web,
            agent: rendering.agent.as_deref(),
            room: rendering.room.as_deref(),
            idempotency_key: rendering.idempotency_key.as_deref(),
            timeout: job.timeout.as_duration(),
            waited: job.waited,
            looks: job.looks,
            allow_destroy: job.allow_destroy,
            store: self.store.as_ref(),
        };
        execute(rendering.fields.clone(), &context).await
    }

    /// A fault of the program with a secret in its message, for the test that looks for it.
    #[cfg(feature = "crash-points")]
    #[expect(clippy::panic, reason = "that is what it is for")]
    fn panic_when_asked(&self) {
        if std::env::var_os("RUNSHEET_PANIC").is_some() {
            let mut secrets: Vec<&str> = self.store.values.values().map(crate::secret::Secret::expose).collect();
            secrets.sort_unstable();
            panic!("forced, with {}", secrets.join(" and "));
        }
    }

    /// Uses an agent again that was bought before: at most its prompt is updated, at no cost.
    async fn reuse(&self, job: &Job) -> Exchange {
        let Some(reuse) = &job.rendering.reuse else {
            return Exchange::Failed { failure: Failure::rejected("no_agent", "there is no agent to use again") };
        };
        let prompt = job.rendering.fields.get("prompt").and_then(|prompt| prompt.as_str());
        if let Some(prompt) = prompt.filter(|_| reuse.update_prompt) {
            self.client.rate_limits().acquire(Tier::Write).await;
            if let Err(failure) = self.client.with_timeout(job.timeout).update_prompt(&reuse.agent, prompt).await {
                return Exchange::Failed { failure };
            }
        }
        Exchange::Done { result: json!({ "agent_id": reuse.agent, "status": reuse.status, "reused": true }) }
    }
}
