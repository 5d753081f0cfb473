//! One run at the account's buckets: those of it who wait, in their order, its slots and its throttle.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::gauge::Gauge;
use super::lane::{Buckets, Lane};
use super::run_queue::{Claim, Kind, RunTurn, Until};
use crate::clock::Timestamp;
use crate::outcome::Tier;
use crate::share::Priority;

/// The queues of a run: its requests by tier, its lines by tier, its probes.
const QUEUES: usize = 9;
const PROBES: Queue = Queue(QUEUES - 1);
/// How long a round takes in who comes: as long as the longest pause between two tries of one line.
const ROUND: Duration = Duration::from_secs(120);

/// One of a run's queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queue(usize);

/// Where one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) queue: Queue,
    pub(super) order: Order,
}

/// The order in a queue: the soonest deadline first, then who came first, round by round. Probes come again and again,
/// and lines of a long loop one after the other, so that those whose time is up soonest would leave nothing to the
/// others, and to those without a deadline least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// In seconds since the run joined: of a probe when its round began, of others when they are too late, or when a
    /// round is over from when they came.
    turn: u64,
    deadline: Timestamp,
    arrival: u64,
}

/// The tokens that a grant took, as their buckets marked them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) token: u32,
    pub(super) probe: u32,
}

/// Who waits: a grant, or nothing because it is too late.
pub(super) type Answer = Option<Taken>;

#[derive(Debug)]
pub(super) struct Waiter {
    until: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

impl Waiter {
    pub(super) fn tell(self, answer: Answer) {
        // Who gave up is in no queue, so somebody is there to hear it.
        let _ = self.answer.send(answer);
    }
}

/// A run among those that share the account.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) priority: Priority,
    gauge: Option<Gauge>,
    /// Free slots; none where there is no limit.
    slots: Option<u32>,
    queues: [BTreeMap<Order, Waiter>; QUEUES],
    /// Those of each queue that have a deadline, the soonest first.
    late: [BTreeSet<(Timestamp, Order)>; QUEUES],
    /// When it joined: rounds are counted from here.
    joined: Instant,
    /// When it was served last, as a number that counts all grants, by tier.
    pub(super) served: [u64; 4],
    /// When a probe of it was served last.
    pub(super) probed: u64,
    /// Whether its last write was no probe, so that it is a probe's turn.
    is_turn_of_probe: bool,
}

impl Queue {
    pub(super) fn of(claim: &Claim) -> Self {
        match (claim.kind, claim.tier) {
            (Kind::Probe, Tier::Write) => PROBES,
            // Only writes have a bucket for probes.
            (Kind::Line | Kind::Probe, tier) => Self::lines(tier),
            (Kind::Request, tier) => Self::requests(tier),
        }
    }

    fn requests(tier: Tier) -> Self {
        Self(tier as usize)
    }

    fn lines(tier: Tier) -> Self {
        Self(4 + tier as usize)
    }

    pub(super) fn is_probe(self) -> bool {
        self == PROBES
    }

    pub(super) fn is_throttled(self) -> bool {
        self.0 >= 4
    }

    pub(super) fn tier(self) -> Tier {
        match self {
            PROBES => Tier::Write,
            Self(index) => [Tier::None, Tier::Read, Tier::Write, Tier::Generate][index % 4],
        }
    }
}

impl Member {
    pub(super) fn new(turn: RunTurn, now: Instant) -> Self {
        Self {
            priority: turn.priority,
            gauge: turn.throttle.map(|throttle| Gauge::new(throttle, now)),
            slots: turn.slots.map(|slots| slots.max(1)),
            queues: Default::default(),
            late: Default::default(),
            joined: now,
            served: [0; 4],
            probed: 0,
            is_turn_of_probe: false,
        }
    }

    /// Puts one at its place in a queue.
    pub(super) fn enter(
        &mut self,
        claim: &Claim,
        (arrival, now): (u64, Instant),
        answer: oneshot::Sender<Answer>,
    ) -> Spot {
        let queue = Queue::of(claim);
        let since = |instant: Instant| instant.duration_since(self.joined).as_secs();
        let order = Order {
            turn: match (queue.is_probe(), claim.until) {
                (true, _) => since(now) / ROUND.as_secs() * ROUND.as_secs(),
                (false, Some(until)) => since(until.instant.min(now + ROUND)),
                (false, None) => since(now + ROUND),
            },
            deadline: claim.until.map_or(Timestamp(i64::MAX), |until: Until| until.timestamp),
            arrival,
        };
        if claim.until.is_some() {
            self.late[queue.0].insert((order.deadline, order));
        }
        let waiter = Waiter { until: claim.until.map(|until| until.instant), answer };
        self.queues[queue.0].insert(order, waiter);
        Spot { queue, order }
    }

    /// Takes one out who no longer waits; false when it has its answer already.
    pub(super) fn withdraw(&mut self, spot: Spot) -> bool {
        self.take_out(spot).is_some()
    }

    fn take_out(&mut self, spot: Spot) -> Option<Waiter> {
        self.late[spot.queue.0].remove(&(spot.order.deadline, spot.order));
        self.queues[spot.queue.0].remove(&spot.order)
    }

    /// The place of the one of a queue whose deadline is the soonest.
    fn soonest_late(&self, queue: Queue) -> Option<Spot> {
        self.late[queue.0].first().map(|(_, order)| Spot { queue, order: *order })
    }

    fn deadline_of(&self, spot: Spot) -> Option<Instant> {
        self.queues[spot.queue.0].get(&spot.order)?.until
    }

    /// How many wait in a queue for a tier's token, probes aside.
    pub(super) fn waiting(&self, tier: Tier) -> usize {
        self.queues[Queue::requests(tier).0].len() + self.queues[Queue::lines(tier).0].len()
    }

    /// How many probes wait.
    pub(super) fn waiting_probes(&self) -> usize {
        self.queues[PROBES.0].len()
    }

    pub(super) fn has_slot(&self) -> bool {
        self.slots != Some(0)
    }

    pub(super) fn free_slot(&mut self) {
        if let Some(slots) = &mut self.slots {
            *slots += 1;
        }
    }

    /// Tells whether a probe waits that its own run does not hold back.
    pub(super) fn could_probe(&self, now: Instant) -> bool {
        self.is_open(PROBES, now)
    }

    /// The queue whose first may go next with a token of a tier. Probes and all else take turns.
    pub(super) fn pick(&self, tier: Tier, may_probe: bool, now: Instant) -> Option<Queue> {
        let open = [Queue::requests(tier), Queue::lines(tier)].into_iter().filter(|queue| self.is_open(*queue, now));
        let other = open.min_by_key(|queue| self.queues[queue.0].first_key_value().map(|(order, _)| *order));
        match other {
            Some(other) if !(may_probe && self.is_turn_of_probe) => Some(other),
            None if !may_probe => None,
            _ => Some(PROBES),
        }
    }

    /// Serves the first of a queue: takes it out, with a slot, and counts it. None where the queue is empty.
    pub(super) fn serve(&mut self, queue: Queue, count: u64, now: Instant) -> Option<Waiter> {
        let order = *self.queues[queue.0].first_key_value()?.0;
        let waiter = self.take_out(Spot { queue, order })?;
        if let Some(slots) = &mut self.slots {
            *slots -= 1;
        }
        if let Some(gauge) = self.gauge.as_mut().filter(|_| queue.is_throttled()) {
            gauge.take(now);
        }
        self.served[queue.tier() as usize] = count;
        if queue.is_probe() {
            self.probed = count;
        }
        if queue.tier() == Tier::Write {
            self.is_turn_of_probe = !queue.is_probe();
        }
        Some(waiter)
    }

    /// Takes back a slot and a line that did not go out.
    pub(super) fn give_back(&mut self, queue: Queue, now: Instant) {
        self.free_slot();
        if let Some(gauge) = self.gauge.as_mut().filter(|_| queue.is_throttled()) {
            gauge.give_back(now);
        }
    }

    /// Takes out all whose deadline is over.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waiter> {
        let mut late = Vec::new();
        for queue in (0..QUEUES).map(Queue) {
            while let Some(spot) = self.soonest_late(queue)
                && self.deadline_of(spot).is_some_and(|until| now > until)
            {
                late.extend(self.take_out(spot));
            }
        }
        late
    }

    /// The next instant at which one of it could be served or is too late; a freed slot comes unannounced.
    pub(super) fn next(&self, buckets: &Buckets, now: Instant) -> Option<Instant> {
        let queues = (0..QUEUES).map(Queue).filter_map(|queue| {
            self.queues[queue.0].first_key_value()?;
            let late = self.soonest_late(queue).and_then(|spot| self.deadline_of(spot));
            let late = late.map(|until| until + Duration::from_millis(1));
            let probe = Some(Lane::Probe).filter(|_| queue.is_probe());
            let wait = buckets.wait(Lane::of(queue.tier()), now).max(buckets.wait(probe, now));
            let wait = wait.max(self.throttled(queue, now)).max(Duration::from_millis(1));
            let served = self.has_slot().then(|| now + wait);
            late.into_iter().chain(served).min()
        });
        queues.min()
    }

    fn is_open(&self, queue: Queue, now: Instant) -> bool {
        !self.queues[queue.0].is_empty() && self.throttled(queue, now).is_zero()
    }

    fn throttled(&self, queue: Queue, now: Instant) -> Duration {
        let gauge = self.gauge.as_ref().filter(|_| queue.is_throttled());
        gauge.map_or(Duration::ZERO, |gauge| gauge.wait(now))
    }
}
