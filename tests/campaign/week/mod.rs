//! A week of campaigns that passes in a minute: thousands of people in twelve time zones, rooms that open and close,
//! people who say no on the way, an account with its limits, faults and kills. An independent checker looks at what was
//! heard, and says who was addressed twice, out of hours, too often, after they said no, in somebody else's room, or
//! not at all though they could be.
//!
//! The short form is a test like others. The whole week: `WEEK=whole cargo test --release --features crash-points
//! --test integration campaign::week`.

mod checker;
mod checks;
mod door;
mod meter;
mod town;
mod world;

use std::time::Instant;

use checker::{Breach, check};
use town::{Size, Town};
use world::World;

/// As long as the environment asks for.
fn size() -> Size {
    match std::env::var("WEEK").as_deref() {
        Ok("whole") => Size::whole(),
        _ => Size::short(),
    }
}

#[test]
fn in_a_week_of_campaigns_everybody_who_could_be_reached_is_and_nobody_is_bothered() {
    let began = Instant::now();
    let size = size();
    let town = Town::of(&size);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let outcome = runtime.block_on(async { World::of(town, &size).live().await });
    let breaches = check(&outcome.town, &outcome.evidence);
    println!("{}", outcome.told(began.elapsed()));
    if let (Some(Breach::Missed(_, person)), Ok(_)) = (breaches.first(), std::env::var("WHY")) {
        let somebody = outcome.town.people.iter().find(|somebody| somebody.id == *person).unwrap();
        println!("{somebody:#?}\n{}", outcome.courses[person].join("\n"));
    }
    assert!(breaches.is_empty(), "{} breaches: {:#?}", breaches.len(), &breaches[..breaches.len().min(10)]);
    assert!(outcome.evidence.heard.len() * 10 > outcome.town.people.len(), "too little happened to prove anything");
    assert!(outcome.kills > 0, "no run was killed");
    assert!(outcome.use_of_tier() >= 0.95, "{:.3} of what the tier allows", outcome.use_of_tier());
    assert_eq!(outcome.refusals, 0, "the service never had to refuse");
}
