//! Why a text is no zone, and what to write instead.

use super::Zone;

/// The longest piece of a wrong name that a message shows, in columns.
const SHOWN: usize = 40;

/// Why a text is no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Nothing is written.
    #[error("the timezone is blank")]
    Blank,
    /// A distance from UTC, which does not say when the clocks change.
    #[error("`{}` is an offset and no timezone: it does not say when the clocks change", crate::text::cut(.0, SHOWN))]
    Offset(String),
    /// A name that no database has.
    #[error("there is no timezone `{}`", crate::text::cut(.0, SHOWN))]
    Unknown(String),
}

impl ZoneError {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        match text {
            "" => Self::Blank,
            _ if is_offset(text) => Self::Offset(text.to_owned()),
            _ => Self::Unknown(text.to_owned()),
        }
    }

    /// The fix. It looks through all names, so that whoever reads many rows asks for it only where it is shown.
    pub fn hint(&self) -> String {
        let meant = match self {
            Self::Unknown(name) => Zone::meant_by(name),
            Self::Blank | Self::Offset(_) => None,
        };
        meant.map_or_else(
            || "write an IANA name: a continent and a city, such as `America/New_York`".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        )
    }
}

/// `+2`, `-05:00`, `UTC+2`, `GMT-5:30`, `Z`.
fn is_offset(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let rest = ["UTC", "GMT"].iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper).trim_start();
    let digits = rest.strip_prefix(['+', '-', '\u{2212}']);
    upper == "Z" || digits.is_some_and(|rest| rest.chars().all(|one| one.is_ascii_digit() || one == ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_an_offset_and_an_unknown_name_are_told_apart() {
        for blank in ["", "  ", "\t"] {
            assert_eq!(Zone::named(blank), Err(ZoneError::Blank), "{blank:?}");
        }
        for offset in ["UTC+2", "utc +2", "GMT-5:30", "+02:00", "-5", "Z"] {
            assert!(matches!(Zone::named(offset), Err(ZoneError::Offset(_))), "{offset}");
        }
        let unknown = Zone::named("Europe/Pariss").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no timezone `Europe/Pariss`");
        assert_eq!(unknown.hint(), "did you mean `Europe/Paris`?");
        assert!(ZoneError::Blank.hint().contains("IANA name"));
    }

    #[test]
    fn a_name_may_have_blanks_around_it_and_abbreviations_are_what_the_database_says() {
        assert_eq!(Zone::named(" europe/paris ").unwrap().name(), "Europe/Paris");
        assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
        assert!(Zone::named("CET").is_ok() && Zone::named("CEST").is_err());
    }

    #[test]
    fn the_machines_own_zone_and_those_that_stand_for_none_are_nobodys() {
        for name in ["localtime", "posixrules", "Factory", "etc/unknown"] {
            assert!(Zone::named(name).is_err(), "{name}");
            assert!(super::super::names().all(|known| !known.eq_ignore_ascii_case(name)), "{name}");
        }
    }
}
