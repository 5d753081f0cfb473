//! An account as plainly as it can be told: every waiter in one list, every rule a look over all of it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;

use super::*;
use crate::bithuman::rate_limit::member::Answer;
use crate::bithuman::rate_limit::run_queue::{Kind, Until};
use crate::clock::Timestamp;

/// Tokens a minute by lane: few, so that all of them are fought for.
pub const LIMITS: [u32; 4] = [30, 12, 4, 6];
/// What floats may be off.
const HAIR: f64 = 1e-6;

struct Pail {
    level: f64,
    most: f64,
    per_second: f64,
    blocked: Instant,
    lowered: u32,
}

impl Pail {
    fn new(most: f64, per_second: f64, now: Instant) -> Self {
        Self { level: most, most, per_second, blocked: now, lowered: 0 }
    }
}

struct One {
    run: usize,
    tier: Tier,
    kind: Kind,
    until: Option<Instant>,
    spot: Spot,
    answer: oneshot::Receiver<Answer>,
}

struct InFlight {
    one: (usize, Queue),
    kind: Kind,
    taken: Taken,
}

pub struct Play {
    arbiter: Arbiter,
    start: Instant,
    now: Instant,
    runs: Vec<(MemberId, RunTurn, Option<Pail>, u32)>,
    pails: Vec<Pail>,
    waiting: Vec<One>,
    in_flight: Vec<InFlight>,
    granted: HashMap<(usize, u8), usize>,
    /// How far the first of two runs is ahead at a bucket while both wait there.
    ahead: HashMap<(usize, usize, Lanes), i64>,
}

/// A bucket for which runs take turns: by tier, and that of the probes.
type Lanes = (u8, bool);

impl Play {
    pub fn of(turns: &[RunTurn]) -> Self {
        let now = Instant::now();
        let mut arbiter = Arbiter::new(now);
        for lane in [Lane::Read, Lane::Write, Lane::Generate] {
            arbiter.buckets.learn(lane, LIMITS[lane as usize], Source::Header, now);
        }
        let pail = |throttle: Throttle| Pail::new(f64::from(throttle.burst), throttle.rate, now);
        let runs = turns.iter().map(|turn| (arbiter.join(*turn, now), *turn, turn.throttle.map(pail), 0)).collect();
        let pails = LIMITS.iter().map(|limit| Pail::new(f64::from(*limit), f64::from(*limit) / 60.0, now)).collect();
        let (waiting, in_flight) = (Vec::new(), Vec::new());
        Self {
            arbiter,
            start: now,
            now,
            runs,
            pails,
            waiting,
            in_flight,
            granted: HashMap::new(),
            ahead: HashMap::new(),
        }
    }

    pub fn granted(&self, run: usize, kind: Kind) -> usize {
        self.granted.get(&(run, kind as u8)).copied().unwrap_or_default()
    }

    pub fn come(&mut self, run: usize, tier: Tier, kind: Kind, patience: Option<u64>) {
        let run = run % self.runs.len();
        let until = patience.map(|patience| self.now + Duration::from_millis(patience));
        let timestamp = |instant: Instant| Timestamp((instant - self.start).as_millis() as i64);
        let claim = Claim { tier, kind, until: until.map(|instant| Until { timestamp: timestamp(instant), instant }) };
        let (spot, answer) = self.arbiter.enter(self.runs[run].0, &claim, self.now).expect("a run that has joined");
        let kind = if tier == Tier::Write || kind == Kind::Request { kind } else { Kind::Line };
        self.waiting.push(One { run, tier, kind, until, spot, answer });
    }

    pub fn give_up(&mut self, which: usize) {
        if !self.waiting.is_empty() {
            let one = self.waiting.swap_remove(which % self.waiting.len());
            assert!(self.arbiter.withdraw(self.runs[one.run].0, one.spot));
        }
    }

    pub fn end(&mut self, which: usize) {
        if !self.in_flight.is_empty() {
            let ended = self.in_flight.swap_remove(which % self.in_flight.len());
            self.runs[ended.one.0].3 -= 1;
            self.arbiter.release(self.runs[ended.one.0].0);
        }
    }

    pub fn vanish(&mut self, which: usize) {
        if self.in_flight.is_empty() {
            return;
        }
        let InFlight { one: (run, queue), kind, taken } = self.in_flight.swap_remove(which % self.in_flight.len());
        self.arbiter.give_back(self.runs[run].0, queue, taken, self.now);
        self.runs[run].3 -= 1;
        let marks = [(Lane::of(queue.tier()), taken.token), (Some(Lane::Probe), taken.probe)];
        for (lane, mark) in marks.into_iter().take(if kind == Kind::Probe { 2 } else { 1 }) {
            if let Some(pail) = lane.map(|lane| &mut self.pails[lane as usize]).filter(|pail| pail.lowered == mark) {
                pail.level = (pail.level + 1.0).min(pail.most);
            }
        }
        if let Some(pail) = self.runs[run].2.as_mut().filter(|_| kind != Kind::Request) {
            pail.level = (pail.level + 1.0).min(pail.most);
        }
    }

    pub fn hear_of(&mut self, lane: Lane, left: u32, blocked: Duration) {
        let pail = &mut self.pails[lane as usize];
        if pail.level > f64::from(left) {
            (pail.level, pail.lowered) = (f64::from(left), pail.lowered + 1);
        }
        pail.blocked = pail.blocked.max(self.now + blocked);
        self.arbiter.buckets.of_mut(lane).learn_remaining(left, self.now);
        self.arbiter.buckets.of_mut(lane).block(blocked, self.now);
    }

    /// Passes time, and rings the arbiter whenever it wants to be rung.
    pub fn pass(&mut self, length: Duration) {
        let end = self.now + length;
        while let Some(next) = self.arbiter.next(self.now).filter(|next| *next <= end) {
            self.fill(next);
            self.pump();
        }
        self.fill(end);
        if self.arbiter.next(end).is_none_or(|next| next > end + Duration::from_millis(1)) {
            self.nobody_could_go();
        }
    }

    /// Lets everybody have an answer, each exchange ending as soon as it goes out.
    pub fn play_out(&mut self) {
        for _ in 0..10_000 {
            while !self.in_flight.is_empty() {
                self.end(0);
            }
            self.pump();
            match self.arbiter.next(self.now) {
                Some(next) => self.pass(next - self.now),
                None if self.in_flight.is_empty() => break,
                None => {}
            }
        }
        assert_eq!(self.waiting.len(), 0, "nobody waits for ever");
        assert!(TIERS.into_iter().all(|tier| self.arbiter.waiting(tier) == 0));
    }

    fn fill(&mut self, to: Instant) {
        let seconds = (to - self.now).as_secs_f64();
        for pail in self.pails.iter_mut().chain(self.runs.iter_mut().filter_map(|(_, _, pail, _)| pail.as_mut())) {
            pail.level = (pail.level + seconds * pail.per_second).min(pail.most);
        }
        self.now = to;
    }

    pub fn pump(&mut self) {
        let before = self.contests();
        self.arbiter.pump(self.now);
        let (mut waiting, mut granted) = (Vec::new(), Vec::new());
        for mut one in std::mem::take(&mut self.waiting) {
            let is_late = one.until.is_some_and(|until| self.now > until);
            match one.answer.try_recv() {
                Ok(Some(taken)) => {
                    assert!(!is_late, "granted too late");
                    self.count(&one, taken);
                    granted.push(one);
                }
                Ok(None) => assert!(is_late, "too late too early"),
                Err(oneshot::error::TryRecvError::Empty) if !is_late => waiting.push(one),
                Err(why) => panic!("{why}, late: {is_late}"),
            }
        }
        self.waiting = waiting;
        self.nobody_could_go();
        for (went, waits) in granted.iter().flat_map(|went| self.waiting.iter().map(move |waits| (went, waits))) {
            let is_same = went.run == waits.run && went.spot.queue == waits.spot.queue;
            assert!(!is_same || went.spot.order < waits.spot.order, "the round, then the soonest deadline goes first");
            let goes_first = self.runs[waits.run].1.priority < self.runs[went.run].1.priority;
            let could = waits.tier == went.tier && self.is_held_by_none(waits) && self.has_probe(waits);
            assert!(!(goes_first && could), "priority");
        }
        self.turns_are_taken(&before, &granted);
    }

    fn count(&mut self, one: &One, taken: Taken) {
        let probe = (one.kind == Kind::Probe).then_some(Lane::Probe);
        for lane in Lane::of(one.tier).into_iter().chain(probe) {
            let pail = &mut self.pails[lane as usize];
            assert!(pail.level >= 1.0 - HAIR && pail.blocked <= self.now, "more than {lane:?} allows");
            pail.level -= 1.0;
        }
        let (_, turn, throttle, busy) = &mut self.runs[one.run];
        if let Some(pail) = throttle.as_mut().filter(|_| one.kind != Kind::Request) {
            assert!(pail.level >= 1.0 - HAIR, "more than the throttle allows");
            pail.level -= 1.0;
        }
        *busy += 1;
        assert!(turn.slots.is_none_or(|slots| *busy <= slots), "more than there are slots");
        *self.granted.entry((one.run, one.kind as u8)).or_default() += 1;
        self.in_flight.push(InFlight { one: (one.run, one.spot.queue), kind: one.kind, taken });
    }

    /// Tells whether neither slots nor throttle of its own run hold one.
    fn is_held_by_none(&self, one: &One) -> bool {
        let (_, turn, throttle, busy) = &self.runs[one.run];
        let is_open =
            throttle.as_ref().filter(|_| one.kind != Kind::Request).is_none_or(|pail| pail.level > 1.0 + HAIR);
        turn.slots.is_none_or(|slots| *busy < slots) && is_open
    }

    fn has_token(&self, lane: Option<Lane>) -> bool {
        let pail = lane.map(|lane| &self.pails[lane as usize]);
        pail.is_none_or(|pail| pail.level > 1.0 + HAIR && pail.blocked <= self.now)
    }

    fn has_probe(&self, one: &One) -> bool {
        self.has_token(Some(Lane::Probe).filter(|_| one.kind == Kind::Probe))
    }

    fn nobody_could_go(&self) {
        let could = |one: &&One| {
            self.is_held_by_none(one)
                && self.has_token(Lane::of(one.tier))
                && self.has_probe(one)
                && one.until.is_none_or(|until| self.now <= until)
        };
        let left = self.waiting.iter().find(could).map(|one| (one.run, one.tier, one.kind));
        assert_eq!(left, None, "a token lies idle");
    }

    /// The buckets at which two runs of one priority both wait and could both be next. Among probes and other writes
    /// at once it is the two kinds of a run that take turns, so there only the probes are compared.
    fn contests(&self) -> Vec<(usize, usize, Lanes)> {
        let waits = |run: usize, lanes: Lanes| {
            let own = self.waiting.iter().filter(move |one| one.run == run && one.tier as u8 == lanes.0);
            own.clone().any(|one| (one.kind == Kind::Probe) == lanes.1 && self.is_held_by_none(one))
                && (lanes.1 || own.clone().all(|one| one.kind != Kind::Probe))
        };
        let lanes = (0..4).map(|tier| (tier, false)).chain([(Tier::Write as u8, true)]);
        let pairs = (0..self.runs.len()).flat_map(|a| (a + 1..self.runs.len()).map(move |b| (a, b)));
        let pairs = pairs.filter(|(a, b)| self.runs[*a].1.priority == self.runs[*b].1.priority);
        pairs
            .flat_map(|(a, b)| lanes.clone().map(move |lanes| (a, b, lanes)))
            .filter(|(a, b, lanes)| waits(*a, *lanes) && waits(*b, *lanes))
            .collect()
    }

    fn turns_are_taken(&mut self, before: &[(usize, usize, Lanes)], granted: &[One]) {
        let after = self.contests();
        self.ahead.retain(|contest, _| before.contains(contest) && after.contains(contest));
        for contest in after.into_iter().filter(|contest| before.contains(contest)) {
            let (a, b, lanes) = contest;
            let of = |run: usize| {
                let own = |one: &&One| one.run == run && (one.tier as u8, one.kind == Kind::Probe) == lanes;
                granted.iter().filter(own).count() as i64
            };
            let ahead = self.ahead.entry(contest).or_default();
            *ahead += of(a) - of(b);
            assert!(ahead.abs() <= 1, "runs {a} and {b} take turns at {lanes:?}: {ahead}");
        }
    }
}
