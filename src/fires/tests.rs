use std::collections::HashMap;

use tempfile::TempDir;

use super::*;
use crate::database::Database;
use crate::schedule::decide::{Action, Standing, decide};
use crate::schedule::entry::{Entry, Interval};
use crate::schedule::presence::Presence;
use crate::schedule::{Catchup, Overlap, Schedule};

/// A minute since the beginning of a day.
fn at(minute: i64) -> Timestamp {
    Timestamp(1_795_478_400_000 + minute * 60_000)
}

fn quarters() -> Schedule {
    Schedule::new(vec![Entry::Every(Interval::new(Millis::from_secs(900)).unwrap())])
}

fn key() -> ScheduleKey {
    ScheduleKey { service: "s".to_owned(), workflow: "w".to_owned() }
}

fn run_of(due: Timestamp) -> RunId {
    RunId::from_typed(&format!("R{}", due.0))
}

/// One program on a state folder.
struct Program {
    fires: Fires,
    schedule: Schedule,
    decided_until: Timestamp,
    presence: Presence,
    up_since: Timestamp,
    under_way: usize,
}

impl Program {
    async fn starts(folder: &TempDir, schedule: Schedule, now: Timestamp) -> Self {
        let fires = Fires::new(Database::open(&folder.path().join("runs.db")).unwrap());
        let Seen { decided_until, up_since } = fires.see(&key(), &schedule, now).await.unwrap();
        Self { fires, schedule, decided_until, presence: Presence::from(now), up_since, under_way: 0 }
    }

    async fn edits(&mut self, schedule: Schedule, now: Timestamp) {
        let Seen { decided_until, up_since } = self.fires.see(&key(), &schedule, now).await.unwrap();
        (self.decided_until, self.up_since) = (decided_until, up_since);
        self.schedule = schedule;
    }

    async fn decides(&mut self, now: Timestamp) -> Recorded {
        if self.presence.note(now) {
            self.edits(self.schedule.clone(), now).await;
        }
        self.fires.attend(vec![key()], now).await.unwrap();
        let standing = Standing {
            now,
            decided_until: self.decided_until,
            up_since: self.up_since.min(now),
            under_way: self.under_way,
            waiting: self.fires.waiting(&key()).await.unwrap(),
            room: None,
        };
        let decisions = decide(&self.schedule, &standing);
        let starts = decisions.all.iter().filter(|one| matches!(one.action, Action::Start { .. }));
        let runs = starts.map(|one| (one.due, run_of(one.due))).collect();
        let recorded = self.fires.record(&key(), &decisions, &runs, now).await.unwrap();
        self.decided_until = recorded.decided_until;
        recorded
    }

    /// Decides, and begins a run for each time that is its own.
    async fn starts_what_is_due(&mut self, now: Timestamp) -> Recorded {
        let recorded = self.decides(now).await;
        for decision in recorded.ours.iter().filter(|one| matches!(one.action, Action::Start { .. })) {
            self.fires.started(&key(), decision.due, (&run_of(decision.due), now)).await.unwrap();
        }
        recorded
    }
}

/// `15 fire`, by the minute.
fn told(recorded: &Recorded) -> Vec<String> {
    let line = |one: &Decision| format!("{} {}", (one.due.0 - at(0).0) / 60_000, one.kind.as_str());
    recorded.ours.iter().map(line).collect()
}

async fn counts(fires: &Fires) -> FireCounts {
    fires.counts("s").await.unwrap().get("w").copied().unwrap_or_default()
}

#[tokio::test]
async fn a_schedule_begins_with_the_present_and_each_time_is_claimed_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::starts(&folder, quarters(), at(20)).await;
    assert!(told(&program.decides(at(20)).await).is_empty());
    assert_eq!(told(&program.decides(at(30)).await), ["30 fire"]);
    assert!(told(&program.decides(at(30)).await).is_empty());
    let run = RunId::from_typed("7Q4M");
    assert_eq!(counts(&program.fires).await, FireCounts::default(), "what is only claimed counts nowhere");
    program.fires.started(&key(), at(30), (&run, at(30))).await.unwrap();
    program.fires.started(&key(), at(30), (&run, at(31))).await.unwrap();
    let fire = program.fires.find(&key(), at(30)).await.unwrap().unwrap();
    assert_eq!((fire.state, fire.run, fire.kind), (FireState::Started, Some(run), Kind::Fire));
    assert_eq!(counts(&program.fires).await, FireCounts { fired: 1, ..FireCounts::default() });
}

#[tokio::test]
async fn of_two_programs_on_one_folder_one_gets_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = Program::starts(&folder, quarters(), at(0)).await;
    let mut two = Program::starts(&folder, quarters(), at(0)).await;
    let mut won = 0;
    for minute in (15..=15 * 40).step_by(15) {
        let (first, second) = tokio::join!(one.starts_what_is_due(at(minute)), two.starts_what_is_due(at(minute)));
        assert_eq!(first.ours.len() + second.ours.len(), 1, "minute {minute}");
        won += first.ours.len();
    }
    assert_eq!(counts(&one.fires).await.fired, 40);
    println!("the first program won {won} of 40");
}

#[tokio::test]
async fn eight_programs_race_for_one_time_and_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut programs = Vec::new();
    for _ in 0..8 {
        programs.push(Program::starts(&folder, quarters(), at(0)).await);
    }
    let racing = programs.into_iter().map(|mut program| tokio::spawn(async move { program.decides(at(15)).await }));
    let mut won = 0;
    for racer in racing.collect::<Vec<_>>() {
        won += racer.await.unwrap().ours.len();
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_after_a_restart_and_not_again_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::starts(&folder, quarters(), at(0)).await;
    program.starts_what_is_due(at(15)).await;
    drop(program);
    let mut again = Program::starts(&folder, quarters(), at(65)).await;
    assert_eq!(told(&again.starts_what_is_due(at(65)).await), ["45 missed", "60 catchup"]);
    drop(again);
    let mut once_more = Program::starts(&folder, quarters(), at(66)).await;
    assert!(told(&once_more.decides(at(66)).await).is_empty());
    let expected = FireCounts { fired: 1, caught_up: 1, missed: 2, ..FireCounts::default() };
    assert_eq!(counts(&once_more.fires).await, expected);
}

#[tokio::test]
async fn editing_and_taking_away_and_putting_back_replay_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::starts(&folder, quarters(), at(0)).await;
    drop(program.decides(at(15)).await);
    drop(program);
    // Edited while nobody was there.
    let generous = Schedule { catchup: Some(Catchup::All), overlap: Overlap::Allow, ..quarters() };
    let mut program = Program::starts(&folder, generous.clone(), at(100)).await;
    assert!(told(&program.decides(at(100)).await).is_empty());
    // Taken away and put back.
    program.fires.put_aside_all_but("s", &[]).await.unwrap();
    program.edits(generous.clone(), at(200)).await;
    assert!(told(&program.decides(at(200)).await).is_empty());
    assert_eq!(told(&program.decides(at(210)).await), ["210 fire"]);
    // Edited back and forth within a quarter of an hour.
    program.edits(quarters(), at(211)).await;
    program.edits(generous, at(212)).await;
    assert!(told(&program.decides(at(213)).await).is_empty());
}

#[tokio::test]
async fn what_waits_is_kept_and_starts_once_also_for_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Schedule { overlap: Overlap::Queue, ..quarters() };
    let mut one = Program::starts(&folder, queue.clone(), at(0)).await;
    let mut two = Program::starts(&folder, queue, at(0)).await;
    (one.under_way, two.under_way) = (1, 1);
    assert_eq!(one.decides(at(15)).await.ours.len() + two.decides(at(15)).await.ours.len(), 1);
    assert_eq!(one.fires.waiting(&key()).await.unwrap().len(), 1);
    (one.under_way, two.under_way) = (0, 0);
    let (first, second) = tokio::join!(one.starts_what_is_due(at(16)), two.starts_what_is_due(at(16)));
    assert_eq!(first.ours.len() + second.ours.len(), 1);
    assert!(one.fires.waiting(&key()).await.unwrap().is_empty());
    // What waits of a schedule that is taken away is skipped.
    one.under_way = 1;
    one.decides(at(30)).await;
    one.fires.put_aside_all_but("s", &["other".to_owned()]).await.unwrap();
    assert!(one.fires.waiting(&key()).await.unwrap().is_empty());
    let expected = FireCounts { fired: 1, skipped: 1, ..FireCounts::default() };
    assert_eq!(counts(&one.fires).await, expected);
}

#[tokio::test]
async fn a_program_that_comes_to_another_one_leaves_what_waits_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let once = Schedule { overlap: Overlap::Queue, catchup: Some(Catchup::None), ..quarters() };
    let mut one = Program::starts(&folder, once.clone(), at(14)).await;
    one.under_way = 1;
    one.decides(at(15)).await;
    let mut two = Program::starts(&folder, once.clone(), at(16)).await;
    two.under_way = 1;
    assert!(told(&two.decides(at(16)).await).is_empty());
    assert_eq!(one.fires.waiting(&key()).await.unwrap().len(), 1);
    // Nobody was there for more than a minute: what waited was missed.
    let mut three = Program::starts(&folder, once, at(18)).await;
    assert_eq!(told(&three.decides(at(18)).await), ["15 missed"]);
}

#[tokio::test]
async fn what_is_forgotten_does_not_start_again_when_a_wrong_clock_is_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::starts(&folder, quarters(), at(14)).await;
    assert_eq!(told(&program.starts_what_is_due(at(15)).await), ["15 fire"]);
    let year = 366 * 24 * 60;
    program.decides(at(year)).await;
    assert!(program.fires.forget_before(at(year - 60)).await.unwrap() >= 1);
    assert_eq!(program.fires.find(&key(), at(15)).await.unwrap(), None);
    let mut again = Program::starts(&folder, quarters(), at(14)).await;
    again.decided_until = at(14);
    assert!(told(&again.decides(at(15)).await).is_empty());
    assert_eq!(told(&again.decides(at(30)).await), ["30 fire"]);
}

#[tokio::test]
async fn a_claim_that_became_no_run_is_missed_and_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::starts(&folder, quarters(), at(0)).await;
    program.decides(at(15)).await;
    program.starts_what_is_due(at(30)).await;
    let claims = program.fires.claims("s").await.unwrap();
    let expected = Claimed { workflow: "w".to_owned(), due: at(15), since: at(15), run: Some(run_of(at(15))) };
    assert_eq!(claims, [expected]);
    for due in [at(15), at(30)] {
        program.fires.lost(&key(), due, "the file cannot be read").await.unwrap();
    }
    // What was given up, or has started, is no claim any more.
    program.fires.started(&key(), at(15), (&run_of(at(15)), at(16))).await.unwrap();
    let latest = program.fires.latest(&key(), 5).await.unwrap();
    let told: Vec<_> = latest.iter().map(|fire| (fire.state, fire.reason.as_str(), fire.run.is_some())).collect();
    let lost = (FireState::Lost, "the file cannot be read", false);
    assert_eq!(told, [(FireState::Started, "due", true), lost]);
    let expected = FireCounts { fired: 1, missed: 1, ..FireCounts::default() };
    assert_eq!(counts(&program.fires).await, expected);
    assert!(program.decides(at(31)).await.ours.is_empty());
}

#[tokio::test]
async fn a_run_is_late_by_when_it_began_and_not_by_how_long_it_had_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let queue = Schedule { overlap: Overlap::Queue, ..quarters() };
    let mut program = Program::starts(&folder, queue, at(0)).await;
    let run = RunId::from_typed("7Q4M");
    program.decides(at(15)).await;
    program.fires.started(&key(), at(15), (&run, at(15) + Millis::from_secs(6))).await.unwrap();
    program.under_way = 1;
    program.decides(at(30)).await;
    program.under_way = 0;
    program.decides(at(31)).await;
    program.fires.started(&key(), at(30), (&run, at(31))).await.unwrap();
    let expected = FireCounts { fired: 2, late: 1, ..FireCounts::default() };
    assert_eq!(counts(&program.fires).await, expected);
}

/// Whatever the clock does and however often the program is started, no time starts two runs.
#[tokio::test]
async fn no_leap_of_the_clock_and_no_restart_starts_a_time_twice() {
    let folder = tempfile::tempdir().unwrap();
    let generous = Schedule {
        overlap: Overlap::Allow,
        catchup: Some(Catchup::All),
        catchup_window: Millis::from_secs(36_000),
        ..quarters()
    };
    let mut program = Program::starts(&folder, generous.clone(), at(0)).await;
    let mut started: HashMap<Timestamp, u32> = HashMap::new();
    let mut now = 0;
    for step in 0..300_i64 {
        // Minutes forward, and now and then hours back, days ahead, and back again.
        now += match step % 29 {
            7 => -130,
            13 => 1900,
            14 => -1850,
            21 => 4000,
            22 => -3990,
            _ => 4,
        };
        if step % 17 == 0 {
            drop(program);
            program = Program::starts(&folder, generous.clone(), at(now)).await;
        }
        for decision in program.decides(at(now)).await.ours {
            if decision.action != Action::Nothing {
                *started.entry(decision.due).or_default() += 1;
            }
        }
        if step % 50 == 0 {
            program.fires.forget_before(at(now - 10_000)).await.unwrap();
        }
    }
    assert!(started.len() > 50, "{}", started.len());
    assert!(started.values().all(|times| *times == 1), "{started:?}");
}
