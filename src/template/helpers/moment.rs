//! Instants as people read them.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::arguments::Arguments;
use crate::template::error::Complaint;

/// An instant in a format of its own and the zone of those who hear it.
pub(super) fn date(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let written = arguments.text(0)?;
    let format = arguments.text(1)?;
    let zone = match arguments.named_text("tz")? {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(&name).map_err(|_| {
            Complaint::with_hint(format!("unknown time zone `{name}`"), "write its IANA name: `tz=\"Europe/Paris\"`")
        })?,
    };
    let moment = match written.parse::<jiff::Timestamp>() {
        Ok(instant) => instant.to_zoned_datetime(zone),
        // A date or a local time without an offset is taken as it stands.
        Err(_) => {
            written.parse::<DateTime>().and_then(|local| local.to_zoned_datetime(TimeZone::UTC)).map_err(|_| {
                Complaint::with_hint(
                    format!("{} is no instant: `{written}`", arguments.name(0)),
                    "an instant is written `2026-12-24T18:00:00+01:00`",
                )
            })?
        }
    };
    strtime::format(&format, &moment).map(Value::String).map_err(|_| {
        Complaint::with_hint(
            format!("`{format}` is no date format"),
            "it is written as for strftime: `\"%A %d %B, %H:%M\"`",
        )
    })
}
