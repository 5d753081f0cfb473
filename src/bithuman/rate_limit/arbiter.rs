//! Who goes out next, decided over instants: no task, no clock, no lock.
//!
//! A token goes to the highest priority that can take it: a slot free, its throttle open. Runs of one priority take
//! turns at each bucket: the one that was served there the longest ago is next, so that neither numbers nor idleness
//! earn anything. Within a run the soonest deadline goes first, then who came first; probes go so round by round, so
//! that all who wait have their share. Probes and other writes of a run take turns, for as long as the probes have
//! tokens. Whoever is too late is told so and takes nothing.
//!
//! The bucket of probes has turns of its own: while another run's probe has waited longer, a run's own lines go on
//! and its probes do not, else a run that both speaks and probes could never probe beside one that only probes.

use std::collections::BTreeMap;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::lane::{Buckets, Lane};
use super::member::{Answer, Member, Queue, Spot, Taken};
use super::run_queue::{Claim, RunTurn};
use crate::outcome::Tier;
use crate::share::Priority;

const TIERS: [Tier; 4] = [Tier::None, Tier::Read, Tier::Write, Tier::Generate];

/// A run, as it was numbered when it joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MemberId(u64);

/// The account's buckets and all who wait for them.
#[derive(Debug)]
pub(super) struct Arbiter {
    pub(super) buckets: Buckets,
    pub(super) members: BTreeMap<MemberId, Member>,
    joined: u64,
    arrived: u64,
    granted: u64,
}

/// Who could be served next at one tier.
struct Choice {
    member: MemberId,
    queue: Queue,
    served: u64,
}

impl Arbiter {
    pub(super) fn new(now: Instant) -> Self {
        Self { buckets: Buckets::new(now), members: BTreeMap::new(), joined: 0, arrived: 0, granted: 0 }
    }

    /// Takes a run among those that share the account.
    pub(super) fn join(&mut self, turn: RunTurn, now: Instant) -> MemberId {
        self.joined += 1;
        let id = MemberId(self.joined);
        self.members.insert(id, Member::new(turn, now));
        id
    }

    /// Forgets a run.
    pub(super) fn leave(&mut self, id: MemberId) {
        self.members.remove(&id);
    }

    /// Puts one in its run's queue. None where the run has left.
    pub(super) fn enter(
        &mut self,
        id: MemberId,
        claim: &Claim,
        now: Instant,
    ) -> Option<(Spot, oneshot::Receiver<Answer>)> {
        let (sender, receiver) = oneshot::channel();
        self.arrived += 1;
        let spot = self.members.get_mut(&id)?.enter(claim, (self.arrived, now), sender);
        Some((spot, receiver))
    }

    /// Takes one out who no longer waits; false when it has its answer already.
    pub(super) fn withdraw(&mut self, id: MemberId, spot: Spot) -> bool {
        self.members.get_mut(&id).is_some_and(|member| member.withdraw(spot))
    }

    /// Frees a slot of a run.
    pub(super) fn release(&mut self, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.free_slot();
        }
    }

    /// Takes back what was granted to one who did not live to see it.
    pub(super) fn give_back(&mut self, id: MemberId, queue: Queue, taken: Taken, now: Instant) {
        if let Some(lane) = Lane::of(queue.tier()) {
            self.buckets.of_mut(lane).give_back(taken.token, now);
        }
        if queue.is_probe() {
            self.buckets.of_mut(Lane::Probe).give_back(taken.probe, now);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.give_back(queue, now);
        }
    }

    /// How many wait for a token of a tier. Probes and other writes take turns, so of probes count no more than of those.
    pub(super) fn waiting(&self, tier: Tier) -> u32 {
        let others: usize = self.members.values().map(|member| member.waiting(tier)).sum();
        let probes: usize = self.members.values().map(Member::waiting_probes).sum();
        let probes = if tier == Tier::Write { probes.min(others + 1) } else { 0 };
        u32::try_from(others + probes).unwrap_or(u32::MAX)
    }

    /// Answers everybody who can be answered now.
    pub(super) fn pump(&mut self, now: Instant) {
        for waiter in self.members.values_mut().flat_map(|member| member.expire(now)) {
            waiter.tell(None);
        }
        while let Some((member, queue)) = self.choose(now) {
            self.grant(member, queue, now);
        }
    }

    /// The next instant at which somebody could be answered by the passing of time alone. Asked after `pump`.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        self.members.values().filter_map(|member| member.next(&self.buckets, now)).min()
    }

    /// Over all tiers, which share a run's slots only: the tier that its run was served at the longest ago.
    fn choose(&self, now: Instant) -> Option<(MemberId, Queue)> {
        let choices = TIERS.into_iter().filter_map(|tier| self.choose_of(tier, now));
        choices.min_by_key(|choice| choice.served).map(|choice| (choice.member, choice.queue))
    }

    fn choose_of(&self, tier: Tier, now: Instant) -> Option<Choice> {
        if !self.buckets.wait(Lane::of(tier), now).is_zero() {
            return None;
        }
        let has_probes = tier == Tier::Write && self.buckets.wait(Some(Lane::Probe), now).is_zero();
        Priority::ALL.into_iter().find_map(|priority| {
            let able = self.members.iter().filter(|(_, member)| member.priority == priority && member.has_slot());
            let probing = able.clone().filter(|(_, member)| has_probes && member.could_probe(now));
            let prober = probing.min_by_key(|(_, member)| member.probed).map(|(id, _)| *id);
            let choices = able.filter_map(|(id, member)| {
                let queue = member.pick(tier, prober == Some(*id), now)?;
                Some(Choice { member: *id, queue, served: member.served[tier as usize] })
            });
            choices.min_by_key(|choice| choice.served)
        })
    }

    fn grant(&mut self, id: MemberId, queue: Queue, now: Instant) {
        self.granted += 1;
        let served = self.members.get_mut(&id).and_then(|member| member.serve(queue, self.granted, now));
        let Some(waiter) = served else { return };
        let token = Lane::of(queue.tier()).map_or(0, |lane| self.buckets.of_mut(lane).take(now));
        let probe = if queue.is_probe() { self.buckets.of_mut(Lane::Probe).take(now) } else { 0 };
        waiter.tell(Some(Taken { token, probe }));
    }
}

#[cfg(test)]
mod tests;
