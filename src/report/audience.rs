//! The people whom a loop addresses, counted as their lines go out, wait or stay unsaid.
//!
//! A person is an item of the loop; a line is a *once* step of its body. Each person counts once, by the first of
//! these that holds, so that the counts always add up to all of them:
//!
//! 1. *unknown*, *failed*: any line is; a step of the body that is no line can make a person *failed* too;
//! 2. *heard*: any line was heard. From then on a person counts so, whatever becomes of lines that follow;
//! 3. *waiting for room*, *outside window*, *capped*: the line that waits, the last one where several do;
//! 4. *to come*: a line is neither out nor given up;
//! 5. *cancelled*, else why the last line was not said: *expired*, *excluded* and the like, *skipped* for all else.
//!
//! One change of one step costs the same however many people there are.

use std::fmt;

use crate::engine::command::WaitReason;
use crate::outcome::Effect;
use crate::plan::model::{ItemStep, Loop, Node, Work};
use crate::report::event::PublicAudience;
use crate::report::step::State;

/// Where a person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Heard a line.
    Heard,
    /// Heard it in the earlier run that this one repeats.
    Carried,
    /// A step failed.
    Failed,
    /// Nobody knows whether a line was heard.
    Unknown,
    /// Nobody is in the room yet.
    WaitingForRoom,
    /// It is not the hour to address them.
    OutsideWindow,
    /// They were addressed too often, for now or until it was too late.
    Capped,
    /// They are among those to leave out.
    Excluded,
    /// It was too late.
    Expired,
    /// It was said before, in this run or another.
    AlreadySent,
    /// A newer line waits for them.
    Superseded,
    /// They are among those who hear nothing.
    HeldOut,
    /// Nothing was said for another reason, such as a condition.
    Skipped,
    /// The run was ended before their turn.
    Cancelled,
    /// Their turn is to come, or under way.
    ToCome,
}

/// Every standing, in the order in which people are told of them.
pub const STANDINGS: [Standing; 15] = [
    Standing::Heard,
    Standing::Carried,
    Standing::Failed,
    Standing::Unknown,
    Standing::WaitingForRoom,
    Standing::OutsideWindow,
    Standing::Capped,
    Standing::Excluded,
    Standing::Expired,
    Standing::AlreadySent,
    Standing::Superseded,
    Standing::HeldOut,
    Standing::Skipped,
    Standing::Cancelled,
    Standing::ToCome,
];

/// The people of one loop.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Whether rules, exclusions or empty rooms can keep a line from going out.
    pub is_ruled: bool,
    lines: Vec<bool>,
    /// The steps of the first person, then of the second, and so on.
    slots: Vec<Slot>,
    counts: [usize; STANDINGS.len()],
    people: usize,
}

/// What one step makes of its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// Nothing: a step that is no line, and did not fail.
    Aside,
    /// A line to come, or under way.
    Coming,
    /// A line that waits.
    Waits(Standing),
    /// What it ended as.
    Ended(Standing),
}

impl Standing {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Carried => "carried",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::WaitingForRoom => "waiting_for_room",
            Self::OutsideWindow => "outside_window",
            Self::Capped => "capped",
            Self::Excluded => "excluded",
            Self::Expired => "expired",
            Self::AlreadySent => "already_sent",
            Self::Superseded => "superseded",
            Self::HeldOut => "held_out",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::ToCome => "to_come",
        }
    }
}

/// The words for people: `waiting for room`.
impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&match self {
            Self::Carried => "heard before".to_owned(),
            Self::ToCome => "still to come".to_owned(),
            other => other.word().replace('_', " "),
        })
    }
}

impl Audience {
    /// The people of a loop before the first of them had their turn; none where the loop says nothing to anybody.
    pub fn of(inner: &Loop, people: usize) -> Option<Self> {
        let lines: Vec<bool> = inner.body.iter().map(is_line).collect();
        if !lines.contains(&true) {
            return None;
        }
        let is_ruled = !inner.exclude.is_empty() || inner.body.iter().any(is_ruled);
        let slots = lines.iter().map(|is_line| if *is_line { Slot::Coming } else { Slot::Aside });
        let slots = slots.cycle().take(lines.len() * people).collect();
        let mut counts = [0; STANDINGS.len()];
        counts[Standing::ToCome as usize] = people;
        Some(Self { is_ruled, lines, slots, counts, people })
    }

    /// Takes in the state that a step of a person came to. `is_failure` is false where a failure of it is let pass;
    /// `is_carried` where it ended in the run that is repeated.
    pub fn take(&mut self, step: ItemStep, state: &State, is_failure: bool, is_carried: bool) {
        let Some(is_line) = self.lines.get(step.inner as usize) else { return };
        let is_line = *is_line;
        let Some(before) = self.standing(step.index) else { return };
        let slot = &mut self.slots[step.index as usize * self.lines.len() + step.inner as usize];
        *slot = match (is_line, state) {
            // To look into the room is part of waiting for somebody there.
            (true, State::Running) if *slot == Slot::Waits(Standing::WaitingForRoom) => *slot,
            (true, _) => line(state, is_carried),
            (false, State::Failed) if is_failure => Slot::Ended(Standing::Failed),
            (false, _) => Slot::Aside,
        };
        self.counts[before as usize] -= 1;
        if let Some(after) = self.standing(step.index) {
            self.counts[after as usize] += 1;
        }
    }

    /// Where a person stands, by their place in the list.
    pub fn standing(&self, index: u32) -> Option<Standing> {
        let begins = index as usize * self.lines.len();
        self.slots.get(begins..begins + self.lines.len()).map(standing)
    }

    /// How many people stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.counts[standing as usize]
    }

    /// The counts that are not zero, in the order in which people are told of them.
    pub fn counts(&self) -> impl Iterator<Item = (Standing, usize)> {
        STANDINGS.into_iter().map(|standing| (standing, self.count(standing))).filter(|(_, count)| *count > 0)
    }

    /// How many people there are.
    pub fn people(&self) -> usize {
        self.people
    }
}

impl From<&Audience> for PublicAudience {
    fn from(audience: &Audience) -> Self {
        let count = |standing| audience.count(standing) as u64;
        Self {
            people: audience.people as u64,
            heard: count(Standing::Heard),
            carried: count(Standing::Carried),
            failed: count(Standing::Failed),
            unknown: count(Standing::Unknown),
            waiting_for_room: count(Standing::WaitingForRoom),
            outside_window: count(Standing::OutsideWindow),
            capped: count(Standing::Capped),
            excluded: count(Standing::Excluded),
            expired: count(Standing::Expired),
            already_sent: count(Standing::AlreadySent),
            superseded: count(Standing::Superseded),
            held_out: count(Standing::HeldOut),
            skipped: count(Standing::Skipped),
            cancelled: count(Standing::Cancelled),
            to_come: count(Standing::ToCome),
        }
    }
}

/// Tells whether a step says something that cannot be unsaid.
pub(crate) fn is_line(node: &Node) -> bool {
    matches!(node.work, Work::Exchange(_)) && node.effect() == Effect::Once
}

fn is_ruled(node: &Node) -> bool {
    let waits = matches!(&node.work, Work::Exchange(work) if work.fields.contains_key("wait_for_room"));
    is_line(node) && (waits || !node.rules.is_empty())
}

fn line(state: &State, is_carried: bool) -> Slot {
    Slot::Ended(match state {
        State::Waiting { reason: WaitReason::Room, .. } => return Slot::Waits(Standing::WaitingForRoom),
        State::Waiting { reason: WaitReason::Window, .. } => return Slot::Waits(Standing::OutsideWindow),
        State::Waiting { reason: WaitReason::Cap, .. } => return Slot::Waits(Standing::Capped),
        State::Holding { .. } | State::Succeeded if is_carried => Standing::Carried,
        State::Holding { .. } | State::Succeeded => Standing::Heard,
        State::Failed => Standing::Failed,
        State::Asking | State::Unknown => Standing::Unknown,
        State::Cancelled => Standing::Cancelled,
        State::Skipped { reason } => skipped(reason),
        _ => return Slot::Coming,
    })
}

fn skipped(reason: &str) -> Standing {
    let told = [
        Standing::Excluded,
        Standing::Expired,
        Standing::Capped,
        Standing::AlreadySent,
        Standing::Superseded,
        Standing::HeldOut,
    ];
    told.into_iter().find(|standing| standing.word() == reason).unwrap_or(Standing::Skipped)
}

fn standing(slots: &[Slot]) -> Standing {
    let first = [Standing::Unknown, Standing::Failed, Standing::Heard, Standing::Carried];
    if let Some(found) = first.into_iter().find(|standing| slots.contains(&Slot::Ended(*standing))) {
        return found;
    }
    let last = |pick: fn(&Slot) -> Option<Standing>| slots.iter().rev().find_map(pick);
    let waits = |slot: &Slot| if let Slot::Waits(standing) = slot { Some(*standing) } else { None };
    let coming = |slot: &Slot| (*slot == Slot::Coming).then_some(Standing::ToCome);
    let cancelled = |slot: &Slot| (*slot == Slot::Ended(Standing::Cancelled)).then_some(Standing::Cancelled);
    let reason = |slot: &Slot| match slot {
        Slot::Ended(standing) => Some(*standing).filter(|standing| *standing != Standing::Skipped),
        _ => None,
    };
    let found = last(waits).or_else(|| last(coming)).or_else(|| last(cancelled)).or_else(|| last(reason));
    found.unwrap_or(Standing::Skipped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::report::sample::addressing;

    fn audience(people: usize, lines: u32) -> Audience {
        Audience::of(&addressing(lines), people).unwrap()
    }

    fn waits(reason: WaitReason) -> State {
        State::Waiting { until: Timestamp(0), reason }
    }

    fn skipped(reason: &str) -> State {
        State::Skipped { reason: reason.to_owned() }
    }

    /// Where a person stands after these states of their lines, which the counts must agree with.
    #[track_caller]
    fn after(states: &[(u32, State)]) -> Standing {
        let mut audience = audience(3, 2);
        for (inner, state) in states {
            audience.take(ItemStep { index: 1, inner: *inner }, state, true, false);
            assert_eq!(audience.counts().map(|(_, count)| count).sum::<usize>(), 3);
        }
        let standing = audience.standing(1).unwrap();
        assert!(audience.count(standing) > 0 && audience.count(Standing::ToCome) >= 2);
        standing
    }

    #[test]
    fn a_person_who_heard_a_line_counts_so_unless_something_went_wrong() {
        assert_eq!(after(&[(0, State::Succeeded)]), Standing::Heard);
        assert_eq!(after(&[(0, State::Succeeded), (1, waits(WaitReason::Room))]), Standing::Heard);
        assert_eq!(after(&[(0, State::Succeeded), (1, skipped("expired"))]), Standing::Heard);
        assert_eq!(after(&[(0, State::Succeeded), (1, State::Failed)]), Standing::Failed);
        assert_eq!(after(&[(0, State::Failed), (1, State::Asking)]), Standing::Unknown);
        assert_eq!(after(&[(1, State::Asking), (1, State::Succeeded)]), Standing::Heard);
    }

    #[test]
    fn who_waits_counts_where_the_line_waits_and_who_will_hear_nothing_by_the_reason() {
        assert_eq!(after(&[(0, waits(WaitReason::Window))]), Standing::OutsideWindow);
        assert_eq!(after(&[(0, waits(WaitReason::Window)), (0, State::Running)]), Standing::ToCome);
        assert_eq!(after(&[(0, waits(WaitReason::Room)), (0, State::Running)]), Standing::WaitingForRoom);
        assert_eq!(after(&[(0, waits(WaitReason::Delay))]), Standing::ToCome);
        assert_eq!(after(&[(0, waits(WaitReason::Cap))]), Standing::Capped);
        assert_eq!(after(&[(0, skipped("capped"))]), Standing::ToCome, "the second line is to come");
        assert_eq!(after(&[(0, skipped("already_sent")), (1, skipped("upstream"))]), Standing::AlreadySent);
        assert_eq!(after(&[(0, skipped("condition")), (1, skipped("condition"))]), Standing::Skipped);
        assert_eq!(after(&[(0, skipped("expired")), (1, State::Cancelled)]), Standing::Cancelled);
    }

    #[test]
    fn every_reason_of_a_rule_has_a_count_of_its_own() {
        for standing in STANDINGS {
            assert_eq!(STANDINGS[standing as usize], standing, "the order of the counts");
        }
        for word in ["already_sent", "excluded", "capped", "superseded", "held_out", "expired"] {
            assert_eq!(super::skipped(word).word(), word);
        }
    }

    #[test]
    fn a_loop_without_rules_is_told_apart_and_one_that_says_nothing_has_no_audience() {
        let mut plain = addressing(1);
        assert!(Audience::of(&plain, 1).unwrap().is_ruled);
        plain.body[0].rules = Default::default();
        assert!(!Audience::of(&plain, 1).unwrap().is_ruled);
        plain.body.clear();
        assert!(Audience::of(&plain, 1).is_none());
    }
}
