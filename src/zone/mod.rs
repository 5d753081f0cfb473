//! Time zones by their IANA names, as the machine knows them, else as they were when the program was built.
//!
//! A zone is found by its name once and cloned from then on: nothing here looks a name up again. Schedules walk
//! through its changes, windows through its stretches.

mod error;
mod local;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::diagnostic::nearest;
pub use error::ZoneError;
pub(crate) use local::{DAY, Stretch, Wall};

/// Names that databases have and that are nobody's zone: the machine's own, and those that stand for none.
const NOBODYS: [&str; 4] = ["localtime", "posixrules", "Factory", "Etc/Unknown"];

/// A time zone with a name; cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// The zone of this name, in any case.
    pub fn find(name: &str) -> Option<Self> {
        let rules = TimeZone::get(name).ok()?;
        let name = rules.iana_name().unwrap_or(name);
        (!is_nobodys(name)).then(|| Self { name: name.into(), rules: rules.clone() })
    }

    /// The zone of this name, in any case and with blanks around it, else why there is none.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        Self::find(name.trim()).ok_or_else(|| ZoneError::of(name))
    }

    /// The zone that was probably meant by a wrong name: a slip of the pen, or a city without its continent.
    pub fn meant_by(wrong: &str) -> Option<String> {
        let wrong = wrong.trim().replace(' ', "_");
        let names: Vec<String> = names().collect();
        let typed = wrong.rsplit('/').next().unwrap_or(&wrong);
        let city = |name: &&String| name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(typed));
        let near = || nearest(&wrong, names.iter().map(String::as_str)).map(str::to_owned);
        let near_city = || {
            let cities = names.iter().filter_map(|name| name.rsplit('/').next());
            let city = nearest(typed, cities)?.to_owned();
            names.iter().find(|name| name.ends_with(&format!("/{city}"))).cloned()
        };
        names.iter().find(city).cloned().or_else(near).or_else(near_city)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The offset from UTC at an instant.
    pub fn offset(&self, at: Timestamp) -> Offset {
        self.rules.to_offset(at)
    }

    /// The next instant after one at which the offset changes, and the offset from then on.
    pub(crate) fn next_change(&self, after: Timestamp) -> Option<(Timestamp, Offset)> {
        let mut before = self.offset(after);
        // Some transitions change the name of the time only.
        self.rules.following(after).map(|change| (change.timestamp(), change.offset())).find(|(_, offset)| {
            let is_other = *offset != before;
            before = *offset;
            is_other
        })
    }

    /// The latest local time that the clocks have shown or skipped up to an instant; later than that instant's own
    /// while an hour is repeated.
    pub(crate) fn shown_until(&self, at: Timestamp) -> DateTime {
        let day = jiff::SignedDuration::from_hours(26);
        let just_after = at.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(at);
        let recent = self.rules.preceding(just_after).take_while(|change| at.duration_since(change.timestamp()) <= day);
        let shown = recent.map(|change| {
            let (end, instant) = (change.offset().to_datetime(change.timestamp()), change.timestamp());
            let before = instant.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(instant);
            self.offset(before).to_datetime(before).max(just_before(end))
        });
        shown.chain([self.offset(at).to_datetime(at)]).max().unwrap_or(DateTime::MIN)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// The names of all zones that there are, without the copies that some machines keep.
pub fn names() -> impl Iterator<Item = String> {
    let is_copy = |name: &String| name.starts_with("posix/") || name.starts_with("right/") || is_nobodys(name);
    jiff::tz::db().available().map(|name| name.as_str().to_owned()).filter(move |name| !is_copy(name))
}

fn is_nobodys(name: &str) -> bool {
    NOBODYS.iter().any(|nobodys| nobodys.eq_ignore_ascii_case(name))
}

/// The last local time before one.
pub(crate) fn just_before(time: DateTime) -> DateTime {
    time.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_is_answered_with_the_one_that_was_meant() {
        for (wrong, meant) in [
            ("Europe/Pariss", "Europe/Paris"),
            ("Paris", "Europe/Paris"),
            ("new york", "America/New_York"),
            ("Europe/Tokyo", "Asia/Tokyo"),
            ("Asia/Calcuta", "Asia/Calcutta"),
        ] {
            assert_eq!(Zone::meant_by(wrong).as_deref(), Some(meant), "{wrong}");
        }
        assert_eq!(Zone::meant_by("the moon's far side"), None);
        assert!(Zone::find("europe/paris").is_some_and(|zone| zone.name() == "Europe/Paris"));
        assert!(Zone::find("Europe/Pariss").is_none() && Zone::find("").is_none());
    }
}
