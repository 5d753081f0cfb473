//! Who lives in the simulation: people with their clocks, their rooms, and when they say no.

use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;
use runsheet::clock::Timestamp;

use crate::support::Chance;

/// Twelve zones; the clocks of four of them change in the week.
pub const ZONES: [&str; 12] = [
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Dubai",
    "Africa/Casablanca",
    "Europe/Paris",
    "Europe/London",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
];

/// How much of it there is.
#[derive(Clone, Debug)]
pub struct Size {
    /// How many people.
    pub people: usize,
    /// When it begins, in UTC.
    pub begins: Date,
    /// How many days.
    pub days: i32,
    /// A day on which nobody is addressed.
    pub holiday: Date,
    /// How often each run is killed.
    pub kills: usize,
    /// Determines everything.
    pub seed: u64,
}

impl Size {
    /// The whole: from a Thursday on, over the Sunday on which Europe's clocks go back.
    pub fn whole() -> Self {
        Self { people: 3000, begins: date(2026, 10, 22), days: 7, holiday: date(2026, 10, 27), kills: 6, seed: seed() }
    }

    /// A Thursday and a Friday, with fewer people.
    pub fn short() -> Self {
        Self { people: 240, begins: date(2026, 10, 22), days: 2, holiday: date(2026, 10, 24), kills: 3, seed: seed() }
    }
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7)
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub zone: String,
    pub room: String,
    /// When they are in their room.
    pub attends: Vec<(Timestamp, Timestamp)>,
    /// When they say no.
    pub says_no: Option<Timestamp>,
}

/// Everybody, and the days on which nobody is addressed.
#[derive(Clone, Debug)]
pub struct Town {
    pub people: Vec<Person>,
    pub holiday: Date,
    pub begins: Timestamp,
}

impl Town {
    /// The town of a seed.
    pub fn of(size: &Size) -> Self {
        let mut chance = Chance::of(size.seed);
        let begins = instant(size.begins, 0, "UTC");
        let people = (0..size.people).map(|number| person(number, size, &mut chance)).collect();
        Self { people, holiday: size.holiday, begins }
    }

    /// The file of the campaign.
    pub fn csv(&self) -> String {
        let row = |person: &Person| format!("{},{},{},{}\n", person.id, person.name, person.zone, person.room);
        "id,first_name,tz,room\n".to_owned() + &self.people.iter().map(row).collect::<String>()
    }

    /// Everybody who has said no by an instant, as the file says it.
    pub fn opt_outs(&self, now: Timestamp) -> String {
        let gone = self.people.iter().filter(|person| person.says_no.is_some_and(|said| said <= now));
        "id,said\n".to_owned() + &gone.map(|person| format!("{},no\n", person.id)).collect::<String>()
    }

    /// The instants at which somebody says no.
    pub fn refusals(&self) -> Vec<Timestamp> {
        let mut said: Vec<Timestamp> = self.people.iter().filter_map(|person| person.says_no).collect();
        said.sort_unstable();
        said.dedup();
        said
    }
}

/// An instant by the clock of a place: `minute` of a day.
pub fn instant(day: Date, minute: i64, zone: &str) -> Timestamp {
    let time = Time::midnight();
    let wall = day.to_datetime(time).checked_add(jiff::Span::new().minutes(minute)).unwrap();
    let zoned = TimeZone::get(zone).unwrap().to_ambiguous_zoned_datetime(wall).compatible().unwrap();
    Timestamp(zoned.timestamp().as_millisecond())
}

fn person(number: usize, size: &Size, chance: &mut Chance) -> Person {
    let zone = *chance.pick(&ZONES);
    let begins = instant(size.begins, 0, "UTC");
    let mut attends = Vec::new();
    for day in -1..=size.days {
        let day_of = size.begins.checked_add(jiff::Span::new().days(day)).unwrap();
        // Most come once a day at some hour, some not at all, some briefly, some at night.
        if chance.below(10) < 6 {
            let from = 300 + chance.below(1140) as i64;
            let length = if chance.below(4) == 0 { 5 + chance.below(20) } else { 60 + chance.below(240) };
            attends.push((instant(day_of, from, zone), instant(day_of, from + length as i64, zone)));
        }
    }
    attends.sort_unstable();
    let says_no = (chance.below(20) == 0)
        .then(|| Timestamp(begins.0 + chance.below(u64::try_from(size.days).unwrap() * 86_400_000) as i64));
    let (id, room) = (format!("c{number}"), format!("room-{number}"));
    Person { id, name: format!("Person {number}"), zone: zone.to_owned(), room, attends, says_no }
}
