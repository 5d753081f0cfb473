//! What a cap makes of the times that a person was addressed.

use super::{Counted, Standing};
use crate::clock::Timestamp;
use crate::duration::Millis;

/// A time that a person was addressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    /// When.
    pub(super) at: Timestamp,
    /// When it is known whether anybody heard it, where that is still to come.
    pub(super) settles: Option<Timestamp>,
}

/// What a cap makes of the times that a person was addressed.
///
/// What is on its way counts, and is waited for: it may come to nothing.
pub(super) fn standing_of(counted: &Counted, contacts: &[Contact], now: Timestamp) -> Standing {
    let times = |settled: bool| -> Vec<Timestamp> {
        contacts.iter().filter(|contact| !settled || contact.settles.is_none()).map(|contact| contact.at).collect()
    };
    match (capped_until(counted, &times(true), now), capped_until(counted, &times(false), now)) {
        (Some(until), _) => Standing::Capped { until },
        (None, None) => Standing::Free,
        (None, Some(until)) => {
            let settles = contacts.iter().filter_map(|contact| contact.settles).min();
            Standing::Underway { until: settles.map_or(until, |settles| settles.min(until)) }
        }
    }
}

/// Until when a person is not to be addressed; none when they may be now.
fn capped_until(counted: &Counted, times: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let rolling = counted.rolling.and_then(|(max, every)| rolling(max, every, times, now));
    let day = counted.day.and_then(|(max, begins, ends)| {
        let today = times.iter().filter(|at| begins <= **at && **at < ends).count();
        (today >= max as usize).then_some(ends)
    });
    rolling.into_iter().chain(day).max()
}

/// When enough of the times lie behind; those of a clock that was ahead count as well.
fn rolling(max: u32, every: Millis, times: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let mut leaves: Vec<Timestamp> = times.iter().map(|at| *at + every).filter(|leaves| *leaves > now).collect();
    leaves.sort_unstable();
    let over = (leaves.len() + 1).checked_sub(max.max(1) as usize).filter(|over| *over > 0)?;
    Some(leaves[over - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(rolling: Option<(u32, u64)>, day: Option<(u32, i64, i64)>) -> Counted {
        Counted {
            group: "outbound".to_owned(),
            person: "Ada".to_owned(),
            rolling: rolling.map(|(max, every)| (max, Millis(every))),
            day: day.map(|(max, begins, ends)| (max, Timestamp(begins), Timestamp(ends))),
        }
    }

    fn until(counted: &Counted, times: &[i64], now: i64) -> Option<i64> {
        let times: Vec<_> = times.iter().copied().map(Timestamp).collect();
        capped_until(counted, &times, Timestamp(now)).map(|until| until.0)
    }

    #[test]
    fn a_rolling_cap_opens_when_enough_lies_behind() {
        let once = counted(Some((1, 100)), None);
        assert_eq!([until(&once, &[], 50), until(&once, &[0], 99), until(&once, &[0], 100)], [None, Some(100), None]);
        let twice = counted(Some((2, 100)), None);
        assert_eq!(until(&twice, &[10], 50), None);
        assert_eq!(until(&twice, &[30, 10], 50), Some(110));
        assert_eq!(until(&twice, &[30, 10, 20], 50), Some(120), "more than it allows, as after a change of the file");
        assert_eq!(until(&once, &[900], 50), Some(1000), "a clock that was ahead");
    }

    #[test]
    fn a_cap_of_a_day_opens_with_the_next_day_and_the_later_of_two_holds() {
        let daily = counted(None, Some((1, 0, 1000)));
        assert_eq!([until(&daily, &[0], 999), until(&daily, &[-1], 5)], [Some(1000), None]);
        let both = counted(Some((1, 100)), Some((2, 0, 1000)));
        assert_eq!(until(&both, &[10, 940], 960), Some(1040));
        assert_eq!(until(&both, &[10, 20], 960), Some(1000));
    }
}
