//! The sweep itself, and the proof that it can fail.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::script::OnUnknown;
use super::theatre::Theatre;
use super::trial::{Killing, Tally, Trial};
use super::verdict::{Evidence, once_and_unknown};
use crate::support::Chance;

/// How many trials go on at once.
const WORKERS: usize = 2;
/// A trial is killed up to so many times.
const KILLS_OF_A_TRIAL: u64 = 6;

fn seed() -> u64 {
    std::env::var("RUNSHEET_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_125)
}

fn wanted_kills() -> usize {
    if std::env::var_os("RUNSHEET_LONG").is_some() { 2_000 } else { 200 }
}

#[test]
fn whatever_kills_a_run_nothing_is_lost_and_nothing_is_done_twice() {
    let (seed, wanted) = (seed(), wanted_kills());
    let (kills, trials) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (total, breaches) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    let work = |worker: usize| {
        let place = tempfile::tempdir().unwrap();
        let theatre = Theatre::open(place.path(), seed ^ worker as u64);
        while kills.load(Ordering::Relaxed) < wanted {
            let number = trials.fetch_add(1, Ordering::Relaxed);
            let (tally, found) = trial(&theatre, seed, number);
            kills.fetch_add(tally.kills(), Ordering::Relaxed);
            total.lock().unwrap().add(&tally);
            breaches.lock().unwrap().extend(found);
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|worker| drop(scope.spawn(move || work(worker)))));
    let (total, breaches) = (total.into_inner().unwrap(), breaches.into_inner().unwrap());
    report(&total, trials.into_inner(), breaches.len());
    assert!(breaches.is_empty(), "seed {seed}:\n{}", breaches.join("\n"));
    assert!(total.at_points > 0 && total.by_signal > 0 && total.unknown > 0, "{total:?}");
}

/// Plays a trial and looks for breaches.
pub fn trial(theatre: &Theatre, seed: u64, number: usize) -> (Tally, Vec<String>) {
    let mut chance = Chance::of(seed.wrapping_add(number as u64 * 0x1_0000));
    let on_unknown = [OnUnknown::Ask, OnUnknown::Ask, OnUnknown::Skip, OnUnknown::Resend][number % 4];
    let kills = 1 + chance.below(KILLS_OF_A_TRIAL) as usize;
    let mut trial = Trial::new(theatre, format!("t{number}"), on_unknown);
    let before = theatre.witness();
    let records = trial.play(&mut chance, kills);
    let after = theatre.witness();
    let (once, left) = once_and_unknown(&records);
    trial.tally.once += once;
    trial.tally.unknown += left;
    let evidence = Evidence { trial: &trial.name, on_unknown, before: &before, after: &after, records: &records };
    let told = |breach: String| format!("trial {number} ({}): {breach}", on_unknown.as_str());
    (trial.tally.clone(), evidence.breaches().into_iter().map(told).collect())
}

/// Past the harness's capture: the figures are part of what a sweep is for.
fn report(total: &Tally, trials: usize, breaches: usize) {
    let share = 100.0 * total.unknown as f64 / total.once.max(1) as f64;
    let Tally { at_points, by_signal, resumes, once, unknown } = total;
    drop(writeln!(
        std::io::stderr(),
        "crash sweep: {} kills ({at_points} at named places, {by_signal} by SIGKILL) in {trials} runs, {resumes} \
         resumes; {once} steps that go out once, {unknown} unknown ({share:.1} %); {breaches} breaches",
        total.kills()
    ));
}

#[test]
fn a_journal_that_answers_before_it_keeps_is_caught() {
    let place = tempfile::tempdir().unwrap();
    let theatre = Theatre::open(place.path(), seed());
    let mut caught = Vec::new();
    for number in 0..6 {
        let name = format!("late{number}");
        let mut trial = Trial::new(&theatre, name, OnUnknown::Ask).keeping_late();
        let before = theatre.witness();
        // Late enough for lines to be on their way, early enough for them to be lost.
        trial.process(&Killing::Point("after_send", 22 + number));
        let mut trial = trial.keeping_in_time();
        let records = trial.play(&mut Chance::of(number), 0);
        let after = theatre.witness();
        let evidence = Evidence {
            trial: &trial.name,
            on_unknown: OnUnknown::Ask,
            before: &before,
            after: &after,
            records: &records,
        };
        caught.extend(evidence.breaches());
    }
    assert!(caught.iter().any(|breach| breach.contains("was heard 2 times")), "{caught:?}");
}
