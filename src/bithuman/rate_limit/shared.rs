//! The arbiter behind its lock, those who wait as futures, and the one alarm that wakes it.
//!
//! Nobody who waits looks at a bucket: each is answered, once. Whatever changes something settles the account, and
//! in between a single task sleeps until the next instant that matters.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::arbiter::{Arbiter, MemberId};
use super::member::{Answer, Spot, Taken};
use super::run_queue::{Claim, RunTurn};
use crate::share::Priority;

#[derive(Debug)]
pub(super) struct Shared {
    book: Mutex<Book>,
    /// Those who wait beside any run: the account, its webhooks, its declared agents.
    pub(super) own: MemberId,
}

#[derive(Debug)]
struct Book {
    arbiter: Arbiter,
    alarm: Option<Alarm>,
    /// The runtime of whoever came last: a slot may be freed outside of any.
    runtime: Option<Handle>,
}

/// A task that sleeps until an instant. Dropped, it does not ring.
#[derive(Debug)]
struct Alarm {
    at: Instant,
    task: AbortHandle,
}

impl Shared {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let mut arbiter = Arbiter::new(now);
        let own = arbiter.join(RunTurn { priority: Priority::High, ..RunTurn::default() }, now);
        Self { book: Mutex::new(Book { arbiter, alarm: None, runtime: None }), own }
    }

    /// Changes something, and answers whoever can be answered because of it.
    pub(super) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut Arbiter, Instant) -> T) -> T {
        let mut book = self.book();
        let changed = change(&mut book.arbiter, Instant::now());
        self.settle(&mut book);
        changed
    }

    /// Looks without changing.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Arbiter, Instant) -> T) -> T {
        look(&self.book().arbiter, Instant::now())
    }

    /// Waits for a claim's answer.
    pub(super) async fn wait(self: &Arc<Self>, member: MemberId, claim: Claim) -> Answer {
        let entered = {
            let mut book = self.book();
            book.runtime = Handle::try_current().ok();
            let entered = book.arbiter.enter(member, &claim, Instant::now());
            self.settle(&mut book);
            entered
        };
        let (spot, answer) = entered?;
        Waiting { shared: self, member, spot, answer, is_heard: false }.answer().await
    }

    fn settle(self: &Arc<Self>, book: &mut Book) {
        let now = Instant::now();
        book.arbiter.pump(now);
        match (book.arbiter.next(now), &book.alarm) {
            (None, _) => book.alarm = None,
            (Some(at), Some(alarm)) if alarm.at <= at && !alarm.task.is_finished() => {}
            (Some(at), _) => book.alarm = self.alarm(at, book.runtime.as_ref()),
        }
    }

    fn alarm(self: &Arc<Self>, at: Instant, runtime: Option<&Handle>) -> Option<Alarm> {
        let shared = self.clone();
        let task = runtime?.spawn(async move {
            tokio::time::sleep_until(at).await;
            let mut book = shared.book();
            // It has rung: forgotten, so that the next one is set.
            book.alarm = None;
            shared.settle(&mut book);
        });
        Some(Alarm { at, task: task.abort_handle() })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One who waits. Answers are sent under the lock and only to those in a queue, so the receiver is always there.
struct Waiting<'a> {
    shared: &'a Arc<Shared>,
    member: MemberId,
    spot: Spot,
    answer: oneshot::Receiver<Answer>,
    is_heard: bool,
}

impl Waiting<'_> {
    async fn answer(mut self) -> Option<Taken> {
        let answer = (&mut self.answer).await;
        self.is_heard = true;
        // A run that left answers nobody; who waits for it is dropped with it.
        answer.ok().flatten()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.is_heard {
            return;
        }
        let (member, spot) = (self.member, self.spot);
        self.shared.change(|arbiter, now| {
            if !arbiter.withdraw(member, spot)
                && let Ok(Some(taken)) = self.answer.try_recv()
            {
                arbiter.give_back(member, spot.queue, taken, now);
            }
        });
    }
}
