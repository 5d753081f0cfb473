//! Stub until the module lands.
#![allow(missing_docs, dead_code)]
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(u8);
#[derive(Debug)]
pub struct DaysError {
    pub message: String,
    pub hint: String,
}
impl std::fmt::Display for DaysError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
impl Days {
    pub fn parse(_: &str) -> Result<Self, DaysError> {
        Ok(Self(127))
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOfDay(u16);
impl TimeOfDay {
    pub fn parse(_: &str) -> Result<Self, DaysError> {
        Ok(Self(0))
    }
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    from: TimeOfDay,
    to: TimeOfDay,
}
impl Hours {
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Self, DaysError> {
        Ok(Self { from, to })
    }
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub days: Days,
    pub hours: Hours,
}
#[derive(Clone, Debug, Default)]
pub struct Holidays;
#[derive(Debug)]
pub struct HolidaysError {
    pub line: Option<usize>,
    pub message: String,
    pub hint: String,
}
impl std::fmt::Display for HolidaysError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
impl Holidays {
    pub fn parse(_: &str, _: &[u8]) -> Result<Self, HolidaysError> {
        Ok(Self)
    }
    pub fn extend(&mut self, _: Self) {}
}
#[derive(Clone, Debug)]
pub struct Zone;
#[derive(Debug)]
pub struct ZoneError {
    pub message: String,
    pub hint: String,
}
impl Zone {
    pub fn named(_: &str) -> Result<Self, ZoneError> {
        Ok(Self)
    }
    pub fn local(&self, at: Timestamp) -> String {
        at.to_string()
    }
    pub fn start_of_day(&self, at: Timestamp) -> Timestamp {
        at
    }
    pub fn midnight_after(&self, at: Timestamp) -> Timestamp {
        at
    }
    pub fn name(&self) -> &str {
        ""
    }
    pub fn hour(&self, _: Timestamp) -> u8 {
        0
    }
}
pub enum Opening {
    Open { closes: Timestamp },
    Closed { opens: Option<Timestamp> },
}
impl Window {
    pub fn at(&self, now: Timestamp, _: &Zone, _: &Holidays) -> Opening {
        Opening::Open { closes: now }
    }
    pub fn first_end(&self, now: Timestamp, _: &Zone, _: &Holidays) -> Option<Timestamp> {
        Some(now)
    }
    pub fn open_within(&self, from: Timestamp, to: Timestamp, _: &Zone, _: &Holidays) -> Vec<(Timestamp, Timestamp)> {
        vec![(from, to)]
    }
}
